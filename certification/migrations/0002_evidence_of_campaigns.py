"""Imports the campaigns that exist into the evidence, whose triggers protect them from now on."""

from django.db import migrations

from certification.evidence.imports import take_in_existing_campaigns


def take_in(apps, schema_editor):
    take_in_existing_campaigns(apps)


class Migration(migrations.Migration):

    dependencies = [
        ('certification', '0001_campaigns'),
        ('activations', '0015_indexes_of_reports'),
    ]

    operations = [
        migrations.RunPython(take_in, migrations.RunPython.noop),
    ]
