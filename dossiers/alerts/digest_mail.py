"""From a report to the mail: one line for each thing, in the reader's language, as text and as HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db import models
from django.template.loader import render_to_string
from django.utils import translation

from dossiers.alerts import compose, wording
from dossiers.alerts.digest_report import Report, Section
from dossiers.alerts.letter import LONGEST_SUBJECT, Reader, act_of, case_url, number_of, one_line, reader_of
from dossiers.alerts.unsubscribe import url_to_stop_digest
from dossiers.alerts.words import has
from dossiers.docketing.codes import name_in
from dossiers.models import (
    AuditEntry,
    Case,
    Difference,
    Digest,
    Event,
    MailWording,
    News,
    ReviewTask,
    TimeLimit,
    User,
)

Tone = Literal["calm", "late", "unsure"]

MOST_NAMED = 10  # people in one sentence
LATE_WORD_AFTER = timedelta(minutes=15)  # a digest that goes out within these is not called late
_TONES: dict[str, Tone] = {
    "overdue": "late",
    "today": "unsure",
    "week": "unsure",
    "undated": "late",
    "not_accounted": "late",
    "reviews": "late",
    "passed_before": "unsure",
    "not_checked": "unsure",
}
_PRESSING = ("overdue", "week", "undated", "not_accounted", "reviews", "not_checked", "new")
_MOST_COUNTS = 4  # in the subject, the worst first
_A_ROW = 4  # figures side by side


@dataclass(frozen=True)
class Line:
    """One thing: when, which case, what, and what else there is to know. `loud`: it is in danger."""

    when: str
    number: str
    words: str
    remark: str
    url: str
    loud: bool = False


@dataclass(frozen=True)
class Part:
    """A section in words. `more` is what is said of the lines left out, "" when all are there."""

    title: str
    total: int
    hint: str
    tone: Tone
    lines: tuple[Line, ...]
    more: str
    url: str
    broken: str


@dataclass(frozen=True)
class Figure:
    label: str
    n: str
    tone: Tone
    url: str


@dataclass(frozen=True)
class Sheet:
    """A whole digest in the reader's language."""

    language: str
    subject: str
    title: str
    scope: str
    as_of: str
    late: str
    figures: tuple[tuple[Figure, ...], ...]  # in rows
    quiet: str
    quiet_says: str
    watched: bool  # there are cases to watch
    parts: tuple[Part, ...]
    checked_title: str
    checked: tuple[str, ...]
    trouble: str
    open_today: tuple[str, str]
    foot: tuple[str, ...]
    settings: tuple[str, str]
    leave: tuple[str, str]
    opening: str = ""  # the firm's own words, and what they may name (alerts.wording)
    closing: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def message(digest: Digest, report: Report, *, now: datetime) -> compose.Mail:
    """The mail of one digest. The same Message-ID however often it is sent."""
    late = lateness(digest, reader_of(digest.user, now))
    sheet = sheet_of(digest.user, report, digest.day, late=late, now=now)
    mail = compose.Mail(
        subject=sheet.subject,
        body=as_text(sheet),
        to=[digest.user.email] if digest.user.email else [],
        headers={
            "Message-ID": digest.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Id": f"<{'weekly' if report.weekly else 'digest'}.{compose.mail_domain()}>",
            "List-Unsubscribe": f"<{sheet.leave[1]}>",
        },
    )
    mail.attach_alternative(as_html(sheet), "text/html")
    mail.about = frozenset(_case_of(row) for one in report.sections for row in one.rows)
    return mail


def _case_of(row: Any) -> int:
    return int(row.pk if isinstance(row, Case) else row.case_id)


def sheet_of(user: User, report: Report, day: date, *, late: str = "", now: datetime) -> Sheet:
    """The digest in words, the firm's own among them."""
    sheet = _sheet(user, report, day, late, reader_of(user, now))
    return wording.dress(sheet, MailWording.Kind.WEEKLY if report.weekly else MailWording.Kind.DIGEST)


