"""Feeds: time limits in a calendar, news in a reader, at addresses nobody guesses and one click ends."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
import vobject
from django.core.serializers import serialize
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string
from lxml import etree

from dossiers import clock
from dossiers.alerts.channels import calendar, feeds
from dossiers.alerts.channels.manage import ChannelRefused
from dossiers.docketing import actions, confirming
from dossiers.log_lines import WithoutTokens
from dossiers.models import AuditEntry, Case, Feed, FirmPolicy, News, TimeLimit, TimeLimitChange
from tests import make
from tests.pages import docket

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://portal.firm.example"
    settings.DEFAULT_FROM_EMAIL = "IP Portal <portal@firm.example>"
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def refused(alice):
    """A case of Alice's with a notice whose answer is due in some weeks."""
    return with_one_limit("2023000123", owner=alice, own_reference="ABC-0123")


def with_one_limit(number: str, **fields) -> Case:
    """A refused case, of whose time limits the answer to the notice alone is left, its text being read."""
    case = docket.confirmed_case(number, **fields)
    docket.refused(case)
    case.limits.exclude(event__code="A131").delete()
    case.limits.update(provisional=False)
    return case


@pytest.fixture
def limit(refused) -> TimeLimit:
    return refused.limits.get(event__code="A131")


def address(by, kind="limits", **scope) -> str:
    feed, token = feeds.create(by=by, kind=kind, **{"scope": "mine", **scope})
    return feeds.url_of(feed, token).removeprefix("https://portal.firm.example")


def read(there: str, **headers: str):
    """As a calendar program reads: no cookies, nobody signed in."""
    return Client(headers=headers).get(there)


def events(there: str) -> dict:
    """The events by UID, as an independent reader understands them."""
    answer = read(there)
    assert answer.status_code == 200
    whole = vobject.readOne(answer.content.decode())
    return {event.uid.value: event for event in getattr(whole, "vevent_list", [])}


def only(there: str):
    (event,) = events(there).values()
    return event


# --- the calendar -----------------------------------------------------------------------------------------


def test_a_time_limit_stands_on_its_day_with_what_one_has_to_know(limit, alice):
    event = only(address(alice))
    assert event.dtstart.value == limit.due and type(event.dtstart.value) is date
    assert "特願2023-000123" in event.summary.value and "ABC-0123" in event.summary.value
    assert limit.title_ja in event.summary.value
    assert event.url.value == f"https://portal.firm.example/limits/{limit.pk}/"
    assert event.url.value in event.description.value
    assert "発送日" in event.description.value and "特許法" in event.description.value
    assert "まだ誰も確認していません" in event.description.value
    assert event.uid.value == f"limit.{limit.pk}@firm.example"
    assert event.sequence.value == "0"


def test_its_reader_is_reminded_in_the_morning_of_the_days_before(limit, alice):
    triggers = {alarm.trigger.value for alarm in only(address(alice)).valarm_list}
    midnight = datetime.combine(limit.due, datetime.min.time())
    assert {midnight + one for one in triggers} == {
        datetime.combine(limit.due - timedelta(days=days), datetime.min.time()) + timedelta(hours=9)
        for days in (14, 7, 3, 1, 0)
    }


def test_an_english_reader_reads_english(limit, refused, bob):
    refused.owner = bob
    refused.save()
    event = only(address(bob))
    assert limit.title_en in event.summary.value
    assert "Nobody has confirmed this date yet." in event.description.value


def test_a_provisional_date_is_marked(limit, alice):
    TimeLimit.objects.filter(pk=limit.pk).update(provisional=True)
    event = only(address(alice))
    assert event.summary.value.startswith("[暫定] ") and event.status.value == "TENTATIVE"
    assert "暫定の期限" in event.description.value


def test_a_moved_date_moves_the_same_event(limit, alice):
    there = address(alice)
    before = only(there)
    move(limit, limit.due + timedelta(days=30))
    after = only(there)
    assert after.uid.value == before.uid.value
    assert int(after.sequence.value) == int(before.sequence.value) + 1
    assert after.dtstart.value == before.dtstart.value + timedelta(days=30)
    assert after.dtstamp.value > before.dtstamp.value


