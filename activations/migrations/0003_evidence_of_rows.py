"""Imports the rows that version 0.1.0 wrote into the evidence, as digests."""

from django.db import migrations, models

from activations.evidence.migration import take_in_existing_rows


def take_in(apps, schema_editor):
    take_in_existing_rows(apps)


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0002_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='chainhead',
            name='taken_in',
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.RunPython(take_in, migrations.RunPython.noop),
    ]
