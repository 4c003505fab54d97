"""The words of reminders and escalations: one thing at length, or many with a line for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import translation

from apiclient.clock import office_day
from dossiers import reach
from dossiers.alerts import acknowledge, compose, escalation_log, wording
from dossiers.alerts import letter as letters
from dossiers.alerts.follow import followed_by
from dossiers.alerts.letter import Letter, Pair, Reader, one_line, reader_of
from dossiers.alerts.listing import Listing, Row, as_html, as_text
from dossiers.alerts.unsubscribe import url_for
from dossiers.docketing.store import RUNNING
from dossiers.models import Case, Concern, Escalation, MailWording, OwnDate, Prompt, Reminder, TimeLimit, User

LATE_WORD_AFTER = timedelta(minutes=15)  # what goes out within these is not called late
LEGAL = "legal"
_MOST_TOLD = 10  # names in a mail; the page has them all


def message(prompt: Prompt, *, now: datetime) -> compose.Mail | None:
    """The mail of a prompt; None when everything in it is settled, or told anew by a later one."""
    reader = reader_of(prompt.user, now)
    lines = lines_of(prompt, now)
    if not lines:
        return None
    with translation.override(reader.language):
        if len(lines) == 1:
            return _single(prompt, lines[0], reader)
        return _several(prompt, lines, reader)


# --- what is still to be said -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One thing to tell: about a limit, or about news; `own` is the date of the firm's own it is about.

    `concern` is what of it waits to be acknowledged, None when nothing does.
    """

    case: Case
    concern: Concern | None
    limit: TimeLimit | None = None
    own: OwnDate | None = None
    row: Reminder | Escalation | None = None

    @property
    def due(self) -> date | None:
        return self.own.day if self.own else self.limit.due if self.limit else None


def lines_of(prompt: Prompt, now: datetime) -> list[Line]:
    """The lines that still hold, the most urgent first; a bounded number of queries."""
    found = _escalated(prompt, now) if prompt.kind == Prompt.Kind.ESCALATION else _reminded(prompt, now)
    return sorted(found, key=lambda line: (line.due or date.min, line.case.pk))


def _reminded(prompt: Prompt, now: datetime) -> list[Line]:
    newer = Reminder.objects.filter(
        limit=OuterRef("limit"),
        user=prompt.user_id,
        kind=OuterRef("kind"),
        due=OuterRef("due"),
        rung__lt=OuterRef("rung"),
    )
    shown = reach.shown_to(prompt.user, "limit__case__")
    rows = prompt.reminders.filter(shown, ~Exists(newer), limit__state__in=RUNNING)
    rows = rows.select_related("limit__case__owner", "limit__confirmed_by", "instead_of")
    concerns = _waiting([row.limit_id for row in rows], now)
    own = _own_dates([row.limit_id for row in rows if row.kind != LEGAL])
    found = []
    for row in rows:
        limit, case = row.limit, row.limit.case
        if row.kind == LEGAL and limit.due == row.due:
            found.append(Line(case, concerns.get((limit.pk, row.due)), limit, row=row))
        mine = own.get((limit.pk, row.kind))
        if mine and mine.day == row.due:
            found.append(Line(case, None, limit, own=mine, row=row))
    return found


def _waiting(limits: Sequence[int], now: datetime) -> dict[tuple[int, date], Concern]:
    rows = acknowledge.waiting(office_day(now)).filter(limit__in=limits)
    return {(cast(int, one.limit_id), cast(date, one.due)): one for one in rows}


def _own_dates(limits: Sequence[int]) -> dict[tuple[int, str], OwnDate]:
    """Of each kind the newest holds."""
    rows = OwnDate.objects.filter(limit__in=limits).select_related("by").order_by("at", "pk")
    return {(row.limit_id, row.kind): row for row in rows}


def _escalated(prompt: Prompt, now: datetime) -> list[Line]:
    newer = Escalation.objects.filter(
        concern=OuterRef("concern"), user=prompt.user_id, rung__gt=OuterRef("rung")
    )
    live = acknowledge.waiting(office_day(now)).values("pk")
    shown = reach.shown_to(prompt.user, "concern__case__")
    rows = prompt.escalations.filter(shown, ~Exists(newer), concern__in=live).select_related(
        "instead_of",
        "concern__case__owner",
        "concern__limit__confirmed_by",
        "concern__news__event",
        "concern__news__case",
    )
    return [Line(row.concern.case, row.concern, row.concern.limit, row=row) for row in rows]


# --- one thing ----------------------------------------------------------------------------------------------


def _single(prompt: Prompt, line: Line, reader: Reader) -> compose.Mail:
    kind = MailWording.Kind.ESCALATION if prompt.kind == Prompt.Kind.ESCALATION else MailWording.Kind.REMINDER
    letter = wording.dress(_letter(prompt, line, reader), kind)
    headers = {"References": compose.thread_id(line.case), "In-Reply-To": compose.thread_id(line.case)}
    return mail_of(
        prompt, letter.subject, compose.as_text(letter), compose.as_html(letter), letter.unsubscribe, headers
    )


