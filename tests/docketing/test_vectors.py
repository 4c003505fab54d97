"""Tables of worked examples: the law's, ours and the sources', and tables written badly."""

from pathlib import Path

import pytest

from dossiers.docketing.calendar import office_calendar
from dossiers.docketing.rules import all_rules
from dossiers.docketing.vectors import COLUMNS, OWN_VECTORS, VectorResult, run_vectors
from dossiers.management.limit_words import vector_totals

SOURCES = Path(__file__).resolve().parents[2] / ".." / "shared" / "spec" / "deadline-vectors.tsv"
RULES, CALENDAR = all_rules(), office_calendar()
HEAD = "\t".join(COLUMNS)


def run(text: str) -> list[VectorResult]:
    return run_vectors(text.splitlines(keepends=True), RULES, CALENDAR)


def line(**changed: str) -> str:
    row = {
        **dict.fromkeys(COLUMNS, ""),
        "id": "X1",
        "rule_id": "pat.oa.response",
        "law": "patent",
        "base_date": "2025-03-04",
        "residency": "resident",
        "period": "60d",
        "expected_raw_end": "2025-05-03",
        "rolls_over": "yes",
        "expected_due": "2025-05-07",
        "kind": "positive",
    }
    return "\t".join({**row, **changed}.values())


def one(**changed: str) -> VectorResult:
    (result,) = run(f"{HEAD}\n{line(**changed)}\n")
    return result


def _rows(path: Path) -> list[VectorResult]:
    return run(path.read_text(encoding="utf-8")) if path.exists() else []


@pytest.mark.parametrize("result", _rows(OWN_VECTORS), ids=lambda result: result.id)
def test_our_worked_example(result: VectorResult) -> None:
    assert result.passed, result.message


def test_our_examples_cover_what_goes_wrong() -> None:
    results = _rows(OWN_VECTORS)
    assert len(results) >= 40
    assert len({result.id for result in results}) == len(results)
    assert sum(result.by_rule for result in results) >= 40
    assert sum(result.kind == "negative" for result in results) >= 5


@pytest.mark.skipif(not SOURCES.exists(), reason="the worked examples of the sources are not at hand")
@pytest.mark.parametrize("result", _rows(SOURCES), ids=lambda result: result.id)
def test_worked_example_of_the_sources(result: VectorResult) -> None:
    assert result.passed, result.message


@pytest.mark.skipif(not SOURCES.exists(), reason="the worked examples of the sources are not at hand")
def test_every_line_of_the_sources_is_run() -> None:
    lines = SOURCES.read_text(encoding="utf-8").splitlines()
    assert len(_rows(SOURCES)) == len(lines) - 1 == 45


def test_a_good_line_is_computed_by_the_rule_too() -> None:
    result = one()
    assert result.passed and result.by_rule
    assert (str(result.raw_end), str(result.due)) == ("2025-05-03", "2025-05-07")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"expected_due": "2025-05-08"}, "computed 2025-05-03 → 2025-05-07, expected"),
        ({"expected_raw_end": "2025-05-04"}, "computed"),
        ({"stated_by_source": "2025-05-06"}, "the source states 2025-05-06"),
        ({"kind": "negative", "stated_by_source": "2025-05-07"}, "the wrong statement 2025-05-07 came out"),
        ({"kind": "negative"}, "must say what is stated wrongly"),
        ({"rolls_over": "no", "expected_due": "2025-05-03", "rule_id": ""}, ""),
    ],
)
def test_what_does_not_come_out_is_said(changed: dict[str, str], words: str) -> None:
    result = one(**changed)
    assert result.passed == (not words)
    assert words in result.message


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"base_date": "2025-02-30"}, "base_date is '2025-02-30'"),
        ({"base_date": ""}, "base_date"),
        ({"period": "60 days"}, "no period"),
        ({"expected_due": "soon"}, "expected_due"),
        ({"rolls_over": "maybe"}, "rolls_over"),
        ({"kind": "dubious"}, "kind"),
        ({"stated_by_source": "7 May"}, "stated_by_source"),
        ({"base_date": "9999-12-01"}, "runs out of the calendar"),
        ({"note": "one\ttoo many"}, "17 fields, not 16"),
    ],
)
def test_a_line_that_cannot_be_read_fails_with_its_number(changed: dict[str, str], words: str) -> None:
    good = line()
    results = run(f"# a comment\n{HEAD}\n{good}\n\n{line(**changed)}\n")
    assert [result.line for result in results] == [3, 5]
    assert results[0].passed
    assert not results[1].passed and words in results[1].message


@pytest.mark.parametrize("text", ["", "\n\n", "id\tlaw\n", "not a table at all"])
def test_a_table_without_its_names_fails(text: str) -> None:
    results = run(text)
    assert len(results) == 1
    assert not results[0].passed and results[0].message


def test_quotes_in_a_note_are_no_syntax() -> None:
    assert one(note='counts "60 days').passed


def test_a_misspelt_rule_is_named_and_not_taken_for_one_that_was_run() -> None:
    found = one(rule_id="pat.oa.respons")
    assert (found.passed, found.by_rule, found.no_rule) == (True, False, "pat.oa.respons")
    assert "by their length alone: pat.oa.respons." in vector_totals([found, one()])
    assert "length alone" not in vector_totals([one()])
