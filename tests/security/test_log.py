"""Lines of the log: nobody writes one in our name, and none opens anything."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.test import Client

from dossiers.log_lines import AsJson, WithoutTokens

FORGED = "x\r\n2026-11-24 09:00:00 INFO django.security: boss signed in"
MARKS = ("\r", "\n", "\x0b", "\x0c", "\x1b", "\x85", "\u2028", "\u2029", "\u202e")


def written(formatter: logging.Formatter, message: str, *args: object) -> str:
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(formatter)
    handler.emit(logging.LogRecord("dossiers", logging.WARNING, __file__, 1, message, args, None))
    return kept.getvalue()


def plain() -> WithoutTokens:
    return WithoutTokens("{asctime} {levelname} {name}: {message}", style="{")


def test_words_of_others_begin_no_line_of_their_own():
    line = written(plain(), "no answer from %s", FORGED)
    assert len(line.splitlines()) == 1 and "\\r\\n2026" in line
    line = written(AsJson(), "no answer from %s", FORGED)
    assert len(line.split("\n")) == 2 and json.loads(line)["message"].endswith(FORGED)


@pytest.mark.parametrize("mark", MARKS)
def test_no_character_that_moves_a_terminal_or_a_line_goes_into_it(mark):
    assert mark not in written(plain(), "a%sb", mark).removesuffix("\n")


def test_a_traceback_keeps_its_lines():
    try:
        raise ValueError("why")
    except ValueError:
        import sys

        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "m", (), sys.exc_info())
    assert len(plain().format(record).splitlines()) > 3


@pytest.mark.parametrize("form", [plain, AsJson])
@pytest.mark.parametrize(
    "address",
    [
        "/login/forgotten/3x-c9k-Token/", "/login/invitation/Token/", "/settings/email/MQ:1abc:Token/",
        "/feeds/Token/", "/u/Token/", "/a/Token/", "/w/Token/",
    ],
)  # fmt: skip
def test_a_link_that_opens_something_is_not_in_the_log(form, address):
    line = written(form(), "Not Found: %s", address)
    assert "Token" not in line and "left-out" in line


@pytest.mark.django_db
def test_an_address_made_to_forge_a_line_does_not(caplog):
    with caplog.at_level(logging.INFO):
        Client().get("/nowhere/%0d%0a2026-11-24 INFO boss signed in")
        Client(headers={"host": "evil\r\nexample"}).get("/")
        Client(headers={"user-agent": FORGED, "x-request-id": FORGED}).get("/login/")
    assert caplog.records
    for record in caplog.records:
        assert len(plain().format(record).partition("Traceback")[0].splitlines()) == 1
