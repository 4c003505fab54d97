"""What is kept for people to look at holds no secret, and all else that could say what was wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient.redaction import without_addresses, without_secrets

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJlLW5vYm9keS1tYXktc2Vl"
SIGNED = "https://bucket.example/d/x.zip?X-Amz-Signature=nobody-may-see&X-Amz-Credential=nobody-may-see"


@pytest.mark.parametrize(
    "body",
    [
        f'{{"access_token": "{JWT}", "n": "2020008423"}}',
        f"<p>2020008423 {JWT}</p>",
        '{"n": "2020008423", "refresh_token":"nobody-may-see"}',
        "2020008423 Authorization: Bearer nobody-may-see",
        "2020008423 authorization=Basic bm9ib2R5LW1heS1zZWU=",
        "grant_type=password&username=u&password=nobody-may-see&n=2020008423",
        f'{{"n": "2020008423", "URL": "{SIGNED}"}}',
        json.dumps({"n": "2020008423", "URL": SIGNED}).replace("/", "\\/").replace("?", "\\u003f"),
        f"<a href='{SIGNED}'>2020008423</a>",
        "<Error><Signature>nobody-may-see</Signature><n>2020008423</n></Error>",
        '{"n": "2020008423", "inner": "{\\"client_secret\\": \\"nobody-may-see\\"}"}',
    ],
)
def test_secrets_go_and_the_rest_stays(body):
    left = without_secrets(body.encode()).decode()
    assert "nobody-may-see" not in left and "c2lnbmF0" not in left and "bm9ib2R5" not in left
    assert "2020008423" in left and "[left-out]" in left


@pytest.mark.parametrize(
    "body",
    [
        "拒絶理由通知書 特願2020-008423 署名 https://www.j-platpat.inpit.go.jp/c1800/PU/JP-2020-008423/10/ja",
        '{"result": {"statusCode": "100", "remainAccessCount": "398"}}',
        "a signature is required; the password is wrong",
    ],
)
def test_what_is_no_secret_is_not_touched(body):
    assert without_secrets(body.encode()).decode() == body


PIECES = [
    b"https://",
    b"?",
    b'"',
    b"\\",
    b"password",
    b"=",
    b": ",
    b"Bearer ",
    b"abcdefgh",
    b"[left-out]",
    b" ",
    b"eyJ.a",
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=30).map(b"".join))
def test_redacting_twice_changes_nothing_more_and_nothing_brings_it_down(body):
    once = without_secrets(body)
    assert without_secrets(once) == once
    without_addresses(body)


def test_an_address_that_is_a_key_leaves_its_host():
    told = json.loads(
        without_addresses(json.dumps({"a": [{"URL": SIGNED}, {"url": "odd"}], "n": 1}).encode())
    )
    assert told == {"a": [{"URL": "https://bucket.example/[left-out]"}, {"url": "/[left-out]"}], "n": 1}
    escaped = json.dumps({"a": SIGNED}).replace("h", "\\u0068").encode()
    assert b"x.zip" not in without_addresses(escaped)


@pytest.mark.parametrize(
    "piece",
    [
        b"http://",
        b"eyJ",
        b"password ",
        b"bearer ",
        b"<Signature>",
        b"https://a?",
        b"signature=",
        b"eyJaaaaa.",
    ],
)
def test_the_work_grows_with_the_length_alone(piece):
    """A million bytes written to be slow end at once; were it quadratic, this would not end at all."""
    without_secrets(piece * (1_000_000 // len(piece)))
