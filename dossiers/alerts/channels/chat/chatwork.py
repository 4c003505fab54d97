"""Chatwork, by its API v2.

POST https://api.chatwork.com/v2/rooms/{room_id}/messages, `body` and `self_unread` form-encoded, the token in
the header X-ChatWorkToken: as https://developer.chatwork.com/docs/endpoints says; not tried at the service.
Beyond its limit (some hundred calls in five minutes) it answers 429 with X-RateLimit-Reset, the instant from
which it takes more, in seconds since 1970. A person's token writes as that person and has no end, so people
are told to use that of an account of its own; `self_unread` marks the message unread for it, too.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from .service import Field, Fields, Service

BASE = "https://api.chatwork.com/v2"

_TOKEN = Field(
    name="token",
    label=_("API token"),
    help=_(
        "In Chatwork: Service integration, API token. It writes as its owner: best use an account of its own."
    ),
    grammar=r"[A-Za-z0-9]{16,128}",
)
_ROOM = Field(
    name="room",
    label=_("Room ID"),
    help=_("The number after #!rid in the address of the chat."),
    grammar=r"[0-9]{1,15}",
    secret=False,
)


def _send(fields: Fields, text: str) -> post.Answer:
    headers = {
        "X-ChatWorkToken": fields["token"],
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    body = urlencode({"body": text, "self_unread": "1"}).encode()
    return post.send(f"{BASE}/rooms/{fields['room']}/messages", headers, body)


SERVICE = Service("chatwork", "Chatwork", _("Goes to one chat in Chatwork."), (_TOKEN, _ROOM), _send)
