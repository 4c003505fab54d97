"""What was found, as a table for spreadsheets or as JSON, with every column there is; sent as it is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from tempfile import TemporaryFile
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from apiclient.numbers import display
from dossiers import clock
from dossiers.models import Case
from dossiers.templatetags.portal import stage_words

from ..spreadsheet import guard
from .filters import CaseFilter, found

_AT_ONCE = 500
_FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def export(request: HttpRequest, form: str) -> StreamingHttpResponse:
    """All cases that fit the filter of the address, in its order, as a file."""
    if form not in _FORMATS:
        raise Http404
    cases = found(request.user, CaseFilter.of(request.GET)).select_related("owner").defer("parties")
    name = f"cases-{clock.office_today()}.{form}"
    if form == "xlsx":
        return FileResponse(
            _workbook(cases, _speech()), as_attachment=True, filename=name, content_type=_FORMATS[form]
        )
    lines = _csv(cases, _speech()) if form == "csv" else _json(cases)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=_FORMATS[form], headers=headers)


def _rows(cases: QuerySet[Case]) -> Iterator[dict[str, Any]]:
    for case in cases.prefetch_related("tags").iterator(_AT_ONCE):
        yield {
            "law": case.law,
            "application_number": case.application_number,
            "number": display(case.law, "application", case.application_number, "ja"),
            "title": case.title,
            "applicants": case.applicants_text,
            "own_reference": case.own_reference,
            "client": case.client,
            "in_charge": str(case.owner or ""),
            "tags": [tag.name for tag in case.tags.all()],
            "stage": case.stage,
            "next_time_limit": case.next_due,
            "open_reviews": case.open_reviews,
            "filing_date": case.filing_date,
            "publication_number": case.publication_number,
            "publication_date": case.publication_date,
            "registration_number": case.registration_number,
            "registration_date": case.registration_date,
            "expire_date": case.expire_date,
            "international_application_number": case.international_application_number,
            "confirmed_at": case.confirmed_at,
            "last_outcome": case.last_outcome,
            "added_at": case.added_at,
            "note": case.note,
        }


def _head() -> list[str]:
    return [
        _("Law"),
        _("Application number"),
        _("Number"),
        _("Title"),
        _("Applicants"),
        _("Own reference"),
        _("Client"),
        _("In charge"),
        _("Tags"),
        _("Stage"),
        _("Next time limit"),
        _("To review"),
        _("Filing date"),
        _("Publication number"),
        _("Publication date"),
        _("Registration number"),
        _("Registration date"),
        _("Expires"),
        _("International application number"),
        _("Confirmed by the office"),
        _("Last outcome"),
        _("Added on"),
        _("Note"),
    ]


@dataclass(frozen=True)
class _Speech:
    """How this reader is spoken to. Read at once: what is sent later is sent when the request is over."""

    head: list[str]
    stages: dict[str, str]
    zone: tzinfo

    def cells(self, row: dict[str, Any]) -> list[Any]:
        """The row for people: words for codes, times in the reader's zone."""
        spoken = {**row, "tags": "、".join(row["tags"]), "stage": self.stages.get(row["stage"], row["stage"])}
        return [
            cell.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
            if isinstance(cell, datetime)
            else cell
            for cell in spoken.values()
        ]


def _speech() -> _Speech:
    held = Case.objects.order_by().values_list("stage", flat=True).distinct()
    return _Speech(_head(), {code: str(stage_words(code)) for code in held}, timezone.get_current_timezone())


def _csv(cases: QuerySet[Case], speech: _Speech) -> Iterator[str]:
    yield "\ufeff" + _line(speech.head)
    for row in _rows(cases):
        yield _line(guard("" if cell is None else str(cell)) for cell in speech.cells(row))


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _json(cases: QuerySet[Case]) -> Iterator[str]:
    """One array; names of fields and codes are the same in every language, times in UTC."""
    before = "["
    for row in _rows(cases):
        yield before + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        before = ",\n"
    yield "[]" if before == "[" else "]"


def _workbook(cases: QuerySet[Case], speech: _Speech) -> Any:
    """A workbook written to a file as it is read; texts are texts, whatever they begin with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Cases"))
    sheet.freeze_panes = "A2"
    sheet.append(speech.head)
    for row in _rows(cases):
        sheet.append([_cell(sheet, cell) for cell in speech.cells(row)])
    file = TemporaryFile()  # noqa: SIM115 (closed by the answer)
    book.save(file)
    file.seek(0)
    return file


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, date | int) or value is None:
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", str(value))[:32_767])
    cell.data_type = "s"  # never a formula
    return cell
