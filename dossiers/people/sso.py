"""Single sign-on: which person somebody is whom a provider vouches for.

Whoever the provider knows as one of ours before is that person. Anybody else is known by the address that
the provider confirms, and only where it is the address of somebody here, or of an open invitation.
"""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from dossiers.models import Invitation, User, record

from . import invitations
from .adapters import SsoAdapter

_NAME_LENGTH = 60


def recognise(request: HttpRequest, sociallogin: Any) -> str:
    """Tie what the provider says to a person, making the account of an invitation if there is one.

    Returns why that cannot be: "no_address", "not_confirmed", "unknown", "off"; "" when it is done.
    """
    if not sociallogin.is_existing:
        problem = _by_address(request, sociallogin)
        if problem:
            return problem
    return "" if sociallogin.user.is_active else "off"


def _by_address(request: HttpRequest, sociallogin: Any) -> str:
    addresses = sociallogin.email_addresses
    if not addresses:
        return "no_address"
    provider = sociallogin.provider
    trusting = SsoAdapter(request).is_email_verified
    proven = [one.email for one in addresses if one.verified or trusting(provider, one.email)]
    if not proven:
        return "not_confirmed"
    for address in proven:
        person = User.objects.filter(email__iexact=address).first() or _invited(address, sociallogin)
        if person is not None:
            sociallogin.connect(request, person)
            record("people.sso_connect", by=person, provider=sociallogin.account.provider)
            return ""
    return "unknown"


def _invited(address: str, sociallogin: Any) -> User | None:
    invitation: Invitation | None = invitations.of_address(address)
    if invitation is None:
        return None
    told = sociallogin.user
    name = f"{told.last_name} {told.first_name}".strip() or address.partition("@")[0]
    return invitations.accept(invitation, username=_free_name(address), name=name[:100], password=None)


def _free_name(address: str) -> str:
    """A user name that nobody has, from the address."""
    base = address.partition("@")[0][:_NAME_LENGTH].lower() or "user"
    taken = set(User.objects.filter(username__istartswith=base).values_list("username", flat=True))
    name, number = base, 2
    while name.lower() in {one.lower() for one in taken}:
        name, number = f"{base}{number}", number + 1
    return name


def vouched_for(request: HttpRequest) -> bool:
    """Whether this session needs no second factor of ours: its person came by a provider that asks for one.

    That the provider does is the firm's word in the environment; otherwise nobody is excused.
    """
    return settings.SSO_TRUST_FACTORS and any(
        one.get("method") == "socialaccount" for one in get_authentication_records(request, request.user)
    )


def first_use(assertion: str, seconds: float) -> bool:
    """Whether this assertion of a provider has not been used before, in any process."""
    key = hashlib.sha256(assertion.encode()).hexdigest()
    return bool(cache.add(f"sso.assertion.{key}", "used", timeout=max(60.0, seconds)))
