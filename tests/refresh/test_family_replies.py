"""Taking in what the dossier says of families: odd, hostile and very long answers lose nothing and end."""

from __future__ import annotations

from datetime import timedelta
from html import escape

import pytest

from dossiers.models import Case, CaseFamily, FamilyMember, ForeignDocument, News, ReviewTask, Snapshot
from dossiers.refresh.family import take_in_documents, take_in_family
from dossiers.refresh.snapshots import read_again
from tests import make
from tests.make import SEEN

pytestmark = pytest.mark.django_db
NUMBER = "JP.2023000123.A"
OURS = (NUMBER, "2023-01-10")
NASTY = '"><script>alert(1)</script>\u202e' + "長" * 3000


@pytest.fixture
def case() -> Case:
    return make.case("2023000123", confirmed_at=SEEN)


def api(data: str, status: str = "100", left: int = 250) -> bytes:
    head = f"<statusCode>{status}</statusCode><errorMessage/><remainAccessCount>{left}</remainAccessCount>"
    return f'<api-data xmlns="https://www.jpo.go.jp">{head}{data}</api-data>'.encode()


def entry(application: str = "", on: str = "", *, published: str = "", granted: str = "") -> str:
    def number(name: str, text: str, day: str = "") -> str:
        told = f"<document-number>{escape(text)}</document-number>" + (f"<date>{day}</date>" if day else "")
        return f"<{name}>{told}</{name}>" if text else ""

    return (
        "<family-list>"
        + number("application-number", application, on)
        + f"<publication-numbers>{number('publication-number', published)}</publication-numbers>"
        + f"<registration-numbers>{number('registration-number', granted)}</registration-numbers>"
        + "</family-list>"
    )


def family(case: Case, *entries: str, at=SEEN, told: list | None = None, left: int = 250, status="100"):
    listed = "".join(entries)
    data = f"<family-list-data><family-lists>{listed}</family-lists></family-list-data>" if entries else ""
    answer = read_again("opd", "family_list", ("application", NUMBER), api(data, status, left), at)
    tell = (told if told is not None else []).extend
    return take_in_family(case, answer, now=at, tell=tell)


def row(
    title: str, day: str = "2026-11-02", *, original: str = "", translated: str = "", english: str = ""
) -> str:
    def part(name: str, identity: str, words: str) -> str:
        mark = f' id="{escape(identity)}"' if identity else ""
        return f"<{name}{mark}><document-description>{escape(words)}</document-description></{name}>"

    second = part("translated", translated, english) if translated or english else ""
    both = part("original", original, title) + second
    return f"<document-list><legal-date>{day}</legal-date>{both}</document-list>"


def documents(member: FamilyMember, *rows: str, at=SEEN, told: list | None = None, left: int = 250):
    data = f"<document-list-data><document-lists>{''.join(rows)}</document-lists></document-list-data>"
    answer = read_again("opd", "global_doc_list", (member.application_number,), api(data, "100", left), at)
    take_in_documents(member, answer, now=at, tell=(told if told is not None else []).extend)


@pytest.fixture
def us(case) -> FamilyMember:
    family(case, entry(*OURS), entry("US.202312345678.A", "2023-12-20"))
    return case.family.get(office="US")


LATER = SEEN + timedelta(days=7)


def test_a_family_of_three_hundred_is_taken_in_whole(case):
    family(case, entry(*OURS), *(entry(f"US.2023{n:08d}.A", "2023-12-20") for n in range(300)))
    assert case.family.count() == 301


def test_a_member_listed_twice_counts_once_with_all_its_numbers(case):
    twice = [entry("US.202312345678.A", published=f"US.202412345{n}.A1") for n in range(3)]
    family(case, entry(*OURS), *twice, *twice)
    us = case.family.get(office="US")
    assert [told["number"] for told in us.publications] == [f"US.202412345{n}.A1" for n in range(3)]


def test_numbers_that_do_not_parse_and_offices_nobody_knows_are_kept_as_told(case):
    strange = ["XQ.77.A", "not a number", "US.." + "9" * 400 + ".A", "us.202312345678.A", NASTY]
    family(case, entry(*OURS), *(entry(one) for one in strange))
    offices = sorted(case.family.values_list("office", flat=True))
    assert offices == ["", "", "JP", "US", "US", "XQ"]
    assert all(len(one.identity) <= 100 for one in case.family.all())


def test_two_endless_numbers_that_differ_at_the_end_are_two_members(case):
    family(case, entry(*OURS), entry("US." + "9" * 300 + "1.A"), entry("US." + "9" * 300 + "2.A"))
    assert case.family.filter(office="US").count() == 2


def test_a_member_without_an_application_number_is_recognised_when_the_number_comes(case):
    family(case, entry(*OURS), entry(published="US.2024123456.A1"))
    before = case.family.get(office="US")
    assert before.application_number == "" and before.identity == "US.2024123456.A1"
    family(case, entry(*OURS), entry("US.202312345678.A", published="US.2024123456.A1"), at=LATER)
    after = case.family.get(office="US")
    assert after.pk == before.pk and after.identity == "US.202312345678.A"
    assert not ReviewTask.objects.exists()


def test_the_same_list_with_another_counter_is_the_same_list(case, us):
    family(case, entry(*OURS), entry("US.202312345678.A", "2023-12-20"), at=LATER, left=17)
    assert Snapshot.objects.filter(endpoint="opd/family_list").count() == 1
    assert case.family_list.changed_at == SEEN and CaseFamily.objects.get().confirmed_at == LATER


