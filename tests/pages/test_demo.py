"""The demonstration's pages, against a real office in miniature and a real folder of mail."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.request import urlopen

import pytest
from django_q.models import OrmQ

from apiclient.sandbox import Sandbox
from dossiers.demo import mailbox, office
from dossiers.models import Case

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def miniature():
    with Sandbox(seed=1, cases=2000) as running:
        yield running


@pytest.fixture
def page(client, bob, settings, miniature, tmp_path):
    settings.DEMO = True
    settings.JPO_BASE_URL = miniature.url
    settings.DEMO_MAILBOX = tmp_path
    client.force_login(bob)
    yield client
    office.make_trouble("none")


def kept(folder, subject="S", text="plain words", html="", to="a@example.com"):
    parts = f"Subject: {subject}\nFrom: x@example.com\nTo: {to}\nMIME-Version: 1.0\n"
    if html:
        parts += f"Content-Type: text/html; charset=utf-8\n\n{html}\n"
    else:
        parts += f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    return mailbox.keep(folder, parts.encode(), [to])


@pytest.mark.parametrize("path", ["/demo/", "/demo/mailbox/", "/demo/mailbox/x/", "/demo/mailbox/x/html/"])
def test_outside_the_demo_these_pages_do_not_exist(client, bob, settings, path):
    settings.DEMO = False
    client.force_login(bob)
    assert client.get(path).status_code == 404


def test_outside_the_demo_no_day_passes(client, bob, settings, miniature):
    settings.DEMO, settings.JPO_BASE_URL = False, miniature.url
    client.force_login(bob)
    before = miniature.today()
    assert client.post("/demo/day/").status_code == 404
    assert client.post("/demo/faults/", {"kind": "999"}).status_code == 404
    assert miniature.today() == before


def test_a_day_passes_at_the_office_and_its_round_follows(page, miniature):
    before = miniature.today()
    assert page.post("/demo/day/").status_code == 302
    assert miniature.today() == before + timedelta(days=1)
    assert OrmQ.objects.count() == 1


def test_several_days_pass_at_once_but_no_more_than_a_week(page, miniature):
    before = miniature.today()
    page.post("/demo/day/", {"days": "3"})
    assert miniature.today() == before + timedelta(days=3)
    for days in ("8", "-1", "x"):
        page.post("/demo/day/", {"days": days})
    assert miniature.today() == before + timedelta(days=3)


def test_a_day_does_not_pass_by_looking(page, miniature):
    before = miniature.today()
    assert page.get("/demo/day/").status_code == 405
    assert miniature.today() == before


def test_what_comes_is_what_the_office_will_show_soonest_first(page, miniature):
    shown = [one for one, _case in page.get("/demo/").context["coming"]]
    truth = {(one.law, one.number, one.visible_on) for one in miniature.upcoming("A131", days=7)}
    assert shown
    assert {(one.law, one.application_number, one.visible_on) for one in shown} <= truth
    assert [one.visible_on for one in shown] == sorted(one.visible_on for one in shown)
    assert all(one.visible_on > miniature.today() for one in shown)


def test_a_case_in_the_docket_is_linked_and_others_are_offered(page, miniature):
    first = min(miniature.upcoming("A131", days=7), key=lambda one: (one.visible_on, one.law, one.number))
    assert "/add/?numbers=" in page.get("/demo/").content.decode()
    Case.objects.create(law=first.law, application_number=first.number)
    assert f"/cases/{first.law}/{first.number}/" in page.get("/demo/").content.decode()


@pytest.mark.parametrize("kind", ["slow", "302", "999"])
def test_trouble_is_made_shown_and_healed(page, miniature, kind):
    page.post("/demo/faults/", {"kind": kind})
    assert [rule["kind"] for rule in faults(miniature)] == [kind]
    assert page.get("/demo/").context["trouble"] == kind
    page.post("/demo/faults/", {"kind": "none"})
    assert faults(miniature) == []


def test_a_trouble_nobody_offers_changes_nothing(page, miniature):
    page.post("/demo/faults/", {"kind": "explode"})
    assert faults(miniature) == []


def faults(miniature):
    with urlopen(f"{miniature.url}/_sandbox/state") as answer:  # noqa: S310
        return json.load(answer)["faults"]


def test_an_office_that_is_gone_is_said_to_be_gone(page, settings):
    settings.JPO_BASE_URL, running = "http://127.0.0.1:9", settings.JPO_BASE_URL
    assert "does not answer" in page.get("/demo/").content.decode()
    assert "no day has passed" in page.post("/demo/day/", follow=True).content.decode()
    settings.JPO_BASE_URL = running


@pytest.mark.parametrize(
    "url", ["https://ip-data.jpo.go.jp", "http://127.0.0.1.evil.example", "", "http://[x"]
)
def test_the_true_office_is_never_asked_to_let_a_day_pass(settings, url):
    before, settings.JPO_BASE_URL = settings.JPO_BASE_URL, url
    with pytest.raises(office.OfficeUnreachable):
        office.let_days_pass()
    settings.JPO_BASE_URL = before


def test_the_empty_mailbox_teaches(page):
    assert "No mail yet" in page.get("/demo/mailbox/").content.decode()


def test_the_newest_message_is_open_and_any_other_can_be(page, tmp_path):
    old = kept(tmp_path, subject="old", text="old words https://example.com/x")
    kept(tmp_path, subject="new", text="new words")
    body = page.get("/demo/mailbox/").content.decode()
    assert "new words" in body
    assert "old words" not in body
    body = page.get(f"/demo/mailbox/{old}/?as=text").content.decode()
    assert "old words" in body
    assert 'href="https://example.com/x"' in body


def test_hostile_mail_is_text_in_the_page_and_sealed_in_its_frame(page, tmp_path):
    one = kept(tmp_path, subject=HOSTILE, html=f"<p>hello</p>{HOSTILE}", to="a@example.com")
    for address in ("/demo/mailbox/", f"/demo/mailbox/{one}/?as=text"):
        body = page.get(address).content.decode()
        assert HOSTILE not in body
        assert 'href="javascript' not in body
    answer = page.get(f"/demo/mailbox/{one}/html/")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "script" not in answer["Content-Security-Policy"]
    assert "style-src 'unsafe-inline'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in page.get("/demo/mailbox/")["Content-Security-Policy"]


@pytest.mark.parametrize("identity", ["..%2F..%2Fetc%2Fpasswd", "0" * 20 + "-00000000", "x"])
def test_a_message_that_is_none_is_not_found(page, identity):
    assert page.get(f"/demo/mailbox/{identity}/").status_code == 404
    assert page.get(f"/demo/mailbox/{identity}/html/").status_code == 404
