"""A docket to take along: two cases as the office in miniature tells them, and what people did with them."""

from __future__ import annotations

from datetime import date, timedelta

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from dossiers import clock
from dossiers.docketing import actions, instructions
from dossiers.intake import start_batch
from dossiers.intake.tags import set_tags
from dossiers.models import (
    CalendarYear,
    Case,
    FirmPolicy,
    Follow,
    OfficeClosure,
    Outlook,
    RefreshJob,
    Snapshot,
    TimeLimit,
    User,
)
from dossiers.refresh import jobs
from dossiers.refresh.run import run
from tests import make
from tests.audit.tampering import unguarded
from tests.pages import docket


def read_by(office, case: Case) -> Case:
    """The case after one round at the office."""
    RefreshJob.objects.create(case=case, key=f"daily:{case.pk}:{clock.now().timestamp()}", purpose="daily")
    run(jobs.claim(), tell=lambda news: None, release=lambda case: None)
    case.refresh_from_db()
    return case


def lived_in(office, alice: User, bob: User) -> Case:
    """A case with a notice, its text and limit, and traces of people in awkward words."""
    told = office.cases("patent", limit=1, stage="examination")[0]
    case = read_by(office, make.case(told.case.number, title="", filing_date=None, owner=alice))
    office.add_document("patent", case.application_number, "A131", office.today())
    office.advance(days=1)
    read_by(office, case)
    assert Snapshot.objects.filter(case=case).count() > 2 and case.papers.exists()
    for other in office.cases("trademark", limit=1):
        read_by(office, make.case(other.case.number, "trademark", title="", filing_date=None))
    limit = TimeLimit.objects.filter(case=case, due__gte=clock.office_today()).first()
    actions.confirm(limit, by=bob)
    actions.set_own_date(limit, kind="internal", day=limit.due - timedelta(days=20), by=bob, note="早めに 🗓")
    instructions.give(case, by=alice, about="fee", text='年金は納付しない \\u0000 " , \r\n 改行')
    set_tags(case, ["重要", "EP"], by=alice)
    group = Group.objects.create(name="第一部")
    alice.groups.add(group)
    listed = make.watchlist(alice, case, followers=(bob,))
    Follow.objects.create(watchlist=listed, team=group)
    start_batch(text="特願2024-000999\tA-1\n読めない行", by=alice, watchlist=listed)
    docket.picture(case.events.first())
    FirmPolicy.objects.create(pk=1, internal_days=10)
    OfficeClosure.objects.create(
        day=date(2027, 3, 3), reason_ja="創立記念日", reason_en="x", source="官報", added_by=bob
    )
    CalendarYear.objects.create(year=2026, source="官報", confirmed_by=bob)
    Outlook.objects.create(key="day:1", day=date(2026, 11, 24), more=3, assumed={"b": 1.5, "a": [None, "語"]})
    return case


def forget_everything() -> None:
    """Empty every table, as those of a new installation are."""
    models = [*apps.get_app_config("dossiers").get_models(include_auto_created=True), Group]
    with unguarded(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        for model in models:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (of our models)
