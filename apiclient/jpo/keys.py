"""The keys the office writes in a success, endpoint by endpoint: what to miss when one is gone.

The office changes its service without changing its paths, so a key that is no longer there has to be told.
Sources: the office's OpenAPI description; its examples and recorded answers hold all of these keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from apiclient.jpo.fields import items_of, plain_key

# Each key with the keys of the object, or of the objects of the list, under it; empty under a scalar.
Keys = Mapping[str, "Keys"]


def _keys(names: str, **objects: Keys) -> Keys:
    return {**{name: {} for name in names.split()}, **objects}


def _progress(own: str, **objects: Keys) -> Keys:
    return _keys(
        "applicationNumber filingDate publicationDate registrationNumber registrationDate"
        f" erasureIdentifier expireDate disappearanceDate {own}",
        bibliographyInformation=_keys("numberType number", documentList=_DOCUMENT),
        **objects,
    )


def _register(own: str, **objects: Keys) -> Keys:
    return _keys(
        "applicationNumber filingDate registrationNumber registrationDate decisionDate"
        " appealTrialDecisionDate expireDate nextPensionPaymentDate lastPaymentYearly erasureIdentifier"
        f" disappearanceDate updateDate {own}",
        rightPersonInformation=_keys("rightPersonCd rightPersonName"),
        **objects,
    )


_DOCUMENT = _keys(
    "legalDate irirFlg availabilityFlag documentCode documentDescription documentNumber versionNumber"
    " documentSeparator numberOfPages sizeOfDocument"
)
_PARTY = _keys("applicantAttorneyCd name applicantAttorneyClass")
_NUMBERED_PARTY = _keys("repeatNumber", **_PARTY)
_PARIS = _keys("parisPriorityApplicationNumber parisPriorityDate parisPriorityCountryCd")
_PARIS_OR_NATIONAL = _keys(
    "nationalPriorityLawCd nationalPriorityApplicationNumber"
    " nationalPriorityInternationalApplicationNumber nationalPriorityDate",
    **_PARIS,
)
_PATENT_PARENT = _keys("parentApplicationNumber filingDate")
_PARENT = _keys("parentApplicationCategory parentApplicationLawCode parentApplicationNumber")
_RELATIVE = _keys(
    "applicationNumber publicationNumber ADPublicationNumber nationalPublicationNumber"
    " ADNationalPublicationNumber registrationNumber internationalApplicationNumber"
    " internationalPublicationNumber erasureIdentifier expireDate disappearanceDate divisionalGeneration"
)
_GOODS = _keys("goodsServiceClass goodsServiceName similarCode")
_FAMILY = {
    "parentApplicationInformation": _PATENT_PARENT,
    "divisionalApplicationInformation": _RELATIVE,
}
_PATENT = (
    "inventionTitle publicationNumber ADPublicationNumber nationalPublicationNumber"
    " ADNationalPublicationNumber internationalApplicationNumber internationalPublicationNumber"
    " internationalPublicationDate"
)
_MARK = "trademarkForDisplay transliteration viennaClass"
_CITED = "draftDate citationType citationOrder"
_PERSON = _keys("applicantAttorneyName")
_PEOPLE = _keys("", applicantAttorney=_keys("applicantAttorneyCd name"))
_ADDRESS = _keys("URL")

# By name of bucket. Document endpoints have none: they answer with a file, or with an address alone.
KEYS: Mapping[str, Keys] = {
    "patent/app_progress": _progress(
        _PATENT, applicantAttorney=_NUMBERED_PARTY, priorityRightInformation=_PARIS_OR_NATIONAL, **_FAMILY
    ),
    "patent/app_progress_simple": _progress(_PATENT, applicantAttorney=_NUMBERED_PARTY),
    "patent/divisional_app_info": _keys("applicationNumber", **_FAMILY),
    "patent/priority_right_app_info": _keys("applicationNumber", priorityRightInformation=_PARIS_OR_NATIONAL),
    "patent/applicant_attorney_cd": _PERSON,
    "patent/applicant_attorney": _PEOPLE,
    "patent/case_number_reference": _keys(
        "applicationNumber publicationNumber nationalPublicationNumber registrationNumber"
        " internationalPublicationNumber"
    ),
    "patent/cite_doc_info": _keys(
        "applicationNumber",
        patentDoc=_keys(f"{_CITED} documentNumber"),
        nonPatentDoc=_keys(
            f"{_CITED} documentType authorName paperTitle publicationName issueCountryCd publisher issueDate"
            " issueDateType issueNumber citationPages"
        ),
    ),
    "patent/registration_info": _register("inventionTitle numberOfClaims"),
    "patent/jpp_fixed_address": _ADDRESS,
    "patent/pct_national_phase_application_number": _keys("applicationNumber"),
    "design/app_progress": _progress(
        "designArticle designClass principalDesignApplicationNumber",
        applicantAttorney=_NUMBERED_PARTY,
        priorityRightInformation=_PARIS,
        parentApplicationInformation=_PARENT,
    ),
    "design/app_progress_simple": _progress("designArticle", applicantAttorney=_NUMBERED_PARTY),
    "design/priority_right_app_info": _keys("applicationNumber", priorityRightInformation=_PARIS),
    "design/applicant_attorney_cd": _PERSON,
    "design/applicant_attorney": _PEOPLE,
    "design/case_number_reference": _keys(
        "applicationNumber registrationNumber internationalRegistrationNumber designNumber"
    ),
    "design/registration_info": _register("designArticle"),
    "design/jpp_fixed_address": _ADDRESS,
    "trademark/app_progress": _progress(
        _MARK,
        applicantAttorney=_PARTY,
        goodsServiceInformation=_GOODS,
        priorityRightInformation=_PARIS,
        parentApplicationInformation=_PARENT,
    ),
    "trademark/app_progress_simple": _progress(
        _MARK, applicantAttorney=_PARTY, goodsServiceInformation=_GOODS
    ),
    "trademark/priority_right_app_info": _keys("applicationNumber", priorityRightInformation=_PARIS),
    "trademark/applicant_attorney_cd": _PERSON,
    "trademark/applicant_attorney": _PEOPLE,
    "trademark/case_number_reference": _keys("applicationNumber registrationNumber"),
    "trademark/registration_info": _register(_MARK, goodsServiceInformation=_GOODS),
    "trademark/jpp_fixed_address": _ADDRESS,
}


def missing(data: Mapping[str, object], keys: Keys, path: str = "") -> Iterator[str]:
    """The place of each of `keys` that `data` does not have; one whose value is "", [] or {} it has."""
    present = {plain_key(key): value for key, value in data.items()}
    for key, inner in keys.items():
        place = f"{path}.{key}" if path else key
        if key not in present:
            yield place
        elif inner:
            for where, value in _objects(present[key], place):
                yield from missing(value, inner, where)


def _objects(value: object, place: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The objects to look into: `value` if it is one that says something, or those of a list."""
    items = items_of(value)
    if items is not None:
        rows = ((f"{place}[{position}]", row) for position, row in enumerate(items, start=1))
        yield from ((where, row) for where, row in rows if isinstance(row, dict))
    elif isinstance(value, dict):
        yield place, value
