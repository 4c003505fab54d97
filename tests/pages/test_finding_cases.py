"""One box finds a case by whatever a clerk has at hand: a number in any style, a word, a notice's sentence.

Each row says what is typed, which case comes of it, and why somebody would type it so.
"""

from __future__ import annotations

from datetime import date

import pytest

from dossiers.intake.tags import set_tags
from dossiers.models import Case, FamilyMember, User
from dossiers.refresh import search_index
from dossiers.views.portfolio.filters import CaseFilter, found

from . import docket

pytestmark = pytest.mark.django_db

OLD, CHIP, PCT, LOOK, MARK, SHOWA = (
    "1998123456",
    "2021000456",
    "2020512345",
    "2022001234",
    "2023045678",
    "1985012345",
)

NOTICE = """拒絶理由通知書
理由１（進歩性）この出願の下記の請求項に係る発明は、その出願前に日本国内又は外国において頒布された刊行物に記載された発明に基いて、
当業者が容易に発明をすることができたものである。
引用文献１：特開２０１２－０９８７６５号公報
引用文献２：国際公開第２０１５／０１２３４５号
相違点１は設計的事項にすぎない。"""


@pytest.fixture
def portfolio(bob) -> None:
    docket.confirmed_case(
        OLD,
        title="配線基板の製造方法",
        applicants_text="架空電機株式会社",
        own_reference="P-1034",
        publication_number="2000123999",
        registration_number="3456789",
        client="北山商事",
        filing_date=date(1998, 5, 1),
    )
    chip = docket.confirmed_case(
        CHIP,
        title="半導体装置およびその製造方法、ならびに LED照明器具",
        applicants_text="株式会社架空半導体、国立大学法人架空大学",
        own_reference="A21-0001JP/US",
        publication_number="2022098765",
        registration_number="6789012",
        client="Fictional Devices, Inc.",
        note="来週、田中様へ電話。\n年金は先方で納付。",
    )
    set_tags(chip, ["重要"], by=bob)
    docket.confirmed_case(
        PCT,
        title="サーバ装置、ウイルス検出方法",
        applicants_text="アクメ・インコーポレイテッド",
        own_reference="W-77",
        publication_number="2021512345",
        international_application_number="JP2019011858",
    )
    docket.confirmed_case(LOOK, "design", title="時計用文字盤", applicants_text="有限会社渡邊時計店")
    docket.confirmed_case(MARK, "trademark", title="リワトロニクス", applicants_text="山﨑　國男")
    docket.confirmed_case(SHOWA, title="藝術品の保存箱", applicants_text="斉藤鉄工所")
    event = docket.refused(Case.objects.get(application_number=CHIP), notice_state="read")
    case = Case.objects.get(application_number=CHIP)
    paper = docket.paper(event, docket.notice(case, text=NOTICE).to_json())
    search_index.write_papers([paper])
    for identity, number, title in (
        ("US.201717765432.A", "US.2022765432.A1", "LED LIGHTING FIXTURE"),
        ("EP.21700001.A", "WO.2022004567.A1", "Apparatus having semiconductor and its method"),
    ):
        FamilyMember.objects.create(
            case=case,
            office=identity[:2],
            identity=identity,
            application_number=identity,
            publications=[{"number": number, "day": "2022-04-21"}],
            title=title,
        )
    search_index.write_cases([case])


