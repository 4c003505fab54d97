"""Asking the office as the rest of the program does, against a real server that misbehaves on demand."""

import io
import logging
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from apiclient.addresses import STORAGE_HOST
from apiclient.clock import JST
from apiclient.jpo.catalogue import endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Outcome
from apiclient.quota import DailyLimitReached, MemoryLedger, MinuteLimitReached, Purpose
from tests.apiclient.scripted_office import Scripted, envelope, running_office, token

ADDRESS = endpoint("patent", "jpp_fixed_address")
BUNDLE = endpoint("patent", "app_doc_cont_refusal_reason")
NUMBER = "2031000123"
PASSWORD = "password-nobody-may-see"
ACCESS = "access-token-nobody-may-see"
GOOD = {"URL": "https://www.j-platpat.inpit.go.jp/c1800/PU/JP-2031-000123/00/10/ja"}


class Clock:
    """Time passes only while the client sleeps."""

    def __init__(self):
        self.now = datetime(2031, 5, 7, 12, tzinfo=JST)
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class Desk:
    """A client with its office, clock and account."""

    def __init__(self, office, limits=None, **settings):
        rules = policy(limits)
        self.office, self.clock, self.ledger = office, Clock(), MemoryLedger(rules)
        self.client = JpoClient(
            office.url,
            "the-id",
            PASSWORD,
            self.ledger,
            rules,
            clock=self.clock,
            sleep=self.clock.sleep,
            **settings,
        )
        office.tokens = [token(ACCESS)]

    def ask(self, *answers, row=ADDRESS, purpose=Purpose.PERSON):
        if answers:
            self.office.answers = list(answers)
        return self.client.call(row, NUMBER, purpose=purpose)

    def usage(self, row=ADDRESS):
        return self.ledger.usage(self.client.bucket(row), self.clock())


@pytest.fixture
def office():
    with running_office() as running:
        yield running


@pytest.fixture
def desk(office):
    desk = Desk(office)
    yield desk
    desk.client.close()


def test_a_question_and_its_answer(desk):
    answer = desk.ask(envelope("100", GOOD, remaining="398"))
    assert (answer.outcome, answer.http_status, answer.status_code) == (Outcome.OK, 200, "100")
    assert answer.reply.url == GOOD["URL"]
    assert (answer.remaining, answer.attempts, answer.problems) == (398, 1, ())
    assert answer.received_at == desk.clock() and not answer.edge_cached
    assert answer.body.startswith(b'{"result"')
    assert desk.office.gets[0].path == f"/api/patent/v1/jpp_fixed_address/{NUMBER}"
    assert desk.usage().left == 398


def test_a_bundle_comes_raw_and_is_counted_by_us(desk):
    answer = desk.ask(Scripted(200, b"PK\x03\x04 and so on"), row=BUNDLE)
    assert answer.outcome is Outcome.OK and answer.reply is None
    assert answer.body == b"PK\x03\x04 and so on"
    assert desk.usage(BUNDLE).left == 199


def test_bad_arguments_never_leave_the_machine(desk):
    answer = desk.client.call(ADDRESS, "2031,00012")
    assert answer.outcome is Outcome.BAD_INPUT and answer.attempts == 0
    assert "2031,00012" in answer.message
    assert desk.office.asked == [] and desk.usage().used == 0


@pytest.mark.parametrize("code", ["107", "108", "111", "203", "204", "208", "301"])
def test_what_will_not_change_today_is_asked_once(desk, code):
    answer = desk.ask(envelope(code, remaining="" if code != "107" else "398"))
    assert answer.attempts == 1 == len(desk.office.gets)
    assert desk.clock.slept == []


