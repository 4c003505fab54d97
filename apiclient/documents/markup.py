"""XML and HTM of the office as a plain page: head, lines, and what had to be left out.

Documents are untrusted: no entities, no document type, no network, no rendering.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from apiclient.documents.elements import attribute, every, first, flag, flat, lines_of, local, texts, trim
from apiclient.documents.layout import rejoin, split_rules
from apiclient.xml import MAX_CHARACTERS, Unreadable, tree


@dataclass(frozen=True)
class Page:
    """A document taken apart. Empty strings and None where the document prints nothing.

    `conclusion` and `body` are lines rejoined for reading; an HTM page has everything in `body`, and in
    `printed` its lines before. `main` is the document's element of an XML page.
    """

    part: str = ""
    title: str = ""
    law: str = ""
    number: str = ""
    drafted: str = ""
    addressee: str = ""
    articles: tuple[str, ...] = ()
    reconsideration: bool | None = None
    conclusion: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    reference_documents: tuple[tuple[str, str], ...] = ()  # number and kind
    problems: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    main: etree._Element | None = None


# --- XML ---------------------------------------------------------------------------------------------

MAX_LINES = 200_000
MAX_DEPTH = 60  # the office's go ten deep
_TOO_DEEP = f"boolean({'/*' * (MAX_DEPTH + 1)})"
_MAIN = re.compile(
    r"notice-of-rejection|decision-of-(?:registration|rejection)|declining-the-amendment|"
    r"examiner-notification|notification-a|response-a|amendment-a"
)


def read_xml(text: str) -> Page:
    """The page of an XML document. Unreadable when it is not well formed or tries to be clever."""
    root = tree(text)
    if root.xpath(_TOO_DEEP):
        raise Unreadable(f"the document is nested more than {MAX_DEPTH} levels deep")
    main = next((e for e in root.iter() if _MAIN.match(local(e))), root)
    named = first(main, "document-name")
    conclusion, body = _texts(main)
    return Page(
        part=local(main),
        title=flat(named),
        law=attribute(main, "kind-of-law"),
        number=flat(first(main, "doc-number")),
        drafted=flat(first(first(main, "drafting-date"), "date")),
        addressee=_addressees(main),
        articles=texts(main, "article"),
        reconsideration=flag(first(main, "reconsideration-before-appeal")),
        conclusion=conclusion,
        body=body,
        reference_documents=tuple(_reference_documents(main)),
        main=main,
    )


def _addressees(main: etree._Element) -> str:
    """Names of the addressees, with how many others are meant (外１名)."""
    shown = []
    for group in every(main, "addressed-to-person-group"):
        names = "、".join(texts(group, "name"))
        others = flat(first(group, "number-of-other-persons"))
        shown.append(f"{names}（外{others}名）" if others.strip("0０") else names)
    return "、".join(name for name in shown if name) or flat(first(main, "addressed-to-person"))


def _reference_documents(main: etree._Element) -> Iterator[tuple[str, str]]:
    for group in every(main, "patent-reference-group"):
        kind = flat(first(group, "kind-of-document"))
        yield from ((number, kind) for number in texts(group, "document-number"))


def _texts(main: etree._Element) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines of the conclusion and of the body; of everything when the document has neither."""
    conclusion = lines_of(first(main, "conclusion-part-article"))
    body = lines_of(first(main, "drafting-body"))
    if not conclusion and not body:
        for element in list(every(main, "opinion-contents-article", "amendment-article")) or [main]:
            body += lines_of(element)
    return tuple(rejoin(conclusion)), tuple(rejoin(body))


# --- HTM ---------------------------------------------------------------------------------------------

_PAGE_MARK = re.compile(r"^ {20,}[0-9]{1,3}/ *E?$")
_RULE_MARK = "\x00rule"
_TAG = re.compile(r"</?(?P<name>[A-Za-z][A-Za-z0-9]*|[!?])[^<>]*>")
_SILENT = {"script", "style", "iframe", "object", "svg", "math", "template"}
_MARKUP = (
    "! ? html head meta title body pre font hr br u b i s em strong sub sup p div span center a img link"
    " base table thead tbody tr td th ul ol li dl dt dd h1 h2 h3 h4 h5 h6 form input button embed"
)
_TAGS = _SILENT | set(_MARKUP.split())
_NO_REFERENCE = re.compile(r"&#[0-9]{8,};?")  # no character has so high a number, and int() refuses it
_HEAD_LINES = 60
_GAP = re.compile(r"[\s　]{2,}")
_APPLICANT_FIELD = re.compile(r"^[\s　]*【([^】]{1,20})】[\s　]*(.*)$")


