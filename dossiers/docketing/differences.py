"""What the firm's own records say against what the office says of a case, field by field.

The records never feed the docket, and the office's data never overwrite them: where the two disagree, a
person takes the office's value over or keeps the difference quiet until either side changes again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from apiclient import numbers
from apiclient.numbers.model import ERAS
from dossiers import clock
from dossiers.models import Case, Difference, OwnRecord, Register, User, record

from .actions import ActionRefused

Field = OwnRecord.Field
State = Difference.State
DATES = frozenset({Field.FILING_DATE, Field.REGISTRATION_DATE, Field.EXPIRE_DATE, Field.NEXT_ANNUITY})
MOST_CHARACTERS = 1000

_ERA_FIRST_YEARS = {name: era.before for era in ERAS for name in (era.letter, era.name)}
_DATE = re.compile(
    r"(?:(?P<era>明治|大正|昭和|平成|令和|[MTSHR])(?P<of_era>元|\d{1,2})|(?P<year>\d{4}))"
    r"[年./-](?P<month>\d{1,2})[月./-](?P<day>\d{1,2})日?"
)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−ーｰ─━－﹣"), "-")
_FORMS = {"(株)": "株式会社", "(有)": "有限会社", "(合)": "合同会社"}
_BETWEEN_NAMES = re.compile(r"[、,，;；/／\n]")


class UnreadableValue(ValueError):
    """What was entered for a field cannot be its value; `code` says why: "not_a_date", "too_long"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# --- values -----------------------------------------------------------------------------------------------


def read_value(field: str, text: str) -> str:
    """The value that `text` writes: a date as ISO 8601, other fields with their spaces tidied.

    UnreadableValue if it cannot be one. An empty text takes the firm's value back.
    """
    tidy = " ".join(text.replace("\0", "").split())
    if len(tidy) > MOST_CHARACTERS:
        raise UnreadableValue("too_long")
    if not tidy or field not in DATES:
        return tidy
    day = read_date(tidy)
    if day is None:
        raise UnreadableValue("not_a_date")
    return day.isoformat()


