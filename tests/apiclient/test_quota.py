"""The office's limits hold whatever the mixture of people, night work, threads, crashes and midnights."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.clock import JST, office_day
from apiclient.quota import (
    Bucket,
    DailyLimitReached,
    DayCount,
    DayRule,
    MemoryLedger,
    MinuteLimitReached,
    Policy,
    Purpose,
    counter_is_of_the_day,
    left_today,
    may_reserve_today,
    minute_retry_at,
    next_chance,
    reserve_at,
    settle_today,
)

PERSON, BACKGROUND = Purpose.PERSON, Purpose.BACKGROUND
PROGRESS = Bucket("id-1", "patent/app_progress")
CITED = Bucket("id-1", "patent/cite_doc_info")
NOON = datetime(2026, 5, 7, 12, tzinfo=JST)


def ledger(limit=100, reserve=0, **buckets):
    rules = {"patent/app_progress": DayRule(limit, reserve), "patent/cite_doc_info": DayRule(limit, reserve)}
    return MemoryLedger(Policy(rules))


def settle(book, reservation, now=None, *, counted=True, remaining=None, exhausted=False):
    book.settle(
        reservation, counted=counted, remaining=remaining, exhausted=exhausted, now=now or reservation.at
    )


def spend(book, count, start=NOON, purpose=PERSON, bucket=PROGRESS):
    """`count` calls, seven seconds apart; the instant after them."""
    for _ in range(count):
        settle(book, book.reserve(bucket, purpose, start))
        start += timedelta(seconds=7)
    return start


# --- the day


def test_the_day_ends_at_the_limit_and_starts_again_at_midnight_in_japan():
    book = ledger(limit=12)
    after = spend(book, 12)
    with pytest.raises(DailyLimitReached) as reached:
        book.reserve(PROGRESS, PERSON, after)
    assert reached.value.until == datetime(2026, 5, 8, tzinfo=JST)
    assert reached.value.bucket == PROGRESS
    book.reserve(PROGRESS, PERSON, reached.value.until)


def test_midnight_in_japan_is_not_midnight_in_utc():
    book = ledger(limit=1)
    spend(book, 1, datetime(2026, 5, 7, 14, 59, tzinfo=UTC))
    with pytest.raises(DailyLimitReached):
        book.reserve(PROGRESS, PERSON, datetime(2026, 5, 7, 14, 59, 30, tzinfo=UTC))
    book.reserve(PROGRESS, PERSON, datetime(2026, 5, 7, 15, 0, 30, tzinfo=UTC))


def test_one_bucket_at_its_limit_does_not_stop_another():
    book = ledger()
    settle(book, book.reserve(PROGRESS, PERSON, NOON), exhausted=True)
    with pytest.raises(DailyLimitReached):
        book.reserve(PROGRESS, PERSON, NOON)
    book.reserve(CITED, PERSON, NOON)


def test_background_work_leaves_the_reserve_to_people():
    book = ledger(limit=10, reserve=3)
    after = spend(book, 7, purpose=BACKGROUND)
    with pytest.raises(DailyLimitReached):
        book.reserve(PROGRESS, BACKGROUND, after)
    spend(book, 3, after, PERSON)
    assert book.usage(PROGRESS, after).left == 0


def test_the_reserve_is_let_go_before_midnight():
    rule = DayRule(100, 20)
    at = [
        reserve_at(rule, datetime(2026, 5, 7, *clock, tzinfo=JST)) for clock in [(0,), (22,), (23,), (23, 59)]
    ]
    assert at == [20, 20, 10, 1]


@given(
    limit=st.integers(1, 900),
    reserve=st.integers(0, 40),
    used=st.integers(0, 900),
    minutes=st.integers(0, 24 * 60 - 1),
)
def test_a_refused_background_call_is_told_a_time_at_which_it_may_go(limit, reserve, used, minutes):
    rule, count = DayRule(limit, reserve), DayCount(used)
    now = datetime(2026, 5, 7, tzinfo=JST) + timedelta(minutes=minutes)
    if may_reserve_today(count, rule, BACKGROUND, now):
        return
    until = next_chance(count, rule, BACKGROUND, now)
    assert now < until <= datetime(2026, 5, 8, tzinfo=JST)
    same_day = office_day(until) == office_day(now)
    assert may_reserve_today(count if same_day else DayCount(), rule, BACKGROUND, until) or limit <= reserve


def test_the_offices_counter_lowers_what_is_left():
    book = ledger(limit=100)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=4)
    assert book.usage(PROGRESS, NOON).left == 4
    assert book.usage(PROGRESS, NOON).remaining_reported == 4


def test_the_offices_counter_does_not_know_of_calls_under_way():
    book = ledger(limit=100)
    answered = book.reserve(PROGRESS, PERSON, NOON)
    book.reserve(PROGRESS, PERSON, NOON)
    settle(book, answered, remaining=4)
    assert book.usage(PROGRESS, NOON).left == 3


def test_a_stale_higher_counter_gives_nothing_back():
    book = ledger(limit=100)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=4)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=90)
    assert book.usage(PROGRESS, NOON).left == 3
    assert book.usage(PROGRESS, NOON).remaining_reported == 4


def test_an_answer_from_the_edge_cache_is_neither_counted_nor_believed():
    book = ledger(limit=100)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), counted=False, remaining=4)
    assert book.usage(PROGRESS, NOON).left == 100


def test_a_zip_without_a_counter_is_counted_by_us():
    book = ledger(limit=100)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=None)
    assert book.usage(PROGRESS, NOON).left == 99


def test_a_killed_worker_stays_counted():
    book = ledger(limit=1)
    book.reserve(PROGRESS, PERSON, NOON)
    with pytest.raises(DailyLimitReached):
        book.reserve(PROGRESS, PERSON, NOON + timedelta(hours=3))


def test_a_reservation_is_settled_once():
    book = ledger()
    reservation = book.reserve(PROGRESS, PERSON, NOON)
    settle(book, reservation)
    with pytest.raises(ValueError, match="settled"):
        settle(book, reservation, counted=False)


def test_yesterdays_counter_arriving_after_midnight_does_not_stop_the_new_day():
    book = ledger(limit=100)
    before = datetime(2026, 5, 7, 23, 59, 59, tzinfo=JST)
    after = before + timedelta(seconds=2)
    settle(book, book.reserve(PROGRESS, PERSON, before), after, remaining=0, exhausted=True)
    assert book.usage(PROGRESS, after).left == 99, "the call may have been counted on either day"
    slow_clock = datetime(2026, 5, 8, 0, 0, 20, tzinfo=JST)
    settle(book, book.reserve(PROGRESS, PERSON, slow_clock), remaining=0, exhausted=True)
    assert book.usage(PROGRESS, slow_clock).left == 98
    at_last = datetime(2026, 5, 8, 0, 1, 1, tzinfo=JST)
    settle(book, book.reserve(PROGRESS, PERSON, at_last), remaining=0)
    assert book.usage(PROGRESS, at_last).left == 0


def test_a_counter_that_comes_after_midnight_may_be_of_either_day():
    last = datetime(2026, 5, 7, 23, 59, 59, tzinfo=JST)
    assert counter_is_of_the_day(last, last + timedelta(milliseconds=900))
    assert not counter_is_of_the_day(last, last + timedelta(seconds=1))


def test_an_unknown_bucket_is_an_error_not_a_guess():
    with pytest.raises(LookupError, match="no daily limit"):
        ledger().reserve(Bucket("id-1", "patent/unheard_of"), PERSON, NOON)


@given(
    reports=st.lists(st.tuples(st.booleans(), st.none() | st.integers(0, 120)), max_size=40),
    under_way=st.integers(0, 5),
)
def test_what_is_left_never_rises_by_a_report(reports, under_way):
    rule = DayRule(100)
    count = DayCount(used=len(reports) + under_way, in_flight=len(reports) + under_way)
    for counted, remaining in reports:
        before = left_today(count, rule)
        count = settle_today(count, rule, counted=counted, remaining=remaining, exhausted=False)
        assert left_today(count, rule) <= before + (not counted)
        if counted and remaining is not None:
            assert left_today(count, rule) <= remaining


# --- the minute


def test_ten_a_minute_of_which_two_are_kept_for_people():
    book = ledger()
    for _ in range(8):
        book.reserve(PROGRESS, BACKGROUND, NOON)
    with pytest.raises(MinuteLimitReached) as full:
        book.reserve(CITED, BACKGROUND, NOON)
    assert timedelta(seconds=60) < full.value.retry_at - NOON <= timedelta(seconds=62)
    book.reserve(CITED, PERSON, NOON)
    book.reserve(CITED, PERSON, NOON)
    with pytest.raises(MinuteLimitReached):
        book.reserve(CITED, PERSON, NOON)
    book.reserve(CITED, BACKGROUND, full.value.retry_at)


def test_another_credential_has_its_own_minute():
    book = ledger()
    for _ in range(10):
        book.reserve(PROGRESS, PERSON, NOON)
    book.reserve(Bucket("id-2", PROGRESS.name), PERSON, NOON)


def test_a_full_minute_costs_nothing_of_the_day():
    book = ledger()
    for _ in range(10):
        book.reserve(PROGRESS, PERSON, NOON)
    with pytest.raises(MinuteLimitReached):
        book.reserve(PROGRESS, PERSON, NOON)
    assert book.usage(PROGRESS, NOON).used == 10


@given(
    st.lists(st.tuples(st.floats(0, 20), st.sampled_from([PERSON, BACKGROUND])), min_size=20, max_size=120)
)
@settings(max_examples=60)
def test_never_more_than_ten_in_any_sixty_seconds(steps):
    book, now, sent = ledger(limit=1000), NOON, []
    for seconds, purpose in steps:
        now += timedelta(seconds=seconds)
        try:
            book.reserve(PROGRESS, purpose, now)
        except MinuteLimitReached as full:
            assert full.retry_at > now
            now = full.retry_at
            book.reserve(PROGRESS, purpose, now)
        sent.append(now)
    assert most_in_a_minute(sent) <= 10


@given(
    start=st.integers(0, 7200),
    steps=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 120)), min_size=10, max_size=80),
)
@settings(max_examples=60)
def test_across_midnight_the_office_never_counts_more_than_the_limit(start, steps):
    """Whether the office counts a call when sent or when answered, no day of it gets more than the limit."""
    limit = 15
    book = ledger(limit=limit)
    now = datetime(2026, 5, 7, 22, tzinfo=JST) + timedelta(seconds=start)
    counted_at_once, counted_late = {}, {}
    for gap, duration in steps:
        now += timedelta(seconds=gap + 7)
        try:
            reservation = book.reserve(PROGRESS, PERSON, now)
        except DailyLimitReached as reached:
            assert reached.until > now
            continue
        end = now + timedelta(seconds=duration)
        settle(book, reservation, end)
        for tally, at in ((counted_at_once, now), (counted_late, end)):
            tally[office_day(at)] = tally.get(office_day(at), 0) + 1
        now = end
    assert max([*counted_at_once.values(), *counted_late.values()]) <= limit


def test_room_is_found_at_the_time_that_was_named():
    calls = [NOON + timedelta(seconds=second) for second in range(10)]
    retry_at = minute_retry_at(calls, 10, NOON + timedelta(seconds=10))
    assert minute_retry_at(calls, 10, retry_at) is None
    assert minute_retry_at(calls, 10, retry_at - timedelta(milliseconds=1)) is not None


def most_in_a_minute(instants):
    ordered = sorted(instants)
    return max(sum(0 <= (b - a).total_seconds() <= 60 for b in ordered) for a in ordered)


# --- threads


@pytest.fixture
def restless_threads():
    """Threads that give way to each other as often as can be."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless_threads")
