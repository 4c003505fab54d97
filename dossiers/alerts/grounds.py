"""The substance of a notice in three lines: grounds, cited documents, what kind of notice it is."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from apiclient.documents import Article, Cited, Notice
from dossiers.alerts.words import Language, say
from dossiers.models import Citation, Event, Paper

MOST_CITED = 6

# What practice calls the grounds (Patent Act, Design Act, Trademark Act, by article and paragraph).
_NAMES: dict[str, dict[str, tuple[str, str]]] = {
    "patent": {
        "17.2-3": ("新規事項の追加", "new matter"),
        "17.2-4": ("シフト補正", "shift amendment"),
        "17.2-5": ("目的外補正", "amendment beyond the permitted purposes"),
        "29-1": ("新規性", "novelty"),
        "29-2": ("進歩性", "inventive step"),
        "29.2": ("拡大先願", "earlier application published later"),
        "32": ("公序良俗", "public order"),
        "36-4-1": ("実施可能要件", "enablement"),
        "36-4-2": ("先行技術文献の開示", "disclosure of prior art"),
        "36-6-1": ("サポート要件", "support"),
        "36-6-2": ("明確性", "clarity"),
        "36-6-3": ("簡潔性", "conciseness"),
        "36-6-4": ("請求項の記載形式", "form of the claims"),
        "37": ("単一性", "unity of invention"),
        "38": ("共同出願", "joint application"),
        "39": ("先願", "earlier application"),
    },
    "design": {
        "3-1": ("新規性", "novelty"),
        "3-2": ("創作非容易性", "creative difficulty"),
        "3.2": ("先願意匠の一部と同一・類似", "part of an earlier design"),
        "5": ("登録を受けることができない意匠", "unregistrable design"),
        "7": ("一意匠一出願", "one design per application"),
        "8": ("組物の意匠", "design for a set"),
        "9": ("先願", "earlier application"),
        "10": ("関連意匠", "related design"),
    },
    "trademark": {
        "3-1": ("識別力", "distinctiveness"),
        "3-1-3": ("記述的商標", "descriptive mark"),
        "3-1-6": ("識別力のない商標", "no distinctive character"),
        "4-1-7": ("公序良俗", "public order"),
        "4-1-8": ("他人の氏名・名称", "name of another person"),
        "4-1-10": ("他人の周知商標", "well-known mark of another"),
        "4-1-11": ("先登録商標", "earlier registered mark"),
        "4-1-15": ("出所の混同", "confusion as to source"),
        "4-1-16": ("品質等の誤認", "misleading as to quality"),
        "4-1-19": ("不正目的の商標", "mark filed in bad faith"),
        "6-1": ("指定商品・役務の明確性", "indication of goods and services"),
        "6-2": ("区分", "classes of goods and services"),
        "8": ("先願", "earlier application"),
    },
}


def notice_of(event: Event) -> Notice | None:
    """The latest reading of the event's text, or None when there is none to be trusted."""
    papers = event.papers.filter(readable=True).defer("body").order_by("-received_at", "-pk")
    found = [notice for paper in papers if (notice := _stored(paper))]
    # A notice may come with annexes; the one that names grounds is the notice.
    return next(
        (notice for notice in found if notice.articles or notice.reasons), found[0] if found else None
    )


def _stored(paper: Paper) -> Notice | None:
    try:
        return Notice.from_json(paper.notice) if paper.notice else None
    except (KeyError, TypeError, ValueError):  # kept by an older or newer program
        return None


def lines(event: Event, notice: Notice, language: Language) -> list[tuple[str, str]]:
    """Label and words of each line."""
    found = [(say(language, "grounds"), _grounds(notice, language))] if _is_refusal(notice) else []
    found.append((say(language, "cited"), _cited(event, notice, language)))
    printed = _printed(notice, language)
    return [*found, (say(language, "printed"), printed)] if printed else found


def _is_refusal(notice: Notice) -> bool:
    return notice.kind in ("refusal", "refusal_decision", "amendment_dismissed") or bool(notice.articles)


def _grounds(notice: Notice, language: Language) -> str:
    named = [article_words(article, language) for article in notice.articles]
    return say(language, "list_comma").join(named) or say(language, "none_read")


def article_words(article: Article, language: Language) -> str:
    """第29条第2項（進歩性）, or Art. 29(2) inventive step."""
    japanese, english = _name(article)
    if language == "en":
        return f"{_english_reference(article.reference)} {english or article.name_as_printed}".strip()
    printed = unicodedata.normalize("NFKC", article.as_printed).replace("(", "（").replace(")", "）")
    if japanese and "（" not in printed:
        return f"{printed}（{japanese}）"
    return printed


def _name(article: Article) -> tuple[str, str]:
    """The name of the ground, by the most exact provision that has one."""
    names = _NAMES.get(article.law, {})
    parts = article.reference.split("-")
    for length in range(len(parts), 0, -1):
        if found := names.get("-".join(parts[:length])):
            return found
    return "", ""


def _english_reference(reference: str) -> str:
    """29-1-3 as Art. 29(1)(iii), 29.2 as Art. 29-2."""
    article, *lower = reference.split("-")
    marks = [f"({_roman(part) if depth else part})" for depth, part in enumerate(lower)]
    return f"Art. {article.replace('.', '-')}{''.join(marks)}"


def _roman(figure: str) -> str:
    """Items are cited in small Roman numerals; anything else is left as it is."""
    if not re.fullmatch(r"[1-9][0-9]?", figure):
        return figure
    tens, ones = divmod(int(figure), 10)
    return ("", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx", "xc")[tens] + (
        ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")[ones]
    )


def _cited(event: Event, notice: Notice, language: Language) -> str:
    named = [_cited_number(cited, language) for cited in notice.cited] or _from_the_list(event, notice)
    if not named:
        return say(language, "none_cited")
    shown = say(language, "list_comma").join(named[:MOST_CITED])
    more = len(named) - MOST_CITED
    return f"{shown} {say(language, 'and_more', n=more)}" if more > 0 else shown


def _cited_number(cited: Cited, language: Language) -> str:
    """As Japan prints it, or for an English reader the form that databases take."""
    return cited.number if language == "en" and cited.number else cited.display


def _from_the_list(event: Event, notice: Notice) -> list[Any]:
    """What the office's list of citations says of the document drafted that day."""
    if notice.drafting_date is None:
        return []
    rows = Citation.objects.filter(case_id=event.case_id, draft_date=notice.drafting_date)
    return list(dict.fromkeys(rows.values_list("display", flat=True)))


def _printed(notice: Notice, language: Language) -> str:
    parts = []
    if notice.kind == "refusal" and notice.final is not None:
        parts.append(say(language, "final" if notice.final else "not_final"))
    if notice.period and notice.period.quote:
        parts.append(f"「{unicodedata.normalize('NFKC', notice.period.quote)}」")
    return say(language, "list_comma").join(parts)
