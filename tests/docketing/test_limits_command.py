"""The time limits of a terminal are those of the docket, with every step, or a sentence that says why not."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dossiers.docketing.rules import all_rules, catalogue
from dossiers.docketing.vectors import OWN_VECTORS
from dossiers.models import OfficeClosure
from tests.conftest import RECORDINGS

pytestmark = pytest.mark.django_db
SHARED_VECTORS = RECORDINGS.parent / "spec" / "deadline-vectors.tsv"


def limits(*arguments: str) -> str:
    out = io.StringIO()
    call_command("limits", *arguments, stdout=out)
    return out.getvalue()


def explained(*arguments: str) -> dict:
    return json.loads(limits("explain", *arguments, "--json"))


def refused(*arguments: str) -> tuple[str, int]:
    with pytest.raises(CommandError) as caught:
        limits(*arguments)
    return str(caught.value), caught.value.returncode


RESPONSE = ("pat.oa.response", "--from", "2022-09-30")


def test_a_response_is_explained_from_the_dispatch_to_the_due_date_with_its_articles():
    told = limits("explain", *RESPONSE, "--residency", "overseas")
    # Three months from 10-01 end on 12-31; 12-31 to 01-03 are closed: 2023-01-04 (Art. 3).
    for words in ("2022-12-31", "2023-01-04", "Patent Act Art. 3(2)", "Patent Act Art. 50", "New Year's Day"):
        assert words in told


def test_the_same_is_said_in_japanese():
    told = limits("explain", *RESPONSE, "--residency", "overseas", "--language", "ja")
    for words in ("2023-01-04", "特許法3条2項", "発送日", "手数料：2,100円"):
        assert words in told


def test_an_extension_is_one_period_from_the_original_start():
    """Five months from 2022-10-01 end on the last day of February, with no stop at the closed New Year."""
    found = explained(*RESPONSE, "--residency", "overseas", "--extend", "A601=2022-12-20")
    assert (found["raw_end"], found["due"], found["period"]) == ("2023-02-28", "2023-02-28", "3m")
    assert [rung["requested"] for rung in found["ladder"]] == [True, False]


def test_both_extensions_of_overseas_parties_end_after_six_months():
    found = explained(
        *RESPONSE, "--residency", "overseas", "--extend", "A601=2022-12-20", "--extend", "A601=2022-12-20"
    )
    assert found["due"] == "2023-03-31"


def test_a_late_extension_is_taken_when_it_came_in_its_two_months():
    found = explained(*RESPONSE, "--residency", "resident", "--extend", "A603=2022-12-15")
    assert found["raw_end"] == "2023-01-29" and found["due"] == "2023-01-30"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("A601=2023-06-01", "comes outside its time: until 2022-11-29"),
        ("A603=2022-10-15", "comes outside its time: after 2022-11-29"),
        ("A603=2023-06-15", "comes outside its time"),
        ("A999=2022-10-15", "it can be extended by A601, A603"),
    ],
)
def test_a_request_that_extends_nothing_gives_no_date(asked, words):
    said, code = refused("explain", *RESPONSE, "--residency", "resident", "--extend", asked)
    assert words in said and "Nothing was computed" in said and code == 1


def test_two_extensions_of_a_resident_are_one_too_many():
    twice = ("--extend", "A601=2022-10-20", "--extend", "A601=2022-10-21")
    said, code = refused("explain", *RESPONSE, "--residency", "resident", *twice)
    assert "extends nothing" in said and code == 1


def test_what_the_notice_prints_counts():
    found = explained(*RESPONSE, "--notice-period", "3m")
    assert (found["period_source"], found["due"]) == ("notice", "2023-01-04")
    assert explained(*RESPONSE)["period_source"] == "table"


def test_residency_not_known_takes_the_shorter_period_and_says_so():
    found = explained(*RESPONSE)
    assert (found["due"], found["provisional"]) == ("2022-11-29", True)
    assert any("shorter" in step["text"] for step in found["steps"])


def test_fees_and_last_days_of_the_ladder_are_told():
    ladder = explained(*RESPONSE, "--residency", "resident", "--notice-period", "60d")["ladder"]
    assert [(rung["kind"], rung["due"], rung["fee_jpy"]) for rung in ladder] == [
        ("extension", "2023-01-30", 2100),
        ("late_extension", "2023-01-30", 51000),
    ]


def test_a_fee_of_the_ladder_is_told_with_its_source_and_how_fresh_it_is():
    fee = explained(*RESPONSE, "--residency", "resident", "--notice-period", "60d")["ladder"][1]["fee"]
    amount = fee["amounts"][0]
    assert (fee["id"], fee["known"], amount["yen"]) == ("extension.late.patent", True, 51000)
    assert (amount["checked_on"], amount["check_before_paying"]) == ("2025-06-01", False)
    assert amount["sources"][0]["en"].startswith("JPO, extension of time")


def test_what_the_act_itself_costs_is_said_to_be_unknown_where_it_is():
    examination = ("pat.exam.request", "--from", "2024-01-12")
    found = explained(*examination)
    assert (found["fee"]["id"], found["fee"]["known"]) == ("examination.patent", False)
    assert found["ladder"][0]["fee_jpy"] == 212100
    assert "For the act itself: fee not known here: see the office's fee table" in limits(
        "explain", *examination
    )
    assert explained(*RESPONSE)["fee"] is None


def test_the_fees_are_listed_as_they_are_on_a_day():
    told = json.loads(limits("fees", "--on", "2023-03-31", "--json"))
    fees = {fee["id"]: fee for fee in told["fees"]}
    assert told["on"] == "2023-03-31"
    assert not fees["restoration.patent"]["known"] and fees["extension.late.patent"]["known"]
    assert fees["annuity.patent"]["known"] and fees["surcharge.annuity.patent"]["known"]
    assert not fees["instalment.trademark"]["known"] and not fees["surcharge.instalment.trademark"]["known"]
    later = json.loads(limits("fees", "--on", "2023-04-01", "--json"))["fees"]
    restored = next(fee for fee in later if fee["id"] == "restoration.patent")["amounts"][0]
    assert (restored["yen"], restored["valid_from"]) == (212100, "2023-04-01")
    assert "¥51,000" in limits("fees") and "51,000円" in limits("fees", "--language", "ja")
    assert "not known here: see the office's fee table" in limits("fees")


def test_a_day_that_is_none_is_refused_in_the_list_of_fees():
    said, code = refused("fees", "--on", "yesterday")
    assert "no day of the calendar" in said and code == 2


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2022-11-20", "9 days left"),
        ("2022-12-05", "Left is: Extension after expiry: until 2023-01-30"),
        ("2023-02-01", "nothing later is left"),
    ],
)
def test_what_stands_on_a_day_is_said(day, words):
    assert words in limits("explain", *RESPONSE, "--residency", "resident", "--as-of", day)


def test_a_term_ends_when_it_ends_and_its_renewal_opens_six_months_before():
    found = explained("tm.renewal", "--from", "2030-04-10")
    assert found["due"] == "2030-04-10"
    assert any("2029-10-11" in step["text"] for step in found["steps"])


def test_the_closures_an_administrator_entered_move_a_limit():
    OfficeClosure.objects.create(
        day=date(2022, 11, 29), reason_ja="臨時閉庁", reason_en="closed for once", source="告示"
    )
    found = explained(*RESPONSE, "--residency", "resident")
    assert found["due"] == "2022-11-30"
    assert any("closed for once" in step["text"] for step in found["steps"])


def test_a_rule_that_says_there_is_no_limit_says_why():
    assert "No time limit runs" in limits("explain", "pat.zenchi.report", "--from", "2024-01-10")
    assert explained("pat.zenchi.report", "--from", "2024-01-10")["due"] is None


@pytest.mark.parametrize("rule", sorted(all_rules().rules))
def test_every_rule_is_explained_or_says_what_is_missing_in_both_languages(rule):
    for language in ("ja", "en"):
        try:
            told = limits("explain", rule, "--from", "2025-09-30", "--language", language)
        except CommandError as error:
            assert error.returncode == 1 and ("document alone" in str(error) or "holds for" in str(error))
        else:
            assert rule in told and "None" not in told and "{" not in told


# --- wrong use --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pat.oa", "--from", "2022-09-30"), "Did you mean pat.oa.response"),
        (("pat.oa.respons", "--from", "2022-09-30"), "Did you mean pat.oa.response"),
        (("A131", "--from", "2022-09-30", "--law", "design"), "The document A131 starts design.oa.response"),
        (("%%%", "--from", "2022-09-30"), "`limits rules` lists all"),
        ((*RESPONSE, "--law", "design"), "is a rule for patent, not design"),
        (("pat.oa.response", "--from", "2022-02-30"), "is no day of the calendar"),
        (("pat.oa.response", "--from", "soon"), "is no day of the calendar"),
        (("pat.oa.response", "--from", "9999-12-31"), "is not plausible"),
        (("pat.oa.response", "--from", "1066-10-14"), "is not plausible"),
        ((*RESPONSE, "--as-of", "2022-13-01"), "is no day of the calendar"),
        ((*RESPONSE, "--extend", "A601"), "write --extend as"),
        ((*RESPONSE, "--extend", "=2022-10-01"), "write --extend as"),
        ((*RESPONSE, "--extend", "A601=2022-02-30"), "is no day of the calendar"),
        ((*RESPONSE, "--extend", "A601=2022-01-30"), "earlier than the start"),
        ((*RESPONSE, "--notice-period", "sixty"), "is no period"),
        ((*RESPONSE, "--notice-period", "3m+2m"), "one length"),
        (("pat.appeal", "--from", "2022-09-30", "--notice-period", "3m"), "not from a document"),
        (("tm.renewal", "--from", "2030-04-10", "--extend", "A601=2030-04-11"), "cannot be extended"),
    ],
)
def test_wrong_use_is_a_sentence(arguments, words):
    said, code = refused("explain", *arguments)
    assert words in said and code == 2


def test_a_length_that_only_the_document_says_gives_no_date():
    said, code = refused("explain", "any.notice.with_period", "--from", "2025-01-10")
    assert "in the document alone" in said and code == 1


# --- the rules --------------------------------------------------------------------------------------------


def test_all_rules_are_listed_with_their_count_by_law_and_sureness():
    told = limits("rules")
    assert all(f"{rule} " in told for rule in all_rules().rules)
    assert f"{len(all_rules().rules)} rules" in told
    found = json.loads(limits("rules", "--json"))
    assert len(found["rules"]) == len(all_rules().rules)
    assert [row["total"] for row in found["counts"]] == [row.total for row in catalogue(all_rules())]


def test_the_rules_of_one_law_are_those_and_no_others():
    found = json.loads(limits("rules", "--law", "design", "--office", "JPO", "--json"))
    assert found["rules"] and all("design" in rule["laws"] for rule in found["rules"])
    assert {row["law"] for row in found["counts"]} == {"design"}
    assert found["counts"][0]["total"] == len(found["rules"])


# --- examples ---------------------------------------------------------------------------------------------


def test_our_own_examples_all_pass():
    told = limits("verify", str(OWN_VECTORS), "--all")
    assert told.count("pass line") >= 40 and "FAIL" not in told


@pytest.mark.skipif(not SHARED_VECTORS.exists(), reason="the worked examples are not at hand")
def test_the_worked_examples_all_pass():
    told = limits("verify", str(SHARED_VECTORS), "--all")
    assert "FAIL" not in told
    examples = [line for line in SHARED_VECTORS.read_text().splitlines() if line.strip()][1:]
    assert told.count("pass line") == len([line for line in examples if not line.startswith("#")])


def table(folder: Path, *lines: str) -> str:
    head = next(line for line in OWN_VECTORS.read_text().splitlines() if not line.startswith("#"))
    file = folder / "examples.tsv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return str(file)


def example(base="2025-01-31", raw="2025-02-28", due="2025-02-28", kind="positive", stated="") -> str:
    days = f"{base}\tany\t1m\t{raw}\tyes\t{due}\t{stated}"
    return f"X1\tgeneric.month\tany\tone month\t{days}\t\t{kind}\t\tArt. 3\t"


def failing(*arguments: str) -> str:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("limits", *arguments, stdout=out)
    assert ended.value.code == 1
    return out.getvalue()


def test_an_example_that_does_not_come_out_is_a_failure_with_its_line(tmp_path):
    told = failing("verify", table(tmp_path, example(), example(due="2025-03-03")))
    assert "FAIL line 3" in told and "positive: 1 of 2 passed" in told


def test_a_wrong_statement_that_comes_out_after_all_is_a_failure(tmp_path):
    assert "FAIL" in failing("verify", table(tmp_path, example(kind="negative", stated="2025-02-28")))


@pytest.mark.parametrize(
    "line", ["X1\tonly three\tfields", "X" + "\t" * 15, example(base="2025-02-30"), "???"]
)
def test_a_malformed_line_is_named_by_its_number_and_none_is_skipped(tmp_path, line):
    told = failing("verify", table(tmp_path, example(), line, example()))
    assert "FAIL line 3" in told and "unreadable: 0 of 1 passed" in told and "positive: 2 of 2" in told


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing\n"])
def test_an_empty_table_is_no_success(tmp_path, content):
    file = tmp_path / "empty.tsv"
    file.write_bytes(content)
    assert "the table is empty" in failing("verify", str(file))


def test_a_table_that_cannot_be_read_is_a_sentence(tmp_path):
    said, code = refused("verify", str(tmp_path / "gone.tsv"))
    assert "cannot be read" in said and code == 2
    (tmp_path / "odd.tsv").write_bytes(b"\xff\xfe\x00")
    assert refused("verify", str(tmp_path / "odd.tsv"))[1] == 2