def move(limit: TimeLimit, due: date) -> None:
    at = clock.now() + timedelta(hours=1)
    TimeLimitChange.objects.create(limit=limit, at=at, field="due", old=str(limit.due), new=str(due))
    TimeLimit.objects.filter(pk=limit.pk).update(due=due)


def test_a_limit_that_has_ended_is_cancelled_for_ninety_days_and_then_gone(limit, alice, monkeypatch):
    there = address(alice)
    before = int(only(there).sequence.value)
    actions.not_needed(limit, by=alice, reason="出願は放棄する")
    event = only(there)
    assert event.status.value == "CANCELLED" and int(event.sequence.value) == before + 1
    assert "放棄する" in event.description.value and not hasattr(event, "valarm")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=89))
    assert events(there)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=91))
    assert not events(there)


def test_said_to_be_done_is_shown_as_said_and_reminds_nobody(limit, alice):
    actions.claim_done(limit, by=alice, reason="提出済み")
    event = only(address(alice))
    assert "実施済みと申告" in event.summary.value and not hasattr(event, "valarm")
    assert event.status.value == "CONFIRMED"


def test_what_has_no_day_is_counted_on_today_and_not_left_out_silently(limit, alice):
    TimeLimit.objects.filter(pk=limit.pk).update(due=None)
    event = only(address(alice))
    assert event.dtstart.value == clock.office_today()
    assert "1件" in event.summary.value
    assert "https://portal.firm.example/limits/?due=unknown&scope=mine" in event.description.value


def test_what_passed_before_its_case_was_added_is_counted_too(limit, alice):
    TimeLimit.objects.filter(pk=limit.pk).update(passed_on_adding=True, due=date(2020, 1, 1))
    assert "due=before" in only(address(alice)).description.value


def test_beyond_what_one_calendar_holds_the_nearest_are_kept_and_the_rest_counted(limit, alice, monkeypatch):
    monkeypatch.setattr(calendar, "MOST", 1)
    later = TimeLimit.objects.get(pk=limit.pk)
    later.pk, later.key, later.due = None, "later", limit.due + timedelta(days=900)
    later.save()
    shown = events(address(alice))
    assert f"limit.{limit.pk}@firm.example" in shown and f"limit.{later.pk}@firm.example" not in shown
    assert any("1件" in event.summary.value for event in shown.values())


def test_a_date_to_be_found_blind_is_not_told_until_its_reader_has_found_it(limit, alice, bob):
    FirmPolicy.objects.create(pk=1, blind_check=True)
    there, news = address(alice), address(alice, kind="news")
    body = read(there).content.decode()
    assert limit.due.strftime("%Y%m%d") not in body and limit.due.isoformat() not in body
    assert limit.due.isoformat() not in read(news).content.decode()
    assert "limits/confirm/" in only(there).description.value
    confirming.check_blind(limit, by=alice, entered=limit.due)
    assert only(there).dtstart.value == limit.due
    assert limit.due.isoformat() in read(news).content.decode()


def test_hostile_words_stay_words(refused, limit, alice):
    refused.own_reference = "x\r\nBEGIN:VALARM\r\nATTACH:file"
    refused.title = 'a;b,c\\n"<script>\u202e\x00'.replace("\x00", "")
    refused.save()
    event = only(address(alice))
    assert [alarm.action.value for alarm in event.valarm_list] == ["DISPLAY"] * 5
    assert "BEGIN:VALARM ATTACH:file" in event.summary.value
    assert 'a;b,c\\n"<script>' in event.description.value


def test_no_line_is_longer_than_programs_take(limit, alice):
    lines = read(address(alice)).content.split(b"\r\n")
    assert max(map(len, lines)) <= 75 and lines[-1] == b""


# --- news -------------------------------------------------------------------------------------------------