QUERIES = [
    # numbers of the firm
    ("P-1034", OLD, "own reference"),
    ("p1034", OLD, "own reference, without its hyphen"),
    ("Ｐ－１０３４", OLD, "own reference, full width"),
    ("A21-0001JP/US", CHIP, "own reference with a stroke"),
    ("A21 0001", CHIP, "own reference, a blank for the hyphen"),
    # numbers of applications
    ("特願平10-123456", OLD, "as on the office's letters"),
    ("特願平１０－１２３４５６号", OLD, "the same, full width"),
    ("特願平10ー123456", OLD, "a long vowel for the hyphen"),
    ("平成10年特許願第123456号", OLD, "as in a contract"),
    ("平成十年特許願第一二三四五六号", OLD, "as in an old certificate"),
    ("特願10-123456", OLD, "the era left out"),
    ("H10-123456", OLD, "the era in a letter"),
    ("平10-123456", OLD, "without 特願"),
    ("1998-123456", OLD, "the year in Western figures"),
    ("特願昭60-12345", SHOWA, "Shōwa, the serial not padded"),
    ("特願60-12345", SHOWA, "only Shōwa had a sixtieth year"),
    ("S60-012345", SHOWA, "Shōwa in a letter"),
    ("特願2021-456", CHIP, "the serial not padded"),
    ("特願令3-456", CHIP, "Reiwa, which the office does not use and people do"),
    ("令和3年特許願第456号", CHIP, "Reiwa in full"),
    ("R3-456", CHIP, "Reiwa in a letter"),
    ("2021000456", CHIP, "as a program writes it"),
    ("JP2021-000456", CHIP, "with the country"),
    ("意願2022-001234", LOOK, "of a design"),
    ("商願２０２３－４５６７８", MARK, "of a trade mark"),
    # other numbers
    ("PCT/JP2019/011858", PCT, "the international application"),
    ("PCT/JP2019/11858", PCT, "the same, not padded"),
    ("ＰＣＴ／ＪＰ２０１９／０１１８５８", PCT, "the same, full width"),
    ("特表2021-512345", PCT, "the publication of the translation"),
    ("特開2022-98765", CHIP, "the publication"),
    ("JP2022098765A", CHIP, "the publication, as databases write it"),
    ("特許第6789012号", CHIP, "the patent"),
    ("特許6,789,012", CHIP, "the patent, with commas"),
    ("JP6789012B2", CHIP, "the patent, as databases write it"),
    ("6789012", CHIP, "the patent, bare"),
    ("3456789", OLD, "an old patent, bare"),
    # pasted
    ("「特願平10-123456」", OLD, "in Japanese brackets"),
    ("【特願2021-000456】", CHIP, "in other brackets"),
    ("（特願2021-456）", CHIP, "in round ones, full width"),
    ("特願2021－000456号の件", CHIP, "out of a subject line"),
    ("特願 2021 - 000456", CHIP, "blanks around the hyphen"),
    ("\u200b特願2021-000456\ufeff", CHIP, "with marks that nobody sees"),
    ("Re: JP Patent Application No. 2021-000456", CHIP, "out of an English mail"),
    # half a number
    ("2021-0004", CHIP, "its beginning"),
    ("123456", OLD, "its end"),
    ("平10-1234", OLD, "its beginning, with the era"),
    ("67890", CHIP, "part of the patent's number"),
    # of the family abroad
    ("US17/765,432", CHIP, "the application in the United States"),
    ("US2022/0765432", CHIP, "its publication"),
    ("WO2022/004567", CHIP, "the international publication"),
    ("led lighting fixture", CHIP, "the title in English"),
    ("semiconductor apparatus", CHIP, "the translated title, two words"),
    # titles
    ("配線基板", OLD, "a word"),
    ("はいせん", None, "a reading is not in the data: nothing is better than something else"),
    ("サーバー", PCT, "with a long vowel that the title has not"),
    ("さーば", PCT, "in hiragana"),
    ("ｳｲﾙｽ", PCT, "in half width"),
    ("ウィルス", PCT, "with a small ィ"),
    ("芸術品", SHOWA, "new kanji for old"),
    ("led 照明", CHIP, "letters in the other case"),
    ("ＬＥＤ照明器具", CHIP, "letters in full width"),
    ("製造方法 配線", OLD, "two words, the other way round"),
    ("製造方法　配線", OLD, "a full-width blank between"),
    ("配線 基板 の 製造 方法", OLD, "blanks where none belong"),
    ("半導体装置及びその製造方法", CHIP, "及び for および"),
    ("りわとろにくす", MARK, "a mark by its sound"),
    # applicants and clients
    ("架空電機", OLD, "the applicant without its form"),
    ("架空電機(株)", OLD, "the form in short"),
    ("株式会社架空電機", OLD, "the form on the wrong side"),
    ("㈱架空半導体", CHIP, "the form as one sign"),
    ("(株) 架空半導体", CHIP, "the form and a blank"),
    ("架空電機 株式会社", OLD, "a blank before the form"),
    ("渡辺時計店", LOOK, "a name in the usual kanji"),
    ("（有）渡辺時計店", LOOK, "a limited company in short"),
    ("山崎国男", MARK, "a person, in the usual kanji, without the blank"),
    ("齋藤鐵工所", SHOWA, "old kanji for a name in new ones"),
    ("fictional devices", CHIP, "the client"),
    ("Fictional Devices Inc", CHIP, "the client without its marks"),
    ("北山商事 配線", OLD, "the client and a word of the title"),
    # what people wrote
    ("田中様", CHIP, "the note"),
    ("重要 半導体", CHIP, "a tag and a word"),
    # notices
    ("引用文献1", CHIP, "the notice's own words, the figure in half width"),
    ("特開2012-098765", CHIP, "what is cited against it"),
    ("国際公開第2015/012345号", CHIP, "a WO document that is cited against it"),
    ("WO2015/012345", CHIP, "the same, as databases write it"),
    ("当業者が容易に発明", CHIP, "the examiner's words"),
    ("容易に 設計的事項", CHIP, "the examiner's words, in any order"),
    ("その出願前に日本国内", CHIP, "a sentence"),
]


