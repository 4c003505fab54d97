"""A docket of any size, invented whole; the same for the same seed and day.

A few hundred cases are taken in as the office's answers would be (`lives`). The others are copies of them,
made by the database row by row, under numbers of their own: every limit, account and citation is one that the
rules computed. Copies of a case share its days, titles and texts.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max, Min

from dossiers import clock
from dossiers.models import (
    Alert,
    Case,
    CaseFamily,
    Citation,
    CitedDocument,
    Difference,
    Document,
    Event,
    FamilyMember,
    Follow,
    ForeignDocument,
    Insider,
    News,
    Paper,
    Register,
    ReviewTask,
    SearchText,
    Snapshot,
    Tag,
    TimeLimit,
    TimeLimitChange,
    User,
    Wall,
    Watchlist,
    WatchlistEntry,
)
from dossiers.refresh import search_index

from .lives import lives, take_in_life

PROTOTYPES = 400
MARK = "SEED-"  # how the own reference of every invented case begins
_FEWEST, _MOST, _CASES_EACH = 12, 200, 250  # people, and how many cases each is in charge of
_CLIENTS = 40
_WALLED = 7  # of the clients, the one whose cases are behind a wall
_DIFFERS_EACH, _TAGGED_EACH, _UNCONFIRMED_EACH = 25, 6, 7  # one case, or limit, in so many
_TAGS = ("要検討", "共同出願", "海外展開", "年金管理外")
_TEAMS = ("架空第一部", "架空第二部", "架空第三部")

# Rows that belong to a case, each after those it refers to. The first bear the numbers of their case.
_Rows = type[models.Model]
_NUMBERED: tuple[_Rows, ...] = (Case, Register, Snapshot, Paper, SearchText)
_COPIED: tuple[_Rows, ...] = (
    *_NUMBERED,
    Event,
    Document,
    Citation,
    CaseFamily,
    FamilyMember,
    ForeignDocument,
    CitedDocument,
    TimeLimit,
    TimeLimitChange,
    ReviewTask,
    News,
    Alert,
    Difference,
    WatchlistEntry,
    Tag.cases.through,
)


class NotEmpty(Exception):
    """There are cases that were not invented here."""


@dataclass(frozen=True)
class Grown:
    """How many rows a docket has."""

    cases: int
    documents: int


def people_for(size: int) -> int:
    """How many people a firm of `size` cases has."""
    return min(_MOST, max(_FEWEST, size // _CASES_EACH))


def grow(
    size: int, *, seed: int = 1, people: int = 0, told: Callable[[int], None] = lambda _cases: None
) -> Grown:
    """Add invented cases until there are `size`; `told` hears how many there are from time to time.

    `people` are made with the first cases, as many as `size` needs where it is 0; copies keep them.
    NotEmpty where others than invented ones are in the docket: these are people's.
    """
    if Case.objects.exclude(own_reference__startswith=MARK).exists():
        raise NotEmpty
    have = Case.objects.count()
    if have < min(size, PROTOTYPES):
        _first_cases(have, min(size, PROTOTYPES), seed, people or people_for(size))
    while (have := Case.objects.count()) < size:
        told(have)
        _copy(min(PROTOTYPES - have % PROTOTYPES, size - have), have)
    _analyze()
    return Grown(have, Document.objects.count())


def _analyze() -> None:
    """Let the database know its tables, as it learns by itself within minutes of a day's work.

    Only vacuumed tables are counted by their indexes alone (PostgreSQL).
    """
    whole = connection.vendor == "postgresql" and not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)" if whole else "ANALYZE")


# --- the first cases --------------------------------------------------------------------------------------


def _first_cases(have: int, size: int, seed: int, people: int) -> None:
    now = clock.now()
    staff = _staff(people)
    lists, tags, wall = _lists(staff), [_tag(name) for name in _TAGS], _wall(staff)
    office, born = lives(size, seed, now)
    for n in range(have, size):
        with transaction.atomic():
            entered = _entered(n, staff, now)
            if entered["client"] == _client(_WALLED):
                entered["wall"] = wall
                entered["owner"] = entered["owner"] and staff[0]
            case = take_in_life(office, born[n], now, **entered)
            _beside(case, n, lists[case.client], tags, now)


def _entered(n: int, staff: list[User], now: datetime) -> dict[str, Any]:
    """What people said of the case when they added it."""
    chance = Random(n)  # noqa: S311 (no secret)
    return {
        "own_reference": f"{MARK}{n + 1:06d}",
        "client": _client(chance.randrange(1, _CLIENTS + 1)),
        "owner": staff[n % len(staff)] if chance.random() < 0.9 else None,
        "residency": chance.choice(("resident", "resident", "resident", "overseas", "unknown")),
        "added_at": now - timedelta(days=chance.randrange(60, 900)),
    }


def _beside(case: Case, n: int, kept_on: Watchlist, tags: list[Tag], now: datetime) -> None:
    """What people and mails have left: a list, a tag, a difference, dates confirmed, messages sent."""
    WatchlistEntry.objects.create(watchlist=kept_on, case=case, added_by=case.owner)
    if n % _TAGGED_EACH == 0:
        tags[n // _TAGGED_EACH % len(tags)].cases.add(case)
    if n % _DIFFERS_EACH == 0:
        Difference.objects.create(case=case, field="title", own="別の名称", office=case.title)
    if case.owner is None:
        return
    for limit in case.limits.exclude(due=None):
        if limit.pk % _UNCONFIRMED_EACH:
            limit.confirmed_by, limit.confirmed_at = case.owner, now
            limit.save(update_fields=["confirmed_by", "confirmed_at"])
    Alert.objects.bulk_create(
        Alert(
            news=news,
            user=case.owner,
            watchlist=kept_on,
            state=Alert.State.SENT,
            sent_at=now,
            message_id=f"<invented-{news.pk}@docket.example>",
        )
        for news in case.news.all()
    )


def _staff(people: int) -> list[User]:
    """People who cannot sign in until they are given a password."""
    found = []
    for n in range(1, people + 1):
        person, made = User.objects.get_or_create(
            username=f"seed-{n:03d}",
            defaults={
                "email": f"seed-{n:03d}@firm.example",
                "display_name": f"見本 {n:03d}",
                "language": "en" if n % 4 == 0 else "ja",
                "mail_on": False,
                "digest_on": False,
            },
        )
        if made:
            person.set_unusable_password()
            person.save(update_fields=["password"])
            person.groups.add(Group.objects.get_or_create(name=_TEAMS[n % len(_TEAMS)])[0])
        found.append(person)
    return found


def _client(n: int) -> str:
    return f"架空産業{n}株式会社"


def _lists(staff: list[User]) -> dict[str, Watchlist]:
    """A list of each client's cases. Somebody follows each, and each person at least one."""
    made = {}
    for n in range(1, _CLIENTS + 1):
        first = (n - 1) % len(staff)
        name = _client(n)
        made[name], _ = Watchlist.objects.get_or_create(
            name=name, owner=staff[first], defaults={"shared": True}
        )
        for person in (staff[first], *staff[n - 1 :: _CLIENTS]):
            Follow.objects.get_or_create(watchlist=made[name], user=person)
    return made