def _letter(prompt: Prompt, line: Line, reader: Reader) -> Letter:
    case, late = line.case, lateness(prompt, reader)
    raised = prompt.kind == Prompt.Kind.ESCALATION
    facts = _raised(line, reader) if raised else _own_facts(line, reader)
    return Letter(
        language=reader.language,
        subject=_subject(line, raised, reader),
        number=letters.number_of(case, reader.language),
        title=one_line(case.title, 300),
        intro=reader.say("raised_intro") if raised else _intro(line, reader),
        facts=(*([("", late)] if late else []), *facts),
        limits=tuple(letters.limit_words(limit, reader) for limit in _limits(line)),
        no_limit="",
        no_limit_tone="calm",
        reviews=(),
        substance=(),
        substance_note="",
        own=letters.own_of(case, reader),
        freshness=letters.freshness_of(case, reader),
        links=((reader.say("open_case"), letters.case_url(case)),),
        why=_why(line, reader),
        unsubscribe=way_out(prompt.user, reader),
        ask=letters.ask_for(reader, prompt.user, prompt) if line.concern else None,
        variables=letters.variables_of(
            case, prompt.user, reader, _what(line, reader), _brackets(line, raised, reader)
        ),
    )


def _limits(line: Line) -> list[TimeLimit]:
    if line.limit:
        return [line.limit]
    return letters.limits_of(line.concern.news) if line.concern and line.concern.news else []


def _subject(line: Line, raised: bool, reader: Reader) -> str:
    """[受領未確認] [期限 2026-12-01・あと3日] 特願2023-000123 意見書の提出期限 — ABC-0123"""
    reference = one_line(line.case.own_reference, 40)
    parts = [
        _brackets(line, raised, reader),
        letters.number_of(line.case, reader.language),
        one_line(_what(line, reader), 70),
    ]
    words = " ".join(part for part in parts if part)
    return one_line(f"{words} — {reference}" if reference else words, letters.LONGEST_SUBJECT)


def _brackets(line: Line, raised: bool, reader: Reader) -> str:
    raised_word = f"[{reader.say('raised_bracket')}]" if raised else ""
    return " ".join(one for one in (raised_word, _bracket(line, reader)) if one)


def _what(line: Line, reader: Reader) -> str:
    if line.limit:
        return reader.pick(line.limit, "title")
    return letters.act_of(line.concern.news, reader) if line.concern and line.concern.news else ""


def _bracket(line: Line, reader: Reader) -> str:
    if line.limit is None:
        news = line.concern.news if line.concern else None
        return letters.bracket(news, letters.limits_of(news), reader) if news else ""
    if line.due is None:
        return f"[{reader.say('review')}]"
    day = line.due.isoformat()
    named = reader.say("own_in_subject", kind=reader.say(f"own_{line.own.kind}"), due=day) if line.own else ""
    comma = reader.say("digest_comma")
    return f"[{named or reader.say('due', due=day)}{comma}{_days(line.due, reader)}]"


def _days(due: date, reader: Reader) -> str:
    days = (due - office_day(reader.now)).days
    if days < 0:
        return reader.say("past_one") if days == -1 else reader.say("past_in_subject", n=-days)
    few = {0: reader.say("left_none"), 1: reader.say("left_one")}
    return few.get(days) or reader.say("left_in_subject", n=days)


def _intro(line: Line, reader: Reader) -> str:
    limit, due = cast(TimeLimit, line.limit), cast(date, line.due)
    days = (due - office_day(reader.now)).days
    if line.own:
        return reader.say("remind_own_past" if days < 0 else "remind_own")
    if limit.state == TimeLimit.State.CLAIMED:
        return reader.say("remind_claimed")
    return reader.say("remind_overdue" if days < 0 else "remind_today" if days == 0 else "remind_intro")


def _own_facts(line: Line, reader: Reader) -> list[Pair]:
    if line.own is None:
        return []
    kind, day = reader.say(f"own_{line.own.kind}"), reader.day(cast(date, line.own.day))
    note = one_line(line.own.note, 300)
    return [
        (kind, f"{day} {_days(cast(date, line.own.day), reader)}"),
        *([(reader.say("own_note"), note)] if note else []),
        (reader.say("set_by"), one_line(str(line.own.by), 100)),
    ]


def _raised(line: Line, reader: Reader) -> list[Pair]:
    """What it is, since when it waits, and who was told so far."""
    concern = cast(Concern, line.concern)
    what = reader.say(f"stage_{concern.stage}") if line.limit else letters.act_of(concern.news, reader)
    told = [
        f"{reader.instant(link.at)} {one_line(link.chat or str(link.user), 80)}"
        for link in escalation_log.chain(concern)
        if link.sent
    ]
    so_far = reader.say("list_comma").join(told[-_MOST_TOLD:]) or reader.say("raised_to_nobody")
    return [
        (reader.say("act") if concern.news else reader.say("limits"), one_line(what, 200)),
        (reader.say("raised_since"), reader.instant(concern.opened_at)),
        (reader.say("raised_to"), so_far),
    ]


