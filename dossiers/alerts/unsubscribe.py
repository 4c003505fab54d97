"""Leaving a list from a mail, without signing in (RFC 2369, RFC 8058).

A mail about a followed list carries a token for that follow. A mail that comes because its reader is the
person in charge of the case carries a token for all their mail: there is no list to leave, and taking a case
away from its person in charge by a link would be worse.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_noop

from dossiers.alerts.follow import unfollow
from dossiers.models import Alert, Follow, User, Watchlist, record

_SALT = "dossiers.alerts.unsubscribe"


class BadToken(ValueError):
    """The link was cut, changed, or what it names is gone."""


@dataclass(frozen=True)
class Subscription:
    """What a link would end: one follow, or (follow None) every mail to the user."""

    user: User
    follow: Follow | None

    @property
    def watchlist(self) -> Watchlist | None:
        return self.follow.watchlist if self.follow else None

    @property
    def active(self) -> bool:
        return self.follow.active if self.follow else self.user.mail_on


def token_for(user: User, follow: Follow | None) -> str:
    """A signed token that never runs out: an old mail must still let its reader go."""
    return signing.Signer(salt=_SALT).sign_object({"u": user.pk, "f": follow.pk if follow else None})


def url_for(user: User, follow: Follow | None) -> str:
    return f"{settings.SITE_URL}/u/{token_for(user, follow)}/"


def subscription_for(token: str) -> Subscription:
    """What the token stands for. BadToken when it is not ours or what it names is gone."""
    try:
        named = signing.Signer(salt=_SALT).unsign_object(token)
        user = User.objects.get(pk=named["u"])
        if named["f"] is None:
            return Subscription(user, None)
        return Subscription(
            user, Follow.objects.select_related("watchlist").get(pk=named["f"], user_id=user.pk)
        )
    # A cut token fails in base64, JSON or the signature, each with an error of its own kind.
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise BadToken("not a link of ours") from error
    except (User.DoesNotExist, Follow.DoesNotExist) as error:
        raise BadToken("the follow is gone") from error


@transaction.atomic
def unsubscribe(token: str, *, now: datetime) -> Subscription:
    """End what the token stands for; a second time changes nothing. BadToken as in `subscription_for`."""
    found = subscription_for(token)
    if found.follow:
        unfollow(found.follow.watchlist, found.user, by=found.user, how="mail link")
    elif User.objects.filter(pk=found.user.pk, mail_on=True).update(mail_on=False):
        dropped = Alert.objects.filter(user=found.user, state=Alert.State.WAITING).update(
            state=Alert.State.DROPPED, last_error=gettext_noop("Mail was switched off by the reader.")
        )
        record("mail.switched_off", by=found.user, at=now.isoformat(), how="mail link", mails_dropped=dropped)
    return subscription_for(token)
