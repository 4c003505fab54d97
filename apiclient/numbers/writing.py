"""Writing numbers, for people in two languages and for machines. What is written reads back."""

from __future__ import annotations

from typing import Literal, cast, get_args

from apiclient.numbers.docdb import docdb
from apiclient.numbers.model import Law, Reading, era_of, from_canonical
from apiclient.numbers.words import COUNTRIES, NUMBERED, YEARED

Language = Literal["ja", "en"]
Style = Literal["ja", "en", "docdb", "argument"]

_WORDS = {meaning: word for word, meaning in reversed(YEARED.items())}
_REGISTERED = {law: word for word, law in reversed(NUMBERED.items())}
_COUNTRY_WORDS = {code: word for word, code in reversed(COUNTRIES.items())}
_FOREIGN = {
    "application": "特許出願第{}号",
    "publication": "特許出願公開第{}号",
    "registration": "特許第{}号",
}
_FOREIGN_MODELS = {"publication": "公開実用新案第{}号", "registration": "実用新案第{}号"}
_ENGLISH: dict[tuple[str | None, str], str] = {
    ("patent", "application"): "JP Patent Appl. {}",
    ("utility_model", "application"): "JP Utility Model Appl. {}",
    ("design", "application"): "JP Design Appl. {}",
    ("trademark", "application"): "JP Trademark Appl. {}",
    (None, "application"): "JP Appl. {}",
    ("patent", "publication"): "JP Publ. {}",
    ("patent", "national_publication"): "JP Natl. Publ. {}",
    ("patent", "registration"): "JP Patent No. {}",
    ("utility_model", "registration"): "JP Utility Model Reg. No. {}",
    ("design", "registration"): "JP Design Reg. No. {}",
    ("trademark", "registration"): "JP Trademark Reg. No. {}",
    (None, "registration"): "JP Reg. No. {}",
}


def display(law: str | None, kind: str, canonical: str, language: Language = "ja") -> str:
    """The number as people write it: 特願2020-008423, or JP Patent Appl. 2020-008423.

    A canonical number of another shape is returned as it is: showing it is better than hiding it.
    """
    known = cast("Law | None", law) if law is None or law in get_args(Law) else None
    reading = from_canonical(known, kind, canonical) if known == law else None
    return (reading and write(reading, language)) or canonical


def write(reading: Reading, style: Style = "ja") -> str | None:
    """The number in a style; None where that style has no certain form for it.

    "ja" and "en" are for people. In Japanese a number of before 2000 bears its era's year, as it was given
    (特開平11-123456), unless the year had two eras and the reading does not say which. "docdb" has dots,
    "argument" is what the office's interface takes.
    """
    if style == "docdb":
        return docdb(reading)
    if style == "argument":
        return reading.canonical if reading.refusal is None else None
    if style == "en":
        return _english(reading) or _japanese(reading)
    return _japanese(reading)


def _english(reading: Reading) -> str | None:
    template = _ENGLISH.get((reading.law, reading.kind))
    if template is None or reading.office != "JP" or reading.branch:
        return None
    year = f"{reading.year}-{reading.serial:06d}" if reading.year else str(reading.serial)
    return template.format(year)


def _japanese(reading: Reading) -> str | None:
    kind, canonical = reading.kind, reading.canonical
    if kind == "pct_application":
        return f"PCT/{canonical[:2]}{canonical[2:6]}/{canonical[6:]}"
    if kind == "pct_publication":
        return f"WO{canonical[2:6]}/{canonical[6:]}"
    if kind == "republication":
        return f"再表{canonical[2:6]}/{canonical[6:]}"
    if kind == "applicant_code":
        return f"識別番号{canonical}"
    if kind == "document_number":
        return f"書類番号{canonical}"
    if kind == "international_registration":
        return canonical if reading.law == "design" else f"国際登録第{canonical}{reading.branch}号"
    if reading.office != "JP":
        return _abroad(reading)
    if kind == "registration":
        return _registration(reading)
    return _yearly(reading)


def _yearly(reading: Reading) -> str | None:
    if reading.kind == "application" and reading.law is None:
        return f"{reading.year}-{reading.serial:06d}"
    word = _WORDS.get((reading.law, reading.kind))
    if word is None or reading.year is None:
        return None
    era = era_of(reading)
    year = f"{era.name[0]}{reading.year - era.before}" if era else str(reading.year)
    return f"{word}{year}-{reading.serial:06d}"


def _registration(reading: Reading) -> str:
    if reading.branch == "防護":
        return f"防護標章登録第{reading.serial}号"
    branch = f"の{reading.branch}" if reading.branch else ""
    return f"{_REGISTERED[reading.law]}第{reading.serial}号{branch}"


def _abroad(reading: Reading) -> str | None:
    """米国特許出願公開第2015/0378098号; countries without a word of ours by their two letters."""
    models = reading.law == "utility_model"
    template = (_FOREIGN_MODELS if models else _FOREIGN).get(reading.kind)
    country = _COUNTRY_WORDS.get(reading.office)
    number = reading.canonical
    if template is None or country is None:
        return f"{reading.office}{number}{reading.code}" if reading.code else None
    if reading.office == "US" and reading.kind == "publication":
        number = f"{reading.year}/{reading.serial:07d}"
    elif reading.office == "US" and reading.kind == "application" and reading.year is None:
        number = f"{number[:2]}/{number[2:5]},{number[5:]}"
    elif reading.office == "KR" and reading.year is not None:
        number = f"10-{number[:4]}-{number[4:]}"
    return country + template.format(number)
