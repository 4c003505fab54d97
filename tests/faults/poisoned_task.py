"""An answer that kills whichever process reads it."""

from typing import Any

from tests.faults.judging import seen, untold
from tests.faults.site import press, site

PROMISED = (
    "An order that kills its worker each time is tried eight times and ends red before a person; the "
    "others go on."
)
PROVOKED = (
    "the process that gets an answer about one of the cases ends by SIGSEGV each time; later the cause "
    "is taken away and the case asked again"
)


def provoke() -> dict[str, Any]:
    with site() as portal:
        portal.add_cases()
        portal.stop()
        poison = portal.numbers[0]
        portal.start(FAULT_POISON=poison, FAULT_LEASE="4")
        portal.dispatch()
        others = portal.until(
            lambda: {number for number, _, _ in untold(portal)} <= {poison}, 240, "the others are told"
        )
        red = portal.until(lambda: _red(poison), 300, "the poisoned one is red")
        tries = _tries(poison)
        portal.stop()
        portal.start()
        press([poison])
        seconds = portal.settle()
        return {
            **seen(portal),
            "seconds": seconds,
            "kept": {
                f"the others told after {others:.0f} s": True,
                f"red after {red:.0f} s and {tries} tries": tries
                == 9,  # the ninth finds that it was the last
                "no longer red once it was answered": not _red(poison),
            },
        }


def _red(number: str) -> bool:
    from dossiers.models import ReviewTask

    return ReviewTask.objects.filter(case__application_number=number, kind="gave_up", closed_at=None).exists()


def _tries(number: str) -> int:
    from dossiers.models import RefreshJob

    return RefreshJob.objects.get(case__application_number=number, outcome="gave_up").attempts
