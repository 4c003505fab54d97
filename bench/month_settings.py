"""The settings of a simulated month: the clock of `bench.month`, which passes `TIME_PASSES` times as fast."""

import os

from ipportal.settings import *  # noqa: F403
from ipportal.settings import Q_CLUSTER

DEMO_CLOCK_FILE = os.environ["MONTH_CLOCK"]
TIME_PASSES = float(os.environ["MONTH_PACE"])
Q_CLUSTER = {**Q_CLUSTER, "poll": 0.5}
