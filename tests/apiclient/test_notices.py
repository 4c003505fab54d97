"""Notices read as an attorney would read them; names and cases here are invented."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.documents import Notice, read_bundle, read_notice
from apiclient.documents.layout import columns, number, rejoin
from apiclient.documents.period import read_period
from tests.apiclient.test_archive import pack

CONCLUSION = """　この出願は、次の理由によって拒絶をすべきものです。これについて意見が
ありましたら、この通知書の発送の日から６０日以内に意見書を提出してくだ
さい。

　　　　　　　　　　　　　　　　理由"""

BODY = """１．（新規性）この出願の発明は、下記の刊行物に記載されており、特許法第２９条第１項第３号に該当する。

２．（進歩性）この出願の発明は、特許法第２９条第２項の規定により特許を受けることができない。

３．（明確性）この出願は、下記の点で、特許法第３６条第６項第２号に規定する要件を満たしていない。

　　　　　記　　　（引用文献等については引用文献等一覧参照）

●理由１（新規性）、理由２（進歩性）について

・請求項　１－３
・引用文献等　１
・備考
　引用文献１（段落［００１２］）には、折り畳み式の見本棚が記載されている。

●理由２（進歩性）について

・請求項　４，６
・引用文献等　１、又は、２
・備考
　引用文献２の構成を採用することは容易である。

●理由３（明確性）について

・請求項　５
　「前記第二の脚」が何を指すのか不明である。

　　　　　　　　　　　　　＜引用文献等一覧＞
１．特開２０１１－１２３４５６号公報
２．特開平９－０１２３４５号公報（周知技術を示す文献）
３．国際公開第２０１５／０１２３４５号
４．山田花子、「見本棚の研究」、見本学会誌、第３巻、２０１２年、ｐ．１－９

－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－
　　　　　　　　　　＜先行技術文献調査結果の記録＞

・調査した分野　　ＩＰＣ　Ａ４７Ｂ１／００

　この先行技術文献調査結果の記録は、拒絶理由を構成するものではありません。

＜補正をする際の注意＞
（１）補正は、特許法第１７条の２第４項に違反しないよう注意してください。"""

ARTICLES = (
    "第２９条第１項第３号（新規性）",
    "第２９条第２項（進歩性）",
    "第３６条第６項第２号（明確性）",
)


def patent_xml(
    *,
    generation: str = "-rn",
    part: str = "notice-of-rejection-a131",
    title: str = "拒絶理由通知書",
    conclusion: str = CONCLUSION,
    body: str = BODY,
    articles: tuple[str, ...] = ARTICLES,
    doctype: str = '<!DOCTYPE jp:notice-pat-exam PUBLIC "-//JPO//DTD NOTICE//EN" "ntc-pt-e.dtd" []>',
) -> str:
    rn = generation
    lines = {name: text.replace("\n", "<br/>\n") for name, text in (("c", conclusion), ("b", body))}
    listed = "".join(f"<jp:article>{article}</jp:article>" for article in articles)
    return f"""<?xml version="1.0" encoding="Shift_JIS"?>
{doctype}
<jp:notice-pat-exam{rn} lang="ja" dtd-version="1.0" xmlns:jp="http://www.jpo.go.jp">
<jp:{part}{rn} jp:kind-of-law="patent">
<jp:document-name>{title}</jp:document-name>
<jp:bibliog-in-ntc-pat-exam{rn}>
<jp:application-reference appl-type="application" jp:kind-of-law="patent"><jp:document-id>
<jp:doc-number>2098000123</jp:doc-number>
</jp:document-id></jp:application-reference>
<jp:drafting-date><jp:date>20240220</jp:date></jp:drafting-date>
<jp:addressed-to-person-group jp:kind-of-person="attorney" jp:kind-of-agent="representative">
<jp:addressbook><jp:name>見本　一郎</jp:name></jp:addressbook>
<jp:number-of-other-persons>&#160;1</jp:number-of-other-persons>
</jp:addressed-to-person-group>
<jp:article-group>{listed}</jp:article-group>
</jp:bibliog-in-ntc-pat-exam{rn}>
<jp:reconsideration-before-appeal jp:true-or-false="false"/>
<jp:conclusion-part-article><p num="">{lines["c"]}</p></jp:conclusion-part-article>
<jp:drafting-body><p num="">{lines["b"]}</p></jp:drafting-body>
</jp:{part}{rn}>
</jp:notice-pat-exam{rn}>
"""


def htm(text: str) -> str:
    return f"""<HTML>
