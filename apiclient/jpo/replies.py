"""What the office's replies say, typed and immutable.

Dates are days in Japan or None; text is as the office writes it, None where it gives none; lists are tuples.
Numbers are strings, for their leading zeros count. What was not understood is in `extras` and in the answer's
`problems`. Field meanings: the office's OpenAPI description and 特許情報標準データ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from apiclient.jpo.fields import Extra, Fields, Notes


class Unusable(Exception):
    """The reply lacks what makes it a reply of its kind; taking it in would lose or mix up cases."""


@dataclass(frozen=True)
class Party:
    """An applicant or agent in the office's `order`; `code` is the nine-digit ID code (識別番号)."""

    code: str
    name: str
    role: str  # "applicant", "agent" or "unknown"
    order: int


@dataclass(frozen=True)
class Priority:
    """A priority claim: either the Paris fields or the national ones are filled."""

    paris_number: str | None = None
    paris_date: date | None = None
    paris_country: str | None = None
    national_law: str | None = None
    national_number: str | None = None
    national_international_number: str | None = None
    national_date: date | None = None

    @property
    def date(self) -> date | None:
        """The priority date claimed."""
        return self.paris_date or self.national_date


@dataclass(frozen=True)
class Parent:
    """The application this one comes from; `law` is 1 to 4, `category` the office's code for how."""

    application_number: str
    filing_date: date | None = None
    category: str | None = None
    law: str | None = None


@dataclass(frozen=True)
class Relative:
    """One member of a divisional family, the case itself included; generation 0 is the root."""

    application_number: str
    publication_number: str | None
    national_publication_number: str | None
    registration_number: str | None
    international_application_number: str | None
    international_publication_number: str | None
    erasure_identifier: str | None
    expire_date: date | None
    disappearance_date: date | None
    generation: int | None


@dataclass(frozen=True)
class GoodsClass:
    """Goods and services of one Nice class, with their similar-group codes (類似群コード)."""

    nice_class: str
    name: str
    similar_codes: tuple[str, ...]


@dataclass(frozen=True)
class DocumentRow:
    """One row of the office's document list.

    `legal_date` is the date of receipt, of dispatch or of making, by kind of document: time limits run from
    it. A row is identified by its block's number and `number`, `code`, `separator` and `legal_date` together;
    `number` alone is not unique. `available` says that the office holds a body, not that it will give it.
    """

    legal_date: date | None
    ib_flag: str
    available: bool
    code: str
    description: str
    number: str
    version: str
    separator: str
    pages: int | None
    size: int | None


@dataclass(frozen=True)
class NumberBlock:
    """Documents under one number of the case: 01 application, 02 publication, 06 registration, 07 trial."""

    number_type: str
    number: str
    documents: tuple[DocumentRow, ...]


