"""The office's limits hold whatever the mixture of people, night work, threads, crashes and midnights."""

import contextlib
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apiclient.clock import JST, office_day
from apiclient.quota import (
    CLOCKS_APART,
    FURTHEST_AHEAD,
    LONGEST_CALL,
    MIDNIGHT_GRACE,
    MINUTE_WINDOW,
    Bucket,
    Call,
    DailyLimitReached,
    DayCount,
    DayRule,
    MemoryLedger,
    MinuteLimitReached,
    Policy,
    Purpose,
    counter_is_of_the_day,
    may_reserve_today,
    minute_retry_at,
    next_chance,
    reserve_at,
)
from apiclient.steady import Steady, machine_clock

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
    assert reached.value.until == datetime(2026, 5, 8, 0, 1, tzinfo=JST), "the office's clock may be slow"
    assert reached.value.bucket == PROGRESS
    book.reserve(PROGRESS, PERSON, reached.value.until)


def test_midnight_in_japan_is_not_midnight_in_utc():
    book = ledger(limit=1)
    spend(book, 1, datetime(2026, 5, 7, 14, 58, tzinfo=UTC))
    with pytest.raises(DailyLimitReached):
        book.reserve(PROGRESS, PERSON, datetime(2026, 5, 7, 14, 59, 30, tzinfo=UTC))
    book.reserve(PROGRESS, PERSON, datetime(2026, 5, 7, 15, 1, 0, tzinfo=UTC))


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
    assert now < until <= datetime(2026, 5, 8, tzinfo=JST) + MIDNIGHT_GRACE
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


def test_a_counter_seen_within_a_minute_of_midnight_may_be_of_either_day():
    last = datetime(2026, 5, 7, 23, 58, 59, tzinfo=JST)
    assert counter_is_of_the_day(last, last + timedelta(milliseconds=900))
    assert not counter_is_of_the_day(last, last + timedelta(seconds=1))


@given(
    skew=st.floats(-59, 59),
    start=st.integers(0, 300),
    gaps=st.lists(st.tuples(st.floats(0, 20), st.floats(0, 5)), min_size=20, max_size=60),
)
@settings(max_examples=60)
def test_a_clock_up_to_a_minute_wrong_overruns_no_day(skew, start, gaps):
    """The office's midnight is not ours; nor is it known whether it counts the question or the answer."""
    book, now = ledger(limit=9), datetime(2026, 5, 7, 23, 56, tzinfo=JST) + timedelta(seconds=start)
    asked, answered = {}, {}
    for gap, duration in gaps:
        now += timedelta(seconds=gap)
        try:
            reservation = book.reserve(PROGRESS, PERSON, now)
        except MinuteLimitReached as full:
            now = full.retry_at
            continue
        except DailyLimitReached:
            continue
        for tally, at in ((asked, now), (answered, now + timedelta(seconds=duration))):
            day = office_day(at + timedelta(seconds=skew))
            tally[day] = tally.get(day, 0) + 1
        now += timedelta(seconds=duration)
        settle(book, reservation, now)
    assert max([*asked.values(), *answered.values()], default=0) <= 9


def test_an_unknown_bucket_is_an_error_not_a_guess():
    with pytest.raises(LookupError, match="no daily limit"):
        ledger().reserve(Bucket("id-1", "patent/unheard_of"), PERSON, NOON)


# --- the limit the office shows


def test_a_doubled_limit_is_seen_in_the_days_first_counter():
    book = ledger(limit=800)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=1599)
    usage = book.usage(PROGRESS, NOON)
    assert (usage.limit, usage.configured, usage.left, usage.elsewhere) == (1600, 800, 1599, 0)


def test_a_doubled_limit_is_seen_when_the_first_counter_comes_late():
    book = ledger(limit=800)
    early = [book.reserve(PROGRESS, PERSON, NOON) for _ in range(3)]
    settle(book, early[0])  # its answer brought no counter
    settle(book, early[1], remaining=1597)  # the third to be counted; the first two were ours
    usage = book.usage(PROGRESS, NOON)
    assert usage.left <= 1597 - 1, "the third call is under way"
    settle(book, early[2], remaining=1599)  # the first to be counted, answered last
    assert (book.usage(PROGRESS, NOON).limit, book.usage(PROGRESS, NOON).left) == (1600, usage.left)


