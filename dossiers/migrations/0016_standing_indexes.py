"""Indexes from which it is counted where cases stand, and found which limits wait to be confirmed."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0015_limit_indexes"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["law", "plan_class", "confirmed_at", "asked_at", "last_outcome", "added_at", "owner"],
                name="case_standing",
            ),
        ),
        migrations.AddIndex(
            model_name="timelimit",
            index=models.Index(fields=["confirmed_by", "state", "due", "case"], name="limit_to_confirm"),
        ),
    ]
