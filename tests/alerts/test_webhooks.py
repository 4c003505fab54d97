"""Webhooks: signed, the same message again after any trouble, never into the firm's own network."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from datetime import date, timedelta

import pytest
from django.conf import settings as site
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers import clock, tasks
from dossiers.alerts import prompts, tokens
from dossiers.alerts.channels import addresses, manage, post, webhooks
from dossiers.alerts.channels.signing import secret_of
from dossiers.models import AuditEntry, News, Prompt, Webhook, WebhookAttempt, WebhookDelivery
from tests import make
from tests.alerts.conftest import NOW
from tests.alerts.receiver import Serving, genuine
from tests.runtime import scratch

pytestmark = pytest.mark.django_db

KINDS = ["office_action", "decision", "limit_moved"]


@pytest.fixture(autouse=True)
def _here_is_allowed(settings):
    settings.WEBHOOK_LOOPBACK = True
    settings.SITE_URL = "https://portal.firm.example"


@pytest.fixture
def receiver():
    with Serving() as running:
        yield running


@pytest.fixture
def hook(receiver, alice, case):
    """Alice's webhook for the cases she is in charge of."""
    case.owner = alice
    case.save()
    return manage.create(by=alice, name="文書管理", url=receiver.url, kinds=KINDS, scope="mine")


def pump(now=NOW) -> int:
    return webhooks.pump(budget_seconds=60, clock=lambda: now)


def mails(now) -> int:
    return prompts.send_due(budget_seconds=10, clock=lambda: now)


def told(refusal, now=NOW) -> WebhookDelivery:
    webhooks.fan_out([refusal], hold_until=now)
    return WebhookDelivery.objects.get(news=refusal)


# --- what arrives -----------------------------------------------------------------------------------------


def test_news_arrive_signed_so_that_the_receiver_can_tell_them_from_forged_ones(hook, receiver, refusal):
    told(refusal)
    assert pump() == 1
    (message,) = receiver.taken
    assert genuine(secret_of(hook), message) == [True]
    assert abs(int(message.headers["webhook-timestamp"]) - time.time()) < 240
    assert message.headers["content-type"] == "application/json"
    message.body += b" "
    assert genuine(secret_of(hook), message) == [False]


def test_while_the_key_before_counts_a_receiver_may_know_the_secret_of_either(
    hook, receiver, refusal, settings
):
    old = secret_of(hook)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the key that came after", [settings.SECRET_KEY]
    told(refusal)
    pump()
    (message,) = receiver.taken
    assert any(genuine(old, message)) and any(genuine(secret_of(hook), message))
    assert len(genuine(old, message)) == 2


def test_a_message_says_which_case_what_kind_by_when_and_where_to_read_on(hook, receiver, refusal, case):
    make_limit(refusal, due=date(2027, 1, 19))
    told(refusal)
    pump()
    message = receiver.taken[0].told
    assert message["type"] == "office_action"
    assert message["timestamp"] == NOW.isoformat()
    data = message["data"]
    assert (data["law"], data["case"], data["number"]) == ("patent", "2023000123", "特願2023-000123")
    assert (data["own_reference"], data["due"]) == ("ABC-0123", "2027-01-19")
    assert data["limit"] == "拒絶理由通知への応答"
    assert data["document"]["code"] == "A131" and data["document"]["date"] == "2026-11-20"
    assert data["link"] == "https://portal.firm.example/cases/patent/2023000123/"
    assert data["limits"][0]["link"].startswith("https://portal.firm.example/limits/")
    assert "応答は早めに" not in receiver.taken[0].body.decode()  # people's notes stay in the house


def test_a_date_that_the_owner_is_to_find_first_is_withheld_and_said_to_be(
    hook, receiver, refusal, firm_checks_blind
):
    make_limit(refusal, due=date(2027, 1, 19))
    told(refusal)
    pump()
    assert "2027-01-19" not in receiver.taken[0].body.decode()
    data = receiver.taken[0].told["data"]
    assert data["due"] is None and data["limits"][0]["without_date_because"] == "blind_check"