def test_a_limit_raised_in_the_course_of_a_day_is_believed_tomorrow():
    book = ledger(limit=100)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=50)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=149)
    assert book.usage(PROGRESS, NOON).left == 49
    tomorrow = NOON + timedelta(days=1)
    settle(book, book.reserve(PROGRESS, PERSON, tomorrow), remaining=199)
    assert book.usage(PROGRESS, tomorrow).left == 199


def test_a_lower_limit_or_somebody_elses_calls_are_told_apart_from_ours():
    book = ledger(limit=800)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=399)
    usage = book.usage(PROGRESS, NOON)
    assert (usage.left, usage.elsewhere, usage.configured) == (399, 400, 800)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=398)
    assert book.usage(PROGRESS, NOON).elsewhere == 400


def test_our_own_calls_under_way_are_nobody_elses():
    book = ledger(limit=100)
    reservations = [book.reserve(PROGRESS, PERSON, NOON) for _ in range(5)]
    for counter, reservation in zip((96, 99, 95, 98, 97), reservations, strict=True):
        settle(book, reservation, remaining=counter)
    assert book.usage(PROGRESS, NOON).elsewhere == 0


def test_a_counter_out_of_this_world_is_no_counter():
    book = ledger(limit=100)
    settle(book, book.reserve(PROGRESS, PERSON, NOON), remaining=999_999_999_999)
    assert (book.usage(PROGRESS, NOON).left, book.usage(PROGRESS, NOON).remaining_reported) == (99, None)


def test_a_counter_does_not_know_of_calls_that_ended_without_one_in_the_meantime():
    book = ledger(limit=100)
    slow, silent = (book.reserve(PROGRESS, PERSON, NOON) for _ in range(2))
    settle(book, silent)
    settle(book, slow, remaining=4)
    assert book.usage(PROGRESS, NOON).left == 3


STEP = st.tuples(st.sampled_from(["ask", "ask", "ask", "count", "answer"]), st.integers(0, 3))
ENDING = st.sampled_from(["counter", "counter", "counter", "silent", "silent", "edge", "stale", "killed"])


@given(
    configured=st.integers(1, 12),
    real=st.integers(1, 16),
    elsewhere=st.integers(0, 12),
    steps=st.lists(st.tuples(STEP, ENDING), min_size=20, max_size=80),
)
@settings(max_examples=200)
def test_whatever_the_order_of_things_the_day_is_not_overrun(configured, real, elsewhere, steps):
    """Up to four calls at once; the office counts each at some moment between question and answer.

    Configured may be too high, or somebody else may have used the ID before: then the office may refuse what
    was asked before its first counter was read, and nothing after that.
    """
    book = MemoryLedger(Policy({PROGRESS.name: DayRule(configured)}, per_minute={"domestic": 10**6}))
    office, open_calls, informed = {"used": min(elsewhere, real), "shown": []}, [], False
    for (what, which), ending in steps:
        if what == "ask" and len(open_calls) < 4:
            try:
                reservation = book.reserve(PROGRESS, PERSON, NOON)
            except DailyLimitReached:
                continue
            open_calls.append({"call": reservation, "late": informed, "ending": ending})
        elif what == "count" and open_calls:
            count_at(office, real, open_calls[which % len(open_calls)], configured, elsewhere)
        elif what == "answer" and open_calls:
            call = open_calls.pop(which % len(open_calls))
            count_at(office, real, call, configured, elsewhere)
            if call["ending"] != "killed":
                informed |= answer(book, call)
    for call in open_calls:
        count_at(office, real, call, configured, elsewhere)
    used_up = book.usage(PROGRESS, NOON)
    assert used_up.limit <= max(configured, real)


