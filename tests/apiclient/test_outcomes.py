"""An answer is what the office says of a case; everything else must never pass for one."""

import pytest

from apiclient.outcomes import Outcome, classify


@pytest.mark.parametrize(
    ("code", "http", "outcome"),
    [
        ("100", 200, "ok"),
        ("107", 200, "empty"),
        ("108", 200, "no_body"),
        ("111", 200, "out_of_range"),
        ("203", 200, "daily_limit"),
        ("204", 200, "bad_input"),
        ("208", 200, "bad_input"),
        ("210", 401, "auth"),
        ("212", 200, "auth"),
        ("301", 404, "wrong_path"),
        ("302", 504, "timeout"),
        ("303", 429, "busy"),
        ("999", 200, "down"),
        ("999", 500, "down"),
        ("999", 504, "down"),
    ],
)
def test_office_codes_as_documented(code, http, outcome):
    assert classify(code, http) == outcome


def test_the_body_decides_before_http():
    assert classify("303", 200) is Outcome.BUSY
    assert classify("107", 500) is Outcome.EMPTY


@pytest.mark.parametrize(
    ("http", "outcome"),
    [
        (None, "down"),
        (200, "unreadable"),
        (302, "down"),
        (400, "bad_input"),
        (401, "auth"),
        (403, "down"),
        (404, "wrong_path"),
        (429, "busy"),
        (500, "down"),
        (503, "down"),
        (504, "timeout"),
    ],
)
@pytest.mark.parametrize("code", ["", "777"])
def test_without_a_known_code_http_decides(code, http, outcome):
    assert classify(code, http) == outcome


def test_only_what_speaks_of_the_case_is_an_answer():
    assert {o.value for o in Outcome if o.is_answer} == {"ok", "empty", "no_body", "out_of_range"}
    assert {o.value for o in Outcome if o.retry_today} == {"busy", "timeout", "down"}