def test_a_family_denied_after_it_was_named_is_a_question_not_a_confirmation(case, us):
    family(case, at=LATER, status="107")
    listed = CaseFamily.objects.get()
    assert (listed.confirmed_at, listed.last_outcome) == (SEEN, "empty")
    assert case.family.filter(vanished_at=None).count() == 2
    assert case.reviews.get(kind="family_gone").closed_at is None
    family(case, entry(*OURS), entry("US.202312345678.A", "2023-12-20"), at=LATER)
    assert case.reviews.get(kind="family_gone").closed_at == LATER


def test_a_member_that_comes_back_closes_the_question_and_is_no_new_one(case, us):
    family(case, entry(*OURS), at=LATER)
    assert case.reviews.get(kind="family_vanished").closed_at is None
    told: list = []
    family(case, entry(*OURS), entry("US.202312345678.A"), at=LATER + timedelta(days=7), told=told)
    us.refresh_from_db()
    assert us.vanished_at is None and told == []
    assert case.reviews.get(kind="family_vanished").closed_at


def test_a_person_who_settled_a_loss_is_asked_anew_when_it_happens_again(case, us, alice):
    family(case, entry(*OURS), at=LATER)
    ReviewTask.objects.update(closed_at=LATER, closed_by=alice, resolution="merged")
    family(case, entry(*OURS), entry("US.202312345678.A"), at=LATER + timedelta(days=7))
    family(case, entry(*OURS), at=LATER + timedelta(days=14))
    task = case.reviews.get(kind="family_vanished")
    assert task.closed_at is None and task.closed_by is None


def test_a_family_of_another_case_is_not_taken_for_ours(case):
    family(case, entry("JP.2019999999.A"), entry("US.201912345678.A"))
    assert not case.family.exists()
    assert CaseFamily.objects.get().last_outcome == "unreadable"
    assert case.reviews.filter(kind="family_not_read", closed_at=None).exists()


def test_two_thousand_documents_are_kept_and_later_told_in_one_piece(case, us):
    documents(us, row("Claims", original="C0"))
    told: list = []
    many = [row("Non-Final Rejection", original=f"N{n}") for n in range(2000)]
    documents(us, row("Claims", original="C0"), *many, at=LATER, told=told)
    assert us.documents.count() == 2001
    (news,) = told
    assert news.detail["count"] == 2000 and len(news.detail["acts"]) == 20


def test_hostile_titles_are_kept_as_text_and_cut(case, us):
    documents(us, row(NASTY, original="A"), row("x", original="B" * 900), row("x", original="B" * 900 + "C"))
    assert us.documents.count() == 3
    assert us.documents.get(identity="A").title.startswith('"><script>')
    assert all(len(one.title) <= 500 for one in us.documents.all())


def test_documents_without_ids_or_with_one_id_for_two_are_none_lost(case, us):
    rows = [row("Claims"), row("Claims"), row("Claims", "2026-11-03"), row("Drawings", "")]
    rows += [row("One", original="S"), row("Two", original="S"), row("Two", original="S")]
    documents(us, *rows)
    assert us.documents.count() == 5
    told: list = []
    documents(us, *reversed(rows), at=LATER, told=told)
    assert us.documents.filter(vanished_at=None).count() == 5 and told == []
    assert not ReviewTask.objects.exists()


def test_what_is_not_known_to_be_harmless_is_told(case, us):
    documents(us, row("Claims", original="C"))
    told: list = []
    rows = [
        row("Zwischenbescheid", original="Z"),
        row("Amendment", original="A"),
        row("Claims", original="C"),
    ]
    documents(us, *rows, at=LATER, told=told)
    assert [act["title"] for act in told[0].detail["acts"]] == ["Zwischenbescheid"]
    assert us.documents.get(identity="Z").side == ForeignDocument.Side.UNKNOWN


def test_a_day_that_moves_is_shown_to_a_person_but_not_for_our_own_papers(case, us):
    documents(us, row("Non-Final Rejection", original="N"), row("Claims", original="C"))
    documents(
        us, row("Non-Final Rejection", original="N"), row("Claims", "2020-02-02", original="C"), at=LATER
    )
    assert not ReviewTask.objects.exists()
    moved = row("Non-Final Rejection", "2026-11-09", original="N")
    documents(us, moved, row("Claims", "2020-02-02", original="C"), at=LATER + timedelta(days=7))
    assert case.reviews.get(kind="family_documents").closed_at is None


def test_an_answer_that_is_json_where_xml_belongs_is_kept_and_confirms_nothing(case, us):
    body = b'{"result":{"statusCode":"100","errorMessage":"","remainAccessCount":"9","data":{}}}'
    answer = read_again("opd", "global_doc_list", (us.application_number,), body, LATER)
    take_in_documents(us, answer, now=LATER, tell=lambda news: None)
    assert us.confirmed_at is None and us.last_outcome == "unreadable"
    assert us.snapshots.get().taken_in is False
    assert case.reviews.filter(kind="family_not_read", closed_at=None).exists()


def test_the_replies_about_two_members_are_compared_each_with_its_own(case, us):
    ep = case.family.create(office="EP", identity="EP.23000123.A", application_number="EP.23000123.A")
    for at in (SEEN, LATER):
        documents(us, row("Non-Final Rejection", original="N"), at=at)
        documents(ep, row("European search opinion", original="E"), at=at)
    assert Snapshot.objects.filter(endpoint="opd/global_doc_list").count() == 2
    assert not News.objects.exists()
