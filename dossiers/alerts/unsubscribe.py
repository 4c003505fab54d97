"""Leaving a list from a mail, without signing in (RFC 2369, RFC 8058).

A mail about a followed list or case carries a token for that follow; where it is a team's, its reader leaves
it and the team goes on. A mail that comes because its reader is the
person in charge of the case carries a token for all their mail: there is no list to leave, and taking a case
away from its person in charge by a link would be worse. The daily digest carries a token for itself alone:
who has enough of the digest must not lose the mails about office actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from dossiers.alerts.follow import UNSENT, reaching, unfollow
from dossiers.models import Alert, Case, Follow, User, Watchlist, record

_SALT = "dossiers.alerts.unsubscribe"


class BadToken(ValueError):
    """The link was cut, changed, or what it names is gone."""


@dataclass(frozen=True)
class Subscription:
    """What a link would end: one follow, the daily digest, or (neither) every mail to the user."""

    user: User
    follow: Follow | None
    digest: bool = False

    @property
    def watchlist(self) -> Watchlist | None:
        return self.follow.watchlist if self.follow else None

    @property
    def case(self) -> Case | None:
        return self.follow.case if self.follow else None

    @property
    def active(self) -> bool:
        if self.follow:
            return reaching(self.user).filter(pk=self.follow.pk).exists()
        return self.user.mail_on and (self.user.digest_on or not self.digest)


def token_for(user: User, follow: Follow | None) -> str:
    """A signed token that never runs out: an old mail must still let its reader go."""
    return signing.Signer(salt=_SALT).sign_object({"u": user.pk, "f": follow.pk if follow else None})


def url_for(user: User, follow: Follow | None) -> str:
    return f"{settings.SITE_URL}/u/{token_for(user, follow)}/"


def url_to_stop_digest(user: User) -> str:
    token = signing.Signer(salt=_SALT).sign_object({"u": user.pk, "f": None, "digest": True})
    return f"{settings.SITE_URL}/u/{token}/"


def subscription_for(token: str) -> Subscription:
    """What the token stands for. BadToken when it is not ours or what it names is gone."""
    try:
        named = signing.Signer(salt=_SALT).unsign_object(token)
        user = User.objects.get(pk=named["u"])
        if named["f"] is None:
            return Subscription(user, None, digest=bool(named.get("digest")))
        theirs = Q(user=user) | Q(team__isnull=False)
        follows = Follow.objects.filter(theirs).select_related("watchlist", "case")
        return Subscription(user, follows.get(pk=named["f"]))
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
        thing = found.follow.watchlist or found.follow.case
        unfollow(thing, found.user, by=found.user, how="mail link")
    elif found.digest:
        if User.objects.filter(pk=found.user.pk, digest_on=True).update(digest_on=False):
            record("digest.switched_off", by=found.user, at=now.isoformat(), how="mail link")
    elif User.objects.filter(pk=found.user.pk, mail_on=True).update(mail_on=False):
        dropped = Alert.objects.filter(user=found.user, state__in=UNSENT).update(
            state=Alert.State.DROPPED, last_error=gettext_noop("Mail was switched off by the reader.")
        )
        record("mail.switched_off", by=found.user, at=now.isoformat(), how="mail link", mails_dropped=dropped)
    return subscription_for(token)
