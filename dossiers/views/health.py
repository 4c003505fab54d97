"""Whether the installation is alive, for monitors. Nothing here needs a login or tells a secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.models import Count, Min, Q
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.alerts import digest, heartbeats
from dossiers.models import Alert, Heartbeat, RefreshJob

WORKER_SILENT_AFTER = 300  # seconds
PLANNING_SILENT_AFTER = 900  # a plan is looked at each minute; a large one takes some


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, the worker has shown life in the last five minutes, somebody has looked
    in the last quarter of an hour whom to ask, no daily digest that was due two hours ago is missing, and no
    other part is late (`late` names them; /status/ says more); else 503.

    A worker that has never shown life counts as dead: without it nothing is asked and nobody is told. Its
    life is measured by the machine's clock, which no demo moves.
    """
    try:
        state = _state(clock.now())
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": False}, status=503)
    age = state["worker"]
    alive = age is not None and age <= WORKER_SILENT_AFTER and not state["digests"]["late"]
    planned = state["plan"]["looked"]
    alive = alive and (planned is None or planned <= PLANNING_SILENT_AFTER) and not state["late"]
    return JsonResponse({"status": "ok" if alive else "failing", **state}, status=200 if alive else 503)


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served: the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": False}, status=503)
    return JsonResponse({"status": "ok", "database": True})


def _state(now: datetime) -> dict[str, Any]:
    beats = dict(
        Heartbeat.objects.filter(name__in=("worker", "digest", "planning")).values_list("name", "at")
    )
    alerts = Alert.objects.aggregate(
        waiting=Count("pk", filter=Q(state=Alert.State.WAITING)),
        oldest=Min("created_at", filter=Q(state=Alert.State.WAITING)),
        failed=Count("pk", filter=Q(state=Alert.State.FAILED)),
    )
    jobs = RefreshJob.objects.filter(state=RefreshJob.State.WAITING).count()
    last = (
        RefreshJob.objects.filter(state=RefreshJob.State.DONE)
        .order_by("-finished_at")
        .values_list("finished_at", flat=True)
        .first()
    )
    return {
        "database": True,
        "worker": _age(beats.get("worker"), timezone.now()),
        "plan": {"looked": _age(beats.get("planning"), timezone.now())},
        "alerts": {
            "waiting": alerts["waiting"],
            "oldest_seconds": _age(alerts["oldest"], now),
            "failed": alerts["failed"],
        },
        "digests": {"looked": _age(beats.get("digest"), timezone.now()), **_digests(now)},
        "late": [one.part.name for one in heartbeats.late()],
        "refresh": {"waiting": jobs, "last_done": last.isoformat() if last else None},
    }


def _digests(now: datetime) -> dict[str, Any]:
    found = digest.standing(now)
    last = found.last_sent.isoformat() if found.last_sent else None
    return {"late": found.late, "failed": found.failed, "last_sent": last}


def _age(at: datetime | None, now: datetime) -> int | None:
    """Whole seconds since `at`, None if never."""
    return None if at is None else max(0, int((now - at).total_seconds()))
