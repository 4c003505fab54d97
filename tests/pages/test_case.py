from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dossiers import clock
from dossiers.docketing import confirming
from dossiers.models import CaseVisit, Event, FirmPolicy, RefreshJob, TimeLimit
from tests import make

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def case(db):
    return docket.confirmed_case(title="架空の配線構造体", own_reference="ABC-0001")


def _text(client, page: str) -> str:
    return client.get(page).content.decode()


def test_the_page_says_what_the_case_is_and_how_fresh(signed_in, case):
    text = _text(signed_in, docket.page_of(case))
    for words in (
        "JP Patent Appl. 2023-000123",
        "ABC-0001",
        "架空の配線構造体",
        "架空電機株式会社",
        "2023-01-10",
    ):
        assert words in text
    assert "Confirmed by the office" in text and "derived" in text


def test_a_case_the_office_never_confirmed_is_not_said_to_be_quiet(signed_in):
    case = docket.confirmed_case(confirmed_at=None, asked_at=None, last_outcome="")
    text = _text(signed_in, docket.page_of(case))
    assert "Not known: the office has not confirmed this case yet." in text
    assert "The office has not been asked yet." in text
    assert "No time limit is running" not in text


def test_the_nearest_limit_stands_with_its_countdown(signed_in, case):
    event = docket.refused(case, dispatched=3)
    limit = event.limits.get()
    text = _text(signed_in, docket.page_of(case))
    days = (limit.due - clock.office_today()).days
    assert f"{days} days left" in text and limit.due.isoformat() in text


def test_unread_documents_are_marked_until_the_second_look(signed_in, case, bob):
    docket.refused(case)
    assert 'class="unread"' in _text(signed_in, docket.page_of(case))
    assert CaseVisit.objects.filter(user=bob, case=case).exists()
    assert 'class="unread"' not in _text(signed_in, docket.page_of(case))


def test_a_document_that_vanished_from_the_offices_list_stays_and_says_so(signed_in, case):
    make.event(case, vanished_at=clock.now())
    text = _text(signed_in, docket.page_of(case))
    assert "no longer in the office" in text and "Notice of Reasons for Refusal" in text


def test_a_document_not_accounted_for_is_red(signed_in, case):
    docket.unknown(case)
    assert '<span class="tag danger">Not accounted for</span>' in _text(signed_in, docket.page_of(case))


def test_an_unknown_case_is_a_404_page(signed_in, case):
    for page in ("patent/2023000999/", "design/2023000123/", "plant/2023000123/", "patent/%00/", "patent/x/"):
        assert signed_in.get(f"/cases/{page}").status_code == 404


def test_editing_changes_what_people_entered_and_is_on_record(signed_in, case, bob):
    sent = {
        "own_reference": "NEW-1",
        "client": "架空商事",
        "owner": bob.pk,
        "residency": "overseas",
        "note": "<b>x",
    }
    answer = signed_in.post(docket.page_of(case, "edit/"), sent, follow=True)
    case.refresh_from_db()
    assert (case.own_reference, case.owner, case.residency) == ("NEW-1", bob, "overseas")
    assert "case edited" in answer.content.decode() and "<b>x" not in answer.content.decode()


def test_a_new_residency_computes_the_limit_again(signed_in, case):
    docket.refused(case)
    before = case.limits.get(event__code="A131").due
    signed_in.post(docket.page_of(case, "edit/"), {"residency": "overseas"})
    assert case.limits.get(event__code="A131").due > before


def test_a_wrong_entry_loses_nothing_that_was_typed(signed_in, case):
    sent = {"own_reference": "X" * 61, "client": "架空商事", "residency": "resident", "note": "メモ"}
    answer = signed_in.post(docket.page_of(case, "edit/"), sent)
    assert answer.status_code == 422
    assert "架空商事" in answer.content.decode() and "X" * 61 in answer.content.decode()
    case.refresh_from_db()
    assert case.own_reference == "ABC-0001"


