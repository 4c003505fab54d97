"""Taking in what the office said of a case: one reply, one transaction, everything it causes.

What came is read first, for that may take long; the transaction only writes.
Reading the same reply twice changes nothing but the day on which the office last confirmed it. The caller
passes `tell`, which is called inside the transaction with the news that the reply brought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from apiclient.clock import office_day
from apiclient.documents import Member
from apiclient.jpo.replies import (
    Citations,
    DocumentRow,
    FixedAddress,
    NonPatentCitation,
    NumberBlock,
    Progress,
    Registration,
)
from apiclient.outcomes import Answer, Outcome
from dossiers.docketing import life, news
from dossiers.docketing.differences import compare
from dossiers.docketing.serial import calculation_from_json
from dossiers.docketing.store import (
    SUMS,
    Held,
    Reconciled,
    agree,
    on_timeline,
    parent_of,
    priorities_of,
    sum_up,
    write_reviews,
)
from dossiers.models import (
    Case,
    Citation,
    Document,
    Event,
    Heartbeat,
    News,
    Paper,
    Register,
    ReviewTask,
    TimeLimit,
)

from . import citing, pictures, samples, search_index, snapshots
from .events import Act, acts_of, identity
from .readings import AnswerRead, PaperRead, grounds_of, read_answer

Tell = Callable[[Sequence[News]], None]

# Which endpoint delivers the body of a dispatched document (handbook Tables 1 to 3).
SERVED_BY = {
    "A131": "app_doc_cont_refusal_reason",
    "A02": "app_doc_cont_refusal_reason_decision",
    "A01": "app_doc_cont_refusal_reason_decision",
    "A191": "app_doc_cont_refusal_reason_decision",
    "A192": "app_doc_cont_refusal_reason_decision",
}
DECISIONS = frozenset({"A01", "A02", "C03", "C16"})

# What a reply that says nothing new may change of the case itself.
_HEARD = ("asked_at", "last_outcome", "in_vain_since", "confirmed_at", "priorities", "parent", *SUMS)
# A good answer settles what only the lack of one had raised.
_ANSWERED = ("office:not_found", "office:not_read:app_progress", "office:not_read:app_progress_simple")


@dataclass
class Taken:
    """What one reply changed."""

    changed: bool = False
    first: bool = False  # the office had not spoken of this case before
    new_events: list[Event] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    problems: tuple[str, ...] = ()  # what could not be read in the documents that came


def take_in(case: Case, answer: Answer, *, now: datetime, tell: Tell) -> Taken:
    """Store `answer` on `case` with its events, limits, tasks and news. `case` is brought up to date."""
    read = read_answer(answer, case.law)
    with transaction.atomic():
        taken = _stored(case, answer, read, now=now, tell=tell)
        if taken.problems:  # here, for what has been taken in is not asked for again
            samples.keep(answer, problems=taken.problems)
        return taken


def _stored(case: Case, answer: Answer, read: AnswerRead, *, now: datetime, tell: Tell) -> Taken:
    case.refresh_from_db(from_queryset=Case.objects.select_for_update())
    held = Held(case)
    case.asked_at, taken = now, Taken(first=case.confirmed_at is None)
    if answer.endpoint.name in ("app_progress", "app_progress_simple"):
        case.last_outcome = Outcome.UNREADABLE if answer.is_unreadable else answer.outcome
        case.in_vain_since = None if case.last_outcome == Outcome.OK else case.in_vain_since or now
    if answer.outcome is Outcome.OK:
        _ok(held, answer, read, taken, now)
    elif answer.outcome is Outcome.EMPTY and answer.endpoint.name.startswith("app_progress"):
        _not_found(held, taken, now)
    elif answer.outcome is Outcome.UNREADABLE:
        if answer.body:
            snapshots.keep(case, answer, read, now=now)
        _not_read(held, answer, read, taken, now)
    write_reviews(held)
    if held.sums_due:
        sum_up(held)
    if answer.outcome is Outcome.OK and isinstance(answer.reply, Progress):
        taken.news += life.look_at(case, now=now, first=taken.first, held=held)
    case.save(update_fields=None if taken.changed else _HEARD)
    if taken.changed:
        search_index.write_cases([case])
    tell(taken.news)
    return taken


def _ok(held: Held, answer: Answer, read: AnswerRead, taken: Taken, now: datetime) -> None:
    case = held.case
    _, taken.changed = snapshots.keep(case, answer, read, now=now)
    reply = answer.reply
    if isinstance(reply, Progress):
        case.confirmed_at = now
        if answer.endpoint.name == "app_progress":  # the simplified form leaves these out
            _relations(case, reply)
        _close(held, _ANSWERED, gettext_noop("the office has answered since"), now)
    not_read = f"office:not_read:{answer.endpoint.name}"
    _close(held, (not_read,), gettext_noop("the office has answered since"), now)
    if not taken.changed:
        return
    if answer.problems:
        _format_differs(answer, now)
    listed = _Listed()
    if isinstance(reply, Progress):
        own_fields(case, reply)
        listed = _documents(held, reply, taken, now)
    elif isinstance(reply, Registration):
        _register(case, reply, now)
    elif isinstance(reply, Citations):
        _citations(case, reply, now)
        citing.gather(case, held.papers)
    elif isinstance(reply, FixedAddress):
        case.fixed_address = reply.url[:300]
    else:
        taken.problems = _papers(held, answer, read, now)
        citing.gather(case, held.papers)
    if isinstance(reply, FixedAddress | Citations):
        return
    case.changed_at = now
    changes = agree(held, now=now)
    listed.write()
    _tell_of_changes(held, changes, taken, now)
    taken.news += news.of_differences(case, compare(case, now=now), now=now, first=taken.first)


def _format_differs(answer: Answer, now: datetime) -> None:
    """The office has changed its format: one sign for the whole docket, for it concerns every case alike."""
    Heartbeat.objects.update_or_create(
        name="office_format",
        defaults={
            "at": now,
            "detail": {"endpoint": answer.endpoint.bucket_name, "problems": list(answer.problems[:5])},
        },
    )


# --- status information -----------------------------------------------------------------------------------


def own_fields(case: Case, reply: Progress) -> None:
    case.title = (reply.title or case.title)[:1000]
    case.parties = [
        {"code": party.code, "name": party.name, "role": party.role, "order": party.order}
        for party in reply.parties
    ]
    case.applicants_text = "、".join(party.name for party in reply.parties if party.role == "applicant")
    case.filing_date = reply.filing_date
    case.publication_number = reply.publication_number or reply.national_publication_number or ""
    case.publication_date = reply.publication_date
    case.registration_number = reply.registration_number or ""
    case.registration_date = reply.registration_date
    case.expire_date = reply.expire_date
    case.disappearance_date = reply.disappearance_date
    case.erasure = reply.erasure_identifier or ""
    case.international_application_number = reply.international_application_number or ""


def _relations(case: Case, reply: Progress) -> None:
    """Whose priority the case claims, which case it comes from, and its place in the family."""
    case.priorities = priorities_of(reply)
    case.parent = parent_of(reply, case.application_number)


@dataclass
class _Listed:
    """Rows that refer to an event, and can be written once the new events have been."""

    new: list[Document] = field(default_factory=list)
    moved: list[Document] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)

    def write(self) -> None:
        Document.objects.bulk_create(self.new)
        for document in self.moved:
            document.save(update_fields=["event", "available", "vanished_at"])
        for paper in self.papers:
            paper.save(update_fields=["event"])
            pictures.join(paper.case, [paper.event])


def _documents(held: Held, reply: Progress, taken: Taken, now: datetime) -> _Listed:
    """Bring rows and acts into agreement with the list, whatever earlier lists said."""
    stored = list(held.events)
    documents = held.case.documents.all() if stored else []  # each belongs to an event
    known = {document.identity: document for document in documents}
    acts = acts_of(reply.bibliography)
    events = events_of(acts, stored)
    seen: set[str] = set()
    listed = _Listed()
    for act, found in zip(acts, events, strict=True):
        event = found or _event(held, act, taken, now)
        _as_told(event, act, held, now)
        for block, row in act.rows:
            name = identity(block, row)
            document = known.get(name)
            body_came = row.available and not (document and document.available)
            if body_came and block.number_type == "01":
                _has_body(event)
            if document is not None:
                _row_again(document, event, row.available, listed)
            elif name not in seen:
                listed.new.append(_row(held.case, event, name, block, row, now))
            seen.add(name)
    present = {event.pk for event in events if event}
    _vanished(held.case, [document for name, document in known.items() if name not in seen], now)
    _acts_vanished(held, [event for event in stored if event.pk not in present], now)
    listed.papers = _match_papers(held, now)
    return listed


def events_of(acts: list[Act], stored: list[Event]) -> list[Event | None]:
    """The stored event of each act: by its number, else by its day where one of the two has no number.

    An act whose number the office has changed is another act: what people decided was about the old one.
    """
    free = {event.pk: event for event in stored}
    by_number = {(event.code, event.document_number): event for event in stored if event.document_number}
    found = [by_number.get((act.code, act.number)) if act.number else None for act in acts]
    for event in found:
        if event:
            del free[event.pk]
    for place, act in enumerate(acts):
        if found[place] is None and (event := _of_day(act, free)):
            found[place] = free.pop(event.pk)
    return found


def _of_day(act: Act, free: dict[int, Event]) -> Event | None:
    fitting = [
        event
        for event in free.values()
        if (event.code, event.legal_date) == (act.code, act.on) and not (act.number and event.document_number)
    ]
    return min(fitting, key=lambda event: (event.vanished_at is not None, event.pk), default=None)


def _event(held: Held, act: Act, taken: Taken, now: datetime) -> Event:
    keys = {event.key for event in held.events}
    key = act.key
    while key in keys:  # a date or number the office has changed: another act, not the old one
        key += "'"
    event = Event(
        case=held.case,
        key=key,
        code=act.code,
        document_number=act.number,
        legal_date=act.on,
        description=act.description[:200] or act.code,
        first_seen_at=now,
    )
    held.events.append(event)
    taken.new_events.append(event)
    return event


def _keep(event: Event, *fields: str) -> None:
    """Save what changed of an event; a new one is written whole with the docket."""
    if event.pk:
        event.save(update_fields=fields)


def _as_told(event: Event, act: Act, held: Held, now: datetime) -> None:
    """The event says what the list says now. A corrected date counts; it is the base of time limits."""
    before = (event.document_number, event.legal_date, event.description, event.vanished_at)
    if event.vanished_at:
        _close(held, (f"office:vanished:{event.key}",), gettext_noop("the office lists it again"), now)
    event.document_number = act.number or event.document_number
    event.legal_date = act.on
    event.description, event.vanished_at = act.description[:200] or act.code, None
    if before != (event.document_number, event.legal_date, event.description, event.vanished_at):
        _keep(event, "document_number", "legal_date", "description", "vanished_at")
    if len(act.dates) > 1:
        days = "、".join(day.isoformat() for day in act.dates)
        _office_task(
            held,
            f"dates:{event.key}",
            "dates_differ",
            f"{event.description}（{event.code}）の日付が庁の書類一覧で食い違っています：{days}。"
            f"{act.on}から数えています。",
            f"The office's list gives {event.code} different dates: {days}. {act.on} is counted from.",
            now,
            event=event,
        )


def _row(
    case: Case, event: Event, name: str, block: NumberBlock, row: DocumentRow, now: datetime
) -> Document:
    return Document(
        case=case,
        event=event,
        identity=name,
        number_type=block.number_type,
        number=block.number,
        document_number=row.number,
        code=row.code,
        separator=row.separator.strip(),
        legal_date=row.legal_date,
        description=row.description,
        version=row.version,
        available=row.available,
        first_seen_at=now,
    )


def _row_again(document: Document, event: Event, available: bool, listed: _Listed) -> None:
    if (document.event_id, document.available, document.vanished_at) != (event.pk, available, None):
        document.event, document.available, document.vanished_at = event, available, None
        listed.moved.append(document)


def _has_body(event: Event) -> None:
    """The office has come to hold a text it did not hold before: it is to be asked for."""
    if event.code in SERVED_BY and event.notice_state == Event.NoticeState.NONE:
        event.notice_state = Event.NoticeState.NOT_FETCHED
        _keep(event, "notice_state")


def _vanished(case: Case, gone: list[Document], now: datetime) -> None:
    if rows := [row.pk for row in gone if not row.vanished_at]:
        case.documents.filter(pk__in=rows).update(vanished_at=now)


def _acts_vanished(held: Held, gone: list[Event], now: datetime) -> None:
    """An act that left the office's list is kept, marked, and put before a person, each time anew."""
    for event in gone:
        if event.vanished_at:
            continue
        event.vanished_at = now
        event.save(update_fields=["vanished_at"])
        _office_task(
            held,
            f"vanished:{event.key}",
            "vanished",
            f"{event.description}（{event.legal_date}）が庁の書類一覧からなくなりました。",
            f"{event.code} of {event.legal_date} is no longer in the office's list of documents.",
            now,
            event=event,
            anew=True,
        )


