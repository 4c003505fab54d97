"""The several dates of one duty, each with where it comes from."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.duty import dates_of, internal_date, open_days_after, standing_of
from dossiers.docketing.store import reconcile
from dossiers.models import BY_HAND, FirmPolicy, OwnDate, TimeLimit, User
from tests import make
from tests.make import SEEN

CALENDAR = office_calendar()
POLICY = FirmPolicy(internal_days=14)
TUESDAY = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def by_hand(due: date | None = date(2027, 1, 19)) -> TimeLimit:
    return TimeLimit(rule_id=BY_HAND, due=due, calculation={})


def own(kind: str, day: date | None, pk: int, note: str = "") -> OwnDate:
    return OwnDate(pk=pk, kind=kind, day=day, note=note, by=User(username="alice"), at=TUESDAY)


def days(limit: TimeLimit, *rows: OwnDate, policy: FirmPolicy = POLICY) -> dict[str, date]:
    return {found.kind: found.day for found in dates_of(limit, policy, CALENDAR, rows)}


def test_the_internal_date_is_moved_back_to_an_open_day():
    assert days(by_hand()) == {"legal": date(2027, 1, 19), "internal": date(2027, 1, 5)}
    # 14 days before 15 January is New Year's Day; the office was last open on 28 December.
    found = {one.kind: one for one in dates_of(by_hand(date(2027, 1, 15)), POLICY, CALENDAR, ())}
    assert found["internal"].day == date(2026, 12, 28)
    assert "開庁日" in found["internal"].why_ja and "open day" in found["internal"].why_en


def test_dates_set_by_hand_stay_where_they_were_put_and_name_who_did():
    saturday = date(2027, 1, 9)
    rows = [own("internal", saturday, 1), own("target", date(2026, 12, 20), 2, "面接前")]
    found = {one.kind: one for one in dates_of(by_hand(), POLICY, CALENDAR, rows)}
    assert found["internal"].day == saturday and found["internal"].by == "alice"
    assert found["target"].why_en == "面接前"


def test_the_newest_of_a_kind_holds_and_one_without_a_day_takes_it_back():
    rows = [own("internal", date(2026, 12, 1), 1), own("instruction", date(2026, 12, 1), 2)]
    later = [own("internal", None, 3), own("instruction", date(2026, 12, 3), 4)]
    assert days(by_hand(), *later, *rows) == {
        "legal": date(2027, 1, 19),
        "internal": date(2027, 1, 5),  # the firm's policy again
        "instruction": date(2026, 12, 3),
    }


def test_a_limit_without_a_date_has_only_what_people_set():
    assert days(by_hand(None)) == {}
    assert days(by_hand(None), own("target", date(2026, 12, 1), 1)) == {"target": date(2026, 12, 1)}


def test_a_firm_without_internal_dates_sees_none():
    assert days(by_hand(), policy=FirmPolicy(internal_days=0)) == {"legal": date(2027, 1, 19)}


@pytest.mark.django_db
def test_a_computed_limit_has_the_last_day_of_its_extensions():
    case = make.case(residency="resident")
    make.event(case, notice_state="none")
    reconcile(case, now=SEEN)
    limit = case.limits.get(rule_id="pat.oa.response")
    found = {one.kind: one for one in dates_of(limit, POLICY, CALENDAR, ())}
    # 20 November 2026 and 60 days: 19 January; with two months more, as one period: 19 March.
    assert (found["legal"].day, found["extendable"].day) == (date(2027, 1, 19), date(2027, 3, 19))
    make.event(case, "A601", on=date(2026, 12, 1), side="applicant")
    reconcile(case, now=SEEN)
    limit.refresh_from_db()
    assert days(limit)["legal"] == date(2027, 3, 19) and "extendable" not in days(limit)
    assert standing_of(limit, date(2027, 3, 19)).rung == 0


def test_a_calculation_of_a_shape_no_longer_read_still_shows_its_date():
    old = TimeLimit(rule_id="x", due=date(2027, 1, 19), calculation={"shape": "of old"})
    assert days(old)["legal"] == date(2027, 1, 19)
    assert standing_of(old, date(2027, 1, 20)).until is None


@given(st.dates(date(1996, 1, 1), date(2059, 1, 1)), st.integers(0, 400))
def test_an_internal_date_is_an_open_day_and_never_late(due, before):
    found = internal_date(due, before, CALENDAR)
    assert CALENDAR.why_closed(found) is None
    assert (due - found).days >= before


@given(st.dates(date(1996, 1, 1), date(2059, 1, 1)), st.integers(1, 12))
def test_so_many_office_days_are_counted_on_open_days_only(day, n):
    end = open_days_after(day, n, CALENDAR)
    between = [date.fromordinal(one) for one in range(day.toordinal() + 1, end.toordinal() + 1)]
    assert sum(CALENDAR.why_closed(one) is None for one in between) == n
    assert CALENDAR.why_closed(end) is None
