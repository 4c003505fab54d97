"""One log-in serves everybody; a refused password is not tried again and again."""

import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from apiclient.clock import JST
from apiclient.jpo.catalogue import endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Outcome
from apiclient.quota import DailyLimitReached, MemoryLedger, MinuteLimitReached, Policy, Purpose
from apiclient.sandbox import Sandbox
from apiclient.sandbox.faults import KINDS
from apiclient.sandbox.tokens import TokenDesk
from apiclient.sqlite_ledger import SqliteLedger
from apiclient.tokens import CredentialsRefused, TokenKeeper, TokenUnavailable
from apiclient.transport import Transport
from tests.apiclient.scripted_office import Scripted, envelope, running_office, token

PASSWORD = "password-nobody-may-see"


class Clock:
    def __init__(self):
        self.now = datetime(2031, 5, 7, 3, tzinfo=UTC)

    def __call__(self):
        return self.now

    def pass_(self, **how_long):
        self.now += timedelta(**how_long)


@pytest.fixture
def office():
    with running_office() as running:
        yield running


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keeper(office, clock):
    transport = Transport(office.url)
    yield TokenKeeper(transport, "/auth/token", "the-id", PASSWORD, clock)
    transport.close()


def grants(office):
    return [asked.form["grant_type"] for asked in office.posts]


def test_one_log_in_until_a_minute_before_the_end(office, keeper, clock):
    office.tokens = [token("access-1"), token("access-2", "refresh-2"), token("access-3")]
    assert keeper.current() == "access-1"
    clock.pass_(seconds=3539)
    assert keeper.current() == "access-1"
    clock.pass_(seconds=1)
    assert keeper.current() == "access-2"
    assert office.posts[0].form == {"grant_type": "password", "username": "the-id", "password": PASSWORD}
    assert office.posts[1].form == {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    clock.pass_(hours=1)
    keeper.current()
    assert office.posts[2].form["refresh_token"] == "refresh-2"


def test_after_the_refresh_token_has_ended_the_password_is_used(office, keeper, clock):
    keeper.current()
    clock.pass_(hours=8)
    keeper.current()
    assert grants(office) == ["password", "password"]


def test_a_refused_refresh_falls_back_to_the_password(office, keeper, clock):
    office.tokens = [token(), Scripted(400, b'{"error": "invalid_grant"}'), token("access-2")]
    keeper.current()
    clock.pass_(hours=2)
    assert keeper.current() == "access-2"
    assert grants(office) == ["password", "refresh_token", "password"]


def test_where_refreshing_gives_tokens_the_office_refuses_the_next_one_comes_by_log_in(office, keeper, clock):
    office.tokens = [token("access-1"), token("access-2", "refresh-2"), token("access-3", "refresh-3")]
    assert keeper.replacing(keeper.current()) == "access-2"
    clock.pass_(minutes=2)
    assert keeper.replacing("access-2") == "access-3"
    assert grants(office) == ["password", "refresh_token", "password"]


def test_threads_share_one_log_in(office, keeper):
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: keeper.current(), range(24))) == {"access-1"}
    assert len(office.posts) == 1


def test_a_rejected_token_is_replaced_once_for_all_threads(office, keeper):
    office.tokens = [token("access-1"), token("access-2")]
    rejected = keeper.current()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: keeper.replacing(rejected), range(24))) == {"access-2"}
    assert len(office.posts) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        Scripted(401, b""),
        Scripted(403, b"<html>"),
        Scripted(400, b'{"error": "invalid_grant"}'),
        envelope("212", status=200),
    ],
)
def test_refused_credentials_are_not_tried_again_for_some_minutes(office, keeper, clock, refusal):
    office.tokens = [refusal]
    for _ in range(5):
        with pytest.raises(CredentialsRefused) as refused:
            keeper.current()
    assert len(office.posts) == 1
    assert PASSWORD not in str(refused.value) + repr(keeper)
    clock.now = refused.value.until
    office.tokens = [token()]
    assert keeper.current() == "access-1"


@pytest.mark.parametrize(
    "trouble",
    [
        Scripted(500, b"<html>"),
        Scripted(200, b"not json"),
        Scripted(200, b"[]"),
        Scripted(200, b'{"access_token": ""}'),
        Scripted(200, b'{"access_token": "two words"}'),
        Scripted(200, b'{"access_token": "forged\\r\\nX-A: 1"}'),
        Scripted(200, b" " * 300_000),
    ],
)
def test_a_passing_trouble_is_no_refusal(office, keeper, trouble):
    office.tokens = [trouble, token()]
    with pytest.raises(TokenUnavailable) as failed:
        keeper.current()
    assert "forged" not in str(failed.value)
    assert keeper.current() == "access-1"


@pytest.mark.parametrize("life", [0, -5, 1, "soon", None, "NaN", 10**400])
def test_a_strange_lifetime_does_not_mean_a_log_in_for_every_call(office, keeper, clock, life):
    office.tokens = [token(expires_in=life), token("access-2")]
    keeper.current()
    clock.pass_(seconds=20)
    assert keeper.current() == "access-1"
    clock.pass_(days=1)
    assert keeper.current() == "access-2"


def test_tokens_that_are_all_refused_do_not_mean_a_log_in_for_every_call(office, keeper, clock):
    office.tokens = [token(f"access-{n}") for n in range(9)]
    given = keeper.replacing(keeper.current())
    for _ in range(5):
        with pytest.raises(CredentialsRefused, match="refuses the tokens") as refused:
            keeper.replacing(given)
    assert len(office.posts) == 2
    clock.now = refused.value.until
    assert keeper.replacing(given) != given


