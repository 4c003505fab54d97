"""Slack, by an incoming webhook."""

from __future__ import annotations

from apprise.plugins import slack
from django.utils.translation import gettext_lazy as _

from dossiers.alerts.channels import post

from . import over_apprise
from .service import Field, Fields, Service, parts

over_apprise.over_our_calls(slack)

_URL = Field(
    name="url",
    label=_("Webhook URL"),
    help=_("In Slack: the app's page, Incoming Webhooks, Add New Webhook to Workspace."),
    grammar=r"https://hooks\.slack\.com/services/(?P<a>[A-Z0-9]+)/(?P<b>[A-Z0-9]+)/(?P<c>[A-Za-z0-9]+)",
    example="https://hooks.slack.com/services/T…/B…/…",
)


def _send(fields: Fields, text: str) -> post.Answer:
    keys = parts(_URL, fields["url"])
    plugin = slack.NotifySlack(
        token_a=keys["a"],
        token_b=keys["b"],
        token_c=keys["c"],
        include_image=False,
        include_footer=False,
        asset=over_apprise.ASSET,
    )
    return over_apprise.send(plugin, text)


SERVICE = Service("slack", "Slack", _("Goes to one channel or person in Slack."), (_URL,), _send)
