"""The plan of an office day as orders: what is asked, in which order, and when the plan is made anew."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apiclient.clock import JST
from dossiers.models import Case, DayPlan, QuotaDay, RefreshJob
from dossiers.refresh import freshness, jobs
from dossiers.refresh.case_views import IN_PART, budgets
from dossiers.refresh.plan import REVISED_AT_MOST_EVERY, _plan, plan_day
from dossiers.refresh.planner import Reason, reason_words
from dossiers.refresh.run import run
from tests import make

MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=JST)  # a Wednesday
TODAY = MORNING.date()
LATER = MORNING + REVISED_AT_MOST_EVERY
STATUS = ("patent/app_progress", "patent/app_progress_simple")


class Clock:
    """The application's clock, set by the test."""

    def __init__(self) -> None:
        self.now = MORNING


@pytest.fixture(autouse=True)
def clock(db, monkeypatch) -> Clock:
    held = Clock()
    monkeypatch.setattr("dossiers.clock.now", lambda: held.now)
    return held


@pytest.fixture
def twenty_a_day(settings):
    """Ten calls for the plan by each status, and none for a part of a case."""
    settings.JPO_DAILY_LIMITS = {
        **dict.fromkeys(STATUS, 25),
        **{f"patent/{name}": 0 for name in IN_PART},
    }


def examined(n: int, months: int = 9, days: int = 3, **fields) -> Case:
    """A patent whose examination was requested so many months ago, last confirmed so many days ago."""
    at = MORNING - timedelta(days)
    fields = {"confirmed_at": at, "asked_at": at, "last_outcome": "ok", "added_at": at, **fields}
    case = make.case(f"2024{n:06d}", filing_date=TODAY - timedelta(30 * months + 60), **fields)
    make.event(case, "A621", TODAY - timedelta(30 * months))
    return case


def never_asked(numbers: range, **fields) -> list[Case]:
    return [make.case(f"2025{n:06d}", added_at=MORNING, **fields) for n in numbers]


def daily() -> list[RefreshJob]:
    """The plan's orders in the order in which they are worked on."""
    return list(RefreshJob.objects.filter(purpose="daily", state="waiting").order_by("rank"))


def spent(bucket: str, used: int, **fields) -> None:
    QuotaDay.objects.update_or_create(
        credential="c", bucket=bucket, day=TODAY, defaults={"used": used, **fields}
    )


# --- what a plan makes ------------------------------------------------------------------------------------


def test_an_order_says_by_which_counter_why_and_for_which_day():
    case = examined(1)
    assert plan_day(MORNING) == 1
    order = daily()[0]
    assert (order.case, order.planned_for, order.bucket in STATUS) == (case, TODAY, True)
    order.refresh_from_db()  # as it is stored
    reason = Reason(order.reason_code, order.reason_values)
    assert reason_words(reason, "en").startswith(
        "Not asked for 3 days, and every case like it is asked within 1 day;"
    )
    assert reason_words(reason, "ja").startswith("3日間照会していない。同種の案件は1日以内に必ず照会する。")


@pytest.mark.parametrize("code", ["person", "added"])
def test_what_people_order_has_its_sentence_too(code, alice):
    case = examined(1)
    order = jobs.request_refresh(case, by=alice)
    jobs.order_added([examined(2)], by=alice)
    order = RefreshJob.objects.get(reason_code=code)
    words = [reason_words(Reason(order.reason_code, order.reason_values), lang) for lang in ("en", "ja")]
    assert code not in words[0].split() or code == "added"
    assert words[0].endswith(".") and words[1].endswith("。") and "{" not in "".join(words)


def test_orders_are_worked_on_as_planned_after_people_and_cases_just_added(twenty_a_day, alice):
    fresh, due = examined(1, months=1), examined(2, months=9)
    long_ago = examined(3, days=30)
    plan_day(MORNING)
    jobs.order_added(never_asked(range(1)), by=alice)
    jobs.request_refresh(fresh, by=alice)
    claimed = [jobs.claim() for _ in range(4)]
    assert [one.purpose for one in claimed] == ["person", "added", "daily", "daily"]
    assert [one.case for one in claimed[2:]] == [long_ago, due]


