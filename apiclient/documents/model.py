"""What an archive and a notice say, as frozen values. Nothing here reads bytes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

MediaType = Literal["xml", "htm", "image", "other"]
Kind = Literal["refusal", "refusal_decision", "grant", "amendment_dismissed", "opinion", "amendment", "other"]
Unit = Literal["day", "month"]
Start = Literal["dispatch", "service"]


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    `document_number` is the office's 11-digit number taken from the file or folder name and
    `document_code` the code taken from a folder name ("A53"); both are None when the name says neither.
    `sha256` is of `data`. `text` is set for XML and HTM alone: decoded cp932, where a byte that is no
    character became U+FFFD and is told in `problems`.
    """

    name: str
    document_number: str | None
    document_code: str | None
    sha256: str
    data: bytes
    media_type: MediaType
    text: str | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """An archive's readable members, and what was wrong with it or with members that could not be read."""

    members: tuple[Member, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Article:
    """A provision relied on. `reference` is "article-paragraph-item", "29-2", "36-6-2"; branches keep
    their の as a dot: 第17条の2第3項 is "17.2-3"."""

    as_printed: str
    law: str
    reference: str
    name_as_printed: str = ""


@dataclass(frozen=True)
class Period:
    """A designated or statutory period as the document prints it.

    Counted from dispatch (発送の日) or service (送達). `overseas_n` is the longer count, in the same
    unit, printed for a party residing abroad. `quote` is the sentence it was read from.
    """

    n: int
    unit: Unit
    start: Start
    overseas_n: int | None
    quote: str


@dataclass(frozen=True)
class Reason:
    """One ground of a notice. `claims` and `references` are as printed, one entry a line of the notice."""

    number: str
    heading: str
    articles: tuple[Article, ...]
    claims: tuple[str, ...]
    references: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Cited:
    """An entry of the list of cited documents.

    `number` is "JP2002-433033A" when the entry names a Japanese document whose kind and year are
    certain, else None; `display` is always fit to show.
    """

    label: str
    as_printed: str
    number: str | None
    display: str
    remark: str = ""


@dataclass(frozen=True)
class Notice:
    """A document as far as it could be read.

    None means not printed or not read, never "no". `text` is the body rejoined for reading and
    `raw_text` the document as decoded; both are kept whole even when `readable` is False.
    """

    kind: Kind
    law: str
    document_number: str | None
    application_number: str | None
    title_as_printed: str
    drafting_date: date | None
    addressee: str | None
    articles: tuple[Article, ...]
    final: bool | None
    reconsideration: bool | None
    period: Period | None
    reasons: tuple[Reason, ...]
    cited: tuple[Cited, ...]
    search_record: str
    text: str
    raw_text: str
    readable: bool
    problems: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain lists, strings and numbers, dates as ISO 8601."""
        data = asdict(self)
        data["drafting_date"] = self.drafting_date.isoformat() if self.drafting_date else None
        for name in ("articles", "reasons", "cited", "problems"):
            data[name] = list(data[name])
        for reason in data["reasons"]:
            for name in ("articles", "claims", "references"):
                reason[name] = list(reason[name])
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Notice:
        """The notice `to_json` wrote. KeyError or TypeError when a field is missing or unknown."""
        drafted = data["drafting_date"]
        return cls(
            **{
                **data,
                "drafting_date": date.fromisoformat(drafted) if drafted else None,
                "articles": tuple(Article(**row) for row in data["articles"]),
                "period": Period(**data["period"]) if data["period"] else None,
                "reasons": tuple(_reason(row) for row in data["reasons"]),
                "cited": tuple(Cited(**row) for row in data["cited"]),
                "problems": tuple(data["problems"]),
            }
        )


def _reason(row: dict[str, Any]) -> Reason:
    return Reason(
        **{
            **row,
            "articles": tuple(Article(**article) for article in row["articles"]),
            "claims": tuple(row["claims"]),
            "references": tuple(row["references"]),
        }
    )
