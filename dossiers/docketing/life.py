"""What time alone does to a docket: claims that nothing proves, limits that pass, rules that were renewed.

`look_at` brings one case up to this moment; `look` finds the cases that need it. Both may be run any number
of times, late, or by several workers: what was done is seen in the rows, so that it is done once, and a day
on which nobody looked is made up for by the next look.
"""

from __future__ import annotations

import logging
import time
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apiclient.clock import office_day
from dossiers.models import (
    Case,
    ExtensionClaim,
    News,
    TimeLimit,
    TimeLimitChange,
    firm_policy,
    record,
)

from . import news
from .calendar import OfficeCalendar
from .duty import Standing, open_days_after, passed_on, standing_of
from .fee_words import amounts_in_words
from .fees import jpo_fees
from .news import Tell
from .results import Rung
from .store import (
    CALENDAR_MARK,
    SUMS,
    Held,
    Reconciled,
    calendar,
    end_claim,
    reconcile,
    rules_mark,
    sum_up,
)

log = logging.getLogger(__name__)

A_YEAR = timedelta(days=365)
AT_ONCE = 500  # cases found by one question


def look(*, now: datetime, tell: Tell, budget_seconds: float = 40.0) -> int:
    """Look at every case that time or a new rule has changed; returns how many were looked at.

    One case, one transaction; a case that cannot be looked at is logged and does not keep back the others.
    What is left when the budget is used up is found by the next look.
    """
    until = time.monotonic() + budget_seconds
    looked = 0
    for pk in _waiting(office_day(now)):
        if time.monotonic() > until:
            break
        try:
            _look_at_stored(pk, now, tell)
        except Exception:
            log.exception("case %s could not be looked at", pk)
        looked += 1
    return looked


def _waiting(today: date) -> list[int]:
    """Cases whose limits or claims have passed a day, then those computed with other rules."""
    limits = TimeLimit.objects.filter(
        Q(state=TimeLimit.State.CLAIMED, claim_until__lt=today)
        | Q(state=TimeLimit.State.OPEN, stands_until__lt=today)
        | Q(state=TimeLimit.State.OPEN, stands_until=None, rung=0, due__lt=today)
        | Q(state=TimeLimit.State.OPEN, rung__gt=0, due__gte=today)
    )
    claims = ExtensionClaim.objects.filter(ended_at=None, until__lt=today)
    passed = list(limits.order_by("due", "pk").values_list("case_id", flat=True))
    passed += claims.order_by("until", "pk").values_list("limit__case_id", flat=True)
    renewed = Case.objects.filter(confirmed_at__isnull=False).exclude(docketed_with=rules_mark())
    renewed = renewed.exclude(docketed_with__startswith=CALENDAR_MARK)  # `closures.recompute` names the cause
    passed += renewed.order_by("next_due", "pk").values_list("pk", flat=True)[:AT_ONCE]
    return list(dict.fromkeys(passed))


@transaction.atomic
def _look_at_stored(pk: int, now: datetime, tell: Tell) -> None:
    case = Case.objects.select_for_update().get(pk=pk)
    found = []
    if case.confirmed_at and case.docketed_with != rules_mark():
        found += news.of_changes(case, reconcile(case, now=now), now=now, renewed=True)
    found += look_at(case, now=now)
    tell(found)


def look_at(case: Case, *, now: datetime, first: bool = False, held: Held | None = None) -> list[News]:
    """Bring the docket of `case`, locked by the caller, up to `now`; returns the news of it.

    ``first``: the case has just been added, so that what was lost long before is shown, but is no news.
    Whoever gives the rows that it holds saves the case's `SUMS` afterwards.
    """
    today, rows = office_day(now), held or Held(case)
    limits = rows.running
    found: list[News] = []
    for limit in limits:
        if limit.state == TimeLimit.State.CLAIMED and _not_seen(case, limit.claim_until, today):
            found += _claim_not_seen(limit, case, now)
    changed, ended = _end_claimed_extensions(rows, now, today)
    if ended:
        found += _extensions_not_seen(case, changed, ended, now)
        rows = Held(case)
        limits = rows.running
    before = {limit.pk: (limit.rung, limit.passed_on_adding) for limit in limits}
    for limit in limits:
        if limit.state == TimeLimit.State.OPEN:
            found += _pass_by(limit, case, now, today, first)
    expired = len(rows.running) != len(limits)
    if found or ended or expired or any((one.rung, one.passed_on_adding) != before[one.pk] for one in limits):
        sum_up(rows)
        if held is None:
            case.save(update_fields=SUMS)
    return found


