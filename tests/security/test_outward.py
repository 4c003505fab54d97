"""What the portal calls, and that nobody who uses it chooses a machine of the firm's own network."""

from __future__ import annotations

import ast
import socket
from pathlib import Path

import pytest
from django.urls import reverse

from dossiers.alerts.channels import addresses, post

ROOT = Path(__file__).resolve().parent.parent.parent

# Every module that opens a connection, and who says where to.
CALLS = {
    "apiclient/transport.py": "the office and its storage: settings",
    "apiclient/verification.py": "the office: settings",
    "apiclient/sandbox": "serves on loopback",
    "dossiers/alerts/bounce_mailbox.py": "the firm's mailbox: settings",
    "dossiers/alerts/channels/addresses.py": "resolves, for post",
    "dossiers/alerts/channels/post.py": "people, and settings for pings: looked at",
    "dossiers/alerts/channels/chat/over_apprise.py": "hands what apprise would send to post",
    "dossiers/alerts/outage_mail.py": "names this machine",
    "dossiers/alerts/post.py": "the firm's mail server: settings",
    "dossiers/tasks.py": "names this machine",
    "dossiers/demo": "the demonstration, on loopback",
    "dossiers/management": "whoever is at the machine",
    "dossiers/runtime": "processes of this machine",
    "dossiers/upkeep": "the database: settings",
}
SPEAKING = {"socket", "ssl", "http.client", "urllib.request", "requests", "smtplib", "imaplib", "ftplib",
            "httpx", "aiohttp", "telnetlib", "xmlrpc.client"}  # fmt: skip


def test_only_modules_that_were_looked_at_open_connections():
    found = set()
    for room in ("apiclient", "dossiers", "ipportal"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [one.name for one in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or "", *(f"{node.module}.{one.name}" for one in node.names)]
                if SPEAKING & set(names):
                    found.add(str(path.relative_to(ROOT)))
    unknown = {one for one in found if not any(one == room or one.startswith(room + "/") for room in CALLS)}
    assert unknown == set()


class Resolver:
    """A name server of an attacker: a public address when it is looked at, another one from then on."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host, port, *args, **kwargs):
        if _is_number(host):
            return _real(host, port, *args, **kwargs)
        now = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (now, port))]


_real = socket.getaddrinfo


def _is_number(host) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in str(host) else socket.AF_INET, str(host))
    except (OSError, TypeError):
        return False
    return True


@pytest.fixture
def called(monkeypatch):
    """Every address that a connection is opened to; none is let through."""
    opened = []

    def connect(self, address):
        opened.append(address[0])
        raise OSError("no way out of this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return opened


@pytest.mark.parametrize("later", ["127.0.0.1", "10.0.0.5", "169.254.169.254"])
def test_a_name_that_is_bound_anew_after_it_was_looked_at_leads_nowhere_else(
    monkeypatch, settings, called, later
):
    settings.WEBHOOK_LOOPBACK = False
    resolver = Resolver("93.184.216.34", later)
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    answer = post.send("https://rebinding.example/hook", {}, b"{}")
    assert answer.status is None
    assert resolver.asked == 1 and set(called) == {"93.184.216.34"}


@pytest.mark.parametrize("answer", ["127.0.0.1", "10.1.1.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"])  # noqa: S104
def test_of_several_addresses_of_a_name_all_must_be_public(monkeypatch, settings, called, answer):
    settings.WEBHOOK_LOOPBACK = False
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("93.184.216.34", answer)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: rows)
    assert post.send("https://half.example/", {}, b"{}").problem == "not_public"
    assert called == []


@pytest.mark.parametrize(
    "address",
    [
        "https://[::ffff:169.254.169.254]/", "https://[::ffff:a9fe:a9fe]/", "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[::1%25lo]/",
        "https://0177.0.0.1/", "https://127.1/", "https://017700000001/", "https://127.0.0.1./",
        "https://metadata.google.internal@10.0.0.1/", "https://１２７.0.0.1/", "https://[fe80::1%25eth0]/",
        "gopher://127.0.0.1/", "file:///etc/passwd", "dict://127.0.0.1:11211/", "https://192.0.2.1\\@10.0.0.1/",
    ],
)  # fmt: skip
def test_no_way_of_writing_an_address_leads_inside(settings, called, address):
    settings.WEBHOOK_LOOPBACK = False
    assert post.send(address, {}, b"{}").status is None
    assert not any(one.startswith(("127.", "10.", "169.254.", "::", "fe80")) for one in called)


@pytest.mark.django_db
def test_no_page_lets_anybody_say_where_the_identity_provider_the_office_or_the_mail_server_is(boss, client):
    client.force_login(boss)
    for name in ("settings_firm", "addresses", "offices", "people", "settings", "mfa_index"):
        address = reverse(name)
        page = client.get(address)
        if page.status_code != 200:
            continue
        words = page.content.decode()
        for field in ("issuer", "server_url", "sso_url", "base_url", "smtp", "host", "metadata_url"):
            assert f'name="{field}"' not in words, (name, field)


def test_what_is_read_of_an_address_is_what_is_called():
    target = addresses.read("https://hooks.example:8443/a?b=c")
    assert (target.scheme, target.host, target.port, target.path) == (
        "https", "hooks.example", 8443, "/a?b=c",
    )  # fmt: skip
