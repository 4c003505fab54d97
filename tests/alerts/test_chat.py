"""Chats: short words in the right room, once, over our own calls; secrets stay, and escalation goes there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs

import pytest
from django.conf import settings as site
from django.core.serializers import serialize
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers import clock, sealing
from dossiers.alerts import acknowledge, escalation, prompts
from dossiers.alerts.channels import (
    batches,
    chat,
    escalated,
    mail_trouble,
    manage,
    post,
    webhooks,
)
from dossiers.alerts.channels.chat import over_apprise, teams
from dossiers.alerts.channels.chat.service import Unfit
from dossiers.alerts.channels.manage import ChannelRefused, ChatWish
from dossiers.alerts.escalation_log import chain
from dossiers.models import (
    AuditEntry,
    Concern,
    Escalation,
    FirmPolicy,
    News,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
)
from tests import make
from tests.alerts.chat_services import FILLED, SECRET, fields_of, lead_to
from tests.alerts.conftest import NOW
from tests.alerts.receiver import Message, Serving
from tests.alerts.test_webhooks import _secured, certificate, make_limit, pump  # noqa: F401 (a fixture)
from tests.runtime import scratch

pytestmark = pytest.mark.django_db

KINDS = ("office_action", "decision")


@pytest.fixture(autouse=True)
def _here_is_allowed(settings):
    settings.WEBHOOK_LOOPBACK = True
    settings.SITE_URL = "https://portal.firm.example"


@pytest.fixture
def receiver():
    with Serving() as running:
        yield running


@pytest.fixture
def base(receiver, monkeypatch) -> str:
    receiver.answer = b"ok"
    return lead_to(receiver, monkeypatch)


def made(by, base, service="slack", *, name="特許チーム", kinds=KINDS, rung=0, scope="mine", watchlist=None):
    wish = ChatWish(name, fields_of(service, base), kinds, rung)
    return manage.create_chat(by=by, service=service, wish=wish, scope=scope, watchlist=watchlist)


@pytest.fixture
def hook(base, alice, case) -> Webhook:
    """Alice's chat for the cases she is in charge of."""
    case.owner = alice
    case.save()
    return made(alice, base)


def told(refusal) -> WebhookDelivery:
    webhooks.fan_out([refusal], hold_until=NOW)
    return WebhookDelivery.objects.get(news=refusal)


def decisions(case, count: int, first: int = 0) -> list[News]:
    rows = [News.objects.create(case=case, kind="decision", key=f"k{first + n}") for n in range(count)]
    webhooks.fan_out(rows, hold_until=NOW)
    return rows


def text_in(message: Message) -> str:
    """The words of a message, wherever its service has them."""
    body = message.body.decode()
    if message.headers["content-type"].startswith("application/x-www-form-urlencoded"):
        form = parse_qs(body)
        return (form.get("content") or form["body"])[0]
    found = json.loads(body)
    for key in ("text", "content", "message"):
        if isinstance(found.get(key), str):
            return found[key]
    return found["body"]["text"] if "body" in found else found["attachments"][0]["text"]


# --- what arrives where -----------------------------------------------------------------------------------


@pytest.mark.parametrize("service", FILLED)
def test_news_arrive_at_each_service_as_it_wants_them_in_one_call(
    base, receiver, alice, case, refusal, service
):
    case.owner = alice
    case.save()
    receiver.answer = FILLED[service].answer
    made(alice, base, service)
    told(refusal)
    assert pump() == 1
    (message,) = receiver.taken
    name, value = FILLED[service].header
    assert message.path == FILLED[service].path and value in message.headers[name]
    assert "特願2023-000123" in text_in(message) and "ABC-0123" in text_in(message)


def test_every_service_is_tried_here():
    assert {*FILLED, "teams"} == set(chat.SERVICES)