def _text_of_html(text: str) -> tuple[str, list[str]]:
    """The text of a page and the names of elements left out with all they held.

    Written out by hand because it must stay linear on hostile input and must tell what it leaves out:
    a comment or script that never ends would otherwise swallow the rest of a notice in silence.
    """
    pieces: list[str] = []
    left_out: list[str] = []
    place = 0
    while (opening := text.find("<", place)) >= 0:
        pieces.append(text[place:opening])
        if text.startswith("<!--", opening):
            place = _after(text, "-->", opening + 4)
            continue
        tag = _TAG.match(text, opening)
        if tag is None or tag["name"].lower() not in _TAGS:  # then "<" is a character like any other
            pieces.append("<")
            place = opening + 1
            continue
        name = tag["name"].lower()
        place = tag.end()
        pieces.append({"hr": _RULE_MARK, "br": "\n"}.get(name, ""))
        if name in _SILENT:
            left_out.append(name)
            place = _after_element(text, name, place)
    pieces.append(text[place:])
    return "".join(html.unescape(_NO_REFERENCE.sub("\ufffd", piece)) for piece in pieces), left_out


def _after(text: str, mark: str, place: int) -> int:
    found = text.find(mark, place)
    if found < 0:
        raise Unreadable("a comment of the HTML does not end, so text may be hidden in it")
    return found + len(mark)


def _after_element(text: str, name: str, place: int) -> int:
    closing = re.compile(rf"</{name}[^<>]*>", re.IGNORECASE).search(text, place)
    if closing is None:
        raise Unreadable(f"a {name} of the HTML does not end, so text may be hidden in it")
    return closing.end()


def read_htm(text: str) -> Page:
    """The page of an HTM document, as text. Unreadable when markup swallows the rest of the document."""
    lines, problems = _htm_lines(text)
    fields = _fields(lines)
    title = fields.get("書類名") or next((line for line in lines if line.strip()), "")
    return Page(
        title="".join(title.split()),
        number=next(
            (value for label, value in fields.items() if label.endswith(("出願の番号", "出願番号"))), ""
        ),
        drafted=fields.get("起案日", ""),
        addressee=_htm_addressee(fields),
        articles=(fields["適用条文"],) if fields.get("適用条文") else (),
        body=tuple(rejoin(lines)),
        printed=tuple(lines),
        problems=tuple(problems),
    )


def _htm_lines(text: str) -> tuple[list[str], list[str]]:
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"the document has {len(text)} characters, more than is read")
    plain_text, left_out = _text_of_html(text.replace("\r", "").replace("\x00", ""))
    problems = [f"the page holds {', '.join(sorted(set(left_out)))}, which was left out"] if left_out else []
    if plain_text.count("\n") >= MAX_LINES:
        raise Unreadable(f"the document has more than {MAX_LINES} lines")
    lines = plain_text.split("\n")
    kept = [line for line in lines if _RULE_MARK not in line and not _PAGE_MARK.match(line.rstrip())]
    return trim(split_rules(kept)), problems


def _fields(lines: list[str]) -> dict[str, str]:
    """The head's labels and values: 「起案日　　　令和　７年…」 and 「【提出日】　令和…」.

    A line that starts deep in the page continues the value above it.
    """
    fields: dict[str, str] = {}
    label = ""
    for line in lines[:_HEAD_LINES]:
        applicants = _APPLICANT_FIELD.match(line)
        parts = _GAP.split(line.strip(), maxsplit=1)
        if applicants:
            label = ""
            fields.setdefault(applicants[1], applicants[2].strip())
        elif not line.strip():
            label = ""
        elif label and line.startswith("　" * 6):
            fields[label] += line.strip()
        elif len(parts) == 2 and len(parts[0]) <= 16:
            label = parts[0]
            fields.setdefault(label, parts[1].strip())
        else:
            label = ""
    return fields


def _htm_addressee(fields: dict[str, str]) -> str:
    """The person written to, without the honorific."""
    for label, value in fields.items():
        if label.endswith(("出願人", "代理人", "請求人")) and not label.startswith("【"):
            return re.sub(r"(?:様|殿)$", "", value).rstrip()
    return ""
