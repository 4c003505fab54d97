"""Whether the office is worth asking: one account of its failures, shared by every process.

Failures in a row about different cases open a circuit, and nobody asks; orders wait where they are, none of
their tries used up. When the pause is over one call tries, held by a lease. If it is answered, everybody asks
again; if not, the pause is longer than the one before. What fails with one case alone (a reply too large, an
unreadable one, an error of one number) says nothing of the office and opens nothing.

There is a circuit for the domestic endpoints, one for the One Portal Dossier, and one for the log-in, which
both go through. A refused ID or password opens that at once and for long: the office may lock an ID that
keeps knocking. It belongs to the credentials, so that new ones are tried at once.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from apiclient.outcomes import Answer, Outcome
from dossiers import credentials
from dossiers.models import Circuit, OfficeCall, RefreshJob

log = logging.getLogger(__name__)

Group = Literal["domestic", "opd", "login"]

GROUPS: tuple[Group, ...] = ("domestic", "opd")
MOST_FAILURES = 3  # in a row, each tried several times by the client, about two different cases at least
TRIAL_LEASE = timedelta(seconds=150)  # above the queue's timeout: a trial whose worker died
_PAUSES = {Outcome.AUTH: (timedelta(minutes=10), timedelta(hours=4))}  # the first, the longest
_USUAL_PAUSES = (timedelta(minutes=1), timedelta(minutes=15))
_LONGEST = timedelta(hours=4)  # beyond this a pause was set by a clock since put back
_FAILURES = (Outcome.BUSY, Outcome.TIMEOUT, Outcome.DOWN)
_LOOKED_BACK = 20  # calls

NO_CREDENTIALS = "no_credentials"


class Paused(Exception):
    """Nothing was sent: the office is not asked before `until`, because of `outcome`."""

    def __init__(self, outcome: str, until: datetime) -> None:
        super().__init__(f"the office is not asked before {until.isoformat()}: {outcome}")
        self.outcome, self.until = outcome, until


@dataclass(frozen=True)
class Pause:
    """Why nobody asks `group`, since when, and until when; `until` is None while only a person can end it.

    `trying`: one call is under way to see whether the office is back.
    """

    group: Group
    outcome: str
    since: datetime | None
    until: datetime | None
    trying: bool = False


@dataclass(frozen=True)
class Permit:
    """A call may go: `names` are its circuits, `troubled` those with failures, `trials` those it tries."""

    names: tuple[str, str]
    troubled: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()


# --- looking ------------------------------------------------------------------------------------------------


def state(now: datetime) -> tuple[Pause, ...]:
    """What is not asked at `now`, the log-in first; () while all is well. One query."""
    missing = () if credentials.jpo() else (Pause("login", NO_CREDENTIALS, None, None),)
    shut = [row for row in _rows(("login", *GROUPS)) if row.opened_at]
    return missing + tuple(
        Pause(_group_of(row), row.outcome, row.opened_at, _opens_at(row, now), not _untried(row, now))
        for row in sorted(shut, key=lambda row: row.name != _login())
    )


def paused(now: datetime) -> dict[Group, Pause]:
    """By group of endpoints, why no call of it may go at `now`; a group whose trial is due is left out."""
    shut = {one.group: one for one in state(now) if one.until is None or one.until > now}
    found: dict[Group, Pause] = {}
    for group in GROUPS:
        reasons = [shut[name] for name in ("login", group) if name in shut]
        if reasons:
            found[group] = max(reasons, key=lambda one: (one.until is None, one.until or now))
    return found


def _rows(groups: Iterable[str]) -> Sequence[Circuit]:
    return Circuit.objects.filter(name__in=[_name(group) for group in groups])


def _name(group: str) -> str:
    return _login() if group == "login" else group


def _login() -> str:
    """The circuit of these credentials: a keyed digest, for they are kept nowhere."""
    credential = credentials.jpo()
    secret = f"{settings.JPO_BASE_URL}\0{credential.username}\0{credential.password}"
    return f"login:{salted_hmac('dossiers.circuit', secret, algorithm='sha256').hexdigest()[:24]}"


def _group_of(row: Circuit) -> Group:
    return next((group for group in GROUPS if group == row.name), "login")


def _opens_at(row: Circuit, now: datetime) -> datetime:
    """When the next call may go: now if it is due; at the end of a trial under way."""
    if row.until and now < row.until <= now + _LONGEST:
        return row.until
    return now if _untried(row, now) or row.trial_until is None else row.trial_until


def _untried(row: Circuit, now: datetime) -> bool:
    return row.trial_until is None or not now < row.trial_until <= now + 2 * TRIAL_LEASE


# --- asking -------------------------------------------------------------------------------------------------


def enter(group: str, now: datetime) -> Permit:
    """Leave to make one call to an endpoint of `group`, perhaps as the one that tries; else Paused."""
    names = (_login(), group)
    rows = _rows(("login", group))
    permit = Permit(names, tuple(row.name for row in rows if row.failures or row.opened_at))
    shut = [row for row in rows if row.opened_at]
    late = max(shut, key=lambda row: _opens_at(row, now), default=None)
    if late and _opens_at(late, now) > now:
        raise Paused(late.outcome, _opens_at(late, now))
    trials: list[str] = []
    for row in shut:
        if not _tries(row, now):
            give_back(Permit(names, trials=tuple(trials)))
            raise Paused(row.outcome, now + TRIAL_LEASE)
        trials.append(row.name)
    return Permit(names, permit.troubled, tuple(trials))


def _tries(row: Circuit, now: datetime) -> bool:
    """Whether the trial is the caller's: the row is still as it was seen, and now under lease."""
    seen = Circuit.objects.filter(
        pk=row.pk, opened_at=row.opened_at, until=row.until, trial_until=row.trial_until
    )
    return bool(seen.update(trial_until=now + TRIAL_LEASE))


