"""Who follows what, and how soon they want to be told: in the settings, for one list, for one case."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dossiers import reach
from dossiers.alerts import preferences, watch_ends
from dossiers.alerts.follow import follow, reaching, unfollow
from dossiers.intake import watchlists as lists
from dossiers.models import Case, EventKind, Follow, News, Preference, Rhythm, User, Watchlist, Webhook

from .case import the_case
from .followed import FollowRhythmForm, by_case, speaks_for
from .posting import back

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
    follows = reaching(user).filter(_within_reach(user)).select_related("watchlist", "case", "team")
    context = {
        "form": form,
        "rhythms": Rhythm,
        "follows": follows.order_by("watchlist__name", "case__application_number", "pk")[:_MOST],
        "follow_count": follows.count(),
        "with_own": set(Preference.objects.filter(user=user).values_list("follow", flat=True)),
        "channels": [_channel(hook) for hook in user.webhooks.all()],
        "ending": watch_ends.of_person(user).filter(kept_at=None).count(),
    }
    return render(request, "pages/notifications.html", context, status=422 if form.errors else 200)


_MOST = 50


def _within_reach(user: User) -> Q:
    """Follows of lists, and of cases that the person sees."""
    return Q(case=None) | reach.shown_to(user, "case__")


def _channel(hook: Webhook) -> dict[str, object]:
    """One other way than mail, and of which kinds of event it tells, wholly or in part."""
    told: dict[EventKind, list[bool]] = {kind: [] for kind in EventKind}
    for kind in News.Kind:
        told[preferences.kind_of(News(kind=kind))].append(kind in hook.kinds)
    return {
        "hook": hook,
        "told": [{"label": kind.label, "part": not all(ticks)} for kind, ticks in told.items() if any(ticks)],
    }


# --- one list ---------------------------------------------------------------------------------------------


def _visible(request: HttpRequest, pk: uuid.UUID) -> Watchlist:
    return get_object_or_404(lists.visible_to(request.user), pk=pk)


@require_POST
def team(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have a team follow a list, or no longer."""
    one, named = _visible(request, pk), _named_team(request)
    if request.POST.get("follow") != "1":
        unfollow(one, named, by=request.user)
        messages.success(request, _("The team gets no more mail about this list."))
    elif one.shared:
        follow(one, named, by=request.user)
        messages.success(request, _("The team follows this list: whoever is in it when something happens."))
    else:
        messages.error(request, _("Only a list that everybody sees can be followed by a team."))
    return redirect("watchlist", pk)


def _named_team(request: HttpRequest) -> Group:
    """The team that a form names; 404 and 403 where there is none, or the person may not speak for it."""
    number = request.POST.get("team", "")
    named = get_object_or_404(Group, pk=int(number) if number.isdecimal() and len(number) < 10 else 0)
    if not speaks_for(request.user, named):
        raise PermissionDenied
    return named


# --- one case ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def follow_case(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Who is told of a case; following it, or having a team follow it."""
    one = the_case(request.user, law, number)
    if request.method != "POST":
        context = {"case": one, **by_case(request.user, one)}
        return render(request, "pages/followers.html", context)
    if "team" in request.POST:
        return _team_and_case(request, one)
    if request.POST.get("follow") == "1":
        follow(one, request.user, by=request.user)
        watch_ends.keep(watch_ends.told_of(one), by=request.user, how="follow")
        messages.success(request, _("You follow this case from now on."))
    elif unfollow(one, request.user, by=request.user):
        messages.success(request, _("You no longer follow this case by itself."))
    return redirect(back(request, reverse("case", args=[law, number])))


def _team_and_case(request: HttpRequest, one: Case) -> HttpResponse:
    named = _named_team(request)
    if request.POST.get("follow") == "1":
        follow(one, named, by=request.user)
        watch_ends.keep(watch_ends.told_of(one), by=request.user, how="follow")
        messages.success(request, _("The team follows this case: whoever is in it when something happens."))
    else:
        unfollow(one, named, by=request.user)
        messages.success(request, _("The team gets no more mail about this case by itself."))
    return redirect("case_follow", one.law, one.application_number)


# --- one follow -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def rhythms(request: HttpRequest, pk: int) -> HttpResponse:
    """Other rhythms for one list or case, for the person and for the team that follows it."""
    rows = Follow.objects.filter(_within_reach(request.user), active=True)
    row = get_object_or_404(rows.select_related("watchlist", "case", "team"), pk=pk)
    whose = _whose(request, row)
    if not whose:
        raise Http404
    sent = request.POST.get("whose", "")
    forms = {name: _rhythm_form(request, row, name, name == sent) for name in whose}
    if request.method == "POST":
        if sent not in forms:
            raise PermissionDenied
        if forms[sent].is_valid():
            preferences.choose_for(row, whose[sent], forms[sent].cleaned_data, by=request.user)
            messages.success(request, _("Saved. It holds for what happens from now on."))
            return redirect("follow_rhythms", pk)
    wrong = any(form.errors for form in forms.values())
    context = {"follow": row, "forms": forms, "mails": request.user.mail_on}
    return render(request, "pages/follow_rhythms.html", context, status=422 if wrong else 200)


def _whose(request: HttpRequest, row: Follow) -> dict[str, User | None]:
    """For whom the person may choose: for themselves where it reaches them, and for their team."""
    user = User.objects.get(pk=request.user.pk)
    if row.watchlist_id and not lists.visible_to(user).filter(pk=row.watchlist_id).exists():
        return {}
    mine: dict[str, User | None] = {"me": user} if reaching(user).filter(pk=row.pk).exists() else {}
    return mine | ({"team": None} if speaks_for(user, row.team) else {})


def _rhythm_form(request: HttpRequest, row: Follow, whose: str, sent: bool) -> FollowRhythmForm:
    user = request.user if whose == "me" else None
    return FollowRhythmForm(
        request.POST if sent else None,
        chosen=preferences.chosen_for(row, user),
        otherwise=_otherwise(request.user, row) if user else _as_each_member(),
        whose=whose,
    )


def _otherwise(user: User, row: Follow) -> dict[str, str]:
    """What holds for the person where they choose nothing for this follow alone."""
    by_team = preferences.chosen_for(row, None) if row.team_id else {}
    general = preferences.own(user)
    return {
        kind: _("as the team: %(rhythm)s") % {"rhythm": Rhythm(by_team[kind]).label}
        if kind in by_team
        else _("as for everything: %(rhythm)s") % {"rhythm": general[kind].label}
        for kind in EventKind
    }


def _as_each_member() -> dict[str, str]:
    return dict.fromkeys(EventKind, _("as each member has chosen"))