def test_refresh_now_makes_one_order_however_often_it_is_pressed(signed_in, case, bob):
    for _ in range(3):
        signed_in.post(docket.page_of(case, "refresh/"))
    job = RefreshJob.objects.get(case=case)
    assert (job.purpose, job.requested_by) == ("person", bob)


@pytest.mark.parametrize(
    ("fields", "words", "polls"),
    [
        ({}, "Waiting for its turn", True),
        ({"lease_until": timezone.now() + timedelta(days=30)}, "Asking the office", True),
        (
            {"not_before": timezone.now() + timedelta(days=3), "outcome": "daily_limit"},
            "limit of questions",
            False,
        ),
        ({"state": "done", "outcome": "ok", "finished_at": timezone.now()}, "Answered", False),
        (
            {"state": "failed", "outcome": "timeout", "finished_at": timezone.now()},
            "No answer in time",
            False,
        ),
    ],
)
def test_the_refresh_says_in_words_how_far_it_is(signed_in, case, settings, fields, words, polls):
    settings.JPO_USERNAME = settings.JPO_PASSWORD = "invented"
    RefreshJob.objects.create(case=case, key="k", purpose="person", **fields)
    text = _text(signed_in, docket.page_of(case, "refresh/status/"))
    assert words in text
    assert ("hx-trigger" in text) is polls


def test_hostile_words_are_shown_as_words_also_in_the_drawing(signed_in):
    case = docket.confirmed_case(title=docket.HOSTILE, note="<script>n</script>")
    docket.refused(case, description='"><script>alert(2)</script>')
    text = _text(signed_in, docket.page_of(case))
    assert "<script>alert" not in text and "<script>n" not in text
    assert text.count("<script") == text.count('<script src="')


def test_a_limit_can_be_entered_by_hand(signed_in, case, bob):
    event = make.event(case, "A9Q7", description="新設通知書")
    sent = {"title": "Answer the new notice", "due": "2027-01-12", "event": event.pk, "reason": "page 2"}
    answer = signed_in.post(docket.page_of(case, "limits/"), sent, follow=True)
    assert "Answer the new notice" in answer.content.decode()
    limit = case.limits.get(rule_id="by_hand")
    assert (limit.due.isoformat(), limit.event, limit.state) == ("2027-01-12", event, "open")


def test_a_limit_by_hand_without_a_date_comes_back_with_what_was_typed(signed_in, case):
    sent = {"title": "Answer the new notice", "due": "31.12", "reason": "page 2"}
    answer = signed_in.post(docket.page_of(case, "limits/"), sent)
    assert answer.status_code == 422
    assert "Answer the new notice" in answer.content.decode()
    assert not case.limits.filter(rule_id="by_hand").exists()


def daily(client, case, until):
    address = reverse("case_daily", kwargs={"law": case.law, "number": case.application_number})
    return client.post(address, {"until": until}, follow=True)


def test_a_person_has_a_case_asked_every_day_and_lets_it_be_again(client, bob):
    case, until = make.case(), clock.office_today() + timedelta(20)
    client.force_login(bob)
    assert "Asked every day until" in daily(client, case, until.isoformat()).content.decode()
    case.refresh_from_db()
    assert case.daily_until == until
    assert case.audit.get(action="case.daily").actor == bob
    assert "Asked every day until" not in daily(client, case, "").content.decode()
    case.refresh_from_db()
    assert case.daily_until is None


@pytest.mark.parametrize("days", [-1, 91])
def test_a_day_that_has_passed_or_is_far_ahead_is_refused_with_the_days_to_choose_from(client, bob, days):
    case = make.case()
    client.force_login(bob)
    page = daily(client, case, (clock.office_today() + timedelta(days)).isoformat())
    assert "Choose a day from today to" in page.content.decode()
    case.refresh_from_db()
    assert case.daily_until is None


def test_of_two_thousand_documents_a_page_lists_two_hundred(signed_in, case):
    many = [
        Event(case=case, key=f"many{n}", code="A523", legal_date=docket.days_ago(n), description="手続補正書",
              side="applicant", account="own", first_seen_at=make.SEEN)
        for n in range(2_000)
    ]  # fmt: skip
    Event.objects.bulk_create(many)
    first = signed_in.get(docket.page_of(case)).text
    assert first.count('id="event-') == 200 and "Page 1 of" in first
    last = signed_in.get(docket.page_of(case, "?documents=10")).text
    assert docket.days_ago(1_999).isoformat() in last
    assert docket.page_of(case, "compare/") in first


