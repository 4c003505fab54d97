"""IP Australia's predictor, against the sandbox's stand-in over HTTP and against a server that misbehaves."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient.ipaustralia import MOST_BYTES, Payload, Predictor, Suggestion, Trouble, payload
from apiclient.outcomes import Outcome
from apiclient.sandbox import Sandbox, ipaustralia
from tests.apiclient.scripted_office import Scripted, running_office, token
from tests.apiclient.test_client import Clock

SECRET = "client-secret-nobody-may-see"
ACCESS = "access-token-nobody-may-see"
TEXT = "リチウムイオン二次電池の正極と負極を備える蓄電装置。極秘の明細書。"
FIELDS = Payload("input.fullText", "out.classes", "symbol", "confidence", "model")
STAND_IN = Payload(
    ipaustralia.TEXT, ipaustralia.SYMBOLS, ipaustralia.SYMBOL, ipaustralia.SCORE, ipaustralia.NAME
)


# --- the stand-in of the sandbox --------------------------------------------------------------------------


@pytest.fixture
def sandbox():
    with Sandbox(seed=1, cases=20) as running:
        yield running


@pytest.fixture
def stand_in(sandbox):
    return sandbox.office.ipaustralia


def predictor_at(sandbox, names=STAND_IN, secret=ipaustralia.CLIENT_SECRET, **settings):
    return Predictor(
        sandbox.url + ipaustralia.PREDICT_PATH,
        sandbox.url + ipaustralia.TOKEN_PATH,
        ipaustralia.CLIENT_ID,
        secret,
        names,
        clock=sandbox.now,
        **settings,
    )


@pytest.fixture
def predictor(sandbox):
    made = predictor_at(sandbox)
    yield made
    made.close()


def test_a_text_becomes_ranked_symbols_of_a_stand_in_that_says_so(predictor):
    prediction = predictor.predict(TEXT)
    assert prediction.outcome is Outcome.OK
    assert prediction.suggestions[0].symbol == "H01M 10/0525"
    scores = [float(one.score) for one in prediction.suggestions]
    assert scores == sorted(scores, reverse=True) and all(0 < score < 1 for score in scores)
    assert "not IP Australia" in prediction.label
    assert predictor.predict(TEXT).suggestions == prediction.suggestions


def test_a_text_that_says_nothing_known_is_answered_with_no_symbol(predictor):
    prediction = predictor.predict("いろはにほへと")
    assert prediction.outcome is Outcome.EMPTY and prediction.suggestions == ()


def test_one_token_serves_until_a_minute_before_its_end(sandbox, stand_in, predictor):
    for _ in range(3):
        predictor.predict(TEXT)
    assert stand_in.asked_for_tokens == 1
    sandbox.advance(seconds=3541)
    assert predictor.predict(TEXT).outcome is Outcome.OK
    assert stand_in.asked_for_tokens == 2


def test_threads_share_one_log_in(stand_in, predictor):
    with ThreadPoolExecutor(8) as pool:
        outcomes = set(pool.map(lambda _: predictor.predict(TEXT).outcome, range(16)))
    assert outcomes == {Outcome.OK} and stand_in.asked_for_tokens == 1


def test_a_token_ended_early_is_replaced_once_and_the_text_put_again(stand_in, predictor):
    predictor.predict(TEXT)
    stand_in.revoke()
    assert predictor.predict(TEXT).outcome is Outcome.OK
    assert stand_in.asked_for_tokens == 2


def test_an_application_not_approved_is_told_so_and_does_not_log_in_again(stand_in, predictor):
    stand_in.approved = False
    for _ in range(3):
        prediction = predictor.predict(TEXT)
        assert (prediction.outcome, prediction.trouble) == (Outcome.AUTH, Trouble.NOT_APPROVED)
    assert stand_in.asked_for_tokens == 1


def test_a_wrong_secret_is_not_tried_again_and_again(sandbox, stand_in):
    predictor = predictor_at(sandbox, secret="wrong")
    for _ in range(3):
        prediction = predictor.predict(TEXT)
        assert (prediction.outcome, prediction.trouble) == (Outcome.AUTH, Trouble.CREDENTIALS)
    assert stand_in.asked_for_tokens == 1
    sandbox.advance(seconds=601)
    predictor.predict(TEXT)
    assert stand_in.asked_for_tokens == 2
    predictor.close()


def test_a_busy_predictor_is_left_alone_as_long_as_it_asks(sandbox, stand_in):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        sandbox.advance(seconds=seconds)

    predictor = predictor_at(sandbox, sleep=sleep, most_wait_seconds=61)
    stand_in.per_minute = 1
    assert predictor.predict(TEXT).outcome is Outcome.OK
    assert predictor.predict(TEXT).outcome is Outcome.OK
    assert len(slept) == 1 and 50 < slept[0] <= 60
    predictor.close()


def test_a_wait_too_long_for_the_caller_is_handed_back_with_its_end(sandbox, stand_in, predictor):
    stand_in.per_minute = 0
    prediction = predictor.predict(TEXT)
    assert prediction.outcome is Outcome.BUSY
    assert timedelta(seconds=50) < prediction.retry_at - sandbox.now() <= timedelta(seconds=60)


@pytest.mark.parametrize(
    "names, field",
    [
        (Payload(ipaustralia.TEXT, "predictions", "cpc"), "symbols"),
        (Payload(ipaustralia.TEXT, ipaustralia.SYMBOLS, "symbol"), "symbol"),
        (Payload(ipaustralia.TEXT, ipaustralia.SYMBOLS, "weight"), "symbol"),
        (Payload(ipaustralia.TEXT, ipaustralia.SYMBOLS, "cpc", "confidence"), "score"),
    ],
)
def test_a_wrong_name_of_a_field_is_said_by_its_setting(sandbox, names, field):
    predictor = predictor_at(sandbox, names)
    prediction = predictor.predict(TEXT)
    assert (prediction.outcome, prediction.trouble) == (Outcome.UNREADABLE, Trouble.NOT_AS_CONFIGURED)
    assert prediction.field == field and prediction.problems
    predictor.close()


def test_a_wrong_name_for_the_text_is_refused_by_the_predictor(sandbox):
    predictor = predictor_at(sandbox, Payload("text", ipaustralia.SYMBOLS, "cpc"))
    assert predictor.predict(TEXT).outcome is Outcome.BAD_INPUT
    predictor.close()


def test_a_text_of_two_megabytes_is_taken_and_a_longer_one_is_not_sent(stand_in, predictor):
    fitting = "電" * (MOST_BYTES // 3)
    assert predictor.predict(fitting).outcome is Outcome.EMPTY
    for longer in (fitting + "電", "x" * (MOST_BYTES + 1)):
        prediction = predictor.predict(longer)
        assert (prediction.outcome, prediction.trouble) == (Outcome.BAD_INPUT, Trouble.TOO_LONG)
    assert predictor.predict(" \n").trouble is Trouble.EMPTY_TEXT


# --- a server that misbehaves ----------------------------------------------------------------------------


@pytest.fixture
def office():
    """All calls of a predictor are POSTs: the script gives the token first, then the answers."""
    with running_office() as running:
        yield running


def ask(office, *answers, names=FIELDS, most_wait_seconds=20.0):
    clock = Clock()
    office.tokens = [token(ACCESS), *answers]
    predictor = Predictor(
        office.url + "/predict",
        office.url + "/token",
        "the-application",
        SECRET,
        names,
        clock=clock,
        sleep=clock.sleep,
        most_wait_seconds=most_wait_seconds,
    )
    prediction = predictor.predict(TEXT)
    predictor.close()
    return prediction, clock


def classes(*rows, **outer):
    return Scripted(200, json.dumps({"out": {"classes": list(rows)}, **outer}).encode())


def test_names_of_fields_may_be_nested_and_the_order_is_that_of_the_scores(office):
    rows = ({"symbol": "g06n3/08", "confidence": 0.2}, {"symbol": "H04W0072040000", "confidence": 0.71})
    prediction, _ = ask(office, classes(*rows, model="cpc-5"))
    assert prediction.suggestions == (Suggestion("H04W 72/04", "0.71"), Suggestion("G06N 3/08", "0.2"))
    assert prediction.label == "cpc-5"


def test_percents_stay_percents(office):
    rows = (
        {"symbol": "H04W 72/04", "confidence": "7.5 %"},
        {"symbol": "G06N 3/08", "confidence": "81％"},
    )
    prediction, _ = ask(office, classes(*rows))
    assert [one.score for one in prediction.suggestions] == ["81 %", "7.5 %"]


def test_a_bare_list_of_symbols_keeps_its_order(office):
    body = Scripted(200, b'["H04W 72/04", "G06N 3/08", "A61B 5/00"]')
    prediction, _ = ask(office, body, names=Payload("text", ".", "."))
    assert [one.symbol for one in prediction.suggestions] == ["H04W 72/04", "G06N 3/08", "A61B 5/00"]
    assert {one.score for one in prediction.suggestions} == {""}


def test_one_symbol_alone_need_be_no_list(office):
    prediction, _ = ask(office, Scripted(200, b'{"top": "H04W 72/04"}'), names=Payload("text", "top", "."))
    assert [one.symbol for one in prediction.suggestions] == ["H04W 72/04"]


def test_an_entry_that_says_nothing_is_told_beside_the_others(office):
    rows = (
        {"symbol": "H04W", "confidence": 0.9},
        {"symbol": "H04W 72/04", "confidence": 0.8},
        {"symbol": "H04W 72/04", "confidence": 0.7},
        {"symbol": "G06N 3/08", "confidence": float("nan")},
    )
    prediction, _ = ask(office, classes(*rows))
    assert prediction.suggestions == (Suggestion("H04W 72/04", "0.8"),)
    assert len(prediction.problems) == 3


@pytest.mark.parametrize("score", [1.5e300, -0.1, 100.5, True, None, [], "high", "101 %", "1" * 400])
def test_what_is_no_score_is_no_score(office, score):
    prediction, _ = ask(office, classes({"symbol": "H04W 72/04", "confidence": score}))
    assert (prediction.outcome, prediction.field) == (Outcome.UNREADABLE, "score")


@pytest.mark.parametrize(
    "answer, outcome",
    [
        (Scripted(200, b"<!DOCTYPE html><html>maintenance</html>"), Outcome.DOWN),
        (Scripted(200, b""), Outcome.UNREADABLE),
        (Scripted(200, b"[" * 200_000), Outcome.UNREADABLE),
        (Scripted(200, b"\xff\xfe\x00"), Outcome.UNREADABLE),
        (Scripted(200, b'{"out": {"classes": "none"}}'), Outcome.UNREADABLE),
        (Scripted(302, b"", {"Location": "https://elsewhere.example/"}), Outcome.DOWN),
        (Scripted(500, b"{}"), Outcome.DOWN),
        (Scripted(504, b""), Outcome.TIMEOUT),
        (Scripted(404, b"{}"), Outcome.WRONG_PATH),
        (Scripted(400, b"{}"), Outcome.BAD_INPUT),
        (Scripted(413, b"{}"), Outcome.BAD_INPUT),
        (Scripted(200, b'{"out": {"classes": []}}'), Outcome.EMPTY),
        (Scripted(200, b" " * (1024 * 1024 + 1)), Outcome.DOWN),
    ],
)
def test_every_answer_ends_in_a_named_outcome(office, answer, outcome):
    prediction, _ = ask(office, answer)
    assert prediction.outcome is outcome and prediction.suggestions == ()


def test_a_second_401_is_the_end(office):
    prediction, _ = ask(office, Scripted(401), token("access-2"), Scripted(401))
    assert (prediction.outcome, prediction.trouble) == (Outcome.AUTH, Trouble.CREDENTIALS)
    assert [asked.path for asked in office.posts] == ["/token", "/predict", "/token", "/predict"]


@pytest.mark.parametrize(
    "retry_after, slept",
    [
        ("3", [3.0]),
        ("Wed, 07 May 2031 03:00:05 GMT", [5.0]),
        ("0", [1.0]),
        ("", []),
        ("soon", []),
        ("9" * 300, []),
    ],
)
def test_retry_after_is_honoured_within_reason(office, retry_after, slept):
    headers = {"Retry-After": retry_after} if retry_after else {}
    good = classes({"symbol": "H04W 72/04", "confidence": 1})
    prediction, clock = ask(office, Scripted(429, b"", headers), good)
    assert clock.slept == slept
    if slept:
        assert prediction.outcome is Outcome.OK
    else:
        assert prediction.outcome is Outcome.BUSY
        assert timedelta(0) < prediction.retry_at - clock() <= timedelta(hours=1)


def test_a_predictor_that_stays_busy_is_asked_three_times_at_most(office):
    prediction, _ = ask(office, Scripted(429, b"", {"Retry-After": "2"}))
    assert prediction.outcome is Outcome.BUSY
    assert [asked.path for asked in office.posts].count("/predict") == 3


def test_neither_secret_nor_token_nor_text_is_said_anywhere(office, caplog):
    caplog.set_level(logging.DEBUG)
    said = [ask(office, answer)[0] for answer in (Scripted(401), Scripted(403), Scripted(500, b"x"))]
    office.stop()
    said.append(ask(office)[0])
    whole = caplog.text + repr(said)
    for secret in (SECRET, ACCESS, "極秘の明細書"):
        assert secret not in whole


def test_a_predictor_is_only_asked_where_secrets_may_go():
    with pytest.raises(ValueError, match="https"):
        Predictor("http://predictor.example/x", "https://token.example", "id", SECRET, FIELDS)


@pytest.mark.parametrize("names", [("", "a", "b"), (".", "a", "b"), ("t", "", "b"), ("t", "a..b", "c")])
def test_names_that_name_nothing_are_refused(names):
    with pytest.raises(ValueError):
        Payload(*names)


jsons = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abcs") | st.text(), inner),
    max_leaves=20,
)


@given(jsons)
def test_whatever_json_comes_is_read_or_refused(document):
    try:
        reply = payload.read(Payload("t", "a", "b", "c", "s"), json.dumps(document).encode())
    except payload.NotAsConfigured as misfit:
        assert misfit.field in ("symbols", "symbol", "score")
    else:
        assert all(one.symbol for one in reply.suggestions)


@given(st.binary(max_size=300))
def test_whatever_bytes_come_are_read_or_refused(body):
    try:
        payload.read(Payload("t", ".", "."), body)
    except payload.NotAsConfigured as misfit:
        assert str(misfit)
