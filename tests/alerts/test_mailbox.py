"""The demo's mail server and what is shown of its messages."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.demo import mailbox

ROOT = Path(__file__).resolve().parents[2]


def letter(subject: str = "件名", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "portal@firm.example", "alice@example.com"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("本文です。\n")
    mail.add_alternative("<p>本文<b>です</b></p>", subtype="html")
    return mail


def put(folder: Path, content: bytes) -> mailbox.Mail:
    found = mailbox.message(folder, mailbox.keep(folder, content, ["alice@example.com"]))
    assert found is not None
    return found


@pytest.fixture
def running(tmp_path):
    """The command as the demo starts it: another process, a free port."""
    folder = tmp_path / "mailbox"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "mailcatcher", "--port", "0", "--dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "ipportal.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline()
        assert said.startswith("Listening on 127.0.0.1:")
        yield process, int(said.rpartition(":")[2]), folder
    finally:
        process.kill()
        process.communicate()


@pytest.mark.processes
def test_the_command_keeps_what_it_accepts_and_stops_cleanly(running):
    process, port, folder = running
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as server:
        server.send_message(letter("一通目", Message_ID="<a@b>"))
        server.send_message(letter("二通目"))
        with pytest.raises(smtplib.SMTPException):
            server.sendmail("a@b", ["c@d"], b"x" * (mailbox.LARGEST + 1024))
    assert [mail.subject for mail in mailbox.messages(folder)] == ["二通目", "一通目"]
    first = mailbox.messages(folder)[1]
    assert first.text.strip() == "本文です。" and "<b>です</b>" in first.html
    assert first.to == "alice@example.com" and first.sender == "portal@firm.example"
    assert dict(first.headers)["Message-ID"] == "<a@b>"
    with smtplib.SMTP("127.0.0.1", port, timeout=60):  # a client that just stays does not hold it up
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    assert not list(folder.glob(".*"))


@pytest.mark.processes
def test_a_taken_port_is_refused_with_a_word(running):
    _, port, folder = running
    second = subprocess.run(
        [sys.executable, "manage.py", "mailcatcher", "--port", str(port), "--dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert second.returncode != 0
    assert f"Cannot listen on 127.0.0.1:{port}" in second.stderr and "Traceback" not in second.stderr


def test_no_folder_is_an_empty_mailbox(tmp_path):
    assert mailbox.messages(tmp_path / "none") == []


def test_newest_first_and_no_more_than_asked_for(tmp_path):
    for n in range(5):
        mailbox.keep(tmp_path, letter(str(n)).as_bytes(), [])
    assert [mail.subject for mail in mailbox.messages(tmp_path, 3)] == ["4", "3", "2"]


@pytest.mark.parametrize(
    "name", ["", "../secret", "..", "/etc/passwd", "x" * 40, "1" * 20 + "-0000000g", "1" * 20]
)
def test_an_id_cannot_lead_out_of_the_folder(tmp_path, name):
    (tmp_path / "box").mkdir()
    (tmp_path / "secret.eml").write_text("Subject: secret\n\n")
    assert mailbox.message(tmp_path / "box", name) is None


def test_html_alone_gives_text_without_scripts(tmp_path):
    html = b"Content-Type: text/html\n\n<style>p{}</style><script>steal()</script><p>Hello</p><p>you</p>"
    assert put(tmp_path, html).text == "Hello\nyou"


def test_broken_headers_and_charsets_are_shown_as_far_as_they_go(tmp_path):
    mail = put(
        tmp_path,
        b"Subject: =?nonsense?b?####?= x\nTo: <<>>,,@\nFrom: =?utf-8?b?\xff?=\nDate: nonsense\n"
        b"Content-Type: text/plain; charset=klingon\n\nqapla'",
    )
    assert "qapla'" in mail.text


def test_an_attachment_is_not_taken_for_the_message(tmp_path):
    mail = letter()
    mail.add_attachment("other", filename="x.txt")
    assert put(tmp_path, mail.as_bytes()).text.strip() == "本文です。"


@given(st.binary(max_size=400))
@settings(max_examples=60)
def test_no_message_breaks_the_mailbox(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("box")
    put(folder, content)
    assert len(mailbox.messages(folder)) == 1


def test_recipients_cannot_add_headers_to_the_stored_copy(tmp_path):
    identity = mailbox.keep(tmp_path, b"Subject: x\n\ny", ["a@b\r\nX-Evil: 1"])
    assert "X-Evil" not in dict(mailbox.message(tmp_path, identity).headers)


def test_a_long_japanese_subject_is_shown_as_it_was_written(tmp_path):
    subject = "[期限 2027-01-19] 特願2026-012345 拒絶理由通知書 — ABC-0123 折り返すほど長い件名"
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("x")
    identity = mailbox.keep(tmp_path, message.as_bytes(policy=policy.SMTP), ["a@example.com"])
    assert mailbox.message(tmp_path, identity).subject == subject
