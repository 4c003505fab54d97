"""Faults provoked on a real installation, each by a module of its own with

`PROMISED` and `PROVOKED`, a sentence each, and `provoke() -> dict`: what was seen (`judging.seen`), the
`seconds` until all work was done after it was over, and under `kept` what else was promised and whether it
was kept. `make faults` runs them; `make test` does not.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NO_FAULTS = (
    "__init__",
    "__main__",
    "settings",
    "quick",
    "site",
    "judging",
    "telling",
    "test_faults",
    "disks",
    "clocks",
)


def catalogue() -> list[str]:
    """The names of all faults."""
    here = Path(__file__).parent
    return sorted(one.stem for one in here.glob("*.py") if one.stem not in _NO_FAULTS)