def _sheet(user: User, report: Report, day: date, late: str, reader: Reader) -> Sheet:
    with translation.override(reader.language):
        parts = tuple(_part(one, report, reader) for one in report.sections if _is_shown(one))
    checked, quiet = report.checked, report.quiet and report.checked.cases > 0
    cases = f"{checked.cases:,}"
    since = reader.instant(report.since)
    return Sheet(
        language=reader.language,
        subject=subject(report, day, reader),
        title=reader.say("weekly_title" if report.weekly else "digest_title", day=reader.day(day)),
        scope=reader.say("digest_scope_all" if report.everything else "digest_scope_mine", cases=cases),
        as_of=reader.say("digest_as_of", at=reader.instant(reader.now), day=reader.day(report.today)),
        late=late,
        figures=_figures(report, reader),
        quiet=reader.say("digest_quiet") if quiet else "",
        quiet_says=reader.say("digest_quiet_says", since=since, cases=cases) if quiet else "",
        watched=checked.cases > 0,
        parts=parts,
        checked_title=reader.say("digest_checked"),
        checked=tuple(_checked(report, reader)),
        trouble=" ".join(filter(None, (_trouble(report, reader), _cut_off(report, reader)))),
        open_today=(reader.say("digest_open"), f"{settings.SITE_URL}/?scope={_scope(report)}"),
        foot=(
            reader.say("weekly_only" if report.weekly else "digest_at_once"),
            reader.say(
                "weekly_why" if report.weekly else "digest_why", hour=user.digest_hour, zone=str(reader.zone)
            ),
        ),
        settings=(reader.say("digest_settings"), f"{settings.SITE_URL}/settings/#digest"),
        leave=_way_out(user, report, reader),
        variables={
            "counts": _counted(report, reader),
            "day": day.isoformat(),
            "reader": one_line(str(user), 60),
        },
    )


def _way_out(user: User, report: Report, reader: Reader) -> tuple[str, str]:
    """The summary ends when nothing is weekly any more, which is chosen on a page."""
    if report.weekly:
        return reader.say("weekly_change"), f"{settings.SITE_URL}/settings/notifications/"
    return reader.say("unsubscribe_digest"), url_to_stop_digest(user)


def _scope(report: Report) -> str:
    return "all" if report.everything else "mine"


def _is_shown(section: Section) -> bool:
    return section.broken or bool(section.rows)


# --- the subject --------------------------------------------------------------------------------------------


def subject(report: Report, day: date, reader: Reader) -> str:
    """[IP Portal] 1 overdue, 3 due within 7 days (1 today), 2 not accounted for – 2026-11-24"""
    return one_line(f"[IP Portal] {_counted(report, reader)} – {day.isoformat()}", LONGEST_SUBJECT)


def _counted(report: Report, reader: Reader) -> str:
    weekly = f"{reader.say('weekly')}{reader.say('between')}" if report.weekly else ""
    return weekly + reader.say("digest_comma").join(_counts(report, reader))


def _counts(report: Report, reader: Reader) -> list[str]:
    """What presses, the worst first; what does not, where nothing does."""
    if not report.checked.cases:
        return [reader.say("digest_count_nothing")]
    broken = [reader.say("digest_count_broken")] if any(one.broken for one in report.sections) else []
    named = [one for one in report.sections if one.total and one.kind in _PRESSING]
    named = named or [one for one in report.sections if one.total and one.kind != "today"]
    counts = [_count(one, report, reader) for one in named[:_MOST_COUNTS]] + broken
    return counts or [reader.say("digest_count_quiet", cases=f"{report.checked.cases:,}")]


def _count(section: Section, report: Report, reader: Reader) -> str:
    today = report.by_kind["today"].total
    if section.kind == "week" and today:
        return reader.say("digest_count_week_today", n=section.total, today=today)
    return reader.say(f"digest_count_{section.kind}", n=f"{section.total:,}")


# --- figures and sections -----------------------------------------------------------------------------------


