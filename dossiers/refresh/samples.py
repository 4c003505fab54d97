"""Keeping answers that could not be read as expected, so that somebody can see what the office sent.

A sample is a copy for the administrator with secrets removed. It is written with what says that the answer
came, so that a worker's death loses neither or both: with the record of the call, or with what was taken in.
Where taking in fails it is written after that was undone. It never stands in the way of the work: where it
cannot be kept, the log says so.
"""

from __future__ import annotations

import hashlib
import logging
import re
import traceback
import zlib
from datetime import datetime

from django.db import transaction
from django.db.models import F

from apiclient.jpo.fields import storable
from apiclient.outcomes import Answer, Outcome
from apiclient.redaction import without_secrets
from dossiers import clock
from dossiers.models import Heartbeat, Sample

log = logging.getLogger(__name__)

MOST_BYTES = 1024 * 1024  # kept of one body, before compression
MOST_PER_ENDPOINT = 10
MOST = 200
DROPPED = "samples_dropped"  # the Heartbeat that counts what was dropped for want of room
_MOST_PROBLEMS = 20
_OVERHANG = 10_000  # looked at beyond the cut, so that no secret is cut in two and missed


def keep(answer: Answer, *, problems: tuple[str, ...] = (), error: Exception | None = None) -> None:
    """Keep `answer` if there is something wrong with it: its own problems, `problems` found later, `error`.

    An answer without a body is none: there is nothing to look at.
    """
    wrong = (*answer.problems, *problems)
    if not answer.body or not (wrong or error):
        return
    try:
        with transaction.atomic():
            _store(answer, wrong, _words(error) if error else "")
            _make_room(answer.endpoint.bucket_name)
    except Exception:
        log.exception("a sample of %s could not be kept", answer.endpoint.bucket_name)


def body_of(sample: Sample) -> bytes:
    """What is kept of the answer, secrets removed."""
    return zlib.decompress(bytes(sample.body))


def dropped() -> int:
    """How many samples have made room for newer ones."""
    beat = Heartbeat.objects.filter(name=DROPPED).first()
    return int(beat.detail.get("count", 0)) if beat else 0


def _store(answer: Answer, problems: tuple[str, ...], failure: str) -> None:
    now: datetime = clock.now()
    told = {
        "argument": storable("/".join(answer.arguments))[:100],
        "outcome": Outcome.UNREADABLE if answer.is_unreadable else answer.outcome,
        "status_code": storable(answer.status_code)[:5],
        "http_status": answer.http_status,
        "problems": [_shown(problem) for problem in problems[:_MOST_PROBLEMS]],
        "failure": _shown(failure),
        "last_at": now,
    }
    key = _key(answer, problems, failure)
    if Sample.objects.filter(key=key).update(times=F("times") + 1, **told):
        return
    body = without_secrets(answer.body[: MOST_BYTES + _OVERHANG])[:MOST_BYTES]
    Sample.objects.create(
        key=key,
        endpoint=answer.endpoint.bucket_name,
        body=zlib.compress(body, 6),
        size=len(answer.body),
        sha256=hashlib.sha256(answer.body).hexdigest(),
        cut=len(answer.body) > MOST_BYTES,
        first_at=now,
        **told,
    )


def _key(answer: Answer, problems: tuple[str, ...], failure: str) -> str:
    """The same trouble with the same body is one sample; a good answer's is told by its problems alone.

    Where the office changes its format each case's answer is another body with the same problems: one of
    them is enough.
    """
    if answer.outcome is Outcome.OK:
        what = re.sub(rb"[0-9]+", b"0", "\n".join(problems).encode("utf-8", "surrogatepass"))
    else:
        what = answer.body
    parts = (answer.endpoint.bucket_name, answer.outcome, re.sub("[0-9]+", "0", failure))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass") + b"\n" + what).hexdigest()


def _make_room(endpoint: str) -> None:
    """The oldest go, of the endpoint and of all; how many is counted."""
    gone = _beyond(Sample.objects.filter(endpoint=endpoint), MOST_PER_ENDPOINT)
    gone += _beyond(Sample.objects.all(), MOST)
    if not gone:
        return
    count, _each = Sample.objects.filter(pk__in=gone).delete()
    detail = {"count": dropped() + count}
    Heartbeat.objects.update_or_create(name=DROPPED, defaults={"at": clock.now(), "detail": detail})


def _beyond(samples, most: int) -> list[int]:
    return list(samples.order_by("-last_at", "-pk").values_list("pk", flat=True)[most:])


def _words(error: Exception) -> str:
    """What went wrong and where, without the values that were at hand."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{traceback.format_exception_only(error)[-1].strip()}{where}"


def _shown(text: str) -> str:
    return without_secrets(storable(text).encode()).decode()[:500]