@pytest.mark.parametrize(
    "trouble",
    [
        envelope("303", status=429),
        envelope("302", status=504),
        envelope("999", status=200),
        Scripted(502, b"<html>bad gateway"),
        Scripted(raw=lambda handler: setattr(handler, "close_connection", True)),
    ],
)
def test_passing_troubles_are_tried_again_each_charged(desk, trouble):
    answer = desk.ask(trouble, trouble, envelope("100", GOOD))
    assert answer.outcome is Outcome.OK and answer.attempts == 3
    assert desk.usage().used == 3
    first, second = desk.clock.slept
    assert first < second


def test_an_overloaded_office_is_given_time(desk):
    answer = desk.ask(envelope("303", status=429))
    assert answer.outcome is Outcome.BUSY and answer.attempts == 3
    assert desk.clock.slept[0] >= 6 and desk.clock.slept[1] >= 12


def test_who_cannot_wait_is_told_at_once(office):
    desk = Desk(office, max_wait_seconds=1)
    answer = desk.ask(envelope("303", status=429))
    assert answer.outcome is Outcome.BUSY and answer.attempts == 1
    assert desk.clock.slept == []


def test_an_office_that_has_gone_costs_no_calls(desk):
    desk.ask(envelope("107"))
    desk.office.stop()
    answer = desk.ask()
    assert answer.outcome is Outcome.DOWN and answer.http_status is None and answer.attempts == 3
    assert desk.usage().used == 1


def test_an_office_that_was_never_there(office):
    office.stop()
    desk = Desk(office)
    answer = desk.ask()
    assert answer.outcome is Outcome.DOWN and answer.attempts == 0 and "log-in" in answer.message
    assert desk.usage().used == 0


def test_an_expired_token_is_replaced_and_the_question_put_again(desk):
    desk.office.tokens = [token(ACCESS), token("second")]
    answer = desk.ask(envelope("210", status=401), envelope("100", GOOD))
    assert answer.outcome is Outcome.OK and answer.attempts == 2
    assert [asked.form["grant_type"] for asked in desk.office.posts] == ["password", "refresh_token"]
    assert desk.office.gets[1].headers["Authorization"] == "Bearer second"
    assert desk.usage().used == 2


def test_a_token_refused_twice_is_an_answer_not_a_loop(desk):
    answer = desk.ask(envelope("210", status=401))
    assert answer.outcome is Outcome.AUTH and answer.attempts == 2


def test_a_limit_met_while_replacing_a_token_is_an_answer_for_a_call_was_sent(office):
    desk = Desk(office, {"patent/jpp_fixed_address": 1})
    answer = desk.ask(envelope("210", status=401))
    assert answer.outcome is Outcome.DAILY_LIMIT and answer.attempts == 1


def test_a_wrong_password_is_tried_once_and_charges_nothing(desk):
    desk.office.tokens = [Scripted(401, b'{"error": "invalid_grant"}')]
    for _ in range(4):
        answer = desk.ask()
        assert answer.outcome is Outcome.AUTH and answer.attempts == 0
    assert len(desk.office.posts) == 1 and desk.usage().used == 0


def test_the_daily_limit_is_kept_before_anything_is_sent(office):
    desk = Desk(office, {"patent/jpp_fixed_address": 1})
    desk.ask(envelope("107"))
    with pytest.raises(DailyLimitReached):
        desk.ask()
    assert len(office.gets) == 1


def test_the_offices_own_203_closes_the_bucket_until_midnight_in_japan(desk):
    assert desk.ask(envelope("203")).outcome is Outcome.DAILY_LIMIT
    with pytest.raises(DailyLimitReached) as reached:
        desk.ask()
    assert reached.value.until == datetime(2031, 5, 8, 0, 1, tzinfo=JST)
    desk.clock.now = reached.value.until + timedelta(minutes=5)
    assert desk.ask(envelope("100", GOOD)).outcome is Outcome.OK


def test_a_full_minute_is_waited_for(desk):
    desk.office.answers = [envelope("107")]
    for _ in range(11):
        assert desk.ask().outcome is Outcome.EMPTY
    assert len(desk.clock.slept) == 1 and 60 < desk.clock.slept[0] < 62


