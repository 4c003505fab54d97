"""Standing instructions of a case: given and ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dossiers.docketing import instructions
from dossiers.models import StandingInstruction

from .case import the_case
from .posting import attempt, typed


@require_POST
def give(request: HttpRequest, law: str, number: str) -> HttpResponse:
    case = the_case(request.user, law, number)
    about, text = typed(request, "about"), typed(request, "text")
    attempt(
        request,
        lambda: instructions.give(case, by=request.user, about=about, text=text),
        _("The instruction stands: whoever closes such a time limit has to see it."),
    )
    return redirect("case", law=law, number=number)


@require_POST
def end(request: HttpRequest, law: str, number: str, pk: int) -> HttpResponse:
    one = get_object_or_404(StandingInstruction, pk=pk, case=the_case(request.user, law, number))
    instructions.end(one, by=request.user)
    messages.success(request, _("The instruction no longer stands. It stays in the history."))
    return redirect("case", law=law, number=number)
