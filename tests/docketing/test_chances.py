"""What one may do, what happens by itself, and what a clerk would not want to be told about."""

from datetime import date
from typing import Any

import pytest

from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.docket import docket
from dossiers.docketing.duty import WITHOUT_END, standing
from dossiers.docketing.engine import UNCODED
from dossiers.docketing.explain import explain
from dossiers.docketing.facts import CaseFacts, ClaimedExtension, EventFact, PriorityFact, RegisterFact
from dossiers.docketing.results import Docket, PlannedLimit
from dossiers.docketing.rules import all_rules

RULES, CALENDAR = all_rules(), office_calendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


def event(code: str, on: str, key: str = "") -> EventFact:
    return EventFact(key or f"{code}@{on}", code, day(on), document_number=f"no-{code}", notice_state="none")


def case(*events: EventFact, law: str = "patent", **more: Any) -> CaseFacts:
    more.setdefault("residency", "resident")
    more.setdefault("application_number", "2021000001")
    return CaseFacts(law, events=events, **more)  # type: ignore[arg-type]


def run(facts: CaseFacts) -> Docket:
    return docket(facts, RULES, CALENDAR)


def limits(facts: CaseFacts) -> dict[str, PlannedLimit]:
    return {limit.rule_id: limit for limit in run(facts).limits}


def kinds(facts: CaseFacts) -> set[str]:
    return {review.kind for review in run(facts).reviews}


# --- divisionals ------------------------------------------------------------------------------------


def test_a_grant_opens_a_window_for_divisionals_beside_the_fee() -> None:
    found = limits(case(event("A01", "2025-12-01")))
    assert found["pat.division.grant"].duty == "chance"
    assert found["pat.reg.fee"].duty == "limit"
    assert {found[rule].calculation.due for rule in ("pat.division.grant", "pat.reg.fee")} == {
        day("2026-01-05")
    }


def test_registration_ends_the_window_for_divisionals() -> None:
    facts = case(event("A01", "2025-12-01"), registration_date=day("2025-12-20"))
    assert limits(facts)["pat.division.grant"].done_reason == "overtaken"


def test_a_window_for_divisionals_follows_the_extended_fee_period_when_somebody_claims_it() -> None:
    """Granted 1 December 2025: 60 days as one period end on 30 January 2026 (Art. 44(5), 108(3))."""
    granted = event("A01", "2025-12-01")
    claim = ClaimedExtension(f"pat.reg.fee:{granted.key}", UNCODED, day("2025-12-20"), by="有栖川")
    found = limits(case(granted, claimed_extensions=(claim,)))
    window, fee = found["pat.division.grant"].calculation, found["pat.reg.fee"].calculation
    assert window.due == fee.due == day("2026-01-30")
    assert window.provisional, "as long as nobody but a person says so"
    assert any("有栖川" in line for line in explain(window, "ja"))


def test_a_window_for_divisionals_follows_a_payment_in_the_extended_period() -> None:
    paid = event("R1005", "2026-01-20")
    facts = case(event("A01", "2025-12-01"), paid)
    found = limits(facts)
    assert found["pat.division.grant"].calculation.due == day("2026-01-30")
    assert not found["pat.division.grant"].calculation.provisional
    assert (found["pat.reg.fee"].done_reason, found["pat.reg.fee"].done_by) == ("answered", paid.key)
    in_time = limits(case(event("A01", "2025-12-01"), event("R100", "2025-12-20")))
    assert in_time["pat.division.grant"].calculation.due == day("2026-01-05")


def test_a_grant_in_pre_appeal_examination_opens_no_window() -> None:
    facts = case(event("A02", "2025-01-10"), event("C60", "2025-04-10"), event("A01", "2025-07-01"))
    assert "pat.division.grant" not in limits(facts)


def test_only_the_first_refusal_opens_a_window() -> None:
    facts = case(event("A02", "2024-01-10"), event("C60", "2024-04-10"), event("A02", "2025-01-10"))
    windows = [limit for limit in run(facts).limits if limit.rule_id == "pat.division.refusal"]
    assert [limit.event_key for limit in windows] == ["A02@2024-01-10"]


def test_the_appeal_does_not_end_the_window_for_divisionals() -> None:
    found = limits(case(event("A02", "2026-01-13"), event("C60", "2026-02-02"), residency="overseas"))
    assert found["pat.appeal"].done_reason == "answered"
    assert found["pat.division.refusal"].done_reason is None
    assert found["pat.division.refusal"].calculation.due == day("2026-05-13")


