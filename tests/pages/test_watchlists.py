"""Lists: who sees them, who changes them, who is mailed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import html

from dossiers.alerts.follow import follow
from dossiers.intake.watchlists import find_cases
from dossiers.models import AuditEntry, Batch, Follow, Watchlist
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def mine(bob):
    return make.watchlist(bob, make.case(own_reference="ABC-1"))


def test_a_new_list_is_followed_by_the_one_who_made_it(page, bob):
    page.post("/watchlists/", {"name": "  Team   one ", "shared": "on"})
    made = Watchlist.objects.get()
    assert (made.name, made.shared, made.owner) == ("Team one", True, bob)
    assert Follow.objects.get(watchlist=made, user=bob).active
    assert AuditEntry.objects.filter(action="watchlist.create", actor=bob).exists()


def test_a_list_without_a_name_is_refused_with_a_word(page):
    answer = page.post("/watchlists/", {"name": "   "})
    assert answer.context["form"].errors["name"]
    assert not Watchlist.objects.exists()


def test_the_empty_page_teaches_what_a_list_is_for(page):
    assert "A watchlist is a set of cases" in page.get("/watchlists/").content.decode()


def test_private_lists_of_others_do_not_exist(page, alice):
    private = make.watchlist(alice, name="secret")
    Watchlist.objects.update(shared=False)
    assert "secret" not in page.get("/watchlists/").content.decode()
    assert page.get(f"/watchlists/{private.pk}/").status_code == 404
    for action in ("change", "add", "remove", "put-back", "follow"):
        answer = page.post(f"/watchlists/{private.pk}/{action}/", {"text": "2023000123", "follow": "1"})
        assert answer.status_code == 404
    assert not Follow.objects.exists()


def test_cases_are_put_on_by_any_style_of_number_and_by_own_reference(page, mine):
    make.case("2024000001", own_reference="XY 9")
    make.case("2024000002")
    page.post(f"/watchlists/{mine.pk}/add/", {"text": "特願２０２４－０００００２\nXY 9"})
    assert mine.entries.count() == 3
    assert AuditEntry.objects.filter(action="watchlist.add_case").count() == 2


def test_a_number_outside_the_docket_is_named_and_offered_to_be_added(page, mine):
    answer = page.post(f"/watchlists/{mine.pk}/add/", {"text": "2023-000123\n特願2030-000001"})
    body = answer.content.decode()
    assert "1 number is not in the docket yet" in body
    assert f'formaction="/add/" name="watchlist" value="{mine.pk}"' in body
    assert mine.entries.count() == 1


def test_many_numbers_outside_the_docket_go_on_to_a_preview_in_one_press(page, mine):
    """As a form: an address with all of them would be longer than web servers take."""
    numbers = "\n".join(f"特願2030-{number:06d}" for number in range(1, 501))
    answer = page.post(f"/watchlists/{mine.pk}/add/", {"text": numbers})
    offered = html.fromstring(answer.content).get_element_by_id("id_text").text.strip()
    assert page.post("/add/", {"text": offered, "watchlist": str(mine.pk)}).status_code == 302
    batch = Batch.objects.get()
    assert (batch.watchlist, batch.lines.count()) == (mine, 500)


def test_a_number_that_says_its_law_does_not_take_another_laws_case(db):
    by = make.user("dora")
    patent, design = make.case("2023000555"), make.case("2023000555", law="design")
    assert find_cases("意願2023-000555", by=by).cases == (design,)
    assert set(find_cases("2023-000555", by=by).cases) == {patent, design}
    from_abroad = make.case("2024500777", international_application_number="JP2023001234")
    from_abroad.publication_number = "2025512345"
    from_abroad.save()
    assert find_cases("PCT/JP2023/001234", by=by).cases == (from_abroad,)
    assert find_cases("特表2025-512345", by=by).cases == (from_abroad,)


def test_a_case_taken_off_can_be_put_back_at_once(page, mine):
    case = mine.cases.get()
    answer = page.post(f"/watchlists/{mine.pk}/remove/", {"case": case.pk}, follow=True)
    assert not mine.entries.exists()
    assert "Undo" in answer.content.decode()
    page.post(f"/watchlists/{mine.pk}/put-back/", {"case": case.pk})
    assert mine.cases.get() == case
    assert AuditEntry.objects.filter(action="watchlist.remove_case", case=case).exists()


def test_taking_a_case_off_could_silence_others_so_only_the_owner_does_it(page, alice):
    hers = make.watchlist(alice, make.case())
    page.post(f"/watchlists/{hers.pk}/remove/", {"case": hers.cases.get().pk})
    page.post(f"/watchlists/{hers.pk}/change/", {"name": "mine now"})
    hers.refresh_from_db()
    assert hers.entries.count() == 1
    assert hers.name != "mine now"


def test_anybody_who_sees_a_list_may_add_to_it(page, alice):
    hers = make.watchlist(alice)
    make.case()
    page.post(f"/watchlists/{hers.pk}/add/", {"text": "2023-000123"})
    assert hers.entries.count() == 1


def test_a_list_that_others_follow_is_not_hidden_from_them(page, mine, alice):
    follow(mine, alice, by=alice)
    answer = page.post(f"/watchlists/{mine.pk}/change/", {"name": "x"}, follow=True)
    assert "Others follow this list" in answer.content.decode()
    mine.refresh_from_db()
    assert mine.shared


def test_following_and_leaving(page, mine, bob):
    page.post(f"/watchlists/{mine.pk}/follow/", {"follow": "1"})
    assert "Stop mail to me" in page.get(f"/watchlists/{mine.pk}/").content.decode()
    page.post(f"/watchlists/{mine.pk}/follow/", {"follow": "0"})
    assert not Follow.objects.get(user=bob).active
    assert "Nobody follows this list" in page.get(f"/watchlists/{mine.pk}/").content.decode()


@pytest.mark.parametrize("case", ["", "0", "-1", "²", "9" * 40, "x"])
def test_a_case_that_is_none_is_not_found(page, mine, case):
    assert page.post(f"/watchlists/{mine.pk}/remove/", {"case": case}).status_code == 404
    assert page.get(f"/watchlists/{mine.pk}/", {"removed": case}).status_code == 200


def test_hostile_names_are_shown_as_text(page, bob):
    made = make.watchlist(bob, make.case(title="<script>alert(2)</script>"), name="<script>alert(1)</script>")
    for address in ("/watchlists/", f"/watchlists/{made.pk}/"):
        assert "<script>alert" not in page.get(address).content.decode()


def test_pages_cost_the_same_for_few_and_many(page, bob):
    counts = []
    for size in (5, 50):
        cases = [make.case(f"20{size}{n:06d}", own_reference=f"R{size}-{n}") for n in range(size)]
        made = make.watchlist(
            bob, *cases, followers=tuple(make.user(f"u{size}x{n}") for n in range(size // 5))
        )
        found = []
        for address in ("/watchlists/", f"/watchlists/{made.pk}/"):
            with CaptureQueriesContext(connection) as queries:
                page.get(address)
            found.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            find_cases("\n".join(case.application_number for case in cases), by=bob)
        counts.append([*found, len(queries)])
    assert counts[0] == counts[1]
