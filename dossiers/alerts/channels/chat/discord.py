"""Discord, by the webhook of a channel."""

from __future__ import annotations

from apprise.plugins import discord
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from . import over_apprise
from .service import Field, Fields, Service, parts

over_apprise.over_our_calls(discord)

_URL = Field(
    name="url",
    label=_("Webhook URL"),
    help=_("In Discord: the channel's settings, Integrations, Webhooks, Copy Webhook URL."),
    grammar=r"https://discord(?:app)?\.com/api/webhooks/(?P<id>[0-9]{5,25})/(?P<token>[A-Za-z0-9_-]{20,100})",
    example="https://discord.com/api/webhooks/…/…",
)


def _send(fields: Fields, text: str) -> post.Answer:
    url = parts(_URL, fields["url"])
    plugin = discord.NotifyDiscord(
        webhook_id=url["id"], webhook_token=url["token"], avatar=False, asset=over_apprise.ASSET
    )
    return over_apprise.send(plugin, text)


SERVICE = Service("discord", "Discord", _("Goes to one channel in Discord."), (_URL,), _send)