def test_a_window_long_past_is_closed_and_not_shown_as_open() -> None:
    facts = case(event("A02", "2020-01-10"), event("C60", "2020-04-10"), event("C23", "2021-06-01"))
    assert limits(facts)["pat.division.refusal"].done_reason == "expired"


def test_a_document_of_the_applicant_does_not_show_that_a_window_is_over() -> None:
    """Its date may be misread; only what the office did later proves that time has passed."""
    facts = case(event("A02", "2026-01-13"), event("A781", "2062-01-01"))
    assert limits(facts)["pat.division.refusal"].done_reason is None


def test_one_grant_listed_twice_is_one_window() -> None:
    facts = case(event("A01", "2025-12-01", "a"), event("A01", "2025-12-01", "b"))
    assert [limit.rule_id for limit in run(facts).limits] == ["pat.reg.fee", "pat.division.grant"]


def test_designs_and_marks_have_no_such_window() -> None:
    for law in ("design", "trademark"):
        found = run(case(event("A01", "2025-12-01"), event("A02", "2025-12-01"), law=law))
        assert all(limit.duty == "limit" for limit in found.limits)


def test_a_fee_paid_answers_both_dispatches_of_the_grant() -> None:
    facts = case(
        event("A01", "2025-12-01", "a"), event("A01", "2025-12-10", "b"), event("R100", "2025-12-20")
    )
    fees = [limit for limit in run(facts).limits if limit.rule_id == "pat.reg.fee"]
    assert [limit.done_by for limit in fees] == ["R100@2025-12-20"] * 2
    assert "response_ambiguous" not in kinds(facts)


# --- refund, correction, compensation ---------------------------------------------------------------


def test_withdrawal_before_the_first_action_opens_a_refund() -> None:
    facts = case(event("A621", "2025-01-10"), event("A761", "2025-10-31"))
    refund = limits(facts)["pat.refund"]
    assert (refund.duty, refund.calculation.due) == ("chance", day("2026-04-30"))
    assert run(facts).accounts["A761@2025-10-31"].state == "own"


@pytest.mark.parametrize("codes", [(), ("A621", "A131"), ("A621", "A01")])
def test_no_refund_without_a_request_or_after_an_action(codes: tuple[str, ...]) -> None:
    facts = case(*(event(code, "2025-02-10") for code in codes), event("A761", "2025-10-31"))
    assert "pat.refund" not in limits(facts)


def test_the_first_technical_opinion_lets_a_utility_model_be_corrected() -> None:
    facts = case(event("A242623", "2025-10-31"), law="utility_model")
    found = limits(facts)["um.correction"]
    assert (found.duty, found.calculation.due) == ("chance", day("2026-01-05"))
    assert run(facts).accounts["A242623@2025-10-31"].state == "limit"
    assert not kinds(facts)
    assert run(case(event("A242623", "2025-10-31"))).accounts["A242623@2025-10-31"].state == "open"


@pytest.mark.parametrize(
    ("filed", "asked", "registered", "due"),
    [
        ("2020-04-01", "2022-05-01", "2025-04-02", None),  # three years from the request end later
        ("2020-04-01", "2022-03-01", "2025-04-01", None),  # on the last day of the five years
        ("2020-04-01", "2022-03-01", "2025-04-02", "2025-07-02"),
        ("2020-04-01", None, "2025-04-02", "2025-07-02"),
        ("2020-03-09", "2021-03-01", "2025-04-02", None),  # before the law
    ],
)
def test_a_late_registration_may_be_compensated(
    filed: str, asked: str | None, registered: str, due: str | None
) -> None:
    events = [event("A621", asked)] if asked else []
    facts = case(*events, filing_date=day(filed), registration_date=day(registered))
    found = limits(facts).get("pat.pta")
    assert (found and found.calculation.due) == (day(due) if due else None)


# --- priority ----------------------------------------------------------------------------------------

US = PriorityFact(day("2024-10-31"), "US", "18/000,001")
HOME = PriorityFact(day("2024-10-31"), "JP", "2024-000001")


def test_documents_of_a_foreign_priority_are_due_sixteen_months_after_the_earliest() -> None:
    facts = case(filing_date=day("2025-10-01"), priorities=(US, PriorityFact(day("2024-12-01"), "EP")))
    found = limits(facts)["pat.priority.documents"]
    assert (found.calculation.due, found.done_reason) == (day("2026-03-02"), None)


