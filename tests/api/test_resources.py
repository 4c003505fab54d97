"""What programs read and do: the same as people, by the same functions."""

from __future__ import annotations

import zlib
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apiclient.sandbox import Sandbox
from dossiers import clock
from dossiers.api import events
from dossiers.docketing import instructions
from dossiers.intake import background, checking
from dossiers.models import AuditEntry, Case, FirmPolicy, News, NewsCounter, TimeLimit
from dossiers.refresh import search_index
from tests import make
from tests.pages import docket

from .conftest import program

pytestmark = pytest.mark.django_db
CASE = "cases/patent/2023000123"


def numbers(rows) -> list[str]:
    return [row["application_number"] for row in rows]


# --- cases ------------------------------------------------------------------------------------------------


def test_a_case_says_what_the_office_says_what_follows_and_what_people_entered(caller, case, alice):
    case.owner, case.note = alice, "急ぎ"
    case.save()
    told = caller.read(CASE)
    assert told["office"]["title"] == case.title
    assert told["derived"]["stage"]["code"] == case.stage
    assert told["derived"]["next_due"] == case.next_due.isoformat()
    assert told["entered"]["owner"] == {"username": "alice", "name": "有栖川 有紀"}
    assert told["entered"]["note"] == "急ぎ"
    assert told["freshness"]["confirmed_at"] and told["freshness"]["stale"] is False


def test_a_case_never_confirmed_says_so(caller):
    make.case("2020000001")
    fresh = caller.read("cases/patent/2020000001")["freshness"]
    assert (fresh["confirmed_at"], fresh["stale"], fresh["last_outcome"]["code"]) == (None, True, "")


def test_the_filters_of_the_page_find_the_same(caller, case, other, alice):
    other.owner, other.client = alice, "甲社"
    other.save()
    search_index.write_cases([other])
    for query in (
        "law=trademark",
        "owner=alice",
        "client=甲社",
        "q=別件",
        "q=商願2024-000777",
        "freshness=stale",
    ):
        assert numbers(caller.read(f"cases?{query}")["items"]) == ["2024000777"], query
    assert numbers(caller.read("cases?due=none")["items"]) == ["2024000777"]
    assert numbers(caller.read("cases?unread=true")["items"]) == ["2023000123"]
    assert numbers(caller.read("cases?owner=none")["items"]) == ["2023000123"]


def test_pages_neither_repeat_nor_skip_while_cases_come_and_change(caller):
    for serial in range(10):
        make.case(f"20240000{serial:02}")
    first = caller.read("cases?per_page=4")
    make.case("2024000099")  # comes in front
    Case.objects.filter(application_number="2024000008").delete()  # was shown
    Case.objects.filter(application_number="2024000003").update(note="changed")
    make.case("2024000003", law="design")
    found = numbers(first["items"])
    cursor = first["next"]
    while cursor:
        page = caller.read(f"cases?per_page=4&cursor={cursor}")
        found, cursor = found + numbers(page["items"]), page["next"]
    assert found == [f"20240000{n:02}" for n in (9, 8, 7, 6, 5, 4, 3, 3, 2, 1, 0)]


def test_own_fields_are_changed_as_on_the_page_and_stand_in_the_history(caller, case, bob):
    sent = {
        "own_reference": " P-77 ",
        "client": "乙社",
        "owner": "bob",
        "note": "二行\nある",
        "tags": ["急ぎ", "US"],
    }
    told = caller.patch(CASE, sent).json()["entered"]
    assert told["own_reference"] == "P-77" and told["owner"]["username"] == "bob"
    assert told["tags"] == ["US", "急ぎ"] and told["note"] == "二行\nある"
    line = AuditEntry.objects.get(action="case.edit")
    assert line.actor.username == "alice" and line.detail["new"]["client"] == "乙社"
    assert numbers(caller.read("cases?q=P-77")["items"]) == ["2023000123"]
    told = caller.patch(CASE, {"owner": None, "tags": []}).json()["entered"]
    assert (told["owner"], told["tags"], told["client"]) == (None, [], "乙社")


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"owner": "nobody"}, "body.owner"),
        ({"owner": "bob", "deputy": "bob"}, "body.deputy"),
        ({"tags": ["、"]}, "body.tags"),
        ({"title": "ours"}, "body.title"),
        ({"own_reference": "x" * 61}, "body.own_reference"),
        ({"own_reference": "a\nb"}, "body.own_reference"),
        ({"residency": "moon"}, "body.residency"),
    ],
)
def test_what_cannot_be_entered_is_named_and_nothing_changed(caller, case, bob, sent, where):
    answer = caller.patch(CASE, {"note": "new", **sent})
    assert answer.status_code == 422
    assert [one["where"] for one in answer.json()["errors"]] == [where]
    case.refresh_from_db()
    assert case.note == ""