def make_limit(news: News, **fields):
    fields = {"title_ja": "拒絶理由通知への応答", "title_en": "Response to the office action", **fields}
    return news.case.limits.create(
        event=news.event, key=f"r:{news.case.limits.count()}", rule_id="pat.oa.response", rule_version="1",
        calculation={}, confidence="official", **fields,
    )  # fmt: skip


@pytest.fixture
def firm_checks_blind(db):
    from dossiers.models import FirmPolicy

    return FirmPolicy.objects.create(pk=1, blind_check=True)


# --- who is told of what ----------------------------------------------------------------------------------


def test_only_the_chosen_kinds_and_cases_are_told(hook, receiver, refusal, alice, bob):
    other = make.case("2024000777", owner=bob)
    rows = [
        refusal,
        News.objects.create(case=refusal.case, kind="dispatch", key="d"),
        News.objects.create(case=other, kind="office_action", key="o"),
    ]
    webhooks.fan_out(rows)
    assert [one.news for one in hook.deliveries.all()] == [refusal]


def test_a_followed_list_a_chosen_list_and_the_whole_docket(receiver, refusal, alice, bob):
    elsewhere = News.objects.create(case=make.case("2024000777"), kind="office_action", key="o")
    listed = make.watchlist(bob, refusal.case, followers=(alice,))
    alice.role = "administrator"
    alice.save()

    def hooked(by, scope, watchlist=None):
        return manage.create(
            by=by, name=scope, url=receiver.url, kinds=KINDS, scope=scope, watchlist=watchlist
        )

    mine, of_list = hooked(alice, "mine"), hooked(bob, "list", listed)
    everything = hooked(alice, "all")
    webhooks.fan_out([refusal, elsewhere])
    assert set(mine.deliveries.values_list("news", flat=True)) == {refusal.pk}
    assert set(of_list.deliveries.values_list("news", flat=True)) == {refusal.pk}
    assert set(everything.deliveries.values_list("news", flat=True)) == {refusal.pk, elsewhere.pk}


def test_a_list_that_is_hidden_from_its_reader_tells_nothing_any_more(receiver, refusal, alice, bob):
    listed = make.watchlist(bob, refusal.case)
    manage.create(by=alice, name="", url=receiver.url, kinds=KINDS, scope="list", watchlist=listed)
    listed.shared = False
    listed.save()
    assert webhooks.fan_out([refusal]) == 0


def test_who_is_no_administrator_any_more_does_not_hear_of_all_cases(receiver, refusal, alice):
    with pytest.raises(manage.ChannelRefused, match="only_staff"):
        manage.create(by=alice, name="", url=receiver.url, kinds=KINDS, scope="all")
    alice.role = "administrator"
    alice.save()
    manage.create(by=alice, name="", url=receiver.url, kinds=KINDS, scope="all")
    alice.role = "docketer"
    alice.save()
    assert webhooks.fan_out([refusal]) == 0


