"""The weekly round of the families abroad, against the One Portal Dossier of the sandbox office."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers import clock
from dossiers.models import (
    Case,
    CaseFamily,
    FamilyMember,
    ForeignDocument,
    News,
    OfficeCall,
    RefreshJob,
    Snapshot,
)
from dossiers.refresh import abroad, circuit, jobs
from dossiers.refresh import office as asking
from dossiers.refresh.run import run
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_limit_a_minute(settings):
    settings.JPO_OPD_PER_MINUTE = 1000


@pytest.fixture
def sight(office):
    """A patent case whose family has members at two offices abroad or more, with documents."""
    for sight in office.cases("patent", limit=200):
        family = office.office.opd.family("application", f"JP.{sight.case.number}.A")
        if len({member.office for member in family} - {"JP"}) >= 2 and sight.case.life.published_on:
            return sight
    raise AssertionError("no such family in the sandbox")


@pytest.fixture
def case(sight) -> Case:
    return watched(sight.case.number)


def watched(number: str, **fields) -> Case:
    fields = {"confirmed_at": clock.now(), "publication_number": "2024000001", **fields}
    return make.case(number, **fields)


def told_by(office, case: Case) -> list[str]:
    family = office.office.opd.family("application", f"JP.{case.application_number}.A")
    return sorted(member.application.number for member in family)


def work(told: list | None = None) -> list[RefreshJob]:
    """Plan, and carry out what is due, to the end."""
    abroad.plan_family(clock.now())
    done = []
    while job := jobs.claim(without=circuit.paused(clock.now())):
        run(job, tell=(told if told is not None else []).extend, release=lambda case: None)
        job.refresh_from_db()
        done.append(job)
        assert len(done) < 200
    return done


def test_the_round_brings_the_members_and_their_documents(office, case):
    done = work()
    assert sorted(row.application_number for row in case.family.all()) == told_by(office, case)
    members = abroad.askable().filter(case=case)
    assert len(done) == 1 + len(members) and all(job.state == "done" for job in done)
    for member in members:
        assert member.last_outcome == "ok" and member.confirmed_at
        dossier = office.office.opd.dossier(member.application_number)
        assert sorted(row.original_id for row in member.documents.all()) == sorted(
            entry.original_id for entry in dossier.entries()
        )
    case.refresh_from_db()
    assert (
        case.family_list.last_outcome == "ok"
        and not case.family.get(identity=f"JP.{case.application_number}.A").documents.exists()
    )


def test_the_same_replies_again_change_nothing_but_their_freshness(office, case):
    work()
    before = everything()
    office.advance(days=7)
    kept = Snapshot.objects.count()
    told: list = []
    done = work(told)
    assert len(done) > 1 and all(job.state == "done" for job in done)
    assert (everything(), told, Snapshot.objects.count()) == (before, [], kept)
    assert all(one.confirmed_at == one.asked_at for one in abroad.askable())
    assert CaseFamily.objects.get().confirmed_at > clock.now() - timedelta(minutes=5)


def everything() -> list:
    members = FamilyMember.objects.order_by("pk").values(
        "identity", "publications", "registrations", "vanished_at"
    )
    documents = ForeignDocument.objects.order_by("pk").values()
    return [
        *members,
        *documents,
        *RefreshJob.objects.exclude(purpose="family").values(),
        *News.objects.values(),
    ]


def test_within_the_week_nobody_is_asked_twice(office, case):
    work()
    office.advance(days=3)
    assert abroad.plan_family(clock.now()) == 0
    office.advance(days=4)
    assert abroad.plan_family(clock.now()) > 1
    assert abroad.plan_family(clock.now()) == 0


def test_the_first_reading_tells_nobody(office, case):
    told: list = []
    work(told)
    assert ForeignDocument.objects.filter(side="office").exists()
    assert told == [] and not News.objects.exists()


def test_a_new_act_of_an_office_abroad_is_told_once_for_all_that_came(office, case):
    work()
    us = abroad.askable().exclude(documents=None).first()
    us.documents.all().delete()  # as if they had come since
    us.snapshots.all().delete()
    office.advance(days=7)
    told: list = []
    work(told)
    (news,) = told
    assert news.kind == News.Kind.FAMILY and news.case == case
    assert news.detail["members"] == [us.identity]
    told_of = us.documents.exclude(side="applicant")
    assert news.detail["count"] == told_of.count() > 0
    assert {act["title"] for act in news.detail["acts"]} <= {
        row.title_translated or row.title for row in told_of
    }
    office.advance(days=7)
    work(told)
    assert told == [news]


def test_what_our_own_side_filed_abroad_is_no_news(office, case):
    work()
    ForeignDocument.objects.filter(side="applicant").delete()
    Snapshot.objects.all().delete()
    office.advance(days=7)
    told: list = []
    work(told)
    assert ForeignDocument.objects.filter(side="applicant").exists() and told == []


def test_a_member_that_appears_is_told_and_its_documents_are_asked_for(office, case):
    work()
    gone = abroad.askable().order_by("pk").first()
    number = gone.application_number
    gone.delete()
    Snapshot.objects.filter(member=None).delete()
    office.advance(days=7)
    told: list = []
    work(told)
    assert [news.detail["members"] for news in told] == [[number]]
    assert abroad.askable().get(application_number=number).documents.exists()


def test_a_member_that_vanishes_is_kept_and_put_before_a_person(office, case, alice):
    work()
    ghost = case.family.create(
        office="US", identity="US.201999999999.A", application_number="US.201999999999.A"
    )
    Snapshot.objects.filter(member=None).delete()
    office.advance(days=7)
    work()
    ghost.refresh_from_db()
    task = case.reviews.get(kind="family_vanished")
    assert ghost.vanished_at and task.closed_at is None and "US.201999999999.A" in task.detail_en
    case.refresh_from_db()
    assert case.open_reviews >= 1


def test_a_document_that_vanishes_or_moves_asks_for_a_look_at_the_entered_limits(office, case):
    work()
    act = ForeignDocument.objects.filter(side="office").first()
    act.member.snapshots.all().delete()
    ForeignDocument.objects.filter(pk=act.pk).update(legal_date="2020-01-01")
    office.advance(days=7)
    work()
    task = case.reviews.get(kind="family_documents")
    assert task.closed_at is None and act.member.identity in task.detail_en
    act.refresh_from_db()
    assert act.legal_date.isoformat() != "2020-01-01"


@pytest.mark.parametrize("kind", ["999", "303", "drop"])
def test_a_question_in_vain_confirms_nothing_and_is_put_again(office, case, kind):
    work()
    before = {one.pk: one.confirmed_at for one in abroad.askable()}
    office.advance(days=7)
    office.fault(kind, match="opdapi", times=None)
    work()
    assert {one.pk: one.confirmed_at for one in abroad.askable()} == before
    waiting = RefreshJob.objects.filter(state="waiting", purpose="family")
    assert waiting.exists() and set(circuit.paused(clock.now())) == {"opd"}
    asked = abroad.askable().exclude(last_outcome="ok").first() or CaseFamily.objects.get()
    assert asked.last_outcome in ("down", "timeout", "busy")
    case.refresh_from_db()
    assert case.last_outcome != asked.last_outcome  # the case at home is another question


@pytest.mark.parametrize("kind", ["garbage", "xml_entities", "xml_deep"])
def test_an_answer_that_cannot_be_read_is_shown_and_loses_nothing(office, case, kind):
    work()
    before = everything()
    office.advance(days=7)
    office.fault(kind, match="global_doc_list", times=None)
    work()
    assert everything() == before
    assert not abroad.askable().filter(last_outcome="ok").exists()
    assert case.reviews.filter(kind="family_not_read", closed_at=None).count() == abroad.askable().count()
    office.clear_faults()
    office.advance(days=7)
    work()
    assert abroad.askable().exclude(last_outcome="ok").count() == 0
    assert not case.reviews.filter(kind="family_not_read", closed_at=None).exists()


def test_a_case_without_a_family_is_confirmed_to_have_none(office):
    case = watched("2020999999")
    work()
    assert case.family_list.last_outcome == "empty" and case.family_list.confirmed_at
    assert not case.family.exists()


def test_the_calls_of_people_are_kept_and_the_round_waits_for_tomorrow(office, case, settings):
    settings.JPO_DAILY_LIMITS = {"opd/global_doc_list": 2}
    asking._client.cache_clear()
    work()
    members = abroad.askable().count()
    listed = OfficeCall.objects.filter(endpoint="opd/global_doc_list")
    assert members >= 2 and listed.count() == 1  # of two a day one is kept for people
    office.advance(days=1)
    work()
    assert listed.count() == 2


def test_a_full_minute_holds_up_the_round_and_nothing_else(office, case, settings):
    settings.JPO_OPD_PER_MINUTE = 2
    done = work()
    assert [job.outcome for job in done] == ["ok", "minute_limit"]
    waiting = RefreshJob.objects.filter(state="waiting", purpose="family")
    assert waiting.count() >= 2 and len({one.not_before for one in waiting}) == 1
    assert all(one.attempts == 0 for one in waiting)
    assert OfficeCall.objects.filter(endpoint__startswith="opd/").count() == 1


def test_a_person_who_asks_for_a_large_family_keeps_nobody_at_home_waiting(
    office, case, alice, settings, monkeypatch
):
    work()
    settings.JPO_OPD_PER_MINUTE = 1
    monkeypatch.setattr(asking, "MOST_WAIT", 90.0)
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail(f"slept for {seconds} s"))
    asking._client.cache_clear()
    assert abroad.request_family(case, by=alice) >= 3
    home = RefreshJob.objects.create(case=case, key="home", purpose="daily", rank=100)
    for _ in range(20):
        job = jobs.claim()
        if job == home:
            break
        run(job, tell=lambda news: None, release=lambda case: None)
    assert job == home
    family = RefreshJob.objects.filter(requested_by=alice, state="waiting")
    assert family.exists() and {one.outcome for one in family} == {"minute_limit"}


def test_an_open_time_limit_goes_before_a_quiet_case_and_a_dead_one_comes_last(office, sight, db):
    today = clock.office_today()
    dead = watched("2020000001", stage="lapsed", next_due=today)
    quiet = watched("2020000002")
    secret = watched("2020000003", publication_number="")
    urgent = watched("2020000004", next_due=today)
    strange = watched("1999000005", next_due=today)
    watched("2020000006", confirmed_at=None)
    watched("2020000007", law="design")
    abroad.plan_family(clock.now())
    orders = RefreshJob.objects.order_by("pk").values_list("case", flat=True)
    assert list(orders) == [urgent.pk, quiet.pk, secret.pk, dead.pk] and strange.pk not in orders


def test_an_application_in_several_families_is_asked_about_once_and_read_for_all(office, case):
    work()
    us = abroad.askable().first()
    twin_case = watched("2020000011")
    CaseFamily.objects.create(case=twin_case, asked_at=clock.now() + timedelta(days=7))
    twin = twin_case.family.create(
        office=us.office, identity=us.identity, application_number=us.application_number
    )
    office.advance(days=7)
    before = OfficeCall.objects.filter(argument=us.application_number).count()
    work()
    assert OfficeCall.objects.filter(argument=us.application_number).count() == before + 1
    twin.refresh_from_db()
    assert twin.last_outcome == "ok" and twin.documents.count() == us.documents.count() > 0


def test_an_order_given_up_leaves_the_case_at_home_alone(office, case):
    abroad.plan_family(clock.now())
    RefreshJob.objects.update(attempts=jobs.MOST_ATTEMPTS)
    assert jobs.claim() is None
    case.refresh_from_db()
    assert case.last_outcome == "" and not case.reviews.filter(kind="gave_up").exists()
    assert case.family_list.last_outcome == "gave_up" and case.family_list.confirmed_at is None


def test_a_person_who_asks_is_served_first_and_may_use_what_is_kept_for_people(office, case, alice, settings):
    settings.JPO_DAILY_LIMITS = {"opd/family_list": 2}
    asking._client.cache_clear()
    abroad.plan_family(clock.now())
    assert abroad.request_family(case, by=alice) == 1
    job = jobs.claim()
    assert (job.rank, job.requested_by) == (jobs.RANK_PERSON, alice)
    run(job, tell=lambda news: None, release=lambda case: None)
    assert OfficeCall.objects.get().purpose == "person"
    members = RefreshJob.objects.filter(state="waiting", purpose="family")
    assert members.exists() and all(one.requested_by == alice for one in members)


def test_a_refresh_at_home_does_not_swallow_the_question_abroad(office, case, alice):
    abroad.plan_family(clock.now())
    jobs.request_refresh(case, by=alice)
    assert sorted(RefreshJob.objects.values_list("purpose", flat=True)) == ["family", "person"]


def test_without_credentials_or_without_the_dossier_no_order_is_made(office, case, settings):
    settings.JPO_OPD_PER_MINUTE = 0
    assert abroad.plan_family(clock.now()) == 0
    settings.JPO_OPD_PER_MINUTE, settings.FAMILY_ROUND = 5, False
    assert abroad.plan_family(clock.now()) == 0 and abroad.promise().lists is None
    settings.FAMILY_ROUND, settings.JPO_USERNAME = True, ""
    assert abroad.plan_family(clock.now()) == 0
    assert not RefreshJob.objects.exists()


def test_the_promise_grows_with_the_families(office, case, settings):
    assert abroad.promise() == abroad.Promise(7, 7)
    settings.JPO_DAILY_LIMITS = {"opd/global_doc_list": 2}
    for n in range(40):
        case.family.create(office="US", identity=f"US.{n}.A", application_number=f"US.{n}.A")
    assert abroad.promise().documents == 40
    settings.JPO_OPD_PER_MINUTE = 0
    assert abroad.promise() == abroad.Promise(None, None)


def test_an_id_without_the_right_to_the_dossier_is_still_good_for_the_cases_at_home(office, case):
    office.fault("210", match="opdapi", times=None)
    work()
    assert case.family_list.last_outcome == "auth" and case.family_list.confirmed_at is None
    paused = circuit.paused(clock.now())
    assert set(paused) == {"opd"} and paused["opd"].outcome == "auth"
    before = OfficeCall.objects.filter(endpoint__startswith="opd/").count()
    while job := jobs.claim(without=circuit.paused(clock.now())):
        run(job, tell=lambda news: None, release=lambda case: None)
    assert OfficeCall.objects.filter(endpoint__startswith="opd/").count() == before
    RefreshJob.objects.create(case=case, key="daily:1", purpose="daily", created_at=clock.now())
    run(jobs.claim(without=circuit.paused(clock.now())), tell=lambda news: None, release=lambda case: None)
    case.refresh_from_db()
    assert case.last_outcome == "ok"


def test_an_order_that_meets_a_pause_waits_for_its_end_and_uses_up_no_try(office, case):
    work()
    office.advance(days=7)
    office.fault("999", match="opdapi", times=None)
    work()
    job = jobs.claim()  # by a worker that did not look
    run(job, tell=lambda news: None, release=lambda case: None)
    job.refresh_from_db()
    assert job.state == "waiting" and job.not_before > clock.now() and job.attempts == 0
    office.clear_faults()
    office.advance(days=1)
    work()
    assert not RefreshJob.objects.filter(state="waiting").exists()
    assert not abroad.askable().exclude(last_outcome="ok").exists()


def test_a_worker_that_died_over_the_answer_loses_nothing_and_takes_nothing_in_twice(office, case):
    class Killed(BaseException):
        pass

    work()
    us = abroad.askable().exclude(documents=None).first()
    us.documents.filter(side="office").delete()
    us.snapshots.all().delete()
    office.advance(days=7)
    told: list = []

    def dies(news: list) -> None:
        told.extend(news)
        raise Killed

    with pytest.raises(Killed):
        abroad.plan_family(clock.now())
        while job := jobs.claim():
            run(job, tell=dies if job.member == us else told.extend, release=lambda case: None)
    assert told and not News.objects.exists() and not us.documents.filter(side="office").exists()
    RefreshJob.objects.update(lease_until=None)  # its lease has run out
    told.clear()
    work(told)
    assert News.objects.count() == len(told) == 1 and us.documents.filter(side="office").exists()
