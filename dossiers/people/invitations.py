"""Invitations: the one way in. A link goes to an address, is used once, and ends after a week."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from dossiers.models import INVITATION_DAYS, Invitation, Role, User, record
from dossiers.models.accounts import invitation_ends

from . import confirmed, letters


class InvitationRefused(Exception):
    """Nothing was done; `code` says why: "has_account", "invited", "no_client", "not_open", "name_taken"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def open_ones() -> list[Invitation]:
    """Those that were neither used nor withdrawn, ended ones too, with who made them."""
    rows = Invitation.objects.filter(used_at=None, withdrawn_at=None)
    return list(rows.select_related("made_by").prefetch_related("teams"))


def invite(
    *,
    by: User | None,
    email: str,
    role: str,
    client: str = "",
    language: str = User.Language.JAPANESE,
    teams: Collection[Group] = (),
) -> tuple[Invitation, str]:
    """Ask somebody to come in; the invitation, and its link, which is kept nowhere. Sends nothing.

    InvitationRefused("has_account" | "invited" | "no_client").
    """
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exists():
        raise InvitationRefused("has_account")
    if role == Role.CLIENT and not client.strip():
        raise InvitationRefused("no_client")
    token = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            made = Invitation.objects.create(
                email=email,
                role=role,
                client=client.strip() if role == Role.CLIENT else "",
                language=language,
                token_hash=_hash(token),
                made_by=by,
            )
            made.teams.set(teams)
            record("people.invite", by=by, email=email, role=role, client=made.client)
    except IntegrityError as error:
        raise InvitationRefused("invited") from error
    return made, link(token)


def send(invitation: Invitation, address: str) -> bool:
    """Mail the link to whoever is invited, in their language; whether the mail server took it.

    What it answered otherwise is kept with the invitation and shown: it is sent again by `resend`.
    """
    about = {
        "link": address,
        "host": invitation.made_by,
        "days": INVITATION_DAYS,
        "ends_at": invitation.ends_at,
        "site_url": settings.SITE_URL,
    }
    problem = letters.send("account/email/invitation", invitation.email, invitation.language, about)
    invitation.problem, invitation.sent_at = problem, None if problem else timezone.now()
    invitation.save(update_fields=["problem", "sent_at"])
    return not problem


def resend(invitation: Invitation, *, by: User) -> bool:
    """Send another link, which ends a week from now; the one sent before opens nothing any more."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        held = _held(invitation)
        held.token_hash, held.ends_at = _hash(token), invitation_ends()
        held.save(update_fields=["token_hash", "ends_at"])
        record("people.invite_again", by=by, email=held.email)
    return send(held, link(token))


def withdraw(invitation: Invitation, *, by: User | None) -> None:
    """The link opens nothing any more."""
    with transaction.atomic():
        held = _held(invitation)
        held.withdrawn_at = timezone.now()
        held.save(update_fields=["withdrawn_at"])
        record("people.invite_withdraw", by=by, email=held.email)


def found(token: str) -> Invitation | None:
    """The invitation that this link is of, if it still opens something."""
    one = Invitation.objects.filter(token_hash=_hash(token), used_at=None, withdrawn_at=None).first()
    return None if one is None or one.is_over else one


def of_address(email: str) -> Invitation | None:
    """The invitation of whoever proved in another way that this address is theirs."""
    rows = Invitation.objects.filter(email__iexact=email, used_at=None, withdrawn_at=None)
    one = rows.first()
    return None if one is None or one.is_over else one


@transaction.atomic
def accept(invitation: Invitation, *, username: str, name: str, password: str | None) -> User:
    """Make the account that the invitation promises. Without a password it is opened by other means.

    InvitationRefused("not_open" | "has_account" | "name_taken").
    """
    held = _held(invitation)
    if held.is_over:
        raise InvitationRefused("not_open")
    if User.objects.filter(email__iexact=held.email).exists():
        raise InvitationRefused("has_account")
    if User.objects.filter(username__iexact=username).exists():
        raise InvitationRefused("name_taken")
    made = User(
        username=username,
        email=held.email,
        display_name=name,
        role=held.role,
        client=held.client,
        language=held.language,
    )
    made.set_password(password)
    made.save()
    made.groups.set(held.teams.all())
    EmailAddress.objects.filter(email__iexact=held.email).delete()
    confirmed.settle(made)
    held.used_at, held.user = timezone.now(), made
    held.save(update_fields=["used_at", "user"])
    record("people.come_in", by=made, person=made.pk, role=made.role)
    return made


def link(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('invitation', args=[token])}"


def _held(invitation: Invitation) -> Invitation:
    """The row as it is now, locked; InvitationRefused("not_open") when it was used or withdrawn."""
    rows = Invitation.objects.select_for_update().filter(used_at=None, withdrawn_at=None)
    held = rows.filter(pk=invitation.pk).first()
    if held is None:
        raise InvitationRefused("not_open")
    return held


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
