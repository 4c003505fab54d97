"""One case: what it is, where it stands, what is next, how fresh it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock, tasks
from dossiers.docketing import actions
from dossiers.intake.cases import edit_case
from dossiers.intake.watchlists import visible_to
from dossiers.models import Case, Event, Law, RefreshJob, Register, TimeLimit, TimeLimitChange
from dossiers.refresh import request_refresh
from dossiers.templatetags.portal import document_name, spoken, urgency

from . import selectors
from .timeline import Act, Look, Stretch, Timeline, draw

_HISTORY = 60


class CaseForm(forms.ModelForm):
    """What people enter about a case; the office's facts cannot be edited."""

    class Meta:
        model = Case
        fields = ["own_reference", "client", "owner", "residency", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 4, "maxlength": 5000})}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = selectors.owners()
        self.fields["owner"].empty_label = _("Nobody yet")


@require_safe
def case(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The page; opening it marks the case as seen by this person."""
    shown = the_case(law, number)
    context = _page(request, shown, CaseForm(instance=shown))
    selectors.visit(shown, request.user)
    return render(request, "pages/case.html", context)


@require_POST
def edit(request: HttpRequest, law: str, number: str) -> HttpResponse:
    shown = the_case(law, number)
    form = CaseForm(request.POST, instance=the_case(law, number))
    if not form.is_valid():
        return render(request, "pages/case.html", _page(request, shown, form), status=422)
    edit_case(shown, by=request.user, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("case", law=law, number=number)


class LimitForm(forms.Form):
    """A time limit that no rule gives."""

    title = forms.CharField(label=gettext_lazy("What is to be done"), max_length=200)
    due = forms.DateField(label=gettext_lazy("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    event = forms.ModelChoiceField(
        label=gettext_lazy("Follows from"), queryset=Event.objects.none(), required=False, empty_label="—"
    )
    reason = forms.CharField(
        label=gettext_lazy("Where the date comes from"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, case: Case, *args, **kwargs) -> None:
        super().__init__(*args, auto_id="by-hand-%s", **kwargs)
        field = self.fields["event"]
        field.queryset = case.events.filter(side=Event.Side.OFFICE, vanished_at=None).order_by("-legal_date")
        field.label_from_instance = lambda event: f"{event.legal_date} {document_name(event, case.law)}"


@require_POST
def enter_limit(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Add a limit by hand; the form comes back with what is wrong."""
    shown = the_case(law, number)
    form = LimitForm(shown, request.POST)
    if not form.is_valid():
        context = _page(request, shown, CaseForm(instance=shown), form)
        return render(request, "pages/case.html", context, status=422)
    entered = actions.enter_by_hand(shown, by=request.user, **form.cleaned_data)
    messages.success(request, _("The time limit was added. Have a second person check it."))
    return redirect("limit", pk=entered.pk)


@require_POST
def refresh(request: HttpRequest, law: str, number: str) -> HttpResponse:
    shown = the_case(law, number)
    request_refresh(shown, by=request.user)
    tasks.ring("refresh")
    if request.htmx:
        return _status(request, shown)
    return redirect(reverse("case", kwargs={"law": law, "number": number}))


@require_safe
def refresh_status(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The fragment that says how far the last question to the office has come."""
    return _status(request, the_case(law, number))


def _status(request: HttpRequest, shown: Case) -> HttpResponse:
    return render(request, "parts/refresh_status.html", {"case": shown, **_asking(shown)})


def the_case(law: str, number: str) -> Case:
    if law not in Law.values or not number.isdecimal():
        raise Http404
    return get_object_or_404(Case.objects.select_related("owner"), law=law, application_number=number)


def _asking(case: Case) -> dict[str, object]:
    """The newest work order and in which of its states it is, for words."""
    job = case.refresh_jobs.order_by("-created_at", "-pk").first()
    if job is None:
        return {"job": None, "asking": ""}
    if job.state != RefreshJob.State.WAITING:
        return {"job": job, "asking": job.state}
    leased = job.lease_until and job.lease_until > timezone.now()  # leases are kept in the machine's own time
    put_off = job.not_before > clock.now()
    return {"job": job, "asking": "asking" if leased else "put_off" if put_off else "waiting"}


def _page(
    request: HttpRequest, case: Case, form: CaseForm, limit_form: LimitForm | None = None
) -> dict[str, object]:
    events = selectors.events_of(case, request.user)
    limits = list(
        case.limits.select_related("event", "proof", "confirmed_by", "state_by").order_by(*_NEAREST)
    )
    running = [limit for limit in limits if limit.state in selectors.RUNNING]
    return {
        "case": case,
        "form": form,
        "editing": form.is_bound,
        "limit_form": limit_form or LimitForm(case),
        "events": list(reversed(events)),
        "running": running,
        "ended": [limit for limit in limits if limit.state not in selectors.RUNNING],
        "next_limit": next((limit for limit in running if limit.due), running[0] if running else None),
        "timeline": timeline_of(events, limits, clock.office_today()),
        "register": Register.objects.filter(case=case).first(),
        "citations": list(case.citations.all()),
        "reviews": list(
            case.reviews.select_related("event", "closed_by").order_by(F("closed_at").desc(nulls_first=True))
        ),
        "watchlists": list(visible_to(request.user).filter(entries__case=case)),
        "history": list(case.audit.select_related("actor")[:_HISTORY]),
        "changes": list(
            TimeLimitChange.objects.filter(limit__case=case).select_related("limit", "by")[:_HISTORY]
        ),
        **_asking(case),
    }


_NEAREST = (F("due").asc(nulls_last=True), "pk")
_HIDDEN = (TimeLimit.State.GONE, TimeLimit.State.NOT_NEEDED)


def timeline_of(events: Iterable[Event], limits: Iterable[TimeLimit], today: date) -> Timeline | None:
    """The drawing of a case; None when nothing on it has a date."""
    acts = [
        Act(
            name=f"event-{event.pk}",
            on=event.legal_date,
            words=document_name(event, event.case.law),
            above=event.side == Event.Side.OFFICE,
            unread=event.unread,
            open=event.account == Event.Account.OPEN,
        )
        for event in events
        if event.legal_date and not event.vanished_at
    ]
    stretches = [
        Stretch(
            spoken(limit, "title"),
            min(limit.base_date or limit.due, limit.due),
            limit.due,
            _look(limit, today),
        )
        for limit in limits
        if limit.due and limit.state not in _HIDDEN
    ]
    return draw(acts, stretches, today) if acts or stretches else None


def _look(limit: TimeLimit, today: date) -> Look:
    if limit.state == TimeLimit.State.DONE:
        return "done"
    looks: dict[str, Look] = {"danger": "overdue", "soon": "soon"}
    return looks.get(urgency(limit.due, today), "later")
