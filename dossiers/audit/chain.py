"""The audit trail as a chain: each row is sealed with the seal of the row before it.

Nobody who writes a row waits for another: rows are sealed shortly after, one after the other under one lock,
in the order in which they became visible. Who alters, removes, inserts or moves a sealed row makes `verify`
name it; who also makes all later seals anew is noticed by a seal kept elsewhere (`Anchor`): in a digest, in
an export, on paper. Order is the position and never the time, so that a clock set back changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from dossiers.models import AuditChain, AuditEntry
from dossiers.models.audit import salt

GENESIS = "0" * 64
ERASED, REDACTED = "person.erase", "person.redact"
_AT_ONCE = 1000
_FIELDS = (
    *("pk", "position", "seal", "at", "actor_id", "action", "case_id", "way", "via", "address"),
    *("address_salt", "address_hash", "detail", "detail_salt", "detail_hash", "redacted_by_id"),
)


@dataclass(frozen=True)
class Anchor:
    """The seal of one position, as people keep it: "1042:9f86d0…"."""

    position: int
    seal: str

    def __str__(self) -> str:
        return f"{self.position}:{self.seal}"

    @classmethod
    def read(cls, text: str) -> Anchor:
        """ValueError for anything that is not one."""
        position, _, seal = text.strip().partition(":")
        if len(seal) != 64 or not set(seal) <= set("0123456789abcdef"):
            raise ValueError(text)
        return cls(int(position), seal)


@dataclass(frozen=True)
class Fault:
    """The first row that is not as it was sealed. `code`: "altered", "removed", "inserted", "cut", "rebuilt",
    "erased" (an address or a name went without an act on record) or "redacted" (what remained was altered).

    `pk` is the row's key, None where there is no row.
    """

    code: str
    position: int
    pk: int | None = None


@dataclass(frozen=True)
class Verdict:
    """`last` is the newest seal; `rows` have been read; `waiting` are not sealed yet."""

    fault: Fault | None
    last: Anchor
    rows: int
    waiting: int
    redacted: int


# --- what is hashed -----------------------------------------------------------------------------------------


def _json(value: Any) -> bytes:
    """The same bytes for the same value, whichever database it was in."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    """PostgreSQL writes 1e3 as 1000, SQLite as it came."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def commitment(key: str, value: Any) -> str:
    """A salted hash: it proves the value while the salt is kept, and tells nothing without it."""
    return hashlib.sha256(_json([key, value])).hexdigest()


def _seal(before: str, row: AuditEntry) -> str:
    told = [row.position, row.pk, row.at.astimezone(UTC).isoformat(timespec="microseconds"), row.actor_id]
    told += [row.action, row.case_id, row.way, row.via, row.address_hash, row.detail_hash]
    return hashlib.sha256(before.encode() + b"\n" + _json(told)).hexdigest()


# --- sealing ------------------------------------------------------------------------------------------------


def put_in_order(*, budget_seconds: float = float("inf")) -> int:
    """Seal what is not sealed yet; how many rows. Stops between two lots when its time is up.

    Whoever seals holds the chain's row to the end of the transaction, so that two never give one position; a
    lot that is not committed is sealed by the next who comes.
    """
    end, done = time.monotonic() + budget_seconds, 0
    while AuditEntry.objects.filter(position=None).exists():
        with transaction.atomic():
            done += _seal_some()
        if time.monotonic() >= end:
            break
    return done


def _seal_some() -> int:
    AuditChain.objects.get_or_create(pk=1, defaults={"seal": GENESIS})
    chain = AuditChain.objects.select_for_update().get(pk=1)
    rows = list(AuditEntry.objects.filter(position=None).order_by("pk")[:_AT_ONCE])
    for row in rows:
        chain.last += 1
        row.position = chain.last
        row.detail_salt = row.detail_salt or salt()  # a row from before there were salts has none
        row.address_hash = commitment(row.address_salt, row.address) if row.address else ""
        row.detail_hash = commitment(row.detail_salt, row.detail)
        row.seal = chain.seal = _seal(chain.seal, row)
    _write(rows)
    chain.save(update_fields=["last", "seal"])
    return len(rows)


