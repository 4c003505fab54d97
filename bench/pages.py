"""Pages as a browser gets them, on a docket of one size, each visit beside a piece of work that is always the
same: what else the machine does weighs on both."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

Figures = dict[str, float]


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def clerk() -> Any:
    """Somebody of the invented firm, an administrator so that every page opens."""
    from dossiers.models import User
    from dossiers.models.people import Role

    person = User.objects.get(username="seed-001")
    person.role = Role.ADMINISTRATOR
    person.save(update_fields=["role"])
    return person


@contextmanager
def browser(person: Any) -> Iterator[Any]:
    """A client that is signed in, on files as they are."""
    from django.conf import settings
    from django.test import Client
    from django.test.utils import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    unasked = {"ALLOWED_HOSTS": ["*"], "SECOND_FACTOR": False}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}, **unasked):
        client = Client()
        client.force_login(person)
        yield client


def addresses() -> dict[str, str]:
    from dossiers.models import Case, Watchlist

    case = Case.objects.filter(law="patent", limits__isnull=False).exclude(papers=None).latest("pk")
    sought = urlencode({"q": f"{case.applicants_text.split()[0]} {case.title[:2]}"})
    of_case = f"/cases/{case.law}/{case.application_number}/"
    last_page = max(1, Case.objects.count() // 50)
    return {
        "today": "/?scope=all",
        "today, mine": "/?scope=mine",
        "cases": "/cases/",
        "cases, numbers": "/cases/filters/",
        "cases, last page": f"/cases/?page={last_page}",
        "cases, search": f"/cases/?{sought}",
        "case": of_case,
        "history": f"{of_case}history/",
        "account": f"{of_case}account/",
        "limit": f"/limits/{case.limits.latest('pk').pk}/",
        "limits": "/limits/",
        "limits, last page": "/limits/?page=100000",
        "calendar month": "/limits/?view=month",
        "confirming": "/limits/confirm/?scope=all",
        "calendar": "/calendar/",
        "completeness": "/completeness/",
        "freshness": "/freshness/",
        "charts": "/charts/",
        "citations": "/citations/",
        "differences": "/differences/",
        "reviews": "/reviews/",
        "watchlists": "/watchlists/",
        "watchlist": f"/watchlists/{Watchlist.objects.first().pk}/",
        "inbox": "/alerts/",
        "quota": "/quota/",
        "quota plan": "/quota/plan/",
        "settings": "/settings/",
    }


def searches() -> dict[str, str]:
    """Kinds of search by the list of cases."""
    from dossiers.models import Case

    case = Case.objects.exclude(own_reference="").latest("pk")
    asked = {
        "own reference": case.own_reference,
        "number": case.application_number,
        "applicant and title": f"{case.applicants_text[:4]} {case.title[:4]}",
        "two characters in most titles": "装置",
        "nothing found": "存在しない語句",
    }
    return {name: f"/cases/?{urlencode({'q': words})}" for name, words in asked.items()}


def measure(person: Any, visits: int) -> dict[str, Figures]:
    """Each page's median and 95th percentile in milliseconds and its queries; `yard_ms` is the fixed work."""
    with browser(person) as client:
        return {name: _page(client, name, address, visits) for name, address in addresses().items()}


def search(person: Any, visits: int) -> dict[str, Figures]:
    """Searches against their floor, the same page with nothing asked, in turns."""
    found = {}
    with browser(person) as client:
        for name, address in searches().items():
            queries = _queries(client, address)
            turns = [
                (_visit(client, address), milliseconds(lambda: client.get("/cases/"))) for _ in range(visits)
            ]
            found[name] = {
                **_spread([one for one, _ in turns]),
                "queries": queries,
                "ratio_to_floor": round(statistics.median(one / floor for one, floor in turns), 2),
            }
    return found


def against_the_smallest(by_size: dict[int, dict[str, Figures]]) -> dict[str, dict[str, float]]:
    """The largest docket's figures, what each size took, and the ratio to the smallest: as it was, and with
    both medians divided by those of the fixed work beside them (`steady_ratio_to_…`)."""
    smallest, largest = min(by_size), max(by_size)
    found = {}
    for name, figures in by_size[largest].items():
        small = by_size[smallest][name]
        ratio = figures["p50_ms"] / small["p50_ms"]
        steady = ratio * small["yard_ms"] / figures["yard_ms"]
        found[name] = {
            **figures,
            f"ratio_to_{smallest}": round(ratio, 2),
            f"steady_ratio_to_{smallest}": round(steady, 2),
            **{f"p50_ms_at_{size}": pages[name]["p50_ms"] for size, pages in by_size.items()},
            **{f"p95_ms_at_{size}": pages[name]["p95_ms"] for size, pages in by_size.items()},
        }
    return found


def _page(client: Any, name: str, address: str, visits: int) -> Figures:
    queries = _queries(client, address)
    spent = time.process_time()
    turns = [(_visit(client, address), milliseconds(_yard)) for _ in range(visits)]
    spent = (time.process_time() - spent) * 1000 / visits
    figures = {
        **_spread([one for one, _ in turns]),
        "queries": queries,
        "yard_ms": round(statistics.median(yard for _, yard in turns), 2),
        "processor_ms": round(spent, 1),  # of this process, with the fixed work
    }
    sys.stdout.write(
        f"  {name:18} {figures['p50_ms']:7.1f} ms  p95 {figures['p95_ms']:7.1f} ms  {queries} queries\n"
    )
    sys.stdout.flush()
    return figures


def _queries(client: Any, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)  # the first visit compiles templates
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    count = len(queries)
    if answer.status_code not in (200, 302):  # a search that fits one case alone leads to it
        sys.exit(f"{address} answered {answer.status_code}")
    return count


def _visit(client: Any, address: str) -> float:
    return milliseconds(lambda: client.get(address))


def _spread(took: list[float]) -> Figures:
    took = sorted(took)
    return {
        "p50_ms": round(statistics.median(took), 1),
        "p95_ms": round(took[max(0, int(len(took) * 0.95) - 1)], 1),
    }


_TEXT = json.dumps([{"n": n, "text": "架空の装置" * 4} for n in range(200)])


def _yard() -> None:
    """Some milliseconds of what a page is made of: questions to the database, and work in Python."""
    from django.db import connection

    with connection.cursor() as cursor:
        for _ in range(10):
            cursor.execute("SELECT 1")
            cursor.fetchone()
    for _ in range(10):
        json.loads(_TEXT)
