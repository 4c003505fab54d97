"""One log-in serves everybody; a refused password is not tried again and again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

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
