"""Zulip, by a bot, into a topic that bears our name."""

from __future__ import annotations

from apprise.plugins import zulip
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from . import over_apprise
from .service import Field, Fields, Service, parts

over_apprise.over_our_calls(zulip)

_BOT = Field(
    name="bot",
    label=_("E-mail address of the bot"),
    help=_("In Zulip: Personal settings, Bots. It names the organization, too."),
    grammar=(
        r"(?P<bot>[A-Za-z0-9_-]{1,28})-bot@"
        r"(?P<site>[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9.-]{3,200})"
    ),
    secret=False,
    address="site",
    example="docket-bot@example.zulipchat.com",
)
_KEY = Field(
    name="key", label=_("API key of the bot"), help=_("Beside the bot's address."), grammar=r"[A-Za-z0-9]{32}"
)
_STREAM = Field(
    name="stream",
    label=_("Channel"),
    help=_("Its name without #, or its number where the name has blanks; the bot must be subscribed to it."),
    grammar=r"[^\s,;@#]{1,60}",
    secret=False,
)


def _send(fields: Fields, text: str) -> post.Answer:
    bot = parts(_BOT, fields["bot"])
    plugin = zulip.NotifyZulip(
        botname=bot["bot"],
        organization=bot["site"],
        token=fields["key"],
        targets=[fields["stream"]],
        asset=over_apprise.ASSET,
    )
    return over_apprise.send(plugin, text)


SERVICE = Service("zulip", "Zulip", _("Goes to one channel in Zulip."), (_BOT, _KEY, _STREAM), _send)
