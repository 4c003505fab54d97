"""Erasing somebody who has left: what is theirs goes, what they answered for stays under a pseudonym.

The record of who confirmed which time limit is the firm's proof that it took care, for years after somebody
left. So the row of the person stays, without name and address, and with it everything that points to it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from dossiers import clock
from dossiers.audit import chain
from dossiers.models import (
    ApiToken,
    AuditEntry,
    Bounce,
    Case,
    CaseVisit,
    ColumnMapping,
    Delivery,
    Feed,
    Follow,
    Insider,
    Invitation,
    Preference,
    Role,
    SavedList,
    User,
    Watchlist,
    Webhook,
    record,
)
from dossiers.models.audit import salt

from .taking import sessions_of

_AT_ONCE = 500  # acts that one line of the trail names


class Refused(Exception):
    """`code`: "erased_already", "last_administrator", "still_works", "still_in_charge" (of `cases`), or
    "still_behind_walls": of cases whose number only those inside may know."""

    def __init__(self, code: str, cases: int = 0) -> None:
        super().__init__(code)
        self.code, self.cases = code, cases


@dataclass(frozen=True)
class Preview:
    """What would go, by name of table, and what would stay; `refused` is why it cannot be done."""

    goes: dict[str, int]
    stays: dict[str, int]
    refused: Refused | None


def pseudonym(user: User) -> str:
    """The same for ever, and of nobody else."""
    return f"former-member-{user.pk}"


def preview(user: User) -> Preview:
    goes = {rows.model._meta.label: rows.count() for rows in _theirs(user)}
    goes["sessions.Session"] = sum(1 for _ in sessions_of(user))
    goes["dossiers.Delivery"] = _mails(user).count()
    stays = {"acts": AuditEntry.objects.filter(actor=user).count()}
    stays["acts that name them"] = len(_naming(user, _words(user)))
    return Preview({name: n for name, n in goes.items() if n}, stays, refusal(user))


def refusal(user: User) -> Refused | None:
    if user.erased_at:
        return Refused("erased_already")
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)
    if user.role == Role.ADMINISTRATOR and not others.exists():
        return Refused("last_administrator")
    if user.is_active:
        return Refused("still_works")
    if cases := Case.objects.filter(owner=user, wall=None).count():
        return Refused("still_in_charge", cases)
    return Refused("still_behind_walls") if Case.objects.filter(owner=user).exists() else None


@transaction.atomic
def erase(user: User, *, by: Any = None) -> None:
    """Everything at once or nothing. Refused leaves all as it was."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if refused := refusal(user):
        raise refused
    chain.put_in_order()
    words = _words(user)
    gone = {rows.model._meta.label: rows.delete()[0] for rows in _theirs(user)}
    for session in sessions_of(user):
        session.delete()
    mails = _mails(user).update(to="", subject="", text="", html="", detail="")
    User.objects.filter(deputy=user).update(deputy=None)
    Case.objects.filter(deputy=user).update(deputy=None)
    user.groups.clear()
    _empty(user)
    AuditEntry.objects.filter(actor=user).exclude(address="").update(address="", address_salt="")
    acts = _redact(user, words)
    told = {name: n for name, n in gone.items() if n}
    record(chain.ERASED, by=by, user=user.pk, mails=mails, acts=acts, rows=told)


def _theirs(user: User) -> list[QuerySet[Any]]:
    """What belongs to them alone. What a team shares is the firm's and stays, under the pseudonym."""
    owned: list[tuple[type[Model], str]] = [
        *((model, "user") for model in (EmailAddress, Authenticator, SocialAccount, UserSession)),
        *((model, "user") for model in (Bounce, CaseVisit, Follow, Insider, Preference)),
        *((model, "owner") for model in (ApiToken, ColumnMapping, Feed, Webhook)),
    ]
    rows = [model._default_manager.filter(**{whose: user}) for model, whose in owned]
    rows += [SavedList.objects.filter(owner=user, shared=False)]
    rows += [Watchlist.objects.filter(owner=user, shared=False)]
    return [*rows, Invitation.objects.filter(Q(user=user) | Q(email__iexact=user.email))]


def _mails(user: User) -> QuerySet[Delivery]:
    """Copies of what was sent to them; that it was sent, and when, stays."""
    return Delivery.objects.filter(Q(alert__user=user) | Q(digest__user=user) | Q(prompt__user=user))


def _empty(user: User) -> None:
    user.username = pseudonym(user)
    user.email = f"{pseudonym(user)}@invalid.invalid"
    user.display_name = user.first_name = user.last_name = user.client = user.address_off_why = ""
    user.is_active = user.mail_on = user.digest_on = False
    user.deputy = user.away_from = user.away_until = user.last_login = user.address_off_at = None
    user.case_columns = []
    user.erased_at = clock.now()
    user.set_unusable_password()
    user.save()


# --- the trail --------------------------------------------------------------------------------------------


def _words(user: User) -> dict[str, str]:
    """What names them in other people's acts, and what stands there afterwards."""
    names = {user.email, user.display_name, user.get_full_name(), user.username} - {""}
    return dict.fromkeys(sorted(names, key=len, reverse=True), pseudonym(user))


def _naming(user: User, words: dict[str, str]) -> list[AuditEntry]:
    """Sealed acts whose detail names the person, or that refused to let them in; whole tables are read."""
    named = Q(action="session.refused", detail__user=user.pk)
    for word in words:
        # As PostgreSQL writes it, and as SQLite keeps it.
        for written in {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}:
            named |= Q(text__contains=written)
    rows = AuditEntry.objects.annotate(text=Cast("detail", TextField())).filter(named)
    found = rows.exclude(position=None).order_by("position")
    return [
        row
        for row in found.iterator(_AT_ONCE)
        if row.action == "session.refused" or without(row.detail, words) != row.detail
    ]


def without(value: Any, words: dict[str, str]) -> Any:
    """The value with each name replaced: one of a single word only where it is the whole text."""
    if isinstance(value, dict):
        return {key: without(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [without(one, words) for one in value]
    if not isinstance(value, str):
        return value
    for word, instead in words.items():
        if value == word or (len(word) > 3 and not word.isascii()) or "@" in word or " " in word:
            value = value.replace(word, instead)
    return value


def _redact(user: User, words: dict[str, str]) -> int:
    rows = _naming(user, words)
    for at in range(0, len(rows), _AT_ONCE):
        some = rows[at : at + _AT_ONCE]
        for row in some:
            row.detail, row.detail_salt = without(row.detail, words), salt()
        told = [[row.position, chain.commitment(row.detail_salt, row.detail)] for row in some]
        act = record(chain.REDACTED, user=user.pk, rows=told)
        for row in some:
            AuditEntry.objects.filter(pk=row.pk).update(
                detail=row.detail, detail_salt=row.detail_salt, address="", address_salt="", redacted_by=act
            )
    return len(rows)
