"""What a document abroad is by its name alone, and which rule may run from it."""

from __future__ import annotations

from datetime import date

import pytest

from dossiers.docketing import foreign
from dossiers.docketing.rules import all_rules

DAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("office", "name", "side", "rule"),
    [
        ("US", "Non-Final Rejection", "office", "us.oa"),
        ("US", "Final Rejection", "office", "us.oa"),
        ("US", "Notice of Allowance and Fees Due (PTOL-85)", "office", "us.issue.fee"),
        ("US", "Requirement for Restriction/Election", "office", ""),
        ("US", "Claims", "applicant", ""),
        ("EP", "Communication from the Examining Division", "office", "ep.94_3"),
        ("EP", "Communication about intention to grant a European patent", "office", "ep.71_3"),
        ("EP", "European search opinion", "office", ""),
        ("CN", "First Office Action (machine translation)", "office", "cn.oa1"),
        ("CN", "第二次审查意见通知书", "office", "cn.oa2"),
        ("KR", "Request for the Submission of an Opinion", "office", "kr.oa"),
        ("KR", "Written Opinion", "applicant", ""),
        ("US", "Written Opinion", "unknown", ""),
        ("US", "Response to Non-Final Rejection notes", "unknown", ""),
        ("WO", "Non-Final Rejection", "unknown", ""),
        ("", "Claims", "unknown", ""),
        ("US", "", "unknown", ""),
    ],
)
def test_a_name_says_what_it_says_and_no_more(office, name, side, rule):
    assert foreign.act_of(office, name).side == side
    assert foreign.rule_for(office, (name,), DAY) == rule


def test_the_rule_in_force_on_the_day_is_offered():
    names = ("의견제출통지서", "Notification of reason for refusal")
    assert foreign.rule_for("KR", names, date(2025, 7, 10)) == "kr.oa.until_2025"
    assert foreign.rule_for("KR", names, date(2025, 7, 11)) == "kr.oa"
    assert foreign.rule_for("KR", names, None) == ""


def test_names_that_contradict_each_other_say_nothing():
    assert foreign.act_of("CN", "第一次审查意见通知书", "Claims") == foreign.UNKNOWN
    assert foreign.act_of("CN", "第一次审查意见通知书", "something else").side == "office"


def test_every_rule_named_is_a_rule_abroad_that_a_person_can_start():
    offered = {rule.id: rule for rule in all_rules().offered("patent") if rule.office != "JPO"}
    named = {rule for acts in foreign._ACTS.values() for _, rules in acts for rule in rules}
    assert named and named <= offered.keys()


def test_an_endless_name_is_read_at_once():
    assert foreign.act_of("US", "non-final " * 100_000, "(" * 1_000_000).side == "unknown"