def count_at(office, real, call, configured, elsewhere):
    """The office meets the call, once, and refuses it where no call is left."""
    if "shown" in call:
        return
    call["shown"], call["refused"] = None, False
    if call["ending"] == "edge" or (call["ending"] == "stale" and office["shown"]):
        call["shown"] = office["shown"][0] if office["shown"] else None
        return
    if office["used"] >= real:
        assert not call["late"], "refused after a counter was read"
        assert elsewhere or configured > real, "refused although nobody else called"
        call["refused"] = True
        return
    office["used"] += 1
    call["shown"] = real - office["used"]
    office["shown"].append(call["shown"])


def answer(book, call):
    """Settle the call as the client would; whether it brought a fresh counter."""
    ending, counter = call["ending"], call["shown"]
    heard = ending in ("counter", "stale") and not call["refused"]
    settle(
        book,
        call["call"],
        counted=ending != "edge",
        remaining=counter if heard else None,
        exhausted=call["refused"] and ending == "counter",
    )
    return (heard or call["refused"]) and ending == "counter"


# --- the minute


def test_ten_a_minute_of_which_two_are_kept_for_people():
    book = ledger()
    for _ in range(8):
        settle(book, book.reserve(PROGRESS, BACKGROUND, NOON))
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
            reservation = book.reserve(PROGRESS, purpose, now)
        except MinuteLimitReached as full:
            assert full.retry_at > now
            now = full.retry_at
            reservation = book.reserve(PROGRESS, purpose, now)
        settle(book, reservation, now)
        sent.append(now)
    assert most_in_a_minute(sent) <= 10


@given(
    st.lists(
        st.tuples(st.floats(0, 15), st.floats(0, 40), st.floats(0, 1), st.booleans()),
        min_size=25,
        max_size=80,
    )
)
@settings(max_examples=100)
def test_never_more_than_ten_in_sixty_seconds_whenever_the_office_counts_a_call(calls):
    """A slow question and a quick one may arrive together; a killed one has arrived all the same."""
    book, now, counted, open_calls = ledger(limit=1000), NOON, [], []
    for gap, duration, share, killed in calls:
        now += timedelta(seconds=gap)
        for end, reservation in [one for one in open_calls if one[0] <= now]:
            settle(book, reservation, end)
            open_calls.remove((end, reservation))
        try:
            reservation = book.reserve(PROGRESS, PERSON, now)
        except MinuteLimitReached:
            continue
        counted.append(now + timedelta(seconds=duration * share))
        if not killed:
            open_calls.append((now + timedelta(seconds=duration), reservation))
    assert counted and most_in_a_minute(counted) <= 10


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
    instants = [NOON + timedelta(seconds=second) for second in range(10)]
    calls = [Call(str(at), at, ended=at) for at in instants]
    retry_at = minute_retry_at(calls, 10, NOON + timedelta(seconds=10))
    assert minute_retry_at(calls, 10, retry_at) is None
    assert minute_retry_at(calls, 10, retry_at - timedelta(milliseconds=1)) is not None


def test_a_call_of_a_killed_process_makes_room_once_it_cannot_arrive_any_more():
    book = ledger()
    for _ in range(10):
        book.reserve(PROGRESS, PERSON, NOON)
    with pytest.raises(MinuteLimitReached):
        book.reserve(PROGRESS, PERSON, NOON + timedelta(minutes=3))
    book.reserve(PROGRESS, PERSON, NOON + LONGEST_CALL + MINUTE_WINDOW)


# --- a clock that is set


class Machine:
    """The steady clock of a machine whose other clock can be set."""

    def __init__(self, name="m"):
        self.name, self.seconds, self.set_by = name, 1000.0, timedelta()

    def steady(self):
        return Steady(self.name, self.seconds)

    def now(self):
        return NOON + timedelta(seconds=self.seconds) + self.set_by


def counted_ledger(machine):
    return MemoryLedger(Policy({PROGRESS.name: DayRule(1000)}), machine.steady)