def test_threads_together_stay_below_every_limit():
    book, sent, lock = ledger(limit=60), [], threading.Lock()
    ticks = iter(range(10**6))

    def hammer(worker):
        for _ in range(150):
            with lock:
                now = NOON + timedelta(seconds=next(ticks) * 0.5)
            try:
                reservation = book.reserve(PROGRESS, PERSON if worker % 2 else BACKGROUND, now)
            except (DailyLimitReached, MinuteLimitReached):
                continue
            with lock:
                sent.append(now)
            settle(book, reservation)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hammer, range(8)))
    assert len(sent) == 60 == book.usage(PROGRESS, NOON).used
    assert most_in_a_minute(sent) <= 10


@pytest.mark.usefixtures("restless_threads")
def test_threads_at_one_instant_get_the_days_calls_and_no_more():
    rules = Policy({PROGRESS.name: DayRule(300)}, per_minute={"domestic": 10_000}, people_per_minute={})
    book = MemoryLedger(rules)
    together = threading.Barrier(8)

    def hammer(_):
        together.wait()
        got = 0
        for _ in range(60):
            try:
                settle(book, book.reserve(PROGRESS, PERSON, NOON))
                got += 1
            except DailyLimitReached:
                break
        return got

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(hammer, range(8))) == 300
    assert book.usage(PROGRESS, NOON).left == 0
