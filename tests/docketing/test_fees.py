"""Official fees: chosen by the day of the act, told with their source, never a blank that looks free."""

import copy
import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dossiers.docketing import store
from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.data_file import RuleError
from dossiers.docketing.engine import ExtensionRequest, compute, compute_given
from dossiers.docketing.explain import explain, explain_rung
from dossiers.docketing.fee_words import amounts_in_words, fee_in_words, span_words
from dossiers.docketing.fees import FEES, Cost, FeeBook, Span, jpo_fees, load_fees, read_fees
from dossiers.docketing.results import Calculation, Rung
from dossiers.docketing.rules import JPO_RULES, all_rules, jpo_rules, read_rules
from dossiers.docketing.serial import calculation_from_json, calculation_to_json

BOOK = jpo_fees()
PARSED = yaml.safe_load(FEES.read_text(encoding="utf-8"))
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
SOURCE = {"checked_on": "2025-06-01", "sources": ["PA"], "confidence": "official"}


def table(*amounts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A file with one fee, "one", and the fee "whole" that nobody has read."""
    texts = {
        "what": {"ja": "手続", "en": "act"},
        "article": {"ja": "1条", "en": "Art. 1"},
        "laws": ["patent"],
    }
    return {
        "version": "1",
        "fee_count": 2,
        "fee_table": {"ja": "料金表", "en": "the table"},
        "sources": {"PA": {"ja": "特許法", "en": "Patent Act"}},
        "fees": [
            {"id": "one", **copy.deepcopy(texts), "amounts": list(amounts), **fields},
            {"id": "whole", **copy.deepcopy(texts), "amounts": []},
        ],
    }


def book(*amounts: dict[str, Any]) -> FeeBook:
    return read_fees(table(*amounts), "fees.yaml")


def priced(amount: Any, first: str | None = None, last: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"amount": amount, "valid_from": first, "valid_to": last, **SOURCE, **fields}


def response(base: date, *requests: ExtensionRequest, residency: str = "resident") -> Calculation:
    rule = jpo_rules().rules["pat.oa.response"]
    return compute(rule, base=base, residency=residency, calendar=office_calendar(), requests=requests)


# --- the table of the package -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fee", "yen"),
    [
        ("extension.response.patent", 2100),
        ("extension.late.patent", 51000),
        ("extension.response.design", 2100),
        ("extension.late.design", 7200),
        ("extension.response.trademark", 2100),
        ("extension.late.trademark", 4200),
        ("extension.registration.patent", 2100),
        ("extension.registration.late.trademark", 4200),
        ("restoration.patent", 212100),
        ("restoration.utility_model", 21800),
        ("restoration.design", 24500),
        ("restoration.trademark", 86400),
    ],
)
def test_the_amounts_that_the_office_publishes(fee: str, yen: int) -> None:
    amount = BOOK.on(fee, date(2025, 6, 1))
    assert amount is not None and amount.yen == yen
    assert amount.sources and amount.checked_on <= date(2026, 11, 22)


def test_no_rule_or_rung_names_an_amount_itself() -> None:
    assert "fee_jpy" not in JPO_RULES.read_text(encoding="utf-8")
    for rule in all_rules().rules.values():
        for name in (rule.fee, *(rung.fee for rung in rule.ladder)):
            assert not name or set(rule.laws) <= set(BOOK.fees[name].laws)


def test_restoration_costs_what_it_does_only_since_the_law_of_2023() -> None:
    assert BOOK.on("restoration.patent", date(2023, 3, 31)) is None
    assert BOOK.on("restoration.patent", date(2023, 4, 1)) is not None
    assert BOOK.fees["restoration.patent"].waived.en.startswith("none if")


def test_a_restored_priority_costs_by_the_kind_of_the_later_application() -> None:
    for rule in ("pat.priority.paris", "pat.priority.domestic"):
        rung = compute(
            jpo_rules().rules[rule],
            base=date(2025, 1, 10),
            residency="resident",
            calendar=office_calendar(),
        ).ladder[0]
        words = fee_in_words(BOOK.of_rung(rung), "en")
        assert "patent ¥212,100, utility model ¥21,800" in words


def late(rule: str) -> Rung:
    """The first way to act after a fee that a register names was due."""
    day = date(2027, 1, 12)
    found = compute_given(
        jpo_rules().rules[rule],
        end=day,
        base=day,
        residency="resident",
        calendar=office_calendar(),
        steps=(),
    )
    return found.ladder[0]


def test_the_surcharge_is_told_though_the_fee_itself_is_not_known() -> None:
    rung = late("tm.instalment2")
    words = explain_rung(rung, "en")
    assert "100 % of the second instalment of the registration fee, which is not known here" in words
    assert not span_words(BOOK.of_rung(rung), "en")[0].known
    assert "後期分割登録料の100%" in explain_rung(rung, "ja")


def test_the_surcharge_of_a_late_annuity_is_told_with_the_annuity_of_each_year() -> None:
    rung = late("pat.annuity")
    words = explain_rung(rung, "en")
    assert "100 % of the annuity for the year" in words
    assert "years 4 to 6: ¥10,300 + ¥800 per claim each" in words
    assert "第10年から第25年まで毎年 59,400円 + 1請求項につき4,600円" in explain_rung(rung, "ja")
    assert span_words(BOOK.of_rung(rung), "en")[0].known


# --- what payments cost together --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fee", "year", "claims", "claims_of", "cost"),
    [
        ("annuity.patent", 4, 20, 2, Cost(2 * 10_300 + 20 * 800)),
        ("annuity.patent", 10, 12, 1, Cost(2 * 59_400 + 12 * 4_600, at_least=1)),
        ("annuity.patent", None, 12, 1, None),
        ("annuity.patent", 26, 12, 1, None),
        ("annuity.design", 4, 0, 0, Cost(2 * 16_900)),
        ("renewal.trademark", None, 0, 0, Cost(2 * 43_600, at_least=2)),
        ("surcharge.annuity.patent", 4, 20, 2, None),
    ],
)
def test_two_payments_cost(
    fee: str, year: int | None, claims: int, claims_of: int, cost: Cost | None
) -> None:
    amount = BOOK.on(fee, date(2027, 1, 12))
    assert amount is not None
    assert amount.cost(2, year=year, claims=claims, claims_of=claims_of) == cost


@pytest.mark.parametrize(
    "years",
    [
        [],
        [{"first": 1, "last": 3}],
        [{"first": 1, "last": 3, "base": 1, "more": 2}],
        [{"first": 3, "last": 1, "base": 1}],
        [{"first": 1, "last": 3, "base": 1}, {"first": 5, "last": 6, "base": 1}],
        [{"first": 1, "last": 3, "base": 1}, {"first": 3, "last": 6, "base": 1}],
        "1-3",
    ],
)
def test_years_that_cannot_be_told_apart_are_refused(years: Any) -> None:
    with pytest.raises(RuleError, match="amount"):
        book(priced({"by_year": years}, "2022-04-01"))


# --- chosen by the day of the act -------------------------------------------------------------------------


@given(DAYS)
def test_on_any_day_a_fee_has_one_amount_or_none(day: date) -> None:
    for name, fee in BOOK.fees.items():
        holding = [one for one in fee.amounts if one.holds(day)]
        assert len(holding) <= 1
        assert BOOK.on(name, day) == (holding[0] if holding else None)


CHANGES = st.lists(st.dates(date(2000, 1, 1), date(2049, 1, 1)), unique=True, max_size=5)


@given(CHANGES, st.lists(st.booleans(), min_size=6, max_size=6), DAYS, st.none() | DAYS)
def test_the_spans_of_an_act_cover_its_days_once_with_the_amount_of_each_day(
    changes: list[date], known: list[bool], first: date, last: date | None
) -> None:
    cuts = sorted(changes)
    begins = [None, *[cut.isoformat() for cut in cuts]]
    ends = [*[(cut - timedelta(days=1)).isoformat() for cut in cuts], None]
    rows = [
        priced(100 + place if known[place] else "unknown", begin, end)
        for place, (begin, end) in enumerate(zip(begins, ends, strict=True))
    ]
    made = book(*rows)
    spans = made.told("one", first, last).spans
    first = min(first, last or first)
    assert spans[0].first == first and spans[-1].last == last
    for before, after in itertools.pairwise(spans):
        assert before.last is not None and before.last + timedelta(days=1) == after.first
        assert before.amount != after.amount
    for span in spans:
        for day in (span.first, span.last or date(2199, 12, 31)):
            assert made.on("one", day) == span.amount


def test_an_amount_holds_from_its_first_day_to_its_last() -> None:
    made = book(priced(100, None, "2027-03-31"), priced(200, "2027-04-01"))
    yen = [made.on("one", date(2027, 3, 31)), made.on("one", date(2027, 4, 1))]
    assert [one.yen for one in yen if one] == [100, 200]


def test_a_fee_that_changes_within_the_time_for_the_act_is_told_with_both_amounts() -> None:
    made = book(priced(2100, None, "2027-03-31"), priced(2300, "2027-04-01"))
    told = made.told("one", date(2027, 3, 1), date(2027, 4, 30))
    assert told.yen is None
    assert amounts_in_words(told, "en") == "¥2,100 (acts until 2027-03-31) / ¥2,300 (acts from 2027-04-01)"
    assert "2,300円 （2027-04-01からの手続）" in fee_in_words(told, "ja")
    assert made.told("one", date(2027, 4, 1), date(2027, 4, 30)).yen == 2300


def test_the_end_of_the_calendar_is_no_trouble() -> None:
    made = book(priced(1, None, "9999-12-31"))
    amount = made.on("one", date.max)
    assert amount is not None
    assert made.told("one", date.max, None).spans == (Span(date.max, date.max, amount),)


# --- the window of a rung ---------------------------------------------------------------------------------


def test_an_extension_is_paid_before_the_limit_and_a_late_one_after_it() -> None:
    found = response(date(2024, 2, 27))
    early, late = found.ladder
    assert (early.act_from, early.act_until) == (date(2024, 2, 27), found.due)
    assert (late.act_from, late.act_until) == (found.due + timedelta(days=1), late.due)


def test_the_second_extension_abroad_can_still_be_paid_within_the_first() -> None:
    first, second, _ = response(date(2024, 2, 27), residency="overseas").ladder
    assert second.act_until == first.due


def test_what_has_been_asked_for_is_paid_on_the_day_of_the_request() -> None:
    found = response(date(2024, 2, 27), ExtensionRequest("A601", date(2024, 4, 1), None))
    asked = found.ladder[0]
    assert asked.requested and (asked.act_from, asked.act_until) == (date(2024, 4, 1), date(2024, 4, 1))


def test_restoration_comes_after_the_late_period() -> None:
    day = date(2027, 1, 12)
    found = compute_given(
        jpo_rules().rules["pat.annuity"],
        end=day,
        base=day,
        residency="resident",
        calendar=office_calendar(),
        steps=(),
    )
    grace, restoration = found.ladder
    assert grace.due is not None and restoration.act_from == grace.due + timedelta(days=1)


# --- in words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("en", "not known here"), ("ja", "ここでは不明")])
def test_an_unknown_fee_is_said_to_be_unknown(language: Any, words: str) -> None:
    rungs = [rung for rule in all_rules().rules.values() for rung in rule.ladder]
    for name in ("", "extension.late.formality", "a.fee.since.removed"):
        rung = Rung("restoration", date(2027, 1, 1), "", "", "", fee=name)
        assert words in explain_rung(rung, language)
        assert words in amounts_in_words(BOOK.of_rung(rung), language)
        assert BOOK.of_rung(rung).yen is None
    assert any(not rung.fee for rung in rungs)


def test_an_amount_checked_before_the_act_is_to_be_checked_before_paying() -> None:
    late = response(date(2025, 4, 10)).ladder[1]
    assert "amount as of 2025-06-01: check before paying" in explain_rung(late, "en")
    assert "納付前に要確認" in explain_rung(late, "ja")
    past = response(date(2025, 1, 10)).ladder[0]
    assert past.act_until is not None and past.act_until <= date(2025, 6, 1)
    assert "as checked on 2025-06-01" in explain_rung(past, "en")
    assert "check before paying" not in explain_rung(past, "en")


def test_source_and_first_day_are_told_and_a_secondary_source_is_called_one() -> None:
    rung = Rung("restoration", date(2027, 1, 1), "", "", "", fee="restoration.trademark")
    words = fee_in_words(BOOK.of_rung(rung), "en")
    assert "in force since 2023-04-01" in words and "source: JPO, restoration of rights" in words
    assert "none if the cause was beyond" in words
    appeal = Rung("extension", date(2027, 1, 1), "", "", "", fee="extension.response.appeal")
    assert "secondary source: " in fee_in_words(BOOK.of_rung(appeal), "en")
    assert "since when is not known here" in fee_in_words(BOOK.of_rung(appeal), "en")


@pytest.mark.parametrize(
    ("amount", "ja", "en"),
    [
        (0, "無料（0円）", "no fee (¥0)"),
        (2100, "2,100円", "¥2,100"),
        (
            {"base": 138000, "per_claim": 4000},
            "138,000円 + 1請求項につき4,000円",
            "¥138,000 + ¥4,000 per claim",
        ),
        ({"base": 0, "per_class": 32900}, "1区分につき32,900円", "¥32,900 per class"),
        ({"by_law": {"patent": 5}}, "特許 5円", "patent ¥5"),
    ],
)
def test_every_shape_of_an_amount_has_words(amount: Any, ja: str, en: str) -> None:
    told = book(priced(amount)).told("one", date(2025, 1, 1), date(2025, 1, 1))
    assert (amounts_in_words(told, "ja"), amounts_in_words(told, "en")) == (ja, en)
    assert told.yen == (amount if isinstance(amount, int) else None)


# --- what was stored --------------------------------------------------------------------------------------


def test_a_calculation_stored_before_there_was_a_table_still_reads_with_its_amount() -> None:
    stored = calculation_to_json(response(date(2024, 2, 27)))
    for rung in stored["ladder"]:
        for name in ("fee", "act_from", "act_until"):
            del rung[name]
    stored["ladder"][1]["fee_jpy"] = 51000
    old = calculation_from_json(stored).ladder
    assert BOOK.of_rung(old[1]).yen == 51000
    assert "check before paying" in explain_rung(old[1], "en")
    assert "not known here" in explain_rung(old[0], "en")


def test_a_calculation_goes_through_json_whole() -> None:
    found = response(date(2024, 2, 27))
    assert calculation_from_json(calculation_to_json(found)) == found
    assert len(explain(found, "ja")) == len(explain(found, "en"))


def test_a_changed_fee_changes_no_calculation_and_computes_no_case_again(tmp_path, monkeypatch) -> None:
    """The mark that makes every case be computed again is of the other files alone."""
    for path in store.DATA.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(store, "DATA", tmp_path)
    monkeypatch.setattr(store, "FEES", tmp_path / FEES.name)
    before = store.rules_mark.__wrapped__()
    (tmp_path / FEES.name).write_text("another fee", encoding="utf-8")
    assert store.rules_mark.__wrapped__() == before
    (tmp_path / JPO_RULES.name).write_text("another rule", encoding="utf-8")
    assert store.rules_mark.__wrapped__() != before


# --- broken files -----------------------------------------------------------------------------------------


def fields(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda top: top["fees"][0].update(changed)


def amount(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda top: top["fees"][0]["amounts"][0].update(changed)


def then(*rows: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda top: top["fees"][0].update(amounts=list(rows))


@pytest.mark.parametrize(
    ("field", "change", "words"),
    [
        ("amount", amount(amount=-1), "not negative"),
        ("amount", amount(amount="2100"), "whole number"),
        ("amount", amount(amount=True), "whole number"),
        ("amount", amount(amount=21.5), "whole number"),
        ("amount", amount(amount=None), "whole number"),
        ("amount", amount(amount={"base": 1}), "per_claim"),
        ("amount", amount(amount={"base": 1, "per_claim": -4}), "not negative"),
        ("amount", amount(amount={"by_law": {"design": 1}}), "each of patent"),
        ("amount", amount(amount={"percent": 100, "of": "nothing"}), "no fee of this file"),
        ("amount", amount(amount={"percent": 100, "of": "one"}), "a share itself"),
        ("amount", amount(amount={"percent": 100, "of": 3}), "the id of the fee"),
        ("sources", amount(sources=[]), "where the fee was read"),
        ("sources", amount(sources=["HEARSAY"]), "HEARSAY"),
        ("confidence", amount(confidence="unsure"), "official, secondary"),
        ("checked_on", amount(checked_on=None), "as of which"),
        ("checked_on", amount(checked_on="lately"), "a day such as"),
        ("valid_to", amount(valid_from="2025-01-02", valid_to="2025-01-01"), "never hold"),
        ("valid_form", amount(valid_form="2025-01-02"), "no field"),
        ("valid_from", then(priced(1), priced(2, "2026-01-01")), "overlaps"),
        ("valid_from", then(priced(1, None, "2026-01-01"), priced(2, "2026-01-01")), "overlaps"),
        ("valid_from", then(priced(1, "2026-01-01"), priced(2, None, "2025-12-31")), "overlaps"),
        ("valid_from", then(priced(1, None, "2025-12-30"), priced(2, "2026-01-01")), "leaves out"),
        ("laws", fields(laws=[]), "at least one"),
        ("laws", fields(laws=["copyright"]), "at least one"),
        ("what", fields(what={"ja": "手続"}), "ja and en"),
        ("article", fields(article=None), "ja and en"),
        ("amounts", lambda top: top["fees"][0].pop("amounts"), "empty when nobody"),
        ("amounts", fields(amounts=2100), "a list"),
    ],
)
def test_a_broken_fee_is_refused_with_its_place(field: str, change: Any, words: str) -> None:
    content = table(priced(100))
    change(content)
    with pytest.raises(RuleError, match=words) as raised:
        read_fees(content, "fees.yaml")
    assert raised.value.field == field
    assert "fees.yaml" in str(raised.value) and "fee 'one'" in str(raised.value)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("fee_count", lambda top: top.update(fee_count=3)),
        ("fee_count", lambda top: top.pop("fee_count")),
        ("fee_count", lambda top: top["fees"].pop()),
        ("fees", lambda top: top["fees"].append(top["fees"][0])),
        ("fee_table", lambda top: top.pop("fee_table")),
        ("fees", lambda top: top.update(fees={})),
        ("rates", lambda top: top.update(rates=[])),
    ],
)
def test_a_broken_table_is_refused(field: str, change: Any) -> None:
    content = table(priced(100))
    change(content)
    with pytest.raises(RuleError) as raised:
        read_fees(content, "fees.yaml")
    assert raised.value.field == field


@pytest.mark.parametrize("text", ["", "[]", "fees: 3", "version: [", 'version: "1"\nversion: "2"'])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fees.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"fees\.yaml"):
        load_fees(path)
    with pytest.raises(RuleError, match="cannot be read"):
        load_fees(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rule: rule["ladder"][0].update(fee="extension.of.nothing"), "add it to the table"),
        (lambda rule: rule["ladder"][0].update(fee="extension.response.design"), "a fee for design alone"),
        (lambda rule: rule["ladder"][0].update(fee=2100), "must be a text"),
        (lambda rule: rule.update(fee="registration.design"), "a fee for design alone"),
    ],
)
def test_a_rule_that_names_a_wrong_fee_is_refused(change: Any, words: str) -> None:
    content = copy.deepcopy(yaml.safe_load(JPO_RULES.read_text(encoding="utf-8")))
    change(content["rules"][0])
    with pytest.raises(RuleError, match=words) as raised:
        read_rules(content, "rules.yaml")
    assert raised.value.field == "fee" and raised.value.rule_id == "pat.oa.response"


def test_a_fee_edited_badly_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dossiers import checks
    from dossiers.docketing import fees, rules

    path = tmp_path / "fees.yaml"
    path.write_text(FEES.read_text(encoding="utf-8").replace("2100", "-2100", 1), encoding="utf-8")
    monkeypatch.setattr(fees, "FEES", path)
    monkeypatch.setattr(rules, "jpo_fees", lambda: load_fees(path))
    monkeypatch.setattr(rules, "all_rules", lambda: rules.load_rules(JPO_RULES))
    found = checks.rules_can_be_used(None)
    assert [one.id for one in found] == ["ipportal.E008"]
    assert "not negative" in str(found[0].msg) and "extension.response.patent" in str(found[0].msg)


def test_a_rung_keeps_what_it_is_when_its_fee_is_renamed_away() -> None:
    rung = replace(response(date(2024, 2, 27)).ladder[0], fee="gone")
    assert "until 2024-06-27" in explain_rung(rung, "en")