# --- the other replies ------------------------------------------------------------------------------------


def _register(case: Case, reply: Registration, now: datetime) -> None:
    Register.objects.update_or_create(
        case=case,
        defaults={
            "registration_number": reply.registration_number or "",
            "registration_date": reply.registration_date,
            "decision_date": reply.decision_date,
            "expire_date": reply.expire_date,
            "next_annuity_due": reply.next_annuity_due,
            "last_paid_year": reply.last_paid_year,
            "claims": reply.claims,
            "holders": [{"code": holder.code, "name": holder.name} for holder in reply.holders],
            "erasure": reply.erasure_identifier or "",
            "disappearance_date": reply.disappearance_date,
            "updated_on": reply.updated_on,
            "confirmed_at": now,
        },
    )
    if "register" in case._state.fields_cache:
        del case._state.fields_cache["register"]


def _citations(case: Case, reply: Citations, now: datetime) -> None:
    rows = [
        Citation(
            case=case,
            draft_date=cited.draft_date,
            citation_type=cited.citation_type,
            order=cited.order or 0,
            patent=True,
            number=cited.document_number[:60],
            display=(cited.publication or cited.document_number)[:400],
            first_seen_at=now,
        )
        for cited in reply.patent
    ]
    rows += [
        Citation(
            case=case,
            draft_date=cited.draft_date,
            citation_type=cited.citation_type,
            order=cited.order or 0,
            patent=False,
            display=_described(cited),
            first_seen_at=now,
        )
        for cited in reply.non_patent
    ]
    known = {
        (row.draft_date, row.citation_type, row.patent, row.order, row.number) for row in case.citations.all()
    }
    fresh = {(row.draft_date, row.citation_type, row.patent, row.order, row.number): row for row in rows}
    Citation.objects.bulk_create([row for name, row in fresh.items() if name not in known])


