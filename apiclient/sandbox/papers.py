"""Papers as the office delivers them: ZIP archives of Shift_JIS XML (patents) and HTM (designs, marks).

Layout, tags, encoding and member names follow the recorded archives; every sentence is our own or the
statute's.
"""

from __future__ import annotations

from datetime import date, datetime
from html import escape
from io import BytesIO
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from apiclient.sandbox import figures, people
from apiclient.sandbox.life import Act
from apiclient.sandbox.reasons import Reasons, reasons, wide
from apiclient.sandbox.world import Case, Sight

COLUMNS = 36
PAGE_LINES = 46
# All notices drafted from this day carry the renewed tags (the office's page on its XML tags).
RENEWED_TAGS_SINCE = date(2021, 7, 20)
DISPATCHED = ("A131", "A01", "A02", "A191")
NOTICES = ("A131",)
FILED = ("A53", "A523")
_LAW_MARK = {"patent": "特願", "design": "意願", "trademark": "商願"}
_LAW_NAME = {"patent": "特許", "design": "意匠登録", "trademark": "商標登録"}
_ROOT_NAMES = {
    "A131": "notice-of-rejection-a131",
    "A01": "decision-of-registration-a01",
    "A02": "decision-of-rejection-a02",
    "A191": "declining-the-amendment-a191",
}


def bundle(sight: Sight, codes: tuple[str, ...], made_at: datetime) -> bytes | None:
    """The archive of the bodies seen of a case; None where the office holds none.

    Members bear the time the archive was made, so that two archives of the same papers differ.
    """
    papers = [act for act in sight.acts if act.code in codes and act.available]
    if not papers:
        return None
    return zipped([one for act in papers for one in members(sight.case, act, sight)], made_at)


def zipped(contents: list[tuple[str, bytes]], made_at: datetime) -> bytes:
    """An archive of (name, bytes) in order; a name that ends in / is a folder."""
    body = BytesIO()
    with ZipFile(body, "w", ZIP_DEFLATED) as archive:
        for name, content in contents:
            archive.writestr(_entry(name, made_at), content)
    return body.getvalue()


def _entry(name: str, made_at: datetime) -> ZipInfo:
    entry = ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = (0o40755 << 16 | 0x10) if name.endswith("/") else 0o100644 << 16
    return entry


def members(case: Case, act: Act, sight: Sight) -> list[tuple[str, bytes]]:
    """Names and bytes of one paper, with its folder where the office gives it one."""
    if act.code in FILED:
        folder = f"{act.code}_{act.number}/"
        name = "JPOXMLDOC01-jpbibl.xml" if case.law == "patent" else "JPOSGMLDOC1P.HTM"
        text = _filed_xml(case, act) if case.law == "patent" else _htm(_filed_lines(case, act, sight))
        drawn = [(folder + figures.NAME, figures.tiff())] if figures.NAME in text else []
        return [(folder, b""), (folder + name, encoded(text)), *drawn]
    if case.law == "patent":
        return [(f"{act.number}-jpntce.xml", encoded(_dispatched_xml(case, act, sight)))]
    return [(f"{act.number}P.HTM", encoded(_htm(_dispatched_lines(case, act, sight))))]


