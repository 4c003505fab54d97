"""Limits people start from a day they know, and extensions they say were asked for."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.docket import docket
from dossiers.docketing.explain import explain
from dossiers.docketing.facts import (
    CaseFacts,
    ClaimedExtension,
    EnteredFact,
    EventFact,
    NoticeFact,
    PriorityFact,
)
from dossiers.docketing.results import Docket, PlannedLimit
from dossiers.docketing.rules import all_rules
from dossiers.docketing.serial import calculation_from_json, calculation_to_json

RULES, CALENDAR = all_rules(), office_calendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


def event(code: str, on: str | None, key: str = "", **more: Any) -> EventFact:
    more.setdefault("notice_state", "none")
    return EventFact(key or f"{code}@{on}", code, day(on) if on else None, document_number="n1", **more)


def notice(on: str, n: int = 60) -> EventFact:
    return event("A131", on, notice=NoticeFact(n, "day", quote="60日以内"), notice_state="read")


def case(*events: EventFact, law: str = "patent", **more: Any) -> CaseFacts:
    more.setdefault("residency", "resident")
    return CaseFacts(law, "2021000001", events=events, **more)  # type: ignore[arg-type]


def started(rule: str, on: str, key: str = "1") -> tuple[EnteredFact, ...]:
    return (EnteredFact(key, rule, day(on), "佐藤"),)


def claimed(key: str, on: str, code: str = "A601") -> tuple[ClaimedExtension, ...]:
    return (ClaimedExtension(key, code, day(on), "佐藤"),)


def run(facts: CaseFacts) -> Docket:
    return docket(facts, RULES, CALENDAR)


def only(facts: CaseFacts, rule_id: str) -> PlannedLimit:
    found = [limit for limit in run(facts).limits if limit.rule_id == rule_id]
    assert len(found) == 1
    return found[0]


def asked(facts: CaseFacts) -> list[str]:
    """What people are asked, but for the filing date, which these cases leave out."""
    return [review.key for review in run(facts).reviews if review.kind != "filing_date_unknown"]


def kinds(facts: CaseFacts) -> set[str]:
    return {key.partition(":")[0] for key in asked(facts)}


# --- started by a person ----------------------------------------------------------------------------

STARTED = [
    ("patent", "pat.opposition", "2025-09-30", "2026-03-31", "chance"),
    ("trademark", "tm.opposition.grounds", "2025-03-04", "2025-06-06", "limit"),
    ("patent", "pat.pte.advance", "2030-04-10", "2029-10-10", "limit"),
    ("patent", "pat.pct.amend19_34", "2026-01-10", "2026-01-13", "limit"),
    ("patent", "pat.pct.national", "2023-08-31", "2026-03-02", "limit"),
    ("patent", "trial.suit", "2025-04-04", "2025-05-04", "limit"),
    ("trademark", "tm.priority", "2025-10-31", "2026-04-30", "limit"),
    ("design", "design.related", "2020-04-01", "2030-03-31", "chance"),
    ("patent", "us.oa", "2025-11-30", "2026-03-02", "limit"),
    ("patent", "kr.oa", "2025-08-31", "2025-12-31", "limit"),
    ("patent", "ep.94_3", "2025-05-14", "2025-09-15", "limit"),
    ("patent", "pat.reg.fee", "2025-12-01", "2026-01-05", "limit"),
]


@pytest.mark.parametrize(("law", "rule", "on", "due", "duty"), STARTED)
def test_a_rule_started_by_a_person(law: str, rule: str, on: str, due: str, duty: str) -> None:
    limit = only(case(law=law, entered=started(rule, on)), rule)
    assert (limit.key, limit.duty) == (f"{rule}:entered:1", duty)
    assert (limit.calculation.due, limit.calculation.base_date) == (day(due), day(on))
    assert limit.done_reason is None and limit.event_key is None
    for language in ("ja", "en"):
        first = explain(limit.calculation, language)[0]  # type: ignore[arg-type]
        assert "佐藤" in first and on in first
    assert not kinds(case(law=law, entered=started(rule, on)))


def test_what_was_started_can_be_kept_and_explained_again() -> None:
    for law, rule, on, _, _ in STARTED:
        calculation = only(case(law=law, entered=started(rule, on)), rule).calculation
        assert calculation_from_json(calculation_to_json(calculation)) == calculation


@pytest.mark.parametrize(
    ("rule", "on", "kind"),
    [
        ("no.such.rule", "2025-01-10", "entered_rule_unknown"),
        ("pat.publication", "2025-01-10", "entered_rule_unknown"),  # nothing to act on
        ("kr.oa", "2025-07-10", "entered_not_in_force"),
        ("trial.answer", "2025-01-10", "entered_without_length"),
        ("us.oa", "1025-01-10", "entered_out_of_range"),
        ("pat.opposition", "9999-12-01", "entered_out_of_range"),
    ],
)
def test_a_start_that_gives_no_limit_is_put_before_people(rule: str, on: str, kind: str) -> None:
    facts = case(entered=(*started(rule, on), *started(rule, on, "2")))
    assert not run(facts).limits
    assert asked(facts) == [f"{kind}:1", f"{kind}:2"]


def test_a_document_on_file_settles_what_a_person_started() -> None:
    facts = case(event("A80", "2025-02-03"), entered=started("pat.novelty.proof", "2025-01-10"))
    assert only(facts, "pat.novelty.proof").done_by == "A80@2025-02-03"


def test_the_office_showing_the_document_replaces_what_was_started_for_it() -> None:
    entered = started("pat.oa.response", "2025-03-04")
    assert only(case(entered=entered), "pat.oa.response").done_reason is None
    facts = case(notice("2025-03-04"), event("A53", "2025-04-01"), entered=entered)
    by_key = {limit.key: limit for limit in run(facts).limits}
    assert by_key["pat.oa.response:entered:1"].done_reason == "overtaken"
    assert by_key["pat.oa.response:A131@2025-03-04"].done_reason == "answered"


def test_two_starts_of_one_rule_are_two_limits() -> None:
    starts = (*started("tm.priority", "2025-10-31"), *started("tm.priority", "2025-11-04", "2"))
    assert len(run(case(law="trademark", entered=starts)).limits) == 2


def test_a_right_that_was_registered_settles_what_was_pending() -> None:
    facts = case(entered=started("pat.fl.translation", "2023-01-10"), registration_date=day("2025-01-10"))
    assert only(facts, "pat.fl.translation").done_reason == "overtaken"


# --- extensions people claim ------------------------------------------------------------------------

KEY = "pat.oa.response:A131@2025-03-04"


def test_a_claimed_extension_moves_the_date_and_says_who_says_so() -> None:
    facts = case(notice("2025-03-04"), claimed_extensions=claimed(KEY, "2025-04-30"))
    calculation = only(facts, "pat.oa.response").calculation
    assert (calculation.due, calculation.provisional) == (day("2025-07-03"), True)
    assert [(rung.kind, rung.requested) for rung in calculation.ladder] == [("extension", True)]
    assert any("佐藤" in line and "2025-04-30" in line for line in explain(calculation, "ja"))
    assert not kinds(facts)


def test_the_real_request_takes_the_place_of_the_claimed_one() -> None:
    facts = case(
        notice("2025-03-04"), event("A601", "2025-05-01"), claimed_extensions=claimed(KEY, "2025-04-30")
    )
    calculation = only(facts, "pat.oa.response").calculation
    assert (calculation.due, calculation.provisional) == (day("2025-07-03"), False)
    assert "extension_claimed" not in {step.code for step in calculation.steps}
    assert not kinds(facts)


def test_an_overseas_applicant_may_claim_both_extensions_and_one_be_seen() -> None:
    both = (*claimed(KEY, "2025-05-01"), *claimed(KEY, "2025-05-02"))
    base = case(
        event("A131", "2025-03-04", notice=NoticeFact(3, "month"), notice_state="read"), residency="overseas"
    )
    assert only(replace(base, claimed_extensions=both), "pat.oa.response").calculation.due == day(
        "2025-09-04"
    )
    seen = replace(base, events=(*base.events, event("A601", "2025-05-01")), claimed_extensions=both)
    calculation = only(seen, "pat.oa.response").calculation
    assert (calculation.due, calculation.provisional) == (day("2025-09-04"), True)
    assert sum(step.code == "extension_claimed" for step in calculation.steps) == 1


@pytest.mark.parametrize(
    ("key", "on", "code"),
    [
        (KEY, "2025-03-03", "A601"),  # before the notice
        (KEY, "2025-06-30", "A601"),  # after the period
        (KEY, "2025-04-30", "A603"),  # asked for as late while in time
        (KEY, "2025-04-30", "A53"),
        ("pat.oa.response:A131@2019-01-01", "2025-04-30", "A601"),
    ],
)
def test_a_claim_that_cannot_be_applied_moves_nothing_and_is_shown(key: str, on: str, code: str) -> None:
    facts = case(notice("2025-03-04"), claimed_extensions=claimed(key, on, code))
    assert only(facts, "pat.oa.response").calculation.due == day("2025-05-07")
    assert "claim_unclear" in kinds(facts)


def test_a_late_extension_may_be_claimed_within_two_months() -> None:
    facts = case(notice("2025-03-04"), claimed_extensions=claimed(KEY, "2025-06-30", "A603"))
    assert only(facts, "pat.oa.response").calculation.due == day("2025-07-03")


def test_a_claim_on_an_answered_limit_asks_nothing() -> None:
    facts = case(
        notice("2025-03-04"), event("A53", "2025-06-10"), claimed_extensions=claimed(KEY, "2025-04-30")
    )
    assert only(facts, "pat.oa.response").done_reason == "answered"
    assert not kinds(facts)


def test_an_extension_of_the_fee_period_can_be_claimed_though_no_document_tells_it() -> None:
    key = "pat.reg.fee:A01@2025-12-01"
    facts = case(event("A01", "2025-12-01"), claimed_extensions=claimed(key, "2025-12-20"))
    assert only(facts, "pat.reg.fee").calculation.due == day("2026-01-30")
    assert only(case(event("A01", "2025-12-01")), "pat.reg.fee").calculation.due == day("2026-01-05")


# --- what must hold for any facts ---------------------------------------------------------------------

DAYS = st.one_of(st.dates(), st.dates(date(2024, 1, 1), date(2026, 12, 31)))
CODES = ["A131", "A02", "A01", "A53", "A601", "A603", "C60", "A621", "A761", "R100", "A24379", "A79", "A632"]
RULE_IDS = [*RULES.rules, "no.such.rule", ""]
FACTS = st.builds(
    CaseFacts,
    law=st.sampled_from(["patent", "utility_model", "design", "trademark"]),
    application_number=st.sampled_from(["2021000001", "2021350001", "", "x"]),
    residency=st.sampled_from(["resident", "overseas", "mixed", "unknown"]),
    filing_date=st.one_of(st.none(), DAYS),
    international_filing=st.booleans(),
    derived=st.booleans(),
    registration_date=st.one_of(st.none(), DAYS),
    expire_date=st.one_of(st.none(), DAYS),
    events=st.lists(
        st.builds(
            EventFact,
            key=st.sampled_from("abcdef"),
            code=st.sampled_from(CODES),
            legal_date=st.one_of(st.none(), DAYS),
            notice_state=st.just("none"),
        ),
        max_size=6,
    ).map(tuple),
    priorities=st.lists(
        st.builds(PriorityFact, st.one_of(st.none(), DAYS), st.sampled_from(["JP", "US", ""])), max_size=2
    ).map(tuple),
    entered=st.lists(
        st.builds(EnteredFact, st.sampled_from("xyz"), st.sampled_from(RULE_IDS), DAYS, st.just("佐藤")),
        max_size=4,
    ).map(tuple),
    claimed_extensions=st.lists(
        st.builds(
            ClaimedExtension,
            st.sampled_from(["pat.oa.response:a", "pat.reg.fee:b", "tm.priority:entered:x", "nothing"]),
            st.sampled_from(["A601", "A603", ""]),
            DAYS,
        ),
        max_size=3,
    ).map(tuple),
)


@given(FACTS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_facts_give_a_docket_in_which_nothing_is_dropped(facts: CaseFacts) -> None:
    result = run(facts)
    keys = {limit.key for limit in result.limits}
    assert len(keys) == len(result.limits)
    told = {review.key.partition(":")[2] for review in result.reviews}
    for start in facts.entered:
        assert (
            f"{start.rule_id}:entered:{start.key}" in keys
            or start.key in told
            or any(key.endswith(f":entered:{start.key}") for key in keys)
        )
    for limit in result.limits:
        rule = RULES.rules[limit.rule_id]
        assert limit.duty == ("chance" if rule.duty == "chance" else "limit")
        assert limit.calculation.due >= limit.calculation.raw_end
        assert len(explain(limit.calculation, "ja")) == len(explain(limit.calculation, "en"))
        assert calculation_from_json(calculation_to_json(limit.calculation)) == limit.calculation


@given(FACTS, st.randoms(use_true_random=False))
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_the_order_in_which_facts_are_told_changes_nothing(facts: CaseFacts, random: Any) -> None:
    """Only repeated keys, which the office never sends twice in one reading, go by their order."""
    unique = replace(
        facts,
        events=tuple({event.key: event for event in facts.events}.values()),
        entered=tuple({start.key: start for start in facts.entered}.values()),
    )
    shuffled = {
        name: tuple(random.sample(values, len(values)))
        for name in ("events", "priorities", "entered", "claimed_extensions")
        for values in [getattr(unique, name)]
    }
    one, other = run(unique), run(replace(unique, **shuffled))
    assert {limit.key: limit for limit in one.limits} == {limit.key: limit for limit in other.limits}
    assert {review.key: review for review in one.reviews} == {review.key: review for review in other.reviews}
    assert (one.accounts, one.expected) == (other.accounts, other.expected)


@given(st.sampled_from(list(RULES.offered("patent"))), DAYS, DAYS)
@settings(max_examples=120, deadline=None)
def test_a_later_start_never_ends_earlier(rule: Any, one: date, other: date) -> None:
    dues = []
    for on in sorted((one, other)):
        found = run(case(entered=(EnteredFact("1", rule.id, on),))).limits
        dues.extend(limit.calculation.due for limit in found)
    assert dues == sorted(dues)