def _described(cited: NonPatentCitation) -> str:
    parts = (cited.author, cited.paper_title, cited.publication_name, cited.publisher, cited.issue_number)
    return ("，".join(part for part in parts if part) or cited.document_type or "?")[:400]


def _papers(held: Held, answer: Answer, read: AnswerRead, now: datetime) -> tuple[str, ...]:
    """The archive's documents, each tied to its act by its document number; returns what was amiss."""
    problems = [*read.problems, *read.unplaced]
    pictures.keep(held.case, read.pictures, held.events, now=now)
    stored = [_paper(held, paper, now) for paper in read.papers]
    search_index.write_papers(stored)
    for paper, row in zip(read.papers, stored, strict=True):
        name, notice = paper.member.name, paper.notice
        if row.event is None:
            problems.append(f"{name}: not in the office's list of documents")
        if not notice.readable:
            problems += [f"{name}: {problem}" for problem in notice.problems or ("not readable",)]
    if read.problems:
        _office_task(
            held,
            f"bundle:{answer.endpoint.name}",
            "archive_damaged",
            "庁から受け取った書類の圧縮ファイルに読めない部分があります：" + "；".join(read.problems)[:300],
            "A part of the archive received from the office could not be read: "
            + "; ".join(read.problems)[:300],
            now,
        )
    return tuple(problems)


