"""Days to px: time in proportion, silence cut short, and never wider than a page can be scrolled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

LEFT, RIGHT = 28, 190  # room for the last label
NARROWEST, WIDEST = 900, 1900

_PX_PER_DAY = 0.75
_LEAST = 8.0  # px between two days on which something happened
_LONGEST = (96.0, 72.0, 54.0, 40.0, 30.0, 22.0, 16.0)  # px; a longer silence is cut short, and more so
_WIDENED = 3.0
_SILENCE = 200 * _PX_PER_DAY  # what is cut by more than can be overlooked, and shows a break


class Scale:
    """Places of the days given, from left to right; `cut` are the places where time was shortened."""

    def __init__(self, days: Iterable[date]) -> None:
        self.days = sorted(set(days))
        wanted = self._wanted()
        gaps = _fitting(wanted)
        total = sum(gaps)
        factor = min((WIDEST - LEFT - RIGHT) / total, max(1.0, self._widening(total))) if total else 1.0
        self._at, self.cut, x = {}, [], float(LEFT)
        for day, gap, uncut in zip(self.days, [0.0, *gaps], [0.0, *wanted], strict=True):
            if uncut > _SILENCE:
                self.cut.append(round(x + gap * factor / 2))
            x += gap * factor
            self._at[day] = x

    def x(self, day: date) -> int:
        """The place of one of the days given, px."""
        return round(self._at[day])

    @property
    def width(self) -> int:
        return max(NARROWEST, round(self._at[self.days[-1]]) + RIGHT)

    def _wanted(self) -> list[float]:
        pairs = zip(self.days, self.days[1:], strict=False)
        return [max(_LEAST, (later - earlier).days * _PX_PER_DAY) for earlier, later in pairs]

    @staticmethod
    def _widening(total: float) -> float:
        return min(_WIDENED, (NARROWEST - LEFT - RIGHT) / total)


def _fitting(wanted: list[float]) -> list[float]:
    """The gaps under the most generous cap with which everything fits, else under the least."""
    gaps = wanted
    for longest in _LONGEST:
        gaps = [min(gap, longest) for gap in wanted]
        if sum(gaps) <= WIDEST - LEFT - RIGHT:
            break
    return gaps
