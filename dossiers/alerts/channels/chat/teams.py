"""Microsoft Teams, by a workflow that posts to a chat or channel when it is called."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from apprise.plugins import workflows
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from . import over_apprise
from .service import Field, Fields, Service, parts

over_apprise.over_our_calls(workflows)

_URL = Field(
    name="url",
    label=_("URL of the workflow"),
    help=_("In Teams: Workflows, “Post to a chat when a webhook request is received”; it shows its URL."),
    grammar=(
        r"https://(?P<host>[a-z0-9.-]{1,120}\.(?:logic\.azure\.com|api\.powerplatform\.com))(?::(?P<port>443))?"
        r"(?P<direct>/powerautomate/automations/direct(?:/cu/(?P<route>[0-9]{1,6}))?)?"
        r"/workflows/(?P<workflow>[A-Za-z0-9_-]{8,64})/triggers/manual/paths/invoke/?"
        r"\?(?=(?:[^#]*&)?sig=(?P<sig>[A-Za-z0-9_%-]{8,120})(?:&|$))[!$&-;=?-Z_a-z~%]{1,400}"
    ),
    address="host",
    example="https://….powerplatform.com/…/workflows/…/triggers/manual/paths/invoke?…&sig=…",
)
# What means something in a card's Markdown; the rest of it does not occur in our texts (`texts.tame`).
_MARKS = re.compile(r"([\\*_])")


def marked(text: str) -> str:
    """A card shows lines as one paragraph unless a blank line parts them; addresses are left as they are."""
    lines = [line if "://" in line else _MARKS.sub(r"\\\1", line) for line in text.splitlines()]
    return "\n\n".join(lines)


def _send(fields: Fields, text: str) -> post.Answer:
    url = parts(_URL, fields["url"])
    asked = parse_qs(urlsplit(fields["url"]).query)
    plugin = workflows.NotifyWorkflows(
        workflow=url["workflow"],
        signature=asked["sig"][0],
        host=url["host"],
        port=int(url["port"] or 443),
        power_automate=bool(url["direct"]),
        routing_id=url["route"] or None,
        version=asked.get("api-version", [None])[0],
        include_image=False,
        asset=over_apprise.ASSET,
    )
    return over_apprise.send(plugin, marked(text), over_apprise.MARKED)


SERVICE = Service("teams", "Microsoft Teams", _("Goes to one chat or channel in Teams."), (_URL,), _send)
