"""Second factors: who needs one, who has one."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

from dossiers.models import User, firm_policy

PROVING = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for these


def roles_in_need() -> frozenset[str]:
    """The roles that can do nothing without a second factor."""
    return frozenset(firm_policy().second_factor_roles) if settings.SECOND_FACTOR else frozenset()


def needed(user: User) -> bool:
    return user.role in roles_in_need()


def has_one(user: User) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=PROVING).exists()


def lacking(user: User) -> bool:
    return needed(user) and not has_one(user)


def may_do_without(user: User, one: Authenticator) -> bool:
    """Whether this factor may go: another is there, or the role needs none."""
    others = Authenticator.objects.filter(user_id=user.pk, type__in=PROVING).exclude(pk=one.pk)
    return one.type not in PROVING or not needed(user) or others.exists()


def count(user: Any, kind: Any) -> int:
    return Authenticator.objects.filter(user_id=user.pk, type=kind).count()


def kinds(user: User) -> list[str]:
    """What the person has set up, recovery codes too."""
    rows = Authenticator.objects.filter(user_id=user.pk).order_by("type", "pk")
    return [one.type for one in rows]
