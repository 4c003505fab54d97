"""Mattermost, wherever it runs, by an incoming webhook."""

from __future__ import annotations

from urllib.parse import urlsplit

from apprise.plugins import mattermost
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from . import over_apprise
from .service import Field, Fields, Service, parts

over_apprise.over_our_calls(mattermost)

_URL = Field(
    name="url",
    label=_("Webhook URL"),
    help=_("In Mattermost: Integrations, Incoming Webhooks. The server must be reachable from the internet."),
    grammar=r"(?P<server>https?://[A-Za-z0-9.:\[\]-]{1,253}(?P<path>(?:/[A-Za-z0-9._-]+){0,4}?))/hooks/(?P<token>[a-z0-9]{8,40})",
    address="server",
    example="https://chat.example.com/hooks/…",
)


def _send(fields: Fields, text: str) -> post.Answer:
    url = parts(_URL, fields["url"])
    server = urlsplit(url["server"])
    plugin = mattermost.NotifyMattermost(
        token=url["token"],
        fullpath=url["path"],
        host=server.hostname,
        port=server.port,
        secure=server.scheme == "https",
        asset=over_apprise.ASSET,
    )
    return over_apprise.send(plugin, text)


SERVICE = Service("mattermost", "Mattermost", _("Goes to one channel in Mattermost."), (_URL,), _send)
