"""What a docketing clerk would say of a file: which limits it has, what settles them, what is unclear."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.codes import lookup
from dossiers.docketing.docket import docket
from dossiers.docketing.explain import explain
from dossiers.docketing.facts import CaseFacts, EventFact, NoticeFact, RegisterFact
from dossiers.docketing.fees import jpo_fees
from dossiers.docketing.results import Docket, PlannedLimit
from dossiers.docketing.rules import jpo_rules
from dossiers.docketing.stage import STAGES, derive_stage

RULES, CALENDAR = jpo_rules(), office_calendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


def event(code: str, on: str | None, key: str = "", **more: Any) -> EventFact:
    number = more.pop("number", f"no-{code}-{on}-{key}")
    more.setdefault("notice_state", "none" if not code.startswith(("A131", "C13")) else "read")
    return EventFact(key or f"{code}@{on}", code, day(on) if on else None, document_number=number, **more)


def printed(n: int, unit: str = "day", **more: Any) -> NoticeFact:
    return NoticeFact(n, unit, quote=f"発送の日から{n}以内", **more)


def notice(on: str | None, n: int = 60, unit: str = "day", key: str = "", **more: Any) -> EventFact:
    return event("A131", on, key, notice=printed(n, unit), **more)


def case(*events: EventFact, law: str = "patent", **more: Any) -> CaseFacts:
    more.setdefault("residency", "resident")
    return CaseFacts(law, "2021000001", events=events, **more)  # type: ignore[arg-type]


def run(facts: CaseFacts) -> Docket:
    return docket(facts, RULES, CALENDAR)


def limits(facts: CaseFacts) -> dict[str, PlannedLimit]:
    return {limit.rule_id: limit for limit in run(facts).limits}


def kinds(facts: CaseFacts) -> set[str]:
    return {review.kind for review in run(facts).reviews}


def only(facts: CaseFacts, rule_id: str) -> PlannedLimit:
    found = [limit for limit in run(facts).limits if limit.rule_id == rule_id]
    assert len(found) == 1
    return found[0]


# law, residency, code, base -> rule, due
TABLE = [
    ("patent", "resident", "A131", "2024-02-27", "pat.oa.response", "2024-04-30"),
    ("patent", "overseas", "A131", "2024-02-27", "pat.oa.response", "2024-05-27"),
    ("patent", "unknown", "A131", "2024-02-27", "pat.oa.response", "2024-04-30"),
    ("patent", "mixed", "A131", "2024-02-27", "pat.oa.response", "2024-04-30"),
    ("design", "resident", "A131", "2025-01-10", "design.oa.response", "2025-02-19"),
    ("trademark", "overseas", "A131", "2025-01-10", "tm.oa.response", "2025-04-10"),
    ("patent", "resident", "C13", "2024-02-27", "pat.appeal.oa", "2024-04-30"),
    ("patent", "resident", "A02", "2024-02-29", "pat.appeal", "2024-05-31"),
    ("patent", "overseas", "A02", "2024-02-29", "pat.appeal", "2024-07-01"),
    ("patent", "unknown", "A02", "2024-02-29", "pat.appeal", "2024-05-31"),
    ("design", "overseas", "A02", "2026-01-13", "design.appeal", "2026-04-13"),
    ("trademark", "overseas", "A02", "2026-01-13", "tm.appeal", "2026-04-13"),
    ("patent", "overseas", "A01", "2024-07-09", "pat.reg.fee", "2024-08-08"),
    ("design", "resident", "A01", "2025-04-01", "design.reg.fee", "2025-05-01"),
    ("trademark", "resident", "A01", "2025-04-01", "tm.reg.fee", "2025-05-01"),
    ("design", "resident", "A191", "2026-01-13", "design.amendment.dismissal.appeal", "2026-04-13"),
    ("trademark", "resident", "A192", "2026-01-13", "tm.amendment.dismissal", "2026-04-13"),
    ("patent", "overseas", "A2529", "2025-01-10", "pat.48_7", "2025-03-11"),
    ("patent", "resident", "A223", "2025-01-10", "pat.39_6", "2025-03-11"),
    ("utility_model", "resident", "A111", "2025-01-10", "any.formality.order", "2025-02-10"),
]


@pytest.mark.parametrize(("law", "residency", "code", "on", "rule", "due"), TABLE)
def test_length_by_table(law: str, residency: str, code: str, on: str, rule: str, due: str) -> None:
    facts = case(event(code, on, notice_state="not_fetched"), law=law, residency=residency)
    limit = only(facts, rule)
    assert limit.calculation.due == day(due)
    assert limit.key == f"{rule}:{code}@{on}"
    assert limit.done_reason is None
    assert run(facts).accounts[f"{code}@{on}"].state == "limit"


def test_the_printed_period_beats_the_table_and_a_disagreement_is_shown() -> None:
    facts = case(notice("2025-01-10", 40))
    calculation = only(facts, "pat.oa.response").calculation
    assert (calculation.period_source, calculation.due) == ("notice", day("2025-02-19"))
    assert "period_disagrees" in kinds(facts)


def test_the_overseas_period_printed_for_an_unknown_applicant_is_used_and_named() -> None:
    facts = case(notice("2025-01-10", 3, "month"), residency="unknown")
    calculation = only(facts, "pat.oa.response").calculation
    assert calculation.due == day("2025-04-10")
    assert not calculation.provisional
    assert any("overseas parties" in line for line in explain(calculation, "en"))
    assert not kinds(facts)


def test_the_overseas_period_printed_for_a_resident_is_a_disagreement() -> None:
    assert "period_disagrees" in kinds(case(notice("2025-01-10", 3, "month")))


@pytest.mark.parametrize(("residency", "due"), [("overseas", "2025-04-10"), ("unknown", "2025-03-11")])
def test_two_printed_periods_go_by_residency(residency: str, due: str) -> None:
    both = event("A131", "2025-01-10", notice=printed(60, overseas_n=3))
    limit = only(case(both, residency=residency), "pat.oa.response")
    assert limit.calculation.due == day(due)


def test_an_unread_notice_gets_a_provisional_limit_that_says_so() -> None:
    facts = case(event("A131", "2025-01-10", notice_state="not_fetched"))
    calculation = only(facts, "pat.oa.response").calculation
    assert calculation.provisional
    assert any("has not been read yet" in line for line in explain(calculation, "en"))
    assert "unreadable_notice" not in kinds(facts)


def test_an_unreadable_notice_gets_a_limit_and_a_review() -> None:
    facts = case(event("A131", "2025-01-10", notice_state="unreadable"))
    assert only(facts, "pat.oa.response").calculation.due == day("2025-03-11")
    assert "unreadable_notice" in kinds(facts)


@pytest.mark.parametrize("wrong", [printed(0), printed(-3), printed(6000), printed(3, "fortnight")])
def test_an_implausible_printed_period_is_not_used(wrong: NoticeFact) -> None:
    facts = case(event("A131", "2025-01-10", notice=wrong))
    assert only(facts, "pat.oa.response").calculation.due == day("2025-03-11")
    assert "period_implausible" in kinds(facts)


def test_a_notice_that_names_another_application_is_not_believed() -> None:
    facts = case(event("A131", "2025-01-10", notice=printed(40, application_number="特願2019-123")))
    assert only(facts, "pat.oa.response").calculation.due == day("2025-03-11")
    assert "notice_of_other_case" in kinds(facts)


def test_a_final_notice_is_called_one() -> None:
    limit = only(case(event("A131", "2025-01-10", notice=printed(60, final=True))), "pat.oa.response")
    assert "最後" in limit.title_ja and "final" in limit.title_en


def test_a_notice_after_the_appeal_has_no_late_extension() -> None:
    facts = case(event("A02", "2024-01-10"), event("C60", "2024-04-10"), notice("2024-06-03"))
    ladder = only(facts, "pat.appeal.oa").calculation.ladder
    assert [rung.kind for rung in ladder] == ["extension"]


def test_the_ladder_of_a_resident_patent_notice() -> None:
    ladder = only(case(notice("2024-02-27")), "pat.oa.response").calculation.ladder
    assert [(rung.kind, rung.due, jpo_fees().of_rung(rung).yen) for rung in ladder] == [
        ("extension", day("2024-06-27"), 2100),
        ("late_extension", day("2024-06-27"), 51000),
    ]


def test_the_ladder_of_an_annuity_runs_in_two_steps() -> None:
    register = RegisterFact(day("2022-01-12"), day("2041-01-10"), day("2026-01-12"), 4)
    limit = only(case(register=register, registration_number="7000001"), "pat.annuity")
    assert (limit.calculation.raw_end, limit.calculation.due) == (day("2026-01-12"), day("2026-01-13"))
    assert [(rung.kind, rung.due) for rung in limit.calculation.ladder] == [
        ("grace", day("2026-07-13")),
        ("restoration", day("2027-07-13")),
    ]


# --- answers --------------------------------------------------------------------------------------


def test_an_opinion_answers_the_notice_and_is_the_proof() -> None:
    facts = case(notice("2024-02-27"), event("A53", "2024-04-24", number="52400900001"))
    limit = only(facts, "pat.oa.response")
    assert (limit.done_by, limit.done_reason) == ("A53@2024-04-24", "answered")
    assert "52400900001" in limit.done_ja and "52400900001" in limit.done_en


def test_the_order_of_the_file_does_not_matter() -> None:
    events = (
        notice("2024-02-27"),
        event("A53", "2024-04-24"),
        notice("2024-09-03"),
        event("A621", "2021-05-01"),
    )
    forward, backward = run(case(*events)), run(case(*reversed(events)))
    assert forward.limits == backward.limits
    assert forward.accounts == backward.accounts


def test_each_opinion_answers_the_notice_of_its_own_time() -> None:
    facts = case(
        notice("2023-02-01", key="n1"),
        event("A53", "2023-03-20", "r1"),
        notice("2024-02-01", key="n2"),
        event("A53", "2024-03-20", "r2"),
    )
    assert {limit.event_key: limit.done_by for limit in run(facts).limits} == {"n1": "r1", "n2": "r2"}


def test_an_opinion_before_the_notice_answers_nothing() -> None:
    facts = case(event("A53", "2024-02-20"), notice("2024-02-27"))
    assert only(facts, "pat.oa.response").done_reason is None


def test_two_notices_on_one_day_and_one_opinion_stay_open() -> None:
    facts = case(notice("2024-02-27", key="a"), notice("2024-02-27", key="b"), event("A53", "2024-04-01"))
    assert [limit.done_reason for limit in run(facts).limits] == [None, None]
    assert "response_ambiguous" in kinds(facts)


def test_an_amendment_that_crossed_with_the_notice_leaves_it_open() -> None:
    facts = case(notice("2024-02-27"), event("A523", "2024-02-27"))
    assert only(facts, "pat.oa.response").done_reason is None
    assert "response_ambiguous" in kinds(facts)


def test_a_very_late_opinion_leaves_the_limit_open_with_a_review() -> None:
    facts = case(notice("2024-02-27"), event("A53", "2025-02-27"))
    assert only(facts, "pat.oa.response").done_reason is None
    assert "answered_late" in kinds(facts)


def test_an_opinion_after_the_due_date_but_within_reach_closes_and_is_shown() -> None:
    facts = case(
        event("A131", "2024-02-27", notice_state="not_fetched"),
        event("A53", "2024-05-20"),
        residency="unknown",
    )
    assert only(facts, "pat.oa.response").done_reason == "answered"
    assert "answered_late" in kinds(facts)


def test_an_amendment_alone_settles_the_notice_but_is_put_before_a_person_until_the_office_goes_on() -> None:
    amended = (notice("2024-02-27"), event("A523", "2024-03-10"))
    for law in ("patent", "design", "trademark"):
        found = run(case(*amended, law=law))
        assert found.limits[0].done_by == "A523@2024-03-10"
        assert "amendment_only" in found.limits[0].warnings
    assert "amendment_only" in kinds(case(*amended))
    assert "amendment_only" not in kinds(case(*amended, event("A53", "2024-04-01")))
    assert "amendment_only" not in kinds(case(*amended, event("A01", "2024-07-01")))


def test_an_opinion_that_crossed_with_a_second_notice_does_not_answer_it() -> None:
    """A further opinion on the first notice, filed on the very day on which the second is dispatched."""
    facts = case(
        notice("2024-02-01", key="n1"),
        event("A53", "2024-03-01", "r1"),
        notice("2024-03-20", key="n2"),
        event("A53", "2024-03-20", "r2"),
    )
    assert {limit.event_key: limit.done_by for limit in run(facts).limits} == {"n1": "r1", "n2": None}
    assert "response_ambiguous" in kinds(facts)


@pytest.mark.parametrize("code", ["A01", "A02", "C03"])
@pytest.mark.parametrize("order", ["A112", "A102"])
def test_a_decision_does_not_settle_an_order_on_formalities(code: str, order: str) -> None:
    """The order may concern a change of name, which is dismissed by itself."""
    asked = event(order, "2024-02-27", "order", notice=printed(30), notice_state="read")
    facts = case(asked, event(code, "2024-03-10"))
    assert [x.done_reason for x in run(facts).limits if x.event_key == "order"] == [None]


def test_an_undated_opinion_closes_nothing() -> None:
    facts = case(notice("2024-02-27"), event("A53", None))
    assert only(facts, "pat.oa.response").done_reason is None
    assert run(facts).accounts["A53@None"].state == "own"


@pytest.mark.parametrize("code", ["A01", "A02", "A761", "A043"])
def test_a_later_decision_overtakes_an_unanswered_notice(code: str) -> None:
    limit = only(case(notice("2024-02-27"), event(code, "2025-01-10")), "pat.oa.response")
    assert (limit.done_reason, limit.done_by) == ("overtaken", f"{code}@2025-01-10")


def test_a_decision_of_the_same_day_overtakes_nothing() -> None:
    facts = case(notice("2024-02-27", key="a"), event("A02", "2024-02-27", "b"))
    assert only(facts, "pat.oa.response").done_reason is None


def test_a_request_for_examination_older_than_the_application_is_no_proof() -> None:
    facts = case(event("A621", "2022-01-01"), filing_date=day("2023-02-28"))
    assert only(facts, "pat.exam.request").done_reason is None


def test_a_notice_after_registration_is_not_settled_by_it() -> None:
    late = event("A251", "2025-01-10", notice=printed(30), notice_state="read")
    facts = case(late, registration_date=day("2024-08-05"))
    assert only(facts, "any.notice.with_period").done_reason is None


def test_the_appeal_answers_the_refusal() -> None:
    assert (
        only(case(event("A02", "2024-02-29"), event("C60", "2024-05-31")), "pat.appeal").done_reason
        == "answered"
    )


def test_the_fee_answers_the_grant_and_a_repeated_grant_is_one() -> None:
    facts = case(
        event("A01", "2024-07-09", "one"), event("A01", "2024-07-09", "two"), event("R100", "2024-07-24")
    )
    assert only(facts, "pat.reg.fee").done_by == "R100@2024-07-24"
    assert run(facts).accounts["two"].state == "limit"


def test_registration_settles_what_was_pending_before_it() -> None:
    facts = case(event("A01", "2024-07-09"), registration_date=day("2024-08-05"))
    assert only(facts, "pat.reg.fee").done_reason == "overtaken"


@pytest.mark.parametrize("code", ["C60", "C601", "C63", "C636"])
def test_a_trial_after_registration_is_open(code: str) -> None:
    facts = case(event(code, "2025-03-01"), registration_date=day("2024-08-05"))
    assert run(facts).accounts[f"{code}@2025-03-01"].state == "open"
    assert "trial_after_registration" in kinds(facts)


# --- extensions -----------------------------------------------------------------------------------


def test_a_request_in_time_moves_the_due_date_as_one_period() -> None:
    facts = case(notice("2022-10-31"), event("A601", "2023-01-04"))
    calculation = only(facts, "pat.oa.response").calculation
    assert (calculation.raw_end, calculation.due) == (day("2023-02-28"), day("2023-02-28"))
    assert [(rung.kind, rung.requested) for rung in calculation.ladder] == [("extension", True)]


def test_two_requests_of_an_overseas_applicant_make_six_months() -> None:
    first, second = event("A601", "2022-12-20", "e1"), event("A601", "2022-12-20", "e2")
    facts = case(notice("2022-09-30", 3, "month"), first, second, residency="overseas")
    assert only(facts, "pat.oa.response").calculation.due == day("2023-03-31")


def test_a_second_request_of_a_resident_changes_nothing_and_is_shown() -> None:
    facts = case(notice("2022-10-31"), event("A601", "2022-12-20", "e1"), event("A601", "2023-01-20", "e2"))
    assert only(facts, "pat.oa.response").calculation.due == day("2023-02-28")
    assert "extension_unclear" in kinds(facts)


def test_a_request_after_expiry_moves_the_due_date() -> None:
    facts = case(notice("2024-02-27"), event("A603", "2024-05-20"))
    assert only(facts, "pat.oa.response").calculation.due == day("2024-06-27")


def test_a_patent_period_extended_in_time_is_not_extended_again_after_expiry() -> None:
    facts = case(notice("2024-02-27"), event("A601", "2024-04-01"), event("A603", "2024-07-15"))
    assert only(facts, "pat.oa.response").calculation.due == day("2024-06-27")
    assert "extension_unclear" in kinds(facts)


def test_a_request_that_may_be_for_two_notices_extends_neither() -> None:
    facts = case(notice("2024-02-27", key="a"), notice("2024-03-05", key="b"), event("A601", "2024-04-01"))
    assert [limit.calculation.due for limit in run(facts).limits] == [day("2024-04-30"), day("2024-05-07")]
    assert "extension_unclear" in kinds(facts)


def test_a_trademark_may_be_extended_again_after_expiry() -> None:
    facts = case(
        notice("2025-01-10", 40), event("A601", "2025-02-10"), event("A603", "2025-04-10"), law="trademark"
    )
    assert only(facts, "tm.oa.response").calculation.due == day("2025-05-19")


# --- limits without a document ---------------------------------------------------------------------


def test_request_for_examination() -> None:
    facts = case(filing_date=day("2023-02-28"))
    limit = only(facts, "pat.exam.request")
    assert limit.calculation.due == day("2026-03-02")
    assert jpo_fees().of_rung(limit.calculation.ladder[0]).yen == 212100
    assert only(case(event("A621", "2024-01-01"), filing_date=day("2023-02-28")), "pat.exam.request").done_by


@pytest.mark.parametrize(
    ("received", "due", "base"),
    [("2024-10-01", "2025-04-11", "2022-04-11"), ("2026-01-13", "2026-02-12", "2026-01-13")],
)
def test_a_divisional_has_three_years_from_the_original_filing_or_thirty_days(
    received: str, due: str, base: str
) -> None:
    facts = case(
        event("A63", received),
        filing_date=day("2022-04-11"),
        derived=True,
        original_filing_date=day("2022-04-11"),
    )
    for shown in (facts, replace(facts, filing_date=day(received))):
        limit = only(shown, "pat.exam.request")
        assert (limit.calculation.due, limit.calculation.base_date) == (day(due), day(base))


def test_a_divisional_of_unknown_origin_never_gets_three_years_from_its_own_filing() -> None:
    facts = case(filing_date=day("2026-01-13"), derived=True)
    limit = only(facts, "pat.exam.request")
    assert (limit.calculation.due, limit.calculation.provisional) == (day("2026-02-12"), True)
    assert "original_filing_unknown" in kinds(facts)


def test_an_international_application_asks_for_its_filing_date() -> None:
    assert "pct_filing_date" in kinds(case(filing_date=day("2023-02-28"), international_filing=True))
    assert "filing_date_unknown" in kinds(case(international_filing=True))


def test_a_first_notice_shows_that_examination_was_requested() -> None:
    facts = case(notice("2024-02-27"), filing_date=day("2023-02-28"))
    assert only(facts, "pat.exam.request").done_reason == "overtaken"


def test_annuity_by_paid_years_when_the_register_names_no_date() -> None:
    register = RegisterFact(day("2024-08-05"), day("2040-07-20"), None, 3)
    limit = only(case(register=register), "pat.annuity")
    assert (limit.calculation.due, limit.key) == (day("2027-08-05"), "pat.annuity:4")
    assert "年分" in limit.title_ja


def test_a_registered_right_without_a_known_payment_asks() -> None:
    assert "annuity_unknown" in kinds(case(registration_number="7000001"))


def test_no_annuity_after_the_last_year_of_the_term() -> None:
    register = RegisterFact(day("2024-08-05"), day("2030-07-20"), None, 6)
    facts = case(register=register)
    assert not run(facts).limits and not kinds(facts)


def test_renewal_of_a_mark_with_its_window_and_late_period() -> None:
    register = RegisterFact(day("2020-04-10"), day("2030-04-10"), day("2030-04-10"), 10)
    facts = case(register=register, law="trademark")
    assert [limit.rule_id for limit in run(facts).limits] == ["tm.renewal"]
    calculation = only(facts, "tm.renewal").calculation
    assert calculation.due == day("2030-04-10")
    assert calculation.ladder[0].due == day("2030-10-10")
    assert any("2029-10-11" in line for line in explain(calculation, "ja"))


def test_second_instalment_of_a_mark() -> None:
    register = RegisterFact(day("2020-04-10"), day("2030-04-10"), None, 5)
    limit = only(case(register=register, law="trademark"), "tm.instalment2")
    assert limit.calculation.due == day("2025-04-10")


def test_the_second_instalment_of_a_renewed_mark_is_not_lost() -> None:
    register = RegisterFact(day("2010-04-10"), day("2030-04-10"), None, 15)
    assert only(case(law="trademark", register=register), "tm.instalment2").calculation.due == day(
        "2025-04-10"
    )
    odd = RegisterFact(day("2010-04-10"), day("2030-04-10"), None, 12)
    assert "annuity_unknown" in kinds(case(law="trademark", register=odd))


def test_a_right_that_ended_early_is_asked_about_and_its_limits_are_settled() -> None:
    register = RegisterFact(day("2012-08-05"), day("2030-07-20"), day("2025-08-05"), 12, day("2025-08-05"))
    facts = case(register=register)
    docket = run(facts)
    assert {limit.done_reason for limit in docket.limits} == {"right_ended"}
    (asked,) = [review for review in docket.reviews if review.kind == "right_ended"]
    assert "2027-02-05" in asked.detail_ja and "2027-02-05 at the latest" in asked.detail_en


def test_a_right_that_lapsed_before_there_was_restoration_is_not_asked_about() -> None:
    register = RegisterFact(day("2002-08-05"), day("2020-07-20"), day("2015-08-05"), 12, day("2015-08-05"))
    assert "right_ended" not in kinds(case(register=register))
    unpaid = RegisterFact(disappearance_date=day("2015-08-05"))
    facts = case(register=unpaid, registration_number="7000001")
    assert "right_ended" in kinds(facts), "how it ended is not known"
    (asked,) = [review for review in run(facts).reviews if review.kind == "right_ended"]
    assert "{" not in asked.detail_en and asked.detail_en.endswith("restoration.")


APPEALED = (event("A02", "2024-02-01"), event("C60", "2024-04-01"))


@pytest.mark.parametrize(
    ("more", "account"),
    [
        ((), "no_limit"),
        ((event("A02", "2025-03-01"),), "limit"),
        ((event("C60", "2025-03-01"),), "limit"),
    ],
)
def test_a_decision_on_an_appeal_that_the_registration_overtook_is_not_asked_about(more, account) -> None:
    decided = event("C03", "2025-02-03")
    facts = case(*APPEALED, decided, *more, registration_date=day("2025-06-02"))
    assert run(facts).accounts[decided.key].state == account
    assert ("grants" in kinds(facts)) == (account == "limit")
    later = case(*APPEALED, decided, registration_date=day("2025-01-06"))
    alone = case(decided, registration_date=day("2025-06-02"))
    for unread in (later, case(*APPEALED, decided), alone):  # about the right, and still to be read
        assert run(unread).accounts[decided.key].state == "limit"
        assert "grants" in kinds(unread)


# --- decisions of the board -----------------------------------------------------------------------


@pytest.mark.parametrize(("code", "asked"), [("C03", "grants"), ("C16", "suit")])
@pytest.mark.parametrize("law", ["patent", "design", "trademark"])
def test_the_suit_against_a_decision_is_dated_as_uncertain_and_its_conclusion_is_asked(law, code, asked):
    """Served on Friday 10 January 2025: 30 days end on Sunday 9 February, an immutable period."""
    facts = case(event(code, "2025-01-10"), law=law)
    limit = only(facts, "trial.suit")
    assert limit.calculation.due == day("2025-02-09") and not limit.calculation.rolled
    assert limit.calculation.provisional and limit.done_reason is None
    assert asked in kinds(facts) and asked in limit.warnings
    assert any("grants or refuses" in line for line in explain(limit.calculation, "en"))
    assert any("結論" in line for line in explain(limit.calculation, "ja"))


def test_the_additional_period_of_an_overseas_party_is_offered_and_not_counted():
    limit = only(case(event("C03", "2025-01-10"), residency="overseas"), "trial.suit")
    assert limit.calculation.due == day("2025-02-09")
    (additional,) = limit.calculation.ladder
    assert additional.due == day("2025-05-10"), "120 days as one period"
    assert "only as named in the decision" in additional.condition_en
    assert not only(case(event("C03", "2025-01-10")), "trial.suit").calculation.ladder


@pytest.mark.parametrize("code", ["A94", "C665"])
def test_a_suit_on_file_meets_the_limit(code):
    limit = only(case(event("C03", "2025-01-10"), event(code, "2025-02-05", "suit")), "trial.suit")
    assert (limit.done_reason, limit.done_by) == ("answered", "suit")


def test_a_case_back_under_examination_was_not_refused_by_the_board():
    limit = only(case(*APPEALED, event("C03", "2025-02-03"), notice("2025-02-20", key="again")), "trial.suit")
    assert (limit.done_reason, limit.done_by) == ("overtaken", "again")


# --- papers about the application, and about a procedure of its own --------------------------------


@pytest.mark.parametrize("code", ["A111", "A101"])
def test_registration_ends_what_was_ordered_of_the_application_itself(code):
    order = event(code, "2025-01-10", "order", notice=printed(30), notice_state="read")
    facts = case(order, event("R150", "2025-06-10", "r"), registration_date=day("2025-06-02"))
    (limit,) = [one for one in run(facts).limits if one.event_key == "order"]
    assert (limit.done_reason, limit.done_by) == ("overtaken", "r")
    assert "2025-06-02" in limit.done_en and "registered_meanwhile" not in kinds(facts)


@pytest.mark.parametrize("code", ["A112", "A102", "A103", "A241"])
def test_registration_does_not_end_what_may_concern_another_paper(code):
    order = event(code, "2025-01-10", "order", notice=printed(30), notice_state="read")
    decided = event("A01", "2025-02-03")
    facts = case(order, decided, registration_date=day("2025-06-02"))
    (limit,) = [one for one in run(facts).limits if one.event_key == "order"]
    assert limit.done_reason is None and limit.calculation.provisional
    assert "registered_meanwhile" in limit.warnings and "registered_meanwhile" in kinds(facts)
    assert any("2025-06-02" in line for line in explain(limit.calculation, "en"))


def test_an_examiners_notice_ends_with_the_decision():
    asked = event("A251", "2025-01-10", "asked", notice=printed(30), notice_state="read")
    assert only(case(asked, event("A01", "2025-02-03", "g")), "any.notice.with_period").done_by == "g"


# --- what may be an international registration ------------------------------------------------------


def test_fees_of_what_may_be_an_international_registration_are_not_shown_as_certain():
    facts = replace(case(event("A01", "2025-01-10"), law="trademark"), application_number="2024350001")
    limit = only(facts, "tm.reg.fee")
    assert limit.calculation.provisional and "international_registration" in kinds(facts)
    assert any("Madrid" in line for line in explain(limit.calculation, "en"))
    ordinary = replace(facts, application_number="2024050001")
    assert not only(ordinary, "tm.reg.fee").calculation.provisional


def test_far_limits_rest_on_holidays_not_announced() -> None:
    register = RegisterFact(day("2024-08-05"), day("2044-07-20"), day("2039-08-05"), 15)
    assert only(case(register=register), "pat.annuity").calculation.provisional


# --- accounts -------------------------------------------------------------------------------------

STATES = [
    ("A131", "limit"),
    ("A53", "own"),
    ("A63", "own"),
    ("A252", "no_limit"),
    ("A242", "no_limit"),
    ("A231", "no_limit"),
    ("A971007", "no_limit"),
    ("R150", "no_limit"),
    ("A191", "no_limit"),
    ("C23", "no_limit"),
    ("C10", "open"),
    ("C14", "open"),
    ("C171", "open"),
    ("C03", "limit"),
    ("C16", "limit"),
    ("A831", "open"),
    ("A502", "open"),
    ("Z99", "open"),
    ("", "open"),
    ("A251", "open"),
    ("A132", "open"),
    ("A224", "open"),
]


@pytest.mark.parametrize(("code", "state"), STATES)
def test_account_of_a_document(code: str, state: str) -> None:
    facts = case(event(code, "2025-01-10", "e"))
    result = run(facts)
    account = result.accounts["e"]
    assert account.state == state
    assert account.reason_ja and account.reason_en
    assert state != "open" or any(review.event_key == "e" for review in result.reviews)


def test_a_notice_with_its_own_period_gets_a_limit_once_read() -> None:
    facts = case(event("A251", "2025-01-10", notice=printed(30), notice_state="read"))
    assert only(facts, "any.notice.with_period").calculation.due == day("2025-02-10")


def test_an_order_to_an_overseas_party_says_read_the_document() -> None:
    facts = case(event("A111", "2025-01-10"), residency="overseas")
    assert "read_document" in kinds(facts)
    assert run(facts).accounts["A111@2025-01-10"].state == "open"


def test_an_undated_notice_is_open() -> None:
    facts = case(notice(None))
    assert run(facts).accounts["A131@None"].state == "open"
    assert "no_date" in kinds(facts)


def test_a_design_dismissal_has_a_limit_and_a_patent_one_says_why_not() -> None:
    assert lookup("A191", "design").treatment == "limit"
    account = run(case(event("A191", "2025-01-10", "e"))).accounts["e"]
    assert "53" in account.reason_ja


# --- whole stories --------------------------------------------------------------------------------


def test_a_patent_from_filing_to_its_first_annuity() -> None:
    facts = case(
        event("A63", "2020-07-20"),
        event("A621", "2022-06-01"),
        event("A971007", "2024-01-20"),
        notice("2024-02-27"),
        event("A53", "2024-04-24"),
        event("A523", "2024-04-24"),
        event("A01", "2024-07-09"),
        event("R100", "2024-07-24"),
        event("A61", "2024-07-24"),
        event("R150", "2024-08-20"),
        filing_date=day("2020-07-20"),
        register=RegisterFact(day("2024-08-05"), day("2040-07-20"), day("2027-08-05"), 3),
    )
    result = run(facts)
    assert not result.reviews
    still_open = [limit for limit in result.limits if not limit.done_reason]
    assert [(limit.rule_id, limit.calculation.due) for limit in still_open] == [
        ("pat.annuity", day("2027-08-05"))
    ]
    assert {a.state for a in result.accounts.values()} == {"own", "limit", "no_limit"}
    assert derive_stage(facts).code == "registered"


def test_a_refusal_reversed_in_pre_appeal_examination() -> None:
    facts = case(
        event("A02", "2023-01-10"),
        event("C60", "2023-04-10"),
        event("A523", "2023-04-10"),
        event("A911", "2023-05-01"),
        event("A01", "2023-07-04"),
    )
    found = limits(facts)
    assert found["pat.appeal"].done_reason == "answered"
    assert found["pat.reg.fee"].done_reason is None
    assert derive_stage(facts).code == "allowed"


STORIES = [
    ((), "unknown"),
    (("A63",), "filed"),
    (("A63", "A621"), "awaiting_examination"),
    (("A621", "A131"), "response_due"),
    (("A131", "A53"), "awaiting_next_action"),
    (("A131", "A53", "A131"), "response_due"),
    (("A131", "A53", "A01"), "allowed"),
    (("A131", "A02"), "refused"),
    (("A02", "C60"), "appeal"),
    (("A02", "C60", "C13"), "response_due"),
    (("A131", "A761"), "withdrawn"),
    (("A111", "A043"), "dismissed"),
]


@pytest.mark.parametrize(("codes", "stage"), STORIES)
def test_stage(codes: tuple[str, ...], stage: str) -> None:
    start = day("2024-01-10")
    events = [event(c, str(start + timedelta(days=40 * i)), f"e{i}") for i, c in enumerate(codes)]
    found = derive_stage(case(*events))
    assert found.code == stage
    assert found.basis_ja and found.basis_en


def test_a_lapsed_right_is_lapsed_whatever_else_is_on_file() -> None:
    assert derive_stage(case(notice("2024-02-27"), erased=True)).code == "lapsed"
    assert derive_stage(case(registration_number="7000001")).code == "registered"


# --- what must hold for any facts -------------------------------------------------------------------

ANY_DATE = st.one_of(st.none(), st.dates(), st.dates(date(2020, 1, 1), date(2021, 12, 31)))
CODES = ["A131", "C13", "A02", "A01", "A53", "A523", "A601", "A603", "C60", "C03", "A191", "A111", "A251"]
CODES += ["A621", "R100", "R150", "A761", "A252", "C10", "A602", "C50", "A223", "A826", "XYZ", ""]
NOTICES = st.one_of(
    st.none(),
    st.builds(
        NoticeFact,
        period_n=st.one_of(st.none(), st.integers()),
        period_unit=st.sampled_from([None, "day", "month", "year", "?"]),
        overseas_n=st.one_of(st.none(), st.integers(-5, 400)),
        final=st.sampled_from([None, True, False]),
        quote=st.text(max_size=5),
        application_number=st.one_of(st.none(), st.text(max_size=12)),
    ),
)
EVENTS = st.lists(
    st.builds(
        EventFact,
        key=st.text("ab", min_size=1, max_size=3),
        code=st.sampled_from(CODES),
        legal_date=ANY_DATE,
        notice=NOTICES,
        notice_state=st.sampled_from(["read", "unreadable", "not_fetched", "none"]),
    ),
    max_size=9,
).map(tuple)
FACTS = st.builds(
    CaseFacts,
    law=st.sampled_from(["patent", "utility_model", "design", "trademark"]),
    application_number=st.sampled_from(["2021000001", "", "特願２０２１"]),
    residency=st.sampled_from(["resident", "overseas", "mixed", "unknown"]),
    filing_date=ANY_DATE,
    international_filing=st.booleans(),
    registration_number=st.sampled_from([None, "7000001"]),
    registration_date=ANY_DATE,
    expire_date=ANY_DATE,
    disappearance_date=ANY_DATE,
    erased=st.booleans(),
    register=st.one_of(
        st.none(),
        st.builds(RegisterFact, ANY_DATE, ANY_DATE, ANY_DATE, st.one_of(st.none(), st.integers()), ANY_DATE),
    ),
    events=EVENTS,
)


def _check_proof(facts: CaseFacts, limit: PlannedLimit) -> None:
    """An answer is a document of the right kind, dated, and never older than what it answers."""
    proofs = [e for e in facts.events if e.key == limit.done_by and e.legal_date]
    closing = RULES.rules[limit.rule_id].closed_by
    assert any(e.code in closing and e.legal_date >= limit.calculation.base_date for e in proofs)  # type: ignore[operator]


@given(FACTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_facts_give_an_answer_that_accounts_for_every_document(facts: CaseFacts) -> None:
    result = run(facts)
    assert set(result.accounts) == {event.key for event in facts.events}
    assert len({limit.key for limit in result.limits}) == len(result.limits)
    assert len({review.key for review in result.reviews}) == len(result.reviews)
    reviewed = {review.event_key for review in result.reviews}
    for key, account in result.accounts.items():
        assert account.reason_ja and account.reason_en
        assert account.state != "open" or key in reviewed
    for limit in result.limits:
        closed = CALENDAR.why_closed(limit.calculation.due)
        assert closed is None or not RULES.rules[limit.rule_id].rolls
        assert limit.calculation.due >= limit.calculation.raw_end
        assert len(explain(limit.calculation, "ja")) == len(explain(limit.calculation, "en"))
        if limit.done_reason == "answered":
            _check_proof(facts, limit)
    assert derive_stage(facts).code in STAGES


@given(FACTS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_docket_depends_on_the_facts_alone(facts: CaseFacts) -> None:
    assert run(facts) == run(facts)


@given(st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.sampled_from(["patent", "design", "trademark"]))
@settings(max_examples=25, deadline=None)
def test_an_unknown_residency_never_gets_the_longer_period(on: date, law: str) -> None:
    for code in ("A131", "A02"):
        dues = {
            residency: run(case(event(code, str(on), notice_state="none"), law=law, residency=residency))
            .limits[0]
            .calculation.due
            for residency in ("resident", "overseas", "mixed", "unknown")
        }
        assert dues["unknown"] == dues["mixed"] == min(dues["resident"], dues["overseas"])


@given(st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.dates(date(2020, 1, 1), date(2026, 12, 31)))
@settings(max_examples=25, deadline=None)
def test_a_later_dispatch_never_ends_earlier(one: date, other: date) -> None:
    earlier, later = sorted((str(one), str(other)))
    for residency in ("resident", "overseas"):
        dues = [
            only(case(event("A131", on, notice_state="none"), residency=residency), "pat.oa.response")
            for on in (earlier, later)
        ]
        assert dues[0].calculation.due <= dues[1].calculation.due
        for limit in dues:
            extension = limit.calculation.ladder[0].due
            assert extension is not None and extension > limit.calculation.due


# --- real replies, when they are at hand ------------------------------------------------------------

RECORDINGS = Path(__file__).resolve().parents[2] / ".." / "shared" / "recordings"


def _recorded() -> list[CaseFacts]:
    found = []
    for path in sorted(RECORDINGS.glob("*/*.app_progress.*.json")):
        data = json.loads(path.read_text(encoding="utf-8")).get("result", {}).get("data") or {}
        rows = {
            f"{row.get('documentNumber')}/{row['documentCode']}/{row['legalDate']}": row
            for block in data.get("bibliographyInformation") or []
            for row in block.get("documentList") or []
        }
        events = [
            EventFact(key, row["documentCode"], _compact(row["legalDate"]), row["documentDescription"])
            for key, row in rows.items()
        ]
        law: Any = path.name.split(".")[0]
        filed, registered = _compact(data.get("filingDate")), _compact(data.get("registrationDate"))
        number = data.get("applicationNumber", "")
        found.append(
            CaseFacts(law, number, filing_date=filed, registration_date=registered, events=tuple(events))
        )
    return [facts for facts in found if facts.events]


def _compact(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recorded replies are not at hand")
def test_recorded_files_are_accounted_for_and_nothing_pending_is_lost() -> None:
    cases = _recorded()
    assert len(cases) >= 4
    for facts in cases:
        result = run(facts)
        assert set(result.accounts) == {event.key for event in facts.events}
        limited = {limit.event_key for limit in result.limits}
        assert {event.key for event in facts.events if event.code == "A131"} <= limited
        for limit in result.limits:
            if facts.registration_date and limit.event_key:
                # How an opposition was decided the data do not tell: it runs until a person says.
                assert limit.done_reason or "suit" in limit.warnings, limit.rule_id
        assert derive_stage(facts).code in ("registered", "refused", "lapsed")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("A252", "審査官通知（その他の通知）（期間有）"),
        ("A242", "手続補正指令書"),
        ("C22", "審尋書（期間有）"),
        ("A53", "拒絶理由通知書"),
        ("A63", "協議指令書（同日出願）"),
    ],
)
def test_a_name_that_belies_its_code_is_open_and_never_passed_over(code: str, name: str) -> None:
    paper = EventFact("e", code, date(2026, 11, 20), name)
    result = run(case(paper))
    assert result.accounts["e"].state == "open"
    assert "period_may_run" in {asked.kind for asked in result.reviews}


def test_of_two_certificates_the_first_is_the_proof_in_whatever_order_they_are_listed() -> None:
    papers = (notice("2026-01-20"), event("R150", "2026-06-01"), event("R150", "2026-09-01"))
    for listed in (papers, papers[::-1]):
        (limit,) = (one for one in run(case(*listed)).limits if one.rule_id == "pat.oa.response")
        assert limit.done_by == "R150@2026-06-01"


def test_a_name_that_belies_its_code_answers_nothing() -> None:
    paper = EventFact("e", "A53", day("2026-12-01"), "拒絶理由通知書")
    result = run(case(notice("2026-11-20"), paper))
    assert [limit.done_reason for limit in result.limits if limit.rule_id == "pat.oa.response"] == [None]


def test_no_name_of_the_list_itself_belies_its_code() -> None:
    listed = Path("dossiers/docketing/data/codes.tsv").read_text(encoding="utf-8").splitlines()[4:]
    assert len(listed) > 1000
    for code, name in (line.split("\t")[:2] for line in listed):
        for law in ("patent", "design", "trademark"):
            if lookup(code, law).treatment in ("own", "none"):
                result = run(case(EventFact("e", code, date(2026, 11, 20), name), law=law))
                assert "period_may_run" not in {asked.kind for asked in result.reviews}, (code, name)
