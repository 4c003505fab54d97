"""The rule file, the words for it, and the table of document codes."""

import copy
import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from dossiers.docketing import codes as codes_module
from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.codes import WHY_NONE, lookup
from dossiers.docketing.dates import parse_periods
from dossiers.docketing.engine import ExtensionRequest, NeedsDocument, compute, compute_given
from dossiers.docketing.explain import STEPS, explain, explain_rung, period_in_words
from dossiers.docketing.facts import NoticeFact
from dossiers.docketing.results import Calculation, Step
from dossiers.docketing.reviews import TEXTS, review
from dossiers.docketing.rules import JPO_RULES, LAWS, Rule, RuleError, jpo_rules, load_rules, read_rules

BOOK, CALENDAR = jpo_rules(), office_calendar()
BASE = date(2025, 1, 10)
ENGINE_VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared" / "spec" / "deadline-vectors.tsv"


PARSED = yaml.safe_load(JPO_RULES.read_text(encoding="utf-8"))


def raw() -> dict[str, Any]:
    # Anchors of the file share their values: break one copy, not the others.
    return copy.deepcopy(PARSED)


def calculations(rule: Rule) -> list[Calculation]:
    """The rule computed for every kind of applicant, read and unread, with and without extensions."""
    if rule.base in ("register", "expiry"):
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
    requests = (
        (),
        (ExtensionRequest("A601", date(2025, 2, 1), "n1"), ExtensionRequest("A601", date(2025, 2, 2), "n2")),
        (ExtensionRequest("A603", date(2025, 6, 1), None),),
    )
    for residency in ("resident", "overseas", "mixed", "unknown"):
        for state, notice in (("read", read), ("unreadable", None), ("not_fetched", None), ("none", None)):
            for asked in requests:
                try:
                    found.append(
                        compute(
                            rule,
                            base=BASE,
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


@pytest.mark.parametrize("rule", BOOK.rules.values(), ids=lambda rule: rule.id)
def test_every_step_and_rung_of_every_rule_is_explained_in_both_languages(rule: Rule) -> None:
    found = calculations(rule)
    assert found
    for calculation in found:
        ja, en = explain(calculation, "ja"), explain(calculation, "en")
        assert len(ja) == len(en) >= len(calculation.steps) + len(calculation.ladder)
        assert not any("{" in line or "None" in line for line in (*ja, *en))
        assert all(any(ord(char) > 0x3000 for char in line) for line in ja)
        assert calculation.rule_version == BOOK.version
        assert CALENDAR.why_closed(calculation.due) is None
        for rung in calculation.ladder:
            assert (rung.due is not None and rung.due > calculation.raw_end) or rung.requested
            assert rung.article in explain_rung(rung, "en") and rung.article_ja in explain_rung(rung, "ja")


@pytest.mark.parametrize("rule", BOOK.rules.values(), ids=lambda rule: rule.id)
def test_the_basis_of_a_table_period_is_named(rule: Rule) -> None:
    for calculation in calculations(rule):
        if calculation.period_source == "table":
            assert any(rule.article.en in line for line in explain(calculation, "en"))
            assert any(rule.sources[0].ja in line for line in explain(calculation, "ja"))


def test_every_step_has_words_in_both_languages() -> None:
    assert all(ja and en and ja != en for ja, en in STEPS.values())


@pytest.mark.skipif(not ENGINE_VECTORS.exists(), reason="the worked examples are not at hand")
def test_rules_give_the_due_dates_of_the_worked_examples() -> None:
    checked = 0
    with ENGINE_VECTORS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            rule = BOOK.rules.get(row["rule_id"])
            if rule is None or rule.resident is None:
                continue
            residency = row["residency"] if row["residency"] != "any" else "resident"
            calculation = compute(
                rule, base=date.fromisoformat(row["base_date"]), residency=residency, calendar=CALENDAR
            )
            original = parse_periods(row["period"])[:1]
            if original != (rule.overseas if residency == "overseas" else rule.resident):
                continue
            ends = {calculation.due.isoformat(), *(str(rung.due) for rung in calculation.ladder)}
            assert row["expected_due"] in ends, row["id"]
            assert row["kind"] == "positive" or row["stated_by_source"] not in ends, row["id"]
            checked += 1
    assert checked >= 12


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
        ("fee_jpy", lambda rule: rule["ladder"][0].update(fee_jpy="2100")),
        ("add", lambda rule: rule["ladder"][0].update(add="2 months")),
        ("perod", lambda rule: rule.update(perod="60d")),
        ("rolls", lambda rule: rule.update(rolls="yes")),
        ("base", lambda rule: rule.update(base="filing")),
        ("closed_by", lambda rule: rule.update(closed_by="A53")),
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
    ["", "[]", "rules: 3", "version: [", "version: 2026-11-22\nrules: []", "a: !!python/name:os.system"],
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
        assert all(lookup(code, law).side == "office" for code in rule.codes for law in rule.laws)


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
