"""The worker's processes get no more memory for a while."""

import resource
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.world import in_group
from tests.faults.judging import seen, untold
from tests.faults.site import Site, site

PROMISED = (
    "A worker without memory loses nothing: orders that failed for it come back, processes that died "
    "are started again."
)
PROVOKED = "every process of the worker refused any more memory (`prlimit`, RLIMIT_AS), for 15 s"
_SHORT = 15.0


def provoke() -> dict[str, Any]:
    with site() as portal:
        portal.add_cases()
        portal.slow()
        portal.dispatch()
        portal.under_way(2)
        end = time.monotonic() + _SHORT
        limited: set[int] = set()
        while time.monotonic() < end:
            for process in set(_processes(portal)) - limited:
                _limit(process, _size(process) // 2)
                limited.add(process)
            time.sleep(0.2)
        left = len(untold(portal))  # where it is nothing, the limit was not felt, and the run shows nothing
        _lift(portal)
        seconds = portal.settle()
        return {
            **seen(portal),
            "seconds": seconds,
            "kept": {f"to be told when it was lifted: {left}": left > 0},
        }


def _lift(portal: Site) -> None:
    """Until none has a limit: one that was started meanwhile has that of whoever started it."""
    while limited := [one for one in _processes(portal) if _is_limited(one)]:
        for process in limited:
            _limit(process, resource.RLIM_INFINITY)


def _is_limited(process: int) -> bool:
    with suppress(ProcessLookupError):
        return resource.prlimit(process, resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    return False


def _processes(portal: Site) -> list[int]:
    home = portal.folder / "worker-one"
    groups = [portal.workers["one"].group]
    with suppress(OSError, ValueError):
        groups.append(int((home / "cluster.lock").read_text()))
    stats = list(Path("/proc").glob("[0-9]*/stat"))
    return [int(stat.parent.name) for group in groups for stat in stats if in_group(group, stat)]


def _size(process: int) -> int:
    """Bytes of address space."""
    with suppress(OSError, ValueError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[0]) * resource.getpagesize()
    return 0


def _limit(process: int, size: int) -> None:
    with suppress(ProcessLookupError):
        resource.prlimit(process, resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))
