from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activations', '0005_queue'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('last_started_at', models.DateTimeField()),
                ('last_ended_at', models.DateTimeField(blank=True, null=True)),
                ('failure', models.TextField(blank=True)),
            ],
        ),
    ]