@pytest.mark.parametrize(("law", "rule"), [("design", "design"), ("trademark", "tm")])
def test_designs_and_marks_count_three_months_from_the_filing_here(law: str, rule: str) -> None:
    facts = case(filing_date=day("2025-10-31"), priorities=(US,), law=law)
    assert limits(facts)[f"{rule}.priority.documents"].calculation.due == day("2026-02-02")
    assert f"{rule}.priority.documents" not in limits(case(filing_date=day("2025-10-31"), law=law))


@pytest.mark.parametrize("code", ["A79", "A791", "A792", "A843", "A845", "A8451", "A765"])
def test_a_document_filed_or_exchanged_leaves_nothing_due(code: str) -> None:
    shown = event(code, "2025-12-01")
    settled = limits(case(shown, filing_date=day("2025-10-01"), priorities=(US,)))["pat.priority.documents"]
    assert (settled.done_reason, settled.done_by) == (
        "answered" if code in ("A79", "A791", "A792") else "overtaken",
        shown.key,
    )


@pytest.mark.parametrize(
    "more",
    [{"priorities": (HOME,)}, {"derived": True}, {"international_filing": True}, {"priorities": ()}],
)
def test_no_documents_are_asked_for_where_none_are_due(more: dict[str, Any]) -> None:
    facts = case(**{"filing_date": day("2025-10-01"), "priorities": (US,), **more})
    assert "pat.priority.documents" not in limits(facts)


def test_a_priority_the_office_never_objected_to_is_no_stale_limit() -> None:
    facts = case(event("A131", "2026-09-01"), filing_date=day("2025-10-01"), priorities=(US,))
    assert limits(facts)["pat.priority.documents"].done_reason == "overtaken"
    registered = case(filing_date=day("2025-10-01"), priorities=(US,), registration_date=day("2026-01-10"))
    assert limits(registered)["pat.priority.documents"].done_reason == "overtaken"


@pytest.mark.parametrize(("law", "article"), [("patent", "43(6)(7)"), ("design", "15(1)")])
def test_a_priority_is_not_lost_before_the_office_has_said_that_its_document_is_missing(law, article) -> None:
    prefix = {"patent": "pat", "design": "design"}[law]
    facts = case(filing_date=day("2025-10-01"), priorities=(US,), law=law)
    calculation = limits(facts)[f"{prefix}.priority.documents"].calculation
    later = standing(calculation.due, calculation.ladder, day("2030-01-04"))
    assert later.step is not None and later.step.kind == "notice" and later.until is None
    assert article in explain(calculation, "en")[-1] and "2 months" in explain(calculation, "en")[-1]
    assert later.kept_until == WITHOUT_END, "stored, it stands for as long as there is no notice"


def test_the_notice_replaces_the_sixteen_months_by_a_period_of_its_own() -> None:
    missing = event("A24379", "2026-03-31")
    facts = case(missing, filing_date=day("2025-10-01"), priorities=(US,))
    first = limits(facts)["pat.priority.documents"]
    assert (first.done_reason, first.done_by) == ("overtaken", missing.key)
    assert limits(facts)["pat.priority.documents.notice"].done_reason is None


def test_the_notice_of_a_missing_priority_document_gives_two_months() -> None:
    facts = case(event("A24379", "2026-03-31"), filing_date=day("2025-10-01"), priorities=(US,))
    found = limits(facts)["pat.priority.documents.notice"]
    assert (found.calculation.due, found.calculation.confidence) == (day("2026-06-01"), "secondary")
    answered = case(event("A24379", "2026-03-31"), event("A79", "2026-05-01"))
    assert limits(answered)["pat.priority.documents.notice"].done_reason == "answered"


def test_a_foreign_priority_without_its_day_is_asked_about() -> None:
    facts = case(filing_date=day("2025-10-01"), priorities=(PriorityFact(None, "US"),))
    assert "priority_day_unknown" in kinds(facts)
    assert "pat.priority.documents" not in limits(facts)


def test_a_missing_translation_has_two_months_from_its_notice() -> None:
    facts = case(event("A243631", "2026-01-30"), filing_date=day("2025-10-01"))
    found = limits(facts)["pat.fl.translation.notice"]
    assert found.calculation.due == day("2026-03-30")
    assert [rung.kind for rung in found.calculation.ladder] == ["restoration"]


