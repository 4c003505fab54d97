"""What is cited is gathered from papers, lists and dossiers abroad, once each and never guessed together."""

from __future__ import annotations

from datetime import date

import pytest

from apiclient.documents.holding import held_against
from apiclient.documents.identity import identity_of, is_words
from apiclient.documents.model import Article, Cited, Reason
from dossiers import clock
from dossiers.models import Case, Citation, CitedDocument
from dossiers.refresh import citing
from tests import make
from tests.pages import docket

DRAFTED = date(2026, 11, 2)
NOVELTY, STEP = Article("第29条第1項第3号", "patent", "29-1-3"), Article("第29条第2項", "patent", "29-2")
CLARITY = Article("第36条第6項第2号", "patent", "36-6-2")
ONE = Cited("1", "特開2002-433033号公報", "JP2002-433033A", "特開2002-433033")
TWO = Cited("2", "国際公開第2019/011858号", "WO2019/011858", "WO2019/011858")
WORDS = Cited(
    "3", "架空太郎，架空の装置，架空学会誌，2011年", None, "架空太郎，架空の装置，架空学会誌，2011年"
)


@pytest.fixture
def case(db) -> Case:
    return docket.confirmed_case()


def notice_of(case: Case, **fields):
    told = {"drafting_date": DRAFTED, "articles": (NOVELTY, STEP), "cited": (ONE, TWO, WORDS)}
    return docket.notice(case, **{**told, **fields})


def with_notice(case: Case, **fields) -> None:
    event = docket.refused(case)
    docket.paper(event, notice_of(case, **fields).to_json(), name=f"{event.pk}.xml")


def gathered(case: Case) -> list[CitedDocument]:
    citing.gather(case, case.papers.all())
    return list(case.cited.order_by("pk"))


def reason(articles, claims, references) -> Reason:
    return Reason("1", "", articles, claims, references, "本文")


# --- one document, however it is written -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("特開2002-433033", "JP2002-433033A"),
        ("特開２００２－４３３０３３号公報", "JP2002433033A"),
        ("JPA 414433033", "特開2002-433033"),
        ("米国特許出願公開第2015/0378098号明細書", "US.2015378098.A1"),
        ("特許第7243802号", "JP7243802B2"),
        ("再公表特許2019/011858", "国際公開第2019/011858号"),
        ("Kakū, T.  An Invented Device, 2011", "KAKŪ, T. An invented device 2011"),
    ],
)
def test_two_ways_of_writing_are_one_document(one, other):
    assert identity_of(one) == identity_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("特開2002-433033", "特許第2433033号"),  # a publication is not the patent granted on it
        ("EP1234567", "EP1234567A1"),  # it may be either
        ("EP1234567A1", "EP1234567B1"),
        ("特開2002-433033", "実開2002-433033"),
        ("商標登録第1234567号", "意匠登録第1234567号"),
    ],
)
def test_what_is_not_certain_is_not_joined(one, other):
    assert identity_of(one) != identity_of(other)


def test_a_registration_without_a_law_is_one_of_the_law_of_the_paper():
    assert identity_of("登録第1234567号", "trademark") == identity_of("商標登録第1234567号")
    assert is_words(identity_of("登録第1234567号"))


# --- grounds and claims ------------------------------------------------------------------------------------


def test_claims_and_documents_printed_in_pairs_stay_together(case):
    reasons = (
        reason((NOVELTY,), ("１",), ("１",)),
        reason((STEP,), ("１－３", "４"), ("１、２", "１－３")),
        reason((CLARITY,), ("５",), ()),
    )
    found = {
        (held.cited.label, held.ground.reference): held.claims
        for held in held_against(notice_of(case, reasons=reasons))
    }
    assert found == {
        ("1", "29-1-3"): "１",
        ("1", "29-2"): "１－３；４",
        ("2", "29-2"): "１－３；４",
        ("3", "29-2"): "４",
    }


def test_claims_that_are_not_certain_are_not_told(case):
    held = held_against(notice_of(case, reasons=(reason((STEP,), ("１", "２"), ("１",)),)))
    assert [(one.cited.label, one.claims) for one in held if one.ground] == [("1", "")]


def test_a_document_no_reason_names_has_no_ground_unless_there_is_only_one(case):
    assert {one.ground for one in held_against(notice_of(case, reasons=()))} == {None}
    assert {one.ground for one in held_against(notice_of(case, reasons=(), articles=(STEP,)))} == {STEP}


# --- gathering ---------------------------------------------------------------------------------------------


def test_a_notice_gives_a_row_for_each_document_and_ground(case):
    with_notice(case, reasons=(reason((STEP,), ("１",), ("１－２",)),))
    told = {(row.display, row.ground, row.use) for row in gathered(case)}
    assert told == {
        ("特開2002-433033", "patent/29-2", "against"),
        ("WO2019/011858", "patent/29-2", "against"),
        (WORDS.display, "", "against"),
    }


def test_gathering_again_changes_nothing_and_what_is_gone_goes(case):
    with_notice(case)
    before = [row.pk for row in gathered(case)]
    assert [row.pk for row in gathered(case)] == before
    case.papers.all().delete()
    assert gathered(case) == []


def test_the_offices_list_adds_only_what_the_papers_do_not_tell(case):
    with_notice(case)
    for order, (kind, shown) in enumerate(
        [
            ("19", "特開2002-433033"),
            ("19", "特開2003-433044"),
            ("19", "架空の装置"),
            ("89", "特開2004-433055"),
        ]
    ):
        Citation.objects.create(
            case=case,
            draft_date=DRAFTED,
            citation_type=kind,
            order=order,
            display=shown,
            first_seen_at=make.SEEN,
        )
    assert {(row.display, row.use) for row in gathered(case) if row.paper is None} == {
        ("特開2003-433044", "against"),
        ("特開2004-433055", "search"),
    }


def test_a_list_alone_tells_its_documents_without_a_ground(case):
    Citation.objects.create(
        case=case, draft_date=DRAFTED, citation_type="19", display="特開2002-433033", first_seen_at=make.SEEN
    )
    Citation.objects.create(case=case, citation_type="77", display="特開2002-433044", first_seen_at=make.SEEN)
    assert sorted((row.use, row.ground) for row in gathered(case)) == [("against", ""), ("unknown", "")]


def test_a_reference_document_of_a_grant_is_held_against_nothing(case):
    with_notice(case, kind="grant", reasons=(), articles=())
    assert {row.use for row in gathered(case)} == {"grant"}


def test_a_paper_about_another_case_is_not_gathered(case):
    event = docket.refused(case)
    docket.paper(event, notice_of(case).to_json(), readable=False)
    assert gathered(case) == []


def test_what_was_there_before_is_gathered_by_and_by(case):
    with_notice(case)
    assert citing.catch_up(clock.now()) == 1
    assert case.cited.count() == 3
    assert citing.catch_up(clock.now()) == 0
