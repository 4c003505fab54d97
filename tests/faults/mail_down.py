"""The mail server cannot be reached for a day."""

import time
from datetime import timedelta
from typing import Any

from tests.faults.judging import seen
from tests.faults.site import site

PROMISED = (
    "Mails wait for their server as long as a day, none ends as failed, and each goes out once when it "
    "is back."
)
PROVOKED = (
    "the mail server ended (connections refused) for a day in which the office dispatches; workers at "
    "work throughout, the hours between passed over"
)
_LOOKS = 8


def provoke() -> dict[str, Any]:
    with site() as portal:
        portal.add_cases()
        portal.post.down()
        portal.dispatch()
        for _ in range(_LOOKS):
            end = time.monotonic() + 3.0
            while time.monotonic() < end:
                portal._ring()
                time.sleep(0.2)
            portal.hurry.jump(portal.hurry.now() + timedelta(hours=24 / _LOOKS))
        unsent = _waiting()
        portal.post.up()
        seconds = portal.settle()
        return {
            **seen(portal),
            "seconds": seconds,
            "kept": {
                f"mails that waited: {unsent}": unsent >= len(portal.dispatched),
                "none failed": not _failed(),
            },
        }


def _waiting() -> int:
    from dossiers.models import Alert

    return Alert.objects.filter(state="waiting").count()


def _failed() -> int:
    from dossiers.models import Alert

    return Alert.objects.filter(state="failed").count()
