"""Taking in what the office said of a case: one reply, one transaction, everything it causes.

Reading the same reply twice changes nothing but the day on which the office last confirmed it. The caller
passes `tell`, which is called inside the transaction with the news that the reply brought.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from apiclient.clock import office_day
from apiclient.documents import Member, Notice, read_bundle, read_notice
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
from dossiers.docketing.serial import calculation_from_json
from dossiers.docketing.store import Reconciled, reconcile, recount
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

from . import snapshots
from .events import Act, acts_of, identity
from .search import search_text_of

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


@dataclass
class Taken:
    """What one reply changed."""

    changed: bool = False
    first: bool = False  # the office had not spoken of this case before
    new_events: list[Event] = field(default_factory=list)
    news: list[News] = field(default_factory=list)


@transaction.atomic
def take_in(case: Case, answer: Answer, *, now: datetime, tell: Tell) -> Taken:
    """Store `answer` on `case` with its events, limits, tasks and news. `case` is brought up to date."""
    Case.objects.select_for_update().get(pk=case.pk)
    case.refresh_from_db()
    case.asked_at, taken = now, Taken(first=case.confirmed_at is None)
    if answer.endpoint.name in ("app_progress", "app_progress_simple"):
        case.last_outcome = answer.outcome
    if answer.outcome is Outcome.OK:
        _ok(case, answer, taken, now)
    elif answer.outcome is Outcome.EMPTY and answer.endpoint.name.startswith("app_progress"):
        _not_found(case, taken, now)
    elif answer.outcome is Outcome.UNREADABLE:
        snapshots.keep(case, answer, now=now)
        _not_read(case, answer, taken, now)
    case.save()
    tell(taken.news)
    return taken


def _ok(case: Case, answer: Answer, taken: Taken, now: datetime) -> None:
    _, taken.changed = snapshots.keep(case, answer, now=now)
    reply = answer.reply
    if isinstance(reply, Progress):
        case.confirmed_at = now
        _close_office_tasks(case, now)
    if not taken.changed:
        return
    if answer.problems:
        _format_differs(answer, now)
    if isinstance(reply, Progress):
        _progress(case, reply, taken, now)
    elif isinstance(reply, Registration):
        _register(case, reply, now)
    elif isinstance(reply, Citations):
        _citations(case, reply, now)
    elif isinstance(reply, FixedAddress):
        case.fixed_address = reply.url[:300]
    else:
        _papers(case, answer, now)
    if isinstance(reply, FixedAddress | Citations):
        return
    case.changed_at = now
    case.save()
    _tell_of_changes(case, reconcile(case, now=now), taken, now)
    case.refresh_from_db()


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


def _progress(case: Case, reply: Progress, taken: Taken, now: datetime) -> None:
    """The case's own fields, then its documents."""
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
    case.search_text = search_text_of(case)
    _documents(case, reply, taken, now)


def _documents(case: Case, reply: Progress, taken: Taken, now: datetime) -> None:
    """Bring rows and acts into agreement with the list, whatever earlier lists said."""
    known = {document.identity: document for document in case.documents.all()}
    stored = list(case.events.order_by("pk"))
    acts = acts_of(reply.bibliography)
    events = _matched(acts, stored)
    seen: set[str] = set()
    new: list[Document] = []
    for act, found in zip(acts, events, strict=True):
        event = found or _event(case, act, stored, taken, now)
        _as_told(event, act, case, now)
        for block, row in act.rows:
            name = identity(block, row)
            document = known.get(name)
            body_came = row.available and not (document and document.available)
            if body_came and block.number_type == "01":
                _has_body(event)
            if document is not None:
                _row_again(document, event, row.available)
            elif name not in seen:
                new.append(_row(case, event, name, block, row, now))
            seen.add(name)
    Document.objects.bulk_create(new)
    present = {event.pk for event in events if event}
    _vanished(case, [document for name, document in known.items() if name not in seen], now)
    _acts_vanished(case, [event for event in stored if event.pk not in present], now)
    _match_papers(case, now)


def _matched(acts: list[Act], stored: list[Event]) -> list[Event | None]:
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


def _event(case: Case, act: Act, stored: list[Event], taken: Taken, now: datetime) -> Event:
    keys = {event.key for event in (*stored, *taken.new_events)}
    key = act.key
    while key in keys:  # a date or number the office has changed: another act, not the old one
        key += "'"
    event = Event.objects.create(
        case=case,
        key=key,
        code=act.code,
        document_number=act.number,
        legal_date=act.on,
        description=act.description[:200] or act.code,
        first_seen_at=now,
    )
    taken.new_events.append(event)
    return event


