"""The disk of the database cannot be written to when the workers start."""

import time
from typing import Any

from tests.faults.disks import remount, small_disk
from tests.faults.judging import seen
from tests.faults.site import site

PROMISED = "The worker says that it cannot write and keeps trying; once it can, work goes on by itself."
PROVOKED = (
    "the disk of the docket (SQLite) remounted read-only with orders waiting, the worker started on it, "
    "writable again 8 s after it said so"
)
_READ_ONLY = 8.0


def provoke() -> dict[str, Any]:
    with small_disk() as disk, site(disk=disk) as portal:
        portal.add_cases()
        portal.slow()
        portal.stop()  # which ends what it is at: only what is ordered after it waits for certain
        portal.dispatch()
        portal.let_go()
        remount(disk, "ro")
        try:
            portal.start()
            portal.rings = False
            said = portal.until(
                lambda: "the database does not answer" in portal.log(),
                120,
                "the log says that nothing can be written",
            )
            time.sleep(_READ_ONLY)
        finally:
            remount(disk, "rw")
            portal.let_go()
            portal.rings = True
        seconds = portal.settle()
        return {**seen(portal), "seconds": seconds, "kept": {f"its log says why after {said:.0f} s": True}}
