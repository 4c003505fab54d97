"""The machine's clock is set forth and back by an hour."""

from datetime import timedelta
from typing import Any

from tests.faults.clocks import set_back_and_forth

PROMISED = (
    "Whatever the clock says, work goes on within two minutes, no limit of the office is overrun and "
    "nothing is told twice."
)
PROVOKED = (
    "the machine's clock as every process sees it set an hour forth, then to an hour behind, then "
    "right, the office dispatching each time; only the portal's own schedules ring"
)


def provoke() -> dict[str, Any]:
    return set_back_and_forth(timedelta(hours=1))
