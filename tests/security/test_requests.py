"""Requests that no browser sends, to the server as it is installed: its own process, its own sockets."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 30.0
# As installed, but for the list of static files, which `collectstatic` writes.
SETTINGS = """
from ipportal.settings import *
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    """The pages under gunicorn with the configuration that is installed, without a database of its own."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "web_settings.py").write_text(SETTINGS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    given = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "DATABASE_URL": f"sqlite:///{folder / 'web.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "web_settings",
        "PYTHONPATH": f"{folder}:{ROOT}",
        "IPPORTAL_BIND": f"127.0.0.1:{number}",
        "IPPORTAL_WEB_WORKERS": "1",
        "IPPORTAL_WEB_THREADS": "3",
        "IPPORTAL_SECRET_KEY": "s" * 60,
    }
    gunicorn = shutil.which("gunicorn", path=str(Path(sys.executable).parent))
    command = [gunicorn, "--config", "deploy/gunicorn.conf.py", "ipportal.wsgi:application"]
    with (folder / "log").open("wb") as log:
        web = subprocess.Popen(command, cwd=ROOT, env=given, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until:
                try:
                    if spoken(
                        number, b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    ):
                        break
                except OSError:
                    time.sleep(0.2)
            yield number
        finally:
            web.terminate()
            web.wait(30)


def spoken(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What the server says to these bytes until it closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(pause)
        line.settimeout(SECONDS)
        said = b""
        while True:
            try:
                more = line.recv(65536)
            except (TimeoutError, ConnectionResetError):
                return said
            if not more:
                return said
            said += more


def status_of(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found[1]) if found else 0


GET = b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
PLAIN = b"GET /static/nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


def test_a_plain_request_is_answered_and_says_nothing_of_who_answers(port):
    answer = spoken(port, PLAIN + b"\r\n")
    assert status_of(answer) == 404
    server = [one for one in answer.split(b"\r\n") if one.lower().startswith(b"server:")]
    assert not any(re.search(rb"\d", one) for one in server)  # the name, but never its version


@pytest.mark.parametrize(
    "head",
    [
        b"X-A: " + b"a" * 20_000 + b"\r\n",
        b"".join(b"X-%d: a\r\n" % number for number in range(200)),
        b"Cookie: " + b"a=b; " * 5000 + b"\r\n",
        b"No colon here\r\n",
        b" folded: line\r\n",
        b"X-A\x00: b\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
    ],
    ids=["long", "many", "cookies", "no colon", "folded", "nul", "two lengths", "unequal", "plus", "minus",
         "encodings", "blank"],
)  # fmt: skip
def test_a_head_that_two_servers_could_read_in_two_ways_is_refused(port, head):
    answer = spoken(port, PLAIN + head + b"\r\n" + b"0\r\n\r\n")
    assert status_of(answer) in (400, 431, 501), answer[:200]
    assert answer.count(b"HTTP/1.1 ") == 1  # nothing behind it was taken for a second request


def test_an_address_longer_than_any_of_ours_is_refused(port):
    answer = spoken(port, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status_of(answer) in (400, 414)


@pytest.mark.parametrize("method", [b"TRACE", b"TRACK", b"CONNECT", b"PROPFIND"])
def test_methods_that_tell_of_the_inside_are_not_answered(port, method):
    words = (
        b" /static/nothing HTTP/1.1\r\nHost: localhost\r\nX-Mark: secret-mark\r\nConnection: close\r\n\r\n"
    )
    answer = spoken(port, method + words)
    assert status_of(answer) in (400, 403, 404, 405, 501) and b"secret-mark" not in answer


@pytest.mark.parametrize(
    "path",
    [
        b"/static/../manage.py", b"/static/..%2f..%2fmanage.py", b"/static/%2e%2e/x",
                                  b"/static//etc/passwd", b"/static/css/", b"/.git/config",
        b"/var/secret_key",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_static_files_nor_lists_them(port, path):
    answer = spoken(port, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status_of(answer) in (302, 400, 404), answer[:100]
    assert b"DJANGO" not in answer and b"root:" not in answer and b"Index of" not in answer


def test_who_sends_slowly_keeps_nobody_else_waiting(port):
    lines = []
    try:
        for _ in range(2):  # one thread less than there are
            line = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
            line.sendall(b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\na")
            lines.append(line)
        for _ in range(8):  # heads that never end hold no thread for long, or none
            line = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
            lines.append(line)
        assert status_of(spoken(port, PLAIN + b"\r\n")) == 404
    finally:
        for line in lines:
            line.close()


# --- what the application makes of it ---------------------------------------------------------------------


def test_no_header_makes_an_answer_speak_of_another_site(boss):
    """An answer that a cache kept would then lead everybody there."""
    client = Client(
        headers={
            "x-forwarded-host": "evil.example",
            "x-host": "evil.example",
            "forwarded": "host=evil.example",
            "x-forwarded-server": "evil.example",
            "x-original-url": "/evil.example",
            "x-rewrite-url": "/evil.example",
            "x-forwarded-prefix": "/evil.example",
            "x-forwarded-scheme": "evil.example",
        }
    )
    client.force_login(boss)
    for path in ("/", "/login/", "/cases/", "/settings/", "/api/v1/openapi.json", "/nowhere/"):
        answer = client.get(path)
        assert "evil.example" not in answer.content.decode() + str(answer.headers), path


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example",
                                  "testserver:99999x", "evil.example#testserver"])  # fmt: skip
def test_a_link_in_a_mail_never_follows_the_host_that_was_asked_for(boss, host, mailoutbox):
    answer = Client(headers={"host": host}).post("/login/forgotten/", {"email": boss.email})
    assert answer.status_code == 400
    assert not mailoutbox


def test_a_link_in_a_mail_leads_to_the_site_that_the_firm_named(boss, mailoutbox, settings):
    settings.SITE_URL = "https://docket.example"
    settings.ALLOWED_HOSTS = ["*"]  # even where somebody was careless
    Client(headers={"host": "evil.example"}).post("/login/forgotten/", {"email": boss.email})
    assert len(mailoutbox) == 1
    assert "evil.example" not in mailoutbox[0].body and "https://docket.example/" in mailoutbox[0].body


def test_files_larger_than_the_portal_takes_are_refused_while_they_arrive(boss, settings, tmp_path):
    settings.UPLOAD_MOST_BYTES = 100_000
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10_000
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    client.get("/add/")
    large = SimpleUploadedFile("numbers.csv", b"1" * 150_000)
    answer = client.post("/add/", {"upload": large})
    assert answer.status_code == 400
    assert list(tmp_path.iterdir()) == []
    many = {f"file{number}": SimpleUploadedFile("n.csv", b"1" * 40_000) for number in range(3)}
    assert client.post("/add/", many).status_code == 400
    assert list(tmp_path.iterdir()) == []


def test_a_length_that_lies_does_not_get_more_in(settings):
    """The handler counts what comes, for a length may be missing or wrong."""
    from dossiers.views.uploads import Bounded

    settings.UPLOAD_MOST_BYTES = 1000
    handler = Bounded()
    handler.handle_raw_input(None, {}, 10, b"x")
    assert handler.receive_data_chunk(b"a" * 900, 0) == b"a" * 900
    with pytest.raises(RequestDataTooBig):
        handler.receive_data_chunk(b"a" * 200, 900)


NAMES = ("../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a\r\nX-Evil: 1.csv",
         "a\0.csv",
         "." * 300 + ".csv", "<script>alert(1)</script>.csv", "con.csv", "‮vsc.exe")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_is_words_and_never_a_path(boss, name, settings, tmp_path):
    from dossiers.models import ImportFile

    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    client = Client()
    client.force_login(boss)
    file = SimpleUploadedFile("x.csv", "出願番号,備考\n特願2020-008423,x".encode())
    file._name = name  # as a hostile program sends it: the library tidies what a browser is given
    answer = client.post("/add/", {"upload": file})
    assert answer.status_code == 302 or "\0" in name
    for kept in ImportFile.objects.all():
        assert "\0" not in kept.name and "\n" not in kept.name and len(kept.name) <= 200
        page = client.get(f"/add/file/{kept.pk}/")
        assert "<script>alert" not in page.content.decode() and "X-Evil" not in page.headers
    assert list(tmp_path.iterdir()) == []
    assert not (ROOT.parent / "evil.csv").exists() and not (ROOT / "evil.csv").exists()


def test_the_database_was_not_asked_by_the_server_of_these_tests(port):
    assert connection.settings_dict["NAME"]  # its own is another file
    assert status_of(spoken(port, PLAIN + b"\r\n")) == 404