def _figures(report: Report, reader: Reader) -> tuple[tuple[Figure, ...], ...]:
    """Every number, none hidden when it is zero, and last how many cases they are about."""
    found = [
        Figure(
            reader.say(f"digest_{one.kind}"),
            "?" if one.broken else f"{one.total:,}",
            _TONES.get(one.kind, "calm") if one.total or one.broken else "calm",
            settings.SITE_URL + one.path,
        )
        for one in report.sections
    ]
    cases = f"{settings.SITE_URL}/cases/{'' if report.everything else '?owner=mine'}"
    found.append(Figure(reader.say("digest_cases"), f"{report.checked.cases:,}", "calm", cases))
    return tuple(tuple(found[n : n + _A_ROW]) for n in range(0, len(found), _A_ROW))


def _part(section: Section, report: Report, reader: Reader) -> Part:
    hint = f"digest_hint_{section.kind}"
    return Part(
        title=reader.say(f"digest_{section.kind}"),
        total=section.total,
        hint=reader.say(hint, since=reader.instant(report.since)) if has(hint) else "",
        tone=_TONES.get(section.kind, "calm"),
        lines=tuple(_line(row, section.kind, report, reader) for row in section.rows),
        more=reader.say("digest_more", n=f"{section.more:,}") if section.more > 0 else "",
        url=settings.SITE_URL + section.path,
        broken=reader.say("digest_broken") if section.broken else "",
    )


def _line(row: models.Model, kind: str, report: Report, reader: Reader) -> Line:
    if isinstance(row, TimeLimit):
        return _of_limit(row, report, reader, say_unconfirmed=kind != "to_confirm")
    return _LINES[type(row)](row, report, reader)


def _named(case: Case, reader: Reader) -> str:
    reference = one_line(case.own_reference, 40)
    number = number_of(case, reader.language)
    return f"{number} — {reference}" if reference else number


def _owner(case: Case, report: Report, reader: Reader) -> str:
    """Whose case it is, where that is not the reader's own affair."""
    if not report.everything:
        return ""
    owner = one_line(str(case.owner), 60) if case.owner else reader.say("nobody")
    return reader.say("digest_owner", owner=owner)


def _remark(*words: str) -> str:
    return " · ".join(word for word in words if word)


def _of_limit(limit: TimeLimit, report: Report, reader: Reader, *, say_unconfirmed: bool) -> Line:
    days = (limit.due - report.today).days if limit.due else None
    unconfirmed = limit.due is not None and limit.confirmed_at is None
    return Line(
        when=reader.date(limit.due) if limit.due else reader.say("no_date"),
        number=_named(limit.case, reader),
        words=one_line(reader.pick(limit, "title"), 150),
        remark=_remark(
            _left(days, reader),
            _rescue(limit, report.today, reader) if days is not None and days < 0 else "",
            reader.say("digest_claimed") if limit.state == TimeLimit.State.CLAIMED else "",
            reader.say("digest_provisional") if limit.provisional else "",
            reader.say("digest_unconfirmed") if unconfirmed and say_unconfirmed else "",
            _owner(limit.case, report, reader),
        ),
        url=f"{settings.SITE_URL}/limits/{limit.pk}/",
        loud=days is None or days <= 0,
    )


def _left(days: int | None, reader: Reader) -> str:
    """How long there is, or how long it is past."""
    if days is None:
        return ""
    if days < 0:
        return reader.say("digest_past_day") if days == -1 else reader.say("past", n=-days)
    return {0: reader.say("today"), 1: reader.say("day_left")}.get(days) or reader.say("days_left", n=days)


def _rescue(limit: TimeLimit, today: date, reader: Reader) -> str:
    """What can still be done; nothing where its day has passed and nobody has looked for the next way yet."""
    if limit.stands_until and limit.stands_until < today:
        return ""
    if limit.stands_until:
        return reader.say("digest_rescue", until=reader.date(limit.stands_until))
    return reader.say("digest_lost") if limit.rung else ""


