"""Kept answers: what the office sent and nobody could read as expected. For administrators alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers import reach
from dossiers.models import Sample, User, record
from dossiers.refresh import samples as kept

from . import selectors

_MOST_TEXT = 100_000  # characters shown; the download has everything that is kept
_MOST_BYTES = 4096  # shown of what is no text
_ROW = 16

View = Callable[..., HttpResponse]


@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    rows = selectors.page_of(request, within_reach(request.user).defer("body", "problems"))
    return render(
        request,
        "pages/samples.html",
        {"samples": rows, "dropped": kept.dropped(), "most": kept.MOST_PER_ENDPOINT},
    )


@require_safe
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(within_reach(request.user), pk=pk)
    body = kept.body_of(found)
    text = readable_text(body)
    context = {
        "sample": found,
        "text": None if text is None else text[:_MOST_TEXT],
        "dump": dump(body[:_MOST_BYTES]) if text is None else "",
        "part": len(body) > _MOST_BYTES if text is None else len(text) > _MOST_TEXT,
        "held": len(body),
    }
    return render(request, "pages/sample.html", context)


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """What is kept of the answer, never to be opened in the browser."""
    found = get_object_or_404(within_reach(request.user), pk=pk)
    answer = HttpResponse(kept.body_of(found), content_type="application/octet-stream")
    name = f"{found.endpoint.replace('/', '-')}-{found.sha256[:12]}.bin"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    with transaction.atomic():
        found = get_object_or_404(within_reach(request.user), pk=pk)
        record("sample.delete", by=request.user, endpoint=found.endpoint, sha256=found.sha256)
        found.delete()
    messages.success(request, _("The kept answer is deleted."))
    return redirect("samples")


def within_reach(user: User) -> QuerySet[Sample]:
    """But for answers about cases out of the reader's reach."""
    return Sample.objects.exclude(reach.mentions_restricted(user, "argument"))


def readable_text(body: bytes) -> str | None:
    """`body` as text in one of the encodings the office uses; None if it is none a person could read."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if any(map(_strange, text)) else text
    return None


def _strange(one: str) -> bool:
    """Control characters, and what stands for single bytes that are no Shift_JIS."""
    return (unicodedata.category(one) == "Cc" and one not in "\t\r\n") or one in "\uf8f0\uf8f1\uf8f2\uf8f3"


def dump(body: bytes) -> str:
    """Offsets, bytes in hexadecimal and the letters among them."""
    rows = []
    for start in range(0, len(body), _ROW):
        row = body[start : start + _ROW]
        letters = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
        rows.append(f"{start:06x}  {row.hex(' '):<{_ROW * 3}} {letters}")
    return "\n".join(rows)
