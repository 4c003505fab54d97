"""Headings of tables that sort: a link each, which says how the rows are ordered now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A column's heading. `link` orders by it, or turns it round; "" where nothing is ordered by it.

    `sorted` is "ascending" or "descending" for the column that the rows are ordered by, as aria-sort says it.
    """

    name: str
    words: str
    link: str = ""
    sorted: str = ""


def heading(name: str, words: str, order: str, now: str, link: Callable[[str], str]) -> Heading:
    """The heading of one column.

    `order` is its order, "" where it has none, and "-" before it the same turned round; `now` is the order of
    the rows, and `link` gives the address of the list in another one.
    """
    if not order:
        return Heading(name, words)
    turned = now == order
    way = {order: "ascending", f"-{order}": "descending"}.get(now, "")
    return Heading(name, words, link(f"-{order}" if turned else order), way)
