"""Tables that people upload, whatever wrote them, as rows of text. Knows no cases and no database."""

from .model import MOST_COLUMNS, MOST_ROWS_LOOKED_AT, FileRefused, Row, Shape
from .reading import as_text, rows, shape_of

__all__ = [
    "MOST_COLUMNS",
    "MOST_ROWS_LOOKED_AT",
    "FileRefused",
    "Row",
    "Shape",
    "as_text",
    "rows",
    "shape_of",
]
