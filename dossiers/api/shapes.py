"""What the API takes and gives, as types; the OpenAPI description is written from them.

Days are ISO 8601 days of the office (Japan); times are ISO 8601 in UTC. `null` is "not known" or "none", as
its field says, never "no".
"""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

LawCode = Literal["patent", "design", "trademark"]
ResidencyCode = Literal["unknown", "resident", "overseas", "mixed"]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}$")]
_LINE = r"^[^\x00-\x1f\x7f]*$"
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(pattern=_LINE, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(pattern=_TEXT, strip_whitespace=True)]
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _as_iso_day(value: object) -> object:
    """A figure alone would be read as seconds since 1970, and a limit sought on a day that nobody meant."""
    if isinstance(value, str) and not _ISO_DAY.fullmatch(value):
        raise PydanticCustomError("date_parsing", "not a day")
    if isinstance(value, int | float):
        raise PydanticCustomError("date_type", "not a day")
    return value


Day = Annotated[date, BeforeValidator(_as_iso_day)]  # as programs send it


def described(what: str, **more: Any) -> Any:
    return Field(description=what, **more)


class Given(Schema):
    """What a program sends: a field that is not known is refused, not passed over."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """Why a call was not carried out, and what to do (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str


class Worded(Schema):
    """A code, the same in every language, and its words in the language asked for."""

    code: str
    words: str


class Person(Schema):
    username: str
    name: str


class CaseRef(Schema):
    law: LawCode
    application_number: str
    url: str


# --- cases ------------------------------------------------------------------------------------------------


class Party(Schema):
    name: str
    role: str
    code: str


class ByOffice(Schema):
    """What the office says, from its last readable answer. `null` and "" are what it did not say."""

    title: str
    applicants: str
    filing_date: date | None
    publication_number: str
    publication_date: date | None
    registration_number: str
    registration_date: date | None
    expire_date: date | None
    international_application_number: str


class Derived(Schema):
    """What the docket derives from the office's data."""

    stage: Worded
    next_due: date | None = described("Last day of the nearest duty; see `next_due_hidden`")
    next_due_hidden: bool = described(
        "The firm checks dates blind, and the token's owner has not found this one yet"
    )
    open_reviews: int = described("What only a person can decide and nobody has yet")


class Entered(Schema):
    """What people of the firm entered."""

    own_reference: str
    client: str
    owner: Person | None
    deputy: Person | None
    residency: ResidencyCode
    note: str
    tags: list[str]


class Freshness(Schema):
    """When the office last confirmed the case. A question without an answer confirms nothing."""

    confirmed_at: datetime | None
    asked_at: datetime | None
    last_outcome: Worded
    stale: bool = described("Never confirmed, too long ago, or the last question was not answered")
    again_by: date | None = described("By when it is confirmed again; null: no day can be promised")


class CaseShown(Schema):
    law: LawCode
    application_number: str
    number: str = described("As people write it")
    url: str
    page: str = described("Its page for people")
    office: ByOffice
    derived: Derived
    entered: Entered
    freshness: Freshness
    added_at: datetime
    changed_at: datetime | None = described("When the office's data last changed")


class Instruction(Schema):
    """A standing instruction. Whoever notes a limit as done or not needed names those about it as read."""

    id: int
    about: str
    text: str
    by: str
    since: datetime


class CaseWhole(CaseShown):
    parties: list[Party]
    priorities: list[dict[str, Any]]
    instructions: list[Instruction]


class CasePage(Schema):
    items: list[CaseShown]
    next: str | None = described("Send it as `cursor` for what follows; null: this is the end")


class CaseChange(Given):
    """What is to be changed; what is left out stays as it is."""

    own_reference: Line | None = Field(None, max_length=60)
    client: Line | None = Field(None, max_length=120)
    owner: Line | None = Field(None, max_length=150, description="A user name; null for nobody")
    deputy: Line | None = Field(None, max_length=150, description="A user name; null for nobody")
    residency: ResidencyCode | None = None
    note: Text | None = Field(None, max_length=5000)
    tags: list[Line] | None = Field(None, max_length=30)


# --- documents --------------------------------------------------------------------------------------------


class File(Schema):
    id: int
    name: str
    sha256: str
    media_type: str
    readable: bool = described("Whether its text could be read")
    received_at: datetime
    url: str = described("The file as the office delivered it")


class Part(Schema):
    """A row of the office's list of documents."""

    code: str
    document_number: str
    description: str
    available: bool = described("The office says that its text can be had")
    first_seen_at: datetime
    vanished_at: datetime | None = described("When the office's list was first without it")


class DocumentShown(Schema):
    """One act of the office or of a party, all its parts together."""

    id: int
    code: str
    name: str
    name_by_office: str
    document_number: str
    side: Literal["office", "applicant", "third_party", "unknown"]
    day: date | None = described("Dispatched, received or made, in Japan")
    text: Worded = described("Whether there is a text, and whether it could be read")
    account: Worded = described("What became of it: a time limit, none by rule, a person's decision, or open")
    account_reason: str
    parts: list[Part]
    files: list[File]
    limits: list[int] = described("The time limits that follow from it")
    first_seen_at: datetime
    vanished_at: datetime | None
    url: str
    page: str


class Article(Schema):
    as_printed: str
    law: str
    reference: str = described("article-paragraph-item: “29-2”")


class Reason(Schema):
    number: str
    heading: str
    articles: list[Article]
    claims: list[str]
    references: list[str]
    text: str


class CitedDocument(Schema):
    label: str
    as_printed: str
    number: str | None = described("Where office, kind and year are certain")
    display: str
    links: dict[str, str]


class Period(Schema):
    n: int
    unit: Literal["day", "month"]
    start: Literal["dispatch", "service"]
    overseas_n: int | None
    quote: str


class Notice(Schema):
    """What could be read in a text. `null` is "not printed or not read", never "no"."""

    file: int
    kind: str
    law: str
    document_number: str | None
    application_number: str | None
    title_as_printed: str
    drafting_date: date | None
    final: bool | None
    period: Period | None
    articles: list[Article]
    reasons: list[Reason]
    cited: list[CitedDocument]
    text: str = described("The whole text, rejoined for reading")
    readable: bool
    problems: list[str] = described("What was printed and could not be understood")


class DocumentWhole(DocumentShown):
    notices: list[Notice]
    unread: list[int] = described("Files of which nothing could be made out: read them yourself")
    case: CaseRef
    case_confirmed_at: datetime | None


class DocumentPage(Schema):
    items: list[DocumentShown]
    next: str | None


# --- limits -----------------------------------------------------------------------------------------------


class LimitCase(CaseRef):
    title: str
    own_reference: str
    owner: Person | None


class Source(Schema):
    """Where a limit comes from: a rule of which version, or a person's entry."""

    rule: str
    version: str
    by_hand: bool
    confidence: Worded
    provisional: bool = described("It rests on something not settled; see `calculation.notes`")


class OtherDate(Schema):
    kind: Worded
    day: date
    why: str
    by: str


class Confirmed(Schema):
    by: str
    at: datetime


class LimitShown(Schema):
    """One duty or chance with its last day. A hidden one has its dates left out (the firm checks blind)."""

    id: int
    case: LimitCase
    title: str
    duty: Literal["limit", "chance"]
    due: date | None = described("The last day; null: not known, or hidden")
    due_known: bool
    hidden: bool
    state: Worded
    base_date: date | None
    other_dates: list[OtherDate]
    stands_until: date | None = described("The last day on which anything can still be done")
    stands_without_end: bool
    passed_on_adding: bool
    claim_until: date | None
    confirmed: Confirmed | None = described("The second person who checked the date")
    source: Source
    document: int | None
    case_confirmed_at: datetime | None
    url: str
    page: str


class Rung(Schema):
    kind: Worded
    due: date | None
    condition: str
    article: str
    requested: bool
    state: Worded


class Calculation(Schema):
    period: str
    period_source: str
    residency: str
    raw_end: date
    due: date
    rolled: bool
    steps: list[str]
    ladder: list[Rung]
    notes: list[str]


class OwnDateShown(Schema):
    kind: Worded
    day: date | None = described("null: taken back")
    note: str
    by: str
    at: datetime


class Change(Schema):
    at: datetime
    by: str | None
    field: str
    old: str
    new: str
    reason: str


class LimitWhole(LimitShown):
    calculation: Calculation | None
    own_dates: list[OwnDateShown]
    changes: list[Change]
    state_reason: str
    state_by: str | None
    state_at: datetime
    proof: int | None = described("The document that shows that it was met")
    instructions: list[Instruction] = described("Standing instructions that concern it")
    may: list[str] = described("What the token's owner can do with it now")


class LimitPage(Schema):
    items: list[LimitShown]
    next: str | None


class LimitEntry(Given):
    """A time limit that no rule gives."""

    title: Line = Field(min_length=1, max_length=200)
    due: Day
    reason: Text = Field(min_length=1, max_length=300, description="Where the date comes from")
    document: int | None = Field(None, ge=1, lt=2**63, description="The document it follows from")


class OwnDateEntry(Given):
    kind: Literal["internal", "target", "instruction"]
    day: Day | None = Field(description="null takes it back")
    note: Line = Field("", max_length=300)


class Decision(Given):
    reason: Line = Field("", max_length=300)
    instructions_read: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(
        default_factory=list, max_length=100, description="The standing instructions that were read"
    )


class DoneClaim(Decision):
    document: Line = Field("", max_length=100, description="Number or name of what was filed")


class Reopening(Given):
    reason: Line = Field(min_length=1, max_length=300)


# --- events -----------------------------------------------------------------------------------------------


class Happened(Schema):
    id: int
    kind: Worded
    case: CaseRef
    document: int | None
    limit: int | None
    found_on_adding: bool = described("It was there when the case was added: no news to those who knew it")
    detail: dict[str, Any]
    at: datetime


class Happenings(Schema):
    items: list[Happened]
    next: str = described("Send it as `after` the next time: nothing is told twice, nothing left out")
    more: bool = described("There is more now: ask again at once")


# --- lists ------------------------------------------------------------------------------------------------


class ListShown(Schema):
    id: uuid.UUID
    name: str
    owner: Person
    shared: bool
    cases: int
    followed: bool = described("The token's owner is told of what happens on its cases")
    created_at: datetime
    url: str


class ListPage(Schema):
    items: list[ListShown]
    next: str | None


class ListEntry(Given):
    name: Line = Field(min_length=1, max_length=80)
    shared: bool = True
    follow: bool = Field(True, description="Be told of what happens on its cases")


class ListedCase(CaseRef):
    title: str
    own_reference: str
    added_at: datetime
    added_by: str | None


class ListedPage(Schema):
    items: list[ListedCase]
    next: str | None


# --- following --------------------------------------------------------------------------------------------

EventKindCode = Literal[
    "office_action",
    "decision",
    "limit_due",
    "limit_overdue",
    "not_checked",
    "status",
    "register",
    "family",
    "difference",
]
RhythmCode = Literal["at_once", "daily", "weekly", "never"]


class Rhythms(Schema):
    """How soon a person is told by mail of each kind of event; the inbox has everything."""

    rhythms: dict[EventKindCode, RhythmCode]


class RhythmsChange(Given):
    """What is to be changed; kinds that are left out stay as they are."""

    rhythms: dict[EventKindCode, RhythmCode | None] = described("null: nothing of its own")


class ListRef(Schema):
    id: uuid.UUID
    name: str
    url: str


class FollowShown(Schema):
    """A list or a case, one of them, of which the token's owner is told."""

    id: int
    watchlist: ListRef | None
    case: CaseRef | None
    team: str | None = described("The team whose follow it is; null: the owner's own")
    rhythms: dict[EventKindCode, RhythmCode] = described(
        "What the owner chose for it alone; other kinds are as the team has chosen, else as for everything"
    )
    since: datetime
    url: str


class FollowPage(Schema):
    items: list[FollowShown]
    next: str | None


# --- imports ----------------------------------------------------------------------------------------------


class ImportRow(Given):
    """A case to add, and what the firm says of it. What cannot be used is remarked in the report."""

    number: Line = Field(min_length=1, max_length=200, description="In any usual style")
    law: Literal["", "patent", "design", "trademark"] = ""
    own_reference: Line = Field("", max_length=60)
    client: Line = Field("", max_length=120)
    owner: Line = Field("", max_length=150, description="A user name, name or address")
    deputy: Line = Field("", max_length=150, description="A user name, name or address")
    tags: list[Line] = Field([], max_length=30)
    note: Text = Field("", max_length=5000)
    title: Line = Field("", max_length=1000, description="As you have it: compared with the office's")
    applicant: Line = Field("", max_length=500, description="As you have it: compared with the office's")


class ImportEntry(Given):
    rows: list[ImportRow] = Field(min_length=1, max_length=10_000)
    law: LawCode | None = Field(None, description="Of numbers that do not say theirs")
    watchlist: uuid.UUID | None = Field(
        None, description="The list the cases are put on; by itself the owner's first list"
    )
    save: bool = Field(
        False,
        description="Add at once what can be added. Without it the office is asked first, and title and "
        "applicant of each line can be compared before `save`: the guard against the wrong case. For at most "
        "500 rows.",
    )
    update_known: bool = Field(
        False, description="With `save`: cases that are there already take what the rows say of them"
    )


class ImportShown(Schema):
    id: uuid.UUID
    state: Worded
    working: bool = described("Its rows are still being read or added")
    lines: int
    waiting: int = described("Lines about which the office is still to be asked")
    counts: dict[str, int] = described("Lines by state")
    watchlist: uuid.UUID | None
    created_at: datetime
    saved_at: datetime | None
    url: str
    page: str


class ImportPage(Schema):
    items: list[ImportShown]
    next: str | None


class ImportLine(Schema):
    position: int
    text: str
    state: Worded
    what_to_do: str
    remarks: list[str] = described("What of the row could not be used, or differs from the office's data")
    law: str
    number: str
    own_reference: str
    title: str = described("As the office says; compare it before saving")
    applicants: str
    case: CaseRef | None
    checked_at: datetime | None


class ImportLines(Schema):
    items: list[ImportLine]
    next: str | None


# --- about the caller -------------------------------------------------------------------------------------


class TokenShown(Schema):
    name: str
    owner: Person
    scopes: list[str]
    reach: Worded
    watchlist: uuid.UUID | None
    expires_at: datetime | None
    calls_a_minute: int


class People(Schema):
    items: list[Person]