@dataclass(frozen=True)
class Progress:
    """Status information (経過情報), full or simplified, of a patent, design or trademark case.

    Fields a law does not have, or the simplified form leaves out, are None or (). Publication numbers are in
    Gregorian form (ten digits). `principal_design` is the principal or basic design's application number.
    """

    application_number: str
    title: str | None
    parties: tuple[Party, ...]
    filing_date: date | None
    publication_number: str | None
    national_publication_number: str | None
    publication_date: date | None
    registration_number: str | None
    registration_date: date | None
    international_application_number: str | None
    international_publication_number: str | None
    international_publication_date: date | None
    erasure_identifier: str | None
    expire_date: date | None
    disappearance_date: date | None
    priorities: tuple[Priority, ...]
    parent: Parent | None
    divisionals: tuple[Relative, ...]
    design_class: str | None
    principal_design: str | None
    transliterations: tuple[str, ...]
    vienna_classes: tuple[str, ...]
    goods: tuple[GoodsClass, ...]
    bibliography: tuple[NumberBlock, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class PatentCitation:
    """A cited patent document; `publication` as people write it, None where its form is not known."""

    draft_date: date | None
    citation_type: str
    order: int | None
    document_number: str
    publication: str | None


@dataclass(frozen=True)
class NonPatentCitation:
    """A cited document that is no patent publication; codes are the office's (tables 07010, 07060–07080)."""

    draft_date: date | None
    citation_type: str
    order: int | None
    document_type: str | None
    author: str | None
    paper_title: str | None
    publication_name: str | None
    country: str | None
    publisher: str | None
    issue_date: date | None
    issue_date_type: str | None
    issue_number: str | None
    pages: str | None


@dataclass(frozen=True)
class Citations:
    """Cited documents (引用文献情報); draft dates are those of the citing office document."""

    application_number: str
    patent: tuple[PatentCitation, ...]
    non_patent: tuple[NonPatentCitation, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class Holder:
    """A right holder on the register."""

    code: str
    name: str


@dataclass(frozen=True)
class Registration:
    """The register (登録情報). `decision_date` is the day the decision was drafted, not dispatched."""

    application_number: str
    filing_date: date | None
    registration_number: str | None
    registration_date: date | None
    decision_date: date | None
    appeal_decision_date: date | None
    holders: tuple[Holder, ...]
    title: str | None
    claims: int | None
    expire_date: date | None
    next_annuity_due: date | None
    last_paid_year: int | None
    erasure_identifier: str | None
    disappearance_date: date | None
    updated_on: date | None
    transliterations: tuple[str, ...]
    vienna_classes: tuple[str, ...]
    goods: tuple[GoodsClass, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class NumberReference:
    """The numbers of one case; publication numbers are Gregorian (ten digits)."""

    application_number: str
    publication_number: str | None
    national_publication_number: str | None
    registration_number: str | None
    international_publication_number: str | None
    international_registration_number: str | None
    design_number: str | None
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class FixedAddress:
    """The case's permanent page in J-PlatPat."""

    url: str
    extras: tuple[Extra, ...] = ()


Reply = Progress | Citations | Registration | NumberReference | FixedAddress
AnyReply = TypeVar("AnyReply", bound=Reply)


# --- reading -----------------------------------------------------------------------------------------------

# Present, if only as "", in every reply seen under every law; one gone missing means that the format changed.
_RIGHT_KEYS = (
    "filingDate",
    "registrationNumber",
    "registrationDate",
    "erasureIdentifier",
    "expireDate",
    "disappearanceDate",
)
_ROLES = {"1": "applicant", "2": "agent"}
_ERA_BASE = {"3": 1925, "4": 1988, "5": 2018}  # Shōwa, Heisei, Reiwa
_ERA_NAME = {"3": "昭", "4": "平"}
_FIRST_KOHYO = 500001  # Japanese-language publications of PCT applications (公表) are numbered from here.


def read_progress(fields: Fields, notes: Notes) -> Progress:
    """Status information from the reply's `data`; Unusable without its number or its document list."""
    _require(fields, "applicationNumber", "bibliographyInformation")
    fields.expect(*_RIGHT_KEYS, "applicantAttorney", "publicationDate")
    return Progress(
        application_number=fields.word("applicationNumber"),
        title=_title(fields),
        parties=fields.rows("applicantAttorney", _party),
        filing_date=fields.day("filingDate"),
        publication_number=_gregorian(fields, "publicationNumber", "ADPublicationNumber"),
        national_publication_number=_gregorian(
            fields, "nationalPublicationNumber", "ADNationalPublicationNumber"
        ),
        publication_date=fields.day("publicationDate"),
        registration_number=fields.text("registrationNumber"),
        registration_date=fields.day("registrationDate"),
        international_application_number=fields.text("internationalApplicationNumber"),
        international_publication_number=fields.text("internationalPublicationNumber"),
        international_publication_date=fields.day("internationalPublicationDate"),
        erasure_identifier=fields.text("erasureIdentifier"),
        expire_date=fields.day("expireDate"),
        disappearance_date=fields.day("disappearanceDate"),
        priorities=fields.rows("priorityRightInformation", _priority),
        parent=_parent(fields),
        divisionals=fields.rows("divisionalApplicationInformation", _relative),
        design_class=fields.text("designClass"),
        principal_design=fields.text("principalDesignApplicationNumber"),
        transliterations=fields.texts("transliteration"),
        vienna_classes=fields.texts("viennaClass"),
        goods=fields.rows("goodsServiceInformation", _goods),
        bibliography=fields.rows("bibliographyInformation", _block),
        extras=_extras(fields, notes),
    )


def read_citations(fields: Fields, notes: Notes) -> Citations:
    """Cited documents from the reply's `data`."""
    _require(fields, "applicationNumber", "patentDoc", "nonPatentDoc")
    return Citations(
        application_number=fields.word("applicationNumber"),
        patent=fields.rows("patentDoc", _patent_citation),
        non_patent=fields.rows("nonPatentDoc", _non_patent_citation),
        extras=_extras(fields, notes),
    )


def read_registration(fields: Fields, notes: Notes) -> Registration:
    """The register entry from the reply's `data`."""
    _require(fields, "applicationNumber")
    fields.expect(*_RIGHT_KEYS, "nextPensionPaymentDate", "lastPaymentYearly", "rightPersonInformation")
    # The double d is the office's; the right spelling is taken too, should it come.
    appeal = (
        "appealTrialDecisiondDate" if fields.has("appealTrialDecisiondDate") else "appealTrialDecisionDate"
    )
    return Registration(
        application_number=fields.word("applicationNumber"),
        filing_date=fields.day("filingDate"),
        registration_number=fields.text("registrationNumber"),
        registration_date=fields.day("registrationDate"),
        decision_date=fields.day("decisionDate"),
        appeal_decision_date=fields.day(appeal),
        holders=fields.rows("rightPersonInformation", _holder),
        title=_title(fields),
        claims=fields.count("numberOfClaims"),
        expire_date=fields.day("expireDate"),
        next_annuity_due=fields.day("nextPensionPaymentDate"),
        last_paid_year=fields.count("lastPaymentYearly"),
        erasure_identifier=fields.text("erasureIdentifier"),
        disappearance_date=fields.day("disappearanceDate"),
        updated_on=fields.day("updateDate"),
        transliterations=fields.texts("transliteration"),
        vienna_classes=fields.texts("viennaClass"),
        goods=fields.rows("goodsServiceInformation", _goods),
        extras=_extras(fields, notes),
    )


def read_number_reference(fields: Fields, notes: Notes) -> NumberReference:
    """The case's numbers from the reply's `data`."""
    _require(fields, "applicationNumber")
    return NumberReference(
        application_number=fields.word("applicationNumber"),
        publication_number=fields.text("publicationNumber"),
        national_publication_number=fields.text("nationalPublicationNumber"),
        registration_number=fields.text("registrationNumber"),
        international_publication_number=fields.text("internationalPublicationNumber"),
        international_registration_number=fields.text("internationalRegistrationNumber"),
        design_number=fields.text("designNumber"),
        extras=_extras(fields, notes),
    )


def read_fixed_address(fields: Fields, notes: Notes) -> FixedAddress:
    """The J-PlatPat address from the reply's `data`; only an https one is taken, for people will click it."""
    url = fields.word("URL")
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+/[!-~]*", url):
        raise Unusable("the reply has no usable https address")
    return FixedAddress(url=url, extras=_extras(fields, notes))


READERS: dict[type[Reply], Callable[[Fields, Notes], Reply]] = {
    Progress: read_progress,
    Citations: read_citations,
    Registration: read_registration,
    NumberReference: read_number_reference,
    FixedAddress: read_fixed_address,
}


def _require(fields: Fields, number: str, *lists: str) -> None:
    if not fields.has(number) or not fields.word(number):
        raise Unusable(f"the reply has no {number}")
    for key in lists:
        if not isinstance(fields.raw(key), list | dict):
            raise Unusable(f"the reply has no list {key}")


def _extras(fields: Fields, notes: Notes) -> tuple[Extra, ...]:
    fields.finish()
    return tuple(notes.extras)


def _title(fields: Fields) -> str | None:
    titles = [fields.text(key) for key in ("inventionTitle", "designArticle", "trademarkForDisplay")]
    return next((title for title in titles if title), None)


def _gregorian(fields: Fields, era_key: str, gregorian_key: str) -> str | None:
    given, era = fields.text(gregorian_key), fields.text(era_key)
    computed = _era_to_gregorian(era) if era else None
    if given and computed and given != computed:
        fields.problem(f"says {computed}, but {gregorian_key} says {given}", era_key)
    elif era and not computed:
        fields.problem(f"not an era-coded number: {era!r}", era_key)
    return given or computed or era


def _era_to_gregorian(number: str) -> str | None:
    """Era digit, two-digit year and six digits ("503090037") as year and six digits ("2021090037")."""
    match = re.fullmatch(r"([345])([0-9]{2})([0-9]{6})", number)
    return f"{_ERA_BASE[match[1]] + int(match[2])}{match[3]}" if match else None


def _party(fields: Fields, position: int) -> Party:
    role = fields.word("applicantAttorneyClass")
    order = fields.count("repeatNumber")
    if role not in _ROLES:
        fields.problem(f"neither applicant (1) nor agent (2): {role!r}", "applicantAttorneyClass")
    return Party(
        code=fields.word("applicantAttorneyCd"),
        name=fields.text("name") or "",
        role=_ROLES.get(role, "unknown"),
        order=position if order is None else order,
    )


def _priority(fields: Fields, _: int) -> Priority:
    return Priority(
        paris_number=fields.text("parisPriorityApplicationNumber"),
        paris_date=fields.day("parisPriorityDate"),
        paris_country=fields.text("parisPriorityCountryCd"),
        national_law=fields.text("nationalPriorityLawCd"),
        national_number=fields.text("nationalPriorityApplicationNumber"),
        national_international_number=fields.text("nationalPriorityInternationalApplicationNumber"),
        national_date=fields.day("nationalPriorityDate"),
    )


def _parent(fields: Fields) -> Parent | None:
    parent = fields.sub("parentApplicationInformation")
    if parent is None:
        return None
    found = Parent(
        application_number=parent.word("parentApplicationNumber"),
        filing_date=parent.day("filingDate"),
        category=parent.text("parentApplicationCategory"),
        law=parent.text("parentApplicationLawCode"),
    )
    parent.finish()
    return None if found == Parent("") else found


def _relative(fields: Fields, _: int) -> Relative:
    return Relative(
        application_number=fields.word("applicationNumber"),
        publication_number=_gregorian(fields, "publicationNumber", "ADPublicationNumber"),
        national_publication_number=_gregorian(
            fields, "nationalPublicationNumber", "ADNationalPublicationNumber"
        ),
        registration_number=fields.text("registrationNumber"),
        international_application_number=fields.text("internationalApplicationNumber"),
        international_publication_number=fields.text("internationalPublicationNumber"),
        erasure_identifier=fields.text("erasureIdentifier"),
        expire_date=fields.day("expireDate"),
        disappearance_date=fields.day("disappearanceDate"),
        generation=fields.count("divisionalGeneration"),
    )


def _goods(fields: Fields, _: int) -> GoodsClass:
    return GoodsClass(
        nice_class=fields.word("goodsServiceClass"),
        name=fields.text("goodsServiceName") or "",
        similar_codes=tuple((fields.text("similarCode") or "").split()),
    )


def _block(fields: Fields, _: int) -> NumberBlock:
    if not isinstance(fields.raw("documentList"), list | dict):
        fields.problem("the list of documents is missing", "documentList")
    return NumberBlock(
        number_type=fields.word("numberType"),
        number=fields.word("number"),
        documents=fields.rows("documentList", _document),
    )


def _document(fields: Fields, _: int) -> DocumentRow:
    row = DocumentRow(
        legal_date=fields.day("legalDate"),
        ib_flag=fields.word("irirFlg"),
        available=fields.flag("availabilityFlag"),
        code=fields.word("documentCode"),
        description=fields.text("documentDescription") or "",
        number=fields.word("documentNumber"),
        version=fields.word("versionNumber"),
        separator=fields.word("documentSeparator"),
        pages=fields.count("numberOfPages"),
        size=fields.count("sizeOfDocument"),
    )
    for value, key in ((row.code, "documentCode"), (row.legal_date, "legalDate")):
        if not value:
            fields.problem("a document of the list lacks it", key)
    return row


def _holder(fields: Fields, _: int) -> Holder:
    return Holder(code=fields.word("rightPersonCd"), name=fields.text("rightPersonName") or "")


def _patent_citation(fields: Fields, _: int) -> PatentCitation:
    number = fields.word("documentNumber")
    return PatentCitation(
        draft_date=fields.day("draftDate"),
        citation_type=fields.word("citationType"),
        order=fields.count("citationOrder"),
        document_number=number,
        publication=publication_name(number),
    )


def _non_patent_citation(fields: Fields, _: int) -> NonPatentCitation:
    return NonPatentCitation(
        draft_date=fields.day("draftDate"),
        citation_type=fields.word("citationType"),
        order=fields.count("citationOrder"),
        document_type=fields.text("documentType"),
        author=fields.text("authorName"),
        paper_title=fields.text("paperTitle"),
        publication_name=fields.text("publicationName"),
        country=fields.text("issueCountryCd"),
        publisher=fields.text("publisher"),
        issue_date=fields.day("issueDate"),
        issue_date_type=fields.text("issueDateType"),
        issue_number=fields.text("issueNumber"),
        pages=fields.text("citationPages"),
    )


def publication_name(document_number: str) -> str | None:
    """A cited Japanese publication as people write it: "JPA 414433033" is 特開2002-433033.

    Publications before 2000 keep their era (特開昭60-446093, 特開平08-467522). Only unexamined publications
    (kind JPA) are read; every other form gives None.
    """
    match = re.fullmatch(r"JPA ?([345])([0-9]{2})([0-9]{6})", document_number)
    if not match:
        return None
    era, year, serial = match.groups()
    kind = "特表" if int(serial) >= _FIRST_KOHYO else "特開"
    gregorian = _ERA_BASE[era] + int(year)
    return f"{kind}{gregorian if gregorian >= 2000 else _ERA_NAME[era] + year}-{serial}"
