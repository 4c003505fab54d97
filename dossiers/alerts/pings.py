"""Calls to an outside watcher, as healthchecks.io has them: the address while a part works, else with /fail.

Whoever hears nothing for too long raises the alarm, also when this whole machine is gone. The addresses come
from the environment and are keys; only the name of their machine is ever shown. A call that fails harms
nothing: it is made by the watcher, beside all work, and comes again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.utils import timezone

from dossiers.alerts.channels import addresses, post
from dossiers.alerts.heartbeats import WORKER, Standing
from dossiers.models import Ping

SECONDS = 5.0
_EVERY = timedelta(minutes=1)
ALL = ""  # the name of the address that is told of all parts together
SUCCESS, FAIL = "success", "fail"
_HEADERS = {"User-Agent": "ip-portal", "Content-Type": "text/plain; charset=utf-8"}


def call(found: Sequence[Standing]) -> int:
    """Make the calls that are due; returns how many were taken. A part that nothing is known of gets none."""
    known = {row.name: row for row in Ping.objects.all()}
    by_name = {one.part.name: one for one in found}
    taken = 0
    for name, address in settings.PING_URLS.items():
        about = _of_all(by_name) if name == ALL else by_name[name]
        said = FAIL if about.late else SUCCESS
        if about.reason != "unknown" and _due(known.get(name), said, about, timezone.now()):
            taken += _called(name, address, said)
    return taken


def _of_all(found: Mapping[str, Standing]) -> Standing:
    """The first part that is late, or the worker: its signs of life stand for all."""
    return next((one for one in found.values() if one.late), found[WORKER])


def _due(last: Ping | None, said: str, about: Standing, now: datetime) -> bool:
    """At once when the answer changes; else each minute in which the part worked, or while it does not."""
    if last is None or last.said != said or last.at > now:
        return True
    if now - last.at < _EVERY:
        return False
    return said == FAIL or bool(last.problem) or (about.at is not None and about.at > last.at)


def _called(name: str, address: str, said: str) -> bool:
    now = timezone.now()
    url = fail_of(address) if said == FAIL else address
    answer = post.send(url, _HEADERS, b"", own=True, seconds=SECONDS)
    kept = {"at": now, "said": said, "problem": answer.problem}
    if answer.accepted:
        kept["heard_at"] = now
    Ping.objects.update_or_create(name=name, defaults=kept)
    return answer.accepted


def fail_of(address: str) -> str:
    """https://hc.example/key → https://hc.example/key/fail; a query stays at the end."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))


def problems() -> dict[str, str]:
    """The addresses that cannot be called as they are written, by name, with the code of the reason."""
    found = {}
    for name, address in settings.PING_URLS.items():
        try:
            addresses.read(address, own=True)
        except addresses.Refused as refused:
            found[name] = refused.code
    return found
