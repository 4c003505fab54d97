from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from dossiers import clock
from dossiers.alerts.acknowledge import open_for_news
from dossiers.docketing import life
from dossiers.docketing.store import reconcile
from dossiers.models import Circuit, Concern, Heartbeat, News
from tests import make

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def worker(db):
    return Heartbeat.objects.create(name="worker", at=timezone.now())


def _numbers(answer) -> dict[str, int]:
    text = answer.content.decode()
    return {words: int(n) for n, words in re.findall(r"<b>(\d+)</b><span>([^<]+)</span>", text)}


def test_an_empty_docket_teaches_the_first_step(signed_in, worker):
    text = signed_in.get("/").content.decode()
    assert "Add your first cases" in text
    assert 'href="/add/"' in text


def test_a_new_notice_is_counted_until_its_case_is_opened(signed_in, bob, worker):
    case = docket.confirmed_case(owner=bob)
    event = docket.refused(case)
    answer = signed_in.get("/")
    assert _numbers(answer)["cases with news"] == 1
    assert f"/documents/{event.pk}/" in answer.content.decode()
    signed_in.get(docket.page_of(case))
    assert _numbers(signed_in.get("/"))["cases with news"] == 0


def test_another_persons_look_does_not_hide_the_news(client, alice, bob, worker):
    case = docket.confirmed_case(owner=bob)
    docket.refused(case)
    client.force_login(alice)
    client.get(docket.page_of(case))
    client.force_login(bob)
    assert _numbers(client.get("/"))["cases with news"] == 1


def test_a_notice_that_comes_after_the_look_is_new_again(signed_in, bob, worker):
    case = docket.confirmed_case(owner=bob)
    signed_in.get(docket.page_of(case))
    docket.refused(case, first_seen_at=clock.now() + timedelta(seconds=1))
    assert _numbers(signed_in.get("/"))["cases with news"] == 1


def test_history_found_when_a_case_is_added_is_not_news(signed_in, bob, worker):
    docket.refused(docket.confirmed_case(owner=bob), dispatched=400, news=False)
    assert _numbers(signed_in.get("/"))["cases with news"] == 0


def test_limits_are_counted_by_how_near_they_are(signed_in, bob, worker):
    for number, dispatched in (
        ("2023000001", 100),
        ("2023000002", 56),
        ("2023000003", 40),
        ("2023000004", 2),
    ):
        docket.refused(docket.confirmed_case(number, owner=bob, filing_date=None), dispatched=dispatched)
    numbers = _numbers(signed_in.get("/"))
    assert (numbers["overdue"], numbers["due within 30 days"]) == (1, 2)


def test_each_number_leads_to_exactly_what_it_counts(signed_in, bob, worker):
    case = docket.confirmed_case(owner=bob)
    docket.refused(case, dispatched=100)
    docket.unknown(case)
    docket.confirmed_case("2023000777", owner=bob, last_outcome="timeout")
    text = signed_in.get("/?scope=all").content.decode()
    links = re.findall(r'href="([^"]+)"><b>(\d+)</b>', text)
    assert len(links) >= 6
    for link, number in links:
        page = signed_in.get(link.replace("&amp;", "&"))
        lists = ("tasks", "events") if "tasks" in page.context else ("page",)
        counts = [page.context[name].paginator.count for name in lists]
        assert sum(counts) == int(number), link


def test_mine_holds_what_i_own_or_follow_and_nothing_else(signed_in, alice, bob, worker):
    docket.refused(docket.confirmed_case("2023000001", owner=bob))
    followed = docket.confirmed_case("2023000002", owner=alice)
    docket.refused(followed)
    docket.refused(docket.confirmed_case("2023000003", owner=alice))
    make.watchlist(alice, followed, followers=(bob,))
    assert _numbers(signed_in.get("/?scope=mine"))["cases with news"] == 2
    assert _numbers(signed_in.get("/?scope=all"))["cases with news"] == 3


def test_whoever_has_no_case_of_their_own_sees_everybodys(signed_in, alice, worker):
    docket.refused(docket.confirmed_case(owner=alice))
    assert _numbers(signed_in.get("/"))["cases with news"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"last_outcome": "timeout"},
        {"confirmed_at": None},
        {"confirmed_at": timezone.now() - timedelta(days=4)},
        {"last_outcome": "empty"},
    ],
)
def test_a_case_without_a_fresh_answer_is_never_counted_as_safe(signed_in, bob, worker, fields):
    docket.confirmed_case(owner=bob, **fields)
    assert _numbers(signed_in.get("/"))["not confirmed lately"] == 1


