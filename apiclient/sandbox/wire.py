"""The JSON of the office: key order, all-string scalars and empty forms as recorded.

`data` functions build the `data` object of a success, or return None where the office answers 107.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Any

from apiclient.sandbox import life
from apiclient.sandbox.life import Act
from apiclient.sandbox.reasons import Cited, era_coded, reasons
from apiclient.sandbox.world import Case, Sight

Data = dict[str, Any]

# Status code → HTTP status and message, from the office's table of status codes.
STATUSES = {
    "100": (200, ""),
    "107": (200, "該当するデータがありません。"),
    "108": (200, "該当する書類実体がありません。"),
    "111": (200, "提供対象外の案件番号のため取得できませんでした。"),
    "203": (200, "1日のアクセス上限を超過したため閲覧を制限します。"),
    "204": (200, "パラメーターの入力された値に問題があります。"),
    "208": (200, "「タブ文字、,、 :、|」の文字は利用できません。"),
    "210": (401, "無効なトークンです。"),
    "301": (404, "指定された特許情報取得APIのURLは存在しません。"),
    "302": (504, "処理が時間内に終了しないため、タイムアウトになりました。"),
    "303": (429, "アクセスが集中しています。"),
    "999": (500, "想定外のエラーが発生しました。"),
}


def envelope(status: str, remaining: int | None = None, data: Data | None = None) -> bytes:
    """The office's envelope as bytes; no counter is the empty string."""
    result = {
        "statusCode": status,
        "errorMessage": STATUSES[status][1],
        "remainAccessCount": "" if remaining is None else str(remaining),
        "data": data or {},
    }
    return json.dumps({"result": result}, ensure_ascii=False, separators=(",", ":")).encode()


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _keyed(values: tuple[str, ...]) -> dict[str, str]:
    """A list in the office's disguise of an object keyed "0", "1", …"""
    return {str(n): value for n, value in enumerate(values)}


# Status information (app_progress, app_progress_simple)


def progress(sight: Sight, *, simple: bool) -> Data:
    build: dict[str, Callable[[Sight, bool], Data]] = {
        "patent": _patent_progress,
        "design": _design_progress,
        "trademark": _trademark_progress,
    }
    return build[sight.case.law](sight, simple)


def _patent_progress(sight: Sight, simple: bool) -> Data:
    case, abroad = sight.case, sight.case.international
    data: Data = {
        "applicationNumber": case.number,
        "inventionTitle": case.title,
        "applicantAttorney": _people(case),
        "filingDate": _day(case.filed_on),
        **_published(sight),
        "publicationDate": _day(sight.published_on),
        **_registered(sight),
        **_international(sight),
        "internationalPublicationDate": _day(abroad.published_on if abroad else None),
        **_term(sight),
    }
    if not simple:
        data["priorityRightInformation"] = _priorities(case)
        data["parentApplicationInformation"] = _parent(sight)
        data["divisionalApplicationInformation"] = _family(sight)
    data["bibliographyInformation"] = _bibliography(sight)
    return data


def _design_progress(sight: Sight, simple: bool) -> Data:
    case = sight.case
    data: Data = {"applicationNumber": case.number, "designArticle": case.title}
    if not simple:
        data["designClass"] = case.design_class
    data |= {
        "applicantAttorney": _people(case),
        "filingDate": _day(case.filed_on),
        "publicationDate": "",
        **_registered(sight),
    }
    if not simple:
        data["principalDesignApplicationNumber"] = ""
    data |= _term(sight)
    if not simple:
        data["priorityRightInformation"] = _priorities(case)
        data["parentApplicationInformation"] = {}
    data["bibliographyInformation"] = _bibliography(sight)
    return data


def _trademark_progress(sight: Sight, simple: bool) -> Data:
    case = sight.case
    data: Data = {
        "applicationNumber": case.number,
        "applicantAttorney": _people(case),
        "filingDate": _day(case.filed_on),
        "publicationDate": _day(sight.published_on),
        **_registered(sight),
        **_term(sight),
        **_mark(case),
    }
    if not simple:
        data["priorityRightInformation"] = _priorities(case)
        data["parentApplicationInformation"] = {}
    data["bibliographyInformation"] = _bibliography(sight)
    return data


def _published(sight: Sight) -> Data:
    """Publication numbers, era-coded and Gregorian; a translated national phase is published as 公表."""
    number = sight.case.publication_number if sight.published_on else ""
    coded = era_coded(sight.published_on, int(number[4:])) if sight.published_on else ""
    here, translated = ("", ""), (coded, number)
    if not _is_translated(sight.case):
        here, translated = translated, here
    return {
        "publicationNumber": here[0],
        "ADPublicationNumber": here[1],
        "nationalPublicationNumber": translated[0],
        "ADNationalPublicationNumber": translated[1],
    }


