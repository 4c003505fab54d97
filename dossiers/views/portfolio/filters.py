"""What the list of cases is narrowed to, and the cases that fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Case as Case_
from django.db.models import F, Q, QuerySet, When

from apiclient import numbers
from dossiers import clock, reach
from dossiers.docketing.stage import STAGES
from dossiers.models import Case, Law, Tag, User
from dossiers.refresh import search_index
from dossiers.refresh.search import alike, words_of

from .. import selectors

LONGEST_QUERY, MOST_WORDS = 200, 8
DUE = ("overdue", "7", "30", "90", "later", "none")
FRESHNESS = ("stale", "fresh")
_NAMES = {"query": "q"}  # of fields in addresses, where they are called otherwise


@dataclass(frozen=True)
class CaseFilter:
    """What the list of cases is narrowed to; unknown values narrow nothing."""

    query: str = ""
    law: str = ""
    stage: str = ""
    freshness: str = ""  # stale, fresh
    owner: str = ""  # mine, team, none, or a person's key
    deputy: str = ""  # none, or a person's key
    client: str = ""
    tag: str = ""  # its key
    due: str = ""  # of the next time limit: overdue, 7, 30, 90, later, none
    unread: str = ""  # 1
    order: str = ""  # one of `ORDERS`

    @classmethod
    def of(cls, given: Mapping[str, str]) -> CaseFilter:
        """The filter that an address, a form or a saved list holds."""

        def one(name: str, allowed: Iterable[str]) -> str:
            return given.get(name, "") if given.get(name) in allowed else ""

        return cls(
            query=_plain(given.get("q", "")),
            law=one("law", Law.values),
            stage=_plain(given.get("stage", "")),
            freshness=one("freshness", FRESHNESS),
            owner=given.get("owner", "") if _is_owner(given.get("owner", "")) else "",
            deputy=given.get("deputy", "") if _is_deputy(given.get("deputy", "")) else "",
            client=_plain(given.get("client", "")),
            tag=given.get("tag", "") if _is_key(given.get("tag", "")) else "",
            due=one("due", DUE),
            unread=one("unread", ("1",)),
            order=one("order", ORDERS),
        )

    def as_query(self) -> dict[str, str]:
        """What an address needs to say to ask for this again."""
        return {_NAMES.get(name, name): value for name, value in asdict(self).items() if value}


def _plain(text: str) -> str:
    """Typed text without characters that nobody types; some databases refuse them."""
    spaced = (" " if character.isspace() else character for character in text)  # full-width spaces, too
    return "".join(character for character in spaced if character.isprintable()).strip()[:LONGEST_QUERY]


def _is_owner(text: str) -> bool:
    return text in ("mine", "team", "none") or _is_key(text)


def _is_deputy(text: str) -> bool:
    return text == "none" or _is_key(text)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


_BY_NUMBER = ("-application_number", "law")
_STAGE = Case_(*(When(stage=one, then=place) for place, one in enumerate(STAGES)), default=len(STAGES))


def _both_ways(name: str, field: str) -> dict[str, tuple[Any, ...]]:
    """The order of a field and, with "-", the same turned round; what is not known comes last in both."""
    return {
        name: (F(field).asc(nulls_last=True), "pk"),
        f"-{name}": (F(field).desc(nulls_last=True), "-pk"),
    }


def _written_first(name: str, field: str) -> dict[str, tuple[Any, ...]]:
    """The same of a text, with empty ones last."""
    empty = Case_(When(**{field: ""}, then=1), default=0)
    return {name: (empty, field, "pk"), f"-{name}": (empty, f"-{field}", "-pk")}


# A list is ordered by keys alone, so that any order is quick. Cases never confirmed are the oldest news.
ORDERS: dict[str, tuple[Any, ...]] = {
    **_both_ways("due", "next_due"),
    "confirmed": (F("confirmed_at").asc(nulls_first=True), "pk"),
    "-confirmed": (F("confirmed_at").desc(nulls_last=True), "-pk"),
    **_written_first("own", "own_reference"),
    "number": ("application_number", "law"),
    **_written_first("title", "title"),
    **_written_first("client", "client"),
    "stage": (_STAGE.asc(), "pk"),
    "-stage": (_STAGE.desc(), "-pk"),
    **_both_ways("owner", "owner__display_name"),
    **_both_ways("deputy", "deputy__display_name"),
    **_both_ways("filing", "filing_date"),
    **_both_ways("expires", "expire_date"),
    **_both_ways("added", "added_at"),
}


def found(user: User, wanted: CaseFilter) -> QuerySet[Case]:
    """The cases that fit, in the order asked for."""
    rows = narrowed(user, wanted)
    rows = rows.filter(due_within(wanted.due, clock.office_today()), _owned(user, wanted.owner))
    if wanted.law:
        rows = rows.filter(law=wanted.law)
    if wanted.stage:
        rows = rows.filter(stage=wanted.stage)
    if wanted.freshness == "stale":
        rows = rows.filter(selectors.is_stale())
    elif wanted.freshness == "fresh":
        rows = rows.exclude(selectors.is_stale())
    return rows.order_by(*ORDERS.get(wanted.order, _BY_NUMBER))


def narrowed(user: User, wanted: CaseFilter) -> QuerySet[Case]:
    """The cases within reach that fit what is asked of other tables, the deputy and the client."""
    rows = reach.cases(user).filter(_search(wanted.query))
    if wanted.deputy:
        rows = rows.filter(deputy=None if wanted.deputy == "none" else int(wanted.deputy))
    if wanted.client:
        rows = rows.filter(client=wanted.client)
    if wanted.tag:
        rows = rows.filter(pk__in=Tag.cases.through.objects.filter(tag=int(wanted.tag)).values("case"))
    if wanted.unread:
        rows = rows.filter(pk__in=selectors.unread_events(user).order_by().values("case"))
    return rows


def due_within(wanted: str, today: date) -> Q:
    """Cases whose next time limit falls into one of `DUE`."""
    if wanted == "overdue":
        return Q(next_due__lt=today)
    if wanted == "none":
        return Q(next_due=None)
    if wanted == "later":
        return Q(next_due__gt=today + timedelta(90))
    return Q(next_due__gte=today, next_due__lte=today + timedelta(int(wanted))) if wanted else Q()


def _owned(user: User, owner: str) -> Q:
    if owner in ("mine", "team"):
        return selectors.whose(user, owner)
    if owner == "none":
        return Q(owner=None) | Q(owner__in=selectors.gone())
    return Q(owner_id=int(owner)) if owner else Q()


def _search(query: str) -> Q:
    """Every word of the query somewhere in the case or its documents, or the number that it writes."""
    if not query:
        return Q()
    found = _by_number(query)
    if words := words_of(query, MOST_WORDS):
        found |= reduce(and_, map(search_index.fits, words))
    return found


_NUMBER_FIELDS = {
    "application": "application_number",
    "publication": "publication_number",
    "national_publication": "publication_number",
    "registration": "registration_number",
    "pct_application": "international_application_number",
}


def _by_number(query: str) -> Q:
    """Cases of the number that the query is; of a document's or a member's abroad, those that speak of it."""
    found = Q(pk__in=())
    written: dict[str, None] = {}
    for reading in _readings(query):
        field = None if reading.refusal else _NUMBER_FIELDS.get(reading.kind)
        if field:
            one = Q(**{field: reading.canonical})
            found |= one & Q(law=reading.law) if reading.law else one
        else:
            written.update(dict.fromkeys(_as_written(reading)))
    for form in list(written)[:_MOST_WRITTEN]:
        found |= search_index.fits(form)
    return found


def _readings(query: str) -> tuple[numbers.Reading, ...]:
    """What the query may be as a number, also where it leaves the era open; or the numbers within it."""
    if seen := numbers.recognise(query).readings:
        return seen
    return tuple(reading for one in numbers.find(query) for reading in one.readings)


_MOST_WRITTEN, _LEAST = 12, 7  # forms looked for, and characters of one: fewer stand anywhere


def _as_written(reading: numbers.Reading) -> Iterator[str]:
    """The number as notices, people and the dossier write it, folded."""
    forms = [numbers.write(reading, style) for style in ("ja", "docdb")]
    if reading.kind == "pct_publication":
        forms.append(f"国際公開第{reading.canonical[2:]}")
    elif reading.office != "JP":
        forms.append(reading.canonical)  # of US.2022123456.A1 people have no ending
    for form in map(alike, filter(None, forms)):
        if len(form) >= _LEAST:
            yield form.removesuffix("号")
