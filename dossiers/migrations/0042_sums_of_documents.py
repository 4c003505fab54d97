"""What became of a case's documents is kept with the case, and counted once from all there are."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Count, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

COUNTED = {"with_limit": "limit", "without_limit": "no_limit", "by_person": "person", "not_accounted": "open"}


def count(apps: Any, schema_editor: Any) -> None:
    Case, Event = apps.get_model("dossiers", "Case"), apps.get_model("dossiers", "Event")
    listed = Event.objects.filter(case=OuterRef("pk"), vanished_at=None).order_by().values("case")

    def of(account: str) -> Any:
        rows = listed.filter(account=account)
        return Coalesce(Subquery(rows.annotate(n=Count("account")).values("n")), 0)

    oldest = listed.filter(account="open").annotate(day=Min("legal_date")).values("day")
    Case.objects.update(**{name: of(account) for name, account in COUNTED.items()}, oldest_open_on=oldest)


def _number() -> models.PositiveIntegerField[int, int]:
    return models.PositiveIntegerField(default=0)


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0041_accounts")]

    operations = [
        *(migrations.AddField("case", name, _number()) for name in COUNTED),
        migrations.AddField("case", "oldest_open_on", models.DateField(blank=True, null=True)),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
