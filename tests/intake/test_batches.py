"""Pasted lines: everything gets a line, nothing is guessed, nothing is added twice."""

from __future__ import annotations

import pytest

from dossiers.intake import IntakeRefused, choose_law, discard_batch, save_batch, start_batch
from dossiers.models import BatchLine, Case, RefreshJob
from tests import make

pytestmark = pytest.mark.django_db
State = BatchLine.State


def states(batch) -> list[str]:
    return list(batch.lines.values_list("state", flat=True))


@pytest.mark.parametrize(
    ("text", "law", "number"),
    [
        ("特願2023-123", "patent", "2023000123"),
        ("特願２０２３－０００１２３", "patent", "2023000123"),
        ("意願2023−4567", "design", "2023004567"),
        ("商願2023ー89", "trademark", "2023000089"),
        ("特願令5-123", "patent", "2023000123"),
    ],
)
def test_numbers_are_understood_in_the_styles_people_use(alice, text, law, number):
    line = start_batch(text=text, by=alice).lines.get()
    assert (line.law, line.application_number, line.state) == (law, number, State.READY)


def test_a_number_without_its_law_asks_unless_a_default_is_given(alice):
    assert start_batch(text="2023-000123", by=alice).lines.get().state == State.AMBIGUOUS
    given = start_batch(text="2023-000123", by=alice, default_law="trademark").lines.get()
    assert (given.state, given.law) == (State.READY, "trademark")


def test_the_own_reference_may_follow_the_number(alice):
    line = start_batch(text="特願2023-000123\tABC-0001", by=alice).lines.get()
    assert line.own_reference == "ABC-0001"


def test_nonsense_keeps_its_line_and_says_why(alice):
    batch = start_batch(text="特願2023-000123\nご確認ください\n", by=alice)
    assert states(batch) == [State.READY, State.UNREADABLE]
    assert batch.lines.get(position=2).message == "not_a_number"


def test_two_numbers_in_one_line_of_mail_are_two_lines(alice):
    batch = start_batch(text="件名：特願2023-000123 と 特願2023-000456 の件", by=alice)
    assert [line.application_number for line in batch.lines.all()] == ["2023000123", "2023000456"]


def test_a_comma_within_a_number_does_not_make_another_number_of_its_first_piece(alice):
    line = start_batch(text="特許第6,789,012号", by=alice).lines.get()
    assert (line.law, line.kind, line.number) == ("patent", "registration", "6789012")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("不服2020-12345", "appeal_number"),
        ("米国特許第9,459,406号", "foreign_number"),
        ("特願11-123456", "era_not_said"),
        ("503090037", "applicant_code"),
        ("P2020-123456", "own_reference"),
    ],
)
def test_what_cannot_be_asked_for_keeps_its_line_and_says_why(alice, text, why):
    line = start_batch(text=text, by=alice).lines.get()
    assert (line.state, line.message, line.number) == (State.UNREADABLE, why, "")


def test_a_repeated_number_and_a_known_case_are_said_to_be_so(alice):
    make.case("2023000456")
    batch = start_batch(text="特願2023-123\n特願2023-000123\n特願2023-000456", by=alice)
    assert states(batch) == [State.READY, State.REPEATED, State.KNOWN]


def test_a_registration_number_waits_for_the_office(alice):
    line = start_batch(text="特許第7123456号", by=alice).lines.get()
    assert (line.state, line.number) == (State.TO_RESOLVE, "7123456")


def test_an_empty_paste_and_one_too_long_are_refused_whole(alice):
    with pytest.raises(IntakeRefused, match="empty"):
        start_batch(text=" \n\t\n", by=alice)
    with pytest.raises(IntakeRefused, match="too_many_lines"):
        start_batch(text="特願2023-1\n" * 10_001, by=alice)
    assert not BatchLine.objects.exists()


def test_ten_thousand_lines_are_taken(alice):
    batch = start_batch(text="\n".join(f"特願2023-{n:06d}" for n in range(1, 10_001)), by=alice)
    assert batch.lines.filter(state=State.READY).count() == 10_000


def test_saving_adds_cases_to_the_list_and_orders_their_first_reading(alice):
    chosen = make.watchlist(alice)
    batch = start_batch(text="特願2023-123\tABC-1\n意願2023-9\nnonsense", by=alice, watchlist=chosen)
    saved = save_batch(batch, by=alice)
    assert (saved.added, saved.known, saved.left_out) == (2, 0, 1)
    assert chosen.entries.count() == 2
    assert Case.objects.get(law="patent").own_reference == "ABC-1"
    assert RefreshJob.objects.filter(purpose="added").count() == 2
    assert states(batch) == [State.SAVED, State.SAVED, State.UNREADABLE]


def test_saving_twice_adds_nothing_twice(alice):
    batch = start_batch(text="特願2023-123", by=alice)
    save_batch(batch, by=alice)
    again = save_batch(batch, by=alice)
    assert again.added == 0
    assert Case.objects.count() == RefreshJob.objects.count() == 1


def test_a_known_case_is_put_on_the_list_without_a_second_case(alice):
    known, chosen = make.case("2023000123"), make.watchlist(alice)
    save_batch(start_batch(text="特願2023-123", by=alice, watchlist=chosen), by=alice)
    assert Case.objects.count() == 1 and chosen.cases.get() == known


def test_an_ambiguous_line_is_settled_by_a_person(alice):
    batch = start_batch(text="2023-000123", by=alice)
    line = choose_law(batch.lines.get(), "design", by=alice)
    assert (line.state, line.application_number) == (State.READY, "2023000123")
    assert save_batch(batch, by=alice).added == 1


def test_only_the_owner_saves_or_discards(alice, bob):
    batch = start_batch(text="特願2023-123", by=alice)
    for act in (save_batch, discard_batch):
        with pytest.raises(IntakeRefused, match="not_possible"):
            act(batch, by=bob)
    discard_batch(batch, by=alice)
    with pytest.raises(IntakeRefused):
        save_batch(batch, by=alice)
    assert not Case.objects.exists()


def test_an_own_reference_after_a_tab_may_have_commas(alice):
    line = start_batch(text="特願2023-000123\tABC-1, US-2", by=alice).lines.get()
    assert line.own_reference == "ABC-1, US-2"
