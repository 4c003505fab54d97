"""The columns that the list of cases may have; each reader chooses and orders their own."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

COLUMNS = {
    "title": _("Title"),
    "own_reference": _("Own reference"),
    "client": _("Client"),
    "tags": _("Tags"),
    "stage": _("Stage"),
    "next_due": _("Next time limit"),
    "owner": _("In charge"),
    "deputy": _("Deputy"),
    "confirmed": pgettext_lazy("by the office", "Confirmed"),
    "filing_date": _("Filing date"),
    "publication": _("Publication"),
    "registration": _("Registration"),
    "expire_date": _("Expires"),
    "added": _("Added on"),
}
# What the list is ordered by when a column's heading is pressed; the others have no order.
ORDER_OF = {
    "title": "title",
    "own_reference": "own",
    "client": "client",
    "stage": "stage",
    "next_due": "due",
    "owner": "owner",
    "deputy": "deputy",
    "confirmed": "confirmed",
    "filing_date": "filing",
    "expire_date": "expires",
    "added": "added",
}
USUAL = ("title", "own_reference", "stage", "next_due", "owner", "confirmed")


def ordered(names: Iterable[str]) -> list[str]:
    """All columns: those of `names` in their order, then the others."""
    return list(dict.fromkeys([*(name for name in names if name in COLUMNS), *COLUMNS]))


def moved(names: list[str], move: str) -> list[str]:
    """`names` after one step of a column, as in "client:up" or "client:down"; other moves change nothing."""
    name, _colon, way = move.partition(":")
    step = {"up": -1, "down": 1}.get(way)
    if step is None or name not in names:
        return names
    at = names.index(name)
    to = min(max(at + step, 0), len(names) - 1)
    rest = [one for one in names if one != name]
    return [*rest[:to], name, *rest[to:]]


def known(names: Iterable[str]) -> list[str]:
    """Those of `names` that are columns, each once, in this order; the usual ones if there are none."""
    return [name for name in dict.fromkeys(names) if name in COLUMNS] or list(USUAL)
