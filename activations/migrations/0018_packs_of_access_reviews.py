"""Adds the access review that an evidence pack is about."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0017_index_of_long_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='evidencepack',
            name='campaign',
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name='access review'),
        ),
        migrations.AddField(
            model_name='evidencepack',
            name='campaign_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
    ]
