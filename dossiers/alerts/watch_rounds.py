"""The round that finds watches on finished cases, tells their followers when they end, and ends them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta

from django.db.models import Exists, OuterRef

from apiclient.clock import JST, office_day
from dossiers.alerts.follow import followers
from dossiers.alerts.prompts import order
from dossiers.alerts.stand_ins import People
from dossiers.alerts.watch_ends import finished, watched
from dossiers.models import Heartbeat, Prompt, WatchEnd, WatchEndNotice, firm_policy, record
from dossiers.reach import Eyes

NOTICE = timedelta(days=14)  # from the day of telling to the end
FROM = timedelta(hours=8)  # after midnight in Japan
LAST = "watch_ends"  # the Heartbeat that says up to when that was looked after
_ROWS_AT_ONCE = 500


def look(now: datetime) -> int:
    """Once on each day of the office: note, tell and end what is due; returns how many watches ended.

    To be called inside a transaction, by one worker at a time. As many queries for one case as for thousands,
    beside an audit line for each end.
    """
    days = firm_policy().watch_end_days
    if not days or not _is_time(now):
        return 0
    _forget(now)
    fresh = watched().filter(watch_end=None).values_list("pk", flat=True)
    rows = [WatchEnd(case_id=pk, finished_since=now) for pk in fresh]
    WatchEnd.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_ROWS_AT_ONCE)
    _tell(now, timedelta(days))
    return _end(now)


def _is_time(now: datetime) -> bool:
    beat, _ = Heartbeat.objects.select_for_update().get_or_create(
        name=LAST, defaults={"at": now, "detail": {}}
    )
    morning = datetime.combine(office_day(now - FROM), time(), JST) + FROM
    if beat.detail.get("made") and morning <= beat.at <= now:
        return False
    beat.at, beat.detail = now, {"made": True}
    beat.save(update_fields=["at", "detail"])
    return True


def _forget(now: datetime) -> None:
    """Cases that are finished no longer, or that nobody follows: everything begins anew."""
    stale = WatchEnd.objects.exclude(case__in=watched().values("pk"))
    over = finished().values("pk")
    for row in stale.filter(ended_at__isnull=False).exclude(case__in=over).select_related("case"):
        record("watch.resumed", case=row.case, ended_at=row.ended_at.isoformat())
    stale.delete()


def _tell(now: datetime, wait: timedelta) -> None:
    due = WatchEnd.objects.filter(told_at=None, kept_at=None, finished_since__lte=now - wait)
    endings = {row.case_id: row for row in due}
    if not endings:
        return
    people, following, eyes = People(office_day(now)), followers(endings), Eyes(endings)
    by_reader: dict[int, list[WatchEndNotice]] = defaultdict(list)
    for case, row in endings.items():
        for user in people.told(following[case], sees=eyes.of(case)):
            by_reader[user].append(WatchEndNotice(ending=row, user_id=user))
    told = {notice.ending_id for notices in by_reader.values() for notice in notices}
    WatchEnd.objects.filter(pk__in=told).update(told_at=now, ends_on=office_day(now) + NOTICE)
    order(Prompt.Kind.WATCH_END, [(user, rows, now) for user, rows in by_reader.items()], now=now)


def _end(now: datetime) -> int:
    """Only where the notice has reached somebody, and none is still on its way."""
    notices = WatchEndNotice.objects.filter(ending=OuterRef("pk"))
    rows = WatchEnd.objects.filter(
        Exists(notices.filter(prompt__state=Prompt.State.SENT)),
        ~Exists(notices.filter(prompt__state=Prompt.State.WAITING)),
        ended_at=None,
        kept_at=None,
        ends_on__lte=office_day(now),
    )
    count = 0
    for row in rows.select_related("case"):
        if WatchEnd.objects.filter(pk=row.pk, ended_at=None, kept_at=None).update(ended_at=now):
            record("watch.ended", case=row.case, told_at=row.told_at.isoformat(), ends_on=str(row.ends_on))
            count += 1
    return count