def test_a_workflow_of_teams_is_called_by_tls_with_its_signature(certificate, monkeypatch):  # noqa: F811
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    field = teams._URL
    there = field.grammar.replace(
        r"[a-z0-9.-]{1,120}\.(?:logic\.azure\.com|api\.powerplatform\.com)", r"127\.0\.0\.1"
    )
    monkeypatch.setattr(teams, "_URL", replace(field, grammar=there.replace("443", r"\d+")))
    flow = "/powerautomate/automations/direct/workflows/0123abcd/triggers/manual/paths/invoke"
    with Serving(_secured(certificate)) as receiver:
        address = receiver.url.partition("/hook")[0]
        fields = {"url": f"{address}{flow}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abc-DEF_12"}
        answer = teams.SERVICE.send(fields, "一行目\nABC_01: https://portal.firm.example/a_b/")
        assert answer.accepted
        (message,) = receiver.taken
    assert message.path == f"{flow}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abc-DEF_12"
    card = json.loads(message.body)["attachments"][0]["content"]
    assert card["body"][0]["text"] == "一行目\n\nABC_01: https://portal.firm.example/a_b/"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_says_which_case_what_act_by_when_and_where_to_acknowledge(
    hook, receiver, refusal, alice, language
):
    alice.language = language
    alice.save()
    acknowledge.open_for_news([refusal], NOW)
    make_limit(refusal, due=date(2027, 1, 19))
    told(refusal)
    pump()
    words = text_in(receiver.taken[0])
    assert "2027-01-19" in words.splitlines()[0] and "ABC-0123" in words.splitlines()[0]
    assert "架空の配線構造体" in words
    assert {"ja": "拒絶理由通知への応答: 2027-01-19", "en": "Response to the office action: 2027-01-19"}[
        language
    ] in words
    assert {"ja": "受領確認はこちら", "en": "Acknowledge here"}[language] in words
    assert words.endswith("https://portal.firm.example/cases/patent/2023000123/")
    assert "/a/" not in words and "応答は早めに" not in words  # a room may be read by many


def test_a_date_to_be_found_blind_is_told_to_no_room(hook, receiver, refusal):
    FirmPolicy.objects.create(pk=1, blind_check=True)
    make_limit(refusal, due=date(2027, 1, 19))
    told(refusal)
    pump()
    assert "2027-01-19" not in receiver.taken[0].body.decode()
    assert "ご自身で求めるまで" in text_in(receiver.taken[0])


@pytest.mark.parametrize("service", FILLED)
def test_no_service_finds_a_mention_or_a_link_in_what_others_wrote(
    base, receiver, alice, case, refusal, service
):
    case.owner, case.title = (
        alice,
        "<!channel> @everyone [To:1] <at>x</at> [a](https://evil.example) `b` *c* &",
    )
    case.own_reference = "<@U1>"
    case.save()
    receiver.answer = FILLED[service].answer
    made(alice, base, service)
    told(refusal)
    pump()
    words = text_in(receiver.taken[0])
    assert not set("<>@[]`*&") & set(words), words
    assert words.count("://") == 1


# --- storms -----------------------------------------------------------------------------------------------


def test_a_few_come_singly(hook, receiver, case):
    decisions(case, batches.MOST_SINGLE)
    assert pump() == batches.MOST_SINGLE and len(receiver.taken) == batches.MOST_SINGLE


def test_a_storm_comes_as_one_message_with_its_count_and_each_is_accounted_for(hook, receiver, case, refusal):
    make_limit(refusal, due=date(2027, 1, 19))
    decisions(case, 11)
    told(refusal)
    pump()
    (message,) = receiver.taken
    words = text_in(message).splitlines()
    assert words[0] == "[IP Portal] 12件のお知らせ" and "2027-01-19" in words[1]
    assert "期限 2027-01-19" in words[2]  # the most urgent one first
    assert words[-2] == "ほか 7件" and words[-1].endswith("https://portal.firm.example/alerts/")
    assert hook.deliveries.filter(state="sent").count() == 12 == WebhookAttempt.objects.count()


def test_a_storm_that_was_not_taken_goes_again_with_the_same_members_and_words(hook, receiver, case):
    decisions(case, 8)
    receiver.mode = 500
    assert pump() == 0
    decisions(case, 1, first=8)
    receiver.mode = 200
    pump(NOW + timedelta(minutes=6))
    bodies = [one.body for one in receiver.taken]
    assert len(bodies) == 3 and bodies.count(bodies[0]) == 2 and "8件" in text_in(receiver.taken[0])
    assert not hook.deliveries.exclude(state="sent").exists()


def test_a_storm_whose_sender_died_before_it_was_written_down_is_still_one_message(hook, receiver, case):
    decisions(case, 9)
    WebhookDelivery.objects.update(attempts=1, lease_until=NOW - timedelta(seconds=1))
    pump()
    assert len(receiver.taken) == 1 and "9件" in text_in(receiver.taken[0])