def _wall(staff: list[User]) -> Wall:
    """One client's cases are for a few eyes alone."""
    wall, made = Wall.objects.get_or_create(name=_client(_WALLED), defaults={"made_by": staff[0]})
    if made:
        inside = dict.fromkeys((staff[0], staff[(_WALLED - 1) % len(staff)]))
        Insider.objects.bulk_create(Insider(wall=wall, user=person) for person in inside)
    return wall


def _tag(name: str) -> Tag:
    return Tag.objects.get_or_create(folded=name, defaults={"name": name})[0]


# --- copies -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Round:
    """Which cases are copied, and by how much the keys of the copies are greater, for each table."""

    first: int
    last: int
    shift: dict[_Rows, int]


_Pairs = dict[int, tuple[Case, Case]]  # by the key of an original: it and its copy
_WIDE = {ord(narrow): wide for narrow, wide in zip("0123456789-", "０１２３４５６７８９－", strict=True)}


@transaction.atomic
def _copy(cases: int, have: int) -> None:
    """Copy `cases` of the first cases, of `have` in all, and go on with those this turn has not copied."""
    start = have % PROTOTYPES
    originals = list(Case.objects.order_by("pk")[start : start + cases])
    one = _Round(originals[0].pk, originals[-1].pk, {})
    for table in _COPIED:
        of_first = _of(table, one).aggregate(low=Min("pk"))["low"]
        greatest = table._default_manager.aggregate(top=Max("pk"))["top"] or 0
        one.shift[table] = greatest + 1 - of_first if of_first else 0
    made = _cases(originals, one, have)
    pairs = {original.pk: (original, copy) for original, copy in zip(originals, made, strict=True)}
    _registers(made, one)
    _snapshots(pairs, one)
    _papers(pairs, one)
    for table in _COPIED[len(_NUMBERED) :]:
        _by_the_database(table, one)
    _search_texts(pairs, one)
    _go_on_counting()


