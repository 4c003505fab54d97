"""The settings of an installation that has a fault provoked: waits of minutes take seconds.

`FAULT_CLOCK` is the clock file that office and portal share, for hours in which nobody has anything to do.
`FAULT_MACHINE_CLOCK` is a file with the seconds by which the machine's own clock is wrong.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from ipportal.settings import *  # noqa: F403
from ipportal.settings import INSTALLED_APPS, Q_CLUSTER

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.quick.Quick"]
DEMO_CLOCK_FILE = os.environ["FAULT_CLOCK"]
Q_CLUSTER = {**Q_CLUSTER, "timeout": 12, "retry": 40, "poll": 0.3}

if _wrong := os.environ.get("FAULT_MACHINE_CLOCK"):  # before any model takes the clock for a default
    _right, _seconds = timezone.now, time.time

    def _error() -> float:
        return float(Path(_wrong).read_text() or 0)

    timezone.now = lambda: _right() + timedelta(seconds=_error())
    if os.environ.get("FAULT_WHOLE"):  # the office and its clock are in a process whose own is right
        time.time = lambda: _seconds() + _error()