def test_news_are_an_atom_feed_a_reader_can_follow(refused, limit, alice):
    there = address(alice, kind="news")
    answer = read(there)
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = etree.fromstring(answer.content, etree.XMLParser(resolve_entities=False))
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert root.findtext(f"{ATOM}{name}"), name
    news = News.objects.get(event=limit.event)
    entry = next(
        one for one in root.findall(f"{ATOM}entry") if one.findtext(f"{ATOM}id").endswith(f"/{news.pk}")
    )
    assert limit.due.isoformat() in entry.findtext(f"{ATOM}title")
    assert "特願2023-000123" in entry.findtext(f"{ATOM}title")
    assert entry.find(f"{ATOM}link").get("href").endswith("/cases/patent/2023000123/")
    assert entry.findtext(f"{ATOM}author/{ATOM}name")
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated"))
    assert limit.title_ja in entry.findtext(f"{ATOM}summary")


def test_a_feed_without_news_is_a_feed_and_stays_the_same(alice):
    there = address(alice, kind="news")
    first = read(there)
    assert etree.fromstring(first.content).find(f"{ATOM}entry") is None
    assert read(there).content == first.content


def test_characters_that_xml_forbids_break_nothing(refused, alice):
    refused.own_reference = "\x0b\x1f<>&]]>"
    refused.save()
    titles = etree.fromstring(read(address(alice, kind="news")).content).findall(f".//{ATOM}title")
    assert any("<>&]]>" in title.text for title in titles)


# --- whose cases ------------------------------------------------------------------------------------------


def test_a_feed_shows_the_cases_its_owner_chose_and_no_others(limit, refused, alice, bob):
    other = with_one_limit("2023000777")
    listed = make.watchlist(alice, other)
    followed = make.watchlist(bob, other, followers=(bob,))
    alice.role = "administrator"
    alice.save()
    mine, all_cases = events(address(alice)), events(address(alice, scope="all"))
    of_list = events(address(alice, scope="list", watchlist=listed))
    assert len(mine) == 1 and len(of_list) == 1 and len(all_cases) == 2
    assert set(mine) != set(of_list) and set(mine) | set(of_list) == set(all_cases)
    assert set(events(address(bob))) == set(of_list), followed


def test_a_list_that_is_hidden_and_a_colleague_who_has_left_read_nothing(limit, refused, alice, bob):
    listed = make.watchlist(alice, refused)
    there, own = address(bob, scope="list", watchlist=listed), address(alice)
    assert read(there).status_code == 200
    listed.shared = False
    listed.save()
    assert read(there).status_code == 404
    alice.is_active = False
    alice.save()
    assert read(own).status_code == 404


def test_only_administrators_read_all_cases(limit, alice):
    with pytest.raises(ChannelRefused, match="only_staff"):
        address(alice, scope="all")
    alice.role = "administrator"
    alice.save()
    with_one_limit("2023000777")
    there = address(alice, scope="all")
    assert len(events(there)) == 2
    alice.role = "docketer"
    alice.save()
    assert len(events(there)) == 1


# --- the address ------------------------------------------------------------------------------------------


def test_only_the_exact_address_opens_and_only_its_own_kind(limit, alice):
    there = address(alice)
    for wrong in (there.replace("/feeds/", "/feeds/x"), there[:-11] + "x/limits.ics", "/feeds/x/limits.ics"):
        assert read(wrong).status_code == 404, wrong
    assert read(there.replace("limits.ics", "news.atom")).status_code == 404


def test_a_leaked_address_is_taken_back_by_one_click(client, limit, alice):
    there = address(alice)
    client.force_login(alice)
    feed = Feed.objects.get()
    assert client.post(f"/settings/channels/feeds/{feed.pk}/revoke/").status_code == 302
    assert read(there).status_code == 404
    assert AuditEntry.objects.filter(action="feed.revoke", actor=alice).exists()


