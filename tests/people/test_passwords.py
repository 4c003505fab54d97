"""Passwords and addresses: changed by their owner, replaced by mail, never guessed at for long."""

from __future__ import annotations

import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache, caches
from django.test import Client

from dossiers import clock
from dossiers.models import Alert, User
from tests import make
from tests.pages.test_inbox import told

from .conftest import again, link_in, sign_in, signed_in

pytestmark = pytest.mark.django_db
NEW = "another long phrase 42"


def change(client, old, new=NEW):
    return client.post("/settings/password/", {"oldpassword": old, "password1": new, "password2": new})


def test_a_changed_password_keeps_this_session_ends_the_others_and_is_told(bob):
    here, elsewhere = signed_in(bob), signed_in(bob)
    assert change(here, make.PASSWORD).status_code == 302
    assert here.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(NEW)
    assert [sent.to for sent in mail.outbox] == [["bob@example.com"]] and NEW not in mail.outbox[0].body


@pytest.mark.parametrize(
    ("old", "new"), [("wrong", NEW), (make.PASSWORD, "short"), (make.PASSWORD, "password1234")]
)
def test_without_the_old_one_or_with_a_weak_one_it_stays(bob, old, new):
    answer = change(signed_in(bob), old, new)
    assert answer.status_code == 200
    assert User.objects.get(pk=bob.pk).check_password(make.PASSWORD)


def test_passwords_are_kept_by_argon2():
    from importlib import reload

    from django.conf import settings

    import ipportal.settings as real

    assert reload(real).PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher") and settings


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(bob):
    Client().post("/login/forgotten/", {"email": "Bob@example.com"})
    guest, page = Client(), link_in(mail.outbox[0])
    form = guest.get(page, follow=True)
    there = form.redirect_chain[-1][0]
    assert "set-password" in there  # the key is out of the address before anything is loaded
    guest.post(there, {"password1": NEW, "password2": NEW})
    assert User.objects.get(pk=bob.pk).check_password(NEW)
    assert guest.get("/settings/").status_code == 302  # it proves the mailbox, and no second factor
    used = Client().get(page)
    assert "password1" not in used.content.decode()


def test_nobody_learns_who_has_an_account(bob):
    known = Client().post("/login/forgotten/", {"email": "bob@example.com"}, follow=True)
    unknown = Client().post("/login/forgotten/", {"email": "nobody@example.com"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain and known.status_code == unknown.status_code
    assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]


def test_one_can_sign_in_by_address_too(bob):
    assert sign_in(Client(), "Bob@Example.com").headers["Location"] == "/"


def test_a_new_address_counts_from_when_it_is_confirmed_and_the_old_one_is_told(bob):
    client = signed_in(bob)
    again(client)
    answer = client.post("/settings/email/", {"email": "bob@new.example", "action_add": "1"})
    assert answer.status_code == 302
    assert User.objects.get(pk=bob.pk).email == "bob@example.com"
    assert "bob@new.example" in client.get("/settings/email/").text
    [sent] = mail.outbox
    assert sent.to == ["bob@new.example"]
    Client().get(link_in(sent))
    assert User.objects.get(pk=bob.pk).email == "bob@example.com"  # looking changes nothing
    client.post(link_in(sent))
    assert User.objects.get(pk=bob.pk).email == "bob@new.example"
    assert mail.outbox[-1].to == ["bob@example.com"] and "bob@new.example" in mail.outbox[-1].body
    assert EmailAddress.objects.filter(user=bob).count() == 1


def test_a_confirmed_address_is_one_that_mail_reaches(bob):
    User.objects.filter(pk=bob.pk).update(address_off_at=clock.now(), address_off_why="550 5.1.1 no")
    missed = told(bob, state=Alert.State.FAILED)
    client = signed_in(bob)
    again(client)
    client.post("/settings/email/", {"email": "bob@new.example", "action_add": "1"})
    client.post(link_in(mail.outbox[-1]))
    bob.refresh_from_db()
    missed.refresh_from_db()
    assert (bob.email, bob.address_off_at, missed.state) == ("bob@new.example", None, "waiting")


def test_nobody_takes_somebody_elses_address(bob, alice):
    client = signed_in(bob)
    again(client)
    client.post("/settings/email/", {"email": "ALICE@example.com", "action_add": "1"})
    assert mail.outbox == []
    assert User.objects.get(pk=bob.pk).email == "bob@example.com"


def test_the_address_is_not_changed_by_a_session_left_open(bob):
    answer = signed_in(bob).post("/settings/email/", {"email": "bob@new.example", "action_add": "1"})
    assert answer.headers["Location"].startswith("/settings/security/again/")
    assert mail.outbox == []


def test_guessing_at_one_account_is_stopped_and_the_right_password_too_until_then(bob):
    for _ in range(5):
        sign_in(Client(), "bob", "wrong")
    answer = Client(headers={"accept-language": "en"}).post(
        "/login/", {"username": "bob", "password": make.PASSWORD}
    )
    assert answer.status_code == 200 and "Try again in ten minutes" in answer.content.decode()
    cache.clear()
    assert sign_in(Client(), "bob").status_code == 302


def test_guessing_at_many_accounts_from_one_address_is_stopped(bob):
    for number in range(20):
        sign_in(Client(), f"somebody{number}", "wrong")
    assert sign_in(Client(), "bob").status_code == 200
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert sign_in(elsewhere, "bob").status_code == 302


def test_an_address_that_the_caller_claims_is_believed_from_our_proxies_alone(bob, settings):
    for number in range(20):
        sign_in(Client(headers={"x-forwarded-for": f"198.51.100.{number}"}), f"somebody{number}", "wrong")
    assert sign_in(Client(headers={"x-forwarded-for": "198.51.100.77"}), "bob").status_code == 200
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert sign_in(Client(headers={"x-forwarded-for": "127.0.0.1, 198.51.100.77"}), "bob").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_attempts_are_counted_by_all_processes_together(bob, settings):
    from django.db import connection

    for _ in range(5):
        sign_in(Client(), "bob", "wrong")
    name, vendor = connection.settings_dict["NAME"], connection.vendor
    url = f"sqlite:///{name}" if vendor == "sqlite" else f"postgres://root@127.0.0.1:5432/{name}"
    script = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "client = Client(headers={'host': 'testserver'})\n"
        f"got = client.post('/login/', {{'username': 'bob', 'password': {make.PASSWORD!r}}})\n"
        "print('status', got.status_code)\n"
    )
    env = {
        "DJANGO_SETTINGS_MODULE": "ipportal.settings", "DATABASE_URL": url, "IPPORTAL_HOSTS": "testserver",
        "IPPORTAL_SECRET_KEY": settings.SECRET_KEY, "IPPORTAL_DEBUG": "1", "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=120
    )
    assert "status 200" in done.stdout, done.stderr  # the right password, refused by another process


def test_a_fresh_database_has_the_shared_cache(db):
    caches["default"].set("a", 1)
    assert caches["default"].get("a") == 1