def test_telling_a_thousand_news_costs_as_many_queries_as_telling_five(hook, case, alice):
    def cost(first, count):
        rows = [News.objects.create(case=case, kind="decision", key=f"k{first + n}") for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert webhooks.fan_out(rows) == count
        return len(queries)

    assert cost(0, 5) == cost(5, 70)  # as many rows as SQLite takes in one statement


def test_the_same_news_told_twice_is_one_message(hook, refusal, receiver):
    assert webhooks.fan_out([refusal]) == 1
    assert webhooks.fan_out([refusal]) == 0
    pump(clock.now())
    pump(clock.now())
    assert len(receiver.taken) == 1


def test_what_waits_for_its_notice_is_let_go_when_that_has_been_read(hook, refusal, receiver, case):
    webhooks.fan_out([refusal], hold_until=NOW + timedelta(minutes=3))
    assert pump() == 0
    webhooks.release(case, now=NOW)
    assert pump() == 1


def test_the_loop_that_takes_in_news_tells_the_webhooks(hook, refusal, receiver, case):
    tasks.tell([refusal])
    tasks.release(case)
    tasks.pump_webhooks()
    assert receiver.ids == [webhooks.message_id(hook, refusal)]


# --- trouble ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "status", "problem"),
    [
        (500, 500, "refused"),
        (404, 404, "refused"),
        ("redirect", 302, "redirect"),
        ("nonsense", None, "no_http"),
        ("drop", None, "no_http"),
    ],
)
def test_a_message_that_is_not_taken_is_sent_again_later_with_the_same_id_and_words(
    hook, receiver, refusal, mode, status, problem
):
    one = told(refusal)
    receiver.mode = mode
    assert pump() == 0
    call = one.calls.get()
    assert (call.status, call.problem, call.accepted) == (status, problem, False)
    assert pump() == 0 and len(receiver.taken) == 1  # it is not time yet
    receiver.mode = 200
    make_limit(refusal, due=date(2027, 1, 19))  # what is known later does not change what was said
    assert pump(NOW + timedelta(seconds=7)) == 1
    first, second = receiver.taken
    assert first.identity == second.identity and first.body == second.body
    one.refresh_from_db()
    assert one.state == "sent" and one.attempts == 2


def test_a_redirect_is_not_followed(hook, receiver, refusal):
    with Serving() as other:
        receiver.mode, receiver.elsewhere = "redirect", other.url
        told(refusal)
        pump()
        assert len(receiver.taken) == 1 and other.taken == []


@pytest.mark.parametrize("mode", ["silent", "drip"])
def test_a_receiver_that_does_not_come_to_an_end_is_left(hook, receiver, refusal, monkeypatch, mode):
    monkeypatch.setattr(post, "SECONDS", 1.0)
    one = told(refusal)
    receiver.mode = mode
    began = time.monotonic()
    assert pump() == 0
    assert time.monotonic() - began < 30
    assert one.calls.get().problem == "timeout"


def test_of_an_endless_answer_little_is_read_and_less_kept(hook, receiver, refusal):
    one = told(refusal)
    receiver.mode = "huge"
    assert pump() == 1  # it said that it has the message
    assert one.calls.get().answer == "A" * 199 + "…"


def test_a_hostile_answer_is_kept_as_one_harmless_line(hook, receiver, refusal):
    one = told(refusal)
    receiver.mode, receiver.answer = (
        500,
        "\x00<script>\r\n\u202ealert(1)\xff".encode("latin-1", "ignore") + b"\xff",
    )
    pump()
    assert one.calls.get().answer.startswith("<script>") and "\n" not in one.calls.get().answer


def test_waits_grow_from_seconds_to_a_day_and_differ_a_little():
    waits = [webhooks.backoff(n, "msg_1") for n in range(1, 10)]
    assert waits == sorted(waits)
    assert timedelta(seconds=5) <= waits[0] <= timedelta(seconds=6)
    assert timedelta(hours=24) <= waits[-1] <= timedelta(hours=29)
    assert sum(waits, timedelta()) > webhooks.FAILING_FOR
    assert len({webhooks.backoff(3, f"msg_{n}") for n in range(20)}) > 5


def test_a_receiver_in_trouble_keeps_nobody_else_waiting(hook, receiver, refusal, bob, case):
    with Serving() as well:
        make.watchlist(bob, case, followers=(bob,))
        other = manage.create(by=bob, name="", url=well.url, kinds=KINDS, scope="mine")
        rows = [News.objects.create(case=case, kind="decision", key=f"k{n}") for n in range(5)]
        webhooks.fan_out(rows, hold_until=NOW)
        receiver.mode = 503
        assert pump() == 5
        assert len(receiver.taken) == 1 and len(well.taken) == 5
        assert not other.deliveries.exclude(state="sent").exists()


def test_when_the_receiver_is_back_everything_that_waited_goes_out(hook, receiver, case):
    rows = [News.objects.create(case=case, kind="decision", key=f"k{n}") for n in range(4)]
    webhooks.fan_out(rows, hold_until=NOW)
    receiver.mode = 503
    now = NOW
    for _ in range(6):
        pump(now)
        now += timedelta(minutes=40)
    receiver.mode = 200
    pump(now)
    assert not hook.deliveries.exclude(state="sent").exists()
    hook.refresh_from_db()
    assert (hook.failures, hook.failing_since, hook.quiet_until) == (0, None, None)