def _of(table: _Rows, one: _Round) -> models.QuerySet[Any]:
    """The rows of the cases that are copied."""
    return table._default_manager.filter(**{f"{_path(table)}pk__range": (one.first, one.last)}).order_by("pk")


def _path(table: _Rows) -> str:
    """From a row to its case."""
    if table is Case:
        return ""
    to = {field.name: field.related_model for field in table._meta.concrete_fields if field.is_relation}
    if to.get("case") is Case:
        return "case__"
    return next(f"{name}__{_path(other)}" for name, other in to.items() if other in _COPIED)


def _values(row: models.Model, one: _Round) -> dict[str, Any]:
    """The fields of a copy, referring to copies."""
    values = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        table = type(row) if field.primary_key else field.related_model
        values[field.attname] = value + one.shift.get(table, 0) if table and value is not None else value
    return values


def _cases(originals: list[Case], one: _Round, have: int) -> list[Case]:
    now = clock.now()
    turn = have // PROTOTYPES
    made = []
    for n, original in enumerate(originals):
        serial = int(original.application_number[4:]) + turn * PROTOTYPES
        case = Case(**_values(original, one))
        case.application_number = f"{original.application_number[:4]}{serial:06d}"
        case.own_reference = f"{MARK}{have + n + 1:06d}"
        if original.registration_number:
            case.registration_number = _registration_number(original.registration_number, turn)
        if original.confirmed_at:
            case.confirmed_at = case.asked_at = now - timedelta(hours=(have + n) % 60)
        made.append(case)
    return Case.objects.bulk_create(made, batch_size=500)


def _registration_number(original: str, turn: int) -> str:
    """Seven digits, another for each turn."""
    return f"{(int(original) + turn * 7_001) % 10_000_000:07d}" if original.isdigit() else original


def _registers(made: list[Case], one: _Round) -> None:
    numbers = {case.pk: case.registration_number for case in made}
    copies = [Register(**_values(row, one)) for row in _of(Register, one)]
    for copy in copies:
        copy.registration_number = numbers[copy.case_id]
    Register.objects.bulk_create(copies, batch_size=500)


def _snapshots(pairs: _Pairs, one: _Round) -> None:
    """The replies, with the copies' numbers in them."""
    copies = []
    for row in _of(Snapshot, one):
        body = _renamed(_unpacked(bytes(row.body)), *pairs[row.case_id])
        copy = Snapshot(**_values(row, one))
        copy.body, copy.sha256 = zlib.compress(body, 1), hashlib.sha256(body).hexdigest()
        copies.append(copy)
    Snapshot.objects.bulk_create(copies, batch_size=500)


