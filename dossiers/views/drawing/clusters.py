"""Many documents as few marks: one for each where they are few, one for each month or year where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["office", "own", "other"]

MOST_SINGLE = 60  # documents that are each a mark of their own
MOST_MONTHS = 84  # boxes side by side in the widest drawing
MOST_STACKED = 4  # of one side on one day


@dataclass(frozen=True)
class Act:
    """One document: whose, when, what to call it, where it can be read."""

    kind: Kind
    on: date
    words: str
    link: str
    unread: bool = False
    open: bool = False  # nobody has accounted for it


@dataclass(frozen=True)
class Cluster:
    """Several documents of one side; `span` is their time as "2024", "2024-03" or "2024-03-05"."""

    kind: Kind
    on: date
    span: str
    count: int
    unread: int
    open: int


def within(day: date, span: str) -> bool:
    """Whether a day lies in the span "2024", "2024-03" or "2024-03-05"; any does in ""."""
    return day.isoformat().startswith(span)


def gather(acts: Sequence[Act], span: str = "") -> list[Act | Cluster]:
    """What to mark, by day. `span` is the stretch of time that is shown, "" for all."""
    ordered = sorted(acts, key=lambda act: act.on)
    if len(ordered) <= MOST_SINGLE:
        return _grouped(ordered, 10, MOST_STACKED)
    if span:
        return _grouped(ordered, 7 if len(span) == 4 else 10, 1)
    months = {act.on.isoformat()[:7] for act in ordered}
    return _grouped(ordered, 7 if len(months) <= MOST_MONTHS else 4, 1)


def _grouped(acts: list[Act], length: int, most: int) -> list[Act | Cluster]:
    """Groups by side and by so many characters of the ISO date; of at most `most`, each is a mark."""
    groups: dict[tuple[Kind, str], list[Act]] = {}
    for act in acts:
        groups.setdefault((act.kind, act.on.isoformat()[:length]), []).append(act)
    marks: list[Act | Cluster] = []
    for (kind, span), group in groups.items():
        marks += group if len(group) <= most else [_cluster(kind, span, group)]
    return sorted(marks, key=lambda mark: mark.on)


def _cluster(kind: Kind, span: str, group: list[Act]) -> Cluster:
    middle = group[len(group) // 2].on
    unread, waiting = sum(act.unread for act in group), sum(act.open for act in group)
    return Cluster(kind, middle, span, len(group), unread, waiting)
