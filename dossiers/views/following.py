"""Who follows what, and how soon they want to be told: in the settings, for one list, for one case."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dossiers.alerts import preferences, watch_ends
from dossiers.alerts.follow import follow, reaching, unfollow
from dossiers.intake import watchlists as lists
from dossiers.models import EventKind, Follow, Preference, Rhythm, User, Watchlist

from .case import the_case
from .followed import FollowRhythmForm, teams_of

_HINTS = {
    EventKind.OFFICE_ACTION: gettext_lazy("Also documents not accounted for: one of them may be one."),
    EventKind.LIMIT_DUE: gettext_lazy(
        "Reminders on the firm's days before the last day, and dates that moved. The digest lists what is "
        "due within 30 days."
    ),
    EventKind.LIMIT_OVERDUE: gettext_lazy("At once: on each office day until it is settled."),
    EventKind.NOT_CHECKED: gettext_lazy(
        "The office does not know the case, or its answer could not be read: something may be missed."
    ),
    EventKind.STATUS: gettext_lazy("Documents from which no time limit follows."),
}


class RhythmForm(forms.Form):
    """A rhythm for each kind of event."""

    def __init__(self, data: Any = None, *, chosen: dict[str, Rhythm]) -> None:
        super().__init__(data, initial=chosen)
        for kind in EventKind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                choices=Rhythm.choices,
                widget=forms.RadioSelect,
                help_text=_HINTS.get(kind, ""),
            )


# --- the settings -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    form = RhythmForm(request.POST if request.method == "POST" else None, chosen=preferences.own(user))
    if request.method == "POST" and form.is_valid():
        preferences.choose(user, form.cleaned_data, by=user)
        messages.success(request, _("Saved. It holds for what happens from now on."))
        return redirect("notifications")
    follows = reaching(user).select_related("watchlist", "case", "team")
    context = {
        "form": form,
        "rhythms": Rhythm,
        "follows": follows.order_by("watchlist__name", "case__application_number", "pk")[:_MOST],
        "follow_count": follows.count(),
        "with_own": set(Preference.objects.filter(user=user).values_list("follow", flat=True)),
        "ending": watch_ends.of_person(user).filter(kept_at=None).count(),
    }
    return render(request, "pages/notifications.html", context, status=422 if form.errors else 200)


_MOST = 50

# --- one list ---------------------------------------------------------------------------------------------


def _visible(request: HttpRequest, pk: uuid.UUID) -> Watchlist:
    return get_object_or_404(lists.visible_to(request.user), pk=pk)


@require_POST
def rhythms(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Other rhythms for one list that the person follows."""
    row = get_object_or_404(Follow, watchlist=_visible(request, pk), user=request.user, active=True)
    form = FollowRhythmForm(request.POST, chosen={})
    if form.is_valid():
        preferences.choose_for(row, request.user, form.cleaned_data, by=request.user)
        messages.success(request, _("Saved. It holds for what happens from now on."))
    else:
        messages.error(request, _("Nothing was saved: choose one of the rhythms."))
    return redirect("watchlist", pk)


@require_POST
def team(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have a team follow a list, or no longer."""
    one = _visible(request, pk)
    number = request.POST.get("team", "")
    named = get_object_or_404(Group, pk=int(number) if number.isdecimal() and len(number) < 10 else 0)
    if not teams_of(request.user).filter(pk=named.pk).exists():
        raise PermissionDenied
    if request.POST.get("follow") != "1":
        unfollow(one, named, by=request.user)
        messages.success(request, _("The team gets no more mail about this list."))
    elif one.shared:
        follow(one, named, by=request.user)
        messages.success(request, _("The team follows this list: whoever is in it when something happens."))
    else:
        messages.error(request, _("Only a list that everybody sees can be followed by a team."))
    return redirect("watchlist", pk)


# --- one case ---------------------------------------------------------------------------------------------


@require_POST
def follow_case(request: HttpRequest, law: str, number: str) -> HttpResponse:
    one = the_case(law, number)
    if request.POST.get("follow") == "1":
        follow(one, request.user, by=request.user)
        watch_ends.keep(watch_ends.told_of(one), by=request.user, how="follow")
        messages.success(request, _("You follow this case from now on."))
    elif unfollow(one, request.user, by=request.user):
        messages.success(request, _("You no longer follow this case by itself."))
    return redirect("case", law=law, number=number)