def _papers(pairs: _Pairs, one: _Round) -> None:
    """The documents and what was read in them, with the copies' numbers in them."""
    copies = []
    for row in _of(Paper, one):
        original, renamed = pairs[row.case_id]
        copy = Paper(**_values(row, one))
        copy.body = zlib.compress(_renamed(_unpacked(bytes(row.body)), original, renamed, "cp932"), 1)
        read = json.dumps(row.notice, ensure_ascii=False).encode()
        copy.notice = json.loads(_renamed(read, original, renamed))
        copies.append(copy)
    Paper.objects.bulk_create(copies, batch_size=500)


def _renamed(body: bytes, original: Case, copy: Case, encoding: str = "utf-8") -> bytes:
    """What the office said of the original, said of the copy: as digits, and as papers write numbers."""
    for name in ("application_number", "registration_number"):
        old, new = getattr(original, name), getattr(copy, name)
        if old:
            body = body.replace(old.encode(), new.encode())
    old, new = _spoken(original), _spoken(copy)
    return body.replace(old.encode(encoding), new.encode(encoding))


def _spoken(case: Case) -> str:
    """２０２６－９０００１２"""
    return f"{case.application_number[:4]}-{case.application_number[4:]}".translate(_WIDE)


@cache
def _unpacked(packed: bytes) -> bytes:
    return zlib.decompress(packed)


def _by_the_database(table: _Rows, one: _Round) -> None:
    """Copy a table's rows by one statement."""
    quote = connection.ops.quote_name
    fields = [(field, quote(field.column)) for field in table._meta.concrete_fields]
    names = [name for _field, name in fields]
    values = [_copied(table, field, name, one) for field, name in fields]
    rows, parameters = _of(table, one).order_by().values("pk").query.sql_with_params()
    into = quote(table._meta.db_table)
    sql = (
        f"INSERT INTO {into} ({', '.join(names)}) SELECT {', '.join(values)} FROM {into}"  # noqa: S608
        f" WHERE {quote('id')} IN ({rows}) ORDER BY {quote('id')}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _copied(table: _Rows, field: Any, name: str, one: _Round) -> str:
    """What a column of the copy is: keys are moved; what may be there but once is left open."""
    to = table if field.primary_key else field.related_model
    if to in one.shift:
        return f"{name} + {one.shift[to]}"
    return "NULL" if field.unique and field.null and not field.is_relation else name


def _search_texts(pairs: _Pairs, one: _Round) -> None:
    """Cases and their documents are found by their own numbers.

    PostgreSQL's index over a document is copied: of the number in it, it knows the original's neighbours.
    """
    kept = _of(SearchText, one).exclude(paper=None)
    copies = []
    for row in kept:
        original, renamed = pairs[row.case_id]
        copy = SearchText(**_values(row, one))
        copy.text = row.text.replace(original.application_number, renamed.application_number)
        copies.append(copy)
    SearchText.objects.bulk_create(copies, batch_size=500)
    if connection.vendor == "sqlite":
        search_index.index(connection, [(copy.pk, copy.text) for copy in copies])
    else:
        _copy_grams(one)
    _go_on_counting(SearchText)
    search_index.write_cases([copy for _original, copy in pairs.values()])


def _copy_grams(one: _Round) -> None:
    shift = one.shift[SearchText]
    rows, parameters = (
        _of(SearchText, one).exclude(paper=None).order_by().values("pk").query.sql_with_params()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_searchtext AS copy SET grams = original.grams"  # noqa: S608
            " FROM dossiers_searchtext AS original"
            f" WHERE copy.id = original.id + %s AND original.id IN ({rows})",
            [shift, *parameters],
        )


def _go_on_counting(*tables: _Rows) -> None:
    """Let the database's own keys follow those given here."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(tables or _COPIED)):
            cursor.execute(sql)
