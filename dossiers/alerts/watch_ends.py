"""Watches on finished cases end themselves, after notice, unless somebody keeps them.

A case counts as finished as the planner counts it: its right or application is gone and nothing of it runs.
Its followers are told on which day the mails about it end; one of them may keep them, before and after. What
ends is the watch alone: the case stays in the docket, whoever is in charge goes on being told, and the office
is asked as before. Office actions and decisions are told all the same, and a case that is finished no longer
is watched again by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from dossiers import clock, reach
from dossiers.alerts.follow import followed_by
from dossiers.docketing.store import RUNNING
from dossiers.models import (
    Case,
    Event,
    Follow,
    News,
    Prompt,
    TimeLimit,
    User,
    WatchEnd,
    WatchlistEntry,
    record,
)
from dossiers.refresh.case_views import FINISHED_STAGES

_TOLD_ALL_THE_SAME = (News.Kind.OFFICE_ACTION, News.Kind.DECISION, News.Kind.NOTICE_READ)
_SALT = "dossiers.alerts.watch_ends"


class BadToken(ValueError):
    """The link was cut, changed, or what it names is gone."""


# --- which cases --------------------------------------------------------------------------------------------


def finished() -> QuerySet[Case]:
    """Cases that are over: nothing runs, nothing waits for a person, and the office has said so itself."""
    cases = Case.objects.filter(stage__in=FINISHED_STAGES, next_due=None, open_reviews=0, last_outcome="ok")
    running = TimeLimit.objects.filter(case=OuterRef("pk"), state__in=RUNNING)
    unsettled = Event.objects.filter(case=OuterRef("pk"), account=Event.Account.OPEN, vanished_at=None)
    return cases.filter(~Exists(running), ~Exists(unsettled)).order_by()


def watched() -> QuerySet[Case]:
    """Finished cases that anybody follows."""
    listed = WatchlistEntry.objects.filter(case=OuterRef("pk"), watchlist__follows__active=True)
    singly = Follow.objects.filter(case=OuterRef("pk"), active=True)
    return finished().filter(Exists(listed) | Exists(singly))


def ended(cases: Collection[int]) -> set[int]:
    """Those of these cases whose watch has ended. One that is finished no longer is watched."""
    rows = WatchEnd.objects.filter(case__in=cases, ended_at__isnull=False)
    return set(rows.filter(case__in=finished().values("pk")).values_list("case_id", flat=True))


def is_silenced(news: News, ended: Collection[int]) -> bool:
    """Whether followers are not told of it; an act that shows the case to be alive they always are."""
    return news.case_id in ended and news.kind not in _TOLD_ALL_THE_SAME


# --- what people do -----------------------------------------------------------------------------------------


@transaction.atomic
def keep(endings: Iterable[WatchEnd], *, by: User, how: str) -> int:
    """Go on telling the followers of these cases, or again; returns how many were going to end or had."""
    now, done = clock.now(), 0
    for one in endings:
        row = WatchEnd.objects.select_for_update().filter(pk=one.pk, kept_at=None).first()
        if row is None:
            continue
        had_ended, row.ended_at, row.kept_at, row.kept_by = row.ended_at, None, now, by
        row.save(update_fields=["ended_at", "kept_at", "kept_by"])
        record("watch.taken_up_again" if had_ended else "watch.kept", by=by, case=one.case, how=how)
        done += 1
    return done


@transaction.atomic
def let_end(ending: WatchEnd, *, by: User) -> bool:
    """Take a "keep" back: the watch ends on the day that was told, or now where that has passed."""
    changed = WatchEnd.objects.filter(pk=ending.pk, kept_at__isnull=False).update(kept_at=None, kept_by=None)
    if changed:
        record("watch.not_kept", by=by, case=ending.case)
    return bool(changed)


def told_of(case: Case) -> QuerySet[WatchEnd]:
    """The end of the watch on a case, where its followers were told of one."""
    return WatchEnd.objects.filter(case=case, told_at__isnull=False).select_related("case")


def of_person(user: User) -> QuerySet[WatchEnd]:
    """What was told of the cases that a person follows, the nearest end first."""
    mine = reach.shown_to(user, "case__") & followed_by(user, "case")
    rows = WatchEnd.objects.filter(mine, told_at__isnull=False)
    return rows.select_related("case", "kept_by").order_by("ends_on", "case__application_number", "pk")


# --- from a mail --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What a mail asks its reader: these watches end unless they are kept."""

    user: User
    endings: tuple[WatchEnd, ...]


def url_for(prompt: Prompt) -> str:
    """A link that never runs out: it takes a watch up again, too."""
    token = signing.Signer(salt=_SALT).sign_object({"u": prompt.user_id, "p": prompt.pk})
    return f"{settings.SITE_URL}/w/{token}/"


def asked_by(token: str) -> Asked:
    """What the token stands for. BadToken when it is not ours or what it names is gone."""
    try:
        named: Mapping[str, int] = signing.Signer(salt=_SALT).unsign_object(token)
        user = User.objects.get(pk=named["u"], is_active=True)
        told = Q(notices__prompt=named["p"], notices__user=user)
    # A cut token fails in base64, JSON or the signature, each with an error of its own kind.
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise BadToken("not a link of ours") from error
    except User.DoesNotExist as error:
        raise BadToken("the reader is gone") from error
    rows = WatchEnd.objects.filter(told, reach.shown_to(user, "case__")).select_related("case", "kept_by")
    return Asked(user, tuple(rows.order_by("case__application_number", "pk")))
