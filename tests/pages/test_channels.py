"""The page of channels: secrets are shown once, errors say what to do, and nobody sees anybody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from lxml import html

from dossiers import clock, sealing
from dossiers.alerts.acknowledge import open_for_news
from dossiers.alerts.channels import manage, webhooks
from dossiers.alerts.channels.chat import SERVICES
from dossiers.alerts.channels.signing import secret_of
from dossiers.models import Feed, News, Webhook, WebhookAttempt, WebhookDelivery
from tests import make

pytestmark = pytest.mark.django_db

GOOD = {
    "name": "文書管理",
    "url": "https://hooks.example.com/in?key=hidden",
    "kinds": ["office_action", "decision"],
    "scope": "mine",
}


@pytest.fixture
def page(client, alice) -> Client:
    client.force_login(alice)
    return client


def words(answer) -> str:
    return " ".join(html.fromstring(answer.content).text_content().split())


def test_the_empty_page_says_what_channels_are_for(page):
    said = words(page.get("/settings/channels/"))
    assert "カレンダー" in said and "まだありません" in said
    assert "/settings/channels/" in page.get("/settings/").content.decode()


def test_a_webhook_is_added_its_secret_shown_once_and_its_address_to_nobody_else(page, bob):
    made = page.post("/settings/channels/webhooks/", GOOD)
    hook = Webhook.objects.get()
    assert secret_of(hook) in words(made)
    assert made.headers["Cache-Control"] == "private, no-store"
    again = page.get(f"/settings/channels/{hook.pk}/")
    assert secret_of(hook) not in again.content.decode()
    assert "hooks.example.com" in words(again)
    assert hook.kinds == ["office_action", "decision"]
    other = Client()
    other.force_login(bob)
    assert other.get(f"/settings/channels/{hook.pk}/").status_code == 404
    assert "文書管理" not in other.get("/settings/channels/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"url": "http://hooks.example.com/"}, "https"),
        ({"url": "https://192.168.1.5/in"}, "インターネット"),
        ({"url": "hooks.example.com"}, "https://hooks.example.com/in"),
        ({"kinds": []}, "種類"),
        ({"scope": "all"}, "管理者"),
        ({"scope": "00000000-0000-0000-0000-000000000000"}, "ウォッチリスト"),
        ({"scope": "nonsense"}, "案件"),
    ],
)
def test_what_is_refused_is_explained_and_nothing_typed_is_lost(page, wrong, advice):
    answer = page.post("/settings/channels/webhooks/", {**GOOD, **wrong})
    tree = html.fromstring(answer.content)
    (alert,) = tree.xpath("//form[contains(@action, 'webhooks')]//*[@role='alert']")
    assert advice in alert.text_content()
    assert tree.get_element_by_id("hook-url").get("value") == {**GOOD, **wrong}["url"]
    assert tree.get_element_by_id("hook-name").get("value") == "文書管理"
    assert not Webhook.objects.exists()


def test_the_log_shows_what_the_receiver_said_harmlessly_and_sends_again(page, alice):
    page.post("/settings/channels/webhooks/", GOOD)
    hook = Webhook.objects.get()
    news = News.objects.create(case=make.case(), kind="decision", key="k")
    one = WebhookDelivery.objects.create(
        webhook=hook, news=news, message_id="msg_1", body="{}", state="failed", attempts=10
    )
    WebhookAttempt.objects.create(
        delivery=one,
        accepted=False,
        status=500,
        milliseconds=12,
        answer="<script>x</script>",
        problem="refused",
    )
    shown = page.get(f"/settings/channels/{hook.pk}/")
    assert b"<script>x" not in shown.content and "<script>x</script>" in words(shown)
    assert "500" in words(shown)
    page.post(f"/settings/channels/{hook.pk}/replay/", {"delivery": one.pk})
    one.refresh_from_db()
    assert (one.state, one.attempts, one.message_id, one.body) == ("waiting", 0, "msg_1", "{}")
    for nonsense in ("", "x", "9" * 40, "0"):
        there = f"/settings/channels/{hook.pk}/replay/"
        assert page.post(there, {"delivery": nonsense}).status_code == 404


def test_the_buttons_do_what_they_say(page, alice):
    page.post("/settings/channels/webhooks/", GOOD)
    hook = Webhook.objects.get()
    here, before = f"/settings/channels/{hook.pk}", secret_of(hook)
    page.post(f"{here}/test/")
    assert hook.deliveries.get().news is None
    page.post(f"{here}/off/")
    hook.refresh_from_db()
    assert hook.off == "by_hand"
    assert "停止中" in words(page.get(f"{here}/"))
    page.post(f"{here}/on/")
    hook.refresh_from_db()
    assert hook.off == ""
    renewed = page.post(f"{here}/secret/")
    hook.refresh_from_db()
    assert secret_of(hook) != before and secret_of(hook) in words(renewed)
    page.post(f"{here}/change/", {**GOOD, "name": "新", "kinds": ["dispatch"]})
    hook.refresh_from_db()
    assert (hook.name, hook.kinds) == ("新", ["dispatch"])
    wrong = page.post(f"{here}/change/", {**GOOD, "url": "http://x/"})
    assert "https" in words(wrong)
    assert page.post(f"{here}/nonsense/").status_code == 404
    page.post(f"{here}/delete/")
    assert not Webhook.objects.exists()


def test_one_that_went_off_is_seen_among_the_alerts(page, alice):
    assert "Webhook" not in words(page.get("/alerts/"))
    hook = manage.create(by=alice, **{**GOOD, "kinds": ["decision"]})
    Webhook.objects.update(off="failing", off_at=clock.now())
    shown = page.get("/alerts/")
    assert f"/settings/channels/{hook.pk}/" in shown.content.decode()


def test_a_feed_s_address_is_shown_once(page, alice, bob):
    listed = make.watchlist(bob, make.case())
    made = page.post("/settings/channels/feeds/", {"kind": "news", "scope": str(listed.pk)})
    feed = Feed.objects.get()
    assert (feed.kind, feed.watchlist, feed.owner) == ("news", listed, alice)
    address = html.fromstring(made.content).get_element_by_id("shown").text_content()
    assert address.endswith("/news.atom")
    token = address.split("/")[-2]
    assert token not in page.get("/settings/channels/").content.decode()
    refused = page.post("/settings/channels/feeds/", {"kind": "nonsense", "scope": "mine"})
    assert html.fromstring(refused.content).xpath("//*[@role='alert']")


def test_a_private_list_of_somebody_else_cannot_be_chosen(page, bob):
    hidden = make.watchlist(bob, make.case(), name="秘密")
    hidden.shared = False
    hidden.save()
    assert "秘密" not in page.get("/settings/channels/").content.decode()
    page.post("/settings/channels/feeds/", {"kind": "news", "scope": str(hidden.pk)})
    page.post("/settings/channels/webhooks/", {**GOOD, "scope": str(hidden.pk)})
    assert not Feed.objects.exists() and not Webhook.objects.exists()


def test_the_log_costs_the_same_however_long_it_is(page, alice, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page.post("/settings/channels/webhooks/", GOOD)
    hook, case = Webhook.objects.get(), make.case()

    def cost(count: int) -> int:
        start = WebhookDelivery.objects.count()
        rows = [News.objects.create(case=case, kind="decision", key=f"k{start + n}") for n in range(count)]
        for news in rows:
            one = WebhookDelivery.objects.create(webhook=hook, news=news, message_id=f"msg_{news.pk}")
            WebhookAttempt.objects.create(delivery=one, accepted=False, milliseconds=1, problem="timeout")
        with CaptureQueriesContext(connection) as queries:
            page.get(f"/settings/channels/{hook.pk}/")
        return len(queries)

    assert cost(3) == cost(25)


def test_words_are_known_for_every_reason_of_a_call_that_failed():
    from pathlib import Path

    from dossiers.views.channel_parts import PROBLEMS

    folder = Path(webhooks.__file__).parent
    files = ("post.py", "addresses.py", "webhooks.py", "chat/__init__.py", "chat/over_apprise.py")
    source = "".join((folder / name).read_text() for name in files)
    import re

    codes = set(re.findall(r'(?:Refused\(|_none\(|None, "", |else |problem=)"([a-z_]+)"', source))
    assert {"timeout", "tls", "not_public", "redirect"} <= codes
    assert codes - set(PROBLEMS) == set()


# --- chats ------------------------------------------------------------------------------------------------

SLACK = "https://hooks.slack.com/services/T0123ABC/B0123ABC/hiddenhiddenhiddenhidden"
CHAT = {
    "field-url": SLACK,
    "name": "特許チーム",
    "kinds": ["office_action"],
    "scope": "mine",
    "escalate_from": "2",
}


@pytest.fixture
def chatting(page) -> Webhook:
    page.post("/settings/channels/chats/slack/", CHAT)
    return Webhook.objects.get()


def test_the_page_offers_each_service_and_says_what_a_chat_is_for(page):
    answer = page.get("/settings/channels/")
    assert "受領確認" in words(answer)
    for service in SERVICES.values():
        assert service.label in words(answer)
        form = page.get(f"/settings/channels/chats/{service.key}/")
        labels = html.fromstring(form.content).xpath("//form[contains(@class, 'panel')]//label/@for")
        assert {f"field-{field.name}" for field in service.fields} <= set(labels)


def test_a_chat_is_added_and_what_opens_it_is_never_shown_again(page, chatting, bob):
    assert (chatting.service, chatting.name, chatting.escalate_from) == ("slack", "特許チーム", 2)
    answer = page.get(f"/settings/channels/{chatting.pk}/")
    assert "hiddenhidden" not in answer.content.decode() and "…dden" in words(answer)
    assert "特許チーム" in words(page.get("/settings/channels/"))
    other = Client()
    other.force_login(bob)
    assert other.get(f"/settings/channels/{chatting.pk}/").status_code == 404


def test_a_secret_left_empty_stays_and_another_replaces_it(page, chatting):
    url = f"/settings/channels/{chatting.pk}/change/"
    page.post(url, {**CHAT, "field-url": "", "name": "別名", "escalate_from": "0"})
    chatting.refresh_from_db()
    assert (chatting.name, chatting.escalate_from) == ("別名", 0)
    assert sealing.unseal(chatting.sealed) == {"url": SLACK}
    page.post(url, {**CHAT, "field-url": SLACK.replace("hidden", "others")})
    chatting.refresh_from_db()
    assert "others" in sealing.unseal(chatting.sealed)["url"]


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"field-url": "https://example.com/hiddenhidden"}, "そのままコピー"),
        ({"field-url": ""}, "必須"),
        ({"kinds": [], "escalate_from": "0"}, "種類"),
        ({"scope": "all"}, "管理者"),
        ({"escalate_from": "9"}, "受領確認"),
    ],
)
def test_a_chat_that_is_refused_is_explained_without_saying_the_secret(page, wrong, advice):
    answer = page.post("/settings/channels/chats/slack/", {**CHAT, **wrong})
    tree = html.fromstring(answer.content)
    assert advice in " ".join(alert.text_content() for alert in tree.xpath("//*[@role='alert']"))
    assert "hidden" not in tree.get_element_by_id("field-url").get("value")
    assert tree.get_element_by_id("chat-name").get("value") == "特許チーム"
    assert not Webhook.objects.exists()


def test_there_is_no_page_for_a_service_that_is_not_spoken_to(page, chatting):
    assert page.get("/settings/channels/chats/syslog/").status_code == 404
    assert page.post("/settings/channels/chats/exec/", CHAT).status_code == 404
    assert page.post(f"/settings/channels/{chatting.pk}/secret/").status_code == 404
    Webhook.objects.update(service="of another release")
    assert page.get(f"/settings/channels/{chatting.pk}/").status_code == 200
    assert page.post(f"/settings/channels/{chatting.pk}/change/", CHAT).status_code == 404


def test_the_log_of_a_chat_tells_escalations_and_a_chat_that_is_off_is_told_among_the_alerts(
    page, chatting, alice
):
    case = make.case(owner=alice)
    news = News.objects.create(case=case, kind="office_action", key="n")
    open_for_news([news], clock.now())
    chatting.deliveries.create(concern=news.concern, rung=1, message_id="e", state="failed")
    Webhook.objects.update(off="refused", off_at=clock.now())
    said = words(page.get(f"/settings/channels/{chatting.pk}/"))
    assert "未確認" in said and "特願2023-000123" in said
    assert "特許チーム" in words(page.get("/alerts/"))


def test_the_pages_of_chats_keep_hostile_words_words_and_name_each_of_their_controls(page, chatting):
    nasty = """"><script>alert(1)</script><img src=x onerror=alert(1)>' onfocus='alert(1)"""
    Webhook.objects.update(name=nasty[:60])
    one = chatting.deliveries.create(message_id="x", state="failed")
    one.calls.create(accepted=False, status=500, milliseconds=1, answer=nasty, problem=nasty[:40])
    refused = page.post("/settings/channels/chats/telegram/", {"field-chat": nasty, "name": nasty})
    pages = [page.get(url) for url in ("/settings/channels/", f"/settings/channels/{chatting.pk}/")]
    for answer in (*pages, refused):
        tree = html.fromstring(answer.content)
        assert "alert(1)" in tree.text_content() or tree.xpath("//input[contains(@value, 'script')]")
        assert not tree.xpath("//img | //script[not(@src)] | //*[@onfocus or @onerror]")
        labels, ids = set(tree.xpath("//label/@for")), tree.xpath("//@id")
        assert len(ids) == len(set(ids))
        assert set(tree.xpath("//main//input[@type!='checkbox' and @type!='hidden']/@id")) <= labels
        assert set(tree.xpath("//main//input[not(@type)]/@id | //main//select/@id")) <= labels
        assert set(" ".join(tree.xpath("//@aria-describedby")).split()) <= set(ids)


def test_a_chat_is_tried_switched_off_and_deleted_by_its_owner_alone(page, chatting, bob):
    other = Client()
    other.force_login(bob)
    for action in ("test", "off", "on", "change", "delete"):
        assert other.post(f"/settings/channels/{chatting.pk}/{action}/").status_code == 404
    page.post(f"/settings/channels/{chatting.pk}/test/")
    assert WebhookDelivery.objects.get().is_test
    page.post(f"/settings/channels/{chatting.pk}/off/")
    chatting.refresh_from_db()
    assert chatting.off == "by_hand"
    page.post(f"/settings/channels/{chatting.pk}/delete/")
    assert not Webhook.objects.exists()