def test_a_new_address_ends_the_one_before(client, limit, alice):
    there = address(alice)
    client.force_login(alice)
    page = client.post(f"/settings/channels/feeds/{Feed.objects.get().pk}/rotate/").content.decode()
    new = page.split('id="shown">')[1].split("<")[0].removeprefix("https://portal.firm.example")
    assert new != there and read(there).status_code == 404
    assert only(new).dtstart.value == limit.due


def test_nobody_touches_the_feeds_of_others(client, limit, alice, bob):
    there = address(alice)
    client.force_login(bob)
    for action in ("rotate", "revoke"):
        assert client.post(f"/settings/channels/feeds/{Feed.objects.get().pk}/{action}/").status_code == 404
    assert read(there).status_code == 200


def test_the_address_is_kept_nowhere(limit, alice):
    token = address(alice).split("/")[2]
    assert len(token) >= 43
    assert token not in serialize("json", [*Feed.objects.all(), *AuditEntry.objects.all()])


def test_the_address_is_not_in_the_log_whatever_goes_wrong(limit, alice, caplog):
    there = address(alice)
    token, written = there.split("/")[2], []

    class Kept(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    kept = Kept()
    kept.setFormatter(WithoutTokens("{name}: {message}", style="{"))
    logging.getLogger().addHandler(kept)
    try:
        Client().post(there)
        Client().get(there.replace("limits.ics", "no.ics"))
        logging.getLogger("x").error("GET %s", there)
    finally:
        logging.getLogger().removeHandler(kept)
    assert token in caplog.text  # Django's own lines name the address
    assert len(written) >= 3 and token not in "\n".join(written)
    assert "/feeds/[left-out]/limits.ics" in "\n".join(written)


def test_the_program_s_own_log_is_written_without_tokens(settings):
    line = logging.makeLogRecord({"msg": "GET /feeds/tellsall/limits.ics", "levelname": "INFO"})
    for form in settings.LOGGING["formatters"].values():
        options = {name: value for name, value in form.items() if name != "()"}
        written = import_string(form["()"])(**options).format(line)
        assert "[left-out]/limits.ics" in written and "tellsall" not in written


def test_the_answer_is_for_its_reader_alone(limit, alice):
    answer = read(address(alice))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers


def test_when_it_was_last_read_is_kept(limit, alice):
    there = address(alice)
    assert Feed.objects.get().last_read_at is None
    read(there)
    assert Feed.objects.get().last_read_at is not None


# --- conditional requests ---------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_sent_again(limit, alice):
    there = address(alice)
    first = read(there)
    assert read(there, if_none_match=first.headers["ETag"]).status_code == 304
    assert read(there, if_modified_since=first.headers["Last-Modified"]).status_code == 304
    assert read(there).content == first.content


def test_a_date_that_moved_within_the_same_second_is_sent(limit, alice):
    there = address(alice)
    first = read(there)
    move(limit, limit.due + timedelta(days=1))
    for header in (
        {"if_none_match": first.headers["ETag"]},
        {"if_modified_since": first.headers["Last-Modified"]},
    ):
        assert read(there, **header).status_code == 200, header
    second = read(there)
    TimeLimit.objects.all().delete()  # something left the calendar: no newer date stands in it
    assert read(there, if_modified_since=second.headers["Last-Modified"]).status_code == 200


def test_a_calendar_of_many_cases_costs_as_many_queries_as_one_of_few(alice):
    there, news = address(alice), address(alice, kind="news")
    for number in range(3):
        with_one_limit(f"20230001{number:02d}", owner=alice)
    few = [cost(there), cost(news)]
    for number in range(3, 20):
        with_one_limit(f"20230001{number:02d}", owner=alice)
    assert len(events(there)) == 20
    assert [cost(there), cost(news)] == few


def cost(there: str) -> int:
    read(there)
    with CaptureQueriesContext(connection) as queries:
        assert read(there).status_code == 200
    return len(queries)


def test_the_time_of_a_change_is_told_in_the_worlds_time(limit, alice):
    assert only(address(alice)).dtstamp.value.tzinfo is not None
    assert only(address(alice)).dtstamp.value <= datetime.now(UTC)
