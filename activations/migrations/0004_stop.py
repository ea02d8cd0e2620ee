"""Adds people whose access an administrator stopped, in a table of their own."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0003_evidence_of_rows'),
    ]

    operations = [
        migrations.CreateModel(
            name='Stop',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.CharField(max_length=254, verbose_name='person')),
                ('reason', models.CharField(max_length=1000)),
                ('stopped_at', models.DateTimeField()),
                ('stopped_by', models.CharField(max_length=254)),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lifted_by', models.CharField(blank=True, max_length=254)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stops', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='stop_has_reason'), models.CheckConstraint(condition=models.Q(('lifted_at', None), models.Q(('lifted_by', ''), _negated=True), _connector='OR'), name='stop_lifted_by_somebody'), models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('user',), name='stop_once_per_person'), models.UniqueConstraint(condition=models.Q(('lifted_at', None), ('user', None)), fields=('email',), name='stop_once_per_address')],
            },
        ),
    ]
