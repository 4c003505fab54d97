"""Pictures of archives that were taken in before pictures were kept: read again, a few cases at each sweep.

The archives are kept whole, so nobody is asked. A new VERSION has every archive read anew; what is stored
already stays as it is, and a page whose case is still to be read says so.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from apiclient.documents import read_bundle, read_notice
from dossiers.models import Case, Snapshot

from . import pictures, snapshots
from .pictures import PictureRead, read_pictures

VERSION = 1  # one more whenever the same archives give other pictures

log = logging.getLogger(__name__)

_AT_ONCE = 500  # cases looked at in one sweep; most have no archive
_SECONDS = 5.0  # of one sweep for those that have
_ARCHIVES = "/app_doc_cont_"  # in the names of the endpoints that deliver them
_FAILED = "the pictures of this archive could not be read again"


def waits(case: Case) -> bool:
    """Whether pictures may still be missing at this case: it has archives that are to be read again."""
    rows = case.snapshots.filter(endpoint__contains=_ARCHIVES, taken_in=True)
    return case.pictured_with < VERSION and rows.exists()


def catch_up(now: datetime, *, seconds: float = _SECONDS) -> int:
    """Read the archives of some of the cases that wait for it; how many cases are done with."""
    end = time.monotonic() + seconds
    held = Exists(Snapshot.objects.filter(case=OuterRef("pk"), endpoint__contains=_ARCHIVES, taken_in=True))
    rows = Case.objects.filter(pictured_with__lt=VERSION).order_by("pk").annotate(has_archive=held)
    waiting = list(rows.values_list("pk", "has_archive")[:_AT_ONCE])
    bare = [pk for pk, has_archive in waiting if not has_archive]
    done = Case.objects.filter(pk__in=bare).update(pictured_with=VERSION)
    for pk, has_archive in waiting:
        if has_archive:
            _again(pk)
            done += 1
            if time.monotonic() >= end:
                break
    return done


def _again(pk: int) -> None:
    """One archive at a time in memory, each read before a transaction opens."""
    case = Case.objects.get(pk=pk)
    rows = case.snapshots.filter(endpoint__contains=_ARCHIVES, taken_in=True)
    for archive in rows.order_by("pk").iterator(1):
        try:
            found, amiss = _pictures_of(archive, case.law)
        except Exception:
            log.exception("archive %s could not be read again", archive.pk)
            found, amiss = (), (_FAILED,)
        _keep(case, archive, found, amiss)
    Case.objects.filter(pk=pk).update(pictured_with=VERSION)


def _pictures_of(archive: Snapshot, law: str) -> tuple[tuple[PictureRead, ...], tuple[str, ...]]:
    members = read_bundle(snapshots.body_of(archive)).members
    if not any(one.media_type == "image" for one in members):
        return (), ()
    texts = [(one, read_notice(one, law)) for one in members if one.media_type in ("xml", "htm")]
    return read_pictures(members, texts)


@transaction.atomic
def _keep(case: Case, archive: Snapshot, found: tuple[PictureRead, ...], amiss: tuple[str, ...]) -> None:
    Case.objects.select_for_update().get(pk=case.pk)
    pictures.keep(case, found, case.events.all(), now=archive.first_received_at)
    if new := [problem for problem in amiss if problem not in archive.problems]:
        archive.problems = [*archive.problems, *new]
        archive.save(update_fields=["problems"])
