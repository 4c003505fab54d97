"""Taking in what the One Portal Dossier says of a family: one reply, one transaction, everything it causes.

Reading the same reply twice changes nothing but the day on which the dossier last confirmed it. A question
asked in vain confirms nothing: what was known stays as it was, marked as not confirmed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from apiclient.jpo.opd import DatedNumber, DocumentList, DossierDocument, FamilyList
from apiclient.jpo.opd import FamilyMember as MemberTold
from apiclient.outcomes import Answer, Outcome
from dossiers.docketing import foreign, news
from dossiers.docketing.store import recount
from dossiers.models import Case, CaseFamily, FamilyMember, ForeignDocument, News, ReviewTask

from . import search_index, snapshots
from .readings import read_answer
from .take_in import Tell

HOME = "JP"
OFFICES = ("US", "EP", "CN", "KR")
"""The offices abroad whose documents the dossier offers."""
NO_FAMILY = (Outcome.EMPTY, Outcome.OUT_OF_RANGE)

_LONGEST = 100  # characters of an identity
_MOST_TOLD = 20  # documents named in one piece of news; the rest is a figure
_INSERTED = 500


def take_in_family(case: Case, answer: Answer, *, now: datetime, tell: Tell) -> list[FamilyMember]:
    """Store the members of `case`'s family that `answer` names; returns those not known before."""
    read = read_answer(answer, case.law)
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case.pk)
        listed, _ = CaseFamily.objects.get_or_create(case=case)
        first = listed.confirmed_at is None
        listed.asked_at, listed.last_outcome = now, _outcome(answer)
        new: list[FamilyMember] = []
        if isinstance(answer.reply, FamilyList):
            listed.confirmed_at = now
            _close(case, ("family:not_read", "family:gone"), _ANSWERED, now)
            if snapshots.keep(case, answer, read, now=now)[1]:
                listed.changed_at = now
                new = _members(case, answer.reply, now)
                search_index.write_cases([case])
                if not first:
                    tell(_news_of_members(case, new, now))
        elif answer.outcome in NO_FAMILY:
            _no_family(case, listed, now)
        elif answer.outcome is Outcome.UNREADABLE:
            if answer.body:
                snapshots.keep(case, answer, read, now=now)
            _not_read(case, "family:not_read", "", now)
        listed.save()
        return new


def take_in_documents(member: FamilyMember, answer: Answer, *, now: datetime, tell: Tell) -> None:
    """Store the documents that `answer` lists for `member`; `member` is brought up to date.

    What its first list holds is history and told to nobody; later on, what may be an office's act is news.
    """
    read = read_answer(answer, member.case.law)
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=member.case_id)
        member.refresh_from_db()
        first, titles = member.confirmed_at is None, {member.title, member.title_translated}
        member.asked_at, member.last_outcome = now, _outcome(answer)
        if isinstance(answer.reply, DocumentList):
            member.confirmed_at = now
            _close(case, (_key("not_read", member),), _ANSWERED, now)
            if snapshots.keep(case, answer, read, now=now, member=member)[1]:
                member.changed_at = now
                member.title = (answer.reply.title or "")[:1000]
                member.title_translated = (answer.reply.title_translated or "")[:1000]
                new = _documents(case, member, answer.reply.documents, now)
                if not first:
                    tell(_news_of_documents(case, member, new, now))
        elif answer.outcome is Outcome.UNREADABLE:
            if answer.body:
                snapshots.keep(case, answer, read, now=now, member=member)
            _not_read(case, _key("not_read", member), member.identity, now)
        member.save()
        if {member.title, member.title_translated} != titles:
            search_index.write_cases([case])


def _outcome(answer: Answer) -> str:
    return Outcome.UNREADABLE if answer.is_unreadable else answer.outcome


# --- members ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Told:
    """One member as told: its name within the case, and all its numbers."""

    office: str
    identity: str
    application: str
    member: MemberTold
    numbers: frozenset[str]


def _members(case: Case, reply: FamilyList, now: datetime) -> list[FamilyMember]:
    """Bring the rows into agreement with the list; returns the new ones."""
    stored = {one.pk: one for one in case.family.order_by("pk")}
    first = not stored
    told = _once(reply.members)
    new = []
    matched = _matched(told, list(stored.values()))
    for one, found in zip(told, matched, strict=True):
        row = found or FamilyMember(case=case, first_seen_at=now)
        if row.vanished_at:
            _close(case, (_key("vanished", row),), gettext_noop("the office lists it again"), now)
        _as_told(row, one)
        row.save()
        if found is None:
            new.append(row)
        else:
            del stored[row.pk]
    if not first:
        _members_vanished(case, stored.values(), now)
    return new


def _once(members: Iterable[MemberTold]) -> list[_Told]:
    """Each application once, however often it is listed; one without any number cannot be named."""
    entries: dict[str, list[MemberTold]] = {}
    for member in members:
        if name := next(iter(_numbers_told(member)), ""):
            entries.setdefault(name, []).append(member)
    return [_told(name, same) for name, same in entries.items()]


