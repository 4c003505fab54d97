"""The sums that cases keep of their documents, counted again from every document once a day.

Boards add these sums up. They change with what they count, in one transaction; should one be wrong all the
same, it is put right here, with an audit line, and the boards say that it happened.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from apiclient.clock import office_day
from dossiers.models import Case, Event, Heartbeat, record

from .store import OF_DOCUMENTS, recount

NAME = "sums"  # of the sign of life that says when all were counted, and how many were wrong
_NAMED = 50


def differing() -> list[int]:
    """Keys of cases whose sums are not what their documents say; one query over all documents there are."""
    listed = Event.objects.filter(case=OuterRef("pk"), vanished_at=None).order_by().values("case")

    def counted(account: str) -> Any:
        rows = listed.filter(account=account)
        return Coalesce(Subquery(rows.annotate(n=Count("account")).values("n")), 0)

    wrong = Q(pk__in=())
    for account, name in OF_DOCUMENTS.items():
        wrong |= ~Q(**{name: counted(account)})
    oldest = listed.filter(account=Event.Account.OPEN).annotate(day=Min("legal_date")).values("day")
    cases = Case.objects.alias(counted_day=Subquery(oldest))
    same_day = Q(oldest_open_on=None, counted_day=None) | Q(oldest_open_on=Subquery(oldest))
    found = cases.filter(wrong) | cases.exclude(same_day)
    return list(found.order_by("pk").values_list("pk", flat=True))


def keep_honest(now: datetime) -> int | None:
    """Count everything once on the office day of `now` and put right what differs; how many, None if it was
    done today."""
    last = Heartbeat.objects.filter(name=NAME).first()
    if last and office_day(last.at) == office_day(now):
        return None
    wrong = [pk for pk in differing() if _put_right(pk)]
    told = {"cases": len(wrong), "keys": wrong[:_NAMED]}
    Heartbeat.objects.update_or_create(name=NAME, defaults={"at": now, "detail": told})
    return len(wrong)


@transaction.atomic
def _put_right(pk: int) -> bool:
    """False when it was right after all: somebody was writing while it was counted."""
    case = Case.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if case is None:
        return False
    names = (*OF_DOCUMENTS.values(), "oldest_open_on")
    before = [getattr(case, name) for name in names]
    recount(case)
    after = [getattr(case, name) for name in names]
    if before == after:
        return False
    record("case.sums_corrected", case=case, old=list(map(str, before)), new=list(map(str, after)))
    return True