def test_a_full_minute_is_not_waited_for_by_who_cannot(office):
    desk = Desk(office, max_wait_seconds=5)
    office.answers = [envelope("107")]
    for _ in range(8):
        desk.ask(purpose=Purpose.BACKGROUND)
    with pytest.raises(MinuteLimitReached):
        desk.ask(purpose=Purpose.BACKGROUND)
    assert desk.ask(purpose=Purpose.PERSON).outcome is Outcome.EMPTY


def test_a_limit_reached_between_tries_keeps_what_is_known(office):
    desk = Desk(office, {"patent/jpp_fixed_address": 1})
    answer = desk.ask(envelope("999", status=500))
    assert answer.outcome is Outcome.DOWN and answer.attempts == 1
    assert any("not asked again" in problem for problem in answer.problems)


def test_the_edge_caches_repeats_cost_nothing_and_prove_nothing(desk):
    desk.ask(envelope("100", GOOD, remaining="392"))
    cached = desk.ask(envelope("100", GOOD, remaining="100", X_Cache="Hit from cloudfront"))
    assert cached.edge_cached and cached.outcome is Outcome.OK
    assert desk.usage().left == 392


def test_a_page_of_html_is_no_answer(desk):
    answer = desk.ask(Scripted(200, b"<html>maintenance</html>"))
    assert answer.outcome is Outcome.DOWN and not answer.outcome.is_answer and answer.is_unreadable
    assert answer.body == b"<html>maintenance</html>"


@pytest.mark.parametrize("answer", [envelope("999"), Scripted(503, b"<html>maintenance</html>")])
def test_an_office_that_says_it_is_down_is_not_one_that_cannot_be_read(desk, answer):
    answer = desk.ask(answer)
    assert answer.outcome is Outcome.DOWN and not answer.is_unreadable


def test_a_call_stopped_between_tries_stays_counted(desk):
    """A worker told to stop between tries: what was sent is charged."""

    def stop(_):
        raise KeyboardInterrupt

    desk.client = JpoClient(
        desk.office.url, "the-id", PASSWORD, desk.ledger, policy(), clock=desk.clock, sleep=stop
    )
    with pytest.raises(KeyboardInterrupt):
        desk.ask(envelope("303", status=429))
    assert desk.usage().used == 1


def test_threads_share_one_log_in_and_one_account(office):
    desk = Desk(office, {"patent/jpp_fixed_address": 6})
    office.answers = [envelope("100", GOOD)]

    def ask(_):
        try:
            return desk.ask().outcome
        except (DailyLimitReached, MinuteLimitReached) as limit:
            return type(limit)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(ask, range(20)))
    assert outcomes.count(Outcome.OK) == 6 == len(office.gets)
    assert outcomes.count(DailyLimitReached) == 14
    assert len(office.posts) == 1


