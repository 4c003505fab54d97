"""A person's own settings, and nobody else's."""

from __future__ import annotations

import re
from datetime import date

import pytest

from dossiers.docketing.eras import in_era
from dossiers.models import AuditEntry, Role, User
from tests import make

from . import docket

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def saved(page, **fields):
    form = {"display_name": "A", "language": "en", "time_zone": "Europe/Berlin", "theme": "system"}
    form["mail_on"] = "on"
    return page.post("/settings/", form | fields)


def test_what_was_entered_is_kept_and_recorded(page, alice):
    assert saved(page).status_code == 302
    alice.refresh_from_db()
    assert (alice.language, alice.time_zone, alice.display_name) == ("en", "Europe/Berlin", "A")
    assert AuditEntry.objects.get(action="settings.change").actor == alice


ADMINISTERED = ("people", "offices", "walls", "mail", "templates")


def test_administrators_find_all_that_they_administer_from_here_and_nobody_else_does(client, alice):
    admin = make.user("boss", role=Role.ADMINISTRATOR)
    for person, finds in ((admin, True), (alice, False)):
        client.force_login(person)
        body = client.get("/settings/").text
        for name in ADMINISTERED:
            assert (f'href="/settings/{name}/"' in body) is finds, name
        assert body.count('href="/audit/"') >= finds


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
def test_a_time_zone_that_is_none_is_refused_and_nothing_is_lost(page, alice, zone):
    answer = saved(page, time_zone=zone)
    assert answer.status_code == 200
    assert answer.context["form"].errors["time_zone"]
    alice.refresh_from_db()
    assert alice.time_zone == "Asia/Tokyo"


def test_mail_is_switched_off_by_leaving_the_box_empty(page, alice):
    own = {"display_name": "", "language": "ja", "time_zone": "Asia/Tokyo", "theme": "system"}
    page.post("/settings/", own)
    alice.refresh_from_db()
    assert alice.mail_on is False


@pytest.mark.parametrize("theme", User.Theme.values)
def test_the_chosen_colours_are_those_of_every_page(page, theme):
    saved(page, theme=theme)
    body = page.get("/").text
    assert f'data-theme="{theme}"' in body
    link = re.search(r'contrast\.css" media="([^"]+)"', body)
    assert link[1] == ("all" if theme == "contrast" else "(prefers-contrast: more)")


def test_rights_cannot_be_slipped_in(page, alice):
    saved(page, is_superuser="on", role="administrator", email="evil@example.com")
    alice.refresh_from_db()
    assert not alice.is_superuser
    assert alice.role == "docketer"
    assert alice.email == "alice@example.com"


def test_a_hostile_name_is_shown_as_text(page):
    saved(page, display_name="<script>alert(1)</script>")
    body = page.get("/settings/").content.decode()
    assert "<script>alert(1)" not in body
    assert "&lt;script&gt;alert(1)" in body


def test_the_language_is_switched_and_the_reader_stays_where_they_were(page, alice):
    answer = page.post("/settings/language/", {"language": "en", "next": "/limits/?view=month"})
    assert answer["Location"] == "/limits/?view=month"
    alice.refresh_from_db()
    assert alice.language == "en"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_nobody_is_sent_off_the_site(page, elsewhere):
    answer = page.post("/settings/language/", {"language": "en", "next": elsewhere})
    assert answer["Location"] == "/settings/"


def test_a_language_we_do_not_speak_changes_nothing(page, alice):
    assert page.post("/settings/language/", {"language": "xx"}).status_code == 400
    assert User.objects.get(pk=alice.pk).language == "ja"


def test_settings_need_a_login(client):
    assert client.get("/settings/")["Location"].startswith("/login/")
    assert client.get("/settings/language/").status_code in (302, 405)


def test_days_are_written_by_the_era_for_whoever_wants_it_and_reads_japanese(client, alice, bob):
    case = docket.confirmed_case(filing_date=date(2019, 5, 1))
    limit = docket.refused(case).limits.get()
    page = docket.page_of(case)
    given = {"display_name": "甲", "time_zone": "Asia/Tokyo", "theme": "system", "mail_on": "on"}
    client.force_login(alice)
    assert "2019-05-01" in client.get(page).content.decode()
    client.post("/settings/", {**given, "language": "ja", "era_dates": "on"})
    shown = client.get(page).content.decode()
    assert ">令和元年5月1日<" in shown and 'datetime="2019-05-01"' in shown
    assert in_era(limit.due) in client.get(f"/limits/{limit.pk}/").content.decode()
    client.post("/settings/", {**given, "language": "en", "era_dates": "on"})
    assert "令和" not in client.get(page).content.decode()
    client.force_login(bob)
    assert "令和" not in client.get(page).content.decode()
