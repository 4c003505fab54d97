"""Tables become cases: every row has its line, its outcome and its reason; it can be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers import clock, intake
from dossiers.docketing import instructions
from dossiers.intake import background, batches, importing, undoing
from dossiers.intake.bringing import changes
from dossiers.intake.cases import edit_case
from dossiers.models import AuditEntry, Batch, BatchLine, Case, ImportFile, SearchText, WatchlistEntry
from tests import make
from tests.intake import files

pytestmark = pytest.mark.django_db
State, Stage = BatchLine.State, Batch.State


@pytest.fixture
def people(alice, bob):
    return alice, bob


def brought(alice, body, columns=None, **told):
    file = intake.keep_file(name="cases.csv", body=body, by=alice, **told)
    return intake.start_import(file, columns or file.columns, by=alice)


def table(*rows, head=("出願番号", "整理番号")):
    return files.csv_of([head, *rows])


def states(batch):
    return list(batch.lines.values_list("state", flat=True))


@pytest.mark.parametrize(
    "body", [files.csv_of(), files.excel(), files.csv_of(encoding="cp932", delimiter="\t")]
)
def test_columns_are_known_by_their_headings_and_every_row_has_a_line(people, body):
    file = intake.keep_file(name="x", body=body, by=people[0])
    assert file.columns == ["number", "own_reference", "client", "owner", "tags", "note"]
    batch = intake.start_import(file, file.columns, by=people[0])
    assert batch.state == Stage.PREVIEW
    assert states(batch) == [State.READY, State.READY, State.UNREADABLE]
    first = batch.lines.get(position=1)
    assert (first.row, first.own_reference) == (2, "ABC-0001")
    assert first.values["client"] == "架空電機株式会社"
    assert first.values["owner"] == people[0].pk
    assert first.values["tags"] == ["重要", "急ぎ"]
    assert not Case.objects.exists()


def test_what_rows_say_is_on_the_cases_once_they_are_saved(people):
    alice, _bob = people
    watchlist = make.watchlist(alice, name="監視中")
    head = ("Application No.", "Our ref", "Client", "Attorney", "Deputy", "Tags", "Notes", "Watchlist")
    row = ("特願2020-008423", "ABC-1", "架空電機", "ALICE", "bob", "重要", "請求項1", "監視中")
    saved = intake.save_batch(brought(alice, table(row, head=head)), by=alice)
    case = Case.objects.get()
    assert (saved.added, case.own_reference, case.client, case.note) == (1, "ABC-1", "架空電機", "請求項1")
    assert (case.owner, case.deputy) == people
    assert [tag.name for tag in case.tags.all()] == ["重要"]
    assert watchlist.entries.get().case == case
    assert "重要" in SearchText.objects.get(case=case).text
    assert not ImportFile.objects.exists()


def test_a_title_above_the_headings_is_passed_over(people):
    batch = brought(
        people[0], files.csv_of([["案件一覧", ""], ["出願番号", "整理番号"], ["特願2020-008423", "A"]])
    )
    assert [(line.row, line.state) for line in batch.lines.all()] == [(3, State.READY)]


def test_a_table_without_headings_is_told_by_what_stands_in_it(people):
    file = intake.keep_file(name="x", body=b"ABC,2020-008423,R-1\nDEF,2020-008424,R-2\n", by=people[0])
    assert file.columns == ["", "number", "own_reference"]
    assert file.heading_row == 0


def test_what_somebody_said_of_columns_is_remembered_for_the_same_headings_and_for_them_alone(people):
    alice, bob = people
    odd = files.csv_of([["Aktenzeichen", "Bemerkung"], ["特願2020-008423", "x"]])
    file = intake.keep_file(name="a", body=odd, by=alice)
    assert file.columns == ["number", ""]
    intake.start_import(file, ["number", "client"], by=alice)
    assert intake.keep_file(name="b", body=odd, by=alice).columns == ["number", "client"]
    assert intake.keep_file(name="b", body=odd, by=bob).columns == ["number", ""]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (["", "client"], "no_number_column"),
        (["number", "number"], "repeated_column"),
        (["x", "number"], "no_such_column"),
    ],
)
def test_columns_by_which_no_row_could_be_read_are_refused(people, columns, code):
    file = intake.keep_file(name="x", body=table(("特願2020-008423", "A")), by=people[0])
    with pytest.raises(intake.MappingRefused) as refused:
        intake.start_import(file, columns, by=people[0])
    assert refused.value.code == code
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("cell", "state", "why"),
    [
        ("2026012345.0", State.READY, ""),
        ("2.026012345E+09", State.READY, ""),
        ("2.02601E+09", State.UNREADABLE, "rounded"),
        ("", State.UNREADABLE, "no_number"),
        ("2020-12", State.UNREADABLE, "may_be_date"),
        ("特願2020-1 特願2020-2", State.UNREADABLE, "several_in_a_cell"),
        ("本件は特願2020-008423です", State.READY, ""),
        ("不服2020-12345", State.UNREADABLE, "appeal_number"),
    ],
)
def test_numbers_as_spreadsheets_spoil_them(people, cell, state, why):
    line = brought(people[0], table((cell, "A")), default_law="patent").lines.get()
    assert (line.state, line.message) == (state, why)


def test_a_bare_number_in_a_column_of_publications_is_none_of_an_application(people):
    line = brought(people[0], table(("2021-012345", "A"), head=("公開番号", "整理番号"))).lines.get()
    assert (line.kind, line.number, line.state) == ("publication", "2021012345", State.TO_RESOLVE)


def test_the_first_number_that_a_row_has_names_its_case(people):
    head = ("出願番号", "登録番号", "法域")
    batch = brought(
        people[0], table(("", "6789012", "特許"), ("特願2020-008423", "6789012", "特許"), head=head)
    )
    assert [(line.kind, line.law) for line in batch.lines.all()] == [
        ("registration", "patent"),
        ("application", "patent"),
    ]


def test_a_law_that_contradicts_its_number_is_said_and_not_resolved(people):
    head = ("出願番号", "法域")
    rows = (("特願2020-008423", "商標"), ("2020-008423", "意匠"), ("2020-008423", "実用新案"))
    batch = brought(people[0], table(*rows, head=head))
    assert [(line.state, line.law or line.message) for line in batch.lines.all()] == [
        (State.UNREADABLE, "law_contradicts"),
        (State.READY, "design"),
        (State.UNREADABLE, "utility_model"),
    ]


def test_nothing_of_a_row_is_cut_or_dropped_without_a_word(people):
    head = ("出願番号", "整理番号", "顧客", "担当者", "リスト", "タグ", "備考")
    row = ("特願2020-008423", "R" * 61, "C" * 121, "だれか", "ない", "★", "n" * 10_001)
    line = brought(people[0], table(row, head=head)).lines.get()
    assert {code for code, _detail in line.remarks} == {
        "own_reference_too_long",
        "client_too_long",
        "owner_unknown",
        "list_unknown",
        "tags_no_name",
        "note_too_long",
    }
    assert (line.values, line.own_reference) == ({}, "")


def test_the_same_file_again_doubles_nothing_and_says_so(people):
    alice = people[0]
    body = table(("特願2020-008423", "A"), ("特願2020-008424", "B"), ("特願２０２０－８４２３", "C"))
    intake.save_batch(brought(alice, body), by=alice)
    again = brought(alice, body)
    assert states(again) == [State.KNOWN, State.KNOWN, State.REPEATED]
    saved = intake.save_batch(again, by=alice)
    assert (saved.added, Case.objects.count(), WatchlistEntry.objects.count()) == (0, 2, 0)


def test_known_cases_change_only_when_somebody_says_so_and_the_old_words_are_kept(people):
    alice, bob = people
    case = make.case("2020008423", own_reference="OLD", client="旧", note="前の注", owner=bob)
    head = ("出願番号", "整理番号", "顧客", "担当者", "備考", "タグ")
    body = table(("特願2020-008423", "NEW", "", "alice", "新しい注", "重要"), head=head)
    intake.save_batch(brought(alice, body), by=alice)
    case.refresh_from_db()
    assert (case.own_reference, case.owner, case.note) == ("OLD", bob, "前の注")

    second = brought(alice, body)
    line = second.lines.get()
    assert changes(line)["own_reference"] == ("OLD", "NEW")
    assert "client" not in changes(line)
    intake.save_batch(second, by=alice, update_known=True)
    case.refresh_from_db()
    assert (case.own_reference, case.client, case.owner, case.note) == (
        "NEW",
        "旧",
        alice,
        "前の注\n新しい注",
    )
    line.refresh_from_db()
    assert line.state == State.UPDATED
    assert line.old["fields"]["own_reference"] == "OLD"
    assert AuditEntry.objects.filter(case=case, action="case.edit").exists()
    assert not changes(brought(alice, body).lines.get())


def test_many_rows_are_read_and_added_in_the_background_where_it_was_broken_off(people, monkeypatch):
    monkeypatch.setattr(importing, "_AT_ONCE", 40)
    monkeypatch.setattr(importing, "ROWS_NOW", 40)
    monkeypatch.setattr(batches, "AT_ONCE", 40)
    monkeypatch.setattr(batches, "MOST_NOW", 40)
    alice = people[0]
    batch = brought(alice, table(*((f"特願2020-{n:06d}", f"R{n}") for n in range(1, 131))))
    assert (batch.state, batch.lines.count()) == (Stage.READING, 40)
    importing.read_on(batch, most=40)
    assert batch.lines.count() == 80
    assert not background.pump(budget_seconds=60)
    batch.refresh_from_db()
    assert (batch.state, batch.lines.count()) == (Stage.PREVIEW, 130)
    assert list(batch.lines.values_list("position", flat=True)) == list(range(1, 131))
    intake.save_batch(batch, by=alice)
    assert Case.objects.count() == 0
    batches.save_on(batch)
    assert Case.objects.count() == 40
    background.pump(budget_seconds=60)
    batch.refresh_from_db()
    assert (batch.state, Case.objects.count()) == (Stage.SAVED, 130)


def test_a_number_repeated_much_later_is_found_to_be_so(people, monkeypatch):
    monkeypatch.setattr(importing, "_AT_ONCE", 10)
    monkeypatch.setattr(importing, "ROWS_NOW", 10)
    rows = [(f"特願2020-{n:06d}", "") for n in range(1, 21)] + [("特願2020-000001", "")]
    batch = brought(people[0], table(*rows))
    background.pump(budget_seconds=60)
    assert states(batch)[-1] == State.REPEATED


def test_more_rows_than_an_import_takes_are_refused_whole(people, monkeypatch):
    monkeypatch.setattr(importing, "MOST_ROWS", 30)
    batch = brought(people[0], table(*((f"特願2020-{n:06d}", "") for n in range(1, 32))))
    assert (batch.state, batch.problem) == (Stage.REFUSED, "too_many_file_lines")
    assert not batch.lines.exists()


def test_a_file_that_breaks_off_is_refused_whole(people):
    batch = brought(people[0], table(("特願2020-008423", "A")) + '\r\n特願2020-008424,"offen'.encode())
    assert (batch.state, batch.problem, batch.rows_read) == (Stage.REFUSED, "open_quote", 3)
    assert not batch.lines.exists()


def test_going_back_to_the_columns_gives_the_other_preview_up(people):
    alice = people[0]
    file = intake.keep_file(name="x", body=table(("特願2020-008423", "A")), by=alice)
    first = intake.start_import(file, file.columns, by=alice)
    second = intake.start_import(file, ["number", "client"], by=alice)
    first.refresh_from_db()
    assert (first.state, second.state) == (Stage.DISCARDED, Stage.PREVIEW)
    assert second.lines.get().values == {"client": "A"}


def test_a_line_may_be_left_out_and_taken_in_again(people):
    alice = people[0]
    batch = brought(alice, table(("特願2020-008423", "A"), ("特願2020-008424", "B")))
    line = batch.lines.get(position=1)
    intake.leave_out(line, by=alice, out=True)
    intake.leave_out(batch.lines.get(position=2), by=alice, out=True)
    intake.leave_out(batch.lines.get(position=2), by=alice, out=False)
    intake.save_batch(batch, by=alice)
    assert states(batch) == [State.LEFT_OUT, State.SAVED]
    assert Case.objects.get().own_reference == "B"


def test_files_nobody_goes_on_with_are_forgotten(people):
    file = intake.keep_file(name="x", body=table(("特願2020-008423", "A")), by=people[0])
    ImportFile.objects.filter(pk=file.pk).update(created_at=clock.now() - timedelta(days=8))
    background.pump(budget_seconds=1)
    assert not ImportFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_rests_and_says_so_and_holds_no_other_up(people, monkeypatch):
    alice = people[0]
    monkeypatch.setattr(batches, "MOST_NOW", 0)
    bad, good = (brought(alice, table((f"特願2020-00000{n}", "A"))) for n in (1, 2))
    for one in (bad, good):
        intake.save_batch(one, by=alice)
    BatchLine.objects.filter(batch=bad).update(law="no such law at all"[:9], title="x" * 1000)
    BatchLine.objects.filter(batch=bad).update(values={"owner": {"not": "a key"}})
    background.pump(budget_seconds=60)
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.problem) == (Stage.SAVING, "unexpected")
    assert (good.state, good.problem) == (Stage.SAVED, "")
    assert bad.not_before > clock.now()


# --- taking back ------------------------------------------------------------------------------------------


def test_an_import_is_taken_back_where_nobody_has_touched_it(people):
    alice, bob = people
    watchlist = make.watchlist(alice)
    rows = [(f"特願2020-00000{n}", f"R{n}") for n in range(1, 5)]
    batch = brought(alice, table(*rows), watchlist=watchlist)
    intake.save_batch(batch, by=alice)
    edited, told, plain, other = Case.objects.order_by("application_number")
    edit_case(edited, by=bob, client="架空")
    instructions.give(told, by=bob, about="any", text="納付しない")
    make.watchlist(bob, other, name="bobs")
    batch.refresh_from_db()
    intake.undo(batch, by=alice)
    assert set(Case.objects.all()) == {edited, told, other}
    assert not SearchText.objects.filter(case=plain.pk).exists()
    batch.refresh_from_db()
    assert batch.state == Stage.UNDONE
    assert states(batch) == [State.SAVED, State.SAVED, State.UNDONE, State.SAVED]
    assert [line.remarks for line in batch.lines.all()] == [[["kept", ""]]] * 2 + [[]] + [[["kept", ""]]]
    assert AuditEntry.objects.get(action="batch.cases_removed").detail["cases"] == [
        ["patent", "2020000003", "R3"]
    ]


def test_what_an_import_changed_is_put_back_where_nobody_has_changed_it_since(people):
    alice, _bob = people
    cases = [make.case(f"202000000{n}", own_reference=f"OLD{n}", client="旧") for n in (1, 2)]
    head = ("出願番号", "整理番号", "顧客", "タグ")
    rows = [(f"特願2020-00000{n}", f"NEW{n}", "新", "印") for n in (1, 2)]
    watchlist = make.watchlist(alice)
    batch = brought(alice, table(*rows, head=head), watchlist=watchlist)
    intake.save_batch(batch, by=alice, update_known=True)
    edit_case(cases[1], by=alice, own_reference="LATER")
    batch.refresh_from_db()
    intake.undo(batch, by=alice)
    for case in cases:
        case.refresh_from_db()
    assert [(case.own_reference, case.client) for case in cases] == [("OLD1", "旧"), ("LATER", "旧")]
    assert not cases[0].tags.exists()
    assert not watchlist.entries.exists()
    assert batch.lines.get(position=2).remarks == [["kept_values", ""]]


def test_only_its_owner_takes_it_back_once_and_not_after_a_month(people):
    alice, bob = people
    batch = brought(alice, table(("特願2020-008423", "A")))
    intake.save_batch(batch, by=alice)
    with pytest.raises(intake.IntakeRefused):
        intake.undo(batch, by=bob)
    Batch.objects.filter(pk=batch.pk).update(saved_at=clock.now() - undoing.UNDO_FOR)
    with pytest.raises(intake.IntakeRefused):
        intake.undo(batch, by=alice)
    assert Case.objects.exists()


def test_a_case_that_a_second_import_names_too_is_kept(people):
    alice, bob = people
    body = table(("特願2020-008423", "A"))
    first = brought(alice, body)
    intake.save_batch(first, by=alice)
    intake.save_batch(brought(bob, body), by=bob)
    first.refresh_from_db()
    intake.undo(first, by=alice)
    assert Case.objects.count() == 1