<HEAD>
<META http-equiv="Content-Type" content="text/html; charset=Shift_JIS">
</HEAD>
<BODY STYLE="font-size:12pt">
<PRE>
{text}
</PRE>
</BODY>
</HTML>
"""


MARK = " " * 77

TRADEMARK = f"""{MARK}1/{" "}
　　　　　　　　　　　<FONT SIZE="6">拒絶理由通知書</FONT>


商標登録出願の番号　　　　　商願２０９８－　　４５６
起案日　　　　　　　　　　　令和　７年　６月　６日
特許庁審査官　　　　　　　　見本　花子　　　　　　　　９９９９
商標登録出願人代理人　　　　例示　太郎　様

適用条文　　　　　　　第３条第１項第３号及び第４条第１項第１６号、第３条
　　　　　　　　　　　第１項第６号

　この商標登録出願については、商標登録をすることができない次の理由があり
ますので、商標法第１５条の２（又は同法第１５条の３第１項）に基づきその理
由を通知します。
　これについて意見があれば、この書面発送の日から４０日以内に意見書を提出
してください。

　　　　　　　　　　　　　　　理　由　１

■第３条第１項第３号（品質等表示）及び第４条第１項第１６号（品質等誤認）

　本願商標は、商品の品質を普通に用いられる方法で表示する標章のみからなる
<HR Align="left" Width="640">
{MARK}2/E
商標ですから、商標法第３条第１項第３号に該当します。
https://www.example.com/a/very/long/address/which/the/page/cuts/in/half/
at-its-edge.html

　　　　　　　　　　　　　　　理　由　２

■第３条第１項第６号（識別力のないもの）

　本願商標は、商標法第３条第１項第６号に該当します。


＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊　ご注意　＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊

１．手続補正書を提出する場合の記載について
"""

DESIGN = f"""{MARK}1/E
　　　　　　　　　　　<FONT SIZE="6">拒絶理由通知書</FONT>


　意匠登録出願の番号　　　　意願２０９８－００７８９０
　起案日　　　　　　　　　　平成元年　３月１０日
　意匠登録出願人　　　　　　株式会社見本製作所様


　この意匠登録出願については、以下のとおり、登録要件を満たさない理由があ
りますので、意匠法第１９条で準用する特許法第５０条の規定に基づき、通知し
ます。
　この理由について意見があれば、この通知書を発送した日から４０日以内に意
見書を提出することができます。

　　　　　　　　　　　　　　　　理　由

　この意匠登録出願の意匠は、下記の意匠に類似するものと認められますので、
意匠法第３条第１項第３号に規定する意匠に該当します。

　　　　　　　　　　　　　　　　　記

　特許庁発行の意匠公報記載
　　　　　意匠登録第０９９９９９９号