def test_a_receiver_that_is_gone_is_switched_off_at_once_and_its_owner_told(hook, receiver, refusal, smtp):
    told(refusal)
    receiver.mode = 410
    pump()
    hook.refresh_from_db()
    assert hook.off == "gone" and hook.told_at == NOW
    assert mails(NOW) == 1
    (mail,) = [mail for _, mail in smtp.taken]
    assert "文書管理" in mail["Subject"] and "停止" in mail["Subject"]
    assert f"/settings/channels/{hook.pk}/" in mail.get_body(("plain",)).get_content()
    assert "hidden" not in mail.as_string()  # the address may be a key
    pump()
    assert mails(NOW) == 0 and len(smtp.taken) == 1 and len(receiver.taken) == 1


def test_after_days_of_failure_it_is_switched_off_and_what_was_missed_comes_when_it_is_on_again(
    hook, receiver, refusal, smtp, case, alice
):
    one = told(refusal)
    receiver.mode = 500
    now = NOW
    for _ in range(webhooks.MOST_ATTEMPTS):
        pump(now)
        now += timedelta(hours=30)
    hook.refresh_from_db()
    assert hook.off == "failing" and mails(now) == 1 and len(smtp.taken) == 1
    missed = News.objects.create(case=case, kind="decision", key="later", created_at=now)
    assert webhooks.fan_out([missed]) == 0
    receiver.mode = 200
    assert manage.switch_on(hook, by=alice) in (1, 2)
    pump(now)
    one.refresh_from_db()
    assert one.state == "sent" and hook.deliveries.get(news=missed).state == "sent"
    assert manage.switch_on(hook, by=alice) is None


def test_the_notice_waits_for_the_mail_server_as_any_mail_and_carries_its_token(
    hook, receiver, refusal, smtp, settings
):
    told(refusal)
    receiver.mode, port = 410, settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    pump()
    assert mails(NOW) == 0 and Prompt.objects.get().state == "waiting"
    settings.EMAIL_PORT = port
    assert mails(NOW + timedelta(minutes=5)) == 1
    assert tokens.read(smtp.taken[0][1][tokens.HEADER]) == (Prompt, Prompt.objects.get().pk)


def test_whoever_switches_it_on_before_the_notice_went_out_gets_none(hook, receiver, refusal, smtp, alice):
    told(refusal)
    receiver.mode = 410
    pump()
    hook.refresh_from_db()
    manage.switch_on(hook, by=alice)
    assert mails(NOW) == 0 and not smtp.taken and Prompt.objects.get().state == "dropped"


def test_a_message_that_fails_alone_is_given_up_and_can_be_sent_once_more(hook, receiver, refusal, case):
    one = told(refusal)
    receiver.refuses, now = one.message_id, NOW
    for n in range(webhooks.MOST_ATTEMPTS + 1):
        webhooks.fan_out([News.objects.create(case=case, kind="decision", key=f"k{n}")], hold_until=now)
        pump(now)
        pump(now + timedelta(seconds=10))  # the others go through, so that the webhook stays on
        now += timedelta(hours=30)
    one.refresh_from_db()
    hook.refresh_from_db()
    assert one.state == "failed" and one.attempts == one.calls.count() == webhooks.MOST_ATTEMPTS
    assert hook.off == "" and hook.deliveries.filter(state="sent").count() == webhooks.MOST_ATTEMPTS + 1
    receiver.taken.clear()
    receiver.refuses = ""
    assert webhooks.replay(one, now=now) and not webhooks.replay(one, now=now)
    assert pump(now) == 1
    assert receiver.ids == [one.message_id]


