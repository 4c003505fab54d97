"""Opinions, amendments and decisions part by part; names and cases here are invented."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient.documents import Notice, read_bundle, read_notice
from apiclient.documents.filed import document_code
from tests.apiclient.test_archive import pack
from tests.apiclient.test_notices import htm, patent_xml, read, recorded

HEAD = """<jp:document-code>{code}</jp:document-code>
<jp:addressed-to-person>特許庁長官殿</jp:addressed-to-person>
<jp:indication-of-case-article><jp:doc-number>2098000123</jp:doc-number></jp:indication-of-case-article>
<jp:applicants><jp:applicant><jp:addressbook><jp:name>架空みどり株式会社</jp:name>
<jp:registered-number>000900001</jp:registered-number></jp:addressbook></jp:applicant></jp:applicants>
<jp:agents><jp:agent jp:kind-of-agent="representative"><jp:addressbook><jp:name>例示　太郎</jp:name>
<jp:registered-number>100900002</jp:registered-number><jp:phone>（省略）</jp:phone></jp:addressbook>
<jp:attorney /></jp:agent></jp:agents>
<jp:dispatch-number>000001</jp:dispatch-number>"""

CLAIMS = """<claims>
<claim num="1"><claim-text>
　<u>棚板</u>と、<br />
　前記棚板を支える<u>脚</u>と、を備える見本棚。
</claim-text></claim>
<claim num="2"><claim-text>
　前記脚は折り畳める請求項１に記載の見本棚。
</claim-text></claim>
</claims>"""


def group(
    number: int, code: str, item: str, way: str, contents: str = "", document: str = "description"
) -> str:
    inside = (
        f'<jp:contents-of-amendment jp:kind-of-law="patent" jp:kind-of-document="{document}">{contents}'
        "</jp:contents-of-amendment>"
        if contents
        else ""
    )
    return (
        f'<jp:amendment-group jp:serial-number="{number}"><jp:document-code>{code}</jp:document-code>'
        f"<jp:item-of-amendment>{item}</jp:item-of-amendment>"
        f"<jp:way-of-amendment>{way}</jp:way-of-amendment>{inside}</jp:amendment-group>"
    )


def amendment(*groups: str) -> str:
    return (
        '<?xml version="1.0" encoding="Shift_JIS"?>\n<!DOCTYPE jp:pat-amnd PUBLIC "-//JPO//DTD//EN" '
        '"pat-amnd.dtd" []>\n<jp:pat-amnd lang="ja" xmlns:jp="http://www.jpo.go.jp">'
        f'<jp:amendment-a523 jp:kind-of-law="patent">{HEAD.format(code="A1523")}'
        f"<jp:amendment-article>{''.join(groups)}</jp:amendment-article></jp:amendment-a523></jp:pat-amnd>"
    )


OPINION = (
    '<?xml version="1.0" encoding="Shift_JIS"?>\n<jp:pat-rspns xmlns:jp="http://www.jpo.go.jp">'
    f'<jp:response-a53 jp:kind-of-law="patent">{HEAD.format(code="A153")}'
    '<jp:opinion-contents-article><p num="">\n１．拒絶理由の要点<br />\n　見本です。<br />\n２．反論<br />\n'
    "　引用文献１には脚の記載がない。\n</p></jp:opinion-contents-article></jp:response-a53></jp:pat-rspns>"
)
GROUPS = (
    group(1, "A16333", "全文", "3", CLAIMS, "claims"),
    group(2, "A16330", "発明の名称", "3", "<invention-title>見本<u>棚</u></invention-title>"),
    group(3, "A16330", "０００７", "2"),
    group(4, "A16330", "０００８", "1", '<p num="0008">　追加した段落。</p>'),
)


# --- patents ------------------------------------------------------------------------------------------


def test_an_opinion_names_its_parties_what_it_answers_and_what_it_says():
    notice = read(OPINION)
    filing = notice.filing
    assert (notice.kind, notice.problems, notice.decision) == ("opinion", (), None)
    assert filing.document_code == "A53"
    assert [(p.role, p.name, p.code) for p in filing.parties] == [
        ("applicant", "架空みどり株式会社", "000900001"),
        ("agent", "例示　太郎", "100900002"),
    ]
    assert filing.opinion.startswith("１．拒絶理由の要点\n　見本です。\n２．反論")
    assert filing.changes == ()


def test_a_paper_is_joined_to_the_notice_whose_last_six_digits_it_prints():
    filing = read(OPINION).filing
    assert filing.dispatch_number == "000001"
    assert filing.answers("06199000001")
    assert not filing.answers("06199000002")


def test_a_paper_that_names_no_notice_answers_none():
    filing = read(OPINION.replace("<jp:dispatch-number>000001</jp:dispatch-number>", "")).filing
    assert filing.dispatch_number == ""
    assert not filing.answers("06199000001")


def test_a_number_of_a_notice_that_is_none_is_told():
    notice = read(OPINION.replace(">000001<", ">乙第一号証<"))
    assert notice.filing.dispatch_number == ""
    assert any("answered document" in problem for problem in notice.problems)


def test_an_amendment_says_what_it_changes_adds_and_deletes():
    notice = read(amendment(*GROUPS))
    assert (notice.kind, notice.problems) == ("amendment", ())
    assert [(c.number, c.document, c.item, c.way) for c in notice.filing.changes] == [
        ("1", "claims", "全文", "change"),
        ("2", "description", "発明の名称", "change"),
        ("3", "description", "０００７", "delete"),
        ("4", "description", "０００８", "add"),
    ]
    assert notice.filing.changes[3].text == "追加した段落。"
    assert notice.filing.changes[2].text == ""


def test_amended_claims_stand_one_by_one_with_what_is_underlined():
    claims = read(amendment(*GROUPS)).filing.changes[0].claims
    assert [(claim.number, claim.text) for claim in claims] == [
        ("1", "棚板と、\n　前記棚板を支える脚と、を備える見本棚。"),
        ("2", "前記脚は折り畳める請求項１に記載の見本棚。"),
    ]
    first = claims[0]
    assert [first.text[start:end] for start, end in first.underlined] == ["棚板", "脚"]
    assert claims[1].underlined == ()


def test_an_unknown_way_of_amending_is_told_and_the_contents_kept():
    notice = read(amendment(group(1, "A16330", "０００８", "9", "<p>段落。</p>")))
    assert notice.filing.changes[0].way is None
    assert notice.filing.changes[0].text == "段落。"
    assert any("how part 1 is amended" in problem for problem in notice.problems)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ((group(1, "A16333", "全文", "3", "<p>請求項</p>", "claims"),), "one by one"),
        ((group(1, "A16330", "０００８", "3"),), "no contents"),
        ((group(1, "A16333", "全文", "3", CLAIMS.replace('num="2"', 'num="1"'), "claims"),), "number of its"),
    ],
)
def test_what_an_amendment_should_hold_and_does_not_is_told(groups, said):
    assert any(said in problem for problem in read(amendment(*groups)).problems)


@pytest.mark.parametrize(
    ("printed", "code"), [("A153", "A53"), ("A1523", "A523"), ("A16333", "A6333"), ("C60", "C60"), ("", "")]
)
def test_codes_of_papers_carry_a_digit_for_the_law(printed, code):
    assert document_code(printed) == code


@given(
    st.lists(
        st.tuples(st.text(alphabet="棚板と脚、　ａ１", min_size=1, max_size=12), st.booleans()), min_size=1
    )
)
def test_underlined_stretches_are_those_printed_so(pieces):
    marked = "".join(f"<u>{text}</u>" if under else text for text, under in pieces)
    claim = f'<claims><claim num="1"><claim-text>{marked}</claim-text></claim></claims>'
    change = read(amendment(group(1, "A16333", "１", "3", f"<p>頭</p>{claim}", "claims"))).filing.changes[0]
    text, underlined = change.claims[0].text, change.claims[0].underlined
    assert text == "".join(text for text, _ in pieces).strip()
    kept = "".join(text[start:end] for start, end in underlined)
    assert kept.strip() in "".join(text for text, under in pieces if under)
    assert sum(c != "　" for c in kept) == sum(c != "　" for text, under in pieces if under for c in text)


# --- designs and trademarks ---------------------------------------------------------------------------

FILED_HTM = """【書類名】　　　　　　手続補正書
【整理番号】　　　　　Ｍ０１
【提出日】　　　　　　令和　４年　３月２４日
【あて先】　　　　　　特許庁審査官　見本　花子　殿
【事件の表示】
　　【出願番号】　　　商願２０９８－　１９５００
【補正をする者】
　　【識別番号】　　　０００９００００１
　　【氏名又は名称】　架空みどり株式会社
【代理人】
　　【識別番号】　　　１００９００００２
　　【弁理士】
　　【氏名又は名称】　例示　太郎
【発送番号】　　　　　０００００１
【手続補正１】
　【補正対象書類名】　商標登録願
　【補正対象項目名】　指定商品又は指定役務並びに商品及び役務の区分
　【補正方法】　　　　変更
　【補正の内容】
　　【指定商品又は指定役務並びに商品及び役務の区分】
　　　【第９類】
　　　【指定商品（指定役務）】　電子計算機
【手続補正２】
　【補正対象書類名】　商標登録願
　【補正対象項目名】　手数料の表示
　【補正方法】　　　　追加
　【補正の内容】
　　【手数料の表示】
【その他】　　　　　　なし"""


def test_labels_of_a_filed_page_become_its_parts():
    notice = read(htm(FILED_HTM), law="trademark", name="A523_52499000003/JPOSGMLDOC1P.HTM")
    filing = notice.filing
    assert (notice.kind, notice.application_number) == ("amendment", "2098019500")
    assert (filing.document_code, filing.reference) == ("A523", "Ｍ０１")
    assert (filing.submitted_on, filing.dispatch_number) == (date(2022, 3, 24), "000001")
    assert [(p.role, p.name, p.code) for p in filing.parties] == [
        ("applicant", "架空みどり株式会社", "000900001"),
        ("agent", "例示　太郎", "100900002"),
    ]


def test_contents_of_an_amendment_keep_the_labels_inside_them():
    changes = read(htm(FILED_HTM), law="trademark").filing.changes
    assert [(c.number, c.document, c.way) for c in changes] == [
        ("1", "商標登録願", "change"),
        ("2", "商標登録願", "add"),
    ]
    assert changes[0].item == "指定商品又は指定役務並びに商品及び役務の区分"
    assert "【第９類】\n　　　【指定商品（指定役務）】　電子計算機" in changes[0].text
    assert "その他" not in changes[1].text


def test_brackets_in_an_opinion_are_its_words_until_its_last_label():
    text = """【書類名】　　　　　　意見書
