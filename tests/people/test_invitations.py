"""Nobody comes in uninvited; an invitation is for one person, once, for a week."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from dossiers.models import AuditEntry, Invitation, Role, User
from dossiers.people import invitations

from .conftest import link_in, sign_in, signed_in

pytestmark = pytest.mark.django_db
NEW = {"name": "新 人子", "username": "hitoko", "password": "a long enough phrase 7"}


def invite(boss, **fields):
    given = {"email": "new@firm.example", "role": "attorney", "language": "ja", **fields}
    client = signed_in(boss)
    return client, client.post("/settings/people/invite/", given)


def test_whoever_is_invited_makes_an_account_of_that_role_and_team_and_is_signed_in(boss):
    team = Group.objects.create(name="商標")
    _client, answer = invite(boss, teams=[team.pk])
    assert answer.status_code == 302
    [sent] = mail.outbox
    assert sent.to == ["new@firm.example"]
    guest = Client()
    page = link_in(sent)
    assert guest.get(page).status_code == 200
    assert not User.objects.filter(email="new@firm.example").exists()  # looking changes nothing
    assert guest.post(page, NEW).headers["Location"] == "/"
    person = User.objects.get(username="hitoko")
    assert (person.role, person.email, person.language) == ("attorney", "new@firm.example", "ja")
    assert list(person.groups.all()) == [team]
    assert guest.get("/settings/").status_code == 200
    assert {"people.invite", "people.come_in"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_a_link_works_once(boss):
    invite(boss)
    page = link_in(mail.outbox[0])
    assert Client().post(page, NEW).status_code == 302
    second = Client().post(page, {**NEW, "username": "another"})
    assert second.status_code == 410
    assert not User.objects.filter(username="another").exists()


@pytest.mark.parametrize("end", ["over", "withdrawn", "guessed"])
def test_a_link_that_is_over_withdrawn_or_guessed_opens_nothing(boss, end):
    client, _answer = invite(boss)
    page = link_in(mail.outbox[0])
    one = Invitation.objects.get()
    if end == "over":
        Invitation.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    elif end == "withdrawn":
        client.post(f"/settings/people/invitations/{one.pk}/withdraw/")
    else:
        page = "/login/invitation/" + "A" * 43 + "/"
    assert Client().post(page, NEW).status_code == 410
    assert not User.objects.filter(username="hitoko").exists()


def test_another_link_ends_the_first(boss):
    client, _answer = invite(boss)
    one = Invitation.objects.get()
    client.post(f"/settings/people/invitations/{one.pk}/again/")
    first, second = map(link_in, mail.outbox)
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200


def test_the_database_holds_no_link(boss):
    invite(boss)
    token = link_in(mail.outbox[0]).strip("/").rpartition("/")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM dossiers_invitation")
        assert token not in repr(cursor.fetchall())
    assert token not in repr(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_mail_that_the_server_does_not_take_is_told_on_the_page_and_can_be_sent_again(boss, monkeypatch):
    from django.core.mail.backends.locmem import EmailBackend

    def away(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", away)
        client, _answer = invite(boss)
    page = client.get("/settings/people/").text
    assert "could not be sent to new@firm.example" in page and "mail not sent" in page
    one = Invitation.objects.get()
    assert one.sent_at is None and one.problem
    client.post(f"/settings/people/invitations/{one.pk}/again/")
    one.refresh_from_db()
    assert one.sent_at and not one.problem and len(mail.outbox) == 1


@pytest.mark.parametrize("password", ["short", "password1234", "hitoko-new@firm.example"])
def test_a_weak_password_makes_no_account(boss, password):
    invite(boss)
    answer = Client().post(link_in(mail.outbox[0]), {**NEW, "password": password})
    assert answer.status_code == 200 and answer.context["form"].errors["password"]
    assert not User.objects.filter(username="hitoko").exists()


def test_a_taken_name_is_told_and_the_invitation_stays(boss, bob):
    invite(boss)
    page = link_in(mail.outbox[0])
    assert Client().post(page, {**NEW, "username": "BOB"}).status_code == 200
    assert Client().post(page, NEW).status_code == 302


def test_only_administrators_invite(boss, bob):
    client = signed_in(bob)
    assert client.get("/settings/people/").status_code == 403
    given = {"email": "new@firm.example", "role": "administrator", "language": "ja"}
    assert client.post("/settings/people/invite/", given).status_code == 403
    assert not Invitation.objects.exists()


def test_nobody_signs_up_alone(client, db):
    for path in ("/signup/", "/login/signup/", "/accounts/signup/", "/login/passkey/signup/"):
        assert client.get(path).status_code in (302, 404), path
        assert client.post(path, NEW).status_code in (302, 403, 404), path
    assert not User.objects.exists()


def test_a_client_needs_the_name_of_whose_cases_they_see(boss):
    _client, answer = invite(boss, role="client")
    assert answer.status_code == 200 and not Invitation.objects.exists()
    invite(boss, role="client", client="架空電機")
    assert Invitation.objects.get().client == "架空電機"


def test_somebody_who_is_here_or_invited_is_not_invited_twice(boss, bob):
    assert invite(boss, email="BOB@example.com")[1].status_code == 200
    invite(boss)
    assert invite(boss, email="New@Firm.example")[1].status_code == 200
    assert Invitation.objects.count() == 1


def test_the_first_administrator_comes_by_a_command(capsys, client, db):
    call_command("invite", "first@firm.example", administrator=True)
    link = capsys.readouterr().out.strip()
    page = re.sub(r"^https?://[^/]+", "", link)
    assert client.post(page, NEW).status_code == 302
    assert User.objects.get().role == Role.ADMINISTRATOR
    with pytest.raises(CommandError):
        call_command("invite", "first@firm.example", administrator=True)


def test_whoever_leaves_the_password_empty_is_led_to_a_passkey_and_no_password_opens(boss):
    invite(boss)
    guest = Client()
    answer = guest.post(link_in(mail.outbox[0]), {**NEW, "password": ""})
    assert answer.headers["Location"] == "/settings/security/passkeys/add/"
    assert guest.get("/settings/security/passkeys/add/").status_code == 200
    assert sign_in(Client(), "hitoko", "").status_code == 200
    assert not User.objects.get(username="hitoko").has_usable_password()


def test_an_ended_invitation_is_refused_by_the_action_itself(boss):
    made, _link = invitations.invite(by=boss, email="x@firm.example", role="reader")
    invitations.withdraw(made, by=boss)
    with pytest.raises(invitations.InvitationRefused):
        invitations.accept(made, username="x2", name="", password="a long enough phrase 7")


def test_a_superuser_made_on_the_server_is_an_administrator_and_on_record(db):
    call_command(
        "createsuperuser", username="root", email="root@firm.example", interactive=False, verbosity=0
    )
    made = User.objects.get(username="root")
    assert made.role == Role.ADMINISTRATOR and not made.has_usable_password()
    entry = AuditEntry.objects.get(action="people.made_on_server")
    assert entry.detail["person"] == made.pk and entry.actor is None
    assert User.objects.create_user("bea", "bea@firm.example", "x").role == Role.DOCKETER