def test_a_refusal_remembered_by_a_clock_put_back_does_not_last(office, keeper, clock):
    office.tokens = [Scripted(401, b""), token()]
    with pytest.raises(CredentialsRefused):
        keeper.current()
    clock.pass_(hours=-3)
    assert keeper.current() == "access-1"


# --- against an office with a memory ----------------------------------------------------------------------


class WatchedDesk(TokenDesk):
    """The sandbox's token desk, which remembers what it was asked and every secret it gave out."""

    def __init__(self):
        super().__init__("the-id", PASSWORD)
        self.asked, self.secrets = [], {PASSWORD}

    def grant(self, form, now):
        self.asked.append(form.get("grant_type"))
        status, answer = super().grant(form, now)
        self.secrets |= {answer[name] for name in answer if name.endswith("_token")}
        return status, answer


def sandbox_client(sandbox, **limits):
    desk = WatchedDesk()
    sandbox.office.tokens = desk
    rules = Policy(policy().daily, per_minute={"domestic": 10**6, "opd": 10**6})
    client = JpoClient(
        sandbox.url,
        "the-id",
        PASSWORD,
        MemoryLedger(rules),
        rules,
        clock=sandbox.now,
        sleep=lambda seconds: None,
        **limits,
    )
    return desk, client


class TokenStory(RuleBasedStateMachine):
    """Tokens end, are revoked or refused, passwords change: a call costs one log-in at the most."""

    def __init__(self):
        super().__init__()
        self.sandbox = Sandbox(cases=10, edge_seconds=0, now=datetime(2026, 11, 24, 12, tzinfo=JST))
        self.sandbox.__enter__()
        self.desk, self.client = sandbox_client(self.sandbox)
        self.row, self.number = endpoint("patent", "registration_info"), 0

    def teardown(self):
        self.client.close()
        self.sandbox.__exit__(None, None, None)

    @rule(minutes=st.sampled_from([1, 11, 59, 61, 500]))
    def time_passes(self, minutes):
        self.sandbox.advance(seconds=minutes * 60)

    @rule()
    def the_office_forgets_access_tokens(self):
        self.desk._access.clear()

    @rule()
    def the_office_forgets_refresh_tokens(self):
        self.desk._refresh.clear()

    @rule(right=st.sampled_from([True, True, False]))
    def the_password_is_changed(self, right):
        self.desk.password = PASSWORD if right else "another"

    @rule()
    def ask(self):
        before, had = len(self.desk.asked), set(self.desk._access)
        self.number += 1
        answer = self.client.call(self.row, f"2020{self.number:06d}", purpose=Purpose.PERSON)
        asked = self.desk.asked[before:]
        assert asked in ([], ["password"], ["refresh_token"], ["refresh_token", "password"])
        if answer.outcome is Outcome.EMPTY:
            assert answer.attempts <= 2
            assert "password" not in asked or self.desk.password == PASSWORD
        else:
            assert answer.outcome is Outcome.AUTH
            wrong = self.desk.password != PASSWORD
            remembered, replaced = "ID and password", "refuses the tokens"
            assert wrong or remembered in answer.message or replaced in answer.message
        assert not any(secret in repr(answer) for secret in self.desk.secrets | had)

    @rule()
    def ask_again_and_again_with_a_wrong_password(self):
        self.desk.password = "another"
        self.desk._access.clear()
        self.desk._refresh.clear()
        self.ask()
        before = len(self.desk.asked)
        self.ask()
        self.ask()
        assert "password" not in self.desk.asked[before:]


TestTokenStory = TokenStory.TestCase
TestTokenStory.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


def test_no_secret_is_ever_said(caplog, tmp_path):
    """Every misfortune there is, with everything logged: no password and no token in what is left behind."""
    caplog.set_level(logging.DEBUG)
    said = []
    with Sandbox(cases=30, edge_seconds=0) as sandbox:
        desk, client = sandbox_client(sandbox, max_wait_seconds=0)
        ledger = SqliteLedger(tmp_path / "calls.sqlite3", policy())
        client._office = replace(client._office, ledger=ledger)
        for kind in KINDS:
            for path in ("/api/", "/auth/"):
                sandbox.clear_faults()
                sandbox.fault(kind, path, times=None, seconds=0.01)
                if path == "/auth/":
                    desk._access.clear()
                sandbox.advance(seconds=70)
                try:
                    said.append(client.call(endpoint("patent", "app_progress"), "2020900001"))
                except (DailyLimitReached, MinuteLimitReached) as limit:
                    said += traceback.format_exception(limit)
        for failing in ("drop", "html", "999", "garbage"):
            sandbox.clear_faults()
            sandbox.fault(failing, "/auth/", times=None)
            keeper = TokenKeeper(Transport(sandbox.url), "/auth/token", "the-id", PASSWORD, sandbox.now)
            with pytest.raises((CredentialsRefused, TokenUnavailable)) as failed:
                keeper.current()
            said += [repr(keeper), *traceback.format_exception(failed.value)]
        said += [repr(client), repr(vars(client)), repr(client._office.tokens._tokens)]
        ledger.close()
        client.close()
    said = "".join(map(str, said)) + caplog.text + repr([record.__dict__ for record in caplog.records])
    said += "".join(path.read_bytes().decode("latin-1") for path in tmp_path.iterdir())
    assert len(desk.secrets) > 3, "tokens were given out"
    for secret in desk.secrets:
        assert secret not in said and secret[-40:] not in said and secret[:60] not in said