# --- international applications -----------------------------------------------------------------------


def test_a_national_phase_without_a_translation_is_asked_about_until_something_shows_it() -> None:
    entered = case(event("A632", "2026-01-10"), international_filing=True, filing_date=day("2023-08-01"))
    assert "pct_translation" in kinds(entered)
    for code in ("A634", "A621", "A131"):
        facts = case(
            event("A632", "2026-01-10"),
            event(code, "2026-02-10"),
            international_filing=True,
            filing_date=day("2023-08-01"),
        )
        assert "pct_translation" not in kinds(facts)
    assert "pct_translation" not in kinds(case(event("A632", "2026-01-10"), law="trademark"))


@pytest.mark.parametrize(
    ("law", "number", "doubted"),
    [
        ("trademark", "2024350123", True),
        ("trademark", "2024012345", False),
        ("design", "2024500123", True),
        ("design", "2024005001", False),
        ("patent", "2024500123", False),  # international patent applications have this series too
        ("trademark", "２０２４３５０１２３", False),
    ],
)
def test_fees_of_what_may_be_an_international_registration_stay_and_are_asked_about(
    law: str, number: str, doubted: bool
) -> None:
    facts = case(event("A01", "2025-12-01"), law=law, application_number=number)
    assert ("international_registration" in kinds(facts)) == doubted
    (fee,) = [limit for limit in run(facts).limits if limit.rule_id.endswith("reg.fee")]
    assert ("international_registration" in fee.warnings) == doubted
    assert fee.done_reason is None


# --- what happens by itself ---------------------------------------------------------------------------


def test_publication_is_expected_eighteen_months_after_the_priority() -> None:
    facts = case(filing_date=day("2025-10-01"), priorities=(US,))
    assert [(one.rule_id, one.day) for one in run(facts).expected] == [("pat.publication", day("2026-04-30"))]
    assert run(case(filing_date=day("2025-10-01"))).expected[0].day == day("2027-04-01")
    assert not run(case(filing_date=day("2025-10-01"), derived=True)).expected


def test_the_end_of_the_term_is_as_the_register_says_else_counted() -> None:
    filed, registered = day("2020-07-20"), day("2024-08-05")
    counted = run(case(filing_date=filed, registration_date=registered)).expected
    assert [(one.rule_id, one.day) for one in counted] == [("pat.term", day("2040-07-20"))]
    register = RegisterFact(registered, day("2042-01-20"), None, 3)
    told = run(case(filing_date=filed, registration_date=registered, register=register)).expected
    assert told[0].day == day("2042-01-20")


def test_an_old_design_gets_no_term_that_the_law_did_not_give_it() -> None:
    old = case(filing_date=day("2019-07-20"), registration_date=day("2020-08-05"), law="design")
    assert not run(old).expected
    new = case(filing_date=day("2020-07-20"), registration_date=day("2021-08-05"), law="design")
    assert run(new).expected[0].day == day("2045-07-20")


def test_a_mark_is_open_to_cancellation_and_closed_to_invalidation_with_the_years() -> None:
    facts = case(registration_date=day("2020-04-10"), law="trademark")
    assert [(one.rule_id, one.day) for one in run(facts).expected] == [
        ("tm.nonuse", day("2023-04-10")),
        ("tm.invalidity.limit", day("2025-04-10")),
    ]


def test_a_decision_is_expected_until_it_is_there() -> None:
    concluded = event("C23", "2025-10-01")
    assert run(case(concluded)).expected[0].day == day("2025-10-21")
    assert not run(case(concluded, event("C03", "2025-10-15"))).expected
    assert run(case(concluded)).accounts["C23@2025-10-01"].state == "no_limit"


def test_a_document_without_a_limit_names_the_rule_that_says_so() -> None:
    accounts = run(case(event("A913", "2025-01-10"), event("A252", "2025-01-10"))).accounts
    assert [account.rule_id for account in accounts.values()] == ["any.notice.no_period", "pat.zenchi.report"]


def test_a_payment_in_the_extended_period_answers_the_fee() -> None:
    facts = case(event("A01", "2025-12-01"), event("R1005", "2026-01-20"))
    fee = limits(facts)["pat.reg.fee"]
    assert (fee.done_reason, fee.done_by) == ("answered", "R1005@2026-01-20")
    assert "answered_late" in fee.warnings  # nobody has said that more time was asked for
