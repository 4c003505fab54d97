"""The filters of the list of cases as selects, each choice with the number of cases it would show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dossiers.models import Law, Tag, User
from dossiers.templatetags.portal import stage_words

from .columns import COLUMNS, ORDER_OF
from .facets import Facets
from .filters import CaseFilter


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    number: int | None = None  # of cases; none: not counted
    chosen: bool = False


@dataclass(frozen=True)
class Select:
    name: str
    label: str
    choices: list[Choice]


def selects(wanted: CaseFilter, counts: Facets | None, people: Iterable[User]) -> list[Select]:
    """Every filter that is a choice, in the order of the page; without `counts` only what needs none."""
    rows = _counted(wanted, counts or Facets(), list(people))
    if counts is None:
        rows = {name: [(value, label, None) for value, label, _number in one] for name, one in rows.items()}
    labels = {
        "law": _("Law"),
        "stage": _("Stage"),
        "owner": _("In charge"),
        "deputy": _("Deputy"),
        "client": _("Client"),
        "tag": _("Tag"),
        "due": _("Next time limit"),
        "freshness": pgettext("by the office", "Confirmed"),
        "unread": _("News"),
        "order": _("Order"),
    }
    return [_select(name, label, getattr(wanted, name), rows[name]) for name, label in labels.items()]


Row = tuple[str, str, int | None]


def _counted(wanted: CaseFilter, counts: Facets, people: list[User]) -> dict[str, list[Row]]:
    return {
        "law": [(law.value, str(law.label), counts.law[law]) for law in Law],
        "stage": _stages(wanted, counts),
        "owner": _people(counts, people),
        "deputy": _deputies(wanted, counts, people),
        "client": _clients(wanted, counts),
        "tag": _tags(wanted, counts),
        "due": _due(counts),
        "freshness": _fresh(counts),
        "unread": [("1", _("only with news"), counts.unread)],
        "order": _orders(wanted),
    }


def _select(name: str, label: str, wanted: str, rows: Iterable[Row]) -> Select:
    none = Choice("", _("number") if name == "order" else _("all"))
    return Select(name, label, [none, *(Choice(*row, chosen=row[0] == wanted) for row in rows)])


def _stages(wanted: CaseFilter, counts: Facets) -> list[Row]:
    held = sorted({*counts.stage, wanted.stage} - {""})
    return [(stage, str(stage_words(stage)), counts.stage[stage]) for stage in held]


def _people(counts: Facets, people: Iterable[User]) -> list[Row]:
    return [
        ("mine", _("mine or followed"), counts.mine),
        ("team", _("my team's"), None),
        ("none", _("nobody"), counts.owner["none"]),
        *((str(one.pk), str(one), counts.owner[str(one.pk)]) for one in people),
    ]


def _deputies(wanted: CaseFilter, counts: Facets, people: Iterable[User]) -> list[Row]:
    """Only those who are one, for most people are not."""
    listed: list[Row] = [("none", _("nobody"), counts.deputy["none"])]
    listed += [
        (key, str(one), counts.deputy[key])
        for one in people
        if counts.deputy[key := str(one.pk)] or wanted.deputy == key
    ]
    return _with_chosen(listed, wanted.deputy, _("somebody who is gone"))


def _clients(wanted: CaseFilter, counts: Facets) -> list[Row]:
    listed: list[Row] = [(name, name, number) for name, number in counts.clients]
    return _with_chosen(listed, wanted.client, wanted.client)


def _tags(wanted: CaseFilter, counts: Facets) -> list[Row]:
    listed: list[Row] = [(str(tag.pk), tag.name, number) for tag, number in counts.tags]
    gone = Tag.objects.filter(pk=wanted.tag).first() if wanted.tag else None
    return _with_chosen(listed, wanted.tag, gone.name if gone else _("a tag that is gone"))


def _with_chosen(rows: list[Row], value: str, label: str) -> list[Row]:
    """What is chosen stands in the list also when it is none of the most frequent."""
    listed = not value or any(row[0] == value for row in rows)
    return rows if listed else [*rows, (value, label, None)]


def _due(counts: Facets) -> list[Row]:
    words = {
        "overdue": _("overdue"),
        "7": _("within 7 days"),
        "30": _("within 30 days"),
        "90": _("within 90 days"),
        "later": _("later than in 90 days"),
        "none": _("none known"),
    }
    return [(value, label, counts.due[value]) for value, label in words.items()]


def _fresh(counts: Facets) -> list[Row]:
    words = {"stale": _("not lately"), "fresh": _("lately")}
    return [(value, label, counts.freshness[value]) for value, label in words.items()]


def _orders(wanted: CaseFilter) -> list[Row]:
    words = {"due": _("next time limit"), "confirmed": _("confirmed longest ago"), "own": _("own reference")}
    columns = {order: str(COLUMNS[name]) for name, order in ORDER_OF.items()}
    words = {**words, **{order: label for order, label in columns.items() if order not in words}}
    rows: list[Row] = [(value, label, None) for value, label in words.items()]
    turned = words.get(wanted.order.removeprefix("-"), _("number"))
    return _with_chosen(rows, wanted.order, _("%(column)s, turned round") % {"column": turned})
