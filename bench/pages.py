"""How long pages take and how many queries they make, at a small and at a large docket.

The floor is the health page: the cost of a request that does nearly nothing, in the same process.
"""

from __future__ import annotations

import statistics
import time

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.models import Case, Event, TimeLimit, User

ROUNDS = 15


def pages(reader: User) -> dict[str, str]:
    """Name and path of every page measured."""
    limit = TimeLimit.objects.select_related("case").first()
    case = limit.case if limit else Case.objects.first()
    notice = Event.objects.filter(case=case, code="A131").first()
    found = {
        "healthz": "/readyz",
        "today": "/",
        "cases": "/cases/",
        "cases_search": "/cases/?q=搬送",
        "cases_by_number": "/cases/?q=特願2015-12",
        "cases_page_5": "/cases/?page=5",
        "case": f"/cases/{case.law}/{case.application_number}/",
        "document": f"/cases/{case.law}/{case.application_number}/documents/{notice.pk}/",
        "limits": "/limits/",
        "limits_month": "/limits/?view=month&month=2026-12",
        "reviews": "/reviews/",
        "watchlists": "/watchlists/",
        "inbox": "/alerts/",
        "quota": "/quota/",
        "add": "/add/",
    }
    if limit:
        found["limit"] = f"/limits/{limit.pk}/"
    return found


def measure(reader: User) -> dict[str, dict[str, float]]:
    """{page: {"p50_ms", "p95_ms", "queries"}} over ROUNDS requests each, the first not counted."""
    client = Client()
    client.force_login(reader)
    result = {}
    for name, path in pages(reader).items():
        with CaptureQueriesContext(connection):
            response = client.get(path, follow=True)
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
        with CaptureQueriesContext(connection) as queries:
            client.get(path, follow=True)
        times = sorted(_timed(client, path) for _ in range(ROUNDS))
        result[name] = {
            "p50_ms": round(statistics.median(times), 1),
            "p95_ms": round(times[int(ROUNDS * 0.95)], 1),
            "queries": len(queries),
        }
    return result


def _timed(client: Client, path: str) -> float:
    start = time.perf_counter()
    client.get(path, follow=True)
    return (time.perf_counter() - start) * 1000