# --- documents --------------------------------------------------------------------------------------------


def test_a_notice_is_read_part_by_part_and_its_file_is_had_as_received(caller, case, limit):
    event = case.events.get()
    paper = docket.paper(event, docket.notice(case).to_json())
    shown = caller.read(f"{CASE}/documents/{event.pk}")
    (notice,) = shown["notices"]
    assert notice["final"] is True and notice["period"]["n"] == 60
    assert notice["reasons"][0]["articles"][0]["reference"] == "29-2"
    assert shown["limits"] == [limit.pk] and shown["case_confirmed_at"]
    answer = caller.get(shown["files"][0]["url"].partition("/api/v1/")[2])
    assert answer.content == zlib.decompress(bytes(paper.body))
    assert answer.headers["ETag"] == f'"{paper.sha256}"'
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert shown["files"][0]["sha256"] == paper.sha256


def test_documents_that_vanished_stay_and_a_document_of_another_case_is_not_here(caller, case, other):
    event = case.events.get()
    event.vanished_at = clock.now()
    event.save()
    (one,) = caller.all_of(f"{CASE}/documents")
    assert one["vanished_at"]
    path = f"cases/trademark/2024000777/documents/{event.pk}"
    assert caller.get(path).status_code == caller.get(f"{path}/files/1").status_code == 404


# --- limits -----------------------------------------------------------------------------------------------


def test_limits_of_a_range_of_days_never_leave_out_those_without_a_day(caller, case, limit):
    undated = TimeLimit.objects.create(
        case=case, key="x", rule_id="x", rule_version="1", title_ja="不明", title_en="Unknown",
        calculation={}, confidence="unsure",
    )  # fmt: skip
    day, keys = limit.due.isoformat(), lambda query: [one["id"] for one in caller.all_of(f"limits?{query}")]
    assert keys(f"from={day}&to={day}") == [limit.pk, undated.pk]
    assert keys("to=2001-01-01") == [undated.pk]
    assert keys("to=2001-01-01&undated=exclude") == []
    assert keys("undated=only") == [undated.pk]
    assert keys(f"from={day}&undated=exclude") == [limit.pk]


@pytest.mark.parametrize(
    "day", ["86400", "1.5", "20261123", "2026-11-23T00:00:00", "２０２６-11-23", "2026-02-30"]
)
def test_a_day_is_written_in_one_way_alone_and_never_read_as_seconds(caller, limit, day):
    answer = caller.get(f"limits?from={quote(day)}")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": "query.from", "detail": "Write the day as 2027-01-31."}]


@pytest.mark.parametrize("day", [86400, 1.5, True, "86400"])
def test_a_day_in_a_body_is_no_number_either(caller, limit, day):
    answer = caller.post(f"limits/{limit.pk}/own-dates", {"kind": "target", "day": day})
    assert answer.status_code == 422
    assert [one["where"] for one in answer.json()["errors"]] == ["body.day"]
    assert answer.json()["errors"][0]["detail"] == "Write the day as 2027-01-31."