def _write(rows: Sequence[AuditEntry]) -> None:
    """One statement for each row, sent together: faster than one with a branch for each."""
    if not rows:
        return
    columns = ("position", "seal", "address_hash", "detail_hash", "detail_salt")
    put = ", ".join(f"{name} = %s" for name in columns)
    values = [[*(getattr(row, name) for name in columns), row.pk] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE dossiers_auditentry SET {put} WHERE id = %s", values)  # noqa: S608


def newest() -> Anchor:
    """The last seal given; position 0 while there is none."""
    chain = AuditChain.objects.filter(pk=1).first()
    return Anchor(chain.last, chain.seal) if chain else Anchor(0, GENESIS)


# --- verifying ----------------------------------------------------------------------------------------------


def verify(anchors: Iterable[Anchor] = ()) -> Verdict:
    """Read the whole chain, in memory that does not grow with it; the first fault there is.

    `anchors` are seals kept elsewhere, each of which must still stand at its place.
    """
    last = newest()
    reading = _Reading({one.position: one.seal for one in anchors})
    fault = None
    for row in _rows(last.position):
        if fault := reading.fault_of(row):
            break
    fault = fault or reading.fault_of_end(last) or reading.fault_of_what_was_erased()
    waiting = AuditEntry.objects.filter(position=None).count()
    return Verdict(fault, last, reading.rows, waiting, reading.redacted)


def _rows(upto: int) -> Iterator[AuditEntry]:
    rows = AuditEntry.objects.filter(position__lte=upto).order_by("position").only(*_FIELDS)
    return rows.iterator(_AT_ONCE)


class _Reading:
    """What is carried from row to row."""

    def __init__(self, anchors: dict[int, str]) -> None:
        self.anchors = anchors
        self.rows = self.redacted = self.at = 0
        self.seal = GENESIS
        self.erased: set[int] = set()  # people erased by an act on record
        self.without_address: dict[int, tuple[int, int]] = {}  # actor -> the first such row

    def fault_of(self, row: AuditEntry) -> Fault | None:
        position = row.position or 0
        if position != self.at + 1:
            return Fault("removed" if position > self.at else "inserted", self.at + 1, row.pk)
        self.at, self.rows = position, self.rows + 1
        self.seal = _seal(self.seal, row)
        if row.seal != self.seal or not self._holds(row):
            return Fault("altered", position, row.pk)
        if self.anchors.get(position, row.seal) != row.seal:
            return Fault("rebuilt", position, row.pk)
        if row.action == ERASED and isinstance(row.detail, dict):
            self.erased.add(row.detail.get("user"))
        return None

    def _holds(self, row: AuditEntry) -> bool:
        """Whether detail and address are those that were sealed; what was erased is looked at afterwards."""
        if row.redacted_by_id is None and commitment(row.detail_salt, row.detail) != row.detail_hash:
            return False
        self.redacted += row.redacted_by_id is not None
        if row.address:
            return commitment(row.address_salt, row.address) == row.address_hash
        if row.address_hash and row.redacted_by_id is None:
            self.without_address.setdefault(row.actor_id or 0, (row.position or 0, row.pk))
        return True

    def fault_of_end(self, last: Anchor) -> Fault | None:
        if self.at < last.position or self.seal != last.seal:
            return Fault("cut", self.at + 1)
        for position, seal in sorted(self.anchors.items()):
            if position > last.position or (position == 0 and seal != GENESIS):
                return Fault("cut", position)
        chain = newest().position
        beyond = (
            AuditEntry.objects.filter(position__gt=max(chain, last.position)).order_by("position").first()
        )
        return Fault("inserted", beyond.position or 0, beyond.pk) if beyond else None

    def fault_of_what_was_erased(self) -> Fault | None:
        for actor, (position, pk) in sorted(self.without_address.items(), key=lambda one: one[1]):
            if actor not in self.erased:
                return Fault("erased", position, pk)
        return _fault_of_redacted(self.redacted) if self.redacted else None


def _fault_of_redacted(expected: int) -> Fault | None:
    """What remains of redacted rows must be what the act that redacted them says, sealed as it is."""
    seen = 0
    acts = AuditEntry.objects.filter(action=REDACTED, position__isnull=False)
    for act in acts.order_by("position").iterator(_AT_ONCE):
        said = dict(act.detail.get("rows", [])) if isinstance(act.detail, dict) else {}
        for row in AuditEntry.objects.filter(redacted_by=act).order_by("position"):
            seen += 1
            if said.get(row.position) != commitment(row.detail_salt, row.detail):
                return Fault("redacted", row.position or 0, row.pk)
    if seen == expected:
        return None
    named = Q(redacted_by__action=REDACTED, redacted_by__position__isnull=False)
    odd = AuditEntry.objects.exclude(redacted_by=None).exclude(named).order_by("position").first()
    return Fault("erased", (odd.position if odd else 0) or 0, odd.pk if odd else None)
