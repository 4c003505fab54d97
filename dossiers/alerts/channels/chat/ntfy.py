"""ntfy, at ntfy.sh or at a server of one's own."""

from __future__ import annotations

from urllib.parse import urlsplit

from apprise.plugins import ntfy
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from . import over_apprise
from .service import Field, Fields, Service

over_apprise.over_our_calls(ntfy)

_SERVER = Field(
    name="server",
    label=_("Server"),
    help=_("https://ntfy.sh, or your own if the internet can reach it."),
    grammar=r"(?P<server>https?://[A-Za-z0-9.:\[\]-]{1,253})/?",
    secret=False,
    address="server",
    usual="https://ntfy.sh",
)
_TOPIC = Field(
    name="topic",
    label=_("Topic"),
    help=_("Whoever knows it can read: choose one that nobody guesses."),
    grammar=r"[A-Za-z0-9_-]{1,64}",
)
_TOKEN = Field(
    name="token",
    label=_("Access token"),
    help=_("Where the topic is reserved; otherwise leave it empty."),
    grammar=r"tk_[A-Za-z0-9]{10,60}",
    required=False,
)


def _send(fields: Fields, text: str) -> post.Answer:
    server = urlsplit(fields["server"])
    plugin = ntfy.NotifyNtfy(
        targets=[fields["topic"]],
        mode="private",
        host=server.hostname,
        port=server.port,
        secure=server.scheme == "https",
        auth="token" if fields["token"] else "basic",
        token=fields["token"],
        include_image=False,
        asset=over_apprise.ASSET,
    )
    return over_apprise.send(plugin, text)


SERVICE = Service("ntfy", "ntfy", _("Goes to whoever reads one topic."), (_SERVER, _TOPIC, _TOKEN), _send)
