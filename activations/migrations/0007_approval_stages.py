"""Adds stages of approval, several reviews of one request, scheduled starts, and break glass."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0006_policy_of_requests'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='grant',
            name='grant_state_known',
        ),
        migrations.RemoveConstraint(
            model_name='reviewer',
            name='reviewer_asked_once',
        ),
        migrations.RemoveConstraint(
            model_name='reviewer',
            name='reviewer_part_known',
        ),
        migrations.AddField(
            model_name='request',
            name='break_glass',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='request',
            name='escalated_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='request',
            name='granted_minutes',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='request',
            name='reminded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='request',
            name='stage',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='request',
            name='stage_opened_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='request',
            name='start_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='minutes',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='review',
            name='on_behalf_of',
            field=models.CharField(blank=True, db_default='', default='', max_length=254),
        ),
        migrations.AddField(
            model_name='review',
            name='stage',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name='review',
            name='void_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='reviewer',
            name='is_notified',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='reviewer',
            name='stage',
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name='grant',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('expired', 'expired'), ('ended by holder', 'ended by holder'), ('revoked', 'revoked'), ('extended', 'extended'), ('drifted', 'drifted'), ('withdrawn', 'withdrawn')], max_length=16),
        ),
        migrations.AlterField(
            model_name='grant',
            name='state',
            field=models.CharField(choices=[('scheduled', 'scheduled'), ('provisioning', 'provisioning'), ('active', 'active'), ('ended', 'ended'), ('failed', 'failed'), ('withdrawn', 'withdrawn')], max_length=12),
        ),
        migrations.AlterField(
            model_name='review',
            name='part',
            field=models.CharField(choices=[('peer', 'peer'), ('manager', 'manager'), ('approver', 'approver')], max_length=8),
        ),
        migrations.AlterField(
            model_name='review',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='activations.request'),
        ),
        migrations.AlterField(
            model_name='reviewer',
            name='part',
            field=models.CharField(choices=[('peer', 'peer'), ('manager', 'manager'), ('approver', 'approver')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['scheduled', 'provisioning', 'active', 'ended', 'failed', 'withdrawn'])), name='grant_state_known'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'scheduled')), fields=('beneficiary_email', 'role_key'), name='grant_scheduled_once'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(('granted_minutes', None), models.Q(('granted_minutes__gte', 1), ('granted_minutes__lte', models.F('minutes'))), _connector='OR'), name='request_grants_at_most_what_was_asked'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(('break_glass', False), ('activation_type', 'JIT'), _connector='OR'), name='request_break_glass_is_jit'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('request', 'reviewer'), name='review_once_per_person'),
        ),
        migrations.AddConstraint(
            model_name='reviewer',
            constraint=models.UniqueConstraint(fields=('request', 'email', 'stage'), name='reviewer_asked_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewer',
            constraint=models.CheckConstraint(condition=models.Q(('part__in', ['peer', 'manager', 'approver'])), name='reviewer_part_known'),
        ),
    ]
