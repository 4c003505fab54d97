"""The office's manners: tokens, counters, limits, the edge cache, and misfortunes on the line."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from apiclient.clock import JST
from apiclient.sandbox import Sandbox
from apiclient.sandbox.counters import DayCounters, MinuteWindow
from apiclient.sandbox.office import Office
from apiclient.sandbox.server import SandboxServer
from apiclient.sandbox.state import StateError
from tests.sandbox.conftest import NOW, RECORDINGS, Caller
from tests.sandbox.test_wire import a_number

ABSENT = "/api/patent/v1/app_progress/2011000001"


def status(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["result"]["statusCode"]


# Tokens


def test_a_login_gives_a_long_token_that_lives_an_hour(caller: Caller) -> None:
    token = caller.login().json()
    assert (token["expires_in"], token["refresh_expires_in"], token["token_type"]) == (3600, 28800, "Bearer")
    assert len(token["access_token"]) > 1000
    caller.office.advance(seconds=3500)
    assert status(caller.get(ABSENT, token["access_token"])) == (200, "107")
    caller.office.advance(seconds=200)
    assert status(caller.get(ABSENT, token["access_token"])) == (401, "210")


def test_several_tokens_live_at_once_and_a_refresh_gives_both_anew(caller: Caller) -> None:
    first = caller.login().json()
    second = caller.login().json()
    third = caller.login(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert len({one["access_token"] for one in (first, second, third)}) == 3
    assert third["refresh_token"] != first["refresh_token"]
    for one in (first, second, third):
        assert status(caller.get(ABSENT, one["access_token"])) == (200, "107")


def test_a_refresh_token_dies_after_eight_hours(caller: Caller) -> None:
    refresh = caller.login().json()["refresh_token"]
    caller.office.advance(seconds=28_801)
    reply = caller.login(grant_type="refresh_token", refresh_token=refresh)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("form", [{"username": "sandbox-user", "password": "wrong"}, {"username": "nobody"}])
def test_wrong_credentials_are_refused_as_an_identity_server_does(
    caller: Caller, form: dict[str, str]
) -> None:
    reply = caller.login(grant_type="password", **form)
    assert reply.status_code == 401
    assert reply.json() == {"error": "invalid_grant", "error_description": "Invalid user credentials"}


def test_a_wrong_token_or_none_is_answered_210(caller: Caller) -> None:
    assert status(caller.get(ABSENT, "nonsense")) == (401, "210")
    assert status(requests.get(caller.office.url + ABSENT, timeout=10)) == (401, "210")


# Counters


def test_an_unknown_number_costs_a_call_and_the_next_day_starts_anew(caller: Caller) -> None:
    assert caller.result(ABSENT)["remainAccessCount"] == "799"
    assert caller.result(ABSENT)["remainAccessCount"] == "798"
    assert caller.result(ABSENT.replace("patent", "design"))["remainAccessCount"] == "799"
    caller.office.advance(days=1)
    caller.token = caller.login().json()["access_token"]
    assert caller.result(ABSENT)["remainAccessCount"] == "799"


def test_counters_start_again_at_midnight_in_japan() -> None:
    before_midnight = datetime(2026, 11, 24, 23, 59, 0, tzinfo=JST)
    with Sandbox(cases=100, now=before_midnight, edge_seconds=0) as office:
        caller = Caller(office)
        with caller.session:
            assert caller.result(ABSENT)["remainAccessCount"] == "799"
            office.advance(seconds=120)
            assert caller.result(ABSENT)["remainAccessCount"] == "799"


def test_past_the_limit_of_a_bucket_the_others_go_on() -> None:
    with Sandbox(cases=100, now=NOW, limits={"patent/app_progress": 2}, edge_seconds=0) as office:
        caller = Caller(office)
        with caller.session:
            answers = [caller.result(ABSENT) for _ in range(3)]
            assert [one["statusCode"] for one in answers] == ["107", "107", "203"]
            assert answers[2]["remainAccessCount"] == ""
            assert caller.result(ABSENT.replace("progress", "progress_simple"))["statusCode"] == "107"
            office.reset_counters()
            assert caller.result(ABSENT)["statusCode"] == "107"


def test_many_threads_never_get_more_than_the_limit() -> None:
    counters = DayCounters({"patent/app_progress": 50})
    with ThreadPoolExecutor(8) as pool:
        left = list(pool.map(lambda _: counters.take("patent/app_progress", date(2026, 1, 5)), range(200)))
    assert sorted(one for one in left if one is not None) == list(range(50))


def test_a_limit_for_an_endpoint_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="patent/app_progres"):
        DayCounters({"patent/app_progres": 1})


def test_at_most_ten_calls_in_any_sixty_seconds() -> None:
    now = [1000.0]
    window = MinuteWindow(10, lambda: now[0])
    admitted = []
    for _ in range(400):
        if window.admit():
            admitted.append(now[0])
        now[0] += 0.7
    assert len(admitted) > 40
    assert all(sum(start <= at < start + 60 for at in admitted) <= 10 for start in admitted)


def test_too_many_calls_a_minute_are_answered_303_and_not_counted() -> None:
    with Sandbox(cases=100, now=NOW, per_minute=3, edge_seconds=0) as office:
        caller = Caller(office)
        with caller.session:
            answers = [status(caller.get(ABSENT)) for _ in range(4)]
            assert answers == [(200, "107")] * 3 + [(429, "303")]
            office.advance(days=1)  # the minute is of real time
            caller.token = caller.login().json()["access_token"]
            assert status(caller.get(ABSENT)) == (429, "303")


# The edge cache


def test_the_edge_repeats_an_answer_uncounted_for_a_moment() -> None:
    clock = [50.0]
    office = Office(cases=100, now=NOW, per_minute=None, monotonic=lambda: clock[0])
    _, token = office.tokens.grant(
        {"grant_type": "password", "username": "sandbox-user", "password": "sandbox-password"}, office.now()
    )
    bearer = f"Bearer {token['access_token']}"
    first = office.answer(ABSENT, bearer)
    clock[0] += 2.9
    again = office.answer(ABSENT, bearer)
    assert (first.from_edge, again.from_edge) == (False, True)
    assert again.body == first.body
    clock[0] += 0.2
    later = office.answer(ABSENT, bearer)
    assert not later.from_edge
    assert json.loads(later.body)["result"]["remainAccessCount"] == "798"


def test_the_edge_is_named_in_a_header() -> None:
    with Sandbox(cases=100, now=NOW, edge_seconds=60) as office:
        caller = Caller(office)
        with caller.session:
            seen = [caller.get(ABSENT).headers["X-Cache"] for _ in range(2)]
            assert seen == ["Miss from cloudfront", "Hit from cloudfront"]
            office.advance(days=0.01)  # a moved clock must not be answered from before
            assert caller.get(ABSENT).headers["X-Cache"] == "Miss from cloudfront"


# Paths


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/patent/v1/case_number_reference/publication/1985012345", (200, "111")),
        ("/api/patent/v1/case_number_reference/registration/123", (200, "204")),
        ("/api/design/v1/case_number_reference/publicity/2020123456", (200, "204")),
        ("/api/patent/v1/app_progress/2020%3A23456", (200, "208")),
        ("/api/patent/v1/app_progress/2020%0923456", (200, "208")),
        ("/api/patent/v1/app_doc/2020123456", (404, "301")),
        ("/api/design/v1/cite_doc_info/2020123456", (404, "301")),
        ("/api/patent/v1/app_progress/２０２０１２３４５６", (200, "107")),
        ("/api/patent/v1/app_progress/..%2F..", (200, "107")),
    ],
)
def test_bad_paths_are_answered_with_the_offices_codes(
    caller: Caller, path: str, expected: tuple[int, str]
) -> None:
    assert status(caller.get(path)) == expected


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not here")
def test_errors_read_as_the_official_examples(caller: Caller) -> None:
    for kind, http in (("210", 401), ("303", 429), ("999", 500), ("302", 504)):
        caller.office.fault(kind, ABSENT)
        reply = caller.get(ABSENT)
        official = json.loads((RECORDINGS / f"official-examples/common.http{http}.{kind}.json").read_bytes())
        assert (reply.status_code, reply.json()) == (http, official)


def test_an_applicants_name_and_code_lead_to_each_other(caller: Caller) -> None:
    person = caller.office.cases("design", 1)[0].case.applicants[0]
    by_code = caller.data(f"/api/design/v1/applicant_attorney_cd/{person.code}")
    assert by_code == {"applicantAttorneyName": person.name}
    by_name = caller.data(f"/api/design/v1/applicant_attorney/{requests.utils.quote(person.name)}")
    assert {"applicantAttorneyCd": person.code, "name": person.name} in by_name["applicantAttorney"]


# Time


def test_a_dispatched_notice_is_seen_from_the_next_day(caller: Caller) -> None:
    coming = caller.office.upcoming("A131", days=60, law="patent")[0]
    assert coming.visible_on == coming.legal_date + timedelta(days=1)
    path = f"/api/patent/v1/app_progress/{coming.number}"

    def listed() -> bool:
        rows = caller.data(path)["bibliographyInformation"][0]["documentList"]
        wanted = ("A131", f"{coming.legal_date:%Y%m%d}")
        return wanted in [(row["documentCode"], row["legalDate"]) for row in rows]

    office = caller.office.office
    office.set_clock(datetime.combine(coming.legal_date, NOW.time(), JST))
    caller.token = caller.login().json()["access_token"]
    assert not listed()
    office.set_clock(datetime.combine(coming.visible_on, NOW.time(), JST))
    caller.token = caller.login().json()["access_token"]
    assert listed()


def test_new_applications_appear_as_days_pass(caller: Caller) -> None:
    soon = [
        number
        for number in caller.office.office.world.numbers("trademark", 2026)
        if (case := caller.office.office.world.case("trademark", number))
        and case.filed_on >= caller.office.today()
    ]
    path = f"/api/trademark/v1/app_progress/{soon[0]}"
    assert caller.result(path)["statusCode"] == "107"
    caller.office.advance(days=60)
    caller.token = caller.login().json()["access_token"]
    assert caller.result(path)["statusCode"] == "100"


def test_an_added_document_is_seen_at_once_and_one_of_today_tomorrow(caller: Caller) -> None:
    number = a_number(caller.office, "trademark", "examination")
    path = f"/api/trademark/v1/app_progress/{number}"

    def codes() -> list[str]:
        return [
            row["documentCode"] for row in caller.data(path)["bibliographyInformation"][0]["documentList"]
        ]

    caller.office.add_document("trademark", number, "A131")
    assert "A131" in codes()
    caller.office.add_document("trademark", number, "A02", caller.office.today())
    assert "A02" not in codes()
    assert number in [one.number for one in caller.office.upcoming("A02", days=1, law="trademark")]
    caller.office.advance(days=1)
    caller.token = caller.login().json()["access_token"]
    assert "A02" in codes()


def test_the_office_dispatches_nothing_on_a_sunday(caller: Caller) -> None:
    number = a_number(caller.office, "patent", "examination")
    with pytest.raises(ValueError, match="closed day"):
        caller.office.add_document("patent", number, "A131", date(2026, 11, 22))


# Misfortunes


def test_a_fault_strikes_as_often_as_ordered(caller: Caller) -> None:
    caller.office.fault("303", endpoint="patent/app_progress", times=2)
    answers = [status(caller.get(ABSENT)) for _ in range(3)]
    assert answers == [(429, "303"), (429, "303"), (200, "107")]
    assert caller.result(ABSENT)["remainAccessCount"] == "798"


def test_dropped_and_cut_answers_break_the_connection(caller: Caller) -> None:
    for kind in ("drop", "cut"):
        caller.office.fault(kind, "app_progress")
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            caller.get(ABSENT)
        assert status(caller.get(ABSENT)) == (200, "107")


def test_garbage_pages_and_wrong_encodings_are_no_envelopes(caller: Caller) -> None:
    caller.office.fault("garbage", "app_progress")
    with pytest.raises(ValueError):
        json.loads(caller.get(ABSENT).content)
    caller.office.fault("html", "app_progress")
    page = caller.get(ABSENT)
    assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html")
    caller.office.fault("wrong_encoding", "app_progress")
    raw = caller.get(ABSENT).content
    with pytest.raises(UnicodeDecodeError):
        raw.decode()
    assert json.loads(raw.decode("cp932"))["result"]["statusCode"] == "107"


def test_a_slow_answer_comes_late_but_whole(caller: Caller) -> None:
    caller.office.fault("slow", "app_progress", seconds=0.3)
    started = time.monotonic()
    assert status(caller.get(ABSENT)) == (200, "107")
    assert time.monotonic() - started >= 0.3


def test_closing_does_not_wait_for_a_slow_answer() -> None:
    with Sandbox(cases=100, now=NOW) as office, ThreadPoolExecutor(1) as pool:
        office.fault("slow", "/auth/token", seconds=3600)
        started = time.monotonic()
        waiting = pool.submit(requests.post, office.url + "/auth/token", data={}, timeout=1800)
        while office.office.faults.listed():
            assert time.monotonic() - started < 120
        office.__exit__(None, None, None)
        assert waiting.exception() or waiting.result().status_code
        assert time.monotonic() - started < 120
        office.__enter__()


# Control


def control(caller: Caller, method: str, path: str, body: Any = None) -> requests.Response:
    return caller.session.request(method, f"{caller.office.url}/_sandbox/{path}", json=body, timeout=10)


def test_control_moves_the_clock_and_tells_what_comes(caller: Caller) -> None:
    before = datetime.fromisoformat(control(caller, "GET", "clock").json()["now"])
    moved = control(caller, "POST", "clock", {"advance_days": 3}).json()
    assert timedelta(days=3) <= datetime.fromisoformat(moved["now"]) - before < timedelta(days=3, minutes=1)
    set_to = control(caller, "POST", "clock", {"set": "2027-01-05T09:00:00+09:00"}).json()
    assert set_to["now"].startswith("2027-01-05T09:00")
    rows = control(caller, "GET", "upcoming?code=A131&days=30&law=patent").json()
    assert rows and all(row["law"] == "patent" and row["visible_on"] > "2027-01-05" for row in rows)
    assert all(row["visible_on"] <= "2027-02-04" for row in rows)
    cases = control(caller, "GET", "cases?law=design&limit=5&stage=registered").json()
    assert len(cases) == 5 and all(row["stage"] == "registered" and row["title"] for row in cases)


def test_control_orders_and_clears_faults(caller: Caller) -> None:
    rules = [{"kind": "999", "match": "app_progress"}, {"kind": "html", "endpoint": "design/app_progress"}]
    assert len(control(caller, "POST", "faults", rules).json()["faults"]) == 2
    assert status(caller.get(ABSENT)) == (500, "999")
    assert control(caller, "GET", "state").json()["faults"][0]["kind"] == "999"
    assert control(caller, "DELETE", "faults").json() == {"faults": []}
    assert status(caller.get(ABSENT)) == (200, "107")


def test_control_adds_documents_and_resets_counters(caller: Caller) -> None:
    number = a_number(caller.office, "patent", "examination")
    added = control(caller, "POST", "documents", {"law": "patent", "number": number, "code": "A131"})
    assert added.json()["legal_date"] == "2026-11-20"  # before the weekend and the holiday of the 23rd
    caller.get(ABSENT)
    assert control(caller, "GET", "state").json()["used"] == {"patent/app_progress": 1}
    control(caller, "POST", "counters/reset")
    assert control(caller, "GET", "state").json()["used"] == {}


@pytest.mark.parametrize(
    ("path", "body", "http"),
    [
        ("clock", {"set": "2027-01-05T09:00:00"}, 400),
        ("clock", {"advance_days": "many"}, 400),
        ("clock", {"advance_days": 1_000_000}, 400),
        ("clock", {"set": "1999-01-05T09:00:00+09:00"}, 400),
        ("faults", [{"kind": "999"}, {"kind": "earthquake"}], 400),
        ("documents", {"law": "patent", "number": "2011000001", "code": "A131"}, 404),
        ("documents", {"law": "patent"}, 400),
        ("nowhere", {}, 404),
    ],
)
def test_control_refuses_what_it_cannot_do_and_changes_nothing(
    caller: Caller, path: str, body: Any, http: int
) -> None:
    reply = control(caller, "POST", path, body)
    assert reply.status_code == http and reply.json()["error"]
    state = control(caller, "GET", "state").json()
    assert not state["faults"] and not state["added"] and state["now"].startswith("2026-11-24")


def test_a_body_without_end_is_refused(caller: Caller) -> None:
    host, port = caller.office.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(b"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        assert b" 413 " in line.recv(4096)


# Restarting


def test_a_restart_resumes_clock_counters_and_added_documents(tmp_path: Path) -> None:
    with Sandbox(seed=7, cases=300, state_dir=tmp_path, now=NOW, edge_seconds=0) as office:
        office.advance(days=40)
        caller = Caller(office)
        number = a_number(office, "patent", "examination")
        added = office.add_document("patent", number, "A131", final=True)
        with caller.session:
            caller.get(ABSENT)
        stopped_at = office.now()
    offset = json.loads((tmp_path / "clock.json").read_text())["offset_seconds"]
    with Sandbox(seed=7, cases=300, state_dir=tmp_path, edge_seconds=0) as office:
        assert timedelta() <= office.now() - stopped_at < timedelta(minutes=1)
        assert office.office.offset_seconds == offset
        sight = office.office.find("patent", number)
        assert sight and added in sight.acts
        caller = Caller(office)
        with caller.session:
            assert caller.result(ABSENT)["remainAccessCount"] == "798"


@pytest.mark.parametrize("content", ["{", "[]", '{"seed": 7}', '{"seed": 8, "cases": 300}'])
def test_a_state_that_cannot_be_resumed_is_named_and_kept(tmp_path: Path, content: str) -> None:
    (tmp_path / "sandbox.json").write_text(content)
    with pytest.raises(StateError, match="state"):
        Office(seed=7, cases=300, state_dir=tmp_path)
    assert (tmp_path / "sandbox.json").read_text() == content


def test_only_loopback_is_served() -> None:
    with pytest.raises(ValueError, match="loopback"):
        SandboxServer(Office(cases=100), host="0.0.0.0")  # noqa: S104
