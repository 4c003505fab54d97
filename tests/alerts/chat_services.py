"""What people fill in for each chat service, and the services led to a receiver on loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.google_chat import NotifyGoogleChat
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.zulip import NotifyZulip

from dossiers.alerts.channels.chat import chatwork, lineworks
from tests.alerts.receiver import Receiver

SECRET = "hiddenhiddenhiddenhidden"


@dataclass(frozen=True)
class Filled:
    """What is filled in, and the path and the header at which it has to arrive."""

    fields: dict[str, str]
    path: str
    header: tuple[str, str] = ("content-type", "")
    answer: bytes = b"{}"
    wrong: dict[str, str] = field(default_factory=dict)  # one field, as another service would write it


FILLED = {
    "slack": Filled(
        {"url": f"https://hooks.slack.com/services/T0123ABC/B0123ABC/{SECRET}"},
        f"/services/T0123ABC/B0123ABC/{SECRET}",
        answer=b"ok",
        wrong={"url": "https://slack.example/services/T/B/c"},
    ),
    "lineworks": Filled(
        {"url": f"https://webhook.worksmobile.com/message/{SECRET}"},
        f"/message/{SECRET}",
        answer=b'{"code":200,"description":"success"}',
        wrong={"url": "https://webhook.worksmobile.com.evil.example/message/x"},
    ),
    "chatwork": Filled(
        {"token": SECRET, "room": "12345"},
        "/v2/rooms/12345/messages",
        ("x-chatworktoken", SECRET),
        answer=b'{"message_id":"1"}',
        wrong={"room": "12345/../../me"},
    ),
    "google_chat": Filled(
        {"url": f"https://chat.googleapis.com/v1/spaces/AAAA/messages?key=abc-_&token={SECRET}%3D"},
        f"/v1/spaces/AAAA/messages?token={SECRET}%3D&key=abc-_",
        wrong={"url": "https://chat.googleapis.com/v1/spaces/AAAA"},
    ),
    "mattermost": Filled(
        {"url": f"http://loopback/team/hooks/{SECRET}"},
        f"/team/hooks/{SECRET}",
        wrong={"url": "file:///etc/passwd"},
    ),
    "zulip": Filled(
        {"bot": "docket-bot@firm.zulipchat.example", "key": "hidden00" * 4, "stream": "limits"},
        "/api/v1/messages",
        answer=b'{"result":"success","id":1}',
        wrong={"bot": "docket@firm"},
    ),
    "discord": Filled(
        {"url": f"https://discord.com/api/webhooks/123456/{SECRET}"},
        f"/api/webhooks/123456/{SECRET}",
        answer=b"",
        wrong={"url": "https://discord.com/channels/1"},
    ),
    "telegram": Filled(
        {"token": f"123456789:{SECRET}hidden", "chat": "-1001"},
        f"/bot123456789:{SECRET}hidden/sendMessage",
        answer=b'{"ok":true}',
        wrong={"chat": "@everyone"},
    ),
    "ntfy": Filled(
        {"server": "http://loopback", "topic": f"firm-{SECRET}", "token": f"tk_{SECRET}"},
        "/",
        ("authorization", f"Bearer tk_{SECRET}"),
        wrong={"server": "exec://ls"},
    ),
}


def lead_to(receiver: Receiver, monkeypatch) -> str:
    """All services whose hosts are fixed now stand at the receiver; returns its address."""
    parts = urlsplit(receiver.url)
    base = f"{parts.scheme}://{parts.netloc}"
    for owner, name, address in (
        (NotifySlack, "webhook_url", "/services"),
        (NotifyGoogleChat, "notify_url", "/v1/spaces/{workspace}/messages"),
        (NotifyDiscord, "notify_url", "/api/webhooks"),
        (NotifyTelegram, "notify_url", "/bot"),
        (NotifyZulip, "notify_url", "/api/v1/messages"),
        (lineworks, "BASE", "/message"),
        (chatwork, "BASE", "/v2"),
    ):
        monkeypatch.setattr(owner, name, f"{base}{address}")
    return base


def fields_of(service: str, base: str) -> dict[str, str]:
    return {name: value.replace("http://loopback", base) for name, value in FILLED[service].fields.items()}
