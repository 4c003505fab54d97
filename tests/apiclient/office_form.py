"""What the office's description says of each key, and where the typed reply must hold it.

Written from the description and not from the readers, so that the two can disagree. A table names, for one
JSON object, each key with its attribute and its kind; a kind says what the attribute must be for what was
sent (`want`) and what the office may send (`sent`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from hypothesis import strategies as st

Table = Mapping[str, tuple[str, "Kind | Rows | One"]]


@dataclass(frozen=True)
class Kind:
    """A scalar, or a list in the disguise of an object."""

    want: Callable[[Any], Any]
    sent: st.SearchStrategy[Any]


@dataclass(frozen=True)
class Rows:
    """A list of objects."""

    table: Table
    least: int = 0


@dataclass(frozen=True)
class One:
    """An object that may be empty."""

    table: Table


def _maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | strategy


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.integers(0, 10**count - 1).map(lambda number: f"{number:0{count}d}")


def _number(text: str) -> int | None:
    return int(text) if text else None


def _day(text: str) -> date | None:
    return date(int(text[:4]), int(text[4:6]), int(text[6:])) if text else None


_PLAIN = st.text(st.sampled_from("架空 試験　株式会社ＭＴＪabc019-.,'\"＼／&<>・\n"), min_size=1, max_size=12)
_WORDS = _PLAIN | st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
_DAYS = st.dates(date(1885, 7, 1), date(2120, 12, 31)).map(lambda day: f"{day:%Y%m%d}")
_CODES = st.text(st.sampled_from("ABCR0123456789"), min_size=1, max_size=9)

APPNO = Kind(str, st.integers(1990, 2040).flatmap(lambda year: _digits(6).map(lambda n: f"{year}{n}")))
TEXT = Kind(lambda text: text if text.strip() else None, _maybe(_WORDS))
NAME = Kind(lambda text: text if text.strip() else "", _maybe(_WORDS))
SURE_NAME = Kind(str, _WORDS.filter(str.strip))
CODE = Kind(str, _CODES)
MAYBE_CODE = Kind(lambda text: text or None, _maybe(_CODES))
WORD = Kind(str.strip, st.sampled_from(["", " ", "S", "K", "0", "0001"]))
DAY = Kind(_day, _maybe(_DAYS))
SURE_DAY = Kind(_day, _DAYS)
COUNT = Kind(_number, _maybe(st.integers(0, 3).flatmap(lambda zeros: _digits(zeros + 1))))
FLAG = Kind(lambda text: text == "1", st.sampled_from(["0", "1", ""]))
ROLE = Kind({"1": "applicant", "2": "agent"}.__getitem__, st.sampled_from(["1", "2"]))
SIMILAR = Kind(
    lambda text: tuple(text.split(" ")) if text else (),
    st.lists(st.sampled_from(["32A01", "35A01", "35K03", "42X11"]), max_size=4).map(" ".join),
)
KEYED = Kind(
    lambda listed: tuple(listed[str(place)] for place in range(len(listed))),
    st.lists(_WORDS.filter(str.strip), max_size=12).map(
        lambda items: {str(place): item for place, item in enumerate(items)}
    ),
)
ISSUED = Kind(lambda text: text or None, st.sampled_from(["", "20010731", "20010700", "20010000"]))
J_PLATPAT = Kind(
    str,
    APPNO.sent.map(
        lambda number: f"https://www.j-platpat.inpit.go.jp/c1800/PU/JP-{number[:4]}-{number[4:]}/0A9F/10/ja"
    ),
)


def _scalars(kind: Kind, **attributes: str) -> dict[str, tuple[str, Kind]]:
    return {key: (attribute, kind) for key, attribute in attributes.items()}


NUMBER = {"applicationNumber": ("application_number", APPNO)}
RIGHT = {
    **_scalars(
        DAY,
        filingDate="filing_date",
        registrationDate="registration_date",
        expireDate="expire_date",
        disappearanceDate="disappearance_date",
    ),
    **_scalars(MAYBE_CODE, registrationNumber="registration_number", erasureIdentifier="erasure_identifier"),
}
DOCUMENT = {
    "legalDate": ("legal_date", SURE_DAY),
    "irirFlg": ("ib_flag", WORD),
    "availabilityFlag": ("available", FLAG),
    "documentCode": ("code", CODE),
    "documentDescription": ("description", NAME),
    "documentNumber": ("number", CODE),
    "versionNumber": ("version", WORD),
    "documentSeparator": ("separator", WORD),
    "numberOfPages": ("pages", COUNT),
    "sizeOfDocument": ("size", COUNT),
}
BLOCK = {
    "numberType": ("number_type", CODE),
    "number": ("number", CODE),
    "documentList": ("documents", Rows(DOCUMENT)),
}
TRADEMARK_PARTY = {
    "applicantAttorneyCd": ("code", CODE),
    "name": ("name", NAME),
    "applicantAttorneyClass": ("role", ROLE),
}
PARTY = {**TRADEMARK_PARTY, "repeatNumber": ("order", Kind(int, st.integers(1, 30).map(str)))}
PARIS = {
    "parisPriorityApplicationNumber": ("paris_number", TEXT),
    "parisPriorityDate": ("paris_date", DAY),
    "parisPriorityCountryCd": ("paris_country", MAYBE_CODE),
}
PRIORITY = {
    **PARIS,
    "nationalPriorityLawCd": ("national_law", MAYBE_CODE),
    "nationalPriorityApplicationNumber": ("national_number", MAYBE_CODE),
    "nationalPriorityInternationalApplicationNumber": ("national_international_number", MAYBE_CODE),
    "nationalPriorityDate": ("national_date", DAY),
}
PATENT_PARENT = {
    "parentApplicationNumber": ("application_number", APPNO),
    "filingDate": ("filing_date", DAY),
}
PARENT = {
    "parentApplicationNumber": ("application_number", APPNO),
    "parentApplicationCategory": ("category", MAYBE_CODE),
    "parentApplicationLawCode": ("law", MAYBE_CODE),
}
PUBLICATIONS = _scalars(
    MAYBE_CODE,
    publicationNumber="era_publication_number",
    ADPublicationNumber="publication_number",
    nationalPublicationNumber="era_national_publication_number",
    ADNationalPublicationNumber="national_publication_number",
    internationalApplicationNumber="international_application_number",
    internationalPublicationNumber="international_publication_number",
)
RELATIVE = {
    **NUMBER,
    **PUBLICATIONS,
    **_scalars(DAY, expireDate="expire_date", disappearanceDate="disappearance_date"),
    **_scalars(MAYBE_CODE, registrationNumber="registration_number", erasureIdentifier="erasure_identifier"),
    "divisionalGeneration": ("generation", COUNT),
}
GOODS = {
    "goodsServiceClass": ("nice_class", CODE),
    "goodsServiceName": ("name", NAME),
    "similarCode": ("similar_codes", SIMILAR),
}
MARK = {
    "trademarkForDisplay": ("title", TEXT),
    "transliteration": ("transliterations", KEYED),
    "viennaClass": ("vienna_classes", KEYED),
    "goodsServiceInformation": ("goods", Rows(GOODS)),
}
SIMPLE = {
    **NUMBER,
    **RIGHT,
    "publicationDate": ("publication_date", DAY),
    "bibliographyInformation": ("bibliography", Rows(BLOCK)),
}
PATENT_SIMPLE = {
    **SIMPLE,
    **PUBLICATIONS,
    "inventionTitle": ("title", TEXT),
    "applicantAttorney": ("parties", Rows(PARTY)),
    "internationalPublicationDate": ("international_publication_date", DAY),
}
DESIGN_SIMPLE = {
    **SIMPLE,
    "designArticle": ("title", TEXT),
    "applicantAttorney": ("parties", Rows(PARTY)),
}
TRADEMARK_SIMPLE = {**SIMPLE, **MARK, "applicantAttorney": ("parties", Rows(TRADEMARK_PARTY))}
FAMILY = {
    "parentApplicationInformation": ("parent", One(PATENT_PARENT)),
    "divisionalApplicationInformation": ("divisionals", Rows(RELATIVE)),
}
REGISTER = {
    **NUMBER,
    **RIGHT,
    **_scalars(
        DAY,
        decisionDate="decision_date",
        appealTrialDecisiondDate="appeal_decision_date",
        nextPensionPaymentDate="next_annuity_due",
        updateDate="updated_on",
    ),
    "lastPaymentYearly": ("last_paid_year", COUNT),
    "rightPersonInformation": (
        "holders",
        Rows({"rightPersonCd": ("code", CODE), "rightPersonName": ("name", NAME)}),
    ),
}
CITED = {
    "draftDate": ("draft_date", DAY),
    "citationType": ("citation_type", CODE),
    "citationOrder": ("order", COUNT),
}
NON_PATENT = {
    **CITED,
    **_scalars(
        TEXT,
        documentType="document_type",
        authorName="author",
        paperTitle="paper_title",
        publicationName="publication_name",
        issueCountryCd="country",
        publisher="publisher",
        issueDateType="issue_date_type",
        issueNumber="issue_number",
        citationPages="pages",
    ),
    "issueDate": ("issued", ISSUED),
}
PERSON = {"applicantAttorneyCd": ("code", CODE), "name": ("name", NAME)}
TWO_NUMBERS = {**NUMBER, "registrationNumber": ("registration_number", MAYBE_CODE)}
PATENT_PRIORITIES = {"priorityRightInformation": ("priorities", Rows(PRIORITY))}
PRIORITIES = {"priorityRightInformation": ("priorities", Rows(PARIS))}
DERIVED = {"parentApplicationInformation": ("parent", One(PARENT))}

# The reply of each JSON endpoint, by the name of its bucket.
TABLES: dict[str, Table] = {
    "patent/app_progress": {**PATENT_SIMPLE, **PATENT_PRIORITIES, **FAMILY},
    "patent/app_progress_simple": PATENT_SIMPLE,
    "patent/divisional_app_info": {**NUMBER, **FAMILY},
    "patent/priority_right_app_info": {**NUMBER, **PATENT_PRIORITIES},
    "patent/case_number_reference": {
        **TWO_NUMBERS,
        **_scalars(
            MAYBE_CODE,
            publicationNumber="publication_number",
            nationalPublicationNumber="national_publication_number",
            internationalPublicationNumber="international_publication_number",
        ),
    },
    "patent/cite_doc_info": {
        **NUMBER,
        "patentDoc": ("patent", Rows({**CITED, "documentNumber": ("document_number", CODE)})),
        "nonPatentDoc": ("non_patent", Rows(NON_PATENT)),
    },
    "patent/registration_info": {
        **REGISTER,
        "inventionTitle": ("title", TEXT),
        "numberOfClaims": ("claims", COUNT),
    },
    "patent/pct_national_phase_application_number": NUMBER,
    "design/app_progress": {
        **DESIGN_SIMPLE,
        **PRIORITIES,
        **DERIVED,
        "designClass": ("design_class", TEXT),
        "principalDesignApplicationNumber": ("principal_design", MAYBE_CODE),
    },
    "design/app_progress_simple": DESIGN_SIMPLE,
    "design/priority_right_app_info": {**NUMBER, **PRIORITIES},
    "design/case_number_reference": {
        **TWO_NUMBERS,
        "internationalRegistrationNumber": ("international_registration_number", TEXT),
        "designNumber": ("design_number", MAYBE_CODE),
    },
    "design/registration_info": {**REGISTER, "designArticle": ("title", TEXT)},
    "trademark/app_progress": {**TRADEMARK_SIMPLE, **PRIORITIES, **DERIVED},
    "trademark/app_progress_simple": TRADEMARK_SIMPLE,
    "trademark/priority_right_app_info": {**NUMBER, **PRIORITIES},
    "trademark/case_number_reference": TWO_NUMBERS,
    "trademark/registration_info": {**REGISTER, **MARK},
    **{
        f"{law}/{name}": table
        for law in ("patent", "design", "trademark")
        for name, table in {
            "jpp_fixed_address": {"URL": ("url", J_PLATPAT)},
            "applicant_attorney_cd": {"applicantAttorneyName": ("name", SURE_NAME)},
            "applicant_attorney": {"applicantAttorney": ("people", Rows(PERSON, least=1))},
        }.items()
    },
}

# What follows from other fields and stands under no key of its own.
_DERIVED_FIELDS = {"order", "publication", "issue_date"}


def differences(raw: Mapping[str, Any], typed: Any, table: Table, place: str = "") -> Iterator[str]:
    """Each key of `raw` the typed object does not hold as it must, and each attribute made from nothing."""
    held = {"extras"}
    for key, value in raw.items():
        where = f"{place}.{key}"
        attribute, kind = table.get(key.rstrip("'"), ("", None))
        if kind is None:
            yield f"{where} is in no table"
            continue
        held.add(attribute)
        yield from _difference(value, getattr(typed, attribute), kind, where)
    for one in fields(typed):
        value = getattr(typed, one.name)
        if value is False or value in (None, (), "", "unknown"):
            continue  # how the reply says that nothing was said
        if one.name not in held | _DERIVED_FIELDS:
            if one.name == "application_number" and "URL" in raw:
                continue  # the number the address names
            yield f"{place}: {one.name} is {value!r}, which nobody said"


def _difference(value: Any, found: Any, kind: Kind | Rows | One, where: str) -> Iterator[str]:
    if isinstance(kind, Kind):
        if found != kind.want(value):
            yield f"{where}: {value!r} was read as {found!r}"
    elif isinstance(kind, One):
        if (found is None) == any(value.values()):
            yield f"{where}: {value!r} was read as {found!r}"
        elif found is not None:
            yield from differences(value, found, kind.table, where)
    elif len(found) != len(value):
        yield f"{where}: {len(value)} rows were read as {len(found)}"
    else:
        for position, (row, each) in enumerate(zip(value, found, strict=True)):
            yield from differences(row, each, kind.table, f"{where}[{position}]")


def as_sent(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    """Objects as the office may write them."""
    return st.fixed_dictionaries({key: _sent(kind) for key, (_, kind) in table.items()}).map(_published)


def _sent(kind: Kind | Rows | One) -> st.SearchStrategy[Any]:
    if isinstance(kind, Kind):
        return kind.sent
    if isinstance(kind, One):
        return st.just({}) | as_sent(kind.table)
    return st.lists(as_sent(kind.table), min_size=kind.least, max_size=3)


def _published(sent: dict[str, Any]) -> dict[str, Any]:
    """The two forms of a publication number agree: Reiwa 3 is 2021."""
    for name in ("PublicationNumber", "NationalPublicationNumber"):
        era = name[0].lower() + name[1:]
        if f"AD{name}" in sent:
            serial = sum(map(ord, sent[era])) % 1_000_000
            given = bool(sent[era])
            sent = {
                **sent,
                era: f"503{serial:06d}" if given else "",
                f"AD{name}": f"2021{serial:06d}" if given else "",
            }
    return sent
