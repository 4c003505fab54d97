"""Documents of a case: the list, what could be read in a notice, and the files as received."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import Field

from apiclient import documents as reading
from dossiers.models import Case, Event, Paper, TimeLimit
from dossiers.templatetags.portal import document_name
from dossiers.views.document import as_received
from dossiers.views.reading import notice_of

from . import access, cursors, shapes, words
from .rights import may

router = Router(tags=["Documents"])
_MOST_NOTICES = 20  # of one document; the files have everything


_BY_DATE = {
    "date": cursors.Order("date", "legal_date"),
    "newest": cursors.Order("newest", "legal_date", backwards=True),
}


class DocumentQuery(shapes.Given):
    order: Literal["known", "date", "newest"] = Field(
        "known",
        description="known: as they became known here, new ones at the end; date: the earliest first, those "
        "without a date last; newest: the other way round, those without a date first",
    )
    cursor: str = Field("", max_length=400)
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


Id = shapes.Annotated[int, Field(ge=1, lt=2**63)]


@router.get(
    "/{law}/{number}/documents",
    auth=may("documents:read"),
    response=shapes.DocumentPage,
    summary="The documents of a case",
    operation_id="list_documents",
)
def list_documents(
    request: HttpRequest, law: shapes.LawCode, number: shapes.Number, wanted: Query[DocumentQuery]
) -> shapes.DocumentPage:
    """Those that have vanished from the office's list stay, and say so."""
    case = access.case(request.auth, law, number)
    keys, following = _page(case.events.all(), wanted)
    by_key = _with_parts(case.events).in_bulk(keys)
    return shapes.DocumentPage(
        items=[_document(case, by_key[key]) for key in keys if key in by_key], next=following
    )


def _page(rows: QuerySet[Event], wanted: DocumentQuery) -> tuple[list[int], str | None]:
    """The keys of a page, and the cursor of the next one."""
    if wanted.order != "known":
        return _BY_DATE[wanted.order].page(rows, wanted.cursor, wanted.per_page)
    if wanted.cursor:
        (after,) = cursors.read(wanted.cursor, int)
        rows = rows.filter(pk__gt=after)
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[: wanted.per_page + 1])
    shown = keys[: wanted.per_page]
    return shown, cursors.write(shown[-1]) if len(keys) > len(shown) else None


def _with_parts(rows):
    papers = Paper.objects.defer("body", "notice")
    limits = TimeLimit.objects.only("pk", "event_id")
    return rows.prefetch_related("documents", Prefetch("papers", papers), Prefetch("limits", limits))


@router.get(
    "/{law}/{number}/documents/{document}",
    auth=may("documents:read"),
    response=shapes.DocumentWhole,
    summary="Read a document",
    operation_id="read_document",
)
def read_document(
    request: HttpRequest, law: shapes.LawCode, number: shapes.Number, document: Id
) -> shapes.DocumentWhole:
    """With what could be read in its texts: grounds, claims, cited documents, period. The file is the source:
    what is not here may still stand in it."""
    case = access.case(request.auth, law, number)
    event = get_object_or_404(_with_parts(case.events), pk=document)
    papers = list(event.papers.defer("body").order_by("-received_at", "name", "pk")[:_MOST_NOTICES])
    read = [(paper, notice_of(paper)) for paper in papers]
    return shapes.DocumentWhole(
        **dict(_document(case, event)),
        notices=[_notice(paper, notice) for paper, notice in read if notice],
        unread=[paper.pk for paper, notice in read if notice is None],
        case=words.ref(case),
        case_confirmed_at=case.confirmed_at,
    )


@router.get(
    "/{law}/{number}/documents/{document}/files/{file}",
    auth=may("documents:read"),
    response={200: None},
    summary="Download a file as received",
    operation_id="download_file",
    openapi_extra={
        "responses": {
            200: {
                "description": "The bytes as the office delivered them",
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        }
    },
)
def download_file(
    request: HttpRequest, law: shapes.LawCode, number: shapes.Number, document: Id, file: Id
) -> HttpResponse:
    """The bytes as the office delivered them; their SHA-256 is in the list of files and is the ETag."""
    case = access.case(request.auth, law, number)
    paper = case.papers.filter(event=document, pk=file).first()
    if paper is None:
        raise Http404
    answer = as_received(bytes(paper.body), paper.name)
    answer["ETag"] = f'"{paper.sha256}"'
    return answer


# --- as shown ---------------------------------------------------------------------------------------------


def _document(case: Case, event: Event) -> shapes.DocumentShown:
    path = f"{words.case_path(case)}/documents/{event.pk}"
    return shapes.DocumentShown(
        id=event.pk,
        code=event.code,
        name=document_name(event, case.law),
        name_by_office=event.description,
        document_number=event.document_number,
        side=event.side,
        day=event.legal_date,
        text=words.worded(event.notice_state, event.get_notice_state_display()),
        account=words.worded(event.account, event.get_account_display()),
        account_reason=words.in_language(event.account_reason_ja, event.account_reason_en),
        parts=[_part(one) for one in event.documents.all()],
        files=[_file(path, one) for one in event.papers.all()],
        limits=sorted(one.pk for one in event.limits.all()),
        first_seen_at=event.first_seen_at,
        vanished_at=event.vanished_at,
        url=words.address(path),
        page=words.page(f"{path}/"),
    )


def _part(one) -> shapes.Part:
    return shapes.Part(
        code=one.code,
        document_number=one.document_number,
        description=one.description,
        available=one.available,
        first_seen_at=one.first_seen_at,
        vanished_at=one.vanished_at,
    )


def _file(path: str, paper: Paper) -> shapes.File:
    return shapes.File(
        id=paper.pk,
        name=paper.name,
        sha256=paper.sha256,
        media_type=paper.media_type,
        readable=paper.readable,
        received_at=paper.received_at,
        url=words.address(f"{path}/files/{paper.pk}"),
    )


def _notice(paper: Paper, notice: reading.Notice) -> shapes.Notice:
    return shapes.Notice(
        file=paper.pk,
        kind=notice.kind,
        law=notice.law,
        document_number=notice.document_number,
        application_number=notice.application_number,
        title_as_printed=notice.title_as_printed,
        drafting_date=notice.drafting_date,
        final=notice.final,
        period=notice.period and shapes.Period.from_orm(notice.period),
        articles=_articles(notice.articles),
        reasons=[
            shapes.Reason(
                number=one.number,
                heading=one.heading,
                articles=_articles(one.articles),
                claims=list(one.claims),
                references=list(one.references),
                text=one.text,
            )
            for one in notice.reasons
        ],
        cited=[
            shapes.CitedDocument(
                label=one.label,
                as_printed=one.as_printed,
                number=one.number,
                display=one.display,
                links=dict(one.links),
            )
            for one in notice.cited
        ],
        text=notice.text,
        readable=notice.readable,
        problems=list(notice.problems),
    )


def _articles(articles: Sequence[reading.Article]) -> list[shapes.Article]:
    return [
        shapes.Article(as_printed=one.as_printed, law=one.law, reference=one.reference) for one in articles
    ]