def test_a_case_that_has_an_order_gets_no_second_one(alice):
    jobs.request_refresh(examined(1), by=alice)
    assert plan_day(MORNING) == 0


def test_a_person_who_asks_gets_the_whole_history_of_a_case_planned_for_a_part(alice):
    case = examined(1)
    RefreshJob.objects.create(
        case=case, key="daily", purpose="daily", rank=150, bucket="patent/registration_info",
        reason_code="registered", reason_values={"asked": "2026-01-01"}, planned_for=TODAY,
    )  # fmt: skip
    order = jobs.request_refresh(case, by=alice)
    order.refresh_from_db()
    assert (order.bucket, order.rank, order.reason_code, order.reason_values) == ("", 0, "person", {})


def test_the_day_says_what_it_has_and_what_it_promises(twenty_a_day):
    for n in range(50):
        examined(n)
    plan_day(MORNING)
    plan = DayPlan.objects.get()
    assert (plan.day, plan.revisions, plan.sweep_days) == (TODAY, 0, 2.5)
    told = {row["bucket"]: row for row in plan.budgets}
    assert told[STATUS[0]] == {"bucket": STATUS[0], "calls": 10, "daily": 10, "planned": 10}
    assert plan.left_out == 30
    promised = {(row["law"], row["class"]): row["days"] for row in plan.promises}
    assert promised["patent", "live"] == 10 and len(promised) == 15
    assert plan.first_round == {"waiting": 0, "done": 0, "until": None}


def test_without_calls_the_day_is_planned_all_the_same_and_says_so(settings):
    settings.JPO_DAILY_LIMITS = {
        f"patent/{name}": 0 for name in ("app_progress", "app_progress_simple", *IN_PART)
    }
    examined(1)
    assert plan_day(MORNING) == 0
    plan = DayPlan.objects.get()
    assert (plan.left_out, plan.sweep_days) == (1, None)
    assert not [row for row in plan.promises if row["law"] == "patent"]


def test_nothing_is_planned_before_the_hour(settings):
    examined(1)
    assert plan_day(MORNING.replace(hour=settings.REFRESH_FROM_HOUR - 1)) == 0
    assert not DayPlan.objects.exists()


@pytest.mark.parametrize(
    ("fields", "documents"),
    [
        ({"filing_date": None}, []),
        ({"filing_date": date(9999, 12, 31)}, [("A131", date(9999, 12, 31))]),
        ({"filing_date": date(1, 1, 1), "registration_date": date(2, 1, 1)}, [("A63", date(1, 1, 1))]),
        ({"confirmed_at": MORNING + timedelta(400), "asked_at": MORNING + timedelta(400)}, []),
        ({"confirmed_at": None, "asked_at": None, "added_at": MORNING + timedelta(9)}, []),
        ({"expire_date": date(2020, 1, 1)}, [("A621", TODAY), ("A621", date(2019, 1, 1)), ("A131", None)]),
        ({"next_due": date(1, 1, 1)}, [("A01", TODAY), ("A02", TODAY), ("A131", TODAY), ("A761", TODAY)]),
        ({"next_due": date(9999, 12, 31), "last_outcome": "what is this"}, [("A" * 12, TODAY)]),
    ],
)
def test_whatever_a_case_says_of_itself_it_is_planned_among_the_others(fields, documents):
    fields = {"confirmed_at": MORNING - timedelta(90), "asked_at": MORNING - timedelta(90), **fields}
    odd, sound = make.case("2019000001", **fields), examined(1)
    for n, (code, day) in enumerate(documents):
        make.event(odd, code, day, key=str(n))
    assert plan_day(MORNING) == 2
    assert {order.case_id for order in daily()} == {odd.pk, sound.pk}
    odd.refresh_from_db()
    assert odd.plan_class