def test_of_a_storm_that_failed_one_can_be_sent_alone(hook, receiver, case):
    decisions(case, 8)
    pump()
    one = hook.deliveries.first()
    assert webhooks.replay(one, now=NOW)
    pump()
    assert "8件" not in text_in(receiver.taken[1]) and len(receiver.taken) == 2


def test_one_that_cannot_be_put_together_keeps_nothing_back(hook, receiver, case):
    rows = decisions(case, 7)
    News.objects.filter(pk=rows[0].pk).update(kind="of another release")
    pump()
    assert "7件" in text_in(receiver.taken[0])


# --- trouble ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["slack", "chatwork"])
@pytest.mark.parametrize("mode", ["silent", "drip"])
def test_a_service_that_does_not_come_to_an_end_is_left(
    base, receiver, alice, case, refusal, monkeypatch, mode, service
):
    case.owner = alice
    case.save()
    monkeypatch.setattr(post, "SECONDS", 1.0)
    made(alice, base, service)
    one = told(refusal)
    receiver.mode = mode
    began = time.monotonic()
    assert pump() == 0 and time.monotonic() - began < 30
    assert one.calls.get().problem == "timeout"


@pytest.mark.parametrize("service", ["slack", "chatwork"])
@pytest.mark.parametrize(
    ("mode", "status", "problem"),
    [
        (500, 500, "refused"),
        ("redirect", 302, "redirect"),
        ("drop", None, "no_http"),
        ("nonsense", None, "no_http"),
    ],
)
def test_what_is_not_taken_goes_again_in_the_same_words(
    base, receiver, alice, case, refusal, mode, status, problem, service
):
    case.owner = alice
    case.save()
    made(alice, base, service)
    one = told(refusal)
    with Serving() as other:
        receiver.mode, receiver.elsewhere = mode, other.url
        assert pump() == 0 and other.taken == []
    call = one.calls.get()
    assert (call.status, call.problem) == (status, problem)
    receiver.mode = 200
    make_limit(refusal, due=date(2027, 1, 19))
    assert pump(NOW + timedelta(seconds=7)) == 1
    assert receiver.taken[0].body == receiver.taken[1].body


def test_of_megabytes_little_is_read(base, receiver, alice, case, refusal):
    case.owner = alice
    case.save()
    made(alice, base, "chatwork")
    one = told(refusal)
    receiver.mode = "huge"
    assert pump() == 1
    assert one.calls.get().answer == "A" * 199 + "…"


@pytest.mark.parametrize(
    ("service", "answer"), [("slack", b"no_team"), ("lineworks", b'{"code":400,"description":"bad"}')]
)
def test_a_no_under_the_status_200_is_a_no(base, receiver, alice, case, refusal, service, answer):
    case.owner = alice
    case.save()
    made(alice, base, service)
    one = told(refusal)
    receiver.answer = answer
    assert pump() == 0
    call = one.calls.get()
    assert (call.status, call.problem, call.accepted) == (200, "refused", False)


def _in(seconds: int, form) -> str:
    return form(clock.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        ("Retry-After", lambda: "600", 600),
        ("Retry-After", lambda: _in(900, format_datetime), 900),
        ("X-RateLimit-Reset", lambda: _in(900, lambda at: str(int(at.timestamp()))), 900),
        ("Retry-After", lambda: "999999999999", 1800),  # half an hour at most
        ("Retry-After", lambda: "-5", 5),
        ("Retry-After", lambda: "soon", 5),
        ("X-Nothing", lambda: "1", 5),
    ],
)
def test_a_service_that_is_busy_is_left_alone_for_as_long_as_it_asks(
    hook, receiver, refusal, name, value, seconds
):
    one = told(refusal)
    receiver.mode, receiver.headers = 429, {name: value()}
    pump()
    receiver.mode = 200
    one.refresh_from_db()
    hook.refresh_from_db()
    waits = min(one.not_before, hook.quiet_until) - NOW
    assert timedelta(seconds=seconds - min(60, seconds / 2)) <= waits <= timedelta(seconds=seconds + 1)
    assert pump(NOW + waits - timedelta(seconds=1)) == 0
    assert pump(NOW + timedelta(minutes=31)) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_service_that_lets_us_in_no_more_is_switched_off_and_its_owner_told_by_mail(
    hook, receiver, refusal, smtp, status, alice
):
    one = told(refusal)
    receiver.mode = status
    for n in range(3):
        assert Webhook.objects.get(pk=hook.pk).off == ""
        pump(NOW + timedelta(hours=n))
    assert Webhook.objects.get(pk=hook.pk).off == "refused"
    prompts.send_due(budget_seconds=10, clock=lambda: NOW + timedelta(hours=2))
    (mail,) = [mail for _, mail in smtp.taken]
    assert "チャット「特許チーム」" in mail["Subject"] and "hidden" not in mail.as_string()
    assert f"/settings/channels/{hook.pk}/" in mail.get_body(("plain",)).get_content()
    receiver.mode = 200
    later = NOW + timedelta(hours=9)
    manage.switch_on(hook, by=alice)
    assert pump(later) == 1
    one.refresh_from_db()
    assert one.state == "sent"


