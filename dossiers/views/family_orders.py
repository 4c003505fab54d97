"""What a person orders of a family abroad: what the offices there cite, and documents to read."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dossiers import tasks
from dossiers.models import Case, FamilyMember, ForeignDocument, ForeignText, Law, RefreshJob, User
from dossiers.refresh import abroad_orders

from .case import the_case

_LONGEST_NAME = 60  # characters of a file's name


@dataclass(frozen=True)
class Text:
    """A document, or its machine translation, as a page offers it. `kept` is what was ordered, if it was."""

    translated: bool
    kept: ForeignText | None
    waiting: bool


def waiting(case: Case) -> set[int | None]:
    """The texts ordered and not answered yet; one query."""
    orders = case.refresh_jobs.filter(state=RefreshJob.State.WAITING, text__isnull=False)
    return set(orders.values_list("text", flat=True))


def texts_of(document: ForeignDocument, ordered: set[int | None]) -> list[Text]:
    """What the dossier gives a name to ask by; the texts kept are read with the documents."""
    kept = {text.translated: text for text in document.texts.all()}
    offered = ((False, document.original_id), (True, document.translated_id))
    return [
        Text(translated, text, text is not None and text.pk in ordered)
        for translated, name in offered
        for text in (kept.get(translated),)
        if name or text
    ]


@require_POST
def ask_citations(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Ask what the offices abroad cite, with the day's calls kept for people."""
    case = the_case(request.user, law, number)
    if law != Law.PATENT:
        raise Http404
    asked = abroad_orders.request_citations(case, by=request.user)
    if asked:
        tasks.ring("refresh")
        words = ngettext(
            "%(n)s question to the One Portal Dossier waits for its turn.",
            "%(n)s questions to the One Portal Dossier wait for their turn.",
            asked,
        )
        messages.success(request, words % {"n": asked})
    else:
        messages.error(request, _("The dossier can be asked about no application of this family."))
    return redirect("disclosure", law=law, number=number)


@require_POST
def fetch(request: HttpRequest, law: str, number: str, pk: int, document_pk: int) -> HttpResponse:
    """Order a document, or its machine translation."""
    document = _document(request.user, law, number, pk, document_pk)
    translated = request.POST.get("translated") == "1"
    try:
        text = abroad_orders.request_text(document, translated=translated, by=request.user)
    except ValueError:
        messages.error(request, _("The dossier gives no name by which this document could be asked for."))
    else:
        if text.received_at:
            messages.success(request, _("The document is here already."))
        else:
            tasks.ring("refresh")
            messages.success(request, _("Ordered. The document appears here when the dossier has sent it."))
    page = {"law": law, "number": number, "pk": pk}
    return redirect(reverse("family_member", kwargs=page) + f"#document-{document.pk}")


@require_safe
def download(
    request: HttpRequest, law: str, number: str, pk: int, document_pk: int, text_pk: int
) -> HttpResponse:
    """The file as the dossier delivered it, never to be opened in the browser."""
    document = _document(request.user, law, number, pk, document_pk)
    text = get_object_or_404(document.texts.filter(received_at__isnull=False), pk=text_pk)
    body = zlib.decompress(bytes(text.body))
    answer = HttpResponse(body, content_type="application/octet-stream")
    name = quote(_name(document, text, body), safe="")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def _document(user: User, law: str, number: str, pk: int, document_pk: int) -> ForeignDocument:
    member = get_object_or_404(FamilyMember, case=the_case(user, law, number), pk=pk)
    return get_object_or_404(member.documents.select_related("member"), pk=document_pk)


def _name(document: ForeignDocument, text: ForeignText, body: bytes) -> str:
    """US.202312345678.A 2026-11-01 Non-Final Rejection.pdf; nothing that a file system takes for more."""
    words = (document.title_translated if text.translated else "") or document.title or "document"
    told = f"{document.member.identity} {document.legal_date or ''} {words}"
    plain = "".join(one if one.isalnum() or one in " .-_()" else "_" for one in told)
    ending = ".pdf" if body.startswith(b"%PDF") else ".zip" if body.startswith(b"PK") else ".bin"
    return " ".join(plain.split())[:_LONGEST_NAME].strip(". ") + ending
