"""How soon something that keeps dying is started again: at once, then ever later, but always again."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_PAUSE = 60.0
# A run this long was a healthy one: whatever ended it, the next start need not wait.
HEALTHY_RUN = 60.0


@dataclass(frozen=True)
class Restarts:
    """Short runs in a row, and when (monotonic seconds) the present run began."""

    began_at: float
    short_runs: int = 0

    def ended(self, now: float) -> Restarts:
        """The count after the present run has ended at `now`."""
        healthy = now - self.began_at >= HEALTHY_RUN
        return Restarts(now, 0 if healthy else self.short_runs + 1)

    def began(self, now: float) -> Restarts:
        return Restarts(now, self.short_runs)

    @property
    def pause(self) -> float:
        """Seconds to wait before the next start: none after a healthy or one short run, then 1, 2, 4 … 60."""
        if self.short_runs < 2:
            return 0.0
        return min(LONGEST_PAUSE, 2.0 ** (self.short_runs - 2))