def _is_translated(case: Case) -> bool:
    return case.international is not None and case.overseas


def _international(sight: Sight) -> Data:
    abroad = sight.case.international
    return {
        "internationalApplicationNumber": abroad.application_number if abroad else "",
        "internationalPublicationNumber": abroad.publication_number if abroad else "",
    }


def _parent(sight: Sight) -> Data:
    parent = next((one for one in sight.family if one.case.number == sight.case.parent), None)
    if parent is None:
        return {}
    return {"parentApplicationNumber": parent.case.number, "filingDate": _day(parent.case.filed_on)}


def _family(sight: Sight) -> list[Data]:
    """The whole divisional family with the case itself, without filing dates."""
    return [
        {
            "applicationNumber": one.case.number,
            **_published(one),
            "registrationNumber": _registered(one)["registrationNumber"],
            **_international(one),
            **_term(one),
            "divisionalGeneration": str(one.case.generation),
        }
        for one in sight.family
    ]


def _people(case: Case) -> list[Data]:
    """Applicants, then attorneys; trademarks carry no order number."""
    rows = []
    numbered = [(one, "1") for one in case.applicants] + [(one, "2") for one in case.attorneys]
    for n, (person, role) in enumerate(numbered, 1):
        order = {} if case.law == "trademark" else {"repeatNumber": str(n)}
        rows.append(
            {
                "applicantAttorneyCd": person.code,
                **order,
                "name": person.name,
                "applicantAttorneyClass": role,
            }
        )
    return rows


def _registered(sight: Sight) -> Data:
    number = sight.case.registration_number if sight.registered_on else ""
    return {"registrationNumber": number, "registrationDate": _day(sight.registered_on)}


def _term(sight: Sight) -> Data:
    erasure = "" if sight.registered_on is None else "01" if sight.lapsed_on else "00"
    payment = sight.payment
    return {
        "erasureIdentifier": erasure,
        "expireDate": _day(payment.expires if payment else None),
        "disappearanceDate": _day(sight.lapsed_on),
    }


def _mark(case: Case) -> Data:
    return {
        "trademarkForDisplay": case.title,
        "transliteration": _keyed(case.sounds),
        "viennaClass": _keyed(case.vienna_classes),
        "goodsServiceInformation": [
            {
                "goodsServiceClass": goods.nice_class,
                "goodsServiceName": goods.name,
                "similarCode": goods.similar_codes,
            }
            for goods in case.goods
        ],
    }


def _priorities(case: Case) -> list[Data]:
    """Each row fills either the Paris keys or the national ones, which only patents have."""
    national_keys = (
        "nationalPriorityLawCd",
        "nationalPriorityApplicationNumber",
        "nationalPriorityInternationalApplicationNumber",
        "nationalPriorityDate",
    )
    empty = dict.fromkeys(national_keys, "") if case.law == "patent" else {}
    rows = []
    if case.priority:
        number, day, country = case.priority
        rows.append(_paris(number, _day(day), country) | empty)
    for claim in case.national_priorities:
        values = (claim.law, claim.application_number, "", _day(claim.on))
        rows.append(_paris("", "", "") | dict(zip(national_keys, values, strict=True)))
    return rows


def _paris(number: str, day: str, country: str) -> Data:
    return {
        "parisPriorityApplicationNumber": number,
        "parisPriorityDate": day,
        "parisPriorityCountryCd": country,
    }


def _bibliography(sight: Sight) -> list[Data]:
    """One block for each number of the case: application, publication, register, appeal."""
    case = sight.case
    blocks = [_block(sight, life.APPLICATION, case.number)]
    if case.law == "patent" and sight.published_on:
        coded = era_coded(sight.published_on, int(case.publication_number[4:]))
        blocks.append(_block(sight, life.PUBLICATION, coded))
    if sight.registered_on:
        blocks.append(_block(sight, life.REGISTER, case.registration_number))
    if any(act.block == life.APPEAL for act in sight.acts):
        blocks.append(_block(sight, life.APPEAL, case.appeal_number))
    return blocks


def _block(sight: Sight, kind: str, number: str) -> Data:
    rows = [_row(act) for act in sight.acts if act.block == kind]
    return {"numberType": kind, "number": number, "documentList": rows}


def _row(act: Act) -> Data:
    return {
        "legalDate": _day(act.day),
        "irirFlg": "0",
        "availabilityFlag": "1" if act.available else "0",
        "documentCode": act.code,
        "documentDescription": act.name,
        "documentNumber": act.number,
        "versionNumber": "0001" if act.available else "0000",
        "documentSeparator": act.separator if act.available else " ",
        "numberOfPages": "0",
        "sizeOfDocument": str(act.size if act.available else 0),
    }