def _of_event(event: Event, report: Report, reader: Reader) -> Line:
    return Line(
        when=reader.date(event.legal_date) if event.legal_date else reader.say("no_date"),
        number=_named(event.case, reader),
        words=_document(event, event.case, reader),
        remark=_owner(event.case, report, reader),
        url=f"{case_url(event.case)}documents/{event.pk}/",
        loud=True,
    )


def _document(event: Event, case: Case, reader: Reader) -> str:
    return one_line(name_in(event.code, case.law, event.description, reader.language), 150)


def _of_task(task: ReviewTask, report: Report, reader: Reader) -> Line:
    page = f"documents/{task.event_id}/" if task.event_id else ""
    return Line(
        when=reader.date(task.opened_at.astimezone(reader.zone).date()),
        number=_named(task.case, reader),
        words=one_line(reader.pick(task, "detail"), 200),
        remark=_owner(task.case, report, reader),
        url=case_url(task.case) + page,
    )


def _of_case(case: Any, report: Report, reader: Reader) -> Line:
    """`case` with its `standing`."""
    at = case.confirmed_at
    confirmed = reader.say("digest_last_confirmed", at=reader.instant(at)) if at else ""
    never = "" if at or case.standing == "never" else reader.say("digest_never_confirmed")
    return Line(
        when=reader.date(at.astimezone(reader.zone).date()) if at else "–",
        number=_named(case, reader),
        words=reader.say(f"digest_standing_{case.standing}"),
        remark=_remark(confirmed, never, _owner(case, report, reader)),
        url=case_url(case),
        loud=case.standing in ("not_found", "not_read"),
    )


def _of_news(news: News, report: Report, reader: Reader) -> Line:
    event = news.event
    day = event.legal_date if event else news.created_at.astimezone(reader.zone).date()
    open_account = event is not None and event.account == Event.Account.OPEN and event.vanished_at is None
    dates = [limit.due for limit in (event.duties if event else ()) if limit.due]
    return Line(
        when=reader.date(day) if day else reader.say("no_date"),
        number=_named(news.case, reader),
        words=one_line(act_of(news, reader), 150),
        remark=_remark(
            reader.say("digest_due", due=reader.date(min(dates))) if dates else "",
            reader.say("digest_no_account") if open_account else "",
            reader.say("digest_found_on_adding") if news.found_on_adding else "",
            _owner(news.case, report, reader),
        ),
        url=f"{case_url(news.case)}documents/{event.pk}/" if event else case_url(news.case),
        loud=open_account,
    )


def _of_difference(row: Difference, report: Report, reader: Reader) -> Line:
    own, office = (one_line(value, 60) or reader.say("digest_empty_value") for value in (row.own, row.office))
    return Line(
        when=reader.date(row.seen_at.astimezone(reader.zone).date()),
        number=_named(row.case, reader),
        words=reader.say("digest_versus", field=row.get_field_display(), own=own, office=office),
        remark="",
        url=case_url(row.case),
    )


_LINES: dict[type[models.Model], Callable[[Any, Report, Reader], Line]] = {
    Event: _of_event,
    ReviewTask: _of_task,
    Case: _of_case,
    News: _of_news,
    Difference: _of_difference,
}


# --- what was checked ---------------------------------------------------------------------------------------


def _checked(report: Report, reader: Reader) -> list[str]:
    checked, firm = report.checked, report.docket.firm
    if not checked.cases:
        found = [reader.say("digest_nothing_watched")]
    else:
        found = [
            reader.say("digest_documents", **_with_commas(checked.documents, "accounted", "dispatched")),
            reader.say("digest_kept", **_with_commas(checked, "kept", "cases")),
            reader.say("digest_last_answer", at=reader.instant(checked.last_answer))
            if checked.last_answer
            else reader.say("digest_no_answer"),
        ]
    if not report.everything:
        figures = _with_commas(firm, "accounted", "dispatched", "kept", "cases")
        found.append(reader.say("digest_firm", **figures))
    elif report.docket.seal:
        found.append(reader.say("digest_seal", seal=report.docket.seal))
    return found