def _paper(held: Held, read: PaperRead, now: datetime) -> Paper:
    member, notice = read.member, read.notice
    paper = _held_paper(held, member)
    paper.event = _event_of(held, member.document_number)
    paper.media_type, paper.body = member.media_type, read.packed
    paper.notice = notice.to_json()
    paper.readable = notice.readable and notice.application_number in (None, held.case.application_number)
    paper.grounds = grounds_of(notice) if paper.readable else ""
    paper.problems, paper.received_at = [*member.problems, *notice.problems], now
    paper.save()
    if paper.event is not None:
        _text_came(paper.event, paper)
    else:
        _unlisted(held, paper, now)
    return paper


def _held_paper(held: Held, member: Member) -> Paper:
    """The row of this very text, new if it has not come before."""
    name = member.name[:200]
    for paper in held.papers:
        if (paper.name, paper.sha256) == (name, member.sha256):
            return paper
    paper = Paper(case=held.case, name=name, sha256=member.sha256)
    held.papers.append(paper)
    return paper


def _event_of(held: Held, document_number: str | None) -> Event | None:
    """The first act with this number."""
    fitting = [event for event in held.events if document_number and event.document_number == document_number]
    return min(fitting, key=on_timeline, default=None)


def _text_came(event: Event, paper: Paper) -> None:
    event.notice_state = Event.NoticeState.READ if paper.readable else Event.NoticeState.UNREADABLE
    _keep(event, "notice_state")