def first(user: User, query: str) -> list[str]:
    rows = found(user, CaseFilter.of({"q": query}))
    return list(rows.values_list("application_number", flat=True)[:5])


@pytest.mark.parametrize(("typed", "number", "why"), QUERIES, ids=[row[0] for row in QUERIES])
def test_what_is_typed_finds_the_case(portfolio, bob, typed, number, why):
    assert first(bob, typed) == ([number] if number else []), why


def test_two_numbers_in_one_line_find_both(portfolio, bob):
    assert first(bob, "特願2021-456、特願平10-123456") == [CHIP, OLD]


def test_a_number_opens_its_case_though_the_family_of_another_names_it(portfolio, bob):
    FamilyMember.objects.create(
        case=Case.objects.get(application_number=OLD),
        office="JP",
        identity="JP.2021000456.A",
        application_number="JP.2021000456.A",
    )
    search_index.write_cases(Case.objects.filter(application_number=OLD))
    assert first(bob, "特願2021-456") == [CHIP]


@pytest.mark.parametrize(
    "typed",
    [
        "特願２０２１ー" + "4" * 180,
        "(" * 200,
        "特願" * 100,
        "株式会社",
        "゛゜ーー",
        "%_%_%_ ' OR 1=1 --",
        "a" * 5000,
        "平平平平10-1-2-3-4-5",
        "\x00\ud800",
        " ".join("あ" * n for n in range(1, 60)),
    ],
)
def test_what_is_mistyped_ends_soon_and_breaks_nothing(portfolio, client, bob, typed):
    client.force_login(bob)
    assert client.get("/cases/", {"q": typed.encode("utf-8", "replace").decode()}).status_code in (200, 302)


def test_one_case_found_is_opened(portfolio, client, bob):
    client.force_login(bob)
    answer = client.get("/cases/", {"q": "「特願平10-123456」"})
    assert (answer.status_code, answer.url) == (302, f"/cases/patent/{OLD}/")


def test_what_leaves_the_family_is_found_no_more(portfolio, bob):
    assert first(bob, "WO2022/004567") == [CHIP]
    FamilyMember.objects.filter(office="EP").delete()
    search_index.write_cases(Case.objects.filter(application_number=CHIP))
    assert first(bob, "WO2022/004567") == []
