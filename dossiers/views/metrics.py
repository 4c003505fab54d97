"""Figures for Prometheus: those of requests as the processes count them, all others read when asked for."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from dossiers import clock
from dossiers.alerts import heartbeats
from dossiers.models import (
    Alert,
    MailServer,
    OfficeCall,
    Prompt,
    RefreshJob,
    ReviewTask,
    User,
    WebhookDelivery,
)
from dossiers.refresh import usage

_ANSWERED = ("ok", "empty", "no_body")
_RECENT = 500  # calls looked through for the last that was answered; older than these it is not told


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Whoever has the token reads the figures; without one set there is nothing here."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Http404
    return HttpResponse(_requests() + generate_latest(_database()), content_type=CONTENT_TYPE_LATEST)


def _requests() -> bytes:
    """Of all processes where they share a folder (`PROMETHEUS_MULTIPROC_DIR`), else of this one."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)


def _database() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_OfTheDatabase())
    return registry


class _OfTheDatabase(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = clock.now()
        yield from _parts()
        yield from _queues(now)
        yield from _office(now)
        server = MailServer.objects.filter(pk=1).first()
        yield _gauge("mail_refusing", "1 while the mail server refuses almost everybody.", _refuses(server))
        off = User.objects.filter(is_active=True, address_off_at__isnull=False).count()
        yield _gauge("mail_addresses_off", "People whose address is switched off.", off)
        open_tasks = ReviewTask.objects.filter(closed_at=None).count()
        yield _gauge("open_tasks", "Red tasks that wait for a person.", open_tasks)
        yield _gauge("database_bytes", "Size of the database.", _size())


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ipportal_{name}", words, value=value)


def _refuses(server: MailServer | None) -> int:
    return int(bool(server and server.refusing_since))


def _parts() -> Iterator[GaugeMetricFamily]:
    ages = GaugeMetricFamily(
        "ipportal_part_age_seconds", "Since a part last gave a sign of life.", labels=["part"]
    )
    late = GaugeMetricFamily("ipportal_part_late", "1 while a part is late.", labels=["part"])
    for one in heartbeats.standings():
        if one.age is not None:
            ages.add_metric([one.part.name], one.age.total_seconds())
        late.add_metric([one.part.name], int(one.late))
    yield from (ages, late)


def _queues(now: datetime) -> Iterator[GaugeMetricFamily]:
    """What is due and not done, and since when the oldest is."""
    waiting = GaugeMetricFamily("ipportal_queue_due", "Orders that are due.", labels=["queue"])
    oldest = GaugeMetricFamily(
        "ipportal_queue_oldest_seconds", "How long the oldest of them has been due.", labels=["queue"]
    )
    for name, model in _QUEUES.items():
        due = model.objects.filter(state="waiting", not_before__lte=now).order_by()
        found = due.aggregate(n=Count("pk"), since=Min("not_before"))
        waiting.add_metric([name], found["n"])
        age = (now - found["since"]).total_seconds() if found["since"] else 0
        oldest.add_metric([name], max(0.0, age))
    yield from (waiting, oldest)


_QUEUES = {"refresh": RefreshJob, "alerts": Alert, "prompts": Prompt, "webhooks": WebhookDelivery}


def _office(now: datetime) -> Iterator[GaugeMetricFamily]:
    left = GaugeMetricFamily("ipportal_quota_left", "Calls left today.", labels=["bucket"])
    for counter in usage.counters():
        left.add_metric([counter.name], counter.left)
    yield left
    newest = OfficeCall.objects.order_by("-started_at").values_list("outcome", "ended_at")[:_RECENT]
    answered = [at for outcome, at in newest if outcome in _ANSWERED and at]
    if answered:
        age = (now - max(answered)).total_seconds()
        yield _gauge("office_last_answer_seconds", "Since the office last answered a question.", age)


def _size() -> int:
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        return path.stat().st_size if path.exists() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
