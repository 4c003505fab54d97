"""XML and HTM of the office as a plain page: head, lines, and what had to be left out.

Both generations of the XML differ only by "-rn" at the end of some element names, so local names are
compared without it. Documents are untrusted: no entities, no document type, no network, no rendering.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from apiclient.documents.layout import rejoin, split_rules

MAX_CHARACTERS = 5_000_000
MAX_ELEMENTS = 200_000


@dataclass(frozen=True)
class Page:
    """A document taken apart. Empty strings and None where the document prints nothing.

    `conclusion` and `body` are lines rejoined for reading; an HTM page has everything in `body`.
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
    reference_documents: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Unreadable(Exception):
    """The document cannot be taken apart; the message says why."""


# --- XML ---------------------------------------------------------------------------------------------

_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[\]<>]{0,500}(?:\[(?P<subset>[^\[\]]{0,10000})\])?\s*>")
_LINES = {"p", "claim-text", "invention-title"}
_MAIN = re.compile(
    r"notice-of-rejection|decision-of-(?:registration|rejection)|declining-the-amendment|"
    r"examiner-notification|notification-a|response-a|amendment-a"
)


def read_xml(text: str) -> Page:
    """The page of an XML document. Unreadable when it is not well formed or tries to be clever."""
    root = _root(text)
    main = next((e for e in root.iter() if _MAIN.match(_local(e))), root)
    named = _first(main, "document-name")
    conclusion, body = _texts(main)
    return Page(
        part=_local(main),
        title=_flat(named),
        law=_attribute(main, "kind-of-law"),
        number=_flat(_first(main, "doc-number")),
        drafted=_flat(_first(_first(main, "drafting-date"), "date")),
        addressee=_addressees(main),
        articles=tuple(_flat(e) for e in _all(main, "article") if _flat(e)),
        reconsideration=_flag(_first(main, "reconsideration-before-appeal")),
        conclusion=conclusion,
        body=body,
        reference_documents=tuple(_flat(e) for e in _reference_documents(main)),
    )


def _root(text: str) -> etree._Element:
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"the document has {len(text)} characters, more than is read")
    body = _DECLARATION.sub("", text, count=1)
    doctype = _DOCTYPE.search(body)
    if doctype and (doctype["subset"] or "").strip():
        raise Unreadable("the document brings its own document type, which is not read")
    if doctype:
        body = body[: doctype.start()] + body[doctype.end() :]
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        raise Unreadable("the document declares entities, which are not read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"the XML is not well formed: {error}") from error
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise Unreadable(f"the document has more than {MAX_ELEMENTS} elements")
    return root


def _local(element: etree._Element) -> str:
    """The element's name without namespace and without the mark of the newer generation."""
    name = element.tag
    if not isinstance(name, str):  # a comment
        return ""
    return name.rpartition("}")[2].removesuffix("-rn")


def _all(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    if element is not None:
        yield from (e for e in element.iter() if _local(e) == name)


def _first(element: etree._Element | None, name: str) -> etree._Element | None:
    return next(_all(element, name), None)


def _flat(element: etree._Element | None) -> str:
    """Text without line ends, trimmed of the spaces that pad numbers."""
    if element is None:
        return ""
    return "".join(_strings(element)).replace("\r", "").replace("\n", "").strip()


def _strings(element: etree._Element) -> Iterator[str]:
    """Text inside an element; comments say nothing."""
    for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
        if event == "start" and node.text:
            yield node.text
        elif event != "start" and node is not element and node.tail:
            yield node.tail


def _attribute(element: etree._Element, name: str) -> str:
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def _flag(element: etree._Element | None) -> bool | None:
    if element is None:
        return None
    return {"true": True, "false": False}.get(_attribute(element, "true-or-false"))


def _addressees(main: etree._Element) -> str:
    """Names of the addressees, with how many others are meant (外１名)."""
    shown = []
    for group in _all(main, "addressed-to-person-group"):
        names = "、".join(_flat(e) for e in _all(group, "name") if _flat(e))
        others = _flat(_first(group, "number-of-other-persons"))
        shown.append(f"{names}（外{others}名）" if others.strip("0０") else names)
    return "、".join(name for name in shown if name) or _flat(_first(main, "addressed-to-person"))


def _reference_documents(main: etree._Element) -> Iterator[etree._Element]:
    for group in _all(main, "patent-reference-group"):
        yield from _all(group, "document-number")


def _texts(main: etree._Element) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines of the conclusion and of the body; of everything when the document has neither."""
    conclusion = _lines(_first(main, "conclusion-part-article"))
    body = _lines(_first(main, "drafting-body"))
    if not conclusion and not body:
        articles = [e for e in main.iter() if _local(e) in ("opinion-contents-article", "amendment-article")]
        for element in articles or [main]:
            body += _lines(element)
    return tuple(rejoin(conclusion)), tuple(rejoin(body))


def _lines(element: etree._Element | None) -> list[str]:
    """Lines of an element: <br/> ends one, the source's own line ends do not."""
    if element is None:
        return []
    pieces: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
        name = _local(node)
        if event == "start":
            pieces += ["\n"] if name in _LINES else []
            pieces.append(_unbroken(node.text))
            pieces += [_image(node)] if name == "img" else []
            pieces += ["\n"] if name == "br" else []
        else:
            pieces += (
                ["\n"]
                if name in _LINES or (event == "end" and not len(node) and name != "br" and not _inline(name))
                else []
            )
            pieces.append(_unbroken(node.tail) if node is not element else "")
    lines = [line.rstrip() for line in "".join(pieces).split("\n")]
    return _trim(split_rules(lines))


def _inline(name: str) -> bool:
    return name in ("u", "b", "i", "sub", "sup", "img", "o", "smallcaps", "")


def _image(node: etree._Element) -> str:
    return f"[image {_attribute(node, 'file')}]"


def _unbroken(text: str | None) -> str:
    return (text or "").replace("\r", "").replace("\n", "")


def _trim(lines: list[str]) -> list[str]:
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


# --- HTM ---------------------------------------------------------------------------------------------

_PAGE_MARK = re.compile(r"^ {20,}[0-9]{1,3}/ *E?\s*$")
_RULE_MARK = "\x00rule"
_TAG = re.compile(r"</?(?P<name>[A-Za-z][A-Za-z0-9]*|[!?])[^<>]*>")
_SILENT = {"script", "style", "iframe", "object", "svg", "math", "template"}
_MARKUP = (
    "! ? html head meta title body pre font hr br u b i s em strong sub sup p div span center a img link"
    " base table thead tbody tr td th ul ol li dl dt dd h1 h2 h3 h4 h5 h6 form input button embed"
)
_TAGS = _SILENT | set(_MARKUP.split())
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
    return "".join(html.unescape(piece) for piece in pieces), left_out


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
        problems=tuple(problems),
    )


def _htm_lines(text: str) -> tuple[list[str], list[str]]:
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"the document has {len(text)} characters, more than is read")
    plain_text, left_out = _text_of_html(text.replace("\r", "").replace("\x00", ""))
    problems = [f"the page holds {', '.join(sorted(set(left_out)))}, which was left out"] if left_out else []
    lines = plain_text.split("\n")
    kept = [line for line in lines if _RULE_MARK not in line and not _PAGE_MARK.match(line)]
    return _trim(split_rules(kept)), problems


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
            return re.sub(r"[\s　]*(?:様|殿)$", "", value)
    return ""
