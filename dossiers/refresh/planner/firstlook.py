"""How likely a case never asked before has a response period running, from its filing date alone.

Put together from published figures: when examination is requested (a patent: 18.5 of 100 in the year of
filing, 10, 17 and 26.3 in the three years after), how long the first action takes, how often it is a notice,
and how long its period runs.
"""

from __future__ import annotations

from functools import cache
from math import erf, log, sqrt

import numpy as np
from numpy.typing import NDArray

from .docket import NEVER, Ints
from .hazards import DAYS_A_MONTH
from .model import LAWS

# A running period found today instead of in so many days: what a first call is worth, in days of delay.
FIRST_LOOK_DAYS = 120.0
_MONTHS = 180
_LEAST = 0.0005
_UNKNOWN = 0.02
# (from month, to month, share) of all patent applications whose examination is requested then.
_REQUESTS = ((0, 6, 0.185), (6, 18, 0.10), (18, 30, 0.17), (30, 37, 0.263))


def running_chance(law: Ints, filed: Ints, today: int) -> NDArray[np.float64]:
    """Per row the chance that a response period runs today."""
    months = np.clip((today - filed) / DAYS_A_MONTH, 0, _MONTHS - 1).astype(np.int64)
    return np.where(filed == NEVER, _UNKNOWN, _table()[law, months])


@cache
def _table() -> NDArray[np.float64]:
    return np.stack([_chances(law) for law in LAWS])


def _chances(law: str) -> NDArray[np.float64]:
    first = {"patent": (9.4, 0.3), "design": (6.0, 0.3), "trademark": (6.1, 0.3)}[law]
    noticed = {"patent": 0.86, "design": 0.22, "trademark": 0.28}[law]
    requested = np.zeros(_MONTHS)
    if law == "patent":
        for begin, end, share in _REQUESTS:
            requested[begin:end] += share / (end - begin)
    else:
        requested[0] = 1.0
    acts = np.convolve(requested, _density(*first))[:_MONTHS] * noticed
    again = np.convolve(acts, _density(5.5, 0.4))[:_MONTHS] * 0.24
    # A period of two months, three abroad: on average what the last two months and a half brought.
    running = np.convolve(acts + again, [1.0, 1.0, 0.5])[:_MONTHS]
    return running.clip(_LEAST)


def _density(mean: float, variation: float) -> NDArray[np.float64]:
    """The share of waits that end in each month."""
    spread = sqrt(log(1 + variation**2))
    middle = log(mean) - spread**2 / 2
    ended = [0.0] + [0.5 * (1 + erf((log(month) - middle) / (spread * sqrt(2)))) for month in range(1, 41)]
    density: NDArray[np.float64] = np.diff(np.array(ended))
    return density
