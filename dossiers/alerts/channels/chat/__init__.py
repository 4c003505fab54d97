"""Chat services as ways out: one file for each, which says what to fill in and how a text is handed over.

A service that is not named here is never spoken to. To add one, write its file and name it below.
"""

from __future__ import annotations

from dataclasses import replace

from dossiers import sealing
from dossiers.alerts.channels import post
from dossiers.models import Webhook

from . import (
    chatwork,
    discord,
    google_chat,
    lineworks,
    mattermost,
    ntfy,
    slack,
    teams,
    telegram,
    zulip,
)
from .service import Service

_MODULES = (slack, teams, lineworks, chatwork, google_chat, mattermost, zulip, discord, telegram, ntfy)
SERVICES: dict[str, Service] = {one.SERVICE.key: one.SERVICE for one in _MODULES}


def send(hook: Webhook, text: str) -> post.Answer:
    """Hand a text to the service of a channel, with what was filled in for it."""
    service = SERVICES.get(hook.service)
    if service is None:
        return post.Answer(None, "", "unknown_service", 0)
    try:
        fields = sealing.unseal(hook.sealed)
    except sealing.Broken:
        return post.Answer(None, "", "sealed", 0)
    answer = service.send(fields, text)
    return replace(answer, text=service.without_secrets(answer.text, fields))