@pytest.mark.parametrize("hours", [-9, -1, 1, 30])
def test_a_clock_set_in_the_middle_of_a_minute_neither_overruns_nor_blocks_it(hours):
    machine = Machine()
    book = counted_ledger(machine)
    for _ in range(10):
        settle(book, book.reserve(PROGRESS, PERSON, machine.now()))
    machine.set_by, machine.seconds = timedelta(hours=hours), machine.seconds + 50
    with pytest.raises(MinuteLimitReached) as full:
        book.reserve(PROGRESS, PERSON, machine.now())
    assert full.value.retry_at == machine.now() + timedelta(seconds=11)
    machine.seconds += 11
    book.reserve(PROGRESS, PERSON, machine.now())


@given(
    steps=st.lists(
        st.tuples(st.floats(0, 20), st.sampled_from([0, 0, 0, -3600, 3600, -61, 61, 90_000])),
        min_size=20,
        max_size=80,
    )
)
@settings(max_examples=60)
def test_however_the_clock_is_set_ten_a_minute_is_ten_a_minute(steps):
    machine, sent = Machine(), []
    book = counted_ledger(machine)
    for seconds, shift in steps:
        machine.seconds += seconds
        machine.set_by += timedelta(seconds=shift)
        try:
            settle(book, book.reserve(PROGRESS, PERSON, machine.now()), machine.now())
        except MinuteLimitReached as full:
            assert full.retry_at <= machine.now() + MINUTE_WINDOW
            continue
        sent.append(NOON + timedelta(seconds=machine.seconds))
    assert most_in_a_minute(sent) <= 10


def test_calls_another_machine_left_in_the_future_do_not_block_for_ever():
    machine, other = Machine("m"), Machine("other")
    book = counted_ledger(other)
    other.set_by = timedelta(days=365)
    for _ in range(10):
        settle(book, book.reserve(PROGRESS, PERSON, other.now()), other.now())
    book._steady = machine.steady
    with pytest.raises(MinuteLimitReached):
        book.reserve(PROGRESS, PERSON, machine.now())
    machine.seconds += (FURTHEST_AHEAD + MINUTE_WINDOW + CLOCKS_APART).total_seconds()
    book.reserve(PROGRESS, PERSON, machine.now())


@given(
    apart=st.floats(-CLOCKS_APART.total_seconds(), CLOCKS_APART.total_seconds()),
    steps=st.lists(st.tuples(st.floats(0, 20), st.booleans()), min_size=20, max_size=80),
)
@example(apart=CLOCKS_APART.total_seconds(), steps=[(1, False)] * 10 + [(4, True)] * 20)
@settings(max_examples=60)
def test_two_machines_whose_clocks_differ_make_ten_a_minute_together(apart, steps):
    one, other = Machine("one"), Machine("other")
    other.set_by, sent = timedelta(seconds=apart), []
    book = counted_ledger(one)
    for seconds, by_the_other in steps:
        one.seconds = other.seconds = one.seconds + seconds
        machine = other if by_the_other else one
        book._steady = machine.steady
        with contextlib.suppress(MinuteLimitReached):
            settle(book, book.reserve(PROGRESS, PERSON, machine.now()), machine.now())
            sent.append(NOON + timedelta(seconds=one.seconds))
    assert most_in_a_minute(sent) <= 10


def test_the_machines_own_clock_goes_forward_and_is_known_again():
    first, second = machine_clock(), machine_clock()
    assert second.since(first) >= 0
    assert second.since(Steady()) is None and Steady().since(Steady()) is None


@given(
    st.builds(
        Call,
        id=st.text(max_size=8),
        begun=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
        begun_steady=st.builds(Steady, st.just("m"), st.floats(0, 1e6)),
        ended=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
        ended_steady=st.builds(Steady, st.just("m"), st.floats(0, 1e6)),
    )
)
def test_a_call_is_the_same_after_it_was_stored(call):
    assert Call.from_row(json.loads(json.dumps(call.as_row()))) == call


def test_a_call_stored_by_its_beginning_alone_still_counts():
    call = Call.from_row([NOON.timestamp(), "person"])
    assert call.begun == NOON and call.ended is None


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
