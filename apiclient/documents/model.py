"""What an archive and a notice say, as frozen values. Nothing here reads bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, TypeVar

from apiclient import links, numbers

MediaType = Literal["xml", "htm", "image", "other"]
Kind = Literal[
    "refusal",
    "refusal_decision",
    "grant",
    "amendment_dismissed",
    "dismissal_notice",
    "dismissal",
    "opinion",
    "amendment",
    "other",
]
Way = Literal["add", "delete", "change"]
Unit = Literal["day", "month"]
Start = Literal["dispatch", "service"]


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    `document_number` is the office's 11-digit number taken from the file or folder name and
    `document_code` the code taken from a folder name ("A53"); both are None when the name says neither.
    `sha256` is of `data`. `text` is set for XML and HTM alone: decoded cp932, where a byte that is no
    character became U+FFFD and is told in `problems`; None for a text too large to be read. A file that is no
    image in spite of its name is "other".
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

    `number` is "JP2002-433033A" or "US2015378098" when the entry names a document whose office, kind and
    year are certain, else None; `display` is always fit to show.
    """

    label: str
    as_printed: str
    number: str | None
    display: str
    remark: str = ""

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Names and addresses of registers where the document itself can be read; () when it is uncertain."""
        readings = numbers.recognise(self.display).readings
        if len(readings) != 1:
            return ()
        addresses = (
            ("J-PlatPat", links.jplatpat_url(readings[0])),
            ("Espacenet", links.espacenet_url(readings[0])),
            ("Google Patents", links.google_patents_url(readings[0])),
        )
        return tuple((name, address) for name, address in addresses if address)


@dataclass(frozen=True)
class GoodsClass:
    """A class of goods and services a trademark document names, with the goods where it prints them."""

    number: int
    goods: str
    as_printed: str


@dataclass(frozen=True)
class EarlierPaper:
    """A paper a decision rests on or disposes of: 令和６年２月２０日付け拒絶理由通知書.

    `dated` is the day printed (of drafting for the office's papers, of filing for the applicant's), None
    when none is printed. `reasons` are the numbers of its reasons relied on, as printed.
    """

    kind: Kind
    dated: date | None
    reasons: str
    quote: str


@dataclass(frozen=True)
class Decision:
    """What a grant, a refusal or a dismissal says beside its reasons.

    `classifications` are FI symbols (IPC in the older generation). `reference_documents`, `grace_period`
    (Patent Act 30) and `title_changed` are the flags of a grant. `claims` and `classes` are counts.
    """

    conclusion: str
    relies_on: tuple[EarlierPaper, ...] = ()
    invention_title: str = ""
    claims: int | None = None
    classes: int | None = None
    application_kind: str = ""
    classifications: tuple[str, ...] = ()
    fields_of_search: tuple[str, ...] = ()
    reference_books: tuple[str, ...] = ()
    reference_documents: bool | None = None
    grace_period: bool | None = None
    title_changed: bool | None = None
    deposit: str = ""


@dataclass(frozen=True)
class Party:
    """An applicant or agent of a filed paper. `code` is the office's nine-digit code, "" when not printed."""

    role: Literal["applicant", "agent"]
    name: str
    code: str = ""


@dataclass(frozen=True)
class Label:
    """A labelled line of a filed paper, 【提出日】 and what follows it, as printed."""

    name: str
    value: str


@dataclass(frozen=True)
class Claim:
    """A claim as amended. `underlined` are stretches of `text`, first and one past the last character."""

    number: str
    text: str
    underlined: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Change:
    """One group of an amendment. `document` is claims, description, drawings or abstract where known, else as
    printed; `item` is the part of it (全文, ０００６, 発明の名称); `way` is None when it was not understood.

    `text` is the new contents whole, claims included; it is empty for what is deleted.
    """

    number: str
    document: str
    item: str
    way: Way | None
    text: str
    claims: tuple[Claim, ...] = ()
    underlined: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Filing:
    """What an opinion or an amendment says. "" and None where the paper does not print it.

    `document_code` is the code of the interface (A53). `submitted_on` stands in HTM alone: the XML of the
    interface holds no such day, the list of documents does. `labels` are the paper's labelled lines but for
    the contents themselves.
    """

    document_code: str
    submitted_on: date | None
    reference: str
    dispatch_number: str
    parties: tuple[Party, ...]
    opinion: str
    changes: tuple[Change, ...]
    labels: tuple[Label, ...] = ()

    def answers(self, document_number: str) -> bool:
        """Whether the paper names this dispatched document: papers print the last six of its digits."""
        return len(self.dispatch_number) >= 6 and document_number.endswith(self.dispatch_number)


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
    goods: tuple[GoodsClass, ...] = ()
    decision: Decision | None = None
    filing: Filing | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain lists, strings and numbers, dates as ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Notice:
        """The notice `to_json` wrote, now or before `goods`, `decision` and `filing` were read.

        KeyError or TypeError when a field is missing or unknown.
        """
        decision, filing = data.get("decision"), data.get("filing")
        return cls(
            **{
                **data,
                "drafting_date": _date(data["drafting_date"]),
                "articles": _all(Article, data["articles"]),
                "period": Period(**data["period"]) if data["period"] else None,
                "reasons": tuple(_reason(row) for row in data["reasons"]),
                "cited": _all(Cited, data["cited"]),
                "problems": tuple(data["problems"]),
                "goods": _all(GoodsClass, data.get("goods", ())),
                "decision": _decision(decision) if decision else None,
                "filing": _filing(filing) if filing else None,
            }
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


_Row = dict[str, Any]
_T = TypeVar("_T")


def _all(kind: Callable[..., _T], rows: Iterable[_Row]) -> tuple[_T, ...]:
    return tuple(kind(**row) for row in rows)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _reason(row: _Row) -> Reason:
    return Reason(
        **{
            **row,
            "articles": _all(Article, row["articles"]),
            "claims": tuple(row["claims"]),
            "references": tuple(row["references"]),
        }
    )


def _decision(row: _Row) -> Decision:
    earlier = tuple(EarlierPaper(**{**one, "dated": _date(one["dated"])}) for one in row["relies_on"])
    lists = {name: tuple(row[name]) for name in ("classifications", "fields_of_search", "reference_books")}
    return Decision(**{**row, **lists, "relies_on": earlier})


def _filing(row: _Row) -> Filing:
    return Filing(
        **{
            **row,
            "submitted_on": _date(row["submitted_on"]),
            "parties": _all(Party, row["parties"]),
            "changes": tuple(_change(one) for one in row["changes"]),
            "labels": _all(Label, row["labels"]),
        }
    )


def _change(row: _Row) -> Change:
    claims = tuple(Claim(**_with_stretches(one)) for one in row["claims"])
    return Change(**{**_with_stretches(row), "claims": claims})


def _with_stretches(row: _Row) -> _Row:
    return {**row, "underlined": tuple((first, last) for first, last in row["underlined"])}