def give_back(permit: Permit) -> None:
    """The call was not made, or says nothing: whoever comes next may try."""
    if permit.trials:
        Circuit.objects.filter(name__in=permit.trials).update(trial_until=None)


def note(permit: Permit, answer: Answer, now: datetime) -> None:
    """Say what became of the call."""
    blamed = _blamed(permit, answer)
    if blamed:
        give_back(Permit(permit.names, trials=tuple(name for name in permit.trials if name != blamed)))
        _failed(blamed, answer.outcome, now, tried=blamed in permit.trials)
    elif answer.attempts:
        _answered(permit.troubled, now)
    else:
        give_back(permit)


def _blamed(permit: Permit, answer: Answer) -> str:
    """The circuit that the answer counts against, "" where it shows that the office is there.

    A document promised by a good answer and not found in the storage is no failure of the office's.
    """
    login, group = permit.names
    if answer.outcome is Outcome.AUTH:
        # The dossier is a right of its own: an ID without it is refused there and may be good elsewhere.
        return group if group == "opd" and answer.attempts else login
    if answer.outcome not in _FAILURES or answer.status_code == "100":
        return ""
    return group if answer.attempts else login  # without a token nothing was asked


# --- failures and answers -----------------------------------------------------------------------------------


def _failed(name: str, outcome: Outcome, now: datetime, *, tried: bool) -> None:
    row, _ = Circuit.objects.get_or_create(name=name)
    Circuit.objects.filter(pk=row.pk).update(failures=F("failures") + 1, outcome=outcome)
    row.refresh_from_db()
    if row.opened_at and tried:
        _pause(row, outcome, now, Q(opened_at=row.opened_at))
    elif not row.opened_at and (outcome is Outcome.AUTH or _is_the_office(row)):
        _pause(row, outcome, now, Q(opened_at=None))


def _pause(row: Circuit, outcome: Outcome, now: datetime, still: Q) -> None:
    openings = row.openings + 1
    until = now + pause(openings, outcome)
    opened = Circuit.objects.filter(still, pk=row.pk, openings=row.openings).update(
        openings=openings, opened_at=row.opened_at or now, until=until, trial_until=None
    )
    if opened:
        tell = log.error if outcome is Outcome.AUTH else log.warning
        tell("the office (%s) is not asked before %s: %s", _group_of(row), until.isoformat(), outcome)


def pause(openings: int, outcome: str) -> timedelta:
    """How long nobody asks after so many openings in a row: doubling, and never two machines in step."""
    first, longest = _PAUSES.get(Outcome(outcome), _USUAL_PAUSES)
    whole = min(longest, first * 2 ** min(openings - 1, 20))
    return whole * random.uniform(0.75, 1.0)  # noqa: S311


def _is_the_office(row: Circuit) -> bool:
    """Whether so many calls in a row failed, and not all about one case, that it is not the case's doing."""
    if row.failures < MOST_FAILURES:
        return False
    failed: list[str] = []
    for outcome, argument in _last_calls(row.name):
        if outcome not in _FAILURES:
            break
        failed.append(argument)
    return len(failed) >= MOST_FAILURES and len(set(failed)) > 1


def _last_calls(name: str) -> list[tuple[str, str]]:
    """The newest calls of a circuit that have ended, newest first."""
    calls = OfficeCall.objects.exclude(ended_at=None)
    if name in GROUPS:
        dossier = Q(endpoint__startswith="opd/")
        calls = calls.filter(dossier if name == "opd" else ~dossier)
    return list(calls.order_by("-pk").values_list("outcome", "argument")[:_LOOKED_BACK])


def _answered(troubled: Sequence[str], now: datetime) -> None:
    """The office is there: everybody may ask, and what waited only for that need not wait any longer."""
    if not troubled:
        return
    rows = Circuit.objects.filter(name__in=troubled)
    was_shut = rows.exclude(opened_at=None).exists()
    rows.update(failures=0, openings=0, outcome="", opened_at=None, until=None, trial_until=None)
    if was_shut:
        log.warning("the office answers again")
        RefreshJob.objects.filter(
            state=RefreshJob.State.WAITING,
            not_before__gt=now,
            outcome__in=(*_FAILURES, Outcome.AUTH),
        ).update(not_before=now)