def test_after_the_installations_key_was_changed_the_owner_is_asked_to_enter_it_again(
    hook, receiver, refusal, smtp, settings, alice, base
):
    one = told(refusal)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, []
    pump()
    hook.refresh_from_db()
    prompts.send_due(budget_seconds=10, clock=lambda: NOW)
    assert hook.off == "refused" and one.calls.get().problem == "sealed" and len(smtp.taken) == 1
    with pytest.raises(Unfit):
        manage.change_chat(hook, by=alice, wish=ChatWish("x", {"url": ""}, KINDS, 0))
    manage.change_chat(hook, by=alice, wish=ChatWish("x", fields_of("slack", base), KINDS, 0))
    manage.switch_on(hook, by=alice)
    assert pump(NOW + timedelta(hours=1)) == 1


def test_a_key_that_django_still_takes_opens_what_it_sealed(hook, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 8
    assert sealing.unseal(hook.sealed)["url"].endswith(SECRET)


def test_a_test_goes_out_once_also_while_the_chat_is_off(hook, receiver, alice):
    manage.switch_off(hook, by=alice, now=NOW)
    webhooks.order_test(hook, now=NOW)
    assert pump() == 1
    assert "テスト送信" in text_in(receiver.taken[0])


# --- what is kept secret, and where it may go -------------------------------------------------------------


@pytest.mark.parametrize("service", FILLED)
def test_what_opens_a_service_stands_in_no_row_log_or_answer(
    base, receiver, alice, case, refusal, service, caplog
):
    caplog.set_level("DEBUG")
    case.owner = alice
    case.save()
    hook = made(alice, base, service)
    told(refusal)
    for n, mode in enumerate((500, "redirect", "drop", 200)):
        receiver.mode = mode
        receiver.answer = f"you said {' '.join(sealing.unseal(hook.sealed).values())}".encode()
        pump(NOW + timedelta(hours=n))
    rows = [*Webhook.objects.all(), *WebhookDelivery.objects.all()]
    rows += [*WebhookAttempt.objects.all(), *AuditEntry.objects.all()]
    assert len(receiver.taken) >= 3
    assert "hidden" not in serialize("json", rows) and "hidden" not in caplog.text


@pytest.mark.parametrize("service", FILLED)
def test_what_does_not_look_as_the_service_writes_it_is_refused(base, alice, service):
    fields = {**fields_of(service, base), **FILLED[service].wrong}
    with pytest.raises(Unfit) as refused:
        manage.create_chat(by=alice, service=service, wish=ChatWish("x", fields, KINDS, 0), scope="mine")
    assert refused.value.field in FILLED[service].wrong
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("service", "field", "value"),
    [
        ("mattermost", "url", "https://10.1.2.3/hooks/abcdefgh12345678"),
        ("mattermost", "url", "https://169.254.169.254/hooks/abcdefgh12345678"),
        ("mattermost", "url", "https://[fd00::1]/hooks/abcdefgh12345678"),
        ("mattermost", "url", "http://chat.example/hooks/abcdefgh12345678"),
        ("mattermost", "url", "https://chat.example:22/hooks/abcdefgh12345678"),
        ("mattermost", "url", "https://user@chat.example/hooks/abcdefgh12345678"),
        ("ntfy", "server", "https://192.168.0.1"),
        ("ntfy", "server", "file:///etc"),
        ("zulip", "bot", "x-bot@127.0.0.1"),
        ("teams", "url", "https://evil.example/workflows/0123abcd/triggers/manual/paths/invoke?sig=abcdefgh"),
    ],
)
def test_no_service_leads_into_the_firms_own_network(base, alice, settings, service, field, value):
    settings.WEBHOOK_LOOPBACK = False
    usual = {"zulip": {"key": "a" * 32, "stream": "x"}, "ntfy": {"topic": "x", "token": ""}}.get(service, {})
    with pytest.raises(Unfit) as refused:
        chat.SERVICES[service].read({**usual, field: value})
    assert refused.value.field == field


