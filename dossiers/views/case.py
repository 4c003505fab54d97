"""One case: what it is, where it stands, what is next, how fresh it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock, reach, tasks, walls
from dossiers.docketing import actions, differences, instructions
from dossiers.forms import OwnRecordsForm
from dossiers.intake import tags
from dossiers.intake.cases import edit_case
from dossiers.intake.watchlists import visible_to
from dossiers.models import (
    Case,
    Difference,
    Event,
    FamilyMember,
    Law,
    RefreshJob,
    StandingInstruction,
    TimeLimit,
    TimeLimitChange,
    User,
)
from dossiers.refresh import circuit, freshness, jobs, old_archives
from dossiers.refresh.jobs import request_refresh
from dossiers.refresh.priorities import members_claimed
from dossiers.templatetags.portal import document_name

from . import acknowledging, citations, dates, followed, selectors
from .timeline import Asked, timeline_of

_HISTORY = 60
_DOCUMENTS, _LIMITS, _REVIEWS = 200, 100, 50  # a page of each list


class CaseForm(forms.ModelForm):
    """What people enter about a case; the office's facts cannot be edited."""

    tags = forms.CharField(
        label=gettext_lazy("Tags, with commas between"),
        required=False,
        max_length=600,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    field_order = ["own_reference", "client", "tags"]

    class Meta:
        model = Case
        fields = ["own_reference", "client", "owner", "deputy", "residency", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 4, "maxlength": 5000})}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, nobody in (("owner", _("Nobody yet")), ("deputy", _("Nobody; their own deputy stands in"))):
            # Who holds it stays on offer even after leaving the firm, so that saving takes it from nobody.
            held = Q(pk=getattr(self.instance, f"{name}_id"))
            people = User.objects.filter(held | Q(is_active=True)).order_by(*_BY_NAME)
            self.fields[name].queryset = people.only(*_BY_NAME, "first_name", "last_name")
            self.fields[name].empty_label = nobody
        self.fields["deputy"].help_text = _("Is told instead while the person in charge is away.")
        self.fields["tags"].initial = ", ".join(tag.name for tag in self.instance.tags.all())

    def clean_tags(self) -> list[str]:
        try:
            return tags.checked(tags.names_in(self.cleaned_data["tags"]))
        except tags.TagRefused as refused:
            raise forms.ValidationError(TAG_REFUSALS[refused.code]) from refused

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("deputy") and cleaned["deputy"] == cleaned.get("owner"):
            self.add_error("deputy", _("This person is in charge already: choose somebody else, or nobody."))
        for field in walls.outsiders(
            self.instance, {name: cleaned.get(name) for name in ("owner", "deputy")}
        ):
            self.add_error(field, OUTSIDE)
        return cleaned


_BY_NAME = ("display_name", "username")
OUTSIDE = gettext_lazy(
    "The case is restricted, and this person is not inside: choose somebody who is, or nobody."
)
TAG_REFUSALS = {
    "no_name": gettext_lazy("A tag needs a letter or a digit."),
    "too_long": gettext_lazy("A tag has 40 characters at most."),
    "too_many": gettext_lazy("A case has 30 tags at most."),
}


