"""The firm's own words in the mails: a subject line, and words at the opening and the closing.

They are plain text with variables in braces, each a value that was put into words already; nothing else in
them is carried out. What a mail is about stands between them and cannot be taken away: the subject has to
name the limit and the case. Words that fail when a mail is written are left out of it, and that is kept.
"""

from __future__ import annotations

import logging
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar, cast

from django.db import DatabaseError, transaction

from dossiers import clock
from dossiers.alerts.letter import LONGEST_SUBJECT, one_line
from dossiers.models import MailWording, User, record

logger = logging.getLogger(__name__)

Kind = MailWording.Kind
FIELDS = ("subject", "opening", "closing")
LONGEST = {"subject": 120, "opening": 1000, "closing": 1000}
MOST_LINES = 20

_OF_A_CASE = ("limit", "case", "act", "own_reference", "title", "client", "reader")
_OF_A_DIGEST = ("counts", "day", "reader")
_OF_DATES = ("what", "dates", "reader")
VARIABLES: dict[str, tuple[str, ...]] = {
    Kind.ALERT: _OF_A_CASE,
    Kind.ALERTS: ("limit", "what", "reader"),
    Kind.DIGEST: _OF_A_DIGEST,
    Kind.WEEKLY: _OF_A_DIGEST,
    Kind.REMINDER: _OF_A_CASE,
    Kind.REMINDERS: _OF_DATES,
    Kind.ESCALATION: _OF_A_CASE,
    Kind.ESCALATIONS: _OF_DATES,
    Kind.WATCH_END: ("what", "day", "reader"),
}
# Without these a subject does not say what presses.
REQUIRED: dict[str, tuple[str, ...]] = {
    Kind.ALERT: ("limit", "case"),
    Kind.ALERTS: ("limit", "what"),
    Kind.DIGEST: ("counts", "day"),
    Kind.WEEKLY: ("counts", "day"),
    Kind.REMINDER: ("limit", "case"),
    Kind.REMINDERS: ("what", "dates"),
    Kind.ESCALATION: ("limit", "case"),
    Kind.ESCALATIONS: ("what", "dates"),
    Kind.WATCH_END: ("what", "day"),
}
_ABOUT_A_CASE = "{limit} {case} {act} — {own_reference}"
PACKAGED_SUBJECT: dict[str, str] = {
    Kind.ALERT: _ABOUT_A_CASE,
    Kind.ALERTS: "{limit} {what}",
    Kind.DIGEST: "[IP Portal] {counts} – {day}",
    Kind.WEEKLY: "[IP Portal] {counts} – {day}",
    Kind.REMINDER: _ABOUT_A_CASE,
    Kind.REMINDERS: "[IP Portal] {what} ({dates})",
    Kind.ESCALATION: _ABOUT_A_CASE,
    Kind.ESCALATIONS: "[IP Portal] {what} ({dates})",
    Kind.WATCH_END: "[IP Portal] {what} – {day}",
}


class WordingFault(ValueError):
    """What is wrong with a text; `code` says it, `about` names the variable or number it is about."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(f"{code} {about}".strip())
        self.code, self.about = code, about


# --- reading and filling ------------------------------------------------------------------------------------


def names_in(text: str) -> list[str]:
    """The variables in a text; WordingFault("braces") for a brace that is alone or holds more than a name."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise WordingFault("braces") from None
    names = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    for name, spec, conversion in names:
        if not name.isidentifier() or spec or conversion:
            raise WordingFault("braces", one_line(name, 40))
    return [name for name, _, _ in names]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each variable's value; braces within a value are only braces. WordingFault as `names_in`
    and "unknown_variable"."""
    for name in names_in(text):
        if name not in values:
            raise WordingFault("unknown_variable", name)
    parts = string.Formatter().parse(text)
    return "".join(literal + (values[name] if name is not None else "") for literal, name, _, _ in parts)


def faults(kind: str, texts: Mapping[str, str]) -> dict[str, WordingFault]:
    """What is wrong with each of `texts` (subject, opening, closing), by field; empty if all can be used."""
    found = {}
    for field in FIELDS:
        try:
            _check(kind, field, texts[field])
        except WordingFault as fault:
            found[field] = fault
    return found


def _check(kind: str, field: str, text: str) -> None:
    if len(text) > LONGEST[field]:
        raise WordingFault("too_long", str(LONGEST[field]))
    if field == "subject" and len(text.splitlines()) > 1:
        raise WordingFault("line_break")
    if len(text.splitlines()) > MOST_LINES:
        raise WordingFault("too_many_lines", str(MOST_LINES))
    if any(one_line(line, len(line) + 1) != " ".join(line.split()) for line in text.splitlines()):
        raise WordingFault("control_characters")
    names = names_in(text)
    for name in names:
        if name not in VARIABLES[kind]:
            raise WordingFault("unknown_variable", one_line(name, 40))
    if field == "subject" and text:
        for name in REQUIRED[kind]:
            if name not in names:
                raise WordingFault("required", name)


def tidy(text: str) -> str:
    """As it is kept: no blanks around, one kind of line end."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


