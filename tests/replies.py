"""Replies as the office writes them, for tests that need one to say something particular."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from apiclient.outcomes import Answer
from dossiers.refresh.snapshots import read_again
from tests.make import SEEN

Row = tuple[str, str, str, str]  # code, legal date YYYYMMDD, document number, description


def document(
    code: str, on: str, number: str, description: str = "", separator: str = "K", available: str = "1"
):
    return {
        "legalDate": on,
        "irirFlg": "0",
        "availabilityFlag": available,
        "documentCode": code,
        "documentDescription": description or code,
        "documentNumber": number,
        "versionNumber": "0001",
        "documentSeparator": separator,
        "numberOfPages": "0",
        "sizeOfDocument": "5000",
    }


def progress(number: str, *documents: dict[str, str], register_documents: tuple = (), **fields: str) -> bytes:
    """A patent's status information with these document rows under its application number."""
    data: dict[str, Any] = {
        "applicationNumber": number,
        "inventionTitle": "架空の計測装置",
        "applicantAttorney": [
            {
                "applicantAttorneyCd": "999000001",
                "repeatNumber": "1",
                "name": "架空計測株式会社",
                "applicantAttorneyClass": "1",
            }
        ],
        "filingDate": "20230110",
        "publicationNumber": "",
        "ADPublicationNumber": "",
        "nationalPublicationNumber": "",
        "ADNationalPublicationNumber": "",
        "publicationDate": "",
        "registrationNumber": "",
        "registrationDate": "",
        "internationalApplicationNumber": "",
        "internationalPublicationNumber": "",
        "internationalPublicationDate": "",
        "erasureIdentifier": "",
        "expireDate": "",
        "disappearanceDate": "",
        "priorityRightInformation": [],
        "parentApplicationInformation": {},
        "divisionalApplicationInformation": [],
        "bibliographyInformation": [
            {"numberType": "01", "number": number, "documentList": list(documents)},
        ],
    }
    data.update(fields)
    if register_documents:
        data["bibliographyInformation"].append(
            {
                "numberType": "06",
                "number": data["registrationNumber"],
                "documentList": list(register_documents),
            }
        )
    return envelope(data)


def envelope(data: dict[str, Any], status: str = "100", remaining: str = "799") -> bytes:
    body = {"statusCode": status, "errorMessage": "", "remainAccessCount": remaining, "data": data}
    return json.dumps({"result": body}, ensure_ascii=False).encode()


def answer(
    body: bytes, number: str, law: str = "patent", name: str = "app_progress", at: datetime = SEEN
) -> Answer:
    """The body as an answer to a call about this case."""
    return read_again(law, name, (number,), body, at)
