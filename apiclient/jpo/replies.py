"""What the office's replies say, typed and immutable.

Dates are days in Japan or None; text is as the office writes it, None where it gives none; lists are tuples.
Numbers are strings, for their leading zeros count. What was not understood is in `extras` and in the answer's
`problems`. Field meanings: the office's OpenAPI description and 特許情報標準データ.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from apiclient.jpo.fields import Extra, Fields, Notes, Unusable, day_of, quoted
from apiclient.jpo.opd import OpdReply


@dataclass(frozen=True)
class Party:
    """An applicant or agent; `code` is the nine-digit ID code (識別番号).

    `order` is the office's number for it, or its place in the list, from 1, where the office numbers nobody.
    """

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
    """One member of a divisional family, the case itself included; generation 0 is the root.

    Publication numbers as in `Progress`.
    """

    application_number: str
    publication_number: str | None
    era_publication_number: str | None
    national_publication_number: str | None
    era_national_publication_number: str | None
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
    Gregorian form (ten digits), computed from the era-coded one (nine digits: era, year of the era, serial)
    where the office gives that one alone. `national_…` are those of PCT applications in Japanese (公表).
    `principal_design` is the principal or basic design's application number.
    """

    application_number: str
    title: str | None
    parties: tuple[Party, ...]
    filing_date: date | None
    publication_number: str | None
    era_publication_number: str | None
    national_publication_number: str | None
    era_national_publication_number: str | None
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
    """A cited document that is no patent publication; codes are the office's (tables 07010, 07060–07080).

    `issued` is the date of issue as the office writes it, which may lack the day or the month; `issue_date`
    is that date where it is whole.
    """

    draft_date: date | None
    citation_type: str
    order: int | None
    document_type: str | None
    author: str | None
    paper_title: str | None
    publication_name: str | None
    country: str | None
    publisher: str | None
    issued: str | None
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
    """The case's permanent page in J-PlatPat; `application_number` is the one its address names, if any."""

    url: str
    application_number: str | None
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class Divisionals:
    """The divisional family (分割出願情報): `parent` of the case, and all members with the case itself."""

    application_number: str
    parent: Parent | None
    divisionals: tuple[Relative, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class PriorityRights:
    """The priority claims of a case (優先基礎出願情報)."""

    application_number: str
    priorities: tuple[Priority, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class PersonByCode:
    """The registered name of an applicant or agent (申請人氏名・名称)."""

    name: str
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class RegisteredPerson:
    """An applicant or agent with the nine-digit ID code."""

    code: str
    name: str


@dataclass(frozen=True)
class PeopleByName:
    """Everybody registered under exactly the name asked for (申請人コード); several codes may share it."""

    people: tuple[RegisteredPerson, ...]
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class NationalPhase:
    """The Japanese application number of an international application."""

    application_number: str
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class Download:
    """Where documents too large to be sent at once lie for five minutes, open to whoever has the address.

    `application_number` is the one the address names, if any.
    """

    url: str = field(repr=False)
    application_number: str | None
    extras: tuple[Extra, ...] = ()


Reply = (
    Progress
    | Citations
    | Registration
    | NumberReference
    | FixedAddress
    | Divisionals
    | PriorityRights
    | PersonByCode
    | PeopleByName
    | NationalPhase
    | Download
    | OpdReply
)
AnyReply = TypeVar("AnyReply", bound=Reply)


# --- reading -----------------------------------------------------------------------------------------------

_ROLES = {"1": "applicant", "2": "agent"}
_ERA_BASE = {"3": 1925, "4": 1988, "5": 2018}  # Shōwa, Heisei, Reiwa
_ERA_NAME = {"3": "昭", "4": "平"}
_TITLES = ("inventionTitle", "designArticle", "trademarkForDisplay")
_FIRST_KOHYO = 500001  # Japanese-language publications of PCT applications (公表) are numbered from here.


def read_progress(fields: Fields, notes: Notes) -> Progress:
    """Status information from the reply's `data`; Unusable without its number or its document list."""
    application_number = _application_number(fields)
    _require_lists(fields, "bibliographyInformation")
    published, era_published = _publication(fields, "publicationNumber", "ADPublicationNumber")
    national, era_national = _publication(fields, "nationalPublicationNumber", "ADNationalPublicationNumber")
    return Progress(
        application_number=application_number,
        title=_title(fields),
        parties=fields.rows("applicantAttorney", _party),
        filing_date=fields.day("filingDate"),
        publication_number=published,
        era_publication_number=era_published,
        national_publication_number=national,
        era_national_publication_number=era_national,
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
    application_number = _application_number(fields)
    _require_lists(fields, "patentDoc", "nonPatentDoc")
    return Citations(
        application_number=application_number,
        patent=fields.rows("patentDoc", _patent_citation),
        non_patent=fields.rows("nonPatentDoc", _non_patent_citation),
        extras=_extras(fields, notes),
    )


def read_registration(fields: Fields, notes: Notes) -> Registration:
    """The register entry from the reply's `data`."""
    return Registration(
        application_number=_application_number(fields),
        filing_date=fields.day("filingDate"),
        registration_number=fields.text("registrationNumber"),
        registration_date=fields.day("registrationDate"),
        decision_date=fields.day("decisionDate"),
        appeal_decision_date=fields.day("appealTrialDecisionDate"),
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
    return NumberReference(
        application_number=_application_number(fields),
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
    named = re.search(r"/JP-([0-9]{4})-([0-9]{6})/", url)
    return FixedAddress(
        url=url,
        application_number=named[1] + named[2] if named else None,
        extras=_extras(fields, notes),
    )


def read_divisionals(fields: Fields, notes: Notes) -> Divisionals:
    """The divisional family from the reply's `data`; a case without relatives has none, which is no error."""
    application_number = _application_number(fields)
    _require_lists(fields, "divisionalApplicationInformation")
    return Divisionals(
        application_number=application_number,
        parent=_parent(fields),
        divisionals=fields.rows("divisionalApplicationInformation", _relative),
        extras=_extras(fields, notes),
    )


def read_priority_rights(fields: Fields, notes: Notes) -> PriorityRights:
    """The priority claims from the reply's `data`."""
    application_number = _application_number(fields)
    _require_lists(fields, "priorityRightInformation")
    return PriorityRights(
        application_number=application_number,
        priorities=fields.rows("priorityRightInformation", _priority),
        extras=_extras(fields, notes),
    )


def read_person_by_code(fields: Fields, notes: Notes) -> PersonByCode:
    """The name from the reply's `data`."""
    name = fields.text("applicantAttorneyName")
    if name is None:
        raise Unusable("the reply has no applicantAttorneyName")
    return PersonByCode(name=name, extras=_extras(fields, notes))


def read_people_by_name(fields: Fields, notes: Notes) -> PeopleByName:
    """Codes and names from the reply's `data`."""
    people = fields.rows("applicantAttorney", _registered_person)
    if not people:
        raise Unusable("the reply has no list applicantAttorney")
    return PeopleByName(people=people, extras=_extras(fields, notes))


def read_national_phase(fields: Fields, notes: Notes) -> NationalPhase:
    """The application number from the reply's `data`."""
    return NationalPhase(application_number=_application_number(fields), extras=_extras(fields, notes))


def read_download(fields: Fields, notes: Notes) -> Download:
    """The address of a large archive from the reply's `data`; the caller says whether it may be fetched."""
    url = fields.word("URL")
    if not url:
        raise Unusable("the reply has no address to fetch the documents from")
    named = re.search(r"_([0-9]{10})\.zip(?:\?|$)", url)
    return Download(url=url, application_number=named[1] if named else None, extras=_extras(fields, notes))


READERS: dict[type[Reply], Callable[[Fields, Notes], Reply]] = {
    Progress: read_progress,
    Citations: read_citations,
    Registration: read_registration,
    NumberReference: read_number_reference,
    FixedAddress: read_fixed_address,
    Divisionals: read_divisionals,
    PriorityRights: read_priority_rights,
    PersonByCode: read_person_by_code,
    PeopleByName: read_people_by_name,
    NationalPhase: read_national_phase,
    Download: read_download,
}


def _application_number(fields: Fields) -> str:
    """The number of the case the reply speaks of; Unusable where it is none."""
    number = fields.word("applicationNumber")
    if not re.fullmatch(r"[0-9]{10}", number):
        raise Unusable(f"the reply has no applicationNumber, or none of ten digits: {quoted(number)}")
    return number


def _require_lists(fields: Fields, *keys: str) -> None:
    for key in keys:
        if not isinstance(fields.raw(key), list | dict):
            raise Unusable(f"the reply has no list {key}")


def _extras(fields: Fields, notes: Notes) -> tuple[Extra, ...]:
    fields.finish()
    return tuple(notes.extras)


def _title(fields: Fields) -> str | None:
    given = [(key, title) for key in _TITLES if (title := fields.text(key))]
    for key, title in given[1:]:
        fields.keep(key, title, "a second title")
    return given[0][1] if given else None


def _publication(fields: Fields, era_key: str, gregorian_key: str) -> tuple[str | None, str | None]:
    """A publication number in Gregorian form, and as the office codes it with the era."""
    given, era = fields.text(gregorian_key), fields.text(era_key)
    computed = _era_to_gregorian(era) if era else None
    if given and computed and given != computed:
        fields.problem(f"says {computed}, but {gregorian_key} says {given}", era_key)
    elif era and not computed:
        fields.problem(f"not an era-coded number: {quoted(era)}", era_key)
    return given or computed, era


def _era_to_gregorian(number: str) -> str | None:
    """Era digit, two-digit year and six digits ("503090037") as year and six digits ("2021090037")."""
    match = re.fullmatch(r"([345])([0-9]{2})([0-9]{6})", number)
    return f"{_ERA_BASE[match[1]] + int(match[2])}{match[3]}" if match else None


def _party(fields: Fields, position: int) -> Party:
    role = fields.word("applicantAttorneyClass")
    order = fields.count("repeatNumber")
    _lacking(fields, role, "applicantAttorneyClass")
    if role and role not in _ROLES:
        fields.keep("applicantAttorneyClass", role, "neither applicant (1) nor agent (2)")
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
    if found == Parent(""):
        return None
    _lacking(parent, found.application_number, "parentApplicationNumber")
    return found


def _lacking(fields: Fields, value: object, key: str) -> None:
    """A problem if `value` is nothing, where `key` tells one row from another."""
    if not value:
        fields.problem("nothing is given", key)


def _relative(fields: Fields, _: int) -> Relative:
    published, era_published = _publication(fields, "publicationNumber", "ADPublicationNumber")
    national, era_national = _publication(fields, "nationalPublicationNumber", "ADNationalPublicationNumber")
    relative = Relative(
        application_number=fields.word("applicationNumber"),
        publication_number=published,
        era_publication_number=era_published,
        national_publication_number=national,
        era_national_publication_number=era_national,
        registration_number=fields.text("registrationNumber"),
        international_application_number=fields.text("internationalApplicationNumber"),
        international_publication_number=fields.text("internationalPublicationNumber"),
        erasure_identifier=fields.text("erasureIdentifier"),
        expire_date=fields.day("expireDate"),
        disappearance_date=fields.day("disappearanceDate"),
        generation=fields.count("divisionalGeneration"),
    )
    _lacking(fields, relative.application_number, "applicationNumber")
    return relative


def _goods(fields: Fields, _: int) -> GoodsClass:
    return GoodsClass(
        nice_class=fields.word("goodsServiceClass"),
        name=fields.text("goodsServiceName") or "",
        similar_codes=tuple((fields.text("similarCode") or "").split()),
    )


def _block(fields: Fields, _: int) -> NumberBlock:
    if not isinstance(fields.raw("documentList"), list | dict):
        fields.problem("the list of documents is missing", "documentList")
    block = NumberBlock(
        number_type=fields.word("numberType"),
        number=fields.word("number"),
        documents=fields.rows("documentList", _document),
    )
    _lacking(fields, block.number_type, "numberType")
    _lacking(fields, block.number, "number")
    return block


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
    _lacking(fields, row.code, "documentCode")
    _lacking(fields, row.legal_date, "legalDate")
    return row


def _registered_person(fields: Fields, _: int) -> RegisteredPerson:
    person = RegisteredPerson(code=fields.word("applicantAttorneyCd"), name=fields.text("name") or "")
    _lacking(fields, person.code, "applicantAttorneyCd")
    return person


def _holder(fields: Fields, _: int) -> Holder:
    return Holder(code=fields.word("rightPersonCd"), name=fields.text("rightPersonName") or "")


def _patent_citation(fields: Fields, _: int) -> PatentCitation:
    number = fields.word("documentNumber")
    _lacking(fields, number, "documentNumber")
    return PatentCitation(
        draft_date=fields.day("draftDate"),
        citation_type=fields.word("citationType"),
        order=fields.count("citationOrder"),
        document_number=number,
        publication=publication_name(number),
    )


def _non_patent_citation(fields: Fields, _: int) -> NonPatentCitation:
    issued = fields.text("issueDate")
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
        issued=issued,
        issue_date=day_of((issued or "").strip()),
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