def test_no_secret_in_what_a_person_or_a_log_may_see(desk, caplog):
    caplog.set_level(logging.DEBUG)
    seen = [
        desk.ask(envelope("100", GOOD)),
        desk.ask(envelope("210", status=401)),
        desk.ask(Scripted(raw=lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"))),
    ]
    said = repr(seen) + caplog.text + repr(desk.client) + repr(vars(desk.client))
    assert PASSWORD not in said and ACCESS not in said


@pytest.mark.parametrize("row", [ADDRESS, BUNDLE])
@pytest.mark.parametrize("status", [200, 502])
def test_a_gateway_that_shows_our_request_does_not_have_our_token_kept(desk, row, status):
    page = f"<html>cannot forward: authorization: Bearer {ACCESS} {{{ACCESS}}}</html>".encode()
    answer = desk.ask(Scripted(status, page), row=row)
    assert ACCESS.encode() not in answer.body and b"cannot forward" in answer.body
    told = desk.ask(envelope("100", GOOD | {"debug": ACCESS}), row=row)
    assert ACCESS.encode() not in told.body and ACCESS not in repr(told)


# --- documents too large to be sent at once ---------------------------------------------------------------

FILED = endpoint("patent", "app_doc_cont_opinion_amendment")
LIES_AT = "/_storage/docContOpinionAmendment_2031000123.zip?X-Amz-Signature=key-nobody-may-see"
EXPIRED = Scripted(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")


def archive(size=0):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        written.writestr("A53_52600000476/52600000476-jpntce.xml", b"<x/>" + b" " * size)
    return made.getvalue()


def lying_at(address):
    return envelope("100", {"URL": address})


def own(desk):
    """An address on the port of the desk's own office, which is on this machine."""
    return lying_at(desk.office.url + LIES_AT)


def shown_of(answer, caplog):
    return repr(answer) + answer.message + answer.body.decode("latin-1") + caplog.text


def test_documents_too_large_to_send_are_fetched_from_the_storage_without_our_token(desk, caplog):
    caplog.set_level(logging.DEBUG)
    body = archive(11_000_000)
    answer = desk.ask(own(desk), Scripted(200, body), row=FILED)
    assert (answer.outcome, answer.reply, answer.problems) == (Outcome.OK, None, ())
    assert answer.body == body and len(answer.body) > 10 * 1024 * 1024
    assert (answer.attempts, desk.usage(FILED).used) == (1, 1)
    fetched = desk.office.gets[1]
    assert fetched.path == LIES_AT
    assert not {"authorization", "cookie", "referer"} & {name.lower() for name in fetched.headers}
    assert "key-nobody-may-see" not in caplog.text + repr(answer)


def test_an_address_that_has_gone_stale_is_asked_for_anew(desk):
    answer = desk.ask(own(desk), EXPIRED, own(desk), Scripted(200, archive()), row=FILED)
    assert answer.outcome is Outcome.OK and answer.attempts == 2
    assert desk.usage(FILED).used == 2  # the office was asked twice; fetching is not its business


def test_an_address_that_stays_stale_is_said_to_be_so_and_not_kept(office, caplog):
    caplog.set_level(logging.DEBUG)
    desk = Desk(office, max_wait_seconds=0)
    answer = desk.ask(own(desk), EXPIRED, row=FILED)
    assert answer.outcome is Outcome.TIMEOUT and answer.reply is None
    assert "no longer good" in answer.message and "asks the office for a new address" in answer.message
    assert answer.problems == (answer.message,)
    assert "key-nobody-may-see" not in shown_of(answer, caplog)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"http://{STORAGE_HOST}/x.zip?key-nobody-may-see", "not by https"),
        (f"https://{STORAGE_HOST}.evil.example/x.zip?key-nobody-may-see", "not known as its storage"),
        (f"https://evil.example/{STORAGE_HOST}/x.zip?key-nobody-may-see", "not known as its storage"),
        ("https://s3.amazonaws.com/x.zip?key-nobody-may-see", "not known as its storage"),
        ("https://127.0.0.1/x.zip?key-nobody-may-see", "not known as its storage"),
        ("https://[::1]/x.zip?key-nobody-may-see", "not known as its storage"),
        ("http://127.0.0.1:1/x.zip?key-nobody-may-see", "not by https"),
        ("http://169.254.169.254/latest/key-nobody-may-see", "not by https"),
        (f"https://{STORAGE_HOST}:8443/x.zip?key-nobody-may-see", "unusual port"),
        (f"https://{STORAGE_HOST}@evil.example/x.zip?key-nobody-may-see", "not a plain web address"),
        (f"https://user:key-nobody-may-see@{STORAGE_HOST}/x.zip", "not a plain web address"),
        (f"https://{STORAGE_HOST}\\@evil.example/key-nobody-may-see", "not a plain web address"),
        (f"https://{STORAGE_HOST}/x.zip?key-nobody-may-see\r\nX-Evil: 1", "not a plain web address"),
        (f"https://{STORAGE_HOST}#key-nobody-may-see", "not a plain web address"),
        ("https://ｅｖｉｌ.example/key-nobody-may-see", "not a plain web address"),
        ("file:///etc/passwd?key-nobody-may-see", "not a plain web address"),
        ("//evil.example/key-nobody-may-see", "not a plain web address"),
        ("key-nobody-may-see", "not a plain web address"),
    ],
)
def test_documents_are_fetched_from_nowhere_but_the_offices_storage(desk, caplog, address, words):
    caplog.set_level(logging.DEBUG)
    answer = desk.ask(lying_at(address), row=FILED)
    assert answer.outcome is Outcome.UNREADABLE and words in answer.message
    assert answer.attempts == 1 == len(desk.office.gets)
    assert "key-nobody-may-see" not in shown_of(answer, caplog)