def test_a_clock_set_back_keeps_nothing_waiting(hook, receiver, refusal):
    one = told(refusal)
    far = NOW + timedelta(days=4000)
    WebhookDelivery.objects.update(lease_until=far, not_before=far)
    Webhook.objects.update(quiet_until=far)
    assert pump() == 1
    one.refresh_from_db()
    assert one.state == "sent"


def test_nobody_is_called_for_a_colleague_who_has_left(hook, receiver, refusal, alice):
    told(refusal)
    alice.is_active = False
    alice.save()
    assert pump() == 0 and receiver.taken == []


# --- people -----------------------------------------------------------------------------------------------


def test_a_test_message_goes_out_once_also_while_the_webhook_is_off(hook, receiver, alice):
    manage.switch_off(hook, by=alice, now=NOW)
    webhooks.order_test(hook, now=NOW)
    assert pump() == 1
    assert receiver.taken[0].told["type"] == "test"
    receiver.mode = 500
    webhooks.order_test(hook, now=NOW + timedelta(seconds=1))
    pump(NOW + timedelta(seconds=1))
    pump(NOW + timedelta(days=1))
    assert len(receiver.taken) == 2
    hook.refresh_from_db()
    assert hook.failures == 0


def test_a_new_secret_and_the_one_before_both_count_for_a_day(hook, receiver, refusal, alice, case):
    old = secret_of(hook)
    manage.rotate(hook, by=alice, now=NOW)
    new = secret_of(hook)
    assert old != new
    told(refusal)
    pump()
    assert genuine(new, receiver.taken[0]) == [True, False]
    assert genuine(old, receiver.taken[0]) == [False, True]
    webhooks.fan_out([News.objects.create(case=case, kind="decision", key="k")], hold_until=NOW)
    pump(NOW + timedelta(hours=25))
    assert genuine(new, receiver.taken[1]) == [True]


def test_neither_the_database_nor_the_audit_trail_holds_the_secret_or_the_whole_address(hook):
    from django.core.serializers import serialize

    secret = secret_of(hook)
    rows = serialize("json", [*Webhook.objects.all(), *AuditEntry.objects.all()])
    assert secret not in rows and secret.removeprefix("whsec_") not in rows
    assert "hidden" not in serialize("json", AuditEntry.objects.all())


def test_nothing_of_the_address_or_the_secret_is_logged(hook, receiver, refusal, caplog):
    caplog.set_level("DEBUG")
    told(refusal)
    for mode in ("redirect", 500, "nonsense", "drop", 200):
        receiver.mode = mode
        pump(NOW + timedelta(days=len(receiver.taken)))
    assert len(receiver.taken) >= 3
    assert "hidden" not in caplog.text and secret_of(hook) not in caplog.text


# --- where it may go --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://2130706433/", "https://0x7f.1/",
        "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.0.1/", "https://169.254.169.254/latest",
        "https://100.100.100.200/", "https://0.0.0.0/", "https://[fd00::1]/", "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/", "https://168.63.129.16/", "https://224.0.0.1/", "https://[ff02::1]/",
        "https://[::]/", "https://255.255.255.255/", "https://[fec0::1]/",
    ],
)  # fmt: skip
def test_the_firms_own_network_is_never_called(settings, url):
    settings.WEBHOOK_LOOPBACK = False
    answer = post.send(url, {}, b"{}")
    assert (answer.status, answer.problem) == (None, "not_public")


@pytest.mark.parametrize(
    "url",
    ["https://10.1.2.3/", "https://169.254.169.254/", "http://10.1.2.3/", "https://[fd00::1]/"],
)
def test_trying_things_out_on_this_machine_opens_no_other_one(url):
    assert post.send(url, {}, b"{}").problem in ("not_public", "not_https")


