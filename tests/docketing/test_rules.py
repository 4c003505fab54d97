"""The rule file, the words for it, and the table of document codes."""

import copy
import itertools
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from dossiers.docketing import codes as codes_module
from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.codes import WHY_NONE, lookup
from dossiers.docketing.engine import ExtensionRequest, NeedsDocument, compute, compute_given
from dossiers.docketing.explain import STEPS, explain, explain_rung, explain_step, period_in_words
from dossiers.docketing.facts import NoticeFact
from dossiers.docketing.results import Calculation, Step
from dossiers.docketing.reviews import TEXTS, review
from dossiers.docketing.rules import (
    JPO_RULES,
    LAWS,
    OFFICES,
    Rule,
    RuleError,
    all_rules,
    catalogue,
    joined,
    jpo_rules,
    load_rules,
    read_rules,
)

BOOK, EVERY, CALENDAR = jpo_rules(), all_rules(), office_calendar()
BASE = date(2025, 1, 10)
FACTS = Path(__file__).resolve().parents[2] / ".." / "shared" / "spec" / "deadlines.yaml"


PARSED = yaml.safe_load(JPO_RULES.read_text(encoding="utf-8"))


def raw() -> dict[str, Any]:
    # Anchors of the file share their values: break one copy, not the others.
    return copy.deepcopy(PARSED)


def calculations(rule: Rule) -> list[Calculation]:
    """The rule computed for every kind of applicant, read and unread, with and without extensions."""
    if rule.starts in ("register", "expiry") and not rule.computable:
        steps = [
            Step("expiry", {"expires": BASE, "article_ja": rule.article.ja, "article_en": rule.article.en})
        ]
        return [
            compute_given(
                rule,
                end=BASE,
                base=BASE,
                residency="unknown",
                calendar=CALENDAR,
                steps=steps,
                window_months=6,
            )
        ]
    found = []
    read = NoticeFact(30, "day", final=True, quote="30日以内")
    base = rule.valid_to or max(BASE, rule.valid_from or BASE)
    requests = (
        (),
        (ExtensionRequest("A601", date(2025, 2, 1), "n1"), ExtensionRequest("A601", date(2025, 2, 2), "n2")),
        (ExtensionRequest("A603", date(2025, 6, 1), None),),
        (ExtensionRequest("A601", date(2025, 2, 1), None, claimed=True, by="佐藤"),),
    )
    for residency in ("resident", "overseas", "mixed", "unknown"):
        for state, notice in (("read", read), ("unreadable", None), ("not_fetched", None), ("none", None)):
            for asked in requests:
                try:
                    found.append(
                        compute(
                            rule,
                            base=base,
                            residency=residency,
                            calendar=CALENDAR,
                            notice=notice,
                            notice_state=state,  # type: ignore[arg-type]
                            requests=asked,
                        )
                    )
                except NeedsDocument:
                    assert rule.resident is None or rule.overseas is None
    return found


@pytest.mark.parametrize("rule", EVERY.rules.values(), ids=lambda rule: rule.id)
def test_every_step_and_rung_of_every_rule_is_explained_in_both_languages(rule: Rule) -> None:
    found = calculations(rule)
    assert bool(found) == (rule.computable or rule.printed or rule.starts in ("register", "expiry"))
    for calculation in found:
        ja, en = explain(calculation, "ja"), explain(calculation, "en")
        assert len(ja) == len(en) >= len(calculation.steps) + len(calculation.ladder)
        assert not any("{" in line or "None" in line for line in (*ja, *en))
        assert all(any(ord(char) > 0x3000 for char in line) for line in ja)
        assert calculation.rule_version == rule.version
        closed = CALENDAR.why_closed(calculation.due) is not None
        assert not closed or not rule.rolls or rule.office != "JPO"
        assert calculation.provisional or rule.office == "JPO"
        for rung in calculation.ladder:
            assert (rung.due is None) == (rung.kind == "notice")
            assert rung.due is None or rung.due > calculation.raw_end or rung.requested
            assert rung.article in explain_rung(rung, "en") and rung.article_ja in explain_rung(rung, "ja")


@pytest.mark.parametrize("rule", BOOK.rules.values(), ids=lambda rule: rule.id)
def test_the_basis_of_a_table_period_is_named(rule: Rule) -> None:
    for calculation in calculations(rule):
        if calculation.period_source == "table":
            assert any(rule.article.en in line for line in explain(calculation, "en"))
            assert any(rule.sources[0].ja in line for line in explain(calculation, "ja"))