@pytest.mark.parametrize("service", FILLED)
def test_each_service_is_called_only_at_an_address_that_was_looked_at(
    base, receiver, alice, case, refusal, service, settings
):
    """The receiver stands on this machine: where that is not allowed, no plugin finds another way to it."""
    case.owner = alice
    case.save()
    made(alice, base, service)
    one = told(refusal)
    settings.WEBHOOK_LOOPBACK = False
    assert pump() == 0 and receiver.taken == []
    assert one.calls.get().problem in ("not_https", "not_public")


def test_every_plugin_in_use_calls_over_our_calls():
    plugins = [
        module
        for name, module in sys.modules.items()
        if name.startswith("apprise.plugins.") and "requests" in vars(module)
    ]
    ours = {
        type(module.requests).__name__
        for module in plugins
        if f".{module.__name__.rpartition('.')[2]}" in _USED
    }
    assert ours == {over_apprise._OurCalls.__name__}


_USED = {
    f".{name}"
    for name in ("slack", "workflows", "google_chat", "discord", "mattermost", "zulip", "telegram", "ntfy")
}


def test_a_service_that_is_not_named_is_never_spoken_to(hook, receiver, refusal, alice, base):
    with pytest.raises(ChannelRefused, match="unknown_service"):
        manage.create_chat(by=alice, service="syslog", wish=ChatWish("", {}, KINDS, 0), scope="mine")
    Webhook.objects.update(service="syslog")
    one = told(refusal)
    assert pump() == 0 and one.calls.get().problem == "unknown_service"


# --- escalation -------------------------------------------------------------------------------------------


@pytest.fixture
def concern(case, refusal, alice) -> Concern:
    """An office action that nobody has acknowledged for days; Alice is in charge and Bob her deputy."""
    case.owner = alice
    case.save()
    acknowledge.open_for_news([refusal], NOW - timedelta(days=10))
    return Concern.objects.get(news=refusal)


def raised() -> None:
    """One step further, whenever the last one was."""
    Concern.objects.update(raised_at=NOW - timedelta(days=10))
    escalation.raise_due(NOW)


def test_from_its_rung_on_a_chat_is_told_in_addition_to_the_mail(concern, receiver, base, alice):
    hook = made(alice, base, rung=1, kinds=())
    raised()
    assert Escalation.objects.filter(user=alice, prompt__isnull=False).count() == 1
    assert pump() == 1
    words = text_in(receiver.taken[0])
    assert words.startswith("［受領未確認］") and "同じ担当者へ再送" in words and "2026-11-14" in words
    assert "受領確認はこちら" in words and "/a/" not in words
    assert [(link.chat, link.sent) for link in chain(concern) if link.chat] == [(str(hook), True)]


def test_where_there_is_no_chat_nothing_changes(concern, receiver, alice, base, bob):
    made(bob, base, rung=1)  # who is not told of it
    made(alice, base, rung=0)
    raised()
    assert Escalation.objects.count() == 1 and not WebhookDelivery.objects.exists()


def test_each_rung_may_have_a_chat_of_its_own(concern, receiver, base, alice, bob):
    alice.deputy = bob
    alice.save()
    boss = make.user("boss", role="administrator")
    chats = {
        "again": made(alice, base, rung=1),
        "deputy": made(bob, base, rung=2),
        "boss": made(boss, base, rung=4),
        "team": made(boss, base, rung=3, scope="list", watchlist=make.watchlist(boss, concern.case)),
    }
    seen = []
    for _ in range(3):
        before = set(WebhookDelivery.objects.values_list("pk", flat=True))
        raised()
        fresh = WebhookDelivery.objects.exclude(pk__in=before)
        concern.refresh_from_db()
        names = {hook.pk: name for name, hook in chats.items()}
        seen.append((concern.rung, sorted(names[one.webhook_id] for one in fresh)))
    assert seen == [(1, ["again"]), (2, ["deputy"]), (4, ["boss", "team"])]


