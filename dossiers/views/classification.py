"""Suggested CPC symbols of a case: how to ask for some, how far that has come, and what came before."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from apiclient import cpc
from dossiers import classification, clock, tasks
from dossiers.classification import TextRefused, predictor
from dossiers.classification.texts import KINDS, LARGEST_FILE
from dossiers.models import Case, CpcSuggestion, Law, User

from .case import the_case
from .cpc_words import message

_SHOWN = 10  # orders; earlier ones are on the page with ?all=1
_ESPACENET = "https://worldwide.espacenet.com/patent/cpc-browser#!/CPC="


@dataclass(frozen=True)
class Row:
    """One suggested symbol, with its rank and the titles the scheme gives it; "" where it is not known."""

    rank: int
    symbol: str
    score: str
    section: str
    section_title: str
    class_name: str
    class_title: str
    address: str


class TextForm(forms.Form):
    """The text of a specification, pasted or in a file."""

    text = forms.CharField(
        label=gettext_lazy("Text of the specification"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )
    upload = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(KINDS)}),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, auto_id="cpc-%s", label_suffix="", **kwargs)

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        upload, text = cleaned.get("upload"), cleaned.get("text", "")
        if upload is not None and text.strip():
            raise forms.ValidationError(_("Paste a text or choose a file, not both at once."))
        if upload is not None:
            cleaned["text"] = _read(upload)
        return cleaned


def _read(upload) -> str:
    if upload.size > LARGEST_FILE:
        raise forms.ValidationError(message("file_too_large"))
    try:
        return classification.text_of_file(upload.name, upload.read())
    except TextRefused as refused:
        raise forms.ValidationError(message(refused.code)) from None


@require_safe
def suggestions(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The page of a case's suggestions, or only its part for the case page."""
    case = _patent(request.user, law, number)
    template = "parts/cpc.html" if request.htmx else "pages/case_cpc.html"
    return render(request, template, _context(request, case, TextForm()))


@require_safe
def results(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The part that changes while an order is worked on."""
    case = _patent(request.user, law, number)
    return render(request, "parts/cpc_results.html", {"case": case, **_results(request, case)})


@require_POST
def from_dossier(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Order suggestions from the specification in the One Portal Dossier."""
    case = _patent(request.user, law, number)
    if not predictor.missing():
        classification.order_from_dossier(case, by=request.user)
        tasks.ring("classification")
    return redirect(_page_of(case))


@require_POST
def from_text(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Order suggestions from a text; the form comes back with what is wrong."""
    case = _patent(request.user, law, number)
    form = TextForm(request.POST, request.FILES)
    if form.is_valid() and not predictor.missing():
        upload = form.cleaned_data["upload"]
        try:
            classification.order_from_text(
                case,
                by=request.user,
                text=form.cleaned_data["text"],
                file_name=upload.name if upload else "",
            )
        except TextRefused as refused:
            form.add_error(None, message(refused.code))
        else:
            tasks.ring("classification")
            return redirect(_page_of(case))
    return render(request, "pages/case_cpc.html", _context(request, case, form), status=422)


def _patent(user: User, law: str, number: str) -> Case:
    """The case; designs and trademarks have no CPC."""
    if law != Law.PATENT:
        raise Http404
    return the_case(user, law, number)


def _page_of(case: Case) -> str:
    return reverse("case_cpc", kwargs={"law": case.law, "number": case.application_number})


def _context(request: HttpRequest, case: Case, form: TextForm) -> dict[str, object]:
    return {"case": case, "form": form, "missing": predictor.missing(), **_results(request, case)}


def _results(request: HttpRequest, case: Case) -> dict[str, object]:
    orders = case.cpc_suggestions.select_related("requested_by").defer("text")
    shown = list(orders if request.GET.get("all") else orders[: _SHOWN + 1])
    more = not request.GET.get("all") and len(shown) > _SHOWN
    shown = shown[:_SHOWN] if more else shown
    for order in shown:
        order.rows = [_row(rank, one) for rank, one in enumerate(order.symbols, 1)]
        order.message = message(order.outcome)
        order.progress = _progress(order)
    waiting = [one for one in shown if one.state == CpcSuggestion.State.WAITING]
    over = [one for one in shown if one.state != CpcSuggestion.State.WAITING]
    soon = any(one.progress != "put_off" for one in waiting)
    return {
        "waiting": waiting,
        "done": sorted(over, key=lambda one: one.finished_at or one.created_at, reverse=True),
        "more": more,
        "poll": ("2s" if soon else "30s") if waiting else "",
    }


def _progress(order: CpcSuggestion) -> str:
    """Whether somebody works on a waiting order; leases are kept in the machine's own time."""
    if order.lease_until and order.lease_until > timezone.now():
        return "working"
    return "put_off" if order.not_before > clock.now() else "waiting"


def _row(rank: int, suggestion: dict[str, str]) -> Row:
    symbol = suggestion["symbol"]
    return Row(
        rank=rank,
        symbol=symbol,
        score=suggestion["score"],
        section=symbol[:1],
        section_title=cpc.section_title(symbol),
        class_name=symbol[:3],
        class_title=cpc.class_title(symbol),
        address=_ESPACENET + quote(symbol.replace(" ", "")),
    )
