"""Tables as CSV files that spreadsheets open as text, Japanese included."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from django.http import HttpResponse

_STARTS_A_FORMULA = frozenset("=+-@＝＋－＠")


def csv_answer(name: str, head: Iterable[object], rows: Iterable[Iterable[object]]) -> HttpResponse:
    """A download called `name`, with a byte order mark."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(head)
    for row in rows:
        writer.writerow(guard(str(cell)) for cell in row)
    return answer


def guard(cell: str) -> str:
    """A spreadsheet must not take what somebody typed for a formula; Japanese ones read full width, too."""
    return f"'{cell}" if cell.lstrip()[:1] in _STARTS_A_FORMULA else cell
