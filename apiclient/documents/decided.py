"""Grants, refusals and dismissals: what is decided, on which papers it rests, and a grant's particulars.

A refusal names the notice it rests on and a dismissal the amendment it disposes of by their dates, so that
both can be joined to the list of documents.
"""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from apiclient.documents.elements import every, first, flag, flat, texts
from apiclient.documents.layout import compact, number, plain, printed_date, sentence
from apiclient.documents.model import Decision, EarlierPaper, GoodsClass, Kind

_MOST = 100  # more mentions are no decision's; a hostile text must not make more of them
_LONGEST_QUOTE = 400
_KINDS: dict[str, Kind] = {"拒絶理由通知書": "refusal", "手続補正書": "amendment", "意見書": "opinion"}
_DATE = r"(?:(?:明治|大正|昭和|平成|令和)(?:元|[0-9]{1,2})|[0-9]{4})年[0-9]{1,2}月[0-9]{1,2}日"
_EARLIER = re.compile(
    rf"(?:(?P<date>{_DATE})(?:付け?|起案|発送|提出|差出)*の?)?"
    r"(?P<paper>拒絶理由通知書|手続補正書|意見書)"
    r"(?:に記載(?:した|の|された)(?P<reasons>理由[0-9](?:[0-9、,・~-]|及び|並びに|ないし|乃至|から|理由){0,60}))?"
)


def decision_of(main: etree._Element | None, kind: Kind, lines: list[str]) -> Decision:
    """The decision in a page; `main` is None for HTM, whose particulars stand in its lines."""
    text, breaks = compact(lines)
    decision = Decision(
        conclusion=_conclusion(text, breaks),
        relies_on=() if kind == "grant" else _relies_on(text, breaks),
        classes=_count(plain(text), r"商品及び役務の区分の数(?:第)?([0-9]{1,3})"),
    )
    return decision if main is None else _with_particulars(decision, main)


_OPERATIVE = re.compile(r"査定をします|拒絶をすべき|登録をすべき|却下し|却下すべき|却下する")


def _conclusion(text: str, breaks: list[int]) -> str:
    """The first sentence that decides something."""
    match = _OPERATIVE.search(text)
    return sentence(text, breaks, *match.span())[:_LONGEST_QUOTE] if match else ""


def _relies_on(text: str, breaks: list[int]) -> tuple[EarlierPaper, ...]:
    """Dated papers; where none is dated, the first of each kind."""
    matches = islice(_EARLIER.finditer(plain(text)), _MOST)
    found = [_earlier(match, sentence(text, breaks, *match.span()), text) for match in matches]
    dated = [paper for paper in found if paper.dated]
    named = {(paper.kind, paper.dated, paper.reasons): paper for paper in reversed(dated or found)}
    return tuple(reversed(named.values()))


def _earlier(match: re.Match[str], quote: str, text: str) -> EarlierPaper:
    dated = printed_date(match["date"]) if match["date"] else None
    reasons = text[slice(*match.span("reasons"))] if match["reasons"] else ""
    return EarlierPaper(_KINDS[match["paper"]], dated, reasons, quote[:_LONGEST_QUOTE])


def _count(text: str, pattern: str) -> int | None:
    match = re.search(pattern, text)
    return int(match[1]) if match else None


def _with_particulars(decision: Decision, main: etree._Element) -> Decision:
    group, memo = first(main, "final-decision-group"), first(main, "final-decision-memo")
    return Decision(
        conclusion=decision.conclusion,
        relies_on=decision.relies_on,
        invention_title=flat(first(main, "invention-title")),
        claims=number("".join(flat(first(main, "number-of-claim")).split())),
        classes=decision.classes,
        application_kind=flat(first(group, "kind-of-application")),
        classifications=texts(memo, "fi") or texts(group, "ipc"),
        fields_of_search=texts(memo, "field-of-search"),
        reference_books=texts(memo, "reference-books", "reference-book")
        or texts(memo, "reference-books-article"),
        reference_documents=flag(first(group, "exist-of-reference-doc")),
        grace_period=flag(first(group, "patent-law-section30")),
        title_changed=flag(first(group, "change-flag-invention-title")),
        deposit=" ".join(flat(found) for found in every(group, "deposit-article")),
    )


# --- classes of goods and services ----------------------------------------------------------------------

_CLASS = re.compile(r"第([0-9]{1,2})類(?:の?(?:指定)?(?:商品|役務))?(「[^」]{1,2000}」)?")
_LAST_CLASS = 45  # Nice Classification


def goods_of(text: str) -> tuple[GoodsClass, ...]:
    """Classes a text names (第９類「電子計算機」), each with its goods once; `text` has no line ends."""
    found: dict[tuple[int, str], GoodsClass] = {}
    for match in islice(_CLASS.finditer(plain(text)), _MOST):
        printed = text[match.start() : match.end()]
        goods = text[match.start(2) + 1 : match.end(2) - 1] if match[2] else ""
        if 1 <= int(match[1]) <= _LAST_CLASS:
            found.setdefault((int(match[1]), goods), GoodsClass(int(match[1]), goods, printed))
    with_goods = {number for number, goods in found if goods}
    return tuple(one for (number, goods), one in found.items() if goods or number not in with_goods)