　なお、関連意匠に補正された場合は、意匠法第１０条第１項に規定する要件を
満たしている必要があります。
"""


def read(text: str, law: str = "patent", name: str | None = None) -> Notice:
    suffix = "-jpntce.xml" if text.lstrip().startswith("<?xml") else "P.HTM"
    body = text.replace("\n", "\r\n").encode("cp932")
    bundle = read_bundle(pack((name or f"06199000001{suffix}", body)))
    assert bundle.problems == ()
    return read_notice(bundle.members[0], law)


# --- patents ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", ["", "-rn"])
def test_a_patent_notice_of_either_generation(generation):
    notice = read(patent_xml(generation=generation))
    assert notice.problems == ()
    assert (notice.kind, notice.law, notice.readable) == ("refusal", "patent", True)
    assert (notice.document_number, notice.application_number) == ("06199000001", "2098000123")
    assert notice.title_as_printed == "拒絶理由通知書"
    assert notice.drafting_date == date(2024, 2, 20)
    assert notice.addressee == "見本　一郎（外1名）"
    assert (notice.final, notice.reconsideration) == (False, False)
    assert [(a.reference, a.name_as_printed) for a in notice.articles] == [
        ("29-1-3", "新規性"),
        ("29-2", "進歩性"),
        ("36-6-2", "明確性"),
    ]


def test_the_time_limit_is_read_over_the_line_end():
    period = read(patent_xml()).period
    assert (period.n, period.unit, period.start, period.overseas_n) == (60, "day", "dispatch", None)
    assert period.quote == (
        "これについて意見がありましたら、この通知書の発送の日から６０日以内に意見書を提出してください。"
    )


def test_wrapped_lines_are_rejoined_for_reading():
    assert (
        "意見がありましたら、この通知書の発送の日から６０日以内に意見書を提出してください。"
        in read(patent_xml()).text
    )


def test_each_reason_has_its_claims_references_and_provisions():
    reasons = read(patent_xml()).reasons
    assert [(r.number, r.heading, r.claims, r.references) for r in reasons] == [
        ("1", "新規性", ("１－３",), ("１",)),
        ("2", "進歩性", ("１－３", "４，６"), ("１", "１、又は、２")),
        ("3", "明確性", ("５",), ()),
    ]
    assert [[a.reference for a in r.articles] for r in reasons] == [["29-1-3"], ["29-2"], ["36-6-2"]]
    assert "前記第二の脚" in reasons[2].text


def test_cited_documents_are_named_for_machines_and_people():
    cited = read(patent_xml()).cited
    assert [(c.label, c.number, c.display, c.remark) for c in cited] == [
        ("1", "JP2011-123456A", "特開2011-123456", ""),
        ("2", "JPH09-012345A", "特開平9-012345", "周知技術を示す文献"),
        ("3", "WO2015/012345", "WO2015/012345", ""),
        ("4", None, "山田花子、「見本棚の研究」、見本学会誌、第３巻、２０１２年、ｐ．１－９", ""),
    ]


def test_the_search_record_stands_apart_from_the_reasons():
    notice = read(patent_xml())
    assert notice.search_record.startswith("・調査した分野")
    assert "補正をする際の注意" not in notice.search_record
    assert all("調査した分野" not in reason.text for reason in notice.reasons)


def test_an_old_notice_without_wrapping_or_names():
    body = """理由１．この出願は、下記の点で、特許法第３６条第６項第２号に規定する要件を満たしていない。
　　　　　記
　請求項６は不明である。
理由２．この出願の発明は、特許法第２９条第２項の規定により特許を受けることができない。
・請求項１、８
・引用文献１及び２

　　　　　　　　　　　引　用　文　献　等　一　覧
１.特開昭５３－０６４０８３号公報
２.実願昭５６－１２３４５６号（実開昭５８－０１２３４５号）のマイクロフィルム
－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－－　　　　先行技術文献調査結果の記録

・調査した分野　　ＩＰＣ第７版　Ａ４７Ｂ"""
    notice = read(patent_xml(generation="", body=body, articles=("第２９条第２項、第３６条",)))
    assert [a.reference for a in notice.articles] == ["29-2", "36"]
    assert [[a.reference for a in r.articles] for r in notice.reasons] == [["36-6-2"], ["29-2"]]
    assert notice.reasons[1].references == ("１及び２",)
    assert [c.number for c in notice.cited] == ["JPS53-064083A", None]
    assert notice.search_record == "・調査した分野　　ＩＰＣ第７版　Ａ４７Ｂ"


def test_references_without_a_list_are_told():
    notice = read(patent_xml(body=BODY.split("　　　　　　　　　　　　　＜引用文献等一覧＞")[0]))
    assert notice.cited == ()
    assert any("list was not found" in problem for problem in notice.problems)


def test_a_final_notice_bears_the_mark():
    marked = "　　　　　　　　　　＜＜＜＜　　最　　後　　＞＞＞＞\n\n" + CONCLUSION
    assert read(patent_xml(conclusion=marked)).final is True


def test_talk_of_a_final_notice_without_the_mark_is_left_to_a_person():
    notice = read(patent_xml(body=BODY + "\nこれは最後の拒絶理由通知である。"))
    assert notice.final is None
    assert any("final" in problem for problem in notice.problems)


def test_a_decision_of_refusal_prints_two_limits_for_two_residences():
    body = """　この出願については、拒絶理由通知書に記載した理由によって、拒絶をすべきものです。

