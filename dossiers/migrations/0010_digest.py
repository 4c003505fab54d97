import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import dossiers.clock


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0009_outlook"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="digest_from",
            field=models.DateTimeField(default=dossiers.clock.now),
        ),
        migrations.AddField(
            model_name="user",
            name="digest_hour",
            field=models.PositiveSmallIntegerField(default=8, verbose_name="hour of the daily digest"),
        ),
        migrations.AddField(
            model_name="user",
            name="digest_on",
            field=models.BooleanField(default=True, verbose_name="receives the daily digest"),
        ),
        migrations.CreateModel(
            name="Digest",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("day", models.DateField()),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("dropped", "Not sent"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("not_before", models.DateTimeField(default=dossiers.clock.now)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("last_error", models.CharField(blank=True, max_length=500)),
                ("message_id", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=dossiers.clock.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("covers_until", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="digests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="digest_due"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("user", "day"), name="digest_once")],
            },
        ),
        migrations.AlterField(
            model_name="delivery",
            name="alert",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="dossiers.alert",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="digest",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="dossiers.digest",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("alert", None), ("digest__isnull", False)),
                    models.Q(("alert__isnull", False), ("digest", None)),
                    _connector="OR",
                ),
                name="delivery_of_one_message",
            ),
        ),
    ]
