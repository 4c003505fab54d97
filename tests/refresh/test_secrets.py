"""The firm's password and tokens are in no page, no log and no row, whatever went wrong with the office."""

from __future__ import annotations

import logging
import zlib

import pytest
from django.core import serializers
from django.db import models, transaction

from apiclient.sandbox.tokens import TokenDesk
from dossiers import clock
from dossiers import models as rows
from dossiers.models import RefreshJob
from dossiers.refresh import jobs
from dossiers.refresh import office as asking
from dossiers.refresh.run import run
from tests import make
from tests.apiclient.scripted_office import Scripted, envelope, running_office, token

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("/", "/cases/", "/limits/", "/reviews/", "/quota/", "/alerts/")
SPELLS = ("cut", "garbage", "html", "html_200", "json_types", "210", "303", "999", "drop", "203")


class WatchedDesk(TokenDesk):
    """The sandbox's token desk, which remembers every secret it gave out."""

    def __init__(self, username, password):
        super().__init__(username, password)
        self.secrets = {password}

    def grant(self, form, now):
        status, answer = super().grant(form, now)
        self.secrets |= {answer[name] for name in answer if name.endswith("_token")}
        return status, answer


@pytest.fixture
def desk(office, settings, monkeypatch):
    desk = WatchedDesk(office.username, "password-nobody-may-see")
    settings.JPO_PASSWORD = desk.password
    monkeypatch.setattr(office.office, "tokens", desk)
    return desk


def refresh(case):
    RefreshJob.objects.create(
        case=case, key=f"daily:{clock.now().timestamp()}", purpose="daily", created_at=clock.now()
    )
    job = jobs.claim()
    try:
        run(job, tell=lambda news: None, release=lambda case: None)
    except Exception as error:  # what a run raises ends in the worker's log
        return repr(error)
    return ""


def everything_stored():
    models_ = [
        model for model in vars(rows).values() if isinstance(model, type) and issubclass(model, models.Model)
    ]
    with transaction.atomic():
        kept = [
            serializers.serialize("json", model.objects.all())
            for model in models_
            if not model._meta.abstract
        ]
    return "".join(kept) + bodies_stored()


def bodies_stored():
    """What is stored packed: answers, documents and samples."""
    packed = [row.body for model in (rows.Snapshot, rows.Paper, rows.Sample) for row in model.objects.all()]
    return "".join(zlib.decompress(bytes(body)).decode("latin-1") for body in packed)


def test_neither_password_nor_token_is_ever_shown_logged_or_stored(
    client, office, desk, examined, alice, caplog
):
    caplog.set_level(logging.DEBUG)
    case = make.case(examined.case.number, title="", filing_date=None)
    said = ""
    for spell, where in [(None, ""), *((spell, where) for spell in SPELLS for where in ("/api/", ""))]:
        office.clear_faults()
        if spell:
            office.fault(spell, match=where, times=None, seconds=0.01)  # "": at the log-in, too
        said += refresh(case)
        RefreshJob.objects.all().delete()
        office.advance(seconds=3700)  # and so every token ends
    client.force_login(alice)
    for path in (*PAGES, f"/cases/patent/{case.application_number}/"):
        page = client.get(path)
        assert page.status_code == 200
        said += page.content.decode()
    said += caplog.text + everything_stored()
    assert rows.OfficeCall.objects.count() > 3 and len(desk.secrets) > 3
    assert rows.Snapshot.objects.exists() and rows.Sample.objects.exists()
    for secret in desk.secrets:
        assert secret not in said and secret[-40:] not in said


def test_an_office_that_shows_our_own_request_again_does_not_have_the_token_kept(settings, alice, db):
    access = "access-token-nobody-may-see"
    case = make.case("2023000123")
    with running_office() as office:
        office.tokens = [token(access)]
        settings.JPO_BASE_URL, settings.JPO_USERNAME, settings.JPO_PASSWORD = office.url, "id", "password-1"
        settings.JPO_PER_MINUTE = 1000
        asking._client.cache_clear()
        shown = f'{{"result": 1, "request": "Bearer {access} / {access}"}}'.encode()
        for answer in (
            Scripted(200, shown),
            Scripted(200, f"refused: {access}".encode()),
            envelope("100", {"a": access}),
        ):
            office.answers = [answer]
            refresh(case)
            RefreshJob.objects.all().delete()
        asking._client.cache_clear()
    assert rows.Snapshot.objects.count() > 1 and rows.Sample.objects.exists()
    assert access not in everything_stored()
