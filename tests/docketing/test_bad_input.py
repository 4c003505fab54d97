"""Bad input: every oddity becomes a task or an error someone sees, never a silent limit or a lost one.

Office data comes the whole way, through a reply or through the sandbox, into stored rows.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.clock import JST
from dossiers.docketing import calendar as calendar_module
from dossiers.docketing.calendar import (
    CalendarBroken,
    national_holidays,
    office_calendar,
    packaged,
    vouched_holidays,
)
from dossiers.docketing.docket import docket
from dossiers.docketing.facts import CaseFacts, EventFact
from dossiers.docketing.rules import JPO_RULES, RuleError, jpo_rules, load_rules
from dossiers.docketing.store import reconcile
from dossiers.models import Case, Event, News, Register, TimeLimit
from dossiers.refresh import jobs
from dossiers.refresh.run import run
from dossiers.refresh.take_in import take_in
from tests import make
from tests.make import SEEN
from tests.replies import answer, document, progress

NUMBER = "2023000123"
REQUESTED = document("A621", "20230201", "52300000900", "出願審査請求書", "S")
NOTICE = document("A131", "20261120", "06126000321", "拒絶理由通知書")
OPINION = document("A53", "20261210", "52600000222", "意見書", "S")


def read(case: Case, *rows: dict[str, str], day: int = 0, law: str = "patent", **more) -> list[News]:
    """The office's list as these rows, read so many days after the first reading."""
    told: list[News] = []
    at = SEEN + timedelta(days=day)
    body = progress(case.application_number, *rows, **more)
    take_in(case, answer(body, case.application_number, law, at=at), now=at, tell=told.extend)
    case.refresh_from_db()
    return told


def open_tasks(case: Case) -> set[str]:
    return set(case.reviews.filter(closed_at=None).values_list("kind", flat=True))


def responses(case: Case) -> list[TimeLimit]:
    return list(case.limits.filter(rule_id="pat.oa.response").order_by("pk"))


def states(limit: TimeLimit) -> list[str]:
    return [change.new for change in limit.changes.filter(field="state").order_by("pk")]


# --- dates ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["", "00000000", "20260230", "20261332", "2026112", "令和8年11月"])
def test_a_notice_without_a_possible_date_is_red_and_starts_nothing(day):
    case = make.case(NUMBER)
    read(case, REQUESTED, {**NOTICE, "legalDate": day})
    assert "no_date" in open_tasks(case) and case.open_reviews > 0
    assert case.events.get(code="A131").account == Event.Account.OPEN
    assert responses(case) == []


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["99991231", "18730101", "00010101", "22010101"])
def test_a_notice_of_an_implausible_day_is_red_and_starts_nothing(day):
    case = make.case(NUMBER)
    read(case, REQUESTED, {**NOTICE, "legalDate": day})
    assert open_tasks(case) & {"date_out_of_range", "no_date"}
    assert case.events.get(code="A131").account == Event.Account.OPEN
    assert not case.limits.filter(rule_id="pat.oa.response", state=TimeLimit.State.OPEN).exists()


@pytest.mark.django_db
def test_a_good_date_that_turns_impossible_takes_its_limit_out_aloud():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    told = read(case, REQUESTED, {**NOTICE, "legalDate": "20261131"}, day=1)
    assert [news.kind for news in told] == [News.Kind.LIMIT_MOVED]
    assert [limit.state for limit in responses(case)] == [TimeLimit.State.GONE]
    assert case.open_reviews > 0 and open_tasks(case) & {"no_date", "vanished"}


@pytest.mark.django_db
def test_a_filing_date_of_the_year_9999_is_a_task():
    case = make.case(NUMBER)
    read(case, filingDate="99991231")
    assert "register_out_of_range" in open_tasks(case)
    assert not case.limits.filter(due=None).exists()


@pytest.mark.django_db
def test_a_register_of_the_year_9999_is_a_task():
    case = make.case(NUMBER)
    read(case, REQUESTED, registrationNumber="7000001", registrationDate="20260105", expireDate="99991231")
    Register.objects.create(case=case, confirmed_at=SEEN, next_annuity_due=date(9999, 12, 31))
    case.refresh_from_db()
    reconcile(case, now=SEEN)
    assert "register_out_of_range" in open_tasks(case)


