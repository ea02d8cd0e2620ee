"""Adds decisions about several requests, with the result of each."""


import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0012_ending_notice'),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkDecision',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.CharField(max_length=254, verbose_name='reviewer')),
                ('verb', models.CharField(max_length=7)),
                ('comment', models.CharField(blank=True, max_length=1000)),
                ('caller', models.JSONField(default=dict)),
                ('base_url', models.CharField(max_length=255)),
                ('made_at', models.DateTimeField(db_index=True)),
                ('active_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='BulkDecisionRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('key', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('deciding', 'Deciding'), ('done', 'Done')], default='waiting', max_length=8)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('word', models.CharField(blank=True, max_length=40)),
                ('details', models.TextField(blank=True)),
                ('tone', models.CharField(blank=True, max_length=20)),
                ('of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='activations.bulkdecision')),
                ('request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='activations.request')),
            ],
            options={
                'ordering': ('position',),
            },
        ),
        migrations.AddConstraint(
            model_name='bulkdecision',
            constraint=models.CheckConstraint(condition=models.Q(('verb__in', ['approve', 'decline'])), name='bulk_decision_verb_known'),
        ),
        migrations.AddConstraint(
            model_name='bulkdecisionrow',
            constraint=models.UniqueConstraint(fields=('of', 'key'), name='bulk_decision_row_once'),
        ),
        migrations.AddConstraint(
            model_name='bulkdecisionrow',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'deciding', 'done'])), name='bulk_decision_row_state_known'),
        ),
    ]
