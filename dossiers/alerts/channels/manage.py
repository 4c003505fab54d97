"""What people do with their webhooks and chats: make, change, switch off and on, a new secret, throw away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from dossiers import sealing
from dossiers.models import News, Scope, User, Watchlist, Webhook, record
from dossiers.models.channels import new_salt
from dossiers.roles import Right, can

from . import addresses, chat, webhooks
from .signing import BOTH_FOR

MOST_WEBHOOKS = 20  # of one person


class ChannelRefused(ValueError):
    """What was asked for is not done; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checked_scope(by: User, scope: str, watchlist: Watchlist | None) -> tuple[str, Watchlist | None]:
    """The scope a person may choose. Refused: "unknown_scope", "no_list", "only_staff"."""
    if scope not in Scope.values:
        raise ChannelRefused("unknown_scope")
    if scope == Scope.ALL and not can(by, Right.ADMINISTER):
        raise ChannelRefused("only_staff")
    if scope == Scope.LIST and watchlist is None:
        raise ChannelRefused("no_list")
    return scope, watchlist if scope == Scope.LIST else None


def _checked(name: str, url: str, kinds: Iterable[str]) -> tuple[str, str, list[str]]:
    name, chosen = " ".join(name.split())[:60], [kind for kind in News.Kind.values if kind in set(kinds)]
    try:
        target = addresses.read(url.strip())
    except addresses.Refused as refused:
        raise ChannelRefused(refused.code) from refused
    if not chosen:
        raise ChannelRefused("no_kinds")
    return name or target.host, url.strip(), chosen


@transaction.atomic
def create(
    *, by: User, name: str, url: str, kinds: Iterable[str], scope: str, watchlist: Watchlist | None = None
) -> Webhook:
    """A new webhook; ChannelRefused with the codes of `addresses.read` and `checked_scope`, "no_kinds",
    "too_many"."""
    name, url, chosen = _checked(name, url, kinds)
    scope, watchlist = checked_scope(by, scope, watchlist)
    if Webhook.objects.filter(owner=by).count() >= MOST_WEBHOOKS:
        raise ChannelRefused("too_many")
    made = Webhook.objects.create(
        owner=by, name=name, url=url, kinds=chosen, scope=scope, watchlist=watchlist
    )
    record("webhook.create", by=by, **_told(made))
    return made


@transaction.atomic
def change(hook: Webhook, *, by: User, name: str, url: str, kinds: Iterable[str]) -> Webhook:
    """Another name, address or choice of news; refused as in `create`. The secret stays."""
    hook.name, hook.url, hook.kinds = _checked(name, url, kinds)
    hook.save(update_fields=["name", "url", "kinds"])
    record("webhook.change", by=by, **_told(hook))
    return hook


# --- chats ------------------------------------------------------------------------------------------------

HIGHEST_RUNG = 4


@dataclass(frozen=True)
class ChatWish:
    """What a person wants of a chat: its name, what was filled in for the service, and what it is told of.

    `escalate_from` is the rung from which on it is told of what nobody has acknowledged, 0 for none.
    """

    name: str
    fields: Mapping[str, str]
    kinds: Iterable[str]
    escalate_from: int

    def put_into(self, hook: Webhook) -> None:
        """ChannelRefused: "unknown_service", "no_kinds", "unknown_rung"; service.Unfit for a field."""
        service = chat.SERVICES.get(hook.service)
        if service is None:
            raise ChannelRefused("unknown_service")
        kinds = [kind for kind in News.Kind.values if kind in set(self.kinds)]
        if not 0 <= self.escalate_from <= HIGHEST_RUNG:
            raise ChannelRefused("unknown_rung")
        if not kinds and not self.escalate_from:
            raise ChannelRefused("no_kinds")
        hook.sealed = sealing.seal(service.read(self.fields, kept=_known(hook)))
        hook.name = " ".join(self.name.split())[:60] or service.label
        hook.kinds, hook.escalate_from = kinds, self.escalate_from


def _known(hook: Webhook) -> dict[str, str]:
    """What was filled in before; nothing where it can no longer be read, so that it is asked for again."""
    try:
        return sealing.unseal(hook.sealed) if hook.sealed else {}
    except sealing.Broken:
        return {}


@transaction.atomic
def create_chat(
    *, by: User, service: str, wish: ChatWish, scope: str, watchlist: Watchlist | None = None
) -> Webhook:
    """A new chat; refused as `ChatWish.put_into` and `checked_scope` do, and "too_many"."""
    scope, watchlist = checked_scope(by, scope, watchlist)
    if Webhook.objects.filter(owner=by).count() >= MOST_WEBHOOKS:
        raise ChannelRefused("too_many")
    made = Webhook(owner=by, service=service, scope=scope, watchlist=watchlist)
    wish.put_into(made)
    made.save()
    record("chat.create", by=by, **_told(made))
    return made


@transaction.atomic
def change_chat(hook: Webhook, *, by: User, wish: ChatWish) -> Webhook:
    """Another name, choice of news, or another room; a secret that is left empty stays."""
    wish.put_into(hook)
    hook.save(update_fields=["name", "sealed", "kinds", "escalate_from"])
    record("chat.change", by=by, **_told(hook))
    return hook


# --- both -------------------------------------------------------------------------------------------------


@transaction.atomic
def rotate(hook: Webhook, *, by: User, now: datetime) -> Webhook:
    """A new secret; the one before signs beside it for a day. One before that ends now."""
    hook.old_salt, hook.old_until, hook.salt = hook.salt, now + BOTH_FOR, new_salt()
    hook.save(update_fields=["old_salt", "old_until", "salt"])
    record("webhook.rotate", by=by, webhook=hook.pk)
    return hook


@transaction.atomic
def switch_off(hook: Webhook, *, by: User, now: datetime) -> bool:
    """False when it was off already."""
    on = Webhook.objects.filter(pk=hook.pk, off="")
    if not on.update(off=Webhook.Off.BY_HAND, off_at=now):
        return False
    record("webhook.off", by=by, webhook=hook.pk, why=Webhook.Off.BY_HAND)
    return True


@transaction.atomic
def switch_on(hook: Webhook, *, by: User) -> int | None:
    """Switch it on again and order what it missed: how many messages; None when it was on already."""
    hook = (
        Webhook.objects.select_for_update(of=("self",)).select_related("owner", "watchlist").get(pk=hook.pk)
    )
    if not hook.off:
        return None
    since = hook.failing_since or hook.off_at or hook.created_at
    hook.off, hook.off_at, hook.told_at = "", None, None
    hook.failures, hook.failing_since, hook.quiet_until = 0, None, None
    hook.save()
    record("webhook.on", by=by, webhook=hook.pk)
    return webhooks.catch_up(hook, since)


@transaction.atomic
def delete(hook: Webhook, *, by: User) -> None:
    """The webhook with its log; the audit line stays."""
    record("webhook.delete", by=by, **_told(hook))
    hook.delete()


def _told(hook: Webhook) -> dict[str, object]:
    """For the audit trail: of the address its host alone, the rest may be a key."""
    return {
        "webhook": hook.pk,
        "name": hook.name,
        "service": hook.service,
        "host": addresses.host_of(hook.url),
        "kinds": hook.kinds,
        "scope": hook.scope,
    }