# --- order ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_opinion_dated_before_the_notice_does_not_answer_it():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE, {**OPINION, "legalDate": "20261119"})
    assert [limit.state for limit in responses(case)] == [TimeLimit.State.OPEN]


@pytest.mark.django_db
def test_a_refusal_dated_before_the_notice_does_not_settle_it():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE, document("A02", "20261101", "06126000999", "拒絶査定"))
    assert [limit.state for limit in responses(case)] == [TimeLimit.State.OPEN]
    assert case.limits.filter(rule_id="pat.appeal", state=TimeLimit.State.OPEN).exists()


@pytest.mark.django_db
def test_a_notice_before_the_filing_still_runs():
    """Dates that cannot both be right: the limit that costs a right stays in sight."""
    case = make.case(NUMBER)
    read(case, {**NOTICE, "legalDate": "20220105"}, filingDate="20230110")
    assert len(responses(case)) == 1


# --- withdrawn and re-sent --------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "name"), [("A26", "誤送通知書"), ("A28", "再送"), ("C28", "再送")])
def test_a_notice_withdrawn_or_sent_again_is_red_and_the_limit_stays(code, name):
    """Which paper is meant is in the letter alone: a person reads it; until then the earlier day counts."""
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    due = responses(case)[0].due
    read(case, REQUESTED, NOTICE, document(code, "20261202", "06126000400", name), day=12)
    assert "redispatch" in open_tasks(case)
    assert case.events.get(code=code).account == Event.Account.OPEN
    assert [(limit.state, limit.due) for limit in responses(case)] == [(TimeLimit.State.OPEN, due)]


@pytest.mark.django_db
def test_the_notice_that_follows_a_misdelivery_has_a_limit_of_its_own():
    case = make.case(NUMBER)
    misdelivered = document("A26", "20261125", "06126000400", "誤送通知書")
    again = document("A131", "20261127", "06126000401", "拒絶理由通知書")
    read(case, REQUESTED, NOTICE, misdelivered, again)
    assert [limit.base_date for limit in responses(case)] == [date(2026, 11, 20), date(2026, 11, 27)]
    assert "redispatch" in open_tasks(case)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", ["A26", "A28"])
def test_at_the_office_itself_a_paper_sent_again_turns_the_case_red(office, alice, code):
    case = at_the_office(office, alice, "patent", "notice")
    office.add_document("patent", case.application_number, code)
    refresh(office, case, alice)
    assert "redispatch" in open_tasks(case)
    assert case.limits.filter(rule_id="pat.oa.response", state=TimeLimit.State.OPEN).exists()


def at_the_office(office, by, law: str, stage: str) -> Case:
    sight = office.cases(law, limit=1, stage=stage)[0]
    case = make.case(sight.case.number, law, title="", filing_date=None)
    refresh(office, case, by)
    return case


def refresh(office, case: Case, by) -> None:
    office.reset_counters()
    jobs.request_refresh(case, by=by)
    run(jobs.claim(), tell=lambda news: None, release=lambda case: None)
    case.refresh_from_db()


# --- what vanishes ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_notice_that_vanishes_and_comes_back_is_told_both_times_and_runs_again():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    gone = read(case, REQUESTED, day=1)
    assert "vanished" in open_tasks(case)
    assert [news.kind for news in gone] == [News.Kind.LIMIT_MOVED]
    back = read(case, REQUESTED, NOTICE, day=2)
    assert "vanished" not in open_tasks(case)
    assert [news.kind for news in back] == [News.Kind.LIMIT_MOVED]
    (limit,) = responses(case)
    assert limit.state == TimeLimit.State.OPEN and states(limit) == ["gone", "open"]
    assert limit.state_reason_en == "it follows from the office's data again"


@pytest.mark.django_db
def test_a_notice_that_comes_back_under_another_number_is_another_notice():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    read(case, REQUESTED, {**NOTICE, "documentNumber": "06126000777"}, day=1)
    assert sorted(limit.state for limit in responses(case)) == ["gone", "open"]
    assert "vanished" in open_tasks(case)


@pytest.mark.django_db
def test_all_documents_gone_at_once_lose_nothing():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    held = case.limits.count(), case.events.count()
    read(case, day=1)
    assert (case.limits.count(), case.events.count()) >= held
    assert case.reviews.filter(kind="vanished", closed_at=None).count() == 2
    assert case.open_reviews >= 2


