"""What a table is: rows of cells, each a text, with what had to be said of single cells."""

from __future__ import annotations

from dataclasses import dataclass

MOST_COLUMNS = 200
MOST_ROWS_LOOKED_AT = 300_000  # blank ones included: a sheet may be formatted down to its last row


class FileRefused(Exception):
    """The file cannot be read as a table. `code` says why, `row` near which row (0: nowhere in particular).

    Codes: "empty", "not_text", "old_excel", "encrypted", "binary_excel", "open_document", "damaged",
    "unpacks_too_large", "no_such_sheet", "too_many_columns", "too_many_rows", "open_quote".
    """

    def __init__(self, code: str, row: int = 0) -> None:
        super().__init__(code)
        self.code, self.row = code, row


@dataclass(frozen=True)
class Row:
    """A row that is not blank. `number` counts from 1 as spreadsheets do; `remarks`: (column, code) of cells
    that hold something else than their text: "no_value", "error_value", "unreadable_characters"."""

    number: int
    cells: tuple[str, ...]
    remarks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Shape:
    """How a file is to be read, as far as it can be told from the file itself.

    `kind` is "text" (with `encoding`, `encoding_sure`, `delimiter`; "" for one column) or "excel" (with
    `sheets`). `rows` is about how many there are. `remarks`: "macros", "merged", "formulas", "hidden_sheets".
    """

    kind: str
    rows: int
    encoding: str = ""
    encoding_sure: bool = True
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """A cell without the control characters that databases and pages refuse; line ends and tabs stay."""
    if text.isprintable():
        return text.strip()
    kept = "".join(one for one in text if one >= " " or one in "\n\r\t")
    return kept.replace("\x7f", "").strip()
