"""The firm's own records beside the office's data: nothing is overwritten, and nothing nags twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.docketing import differences
from dossiers.docketing.actions import ActionRefused
from dossiers.docketing.differences import UnreadableValue, accept, compare, enter, ignore, undo
from dossiers.models import AuditEntry, Case, Difference, OwnRecord, Register
from tests import make
from tests.make import SEEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make.case(
        confirmed_at=SEEN,
        last_outcome="ok",
        registration_number="7000001",
        registration_date=date(2025, 3, 4),
        expire_date=date(2043, 1, 10),
    )


def seen(row: Difference) -> str:
    return row.seen_at.isoformat()


def office_says(case: Case, **fields: object) -> None:
    Case.objects.filter(pk=case.pk).update(**fields)
    case.refresh_from_db()
    compare(case, now=SEEN + timedelta(days=1))


# --- reading what people type -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["2026-11-22", "2026/11/22", "2026.11.22", "2026年11月22日", "20261122", "令和8年11月22日", "R8.11.22",
     "令和　８年１１月２２日", "r8/11/22", "２０２６－１１－２２", " 2026/11/22 "],
)  # fmt: skip
def test_a_date_may_be_written_as_firms_write_it(text):
    assert differences.read_date(text) == date(2026, 11, 22)


def test_first_years_and_old_eras_are_read():
    assert differences.read_date("令和元年5月1日") == date(2019, 5, 1)
    assert differences.read_date("昭和63年12月31日") == date(1988, 12, 31)
    assert differences.read_date("平成40年4月1日") == date(
        2028, 4, 1
    )  # printed before the era's end was known


@pytest.mark.parametrize(
    "text",
    ["22/11/2026", "11/22/2026", "2026-02-30", "2026", "soon", "令和8年13月1日", "0001-01-01", "8.11.22"],
)
def test_what_could_be_two_days_or_none_is_refused(text):
    assert differences.read_date(text) is None
    with pytest.raises(UnreadableValue):
        differences.read_value("filing_date", text)


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_is_not(text):
    found = differences.read_date(text)
    assert found is None or differences.read_date(found.isoformat()) == found


@given(st.dates(date(1926, 12, 25), date(2200, 12, 31)))
def test_every_way_of_writing_a_day_is_the_same_day(day):
    western = (f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日")
    assert {differences.read_date(text) for text in western} == {day}


# --- comparing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", "架空の 配線構造体"),
        ("applicant", "架空電機（株）"),
        ("filing_date", "令和5年1月10日"),
        ("registration_number", "特許第７００００01号"),
        ("registration_number", "特許7000001"),
        ("expire_date", "2043/1/10"),
    ],
)
def test_the_same_thing_written_otherwise_is_no_difference(case, bob, field, text):
    enter(case, by=bob, values={field: text})
    assert not Difference.objects.exists()


def test_applicants_may_stand_in_any_order(case, bob):
    office_says(case, applicants_text="架空電機株式会社、架空化学株式会社")
    enter(case, by=bob, values={"applicant": "架空化学株式会社; 架空電機株式会社"})
    assert not Difference.objects.exists()
    enter(case, by=bob, values={"applicant": "架空化学株式会社"})
    assert Difference.objects.get().field == "applicant"


def test_a_value_that_disagrees_is_a_difference_with_both_sides(case, bob):
    enter(case, by=bob, values={"filing_date": "2023/01/11", "title": "架空の配線構造体"})
    row = Difference.objects.get()
    assert (row.field, row.own, row.office, row.state) == ("filing_date", "2023-01-11", "2023-01-10", "open")


def test_a_right_the_office_does_not_know_of_is_a_difference(case, bob):
    office_says(case, registration_number="")
    enter(case, by=bob, values={"registration_number": "7000001"})
    assert Difference.objects.get().office == ""


def test_an_annuity_is_compared_once_the_register_was_read(case, bob):
    enter(case, by=bob, values={"next_annuity": "2028-03-04"})
    assert not Difference.objects.exists()
    register = Register.objects.create(case=case, next_annuity_due=date(2029, 3, 4), confirmed_at=SEEN)
    compare(case, now=SEEN)
    assert Difference.objects.get().office == "2029-03-04"
    register.next_annuity_due = None
    register.save()
    compare(case, now=SEEN)
    assert Difference.objects.get().office == ""


def test_a_case_the_office_has_not_spoken_of_has_no_differences(bob):
    unasked = make.case("2024000009", title="", applicants_text="", filing_date=None)
    enter(unasked, by=bob, values={"title": "架空", "registration_number": "7000001"})
    assert not Difference.objects.exists()


def test_a_mark_without_a_title_at_the_office_is_no_difference(bob):
    mark = make.case("2024000001", "trademark", title="", confirmed_at=SEEN)
    enter(mark, by=bob, values={"title": "架空マーク"})
    assert not Difference.objects.exists()


def test_reading_the_same_again_changes_nothing(case, bob):
    enter(case, by=bob, values={"title": "別の名称"})
    before = Difference.objects.values().get()
    for _ in range(3):
        assert compare(case, now=SEEN + timedelta(days=5)) == []
    assert Difference.objects.values().get() == before


def test_a_difference_settles_when_the_office_comes_to_agree_and_opens_again_if_not(case, bob):
    enter(case, by=bob, values={"title": "別の名称"})
    office_says(case, title="別の名称")
    assert Difference.objects.get().state == "settled"
    office_says(case, title="架空の配線構造体")
    assert Difference.objects.get().state == "open"


def test_taking_the_own_value_back_settles_the_difference(case, bob):
    enter(case, by=bob, values={"title": "別の名称"})
    enter(case, by=bob, values={"title": ""})
    assert Difference.objects.get().state == "settled"
    assert list(OwnRecord.objects.order_by("pk").values_list("value", flat=True)) == ["別の名称", ""]


# --- deciding ---------------------------------------------------------------------------------------------


@pytest.fixture
def row(case, bob) -> Difference:
    enter(case, by=bob, values={"filing_date": "2023-01-11"})
    return Difference.objects.get()


def test_accepting_writes_the_offices_value_into_our_records_and_keeps_the_old_one(case, row, bob):
    accept(row, by=bob, seen=seen(row))
    assert differences.own_values(case) == {"filing_date": "2023-01-10"}
    assert OwnRecord.objects.count() == 2
    decided = Difference.objects.get()
    assert (decided.state, decided.decided_by, decided.own) == ("accepted", bob, "2023-01-11")
    case.refresh_from_db()
    assert case.filing_date == date(2023, 1, 10)
    assert AuditEntry.objects.get(action="difference.accept").detail["own"] == "2023-01-11"


def test_an_ignored_difference_is_quiet_until_the_office_changes(case, row, bob):
    ignore(row, by=bob, seen=seen(row), note="原簿の誤記")
    compare(case, now=SEEN)
    assert Difference.objects.get().state == "ignored"
    office_says(case, filing_date=date(2023, 1, 12))
    again = Difference.objects.get()
    assert (again.state, again.office, again.decided_by, again.note) == ("open", "2023-01-12", None, "")
    assert AuditEntry.objects.get(action="difference.ignore").detail["note"] == "原簿の誤記"


def test_an_ignored_difference_is_quiet_until_we_change(case, row, bob):
    ignore(row, by=bob, seen=seen(row))
    enter(case, by=bob, values={"filing_date": "2023-01-13"})
    assert Difference.objects.get().state == "open"


def test_writing_the_same_value_otherwise_does_not_wake_what_is_ignored(case, bob):
    enter(case, by=bob, values={"title": "別の名称"})
    row = Difference.objects.get()
    ignore(row, by=bob, seen=seen(row))
    office_says(case, title="架空の　配線構造体")
    assert Difference.objects.get().state == "ignored"


def test_what_was_accepted_opens_again_when_the_office_changes_its_mind(case, row, bob):
    accept(row, by=bob, seen=seen(row))
    office_says(case, filing_date=date(2023, 1, 9))
    again = Difference.objects.get()
    assert (again.state, again.own, again.office) == ("open", "2023-01-10", "2023-01-09")


def test_undoing_restores_our_value_and_the_question(case, row, bob):
    accept(row, by=bob, seen=seen(row))
    undo(row, by=bob)
    assert differences.own_values(case) == {"filing_date": "2023-01-11"}
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("open", None)
    ignore(row, by=bob, seen=seen(row))
    undo(row, by=bob)
    row.refresh_from_db()
    assert row.state == "open"


def test_what_moved_while_somebody_looked_is_not_decided(case, row, bob):
    looked_at = seen(row)
    office_says(case, filing_date=date(2023, 1, 12))
    for decide in (accept, ignore):
        with pytest.raises(ActionRefused, match="difference_moved"):
            decide(row, by=bob, seen=looked_at)
    assert differences.own_values(case) == {"filing_date": "2023-01-11"}


def test_deciding_twice_is_refused_and_changes_nothing(case, row, bob):
    accept(row, by=bob, seen=seen(row))
    with pytest.raises(ActionRefused):
        accept(row, by=bob, seen=seen(row))
    assert OwnRecord.objects.count() == 2


def test_a_decision_overtaken_by_a_newer_record_cannot_be_undone(case, row, bob):
    accept(row, by=bob, seen=seen(row))
    enter(case, by=bob, values={"filing_date": "2023-01-20"})
    with pytest.raises(ActionRefused):
        undo(row, by=bob)
    assert differences.own_values(case) == {"filing_date": "2023-01-20"}


def test_one_unreadable_value_leaves_everything_as_it_was(case, bob):
    with pytest.raises(UnreadableValue, match="not_a_date"):
        enter(case, by=bob, values={"title": "新しい名称", "filing_date": "来年"})
    assert not OwnRecord.objects.exists()


def test_entering_the_same_again_adds_no_row(case, bob):
    enter(case, by=bob, values={"filing_date": "2023/1/10"})
    assert enter(case, by=bob, values={"filing_date": "令和5年1月10日"}) == []
    assert OwnRecord.objects.count() == 1