@pytest.mark.django_db
def test_a_date_that_changes_back_and_forth_leaves_every_value_in_the_history():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    read(case, REQUESTED, {**NOTICE, "legalDate": "20261113"}, day=1)
    read(case, REQUESTED, NOTICE, day=2)
    (limit,) = responses(case)
    moves = [(c.old, c.new) for c in limit.changes.filter(field="due").order_by("pk")]
    assert moves == [("2027-01-19", "2027-01-12"), ("2027-01-12", "2027-01-19")]
    assert all(c.reason_ja and c.reason_en for c in limit.changes.filter(field="due"))


# --- two of a kind ----------------------------------------------------------------------------------------

SECOND = {**NOTICE, "documentNumber": "06126000322"}


@pytest.mark.django_db
def test_two_notices_of_one_day_are_two_limits_and_one_answer_does_not_close_both_in_silence():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE, SECOND)
    assert [limit.state for limit in responses(case)] == ["open", "open"]
    read(case, REQUESTED, NOTICE, SECOND, OPINION, day=21)
    assert "response_ambiguous" in open_tasks(case)
    assert "open" in {limit.state for limit in responses(case)}


@pytest.mark.django_db
def test_the_same_notice_listed_twice_is_one_limit():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE, NOTICE, {**NOTICE, "documentSeparator": "S"})
    assert len(responses(case)) == 1 and case.events.filter(code="A131").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_notices_of_one_day_at_the_office_itself(office, alice):
    case = at_the_office(office, alice, "patent", "examination")
    for _ in range(2):
        office.add_document("patent", case.application_number, "A131")
    refresh(office, case, alice)
    assert case.events.filter(code="A131").count() == len(responses(case)) == 2
    assert {limit.state for limit in responses(case)} == {"open"}


# --- papers nobody has seen before ------------------------------------------------------------------------


def delivered(case: Case, text: str, encoding: str = "cp932", number: str = "06126000321") -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(f"{number}-jpntce.htm", text.encode(encoding, errors="replace"))
    told = answer(
        out.getvalue(), case.application_number, case.law, "app_doc_cont_refusal_reason",
        at=SEEN + timedelta(hours=1),
    )  # fmt: skip
    take_in(case, told, now=SEEN + timedelta(hours=1), tell=lambda news: None)
    case.refresh_from_db()


STRANGE = {
    "English": "<HTML><BODY><PRE>NOTICE OF REASONS FOR REFUSAL\nReply within 60 days.</PRE></BODY></HTML>",
    "Korean": "<HTML><BODY>의견제출통지서 제출기일 2027.01.20</BODY></HTML>",
    "a table": "<HTML><BODY><TABLE><TR><TD>通知</TD><TD>第1号様式</TD></TR></TABLE></BODY></HTML>",
    "nothing": "",
    "no markup": "\x00\x01\x02 ～～～",
}


@pytest.mark.django_db
@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
@pytest.mark.parametrize("encoding", ["cp932", "utf-16"])
def test_a_paper_in_a_language_or_layout_never_seen_is_a_task_and_the_table_counts(text, encoding):
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    delivered(case, text, encoding)
    assert open_tasks(case) & {"unreadable_notice", "notice_without_period", "period_implausible"}
    (limit,) = responses(case)
    assert (limit.state, limit.due, limit.provisional) == ("open", date(2027, 1, 19), True)


@pytest.mark.django_db
def test_a_period_no_notice_has_is_a_task_and_is_not_counted_with():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    delivered(
        case,
        "<HTML><BODY><PRE>拒絶理由通知書\n特許出願の番号　特願2023-000123\n"
        "この通知書の発送の日から９９９日以内に意見書を提出してください。</PRE></BODY></HTML>",
    )
    assert open_tasks(case)
    assert responses(case)[0].due <= date(2027, 1, 19)