# --- claims -----------------------------------------------------------------------------------------------


def _not_seen(case: Case, until: date | None, today: date) -> bool:
    """Whether the wait for proof is over: the office was read after its last day, and did not show it.

    Where the office could not be read since then, as many office days more are waited, and no longer.
    """
    if until is None or today <= until:
        return False
    if case.confirmed_at and office_day(case.confirmed_at) > until:
        return True
    return today > open_days_after(until, firm_policy().claim_office_days, calendar())


def claim_until(today: date, office: OfficeCalendar) -> date:
    """The last day on which a claim made today waits for its proof."""
    return open_days_after(today, firm_policy().claim_office_days, office)


def _last_read(case: Case) -> tuple[str, str]:
    if case.confirmed_at is None:
        return "庁データは未取得", "the office's data were never read"
    day = office_day(case.confirmed_at)
    return f"庁データは{day}に確認", f"the office's data were last read on {day}"


def _claim_not_seen(limit: TimeLimit, case: Case, now: datetime) -> list[News]:
    by, until = limit.state_by, limit.claim_until
    read_ja, read_en = _last_read(case)
    ja = f"処理済みとの申告が{until}までに庁データで確認できないため未処理に戻した（{read_ja}）"
    en = f"said to be done, not seen at the office by {until}: open again ({read_en})"
    _set_state(limit, TimeLimit.State.OPEN, now, ja, en)
    record("limit.claim_not_seen", case=case, limit=limit.key, until=str(until), said_by=str(by or ""))
    return news.write(
        case,
        News.Kind.CLAIM_NOT_SEEN,
        f"claim_not_seen:{until}:{limit.key}",
        now=now,
        event=limit.event,
        detail={"limit": limit.pk, "said_by": str(by or "")},
    )


def _set_state(limit: TimeLimit, state: str, now: datetime, ja: str, en: str) -> None:
    _note(limit, now, "state", limit.state, state, ja, en)
    limit.state, limit.state_at, limit.state_by, limit.claim_until = state, now, None, None
    limit.state_reason_ja, limit.state_reason_en = ja[:300], en[:300]
    limit.save(
        update_fields=["state", "state_at", "state_by", "claim_until", "state_reason_ja", "state_reason_en"]
    )


def _end_claimed_extensions(
    held: Held, now: datetime, today: date
) -> tuple[Reconciled, list[ExtensionClaim]]:
    """End the claims whose wait is over and compute the case again without them."""
    case = held.case
    over = [claim for claim in held.claims if claim.ended_at is None and _not_seen(case, claim.until, today)]
    for claim in over:
        read_ja, read_en = _last_read(case)
        end_claim(
            claim,
            now,
            f"{claim.until}までに庁データで確認できなかった（{read_ja}）",
            f"not seen at the office by {claim.until} ({read_en})",
        )
        record("extension.not_seen", case=case, limit=claim.limit.key, code=claim.code, said_by=str(claim.by))
    return (reconcile(case, now=now) if over else Reconciled()), over


