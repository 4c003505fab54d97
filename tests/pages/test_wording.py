"""The page on which administrators write the firm's own words for the mails."""

from __future__ import annotations

import pytest

from dossiers.alerts import wording
from dossiers.alerts.wording import Kind
from dossiers.models import AuditEntry, MailWording
from tests import make

pytestmark = pytest.mark.django_db
PAGE = "/settings/templates/alert/ja/"


@pytest.fixture
def admin(db):
    return make.user("head", role="administrator", language="en", display_name="Head of Docketing")


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def form(**fields) -> dict[str, str]:
    return {"subject": "", "opening": "", "closing": "", "seen": "0", "action": "save"} | fields


def text_of(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("path", ["/settings/templates/", PAGE, f"{PAGE}preview/"])
def test_it_is_for_administrators_alone(client, alice, path):
    assert client.get(path)["Location"].startswith("/login/")
    client.force_login(alice)
    assert client.get(path).status_code == 403
    assert client.post(path, form(opening="x")).status_code == 403
    assert not MailWording.objects.exists()


@pytest.mark.parametrize("path", ["alert/xx", "nothing/ja", "digest/../ja"])
def test_there_is_no_page_for_another_mail_or_language(page, path):
    assert page.get(f"/settings/templates/{path}/").status_code == 404


def test_every_mail_is_listed_in_both_languages(page):
    text = text_of(page.get("/settings/templates/"))
    for kind in Kind.values:
        for language in ("ja", "en"):
            assert f"/settings/templates/{kind}/{language}/" in text
            assert page.get(f"/settings/templates/{kind}/{language}/").status_code == 200
    assert text.count("as packaged") == 2 * len(Kind)


def test_saved_words_hold_and_are_kept_with_who_wrote_them(page, admin):
    answer = page.post(PAGE, form(subject="【期限】{limit} {case}", opening="{reader} 様"), follow=True)
    row = MailWording.objects.get()
    assert (row.kind, row.language, row.by) == ("alert", "ja", admin)
    assert "Saved." in text_of(answer) and "Head of Docketing" in text_of(answer)
    assert "the firm's own" in text_of(page.get("/settings/templates/"))
    assert AuditEntry.objects.get(action="wording.save").actor == admin


def test_the_mail_is_shown_on_an_invented_case_before_anything_is_saved(page):
    text = text_of(page.post(PAGE, form(opening="{reader} 様へ", action="preview")))
    assert "見本 花子 様へ" in text and "2027-01-19" in text
    assert not MailWording.objects.exists()


def test_the_preview_follows_the_typing_without_the_page(page):
    text = text_of(page.post(f"{PAGE}preview/", form(subject="急ぎ {limit} {case}")))
    assert "急ぎ [期限 2027-01-19] 特願2025-098765" in text
    assert "<html" not in text and not MailWording.objects.exists()


@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_invented_mail_takes_every_variable_of_its_kind(page, kind, language):
    everything = " / ".join(f"{{{name}}}" for name in wording.VARIABLES[kind])
    text = text_of(page.post(f"/settings/templates/{kind}/{language}/preview/", form(opening=everything)))
    assert "cannot be used" not in text and "{" not in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"subject": "{limit} {case} {nobody}"}, "There is no variable of this name here."),
        ({"opening": "{reader"}, "A brace stands alone"),
        ({"closing": "x" * 1001}, "Too long."),
        ({"subject": "only words"}, "The subject has to name this variable"),
        ({"subject": "{limit} {case}\nBcc: all@example.com"}, "A subject is one line."),
        ({"opening": "\x00"}, "a character that cannot be seen"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_lost(page, fields, words):
    written = form(closing="Kind regards") | fields
    answer = page.post(PAGE, written)
    assert answer.status_code == 200
    text = text_of(answer)
    assert words in text and 'aria-invalid="true"' in text
    assert answer.context["fields"][2]["text"] == written["closing"]
    assert not MailWording.objects.exists()


def test_the_packaged_words_come_back_and_the_others_stay_to_be_used_again(page):
    page.post(PAGE, form(opening="erste Fassung"))
    first = MailWording.objects.get()
    answer = page.post(PAGE, form(action="packaged", seen=str(first.pk), opening="whatever"), follow=True)
    assert "The packaged words are used again." in text_of(answer)
    assert wording.is_packaged(wording.current("alert", "ja"))
    assert answer.context["fields"][1]["text"] == ""
    again = page.get(f"{PAGE}?version={first.pk}")
    assert again.context["fields"][1]["text"] == "erste Fassung"


def test_words_that_another_saved_meanwhile_are_not_overwritten(page, admin):
    other = make.user("other", role="administrator")
    wording.save("alert", "ja", {"subject": "", "opening": "hers", "closing": ""}, by=other, seen=0)
    answer = page.post(PAGE, form(opening="his"))
    assert "Somebody has saved other words meanwhile." in text_of(answer)
    assert answer.context["fields"][1]["text"] == "his"
    assert MailWording.objects.get().opening == "hers"


def test_a_version_of_another_mail_is_not_put_into_this_form(page):
    page.post("/settings/templates/digest/ja/", form(opening="of the digest"))
    other = MailWording.objects.get().pk
    for version in (str(other), "x", "9" * 30, "²"):
        assert "of the digest" not in text_of(page.get(PAGE, {"version": version}))


def test_words_are_words_on_the_page(page):
    hostile = "</textarea><script>alert(1)</script><img src=x>"
    page.post(PAGE, form(opening=hostile))
    for path in (PAGE, "/settings/templates/"):
        text = text_of(page.get(path))
        assert "<script>alert" not in text and "<img src=x" not in text


def test_words_that_could_not_be_used_are_told_here_and_on_the_status_page(page):
    page.post(PAGE, form(opening="x"))
    row = MailWording.objects.get()
    MailWording.objects.update(failed_at=row.at, failure="WordingFault: unknown_variable gone")
    assert "could not be used" in text_of(page.get("/settings/templates/"))
    assert "the mail went as packaged" in text_of(page.get(PAGE))
    assert "the mail went with the packaged words" in text_of(page.get("/status/"))
    page.post(PAGE, form(opening="y", seen=str(row.pk)))
    assert "the mail went with the packaged words" not in text_of(page.get("/status/"))


@pytest.mark.parametrize("kept", [{"opening": "{gone}"}, {"subject": "no limit"}, {"closing": "{"}])
def test_words_that_an_older_version_took_and_this_one_does_not_can_be_mended(page, admin, kept):
    MailWording.objects.create(kind="alert", language="ja", by=admin, **kept)
    answer = page.get(PAGE)
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in text_of(answer) and "cannot be used yet" in text_of(answer)


def test_settings_lead_administrators_there(page, client, alice):
    assert "/settings/templates/" in text_of(page.get("/settings/"))
    client.force_login(alice)
    assert "/settings/templates/" not in text_of(client.get("/settings/"))