# --- another law ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_notice_that_names_the_number_of_another_application_is_not_counted_with():
    """So it is when a patent application is converted and its papers lie in the file of the design."""
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    delivered(
        case,
        "<HTML><BODY><PRE>拒絶理由通知書\n\n特許出願の番号　　　　　　特願２０１９－０００７７７\n"
        "起案日　　　　　　　　　　令和　８年１１月１０日\n\n"
        "　この通知書の発送の日から９０日以内に意見書を提出してください。</PRE></BODY></HTML>",
    )
    assert open_tasks(case) & {"notice_of_other_case", "unreadable_notice"}
    assert responses(case)[0].due == date(2027, 1, 19)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parent", "due"),
    [
        ({"parentApplicationNumber": "2022003333", "filingDate": "20220411"}, date(2025, 4, 11)),
        ({"parentApplicationNumber": "2022003333", "filingDate": ""}, date(2025, 2, 6)),
    ],
)
def test_a_patent_application_converted_from_a_design_counts_from_the_original_or_asks(parent, due):
    """Patent Act Art. 46(6), 44(2), 48-3(2): the later of three years from the original and 30 days."""
    case = make.case(NUMBER)
    read(
        case,
        document("A63", "20250107", "52500000001", "特許願", "S"),
        filingDate="20250107",
        parentApplicationInformation=parent,
    )
    limit = case.limits.get(rule_id="pat.exam.request")
    assert (limit.due, limit.provisional) == (due, True)
    asked = {task for task in open_tasks(case) if task.startswith("original_filing")}
    assert asked == {"original_filing_unsure" if parent["filingDate"] else "original_filing_unknown"}


@pytest.mark.django_db
def test_a_converted_application_that_is_taken_as_withdrawn_ends_its_limits_with_a_word():
    """The former application is deemed withdrawn (Patent Act Art. 46(4)); the office says so by a paper."""
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    read(case, REQUESTED, NOTICE, document("A761", "20261201", "52600000333", "出願取下書", "S"), day=11)
    (limit,) = responses(case)
    assert limit.state == "done" and limit.state_reason_ja and limit.proof.code == "A761"


@pytest.mark.parametrize("law", ["patent", "utility_model", "design", "trademark"])
def test_documents_of_another_law_are_open_or_limits_but_never_lost(law):
    codes = ("A131", "A01", "A02", "C13", "A191", "A13X")
    events = tuple(EventFact(code, code, date(2026, 11, 20), code) for code in codes)
    found = docket(CaseFacts(law, "1", events=events), jpo_rules(), office_calendar())
    assert set(found.accounts) == {event.key for event in events}
    for key, account in found.accounts.items():
        if account.state == "limit":
            # Its limit, or the task that asks a person to read how long it is.
            assert any(limit.event_key == key for limit in found.limits)
        elif account.state == "open":
            assert any(review.event_key == key for review in found.reviews)


# --- clocks -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("jump", [-400, -1, 0, 400])
def test_a_clock_that_jumps_changes_no_limit_of_the_same_data(office, alice, jump):
    case = at_the_office(office, alice, "patent", "notice")
    before = list(case.limits.order_by("pk").values("key", "due", "raw_end", "base_date"))
    assert before
    reconcile(case, now=office.now() + timedelta(days=jump))
    reconcile(case, now=office.now())
    assert list(case.limits.order_by("pk").values("key", "due", "raw_end", "base_date")) == before


@pytest.mark.django_db
def test_answers_that_come_in_the_wrong_order_end_with_what_was_taken_in_last_and_lose_nothing():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE, OPINION, day=2)
    read(case, REQUESTED, NOTICE, day=-3)
    read(case, REQUESTED, NOTICE, OPINION, day=3)
    (limit,) = responses(case)
    assert limit.state == "done" and limit.proof.code == "A53"
    assert case.events.filter(vanished_at=None).count() == 3


@pytest.mark.django_db
def test_a_reading_in_the_year_9999_does_not_stop_the_docket():
    case = make.case(NUMBER)
    far = datetime(9999, 12, 30, tzinfo=JST)
    body = progress(NUMBER, REQUESTED, NOTICE)
    take_in(case, answer(body, NUMBER, at=far), now=far, tell=lambda news: None)
    assert len(responses(case)) == 1


# --- files edited badly -----------------------------------------------------------------------------------

RULES_TEXT = JPO_RULES.read_text(encoding="utf-8")
RULES_LINES = RULES_TEXT.splitlines()
BOOK = jpo_rules()
_LINES = st.integers(0, len(RULES_LINES) - 1)


def _lost(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], *lines[at + 1 :]]


