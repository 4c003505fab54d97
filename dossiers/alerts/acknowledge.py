"""What a named person has to acknowledge, and the act of acknowledging, on a page or from a mail.

Office actions, decisions, cases that the office does not know or whose answer could not be read, and time
limits that are due within a week or overdue. The link of a mail carries a signed token that names its reader;
following it only shows a page, so that programs which open every link acknowledge nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apiclient.clock import office_day
from dossiers import clock, reach
from dossiers.models import Concern, News, Prompt, TimeLimit, User, record
from dossiers.roles import Right, having

_SALT = "dossiers.alerts.acknowledge"
WEEK = timedelta(days=7)
KINDS = (News.Kind.OFFICE_ACTION, News.Kind.DECISION, News.Kind.NOT_FOUND, News.Kind.NOT_READ)
_OF_THE_OFFICES_ANSWER = (News.Kind.NOT_FOUND, News.Kind.NOT_READ)
_ROWS_AT_ONCE = 500


class BadToken(ValueError):
    """The link was cut, changed, or what it names is gone."""


# --- what is to be acknowledged -----------------------------------------------------------------------------


def open_for_news(news: Sequence[News], now: datetime) -> None:
    """Note which of these (saved) news somebody has to acknowledge, inside the caller's transaction.

    Documents found when a case was added may be years old: what of them still presses does so as a limit.
    """
    rows = [
        Concern(case_id=one.case_id, news_id=one.pk, stage=Concern.Stage.NEWS, opened_at=now, raised_at=now)
        for one in news
        if one.kind in KINDS and (one.kind in _OF_THE_OFFICES_ANSWER or not one.found_on_adding)
    ]
    if rows:
        Concern.objects.bulk_create(rows, ignore_conflicts=True)


def open_for_limits(today: date, now: datetime) -> int:
    """Note which time limits have come to press by `today`; returns how many are new."""
    known = Concern.objects.filter(news=None, limit=OuterRef("pk"), due=OuterRef("due"))
    pressing = TimeLimit.objects.filter(_PRESSING, due__lte=today + WEEK)
    soon = pressing.filter(~Exists(known.filter(stage=Concern.Stage.WEEK)), due__gte=today)
    past = pressing.filter(~Exists(known.filter(stage=Concern.Stage.OVERDUE)), due__lt=today)
    rows = [
        Concern(case_id=case, limit_id=pk, due=due, stage=stage, opened_at=now, raised_at=now)
        for stage, found in ((Concern.Stage.WEEK, soon), (Concern.Stage.OVERDUE, past))
        for pk, case, due in found.order_by().values_list("pk", "case_id", "due")
    ]
    Concern.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_ROWS_AT_ONCE)
    return len(rows)


_PRESSING = Q(state=TimeLimit.State.OPEN, duty="limit", passed_on_adding=False)


def live(today: date) -> Q:
    """Concerns that still matter: a limit that was met, decided or moved needs nobody any more."""
    stage = Q(stage=Concern.Stage.WEEK, due__gte=today) | Q(stage=Concern.Stage.OVERDUE, due__lt=today)
    of_limit = stage & Q(
        limit__state=TimeLimit.State.OPEN,
        limit__duty="limit",
        limit__passed_on_adding=False,
        limit__due=F("due"),
    )
    return Q(news__isnull=False) | of_limit


def waiting(today: date) -> QuerySet[Concern]:
    """Concerns that nobody has acknowledged and that still matter."""
    return Concern.objects.filter(live(today), acknowledged_at=None)


def of_news(news: News) -> Concern | None:
    """The concern a piece of news raises; that a limit has passed is a concern of the limit."""
    if news.kind != News.Kind.LIMIT_MISSED:
        return Concern.objects.filter(news=news).first()
    limit = news.detail.get("limit")
    return Concern.objects.filter(limit=limit, stage=Concern.Stage.OVERDUE).order_by("-due").first()


# --- the act -----------------------------------------------------------------------------------------------


@transaction.atomic
def acknowledge(concerns: Iterable[Concern], *, by: User, how: str) -> int:
    """`by` has taken note of these; returns how many nobody had acknowledged before. The first one stands."""
    now, done = clock.now(), 0
    for concern in concerns:
        mine = Concern.objects.filter(pk=concern.pk, acknowledged_at=None).update(
            acknowledged_by=by, acknowledged_at=now, acknowledged_how=how
        )
        if mine:
            about = {"news": concern.news_id} if concern.news_id else {"limit": concern.limit.key}
            record(
                "concern.acknowledge",
                by=by,
                case=concern.case,
                **about,
                stage=concern.stage,
                due=str(concern.due or ""),
                how=how,
            )
        done += mine
    return done


# --- from a mail -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What a mail asks its reader to acknowledge."""

    user: User
    concerns: tuple[Concern, ...]


def url_for(user: User, about: Prompt | News) -> str:
    """A link that never runs out: an old mail must still let its reader answer."""
    named = {"p": about.pk} if isinstance(about, Prompt) else {"n": about.pk}
    token = signing.Signer(salt=_SALT).sign_object({"u": user.pk, **named})
    return f"{settings.SITE_URL}/a/{token}/"


def asked_by(token: str) -> Asked:
    """What the token stands for. BadToken when it is not ours, what it names is gone, or its reader's role
    acknowledges nothing: what they alone were told goes on until it reaches somebody who can act."""
    try:
        named = signing.Signer(salt=_SALT).unsign_object(token)
        user = User.objects.get(having(Right.DOCKET), pk=named["u"])
        found = _of_prompt(named["p"], user) if "p" in named else _of_alert(named["n"], user)
    # A cut token fails in base64, JSON or the signature, each with an error of its own kind.
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise BadToken("not a link of ours") from error
    except (User.DoesNotExist, News.DoesNotExist, Prompt.DoesNotExist) as error:
        raise BadToken("what it names is gone") from error
    return Asked(user, found)


def _of_alert(news: int, user: User) -> tuple[Concern, ...]:
    found = of_news(News.objects.get(pk=news))
    return tuple(_whole().filter(reach.shown_to(user, "case__"), pk=found.pk)) if found else ()


def _of_prompt(prompt: int, user: User) -> tuple[Concern, ...]:
    mine = Prompt.objects.get(pk=prompt, user=user)
    return tuple(of_prompts([mine.pk]).filter(reach.shown_to(user, "case__")))


def of_prompts(prompts: Sequence[int]) -> QuerySet[Concern]:
    """The concerns that these mails are about, by reminders, escalations or alerts; oldest first."""
    of_limits = Q(
        limit__reminders__prompt__in=prompts,
        limit__reminders__kind="legal",
        limit__reminders__due=F("due"),
    )
    missed = News.objects.filter(alerts__group__in=prompts, kind=News.Kind.LIMIT_MISSED)
    passed = [limit for limit in missed.values_list("detail__limit", flat=True) if isinstance(limit, int)]
    of_alerts = Q(news__alerts__group__in=prompts) | Q(limit__in=passed, stage=Concern.Stage.OVERDUE)
    return _whole().filter(Q(escalations__prompt__in=prompts) | of_limits | of_alerts).distinct()


def _whole() -> QuerySet[Concern]:
    rows = Concern.objects.select_related("case", "news__event", "news__case", "limit", "acknowledged_by")
    return rows.defer("limit__calculation", "case__note", "case__parties")


def still_live(concerns: Iterable[Concern], now: datetime) -> set[int]:
    """Keys of those that wait for an acknowledgement."""
    pks = [one.pk for one in concerns]
    return set(waiting(office_day(now)).filter(pk__in=pks).values_list("pk", flat=True))