def read_date(text: str) -> date | None:
    """2026-11-22, 2026/11/22, 2026年11月22日, 20261122, 令和8年11月22日 or R8.11.22; None if it is no day."""
    plain = "".join(unicodedata.normalize("NFKC", text).translate(_HYPHENS).split()).upper()
    found = _DATE.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found is None:
        return None
    parts = found.groupdict()
    if parts["year"]:
        year = int(parts["year"])
    else:
        year = _ERA_FIRST_YEARS[parts["era"]] + (1 if parts["of_era"] == "元" else int(parts["of_era"]))
    try:
        day = date(year, int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None
    return day if 1868 <= day.year <= 2200 else None


def same(field: str, law: str, one: str, other: str) -> bool:
    """Whether two values of a field say the same, however they are written."""
    return _key(field, law, one) == _key(field, law, other)


def _key(field: str, law: str, value: str) -> object:
    if field in DATES:
        return value
    if field == Field.REGISTRATION_NUMBER:
        return _number(law, value)
    if field == Field.APPLICANT:  # in any order
        return sorted(filter(None, map(_folded, _BETWEEN_NAMES.split(value))))
    return _folded(value)


def _folded(text: str) -> str:
    """Width, case, hyphens and spaces made alike, and the short forms of companies written out."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().translate(_HYPHENS).split())
    for short, whole in _FORMS.items():
        plain = plain.replace(short, whole)
    return plain


def _number(law: str, value: str) -> str:
    read = [
        reading.canonical
        for reading in numbers.parse(value)
        if reading.kind == "registration" and reading.law in (None, law)
    ]
    return read[0] if read else _folded(value)


def own_values(case: Case) -> dict[str, str]:
    """What the firm's records say now, by field; a value that was taken back is empty."""
    rows = OwnRecord.objects.filter(case=case).order_by("at", "pk")
    return dict(rows.values_list("field", "value"))


def office_values(case: Case) -> dict[str, str]:
    """What the office says of each field it has spoken of; "" where it says that there is none.

    A blank title, applicant or filing date is no statement; a case without registration is one.
    """
    if case.confirmed_at is None:
        return {}
    register = Register.objects.filter(case=case).first()
    said = {
        Field.REGISTRATION_NUMBER: case.registration_number
        or (register.registration_number if register else ""),
        Field.REGISTRATION_DATE: _iso(
            case.registration_date or (register.registration_date if register else None)
        ),
        Field.EXPIRE_DATE: _iso((register.expire_date if register else None) or case.expire_date),
    }
    if register:
        said[Field.NEXT_ANNUITY] = _iso(register.next_annuity_due)
    told = {
        Field.TITLE: case.title,
        Field.APPLICANT: case.applicants_text[:MOST_CHARACTERS],
        Field.FILING_DATE: _iso(case.filing_date),
    }
    return {str(field): value for field, value in (said | {f: v for f, v in told.items() if v}).items()}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


# --- comparing --------------------------------------------------------------------------------------------


def compare(case: Case, *, now: datetime) -> list[Difference]:
    """Bring the differences of `case` up to date with both sides; those that opened.

    Called after a reading and after an edit, by whoever holds the case's row.
    """
    entered = own_values(case)
    if not entered:
        return []
    said = office_values(case)
    known = {row.field: row for row in case.differences.all()}
    opened = []
    for field, own in entered.items():
        if field not in said:
            continue
        row = known.get(field)
        if not own or same(field, case.law, own, said[field]):
            if row:
                _settle(row, own, said[field], now)
        elif (differing := _differ(case, field, row, own, said[field], now)) is not None:
            opened.append(differing)
    return opened


def _settle(row: Difference, own: str, office: str, now: datetime) -> None:
    if row.state in (State.OPEN, State.IGNORED):
        row.own, row.office, row.state = own, office, State.SETTLED
        row.decided_by, row.decided_at = None, now
        row.save()


def _differ(
    case: Case, field: str, row: Difference | None, own: str, office: str, now: datetime
) -> Difference | None:
    """The difference if it opens by this; one that is ignored stays so until a value really changes."""
    if row is None:
        return Difference.objects.create(case=case, field=field, own=own, office=office, seen_at=now)
    moved = not (same(field, case.law, row.own, own) and same(field, case.law, row.office, office))
    if not moved and row.state in (State.OPEN, State.IGNORED):
        if (row.own, row.office) != (own, office):
            row.own, row.office = own, office
            row.save(update_fields=["own", "office"])
        return None
    row.own, row.office, row.state, row.seen_at = own, office, State.OPEN, now
    row.decided_by, row.decided_at, row.note = None, None, ""
    row.save()
    return row


# --- what people do ---------------------------------------------------------------------------------------


@transaction.atomic
def enter(case: Case, *, by: User, values: Mapping[str, str]) -> list[str]:
    """Write what the firm's records say; the fields whose value changed. Earlier values are kept.

    `values` are texts as typed, by field; UnreadableValue for the first that cannot be read, and then none
    is written.
    """
    read = {str(Field(field)): read_value(field, text) for field, text in values.items()}
    case = Case.objects.select_for_update().get(pk=case.pk)
    before = own_values(case)
    changed = {field: value for field, value in read.items() if before.get(field, "") != value}
    if not changed:
        return []
    now = clock.now()
    _write(case, changed, by, now)
    old = {field: before.get(field, "") for field in changed}
    record("own_record.enter", by=by, case=case, old=old, new=changed)
    compare(case, now=now)
    return sorted(changed)


def _write(case: Case, values: Mapping[str, str], by: User, now: datetime) -> None:
    OwnRecord.objects.bulk_create(
        OwnRecord(case=case, field=field, value=value, by=by, at=now) for field, value in values.items()
    )


@transaction.atomic
def accept(difference: Difference, *, by: User, seen: str) -> Difference:
    """The firm's record takes the office's value over. `seen` is the `seen_at` the person looked at."""
    row = _open(difference, seen)
    now = clock.now()
    _write(row.case, {row.field: row.office}, by, now)
    return _decide(row, State.ACCEPTED, by, "", now)


@transaction.atomic
def ignore(difference: Difference, *, by: User, seen: str, note: str = "") -> Difference:
    """Both values are known and stay as they are: quiet until either changes."""
    return _decide(_open(difference, seen), State.IGNORED, by, note.strip()[:300], clock.now())


@transaction.atomic
def undo(difference: Difference, *, by: User) -> Difference:
    """Take a decision back: the difference is open again, the firm's former value restored."""
    row = _locked(difference)
    if row.state == State.ACCEPTED:
        if own_values(row.case).get(row.field) != row.office:
            raise ActionRefused("state_does_not_allow")  # the record has been changed since
        _write(row.case, {row.field: row.own}, by, clock.now())
    elif row.state != State.IGNORED:
        raise ActionRefused("state_does_not_allow")
    was, row.state, row.note = row.state, State.OPEN, ""
    row.decided_by, row.decided_at = None, None
    row.save()
    record("difference.undo", by=by, case=row.case, field=row.field, was=was, own=row.own, office=row.office)
    compare(row.case, now=clock.now())
    return row


def _open(difference: Difference, seen: str) -> Difference:
    row = _locked(difference)
    if row.state != State.OPEN:
        raise ActionRefused("state_does_not_allow")
    if row.seen_at.isoformat() != seen:
        raise ActionRefused("difference_moved")
    return row


def _locked(difference: Difference) -> Difference:
    """The row with its case, both held: readings of the case wait."""
    case = Case.objects.select_for_update().get(pk=difference.case_id)
    row = Difference.objects.select_for_update().get(pk=difference.pk)
    row.case = case
    return row


def _decide(row: Difference, state: str, by: User, note: str, now: datetime) -> Difference:
    row.state, row.decided_by, row.decided_at, row.note = state, by, now, note
    row.save()
    action = "difference.accept" if state == State.ACCEPTED else "difference.ignore"
    record(action, by=by, case=row.case, field=row.field, own=row.own, office=row.office, note=note)
    return row
