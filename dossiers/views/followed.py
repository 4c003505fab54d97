"""What pages show of who follows a list or a case; a bounded number of queries each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dossiers.alerts import watch_ends
from dossiers.alerts.follow import reaching
from dossiers.models import Case, EventKind, Preference, Rhythm, User, Watchlist


class FollowRhythmForm(forms.Form):
    """Other rhythms for what comes of one follow; an empty field is as for all others."""

    def __init__(self, data: Any = None, *, chosen: dict[str, str]) -> None:
        super().__init__(data, initial=chosen, auto_id="rhythm-%s")
        for kind in EventKind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=[("", _("as for all")), *Rhythm.choices], required=False
            )


def teams_of(user: User) -> QuerySet[Group]:
    """Teams a person may speak for: their own, for administrators all."""
    return Group.objects.all() if user.is_staff else Group.objects.filter(user=user.pk)


def of_list(user: User, one: Watchlist) -> dict[str, Any]:
    """What the page of a list shows of following it; a bounded number of queries."""
    rows = one.follows.filter(active=True).select_related("user", "team")
    followers = list(rows.order_by("team__name", "user__username"))
    mine = next((row for row in followers if row.user_id == user.pk), None)
    teams = list(teams_of(user).order_by("name"))
    following = {row.team_id for row in followers}
    context: dict[str, Any] = {
        "followers": followers,
        "following": mine is not None or reaching(user).filter(watchlist=one).exists(),
        "teams": [team for team in teams if team.pk not in following] if one.shared else [],
        "my_teams": {team.pk for team in teams},
    }
    if mine:
        chosen = dict(Preference.objects.filter(follow=mine).values_list("kind", "rhythm"))
        context |= {"rhythm_form": FollowRhythmForm(chosen=chosen), "has_own_rhythms": bool(chosen)}
    return context


def of_case(user: User, case: Case) -> dict[str, Any]:
    """What the page of a case shows of following it; two queries."""
    return {
        "follows_case": reaching(user).filter(case=case).exists(),
        "watch_end": watch_ends.told_of(case).filter(kept_at=None).first(),
    }
