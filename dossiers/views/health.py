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
from dossiers.models import Alert, Heartbeat, RefreshJob

WORKER_SILENT_AFTER = 300  # seconds


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers and the worker has shown life in the last five minutes, else 503.

    A worker that has never shown life counts as dead: without it nothing is asked and nobody is told. Its
    life is measured by the machine's clock, which no demo moves.
    """
    try:
        state = _state(clock.now())
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": False}, status=503)
    age = state["worker"]
    alive = age is not None and age <= WORKER_SILENT_AFTER
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
    beat = Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()
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
        "worker": _age(beat, timezone.now()),
        "alerts": {
            "waiting": alerts["waiting"],
            "oldest_seconds": _age(alerts["oldest"], now),
            "failed": alerts["failed"],
        },
        "refresh": {"waiting": jobs, "last_done": last.isoformat() if last else None},
    }


def _age(at: datetime | None, now: datetime) -> int | None:
    """Whole seconds since `at`, None if never."""
    return None if at is None else max(0, int((now - at).total_seconds()))
