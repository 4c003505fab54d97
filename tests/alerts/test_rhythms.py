"""Who is told what how soon: at once, with the daily digest, weekly, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from apiclient.clock import JST
from dossiers.alerts import digest, outbox, preferences, rounds
from dossiers.alerts.digest import day_due
from dossiers.alerts.follow import follow, unfollow
from dossiers.alerts.unsubscribe import token_for
from dossiers.docketing.calendar import office_calendar
from dossiers.models import Alert, AuditEntry, Digest, EventKind, Follow, News, Preference, TimeLimit, User
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=JST)
TUESDAY = datetime(2026, 11, 24, 8, 0, tzinfo=JST)  # the Monday before is a holiday
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
KIND_OF = {
    "office_action": "office_action",
    "decision": "decision",
    "not_accounted": "office_action",
    "limit_moved": "limit_due",
    "limit_missed": "limit_overdue",
    "not_found": "not_checked",
    "dispatch": "status",
    "registered": "register",
    "family": "family",
    "difference": "difference",
}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = (TUESDAY - timedelta(hours=2)).astimezone(UTC)

    def __call__(self):
        return self.at

    def until(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("dossiers.clock.now", found)
    return found


@pytest.fixture
def ann(clock):
    return make.user("ann", language="en", digest_from=LONG_AGO)


@pytest.fixture
def beth(clock):
    """She takes no digest."""
    return make.user("beth", language="en", digest_on=False)


@pytest.fixture
def followed(ann, beth, case):
    """A list of the case; Beth made it and Ann follows it."""
    return make.watchlist(beth, case, followers=(ann,))


def told(case, kind="dispatch", key="1") -> News:
    news = News.objects.create(case=case, kind=kind, key=f"{kind}:{key}")
    outbox.fan_out([news])
    return news


def mails(smtp, clock, send=outbox.pump) -> list:
    """What went out since the last time, as (to whom, mail)."""
    smtp.taken.clear()
    send(budget_seconds=60, clock=clock)
    return [(address.partition("@")[0], mail) for address, mail in smtp.taken]


def readers(sent) -> list[str]:
    return sorted(name for name, _ in sent)


def text_of(sent) -> str:
    (_, mail) = sent[0]
    return mail.get_body(("plain",)).get_content()


def wants(user, **rhythms) -> None:
    preferences.choose(user, rhythms, by=user)


def state_of(user) -> str:
    return Alert.objects.get(user=user).state


# --- what is usual


@pytest.mark.parametrize("kind", ["office_action", "decision", "not_accounted", "limit_missed", "not_found"])
def test_what_may_cost_a_right_comes_at_once_unless_somebody_chose_otherwise(
    followed, case, smtp, clock, kind
):
    told(case, kind)
    assert readers(mails(smtp, clock)) == ["ann"]


@pytest.mark.parametrize("kind", ["dispatch", "registered", "family", "difference"])
def test_the_rest_comes_with_the_digest_and_stands_in_the_inbox_until_then(
    followed, case, ann, smtp, clock, kind
):
    news = told(case, kind)
    assert mails(smtp, clock) == [] and state_of(ann) == "daily"
    assert Alert.objects.get(user=ann, news=news)
    clock.until(TUESDAY)
    assert readers(mails(smtp, clock, digest.pump)) == ["ann"]
    assert state_of(ann) == "sent" and Alert.objects.get().digest == Digest.objects.get(user=ann)


def test_every_kind_of_news_has_a_rhythm_that_people_can_choose():
    chosen = {preferences.kind_of(News(kind=kind)) for kind in News.Kind.values}
    assert chosen == set(EventKind)
    assert all(preferences.kind_of(News(kind=news)) == kind for news, kind in KIND_OF.items())


# --- what one chooses


@pytest.mark.parametrize("kind", sorted(KIND_OF))
def test_at_once_is_at_once_for_every_kind(followed, case, ann, smtp, clock, kind):
    wants(ann, **{KIND_OF[kind]: "at_once"})
    told(case, kind)
    assert readers(mails(smtp, clock)) == ["ann"]


@pytest.mark.parametrize("kind", sorted(KIND_OF))
def test_not_at_all_leaves_what_one_follows_in_the_inbox_and_out_of_every_mail(
    followed, case, ann, smtp, clock, kind
):
    wants(ann, **{KIND_OF[kind]: "never"})
    told(case, kind)
    assert mails(smtp, clock) == [] and state_of(ann) == "inbox"
    clock.until(TUESDAY)
    assert "New (" not in text_of(mails(smtp, clock, digest.pump))
    assert state_of(ann) == "inbox"


@pytest.mark.parametrize("kind", ["office_action", "decision", "limit_moved", "limit_missed"])
def test_whoever_is_in_charge_is_told_although_they_chose_not_at_all(case, ann, smtp, clock, kind):
    case.owner = ann
    case.save()
    wants(ann, **{KIND_OF[kind]: "never"})
    told(case, kind)
    assert readers(mails(smtp, clock)) == ["ann"]


def test_of_other_things_whoever_is_in_charge_may_choose_to_hear_nothing(case, ann, smtp, clock):
    case.owner = ann
    case.save()
    wants(ann, register="never")
    told(case, "registered")
    assert mails(smtp, clock) == [] and state_of(ann) == "inbox"


def test_a_list_can_have_a_rhythm_of_its_own(followed, case, ann, beth, smtp, clock):
    preferences.choose_for(followed.follows.get(), ann, {"status": "at_once"}, by=ann)
    other = make.case("2023000999")
    make.watchlist(beth, other, name="other", followers=(ann,))
    told(case)
    told(other)
    assert [mail["Subject"] for _, mail in mails(smtp, clock)] and Alert.objects.get(
        state="sent"
    ).news.case == case
    assert Alert.objects.get(state="daily").news.case == other


def test_where_two_lists_hold_a_case_the_sooner_rhythm_holds(followed, case, ann, beth, smtp, clock):
    second = make.watchlist(beth, case, name="second", followers=(ann,))
    preferences.choose_for(followed.follows.get(), ann, {"office_action": "never"}, by=ann)
    told(case, "office_action")
    assert readers(mails(smtp, clock)) == ["ann"]
    preferences.choose_for(second.follows.get(), ann, {"office_action": "weekly"}, by=ann)
    told(case, "office_action", "2")
    assert mails(smtp, clock) == [] and Alert.objects.filter(state="weekly").exists()


def test_a_choice_is_written_down_and_the_usual_one_again_leaves_no_row(ann):
    wants(ann, status="weekly")
    wants(ann, status="weekly")
    entry = AuditEntry.objects.get(action="preferences.change")
    assert entry.actor == ann and (entry.detail["was"]["status"], entry.detail["now"]["status"]) == (
        "daily",
        "weekly",
    )
    wants(ann, status="daily")
    assert not Preference.objects.exists()


# --- with the digest


def test_the_digest_names_each_of_them_once_and_the_next_one_none(followed, case, ann, smtp, clock):
    told(case, "registered")
    clock.until(TUESDAY)
    first = text_of(mails(smtp, clock, digest.pump))
    assert first.count("Registration") == 1
    clock.until(TUESDAY + timedelta(days=1))
    assert "Registration" not in text_of(mails(smtp, clock, digest.pump))
    assert not mails(smtp, clock) and Alert.objects.get().state == "sent"


def test_what_went_at_once_stands_in_the_digest_too_but_counts_as_told_before(followed, case, smtp, clock):
    told(case, "office_action")
    assert len(mails(smtp, clock)) == 1
    clock.until(TUESDAY)
    assert "New (1)" in text_of(mails(smtp, clock, digest.pump))
    assert Alert.objects.get().digest is None


def test_who_takes_no_digest_is_told_at_once_of_what_would_come_with_it(followed, case, ann, smtp, clock):
    ann.digest_on = False
    ann.save()
    told(case)
    assert readers(mails(smtp, clock)) == ["ann"]


def test_what_waits_for_a_digest_goes_out_by_itself_when_its_reader_ends_the_digest(
    followed, case, ann, smtp, clock
):
    told(case)
    ann.digest_on = False
    ann.save()
    assert mails(smtp, clock, digest.pump) == []
    assert readers(mails(smtp, clock)) == ["ann"]


def test_fifty_are_named_and_all_are_counted_and_told(followed, case, ann, smtp, clock):
    outbox.fan_out([News.objects.create(case=case, kind="dispatch", key=str(n)) for n in range(60)])
    clock.until(TUESDAY)
    text = text_of(mails(smtp, clock, digest.pump))
    assert "New (60)" in text and text.count("特願2023-000123") + text.count("2023-000123") >= 50
    assert not Alert.objects.exclude(state="sent").exists()


def test_a_digest_put_off_holds_the_same_when_it_goes_and_what_came_since_waits_for_the_next(
    followed, case, ann, smtp, clock, settings
):
    told(case, "registered")
    clock.until(TUESDAY)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert mails(smtp, clock, digest.pump) == []
    clock.until(TUESDAY + timedelta(minutes=10))
    told(case, "family")
    settings.EMAIL_PORT = port
    clock.until(TUESDAY + timedelta(minutes=30))
    assert "New (1)" in text_of(mails(smtp, clock, digest.pump))
    assert set(Alert.objects.values_list("news__kind", "state")) == {
        ("registered", "sent"),
        ("family", "daily"),
    }
    clock.until(TUESDAY + timedelta(days=1))
    assert "New (1)" in text_of(mails(smtp, clock, digest.pump))
    assert not Alert.objects.exclude(state="sent").exists()


def test_what_a_digest_never_sent_was_to_tell_goes_with_the_next(followed, case, ann, smtp, clock, settings):
    told(case, "registered")
    clock.until(TUESDAY)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    mails(smtp, clock, digest.pump)
    settings.EMAIL_PORT = port
    clock.until(TUESDAY + timedelta(days=1))
    assert "New (1)" in text_of(mails(smtp, clock, digest.pump))
    assert set(Digest.objects.values_list("state", flat=True)) == {"dropped", "sent"}
    assert Alert.objects.get().state == "sent"


# --- weekly


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-24T08:00", "2026-11-24"),  # the Monday before is a holiday
        ("2026-11-24T07:59", "2026-11-16"),
        ("2026-11-27T12:00", "2026-11-24"),
        ("2026-11-30T08:00", "2026-11-30"),
        ("2027-01-04T09:00", "2027-01-04"),
        ("2027-01-03T09:00", "2026-12-28"),
    ],
)
def test_the_summary_is_due_on_the_first_open_day_of_the_week(at, day):
    user = make.user(digest_from=LONG_AGO)
    now = datetime.fromisoformat(f"{at}+09:00")
    assert str(day_due(user, now, office_calendar(), Digest.Kind.WEEKLY)) == day


def test_what_is_weekly_comes_once_on_monday_and_in_no_digest_before(followed, case, ann, smtp, clock):
    clock.until(TUESDAY + timedelta(hours=1))
    wants(ann, register="weekly")
    told(case, "registered")
    clock.until(TUESDAY + timedelta(days=1))
    assert "Registration" not in text_of(mails(smtp, clock, digest.pump))
    clock.until(MONDAY)
    sent = mails(smtp, clock, digest.pump)
    weekly = [mail for _, mail in sent if "Weekly summary" in mail["Subject"]]
    assert len(sent) == 2 and len(weekly) == 1
    assert weekly[0].get_body(("plain",)).get_content().count("Registration") == 1
    assert state_of(ann) == "sent"
    for days in (1, 7):
        clock.until(MONDAY + timedelta(days=days))
        assert not any(
            "Registration" in mail.get_body(("plain",)).get_content()
            for _, mail in mails(smtp, clock, digest.pump)
        )


def test_the_summary_comes_also_when_nothing_happened_but_not_for_a_week_before_it_was_wanted(
    ann, smtp, clock
):
    ann.digest_on = False
    ann.save()
    clock.until(TUESDAY + timedelta(days=1))
    wants(ann, register="weekly")
    assert mails(smtp, clock, digest.pump) == []
    clock.until(MONDAY)
    assert "Weekly summary" in mails(smtp, clock, digest.pump)[0][1]["Subject"]


def test_nobody_who_chose_nothing_weekly_gets_a_summary(ann, smtp, clock):
    clock.until(MONDAY)
    assert [mail["Subject"] for _, mail in mails(smtp, clock, digest.pump)] and not Digest.objects.filter(
        kind="weekly"
    )


def test_a_rhythm_changed_back_still_delivers_what_was_in_store(followed, case, ann, smtp, clock):
    wants(ann, register="weekly")
    told(case, "registered")
    wants(ann, register="daily")
    clock.until(MONDAY)
    assert any("Weekly" in mail["Subject"] for _, mail in mails(smtp, clock, digest.pump))
    assert state_of(ann) == "sent"


def test_the_connection_cut_after_the_summary_gives_the_same_one_again(followed, case, ann, smtp, clock):
    ann.digest_on = False
    ann.save()
    wants(ann, register="weekly")
    told(case, "registered")
    clock.until(MONDAY)
    smtp.mode = "drop"
    first = mails(smtp, clock, digest.pump)
    told(case, "registered", "later")
    smtp.mode = "take"
    clock.until(MONDAY + timedelta(minutes=30))
    second = mails(smtp, clock, digest.pump)
    assert first[0][1]["Message-ID"] == second[0][1]["Message-ID"]
    assert "New (1)" in text_of(first) and "New (1)" in text_of(second)
    assert set(Alert.objects.values_list("news__key", "state")) == {
        ("registered:1", "sent"),
        ("registered:later", "weekly"),
    }


# --- reminders


def due_in(case, days: int) -> TimeLimit:
    return TimeLimit.objects.create(
        case=case,
        key=f"k{days}",
        rule_id="pat.oa.response",
        rule_version="1",
        title_ja="意見書の提出期限",
        title_en="Response to the office action",
        calculation={},
        confidence="sure",
        due=TUESDAY.date() + timedelta(days),
    )


@pytest.mark.parametrize(("rhythm", "days"), [("daily", 7), ("weekly", 3)])
def test_who_wants_time_limits_with_a_digest_finds_them_there_and_gets_no_reminder(
    case, ann, smtp, clock, rhythm, days
):
    case.owner = ann
    case.save()
    wants(ann, limit_due=rhythm)
    due_in(case, days)
    clock.until(TUESDAY + timedelta(hours=1))
    assert mails(smtp, clock, rounds.pump) == []
    assert "Response to the office action" in text_of(mails(smtp, clock, digest.pump))


@pytest.mark.parametrize("rhythm", ["at_once", "never"])
def test_whoever_is_in_charge_is_reminded_otherwise(case, ann, smtp, clock, rhythm):
    case.owner = ann
    case.save()
    wants(ann, limit_due=rhythm)
    due_in(case, 7)
    clock.until(TUESDAY + timedelta(hours=1))
    assert readers(mails(smtp, clock, rounds.pump)) == ["ann"]


def test_reminders_of_one_list_can_be_had_without_those_of_all(followed, case, ann, beth, smtp, clock):
    case.owner = beth
    case.save()
    due_in(case, 7)
    preferences.choose_for(followed.follows.get(), ann, {"limit_due": "at_once"}, by=ann)
    clock.until(TUESDAY + timedelta(hours=1))
    assert readers(mails(smtp, clock, rounds.pump)) == ["ann", "beth"]


def test_a_follower_of_lists_who_wants_to_hear_nothing_of_time_limits_is_not_reminded(
    followed, case, ann, beth, smtp, clock
):
    case.owner = beth
    case.save()
    ann.reminders_of_lists = True
    ann.save()
    wants(ann, limit_due="never")
    due_in(case, 7)
    clock.until(TUESDAY + timedelta(hours=1))
    assert readers(mails(smtp, clock, rounds.pump)) == ["beth"]


def test_where_nobody_else_is_reminded_not_at_all_does_not_hold(followed, case, ann, smtp, clock):
    wants(ann, limit_due="never")
    due_in(case, 7)
    clock.until(TUESDAY + timedelta(hours=1))
    assert readers(mails(smtp, clock, rounds.pump)) == ["ann"]


# --- single cases and teams


@pytest.fixture
def chemistry(ann, beth):
    """A team of both."""
    team = Group.objects.create(name="Chemistry")
    team.user_set.set([ann, beth])
    return team


@pytest.mark.parametrize("of_list", [True, False])
def test_a_team_chooses_for_its_members_and_each_of_them_otherwise(
    case, ann, beth, chemistry, smtp, clock, of_list
):
    row = follow(make.watchlist(beth, case) if of_list else case, chemistry, by=ann)
    preferences.choose_for(row, None, {"status": "at_once"}, by=ann)
    preferences.choose_for(row, beth, {"status": "weekly"}, by=beth)
    told(case)
    assert readers(mails(smtp, clock)) == ["ann"] and state_of(beth) == "weekly"
    preferences.choose_for(row, beth, {}, by=beth)
    told(case, key="2")
    assert readers(mails(smtp, clock)) == ["ann", "beth"]


def test_one_case_followed_can_have_a_rhythm_of_its_own(case, ann, smtp, clock):
    other = make.case("2023000999")
    preferences.choose_for(follow(case, ann, by=ann), ann, {"status": "at_once"}, by=ann)
    follow(other, ann, by=ann)
    told(case)
    told(other)
    assert len(mails(smtp, clock)) == 1 and Alert.objects.get(state="sent").news.case == case


def test_nobody_chooses_for_the_follow_of_somebody_else(case, ann, beth, chemistry):
    for row, user in ((follow(case, ann, by=ann), beth), (follow(case, ann, by=ann), None)):
        with pytest.raises(ValueError, match="not theirs"):
            preferences.choose_for(row, user, {"status": "never"}, by=beth)
    assert not Preference.objects.exists()


def test_what_a_team_has_weekly_gives_its_members_a_summary_while_they_are_in_it(
    case, ann, beth, chemistry, smtp, clock
):
    User.objects.update(digest_on=False)
    row = follow(case, chemistry, by=ann)
    preferences.choose_for(row, None, {"status": "weekly"}, by=ann)
    preferences.choose_for(row, beth, {"status": "never"}, by=beth)
    assert set(preferences.weekly_since()) == {ann.pk}
    clock.until(MONDAY)
    assert readers(mails(smtp, clock, digest.pump)) == ["ann"]
    unfollow(case, ann, by=ann)
    assert preferences.weekly_since() == {}


def test_a_choice_for_a_team_that_one_has_left_gives_no_summary(case, ann, chemistry):
    row = follow(case, chemistry, by=ann)
    preferences.choose_for(row, ann, {"status": "weekly"}, by=ann)
    assert set(preferences.weekly_since()) == {ann.pk}
    chemistry.user_set.remove(ann)
    assert preferences.weekly_since() == {}


def test_a_single_case_can_be_followed_and_left_from_its_mail(case, ann, smtp, clock, client: Client):
    follow(case, ann, by=ann)
    told(case, "office_action")
    sent = mails(smtp, clock)
    assert "because you follow the case" in text_of(sent)
    assert sent[0][1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = f"/u/{token_for(ann, Follow.objects.get())}/"
    assert "no more mails about" in client.get(link).content.decode()
    client.post(link)
    told(case, "office_action", "2")
    assert mails(smtp, clock) == [] and not Follow.objects.get().active


def test_a_team_is_told_with_the_members_it_has_on_that_day(case, ann, beth, smtp, clock):
    team = Group.objects.create(name="Chemistry")
    team.user_set.add(ann)
    listed = make.watchlist(beth, case)
    follow(listed, team, by=beth)
    told(case, "office_action")
    sent = mails(smtp, clock)
    assert readers(sent) == ["ann"] and "your team “Chemistry” follows the list" in text_of(sent)
    team.user_set.set([beth])
    told(case, "office_action", "2")
    assert readers(mails(smtp, clock)) == ["beth"]


def test_who_leaves_what_their_team_follows_leaves_alone_and_may_come_back(
    case, ann, beth, smtp, clock, client
):
    team = Group.objects.create(name="Chemistry")
    team.user_set.set([ann, beth])
    listed = make.watchlist(beth, case)
    row = follow(listed, team, by=beth)
    client.post(f"/u/{token_for(ann, row)}/")
    told(case, "office_action")
    assert readers(mails(smtp, clock)) == ["beth"]
    follow(listed, ann, by=ann)
    told(case, "office_action", "2")
    assert readers(mails(smtp, clock)) == ["ann", "beth"]


def test_a_team_that_ends_a_follow_gets_nothing_that_was_on_its_way(case, ann, beth, smtp, clock):
    team = Group.objects.create(name="Chemistry")
    team.user_set.set([ann, beth])
    listed = make.watchlist(beth, case, followers=(beth,))
    follow(listed, team, by=beth)
    told(case)
    unfollow(listed, team, by=beth)
    assert dict(Alert.objects.values_list("user__username", "state")) == {"ann": "dropped", "beth": "waiting"}
