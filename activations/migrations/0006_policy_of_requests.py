"""Adds the ticket of a request, and the rule and access policy that it was made and granted under."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0005_eligible_member'),
    ]

    operations = [
        migrations.AddField(
            model_name='request',
            name='granted_policy_sha256',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='request',
            name='granted_rule',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='request',
            name='policy_sha256',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='request',
            name='rule',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='request',
            name='ticket',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='request',
            name='ticket_url',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
    ]