# The other endpoints


def registration(sight: Sight) -> Data | None:
    """The register; None before registration."""
    case, right, payment = sight.case, sight.case.life.right, sight.payment
    if right is None or payment is None:
        return None
    data: Data = {
        "applicationNumber": case.number,
        "filingDate": _day(case.filed_on),
        **_registered(sight),
        "decisionDate": "" if right.appeal_decided_on else _day(right.decided_on),
        "appealTrialDecisiondDate": _day(right.appeal_decided_on),
        "rightPersonInformation": [
            {"rightPersonCd": one.code, "rightPersonName": one.name} for one in case.applicants
        ],
    }
    due = {
        "expireDate": _day(payment.expires),
        "nextPensionPaymentDate": "" if sight.lapsed_on else _day(payment.next_due),
        "lastPaymentYearly": f"{payment.through:02d}",
        "erasureIdentifier": "01" if sight.lapsed_on else "00",
        "disappearanceDate": _day(sight.lapsed_on),
        "updateDate": _day(_updated(sight)),
    }
    if case.law == "patent":
        title = {"inventionTitle": case.title, "numberOfClaims": f"{case.claims:03d}"}
        return data | title | due
    if case.law == "design":
        return data | {"designArticle": case.title} | due
    return data | due | _mark(case)


def _updated(sight: Sight) -> date | None:
    right = sight.case.life.right
    days = [act.day for act in sight.acts if act.block == life.REGISTER]
    if sight.registered_on:
        days.append(sight.registered_on)
    if sight.lapsed_on and right and right.lapse_entered:
        days.append(right.lapse_entered)
    return max(days, default=None)


def citations(sight: Sight) -> Data | None:
    """Documents cited in the notices (19), in their search records (89) and in the decision to grant (31)."""
    case = sight.case
    rows: list[Data] = []
    known: list[Cited] = []
    for act in sight.acts:
        if act.drafted is None or act.block != life.APPLICATION:
            continue
        if act.code == "A131":
            why = reasons(case, act)
            rows += _cited(act.drafted, "19", why.cited) + _cited(act.drafted, "89", why.searched)
            known += [one for one in why.cited + why.searched if one not in known]
        elif act.code == "A01":
            rows += _cited(act.drafted, "31", tuple(known))
    return {"applicationNumber": case.number, "patentDoc": rows, "nonPatentDoc": []} if rows else None


def _cited(drafted: date, kind: str, documents: tuple[Cited, ...]) -> list[Data]:
    return [
        {
            "draftDate": _day(drafted),
            "citationType": kind,
            "citationOrder": str(n),
            "documentNumber": document.listed,
        }
        for n, document in enumerate(documents, 1)
    ]


def number_reference(sight: Sight) -> Data:
    case = sight.case
    registered = case.registration_number if sight.registered_on else ""
    if case.law == "patent":
        published = _published(sight)
        return {
            "applicationNumber": case.number,
            "publicationNumber": published["ADPublicationNumber"],
            "nationalPublicationNumber": published["ADNationalPublicationNumber"],
            "registrationNumber": registered,
            "internationalPublicationNumber": _international(sight)["internationalPublicationNumber"],
        }
    data = {"applicationNumber": case.number, "registrationNumber": registered}
    if case.law == "design":
        data |= {"internationalRegistrationNumber": "", "designNumber": ""}
    return data


def fixed_address(sight: Sight) -> Data:
    """A J-PlatPat address of the recorded form; it leads nowhere, for the case is invented."""
    case = sight.case
    kind, tail = {"patent": ("PU", "10"), "design": ("DE", "30"), "trademark": ("TR", "40")}[case.law]
    digest = sha256(f"{case.law}/{case.number}".encode()).hexdigest().upper()
    number = f"JP-{case.number[:4]}-{case.number[4:]}"
    return {"URL": f"https://www.j-platpat.inpit.go.jp/c1800/{kind}/{number}/{digest}/{tail}/ja"}


def priority_rights(sight: Sight) -> Data:
    return {
        "applicationNumber": sight.case.number,
        "priorityRightInformation": _priorities(sight.case),
    }


def divisionals(sight: Sight) -> Data:
    return {
        "applicationNumber": sight.case.number,
        "parentApplicationInformation": _parent(sight),
        "divisionalApplicationInformation": _family(sight),
    }


def national_phase(sight: Sight) -> Data:
    return {"applicationNumber": sight.case.number}
