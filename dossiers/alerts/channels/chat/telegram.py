"""Telegram, by a bot."""

from __future__ import annotations

from apprise.plugins import telegram
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from . import over_apprise
from .service import Field, Fields, Service

over_apprise.over_our_calls(telegram)

_TOKEN = Field(
    name="token",
    label=_("Token of the bot"),
    help=_("From @BotFather. Write to the bot once, or add it to the group, before you send a test."),
    grammar=r"[0-9]{5,15}:[A-Za-z0-9_-]{30,50}",
)
_CHAT = Field(
    name="chat",
    label=_("Chat ID"),
    help=_("A number; a group's begins with a minus sign."),
    grammar=r"-?[0-9]{1,20}",
    secret=False,
)


def _send(fields: Fields, text: str) -> post.Answer:
    plugin = telegram.NotifyTelegram(
        bot_token=fields["token"], targets=[fields["chat"]], detect_owner=False, asset=over_apprise.ASSET
    )
    return over_apprise.send(plugin, text)


SERVICE = Service("telegram", "Telegram", _("Goes to one chat in Telegram."), (_TOKEN, _CHAT), _send)
