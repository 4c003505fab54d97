"""A real browser on pages full of hostile words, with an ended session, and without a mouse."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from dossiers.models import Citation, RefreshJob, Register, Watchlist
from tests import make
from tests.browser.test_daily_round import sign_in
from tests.pages import docket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NASTY = """"><script>window.owned=1</script><img src=x onerror="window.owned=1">' onfocus='window.owned=1"""


@pytest.fixture
def case(alice):
    """A case of which every word that somebody else chose is hostile."""
    alice.display_name = NASTY[:100]
    alice.save()
    case = docket.confirmed_case(owner=alice)
    event = docket.refused(case)
    docket.paper(event, docket.notice(case, text=NASTY, raw_text=NASTY).to_json(), name=f"{NASTY}.xml")
    case.title = case.applicants_text = case.client = case.note = NASTY
    case.own_reference = NASTY[:60]
    case.save()
    case.events.update(description=NASTY)
    case.limits.update(title_ja=NASTY)
    Citation.objects.create(case=case, display=NASTY, first_seen_at=make.SEEN)
    Register.objects.create(case=case, holders=[{"name": NASTY}], confirmed_at=make.SEEN)
    make.watchlist(alice, case, name=NASTY[:80], followers=(alice,))
    return case


def test_nothing_hostile_runs_in_any_page(page, alice, case):
    said = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    event = case.events.get()
    limit = event.limits.get()
    inner = (docket.page_of(case), docket.page_of(case, f"documents/{event.pk}/"), f"/limits/{limit.pk}/")
    lists = f"/watchlists/{Watchlist.objects.get().pk}/"
    sign_in(page)
    for path in (
        "/",
        "/cases/",
        "/limits/",
        "/limits/?view=month",
        "/watchlists/",
        lists,
        *inner,
        "/settings/",
    ):
        page.goto(path)
        assert page.evaluate("window.owned") is None, path
        assert page.locator("img, main script, [onfocus], [onerror]").count() == 0, path
        page.keyboard.press("Tab")
        page.keyboard.press("j")
    assert said == []


def test_when_the_session_ends_while_a_page_waits_the_whole_page_goes_to_sign_in_and_back(
    page, alice, settings
):
    settings.JPO_USERNAME = settings.JPO_PASSWORD = "invented"  # without an ID nothing waits for the office
    case = docket.confirmed_case(owner=alice)
    RefreshJob.objects.create(case=case, key="person:1:x", purpose="person")
    sign_in(page)
    page.goto(docket.page_of(case))
    page.wait_for_selector("#refresh-status[hx-get]")
    Session.objects.all().delete()
    page.wait_for_url(lambda address: "/login/?next=/cases/patent/" in address, timeout=60_000)
    assert page.locator("#refresh-status").count() == 0
    page.fill("input[name=username]", "alice")
    page.fill("input[name=password]", make.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{docket.page_of(case)}")


def test_a_double_click_and_the_way_back_change_nothing_twice(page, alice):
    case = docket.confirmed_case(owner=alice)
    limit = docket.refused(case).limits.get()
    sign_in(page)
    page.goto(f"/limits/{limit.pk}/")
    page.locator("form[action$='/confirm/'] button").dblclick()
    page.wait_for_selector("form[action$='/confirm/']", state="detached")
    assert limit.changes.filter(field="confirmed").count() == 1
    page.goto("/cases/")
    page.go_back()
    assert page.locator("form[action$='/confirm/']").count() == 0  # as it is now, not as it was


def test_the_morning_is_done_without_a_mouse(page, alice):
    case = docket.confirmed_case(owner=alice)
    limit = docket.refused(case).limits.get()
    sign_in(page)
    keys = page.keyboard
    keys.press("Tab")
    assert focused(page) == "#content"  # the way past the navigation comes first
    keys.press("Enter")
    keys.press("j")
    assert seen(page)
    keys.press("Enter")
    page.wait_for_url("**/documents/*/")
    keys.press("g")
    keys.press("l")
    page.wait_for_url("**/limits/")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(f"**/limits/{limit.pk}/")
    for _ in range(60):
        keys.press("Tab")
        assert seen(page)
        if page.evaluate("document.activeElement.form?.action.endsWith('/confirm/') ?? false"):
            break
    keys.press("Enter")
    page.wait_for_selector(".messages")
    limit.refresh_from_db()
    assert limit.confirmed_by == alice


def focused(page) -> str | None:
    return page.evaluate("document.activeElement.getAttribute('href')")


def seen(page) -> bool:
    """Whether what has the focus shows it: by an outline that is not a hair."""
    return page.evaluate(
        """() => {
          const style = getComputedStyle(document.activeElement);
          return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
        }"""
    )
