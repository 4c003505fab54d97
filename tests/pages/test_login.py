from __future__ import annotations

import pytest

from tests import make


@pytest.mark.django_db
def test_a_stranger_sees_the_sign_in_page_and_nothing_else(client):
    answer = client.get("/cases/", follow=True)
    assert answer.redirect_chain == [("/login/?next=/cases/", 302)]
    assert b'name="password"' in answer.content
    assert b'class="rail"' not in answer.content


def test_the_right_password_opens_the_page_that_was_asked_for(client, alice):
    answer = client.post(
        "/login/", {"username": "alice", "password": make.PASSWORD, "next": "/limits/"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == "/limits/"


def test_a_wrong_password_is_said_plainly_and_the_name_is_kept(client, alice, settings):
    settings.LANGUAGE_CODE = "en"
    answer = client.post(
        "/login/", {"username": "alice", "password": "nonsense"}, headers={"accept-language": "en"}
    )
    text = answer.content.decode()
    assert "The name or the password is not right" in text
    assert 'value="alice"' in text


def test_only_the_demonstration_offers_a_hint(client, db, settings):
    english = {"accept-language": "en"}
    assert "This is a demonstration" not in client.get("/login/", headers=english).content.decode()
    settings.DEMO = True
    assert "This is a demonstration" in client.get("/login/", headers=english).content.decode()


def test_signing_out_needs_a_form(client, alice):
    client.force_login(alice)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_pages_forbid_inline_scripts_and_styles_and_hold_none(client, alice):
    client.force_login(alice)
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe-inline" not in policy
    text = answer.content.decode()
    assert " style=" not in text and "<style" not in text and " onclick=" not in text
    assert all('src="' in piece.split(">")[0] for piece in text.split("<script")[1:])


def test_a_mistyped_address_gets_a_page_in_our_style(client, alice):
    client.force_login(alice)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert b'class="rail"' in answer.content


def test_the_error_page_needs_neither_a_person_nor_a_working_site(rf):
    from django.views.defaults import server_error

    answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert b"<title>" in answer.content and b'class="alone"' in answer.content


def test_an_expired_form_says_what_to_do(db, settings):
    from django.test import Client

    settings.LANGUAGE_CODE = "en"
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert b"Nothing was changed." in answer.content


def test_the_demonstration_always_says_that_it_is_one(client, bob, settings):
    client.force_login(bob)
    assert "Invented cases" not in client.get("/").content.decode()
    settings.DEMO = True
    assert "Invented cases" in client.get("/").content.decode()
