"""Asking the office on behalf of the docket: one client per process, every call on record."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.conf import settings

from apiclient.clock import office_day
from apiclient.jpo.catalogue import Endpoint, endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import DailyLimitReached, MinuteLimitReached, Policy, Purpose
from dossiers import clock
from dossiers.models import OfficeCall

from .ledger import DatabaseLedger

MOST_WAIT = 20.0  # seconds one call may wait for a free minute or before trying again; the order then waits


class NoCredentials(Exception):
    """No ID and password of the office are set; JPO_USERNAME and JPO_PASSWORD give them."""


def limits() -> Policy:
    """The limits in force: as observed, and as this installation's settings say."""
    found = policy(settings.JPO_DAILY_LIMITS)
    per_minute = {**found.per_minute, "domestic": settings.JPO_PER_MINUTE}
    kept = {**found.people_per_minute, "domestic": max(1, settings.JPO_PER_MINUTE // 5)}
    return Policy(found.daily, per_minute, kept)


@lru_cache(maxsize=4)
def _client(base_url: str, username: str, password: str, token_path: str, per_minute: int) -> JpoClient:
    rules = limits()
    return JpoClient(
        base_url,
        username,
        password,
        DatabaseLedger(rules),
        rules,
        clock=clock.now,
        max_wait_seconds=MOST_WAIT,
        token_path=token_path,
    )


def client() -> JpoClient:
    """The client with this installation's credentials; NoCredentials if there are none."""
    if not (settings.JPO_USERNAME and settings.JPO_PASSWORD):
        raise NoCredentials
    return _client(
        settings.JPO_BASE_URL,
        settings.JPO_USERNAME,
        settings.JPO_PASSWORD,
        settings.JPO_TOKEN_PATH,
        settings.JPO_PER_MINUTE,
    )


def ask(law: str, name: str, *arguments: str, purpose: Purpose) -> Answer:
    """Put one question to the office, on record; DailyLimitReached or MinuteLimitReached if it may not go.

    "No such case" costs a call each time, so that answer is kept for the rest of the office's day.
    """
    row, now = endpoint(law, name), clock.now()
    argument = "/".join(arguments)[:100]
    if _said_empty_today(row, argument, now):
        return _empty_again(row, arguments, now)
    call = OfficeCall.objects.create(
        endpoint=row.bucket_name,
        argument=argument,
        purpose=purpose,
        office_day=office_day(now),
        started_at=now,
    )
    try:
        answer = client().call(row, *arguments, purpose=purpose)
    except (DailyLimitReached, MinuteLimitReached, NoCredentials):
        call.delete()  # nothing was sent
        raise
    call.ended_at = answer.received_at
    call.outcome, call.status_code = answer.outcome, answer.status_code[:5]
    call.http_status, call.remaining = answer.http_status, answer.remaining
    call.save()
    return answer


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
