"""Asking the office on behalf of the docket: one client per process, every call on record."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db import transaction

from apiclient.clock import office_day
from apiclient.jpo.catalogue import Endpoint, endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached, Policy, Purpose
from apiclient.steady import Steady, machine_clock, no_clock
from dossiers import clock, credentials
from dossiers.models import OfficeCall

from . import circuit, samples
from .ledger import DatabaseLedger

_LONGEST = 100  # characters of OfficeCall.argument
MOST_WAIT = 20.0  # seconds one call may wait for a free minute or before trying again; the order then waits


class NoCredentials(Exception):
    """No ID and password of the office are set: neither JPO_USERNAME and JPO_PASSWORD nor in the portal."""


def limits() -> Policy:
    """The limits in force: as observed, and as this installation's settings say.

    LookupError or ValueError, with words for the administrator, where the settings contradict the office.
    """
    found = policy(
        settings.JPO_DAILY_LIMITS,
        doubled=settings.JPO_DOUBLED,
        information_provider=settings.JPO_INFORMATION_PROVIDER,
    )
    per_minute = {"domestic": settings.JPO_PER_MINUTE, "opd": settings.JPO_OPD_PER_MINUTE}
    return Policy(found.daily, per_minute, {group: max(1, n // 5) for group, n in per_minute.items()})


@lru_cache(maxsize=4)
def _client(
    base_url: str,
    username: str,
    password: str,
    token_path: str,
    per_minute: tuple[int, int],
    storage_hosts: tuple[str, ...],
) -> JpoClient:
    rules = limits()
    return JpoClient(
        base_url,
        username,
        password,
        DatabaseLedger(rules, steady),
        rules,
        clock=clock.now,
        sleep=lambda seconds: time.sleep(seconds / settings.TIME_PASSES),
        max_wait_seconds=MOST_WAIT,
        token_path=token_path,
        storage_hosts=storage_hosts,
    )


def steady() -> Steady:
    """The machine's clock that nobody sets; none where time passes faster than it does."""
    return machine_clock() if settings.TIME_PASSES == 1 else no_clock()


def client() -> JpoClient:
    """The client with this installation's credentials; NoCredentials if there are none."""
    credential = credentials.jpo(fresh=True)
    if not credential:
        raise NoCredentials
    return _client(
        settings.JPO_BASE_URL,
        credential.username,
        credential.password,
        settings.JPO_TOKEN_PATH,
        (settings.JPO_PER_MINUTE, settings.JPO_OPD_PER_MINUTE),
        tuple(settings.JPO_STORAGE_HOSTS),
    )


def ask(law: str, name: str, *arguments: str, purpose: Purpose) -> Answer:
    """Put one question to the office, on record.

    DailyLimitReached, MinuteLimitReached, NoCredentials, or circuit.Paused while the office is not to be
    asked: nothing was sent then. "No such case" costs a call each time, so that answer is kept for the rest
    of the office's day.
    """
    row, now = endpoint(law, name), clock.now()
    argument = on_record(arguments)
    if _said_empty_today(row, argument, now):
        return _empty_again(row, arguments, now)
    asked = client()
    permit = circuit.enter(row.group, now)
    credentials.used(credentials.jpo(), now)
    call = OfficeCall.objects.create(
        endpoint=row.bucket_name,
        argument=argument,
        purpose=purpose,
        office_day=office_day(now),
        started_at=now,
    )
    try:
        answer = asked.call(row, *arguments, purpose=purpose)
    except (DailyLimitReached, MinuteLimitReached):
        circuit.give_back(permit)
        call.delete()  # nothing was sent
        raise
    call.ended_at = answer.received_at
    call.outcome, call.status_code = answer.outcome, answer.status_code[:5]
    call.http_status, call.remaining = answer.http_status, answer.remaining
    with transaction.atomic():  # together, for a call on record may be a reason not to ask again
        call.save()
        samples.keep(answer)
    circuit.note(permit, answer, clock.now())
    return answer


def on_record(arguments: tuple[str, ...]) -> str:
    """The arguments of a call as its row holds them: two that differ never look alike, however long."""
    whole = "/".join(arguments)
    if len(whole) <= _LONGEST:
        return whole
    mark = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{whole[: _LONGEST - len(mark) - 1]}…{mark}"


def _said_empty_today(row: Endpoint, argument: str, now: datetime) -> bool:
    return OfficeCall.objects.filter(
        endpoint=row.bucket_name, argument=argument, office_day=office_day(now), outcome=Outcome.EMPTY
    ).exists()


def _empty_again(row: Endpoint, arguments: tuple[str, ...], now: datetime) -> Answer:
    return Answer(
        endpoint=row,
        arguments=arguments,
        outcome=Outcome.EMPTY,
        http_status=None,
        status_code="107",
        message="",
        remaining=None,
        body=b"",
        reply=None,
        received_at=now,
        edge_cached=False,
        attempts=0,
        problems=(),
    )
