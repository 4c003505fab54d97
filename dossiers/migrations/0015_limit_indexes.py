"""Indexes from which the sums and the order of limits are read without their wide rows."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0014_notice_read"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="timelimit",
            index=models.Index(fields=["event", "state"], name="limit_of_event"),
        ),
        migrations.AddIndex(
            model_name="timelimit",
            index=models.Index(
                fields=["state", "passed_on_adding", "due", "duty", "rung", "stands_until", "case"],
                name="limit_at_a_glance",
            ),
        ),
    ]