@pytest.mark.parametrize(
    "url", [["https://x.example/key-nobody-may-see"], {"a": "https://x.example/key-nobody-may-see"}]
)
def test_an_address_in_a_form_nobody_knows_is_not_kept_either(desk, caplog, url):
    answer = desk.ask(lying_at(url), row=FILED)
    assert answer.outcome is Outcome.UNREADABLE
    assert "key-nobody-may-see" not in shown_of(answer, caplog) + "".join(answer.problems)
    assert b"x.example" in answer.body


@pytest.mark.parametrize(
    ("stored", "outcome", "words"),
    [
        (Scripted(200, b"<html>maintenance"), Outcome.UNREADABLE, "did not give a file"),
        (Scripted(200, b""), Outcome.UNREADABLE, "did not give a file"),
        (Scripted(200, b"%PDF-1.4"), Outcome.UNREADABLE, "did not give a file"),
        (
            envelope("100", {"URL": f"https://{STORAGE_HOST}/again"}),
            Outcome.UNREADABLE,
            "did not give a file",
        ),
        (Scripted(302, b"", {"Location": "https://evil.example/"}), Outcome.UNREADABLE, "not followed"),
        (Scripted(400, b"<Error/>"), Outcome.TIMEOUT, "HTTP 400"),
        (Scripted(503, b"slow down"), Outcome.TIMEOUT, "HTTP 503"),
        (Scripted(200, b"PK", {"Content-Length": "99"}), Outcome.DOWN, "cut off"),
        (Scripted(200, b"PK" + b"x" * 5000), Outcome.UNREADABLE, "larger than 4000"),
    ],
)
def test_what_the_storage_gives_instead_of_documents_has_a_name(office, monkeypatch, stored, outcome, words):
    monkeypatch.setattr("apiclient.transport.Storage.fetch.__kwdefaults__", {"cap": 4000})
    desk = Desk(office, max_wait_seconds=0)
    answer = desk.ask(own(desk), stored, row=FILED)
    assert (answer.outcome, answer.reply) == (outcome, None)
    assert words in answer.message and answer.problems == (answer.message,)
    assert "key-nobody-may-see" not in answer.message + repr(answer.body)
    assert desk.usage(FILED).used == 1


def test_the_storage_hosts_can_be_named_and_a_misprint_is_noticed(office):
    with pytest.raises(ValueError, match="no name of a storage host"):
        Desk(office, storage_hosts=["https://bucket.example/"])
    desk = Desk(office, storage_hosts=["Bucket.EXAMPLE"])
    answer = desk.ask(lying_at(f"https://{STORAGE_HOST}/x.zip"), row=FILED)
    assert STORAGE_HOST in answer.message
    desk.client.close()


def test_an_answer_too_large_to_take_in_is_not_asked_for_again(desk, monkeypatch):
    monkeypatch.setattr("apiclient.jpo.client.JSON_CAP", 100)
    answer = desk.ask(envelope("100", {"URL": "x" * 200}))
    assert answer.outcome is Outcome.UNREADABLE and "larger than 100" in answer.message
    assert answer.attempts == 1 == desk.usage().used