@require_safe
def case(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The page; opening it marks the case as seen by this person."""
    shown = the_case(request.user, law, number)
    context = _page(request, shown, CaseForm(instance=shown))
    selectors.visit(shown, request.user)
    return render(request, "pages/case.html", context)


@require_POST
def edit(request: HttpRequest, law: str, number: str) -> HttpResponse:
    shown = the_case(request.user, law, number)
    form = CaseForm(request.POST, instance=the_case(request.user, law, number))
    if not form.is_valid():
        return render(request, "pages/case.html", _page(request, shown, form), status=422)
    names = form.cleaned_data.pop("tags")
    if "deputy" not in request.POST:  # a form that does not show it takes it from nobody
        form.cleaned_data.pop("deputy")
    edit_case(shown, by=request.user, tell=tasks.tell, **form.cleaned_data)
    if "tags" in request.POST:  # a form that does not show them takes none off
        tags.set_tags(shown, names, by=request.user)
    messages.success(request, _("Saved."))
    return redirect("case", law=law, number=number)


def _dated_name(event: Event, law: str) -> str:
    day = dates.written(event.legal_date) if event.legal_date else _("date not known")
    return f"{day} {document_name(event, law)}"


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
        field.queryset = case.events.filter(side=Event.Side.OFFICE, vanished_at=None).order_by(*_LATEST)
        field.label_from_instance = lambda event: _dated_name(event, case.law)


@require_POST
def enter_limit(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Add a limit by hand; the form comes back with what is wrong."""
    shown = the_case(request.user, law, number)
    form = LimitForm(shown, request.POST)
    if not form.is_valid():
        context = _page(request, shown, CaseForm(instance=shown), form)
        return render(request, "pages/case.html", context, status=422)
    entered = actions.enter_by_hand(shown, by=request.user, **form.cleaned_data)
    messages.success(request, _("The time limit was added. Have a second person check it."))
    return redirect("limit", pk=entered.pk)


@require_POST
def enter_records(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Write down what the firm's own records say; the form comes back with what cannot be read."""
    shown = the_case(request.user, law, number)
    form = OwnRecordsForm(request.POST, own={})
    if not form.is_valid():
        context = {**_page(request, shown, CaseForm(instance=shown)), "records_form": form}
        return render(request, "pages/case.html", context, status=422)
    changed = differences.enter(shown, by=request.user, values=form.cleaned_data)
    messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
    return redirect(reverse("case", kwargs={"law": law, "number": number}) + "#records")


@require_POST
def refresh(request: HttpRequest, law: str, number: str) -> HttpResponse:
    shown = the_case(request.user, law, number)
    request_refresh(shown, by=request.user)
    tasks.ring("refresh")
    if request.htmx:
        return _status(request, shown)
    return redirect(reverse("case", kwargs={"law": law, "number": number}))


class DailyForm(forms.Form):
    """Until when a case is to be asked every day; no day: as the plan would by itself."""

    until = forms.DateField(
        label=gettext_lazy("Ask every day until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("This is not a day.")},
    )


@require_POST
def ask_daily(request: HttpRequest, law: str, number: str) -> HttpResponse:
    shown = the_case(request.user, law, number)
    form = DailyForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This is not a day."))
    else:
        try:
            jobs.ask_daily(shown, form.cleaned_data["until"], by=request.user)
        except jobs.UnusableDay:
            last = clock.office_today() + timedelta(jobs.LONGEST_DAILY)
            messages.error(request, _("Choose a day from today to %(day)s.") % {"day": last})
        else:
            messages.success(request, _("Saved. The next plan takes it into account."))
    return redirect(reverse("case", kwargs={"law": law, "number": number}) + "#fresh")


@require_safe
def refresh_status(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """The fragment that says how far the last question to the office has come."""
    return _status(request, the_case(request.user, law, number))


def _status(request: HttpRequest, shown: Case) -> HttpResponse:
    return render(request, "parts/refresh_status.html", {"case": shown, **_asking(shown)})


def the_case(user: User, law: str, number: str) -> Case:
    """The case of that number; 404 where there is none within the person's reach."""
    if law not in Law.values or not number.isdecimal():
        raise Http404
    return get_object_or_404(
        reach.cases(user).select_related("owner", "deputy", "wall"), law=law, application_number=number
    )


def _asking(case: Case) -> dict[str, object]:
    """The newest work order and in which of its states it is, for words."""
    at_home = case.refresh_jobs.exclude(purpose=RefreshJob.Purpose.FAMILY)
    job = at_home.order_by("-created_at", "-pk").first()
    if job is None:
        return {"job": None, "asking": ""}
    if job.state != RefreshJob.State.WAITING:
        return {"job": job, "asking": job.state}
    leased = job.lease_until and job.lease_until > timezone.now()  # leases are kept in the machine's own time
    if leased:
        return {"job": job, "asking": "asking"}
    if office := circuit.paused(clock.now()).get(jobs.group_of(job)):
        return {"job": job, "asking": "paused", "office": office}
    put_off = job.not_before > clock.now()
    return {"job": job, "asking": "put_off" if put_off else "waiting"}


def _page(
    request: HttpRequest, case: Case, form: CaseForm, limit_form: LimitForm | None = None
) -> dict[str, object]:
    events = selectors.events_of(case, request.user)
    documents = Paginator(events[::-1], _DOCUMENTS).get_page(request.GET.get("documents"))
    selectors.with_what_hangs_on(documents.object_list)
    limits = list(
        case.limits.select_related("event", "proof", "confirmed_by", "state_by").order_by(*_NEAREST)
    )
    running = [limit for limit in limits if limit.state in selectors.RUNNING]
    register = getattr(case, "register", None)
    concerns = acknowledging.of_case(case)
    on_documents = [limit for event in documents.object_list for limit in event.limits.all()]
    hidden = selectors.mark_hidden(
        request.user, [*limits, *on_documents, *(one.limit for one in concerns if one.limit)]
    )
    shown = [limit for limit in limits if not limit.hidden]
    unseen = [limit.pk for limit in limits if limit.hidden]
    in_order = [*running, *(limit for limit in limits if limit.state not in selectors.RUNNING)]
    reviews = case.reviews.select_related("event", "closed_by").order_by(*_OPEN_FIRST)
    return {
        **followed.of_case(request.user, case),
        "case": case,
        "tags": list(case.tags.all()),
        "instructions": instructions.of_case(case),
        "instruction_kinds": StandingInstruction.About.choices,
        "form": form,
        "editing": form.is_bound,
        "limit_form": limit_form or LimitForm(case),
        "events": documents.object_list,
        "documents": documents,
        "filed": jobs.FILED,
        "pictures_to_come": old_archives.waits(case),
        "priorities": _priorities(case),
        "limits": Paginator(in_order, _LIMITS).get_page(request.GET.get("limits")),
        "next_limit": min(running, key=_after_what_is_due, default=None),
        "blind": hidden,
        "drawn": timeline_of(case, events, shown, register, clock.office_today(), Asked.of(request)),
        "daily_form": DailyForm(initial={"until": _daily(case)}, auto_id="daily-%s"),
        "daily": _daily(case),
        "again_by": freshness.promise(clock.now()).again_by(case),
        "register": register,
        "citations": citations.of_case(request.user, case),
        "unread_refusals": citations.unread_refusals(events),
        "reviews": Paginator(list(reviews), _REVIEWS).get_page(request.GET.get("reviews")),
        "watchlists": list(visible_to(request.user).filter(entries__case=case)),
        "history": list(case.audit.select_related("actor")[:_HISTORY]),
        "changes": list(
            TimeLimitChange.objects.filter(limit__case=case)
            .exclude(limit__in=unseen)
            .select_related("limit", "by")[:_HISTORY]
        ),
        "concerns": concerns,
        **_own_records(case),
        **_asking(case),
    }


def _priorities(case: Case) -> list[tuple[dict[str, str], FamilyMember | None]]:
    """The priority claims, each with the application of the family abroad that it names."""
    members = case.family.all() if case.priorities else ()
    return list(zip(case.priorities, members_claimed(case.priorities, members), strict=True))


def _daily(case: Case) -> date | None:
    """The day until which a person wants it asked every day, unless it has passed."""
    return case.daily_until if case.daily_until and case.daily_until >= clock.office_today() else None


def _own_records(case: Case) -> dict[str, object]:
    """What the firm's own records say, newest first, and where the office's data differ from them."""
    rows = list(case.own_records.select_related("by"))
    newest = {row.field: row.value for row in reversed(rows)}
    return {
        "records": rows,
        "records_form": OwnRecordsForm(own=newest),
        "differing": list(case.differences.filter(state=Difference.State.OPEN)),
    }


def _after_what_is_due(limit: TimeLimit) -> tuple[bool, bool, bool]:
    """Duties with a date first, then those without, then chances, last what nothing can be done about."""
    lost = limit.rung > 0 and limit.stands_until is None
    return lost, limit.duty == "chance", limit.due is None


_NEAREST = (F("due").asc(nulls_last=True), "pk")
_OPEN_FIRST = (F("closed_at").desc(nulls_first=True), "pk")
_LATEST = (F("legal_date").desc(nulls_last=True), "-pk")
