"""Two workers on one database."""

from tests.faults.judging import seen
from tests.faults.site import site

PROMISED = (
    "Two workers started by mistake do each thing once; a second one of the same directory refuses to start."
)
PROVOKED = "two `manage.py worker` on one database, and a third in the directory of the first"


def provoke():
    with site() as portal:
        portal.start("one")
        portal.start("two")
        portal.add_cases()
        portal.slow(0.2)
        portal.dispatch()
        third = portal.run("worker", "--run-dir", str(portal.folder / "worker-one"))
        seconds = portal.settle()
        refused = third.returncode != 0 and third.stderr.strip().splitlines()[-1:]
        return {
            **seen(portal),
            "seconds": seconds,
            "said": refused,
            "kept": {"the third refuses to start": bool(refused)},
        }
