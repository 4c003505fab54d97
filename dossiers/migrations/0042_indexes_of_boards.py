"""Indexes from which boards add up the sums of cases, and lists read their first rows."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

CASE = {
    "case_in_list_order": ["-application_number", "law", "id", "wall"],
    "case_in_portfolio": [
        *("law", "stage", "owner", "next_due", "confirmed_at", "last_outcome", "client"),
        *("wall", "deputy", "id"),
    ],
    "case_standing": [
        *("law", "plan_class", "confirmed_at", "asked_at", "last_outcome", "added_at", "owner"),
        *("wall", "id"),
    ],
    "case_sums": [
        *("law", "owner", "wall", "id", "confirmed_at", "last_outcome", "open_reviews"),
        *("with_limit", "without_limit", "by_person", "not_accounted", "oldest_open_on"),
    ],
    "case_by_publication": ["publication_number"],
    "case_by_registration": ["registration_number"],
}
NEW = ("case_sums", "case_by_publication", "case_by_registration")
NULLS_FIRST = {  # where SQLite puts them of itself, and cannot be told to
    "case": models.Index(fields=["confirmed_at", "id", "last_outcome", "wall"], name="case_by_freshness"),
    "event": models.Index(
        fields=["legal_date", "first_seen_at", "id", "case", "code"],
        name="event_not_accounted",
        condition=models.Q(account="open", vanished_at=None),
    ),
}


def nulls_first(apps: Any, schema_editor: Any) -> None:
    for model, index in NULLS_FIRST.items():
        table = apps.get_model("dossiers", model)
        sql = str(index.create_sql(table, schema_editor))
        if schema_editor.connection.vendor == "postgresql":
            first = schema_editor.quote_name(index.fields[0])
            sql = sql.replace(f"({first},", f"({first} ASC NULLS FIRST,", 1)
        schema_editor.execute(sql, params=None)


def plain(apps: Any, schema_editor: Any) -> None:
    for model, index in NULLS_FIRST.items():
        schema_editor.remove_index(apps.get_model("dossiers", model), index)


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0042_sums_of_documents")]

    operations = [
        *(migrations.RemoveIndex("case", name) for name in CASE if name not in NEW),
        *(
            migrations.AddIndex("case", models.Index(fields=fields, name=name))
            for name, fields in CASE.items()
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["id"],
                name="case_calendar_changed",
                condition=models.Q(docketed_with__startswith="calendar:"),
            ),
        ),
        *(migrations.RemoveIndex(model, index.name) for model, index in NULLS_FIRST.items()),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddIndex(model, index) for model, index in NULLS_FIRST.items()],
            database_operations=[migrations.RunPython(nulls_first, plain)],
        ),
    ]