def _numbers_told(member: MemberTold) -> list[str]:
    """The application number first, if there is one."""
    told = (member.application, *member.publications, *member.registrations)
    return [one.number for one in told if one and one.number]


def _told(name: str, same: list[MemberTold]) -> _Told:
    application = next((one.application for one in same if one.application), None)
    merged = MemberTold(
        application,
        tuple(dict.fromkeys(number for one in same for number in one.publications)),
        tuple(dict.fromkeys(number for one in same for number in one.registrations)),
    )
    number = application.number if application else ""
    return _Told(
        _office_of(name), _shortened(name), _shortened(number), merged, frozenset(_numbers_told(merged))
    )


def _office_of(number: str) -> str:
    office = number.partition(".")[0].upper()
    return office if len(office) == 2 and office.isascii() and office.isalpha() else ""


def _shortened(name: str) -> str:
    """Two names that differ never look alike, however long."""
    if len(name) <= _LONGEST:
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{name[: _LONGEST - len(mark) - 1]}…{mark}"


def _matched(told: list[_Told], stored: list[FamilyMember]) -> list[FamilyMember | None]:
    """The row of each: by its application number, else, where one of the two has none, by another number."""
    free = {row.pk: row for row in stored}
    by_identity = {row.identity: row for row in stored}
    found = [by_identity.get(one.identity) for one in told]
    for row in found:
        if row:
            del free[row.pk]
    for place, one in enumerate(told):
        if found[place] is None:
            fitting = (
                row
                for row in free.values()
                if not (one.application and row.application_number) and one.numbers & _numbers_of(row)
            )
            if row := next(fitting, None):
                found[place] = free.pop(row.pk)
    return found


def _numbers_of(row: FamilyMember) -> set[str]:
    return {row.application_number} | {one["number"] for one in (*row.publications, *row.registrations)}


def _as_told(row: FamilyMember, one: _Told) -> None:
    row.office, row.vanished_at = one.office, None
    if one.application or not row.application_number:
        row.identity, row.application_number = one.identity, one.application
    application = one.member.application
    row.filed_on = application.on if application else row.filed_on
    row.publications = [_as_json(number) for number in one.member.publications]
    row.registrations = [_as_json(number) for number in one.member.registrations]


def _as_json(number: DatedNumber) -> dict[str, str]:
    return {"number": number.number[:_LONGEST], "day": number.on.isoformat() if number.on else ""}


def _members_vanished(case: Case, gone: Iterable[FamilyMember], now: datetime) -> None:
    """A member that left the family is kept, marked, and put before a person, each time anew."""
    for row in gone:
        if row.vanished_at:
            continue
        row.vanished_at = now
        row.save(update_fields=["vanished_at"])
        _task(
            case,
            _key("vanished", row),
            "family_vanished",
            f"海外ファミリー{row.identity}がOPDのファミリー一覧からなくなりました。理由を確認してください。",
            f"{row.identity} is no longer in the family that the One Portal Dossier tells. Find out why.",
            now,
            anew=True,
        )


def _no_family(case: Case, listed: CaseFamily, now: datetime) -> None:
    """The dossier knows no family. Where it knew one before, that is no confirmation but a question."""
    if not case.family.filter(vanished_at=None).exists():
        listed.confirmed_at = now
        return
    _task(
        case,
        "family:gone",
        "family_gone",
        "OPDは、以前は示していたこの案件のファミリーを知らないと答えました。各庁の登録簿で確認してください。",
        "The One Portal Dossier says it knows no family of this case, and named one before. "
        "Check the registers of the offices.",
        now,
    )


# --- documents --------------------------------------------------------------------------------------------


def _documents(
    case: Case, member: FamilyMember, told: Sequence[DossierDocument], now: datetime
) -> list[ForeignDocument]:
    """Bring the rows into agreement with the list; returns the new ones, the newest first."""
    known = {row.identity: row for row in member.documents.all()}
    new, moved = [], []
    for identity, document in _named(told).items():
        row = known.pop(identity, None)
        if row is None:
            row = ForeignDocument(member=member, identity=identity, first_seen_at=now)
            new.append(row)
            _as_listed(row, member, document)
            continue
        before = _state(row)
        day = row.legal_date
        _as_listed(row, member, document)
        if _state(row) != before:
            row.save()
        if row.legal_date != day and row.side != ForeignDocument.Side.APPLICANT:
            moved.append(row)
    ForeignDocument.objects.bulk_create(new, batch_size=_INSERTED)
    gone = [row for row in known.values() if row.vanished_at is None]
    member.documents.filter(pk__in=[row.pk for row in gone]).update(vanished_at=now)
    _doubtful(case, member, moved, [row for row in gone if row.side == ForeignDocument.Side.OFFICE], now)
    return sorted(
        new, key=lambda row: (row.legal_date is not None, row.legal_date or now.date()), reverse=True
    )


def _named(told: Sequence[DossierDocument]) -> dict[str, DossierDocument]:
    """The documents by identity: the dossier's own id, else everything told of it. Equal ones count once.

    Where one id is given to several documents none of them is lost: the earliest bears it alone.
    """
    found: dict[str, DossierDocument] = {}
    whole = {document: _all_of(document) for document in told}
    for document in sorted(whole, key=lambda one: (one.legal_date or date.max, whole[one])):
        name = document.original_id or document.translated_id or whole[document]
        identity = _shortened(name)
        if identity in found:
            identity = f"{name[:60]}#{whole[document][:30]}"
        found[identity] = document
    return found


def _all_of(document: DossierDocument) -> str:
    return hashlib.sha256(repr(document).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _as_listed(row: ForeignDocument, member: FamilyMember, document: DossierDocument) -> None:
    row.original_id = (document.original_id or "")[:250]
    row.translated_id = (document.translated_id or "")[:250]
    row.group = (document.group or "")[:60]
    row.title = (document.original_description or "")[:500]
    row.title_translated = (document.translated_description or "")[:500]
    row.legal_date, row.vanished_at = document.legal_date, None
    row.side = foreign.act_of(member.office, row.title, row.title_translated).side


def _state(row: ForeignDocument) -> tuple[object, ...]:
    names = ("original_id", "translated_id", "group", "title", "title_translated", "legal_date", "side")
    return *(getattr(row, name) for name in names), row.vanished_at


def _doubtful(
    case: Case,
    member: FamilyMember,
    moved: list[ForeignDocument],
    gone: list[ForeignDocument],
    now: datetime,
) -> None:
    """A day that moved, or an act that left the list, may be one from which a person counted a time limit."""
    if moved or gone:
        _task(
            case,
            _key("documents", member),
            "family_documents",
            f"海外ファミリー{member.identity}の書類一覧が変わりました（日付の変更{len(moved)}件、消えた"
            f"通知{len(gone)}件）。この案件の手入力した期限を見直してください。",
            f"The list of documents of {member.identity} has changed ({len(moved)} with another date, "
            f"{len(gone)} office acts gone). Check the time limits entered from it.",
            now,
            anew=True,
        )


# --- news and tasks ---------------------------------------------------------------------------------------


def _news_of_members(case: Case, new: list[FamilyMember], now: datetime) -> list[News]:
    abroad = [row for row in new if row.office != HOME]
    if not abroad:
        return []
    names = [row.identity for row in abroad]
    key = f"family:new:{_digest(names)}"
    detail = {"members": names[:_MOST_TOLD], "count": len(names), "acts": []}
    return news.write(case, News.Kind.FAMILY, key, now=now, detail=detail)


def _news_of_documents(
    case: Case, member: FamilyMember, new: list[ForeignDocument], now: datetime
) -> list[News]:
    """One piece for all that one reading brought: acts of the office, and what may be some."""
    told = [row for row in new if row.side != ForeignDocument.Side.APPLICANT]
    if not told:
        return []
    acts = [
        {
            "title": (row.title_translated or row.title or row.identity)[:200],
            "day": row.legal_date.isoformat() if row.legal_date else "",
            "side": str(row.side),
        }
        for row in told[:_MOST_TOLD]
    ]
    detail = {"members": [member.identity], "member": member.pk, "count": len(told), "acts": acts}
    key = f"family:{member.pk}:{_digest([row.identity for row in told])}"
    return news.write(case, News.Kind.FAMILY, key, now=now, detail=detail)


def _digest(names: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(names)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _key(kind: str, member: FamilyMember) -> str:
    return f"family:{kind}:{member.pk}"


def _not_read(case: Case, key: str, member: str, now: datetime) -> None:
    whose = f"{member}の書類一覧" if member else "ファミリー一覧"
    of_what = f"the list of documents of {member}" if member else "the family"
    _task(
        case,
        key,
        "family_not_read",
        f"OPDの回答（{whose}）を読めませんでした。内容は保存してあります。各庁の登録簿で確認してください。",
        f"The One Portal Dossier's answer on {of_what} could not be read. It is kept; "
        "check the register of the office.",
        now,
    )


_ANSWERED = gettext_noop("the office has answered since")


def _task(case: Case, key: str, kind: str, ja: str, en: str, now: datetime, *, anew: bool = False) -> None:
    """A task, open until a person or a better answer closes it. `anew`: it has happened again."""
    told = {"kind": kind, "detail_ja": ja[:500], "detail_en": en[:500]}
    task, made = ReviewTask.objects.get_or_create(
        case=case, key=f"office:{key}"[:120], defaults={**told, "opened_at": now}
    )
    if not made and task.closed_at and (anew or task.closed_by_id is None):
        task.detail_ja, task.detail_en, task.opened_at = told["detail_ja"], told["detail_en"], now
        task.closed_at, task.closed_by, task.resolution = None, None, ""
        task.save()
    recount(case)


def _close(case: Case, keys: Iterable[str], why: str, now: datetime) -> None:
    names = [f"office:{key}"[:120] for key in keys]
    if case.reviews.filter(key__in=names, closed_at=None).update(closed_at=now, resolution=why):
        recount(case)
