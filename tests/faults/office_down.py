"""The office does not answer for three days, and then everything comes at once."""

import time
from datetime import timedelta
from typing import Any

from apiclient.sandbox.faults import Rule
from tests.faults.judging import seen
from tests.faults.site import CASES, site

PROMISED = (
    "No order is given up while the office is down, and it is not hammered; afterwards every act is "
    "read and told."
)
PROVOKED = (
    "every connection to the office dropped for three days, the office dispatching each day; workers at "
    "work throughout, the hours between passed over"
)
_LOOKS_A_DAY = 4


def provoke() -> dict[str, Any]:
    with site() as portal:
        portal.add_cases()
        portal.office.faults.add(Rule("drop"))
        before = portal.calls
        for day in range(3):
            some = portal.numbers[day::3]
            portal.dispatch(some)
            for _ in range(_LOOKS_A_DAY):
                _work(portal, 4.0)
                portal.hurry.jump(portal.hurry.now() + timedelta(hours=24 / _LOOKS_A_DAY))
        asked = portal.calls - before
        portal.office.faults.clear()
        _past_the_pause(portal)
        seconds = portal.settle()
        return {
            **seen(portal),
            "seconds": seconds,
            "kept": {
                "no order is given up": _given_up() == 0,
                f"calls granted while down: {asked}": asked <= 40 * CASES,
            },
        }


def _work(portal: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        portal._ring()
        time.sleep(0.2)


def _past_the_pause(portal: Any) -> None:
    """The office is left alone after failures, for a quarter of an hour at most."""
    portal.hurry.jump(portal.hurry.now() + timedelta(minutes=16))


def _given_up() -> int:
    from dossiers.models import RefreshJob

    return RefreshJob.objects.filter(outcome="gave_up").count()