def test_every_step_has_words_in_both_languages() -> None:
    assert all(ja and en and ja != en for ja, en in STEPS.values())


def test_a_late_request_after_a_timely_one_is_noted_not_used() -> None:
    requests = (
        ExtensionRequest("A601", date(2025, 2, 1), "n1"),
        ExtensionRequest("A603", date(2025, 6, 1), "n2"),
    )
    rule = BOOK.rules["pat.oa.response"]
    found = compute(rule, base=BASE, residency="resident", calendar=CALENDAR, requests=requests)
    assert found.raw_end == date(2025, 5, 11)
    assert "extension_unclear" in found.notes


def test_periods_in_words() -> None:
    assert period_in_words("60d+2m", "ja") == "60日+2月"
    assert period_in_words("1m+60d", "en") == "1 month + 60 days"
    assert period_in_words("特願2020", "en") == "特願2020"


def _broken(change: Any) -> dict[str, Any]:
    content = raw()
    change(content["rules"][0])
    return content


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("period", lambda rule: rule.update(period="60 days")),
        ("period", lambda rule: rule.update(period={"resident": "60d"})),
        ("period.overseas", lambda rule: rule["period"].update(overseas=3)),
        ("title", lambda rule: rule["title"].pop("en")),
        ("sources", lambda rule: rule.update(sources=["NOWHERE"])),
        ("sources", lambda rule: rule.update(sources=[])),
        ("laws", lambda rule: rule.update(laws=["copyright"])),
        ("codes", lambda rule: rule.pop("codes")),
        ("status", lambda rule: rule.update(status="unsure")),
        ("status", lambda rule: rule.update(status="sure")),
        ("ladder", lambda rule: rule.update(ladder=["no_such_rung"])),
        ("fee_jpy", lambda rule: rule["ladder"][0].update(fee_jpy=2100)),
        ("add", lambda rule: rule["ladder"][0].update(add="2 months")),
        ("perod", lambda rule: rule.update(perod="60d")),
        ("rolls", lambda rule: rule.update(rolls="yes")),
        ("starts", lambda rule: rule.update(starts="filing")),
        ("starts", lambda rule: rule.update(starts="someday")),
        ("starts", lambda rule: rule.update(duty="none")),
        ("base", lambda rule: rule.update(base="dispatch")),
        ("duty", lambda rule: rule.update(duty="maybe")),
        ("auto", lambda rule: rule.update(office="EPO")),
        ("codes", lambda rule: rule.update(codes=[], starts="dispatch")),
        ("period", lambda rule: rule.update(period="-6m")),
        ("ladder", lambda rule: rule.update(period="day")),
        ("valid_from", lambda rule: rule.update(valid_from="spring")),
        ("valid_to", lambda rule: rule.update(valid_from="2025-01-02", valid_to="2025-01-01")),
        ("family", lambda rule: rule.pop("family")),
        ("missed", lambda rule: rule.pop("missed")),
        ("closed_by", lambda rule: rule.update(closed_by="A53")),
        ("counting", lambda rule: rule.update(counting="lunar")),
    ],
)
def test_a_broken_rule_is_refused_with_its_place(field: str, change: Any) -> None:
    with pytest.raises(RuleError) as raised:
        read_rules(_broken(change), "rules.yaml")
    assert raised.value.field == field
    assert "rules.yaml" in str(raised.value) and "pat.oa.response" in str(raised.value)


