"""Who may call: tokens, what they are for, and which cases they show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers import clock
from dossiers.api import description, tokens
from dossiers.models import ApiToken, AuditEntry, Follow
from tests import make

from .conftest import program

pytestmark = pytest.mark.django_db


def _operations():
    for path, methods in description.written()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _filled(path: str) -> str:
    for name, value in {
        "law": "patent",
        "number": "2023000123",
        "limit": "1",
        "document": "1",
        "file": "1",
    }.items():
        path = path.replace(f"{{{name}}}", value)
    for name in ("list_id", "import_id"):
        path = path.replace(f"{{{name}}}", "00000000-0000-4000-8000-000000000000")
    return path


@pytest.mark.parametrize(("method", "path"), [(m, p) for m, p, _ in _operations()])
def test_no_address_says_anything_without_a_token(client, alice, method, path):
    client.force_login(alice)  # a browser's session is no token
    for headers in ({}, {"Authorization": "Bearer ipportal_" + "x" * 43}, {"Authorization": "Basic YTpi"}):
        answer = client.generic(method, _filled(path), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path", "operation"), list(_operations()))
def test_a_token_does_only_what_it_is_for(alice, case, method, path, operation):
    (needed,) = operation["security"][0]["Token"]
    if needed == "any":
        return
    others = [name for name in tokens.SCOPES if not name.startswith(needed.partition(":")[0])]
    answer = program(alice, *others).call(method, _filled(path)[len("/api/v1/") :])
    assert answer.status_code == 403
    assert answer.json()["scope"] == needed
    if needed.endswith(":write") and f"{needed[:-6]}:read" in tokens.SCOPES:
        answer = program(alice, f"{needed[:-6]}:read").call(method, _filled(path)[len("/api/v1/") :])
        assert answer.status_code == 403


def test_writing_includes_reading(alice, case):
    assert program(alice, "cases:write").read("cases/patent/2023000123")["law"] == "patent"


def test_only_the_hash_is_kept_and_the_text_can_be_found_by_scanners(alice):
    _token, text = tokens.create(by=alice, name="  ERP  ", scopes=["cases:read"], reach="all")
    row = ApiToken.objects.get()
    assert text.startswith("ipportal_") and len(text) == 52 and text[9:].isalnum()
    assert text not in str([row.__dict__, list(AuditEntry.objects.values())])
    assert (row.name, row.ending) == ("ERP", text[-4:])


def test_a_token_taken_back_over_or_of_somebody_who_left_opens_nothing(alice, bob, monkeypatch):
    taken, over, left = program(alice), program(alice, expires_on=clock.office_today()), program(bob)
    assert [one.get("token").status_code for one in (taken, over, left)] == [200, 200, 200]
    tokens.revoke(taken.token, by=alice)
    tokens.revoke(taken.token, by=alice)
    bob.is_active = False
    bob.save()
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert [one.get("token").status_code for one in (taken, over, left)] == [401, 401, 401]
    assert AuditEntry.objects.filter(action="token.revoke").count() == 1


def test_the_last_use_is_seen(caller):
    assert caller.token.last_used_at is None
    caller.get("token")
    caller.token.refresh_from_db()
    assert caller.token.last_used_at


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": " "}, "no_name"),
        ({"scopes": []}, "no_scopes"),
        ({"scopes": ["cases:read", "everything"]}, "no_scopes"),
        ({"reach": "list"}, "no_list"),
        ({"reach": "theirs"}, "no_list"),
        ({"reach": "mine", "scopes": ["imports:write"]}, "needs_all_cases"),
        ({"expires_on": clock.office_today() - timedelta(1)}, "unusable_day"),
        ({"expires_on": clock.office_today() + timedelta(5000)}, "unusable_day"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(alice, given, why):
    usual = {"name": "x", "scopes": ["cases:read"], "reach": "all"}
    with pytest.raises(tokens.TokenRefused) as refused:
        tokens.create(by=alice, **{**usual, **given})
    assert refused.value.code == why
    assert not ApiToken.objects.exists()


# --- which cases ------------------------------------------------------------------------------------------


def _everything_of(one, case) -> list[int]:
    path = f"cases/{case.law}/{case.application_number}"
    limit, event = case.limits.first(), case.events.first()
    calls = [("GET", path), ("PATCH", path), ("GET", f"{path}/documents"), ("POST", f"{path}/limits")]
    if limit:
        acts = ("own-dates", "done", "not-needed", "reopen")
        calls += [("GET", f"limits/{limit.pk}"), *(("POST", f"limits/{limit.pk}/{act}") for act in acts)]
        calls += [("GET", f"{path}/documents/{event.pk}")]
    bodies = {
        "PATCH": {"note": "x"}, "own-dates": {"kind": "target", "day": "2026-12-01"}, "done": {},
        "not-needed": {"reason": "x"}, "reopen": {"reason": "x"},
        "limits": {"title": "x", "due": "2027-01-01", "reason": "x"},
    }  # fmt: skip
    body_of = lambda method, path: bodies.get(method) or bodies.get(path.rpartition("/")[2])  # noqa: E731
    return [
        one.call(method, path, body_of(method, path) if method != "GET" else None).status_code
        for method, path in calls
    ]


def test_cases_that_a_token_does_not_show_are_not_there(alice, bob, case, other):
    """404 and not 403: that a case is in the docket is itself something to know."""
    case.owner = bob
    case.save()
    mine = program(alice, *(set(tokens.SCOPES) - {"imports:write"}), reach="mine")
    assert set(_everything_of(mine, case)) == {404}
    assert mine.read("cases")["items"] == mine.read("limits")["items"] == mine.read("events")["items"] == []
    one = make.watchlist(bob, case, other)
    assert mine.read(f"lists/{one.pk}/cases")["items"] == []
    assert mine.read(f"lists/{one.pk}")["cases"] == 0
    assert mine.call("PUT", f"lists/{one.pk}/cases/patent/{case.application_number}").status_code == 404
    Follow.objects.create(watchlist=one, user=alice)
    assert len(mine.read("cases")["items"]) == 2


def test_a_token_for_one_list_shows_that_list_and_its_cases_alone(alice, bob, case, other):
    one, second = make.watchlist(alice, other, name="A"), make.watchlist(alice, case, name="B")
    of_list = program(alice, "cases:read", "lists:write", reach="list", watchlist=one)
    assert [found["application_number"] for found in of_list.read("cases")["items"]] == ["2024000777"]
    assert [found["name"] for found in of_list.read("lists")["items"]] == ["A"]
    assert of_list.get(f"lists/{second.pk}").status_code == 404
    added = of_list.call("PUT", f"lists/{one.pk}/cases/{case.law}/{case.application_number}")
    assert added.status_code == 404  # else any case could be had by putting it on the list
    hidden = make.watchlist(bob, other)
    of_hidden = program(alice, "cases:read", reach="list", watchlist=hidden)
    hidden.shared = False
    hidden.save()
    assert of_hidden.get("cases").status_code == 401


def test_private_lists_and_imports_of_others_are_not_there(alice, bob, caller, case):
    hidden = make.watchlist(bob, case)
    hidden.shared = False
    hidden.save()
    theirs = program(bob).post("imports", {"rows": [{"number": "2020-000001"}]}).json()["id"]
    for path in (
        f"lists/{hidden.pk}",
        f"lists/{hidden.pk}/cases",
        f"imports/{theirs}",
        f"imports/{theirs}/lines",
    ):
        assert caller.get(path).status_code == 404
    assert caller.post(f"imports/{theirs}/save").status_code == 404
    assert caller.call("DELETE", f"imports/{theirs}").status_code == 404
    assert caller.read("lists")["items"] == caller.read("imports")["items"] == []
