"""Measure searching and filtering on growing dockets: `python -m bench.search --sizes 5000,50000`.

To one case in five a notice of some 3,000 characters is added, in words of its own. Each line is one kind of
search: how many cases it finds, then the whole page as a browser gets it, median and 95th percentile of its
visits, and the processor time of this process, which a busy machine does not lengthen (with PostgreSQL:
without the server's). On a new SQLite file in a temporary folder; DATABASE_URL of an empty database measures
another engine.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from bench.__main__ import _say
from bench.pages import browser, clerk
from bench.pages import milliseconds as _milliseconds

_NAME = "words.xml"  # of the notices written here
WITH_NOTICE = 5  # one case in so many
_FIXED = "この出願は、次の理由によって拒絶をすべきものです。意見がありましたら、この通知書の発送の日から"
_FIRST, _LAST = (0x5000, 0x5400)  # kanji from which invented words are made


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--sizes", default="5000,50000", help="cases in the docket, growing")
    parser.add_argument("--visits", type=int, default=20, help="of each page (default: 20)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ip-portal-bench-") as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipportal.settings")
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        os.environ.setdefault("IPPORTAL_LOG_LEVEL", "ERROR")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        for size in sorted(int(one) for one in asked.sizes.split(",")):
            _measure(size, asked.visits)


def _measure(size: int, visits: int) -> None:
    from dossiers.models import Paper

    person, spent = _grow(size)
    _say(f"{size} cases, {Paper.objects.count()} notices; notices indexed in {spent / 1000:.0f} s")
    with browser(person) as client:
        for name, query in _searches().items():
            _page(client, name, f"/cases/?{urlencode({'order': '', **query})}", visits)
        for name, query in _searches().items():
            _page(client, f"numbers: {name}", f"/cases/filters/?{urlencode(query)}", visits)


def _searches() -> dict[str, dict[str, str]]:
    from dossiers.models import Paper

    text = Paper.objects.filter(name=_NAME).latest("pk").notice["text"].split("。")
    return {
        "nothing asked": {},
        "one own reference": {"q": "seed-004711"},
        "a number of any style": {"q": "特願２０２２－９００００３"},
        "applicant and title": {"q": "架空 装置"},
        "two characters in every case": {"q": "装置"},
        "one character in every case": {"q": "架"},
        "two characters of notices": {"q": text[-2][5:7]},
        "six characters of a notice": {"q": text[-2][5:11]},
        "fixed words of all notices": {"q": "拒絶をすべきもの"},
        "title, and words of all notices": {"q": "装置 拒絶をすべきもの"},
        "nothing found": {"q": "存在しない語句"},
        "filters: law, nobody in charge": {"law": "design", "owner": "none"},
        "filters: due, by limit": {"due": "30", "order": "due"},
        "unread": {"unread": "1"},
        "last page": {"page": "100000"},
    }


def _page(client: Any, name: str, address: str, visits: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)  # the first visit compiles templates
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    count = len(queries)
    found = _found(address, client)
    if answer.status_code != 200:
        sys.exit(f"{address} answered {answer.status_code}")
    spent = time.process_time()
    took = sorted(_milliseconds(lambda: client.get(address)) for _ in range(visits))
    spent = (time.process_time() - spent) * 1000 / visits
    p50, p95 = statistics.median(took), took[max(0, int(len(took) * 0.95) - 1)]
    _say(
        f"  {name:43} {found:6} found  p50 {p50:7.1f} ms  p95 {p95:7.1f} ms"
        f"  of processor {spent:6.1f} ms  {count} queries"
    )


def _found(address: str, client: Any) -> int:
    from django.http import QueryDict

    from dossiers.models import User
    from dossiers.views.portfolio.filters import CaseFilter, found

    clerk = User.objects.get(pk=client.session["_auth_user_id"])
    return found(clerk, CaseFilter.of(QueryDict(address.partition("?")[2]))).count()


# --- a docket with words ------------------------------------------------------------------------------------


def _grow(size: int) -> tuple[Any, float]:
    """The clerk, and how long the new notices took to be indexed, ms."""
    from django.db import connection

    from dossiers.demo import docket
    from dossiers.models import Case, Paper
    from dossiers.refresh import search_index

    docket.grow(size)
    cases = Case.objects.exclude(papers__name=_NAME).order_by("pk").iterator(500)
    papers = Paper.objects.bulk_create(_notices(cases), batch_size=500)
    spent = _milliseconds(lambda: search_index.write_papers(papers))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return clerk(), spent


def _notices(cases: Iterator[Any]) -> Iterator[Any]:
    from dossiers import clock
    from dossiers.models import Paper

    for case in cases:
        if case.pk % WITH_NOTICE == 0:
            notice = {"text": _text(random.Random(case.pk))}  # noqa: S311 (invented words)
            yield Paper(
                case=case,
                name=_NAME,
                sha256=f"{case.pk:064x}",
                media_type="xml",
                body=b"",
                notice=notice,
                readable=True,
                received_at=clock.now(),
            )


def _text(chance: random.Random) -> str:
    words = ["".join(chr(chance.randrange(_FIRST, _LAST)) for _ in range(2)) for _ in range(300)]
    sentences = ["の".join(chance.choices(words, k=10)) for _ in range(95)]
    return "。".join([_FIXED, *sentences, ""])


if __name__ == "__main__":
    main()
