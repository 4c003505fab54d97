"""What pages show of who follows a list or a case; a bounded number of queries each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet

from dossiers.alerts import watch_ends
from dossiers.alerts.follow import reaching
from dossiers.intake.watchlists import visible_to
from dossiers.models import Case, EventKind, Follow, Preference, Rhythm, User, Watchlist
from dossiers.roles import Right, can


class FollowRhythmForm(forms.Form):
    """Other rhythms for what comes of one follow; an empty field is as it `otherwise` is."""

    def __init__(
        self, data: Any = None, *, chosen: dict[str, str], otherwise: dict[str, str], whose: str
    ) -> None:
        super().__init__(data, initial=chosen, auto_id=f"{whose}-%s")
        for kind in EventKind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=[("", otherwise[kind]), *Rhythm.choices], required=False
            )


def teams_of(user: User) -> QuerySet[Group]:
    """Teams a person may speak for: their own, for administrators all; none for whoever only reads."""
    if can(user, Right.ADMINISTER):
        return Group.objects.all()
    return Group.objects.filter(user=user.pk) if can(user, Right.DOCKET) else Group.objects.none()


def speaks_for(user: User, team: Group | None) -> bool:
    """Whether the person may choose for the team."""
    return team is not None and teams_of(user).filter(pk=team.pk).exists()


def of_list(user: User, one: Watchlist) -> dict[str, Any]:
    """What the page of a list shows of following it; a bounded number of queries."""
    return _followed(user, one.follows.all(), may_be_told=one.shared)


def of_case(user: User, case: Case) -> dict[str, Any]:
    """What the page of a case shows of following it; two queries."""
    return {
        "follows_case": reaching(user).filter(case=case).exists(),
        "watch_end": watch_ends.told_of(case).filter(kept_at=None).first(),
    }


def by_case(user: User, case: Case) -> dict[str, Any]:
    """Who follows a case by itself, and through which lists; a bounded number of queries."""
    lists = Watchlist.objects.filter(cases=case, follows__active=True).distinct()
    return _followed(user, case.follows.all(), may_be_told=True) | {
        "lists": list(lists.filter(pk__in=visible_to(user).values("pk")))[:_MOST],
        "hidden_lists": lists.exclude(pk__in=visible_to(user).values("pk")).exists(),
    }


_MOST = 50


def _followed(user: User, follows: QuerySet[Follow], *, may_be_told: bool) -> dict[str, Any]:
    rows = follows.filter(active=True).select_related("user", "team")
    followers = list(rows.order_by("team__name", "user__username"))
    reached = set(reaching(user).filter(pk__in=[row.pk for row in followers]).values_list("pk", flat=True))
    teams = list(teams_of(user).order_by("name"))
    following = {row.team_id for row in followers}
    own = Preference.objects.filter(Q(user=user) | Q(user=None), follow__in=[row.pk for row in followers])
    return {
        "followers": followers,
        "following": bool(reached),
        "teams": [team for team in teams if team.pk not in following] if may_be_told else [],
        "my_teams": {team.pk for team in teams},
        "reached": reached,
        "with_own": set(own.values_list("follow", flat=True)),
    }
