"""LINE WORKS, by its app "Incoming Webhook".

POST https://webhook.worksmobile.com/message/<id> with `{"title": …, "body": {"text": …}}` in JSON. The app is
described at https://developers.worksmobile.com/jp/docs/webhook; the form of the request and of the answer
(`{"code": 200, "description": "success"}`) is taken from programs in public use, not tried at the service.
How much it takes in a minute is not known; a 429 is waited for.
"""

from __future__ import annotations

import json
from contextlib import suppress

from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from .service import Field, Fields, Service, parts

BASE = "https://webhook.worksmobile.com/message"

_URL = Field(
    name="url",
    label=_("Webhook URL"),
    help=_("In LINE WORKS: the talk room with the bot of the app Incoming Webhook, Webhook list, Add."),
    grammar=r"https://webhook\.worksmobile\.com/message/(?P<id>[A-Za-z0-9_-]{8,80})",
    example="https://webhook.worksmobile.com/message/…",
)


def _send(fields: Fields, text: str) -> post.Answer:
    told = {"title": "IP Portal", "body": {"text": text}}
    url = f"{BASE}/{parts(_URL, fields['url'])['id']}"
    answer = post.send(url, {"Content-Type": "application/json"}, json.dumps(told).encode())
    return answer.refused() if answer.accepted and _says_no(answer.content) else answer


def _says_no(content: bytes) -> bool:
    """A refusal may come with the status 200; an answer that says nothing is none."""
    with suppress(ValueError, AttributeError):
        return json.loads(content).get("code", 200) != 200
    return False


SERVICE = Service("lineworks", "LINE WORKS", _("Goes to one talk room in LINE WORKS."), (_URL,), _send)
