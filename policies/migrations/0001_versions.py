"""Access policies: their texts, and the proposals to activate them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('author_email', models.CharField(max_length=254, verbose_name='author')),
                ('author_subject', models.CharField(blank=True, max_length=255)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'access policy',
                'verbose_name_plural': 'access policies',
                'constraints': [models.CheckConstraint(condition=models.Q(('author_email', ''), _negated=True), name='policy_version_has_author')],
            },
        ),
        migrations.CreateModel(
            name='PolicyProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('PROPOSED', 'proposed'), ('ACTIVE', 'active'), ('REPLACED', 'replaced'), ('REJECTED', 'rejected')], default='PROPOSED', max_length=10)),
                ('comment', models.CharField(blank=True, default='', max_length=1000)),
                ('proposed_at', models.DateTimeField()),
                ('proposed_by_email', models.CharField(max_length=254, verbose_name='proposed by')),
                ('proposed_by_subject', models.CharField(blank=True, max_length=255)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by_email', models.CharField(blank=True, default='', max_length=254, verbose_name='decided by')),
                ('decided_by_subject', models.CharField(blank=True, default='', max_length=255)),
                ('decision_comment', models.CharField(blank=True, default='', max_length=1000)),
                ('was_second_person', models.BooleanField(blank=True, null=True)),
                ('as_deployment', models.BooleanField(default=False)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
                ('base', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='policies.policyversion')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='policies.policyversion')),
            ],
            options={
                'verbose_name': 'proposal of an access policy',
                'verbose_name_plural': 'proposals of access policies',
                'indexes': [models.Index(fields=['state', '-decided_at'], name='policy_proposal_by_state')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'ACTIVE')), fields=('state',), name='one_active_policy'), models.UniqueConstraint(condition=models.Q(('state', 'PROPOSED')), fields=('version',), name='one_open_proposal_per_policy'), models.CheckConstraint(condition=models.Q(('state__in', ['PROPOSED', 'ACTIVE', 'REPLACED', 'REJECTED'])), name='policy_proposal_state_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by_email', ''), ('state', 'PROPOSED')), models.Q(models.Q(('state', 'PROPOSED'), _negated=True), ('decided_at__isnull', False), models.Q(('decided_by_email', ''), _negated=True)), _connector='OR'), name='policy_proposal_is_decided_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('replaced_at__isnull', False), ('state', 'REPLACED')), models.Q(models.Q(('state', 'REPLACED'), _negated=True), ('replaced_at', None)), _connector='OR'), name='policy_proposal_is_replaced_once')],
            },
        ),
    ]
