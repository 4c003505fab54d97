"""Standing instructions: seen in red where they matter, and by whoever closes a time limit."""

from __future__ import annotations

import pytest

from dossiers.docketing import instructions
from dossiers.docketing.rules import all_rules
from dossiers.models import AuditEntry, StandingInstruction, TimeLimit

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def limit(db):
    case = docket.confirmed_case()
    return docket.refused(case).limits.get()


def give(client, case, **fields):
    given = {"about": "any", "text": "分割出願を先にすること", **fields}
    return client.post(docket.page_of(case, "instructions/"), given, follow=True)


def test_an_instruction_is_red_on_the_case_and_its_limits_until_it_is_ended(signed_in, limit):
    page = give(signed_in, limit.case).content.decode()
    assert "note danger" in page and "分割出願を先にすること" in page
    assert "分割出願を先にすること" in signed_in.get(f"/limits/{limit.pk}/").content.decode()
    one = StandingInstruction.objects.get()
    for _ in range(2):
        signed_in.post(docket.page_of(limit.case, f"instructions/{one.pk}/end/"))
    assert "分割出願を先にすること" not in signed_in.get(f"/limits/{limit.pk}/").content.decode()
    assert AuditEntry.objects.filter(action="instruction.end").count() == 1


@pytest.mark.parametrize("action", ["done", "not-needed"])
def test_closing_a_limit_asks_whether_the_instruction_was_seen(signed_in, limit, action):
    give(signed_in, limit.case)
    address = f"/limits/{limit.pk}/{action}/"
    page = signed_in.post(address, {"reason": "依頼者の指示"}, follow=True).content.decode()
    assert "please read it and tick" in page
    assert TimeLimit.objects.get(pk=limit.pk).state == "open"
    seen = StandingInstruction.objects.get().pk
    signed_in.post(address, {"reason": "依頼者の指示", "instruction": seen})
    assert TimeLimit.objects.get(pk=limit.pk).state != "open"


def test_a_round_of_confirming_closes_nothing_against_an_instruction_either(signed_in, limit):
    give(signed_in, limit.case)
    address = f"/limits/confirm/{limit.pk}/not-needed/"
    signed_in.post(address, {"reason": "x", "scope": "all"})
    assert TimeLimit.objects.get(pk=limit.pk).state == "open"
    signed_in.post(
        address, {"reason": "x", "scope": "all", "instruction": StandingInstruction.objects.get().pk}
    )
    assert TimeLimit.objects.get(pk=limit.pk).state == "not_needed"


def test_one_about_fees_is_seen_at_fees_alone(signed_in, limit, bob):
    instructions.give(limit.case, by=bob, about="fee", text="納付しないこと")
    assert instructions.about_limit(limit) == []
    limit.rule_id = next(rule.id for rule in all_rules().rules.values() if rule.family == "annuity")
    assert [one.text for one in instructions.about_limit(limit)] == ["納付しないこと"]


def test_an_instruction_needs_words(signed_in, limit):
    assert "Please write the instruction" in give(signed_in, limit.case, text="  ").content.decode()
    assert not StandingInstruction.objects.exists()


# --- several at once --------------------------------------------------------------------------------------


@pytest.fixture
def passed(db):
    """Two limits that had passed before their cases were added."""
    cases = [docket.confirmed_case(f"200000000{n}") for n in (1, 2)]
    limits = [docket.refused(case, dispatched=30).limits.get() for case in cases]
    TimeLimit.objects.filter(pk__in=[one.pk for one in limits]).update(passed_on_adding=True)
    return limits


def states(limits) -> list[str]:
    return [TimeLimit.objects.get(pk=one.pk).state for one in limits]


def test_deciding_together_shows_each_instruction_first_and_closes_nothing_unread(signed_in, bob, passed):
    first, second = passed
    instructions.give(first.case, by=bob, about="any", text="分割出願を先にすること")
    sent = {"limit": [one.pk for one in passed], "reason": "放棄"}
    page = signed_in.post("/limits/decide/", sent).content.decode()
    assert "Nothing was closed yet" in page and "分割出願を先にすること" in page and 'value="放棄"' in page
    assert "1 more of the chosen" in page
    assert states(passed) == ["open", "open"]
    given_meanwhile = instructions.give(second.case, by=bob, about="other", text="納付しない")
    seen = StandingInstruction.objects.exclude(pk=given_meanwhile.pk).get().pk
    page = signed_in.post("/limits/decide/", {**sent, "instruction": seen}).content.decode()
    assert "given meanwhile" in page and "納付しない" in page
    signed_in.post("/limits/decide/", {**sent, "instruction": [seen, given_meanwhile.pk]})
    assert states(passed) == ["not_needed", "not_needed"]


def test_a_limit_left_out_because_of_its_instruction_stays_open(signed_in, bob, passed):
    first, second = passed
    instructions.give(first.case, by=bob, about="any", text="先に分割")
    signed_in.post("/limits/decide/", {"limit": [second.pk], "reason": "放棄"})
    assert states(passed) == ["open", "not_needed"]


def test_the_list_of_limits_shows_the_instruction_beside_each(signed_in, bob, limit):
    instructions.give(limit.case, by=bob, about="any", text="納付しないこと")
    instructions.give(limit.case, by=bob, about="fee", text="年金だけ")
    page = signed_in.get("/limits/?scope=all").content.decode()
    assert "納付しないこと" in page and "年金だけ" not in page
