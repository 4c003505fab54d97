"""Tables as CSV files that spreadsheets open as text, Japanese included."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from django.http import HttpResponse

_STARTS_A_FORMULA = frozenset("=+-@＝＋－＠−")
_NOT_SEEN = "\u200b\u200c\u200d\u2060\ufeff\x00"  # some programs drop these in front


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
    text = cell.lstrip().lstrip(_NOT_SEEN).lstrip()
    return f"'{cell}" if text[:1] in _STARTS_A_FORMULA else cell