def test_the_same_id_twice_is_refused() -> None:
    content = raw()
    content["rules"].append(content["rules"][0])
    with pytest.raises(RuleError, match="twice"):
        read_rules(content, "rules.yaml")


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "rules: 3", "version: [", "version: 2026-11-22\nrules: []", "a: !!python/name:os.system"),
        'version: "1"\ncounting: article_3\nrules: []',
        'version: "1"\nversion: "2"\ncounting: article_3\nrules: []',
        'version: "1"\ncounting: by_guess\nrules: []',
        "version: 2026-13-45",
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"rules\.yaml"):
        load_rules(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        load_rules(tmp_path / "none.yaml")


def test_every_row_of_the_code_table_has_a_side_and_a_treatment_with_words() -> None:
    rows = codes_module._rows()
    assert len(rows) > 1000
    for code, row in rows.items():
        assert row.ja, code
        assert row.side in ("office", "applicant", "third_party", "unknown"), code
        for law in LAWS:
            info = lookup(code, law)
            assert info.treatment != "none" or info.reason in WHY_NONE, code
            assert info.treatment != "review" or info.reason in TEXTS, code
            assert info.treatment != "own" or info.side == "applicant", code


def test_every_code_a_rule_names_is_in_the_table() -> None:
    for rule in BOOK.rules.values():
        for code in (*rule.codes, *rule.closed_by):
            assert lookup(code, rule.laws[0]).known, code
        sides = {lookup(code, law).side for code in rule.codes for law in rule.laws}
        assert sides <= ({"applicant"} if rule.starts == "withdrawal" else {"office"})


def test_a_document_that_a_rule_says_has_no_limit_is_treated_so() -> None:
    rules = [rule for rule in BOOK.rules.values() if rule.duty == "none" and rule.codes]
    assert rules
    for rule in rules:
        for law, code in itertools.product(rule.laws, rule.codes):
            assert lookup(code, law).treatment == "none", (code, law)


def test_office_documents_that_run_a_period_never_pass_as_the_applicants_own() -> None:
    for code in (
        "A131",
        "A02",
        "A01",
        "A111",
        "A101",
        "C10",
        "C13",
        "C14",
        "C17",
        "R160",
        "R260",
        "A113",
        "A243631",
        "A205",  # service, inquiries: acts of the office whoever they are addressed to
        "C143",
        "C144",
        "C183",
        "C184",
        "A971012",  # a receipt for a notice of reasons for refusal handed over
        "C301",
    ):
        assert lookup(code, "patent").treatment in ("limit", "review"), code
        assert lookup(code, "patent").side == "office", code


def test_reviews_have_words_in_both_languages() -> None:
    for kind in TEXTS:
        found = review(kind, "e", doc="通知(A1)", doc_en="notice (A1)")
        assert found.detail_ja and found.detail_en
        assert "通知" not in found.detail_en and "{" not in found.detail_ja + found.detail_en


# --- every rule of the sources ------------------------------------------------------------------------

MERGED = {
    "pat.oa.final": "pat.oa.response: the title of the limit says that the notice is a final one",
    "pat.oa.50bis": "pat.oa.response: it has no period but that of the notice it comes with",
    "pat.formality.order": "any.formality.order",
    "pat.dismissal.reasons": "any.dismissal.reasons",
    "pat.division.oa": "pat.oa.response: as long as the response, and no occasion of its own",
    "pat.annuity.late": "pat.annuity: its late period",
    "tm.renewal.late": "tm.renewal: its late period",
    "us.maintenance": "us.maintenance.1: one rule for each of the three fees",
}
"""Entries of the sources that are no rule of their own here, and the rule that says what they say."""


def _facts() -> list[dict[str, Any]]:
    return yaml.safe_load(FACTS.read_text(encoding="utf-8"))["rules"] if FACTS.exists() else []


@pytest.mark.skipif(not FACTS.exists(), reason="the collected sources are not at hand")
def test_every_entry_of_the_sources_is_a_rule_or_part_of_one() -> None:
    entries = {entry["id"] for entry in _facts()}
    assert len(entries) == 118
    for entry in entries - EVERY.rules.keys():
        assert MERGED[entry].split(":")[0] in EVERY.rules, entry
    assert not MERGED.keys() & EVERY.rules.keys()


UNITS = {"day": "d", "month": "m", "year": "y"}


@pytest.mark.skipif(not FACTS.exists(), reason="the collected sources are not at hand")
@pytest.mark.parametrize("entry", _facts(), ids=lambda entry: entry["id"])
def test_lengths_and_closed_days_are_those_of_the_sources(entry: dict[str, Any]) -> None:
    rule = EVERY.rules.get(entry["id"])
    if rule is None or rule.duty in ("event", "none") or not rule.computable:
        return
    given = entry["period"]
    for column, periods in (("resident", rule.resident), ("overseas", rule.overseas)):
        length = given.get(column) or given.get("all")
        if length and "n" in length:
            assert periods and [(p.n, p.unit) for p in periods] in (
                [(length["n"], length["unit"])],
                [(length["n"] * 12, "month")],
            ), rule.id
    if entry["office"] == "JPO" and rule.id != "trial.suit":  # its roll-over is disputed: kept as it is
        assert rule.rolls == entry["rolls_over"]


@pytest.mark.skipif(not FACTS.exists(), reason="the collected sources are not at hand")
def test_a_length_no_source_confirms_is_never_computed_with() -> None:
    for entry in _facts():
        rule = EVERY.rules.get(entry["id"])
        if rule is not None and entry["status"] == "unsure":
            assert rule.status == "unsure" and not rule.computable, rule.id
        if rule is not None and entry["status"] == "secondary":
            assert rule.status != "official", rule.id


def test_an_unsure_rule_asks_for_the_document() -> None:
    for rule in EVERY.rules.values():
        assert rule.status != "unsure" or not rule.computable


def test_rules_offered_to_people_can_all_be_computed() -> None:
    for law in LAWS:
        offered = EVERY.offered(law)
        assert offered and all(rule.computable and rule.duty in ("limit", "chance") for rule in offered)
        assert {rule.office for rule in EVERY.offered(law, "JPO")} == {"JPO"}
    assert {rule.id for rule in EVERY.offered("patent", "KIPO")} == {"kr.oa", "kr.oa.until_2025"}


def test_nothing_of_offices_abroad_is_docketed_by_itself() -> None:
    abroad = [rule for rule in EVERY.rules.values() if rule.office != "JPO"]
    assert {rule.office for rule in abroad} == {*OFFICES} - {"JPO"}
    assert not any(rule.auto for rule in abroad)


def test_the_figures_of_the_catalogue_add_up() -> None:
    for count in catalogue(EVERY):
        rules = [r for r in EVERY.rules.values() if r.office == count.office and count.law in r.laws]
        assert count.total == len(rules) == sum(count.by_duty.values())
        assert count.by_status["unsure"] == sum(rule.status == "unsure" for rule in rules)


def test_a_file_that_lost_its_last_rules_is_refused() -> None:
    content = raw()
    content["rules"].pop()
    with pytest.raises(RuleError, match="cut off") as raised:
        read_rules(content, "rules.yaml")
    assert raised.value.field == "rule_count"


def test_two_files_with_one_rule_are_refused() -> None:
    with pytest.raises(RuleError, match="two rule files"):
        joined((BOOK, BOOK))


@pytest.mark.parametrize(
    ("on", "rules"),
    [("2025-07-10", {"kr.oa.until_2025"}), ("2025-07-11", {"kr.oa"})],
)
def test_a_changed_law_has_a_rule_for_each_time(on: str, rules: set[str]) -> None:
    assert {r.id for r in EVERY.offered("patent", "KIPO") if r.in_force(date.fromisoformat(on))} == rules


def test_the_us_extension_ends_six_months_from_mailing_and_not_from_a_moved_day() -> None:
    rule = EVERY.rules["us.oa"]
    found = compute(rule, base=date(2025, 11, 30), residency="unknown", calendar=CALENDAR)
    assert (found.raw_end, found.due) == (date(2026, 2, 28), date(2026, 3, 2))
    assert [rung.due for rung in found.ladder] == [date(2026, 3, 30), date(2026, 4, 30), date(2026, 6, 1)]
    assert found.provisional


def test_restoration_of_unintentional_lapse_is_not_shown_for_periods_before_the_law() -> None:
    rule = BOOK.rules["pat.exam.request"]
    old, new = (
        compute(rule, base=date(2020, 3, day), residency="resident", calendar=CALENDAR) for day in (30, 31)
    )
    assert not old.ladder
    assert [rung.kind for rung in new.ladder] == ["restoration"]


def test_no_law_of_japan_is_cited_for_a_period_abroad() -> None:
    for rule in EVERY.rules.values():
        if rule.office == "JPO":
            continue
        for calculation in calculations(rule):
            first = calculation.steps[0]
            assert first.code == "base_abroad", rule.id
            for language in ("ja", "en"):
                said = explain_step(first, language)
                assert "特許法" not in said and "Patent Act" not in said
                cited = {"USPTO": "37 CFR 1.7", "EPO": "EPC Rule 131"}.get(rule.office)
                assert (cited in said) if cited else not any(law in said for law in ("CFR", "EPC"))


def test_the_late_annuity_of_a_utility_model_is_counted_from_the_day_before_it_moves() -> None:
    """Due on Saturday 10 January 2026, payable until Tuesday 13 January, after the holiday of the 12th."""
    end = date(2026, 1, 10)
    due = {
        law: compute_given(
            BOOK.rules[f"{law}.annuity"], end=end, base=end, residency="resident", calendar=CALENDAR, steps=[]
        )
        for law in ("um", "pat")
    }
    assert {one.due for one in due.values()} == {date(2026, 1, 13)}
    assert due["um"].ladder[0].due == date(2026, 7, 10)
    assert due["pat"].ladder[0].due == date(2026, 7, 13)