【提出日】　　　　　　令和元年　５月　１日
【商標登録出願人】
　　【氏名又は名称】　架空みどり株式会社
【発送番号】　　　　　０００００１
【意見の内容】
　【１】はじめに
　【手続補正１】とあるのは誤記である。
【証拠方法】
　甲第１号証"""
    filing = read(htm(text), law="trademark").filing
    assert filing.opinion == "　【１】はじめに\n　【手続補正１】とあるのは誤記である。"
    assert filing.changes == ()
    assert filing.submitted_on == date(2019, 5, 1)
    assert filing.labels[-1].value == "甲第１号証"


def test_a_day_of_filing_that_is_none_is_told():
    notice = read(htm(FILED_HTM.replace("３月２４日", "３月３２日")), law="trademark")
    assert notice.filing.submitted_on is None
    assert any("day of filing" in problem for problem in notice.problems)


def test_every_line_of_a_filed_page_is_in_one_of_its_parts():
    filing = read(htm(FILED_HTM), law="trademark").filing
    parts = [filing.opinion, *(label.name + label.value for label in filing.labels)]
    parts += [c.document + c.item + c.text for c in filing.changes]
    kept = "".join("".join(parts).split())
    for line in FILED_HTM.splitlines():
        value = "".join(line.split("】", 1)[-1].split())
        assert value in kept or value == "変更追加"[:2] or value == "追加"


# --- decisions ----------------------------------------------------------------------------------------

GRANT_PARTS = """<invention-title>見本棚</invention-title>
<jp:number-of-claim jp:adopted-law="h10">&#160;&#160;5</jp:number-of-claim>
<jp:final-decision-group{rn}><jp:kind-of-application>通常</jp:kind-of-application>
<jp:exist-of-reference-doc jp:true-or-false="true"/><jp:patent-law-section30 jp:true-or-false="false"/>
<jp:change-flag-invention-title jp:true-or-false="true"/><jp:deposit-article/>
<jp:ipc-article><jp:ipc>Ａ４７Ｂ１／００</jp:ipc></jp:ipc-article></jp:final-decision-group{rn}>
<jp:final-decision-memo{rn}><jp:final-decision-body{rn}>
<jp:fi-article>{fi}</jp:fi-article>
<jp:field-of-search-article><jp:field-of-search>Ａ４７Ｂ１／００－４３／００</jp:field-of-search>
</jp:field-of-search-article>
<jp:patent-reference-article><jp:patent-reference-group>
<jp:document-number>特開２００９－１２３４５６</jp:document-number>
<jp:kind-of-document>（ＪＰ，Ａ）</jp:kind-of-document></jp:patent-reference-group></jp:patent-reference-article>
<jp:reference-books-article/>
</jp:final-decision-body{rn}></jp:final-decision-memo{rn}>"""


@pytest.mark.parametrize(
    ("generation", "fi", "classes"),
    [
        ("-rn", "<jp:fi>Ａ４７Ｂ１／００</jp:fi><jp:fi>Ａ４７Ｂ３／００</jp:fi>", 2),
        ("", "", 1),
    ],
)
def test_a_grant_gives_claims_classes_fields_of_search_and_references(generation, fi, classes):
    text = patent_xml(
        generation=generation,
        part="decision-of-registration-a01",
        title="特許査定",
        conclusion="　この出願については、拒絶の理由を発見しないから、特許査定をします。",
        body="",
        articles=(),
    )
    end = f"</jp:decision-of-registration-a01{generation}>"
    notice = read(text.replace(end, GRANT_PARTS.format(rn=generation, fi=fi) + end))
    decision = notice.decision
    assert (notice.kind, notice.problems, notice.filing) == ("grant", (), None)
    assert decision.conclusion == "この出願については、拒絶の理由を発見しないから、特許査定をします。"
    assert (decision.invention_title, decision.claims, decision.application_kind) == ("見本棚", 5, "通常")
    assert len(decision.classifications) == classes
    assert decision.fields_of_search == ("Ａ４７Ｂ１／００－４３／００",)
    flags = (decision.reference_documents, decision.grace_period, decision.title_changed)
    assert flags == (True, False, True)
    assert (decision.deposit, decision.reference_books) == ("", ())
    assert [(c.number, c.remark) for c in notice.cited] == [("JP2009-123456A", "ＪＰ，Ａ")]


def test_a_refusal_names_the_notice_it_rests_on():
    body = """　この出願については、令和　５年　３月２０日付け拒絶理由通知書に記載した
