"""What was seen, in a line for the terminal and a table for the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARK = "<!-- the table below is written by `make faults WRITE=1` -->"


def line(name: str, one: Mapping[str, Any]) -> str:
    verdict = "held" if one["held"] else "NOT HELD"
    return f"{name:18} {verdict:8} {one['took']:5.0f} s  {figures(one)}"


def figures(one: Mapping[str, Any]) -> str:
    """What was seen, in one sentence."""
    if "failed" in one:
        return str(one["failed"])
    told = (
        f"{one['acts']} acts: {one['acts_lost']} lost, {one['acts_doubled']} doubled; "
        f"{one['told']} to be told: {one['mails_lost']} lost, {one['mails_doubled']} doubled, "
        f"{one['mails_repeated']} again under the same Message-ID; "
        f"{one['calls']} calls: {one['overrun']} too many; all done {one['seconds']:.0f} s after"
    )
    kept = "; ".join(f"{what}: {'yes' if is_so else 'NO'}" for what, is_so in one["kept"].items())
    return f"{told}; {kept}" if kept else told


def document(text: str, found: Mapping[str, Mapping[str, Any]]) -> str:
    """`text`, whose table is its end, with the rows of what was run in it and those of others kept."""
    before, mark, after = text.partition(MARK)
    rows = {row.split("|")[1].strip().strip("`"): row for row in after.splitlines() if row.startswith("| `")}
    for name, one in found.items():
        verdict = f"{'held' if one['held'] else '**not held**'}, {one['took']:.0f} s"
        cells = (f"`{name}`", one["promised"], one["provoked"], figures(one), verdict)
        rows[name] = f"| {' | '.join(cells)} |"
    head = ["", "", "| fault | promised | provoked by | seen | verdict |", "|---|---|---|---|---|"]
    return before + mark + "\n".join([*head, *(rows[name] for name in sorted(rows)), ""])