def _unlisted(held: Held, paper: Paper, now: datetime) -> None:
    """A delivered text that belongs to no listed act may be a dispatch that the list does not show."""
    _office_task(
        held,
        f"unlisted:{paper.pk}",
        "unlisted_paper",
        f"庁から受け取った書類（{paper.name}）が書類一覧のどの書類か分かりません。発送日と期間を確認してください。",
        f"A document delivered by the office ({paper.name}) is not in its list of documents. "
        "Check when it was dispatched and which period it sets.",
        now,
    )


def _match_papers(held: Held, now: datetime) -> list[Paper]:
    """Texts that came before the list named their act: the office delivers an archive once unchanged."""
    matched = []
    for paper in held.papers:
        number = (paper.notice or {}).get("document_number")
        if paper.event_id or (event := _event_of(held, number)) is None:
            continue
        paper.event = event
        _text_came(event, paper)
        _close(held, (f"office:unlisted:{paper.pk}",), gettext_noop("the office lists it now"), now)
        matched.append(paper)
    return matched


# --- news and tasks ---------------------------------------------------------------------------------------


def _tell_of_changes(held: Held, changes: Reconciled, taken: Taken, now: datetime) -> None:
    """News of office documents first seen now, of limits that moved, and of documents nobody can place.

    When a case has just been added its history is no news; what can still be acted on is.
    """
    today = office_day(now)
    open_limits = [limit for limit in held.limits if limit.state == TimeLimit.State.OPEN and limit.event_id]
    running = {limit.event_id for limit in open_limits if _can_still_act(limit, today)}
    fresh = sorted(taken.new_events, key=on_timeline)
    drafts = [
        _draft(held, taken, now, _kind_of(event), f"event:{event.key}", event)
        for event in fresh
        if event.side == Event.Side.OFFICE and (event.pk in running or not taken.first)
    ]
    drafts += [
        _draft(held, taken, now, News.Kind.NOT_ACCOUNTED, f"open:{event.key}", event)
        for event in fresh
        if event.side != Event.Side.OFFICE and event.account == Event.Account.OPEN
    ]
    taken.news += news.write_all(held.case, drafts)
    taken.news += news.of_changes(held.case, changes, now=now, first=taken.first)


