"""Administrators are mailed once a year to confirm the coming years' holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dossiers.alerts import prompts, tokens
from dossiers.alerts.calendar_reminder import remind
from dossiers.docketing import closures
from dossiers.docketing.calendar import packaged
from dossiers.models import AuditEntry, Delivery, Prompt
from tests import make

pytestmark = pytest.mark.django_db

LAST = packaged().confirmed_through.year
NOVEMBER = datetime(LAST - 1, 11, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def admin():
    return make.user("admin", language="ja", role="administrator")


def send(now: datetime = NOVEMBER) -> int:
    return prompts.send_due(budget_seconds=20, clock=lambda: now)


def test_each_administrator_is_told_once_in_their_language(admin, mailoutbox):
    make.user("other", language="en", role="administrator")
    make.user("clerk", language="en")
    make.user("left", role="administrator", is_active=False)
    make.user("quiet", role="administrator", mail_on=False)
    assert remind(NOVEMBER) == 2 and send() == 2
    assert {mail.to[0] for mail in mailoutbox} == {"admin@example.com", "other@example.com"}
    japanese = next(mail for mail in mailoutbox if mail.to == ["admin@example.com"])
    assert f"{LAST + 1}年の祝日" in japanese.subject and f"/calendar/?year={LAST + 1}" in japanese.body
    assert "メールの停止・設定: http" in japanese.body
    for hours in (0, 1, 24, 24 * 60):
        assert remind(NOVEMBER + timedelta(hours=hours)) == 0
    assert send() == 0 and len(mailoutbox) == 2
    assert AuditEntry.objects.filter(action="calendar.remind").count() == 2


def test_before_november_and_after_the_years_are_confirmed_nobody_is_told(admin, mailoutbox):
    assert (
        remind(datetime(LAST - 1, 10, 31, 14, 59, tzinfo=UTC)) == 0
    )  # one minute before 1 November in Japan
    change = closures.Confirm(LAST + 1, "官報")
    closures.apply(change, by=admin, token=closures.preview(change).token)
    assert remind(NOVEMBER) == 0 and not Prompt.objects.exists()


def test_what_was_confirmed_before_it_went_out_is_not_asked_for(admin, mailoutbox):
    remind(NOVEMBER)
    for year in (LAST + 1, LAST + 2):
        change = closures.Confirm(year, "官報")
        closures.apply(change, by=admin, token=closures.preview(change).token)
    assert send() == 0 and mailoutbox == [] and Prompt.objects.get().state == "dropped"


def test_the_next_november_asks_again(admin, mailoutbox):
    remind(NOVEMBER)
    send()
    later = NOVEMBER + timedelta(days=366)
    assert remind(later) == 1 and send(later) == 1
    assert f"{LAST + 1}・{LAST + 2}" in mailoutbox[1].subject


def test_somebody_made_administrator_later_is_told_too(admin, mailoutbox):
    remind(NOVEMBER)
    make.user("new", role="administrator")
    assert remind(NOVEMBER + timedelta(days=3)) == 1


def test_it_keeps_the_servers_pace_is_kept_in_the_log_and_its_report_of_failure_is_known(admin, smtp):
    remind(NOVEMBER)
    smtp.mode = "put_off"
    assert send() == 0 and Prompt.objects.get().state == "waiting"
    smtp.mode = "take"
    assert send(NOVEMBER + timedelta(minutes=10)) == 1
    ((_, mail),) = smtp.taken
    assert tokens.read(mail[tokens.HEADER]) == (Prompt, Prompt.objects.get().pk)
    assert [row.accepted for row in Delivery.objects.order_by("pk")] == [False, True]


@pytest.mark.parametrize(
    ("today", "through", "due"),
    [
        (date(2026, 10, 31), 2027, ()),
        (date(2026, 10, 31), 2026, (2027,)),  # still from the November before
        (date(2026, 11, 1), 2026, (2027, 2028)),
        (date(2026, 11, 1), 2027, (2028,)),
        (date(2027, 2, 10), 2027, (2028,)),
        (date(2027, 2, 10), 2028, ()),
        (date(2027, 11, 1), 2028, (2029,)),
        (date(2025, 6, 1), 2024, (2025, 2026)),
        (date(2060, 12, 1), 2060, ()),
    ],
)
def test_the_coming_two_years_are_asked_for_from_november_until_they_are_confirmed(today, through, due):
    assert closures.years_to_confirm(today, date(through, 12, 31)) == due
