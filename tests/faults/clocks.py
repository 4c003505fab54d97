"""The machine's clock is set while there is work; nobody but the portal's own schedules rings."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.faults.judging import seen, untold
from tests.faults.site import Site, site

_WITHIN = 240.0  # seconds: a sweep each minute, seen by a scheduler that passes each half minute


def set_back_and_forth(by: timedelta) -> dict[str, Any]:
    """Forward by it, back by twice as much, right again; each time the office dispatches and all is read."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ip-portal-fault-clock-") as name:
        file = Path(name) / "error"
        file.write_text("0")
        os.environ["FAULT_MACHINE_CLOCK"] = str(file)
        with site() as portal:
            portal.start("one", FAULT_WHOLE="1")
            portal.add_cases()
            portal.rings = False
            took = {}
            settings = (("forward", by), ("back", -by), ("right again", timedelta()))
            for turn, (words, error) in enumerate(settings):
                file.with_suffix(".part").write_text(str(error.total_seconds()))
                file.with_suffix(".part").replace(file)
                portal.dispatch(portal.numbers[turn::3])
                took[words] = portal.until(lambda: _nothing_waits(portal), _WITHIN, f"work after {words}")
            return {**seen(portal), "seconds": max(took.values()), "took_each": took, "kept": {}}


def _nothing_waits(portal: Site) -> bool:
    """The reader has been told of all that the office dispatched."""
    from dossiers.models import Alert, RefreshJob

    person = RefreshJob.objects.filter(state="waiting", purpose=RefreshJob.Purpose.PERSON)
    waiting = Alert.objects.filter(state="waiting")
    return not untold(portal) and not person.exists() and not waiting.exists()