def test_a_limit_says_how_it_was_computed_and_by_which_rule(caller, case, limit):
    told = caller.read(f"limits/{limit.pk}")
    assert told["due"] == limit.due.isoformat() and told["source"]["rule"] == limit.rule_id
    assert told["calculation"]["steps"] and told["calculation"]["ladder"]
    assert told["case_confirmed_at"] and told["confirmed"] is None
    assert told["may"] == ["done", "not-needed", "own-date"]


def test_own_dates_claims_and_decisions_are_those_of_the_page(caller, case, limit):
    path, target = f"limits/{limit.pk}", (limit.due - timedelta(days=9)).isoformat()
    told = caller.post(f"{path}/own-dates", {"kind": "target", "day": target, "note": "社内"}).json()
    assert [one["day"] for one in told["other_dates"] if one["kind"]["code"] == "target"] == [target]
    told = caller.post(f"{path}/own-dates", {"kind": "target", "day": None}).json()
    assert "target" not in [one["kind"]["code"] for one in told["other_dates"]]
    told = caller.post(f"{path}/done", {"reason": "意見書提出", "document": "A53"}).json()
    assert told["state"]["code"] == "claimed" and told["claim_until"]
    assert caller.post(f"{path}/reopen", {"reason": "誤り"}).json()["state"]["code"] == "open"
    told = caller.post(f"{path}/not-needed", {"reason": "放棄"}).json()
    assert (told["state"]["code"], told["state_by"]) == ("not_needed", "有栖川 有紀")
    refused = caller.post(f"{path}/own-dates", {"kind": "target", "day": target})
    assert (refused.status_code, refused.json()["code"]) == (409, "state_does_not_allow")


