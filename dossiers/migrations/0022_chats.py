"""Chat services beside webhooks, and what nobody acknowledges told there, too."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0021_status_and_wording")]

    operations = [
        migrations.AddField("webhook", "service", models.CharField(default="webhook", max_length=20)),
        migrations.AddField("webhook", "sealed", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField("webhook", "escalate_from", models.PositiveSmallIntegerField(default=0)),
        migrations.AlterField(
            "webhook", "url", models.CharField(blank=True, max_length=500, verbose_name="address")
        ),
        migrations.AlterField(
            "webhook",
            "off",
            models.CharField(
                blank=True,
                choices=[
                    ("by_hand", "Switched off by hand"),
                    ("gone", "The receiver said that it wants no more (410)"),
                    ("failing", "The receiver has failed for days"),
                    ("refused", "The service does not take what was entered for it any more"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField(
            "webhookdelivery",
            "concern",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chats",
                to="dossiers.concern",
            ),
        ),
        migrations.AddField("webhookdelivery", "rung", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("webhookdelivery", "batch", models.CharField(blank=True, default="", max_length=80), preserve_default=False),
        migrations.AlterField(
            "webhookdelivery",
            "state",
            models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("sent", "Taken by the receiver"),
                    ("failed", "Failed"),
                    ("dropped", "Settled before it was sent"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            "webhookdelivery",
            models.CheckConstraint(
                condition=models.Q(("news", None)) | models.Q(("concern", None)),
                name="webhook_about_one_thing",
            ),
        ),
    ]
