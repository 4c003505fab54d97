"""Google Chat, by the webhook of a space."""

from __future__ import annotations

from apprise.plugins import google_chat
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from . import over_apprise
from .service import Field, Fields, Service, parts

over_apprise.over_our_calls(google_chat)

_URL = Field(
    name="url",
    label=_("Webhook URL"),
    help=_("In Google Chat: the space's menu, Apps and integrations, Webhooks."),
    grammar=(
        r"https://chat\.googleapis\.com/v1/spaces/(?P<space>[A-Za-z0-9_-]+)/messages"
        r"\?key=(?P<key>[A-Za-z0-9_-]+)&token=(?P<token>[A-Za-z0-9_-]+(?:=|%3D){0,2})"
    ),
    example="https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…",
)


def _send(fields: Fields, text: str) -> post.Answer:
    url = parts(_URL, fields["url"])
    plugin = google_chat.NotifyGoogleChat(
        workspace=url["space"],
        webhook_key=url["key"],
        webhook_token=url["token"].replace("%3D", "="),
        asset=over_apprise.ASSET,
    )
    return over_apprise.send(plugin, text, plugin.notify_format)


SERVICE = Service("google_chat", "Google Chat", _("Goes to one space in Google Chat."), (_URL,), _send)