────────────────────────────────────
　この査定に不服があるときは、この査定の謄本の送達があった日から３月以内（在外者にあっては、４月以内）に、特許庁長官に対して、拒絶査定不服審判を請求することができます。"""
    notice = read(
        patent_xml(part="decision-of-rejection-a02", title="拒絶査定", conclusion="", body=body, articles=())
    )
    assert notice.kind == "refusal_decision"
    assert (notice.period.n, notice.period.unit, notice.period.start) == (3, "month", "service")
    assert notice.period.overseas_n == 4
    assert notice.period.quote.startswith("この査定に不服があるときは")


def test_a_decision_to_grant_has_no_limit_of_its_own():
    notice = read(
        patent_xml(
            part="decision-of-registration-a01",
            title="特許査定",
            conclusion="　この出願については、拒絶の理由を発見しないから、特許査定をします。",
            body="",
            articles=(),
        )
    )
    assert (notice.kind, notice.period, notice.problems) == ("grant", None, ())


def test_a_dismissed_amendment():
    notice = read(
        patent_xml(
            part="declining-the-amendment-a191",
            title="補正の却下の決定",
            conclusion="　手続補正書でした補正は、次の理由によって却下します。",
            body="　この補正は特許法第１７条の２第５項の規定に違反する。\n　不服の申立てはできません。",
            articles=(),
        )
    )
    assert (notice.kind, notice.period) == ("amendment_dismissed", None)


def test_an_opinion_of_the_applicant():
    text = """<?xml version="1.0" encoding="Shift_JIS"?>
<!DOCTYPE jp:pat-rspns PUBLIC "-//JPO//DTD PATENT RESPONCE//EN" "pat-rspn.dtd" []>
<jp:pat-rspns lang="ja" xmlns:jp="http://www.jpo.go.jp"><jp:response-a53 jp:kind-of-law="patent">
<jp:document-code>A153</jp:document-code>
<jp:indication-of-case-article><jp:doc-number>2098000123</jp:doc-number></jp:indication-of-case-article>
<jp:opinion-contents-article><p num="">
１．拒絶理由の要点<br />
　この通知書の発送の日から６０日以内に応答します。<br />
</p></jp:opinion-contents-article></jp:response-a53></jp:pat-rspns>"""
    notice = read(text, name="A53_52499000003/JPOXMLDOC01-jpbibl.xml")
    assert (notice.kind, notice.application_number) == ("opinion", "2098000123")
    assert notice.period is None  # an applicant sets nobody a limit
    assert notice.text.startswith("１．拒絶理由の要点\n")


def test_an_unknown_document_is_said_to_be_unknown():
    notice = read(patent_xml(part="examiner-notification-a2599", title="見本送付書"))
    assert notice.kind == "other"
    assert any("見本送付書" in problem for problem in notice.problems)


def test_another_law_than_asked_for_is_told():
    assert any("law" in problem for problem in read(patent_xml(), law="design").problems)


# --- designs and trademarks ---------------------------------------------------------------------------


def test_a_trademark_notice():
    notice = read(htm(TRADEMARK), law="trademark")
    assert notice.problems == ()
    assert (notice.kind, notice.title_as_printed) == ("refusal", "拒絶理由通知書")
    assert notice.application_number == "2098000456"
    assert notice.drafting_date == date(2025, 6, 6)
    assert notice.addressee == "例示　太郎"
    assert [a.reference for a in notice.articles] == ["3-1-3", "4-1-16", "3-1-6"]
    assert (notice.period.n, notice.period.unit, notice.period.start) == (40, "day", "dispatch")
    assert [(r.number, [a.reference for a in r.articles]) for r in notice.reasons] == [
        ("1", ["3-1-3", "4-1-16"]),
        ("2", ["3-1-6"]),
    ]
    assert notice.final is None


def test_the_page_break_leaves_no_trace_in_the_text():
    text = read(htm(TRADEMARK), law="trademark").text
    assert "標章のみからなる商標ですから" in text
    assert "cuts/in/half/at-its-edge.html" in text
    assert "2/E" not in text


def test_a_design_notice_says_its_ground_in_the_reasons_alone():
    notice = read(htm(DESIGN), law="design")
    assert notice.problems == ()
    assert notice.application_number == "2098007890"
    assert notice.drafting_date == date(1989, 3, 10)
    assert [(a.law, a.reference) for a in notice.articles] == [("design", "3-1-3")]
    assert (notice.period.n, notice.period.start) == (40, "dispatch")
    assert [(c.number, c.display) for c in notice.cited] == [("JP0999999S", "意匠登録第999999号")]


def test_an_amendment_of_an_applicant_in_htm():
    text = """【書類名】　　　　　　手続補正書
