"""A document of the office read as far as it can be, and never further.

Layout: interface specification, "Document payloads". What cannot be read is a problem in the notice
and the document stays whole in `raw_text`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from apiclient import numbers
from apiclient.documents.citations import (
    MOST_CITED,
    cited_numbers,
    read_cited,
    read_search_record,
    registrations_named,
)
from apiclient.documents.decided import decision_of, goods_of
from apiclient.documents.filed import filing_of, filing_of_lines
from apiclient.documents.grounds import grounds_named, read_articles, read_reasons
from apiclient.documents.layout import plain, printed_date, tidy
from apiclient.documents.markup import Page, read_htm, read_xml
from apiclient.documents.model import Article, Cited, Filing, GoodsClass, Kind, Member, Notice, Period, Reason
from apiclient.documents.period import TIME_LIMIT, read_period
from apiclient.xml import Unreadable

_PARTS: dict[str, Kind] = {
    "notice-of-rejection": "refusal",
    "decision-of-rejection": "refusal_decision",
    "decision-of-registration": "grant",
    "declining-the-amendment": "amendment_dismissed",
    "response-a": "opinion",
    "amendment-a": "amendment",
}
_TITLES: dict[str, Kind] = {
    "拒絶理由通知書": "refusal",
    "拒絶理由通知": "refusal",
    "拒絶査定": "refusal_decision",
    "特許査定": "grant",
    "登録査定": "grant",
    "補正の却下の決定": "amendment_dismissed",
    "補正却下の決定": "amendment_dismissed",
    "却下理由通知書": "dismissal_notice",
    "却下処分前通知書": "dismissal_notice",
    "手続却下の処分": "dismissal",
    "出願却下の処分": "dismissal",
    "出願却下処分書": "dismissal",
    "却下処分書": "dismissal",
    "意見書": "opinion",
    "手続補正書": "amendment",
}
_FILED = ("opinion", "amendment")
_DECIDED = ("refusal_decision", "grant", "amendment_dismissed", "dismissal")
_REASONED = ("refusal", "refusal_decision", "amendment_dismissed", "dismissal_notice", "dismissal")
_MOST_ARTICLES = 200
_SHOWN = 100  # characters of the document in a sentence about it
_LIMITED = ("refusal", "refusal_decision")


def read_notice(member: Member, law: str) -> Notice:
    """The notice in a member of an archive; `law` is "patent", "design" or "trademark". Never raises.

    `readable` is False when the member is no text, is damaged or not well formed: then nothing but its
    text is given, whole. Otherwise each part that is printed and was not understood is in `problems`.
    """
    if member.text is None:
        return _unreadable(member, law, "the file is not a text document")
    try:
        page = read_xml(member.text) if member.media_type == "xml" else read_htm(member.text)
    except Unreadable as error:
        return _unreadable(member, law, str(error))
    if not page.conclusion and not page.body and not page.title:
        return _unreadable(member, law, "no text was found in the document")
    return _notice(member, law, page)


def _notice(member: Member, law: str, page: Page) -> Notice:
    problems = [*member.problems, *page.problems]
    lines = [*page.conclusion, *page.body]
    kind = _kind(page, member)
    drafted = printed_date(page.drafted)
    articles = _articles(page, kind, law)
    cited = _cited(kind, page, lines)
    if len(articles) > _MOST_ARTICLES or len(cited) > MOST_CITED:
        problems.append("only the first of its many provisions and cited documents were read")
    notice = Notice(
        kind=kind,
        law=law,
        document_number=member.document_number,
        application_number=_application_number(page.number, problems),
        title_as_printed=page.title,
        drafting_date=drafted,
        addressee=page.addressee or None,
        articles=articles[:_MOST_ARTICLES],
        final=_final(kind, law, page, problems),
        reconsideration=page.reconsideration,
        period=_period(kind, lines, problems),
        reasons=_reasons(kind, page, articles[:_MOST_ARTICLES], law),
        cited=cited[:MOST_CITED],
        search_record=read_search_record(lines),
        text=tidy([*page.conclusion, "", *page.body] if page.conclusion else lines),
        raw_text=member.text or "",
        readable=True,
        goods=_goods(kind, law, page),
        decision=decision_of(page.main, kind, lines) if kind in _DECIDED else None,
        filing=_filing(kind, page, member, problems),
    )
    return _with_problems(notice, _also_missing(notice, page, drafted, problems))


def _with_problems(notice: Notice, problems: list[str]) -> Notice:
    return replace(notice, problems=tuple(dict.fromkeys(problems)))


def _also_missing(notice: Notice, page: Page, drafted: date | None, problems: list[str]) -> list[str]:
    """What a reader of this kind of document would expect and did not get."""
    missing = list(problems)
    if page.law and page.law != notice.law:
        missing.append(
            f"the document says its law is {page.law[:_SHOWN]!r}, the request was for {notice.law!r}"
        )
    if page.drafted and drafted is None:
        missing.append(f"the drafting date was not understood: {page.drafted[:_SHOWN]}")
    for printed in page.articles:
        if not read_articles(printed, notice.law):
            missing.append(f"a statutory ground was not understood: {printed[:_SHOWN]}")
    if notice.kind == "other":
        missing.append(
            f"the kind of this document is not known: {(notice.title_as_printed or page.part)[:_SHOWN]}"
        )
    if notice.kind == "refusal" and not notice.articles:
        missing.append("no statutory ground was found")
    if not notice.cited and any(reason.references for reason in notice.reasons):
        missing.append("cited documents are referred to, but their list was not found")
    if notice.kind in _LIMITED and notice.period is None and not any(TIME_LIMIT in p for p in problems):
        missing.append("no time limit was found in the document")
    return missing


def _unreadable(member: Member, law: str, why: str) -> Notice:
    raw = member.text or ""
    return Notice(
        kind="other",
        law=law,
        document_number=member.document_number,
        application_number=None,
        title_as_printed="",
        drafting_date=None,
        addressee=None,
        articles=(),
        final=None,
        reconsideration=None,
        period=None,
        reasons=(),
        cited=(),
        search_record="",
        text=raw,
        raw_text=raw,
        readable=False,
        problems=(*member.problems, why),
    )


def _kind(page: Page, member: Member) -> Kind:
    for part, kind in _PARTS.items():
        if page.part.startswith(part):
            return kind
    title = re.sub(r"[(].*", "", plain(page.title))
    return _TITLES.get(title.removesuffix("書") if title.endswith("査定書") else title, "other")


def _application_number(printed: str, problems: list[str]) -> str | None:
    if not printed:
        return None
    readings = [r for r in numbers.parse(printed) if r.kind == "application"]
    if not readings:
        problems.append(f"the application number was not understood: {printed[:_SHOWN]}")
        return None
    return readings[0].canonical


def _period(kind: Kind, lines: list[str], problems: list[str]) -> Period | None:
    if kind in _FILED:
        return None
    found = read_period(lines)
    problems += found.problems
    return found.period


def _articles(page: Page, kind: Kind, law: str) -> tuple[Article, ...]:
    """The list of provisions the notice prints; where it prints none, those its reasons name."""
    listed = [article for printed in page.articles for article in read_articles(printed, law)]
    if listed or kind != "refusal":
        return tuple(dict.fromkeys(listed))
    return grounds_named(_reason_lines(page), law)


def _reasons(kind: Kind, page: Page, articles: tuple[Article, ...], law: str) -> tuple[Reason, ...]:
    if kind not in _REASONED:
        return ()
    return read_reasons(_reason_lines(page), articles, law)


_REASON_HEADING = re.compile(r"理由(?:[0-9]{1,2}|について)?$")


def _reason_lines(page: Page) -> list[str]:
    """The body from its heading 理由 on; all of it where that heading ends the conclusion."""
    if page.conclusion:
        return list(page.body)
    lines = list(page.body)
    for place, line in enumerate(lines):
        folded = "".join(plain(line).split())
        if _REASON_HEADING.match(folded):
            return lines[place:] if folded[-1].isdecimal() else lines[place + 1 :]
    return lines


def _cited(kind: Kind, page: Page, lines: list[str]) -> tuple[Cited, ...]:
    if kind not in ("refusal", "refusal_decision", "grant"):
        return ()
    listed = read_cited(lines)
    if listed:
        return listed
    if page.reference_documents:
        return cited_numbers(page.reference_documents)
    return registrations_named(_reason_lines(page)) if not page.conclusion else ()


def _goods(kind: Kind, law: str, page: Page) -> tuple[GoodsClass, ...]:
    return goods_of("".join(page.body)) if law == "trademark" and kind in _REASONED else ()


def _filing(kind: Kind, page: Page, member: Member, problems: list[str]) -> Filing | None:
    if kind not in _FILED:
        return None
    if page.main is not None:
        return filing_of(page.main, problems)
    filing = filing_of_lines(list(page.printed), problems)
    return replace(filing, document_code=member.document_code or "")


_FINAL_MARK = "<最後>"  # printed with any number of brackets
_FINAL_REASON = re.compile(r"最後の拒絶理由通知とする理由")
_FINAL_TALK = re.compile(r"最後の拒絶理由|最後の通知")


def _final(kind: Kind, law: str, page: Page, problems: list[str]) -> bool | None:
    """Only notices of reasons for refusal of patents can be final (Patent Act 17-2(1)(iii)).

    The mark 「最後」 decides. Talk of a final notice without the mark is left to a person.
    """
    if kind != "refusal" or law != "patent":
        return None
    text = "".join("".join(plain(line).split()) for line in (page.title, *page.conclusion, *page.body))
    if _FINAL_MARK in text or _FINAL_REASON.search(text) or "(最後)" in plain(page.title):
        return True
    if _FINAL_TALK.search(text):
        problems.append("the text speaks of a final notice, yet bears no mark of one")
        return None
    return False
