"""Indexes that answer for citations, reviews and the round of confirming alone, and tables vacuumed soon enough for indexes to answer.

One row that is written takes all rows of its page, a dozen cases, from what PostgreSQL's indexes answer for
alone until the table is vacuumed, which happens by itself when a fifth of its rows was written. Long before
that boards read the wide rows that their indexes are there to spare them.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

VACUUMED_SOON = ("case", "event", "timelimit", "reviewtask")
SETTINGS = {
    "autovacuum_vacuum_scale_factor": "0.005",
    "autovacuum_vacuum_insert_scale_factor": "0.02",
    "autovacuum_analyze_scale_factor": "0.02",
}


def vacuum_soon(apps: Any, schema_editor: Any) -> None:
    _alter(apps, schema_editor, "SET", ", ".join(f"{name} = {value}" for name, value in SETTINGS.items()))


def vacuum_as_usual(apps: Any, schema_editor: Any) -> None:
    _alter(apps, schema_editor, "RESET", ", ".join(SETTINGS))


def _alter(apps: Any, schema_editor: Any, how: str, what: str) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for model in VACUUMED_SOON:
        table = schema_editor.quote_name(apps.get_model("dossiers", model)._meta.db_table)
        schema_editor.execute(f"ALTER TABLE {table} {how} ({what})")


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0047_snapshot_index")]

    operations = [
        migrations.RemoveIndex("case", "case_by_citing"),
        migrations.AddIndex("case", models.Index(fields=["cited_with", "wall"], name="case_by_citing")),
        migrations.AddIndex(
            "citeddocument",
            models.Index(
                fields=["document", "ground", "case"],
                name="cited_held",
                condition=models.Q(member=None, use__in=("against", "unknown")),
            ),
        ),
        migrations.RemoveIndex("timelimit", "limit_to_confirm"),
        migrations.AddIndex(
            "timelimit",
            models.Index(
                fields=["confirmed_by", "state", "passed_on_adding", "due", "id", "case"],
                name="limit_to_confirm",
            ),
        ),
        migrations.RemoveIndex("reviewtask", "review_open"),
        migrations.AddIndex(
            "reviewtask",
            models.Index(
                fields=["opened_at", "id", "case", "event"],
                name="review_open",
                condition=models.Q(closed_at=None),
            ),
        ),
        migrations.RunPython(vacuum_soon, vacuum_as_usual),
    ]
