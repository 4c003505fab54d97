"""Indexes for the tally of what became of every document."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0006_life_of_limits"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("vanished_at", None)),
                fields=["account", "case", "legal_date"],
                name="event_tally",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["notice_state"], name="event_by_text"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("vanished_at__isnull", False)), fields=["case"], name="event_vanished"
            ),
        ),
    ]