def _extensions_not_seen(
    case: Case, changed: Reconciled, ended: list[ExtensionClaim], now: datetime
) -> list[News]:
    """One piece of news for each claim; a date that moved by it is told with it and not again."""
    moved = {limit.pk: (old, limit.due) for limit, old in changed.moved}
    found = []
    for claim in ended:
        detail = {"limit": claim.limit_id, "said_by": str(claim.by)}
        if claim.limit_id in moved:
            old, new = moved[claim.limit_id]
            detail |= {"old": str(old or ""), "new": str(new or "")}
        key, event = f"extension_not_seen:{claim.pk}", claim.limit.event
        found += news.write(case, News.Kind.EXTENSION_NOT_SEEN, key, now=now, event=event, detail=detail)
    told = frozenset(claim.limit_id for claim in ended)
    return found + news.of_changes(case, changed, now=now, told=told)


# --- passing by -------------------------------------------------------------------------------------------


def _pass_by(limit: TimeLimit, case: Case, now: datetime, today: date, first: bool) -> list[News]:
    """Move an open limit to what of it still stands today; told once for each step down."""
    if limit.duty == "chance":
        if limit.due and limit.due < today:
            _set_state(limit, TimeLimit.State.EXPIRED, now, "最終日を経過", "its last day has passed")
        return []
    stands = standing_of(limit, today)
    before = limit.rung, limit.stands_until, limit.passed_on_adding
    on_adding = stands.step is None and passed_on(limit, office_day(case.added_at))
    if before == (stands.rung, stands.kept_until, on_adding):
        return []
    limit.rung, limit.stands_until, limit.passed_on_adding = stands.rung, stands.kept_until, on_adding
    limit.save(update_fields=["rung", "stands_until", "passed_on_adding"])
    if before[0] == stands.rung:
        return []
    _note_rung(limit, before[0], stands, now)
    if stands.rung < before[0] or (first and (stands.step is None or limit.event_id)):
        return []  # on adding a case its documents that can still be acted on are news by themselves
    if on_adding or (stands.step is None and _found_long_after(limit, now, today)):
        return []
    return _missed(limit, case, stands, now, first)


def _found_long_after(limit: TimeLimit, now: datetime, today: date) -> bool:
    """Whether a new rule, or a late entry of the office, has just shown what was lost more than a year ago.

    It is shown as lost; mails about old cases would drown those about what can still be met.
    """
    return limit.created_at == now and limit.due is not None and limit.due < today - A_YEAR


def _missed(limit: TimeLimit, case: Case, stands: Standing, now: datetime, first: bool) -> list[News]:
    step = stands.step
    detail = {
        "limit": limit.pk,
        "how": step.kind if step else "",
        "until": str(stands.until or ""),
        **(_fee_of(step) if step else {}),
    }
    return news.write(
        case,
        News.Kind.LIMIT_MISSED,
        f"missed:{limit.due}:{stands.rung}:{limit.key}",
        now=now,
        first=first,
        event=limit.event,
        detail=detail,
    )


def _fee_of(step: Rung) -> dict[str, str]:
    """What the step costs, in the words of this day: what people are told is not to change afterwards."""
    told = jpo_fees().of_rung(step)
    return {"fee_ja": amounts_in_words(told, "ja"), "fee_en": amounts_in_words(told, "en")}


def _note_rung(limit: TimeLimit, old: int, stands: Standing, now: datetime) -> None:
    if stands.rung == 0:
        ja, en = "期限はまだ過ぎていない", "the due date has not passed yet"
    elif stands.step is None:
        ja, en = "期限が過ぎ、この先の手段は登録されていない", "passed; no later way to act is known"
    elif stands.until is None:
        ja = f"期限が過ぎた。{stands.step.condition_ja}"
        en = f"passed; {stands.step.condition_en}"
    else:
        ja = f"期限が過ぎた。{stands.until}までの手段：{stands.step.condition_ja}"
        en = f"passed; can be rescued until {stands.until}: {stands.step.condition_en}"
    _note(limit, now, "rung", str(old), str(stands.rung), ja, en)


def _note(limit: TimeLimit, now: datetime, field: str, old: str, new: str, ja: str, en: str) -> None:
    TimeLimitChange.objects.create(
        limit=limit, at=now, field=field, old=old, new=new, reason_ja=ja[:300], reason_en=en[:300]
    )
