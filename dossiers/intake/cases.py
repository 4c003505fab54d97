"""What people enter on a case; the office's own data is never touched here."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from dossiers import clock, walls
from dossiers.docketing.actions import nobody, recompute
from dossiers.docketing.news import Tell
from dossiers.models import Case, User, record
from dossiers.refresh import search_index

EDITABLE = ("own_reference", "client", "owner", "deputy", "residency", "note")


@transaction.atomic
def edit_case(case: Case, *, by: User, tell: Tell = nobody, **fields: Any) -> list[str]:
    """Change what people entered; returns the names that changed.

    A new residency computes the limits again; `tell` gets the news of those that moved.
    """
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"not for people to edit: {', '.join(sorted(unknown))}")
    case = Case.objects.select_for_update().get(pk=case.pk)
    people = {name: fields[name] for name in ("owner", "deputy") if name in fields}
    if outside := walls.outsiders(case, people):
        raise ValueError(f"outside the wall of the case: {', '.join(outside)}")
    changed = {name: value for name, value in fields.items() if getattr(case, name) != value}
    if not changed:
        return []
    old = {name: str(getattr(case, name) or "") for name in changed}
    for name, value in changed.items():
        setattr(case, name, value)
    case.save()
    search_index.write_cases([case])
    record(
        "case.edit",
        by=by,
        case=case,
        old=old,
        new={name: str(value or "") for name, value in changed.items()},
    )
    if "residency" in changed:
        recompute(case, clock.now(), tell)
    return sorted(changed)
