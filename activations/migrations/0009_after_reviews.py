"""Adds the reviews of break-glass access."""

import activations.domain.states
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0008_absences'),
    ]

    operations = [
        migrations.CreateModel(
            name='AfterReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'open'), ('justified', 'justified'), ('not_justified', 'not_justified')], default=activations.domain.states.AfterReviewState['OPEN'], max_length=13)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('asked', models.JSONField(default=list)),
                ('reviewer_email', models.CharField(blank=True, max_length=254, verbose_name='reviewer')),
                ('comment', models.CharField(blank=True, max_length=1000)),
                ('judged_at', models.DateTimeField(blank=True, null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='opened_after_review', to='activations.request')),
                ('reviewer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='after_reviews', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'after-review',
                'verbose_name_plural': 'after-reviews',
                'indexes': [models.Index(fields=['-opened_at', '-id'], name='after_review_newest'), models.Index(condition=models.Q(('state', 'open')), fields=['due_at'], name='after_review_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'justified', 'not_justified'])), name='after_review_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('comment', ''), ('judged_at', None), ('reviewer', None), ('reviewer_email', ''), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('judged_at__isnull', False), ('reviewer__isnull', False), models.Q(('reviewer_email', ''), _negated=True), models.Q(('comment', ''), _negated=True)), _connector='OR'), name='after_review_judged_by_somebody')],
            },
        ),
    ]