def test_a_standing_instruction_stands_in_the_way_until_it_was_read(caller, case, limit, bob):
    given = instructions.give(case, by=bob, about="any", text="分割出願を先に")
    refused = caller.post(f"limits/{limit.pk}/not-needed", {"reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "instruction_unread")
    (shown,) = caller.read(f"limits/{limit.pk}")["instructions"]
    assert shown["text"] == "分割出願を先に"
    sent = {"reason": "x", "instructions_read": [given.pk]}
    assert caller.post(f"limits/{limit.pk}/not-needed", sent).status_code == 200


def test_a_limit_entered_by_hand_waits_for_a_second_person(caller, case, other):
    day = (clock.office_today() + timedelta(days=40)).isoformat()
    sent = {"title": "回答期限", "due": day, "reason": "電話で合意", "document": case.events.get().pk}
    made = caller.post(f"{CASE}/limits", sent)
    assert made.status_code == 201
    told = made.json()
    assert told["source"]["by_hand"] and told["confirmed"] is None and told["document"] == sent["document"]
    assert made.headers["Location"].endswith(f"/limits/{told['id']}")
    assert caller.post(f"{CASE}/limits", sent).json()["id"] == told["id"]
    assert caller.post("cases/trademark/2024000777/limits", sent).status_code == 422


def test_where_the_firm_checks_blind_no_address_tells_the_date(caller, case, limit):
    FirmPolicy.objects.create(pk=1, blind_check=True)
    News.objects.create(
        case=case,
        kind="limit_moved",
        key="m",
        detail={"limit": limit.pk, "old": "2026-01-01", "new": str(limit.due)},
    )
    day = limit.due.isoformat()
    paths = [CASE, "cases", f"limits/{limit.pk}", "limits", "events", f"{CASE}/documents"]
    for path in [*paths, f"limits?from={day}&to={day}", "limits?to=1990-01-01"]:
        told = caller.get(path).content.decode()
        assert day not in told, path
        if path.startswith("limits"):
            assert '"hidden": true' in told, path
    assert caller.read(CASE)["derived"] | {"stage": 0, "open_reviews": 0} == {
        "stage": 0, "open_reviews": 0, "next_due": None, "next_due_hidden": True,
    }  # fmt: skip
    FirmPolicy.objects.update(blind_check=False)
    assert day in caller.get(f"limits/{limit.pk}").content.decode()


# --- events -----------------------------------------------------------------------------------------------


def test_who_polls_gets_everything_once_and_in_order(caller, case, other):
    first = caller.read("events")
    assert [one["kind"]["code"] for one in first["items"]] == ["office_action"]
    empty = caller.read(f"events?after={first['next']}")
    assert (empty["items"], empty["more"], empty["next"]) == ([], False, first["next"])
    for serial in range(5):
        News.objects.create(case=other, kind="dispatch", key=f"n{serial}")
    seen, cursor = [], first["next"]
    while True:
        page = caller.read(f"events?after={cursor}&per_page=2")
        seen, cursor = seen + [one["id"] for one in page["items"]], page["next"]
        if not page["more"]:
            break
    assert len(seen) == len(set(seen)) == 5 and seen == sorted(seen)
    assert caller.read("events?after=now")["next"] == cursor
    assert (
        caller.read("events?kind=decision&kind=dispatch&per_page=200")["items"][0]["kind"]["code"]
        == "dispatch"
    )


def test_news_committed_late_come_behind_what_was_read(caller, case):
    """Two transactions write; the one that began first ends last. Its row has the lower key."""
    late = News(case=case, kind="dispatch", key="late", pk=900_000)
    News.objects.create(case=case, kind="dispatch", key="early", pk=900_001)
    cursor = caller.read("events")["next"]
    late.save(force_insert=True)
    (one,) = caller.read(f"events?after={cursor}")["items"]
    assert News.objects.get(position=one["id"]).key == "late"


def test_many_news_are_put_in_order_a_thousand_at_a_time(caller, case, monkeypatch):
    monkeypatch.setattr(events, "_AT_ONCE", 3)
    News.objects.bulk_create([News(case=case, kind="dispatch", key=f"n{n}") for n in range(10)])
    events.put_in_order()
    places = list(News.objects.order_by("pk").values_list("position", flat=True))
    assert places == sorted(places) and len(set(places)) == 11
    assert NewsCounter.objects.get().last == max(places)


# --- lists ------------------------------------------------------------------------------------------------


def test_cases_are_put_on_a_list_and_taken_off_by_its_owner(caller, alice, bob, case):
    made = caller.post("lists", {"name": "監視"}).json()
    assert made["followed"] and made["shared"]
    path = f"lists/{made['id']}"
    for _ in range(2):
        assert caller.call("PUT", f"{path}/{CASE}").status_code == 204
    assert numbers(caller.read(f"{path}/cases")["items"]) == ["2023000123"]
    assert caller.read(path)["cases"] == 1
    assert caller.call("PUT", f"{path}/cases/patent/2099999999").status_code == 404
    refused = program(bob).call("DELETE", f"{path}/{CASE}")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_yours")
    assert caller.call("DELETE", f"{path}/{CASE}").status_code == 204
    assert caller.read(path)["cases"] == 0


# --- imports ----------------------------------------------------------------------------------------------


def test_numbers_are_brought_in_with_a_report_for_each_line(caller, case):
    rows = [
        {"number": "特願2021-000456", "own_reference": "P-456"}, {"number": "特願2023-000123"},
        {"number": "特願2021-000456"}, {"number": "これは番号ではない"},
    ]  # fmt: skip
    made = caller.post("imports", {"rows": rows})
    assert made.status_code == 201
    one = made.json()
    assert one["lines"] == 4 and one["waiting"] == 1 and one["state"]["code"] == "preview"
    lines = caller.all_of(f"imports/{one['id']}/lines?per_page=2")
    assert [line["state"]["code"] for line in lines] == ["ready", "known", "repeated", "unreadable"]
    assert lines[3]["what_to_do"] and lines[1]["case"]["application_number"] == "2023000123"
    for _ in range(2):
        assert caller.post(f"imports/{one['id']}/save").json()["state"]["code"] == "saved"
    assert Case.objects.get(application_number="2021000456").own_reference == "P-456"
    assert Case.objects.count() == 2
    refused = caller.call("DELETE", f"imports/{one['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_possible")


def test_what_rows_say_beside_the_number_comes_to_the_case_or_is_remarked(caller, alice, case):
    row = {
        "number": "2021-000456",
        "law": "patent",
        "client": "甲社",
        "owner": "alice",
        "tags": ["急ぎ", "US"],
    }
    rows = [{**row, "note": '二行\n"ある"'}, {"number": "特願2021-000457", "owner": "nobody at all"}]
    rows.append({"number": "特願2023-000123", "client": "乙社"})
    one = caller.post("imports", {"rows": rows}).json()
    lines = caller.all_of(f"imports/{one['id']}/lines")
    assert lines[0]["remarks"] == [] and lines[1]["remarks"]
    assert caller.post(f"imports/{one['id']}/save?update_known=true").json()["working"] is False
    entered = caller.read("cases/patent/2021000456")["entered"]
    assert (entered["client"], entered["owner"]["username"], entered["tags"]) == (
        "甲社",
        "alice",
        ["US", "急ぎ"],
    )
    assert entered["note"] == '二行\n"ある"'
    assert caller.read(CASE)["entered"]["client"] == "乙社"


def test_many_rows_are_read_and_added_in_the_background(caller):
    rows = [{"number": f"特願2021-{serial:06}"} for serial in range(1, 802)]
    assert caller.post("imports", {"rows": rows, "save": True}).status_code == 422
    one = caller.post("imports", {"rows": rows}).json()
    assert one["state"]["code"] == "reading" and one["working"]
    background.pump(budget_seconds=20)
    one = caller.read(f"imports/{one['id']}")
    assert (one["state"]["code"], one["lines"]) == ("preview", 801)
    assert caller.post(f"imports/{one['id']}/save").json()["working"]
    background.pump(budget_seconds=60)
    assert caller.read(f"imports/{one['id']}")["state"]["code"] == "saved"
    assert Case.objects.count() == 801


def test_the_office_is_asked_before_saving_and_its_title_is_shown(caller, office: Sandbox):
    number = office.cases("patent", 1)[0].case.number
    made = caller.post("imports", {"rows": [{"number": number}], "law": "patent"}).json()
    checking.pump(budget_seconds=5)
    assert caller.read(f"imports/{made['id']}")["waiting"] == 0
    (line,) = caller.all_of(f"imports/{made['id']}/lines")
    assert line["state"]["code"] == "found" and line["title"] and line["checked_at"]


def test_an_import_can_be_saved_at_once_or_given_up(caller):
    made = caller.post("imports", {"rows": [{"number": "特願2021-000456"}], "save": True}).json()
    assert made["state"]["code"] == "saved" and Case.objects.count() == 1
    made = caller.post("imports", {"rows": [{"number": "特願2021-000457"}]}).json()
    assert caller.call("DELETE", f"imports/{made['id']}").status_code == 204
    assert Case.objects.count() == 1
    assert caller.post("imports", {"rows": []}).status_code == 422
    strange = {"rows": [{"number": "1"}], "watchlist": "00000000-0000-4000-8000-000000000000"}
    assert caller.post("imports", strange).status_code == 422


# --- what it costs ------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_docket(caller, alice):
    paths = ["cases", "limits", "events", "lists", CASE, f"{CASE}/documents"]
    one = make.watchlist(alice, name="L", followers=(alice,))
    paths.append(f"lists/{one.pk}/cases")

    def grown(first: int, last: int) -> dict[str, int]:
        for serial in range(first, last):
            case = docket.confirmed_case(f"2023000{123 + serial}", owner=alice, client="甲社")
            docket.refused(case)
            caller.call("PUT", f"lists/{one.pk}/cases/patent/{case.application_number}")
            caller.patch(f"cases/patent/{case.application_number}", {"tags": ["a", f"t{serial}"]})
        counted = {}
        for path in paths:
            caller.read(path)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                caller.read(path)
            counted[path] = len(queries)
        return counted

    few = grown(0, 1)
    docket.refused(Case.objects.get(application_number="2023000123"), dispatched=5, news=False)
    assert grown(1, 12) == few
    assert max(few.values()) <= 16, few