理由１及び２によって、拒絶をすべきものです。
　なお、意見書の内容を検討しましたが、拒絶理由を覆すに足りる根拠が見いだせません。

　この査定に不服があるときは、この査定の謄本の送達があった日から３月以内（在外者に
あっては、４月以内）に、審判を請求することができます。"""
    notice = read(
        patent_xml(part="decision-of-rejection-a02", title="拒絶査定", conclusion="", body=body, articles=())
    )
    (earlier,) = notice.decision.relies_on
    assert (earlier.kind, earlier.dated, earlier.reasons) == ("refusal", date(2023, 3, 20), "理由１及び２")
    assert earlier.quote.startswith("この出願については、令和５年３月２０日付け")
    assert notice.decision.conclusion.startswith("この出願については")
    assert (notice.period.n, notice.period.overseas_n) == (3, 4)


def test_a_refusal_that_dates_no_notice_says_only_its_kind():
    body = "　この出願については、先に通知した拒絶理由通知書に記載した理由によって、拒絶をすべきものです。"
    notice = read(
        patent_xml(part="decision-of-rejection-a02", title="拒絶査定", conclusion="", body=body, articles=())
    )
    assert [(paper.kind, paper.dated) for paper in notice.decision.relies_on] == [("refusal", None)]


def test_a_dismissal_names_the_amendment_it_disposes_of():
    notice = read(
        patent_xml(
            part="declining-the-amendment-a191",
            title="補正の却下の決定",
            conclusion="　令和　６年　２月　９日付け手続補正書でした補正は、次の理由によって却下します。",
            body="　理由\n　この補正は特許法第１７条の２第５項の規定に違反する。",
            articles=(),
        )
    )
    (earlier,) = notice.decision.relies_on
    assert (notice.kind, earlier.kind, earlier.dated) == (
        "amendment_dismissed",
        "amendment",
        date(2024, 2, 9),
    )
    assert [a.reference for reason in notice.reasons for a in reason.articles] == ["17.2-5"]


@pytest.mark.parametrize(
    ("title", "kind"), [("却下理由通知書", "dismissal_notice"), ("手続却下の処分", "dismissal")]
)
def test_dismissals_of_procedures_are_told_from_refusals(title, kind):
    notice = read(
        patent_xml(
            part="examiner-notification-a242",
            title=title,
            conclusion="　この手続は、次の理由により却下すべきものです。この通知書の発送の日から３０日以内に"
            "弁明書を提出することができます。",
            body="　特許法第１８条の２第１項の規定に違反する。",
            articles=(),
        )
    )
    assert notice.kind == kind
    assert (notice.period.n, notice.period.unit) == (30, "day")


GOODS = """　　　　　　　　　　　拒絶理由通知書