def encoded(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("cp932")


def wrapped(text: str) -> list[str]:
    """Lines of at most 36 characters, cut wherever the column ends, as the office's printer does."""
    lines = []
    for line in text.split("\n"):
        lines += [line[at : at + COLUMNS] for at in range(0, len(line), COLUMNS)] or [""]
    return lines


def spoken_number(case: Case) -> str:
    return f"{_LAW_MARK[case.law]}{wide(case.number[:4])}－{wide(case.number[4:])}"


def wareki(day: date) -> str:
    """An era date padded with spaces: 令和　７年　６月　６日."""
    reiwa = day >= date(2019, 5, 1)
    year = day.year - (2018 if reiwa else 1988)

    def two(number: int) -> str:
        return wide(str(number)).rjust(2, "　")

    return f"{'令和' if reiwa else '平成'}{two(year)}年{two(day.month)}月{two(day.day)}日"


def _drafted(act: Act) -> date:
    return act.drafted or act.day


# What the papers say


def response_period(case: Case) -> str:
    """The designated period as printed: 60 or 40 days, three months for those living abroad."""
    if case.overseas:
        return "３月以内"
    return "６０日以内" if case.law == "patent" else "４０日以内"


def _conclusion(case: Case, act: Act, sight: Sight) -> str:
    mark = f"\n\n{'＜＜＜＜　　最後　　＞＞＞＞':　^{COLUMNS}}".rstrip("　") if act.final else ""
    if act.code == "A131":
        return (
            "　この出願は、次の理由によって拒絶をすべきものです。これについて意見がありましたら、"
            f"この通知書の発送の日から{response_period(case)}に意見書を提出してください。{mark}\n\n"
            "　　　　　　　　　　　　　　　　理由"
        )
    if act.code == "A02":
        return f"　この出願については、{_grounding(case, act, sight)}によって、拒絶をすべきものです。"
    if act.code == "A191":
        return "　この手続補正を、次の理由によって却下します。"
    return "　この出願については、拒絶の理由を発見しないから、特許査定をします。"


def _grounding(case: Case, act: Act, sight: Sight) -> str:
    notices = [one for one in sight.acts if one.code == "A131" and one.day <= act.day]
    if not notices:
        return "出願人に通知した理由"
    return f"{wareki(_drafted(notices[-1]))}付け拒絶理由通知書に記載した理由"


def _body(case: Case, act: Act) -> str:
    if act.code == "A131":
        return _notice_body(case, reasons(case, act))
    if act.code == "A02":
        return _appeal_notice(case)
    if act.code == "A191":
        return (
            "　この補正は、特許法第１７条の２第５項の規定に違反するものであるから、"
            "同法第５３条第１項の規定により却下すべきものです。"
        )
    return ""


def _appeal_notice(case: Case) -> str:
    months = "３月以内（在外者にあっては、４月以内）" if case.law == "patent" else "３月以内"
    act = {
        "patent": "特許法第１２１条",
        "design": "意匠法第４６条",
        "trademark": "商標法第４４条",
    }
    return (
        "　意見書並びに手続補正書の内容を検討しましたが、拒絶理由を覆すに足りる根拠が見いだせません。\n\n"
        f"　この査定に不服があるときは、この査定の謄本の送達があった日から{months}に、"
        f"特許庁長官に対して、審判を請求することができます（{act[case.law]}第１項）。"
    )


def _notice_body(case: Case, why: Reasons) -> str:
    parts = [
        f"{wide(str(n))}．（{ground.label}）この出願{ground.sentence}（{ground.article}）"
        for n, ground in enumerate(why.grounds, 1)
    ]
    parts.append(
        "　　　　　記　　　（引用文献等については引用文献等一覧参照）" if why.cited else "　　　　　記"
    )
    for n, ground in enumerate(why.grounds, 1):
        parts.append("\n".join(_remark(n, ground.label, ground.claims, ground.cited)))
    if why.cited:
        parts.append(_cited_list(why))
    if case.law == "patent":
        parts.append(_search_record(case, why))
        parts.append("　この拒絶理由通知の内容に関するお問合せは、担当の審査官までご連絡ください。")
    return "\n\n".join(parts)


def _remark(number: int, label: str, claims: str, cited: tuple[int, ...]) -> list[str]:
    lines = [f"●理由{wide(str(number))}（{label}）について", ""]
    if claims:
        lines.append(f"・請求項　{claims}")
    if cited:
        lines.append(f"・引用文献等　{'，'.join(wide(str(n)) for n in cited)}")
    return [*lines, "・備考", "　この文書は架空の事件についての見本です。"]


def _cited_list(why: Reasons) -> str:
    lines = [f"{wide(str(n))}．{cited.printed}号公報" for n, cited in enumerate(why.cited, 1)]
    return "\n".join(["　　　　　　　　　　　　　＜引用文献等一覧＞", *lines])


def _search_record(case: Case, why: Reasons) -> str:
    field = Random(case.number).choice(("Ｈ０１Ｌ２１／００", "Ｇ０６Ｔ１／００", "Ｂ６０Ｎ２／００"))
    found = [f"・先行技術文献　　{one.printed}号公報" for one in why.searched]
    return "\n".join(
        [
            "－" * COLUMNS,
            "　　　　　　　　　　＜先行技術文献調査結果の記録＞",
            "",
            f"・調査した分野　　ＩＰＣ　{field}",
            *found,
            "",
            "　この先行技術文献調査結果の記録は、拒絶理由を構成するものではありません。",
        ]
    )


# Patents: XML


def _lines(text: str) -> str:
    return "<br/>".join(escape(line) for line in text.split("\n"))


def _dispatched_xml(case: Case, act: Act, sight: Sight) -> str:
    renewed = _drafted(act) >= RENEWED_TAGS_SINCE
    suffix = "-rn" if renewed else ""
    dtd = "ntc-pt-e-rn.dtd" if renewed else "ntc-pt-e.dtd"
    title = "NOTICE DOCUMENT BY PATENT SUBSTANTIAL EXAMINATION" + (" RENEWAL" if renewed else "")
    root, kind = f"jp:notice-pat-exam{suffix}", f"jp:{_ROOT_NAMES[act.code]}{suffix}"
    conclusion = "<br/>\n".join(escape(line) for line in wrapped(_conclusion(case, act, sight)))
    body = _body(case, act)
    if body and not renewed:
        body = "\n".join(wrapped(body))
    drafting = f'<jp:drafting-body>\n<p num="">{_lines(body)}</p>\n</jp:drafting-body>\n' if body else ""
    return (
        '<?xml version="1.0" encoding="Shift_JIS"?>\n'
        f'<!DOCTYPE {root} PUBLIC "-//JPO//DTD {title} 1.0//EN" "{dtd}" []>\n'
        f'<{root} lang="ja" dtd-version="1.0" xmlns:jp="http://www.jpo.go.jp">\n'
        f'<{kind} jp:kind-of-law="patent">\n'
        f"<jp:document-name>{_document_name(case, act)}</jp:document-name>\n"
        f"{_bibliography(case, act, suffix)}"
        '<jp:reconsideration-before-appeal jp:true-or-false="false"/>\n'
        f'<jp:conclusion-part-article>\n<p num="">{conclusion}<br/>\n</p>\n</jp:conclusion-part-article>\n'
        f"{drafting}{_footer(case, act)}</{kind}>\n</{root}>\n"
    )


def _document_name(case: Case, act: Act) -> str:
    allowed = "特許査定" if case.law == "patent" else "登録査定"
    names = {"A131": "拒絶理由通知書", "A02": "拒絶査定", "A01": allowed, "A191": "補正の却下の決定"}
    return names[act.code]


def _examiner(case: Case, act: Act) -> tuple[str, str]:
    return people.examiner(Random(f"{case.law}/{case.number}/examiner"))


def _bibliography(case: Case, act: Act, suffix: str) -> str:
    examiner, staff = _examiner(case, act)
    to = (case.attorneys or case.applicants)[0]
    kind = "applicant" if not case.attorneys else "attorney"
    grounds = reasons(case, act).grounds if act.code == "A131" else ()
    articles = "".join(
        f"<jp:article>{ground.heading.removeprefix('特許法')}</jp:article>\n" for ground in grounds
    )
    others = max(0, len(case.attorneys) - 1)
    title = f"<invention-title>{escape(case.title)}</invention-title>\n" if act.code == "A01" else ""
    claims = (
        f"<jp:number-of-claim>{_padded(case.claims, 3)}</jp:number-of-claim>\n" if act.code == "A01" else ""
    )
    return (
        f"<jp:bibliog-in-ntc-pat-exam{suffix}>\n"
        f"{_reference(case)}"
        f"<jp:drafting-date>\n<jp:date>{_drafted(act):%Y%m%d}</jp:date>\n</jp:drafting-date>\n"
        f"<jp:draft-person-group>\n<jp:name>{examiner}</jp:name>\n<jp:staff-code>{staff}</jp:staff-code>\n"
        "<jp:office-code>9X00</jp:office-code>\n</jp:draft-person-group>\n"
        f'{title}{claims}<jp:addressed-to-person-group jp:kind-of-person="{kind}" '
        'jp:kind-of-agent="representative">\n'
        f"<jp:addressbook>\n<jp:name>{escape(to.name)}</jp:name>\n</jp:addressbook>\n"
        f"<jp:number-of-other-persons>{_padded(others, 2)}</jp:number-of-other-persons>\n"
        "</jp:addressed-to-person-group>\n"
        + (f"<jp:article-group>\n{articles}</jp:article-group>\n" if articles else "")
        + f"</jp:bibliog-in-ntc-pat-exam{suffix}>\n"
    )


def _padded(number: int, width: int) -> str:
    text = str(number)
    return "&#160;" * (width - len(text)) + text


def _reference(case: Case) -> str:
    return (
        '<jp:application-reference appl-type="application" jp:kind-of-law="patent">\n<jp:document-id>\n'
        f"<jp:doc-number>{case.number}</jp:doc-number>\n</jp:document-id>\n</jp:application-reference>\n"
    )


def _footer(case: Case, act: Act) -> str:
    columns = zip((2, 3, 4), _approval(case, act), strict=True)
    groups = "".join(
        f"<jp:staff{n}-group>\n<jp:official-title>{title:　<6}</jp:official-title>\n"
        f"<jp:name>{name:　<6}</jp:name>\n<jp:staff-code>{staff}</jp:staff-code>\n</jp:staff{n}-group>\n"
        for n, (title, name, staff) in columns
    )
    return (
        f"<jp:footer-article>\n<jp:approval-column-article>\n{groups}</jp:approval-column-article>\n"
        "</jp:footer-article>\n"
    )


def _approval(case: Case, act: Act) -> tuple[tuple[str, str, str], ...]:
    """Title, name and staff code of those who sign; the assistant's column stays empty."""
    chief, chiefs_code = people.examiner(Random(f"{case.law}/{case.number}/chief"))
    examiner, staff = _examiner(case, act)
    return (("審査長／代理", chief, chiefs_code), ("審査官", examiner, staff), ("審査官補", "", ""))


def _filed_xml(case: Case, act: Act) -> str:
    opinion = act.code == "A53"
    root, kind, code, dtd, title = (
        ("jp:pat-rspns", "jp:response-a53", "A153", "pat-rspn.dtd", "PATENT RESPONCE DOCUMENT")
        if opinion
        else ("jp:pat-amnd", "jp:amendment-a523", "A1523", "pat-amnd.dtd", "PATENT AMENDMENT DOCUMENT")
    )
    examiner, _ = _examiner(case, act)
    to = f"特許庁審査官　{examiner}　殿" if opinion else "特許庁長官殿"
    dispatch = f"<jp:dispatch-number>{act.answers[-6:]}</jp:dispatch-number>\n" if act.answers else ""
    return (
        '<?xml version="1.0" encoding="Shift_JIS"?>\n'
        f'<!DOCTYPE {root} PUBLIC "-//JPO//DTD {title} 1.0//EN" "{dtd}" []>\n'
        f'<{root} lang="ja" dtd-version="1.0" xmlns:jp="http://www.jpo.go.jp">\n'
        f'<{kind} jp:kind-of-law="patent">\n<jp:document-code>{code}</jp:document-code>\n'
        f"<jp:addressed-to-person>{to}</jp:addressed-to-person>\n"
        f"<jp:indication-of-case-article>\n{_reference(case)}</jp:indication-of-case-article>\n"
        f"{_parties(case)}{dispatch}{_opinion() if opinion else _amendment(case)}</{kind}>\n</{root}>\n"
    )


def _parties(case: Case) -> str:
    applicants = "".join(
        f"<jp:applicant>\n<jp:addressbook>\n<jp:name>{escape(one.name)}</jp:name>\n"
        f"<jp:registered-number>{one.code}</jp:registered-number>\n</jp:addressbook>\n</jp:applicant>\n"
        for one in case.applicants
    )
    agents = "".join(
        f'<jp:agent jp:kind-of-agent="representative">\n<jp:addressbook>\n<jp:name>{one.name}</jp:name>\n'
        f"<jp:registered-number>{one.code}</jp:registered-number>\n<jp:phone>（省略）</jp:phone>\n"
        "</jp:addressbook>\n<jp:attorney />\n</jp:agent>\n"
        for one in case.attorneys[:1]
    )
    agents = f"<jp:agents>\n{agents}</jp:agents>\n" if agents else ""
    return f"<jp:applicants>\n{applicants}</jp:applicants>\n{agents}"


def _opinion() -> str:
    return (
        '<jp:opinion-contents-article><p num="">\nＩ．拒絶理由の要点<br />\n'
        "　架空の事件についての見本です。<br />\nＩＩ．意見<br />\n"
        "　補正により拒絶理由は解消したものと思料します。\n</p>\n</jp:opinion-contents-article>\n"
    )


def _amendment(case: Case) -> str:
    title = escape(case.title)
    claims = (
        f'<claims>\n<claim num="1">\n<claim-text>\n　<u>{title}であって、</u><br />\n'
        "　<u>架空の構成</u>を備えるもの。\n</claim-text>\n</claim>\n"
        f'<claim num="2">\n<claim-text>\n　<u>前記構成が見本である請求項１に記載の{title}。</u>\n'
        "</claim-text>\n</claim>\n</claims>\n"
    )
    groups = (
        ("A16333", "全文", "3", "claims", claims),
        ("A16330", "発明の名称", "3", "description", f"<invention-title><u>{title}</u></invention-title>\n"),
        (
            *("A16330", "０００６", "3", "description"),
            f'<p num="0006">\n　<u>架空の構成</u>により課題を解決する。<br />\n{figures.ELEMENT}\n</p>\n',
        ),
        ("A16330", "０００７", "2", "description", ""),
    )
    shown = "".join(_amendment_group(n, *group) for n, group in enumerate(groups, 1))
    return f"<jp:amendment-article>\n{shown}</jp:amendment-article>\n"


def _amendment_group(serial: int, code: str, item: str, way: str, document: str, contents: str) -> str:
    """One passage amended; `way` 2 takes it out, so that there are no contents."""
    if contents:
        contents = (
            f'<jp:contents-of-amendment jp:kind-of-law="patent" jp:kind-of-document="{document}">\n'
            f"{contents}</jp:contents-of-amendment>\n"
        )
    return (
        f'<jp:amendment-group jp:serial-number="{serial}">\n<jp:document-code>{code}</jp:document-code>\n'
        f"<jp:item-of-amendment>{item}</jp:item-of-amendment>\n"
        f"<jp:way-of-amendment>{way}</jp:way-of-amendment>\n{contents}</jp:amendment-group>\n"
    )


# Designs and trademarks: fixed-width HTM


def _htm(lines: list[str]) -> str:
    pages = [lines[at : at + PAGE_LINES] for at in range(0, len(lines), PAGE_LINES)]
    marked = []
    for n, page in enumerate(pages, 1):
        mark = f"{n}/{'E' if n == len(pages) and n > 1 else ' '}"
        marked.append("\n".join([" " * 77 + mark, *page]))
    content = '\n<HR Align="left" Width="640">\n'.join(marked)
    return (
        '<HTML>\n<HEAD>\n<META http-equiv="Content-Type" content="text/html; charset=Shift_JIS">\n</HEAD>\n'
        f'<BODY STYLE="font-size:12pt">\n<PRE>\n{content}\n</PRE>\n</BODY>\n</HTML>\n'
    )


def _dispatched_lines(case: Case, act: Act, sight: Sight) -> list[str]:
    examiner, staff = _examiner(case, act)
    law = _LAW_NAME[case.law]
    to = (case.attorneys or case.applicants)[0]
    role = f"{law}出願人代理人" if case.attorneys else f"{law}出願人"
    head = [
        f'　　　　　　　　　　　<FONT SIZE="6">{_document_name(case, act)}</FONT>',
        "",
        "",
        f"{f'{law}出願の番号':　<14}{spoken_number(case)}",
        f"{'起案日':　<14}{wareki(_drafted(act))}",
        f"{'特許庁審査官':　<14}{examiner}　　　　　　　　{wide(staff)}",
        f"{role:　<14}{escape(to.name)}　様",
    ]
    if act.code == "A131":
        grounds = [ground.article[3:] for ground in reasons(case, act).grounds]
        head += ["", *wrapped(f"{'適用条文':　<11}{'、'.join(grounds)}")]
    text = _htm_text(case, act, sight)
    tail = _signed(case, act) if act.code == "A131" else []
    return [*head, "", *(escape(line, quote=False) for line in wrapped(text)), *tail]


def _signed(case: Case, act: Act) -> list[str]:
    """The table of those who sign: titles, names and staff codes, each underlined."""
    margin, signing = "　" * 13, [one for one in _approval(case, act) if one[1]]
    titles, names, codes = zip(*signing, strict=True)
    rows = (titles, names, tuple(wide(code) for code in codes))
    return [
        "",
        f"{margin}<U>{'　' * 23}</U>",
        *(margin + "　　".join(f"<U>{text}</U>{'　' * (7 - len(text))}" for text in row) for row in rows),
    ]


def _htm_text(case: Case, act: Act, sight: Sight) -> str:
    if act.code == "A131":
        law, article = ("意匠", "意匠法第１９条において準用する特許法第５０条")
        if case.law == "trademark":
            law, article = ("商標", "商標法第１５条の２")
        return (
            f"　この{law}登録出願については、次の理由がありますので、{article}に基づき"
            "その理由を通知します。\n　これについて意見があれば、この書面発送の日から"
            f"{response_period(case)}に意見書を提出してください。\n\n"
            f"　　　　　　　　　　　　　　　理　由\n\n{_notice_body(case, reasons(case, act))}"
            f"{_evidence(case)}"
        )
    if act.code == "A02":
        return f"{_conclusion(case, act, sight)}\n\n{_appeal_notice(case)}"
    if act.code == "A191":
        return "　この手続補正は、要旨を変更するものと認められるので、これを却下します。"
    classes = f"\n\n　商品及び役務の区分の数　　{wide(str(len(case.goods)))}" if case.goods else ""
    return f"　この出願については、拒絶の理由を発見しないから、登録査定をします。{classes}"


def _evidence(case: Case) -> str:
    """Passages of web pages behind every other notice on a mark, so that it runs over several pages."""
    if case.law != "trademark" or Random(f"{case.number}/evidence").random() < 0.5:
        return ""
    entries = [
        f"（{wide(str(n))}）「架空商会{wide(str(n))}号店」のウェブサイト\n"
        "　「商品一覧」の見出しの下、「見本として作られた架空の商品であり、この語が品質を表示するものとして"
        "普通に用いられている。」の記載がある。\nhttps://shop.example/items/" + str(n)
        for n in range(1, 11)
    ]
    return "\n\n　　　　　　　　　　　　　後　掲\n" + "\n".join(entries)


def _filed_lines(case: Case, act: Act, sight: Sight) -> list[str]:
    name = "意見書" if act.code == "A53" else "手続補正書"
    serial = wide(case.number[4:].lstrip("0")).rjust(6, "　")
    lines = [
        f"【書類名】　　　　　　{name}",
        f"【提出日】　　　　　　{wareki(act.day)}",
        "【あて先】　　　　　　特許庁長官　殿",
        "【事件の表示】",
        f"　　【出願番号】　　　{_LAW_MARK[case.law]}{wide(case.number[:4])}－{serial}",
        f"　　【氏名又は名称】　{escape(case.applicants[0].name)}",
    ]
    if act.answers:
        lines.append(f"【発送番号】　　　　　{wide(act.answers[-6:])}")
    lines += ["【意見の内容】" if act.code == "A53" else "【手続補正１】", "　架空の事件についての見本です。"]
    return [line for text in lines for line in wrapped(text)]
