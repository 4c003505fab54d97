"""The wire: limits on time and size, no secrets in anything a log may hold, https except on this machine."""

import logging
import socket
import time
import traceback

import pytest

from apiclient.transport import Transport, TransportFailure
from tests.apiclient.scripted_office import Scripted, running_office

TOKEN = "access-token-nobody-may-see"
PASSWORD = "password-nobody-may-see"


@pytest.fixture
def office():
    with running_office() as running:
        yield running


@pytest.fixture
def wire(office):
    transport = Transport(office.url, connect_timeout=60, read_timeout=60, total_timeout=120)
    yield transport
    transport.close()


def sends(payload, *, pause=0.0, after=b""):
    """A raw answer, byte for byte, after which the connection is closed."""

    def raw(handler):
        handler.close_connection = True
        handler.wfile.write(payload)
        handler.wfile.flush()
        for byte in after:
            time.sleep(pause)
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()

    return [Scripted(raw=raw)]


@pytest.mark.parametrize(
    "address",
    [
        "http://ip-data.jpo.go.jp",
        "http://localhost.example.com",
        "ftp://127.0.0.1",
        "ip-data.jpo.go.jp",
        "https://user:secret@ip-data.jpo.go.jp",
        "https://ip-data.jpo.go.jp?x=1",
        "",
    ],
)
def test_secrets_go_by_https_or_to_this_machine_only(address):
    with pytest.raises(ValueError, match="must") as refused:
        Transport(address)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["https://ip-data.jpo.go.jp/", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"]
)
def test_good_addresses(address):
    Transport(address).close()


def test_the_token_goes_in_the_header_and_the_form_in_the_body(office, wire):
    office.answers = [Scripted(200, b"{}")]
    wire.get("/api/x", token=TOKEN)
    wire.post_form("/auth/token", {"password": "a&b=ü"})
    assert office.gets[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert office.posts[0].form == {"password": "a&b=ü"}
    assert "Authorization" not in office.posts[0].headers


def test_a_netrc_entry_does_not_replace_the_token(office, wire, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire._session.trust_env = True
    office.answers = [Scripted(200, b"{}")]
    wire.get("/api/x", token=TOKEN)
    assert office.gets[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(office, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    office.answers = [Scripted(200, b"{}")]
    assert Transport(office.url).get("/api/x", token=TOKEN).http_status == 200


def test_redirects_are_not_followed(office, wire):
    office.answers = [Scripted(302, b"", {"Location": office.url + "/elsewhere"})]
    assert wire.get("/api/x", token=TOKEN).http_status == 302
    assert len(office.asked) == 1


def test_cookies_are_not_kept(office, wire):
    office.answers = [Scripted(200, b"{}", {"Set-Cookie": "a=b"})]
    wire.get("/api/x", token=TOKEN)
    wire.get("/api/x", token=TOKEN)
    assert "Cookie" not in office.gets[1].headers


@pytest.mark.parametrize(
    ("header", "cached"),
    [("Hit from cloudfront", True), ("Miss from cloudfront", False), ("RefreshHit from cloudfront", False)],
)
def test_the_edge_caches_answers_are_known_for_what_they_are(office, wire, header, cached):
    office.answers = [Scripted(200, b"{}", {"X-Cache": header})]
    assert wire.get("/api/x", token=TOKEN).edge_cached is cached


def test_a_chunked_answer_is_read_whole(office, wire):
    office.answers = sends(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\ndefgh\r\n0\r\n\r\n"
    )
    assert wire.get("/api/x", token=TOKEN).body == b"abcdefgh"


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (sends(HEAD + b"Content-Length: 5000\r\n\r\n" + b"x" * 5000), "larger than 1000"),
        (sends(HEAD + b"\r\n" + b"x" * 5000), "larger than 1000"),
        (sends(HEAD + b"Content-Length: 500\r\n\r\nxx"), "cut off"),
        (sends(HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc"), "cut off"),
        (sends(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx"), "packed"),
        (sends(b"this is not HTTP\r\n\r\n"), "connection failed"),
        (sends(b""), "connection failed"),
    ],
)
def test_answers_that_cannot_be_had_whole(office, wire, answer, reason):
    office.answers = answer
    with pytest.raises(TransportFailure, match=reason) as failed:
        wire.get("/api/x", token=TOKEN, cap=1000)
    assert failed.value.sent


@pytest.mark.parametrize(
    ("answer", "patience", "reason"),
    [
        (sends(b"", pause=3, after=b"x"), {"read_timeout": 0.3, "total_timeout": 60}, "no answer in time"),
        (
            sends(HEAD + b"Content-Length: 9\r\n\r\n", pause=0.3, after=b"x" * 9),
            {"read_timeout": 60, "total_timeout": 0.6},
            "took too long",
        ),
    ],
)
def test_answers_that_come_too_late(office, answer, patience, reason):
    office.answers = answer
    with pytest.raises(TransportFailure, match=reason) as failed:
        Transport(office.url, connect_timeout=60, **patience).get("/api/x", token=TOKEN)
    assert failed.value.sent


def test_where_nobody_listens_nothing_was_sent():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TransportFailure, match="connection failed") as failed:
        Transport(f"http://127.0.0.1:{port}").get("/api/x", token=TOKEN)
    assert not failed.value.sent


def everything_said(error, caplog):
    """All that a log could show of `error`: its own text, its chain, local exceptions' texts, the records."""
    chain, seen = [error], []
    while chain:
        one = chain.pop()
        seen.append(repr(one) + "".join(traceback.format_exception(one)))
        chain += [inner for inner in (one.__cause__, one.__context__) if inner is not None]
    return "".join(seen) + caplog.text


@pytest.mark.parametrize("answer", [b"", b"not http\r\n\r\n", HEAD + b"Content-Length: 500\r\n\r\nxx"])
def test_no_secret_in_exceptions_logs_or_reprs(office, wire, caplog, answer):
    caplog.set_level(logging.DEBUG)
    office.answers = office.tokens = sends(answer)
    for ask in (
        lambda: wire.get("/api/x", token=TOKEN),
        lambda: wire.post_form("/auth/token", {"password": PASSWORD}),
    ):
        with pytest.raises(TransportFailure) as failed:
            ask()
        said = everything_said(failed.value, caplog) + repr(wire) + repr(vars(wire))
        assert failed.value.__context__ is None
        assert TOKEN not in said and PASSWORD not in said


def test_a_token_that_would_forge_a_header_is_not_sent_and_not_shown(office, wire, caplog):
    with pytest.raises(TransportFailure) as failed:
        wire.get("/api/x", token=TOKEN + "\r\nX-Forged: 1")
    assert office.asked == []
    assert TOKEN not in everything_said(failed.value, caplog)
