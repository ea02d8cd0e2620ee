from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0003_ending_and_adoption'),
    ]

    operations = [
        migrations.CreateModel(
            name='QuotaBucket',
            fields=[
                ('name', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('full_at', models.FloatField()),
            ],
        ),
    ]
