"""What a message says: the news as JSON, with the time limits as they stand when it is first sent."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings

from apiclient.numbers import display
from dossiers.alerts import letter
from dossiers.docketing.codes import name_in
from dossiers.docketing.confirming import hidden_from
from dossiers.models import Event, News, TimeLimit, User, WebhookDelivery, firm_policy

MOST_LIMITS = 20
TEST = "test"
_LONGEST = 300  # characters of any text


def write(delivery: WebhookDelivery, *, now: datetime) -> str:
    """The message in JSON, `{"type", "timestamp", "data"}`; docs/channels.md describes each field."""
    news = delivery.news
    at = news.created_at if news else delivery.created_at
    told = {
        "type": news.kind if news else TEST,
        "timestamp": at.isoformat(),
        "data": _data(news, delivery.webhook.owner) if news else _of_test(delivery),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def hidden_limits(limits: Collection[TimeLimit], user: User) -> set[int]:
    """Of these limits those whose date this person is to find first, where the firm checks dates blind."""
    if not limits or not firm_policy().blind_check:
        return set()
    rows = TimeLimit.objects.filter(hidden_from(user), pk__in=[one.pk for one in limits])
    return set(rows.values_list("pk", flat=True))


def _of_test(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "message": "This is a test. Nothing has happened on any case.",
        "link": f"{settings.SITE_URL}/settings/channels/{delivery.webhook_id}/",
    }


def _data(news: News, owner: User) -> dict[str, Any]:
    case, language = news.case, letter.reader_of(owner, news.created_at).language
    limits = letter.limits_of(news)[:MOST_LIMITS]
    hidden = hidden_limits(limits, owner)
    first = next((one for one in limits if one.state in letter.OPEN), None)
    due = min((one.due for one in limits if _runs(one) and one.pk not in hidden), default=None)
    return {
        "law": case.law,
        "case": case.application_number,
        "number": display(case.law, "application", case.application_number, language),
        "title": _short(case.title),
        "own_reference": _short(case.own_reference),
        "client": _short(case.client),
        "kind": news.kind,
        "document": _document(news.event, case.law, language) if news.event else None,
        "limit": _short(letter.one_line(getattr(first, f"title_{language}"), 200)) if first else None,
        "due": due.isoformat() if due else None,
        "limits": [_limit(one, one.pk in hidden, language) for one in limits],
        "found_on_adding": news.found_on_adding,
        "link": letter.case_url(case),
    }


def _runs(limit: TimeLimit) -> bool:
    return limit.state in letter.OPEN and limit.due is not None


def _document(event: Event, law: str, language: letter.Language) -> dict[str, Any]:
    return {
        "code": event.code,
        "name": _short(name_in(event.code, law, event.description, language)),
        "number": event.document_number,
        "date": event.legal_date.isoformat() if event.legal_date else None,
        "account": event.account,
    }


def _limit(limit: TimeLimit, hidden: bool, language: letter.Language) -> dict[str, Any]:
    """`due` is null where only the document tells it ("read_document"), or the owner is to find it first."""
    why = "blind_check" if hidden else "" if limit.due else "read_document"
    return {
        "title": _short(getattr(limit, f"title_{language}")),
        "rule": limit.rule_id,
        "due": limit.due.isoformat() if limit.due and not hidden else None,
        "without_date_because": why or None,
        "state": limit.state,
        "duty": limit.duty,
        "provisional": limit.provisional,
        "confirmed": limit.confirmed_at is not None,
        "link": f"{settings.SITE_URL}/limits/{limit.pk}/",
    }


def _short(text: str) -> str:
    return letter.one_line(text, _LONGEST)
