"""Finding one's way in the portfolio: filters that count, saved lists, columns, changes of many cases."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from dossiers import clock
from dossiers.intake import bulk, saved_lists
from dossiers.intake.cases import edit_case
from dossiers.intake.tags import set_tags, tag_named
from dossiers.models import AuditEntry, BulkChange, Case, RefreshJob, SavedList, Tag, Watchlist
from dossiers.refresh import search_index
from dossiers.views.portfolio import facets as counting
from dossiers.views.portfolio.filters import CaseFilter, found
from tests import make

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


def cases_of(*numbers: int, **fields) -> list[Case]:
    return [docket.confirmed_case(f"2023{number:06d}", **fields) for number in numbers]


def choices(visitor, name: str, **query) -> dict[str, int | None]:
    """Of one filter of the page: each choice with the number beside it."""
    shown = visitor.get("/cases/filters/", query).context["selects"]
    return {one.value: one.number for select in shown if select.name == name for one in select.choices}


# --- filters that count -----------------------------------------------------------------------------------


@pytest.fixture
def mixed(alice, bob):
    """A dozen cases of every kind, so that each filter parts them."""
    cases = []
    for n in range(12):
        cases += cases_of(
            n + 1,
            law=("patent", "design", "trademark")[n % 3],
            stage=("filed", "registered")[n % 2],
            owner=(bob, alice, None)[n % 3 if n < 9 else 2],
            client=("架空商事", "", "Invented Ltd")[n % 3],
            next_due=None if n == 5 else docket.days_ago(10 - 12 * n),
            confirmed_at=timezone.now() - timedelta(days=9 if n % 4 == 0 else 0),
        )
    docket.refused(cases[3])
    set_tags(cases[1], ["重要"], by=bob)
    set_tags(cases[2], ["重要", "EP"], by=bob)
    return cases


NARROWINGS = [
    {},
    {"law": "patent"},
    {"owner": "mine"},
    {"due": "30", "stage": "filed"},
    {"freshness": "stale", "client": "架空商事"},
    {"q": "架空", "owner": "none"},
    {"unread": "1"},
]


@pytest.mark.parametrize("narrowing", NARROWINGS, ids=str)
def test_the_number_beside_each_choice_is_what_choosing_it_shows(signed_in, bob, mixed, narrowing):
    tag = Tag.objects.get(name="重要")
    for more in ({}, {"tag": str(tag.pk)}):
        query = {**narrowing, **more}
        counted = 0
        for select in signed_in.get("/cases/filters/", query).context["selects"]:
            for one in select.choices:
                if one.value and one.number is not None:
                    shown = found(bob, CaseFilter.of({**query, select.name: one.value})).count()
                    assert one.number == shown, (query, select.name, one)
                    counted += shown
        assert counted or more


def test_counting_costs_the_same_number_of_queries_in_any_portfolio(
    signed_in, bob, mixed, django_assert_num_queries
):
    for query in ({}, {"law": "design"}, {"q": "架空"}):
        with django_assert_num_queries(7):
            counting.facets(bob, CaseFilter.of(query))
    with django_assert_num_queries(8):
        counting.facets(bob, CaseFilter.of({"owner": "mine"}))


def test_client_tag_and_days_to_the_next_limit_narrow_the_list(signed_in, mixed, bob):
    tag = Tag.objects.get(name="EP")
    assert choices(signed_in, "tag")[str(tag.pk)] == 1
    assert found(bob, CaseFilter.of({"tag": str(tag.pk)})).get() == mixed[2]
    assert found(bob, CaseFilter.of({"client": "Invented Ltd"})).count() == 4
    assert found(bob, CaseFilter.of({"due": "none"})).get() == mixed[5]
    overdue = found(bob, CaseFilter.of({"due": "overdue"}))
    assert all(case.next_due < clock.office_today() for case in overdue) and overdue.exists()


def test_the_page_does_not_wait_for_numbers_but_has_them_for_readers_without_scripts(signed_in, mixed):
    page = signed_in.get("/cases/", {"law": "design"}).content.decode()
    assert "Design (" not in page and 'hx-get="/cases/filters/?law=design"' in page
    assert "Design (4)" in signed_in.get("/cases/", {"law": "design", "counts": "1"}).content.decode()


def test_what_is_chosen_stays_in_its_list_even_with_no_case_left(signed_in, mixed):
    assert "Gone AG" in choices(signed_in, "client", client="Gone AG")
    assert "999999" in choices(signed_in, "tag", tag="999999")


def test_an_index_being_written_anew_is_said_where_something_is_searched(signed_in):
    docket.confirmed_case()
    docket.confirmed_case("2023000124")
    from dossiers.models import Heartbeat

    Heartbeat.objects.create(name="search_index")
    assert not search_index.is_whole()
    assert "being written anew" in signed_in.get("/cases/", {"q": "架空"}).content.decode()
    assert "being written anew" not in signed_in.get("/cases/").content.decode()


# --- columns ----------------------------------------------------------------------------------------------


def test_columns_are_chosen_and_remembered_by_each_reader(signed_in, alice, client):
    case = docket.confirmed_case(client="架空商事", expire_date=docket.days_ago(-400))
    set_tags(case, ["重要"], by=alice)
    assert "架空商事" not in table(signed_in)
    signed_in.post("/cases/columns/", {"column": ["client", "tags", "nonsense", "expire_date"]})
    assert "架空商事" in table(signed_in) and "重要" in table(signed_in)
    assert "架空電機" not in table(signed_in)
    client.force_login(alice)
    assert "架空商事" not in table(client)


def table(client) -> str:
    return client.get("/cases/").content.decode().partition("<table")[2].partition("</table")[0]


def test_columns_are_put_in_order_by_buttons_and_stay_so(signed_in, bob):
    docket.confirmed_case()
    shown = ["client", "tags", "stage"]
    page = signed_in.post("/cases/columns/", {"column": shown, "move": "stage:up"}, follow=True)
    assert page.context["columns"] == ["client", "stage", "tags"]
    assert [one.words for one in page.context["headings"]] == ["Number", "Client", "Stage", "Tags"]
    assert 'value="stage:up" aria-label="Stage: one place forward" autofocus' in page.content.decode()
    for move, kept in (("client:up", shown), ("title:up", shown), ("stage:sideways", shown), ("x", shown)):
        signed_in.post("/cases/columns/", {"column": shown, "move": move})
        bob.refresh_from_db()
        assert bob.case_columns == kept


def test_the_columns_of_ones_own_list_are_changed_on_the_list_and_of_anothers_not(
    signed_in, client, alice, bob
):
    cases_of(1, law="design")
    query = {"law": "design", "order": "due"}
    ours = saved_lists.save(by=bob, name="ours", query=query, columns=["client"], shared=True)
    given = {"column": ["tags", "client"], "list": str(ours.pk), "asked": "law=design&order=due"}
    page = signed_in.post("/cases/columns/", given, follow=True)
    ours.refresh_from_db()
    assert (ours.columns, ours.query, bob.case_columns) == (["tags", "client"], query, [])
    assert page.context["saved"] == ours and page.context["columns"] == ["tags", "client"]
    client.force_login(alice)
    client.post("/cases/columns/", {**given, "column": ["stage"]})
    ours.refresh_from_db()
    alice.refresh_from_db()
    assert (ours.columns, alice.case_columns) == (["tags", "client"], ["stage"])


def test_a_list_is_saved_with_the_columns_that_are_seen(signed_in, bob):
    cases_of(1)
    signed_in.post("/cases/lists/", {"name": "x", "asked": "", "column": ["tags", "client"]})
    assert SavedList.objects.get().columns == ["tags", "client"]


def test_no_column_chosen_means_the_usual_ones(signed_in):
    docket.confirmed_case()
    signed_in.post("/cases/columns/", {})
    assert "架空電機" in table(signed_in)


# --- saved lists ------------------------------------------------------------------------------------------


def test_a_list_keeps_filter_order_and_columns_and_looks_its_cases_up_anew(signed_in, bob):
    bob.case_columns = ["client"]
    bob.save()
    cases_of(1, 2, client="架空商事", law="design")
    answer = signed_in.post(
        "/cases/lists/", {"name": " 商事の 意匠 ", "asked": "law=design&order=due&page=9"}
    )
    saved = SavedList.objects.get()
    assert (saved.name, saved.query, saved.columns) == (
        "商事の 意匠",
        {"law": "design", "order": "due"},
        ["client"],
    )
    assert answer.headers["Location"] == f"/cases/lists/{saved.pk}/"
    bob.case_columns = []
    bob.save()
    cases_of(3, law="design")
    cases_of(4)
    page = signed_in.get(f"/cases/lists/{saved.pk}/", follow=True)
    assert len(page.context["page"].object_list) == 3
    assert page.context["columns"] == ["client"]
    assert "商事の 意匠" in page.content.decode()


def test_a_list_is_ones_own_until_it_is_shared_and_changed_by_its_owner_alone(signed_in, client, alice, bob):
    cases_of(1)
    mine = saved_lists.save(by=bob, name="mine", query={"law": "patent"}, columns=[], shared=False)
    client.force_login(alice)
    assert client.get(f"/cases/lists/{mine.pk}/").status_code == 404
    assert ">mine<" not in client.get("/cases/").content.decode()
    saved_lists.change(mine, by=bob, name="ours", query=mine.query, columns=[], shared=True)
    assert client.get(f"/cases/lists/{mine.pk}/").context["wanted"] == CaseFilter(law="patent")
    client.post("/cases/lists/", {"name": "hers", "asked": "law=design", "list": str(mine.pk)})
    client.post(f"/cases/lists/{mine.pk}/delete/")
    mine.refresh_from_db()
    assert (mine.name, mine.query) == ("ours", {"law": "patent"})
    assert SavedList.objects.get(owner=alice).name == "hers"


def test_a_list_without_a_name_is_not_saved_and_a_deleted_one_leaves_its_cases(signed_in, bob):
    cases_of(1)
    page = signed_in.post("/cases/lists/", {"name": "  ", "asked": "law=patent"}, follow=True)
    assert "a list needs a name" in page.content.decode()
    assert not SavedList.objects.exists()
    saved = saved_lists.save(by=bob, name="x", query={}, columns=[], shared=True)
    signed_in.post(f"/cases/lists/{saved.pk}/delete/")
    assert not SavedList.objects.exists() and Case.objects.count() == 1
    assert AuditEntry.objects.filter(action="saved_list.delete").get().detail["name"] == "x"


# --- many at once -----------------------------------------------------------------------------------------


def change(client, what: str, cases: list[Case] = (), **more):
    given = {"what": what, "case": [case.pk for case in cases], **more}
    return client.post("/cases/change/", given, follow=True)


def test_chosen_cases_are_given_to_a_person_and_back(signed_in, alice, bob):
    first, _second, third = cases_of(1, 2, 3, owner=bob)
    edit_case(third, by=bob, owner=alice)
    page = change(signed_in, f"owner:{alice.pk}", [first, third], asked="law=patent")
    assert owners() == [alice, bob, alice]
    assert "1 of 2 cases changed" in page.content.decode() and "Undo" in page.content.decode()
    line = first.audit.get(action="case.edit")
    assert line.detail["old"] == {"owner": str(bob)} and line.detail["new"] == {"owner": str(alice)}
    made = BulkChange.objects.get()
    page = signed_in.post(f"/cases/change/{made.pk}/undo/", {"asked": "law=patent"}, follow=True)
    assert owners() == [bob, bob, alice]
    assert "1 case is as before" in page.content.decode()
    assert first.audit.filter(action="case.edit").count() == 2


def owners() -> list:
    return [case.owner for case in Case.objects.order_by("application_number")]


def test_undoing_leaves_alone_what_somebody_has_changed_since(signed_in, alice, bob):
    first, second = cases_of(1, 2)
    change(signed_in, f"owner:{alice.pk}", [first, second])
    edit_case(second, by=alice, owner=bob)
    page = signed_in.post(f"/cases/change/{BulkChange.objects.get().pk}/undo/", follow=True)
    assert owners() == [None, bob]
    assert "1 was changed since" in page.content.decode()


def test_undo_is_for_half_an_hour_for_the_same_person_and_once(signed_in, client, alice, bob, monkeypatch):
    cases = cases_of(1)
    change(signed_in, f"owner:{bob.pk}", cases)
    made = BulkChange.objects.get()
    client.force_login(alice)
    assert client.post(f"/cases/change/{made.pk}/undo/").status_code == 404
    client.force_login(bob)
    later = clock.now() + timedelta(minutes=31)
    with monkeypatch.context() as patched:
        patched.setattr("dossiers.clock.now", lambda: later)
        assert (
            "no longer be taken back"
            in client.post(f"/cases/change/{made.pk}/undo/", follow=True).content.decode()
        )
    assert owners() == [bob]
    for _ in range(2):
        client.post(f"/cases/change/{made.pk}/undo/")
    assert owners() == [None]
    assert cases[0].audit.filter(action="case.edit").count() == 2


def test_a_tag_is_put_on_and_taken_off_and_search_knows(signed_in, bob):
    cases = cases_of(1, 2, 3)
    change(signed_in, "tag:", cases[:2], new_tag=" 早期　審査 ")
    tag = Tag.objects.get()
    assert tag.name == "早期 審査" and set(tag.cases.all()) == set(cases[:2])
    assert found(bob, CaseFilter(query="早期審査")).count() == 2
    change(signed_in, f"untag:{tag.pk}", cases)
    assert found(bob, CaseFilter(query="早期審査")).count() == 0
    signed_in.post(f"/cases/change/{BulkChange.objects.get(act='untag').pk}/undo/")
    assert set(tag.cases.all()) == set(cases[:2])
    assert found(bob, CaseFilter(query="早期審査")).count() == 2


def test_tags_are_set_on_the_case_and_one_without_letters_is_refused_with_a_word(signed_in):
    (case,) = cases_of(1)
    address = docket.page_of(case, "edit/")
    given = {"own_reference": "A", "client": "架空商事", "residency": "unknown", "note": ""}
    page = signed_in.post(address, {**given, "tags": "重要、EP対応, ep対応"}, follow=True).content.decode()
    assert [tag.name for tag in case.tags.all()] == ["EP対応", "重要"] and ">重要<" in page
    refused = signed_in.post(address, {**given, "tags": "!!"})
    assert refused.status_code == 422 and "needs a letter or a digit" in refused.content.decode()
    signed_in.post(address, given)
    assert case.tags.count() == 2
    signed_in.post(address, {**given, "tags": ""})
    assert case.tags.count() == 0
    assert case.audit.filter(action="case.tags").count() == 2


def test_one_tag_however_it_is_written(bob):
    assert tag_named("ＥＰ対応", by=bob) == tag_named("ep対応", by=bob)
    assert Tag.objects.count() == 1


def test_a_watchlist_is_filled_and_emptied_by_those_who_may(signed_in, alice, bob):
    cases = cases_of(1, 2)
    own, hers = make.watchlist(bob, name="own"), make.watchlist(alice, *cases, name="hers")
    secret = Watchlist.objects.create(name="secret", owner=alice, shared=False)
    change(signed_in, f"watch:{own.pk}", cases)
    assert own.entries.count() == 2
    change(signed_in, f"unwatch:{own.pk}", cases[:1])
    assert own.entries.get().case == cases[1]
    assert "only its owner" in change(signed_in, f"unwatch:{hers.pk}", cases).content.decode()
    assert "no longer there" in change(signed_in, f"watch:{secret.pk}", cases).content.decode()
    assert (hers.entries.count(), secret.entries.count()) == (2, 0)
    signed_in.post(f"/cases/change/{BulkChange.objects.get(act='watch').pk}/undo/")
    assert own.entries.count() == 0


def test_all_that_were_found_are_shown_by_number_before_anything_is_changed(signed_in, bob):
    cases_of(*range(1, 61))
    cases_of(99, law="design")
    query = {"scope": "all", "asked": "law=patent"}
    page = change(signed_in, f"owner:{bob.pk}", **query)
    assert "60 cases" in page.content.decode() and not Case.objects.filter(owner=bob).exists()
    docket.confirmed_case("2024000001")
    page = change(signed_in, f"owner:{bob.pk}", seen="60", **query)
    assert "61 cases" in page.content.decode() and "Please look again" in page.content.decode()
    change(signed_in, f"owner:{bob.pk}", seen="61", **query)
    assert Case.objects.filter(owner=bob).count() == 61
    signed_in.post(f"/cases/change/{BulkChange.objects.get().pk}/undo/")
    assert not Case.objects.filter(owner=bob).exists()


def test_nothing_chosen_or_too_many_is_refused_with_a_word(signed_in, bob, monkeypatch):
    cases = cases_of(1, 2)
    assert "tick the cases first" in change(signed_in, f"owner:{bob.pk}").content.decode()
    assert "choose what is to be done" in change(signed_in, "delete:1", cases).content.decode()
    assert "a letter or a digit" in change(signed_in, "tag:", cases, new_tag="!!").content.decode()
    monkeypatch.setattr(bulk, "MOST", 1)
    assert "narrow the list" in change(signed_in, f"owner:{bob.pk}", scope="all").content.decode()
    assert owners() == [None, None]


def fails_from(monkeypatch, number: int) -> None:
    """From its so many-th chunk on the act fails after it has written."""
    real, calls = bulk._DO["owner"], []

    def failing(*args):
        calls.append(args)
        done = real(*args)
        if len(calls) >= number:
            raise RuntimeError("the machine stopped")
        return done

    monkeypatch.setitem(bulk._DO, "owner", failing)


def in_background(bob, monkeypatch, *numbers: int) -> BulkChange:
    """An act on more cases than are done at once, with chunks of two; nothing is done yet."""
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    return bulk.change_cases("owner", str(bob.pk), [case.pk for case in cases_of(*numbers)], by=bob)


def test_many_cases_are_changed_in_the_background_and_the_page_says_how_far_it_is(
    signed_in, bob, monkeypatch
):
    made = in_background(bob, monkeypatch, *range(1, 6))
    assert (made.state, made.changed, owners()) == ("doing", 0, [None] * 5)
    page = signed_in.get("/cases/").content.decode()
    assert "0 of 5 cases so far" in page and "You may leave this page" in page
    assert f'hx-get="/cases/change/{made.pk}/' in page
    assert not bulk.pump(budget_seconds=60)
    made.refresh_from_db()
    assert (made.state, made.changed, owners()) == ("done", 5, [bob] * 5)
    fragment = signed_in.get(f"/cases/change/{made.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "5 of 5 cases changed" in fragment and "hx-get" not in fragment and "Undo" in fragment
    assert "5 of 5 cases changed" in signed_in.get("/cases/changes/").content.decode()
    assert "cases changed" not in signed_in.get("/cases/").content.decode()


def test_undoing_many_goes_on_in_the_background_too(signed_in, bob, monkeypatch):
    made = in_background(bob, monkeypatch, *range(1, 6))
    bulk.pump(budget_seconds=60)
    edit_case(Case.objects.order_by("pk")[0], by=bob, owner=None)
    page = signed_in.post(f"/cases/change/{made.pk}/undo/", follow=True).content.decode()
    assert "Being taken back: 0 of 5" in page
    assert owners() == [None, *[bob] * 4]
    bulk.pump(budget_seconds=60)
    page = signed_in.get("/cases/", {"change": str(made.pk)}).content.decode()
    assert "It was taken back: 4 cases are as before" in page and "1 was changed since" in page
    assert owners() == [None] * 5


def test_what_is_under_way_can_be_stopped_and_only_what_was_done_goes_back(signed_in, bob, monkeypatch):
    made = in_background(bob, monkeypatch, *range(1, 6))
    bulk.pump(budget_seconds=0)
    made.refresh_from_db()
    assert (made.state, made.changed) == ("doing", 2)
    assert "Stop and take back" in signed_in.get("/cases/").content.decode()
    signed_in.post(f"/cases/change/{made.pk}/undo/")
    bulk.pump(budget_seconds=60)
    made.refresh_from_db()
    assert (made.state, made.back, owners()) == ("undone", 2, [None] * 5)


def test_a_person_who_leaves_the_firm_meanwhile_gets_no_more_cases(alice, bob, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    made = bulk.change_cases("owner", str(alice.pk), [one.pk for one in cases_of(1, 2, 3)], by=bob)
    bulk.pump(budget_seconds=0)
    alice.is_active = False
    alice.save()
    bulk.pump(budget_seconds=60)
    made.refresh_from_db()
    assert (made.state, made.changed, owners()) == ("done", 2, [alice, alice, None])


def test_nobody_sees_stops_or_takes_back_what_somebody_else_does(signed_in, client, alice, bob, monkeypatch):
    made = in_background(bob, monkeypatch, *range(1, 6))
    client.force_login(alice)
    assert "so far" not in client.get("/cases/", {"change": str(made.pk)}).content.decode()
    for act in ("undo", "again"):
        assert client.post(f"/cases/change/{made.pk}/{act}/").status_code == 404
    assert client.get(f"/cases/change/{made.pk}/", headers={"HX-Request": "true"}).status_code == 404


def test_what_fails_half_way_leaves_whole_chunks_and_is_carried_on_or_taken_back(
    signed_in, bob, monkeypatch, caplog
):
    with monkeypatch.context() as broken:
        made = in_background(bob, broken, 1, 2, 3, 4)
        fails_from(broken, 2)
        for _ in range(bulk.MOST_ATTEMPTS + 2):
            bulk.pump(budget_seconds=60)
            BulkChange.objects.update(not_before=clock.now())
        made.refresh_from_db()
        assert (made.found, made.changed, made.attempts) == (4, 2, bulk.MOST_ATTEMPTS)
        assert owners() == [bob, bob, None, None]
        assert "the machine stopped" in caplog.text
    page = signed_in.get("/cases/").content.decode()
    assert "It stopped because of a fault" in page and "Go on" in page and "every 2s" not in page
    signed_in.post(f"/cases/change/{made.pk}/again/")
    bulk.pump(budget_seconds=60)
    assert owners() == [bob] * 4
    assert bulk.undo(BulkChange.objects.get(), by=bob).back == 4
    assert owners() == [None] * 4


def test_a_deputy_is_named_for_many_but_nobody_is_his_own(signed_in, alice, bob):
    first, second = cases_of(1, 2)
    edit_case(second, by=bob, owner=alice)
    page = change(signed_in, f"deputy:{alice.pk}", [first, second]).content.decode()
    assert "1 of 2 cases changed" in page
    first.refresh_from_db()
    assert (first.deputy, Case.objects.get(pk=second.pk).deputy) == (alice, None)
    assert first.audit.get(action="case.edit").detail["new"] == {"deputy": str(alice)}
    assert found(bob, CaseFilter.of({"deputy": str(alice.pk)})).get() == first
    assert choices(signed_in, "deputy") == {"": None, "none": 1, str(alice.pk): 1}
    (told,) = json.loads(streamed(signed_in.get("/cases/export.json", {"deputy": str(alice.pk)})))
    assert told["deputy"] == str(alice)
    signed_in.post(f"/cases/change/{BulkChange.objects.get().pk}/undo/")
    assert not found(bob, CaseFilter.of({"deputy": str(alice.pk)})).exists()


def test_asking_the_office_says_how_many_calls_and_is_behind_single_questions(signed_in, bob):
    cases = cases_of(1, 2)
    page = change(signed_in, "refresh:", cases).content.decode()
    assert "Left today" in page and not RefreshJob.objects.exists()
    change(signed_in, "refresh:", cases, seen="2")
    orders = RefreshJob.objects.filter(purpose="person", state="waiting")
    assert orders.count() == 2 and all(order.rank > 0 for order in orders)
    signed_in.post(f"/cases/change/{BulkChange.objects.get().pk}/undo/")
    assert not RefreshJob.objects.exists()


def test_more_calls_than_are_sensible_are_refused(signed_in, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_CALLS", 1)
    cases = cases_of(1, 2)
    assert "about 200 cases" in change(signed_in, "refresh:", cases).content.decode()
    assert not RefreshJob.objects.exists()


# --- export -----------------------------------------------------------------------------------------------


def streamed(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_what_was_found_is_exported_whole_and_safe_for_spreadsheets(signed_in, bob):
    (case,) = cases_of(
        1, title="=HYPERLINK(1)", own_reference="+A", client="架空", note="一行\n二行", law="design"
    )
    cases_of(2, 3)
    set_tags(case, ["@危険", "EP"], by=bob)
    answer = signed_in.get("/cases/export.csv", {"law": "design"})
    head, row = csv.reader(io.StringIO(streamed(answer).decode("utf-8-sig")))
    assert len(head) == len(row)
    cells = dict(zip(head, row, strict=True))
    assert cells["Title"] == "'=HYPERLINK(1)" and cells["Own reference"] == "'+A"
    assert cells["Tags"] == "EP、@危険" and cells["Note"] == "一行\n二行"
    assert cells["Number"] == "意願2023-000001"

    book = load_workbook(io.BytesIO(streamed(signed_in.get("/cases/export.xlsx", {"law": "design"}))))
    head, row = book.active.iter_rows()
    cells = {name.value: cell for name, cell in zip(head, row, strict=True)}
    assert (cells["Title"].value, cells["Title"].data_type) == ("=HYPERLINK(1)", "s")

    (told,) = json.loads(streamed(signed_in.get("/cases/export.json", {"law": "design"})))
    assert (told["title"], told["tags"], told["law"]) == ("=HYPERLINK(1)", ["EP", "@危険"], "design")


def test_an_export_has_every_case_found_in_the_order_of_the_list(signed_in):
    cases_of(*range(1, 121))
    told = json.loads(streamed(signed_in.get("/cases/export.json")))
    assert [one["application_number"] for one in told] == [f"2023{n:06d}" for n in range(120, 0, -1)]
    assert json.loads(streamed(signed_in.get("/cases/export.json", {"q": "何もない"}))) == []
    assert signed_in.get("/cases/export.exe").status_code == 404
