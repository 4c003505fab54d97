"""The office's calendar: read by all, changed by administrators, and nothing of it unseen."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from dossiers import clock
from dossiers.docketing.calendar import office_calendar, packaged
from dossiers.docketing.store import reconcile
from dossiers.models import AuditEntry, CalendarYear, Event, OfficeClosure, TimeLimit

from . import docket

LAST = packaged().confirmed_through.year
CLOSE = {"kind": "close", "reason_ja": "庁舎の停電", "reason_en": "power cut", "source": "庁のお知らせ 第1号"}
CONFIRM = {"kind": "confirm", "year": str(LAST + 1), "source": "官報 第1号"}


@pytest.fixture
def admin(client, bob):
    bob.role = "administrator"
    bob.save()
    client.force_login(bob)
    return client


@pytest.fixture
def limit(db, alice):
    return docket.refused(docket.confirmed_case(owner=alice)).limits.get()


def _tree(answer):
    return html.fromstring(answer.content)


def _preview(client, **told):
    return client.get("/calendar/change/", told)


def _apply(client, **told):
    token = _tree(_preview(client, **told)).xpath("//input[@name='token']/@value")
    return client.post("/calendar/change/", {**told, "token": token[0] if token else ""}, follow=True)


def _text(answer) -> str:
    return " ".join(_tree(answer).get_element_by_id("content").text_content().split())


def _close(client, day: date):
    return _apply(client, **CLOSE, day=day.isoformat())


# --- the year ---------------------------------------------------------------------------------------------


def test_a_year_shows_its_closed_days_with_reason_and_provision(client, bob):
    client.force_login(bob)
    answer = client.get("/calendar/", {"year": "2026"})
    text = _text(answer)
    assert "2026-05-06" in text and "Constitution Memorial Day, substitute holiday" in text
    assert "Act on National Holidays, Art. 3(3): the day between two holidays" in text
    marked = {cell.get("title") for cell in _tree(answer).xpath("//div[@class='year']//td[@class='holiday']")}
    assert {"citizens' holiday", "Showa Day", "Vernal Equinox Day"} <= marked
    assert len(_tree(answer).xpath("//div[@class='year']/table/caption")) == 12
    assert len(_tree(answer).xpath("//div[@class='year']//td[normalize-space()]")) == 365


def test_a_japanese_reader_reads_it_in_japanese(client, alice):
    client.force_login(alice)
    text = _text(client.get("/calendar/", {"year": "2026"}))
    assert "憲法記念日 振替休日" in text and "国民の祝日に関する法律" in text and "1月" in text


def test_a_year_says_whether_it_is_confirmed_and_a_prediction_says_that_it_is_one(client, bob):
    client.force_login(bob)
    known = client.get("/calendar/", {"year": LAST})
    assert "Confirmed." in _text(known) and packaged().source_en in _text(known)
    assert not _tree(known).xpath("//div[@class='year']//td[contains(@class, 'predicted')]")
    later = client.get("/calendar/", {"year": LAST + 1})
    assert "Not confirmed." in _text(later) and "provisional" in _text(later)
    assert len(_tree(later).xpath("//div[@class='year']//td[contains(@class, 'predicted')]")) >= 2


@pytest.mark.parametrize("year", ["", "1994", "2061", "12", "９９９９", "9" * 400, "x", "-2026"])
def test_a_year_that_nobody_knows_shows_this_one(client, bob, year):
    client.force_login(bob)
    answer = client.get("/calendar/", {"year": year})
    assert answer.context["year"] == clock.office_today().year


def test_the_first_and_the_last_year_lead_no_further(client, bob):
    client.force_login(bob)
    assert not _tree(client.get("/calendar/?year=1995")).xpath("//a[@rel='prev']")
    assert not _tree(client.get("/calendar/?year=2060")).xpath("//a[@rel='next']")


# --- who may ------------------------------------------------------------------------------------------------


def test_whoever_is_no_administrator_reads_but_changes_nothing(client, bob, limit):
    client.force_login(bob)
    assert not _tree(client.get("/calendar/")).xpath("//main//form[contains(@action, 'calendar')]")
    told = {**CLOSE, "day": limit.due.isoformat()}
    assert client.get("/calendar/change/", told).status_code == 403
    assert client.post("/calendar/change/", told).status_code == 403
    assert not OfficeClosure.objects.exists()


# --- a closure ----------------------------------------------------------------------------------------------


def test_a_closure_lists_what_it_moves_before_anything_changes(admin, limit):
    answer = _preview(admin, **CLOSE, day=limit.due.isoformat())
    text = _text(answer)
    assert "Nothing has been changed yet" in text and "有栖川 有紀" in text
    row = _tree(answer).xpath("//tbody/tr[1]")[0].text_content()
    days = re.findall(r"\d{4}-\d\d-\d\d", row)
    assert days[0] == limit.due.isoformat() < days[1]
    limit.refresh_from_db()
    assert limit.due.isoformat() == days[0] and not OfficeClosure.objects.exists()


def test_what_was_shown_is_what_is_applied_with_history_alert_and_audit(admin, limit, bob):
    old = limit.due
    new = _preview(admin, **CLOSE, day=old.isoformat()).context["page"][0].new
    text = _text(_close(admin, old))
    assert "The calendar is changed. 1 case was computed again." in text and "power cut" in text
    limit.refresh_from_db()
    assert limit.due == new > old
    change = limit.changes.get(field="due")
    assert (change.old, change.new) == (old.isoformat(), new.isoformat())
    assert "closed days changed" in change.reason_en
    assert limit.case.news.filter(kind="limit_moved").get().alerts.filter(user=limit.case.owner).exists()
    entry = AuditEntry.objects.get(action="calendar.close")
    assert entry.actor == bob and entry.detail["source"] == CLOSE["source"]
    assert "power cut" in admin.get(f"/limits/{limit.pk}/").content.decode()


def test_a_closure_taken_back_moves_everything_back_and_tells_it_again(admin, limit):
    old = limit.due
    for _ in range(2):  # the second time no less than the first
        _close(admin, old)
        back = _apply(admin, kind="reopen", day=old.isoformat())
        assert "1 case was computed again" in _text(back)
    limit.refresh_from_db()
    assert limit.due == old and not OfficeClosure.objects.exists()
    assert limit.changes.filter(field="due").count() == 4
    assert limit.case.news.filter(kind="limit_moved").count() == 4
    assert AuditEntry.objects.filter(action="calendar.reopen").first().detail["reason_en"] == "power cut"


def test_a_confirmation_of_the_old_date_does_not_stand_for_the_new_one(admin, limit):
    admin.post(f"/limits/{limit.pk}/confirm/", {"due": limit.due.isoformat()})
    _close(admin, limit.due)
    limit.refresh_from_db()
    assert limit.confirmed_by is None


def test_a_preview_that_is_no_longer_true_is_shown_again_instead_of_applied(admin, limit):
    told = {**CLOSE, "day": limit.due.isoformat()}
    token = _tree(_preview(admin, **told)).xpath("//input[@name='token']/@value")[0]
    docket.refused(docket.confirmed_case("2023000999"))  # another limit with the same last day
    answer = admin.post("/calendar/change/", {**told, "token": token}, follow=True)
    assert "Meanwhile something else would move" in _text(answer)
    assert answer.context["count"] == 2 and not OfficeClosure.objects.exists()


def test_pressing_twice_is_pressing_once(admin, limit):
    told = {**CLOSE, "day": limit.due.isoformat()}
    token = _tree(_preview(admin, **told)).xpath("//input[@name='token']/@value")[0]
    for _ in range(2):
        answer = admin.post("/calendar/change/", {**told, "token": token}, follow=True)
    assert "closed on that day anyway" in _text(answer)
    assert AuditEntry.objects.filter(action="calendar.close").count() == 1
    assert limit.changes.filter(field="due").count() == 1


def test_a_limit_entered_by_hand_is_named_but_does_not_move(admin, limit):
    from dossiers.docketing.actions import enter_by_hand

    day = date(2027, 3, 10)
    by_hand = enter_by_hand(limit.case, by=limit.case.owner, title="Call the client", due=day, reason="asked")
    text = _text(_preview(admin, **CLOSE, day=day.isoformat()))
    assert "do not move by themselves" in text and "Call the client" in text
    _close(admin, day)
    by_hand.refresh_from_db()
    assert by_hand.due == day


def test_only_the_later_days_of_a_ladder_may_move(admin, limit):
    rung = next(step for step in limit.calculation["ladder"] if step["due"])
    day = date.fromisoformat(rung["due"]["$date"])
    answer = _preview(admin, **CLOSE, day=day.isoformat())
    moving = answer.context["page"][0]
    assert answer.context["count"] == 0 and answer.context["rungs_only"] == 1
    assert moving.old == moving.new and moving.rungs[0][1] == day < moving.rungs[0][2]
    _close(admin, day)
    limit.refresh_from_db()
    assert day.isoformat() not in str(limit.calculation["ladder"])


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({**CLOSE, "day": "2026-11-22"}, "closed on that day anyway"),
        ({**CLOSE, "day": "2027-05-03"}, "closed on that day anyway"),
        ({**CLOSE, "day": "2027-02-30"}, "a day from 1995 to 2060"),
        ({**CLOSE, "day": "2099-01-05"}, "a day from 1995 to 2060"),
        ({**CLOSE, "day": ""}, "a day from 1995 to 2060"),
        ({**CLOSE, "day": "2027-03-10", "source": " "}, "the reason and the source"),
        ({**CLOSE, "day": "2027-03-10", "reason_ja": "", "reason_en": ""}, "the reason and the source"),
        ({"kind": "reopen", "day": "2027-05-03"}, "Nobody has entered a closure"),
        ({"kind": "confirm", "year": str(LAST + 1)}, "the reason and the source"),
        ({"kind": "confirm", "year": str(LAST + 2), "source": "x"}, "one after the other"),
        ({"kind": "confirm", "year": str(LAST), "source": "x"}, "one after the other"),
        ({"kind": "confirm", "year": "x" * 90, "source": "x"}, "one after the other"),
        ({"kind": "withdraw", "year": str(LAST)}, "confirmed last"),
        ({"kind": "odd"}, "No change is named"),
        ({}, "No change is named"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(admin, told, words):
    assert words in _text(_preview(admin, **told))
    assert words in _text(admin.post("/calendar/change/", told, follow=True))
    assert not OfficeClosure.objects.exists() and not CalendarYear.objects.exists()


# --- a year -------------------------------------------------------------------------------------------------


@pytest.fixture
def far(db):
    """A limit that ends in the first year nobody has confirmed."""
    case = docket.confirmed_case(filing_date=date(LAST - 2, 5, 10))
    reconcile(case, now=clock.now())
    return case.limits.get(rule_id="pat.exam.request")


def test_confirming_a_year_settles_its_limits_and_names_who_did_it(admin, far):
    assert far.provisional and far.due.year == LAST + 1
    page = admin.get(f"/limits/{far.pk}/").content.decode()
    assert f'href="/calendar/?year={LAST + 1}"' in page
    shown = _preview(admin, **CONFIRM)
    assert "announced in 2027-02 at the earliest" in _text(shown) and shown.context["settles"] == 1
    text = _text(_apply(admin, **CONFIRM))
    assert "Bob Attorney" in text and "官報 第1号" in text and "Not confirmed" not in text
    far.refresh_from_db()
    assert not far.provisional and not far.changes.exists()
    assert AuditEntry.objects.filter(action="calendar.confirm", detail__year=LAST + 1).exists()


def test_a_confirmation_taken_back_makes_its_limits_provisional_again(admin, far):
    _apply(admin, **CONFIRM)
    _apply(admin, kind="withdraw", year=str(LAST + 1))
    far.refresh_from_db()
    assert far.provisional and not CalendarYear.objects.exists()


# --- many ---------------------------------------------------------------------------------------------------


def test_a_preview_costs_the_same_for_three_and_for_forty_cases(admin):
    counts = []
    for start, stop in ((0, 3), (3, 40)):
        for number in range(start, stop):
            docket.refused(docket.confirmed_case(f"2023{number + 1:06d}"))
        day = TimeLimit.objects.filter(event__isnull=False).first().due
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = _preview(admin, **CLOSE, day=day.isoformat())
        assert answer.context["count"] == stop
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_a_person_does_not_wait_for_is_computed_in_the_background(admin, limit, monkeypatch):
    from dossiers.docketing import closures
    from dossiers.views import office_calendar

    monkeypatch.setattr(office_calendar, "AT_ONCE", 0.0)
    old = limit.due
    assert "1 more case is being computed in the background" in _text(_close(admin, old))
    limit.refresh_from_db()
    assert limit.due == old and "still being computed again" in _text(admin.get("/calendar/"))
    told = []
    assert closures.recompute(tell=told.extend, budget_seconds=60) == 1
    limit.refresh_from_db()
    assert limit.due > old and [news.kind for news in told] == ["limit_moved"]
    assert closures.recompute(tell=told.extend, budget_seconds=60) == 0 and closures.waiting() == 0


def test_every_limit_that_a_day_moves_is_found(admin, db):
    """The quick search for what a day touches against computing every case with the new calendar."""
    from dossiers.docketing import closures
    from dossiers.docketing.docket import docket as compute
    from dossiers.docketing.rules import jpo_rules
    from dossiers.docketing.store import calendar, facts_of
    from dossiers.models import Case

    for number in range(24):
        residency = ("resident", "overseas", "unknown")[number % 3]
        law = ("patent", "design", "trademark")[number // 3 % 3]
        case = docket.confirmed_case(f"2022{number + 1:06d}", law, residency=residency)
        docket.refused(case, dispatched=number, code=("A131", "A02", "A01")[number % 3 - 1])
    office, today = calendar(), clock.office_today()
    known = [
        (facts_of(case, list(case.events.all())), list(case.limits.filter(state="open")))
        for case in Case.objects.all()
    ]
    for offset in range(20, 120):
        day = today + timedelta(days=offset)
        if office.why_closed(day):
            continue
        change = closures.Close(day, "x", "x", "x")
        found = {(move.limit.pk, move.new) for move in closures.preview(change).moves}
        after, expected = closures._after(change, office), set()
        for facts, limits in known:
            new = {one.key: one.calculation for one in compute(facts, jpo_rules(), after).limits}
            for one in limits:
                if closures._move(one, new[one.key]):
                    expected.add((one.pk, new[one.key].due))
        assert found == expected, day


# --- the reminder -------------------------------------------------------------------------------------------


def test_from_november_administrators_are_asked_to_confirm_the_coming_years(admin, bob, monkeypatch):
    monkeypatch.setattr(clock, "office_today", lambda: date(LAST - 1, 10, 31))
    assert "not confirmed yet" not in _text(admin.get("/"))
    monkeypatch.setattr(clock, "office_today", lambda: date(LAST - 1, 11, 1))
    for page in ("/", "/calendar/"):
        assert f"Holidays not confirmed yet: {LAST + 1}." in _text(admin.get(page)), page
    _apply(admin, **CONFIRM)
    assert "not confirmed yet" not in _text(admin.get("/"))
    bob.role = "docketer"
    bob.save()
    CalendarYear.objects.all().delete()
    assert "not confirmed yet" not in _text(admin.get("/"))


# --- a holiday that is a working day ----------------------------------------------------------------------

OPEN = {"kind": "open", "reason_ja": "祝日の移動", "reason_en": "holiday moved", "source": "官報 第2号"}
COMING_OF_AGE = date(2027, 1, 11)


@pytest.fixture
def over_a_holiday(db, alice) -> TimeLimit:
    """Dispatched 12 November 2026: 60 days end on Monday 11 January 2027, Coming-of-Age Day."""
    case = docket.confirmed_case(owner=alice)
    event = docket.refused(case)
    Event.objects.filter(pk=event.pk).update(legal_date=date(2026, 11, 12))
    reconcile(case, now=clock.now())
    limit = case.limits.get(rule_id="pat.oa.response")
    assert (limit.raw_end, limit.due) == (COMING_OF_AGE, date(2027, 1, 12))
    return limit


def test_a_packaged_holiday_is_opened_as_shown_and_closed_again(admin, over_a_holiday, bob):
    limit, told = over_a_holiday, {**OPEN, "day": COMING_OF_AGE.isoformat()}
    assert "1 time limit" in _text(_preview(admin, **told)) and "2027-01-11" in _text(_preview(admin, **told))
    limit.refresh_from_db()
    assert limit.due == date(2027, 1, 12), "shown, and nothing changed"
    _apply(admin, **told)
    limit.refresh_from_db()
    assert limit.due == COMING_OF_AGE
    assert AuditEntry.objects.get(action="calendar.open").actor == bob
    page = _text(admin.get("/calendar/?year=2027"))
    assert "Holidays opened as working days" in page and "holiday moved" in page
    _apply(admin, kind="reopen", day=COMING_OF_AGE.isoformat())
    limit.refresh_from_db()
    assert limit.due == date(2027, 1, 12) and not OfficeClosure.objects.exists()
    assert AuditEntry.objects.filter(action="calendar.close_again").count() == 1


@pytest.mark.parametrize("day", ["2027-01-12", "2027-01-16", "2026-12-29", "2027-01-01", "x"])
def test_no_day_but_a_holiday_on_a_weekday_is_opened(admin, day):
    """An open day, a Saturday, and the turn of the year, which the law closes whatever the holidays."""
    _apply(admin, **OPEN, day=day)
    assert not OfficeClosure.objects.exists()


def test_an_opened_saturday_or_new_year_would_stay_closed():
    saturday, new_year = date(2028, 1, 1), date(2027, 1, 1)
    office = office_calendar(opened=[saturday, new_year])
    assert office.why_closed(saturday) and office.why_closed(new_year)
