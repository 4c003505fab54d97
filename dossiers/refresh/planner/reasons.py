"""Why a row of a docket was chosen, as a code and figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from .docket import NEVER, Docket
from .hazards import DAYS_A_MONTH, Hazards
from .model import LAWS, PromiseClass, Reason
from .states import FINISHED, STATES

LIMIT_NEAR = 30
_TOO_LONG_TO_NAME = 400  # days
_EXPECTED_WITHIN = 45
_LASTING = {"registered", "closed", "unknown", "unrequested", "allowed"}


def reason_for(
    docket: Docket,
    row: int,
    klass: PromiseClass,
    forced: bool,
    day: date,
    hazards: Hazards,
    promises: Mapping[tuple[str, PromiseClass], int],
) -> Reason:
    """The first that holds: watched, in vain, new, promise due, expected, limit near, over; else
    its standing."""
    law, state, today = LAWS[docket.law[row]], STATES[docket.state[row]], day.toordinal()
    asked = int(docket.asked[row])
    last: dict[str, int | str] = {} if asked == NEVER else {"asked": _iso(asked), "today": day.isoformat()}
    limit = int(docket.limit[row])
    near = limit != NEVER and 0 <= limit - today <= LIMIT_NEAR
    if klass == "hot":
        daily = {"within": promises.get((law, klass), 1), **last}
        return Reason("limit", {"limit": _iso(limit), **daily}) if near else Reason("hot", last)
    if docket.tried[row] != NEVER:
        return Reason("vain", {"tried": _iso(int(docket.tried[row])), **last})
    if asked == NEVER:
        added = int(docket.added[row])
        return Reason("new_undated") if added == NEVER else Reason("new", {"added": _iso(added)})
    if forced and (law, klass) in promises:
        waited, promised = today - asked, promises[law, klass]
        if waited <= promised == 1:
            return Reason("daily", last)
        return Reason("promise", {"waited": waited, "promise": promised, **last})
    expected = int(docket.expected[row])
    if expected != NEVER and abs(expected - today) <= _EXPECTED_WITHIN:
        return Reason("expected", {"expected": _iso(expected), **last})
    if near:
        return Reason("limit", {"limit": _iso(limit), **last})
    over = klass == "finished" and state not in FINISHED
    if (over or state in _LASTING) and promises.get((law, klass), _TOO_LONG_TO_NAME) < _TOO_LONG_TO_NAME:
        last = {"within": promises[law, klass], **last}
    if over:
        return Reason("over", last)
    return Reason(*_standing(law, state, int(docket.since[row]), today, hazards, last))


def _standing(
    law: str, state: str, since: int, today: int, hazards: Hazards, last: dict[str, int | str]
) -> tuple[str, dict[str, int | str]]:
    code = {"notice_overseas": "notice", "requested": "requested" if law == "patent" else "filed"}.get(
        state, state
    )
    if code in ("registered", "closed", "unknown"):
        return code, last
    if since == NEVER:
        return "unknown", last
    values: dict[str, int | str] = {"months": int((today - since) / DAYS_A_MONTH)}
    usual = None if state in _LASTING else hazards.usual(law, state)
    if usual is not None:
        values |= {"low": usual[0], "high": usual[1]}
        if int(values["months"]) + 1 < usual[0]:
            values["spare"] = 1
    return code, values | last


def _iso(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