def test_a_silent_worker_is_told_before_anything_else(signed_in, bob, worker):
    docket.confirmed_case(owner=bob)
    assert "The background work has stopped" not in signed_in.get("/").content.decode()
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert "The background work has stopped" in signed_in.get("/").content.decode()
    Heartbeat.objects.all().delete()
    assert "It has never run here." in signed_in.get("/").content.decode()


def test_an_office_that_cannot_be_asked_is_told_until_it_can(signed_in, bob, worker, settings):
    settings.JPO_USERNAME = settings.JPO_PASSWORD = "invented"
    docket.confirmed_case(owner=bob)
    now = clock.now()
    trouble = Circuit.objects.create(
        name="domestic", outcome="down", openings=1, opened_at=now, until=now + timedelta(minutes=10)
    )
    assert "The office cannot be asked until" in signed_in.get("/").content.decode()
    trouble.until = now - timedelta(minutes=1)
    trouble.save()
    assert "The office cannot be asked until" not in signed_in.get("/").content.decode()


def test_an_installation_without_credentials_says_so(signed_in, worker, settings):
    settings.JPO_USERNAME = ""
    text = signed_in.get("/").content.decode()
    assert "The office cannot be asked: No user name and password" in text


def test_hostile_words_are_shown_as_words(signed_in, bob, worker):
    case = docket.confirmed_case(title=docket.HOSTILE, own_reference="<img src=x>", owner=bob)
    docket.refused(case, description="<i>通知</i>")
    text = signed_in.get("/").content.decode()
    assert "<script>alert" not in text and "&lt;script&gt;" in text
    assert "<i>通知" not in text and "<img src=x>" not in text


def test_no_new_document_is_left_out_without_a_word(signed_in, bob, worker):
    case = docket.confirmed_case(owner=bob)
    for days in range(13):
        docket.refused(case, dispatched=days)
    docket.refused(docket.confirmed_case("2023000002", owner=bob))
    answer = signed_in.get("/")
    assert _numbers(answer)["cases with news"] == 2
    assert len(answer.context["documents"]) == 12
    assert "all cases with news" in answer.content.decode()


def test_what_cannot_be_helped_any_more_does_not_push_out_what_is_due(signed_in, worker):
    """Cases taken over with appeals missed years ago must not fill the list of what comes next."""
    for n in range(15):
        old = docket.confirmed_case(f"2015{n:06d}", filing_date=date(2015, 1, 5))
        make.event(old, "A02", on=date(2016, 5, 10), notice_state="none")
        reconcile(old, now=clock.now())
    life.look(now=clock.now(), tell=lambda news: None)
    docket.refused(docket.confirmed_case(), dispatched=50)
    shown = signed_in.get("/")
    listed = list(shown.context["limits"])
    assert listed[0].case.application_number == "2023000123" and len(listed) == 12
    assert _numbers(shown)["overdue"] == 0, "nobody here missed them"
    assert _numbers(shown)["passed before the case was added: to be decided"] == 15


def test_a_chance_is_not_counted_as_due_and_says_what_it_is(signed_in, worker):
    case = docket.confirmed_case()
    make.event(case, "A01", on=docket.days_ago(25), notice_state="none")
    reconcile(case, now=clock.now())
    assert {limit.duty for limit in case.limits.filter(state="open")} == {"limit", "chance"}
    shown = signed_in.get("/")
    assert _numbers(shown)["due within 30 days"] == 1
    assert shown.content.decode().count("may be done") == 1
    assert "may be done" in signed_in.get(docket.page_of(case)).content.decode()


def test_what_waits_for_an_acknowledgement_stands_there_with_its_button(signed_in, bob, worker):
    event = docket.refused(docket.confirmed_case(owner=bob))
    assert "for you to acknowledge" not in signed_in.get("/").content.decode()
    open_for_news([News.objects.get(event=event)], clock.now())
    answer = signed_in.get("/")
    assert _numbers(answer)["for you to acknowledge"] == 1
    action = f"/concerns/{Concern.objects.get().pk}/acknowledge/"
    assert action in answer.content.decode()
    signed_in.post(action, {"next": "/"})
    assert action not in signed_in.get("/").content.decode()