def _can_still_act(limit: TimeLimit, today: date) -> bool:
    """Whether the limit, or a rung of its ladder (an extension, a restoration), is not over yet."""
    if limit.due is None or limit.due >= today:
        return True
    ends = (rung.due for rung in calculation_from_json(limit.calculation).ladder)
    return any(end is not None and end >= today for end in ends)


def _kind_of(event: Event) -> str:
    if event.code in ("A131", "C13"):
        return News.Kind.OFFICE_ACTION
    if event.code in DECISIONS:
        return News.Kind.DECISION
    return News.Kind.NOT_ACCOUNTED if event.account == Event.Account.OPEN else News.Kind.DISPATCH


def _draft(held: Held, taken: Taken, now: datetime, kind: str, key: str, event: Event | None = None) -> News:
    return news.draft(held.case, kind, key, now=now, first=taken.first, event=event)


def _office_task(
    held: Held,
    key: str,
    kind: str,
    ja: str,
    en: str,
    now: datetime,
    *,
    event: Event | None = None,
    anew: bool = False,
) -> None:
    """A task that the office's answers cause, open until a person or a better answer closes it.

    `anew`: it has happened again, so that what a person said of the last time does not settle it.
    """
    name = f"office:{key}"[:120]
    held.sums_due = True
    task = next((one for one in held.reviews if one.key == name), None)
    if task is None:
        task = ReviewTask(case=held.case, key=name, kind=kind, event=event, opened_at=now)
        task.detail_ja, task.detail_en = ja[:500], en[:500]
        held.reviews.append(task)
    elif task.closed_at and (anew or task.closed_by_id is None):
        task.closed_at, task.closed_by, task.resolution, task.opened_at = None, None, "", now
        task.save()


def _not_found(held: Held, taken: Taken, now: datetime) -> None:
    _office_task(
        held,
        "not_found",
        "not_found",
        "庁はこの番号の案件がないと答えました。番号と法域を確かめてください。出願直後なら翌日以降に現れます。",
        "The office knows no such case. Check the number and the law; a case just filed appears later.",
        now,
    )
    since = held.case.confirmed_at.date() if held.case.confirmed_at else "never"
    said = _draft(held, taken, now, News.Kind.NOT_FOUND, f"not_found:{since}")
    taken.news += news.write_all(held.case, [said])


def _not_read(held: Held, answer: Answer, read: AnswerRead, taken: Taken, now: datetime) -> None:
    name = answer.endpoint.name
    _office_task(
        held,
        f"not_read:{name}",
        "answer_not_read",
        f"庁の回答（{name}）を読めませんでした。内容は保存してあります。J-PlatPatで確認してください。",
        f"The office's answer ({name}) could not be read. It is kept; check the case in J-PlatPat.",
        now,
    )
    said = _draft(held, taken, now, News.Kind.NOT_READ, f"not_read:{name}:{read.fingerprint[:16]}")
    taken.news += news.write_all(held.case, [said])


def _close(held: Held, keys: Sequence[str], why: str, now: datetime) -> None:
    for task in held.reviews:
        if task.key in [key[:120] for key in keys] and task.closed_at is None:
            task.closed_at, task.resolution = now, why
            held.sums_due = True
            if task.pk:
                task.save(update_fields=["closed_at", "resolution"])