def _doubled(lines: list[str], at: int) -> list[str]:
    return [*lines[: at + 1], *lines[at:]]


def _swapped(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], *reversed(lines[at : at + 2]), *lines[at + 2 :]]


def _indented(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], f"  {lines[at]}", *lines[at + 1 :]]


def _outdented(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], lines[at].removeprefix("  "), *lines[at + 1 :]]


def _halved(lines: list[str], at: int) -> list[str]:
    return [*lines[:at], lines[at][: len(lines[at]) // 2], *lines[at + 1 :]]


def _cut_off(lines: list[str], at: int) -> list[str]:
    return lines[:at]


_MUTATIONS = (_lost, _doubled, _swapped, _indented, _outdented, _halved)


def loaded_or_refused(text: str, folder) -> dict | None:
    """The rules a file of this text gives; None when it is refused with its place."""
    file = folder / "jpo.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        return dict(load_rules(file).rules)
    except RuleError as error:
        assert str(file) in str(error) and error.todo
        return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("rules")


@settings(max_examples=40, deadline=None)
@given(at=_LINES, mutation=st.sampled_from(_MUTATIONS))
def test_a_rule_file_edited_badly_loads_every_rule_or_is_refused_with_the_place(folder, at, mutation):
    found = loaded_or_refused("\n".join(mutation(RULES_LINES, at)), folder)
    # An id cut in half is another id; that no rule is missing is what counts.
    assert found is None or len(found) == len(BOOK.rules)


def test_a_rule_file_cut_off_between_two_rules_is_refused(folder):
    starts = [at for at, line in enumerate(RULES_LINES) if line.startswith("  - id:")]
    assert loaded_or_refused("\n".join(_cut_off(RULES_LINES, starts[len(starts) // 2])), folder) is None


@settings(max_examples=30, deadline=None)
@given(at=st.integers(0, len(RULES_TEXT) - 1), char=st.sampled_from("{}[]:,&*#?|-<>=!%@`\"'\\\t\x00\n 9あ"))
def test_one_wrong_character_never_crashes_and_never_loses_a_rule_in_silence(folder, at, char):
    found = loaded_or_refused(RULES_TEXT[:at] + char + RULES_TEXT[at + 1 :], folder)
    # A character of an id makes another id; what the other files name by it is checked at the start.
    assert found is None or len(found) == len(BOOK.rules)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[]", b"rules:", b"version: 1\nrules: []", b"version: '1'\nrules: {}", b"- a\n- b"],
)
def test_a_file_that_is_no_rule_file_is_refused(tmp_path, content):
    file = tmp_path / "jpo.yaml"
    file.write_bytes(content)
    with pytest.raises(RuleError):
        load_rules(file)


def test_a_rule_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RuleError, match=r"gone\.yaml"):
        load_rules(tmp_path / "gone.yaml")


HOLIDAYS_TEXT = (calendar_module.DATA / "holidays.tsv").read_text(encoding="utf-8")
HOLIDAY_LINES = HOLIDAYS_TEXT.splitlines()
_HOLIDAY_ROWS = [place for place, line in enumerate(HOLIDAY_LINES) if not line.startswith("#")]


def _read(lines: list[str]) -> dict[date, str] | None:
    try:
        return dict(vouched_holidays("\n".join(lines), packaged()))
    except CalendarBroken as error:
        assert "holidays.tsv" in str(error)
        return None


@settings(max_examples=60, deadline=None)
@given(
    at=st.sampled_from(_HOLIDAY_ROWS),
    mutation=st.sampled_from([_doubled, _swapped, _indented, _halved, _cut_off]),
)
def test_a_list_of_holidays_edited_badly_is_whole_or_refused(at, mutation):
    found = _read(mutation(HOLIDAY_LINES, at))
    assert found is None or set(found) == set(national_holidays())


def test_no_holiday_can_be_lost_from_the_list_in_silence():
    passed = [HOLIDAY_LINES[at] for at in _HOLIDAY_ROWS[::7] if _read(_lost(HOLIDAY_LINES, at)) is not None]
    assert passed == []


def test_no_holiday_can_become_the_day_beside_it_in_silence():
    assert _read(HOLIDAY_LINES) == dict(national_holidays())
    assert _read("\n".join(HOLIDAY_LINES).replace("2026-11-23", "2026-11-24").split("\n")) is None
