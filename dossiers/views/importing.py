"""A table that somebody brings: which column is what, above the first rows of the table itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dossiers import intake, tasks
from dossiers.intake import importing
from dossiers.intake.columns import HEADING_ROWS, NUMBERS, Field
from dossiers.intake.tables import text
from dossiers.models import Batch, ImportFile, Law

from .line_words import line_message

ENCODINGS = {
    "utf-8": "UTF-8",
    "cp932": "Shift_JIS (Windows)",
    "euc_jis_2004": "EUC-JP",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16 (big-endian)",
    "iso2022_jp": "ISO-2022-JP",
}
DELIMITERS = {
    ",": gettext_lazy("Comma"),
    "\t": gettext_lazy("Tab"),
    ";": gettext_lazy("Semicolon"),
    "|": gettext_lazy("Vertical bar"),
    "": gettext_lazy("Nothing: one column"),
}
_SAID = {
    "macros": gettext_lazy("The workbook has macros. They are neither run nor kept."),
    "merged": gettext_lazy("Cells are merged downwards: their content holds for each of their rows."),
    "formulas": gettext_lazy("There are formulas: the value last kept with each counts."),
    "hidden_sheets": gettext_lazy("Some sheets are hidden. Check that the right one is chosen."),
}
_LONGEST = 80  # characters of a cell that are shown


@dataclass(frozen=True)
class Column:
    """A column as the page shows it: its place from 0, its letter, its heading and what it is taken for."""

    at: int
    letter: str
    heading: str
    field: str


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what each column is; "look" reads the file in another way first."""
    file = get_object_or_404(ImportFile.objects.select_related("watchlist"), pk=pk, owner=request.user)
    if request.method == "POST" and "look" in request.POST:
        _read_as(request, file)
        return redirect("import_columns", pk)
    problem = ""
    if request.method == "POST":
        chosen = _chosen(request)
        try:
            return _start(request, file, chosen)
        except intake.MappingRefused as refused:
            label = str(Field(refused.field).label) if refused.field in Field.values else ""
            problem = " ".join(filter(None, [line_message(refused.code), label]))
            file.columns = chosen
        except intake.IntakeRefused as refused:
            problem = line_message(refused.code)
    return render(request, "pages/import.html", _shown(file, problem), status=422 if problem else 200)


@require_POST
def give_up(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    intake.give_up(get_object_or_404(ImportFile, pk=pk, owner=request.user), by=request.user)
    messages.success(request, _("Discarded. Nothing was added."))
    return redirect("add")


def _chosen(request: HttpRequest) -> list[str]:
    """The field of each column as the form says it, in order."""
    chosen: list[str] = []
    while (name := f"column-{len(chosen)}") in request.POST:
        chosen.append(request.POST[name].replace("\0", ""))
    return chosen


def _start(request: HttpRequest, file: ImportFile, chosen: list[str]) -> HttpResponse:
    law = request.POST.get("law", "")
    file.default_law = law if law in Law.values else ""
    file.save(update_fields=["default_law"])
    batch = intake.start_import(file, chosen, by=request.user)
    tasks.ring("intake")
    return redirect("batch", batch.pk)


def _read_as(request: HttpRequest, file: ImportFile) -> None:
    """Take what the form says of the file; what is none of the choices is passed over."""
    row = request.POST.get("heading_row", "")
    encoding, delimiter = request.POST.get("encoding", ""), request.POST.get("delimiter")
    sheet = request.POST.get("sheet", "").replace("\0", "")[:100]
    same = (sheet or file.sheet, encoding or file.encoding) == (file.sheet, file.encoding)
    same = same and delimiter in (None, file.delimiter)
    intake.read_as(
        file,
        by=request.user,
        sheet=sheet,
        encoding=encoding if encoding in text.ENCODINGS else "",
        delimiter=delimiter if delimiter in DELIMITERS else None,
        # Headings stand elsewhere in another sheet: they are looked for again.
        heading_row=int(row) if same and row in map(str, range(HEADING_ROWS + 1)) else None,
    )


def _shown(file: ImportFile, problem: str) -> dict[str, object]:
    head = intake.head_of(file)
    rows = [row for row in head.rows if row.number > file.heading_row][: importing.SHOWN]
    fields = [*file.columns, *[""] * head.width][: head.width]
    kept = file.batches.filter(state=Batch.State.PREVIEW).first()
    return {
        "file": file,
        "problem": problem,
        "refused": line_message(head.refused) if head.refused else "",
        "refused_row": head.row,
        "columns": [
            Column(at, _letter(at), head.headings[at] if at < len(head.headings) else "", fields[at])
            for at in range(head.width)
        ],
        "rows": [
            (row.number, [(*row.cells, *[""] * head.width)[at][:_LONGEST] for at in range(head.width)])
            for row in rows
        ],
        "too_many": file.rows > importing.MOST_ROWS + file.heading_row,
        "most_rows": importing.MOST_ROWS,
        "said": [_SAID[code] for code in head.shape.remarks],
        "fields": Field.choices,
        "numbers": list(NUMBERS),
        "sheets": head.shape.sheets if len(head.shape.sheets) > 1 else (),
        "encodings": list(ENCODINGS.items()) if file.kind == ImportFile.Kind.TEXT else (),
        "delimiters": list(DELIMITERS.items()) if file.kind == ImportFile.Kind.TEXT else (),
        "heading_rows": range(HEADING_ROWS + 1),
        "laws": Law.choices,
        "preview": kept,
    }


def _letter(at: int) -> str:
    """A column as spreadsheets name it: A, B … Z, AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
