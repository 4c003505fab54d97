from __future__ import annotations

import pytest

from dossiers import clock
from dossiers.models import AuditEntry, TimeLimit

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def limit(db):
    return docket.refused(docket.confirmed_case()).limits.get()


def _due(client, **query) -> list:
    return [row.due for row in client.get("/limits/", query).context["page"]]


def _post(client, limit, action: str, **sent):
    answer = client.post(f"/limits/{limit.pk}/{action}/", sent, follow=True)
    limit.refresh_from_db()
    return answer.content.decode()


def test_the_calculation_is_shown_step_by_step_with_its_article(signed_in, limit):
    text = signed_in.get(f"/limits/{limit.pk}/").content.decode()
    assert limit.base_date.isoformat() in text and limit.due.isoformat() in text
    assert "that day itself is not counted (Patent Act Art. 3(1)(i))" in text
    assert "¥51,000" in text and "Extension after expiry" in text


def test_a_japanese_reader_reads_it_in_japanese(client, alice, limit):
    client.force_login(alice)
    text = client.get(f"/limits/{limit.pk}/").content.decode()
    assert "初日は算入しない" in text and "拒絶理由通知に対する応答" in text


def test_confirming_puts_a_name_to_the_date(signed_in, limit, bob):
    text = _post(signed_in, limit, "confirm", due=limit.due.isoformat())
    assert "The date is confirmed." in text
    assert limit.confirmed_by == bob
    assert AuditEntry.objects.filter(action="limit.confirm", actor=bob).exists()


def test_a_date_that_moved_meanwhile_is_not_confirmed(signed_in, limit):
    seen = limit.due.isoformat()
    TimeLimit.objects.filter(pk=limit.pk).update(due=docket.days_ago(-90))
    assert "The date has moved since you saw it" in _post(signed_in, limit, "confirm", due=seen)
    assert limit.confirmed_by is None


def test_what_is_said_to_be_done_stays_in_the_list(signed_in, limit):
    _post(signed_in, limit, "done", reason="提出済み")
    assert limit.state == "claimed"
    assert _due(signed_in).count(limit.due) == 1
    assert "said to be done" in signed_in.get("/limits/").content.decode()


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_is_closed_without_a_reason(signed_in, limit, reason):
    assert "Please say why" in _post(signed_in, limit, "not-needed", reason=reason)
    assert limit.state == "open"


def test_not_needed_and_reopened_are_both_on_record(signed_in, limit, bob):
    _post(signed_in, limit, "not-needed", reason="依頼人の指示 <b>")
    assert (limit.state, limit.state_by) == ("not_needed", bob)
    text = _post(signed_in, limit, "reopen", reason="再考")
    assert limit.state == "open"
    assert "Not needed → Open" in text and "依頼人の指示 &lt;b&gt;" in text


def test_an_action_that_does_not_fit_changes_nothing(signed_in, limit):
    assert "Its state has changed meanwhile" in _post(signed_in, limit, "reopen", reason="x")
    assert limit.state == "open"
    assert signed_in.post(f"/limits/{limit.pk}/explode/").status_code == 404


def test_limits_without_a_date_come_first_then_the_most_overdue(signed_in, limit):
    docket.refused(docket.confirmed_case("2023000002"), dispatched=100)
    undated = docket.refused(docket.confirmed_case("2023000003")).limits.get()
    TimeLimit.objects.filter(pk=undated.pk).update(due=None)
    shown = list(_due(signed_in))
    assert shown[0] is None
    assert shown[1:] == sorted(shown[1:])
    assert "date not known: read the document" in signed_in.get("/limits/").content.decode()


def test_windows_take_their_last_day_in(signed_in, limit):
    today = clock.office_today()
    for days, within in ((-1, "overdue"), (0, "7"), (7, "7"), (8, "30"), (30, "30"), (31, "")):
        TimeLimit.objects.filter(pk=limit.pk).update(due=docket.days_ago(-days))
        found = {
            name for name in ("overdue", "7", "30") if docket.days_ago(-days) in _due(signed_in, due=name)
        }
        expected = {"7": {"7", "30"}, "": set()}.get(within, {within})
        assert found == expected, (days, today)


def test_mine_leaves_out_what_belongs_to_others(signed_in, limit, bob):
    assert limit.due not in _due(signed_in, scope="mine")
    limit.case.owner = bob
    limit.case.save()
    assert limit.due in _due(signed_in, scope="mine")


def test_closed_limits_are_kept_and_can_be_read(signed_in, limit):
    _post(signed_in, limit, "not-needed", reason="x")
    assert limit.due not in _due(signed_in)
    assert limit.due in _due(signed_in, state="closed")


def test_the_month_shows_a_limit_on_its_day_and_the_offices_holidays(signed_in, limit):
    TimeLimit.objects.filter(pk=limit.pk).update(due="2027-01-19")
    answer = signed_in.get("/limits/", {"view": "month", "month": "2027-01"})
    days = {day.day.isoformat(): day for week in answer.context["weeks"] for day in week}
    assert [one.pk for one in days["2027-01-19"].limits] == [limit.pk]
    assert days["2027-01-01"].holiday and days["2027-01-11"].holiday
    assert not days["2027-01-04"].closed


@pytest.mark.parametrize("month", ["", "2027-13", "0000-01", "9999-12", "x", "2027-01-01"])
def test_a_month_that_is_none_gives_this_month(signed_in, month, db):
    answer = signed_in.get("/limits/", {"view": "month", "month": month})
    assert answer.context["first"] == clock.office_today().replace(day=1)


def test_the_month_says_how_many_limits_stand_in_no_month(signed_in, limit):
    TimeLimit.objects.filter(pk=limit.pk).update(due=None)
    assert "1 time limit has no date yet" in signed_in.get("/limits/", {"view": "month"}).content.decode()


def test_a_calculation_of_another_shape_is_said_to_be_unreadable(signed_in, limit):
    TimeLimit.objects.filter(pk=limit.pk).update(calculation={"steps": []})
    text = signed_in.get(f"/limits/{limit.pk}/").content.decode()
    assert "The stored calculation cannot be read" in text and limit.due.isoformat() in text