def test_an_undated_document_is_offered_as_undated_and_after_the_others(signed_in):
    case = docket.confirmed_case()
    docket.refused(case)
    make.event(case, code="A131", on=None)
    field = signed_in.get(docket.page_of(case)).context["limit_form"].fields["event"]
    labels = [label for value, label in field.choices if value]
    assert "None" not in "".join(labels)
    assert [label.partition(" ")[0] for label in labels] == [str(docket.days_ago(3)), "日付不明"]


def test_a_deputy_is_shown_and_is_not_the_person_in_charge(signed_in, alice, bob):
    case = docket.confirmed_case()
    given = {"own_reference": "", "client": "", "residency": "unknown", "note": ""}
    address = docket.page_of(case, "edit/")
    page = signed_in.post(address, {**given, "owner": alice.pk, "deputy": alice.pk})
    assert page.status_code == 422 and "in charge already" in page.content.decode()
    page = signed_in.post(address, {**given, "owner": alice.pk, "deputy": bob.pk}, follow=True)
    case.refresh_from_db()
    assert case.deputy == bob and "<dt>Deputy</dt>" in page.content.decode()
    signed_in.post(address, {**given, "owner": alice.pk})
    case.refresh_from_db()
    assert case.deputy == bob


def test_saving_takes_a_case_from_nobody_who_has_left_the_firm(signed_in, alice):
    case = docket.confirmed_case(owner=alice)
    alice.is_active = False
    alice.save()
    given = {"own_reference": "A-1", "client": "", "residency": "unknown", "note": "", "owner": alice.pk}
    assert signed_in.post(docket.page_of(case, "edit/"), given).status_code == 302
    case.refresh_from_db()
    assert case.owner == alice


def test_where_the_firm_checks_blind_no_page_shows_a_date_before_it_was_found(client, alice, bob):
    FirmPolicy.objects.update_or_create(pk=1, defaults={"blind_check": True})
    case = docket.confirmed_case(owner=bob)
    event = docket.refused(case)
    limit = event.limits.get()
    pages = ["/?scope=all", "/cases/", docket.page_of(case), docket.page_of(case, f"documents/{event.pk}/")]
    pages += [docket.page_of(case, "account/"), docket.page_of(case, "account.csv")]

    def telling(visitor) -> list[str]:
        return [page for page in pages if str(limit.due) in visitor.get(page).content.decode()]

    for person in (bob, alice):
        client.force_login(person)
        assert telling(client) == []
    client.force_login(bob)
    shown = client.get(docket.page_of(case)).content.decode()
    assert "to be found blind" in shown and "the date of 1 time limit" in shown
    confirming.check_blind(limit, by=bob, entered=limit.due)
    client.force_login(bob)
    assert telling(client) == pages[1:]  # what he has seen is no news on the first page


def test_of_hundreds_of_limits_and_reviews_a_page_lists_some_and_leads_to_the_others(signed_in):
    case = docket.confirmed_case(title="長" * 1000)
    for n in range(1, 105):
        TimeLimit.objects.create(
            case=case,
            key=f"x{n}",
            rule_id="by_hand",
            title_ja="期限",
            title_en="limit",
            calculation={},
            created_at=make.SEEN,
        )
        case.reviews.create(key=f"x{n}", kind="x", detail_ja="確認", detail_en="check", opened_at=make.SEEN)
    shown = signed_in.get(docket.page_of(case), {"limits": "2", "reviews": "3"})
    assert [len(shown.context[name].object_list) for name in ("limits", "reviews")] == [4, 4]
    page = shown.content.decode()
    assert "?limits=1&amp;reviews=3#limits" in page and "?limits=2&amp;reviews=2#reviews" in page
    assert "長" * 121 not in page.partition("<h1>")[2].partition("</h1>")[0]
