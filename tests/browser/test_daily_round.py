"""What a docketing clerk does in a day, by hand and by keyboard."""

from __future__ import annotations

import re

import pytest

from dossiers.models import Alert, Case, Event, Follow, TimeLimit, Watchlist
from tests import make
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page, name="alice"):
    page.goto("/login/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", make.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)


def ask_now(page):
    """Press "refresh now" and wait until the order is written."""
    with page.expect_response(lambda answer: answer.url.endswith("/refresh/")):
        page.locator("form[action$='/refresh/'] button").first.click()


def test_a_wrong_password_is_said_and_the_name_is_kept(page, alice):
    page.goto("/login/")
    page.fill("input[name=username]", "alice")
    page.fill("input[name=password]", "wrong")
    page.keyboard.press("Enter")
    assert page.locator("#failed").inner_text().strip()
    assert page.input_value("input[name=username]") == "alice"


def test_pasted_numbers_are_previewed_with_title_and_applicant_and_then_added(page, alice, office, work):
    known = office.cases("patent", limit=1)[0].case
    sign_in(page)
    page.goto("/add/")
    pasted = f"特願{known.number[:4]}－{int(known.number[4:])}\tABC-0001\nこれは番号ではない\n特願2020-999999"
    page.fill("textarea", pasted)
    page.locator("main form:has(textarea) button").first.click()
    page.wait_for_url(re.compile(r"/add/[0-9a-f-]{36}/"))
    work()
    page.reload()
    text = page.locator("main").inner_text()
    assert known.title in text
    assert "これは番号ではない" in text
    page.locator("form[action$='/save/'] button").first.click()
    page.wait_for_selector(f"main a[href='/cases/patent/{known.number}/']")
    case = Case.objects.get(application_number=known.number)
    assert case.own_reference == "ABC-0001"
    page.goto(f"/cases/patent/{known.number}/")
    assert known.title in page.locator("h1, main").first.inner_text()


def test_a_notice_goes_from_the_office_to_limit_document_and_inbox(page, alice, office, work):
    seen = office.cases("patent", limit=1, stage="examination")[0].case
    case = make.case(seen.number, title="", filing_date=None, owner=alice)
    Follow.objects.create(watchlist=make.watchlist(alice, case), user=alice)
    sign_in(page)
    page.goto(f"/cases/patent/{seen.number}/")
    ask_now(page)
    work()
    office.add_document("patent", seen.number, "A131", office.today())
    office.advance(days=1)
    page.reload()
    ask_now(page)
    work()
    notice = Event.objects.get(case=case, code="A131")
    limit = TimeLimit.objects.get(event=notice, rule_id__startswith="pat.oa.")
    page.goto(f"/cases/patent/{seen.number}/")
    body = page.locator("main").inner_text()
    assert str(limit.due) in body and "拒絶理由通知書" in body
    assert page.locator("svg").count() > 0
    page.goto(f"/cases/patent/{seen.number}/documents/{notice.pk}/")
    assert "発送の日から" in page.locator("main").inner_text()
    page.goto(f"/limits/{limit.pk}/")
    assert str(limit.base_date) in page.locator("main").inner_text()
    page.goto("/alerts/")
    assert seen.number[:4] in page.locator("main").inner_text()
    assert Alert.objects.get(user=alice, news__event=notice).state == "sent"


def test_a_limit_is_confirmed_and_the_name_is_shown(page, alice):
    case = make.case(owner=alice)
    event = make.event(case)
    from dossiers.docketing.store import reconcile

    reconcile(case, now=make.SEEN)
    limit = event.limits.get()
    sign_in(page)
    page.goto(f"/limits/{limit.pk}/")
    page.locator("form[action$='/confirm/'] button").first.click()
    page.wait_for_selector("form[action$='/confirm/']", state="detached")
    limit.refresh_from_db()
    assert limit.confirmed_by == alice
    assert alice.display_name in page.locator("main").inner_text()


def test_hostile_text_from_the_office_and_from_people_stays_text(page, alice):
    nasty = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
    case = make.case(title=nasty, applicants_text=nasty, own_reference="<b>x</b>", note=nasty, owner=alice)
    make.event(case, description=nasty)
    Watchlist.objects.create(name=nasty[:80], owner=alice)
    sign_in(page)
    for path in ("/", "/cases/", f"/cases/patent/{case.application_number}/", "/watchlists/", "/limits/"):
        page.goto(path)
        assert page.title() != "owned"
        assert page.locator("main script, main img[src=x]").count() == 0


PAGES = ("/", "/cases/", "/limits/", "/limits/?view=month", "/reviews/", "/add/", "/watchlists/", "/alerts/")
MORE_PAGES = ("/quota/", "/settings/")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_page_is_wider_than_a_phone(page, alice, language):
    alice.language = language
    alice.save()
    case = make.case(title="長い名称の" * 40, applicants_text="架空重工業株式会社、" * 10, owner=alice)
    event = make.event(case)
    from dossiers.docketing.store import reconcile

    reconcile(case, now=make.SEEN)
    sign_in(page)
    page.set_viewport_size(PHONE)
    number = case.application_number
    own = (
        f"/cases/patent/{number}/",
        f"/cases/patent/{number}/documents/{event.pk}/",
        f"/limits/{event.limits.get().pk}/",
    )
    for path in (*PAGES, *MORE_PAGES, *own):
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{path} is {width} px wide"
        assert page.evaluate("document.documentElement.lang") == language


def test_the_slash_key_goes_to_the_search_and_finds_a_case_by_any_style(page, alice):
    make.case("2023000123", own_reference="ABC-0777")
    make.case("2023000124")
    sign_in(page)
    page.goto("/cases/")
    page.keyboard.press("/")
    page.keyboard.type("特願２０２３－１２３")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.wait_for_url(re.compile("2023000123|q="))
    assert "2023-000124" not in page.locator("main").inner_text()
