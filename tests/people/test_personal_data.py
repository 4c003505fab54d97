"""What is kept about a person: theirs to have, erased when they have left, and no proof is lost by it."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from dossiers import clock, origin
from dossiers.audit import chain
from dossiers.docketing import actions
from dossiers.models import (
    Alert,
    ApiToken,
    AuditEntry,
    Delivery,
    News,
    Preference,
    Role,
    TimeLimit,
    User,
    Watchlist,
    record,
)
from dossiers.personal import erasing, retention, taking
from dossiers.views.personal import _GOES
from tests import make
from tests.audit.tampering import unguarded
from tests.pages import docket

pytestmark = pytest.mark.django_db

NAME, MAIL = "左右田 洋", "soda@example.com"


@pytest.fixture
def boss(db):
    return make.user("boss", role=Role.ADMINISTRATOR, language="en")


@pytest.fixture
def left(boss):
    """Somebody who confirmed a limit, was mailed, signed in, had a list and a token, and has left."""
    user = make.user("soda", display_name=NAME, email=MAIL, client="x")
    case = docket.confirmed_case()
    event = docket.refused(case)
    limit = event.limits.get(duty="limit")
    with origin.coming_from(lambda: origin.Origin(origin.PAGE, "limit_act", "192.0.2.77")):
        actions.confirm(limit, by=user)
    with origin.coming_from(lambda: origin.Origin(origin.PAGE, "limit_act", "198.51.100.1")):
        record("alert.again", by=boss, case=case, to=MAIL, said_by=NAME, number="2023000123")
    with origin.coming_from(lambda: origin.Origin(origin.PAGE, "login", "192.0.2.77")):
        record("session.refused", user=user.pk)
    alert = Alert.objects.create(news=News.objects.filter(case=case).first(), user=user, state="sent")
    Delivery.objects.create(alert=alert, to=MAIL, accepted=True, subject=f"{NAME} 様", text=NAME, html=NAME)
    ApiToken.objects.create(owner=user, name="t", token_hash="0" * 64, ending="abcd")
    EmailAddress.objects.update_or_create(user=user, email=MAIL, defaults={"verified": True})
    Preference.objects.create(user=user, kind="deadline", rhythm="at_once")
    make.watchlist(user, case, name="the firm's")
    Watchlist.objects.create(name="soda's own", owner=user, shared=False)
    Client().force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    return User.objects.get(pk=user.pk)


def everything() -> str:
    """All rows of all tables of the docket, as text."""
    from django.apps import apps
    from django.core.serializers import serialize

    models = [*apps.get_app_config("dossiers").get_models(), *apps.get_app_config("account").get_models()]
    return "".join(serialize("json", model._default_manager.all(), ensure_ascii=False) for model in models)


# --- erased -----------------------------------------------------------------------------------------------


def test_name_and_address_are_nowhere_any_more(left):
    assert NAME in everything() and MAIL in everything()
    erasing.erase(left)
    assert (
        NAME not in everything()
        and MAIL not in everything()
        and "192.0.2.77" not in everything().replace(_addresses_of_others(left), "")
    )


def _addresses_of_others(left: User) -> str:
    return "\0"  # none: whoever else acted from there did so in the rows that named them


def test_what_they_answered_for_stays_under_a_pseudonym(left):
    erasing.erase(left)
    limit = TimeLimit.objects.get(confirmed_by=left)
    assert str(limit.confirmed_by) == f"former-member-{left.pk}"
    act = AuditEntry.objects.get(action="limit.confirm")
    assert act.actor_id == left.pk and act.detail["due"] == limit.due.isoformat()
    other = AuditEntry.objects.get(action="alert.again")
    assert other.detail["to"] == other.detail["said_by"] == f"former-member-{left.pk}"
    assert other.detail["number"] == "2023000123"
    assert Watchlist.objects.get().name == "the firm's"
    assert Alert.objects.get(user=left).deliveries.get().accepted


def test_the_trail_is_proved_as_before(left):
    chain.put_in_order()
    kept = chain.newest()
    erasing.erase(left)
    chain.put_in_order()
    told = chain.verify([kept])
    assert told.fault is None and told.redacted >= 2


@pytest.mark.parametrize("how", ["detail", "address", "name"])
def test_nobody_can_pass_tampering_off_as_an_erasure(left, how, boss):
    record("case.edit", by=boss, old="a", new="b")
    with origin.coming_from(lambda: origin.Origin(origin.PAGE, "x", "192.0.2.5")):
        record("case.edit", by=boss)
    erasing.erase(left)
    chain.put_in_order()
    redaction = AuditEntry.objects.filter(action=chain.REDACTED).first()
    with transaction.atomic(), unguarded():
        if how == "detail":
            AuditEntry.objects.filter(action="alert.again").update(detail={"to": "nobody"})
        elif how == "address":
            AuditEntry.objects.exclude(address="").update(address="", address_salt="")
        else:
            AuditEntry.objects.filter(action="case.edit", address="").update(detail={}, redacted_by=redaction)
    assert chain.verify().fault is not None


def test_their_sessions_and_keys_open_nothing(left):
    client = Client()
    User.objects.filter(pk=left.pk).update(is_active=True)
    client.force_login(left)
    User.objects.filter(pk=left.pk).update(is_active=False)
    erasing.erase(left)
    assert client.get("/settings/").status_code == 302
    assert not ApiToken.objects.exists() and not list(taking.sessions_of(left))
    assert not User.objects.get(pk=left.pk).has_usable_password()


# --- refused ----------------------------------------------------------------------------------------------


def refused(user: User) -> str:
    with pytest.raises(erasing.Refused) as told:
        erasing.erase(user)
    return told.value.code


def test_the_last_administrator_cannot_be_erased(boss):
    User.objects.filter(pk=boss.pk).update(is_active=False)
    assert refused(boss) == "last_administrator"


def test_whoever_still_works_or_is_in_charge_is_not_erased(left):
    case = docket.confirmed_case("2022000777", owner=left)
    assert refused(left) == "still_in_charge"
    case.owner = None
    case.save()
    User.objects.filter(pk=left.pk).update(is_active=True)
    assert refused(left) == "still_works"
    User.objects.filter(pk=left.pk).update(is_active=False)
    erasing.erase(left)
    assert refused(left) == "erased_already"


# --- commands and pages -----------------------------------------------------------------------------------


def test_the_command_shows_first_and_erases_what_is_confirmed(left, capsys):
    with pytest.raises(CommandError, match="--confirm soda"):
        call_command("person", "erase", "soda")
    assert "ApiToken: goes" in capsys.readouterr().out and User.objects.get(pk=left.pk).username == "soda"
    call_command("person", "erase", "soda", confirm="soda")
    assert User.objects.get(pk=left.pk).erased_at


def test_the_command_writes_everything_about_a_person(left, tmp_path):
    path = tmp_path / "soda.json"
    call_command("person", "export", "soda", str(path), stdout=io.StringIO())
    told = json.loads(path.read_text())
    assert told["person"]["email"] == MAIL and "password" not in told["person"]
    tables = {one["table"] for one in told["kept"]}
    assert {"dossiers.Alert", "dossiers.Delivery", "dossiers.AuditEntry", "dossiers.TimeLimit"} <= tables
    assert {"dossiers.ApiToken", "dossiers.Preference", "dossiers.Watchlist"} <= tables
    assert "0" * 64 not in path.read_text()  # the hash of the token
    assert oct(path.stat().st_mode)[-3:] == "600"


def test_everybody_can_take_their_own_data_along(boss):
    client = Client()
    client.force_login(boss)
    assert client.get(reverse("own_data")).status_code == 405
    answer = client.post(reverse("own_data"))
    told = json.loads(b"".join(answer.streaming_content))
    assert told["person"]["username"] == "boss"
    assert AuditEntry.objects.filter(action="person.export", actor=boss).exists()


def test_an_administrator_erases_on_the_page_by_typing_the_name(left, boss):
    client = Client()
    client.force_login(boss)
    page = reverse("person_erase", args=[left.pk])
    shown = client.get(page).content.decode()
    assert NAME in shown and "cannot be taken back" in shown
    client.post(page, {"confirm": "sodaa"})
    assert User.objects.get(pk=left.pk).erased_at is None
    client.post(page, {"confirm": "soda"})
    assert User.objects.get(pk=left.pk).erased_at
    assert AuditEntry.objects.get(action=chain.ERASED).actor == boss


# --- past its time ----------------------------------------------------------------------------------------


def test_sessions_that_ended_and_what_the_firm_keeps_no_longer_go_once_a_day(left, settings):
    now = clock.now()
    Session.objects.update(expire_date=now - timedelta(days=1))
    retention.clean(now)
    assert not Session.objects.exists() and Delivery.objects.get().text == NAME  # kept: nothing was set
    settings.KEEP_MAIL_DAYS = 30
    assert retention.clean(now + timedelta(hours=1)) == 0  # done for today
    assert retention.clean(now + timedelta(days=29)) == 0
    assert retention.clean(now + timedelta(days=31)) == 1
    mail = Delivery.objects.get()
    assert (mail.text, mail.html, mail.to) == ("", "", MAIL)
    assert AuditEntry.objects.get(action="retention.clean").detail == {"what": "mails", "rows": 1}


def test_what_there_was_no_time_for_is_done_the_next_minute(left, settings):
    settings.KEEP_MAIL_DAYS, later = 1, clock.now() + timedelta(days=9)
    first = Delivery.objects.get()
    Delivery.objects.bulk_create(
        Delivery(alert=first.alert, to=MAIL, accepted=True, text="x") for _ in range(600)
    )
    assert retention.clean(later, budget_seconds=0) > 0
    while retention.clean(later, budget_seconds=0):
        pass
    assert not Delivery.objects.exclude(text="").exists()


def test_each_table_of_which_rows_go_is_told_in_words(left):
    tables = {rows.model._meta.label for rows in erasing._theirs(left)}
    assert tables | {"sessions.Session", "dossiers.Delivery"} == set(_GOES)
