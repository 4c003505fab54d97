"""The disk of the database is full for a while."""

import time
from typing import Any

from tests.faults.disks import fill, small_disk
from tests.faults.judging import seen
from tests.faults.site import site

PROMISED = (
    "Nothing is stored by halves; once there is room again, work goes on by itself and nothing is missing."
)
PROVOKED = (
    "the docket (SQLite) on a disk of 48 MB in memory, filled to the last byte while the office is "
    "being asked, for 15 s"
)
_FULL = 15.0


def provoke() -> dict[str, Any]:
    with small_disk() as disk, site(disk=disk) as portal:
        portal.add_cases()
        portal.slow()
        portal.dispatch()
        portal.under_way(2)
        filler = fill(disk)
        time.sleep(_FULL)
        filler.unlink()
        seconds = portal.settle()
        return {
            **seen(portal),
            "seconds": seconds,
            "kept": {"its log says why": "disk is full" in portal.log()},
        }