def _as_told(event: Event, act: Act, case: Case, now: datetime) -> None:
    """The event says what the list says now. A corrected date counts; it is the base of time limits."""
    before = (event.document_number, event.legal_date, event.description, event.vanished_at)
    if event.vanished_at:
        _close(case, f"office:vanished:{event.key}", gettext_noop("the office lists it again"), now)
    event.document_number = act.number or event.document_number
    event.legal_date = act.on
    event.description, event.vanished_at = act.description[:200] or act.code, None
    if before != (event.document_number, event.legal_date, event.description, event.vanished_at):
        event.save(update_fields=["document_number", "legal_date", "description", "vanished_at"])
    if len(act.dates) > 1:
        days = "、".join(day.isoformat() for day in act.dates)
        _office_task(
            case,
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


def _row_again(document: Document, event: Event, available: bool) -> None:
    if (document.event_id, document.available, document.vanished_at) != (event.pk, available, None):
        document.event, document.available, document.vanished_at = event, available, None
        document.save(update_fields=["event", "available", "vanished_at"])


def _has_body(event: Event) -> None:
    """The office has come to hold a text it did not hold before: it is to be asked for."""
    if event.code in SERVED_BY and event.notice_state == Event.NoticeState.NONE:
        event.notice_state = Event.NoticeState.NOT_FETCHED
        event.save(update_fields=["notice_state"])


def _vanished(case: Case, gone: list[Document], now: datetime) -> None:
    case.documents.filter(pk__in=[row.pk for row in gone], vanished_at=None).update(vanished_at=now)


def _acts_vanished(case: Case, gone: list[Event], now: datetime) -> None:
    """An act that left the office's list is kept, marked, and put before a person, each time anew."""
    for event in gone:
        if event.vanished_at:
            continue
        event.vanished_at = now
        event.save(update_fields=["vanished_at"])
        _office_task(
            case,
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


def _papers(case: Case, answer: Answer, now: datetime) -> None:
    """The archive's documents, each tied to its act by the document number in its name."""
    bundle = read_bundle(answer.body)
    for member in bundle.members:
        if member.media_type not in ("xml", "htm"):
            continue
        _paper(case, member, read_notice(member, case.law), now)
    if bundle.problems:
        _office_task(
            case,
            f"bundle:{answer.endpoint.name}",
            "archive_damaged",
            "庁から受け取った書類の圧縮ファイルに読めない部分があります：" + "；".join(bundle.problems)[:300],
            "A part of the archive received from the office could not be read: "
            + "; ".join(bundle.problems)[:300],
            now,
        )


def _paper(case: Case, member: Member, notice: Notice, now: datetime) -> None:
    event = None
    if member.document_number:
        event = case.events.filter(document_number=member.document_number).first()
    readable = notice.readable and notice.application_number in (None, case.application_number)
    paper, _ = Paper.objects.update_or_create(
        case=case,
        name=member.name[:200],
        sha256=member.sha256,
        defaults={
            "event": event,
            "media_type": member.media_type,
            "body": zlib.compress(member.data, 6),
            "notice": notice.to_json(),
            "readable": readable,
            "problems": [*member.problems, *notice.problems],
            "received_at": now,
        },
    )
    if event is not None:
        _text_came(event, paper)
    else:
        _unlisted(case, paper, now)


def _text_came(event: Event, paper: Paper) -> None:
    event.notice_state = Event.NoticeState.READ if paper.readable else Event.NoticeState.UNREADABLE
    event.save(update_fields=["notice_state"])


def _unlisted(case: Case, paper: Paper, now: datetime) -> None:
    """A delivered text that belongs to no listed act may be a dispatch that the list does not show."""
    _office_task(
        case,
        f"unlisted:{paper.pk}",
        "unlisted_paper",
        f"庁から受け取った書類（{paper.name}）が書類一覧のどの書類か分かりません。発送日と期間を確認してください。",
        f"A document delivered by the office ({paper.name}) is not in its list of documents. "
        "Check when it was dispatched and which period it sets.",
        now,
    )


def _match_papers(case: Case, now: datetime) -> None:
    """Texts that came before the list named their act: the office delivers an archive once unchanged."""
    for paper in case.papers.defer("body").filter(event=None):
        number = (paper.notice or {}).get("document_number")
        event = case.events.filter(document_number=number).first() if number else None
        if event is None:
            continue
        paper.event = event
        paper.save(update_fields=["event"])
        _text_came(event, paper)
        _close(case, f"office:unlisted:{paper.pk}", gettext_noop("the office lists it now"), now)


# --- news and tasks ---------------------------------------------------------------------------------------


def _tell_of_changes(case: Case, changes: Reconciled, taken: Taken, now: datetime) -> None:
    """News of office documents first seen now, of limits that moved, and of documents nobody can place.

    When a case has just been added its history is no news; what can still be acted on is.
    """
    open_limits = case.limits.filter(state="open", event__isnull=False)
    running = {limit.event_id for limit in open_limits if _can_still_act(limit, office_day(now))}
    fresh = Event.objects.filter(pk__in=[event.pk for event in taken.new_events], side=Event.Side.OFFICE)
    for event in fresh:
        if taken.first and event.pk not in running:
            continue
        _news(case, taken, now, _kind_of(event), f"event:{event.key}", event=event)
    for event in Event.objects.filter(
        pk__in=[event.pk for event in taken.new_events], account=Event.Account.OPEN
    ).exclude(side=Event.Side.OFFICE):
        _news(case, taken, now, News.Kind.NOT_ACCOUNTED, f"open:{event.key}", event=event)
    for limit, old in changes.moved:
        if limit.state in ("open", "claimed"):
            _limit_news(case, taken, now, f"moved:{limit.key}:{limit.due}", limit, old, limit.due)
    today = office_day(now)
    for limit in changes.reopened:
        _limit_news(case, taken, now, f"again:{limit.key}:{today}", limit, None, limit.due)
    for limit in changes.lost:
        if limit.event_id:  # what the register starts ends by the next payment, which is shown as such
            _limit_news(case, taken, now, f"lost:{limit.key}:{today}", limit, limit.due, None)


def _limit_news(
    case: Case, taken: Taken, now: datetime, key: str, limit: TimeLimit, old: date | None, new: date | None
) -> None:
    detail = {"limit": limit.pk, "old": str(old or ""), "new": str(new or "")}
    _news(case, taken, now, News.Kind.LIMIT_MOVED, key, event=limit.event, detail=detail)


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


def _news(
    case: Case,
    taken: Taken,
    now: datetime,
    kind: str,
    key: str,
    *,
    event: Event | None = None,
    detail: dict[str, object] | None = None,
) -> None:
    news, made = News.objects.get_or_create(
        case=case,
        key=key[:120],
        defaults={
            "kind": kind,
            "event": event,
            "found_on_adding": taken.first,
            "detail": detail or {},
            "created_at": now,
        },
    )
    if made:
        taken.news.append(news)


def _office_task(
    case: Case,
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
    task, made = ReviewTask.objects.get_or_create(
        case=case,
        key=f"office:{key}"[:120],
        defaults={
            "kind": kind,
            "detail_ja": ja[:500],
            "detail_en": en[:500],
            "event": event,
            "opened_at": now,
        },
    )
    if not made and task.closed_at and (anew or task.closed_by_id is None):
        task.closed_at, task.closed_by, task.resolution, task.opened_at = None, None, "", now
        task.save()
    recount(case)


def _not_found(case: Case, taken: Taken, now: datetime) -> None:
    _office_task(
        case,
        "not_found",
        "not_found",
        "庁はこの番号の案件がないと答えました。番号と法域を確かめてください。出願直後なら翌日以降に現れます。",
        "The office knows no such case. Check the number and the law; a case just filed appears later.",
        now,
    )
    since = case.confirmed_at.date() if case.confirmed_at else "never"
    _news(case, taken, now, News.Kind.NOT_FOUND, f"not_found:{since}")


def _not_read(case: Case, answer: Answer, taken: Taken, now: datetime) -> None:
    name = answer.endpoint.name
    _office_task(
        case,
        f"not_read:{name}",
        "answer_not_read",
        f"庁の回答（{name}）を読めませんでした。内容は保存してあります。J-PlatPatで確認してください。",
        f"The office's answer ({name}) could not be read. It is kept; check the case in J-PlatPat.",
        now,
    )
    _news(case, taken, now, News.Kind.NOT_READ, f"not_read:{name}:{snapshots.fingerprint(answer.body)[:16]}")


def _close(case: Case, key: str, why: str, now: datetime) -> None:
    if case.reviews.filter(key=key[:120], closed_at=None).update(closed_at=now, resolution=why):
        recount(case)


def _close_office_tasks(case: Case, now: datetime) -> None:
    """A good answer settles what only the lack of one had raised."""
    settled = ("office:not_found", "office:not_read:app_progress", "office:not_read:app_progress_simple")
    if case.reviews.filter(key__in=settled, closed_at=None).update(
        closed_at=now, resolution=gettext_noop("the office has answered since")
    ):
        recount(case)
