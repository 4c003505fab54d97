"""Who did what, when, from where: to be read and taken away by whoever audits the firm's docket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apiclient import numbers
from apiclient.clock import JST
from dossiers import clock
from dossiers.audit import chain
from dossiers.models import AuditEntry, Case, User, record
from dossiers.reach import shown_to

from .tables import Column, Table, answer, day_or_none
from .words import _ACTIONS, action_words

PER_PAGE = 100
_AT_ONCE = 500
_MOST_VALUE = 300  # characters of one value on the page; the export holds it whole
_PROGRAM = "program"  # in the address: acts of nobody


@dataclass(frozen=True)
class Wanted:
    """Which acts; what cannot be read narrows nothing, but a case that is not there finds nothing."""

    person: str = ""
    act: str = ""
    case: str = ""
    way: str = ""
    address: str = ""
    first: date | None = None
    last: date | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Wanted:
        asked = {name: request.GET.get(name, "").strip().replace("\0", "")[:100] for name in _ASKED}
        first, last = (day_or_none(request.GET.get(name)) for name in ("from", "until"))
        person = asked["person"]
        asked["person"] = person if person == _PROGRAM or _is_key(person) else ""
        asked["act"] = asked["act"] if asked["act"] in _ACTIONS else ""
        asked["way"] = asked["way"] if asked["way"] in AuditEntry.Way.values else ""
        return cls(**asked, first=first, last=last)

    @property
    def query(self) -> str:
        told = {name: getattr(self, name) for name in _ASKED}
        told |= {"from": self.first, "until": self.last}
        return urlencode({name: value for name, value in told.items() if value})

    def rows(self, user: User) -> QuerySet[AuditEntry]:
        """The newest first, in the order in which they were written; `within` says whether the reader may
        know what case it is about."""
        within = ExpressionWrapper(shown_to(user, "case__"), output_field=BooleanField())
        rows = AuditEntry.objects.filter(self._narrowed(user)).annotate(within=within)
        rows = rows.select_related("actor", "case").defer("case__parties", "case__note")
        return rows.order_by("-pk")

    def _narrowed(self, user: User) -> Q:
        asked = Q()
        if self.person:
            asked &= Q(actor=None) if self.person == _PROGRAM else Q(actor=int(self.person))
        if self.case:
            asked &= Q(case__in=_named(self.case, user).values("pk"))
        for name in ("act", "way", "address"):
            if value := getattr(self, name):
                asked &= Q(**{"action" if name == "act" else name: value})
        if self.first:
            asked &= Q(at__gte=datetime.combine(self.first, time(), JST))
        if self.last and self.last < date.max:
            asked &= Q(at__lt=datetime.combine(self.last + timedelta(1), time(), JST))
        return asked


_ASKED = ("person", "act", "case", "way", "address")


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _named(text: str, user: User) -> QuerySet[Case]:
    """The cases within reach that a number or an own reference names."""
    readings = {one.canonical for one in numbers.parse(text) if one.kind == "application"}
    named = Q(application_number__in=readings) | Q(own_reference=text)
    return Case.objects.filter(shown_to(user), named).order_by()


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """A page of acts; `before` in the address goes on behind the last one shown."""
    wanted = Wanted.of(request)
    rows = wanted.rows(request.user)
    before = request.GET.get("before", "")
    if _is_key(before):
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    context = {
        "rows": [_shown(row) for row in shown],
        "older": shown[-1].pk if len(found) > PER_PAGE else None,
        "wanted": wanted,
        "people": User.objects.order_by("display_name", "username"),
        "acts": sorted(((code, str(words)) for code, words in _ACTIONS.items()), key=lambda one: one[1]),
        "ways": AuditEntry.Way.choices,
        "newest": chain.newest(),
        "forms": (("csv", "CSV"), ("xlsx", "Excel"), ("json", "JSON")),
    }
    return render(request, "pages/audit.html", context)


def _shown(row: AuditEntry) -> dict[str, Any]:
    told = row.detail if isinstance(row.detail, dict) and row.within else {}
    return {
        "row": row,
        "words": action_words(row.action),
        "case": row.case if row.within else None,
        "detail": [(name, _value(value)) for name, value in told.items() if value not in (None, "", [], {})],
    }


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_VALUE else f"{text[:_MOST_VALUE]}…"


# --- to take away -----------------------------------------------------------------------------------------


@require_safe
def export(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """The acts that the address asks for, with their seals, the oldest first, sent as they are read.

    Its own line in the trail names the newest seal, and stands in the file of whoever takes everything.
    """
    wanted = Wanted.of(request)
    chain.put_in_order()
    record("audit.export", by=request.user, form=form[:10], asked=wanted.query, seal=str(chain.newest()))
    chain.put_in_order()
    rows = wanted.rows(request.user).order_by("pk")
    name = f"audit-{clock.office_today()}"
    return answer(Table(name, _("Record of acts"), _columns(), _known(rows)), form)


def _known(rows: QuerySet[AuditEntry]) -> Iterator[AuditEntry]:
    for row in rows.iterator(_AT_ONCE):
        if not row.within:
            row.case, row.detail = None, {}
        yield row


def _columns() -> list[Column]:
    return [
        Column("position", _("Position"), lambda row: row.position),
        Column("at", _("When"), lambda row: row.at),
        Column("who", _("Who"), lambda row: row.actor_id, lambda row: str(row.actor or _("the program"))),
        Column("act", _("What"), lambda row: row.action, lambda row: action_words(row.action)),
        Column("law", _("Law"), lambda row: row.case and row.case.law),
        Column(
            "application_number",
            _("Application number"),
            lambda row: row.case and row.case.application_number,
        ),
        Column("way", _("Way"), lambda row: row.way, lambda row: row.get_way_display()),
        Column("via", _("Through"), lambda row: row.via),
        Column("address", _("Address"), lambda row: row.address),
        Column(
            "detail",
            _("Details"),
            lambda row: row.detail,
            lambda row: json.dumps(row.detail, ensure_ascii=False) if row.detail else "",
        ),
        Column("seal", _("Seal"), lambda row: row.seal),
    ]
