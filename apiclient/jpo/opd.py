"""What the One Portal Dossier (OPD) says: typed, immutable replies, and how its XML is read.

Element names are inferred from public clients that agree (no official text or recording could be had), so
every element may be missing or repeated, and what is not known is kept in `extras` and told as a problem.
Numbers are DOCDB forms with dots ("JP.2020123456.A"); dates are days as the office of the member counts them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from itertools import chain
from typing import TypeVar

from apiclient.jpo.elements import Element
from apiclient.jpo.fields import Extra, Notes, Unusable, quoted


@dataclass(frozen=True)
class DatedNumber:
    """A DOCDB number ("US.201314768239.A") and its date; either may be missing ("", None), not both."""

    number: str
    on: date | None


@dataclass(frozen=True)
class FamilyMember:
    """One application with what came of it. `id` is the list's own mark of the entry, if it has one."""

    application: DatedNumber | None
    publications: tuple[DatedNumber, ...]
    registrations: tuple[DatedNumber, ...]
    id: str | None = None


@dataclass(frozen=True)
class FamilyCountry:
    """The members at one office; `country` is two letters (JP, US, EP, CN, KR)."""

    country: str
    members: tuple[FamilyMember, ...]
    group: str | None = None


@dataclass(frozen=True)
class Family:
    """A patent family by office (OPD family information). Publications and registrations carry no dates."""

    countries: tuple[FamilyCountry, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class FamilyList:
    """A patent family as one flat list with dates (OPD family list)."""

    members: tuple[FamilyMember, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class DossierDocument:
    """One document of a dossier; ids are opaque and fetch its original and its machine translation."""

    legal_date: date | None
    original_id: str | None
    original_description: str | None
    translated_id: str | None
    translated_description: str | None
    group: str | None = None


@dataclass(frozen=True)
class DocumentList:
    """A dossier's list of documents, with title and applicants as filed and as translated."""

    title: str | None
    title_translated: str | None
    applicants: tuple[str, ...]
    applicants_translated: tuple[str, ...]
    documents: tuple[DossierDocument, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class ClassSymbol:
    """A classification symbol under `scheme` ("CPC", "FI", "F-term", …); None for the office's IPC list."""

    symbol: str
    scheme: str | None = None


@dataclass(frozen=True)
class CitedPatent:
    """A cited patent document; `cited_in` says in which document, `format` how `number` is written."""

    draft_date: date | None
    cited_in: str | None
    number: str | None
    format: str | None = None


@dataclass(frozen=True)
class CitedText:
    """A cited document that is no patent publication, as one line of text."""

    draft_date: date | None
    cited_in: str | None
    text: str


@dataclass(frozen=True)
class CitationsAndClasses:
    """Citations and classifications of one application abroad or at home."""

    application: DatedNumber | None
    publication: DatedNumber | None
    registration: DatedNumber | None
    ipcs: tuple[ClassSymbol, ...]
    classes: tuple[ClassSymbol, ...]
    patents: tuple[CitedPatent, ...]
    texts: tuple[CitedText, ...]
    extras: tuple[Extra, ...] = ()


OpdReply = Family | FamilyList | DocumentList | CitationsAndClasses
Row = TypeVar("Row")
_EMPTY = (
    DatedNumber("", None),
    FamilyMember(None, (), ()),
    DossierDocument(None, None, None, None, None),
    CitedPatent(None, None, None),
    CitedText(None, None, ""),
)


# --- reading -----------------------------------------------------------------------------------------------


def read_family(data: Element) -> Family:
    """The family from `family-data`."""
    return Family(countries=tuple(_country(element) for element in data.all("families", "family")))


def read_family_list(data: Element) -> FamilyList:
    """The family from `family-list-data`."""
    return FamilyList(members=_members(data.all("family-lists", "family-list")))


def read_document_list(data: Element) -> DocumentList:
    """The dossier's documents from `document-list-data`."""
    return DocumentList(
        title=data.value("bibliographic", "original", "invention-title"),
        title_translated=data.value("bibliographic", "translated", "invention-title"),
        applicants=_texts(data.all("bibliographic", "original", "applicant", "last-name")),
        applicants_translated=_texts(data.all("bibliographic", "translated", "applicant", "last-name")),
        documents=_filled(_document(element) for element in data.all("document-lists", "document-list")),
    )


def read_citations_and_classes(data: Element) -> CitationsAndClasses:
    """Citations and classes from `citation-and-classification-data`."""
    return CitationsAndClasses(
        application=_dated(data.one("reference", "application-number")),
        publication=_dated(data.one("reference", "publication-number")),
        registration=_dated(data.one("reference", "registration-number")),
        ipcs=_symbols(data.all("classification", "ipcs", "ipc")),
        classes=_symbols(data.all("classification", "originals", "original")),
        patents=_filled(
            _cited_patent(element)
            for element in data.all("citation", "patent-literatures", "patent-literature")
        ),
        texts=_filled(
            _cited_text(element)
            for element in data.all("citation", "non-patent-literatures", "non-patent-literature")
        ),
    )


_READERS: dict[type[object], tuple[str, Callable[[Element], OpdReply]]] = {
    Family: ("family-data", read_family),
    FamilyList: ("family-list-data", read_family_list),
    DocumentList: ("document-list-data", read_document_list),
    CitationsAndClasses: ("citation-and-classification-data", read_citations_and_classes),
}


def read_opd(kind: type[object], answer: Element) -> OpdReply:
    """The reply of type `kind` in `answer`, yet without `extras`: those are known when all has been read.

    Unusable if there is nothing of that kind in it: a success without contents has not been understood.
    """
    name, reader = _READERS[kind]
    data = (answer.one("data") or answer).one(name)
    if data is None:
        raise Unusable(f"the reply has no {name}")
    reply = reader(data)
    if _says_nothing(reply):
        raise Unusable(f"nothing in {name} could be read")
    return reply


def _says_nothing(reply: OpdReply) -> bool:
    if isinstance(reply, Family | FamilyList):
        return not any(_all_members(reply))
    return not any(getattr(reply, part.name) for part in fields(reply))


def _filled(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Without those in which nothing known was found; what else they hold is kept in `extras`."""
    return tuple(row for row in rows if row not in _EMPTY)


def _country(element: Element) -> FamilyCountry:
    country = element.value("country")
    if country is None:
        element.problem("the office is not named")
    return FamilyCountry(
        country=country or "",
        members=_members(element.all("family-items", "family-item")),
        group=element.attribute("group"),
    )


def _members(elements: tuple[Element, ...]) -> tuple[FamilyMember, ...]:
    return _filled(
        FamilyMember(
            application=_dated(element.one("application-number")),
            publications=_all_dated(element.all("publication-numbers", "publication-number")),
            registrations=_all_dated(element.all("registration-numbers", "registration-number")),
            id=element.attribute("id"),
        )
        for element in elements
    )


def _dated(element: Element | None) -> DatedNumber | None:
    return next(iter(_all_dated((element,))), None) if element else None


def _all_dated(elements: tuple[Element, ...]) -> tuple[DatedNumber, ...]:
    return _filled(DatedNumber(_number(element), element.day("date")) for element in elements)


def _number(element: Element) -> str:
    number = element.value("document-number") or ""
    if number and not _DOCDB.fullmatch(number):
        element.problem(f"not written as the office writes numbers: {quoted(number)}")
    return number


def _document(element: Element) -> DossierDocument:
    original, translated = element.one("original"), element.one("translated")
    return DossierDocument(
        legal_date=element.day("legal-date"),
        original_id=original.attribute("id") if original else None,
        original_description=original.value("document-description") if original else None,
        translated_id=translated.attribute("id") if translated else None,
        translated_description=translated.value("document-description") if translated else None,
        group=element.attribute("group"),
    )


def _texts(elements: tuple[Element, ...]) -> tuple[str, ...]:
    return tuple(text for text in (element.text() for element in elements) if text)


def _symbols(elements: tuple[Element, ...]) -> tuple[ClassSymbol, ...]:
    named = ((element, element.text()) for element in elements)
    return tuple(ClassSymbol(text, element.attribute("scheme")) for element, text in named if text)


def _cited_patent(element: Element) -> CitedPatent:
    publication = element.one("publication-number")
    return CitedPatent(
        draft_date=element.day("draft-date"),
        cited_in=element.value("cited-in"),
        number=publication.value("document-number") if publication else None,
        format=publication.attribute("format") if publication else None,
    )


def _cited_text(element: Element) -> CitedText:
    return CitedText(
        draft_date=element.day("draft-date"),
        cited_in=element.value("cited-in"),
        text=element.value("text") or "",
    )


# --- is it about the case asked for? -----------------------------------------------------------------------

_DOCDB = re.compile(r"(?P<office>[A-Za-z]{2})\.(?P<number>[A-Za-z0-9/]{1,94})\.(?P<kind>[A-Za-z0-9*]{1,2})")
_PARTS = re.compile(r"([A-Z]*)((?:19|20)[0-9]{2})?0*([0-9A-Z]*)")


def check_dossier(kind: str, number: str, reply: OpdReply, notes: Notes) -> None:
    """Unusable if `reply` surely speaks of another case than the DOCDB `number` asked for.

    `kind` is "application" or "publication", which covers registrations. Offices drop and add zeros, and
    which form the office echoes is not known, so a number in another form is a problem and no more.
    """
    if isinstance(reply, DocumentList):
        return  # it names no case
    told = list(_numbers_of_cases(kind, reply))
    if any(_same(number, other) for other in chain.from_iterable(told)):
        return
    sentence = f"asked for {kind} {number}, told of {quoted(list(chain.from_iterable(told)))}"
    # A case of which no number of that form is told may be the one, with its number left out.
    of_office = [numbers for numbers in told if _office(number) in map(_office, numbers)]
    if of_office and all(_form(number) in map(_form, numbers) for numbers in of_office):
        raise Unusable(sentence)
    notes.problems.append(sentence)


def _numbers_of_cases(
    kind: str, reply: Family | FamilyList | CitationsAndClasses
) -> Iterator[tuple[str, ...]]:
    """The numbers told of that kind, case by case."""
    if isinstance(reply, CitationsAndClasses):
        yield _numbers(reply.application)
        return
    for member in _all_members(reply):
        if kind == "application":
            yield _numbers(member.application)
        else:
            yield _numbers(*member.publications, *member.registrations)


def _numbers(*told: DatedNumber | None) -> tuple[str, ...]:
    return tuple(one.number for one in told if one and one.number)


def _all_members(reply: Family | FamilyList) -> Iterator[FamilyMember]:
    if isinstance(reply, FamilyList):
        return iter(reply.members)
    return chain.from_iterable(country.members for country in reply.countries)


def _same(one: str, other: str) -> bool:
    """The same number, but for zeros at the front or behind a year, and for the kind of document."""
    return one == other or (_office(one) == _office(other) and _bare(one) == _bare(other))


def _office(number: str) -> str:
    found = _DOCDB.fullmatch(number)
    return found["office"].upper() if found else ""


def _bare(number: str) -> tuple[str, ...]:
    found = _DOCDB.fullmatch(number)
    parts = _PARTS.fullmatch(found["number"].upper().replace("/", "")) if found else None
    if parts is None:
        return (number,)
    letters, year, serial = parts.groups(default="")
    # Series and serial of an American application are eight digits that say it without the year, and of a
    # national phase it is not certain which year goes before them.
    if _form(number) == "US.999999999999.A":
        return (serial,)
    return letters, year, serial


def _form(number: str) -> str:
    """What a number looks like, whichever it is: "JP.9999999999.A"."""
    found = _DOCDB.fullmatch(number)
    return re.sub("[0-9]", "9", f"{_office(number)}.{found['number']}.{found['kind'][0]}") if found else ""
