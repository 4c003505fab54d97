"""The XML of the One Portal Dossier: element names as public clients read them, dates as YYYY-MM-DD.

No recording could be had: that empty elements are left out, and that an element without a date has none, is
inferred. Failures have the same head and no data.
"""

from __future__ import annotations

from datetime import date
from html import escape
from itertools import groupby

from apiclient.sandbox.dossier import Dossier
from apiclient.sandbox.families import Dated, Member
from apiclient.sandbox.wire import STATUSES

NAMESPACE = "https://www.jpo.go.jp"


def envelope(status: str, remaining: int | None = None, data: str = "") -> bytes:
    """The answer with its head; `data` is XML already."""
    left = "" if remaining is None else str(remaining)
    head = _tag("statusCode", status) + f"<errorMessage>{escape(STATUSES[status][1])}</errorMessage>"
    head += f"<remainAccessCount>{left}</remainAccessCount>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<api-data xmlns="{NAMESPACE}">{head}{data}</api-data>\n'
    ).encode()


def _tag(name: str, text: str) -> str:
    """An element of text; nothing where there is none."""
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def _holding(name: str, content: str, attributes: str = "") -> str:
    """An element of elements; nothing where there are none."""
    return f"<{name}{attributes}>{content}</{name}>" if content else ""


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"'


def _day(on: date) -> str:
    return on.isoformat()


def _number(name: str, one: Dated | None, *, dated: bool = True) -> str:
    if one is None:
        return ""
    return _holding(name, _tag("document-number", one.number) + (_tag("date", _day(one.on)) if dated else ""))


def _numbers(member: Member, *, dated: bool) -> str:
    published = "".join(_number("publication-number", one, dated=dated) for one in member.publications)
    granted = "".join(_number("registration-number", one, dated=dated) for one in member.registrations)
    return (
        _number("application-number", member.application)
        + _holding("publication-numbers", published)
        + _holding("registration-numbers", granted)
    )


def family(members: tuple[Member, ...]) -> str:
    """By office; publications and registrations without dates."""
    rows = ""
    for country, group in groupby(members, key=lambda member: member.office):
        items = "".join(_holding("family-item", _numbers(one, dated=False)) for one in group)
        rows += _holding("family", _tag("country", country) + _holding("family-items", items))
    return _holding("family-data", _holding("families", rows))


def family_list(members: tuple[Member, ...]) -> str:
    """Flat, with dates."""
    rows = "".join(
        _holding("family-list", _numbers(one, dated=True), _attribute("id", str(n)))
        for n, one in enumerate(members, 1)
    )
    return _holding("family-list-data", _holding("family-lists", rows))


def document_list(dossier: Dossier) -> str:
    original = _bibliographic("original", dossier.title, dossier.applicants)
    translated = _bibliographic("translated", dossier.english_title, dossier.english_applicants)
    rows = "".join(
        _holding(
            "document-list",
            _tag("legal-date", _day(one.on))
            + _document("original", one.original_id, one.original)
            + _document("translated", one.translated_id, one.translated),
            _attribute("group", one.group),
        )
        for one in dossier.entries()
    )
    return _holding(
        "document-list-data",
        _holding("bibliographic", original + translated) + _holding("document-lists", rows),
    )


def _bibliographic(name: str, title: str, applicants: tuple[str, ...]) -> str:
    people = "".join(_holding("applicant", _tag("last-name", one)) for one in applicants)
    return _holding(name, _tag("invention-title", title) + people)


def _document(name: str, identity: str, description: str) -> str:
    if not identity:
        return ""
    return _holding(name, _tag("document-description", description), _attribute("id", identity))


def citations_and_classes(dossier: Dossier) -> str:
    application, publication, grant = dossier.reference
    reference = (
        _number("application-number", application)
        + _number("publication-number", publication)
        + _number("registration-number", grant)
    )
    ipcs, own = dossier.classes()
    classification = _holding("ipcs", "".join(_tag("ipc", one) for one in ipcs)) + _holding(
        "originals",
        "".join(_holding("original", escape(symbol), _attribute("scheme", scheme)) for scheme, symbol in own),
    )
    patents = "".join(
        _holding(
            "patent-literature",
            _tag("draft-date", _day(one.drafted))
            + _tag("cited-in", one.cited_in)
            + _holding(
                "publication-number", _tag("document-number", one.number), _attribute("format", "docdb")
            ),
        )
        for one in dossier.cited_patents()
    )
    texts = "".join(
        _holding(
            "non-patent-literature",
            _tag("draft-date", _day(one.drafted)) + _tag("cited-in", one.cited_in) + _tag("text", one.text),
        )
        for one in dossier.cited_texts()
    )
    citation = _holding("patent-literatures", patents) + _holding("non-patent-literatures", texts)
    return _holding(
        "citation-and-classification-data",
        _holding("reference", reference)
        + _holding("classification", classification)
        + _holding("citation", citation),
    )
