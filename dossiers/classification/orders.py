"""Orders for suggestions: made, claimed, put off, finished. The row is the order, as with refresh orders."""

from __future__ import annotations

import hashlib
import zlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dossiers import clock, leases
from dossiers.models import Case, CpcSuggestion, User, record

from .texts import checked

LEASE = timedelta(minutes=5)  # longer than the queue's own timeout, so that two never work on one order
MOST_ATTEMPTS = 5
State = CpcSuggestion.State
Source = CpcSuggestion.Source


@transaction.atomic
def order_from_dossier(case: Case, *, by: User) -> CpcSuggestion:
    """Have the specification fetched from the One Portal Dossier; one order at a time for a case."""
    return _order(case, by, "opd", source=Source.OPD)


@transaction.atomic
def order_from_text(case: Case, *, by: User, text: str, file_name: str = "") -> CpcSuggestion:
    """Have `text` classified, read from `file_name` or pasted. TextRefused: "no_text", "too_long"."""
    body = checked(text).encode("utf-8", "replace")
    digest = hashlib.sha256(body).hexdigest()
    return _order(
        case,
        by,
        digest,
        source=Source.UPLOADED if file_name else Source.PASTED,
        source_name=file_name[:300],
        text=zlib.compress(body),
        text_sha256=digest,
        text_length=len(body.decode()),
    )


def _order(case: Case, by: User, key: str, **fields: object) -> CpcSuggestion:
    """The order that waits under `key`, made unless somebody has just asked for the same."""
    made, new = CpcSuggestion.objects.get_or_create(
        case=case, key=key, state=State.WAITING, defaults={"requested_by": by, **fields}
    )
    if new:
        record("cpc.suggest", by=by, case=case, source=made.source)
    return made


def keep_parts(order: CpcSuggestion, parts: list[tuple[str, str]]) -> None:
    """Keep which documents make up a specification, and the texts of those fetched: each costs a question."""
    order.parts = parts
    order.save(update_fields=["parts"])


def keep_text(order: CpcSuggestion, text: str, documents: str) -> None:
    """Keep the whole text fetched for an order. TextRefused: "no_text", "too_long"."""
    body = checked(text).encode("utf-8", "replace")
    order.text = zlib.compress(body)
    order.text_sha256 = hashlib.sha256(body).hexdigest()
    order.text_length, order.source_name, order.parts = len(body.decode()), documents[:300], []
    order.save(update_fields=["text", "text_sha256", "text_length", "source_name", "parts"])


def text_of(order: CpcSuggestion) -> str | None:
    """The text kept with an order; None if it has still to be fetched."""
    return zlib.decompress(bytes(order.text)).decode() if order.text else None


def claim() -> CpcSuggestion | None:
    """The next due order, leased to the caller; None when nothing is due. Attempts count before the work."""
    for _ in range(20):
        free = leases.free(timezone.now(), LEASE)
        due = CpcSuggestion.objects.filter(free, state=State.WAITING, not_before__lte=clock.now())
        candidate = due.order_by("created_at", "pk").first()
        if candidate is None:
            return None
        won = due.filter(pk=candidate.pk).update(
            lease_until=timezone.now() + LEASE, attempts=F("attempts") + 1
        )
        if not won:
            continue
        order = CpcSuggestion.objects.select_related("case").get(pk=candidate.pk)
        if order.attempts <= MOST_ATTEMPTS:
            return order
        fail(order, "gave_up", order.detail)
    return None


def put_off(
    order: CpcSuggestion, until: datetime, outcome: str, detail: str = "", *, counts: bool = False
) -> None:
    """The order waits until `until`; waiting for quota is no failed attempt unless it `counts`."""
    CpcSuggestion.objects.filter(pk=order.pk, state=State.WAITING).update(
        not_before=until,
        lease_until=None,
        outcome=outcome,
        detail=detail[:500],
        attempts=F("attempts") if counts else F("attempts") - 1,
    )


def fail(order: CpcSuggestion, outcome: str, detail: str = "") -> None:
    """The order is over without a result; its text goes."""
    CpcSuggestion.objects.filter(pk=order.pk).update(**_over(State.FAILED, outcome, detail))


def succeed(
    order: CpcSuggestion,
    *,
    symbols: list[dict[str, str]],
    predictor: str,
    stand_in: bool,
    problems: list[str],
) -> None:
    """The order is over: its result stays, its text goes."""
    CpcSuggestion.objects.filter(pk=order.pk).update(
        **_over(State.DONE, "ok"),
        symbols=symbols,
        predictor=predictor[:200],
        stand_in=stand_in,
        problems=problems,
    )


def _over(state: str, outcome: str, detail: str = "") -> dict[str, object]:
    return {
        "state": state,
        "outcome": outcome,
        "detail": detail[:500],
        "text": None,
        "parts": [],
        "lease_until": None,
        "finished_at": clock.now(),
    }