def _with_commas(thing: object, *names: str) -> dict[str, str]:
    return {name: f"{getattr(thing, name):,}" for name in names}


def _trouble(report: Report, reader: Reader) -> str:
    if not report.docket.trouble:
        return ""
    code, until = report.docket.trouble
    key = f"outcome_{code}"
    outcome = reader.say(key) if has(key) else reader.say("outcome_other", code=code)
    return reader.say("digest_trouble", outcome=outcome, until=reader.instant(until))


def _cut_off(report: Report, reader: Reader) -> str:
    """For whoever looks after the whole docket: who reads nothing of it by mail."""
    if not (report.everything and report.docket.cut_off):
        return ""
    who = reader.say("list_comma").join(one_line(name, 60) for name in report.docket.cut_off[:MOST_NAMED])
    more = len(report.docket.cut_off) - MOST_NAMED
    return reader.say("digest_cut_off", who=f"{who} (+{more})" if more > 0 else who)


def lateness(digest: Digest, reader: Reader) -> str:
    """Why it comes late, in words; "" when it does not."""
    if reader.now - digest.due_at <= LATE_WORD_AFTER:
        return ""
    return reader.say("digest_late", due=reader.instant(digest.due_at), why=_why_late(digest, reader))


def _why_late(digest: Digest, reader: Reader) -> str:
    if digest.last_error:
        return reader.say("digest_late_server", words=one_line(digest.last_error, 200))
    changes = AuditEntry.objects.filter(actor=digest.user, at__gt=digest.due_at, action__in=_HOUR_CHANGES)
    fields = {
        name for detail in changes.values_list("detail", flat=True) for name in detail.get("fields", ())
    }
    changed = fields & {"digest_hour", "time_zone"}
    return reader.say("digest_late_changed" if changed else "digest_late_asleep")


_HOUR_CHANGES = ("settings.change", "settings.digest")


# --- layout -------------------------------------------------------------------------------------------------


def as_html(sheet: Sheet) -> str:
    return render_to_string(
        "mail/digest.html", {"sheet": sheet, "language": sheet.language, **_for_base(sheet)}
    )


def _for_base(sheet: Sheet) -> dict[str, str]:
    return {"subject": sheet.subject}


def as_text(sheet: Sheet) -> str:
    """The same in plain text; lines are left long, so that numbers and addresses are never broken."""
    figures = [" | ".join(f"{one.label} {one.n}" for one in row) for row in sheet.figures]
    parts = [
        [sheet.opening] if sheet.opening else [],
        [sheet.title, sheet.scope, sheet.as_of],
        [f"※ {sheet.late}" if sheet.language == "ja" else f"! {sheet.late}"] if sheet.late else [],
        figures,
        [sheet.quiet, sheet.quiet_says] if sheet.quiet else [],
        *(_part_text(part) for part in sheet.parts),
        [f"■ {sheet.checked_title}", *(f"  {line}" for line in (*sheet.checked, sheet.trouble) if line)],
        [f"{label}: {address}" for label, address in (sheet.open_today,)],
        [sheet.closing] if sheet.closing else [],
        ["─" * 30, *sheet.foot, *(f"{label}: {address}" for label, address in (sheet.settings, sheet.leave))],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _part_text(part: Part) -> list[str]:
    if part.broken:
        return [f"■ {part.title}", f"  {part.broken}", f"  {part.url}"]
    lines = [text for line in part.lines for text in _line_text(line)]
    more = [f"  {part.more}: {part.url}"] if part.more else []
    return [f"■ {part.title} ({part.total:,})", *([f"  {part.hint}"] if part.hint else []), *lines, *more]


def _line_text(line: Line) -> list[str]:
    what = f"{line.words} ({line.remark})" if line.remark else line.words
    return [f"  {line.when}  {line.number}  {what}", f"      {line.url}"]
