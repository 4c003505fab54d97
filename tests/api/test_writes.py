"""What is sent twice is done once; what has changed is not overwritten; whoever calls too often waits."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from dossiers.api import writes
from dossiers.models import ApiToken, ApiWrite, AuditEntry, TimeLimit, Watchlist

from .conftest import program

pytestmark = pytest.mark.django_db


# --- the same thing twice -----------------------------------------------------------------------------------


def test_the_same_call_under_the_same_key_is_done_once(caller):
    first = caller.post("lists", {"name": "Urgent"}, Idempotency_Key="k1")
    again = caller.post("lists", {"name": "Urgent"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() and first.headers["Location"] == again.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert Watchlist.objects.count() == 1
    caller.post("lists", {"name": "Urgent"})
    assert Watchlist.objects.count() == 2  # without a key each call is a new thing


def test_a_key_is_for_one_thing(caller, case):
    caller.post("lists", {"name": "A"}, Idempotency_Key="k")
    for answer in (
        caller.post("lists", {"name": "B"}, Idempotency_Key="k"),
        caller.patch("cases/patent/2023000123", {"note": "A"}, Idempotency_Key="k"),
    ):
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("#key_reused")
    assert Watchlist.objects.count() == 1


def test_keys_of_two_programs_have_nothing_to_do_with_each_other(caller, bob):
    caller.post("lists", {"name": "A"}, Idempotency_Key="k")
    assert program(bob).post("lists", {"name": "A"}, Idempotency_Key="k").status_code == 201
    assert Watchlist.objects.count() == 2


def test_what_was_refused_may_be_tried_again_under_its_key(caller, case, limit):
    refused = caller.post(f"limits/{limit.pk}/not-needed", {"reason": " "}, Idempotency_Key="k")
    assert refused.status_code == 409
    assert not ApiWrite.objects.exists()
    done = caller.post(f"limits/{limit.pk}/not-needed", {"reason": "abandoned"}, Idempotency_Key="k")
    assert done.status_code == 200
    assert "Idempotency-Replayed" not in done.headers


def test_while_it_is_being_done_the_same_call_waits_and_a_lost_one_is_taken_over(caller):
    caller.post("lists", {"name": "A"}, Idempotency_Key="k")
    row = ApiWrite.objects.get()
    at_it = timezone.now() + writes.LEASE / 2
    ApiWrite.objects.update(status=None, lease_until=at_it)  # as if it were still under way
    busy = caller.post("lists", {"name": "A"}, Idempotency_Key="k")
    assert busy.status_code == 409 and int(busy.headers["Retry-After"]) > 0
    assert Watchlist.objects.count() == 1
    ApiWrite.objects.update(lease_until=timezone.now() - timedelta(seconds=1))  # its process died
    assert caller.post("lists", {"name": "A"}, Idempotency_Key="k").status_code == 201
    assert ApiWrite.objects.get().claim != row.claim


def test_whoever_lost_its_claim_undoes_its_work(caller, monkeypatch):
    from dossiers.api import lists

    real = lists.lists.create

    def slow(**fields):
        made = real(**fields)
        ApiWrite.objects.update(claim="00000000-0000-4000-8000-000000000000")  # somebody has taken it over
        return made

    monkeypatch.setattr(lists.lists, "create", slow)
    assert caller.post("lists", {"name": "A"}, Idempotency_Key="k").status_code == 409
    assert not Watchlist.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 201, "ü", "a\tb"])
def test_a_key_that_cannot_be_used_is_refused(caller, key):
    answer = caller.post("lists", {"name": "A"}, Idempotency_Key=key)
    assert answer.status_code == 400
    assert not Watchlist.objects.exists()


def test_old_keys_are_forgotten_after_two_days_and_not_before(caller):
    caller.post("lists", {"name": "A"}, Idempotency_Key="old")
    ApiWrite.objects.update(created_at=timezone.now() - timedelta(hours=25))
    caller.post("lists", {"name": "B"}, Idempotency_Key="new")
    assert ApiWrite.objects.count() == 2
    ApiWrite.objects.filter(key="old").update(created_at=timezone.now() - writes.KEPT - timedelta(minutes=1))
    caller.post("lists", {"name": "C"}, Idempotency_Key="newer")
    assert not ApiWrite.objects.filter(key="old").exists()


@pytest.mark.django_db(transaction=True)
def test_of_calls_at_the_same_moment_one_is_done(caller):
    start, answers = Barrier(4), []

    def call() -> None:
        start.wait()
        answers.append(caller.post("lists", {"name": "A"}, Idempotency_Key="k").status_code)
        connection.close()

    threads = [Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Watchlist.objects.count() == 1
    assert set(answers) <= {201, 409} and 201 in answers


# --- what has changed ---------------------------------------------------------------------------------------


def test_what_is_the_same_is_not_sent_again(caller, case, other):
    for path in (
        "cases",
        "cases/patent/2023000123",
        "limits",
        "lists",
        "events?after=now",
        "token",
        "people",
    ):
        first = caller.get(path)
        again = caller.get(path, If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["ETag"] == first.headers["ETag"]
    case.note = "x"
    case.save()
    tag = caller.get("cases/patent/2023000123").headers["ETag"]
    case.note = "y"
    case.save()
    assert caller.get("cases/patent/2023000123", If_None_Match=tag).status_code == 200


def test_a_write_that_names_what_it_has_seen_is_done_only_if_it_is_so_still(caller, case):
    path = "cases/patent/2023000123"
    seen = caller.get(path).headers["ETag"]
    first = caller.patch(path, {"own_reference": "P-1"}, If_Match=seen)
    assert first.status_code == 200
    late = caller.patch(path, {"own_reference": "P-2"}, If_Match=seen)
    assert late.status_code == 412
    assert caller.read(path)["entered"]["own_reference"] == "P-1"
    assert caller.patch(path, {"own_reference": "P-3"}, If_Match=first.headers["ETag"]).status_code == 200
    assert caller.patch(path, {"own_reference": "P-4"}, If_Match="*").status_code == 200
    assert caller.patch(path, {"own_reference": "P-5"}, If_Match='W/"x"').status_code == 412


def test_a_limit_that_moved_is_not_closed_by_who_saw_the_old_date(caller, case, limit):
    seen = caller.get(f"limits/{limit.pk}").headers["ETag"]
    TimeLimit.objects.update(due=limit.due + timedelta(days=1))
    answer = caller.post(f"limits/{limit.pk}/not-needed", {"reason": "x"}, If_Match=seen)
    assert answer.status_code == 412
    limit.refresh_from_db()
    assert limit.state == "open"


# --- too often ----------------------------------------------------------------------------------------------


@pytest.fixture
def three_a_minute(settings, monkeypatch):
    settings.API_PER_MINUTE = 3
    now = timezone.now().replace(second=10)
    moment = {"now": now}
    monkeypatch.setattr("dossiers.api.rate.timezone.now", lambda: moment["now"])
    return moment


def test_each_answer_says_where_the_token_stands_and_too_many_calls_wait(caller, three_a_minute):
    left = []
    for _ in range(3):
        answer = program_again(caller).get("token")
        assert answer.status_code == 200
        left.append(answer.headers["RateLimit-Remaining"])
    assert left == ["2", "1", "0"]
    answer = caller.post("lists", {"name": "A"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert not Watchlist.objects.exists()
    three_a_minute["now"] += timedelta(seconds=60)
    assert caller.get("token").headers["RateLimit-Remaining"] == "2"


def program_again(caller):
    caller.token.refresh_from_db()
    return caller


def test_one_program_does_not_use_up_the_calls_of_another(caller, alice, three_a_minute):
    for _ in range(4):
        caller.get("token")
    assert program(alice).get("token").status_code == 200


def test_a_clock_that_is_a_little_behind_counts_in_the_same_minute(caller, three_a_minute):
    three_a_minute["now"] += timedelta(seconds=55)  # the next minute has begun for one process
    caller.get("token")
    caller.get("token")
    three_a_minute["now"] -= timedelta(seconds=30)  # and not yet for another
    assert caller.get("token").status_code == 200
    assert caller.get("token").status_code == 429


def test_a_clock_set_back_by_a_day_stops_nobody(caller, three_a_minute):
    for _ in range(4):
        caller.get("token")
    three_a_minute["now"] -= timedelta(days=1)
    assert caller.get("token").status_code == 200
    assert ApiToken.objects.get().minute_calls == 1


# --- what is not understood ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ("[]", "application/json", 422),
        ('{"name": 1}', "application/json", 422),
        ('{"name": "a\\u0000b"}', "application/json", 422),
        ('{"name": "\\ud800"}', "application/json", 422),
        ('{"name": "a", "owner": "b"}', "application/json", 422),
        ('{"name": ' + "9" * 5000 + "}", "application/json", 400),
        ("name=a", "application/x-www-form-urlencoded", 415),
        (b"\xff\xfe", "application/json", 400),
        ('{"name": "' + "a" * 6_000_000 + '"}', "application/json", 413),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(caller, body, kind, status):
    headers = {"Authorization": f"Bearer {caller.text}", "Accept-Language": "ja"}
    answer = caller.client.generic("POST", "/api/v1/lists", body, content_type=kind, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status and told["title"] and told["detail"]
    assert not Watchlist.objects.exists()


def test_an_address_that_is_none_and_a_wrong_method_say_so(caller):
    assert caller.get("nothing/at/all").json()["status"] == 404
    answer = caller.call("DELETE", "cases")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert caller.get("cases?per_page=0").status_code == 422
    assert caller.get("cases?cursor=%00").status_code == 400
    assert caller.get("cases?unknown=1").status_code == 422


def test_what_goes_wrong_here_is_undone_and_said(caller, monkeypatch, case):
    from dossiers.api import cases

    def broken(*_args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(cases, "_set_tags", broken)
    caller.client.raise_request_exception = False
    answer = caller.patch("cases/patent/2023000123", {"note": "new", "tags": ["a"]}, Idempotency_Key="k")
    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()
    case.refresh_from_db()
    assert case.note == "" and not AuditEntry.objects.filter(action="case.edit").exists()
    assert not ApiWrite.objects.exists()


def test_words_are_in_the_language_asked_for_or_the_owners(caller, bob):
    assert caller.get("nothing", Accept_Language="en").headers["Content-Language"] == "en"
    assert caller.get("nothing", Accept_Language="ja").headers["Content-Language"] == "ja"
    headers = {"Authorization": f"Bearer {program(bob).text}"}
    assert caller.client.get("/api/v1/nothing", headers=headers).headers["Content-Language"] == "en"
