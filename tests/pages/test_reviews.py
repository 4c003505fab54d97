from __future__ import annotations

import pytest

from dossiers import clock
from dossiers.docketing import confirming, life
from dossiers.models import AuditEntry, FirmPolicy

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def event(db):
    return docket.unknown(docket.confirmed_case())


def test_closing_a_difference_without_settling_it_says_that_the_date_is_unconfirmed(signed_in, alice):
    limit = docket.refused(docket.confirmed_case()).limits.get()
    FirmPolicy.objects.create(pk=1, blind_check=True)
    confirming.check_blind(limit, by=alice, entered=docket.days_ago(-200))
    text = signed_in.get("/reviews/").content.decode()
    assert "Closing this task confirms no date" in text and f'href="/limits/{limit.pk}/"' in text
    task = limit.case.reviews.get(kind="blind_check_differs")
    answer = signed_in.post(f"/reviews/{task.pk}/close/", {"resolution": "電話で確認"}, follow=True)
    limit.refresh_from_db()
    assert "The date itself is not confirmed" in answer.content.decode() and limit.confirmed_by is None


def test_what_had_passed_before_its_case_was_added_stands_in_the_queue(signed_in):
    docket.refused(docket.confirmed_case(added_at=clock.now()), dispatched=900)
    life.look(now=clock.now(), tell=lambda news: None)
    text = signed_in.get("/reviews/").content.decode()
    assert "1 time limit had passed before its case was added" in text and "due=before" in text


def test_a_document_nobody_can_place_stands_in_the_queue_once(signed_in, event):
    answer = signed_in.get("/reviews/")
    assert answer.context["tasks"].paginator.count + answer.context["events"].paginator.count == 1
    assert "未知の通知" in answer.content.decode()


def test_closing_the_review_alone_leaves_the_document_open_and_visible(signed_in, event):
    signed_in.post(f"/reviews/{event.reviews.get().pk}/close/", {"resolution": "電話で確認"})
    answer = signed_in.get("/reviews/")
    assert [one.pk for one in answer.context["events"]] == [event.pk]


def test_accounting_for_a_document_clears_it_with_a_name_and_a_reason(signed_in, event, bob):
    answer = signed_in.post(
        f"/reviews/documents/{event.pk}/account/", {"reason": "期限なし <i>"}, follow=True
    )
    event.refresh_from_db()
    assert (event.account, event.accounted_by) == ("person", bob)
    assert answer.context["tasks"].paginator.count + answer.context["events"].paginator.count == 0
    assert AuditEntry.objects.filter(action="event.no_limit_needed", actor=bob).exists()


@pytest.mark.parametrize("words", ["", "  \n"])
def test_nothing_is_closed_without_words(signed_in, event, words):
    task = event.reviews.get()
    close = signed_in.post(f"/reviews/{task.pk}/close/", {"resolution": words}, follow=True)
    account = signed_in.post(f"/reviews/documents/{event.pk}/account/", {"reason": words}, follow=True)
    assert "Please say why" in close.content.decode() and "Please say why" in account.content.decode()
    event.refresh_from_db()
    task.refresh_from_db()
    assert event.account == "open" and task.closed_at is None


def test_closing_twice_says_that_somebody_was_first(signed_in, event):
    page = f"/reviews/{event.reviews.get().pk}/close/"
    signed_in.post(page, {"resolution": "済"})
    assert (
        "Somebody has already closed this."
        in signed_in.post(page, {"resolution": "済"}, follow=True).content.decode()
    )


def test_after_closing_one_is_back_where_one_was(signed_in, event):
    here = docket.page_of(event.case)
    task = event.reviews.get()
    answer = signed_in.post(f"/reviews/{task.pk}/close/", {"resolution": "済", "next": here})
    assert answer.headers["Location"] == here


def test_mine_shows_only_my_cases(signed_in, event, bob):
    assert signed_in.get("/reviews/", {"scope": "mine"}).context["tasks"].paginator.count == 0
    event.case.owner = bob
    event.case.save()
    assert signed_in.get("/reviews/", {"scope": "mine"}).context["tasks"].paginator.count == 1


def test_an_empty_queue_says_so(signed_in, db):
    assert "Nothing waits for a decision." in signed_in.get("/reviews/").content.decode()


def test_hostile_words_are_shown_as_words(signed_in, event):
    task = event.reviews.get()
    task.detail_en = task.detail_ja = docket.HOSTILE[:500]
    task.save()
    assert "<script>alert" not in signed_in.get("/reviews/").content.decode()