# --- versions -----------------------------------------------------------------------------------------------


class ChangedMeanwhile(Exception):
    """Somebody else has saved a version that the writer has not seen."""


def current(kind: str, language: str) -> MailWording | None:
    """The version that holds; None where nobody ever wrote one."""
    return MailWording.objects.filter(kind=kind, language=language).select_related("by").first()


def is_packaged(row: MailWording | None) -> bool:
    return row is None or not any(getattr(row, field) for field in FIELDS)


@transaction.atomic
def save(kind: str, language: str, texts: Mapping[str, str], *, by: User, seen: int) -> MailWording | None:
    """Keep a new version; all texts empty return to the packaged words. None if nothing would change.

    `seen` is the key of the version that the writer had before them, 0 for none; ChangedMeanwhile if another
    holds now. WordingFault for a text that cannot be used.
    """
    for fault in faults(kind, texts).values():
        raise fault
    last = MailWording.objects.select_for_update().filter(kind=kind, language=language).first()
    if seen != (last.pk if last else 0):
        raise ChangedMeanwhile
    if {field: getattr(last, field) if last else "" for field in FIELDS} == {f: texts[f] for f in FIELDS}:
        return None
    row = MailWording.objects.create(kind=kind, language=language, by=by, **{f: texts[f] for f in FIELDS})
    record("wording.save", by=by, kind=kind, language=language, version=row.pk, packaged=is_packaged(row))
    return row


def failing() -> list[MailWording]:
    """The versions that hold and could not be used when a mail was written."""
    held = [current(kind, language) for kind in Kind for language in ("ja", "en")]
    return [row for row in held if row and row.failed_at]


# --- in a mail ----------------------------------------------------------------------------------------------


class _Mail(Protocol):
    """A letter, a digest or a listing: a frozen dataclass with these fields."""

    language: Any
    subject: str
    opening: str
    closing: str
    variables: Mapping[str, str]


_Dressed = TypeVar("_Dressed", bound=_Mail)


@dataclass(frozen=True)
class Words:
    subject: str
    opening: str
    closing: str


def dress(mail: _Dressed, kind: str) -> _Dressed:
    """The letter or digest with the firm's own words, where there are any; never an exception.

    Words that cannot be used are left out whole: the mail goes with the packaged ones.
    """
    row = None
    try:
        row = current(kind, mail.language)
        if row is None or is_packaged(row):
            return mail
        words = words_of(kind, row, mail.variables)
        changes = {
            "subject": words.subject or mail.subject,
            "opening": words.opening,
            "closing": words.closing,
        }
        return cast(_Dressed, replace(cast(Any, mail), **changes))
    except Exception as error:
        logger.exception("The firm's own words for %s (%s) could not be used", kind, mail.language)
        if row is not None:
            _note(row, error)
        return mail


def words_of(kind: str, texts: MailWording | Mapping[str, str], variables: Mapping[str, str]) -> Words:
    """The words of a version for one mail. WordingFault("crowded_out") for a subject too long to name what it
    has to."""
    given = texts if isinstance(texts, Mapping) else {field: getattr(texts, field) for field in FIELDS}
    values = {name: one_line(variables[name], LONGEST_SUBJECT) for name in VARIABLES[kind]}
    filled = _EMPTY_BRACKETS.sub("", fill(given["subject"], values))
    subject = one_line(filled, LONGEST_SUBJECT).rstrip(_SEPARATORS)
    for name in REQUIRED[kind] if subject else ():
        if values[name] not in subject:
            raise WordingFault("crowded_out", name)
    return Words(subject, fill(given["opening"], values), fill(given["closing"], values))


_EMPTY_BRACKETS = re.compile(r"\(\s*\)|（\s*）|\[\s*\]|【\s*】|「\s*」")  # around a value that is empty
_SEPARATORS = " —–-:：・/|"  # before a value that is empty, as the packaged subject leaves them out


def _note(row: MailWording, error: Exception) -> None:
    try:
        with transaction.atomic():
            words = one_line(f"{type(error).__name__}: {error}", 200)
            MailWording.objects.filter(pk=row.pk).update(failed_at=clock.now(), failure=words)
    except DatabaseError:
        logger.exception("That the firm's own words failed could not be kept")
