"""From a rule and the facts of one notice to a time limit, every step recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from .calendar import WEEKDAY_CLOSED, OfficeCalendar
from .dates import ONE_DAY, OutOfRange, Period, add, period_text, window_opens
from .facts import NoticeFact, NoticeState
from .results import Calculation, PeriodSource, Rung, Step, Value
from .rules import Rule, RungRule

LONGEST_PRINTED = {"day": 366, "month": 24, "year": 2}
"""A printed period longer than this was misread."""


UNCODED = "FEE-EXT"
"""What a claim calls a request for more time that has no document code: to pay a registration fee."""


class NeedsDocument(Exception):
    """Only the document itself can say how long the period is, and it has not said so yet."""

    def __init__(self, notes: tuple[str, ...]) -> None:
        super().__init__("the length of the period is in the document only")
        self.notes = notes


@dataclass(frozen=True)
class ExtensionRequest:
    """A filed request for more time: document code, receipt date, document number.

    ``claimed`` is True when nobody but ``by``, a person, says so; the office's data do not show it yet.
    """

    code: str
    filed: date
    document_number: str | None
    claimed: bool = False
    by: str = ""


@dataclass
class _Work:
    """Steps and notes gathered along one computation."""

    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    provisional: bool = False

    def step(self, code: str, **values: Value) -> None:
        self.steps.append(Step(code, values))

    def note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)


def compute(
    rule: Rule,
    *,
    base: date,
    residency: str,
    calendar: OfficeCalendar,
    notice: NoticeFact | None = None,
    notice_state: NoticeState = "none",
    application_number: str = "",
    requests: Sequence[ExtensionRequest] = (),
) -> Calculation:
    """The time limit of ``rule`` counted from ``base``.

    A designated period is the one the notice prints; the table stands in when it prints none. With
    residency unknown or mixed the shorter length is taken. ``requests`` are extensions already asked
    for, oldest first. NeedsDocument when no length is known; OutOfRange when the end is no date.
    """
    work = _Work()
    _say_base(rule, base, work)
    periods, column, source = _choose_period(rule, residency, notice, notice_state, application_number, work)
    original_end = _raw_end(rule, base, periods, calendar, work)
    used = _apply_requests(rule, column, base, periods, requests, calendar, work)
    raw_end = used[-1].end if used else original_end
    due = _roll(rule, raw_end, calendar, work)
    ladder = _ladder(rule, column, base, periods, raw_end, used, calendar)
    text = str(rule.length(periods))
    return _finish(rule, base, residency, text, source, raw_end, due, ladder, calendar, work)


COUNTED_ABROAD = {"USPTO": "37 CFR 1.7", "EPO": "EPC Rule 131"}
"""Where an office abroad says how periods are counted, as far as a source was read."""


def _say_base(rule: Rule, base: date, work: _Work) -> None:
    if rule.office == "JPO":
        work.step("base", base=base, kind=rule.starts)
        return
    law = COUNTED_ABROAD.get(rule.office)
    words = {"law_ja": f"（{law}）", "law_en": f" ({law})"} if law else {"law_ja": "", "law_en": ""}
    work.step("base_abroad", base=base, kind=rule.starts, **words)


def _raw_end(
    rule: Rule, base: date, periods: tuple[Period, ...], calendar: OfficeCalendar, work: _Work
) -> date:
    """The last day before it is moved, said in a step of its own kind."""
    length = rule.length(periods)
    end = length.end(base, rule.counting, lambda day: _open_day(rule, day, calendar)[0])
    if rule.shape == "day":
        work.step("on_the_day", raw_end=end)
    elif rule.shape in ("opens", "before"):
        work.step("counted_back", raw_end=end, base=base, period=period_text(periods))
    elif rule.first:
        elapsed = add(base, rule.first, rule.counting)
        moved = _open_day(rule, elapsed, calendar)[0]
        work.step("elapsed", first=period_text(rule.first), end=elapsed, moved=moved)
        work.step("raw_end_after", raw_end=end, period=period_text(periods), moved=moved)
    elif rule.counting == "earlier":
        here = length.end(base, "article_3", lambda day: day)
        treaty = length.end(base, "date_to_date", lambda day: day)
        work.step("raw_end_earlier", period=period_text(periods), here=here, treaty=treaty, raw_end=end)
    elif rule.counting == "date_to_date":
        work.step("raw_end_abroad", raw_end=end, period=period_text(periods))
    elif rule.short:
        work.step("raw_end_short", raw_end=end, period=period_text(periods))
    else:
        work.step("raw_end", raw_end=end, period=period_text(periods))
    return end


def compute_given(
    rule: Rule,
    *,
    end: date,
    base: date,
    residency: str,
    calendar: OfficeCalendar,
    steps: Sequence[Step],
    source: PeriodSource = "register",
    window_months: int | None = None,
) -> Calculation:
    """A time limit whose last day ``end`` is known beforehand: from the register, or the end of a term.

    ``steps`` say how ``end`` was found; ``window_months`` adds the day from which one may act.
    """
    work = _Work(steps=list(steps))
    if window_months is not None:
        work.step(
            "window_opens", opens=window_opens(end, (Period(window_months, "month"),)), months=window_months
        )
    due = _roll(rule, end, calendar, work)
    ladder = _ladder(rule, "resident", base, (), end, (), calendar)
    return _finish(rule, base, residency, "", source, end, due, ladder, calendar, work)


def longest_end(calculation: Calculation) -> date:
    """The last day on which a late answer could still count: the last extension of the ladder."""
    ends = [
        rung.due for rung in calculation.ladder if rung.kind in ("extension", "late_extension") and rung.due
    ]
    return max([calculation.due, *ends])


def _finish(
    rule: Rule,
    base: date,
    residency: str,
    text: str,
    source: PeriodSource,
    raw_end: date,
    due: date,
    ladder: tuple[Rung, ...],
    calendar: OfficeCalendar,
    work: _Work,
) -> Calculation:
    if rule.office != "JPO":
        work.step("holidays_abroad", office=rule.office)
        work.provisional = True
    elif not calendar.is_confirmed(due):
        work.step("calendar_unconfirmed", due=due, through=calendar.confirmed_through)
        work.provisional = True
    if rule.missed.ja:
        work.step("missed", text_ja=rule.missed.ja, text_en=rule.missed.en)
    if rule.relief.ja:
        work.step("relief", text_ja=rule.relief.ja, text_en=rule.relief.en)
    if rule.note.ja:
        work.step("note", text_ja=rule.note.ja, text_en=rule.note.en)
    return Calculation(
        rule_id=rule.id,
        rule_version=rule.version,
        base_date=base,
        residency=residency,
        period_text=text,
        period_source=source,
        raw_end=raw_end,
        due=due,
        rolled=due != raw_end,
        steps=tuple(work.steps),
        ladder=ladder,
        provisional=work.provisional,
        confidence=rule.status,
        notes=tuple(work.notes),
    )


def _choose_period(
    rule: Rule,
    residency: str,
    notice: NoticeFact | None,
    state: NoticeState,
    application_number: str,
    work: _Work,
) -> tuple[tuple[Period, ...], str, PeriodSource]:
    printed = _printed_period(rule, residency, notice, state, application_number, work)
    if printed is not None:
        return (printed,), _compare_with_table(rule, residency, printed, work), "notice"
    column = _column_by_residency(rule, residency, work)
    periods = rule.overseas if column == "overseas" else rule.resident
    if periods is None:
        raise NeedsDocument(tuple(work.notes))
    work.step(
        "period_table",
        period=str(rule.length(periods)),
        column=column if rule.resident != rule.overseas else "all",
        **_article(rule),
        source_ja=rule.sources[0].ja,
        source_en=rule.sources[0].en,
    )
    return periods, column, "table"


def _article(rule: Rule) -> Mapping[str, Value]:
    return {"article_ja": rule.article.ja, "article_en": rule.article.en}


def _printed_period(
    rule: Rule,
    residency: str,
    notice: NoticeFact | None,
    state: NoticeState,
    application_number: str,
    work: _Work,
) -> Period | None:
    if not rule.printed:
        return None
    if notice is None or state != "read":
        _no_notice(state, work)
        return None
    if notice.final:
        work.step("final_notice")
    if _other_case(notice.application_number, application_number):
        work.step("notice_of_other_case", printed=notice.application_number, ours=application_number)
        work.note("notice_of_other_case")
        work.provisional = True
        return None
    return _read_period(residency, notice, work)


def _no_notice(state: NoticeState, work: _Work) -> None:
    code = {"unreadable": "notice_unreadable", "none": "notice_without_body"}.get(state, "notice_not_read")
    work.step(code)
    work.provisional = True
    if state in ("unreadable", "read"):
        work.note("unreadable_notice")


def _other_case(printed: str | None, ours: str) -> bool:
    def digits(text: str) -> str:
        return "".join(str(int(char)) for char in text if char.isdecimal())

    return bool(printed and ours and digits(printed) and digits(ours) and digits(printed) != digits(ours))


def _read_period(residency: str, notice: NoticeFact, work: _Work) -> Period | None:
    if notice.period_n is None or notice.period_unit is None:
        work.step("notice_without_period")
        work.note("notice_without_period")
        work.provisional = True
        return None
    n, unit = _printed_length(residency, notice)
    if unit not in LONGEST_PRINTED or not 1 <= n <= LONGEST_PRINTED[unit]:
        work.step("notice_implausible", n=n, unit=unit)
        work.note("period_implausible")
        work.provisional = True
        return None
    period = Period(n, unit)  # type: ignore[arg-type]  # checked against LONGEST_PRINTED
    work.step("period_printed", period=str(period), quote=notice.quote)
    if notice.overseas_n is not None:
        work.step("printed_for_overseas", residency=residency, period=str(period))
        work.provisional = work.provisional or residency not in ("resident", "overseas")
    return period


def _printed_length(residency: str, notice: NoticeFact) -> tuple[int, str]:
    n, unit = notice.period_n or 0, notice.period_unit or ""
    if residency != "overseas" or notice.overseas_n is None:
        return n, unit
    if notice.overseas_unit is not None:
        return notice.overseas_n, notice.overseas_unit
    # An overseas period is never the shorter one: 3 beside 60 days are months.
    return notice.overseas_n, "month" if unit == "day" and notice.overseas_n < n else unit


def _compare_with_table(rule: Rule, residency: str, printed: Period, work: _Work) -> str:
    """Which column of the table the printed period is, said aloud when it is none or the other one."""
    columns = {"resident": rule.resident, "overseas": rule.overseas}
    matching = [name for name, periods in columns.items() if periods == (printed,)]
    expected = residency if residency in columns else None
    unknown_length = not matching and rule.resident is not None
    other_column = matching and expected and expected not in matching
    if unknown_length or other_column:
        _say_disagreement(columns, expected, printed, work)
    elif matching and rule.resident != rule.overseas:
        work.step("printed_equals", column=matching[0], period=str(printed))
    if expected in matching or (expected and not matching):
        return str(expected)
    return matching[0] if matching else "resident"


def _say_disagreement(
    columns: Mapping[str, tuple[Period, ...] | None], expected: str | None, printed: Period, work: _Work
) -> None:
    table = columns[expected or "resident"]
    text = period_text(table) if table else ""
    work.step("period_disagrees", printed=str(printed), table=text, column=expected or "resident")
    work.note("period_disagrees")


def _column_by_residency(rule: Rule, residency: str, work: _Work) -> str:
    if rule.resident == rule.overseas:
        return "overseas" if residency == "overseas" else "resident"  # later ways to act may still differ
    if residency in ("resident", "overseas"):
        work.step("residency_known", residency=residency)
        return residency
    if rule.overseas is None or rule.resident is None:
        work.step("residency_assumed", residency=residency, period=period_text(rule.resident or ()))
    else:
        shorter, longer = sorted((rule.resident, rule.overseas), key=_rough_days)
        work.step(
            "residency_shorter",
            residency=residency,
            period=period_text(shorter),
            other=period_text(longer),
        )
        if shorter == rule.overseas:
            work.provisional = True
            return "overseas"
    work.provisional = True
    return "resident"


def _rough_days(periods: tuple[Period, ...]) -> int:
    return (add(date(2001, 1, 1), periods) - date(2001, 1, 1)).days


@dataclass(frozen=True)
class _Used:
    rung: RungRule
    end: date
    filed: date


def _apply_requests(
    rule: Rule,
    column: str,
    base: date,
    periods: tuple[Period, ...],
    requests: Sequence[ExtensionRequest],
    calendar: OfficeCalendar,
    work: _Work,
) -> tuple[_Used, ...]:
    used: list[_Used] = []
    for request in requests:
        rung = _next_rung(rule, column, [use.rung for use in used], request)
        if rung is None:
            work.note("extension_unclear")
            continue
        end = _extended_end(rule, base, periods, rung, [use.rung for use in used])
        used.append(_Used(rung, end, request.filed))
        if request.claimed:
            work.step("extension_claimed", by=request.by, filed=request.filed, asked=request.code)
            work.provisional = True
        work.step(
            "extended" if rung.kind == "extension" else "extended_late",
            filed=request.filed,
            document=request.document_number or "",
            period=period_text((*periods, *rung.add)),
            raw_end=end,
            article_ja=rung.article.ja,
            article_en=rung.article.en,
        )
    return tuple(used)


def _next_rung(
    rule: Rule, column: str, used: Sequence[RungRule], request: ExtensionRequest
) -> RungRule | None:
    for rung in rule.ladder:
        if rung in used or rung.who not in ("all", column) or not _asks_for(request, rung):
            continue
        if rung.kind == "late_extension" and used and rung.after != "extension":
            return None
        if rung.kind == "extension" and any(use.kind == "late_extension" for use in used):
            return None
        return rung
    return None


def _asks_for(request: ExtensionRequest, rung: RungRule) -> bool:
    """Whether a request is for this rung; a person may also claim one that no document code tells."""
    if rung.kind not in ("extension", "late_extension"):
        return False
    return rung.requested_by == request.code or (request.claimed and rung.requested_by is None)


def _extended_end(
    rule: Rule,
    base: date,
    periods: tuple[Period, ...],
    rung: RungRule,
    before: Sequence[RungRule] = (),
) -> date:
    """One period with what it extends. A late extension never ends later than counted from the old end.

    The Formality Examination Manual 04.12 makes one period of both; the office's page counts the late
    extension from the day after the old end. Where the two differ, the earlier day is taken.
    """
    counting, extended = rule.counting, before[-1].add if before else ()
    whole = add(base, (*periods, *extended, *rung.add), counting)
    if rung.kind == "extension":
        return add(base, (*periods, *rung.add), counting)
    return min(whole, add(add(base, (*periods, *extended), counting), rung.add, counting))


def _open_day(rule: Rule, day: date, calendar: OfficeCalendar) -> tuple[date, tuple[tuple[date, str], ...]]:
    """The first open day on or after ``day`` and the closed ones before it.

    Of offices abroad only the weekends are known: a holiday of theirs could only move the day further.
    """
    if rule.office == "JPO":
        return calendar.roll(day)
    return off_weekends(day)


def off_weekends(day: date) -> tuple[date, tuple[tuple[date, str], ...]]:
    """The first day from ``day`` on that is no Saturday or Sunday, and those passed over."""
    skipped = []
    while day.weekday() in WEEKDAY_CLOSED:
        skipped.append((day, WEEKDAY_CLOSED[day.weekday()]))
        if day == date.max:
            raise OutOfRange("no open day is left in the calendar")
        day += ONE_DAY
    return day, tuple(skipped)


def _roll(rule: Rule, raw_end: date, calendar: OfficeCalendar, work: _Work) -> date:
    if not rule.rolls:
        work.step("not_rolled", due=raw_end)
        return raw_end
    due, skipped = _open_day(rule, raw_end, calendar)
    if not skipped:
        work.step("open_day", due=due)
        return due
    work.step(
        "rolled" if rule.office == "JPO" else "rolled_abroad",
        raw_end=raw_end,
        due=due,
        days_ja="、".join(f"{day.isoformat()}（{why}）" for day, why in skipped),
        days_en=", ".join(f"{day.isoformat()} ({calendar.in_english(why)})" for day, why in skipped),
    )
    return due


def _ladder(
    rule: Rule,
    column: str,
    base: date,
    periods: tuple[Period, ...],
    raw_end: date,
    used: Sequence[_Used],
    calendar: OfficeCalendar,
) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    applied = [use.rung for use in used]
    grace_end = raw_end
    limit = _open_day(rule, raw_end, calendar)[0] if rule.rolls else raw_end
    for rung in rule.ladder:
        if rung.who not in ("all", column) or not _still_there(rung, applied):
            continue
        if not _offered_then(rung, grace_end if rung.after == "grace" else raw_end):
            continue
        if rung.kind == "notice":
            rungs.append(_rung(rung, None, _act_in(rung, None, base, limit, rungs, used), requested=False))
            continue
        try:
            end = _rung_end(rule, rung, base, periods, raw_end, grace_end, applied, calendar)
            due: date | None = _open_day(rule, end, calendar)[0] if rule.rolls else end
        except OutOfRange:
            due = None
        else:
            grace_end = end if rung.kind == "grace" else grace_end
        when = _act_in(rung, due, base, limit, rungs, used)
        rungs.append(_rung(rung, due, when, requested=rung in applied))
    return tuple(rungs)


def _offered_then(rung: RungRule, end: date) -> bool:
    return rung.valid_from is None or end >= rung.valid_from - ONE_DAY


def _still_there(rung: RungRule, applied: Sequence[RungRule]) -> bool:
    if rung in applied or not applied:
        return True
    if rung.kind == "extension":
        return not any(use.kind == "late_extension" for use in applied)
    return rung.kind != "late_extension" or rung.after == "extension"


def _rung_end(
    rule: Rule,
    rung: RungRule,
    base: date,
    periods: tuple[Period, ...],
    raw_end: date,
    grace_end: date,
    applied: Sequence[RungRule],
    calendar: OfficeCalendar,
) -> date:
    if rung.kind in ("extension", "late_extension"):
        return _extended_end(rule, base, periods, rung, [use for use in applied if use.kind == "extension"])
    if rung.kind == "restoration":
        return add(grace_end if rung.after == "grace" else raw_end, rung.add, rule.counting)
    start = _open_day(rule, raw_end, calendar)[0] if rung.start == "rolled" else raw_end
    return add(start, rung.add, rule.counting)


def _act_in(
    rung: RungRule, due: date | None, base: date, limit: date, before: Sequence[Rung], used: Sequence[_Used]
) -> tuple[date, date | None]:
    """The days, both included, in which the act of a rung is done: by them its fee is chosen.

    An extension is asked for before the limit, or the extension before it, ends; everything else after.
    """
    for use in used:
        if use.rung == rung:
            return use.filed, use.filed
    if rung.kind == "extension":
        ends = [one.due for one in before if one.kind == "extension" and one.due]
        return base, max([limit, *ends])
    ends = [one.due for one in before if rung.after == "grace" and one.kind == "grace" and one.due]
    missed = max([limit, *ends])
    return min(missed, date.max - ONE_DAY) + ONE_DAY, due


def _rung(rung: RungRule, due: date | None, when: tuple[date, date | None], requested: bool) -> Rung:
    return Rung(
        kind=rung.kind,
        due=due,
        fee=rung.fee,
        act_from=when[0],
        act_until=when[1],
        condition_ja=rung.condition.ja,
        condition_en=rung.condition.en,
        article=rung.article.en,
        article_ja=rung.article.ja,
        requested=requested,
    )
