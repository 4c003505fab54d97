"""What the program failed at, by kind."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0054_boards_by_indexes_alone"),
    ]

    operations = [
        migrations.CreateModel(
            name="Fault",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("where", models.CharField(max_length=80)),
                ("what", models.CharField(max_length=200)),
                ("times", models.PositiveIntegerField(default=0)),
                ("first_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("told_times", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["-last_at", "-pk"],
                "constraints": [models.UniqueConstraint(fields=("where", "what"), name="fault_once")],
            },
        ),
    ]