【整理番号】　　　　　Ｍ０１
【提出日】　　　　　　令和　４年　３月２４日
【事件の表示】
　　【出願番号】　　　意願２０９８－　１９５００"""
    notice = read(htm(text), law="design", name="A523_52499000003/JPOSGMLDOC1P.HTM")
    assert (notice.kind, notice.application_number) == ("amendment", "2098019500")
    assert notice.drafting_date is None  # the day of filing is no drafting date


# --- time limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("この通知書の発送の日から６０日以内に意見書を提出してください。", (60, "day", "dispatch", None)),
        ("この書面発送の日から４０日以内に意見書を提出してください。", (40, "day", "dispatch", None)),
        (
            "この通知書を発送した日から４０日以内に意見書を提出することができます。",
            (40, "day", "dispatch", None),
        ),
        ("この通知書の発送の日から三月以内に意見書を提出してください。", (3, "month", "dispatch", None)),
        ("この通知書の発送の日から３箇月以内に回答してください。", (3, "month", "dispatch", None)),
        ("この通知書の発送の日から２か月以内に回答してください。", (2, "month", "dispatch", None)),
        ("この指令書の発送の日から三十日以内に手続の補正をしてください。", (30, "day", "dispatch", None)),
        ("この通知書の発送の日から 60 日以内に意見書を提出してください。", (60, "day", "dispatch", None)),
        (
            "この査定の謄本の送達があった日から３０日以内（在外者にあっては、９０日以内）に、審判を請求できます。",
            (30, "day", "service", 90),
        ),
    ],
)
def test_time_limits_as_the_office_words_them(sentence, expected):
    found = read_period([sentence])
    assert found.problems == ()
    assert (found.period.n, found.period.unit, found.period.start, found.period.overseas_n) == expected


@pytest.mark.parametrize(
    "text",
    [
        "この通知書の発送の日から６０日以内に意見書を、この通知書の発送の日から４０日以内に図面を提出してください。",
        "この査定の謄本の送達の日から３月以内に請求できます。この書面の発送の日から３月以内に納付してください。",
        "この書面を受け取った日から３０日以内に特許料の納付が必要です。",
        "この通知書の発送の日の翌日から６０日以内に意見書を提出してください。",
        "この通知書の発送の日から８週間以内に意見書を提出してください。",
        "この通知書の発送の日から〇日以内に意見書を提出してください。",
        "この通知書の発送の日から６０００日以内に意見書を提出してください。",
        "この通知書の発送の日から" + "９" * 5000 + "日以内に意見書を提出してください。",
    ],
)
def test_a_doubtful_time_limit_is_a_problem_and_no_limit(text):
    found = read_period([text])
    assert found.period is None
    assert found.problems


def test_an_overseas_limit_in_another_unit_is_told():
    found = read_period(
        ["この通知書の発送の日から６０日以内（在外者にあっては、３月以内）に意見書を提出してください。"]
    )
    assert (found.period.n, found.period.overseas_n) == (60, None)
    assert "another unit" in found.problems[0]


def test_an_invention_about_dispatch_sets_no_limit():
    assert read_period(["商品の発送の日から３日以内に届く配送装置が記載されている。"]).period is None
    notice = read(patent_xml(body=BODY + "\n商品の発送の日から３日以内に届く配送装置が知られている。"))
    assert notice.period.n == 60


def test_a_notice_without_a_limit_is_told():
    notice = read(patent_xml(conclusion="　この出願は、次の理由によって拒絶をすべきものです。"))
    assert notice.period is None
    assert any("no time limit" in problem for problem in notice.problems)


@given(
    st.integers(min_value=1, max_value=99),
    st.sampled_from(["日", "月", "か月", "箇月"]),
    st.sampled_from(["この通知書の発送の日", "この書面発送の日", "この査定の謄本の送達があった日"]),
    st.integers(min_value=0, max_value=35),
)
def test_a_limit_is_read_wherever_the_line_is_cut(n, unit, start, indent):
    wide = str(n).translate({ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789"})
    sentence = "あ" * indent + f"{start}から{wide}{unit}以内に意見書を提出してください。"
    lines = [sentence[i : i + 36] for i in range(0, len(sentence), 36)]
    period = read_period(lines).period
    assert (period.n, period.unit) == (n, "day" if unit == "日" else "month")
    assert period.start == ("service" if "送達" in start else "dispatch")
    assert period.quote == sentence


@given(st.text(alphabet="あいう漢字Ａ０", min_size=1, max_size=200))
def test_rejoining_undoes_wrapping(paragraph):
    lines = [paragraph[i : i + 36] for i in range(0, len(paragraph), 36)]
    assert rejoin(["　見出し", *lines, "", "　次の段落"]) == ["　見出し", paragraph, "", "　次の段落"]
    assert all(columns(line) <= 72 for line in lines)


@pytest.mark.parametrize(
    ("text", "value"),
    [("６０", 60), ("六十", 60), ("二〇", 20), ("百二十", 120), ("三", 3), ("", None), ("ｘ", None)],
)
def test_japanese_numerals(text, value):
    assert number(text) == value


def test_a_full_line_does_not_swallow_the_next_paragraph():
    full = "あ" * 35 + "。"
    assert rejoin([full, "　次の段落"]) == [full, "　次の段落"]


# --- hostile documents --------------------------------------------------------------------------------

ENTITIES = '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;">]>'
EXTERNAL = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "text",
    [
        patent_xml(doctype=ENTITIES, title="&y;"),
        patent_xml(doctype=EXTERNAL, title="&x;"),
        patent_xml(doctype="", title="&undefined;"),
        patent_xml().replace("</jp:drafting-body>", ""),
        patent_xml().replace("</jp:notice-pat-exam-rn>", ""),
        '<?xml version="1.0"?>' + "<a>" * 3000 + "</a>" * 3000,
        '<?xml version="1.0"?>',
        '<?xml version="1.0"?><a/>',
    ],
)
def test_hostile_or_broken_xml_is_unreadable_and_kept_whole(text):
    notice = read(text)
    assert notice.readable is False
    assert notice.problems
    assert notice.raw_text == text.replace("\n", "\r\n")
    assert (notice.period, notice.final, notice.articles) == (None, None, ())
    assert "root:" not in notice.text


def test_an_external_document_type_is_never_fetched():
    outside = '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/evil.dtd">'
    assert read(patent_xml(doctype=outside)).period.n == 60


def test_scripts_in_a_page_are_left_out_and_told():
    page = htm(
        DESIGN.replace(
            "　　　　　　　　　　　　　　　　　記", "<script>alert('盗')</script>\n<b onclick='x()'>記</b>"
        )
    )
    notice = read(page, law="design")
    assert "alert" not in notice.text
    assert "onclick" not in notice.text
    assert any("script" in problem for problem in notice.problems)
    assert notice.period.n == 40


@pytest.mark.parametrize("hiding", ["<!-- ", "<script>", "<style>"])
def test_markup_that_would_swallow_the_rest_makes_the_page_unreadable(hiding):
    notice = read(htm(hiding + DESIGN), law="design")
    assert notice.readable is False
    assert "意匠法第３条" in notice.text


def test_a_lone_angle_bracket_is_text():
    notice = read(htm(DESIGN.replace("記\n", "長さ a<c かつ d>e\n")), law="design")
    assert "長さ a<c かつ d>e" in notice.text


def test_an_image_is_not_a_notice():
    member = read_bundle(pack(("06199000001-jpntce-I000001.tif", b"II*\x00"))).members[0]
    notice = read_notice(member, "patent")
    assert notice.readable is False
    assert notice.problems


def test_a_listed_provision_that_is_none_is_told():
    notice = read(patent_xml(articles=("第" + "９" * 5000 + "条（進歩性）",)))
    assert any("ground was not understood" in problem for problem in notice.problems)
    assert "29-2" in [article.reference for article in notice.articles]  # the reasons still name theirs


@settings(max_examples=60)
@given(st.sampled_from([patent_xml(), htm(TRADEMARK), htm(DESIGN)]), st.data())
def test_cut_or_spliced_documents_never_fail_and_lose_no_text(text, data):
    cut = data.draw(st.integers(min_value=0, max_value=len(text)))
    junk = data.draw(st.text(alphabet="<>&;!-[]/　あ１第条項号\"'", max_size=12))
    member = read_bundle(
        pack(("06199000001P.HTM", (text[:cut] + junk + text[cut + 3 :]).encode("cp932")))
    ).members[0]
    notice = read_notice(member, "trademark")
    assert notice.raw_text == member.text
    xml = read_bundle(pack(("06199000001-jpntce.xml", member.data))).members[0]
    assert read_notice(xml, "patent").raw_text == member.text


@pytest.mark.parametrize("text", [patent_xml(), htm(TRADEMARK), htm(DESIGN), patent_xml(title="&x;")])
def test_a_notice_survives_json(text):
    notice = read(text)
    assert Notice.from_json(json.loads(json.dumps(notice.to_json()))) == notice


# --- the office's own documents -----------------------------------------------------------------------


def recorded(recordings, name: str, law: str) -> list[Notice]:
    path = recordings / "live" / name
    return [read_notice(member, law) for member in read_bundle(path.read_bytes()).members]


def test_the_recorded_patent_notice(recordings):
    (notice,) = recorded(recordings, "patent.app_doc_cont_refusal_reason.2020123456.zip", "patent")
    assert notice.problems == ()
    assert (notice.kind, notice.final, notice.reconsideration) == ("refusal", False, False)
    assert (notice.period.n, notice.period.unit, notice.period.start) == (60, "day", "dispatch")
    assert [a.reference for a in notice.articles] == ["37", "29-1-3", "29-2", "36-6-2"]
    assert len(notice.cited) == 5 and all(cited.number for cited in notice.cited)
    assert [(r.number, [a.reference for a in r.articles]) for r in notice.reasons] == [
        ("1", ["37"]),
        ("2", ["29-1-3"]),
        ("3", ["29-2"]),
        ("4", ["36-6-2"]),
    ]
    assert notice.reasons[1].claims == ("１－４", "１，２，１１，１３，１４")
    assert len(notice.reasons[2].claims) == len(notice.reasons[2].references) == 9


def test_the_recorded_citations_are_those_of_the_citation_interface(recordings):
    """Era years of 昭 are 300 and of 平 400 in the interface's numbers; Gregorian ones count on from 平."""
    (notice,) = recorded(recordings, "patent.app_doc_cont_refusal_reason.2020123456.zip", "patent")
    reply = json.loads((recordings / "live" / "patent.cite_doc_info.2020123456.json").read_text())
    rows = [r for r in reply["result"]["data"]["patentDoc"] if r["citationType"] == "19"]
    serials = [row["documentNumber"][-6:] for row in rows]
    assert [cited.number[-7:-1] for cited in notice.cited] == serials


def test_the_recorded_answers_of_the_applicant(recordings):
    notices = recorded(recordings, "patent.app_doc_cont_opinion_amendment.2020123456.zip", "patent")
    assert [(n.kind, n.application_number, n.problems) for n in notices] == [
        ("opinion", "2020123456", ()),
        ("amendment", "2020123456", ()),
    ]
    assert all(len(n.text) > 1000 for n in notices)


def test_the_recorded_trademark_notice(recordings):
    (notice,) = recorded(recordings, "trademark.app_doc_cont_refusal_reason.2024123456.zip", "trademark")
    assert notice.problems == ()
    assert notice.application_number == "2024123456"
    assert notice.drafting_date == date(2025, 6, 6)
    assert (notice.period.n, notice.period.unit, notice.period.start) == (40, "day", "dispatch")
    assert [a.reference for a in notice.articles] == ["3-1-3", "4-1-16", "3-1-6"]
    assert [r.number for r in notice.reasons] == ["1", "2"]