def test_a_case_asked_in_vain_is_asked_on_from_day_to_day_less_often(clock):
    (case,) = never_asked(range(1))
    asked = []
    for n in range(40):
        clock.now = MORNING + timedelta(n)
        plan_day(clock.now)
        for order in daily():
            asked.append(n)
            jobs.finish(order, ok=False, outcome="empty")
            jobs.asked_in_vain(case, "empty")
    assert asked == [0, 1, 2, 4, 8, 16, 32]
    assert RefreshJob.objects.last().reason_code == "vain"


# --- when it stands and when it is made anew --------------------------------------------------------------


def test_a_plan_stands_while_nothing_changes_and_looking_costs_the_same_at_any_size():
    def cost(at: datetime) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert plan_day(at) == 0
        return len(queries)

    examined(1)
    plan_day(MORNING)
    few = cost(MORNING + timedelta(minutes=1)), cost(LATER)
    for n in range(2, 40):
        examined(n)
    plan_day(MORNING + timedelta(1))
    assert (cost(MORNING + timedelta(1, minutes=1)), cost(LATER + timedelta(1))) == few
    assert few[0] <= 2 and few[1] <= 7


def test_orders_carried_out_leave_the_plan_as_it_is(twenty_a_day):
    for n in range(50):
        examined(n)
    plan_day(MORNING)
    for order in daily()[:8]:
        jobs.finish(order, ok=True, outcome="ok")
        spent(order.bucket, RefreshJob.objects.filter(bucket=order.bucket, state="done").count())
        Case.objects.filter(pk=order.case_id).update(confirmed_at=LATER, asked_at=LATER)
    assert plan_day(LATER) == 0


def test_calls_that_others_use_up_are_planned_no_more(twenty_a_day):
    """A second installation with the same ID, or a limit that drops in the middle of the day."""
    cases = [examined(n, days=1 + n % 9) for n in range(50)]
    plan_day(MORNING)
    first = [order.case_id for order in daily()]
    spent(STATUS[0], 25, elsewhere=25)
    assert plan_day(MORNING + timedelta(minutes=9)) == 0  # not at every word of the office
    assert plan_day(LATER) == 10
    assert len(first) == 20 and [order.case_id for order in daily()] == first[:10]
    assert {order.bucket for order in daily()} == {STATUS[1]}
    plan = DayPlan.objects.get()
    assert (plan.revisions, plan.left_out) == (1, len(cases) - 10)
    assert plan_day(LATER + REVISED_AT_MOST_EVERY) == 0


def test_a_limit_that_the_office_says_is_reached_stops_its_counter_alone(twenty_a_day):
    for n in range(50):
        examined(n)
    plan_day(MORNING)
    spent(STATUS[0], 3, exhausted=True)
    assert plan_day(LATER) == 10
    assert {order.bucket for order in daily()} == {STATUS[1]}


def test_what_is_kept_for_people_is_planned_when_it_is_let_go(twenty_a_day):
    for n in range(50):
        examined(n)
    plan_day(MORNING)
    late = MORNING.replace(hour=23, minute=50)
    assert len(daily()) == 20 and plan_day(late) == 28
    assert len({order.case_id for order in daily()}) == 28


def test_orders_begun_or_claimed_or_of_people_outlive_a_new_plan(twenty_a_day, alice):
    for n in range(30):
        examined(n)
    plan_day(MORNING)
    jobs.request_refresh(daily()[0].case, by=alice)
    claimed, begun, read = daily()[:3]
    RefreshJob.objects.filter(pk=claimed.pk).update(
        lease_until=timezone.now() + timedelta(minutes=4), attempts=1
    )
    RefreshJob.objects.filter(pk=begun.pk).update(attempts=2, not_before=LATER)
    RefreshJob.objects.filter(pk=read.pk).update(steps=[{"endpoint": "app_progress", "outcome": "ok"}])
    for bucket in STATUS:
        spent(bucket, 25, elsewhere=25)
    assert plan_day(LATER) == 0
    assert {order.pk for order in daily()} == {claimed.pk, begun.pk, read.pk}
    assert RefreshJob.objects.filter(purpose="person", state="waiting").count() == 1


def test_a_clock_set_back_over_the_last_plan_does_not_stop_the_next(twenty_a_day):
    for n in range(50):
        examined(n)
    plan_day(MORNING)
    spent(STATUS[0], 25, elsewhere=25)
    assert plan_day(MORNING - timedelta(hours=3)) == 10


