"""Who may see and do what, page by page, and what each page costs the database."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.models import Citation, TimeLimit
from tests import make

from . import docket

BASELINE = Path(__file__).with_name("query_counts.json")
LISTS = ["/?scope=all", "/?scope=mine", "/cases/", "/limits/", "/limits/?view=month", "/reviews/"]
LISTS += ["/completeness/", "/freshness/", "/differences/", "/quota/plan/", "/fees/", "/charts/"]


@pytest.fixture
def case(db):
    case = docket.confirmed_case()
    docket.refused(case)
    return case


def _pages(case) -> list[str]:
    event, limit = case.events.get(), case.events.get().limits.get()
    inner = [docket.page_of(case), docket.page_of(case, f"documents/{event.pk}/"), f"/limits/{limit.pk}/"]
    member = case.family.get_or_create(office="US", identity="US.202012345678.A")[0]
    inner += [docket.page_of(case, "family/"), docket.page_of(case, f"family/{member.pk}/")]
    return [*LISTS, *inner, docket.page_of(case, "refresh/status/")]


def _posts(case) -> list[str]:
    limit = case.events.get().limits.get()
    actions = [f"/limits/{limit.pk}/{name}/" for name in ("confirm", "done", "not-needed", "reopen")]
    event = case.events.get()
    return [
        *actions,
        docket.page_of(case, "edit/"),
        docket.page_of(case, "refresh/"),
        docket.page_of(case, "family/refresh/"),
        f"/reviews/documents/{event.pk}/account/",
    ]


def test_every_page_opens_for_a_signed_in_person_and_for_nobody_else(client, case, alice):
    for page in _pages(case):
        assert client.get(page).headers["Location"].startswith("/login/"), page
    client.force_login(alice)
    for page in _pages(case):
        assert client.get(page).status_code == 200, page


def test_what_changes_something_only_takes_forms(client, case, alice):
    client.force_login(alice)
    before = list(TimeLimit.objects.values_list("state", "confirmed_by"))
    for page in _posts(case):
        answer = client.get(page)
        assert answer.status_code == 405, page
        assert answer.headers["Allow"] == "POST"
    assert list(TimeLimit.objects.values_list("state", "confirmed_by")) == before


def test_a_stranger_changes_nothing(client, case):
    for page in _posts(case):
        assert client.post(page, {"reason": "x"}).headers["Location"].startswith("/login/"), page
    assert case.limits.filter(state="open", confirmed_by=None).exists()


def test_a_form_without_its_token_changes_nothing(case, alice, client):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    limit = case.events.get().limits.get()
    answer = strict.post(f"/limits/{limit.pk}/not-needed/", {"reason": "x"})
    assert answer.status_code == 403
    limit.refresh_from_db()
    assert limit.state == "open"


def test_a_form_never_leads_to_another_site(client, case, alice):
    client.force_login(alice)
    event = docket.unknown(case)
    task = event.reviews.get()
    there = {"resolution": "seen", "next": "https://evil.example/"}
    assert client.post(f"/reviews/{task.pk}/close/", there).headers["Location"] == "/reviews/"


def test_lists_cost_the_same_at_five_and_at_sixty_rows(client, alice):
    client.force_login(alice)
    _fill(0, 5, alice)
    few = {page: _count(client, page) for page in LISTS}
    _fill(5, 60, alice)
    assert {page: _count(client, page) for page in LISTS} == few
    for page, count in few.items():
        _compare(page, count)


def test_a_case_costs_the_same_with_five_and_with_sixty_documents(client, alice):
    client.force_login(alice)
    case = docket.confirmed_case()
    _documents(case, 5)
    few = _count(client, docket.page_of(case))
    _documents(case, 55)
    assert _count(client, docket.page_of(case)) == few
    _compare("/cases/<law>/<number>/", few)


def _fill(start: int, stop: int, owner) -> None:
    for i in range(start, stop):
        stale = {"last_outcome": "timeout", "confirmed_at": None} if i % 2 else {}
        case = docket.confirmed_case(f"2023{i + 1:06d}", owner=owner if i % 3 else None, **stale)
        docket.refused(case)
        if i % 2:
            docket.unknown(case)


def _documents(case, count: int) -> None:
    for _ in range(count):
        event = make.event(case, on=docket.days_ago(case.events.count() * 9))
        docket.paper(event, None, name=f"{event.pk}.xml")
        Citation.objects.create(case=case, order=event.pk, display="特開", first_seen_at=make.SEEN)
    docket.refused(case, dispatched=1)


def _count(client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


def _compare(page: str, count: int) -> None:
    """The count on record; set IPPORTAL_REWRITE_COUNTS=1 to record a change that is meant."""
    known = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if os.environ.get("IPPORTAL_REWRITE_COUNTS"):
        known[page] = count
        BASELINE.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
    assert known[page] == count
