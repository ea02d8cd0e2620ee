"""Adds to events which later one recorded how names in them were replaced by pseudonyms."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('activations', '0015_indexes_of_reports'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='pseudonymized_by',
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
