"""Adds absences of reviewers, with the deputies who decide for them."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0007_approval_stages'),
    ]

    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.CharField(max_length=254, verbose_name='reviewer')),
                ('deputy_email', models.CharField(max_length=254, verbose_name='deputy')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('named_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('deputy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deputy_in', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['deputy_email'], name='absence_of_deputy')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='absence_ends_after_start'), models.CheckConstraint(condition=models.Q(('email', models.F('deputy_email')), _negated=True), name='absence_deputy_is_another'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user',), name='absence_once_per_person')],
            },
        ),
    ]
