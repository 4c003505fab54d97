"""Acknowledging by keyboard on the page of alerts, and by name from the mail without signing in."""

from __future__ import annotations

import pytest

from dossiers import clock
from dossiers.alerts import acknowledge
from dossiers.alerts.outbox import fan_out
from dossiers.models import Concern, News, User
from tests.browser.test_daily_round import sign_in
from tests.pages import docket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def two(alice) -> list[News]:
    """Office actions on two cases of Alice, the older one first."""
    User.objects.filter(pk=alice.pk).update(language="en")
    found = []
    for number in ("2023000901", "2023000902"):
        case = docket.confirmed_case(number, owner=alice)
        found.append(docket.refused(case).news.get())
    fan_out(found)
    return found


def acknowledged(news: News) -> str:
    return str(Concern.objects.get(news=news).acknowledged_by or "")


def test_the_line_one_is_on_is_acknowledged_by_its_key_and_no_other(page, alice, two):
    sign_in(page)
    page.goto("/alerts/")
    button = page.locator("#acknowledge [data-line-key=y]")
    assert button.count() == 2
    page.keyboard.press("y")  # no line is chosen yet
    page.keyboard.press("j")
    page.keyboard.press("j")
    button.nth(1).and_(page.locator(":enabled")).wait_for()
    with page.expect_navigation():
        page.keyboard.press("y")
    page.get_by_text("It is not escalated any further").wait_for()
    second, first = sorted(two, key=lambda one: acknowledged(one) == "")
    assert acknowledged(second) == str(alice) and acknowledged(first) == ""
    assert page.locator("#acknowledge [data-line-key=y]").count() == 1


def test_the_alert_one_reads_is_acknowledged_by_the_same_key_and_its_log_says_by_whom(page, alice, two):
    sign_in(page)
    page.goto(f"/alerts/{two[0].alerts.get(user=alice).pk}/")
    page.locator("[data-key=y]:enabled").wait_for()
    with page.expect_navigation():
        page.keyboard.press("y")
    said = page.locator("#acknowledge").inner_text()
    assert f"Acknowledged by {alice}" in said and "Who was told" in said


def test_the_mails_page_says_in_whose_name_its_button_speaks_and_a_scanner_does_nothing(page, alice, two):
    address = acknowledge.url_for(alice, two[0]).split("/a/")[1]
    page.goto(f"/a/{address}")
    assert f"as {alice}" in page.locator("form p").first.inner_text()
    page.reload()
    assert acknowledged(two[0]) == ""
    page.locator("button[type=submit].primary").click()
    page.get_by_text(f"Acknowledged by {alice}").wait_for()
    concern = Concern.objects.get(news=two[0])
    assert concern.acknowledged_how == "mail" and concern.acknowledged_at <= clock.now()
    assert concern.case.audit.filter(action="concern.acknowledge", actor=alice).exists()