商標登録出願の番号　　　　　商願２０９８－　　４５６
起案日　　　　　　　　　　　令和　７年　６月　６日

適用条文　　　　　　　第４条第１項第１１号

　これについて意見があれば、この書面発送の日から４０日以内に意見書を提出してください。

　　　　　　　　　　　　　　　理　由

　この商標は、下記の登録商標と同一又は類似であって、第９類「電子計算機，
電子計算機用プログラム」及び第３５類に使用するものであるから、商標法第４条第１項第１１
号に該当します。

　　　　　　　　　　　　　　　　記

　登録第９９９９９９１号商標、国際登録第９９９９９９２号商標、商標登録第９９９９９９３号の２
"""


def test_a_trademark_notice_names_classes_with_their_goods():
    notice = read(htm(GOODS), law="trademark")
    assert [(one.number, one.goods) for one in notice.goods] == [
        (9, "電子計算機，電子計算機用プログラム"),
        (35, ""),
    ]


def test_registered_marks_held_against_an_application_are_cited():
    notice = read(htm(GOODS), law="trademark")
    assert [cited.as_printed for cited in notice.cited] == [
        "登録第９９９９９９１号商標",
        "国際登録第９９９９９９２号商標",
        "商標登録第９９９９９９３号の２",
    ]


def entry(printed: str):
    """The cited document of a notice whose list holds this entry alone."""
    opening = "１．この出願は、特許法第２９条第２項に該当する。\n・引用文献等　１\n\n"
    body = f"{opening}＜引用文献等一覧＞\n１．{printed}"
    (cited,) = read(patent_xml(body=body, articles=("第２９条第２項（進歩性）",))).cited
    return cited


@pytest.mark.parametrize(
    ("printed", "number", "remark"),
    [
        ("米国特許出願公開第２０１５／０１２３４５６号明細書", "US2015123456", ""),
        ("米国特許第９９９９９９１号明細書（周知技術）", "US9999991", "周知技術"),
        ("欧州特許出願公開第９９９９９９１号明細書", "EP9999991", ""),
        ("中国特許出願公開第１９９９９９９９１号明細書", "CN199999991", ""),
        ("韓国公開特許第１０－２０１２－９９９９９９１号公報", "KR20129999991", ""),
        ("国際公開第２０１２／９９９９９１号", "WO2012/999991", ""),
        ("特開２０１１－９９９９９１号公報，図３", "JP2011-999991A", "図３"),
    ],
)
def test_documents_of_all_offices_are_resolved_to_numbers_and_linked(printed, number, remark):
    cited = entry(printed)
    assert (cited.number, cited.remark) == (number, remark)
    assert any(address.startswith("https://worldwide.espacenet.com/") for _, address in cited.links)


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("特公平３－０９９９９１号公報", "JPH03-099991B"),
        ("登録実用新案第３９９９９９１号公報", "JP3999991U"),
        ("特許第６９９９９９１号公報", "JP6999991B"),
        ("再公表特許第２０１０／９９９９９１号", "WO2010/999991"),
    ],
)
def test_older_japanese_documents_are_resolved_too(printed, number):
    assert entry(printed).number == number


@pytest.mark.parametrize(
    "printed",
    [
        "架空花子、「見本棚」、２０１２年",
        "特開２０１１－９９９９９１号公報及び特開２０１１－９９９９９２号公報",
        "特開平９９－１２３４５６号公報",
        "<script>特開",
    ],
)
def test_an_uncertain_document_is_shown_as_printed_and_linked_nowhere(printed):
    cited = entry(printed.replace("<", "&lt;"))
    assert (cited.number, cited.display, cited.links) == (None, printed, ())


def test_a_registered_mark_is_no_patent_of_that_number():
    marks = read(htm(GOODS), law="trademark").cited
    assert all("espacenet" not in address for mark in marks for _, address in mark.links)


# --- storing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [OPINION, amendment(*GROUPS), htm(FILED_HTM), htm(GOODS)])
def test_what_was_read_survives_json(text):
    notice = read(text, law="trademark" if text.startswith("<HTML") else "patent")
    stored = json.loads(json.dumps(notice.to_json()))
    assert Notice.from_json(stored) == notice


def test_a_notice_stored_before_filings_were_read_still_loads():
    notice = read(patent_xml())
    stored = notice.to_json()
    for later in ("goods", "decision", "filing"):
        del stored[later]
    assert Notice.from_json(stored) == notice


# --- the office's own documents -----------------------------------------------------------------------


def test_the_recorded_amendment_part_by_part(recordings):
    notices = recorded(recordings, "patent.app_doc_cont_opinion_amendment.2020123456.zip", "patent")
    opinion, amended = (notice.filing for notice in notices)
    assert (opinion.document_code, amended.document_code) == ("A53", "A523")
    assert opinion.answers("06124084096") and amended.answers("06124084096")
    assert len(opinion.opinion) > 3000
    assert [claim.number for claim in amended.changes[0].claims] == ["1", "2", "3", "4", "5"]
    assert all(change.way for change in amended.changes)
    assert [c.way for c in amended.changes].count("delete") == 11


def test_every_member_of_a_mixed_archive_is_read_for_what_it_is():
    bundle = read_bundle(
        pack(
            ("A53_52499000002/JPOXMLDOC01-jpbibl.xml", OPINION.encode("cp932")),
            ("A523_52499000003/JPOXMLDOC01-jpbibl.xml", amendment(*GROUPS).encode("cp932")),
        )
    )
    assert [read_notice(member, "patent").kind for member in bundle.members] == ["opinion", "amendment"]
