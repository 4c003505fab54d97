"""Watches on finished cases end themselves, after notice, unless somebody keeps them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apiclient.clock import JST
from dossiers.alerts import outbox, rounds
from dossiers.alerts.follow import follow
from dossiers.docketing.coverage import tally
from dossiers.models import Alert, AuditEntry, Event, FirmPolicy, News, Prompt, TimeLimit, WatchEnd
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 11, 24, 9, 0, tzinfo=JST)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self):
        return self.at

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr("dossiers.clock.now", found)
    return found


@pytest.fixture
def ann(clock):
    return make.user("ann", language="en", digest_on=False)


@pytest.fixture
def over(clock):
    """A case that has been withdrawn, as the office itself has said."""
    return make.case(
        "2020000123",
        stage="withdrawn",
        stage_basis_en="deemed withdrawn (A300, 2026-01-10)",
        confirmed_at=START,
        last_outcome="ok",
        own_reference="ABC-0123",
    )


@pytest.fixture
def followed(over, ann):
    """A list of that case; Ann follows it."""
    return make.watchlist(ann, over, followers=(ann,))


def day(clock, smtp, days: int = 0) -> list:
    """The mails that the rounds of a later day send."""
    clock.passes(days=days)
    smtp.taken.clear()
    rounds.pump(budget_seconds=60, clock=clock)
    return [mail for _, mail in smtp.taken]


def told(case, kind="registered") -> News:
    news = News.objects.create(case=case, kind=kind, key=f"{kind}:{News.objects.count()}")
    outbox.fan_out([news])
    return news


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def link_in(mail) -> str:
    return next(word for word in text_of(mail).split() if "/w/" in word).removeprefix(
        "https://portal.firm.example"
    )


def noticed(clock, smtp):
    """The mail that says when it ends."""
    day(clock, smtp)
    (mail,) = day(clock, smtp, 90)
    return mail


def test_after_ninety_days_its_followers_are_told_on_which_day_it_ends(followed, smtp, clock):
    assert day(clock, smtp) == [] and day(clock, smtp, 89) == []
    (mail,) = day(clock, smtp, 1)
    ends = (START + timedelta(90 + 14)).date().isoformat()
    assert mail["Subject"] == f"[IP Portal] Mails about finished cases end: 1 – {ends}"
    text = text_of(mail)
    assert "2020-000123" in text and "ABC-0123" in text and "deemed withdrawn" in text and "/w/" in text
    assert day(clock, smtp, 1) == [] and Prompt.objects.count() == 1


def test_then_it_ends_with_an_audit_line_and_its_followers_hear_no_more(followed, over, smtp, clock):
    noticed(clock, smtp)
    told(over)
    assert Alert.objects.count() == 1
    assert day(clock, smtp, 13) == [] and not AuditEntry.objects.exists()
    assert day(clock, smtp, 1) == []
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.case, entry.actor) == ("watch.ended", over, None)
    told(over)
    assert Alert.objects.count() == 1


def test_whoever_is_in_charge_goes_on_being_told(followed, over, smtp, clock):
    carol = make.user("carol", digest_on=False)
    over.owner = carol
    over.save()
    noticed(clock, smtp)
    day(clock, smtp, 14)
    told(over)
    assert [alert.user for alert in Alert.objects.all()] == [carol]


@pytest.mark.parametrize("kind", ["office_action", "decision"])
def test_an_act_that_shows_the_case_to_be_alive_is_told_all_the_same(followed, over, ann, smtp, clock, kind):
    noticed(clock, smtp)
    day(clock, smtp, 14)
    told(over, kind)
    assert Alert.objects.get().user == ann


def test_a_case_that_is_finished_no_longer_is_watched_again_by_itself(followed, over, ann, smtp, clock):
    noticed(clock, smtp)
    day(clock, smtp, 14)
    over.stage = "awaiting_examination"
    over.save()
    told(over)
    assert Alert.objects.get().user == ann
    day(clock, smtp, 1)
    assert not WatchEnd.objects.exists()
    assert AuditEntry.objects.filter(action="watch.resumed", case=over).count() == 1


@pytest.mark.parametrize("what", ["limit", "review", "document", "not_answered", "live", "registered"])
def test_what_is_not_over_is_never_named(followed, over, smtp, clock, what):
    if what == "limit":
        TimeLimit.objects.create(
            case=over, key="k", rule_id="by_hand", rule_version="1", title_ja="x", title_en="x",
            calculation={}, confidence="sure", due=None,
        )  # fmt: skip
    elif what == "document":
        make.event(over, account=Event.Account.OPEN)
        assert tally(over.events.all()).dispatched == 1
    else:
        changed = {"review": {"open_reviews": 1}, "not_answered": {"last_outcome": "busy"}}
        stages = {"live": {"stage": "response_due"}, "registered": {"stage": "registered"}}
        type(over).objects.filter(pk=over.pk).update(**(changed | stages)[what])
    assert day(clock, smtp) == [] and day(clock, smtp, 90) == [] and not WatchEnd.objects.exists()


def test_a_case_nobody_follows_is_nobodys_mail(over, smtp, clock):
    assert day(clock, smtp) == [] and day(clock, smtp, 90) == []


def test_the_firm_sets_the_days_and_can_have_none_end(followed, smtp, clock):
    FirmPolicy.objects.create(pk=1, watch_end_days=0)
    assert day(clock, smtp) == [] and day(clock, smtp, 200) == []
    FirmPolicy.objects.update(watch_end_days=5)
    assert day(clock, smtp, 1) == []
    assert len(day(clock, smtp, 5)) == 1


def test_while_the_mail_server_is_away_nothing_ends_for_nobody_was_told(followed, smtp, clock, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    day(clock, smtp)
    day(clock, smtp, 90)
    day(clock, smtp, 20)
    assert WatchEnd.objects.get().ended_at is None
    settings.EMAIL_PORT = port
    assert len(day(clock, smtp, 1)) == 1
    day(clock, smtp, 1)
    assert WatchEnd.objects.get().ended_at


def test_each_follower_gets_one_mail_of_all_the_cases(followed, ann, smtp, clock):
    more = [
        make.case(f"202000020{n}", stage="lapsed", confirmed_at=START, last_outcome="ok") for n in range(5)
    ]
    for case in more:
        follow(case, ann, by=ann)
    assert "finished cases end: 6 –" in noticed(clock, smtp)["Subject"]


# --- keeping ------------------------------------------------------------------------------------------------


def test_the_link_asks_and_its_button_keeps_without_signing_in(followed, over, ann, smtp, clock, client):
    link = link_in(noticed(clock, smtp))
    page = client.get(link).content.decode()
    client.head(link)
    ending = WatchEnd.objects.get()
    assert "2020-000123" in page and ending.kept_at is None
    client.post(link, {"ending": ending.pk})
    ending.refresh_from_db()
    assert ending.kept_by == ann and "kept" in client.get(link).content.decode()
    day(clock, smtp, 14)
    told(over)
    assert Alert.objects.get().user == ann
    assert AuditEntry.objects.get().action == "watch.kept"
    assert day(clock, smtp, 200) == []


def test_the_link_of_an_old_mail_takes_an_ended_watch_up_again(followed, over, ann, smtp, clock, client):
    link = link_in(noticed(clock, smtp))
    day(clock, smtp, 14)
    client.post(link, {"ending": WatchEnd.objects.get().pk})
    told(over)
    assert Alert.objects.get().user == ann
    assert AuditEntry.objects.filter(action="watch.taken_up_again", actor=ann).exists()


def test_a_spoilt_link_and_another_readers_case_change_nothing(followed, ann, smtp, clock, client):
    link = link_in(noticed(clock, smtp))
    for spoilt in (link[:-2] + "/", "/w/a:b/", "/w/é:ü/"):
        assert client.get(spoilt).status_code == client.post(spoilt).status_code == 404
    elsewhere = WatchEnd.objects.create(case=make.case("2020000999"), told_at=START, ends_on=START.date())
    client.post(link, {"ending": [elsewhere.pk, "x", "9" * 40]})
    assert not WatchEnd.objects.exclude(kept_at=None).exists()


def test_what_was_kept_before_the_mail_went_is_not_in_it(followed, ann, smtp, clock, client):
    day(clock, smtp)
    clock.passes(days=90)
    rounds.look(clock())
    client.force_login(ann)
    client.post(f"/watchlists/ending/{WatchEnd.objects.get().pk}/", {"keep": "1"})
    assert day(clock, smtp) == [] and Prompt.objects.get().state == "dropped"


def test_keeping_on_the_page_can_be_undone_by_who_follows_and_by_nobody_else(
    followed, ann, smtp, clock, client
):
    noticed(clock, smtp)
    address = f"/watchlists/ending/{WatchEnd.objects.get().pk}/"
    client.force_login(ann)
    assert "ends on" in client.get("/watchlists/ending/").content.decode()
    client.post(address, {"keep": "1"})
    stranger = make.user("dora")
    client.force_login(stranger)
    client.post(address, {"keep": "0"})
    assert WatchEnd.objects.get().kept_at
    client.force_login(ann)
    client.post(address, {"keep": "0"})
    assert WatchEnd.objects.get().kept_at is None
    day(clock, smtp, 14)
    assert WatchEnd.objects.get().ended_at
    page = client.get(f"/cases/patent/{followed.cases.get().application_number}/").content.decode()
    assert "have not been mailed since" in page and 'action="/watchlists/ending/' in page
