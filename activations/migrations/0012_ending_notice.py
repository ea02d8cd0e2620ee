"""Adds the notes that holders were told about the end of their access."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0011_evidence_packs'),
    ]

    operations = [
        migrations.CreateModel(
            name='EndingNotice',
            fields=[
                ('grant', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='ending_notice', serialize=False, to='activations.grant')),
                ('told_at', models.DateTimeField()),
            ],
        ),
    ]