def test_a_name_that_leads_into_the_own_network_is_refused_when_it_is_called(settings, alice, receiver):
    settings.WEBHOOK_LOOPBACK = False
    addresses.read("https://localhost:8443/")  # a name says nothing yet
    assert post.send(f"https://localhost:{receiver.url.split(':')[2]}", {}, b"{}").problem == "not_public"
    assert receiver.taken == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.com/", "bad_address"), ("https://", "bad_address"), ("", "bad_address"),
        ("https://user:secret@example.com/", "bad_address"), ("https://example.com/#part", "bad_address"),
        ("https://example.com/a b", "bad_address"), ("https://example.com\\@evil.example/", "bad_address"),
        ("https://example.com/\r\nX: y", "bad_address"), ("https://例え.jp/", "bad_address"),
        ("https://example.com/" + "a" * 500, "bad_address"), ("javascript:alert(1)", "bad_address"),
        ("http://example.com/", "not_https"), ("https://example.com:22/", "bad_port"),
        ("https://example.com:99999/", "bad_port"), ("https://10.0.0.1/", "not_public"),
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called_is_refused_when_it_is_entered(alice, url, code):
    with pytest.raises(manage.ChannelRefused) as refused:
        manage.create(by=alice, name="x", url=url, kinds=KINDS, scope="mine")
    assert refused.value.code == code
    assert not Webhook.objects.exists()


def test_a_webhook_needs_news_to_tell_a_list_if_it_is_for_one_and_there_is_a_most(alice, receiver):
    def made(**wrong):
        return manage.create(
            by=alice, **{"name": "x", "url": receiver.url, "kinds": KINDS, "scope": "mine", **wrong}
        )

    for wrong, code in (
        ({"kinds": ["nonsense"]}, "no_kinds"),
        ({"scope": "list"}, "no_list"),
        ({"scope": "theirs"}, "unknown_scope"),
    ):
        with pytest.raises(manage.ChannelRefused, match=code):
            made(**wrong)
    for _ in range(manage.MOST_WEBHOOKS):
        made()
    with pytest.raises(manage.ChannelRefused, match="too_many"):
        made()


# --- TLS --------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path):
    made = subprocess.run(
        [
            *[
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ],
            *["-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-days", "3000"],
            *["-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1"],
        ],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")
    return tmp_path / "cert.pem", tmp_path / "key.pem"


def _secured(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return lambda sock: context.wrap_socket(sock, server_side=True)


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_good_one_taken(certificate, monkeypatch):
    with Serving(_secured(certificate)) as receiver:
        assert post.send(receiver.url, {}, b"{}").problem == "tls"
        assert receiver.taken == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert post.send(receiver.url, {}, b"{}").status == 200
        wrong_name = receiver.url.replace("127.0.0.1", "localhost")
        assert post.send(wrong_name, {}, b"{}").problem == "tls"
        assert len(receiver.taken) == 1


# --- killed -----------------------------------------------------------------------------------------------

WORKER = """
import django
django.setup()
from dossiers.alerts.channels import webhooks
webhooks.pump(budget_seconds=60)
"""


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_killed_while_the_receiver_thinks_the_next_one_sends_the_same_message_again(hook, receiver, refusal):
    one = told(refusal, now=clock.now() - timedelta(days=400))
    receiver.mode = "silent"
    base = connection.settings_dict
    address = f"sqlite:///{base['NAME']}"
    if connection.vendor != "sqlite":
        address = f"postgres://{base['USER']}@{base['HOST']}:{base['PORT']}/{base['NAME']}"
    env = scratch.environment(
        address,
        DJANGO_SETTINGS_MODULE="ipportal.settings",
        IPPORTAL_SECRET_KEY=site.SECRET_KEY,
        IPPORTAL_WEBHOOK_LOOPBACK="1",
    )
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=env, cwd=scratch.ROOT)
    give_up = time.monotonic() + 60
    while not receiver.taken:
        assert worker.poll() is None and time.monotonic() < give_up
        time.sleep(0.05)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    receiver.mode = 200
    assert pump(clock.now()) == 0  # its lease still holds
    assert pump(clock.now() + webhooks.LEASE + timedelta(seconds=5)) == 1
    first, second = receiver.taken
    assert first.identity == second.identity == one.message_id and first.body == second.body
    assert genuine(secret_of(hook), first) == genuine(secret_of(hook), second) == [True]
    assert WebhookAttempt.objects.count() == 1