@pytest.mark.django_db(transaction=True)
def test_several_who_plan_at_once_make_one_plan(twenty_a_day):
    for n in range(40):
        examined(n)

    def work() -> None:
        try:
            plan_day(MORNING)
        finally:
            connections.close_all()

    for _ in range(2):  # the second time it is made anew
        together = [Thread(target=work) for _ in range(3)]
        for one in together:
            one.start()
        for one in together:
            one.join()
        assert len(daily()) == len({order.case_id for order in daily()}) == 20
        DayPlan.objects.update(revised_at=MORNING - timedelta(hours=1), basis={"slack": {"patent": 99}})
    assert DayPlan.objects.get().revisions <= 1


def test_whoever_has_planned_from_what_another_has_replaced_meanwhile_writes_nothing(twenty_a_day):
    for n in range(40):
        examined(n)
    assert _plan(MORNING, TODAY, None) == 20
    assert _plan(MORNING, TODAY, None) == 0  # begun when there was no plan yet
    first = DayPlan.objects.get()
    assert _plan(LATER, TODAY, first) == 20
    assert _plan(LATER, TODAY, first) == 0
    assert DayPlan.objects.get().revisions == 1 and len(daily()) == 20


# --- from one day to the next -----------------------------------------------------------------------------


def test_what_a_day_has_not_reached_is_not_begun_at_night_and_planned_anew_by_its_worth(twenty_a_day, clock):
    for n in range(50):
        examined(n, days=2 + n % 9)
    plan_day(MORNING)
    left = [order.case_id for order in daily()]
    clock.now = MORNING.replace(hour=0) + timedelta(1, minutes=2)
    assert jobs.claim() is None
    assert plan_day(clock.now) == 0 and daily() == []
    assert DayPlan.objects.get().basis["not_reached"] == 20
    clock.now = MORNING + timedelta(1)
    assert plan_day(clock.now) == 20
    assert {order.planned_for for order in daily()} == {clock.now.date()}
    assert set(left) == {order.case_id for order in daily()}  # they have waited longest
    assert RefreshJob.objects.count() == 20


def test_an_order_begun_before_midnight_is_brought_to_its_end_and_not_planned_twice(twenty_a_day, clock):
    examined(1)
    plan_day(MORNING)
    RefreshJob.objects.update(steps=[{"endpoint": "app_progress", "outcome": "ok"}])
    clock.now = MORNING.replace(hour=0) + timedelta(1, minutes=2)
    plan_day(clock.now)
    assert plan_day(MORNING + timedelta(1)) == 0
    assert jobs.claim().case.application_number == "2024000001"


def test_a_case_that_comes_into_the_last_week_of_its_limit_is_asked_that_day_and_never_late(
    twenty_a_day, clock
):
    for n in range(100):
        examined(n, days=5)
    case = examined(900, days=5, next_due=TODAY + timedelta(8), stage="response_due")
    plan_day(MORNING)
    classes = []
    for n in range(1, 4):
        RefreshJob.objects.filter(state="waiting").exclude(case=case).delete()
        RefreshJob.objects.filter(case=case, planned_for__lt=MORNING.date() + timedelta(n)).delete()
        clock.now = MORNING + timedelta(n)
        plan_day(clock.now)
        case.refresh_from_db()
        classes.append(case.plan_class)
        assert case not in Case.objects.filter(freshness.promise(clock.now).broken(clock.now.date()))
        assert daily()[0].case == case and daily()[0].reason_code == "limit"
        Case.objects.filter(pk=case.pk).update(confirmed_at=clock.now)
    assert classes == ["due", "hot", "hot"]


# --- cases just added -------------------------------------------------------------------------------------