def _why(line: Line, reader: Reader) -> str:
    row = line.row
    if row and row.instead_of:
        return letters.why_stand_in(row.instead_of, reader)
    if isinstance(row, Escalation):
        return reader.say(f"why_{row.role}")
    if row and line.case.owner_id == row.user_id:
        return reader.say("why_owner")
    if row and line.case.owner_id is None and line.case.deputy_id == row.user_id:
        return reader.say("why_case_deputy")
    followed = row and Case.objects.filter(followed_by(row.user), pk=line.case.pk).exists()
    return reader.say("why_reminded" if followed else "why_nobody")


# --- many things --------------------------------------------------------------------------------------------


def _several(prompt: Prompt, lines: Sequence[Line], reader: Reader) -> compose.Mail:
    raised = prompt.kind == Prompt.Kind.ESCALATION
    key = "raised_several" if raised else "remind_several"
    kind = MailWording.Kind.ESCALATIONS if raised else MailWording.Kind.REMINDERS
    title, dates = reader.say(key, n=f"{len(lines):,}"), _dates(lines, reader)
    asked = any(line.concern for line in lines)
    listing = Listing(
        language=reader.language,
        subject=f"[IP Portal] {title}{f' ({dates})' if dates else ''}",
        title=title,
        intro=reader.say(f"{key}_intro", day=reader.day(office_day(reader.now))),
        late=lateness(prompt, reader),
        rows=tuple(_row(line, reader) for line in lines),
        ask=letters.ask_for(reader, prompt.user, prompt) if asked else None,
        why=reader.say("why_group"),
        leave=way_out(prompt.user, reader),
        variables={"what": title, "dates": dates, "reader": one_line(str(prompt.user), 60)},
    )
    return listed(prompt, listing, kind)


def _dates(lines: Sequence[Line], reader: Reader) -> str:
    """How many are overdue, and the nearest last day of the others."""
    today = office_day(reader.now)
    dates = [line.due for line in lines if line.due]
    overdue = sum(due < today for due in dates)
    coming = min((due for due in dates if due >= today), default=None)
    told = [reader.say("subject_overdue", n=f"{overdue:,}")] if overdue else []
    told += [reader.say("subject_nearest", due=coming.isoformat())] if coming else []
    return reader.say("digest_comma").join(told)


def _row(line: Line, reader: Reader) -> Row:
    reference, owner = one_line(line.case.own_reference, 40), line.case.owner
    number = letters.number_of(line.case, reader.language)
    who = one_line(str(owner), 60) if owner else reader.say("nobody")
    remarks = [
        _days(line.due, reader) if line.due else "",
        reader.say(f"own_{line.own.kind}") if line.own else "",
        reader.say("digest_claimed") if line.limit and line.limit.state == TimeLimit.State.CLAIMED else "",
        reader.say("digest_provisional") if line.limit and line.limit.provisional else "",
        reader.say("digest_owner", owner=who),
    ]
    return Row(
        when=reader.date(line.due) if line.due else "–",
        number=f"{number} — {reference}" if reference else number,
        words=one_line(_what(line, reader), 150),
        remark=" · ".join(remark for remark in remarks if remark),
        url=f"{settings.SITE_URL}/limits/{line.limit.pk}/" if line.limit else letters.case_url(line.case),
        tone="late" if line.due is not None and line.due <= office_day(reader.now) else "calm",
    )


# --- both ---------------------------------------------------------------------------------------------------


def lateness(prompt: Prompt, reader: Reader) -> str:
    """Why it comes late, in words; "" when it does not."""
    if prompt.again_by:
        return reader.say("again", who=one_line(str(prompt.again_by), 80))
    if reader.now - prompt.due_at <= LATE_WORD_AFTER:
        return ""
    words = one_line(prompt.last_error, 200)
    why = reader.say("digest_late_server", words=words) if words else reader.say("digest_late_asleep")
    return reader.say("prompt_late", due=reader.instant(prompt.due_at), why=why)


def way_out(user: User, reader: Reader) -> Pair:
    return reader.say("unsubscribe_all"), url_for(user, None)


def listed(prompt: Prompt, listing: Listing, kind: str) -> compose.Mail:
    """The mail of a prompt about several things, in the firm's own words for that kind."""
    mail = wording.dress(listing, kind)
    return mail_of(prompt, mail.subject, as_text(mail), as_html(mail), mail.leave, {})


def mail_of(
    prompt: Prompt, subject: str, text: str, html: str, leave: Pair, more: dict[str, str]
) -> compose.Mail:
    user = prompt.user
    mail = compose.Mail(
        subject=one_line(subject, letters.LONGEST_SUBJECT),
        body=text,
        to=[user.email] if user.email else [],
        headers={
            "Message-ID": prompt.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Unsubscribe": f"<{leave[1]}>",
            **more,
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail
