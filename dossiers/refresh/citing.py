"""Gathering what is cited: from the notices read, the office's lists of citations and the dossiers abroad.

Rows follow from what is kept and from nothing else, so that gathering twice changes nothing. What an earlier
VERSION gathered, or what was there before anything was, is gathered anew a few cases at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction

from apiclient.documents import Notice
from apiclient.documents.holding import held_against
from apiclient.documents.identity import identity_of, is_words
from apiclient.jpo.opd import CitationsAndClasses
from dossiers.models import Case, CitedDocument, FamilyMember, Paper

from . import snapshots

VERSION = 1  # one more whenever the same papers give other rows
FROM_ABROAD = "opd/global_cite_class"
_AT_ONCE = 200  # cases of one sweep
Use = CitedDocument.Use
_OF_PAPER = {"refusal": Use.AGAINST, "refusal_decision": Use.AGAINST, "grant": Use.GRANT}
_OF_LIST = {"19": Use.AGAINST, "31": Use.GRANT, "89": Use.SEARCH}  # table 07010, as far as it is known
_COMPARED = ("paper_id", "document", "display", "use", "ground", "claims", "label", "drafted_on", "cited_in")


def gather(case: Case, papers: Iterable[Paper]) -> None:
    """Bring what is cited against `case` at home into agreement with its papers and lists; the caller has
    locked the case."""
    _agree(case, None, rows_of(case, papers))
    case.cited_with = VERSION
    case.save(update_fields=["cited_with"])


def rows_of(case: Case, papers: Iterable[Paper]) -> list[CitedDocument]:
    """What papers and lists say is cited against `case` at home; nothing is written."""
    named = [row for paper in papers for row in _of_paper(case, paper)]
    return [*named, *_of_lists(case, named)]


def gather_abroad(member: FamilyMember, reply: CitationsAndClasses) -> None:
    """The same of what a dossier says is cited against an application abroad."""
    patents = [(one.number or "", True, one) for one in reply.patents]
    texts = [(one.text, False, one) for one in reply.texts]
    _agree(
        member.case,
        member,
        [
            CitedDocument(
                document=identity_of(printed, "patent" if patent else ""),
                display=printed[:400],
                use=Use.UNKNOWN,  # an examiner's search report names what is held against nothing
                drafted_on=one.draft_date,
                cited_in=(one.cited_in or "")[:200],
            )
            for printed, patent, one in (*patents, *texts)
            if printed
        ],
    )


def catch_up(now: datetime) -> int:
    """Gather some of the cases that no reading of this version has been gathered of; how many there were."""
    waiting = list(Case.objects.filter(cited_with__lt=VERSION).values_list("pk", flat=True)[:_AT_ONCE])
    for pk in waiting:
        _anew(pk)
    return len(waiting)


@transaction.atomic
def _anew(pk: int) -> None:
    case = Case.objects.select_for_update().get(pk=pk)
    for member in case.family.filter(cited_confirmed_at__isnull=False):
        kept = case.snapshots.filter(member=member, endpoint=FROM_ABROAD, taken_in=True).order_by("-pk")
        if latest := kept.first():
            number, body = member.application_number, snapshots.body_of(latest)
            answer = snapshots.read_again(
                "opd", "global_cite_class", (number,), body, latest.last_received_at
            )
            if isinstance(answer.reply, CitationsAndClasses):
                gather_abroad(member, answer.reply)
    gather(case, case.papers.defer("body"))


# --- rows -------------------------------------------------------------------------------------------------


def _of_paper(case: Case, paper: Paper) -> Iterator[CitedDocument]:
    notice = _notice(paper)
    use = _OF_PAPER.get(notice.kind) if notice else None
    if notice is None or use is None:
        return
    for held in held_against(notice):
        ground = held.ground
        yield CitedDocument(
            paper=paper,
            document=identity_of(held.cited.display, case.law),
            display=held.cited.display[:400],
            use=use,
            ground=f"{ground.law}/{ground.reference}"[:30] if ground else "",
            claims=held.claims[:300],
            label=held.cited.label[:8],
            drafted_on=notice.drafting_date,
        )


def _notice(paper: Paper) -> Notice | None:
    """What was read of a paper that is about this case."""
    if not (paper.readable and paper.notice):
        return None
    try:
        return Notice.from_json(paper.notice)
    except (KeyError, TypeError, ValueError):  # kept by an older or newer program
        return None


def _of_lists(case: Case, named: Iterable[CitedDocument]) -> Iterator[CitedDocument]:
    """What the office's list tells beyond the papers that were read.

    It names each document once more, by the drafting date of the paper. In words, or in a form of number that
    is not known, it writes them in another way than the paper, which has told them already.
    """
    told = {(row.drafted_on, row.use, row.document) for row in named}
    read = {(day, use) for day, use, _document in told}
    for one in case.citations.all():
        use = _OF_LIST.get(one.citation_type, Use.UNKNOWN)
        document = identity_of(one.display, case.law)
        known = (one.draft_date, use, document) in told
        if not known and not (is_words(document) and (one.draft_date, use) in read):
            yield CitedDocument(document=document, display=one.display, use=use, drafted_on=one.draft_date)


def _agree(case: Case, member: FamilyMember | None, wanted: Iterable[CitedDocument]) -> None:
    """Keep the rows that are still wanted, drop the others, add what is new."""
    missing = {_told(row): row for row in wanted}
    gone = [
        row.pk
        for row in CitedDocument.objects.filter(case=case, member=member)
        if missing.pop(_told(row), None) is None
    ]
    CitedDocument.objects.filter(pk__in=gone).delete()
    for row in missing.values():
        row.case, row.member = case, member
    CitedDocument.objects.bulk_create(missing.values(), batch_size=500)


def _told(row: CitedDocument) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _COMPARED)