def test_a_few_cases_are_asked_at_once_and_many_by_what_each_is_worth(twenty_a_day, alice):
    for n in range(50):
        examined(n, days=2)
    plan_day(MORNING)
    due = [examined(n, days=10) for n in range(90, 95)]  # the day before their promise of eleven
    assert jobs.order_added(never_asked(range(2)), by=alice) == 2
    assert plan_day(LATER) == 0  # they have their orders
    old = never_asked(range(100, 150), filing_date=date(1995, 1, 1))
    likely = never_asked(range(200, 208), filing_date=TODAY - timedelta(365 * 3 + 270))
    assert jobs.order_added([*old, *likely], by=alice) == 0
    assert plan_day(LATER) == 18  # but for the two that wait
    chosen = [order.case_id for order in daily()]
    assert {case.pk for case in likely} <= set(chosen)
    assert {case.pk for case in due} == set(chosen[:5])  # what was promised goes before
    told = DayPlan.objects.get().first_round
    assert told["waiting"] == 60 and told["until"] == (TODAY + timedelta(6)).isoformat()


def test_a_case_added_while_the_day_was_being_planned_is_planned_ten_minutes_later():
    """It came after the docket was read, or its number was taken before that and it was stored after."""
    make.case("2024000002", pk=200, added_at=MORNING)
    assert plan_day(MORNING) == 1
    make.case("2024000001", pk=100, added_at=MORNING)
    assert plan_day(LATER) == 2
    assert {order.case_id for order in daily()} == {100, 200}


def test_many_small_additions_are_no_way_around_the_plan(alice):
    for start in range(0, 60, 20):
        jobs.order_added(never_asked(range(start, start + 20)), by=alice)
    assert RefreshJob.objects.filter(purpose="added").count() == 40
    assert plan_day(MORNING) == 20


# --- parts of a case --------------------------------------------------------------------------------------


def test_what_the_whole_histories_cannot_reach_is_asked_in_part(settings):
    settings.JPO_DAILY_LIMITS = {
        **dict.fromkeys(STATUS, 25),
        "patent/app_doc_cont_refusal_reason": 20,
        "patent/app_doc_cont_refusal_reason_decision": 0,
        "patent/registration_info": 20,
    }
    for n in range(50):
        examined(n)
    registered = make.case(
        registration_date=date(2024, 1, 1), confirmed_at=MORNING - timedelta(60), last_outcome="ok"
    )
    plan_day(MORNING)
    given = {one.bucket: one.calls for one in budgets(MORNING)}
    found: dict[str, list[RefreshJob]] = {}
    for order in daily():
        found.setdefault(order.bucket, []).append(order)
    notices = found["patent/app_doc_cont_refusal_reason"]
    assert len(notices) == given["patent/app_doc_cont_refusal_reason"] > 0
    assert [order.case for order in found["patent/registration_info"]] == [registered]
    assert len({order.case_id for order in daily()}) == len(daily())


# --- with the office --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_first_round_ends_by_the_day_it_was_promised_and_no_promise_is_broken_on_the_way(office, settings):
    settings.JPO_DAILY_LIMITS = dict.fromkeys(STATUS, 25)
    sights = office.cases("patent", limit=45)
    for sight in sights:
        make.case(sight.case.number, title="", filing_date=None, added_at=office.now())
    promised = None
    for _ in range(8):
        now = office.now()
        plan_day(now)
        told = freshness.first_round(now)
        promised = promised or told.until
        assert not Case.objects.filter(freshness.promise(now).broken(office.today())).exists()
        while order := jobs.claim():
            run(order, tell=lambda news: None, release=lambda case: None)
        if not Case.objects.filter(asked_at=None).exists():
            break
        office.advance(days=1)
    assert office.today() <= promised == TODAY - timedelta(1) + timedelta(5)
    orders = RefreshJob.objects.filter(purpose="daily")
    assert not orders.exclude(state="done").exists()
    for bucket in STATUS:
        days = orders.filter(bucket=bucket).values_list("planned_for", flat=True)
        assert max(Counter(days).values()) <= 10


@pytest.mark.parametrize("purpose_code", ["person", "added", "family", "hot", "daily"])
def test_every_reason_that_an_order_can_have_is_a_sentence_in_both_languages(purpose_code):
    for language in ("en", "ja"):
        words = reason_words(Reason(purpose_code, {}), language)
        assert words.rstrip(".。").casefold() != purpose_code