def test_nobody_is_told_twice_of_one_rung(concern, base, alice):
    made(alice, base, rung=1)
    raised()
    one = WebhookDelivery.objects.get()
    again = escalated.Raised(concern.pk, concern.case_id, one.rung, (alice.pk,))
    escalated.fan_out([again], now=NOW)
    assert WebhookDelivery.objects.count() == 1


def test_what_was_acknowledged_meanwhile_is_not_told(concern, receiver, base, alice):
    made(alice, base, rung=1)
    raised()
    acknowledge.acknowledge([concern], by=alice, how="page")
    pump()
    assert receiver.taken == [] and WebhookDelivery.objects.get().state == "dropped"


def test_a_limit_that_presses_is_told_with_its_date(case, receiver, base, alice, refusal):
    case.owner = alice
    case.save()
    limit = make_limit(refusal, due=date(2026, 11, 27))
    Concern.objects.create(
        case=case, limit=limit, due=limit.due, stage="week",
        opened_at=NOW - timedelta(days=3), raised_at=NOW - timedelta(days=3),
    )  # fmt: skip
    made(alice, base, rung=1)
    raised()
    pump()
    words = text_in(receiver.taken[0])
    assert "期限 2026-11-27" in words.splitlines()[0] and "拒絶理由通知への応答: 2026-11-27" in words


def test_telling_of_many_concerns_costs_as_many_queries_as_of_one(concern, base, alice):
    made(alice, base, rung=1)

    def cost(first, count):
        rows = [escalated.Raised(concern.pk, concern.case_id, first + n, (alice.pk,)) for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert escalated.fan_out(rows, now=NOW) == count
        return len(queries)

    assert cost(1, 1) == cost(2, 60)


# --- killed -----------------------------------------------------------------------------------------------

WORKER = """
import django, sys
django.setup()
from apprise.plugins.slack import NotifySlack
from dossiers.alerts.channels import webhooks
NotifySlack.webhook_url = sys.argv[1]
webhooks.pump(budget_seconds=60)
"""


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, 8])
def test_killed_while_the_service_thinks_the_next_one_says_the_same_again(hook, receiver, base, case, count):
    decisions(case, count)
    WebhookDelivery.objects.update(not_before=clock.now() - timedelta(days=400))
    receiver.mode = "silent"
    db = connection.settings_dict
    address = f"sqlite:///{db['NAME']}"
    if connection.vendor != "sqlite":
        address = f"postgres://{db['USER']}@{db['HOST']}:{db['PORT']}/{db['NAME']}"
    env = scratch.environment(
        address,
        DJANGO_SETTINGS_MODULE="ipportal.settings",
        IPPORTAL_SECRET_KEY=site.SECRET_KEY,
        IPPORTAL_WEBHOOK_LOOPBACK="1",
        IPPORTAL_SITE_URL=site.SITE_URL,
    )
    worker = subprocess.Popen([sys.executable, "-c", WORKER, f"{base}/services"], env=env, cwd=scratch.ROOT)
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
    assert first.body == second.body
    assert not WebhookDelivery.objects.exclude(state="sent").exists()


# --- whom mail does not reach -------------------------------------------------------------------------------


def test_a_person_whose_mail_comes_back_is_told_so_in_their_own_chat(hook, receiver, alice):
    for _ in range(2):
        mail_trouble.tell(alice, WebhookDelivery.Notice.ADDRESS_OFF, NOW)
    assert pump() == 1
    words = text_in(receiver.taken[0])
    assert "メールが戻ってきた" in words and "https://portal.firm.example/settings/" in words
    assert not WebhookDelivery.objects.get().is_test


def test_an_escalation_reaches_whom_no_mail_reaches_by_a_chat_that_was_not_asked_for_it(
    hook, receiver, refusal, alice
):
    concern = Concern.objects.create(case=refusal.case, news=refusal, stage="news", opened_at=NOW)
    step = {"concern": concern.pk, "case": refusal.case_id, "rung": 1}
    assert escalated.fan_out([escalated.Raised(users=[alice.pk], **step)], now=NOW) == 0
    assert escalated.fan_out([escalated.Raised(users=[], by_chat=[alice.pk], **step)], now=NOW) == 1
    assert pump() == 1 and "未確認" in text_in(receiver.taken[0])
