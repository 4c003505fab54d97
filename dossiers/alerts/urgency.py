"""By when somebody has to act on a piece of news: what decides which message goes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Min

from apiclient.clock import office_day
from dossiers.alerts import acknowledge
from dossiers.docketing.store import RUNNING
from dossiers.models import News, TimeLimit

_PRESSING = (*acknowledge.KINDS, News.Kind.LIMIT_MISSED, News.Kind.NOT_ACCOUNTED, News.Kind.CLAIM_NOT_SEEN)


def act_by(news: Sequence[News], now: datetime) -> dict[int, date]:
    """For each (saved) piece of news the nearest running date of its document or limit.

    What presses and has no date counts as due today, everything else as never due. Two queries.
    """
    running = TimeLimit.objects.filter(state__in=RUNNING, duty="limit", due__isnull=False).order_by()
    events = {one.event_id for one in news if one.event_id}
    by_event = dict(running.filter(event__in=events).values_list("event").annotate(Min("due")))
    limits = {one.detail["limit"] for one in news if isinstance(one.detail.get("limit"), int)}
    by_limit = dict(running.filter(pk__in=limits).values_list("pk", "due")) if limits else {}
    today = office_day(now)
    return {
        one.pk: by_limit.get(one.detail.get("limit"))
        or by_event.get(one.event_id)
        or (today if one.kind in _PRESSING else date.max)
        for one in news
    }
