"""From an uploaded table to the lines of a batch: what the file is, what its columns are, its rows in the
background. Reading goes on where it was broken off, and no row is read twice."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.db import transaction

from dossiers import clock
from dossiers.models import Batch, BatchLine, ImportFile, User, Watchlist, record

from . import columns, tables
from .batches import MOST_LINES, NAMING, IntakeRefused, mark_known, mark_repeated, start_batch
from .lines import Names, line_of, names_for
from .tables import FileRefused, Row

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000  # lines of one import
SHOWN = 15  # rows that a person sees above which they say what each column is
ROWS_NOW = 500  # read while somebody waits; the rest in the background
_AT_ONCE = 500
_SAMPLE = 200  # rows by which a column is guessed
KEPT_FOR = timedelta(days=7)  # a file nobody goes on with

Stage = Batch.State


@dataclass(frozen=True)
class Head:
    """The beginning of a table as it is read now. `refused` is why it cannot be; `row` near which row."""

    shape: tables.Shape
    rows: tuple[Row, ...]
    headings: tuple[str, ...]
    width: int
    refused: str = ""
    row: int = 0


def keep_file(
    *, name: str, body: bytes, by: User, default_law: str = "", watchlist: Watchlist | None = None
) -> ImportFile:
    """The file as it can be read, with its columns as far as they can be told.

    IntakeRefused: "file_too_large", or a code of tables.FileRefused.
    """
    if len(body) > MOST_BYTES:
        raise IntakeRefused("file_too_large")
    file = ImportFile(
        name=" ".join(name.replace("\0", "").split())[-200:] or "table",
        body=body,
        owner=by,
        default_law=default_law,
        watchlist=watchlist,
    )
    try:
        shape = tables.shape_of(body)
    except FileRefused as refused:
        raise IntakeRefused(refused.code) from refused
    file.kind, file.rows = shape.kind, shape.rows
    file.encoding, file.encoding_sure, file.delimiter = shape.encoding, shape.encoding_sure, shape.delimiter
    file.sheet = shape.sheets[0][:100] if shape.sheets else ""
    _guess(file, by)
    file.save()
    return file


def read_as(
    file: ImportFile,
    *,
    by: User,
    sheet: str = "",
    encoding: str = "",
    delimiter: str | None = None,
    heading_row: int | None = None,
) -> None:
    """Read the file in another way than was recognised; its columns are told anew."""
    if encoding:
        file.encoding, file.encoding_sure = encoding, True
    if delimiter is not None:
        file.delimiter = delimiter
    file.sheet = sheet or file.sheet
    _guess(file, by, heading_row)
    file.save()


def _guess(file: ImportFile, by: User, heading_row: int | None = None) -> None:
    first, _refused = _first_rows(file, _SAMPLE)  # the page says why it cannot be read on
    if heading_row is None:
        heading_row = columns.heading_row_of(
            [(row.number, row.cells) for row in first[: columns.HEADING_ROWS]]
        )
    file.heading_row = heading_row
    headings = _headings(first, heading_row)
    sample = [row.cells for row in first if row.number > heading_row]
    file.columns = columns.remembered(headings, by=by) or columns.guess(headings, sample)


def _first_rows(file: ImportFile, most: int) -> tuple[list[Row], FileRefused | None]:
    """The first rows, and why there are no more where the file cannot be read on."""
    first: list[Row] = []
    try:
        for row in islice(_rows(file), most):
            first.append(row)
    except FileRefused as refused:
        return first, refused
    return first, None


def _why(refused: FileRefused | None) -> tuple[str, int]:
    return (refused.code, refused.row) if refused else ("", 0)


def _headings(rows: Iterable[Row], heading_row: int) -> tuple[str, ...]:
    return next((row.cells for row in rows if heading_row and row.number == heading_row), ())


def head_of(file: ImportFile) -> Head:
    """What a person sees of the file before it is read."""
    first, refused = _first_rows(file, file.heading_row + SHOWN)
    try:
        shape = tables.shape_of(bytes(file.body), file.sheet)
    except FileRefused as error:
        shape = tables.Shape(file.kind, file.rows, sheets=(file.sheet,) if file.sheet else ())
        refused = error
    width = max([len(row.cells) for row in first], default=0)
    while width and not any(len(row.cells) >= width and row.cells[width - 1] for row in first):
        width -= 1
    width = max(width, max((at + 1 for at, field in enumerate(file.columns) if field), default=0))
    return Head(shape, tuple(first), _headings(first, file.heading_row), width, *_why(refused))


def _rows(file: ImportFile) -> Iterator[Row]:
    return tables.rows(
        bytes(file.body),
        kind=file.kind,
        encoding=file.encoding,
        delimiter=file.delimiter,
        sheet=file.sheet,
    )


def start_import(file: ImportFile, fields: Sequence[str], *, by: User) -> Batch:
    """A batch of the file's rows with these columns; its first rows at once, the rest by `read_on`.

    IntakeRefused("not_possible"); columns.MappingRefused.
    """
    if file.owner_id != by.pk:
        raise IntakeRefused("not_possible")
    fields = columns.checked(fields, len(fields))
    with transaction.atomic():
        file.columns = fields
        file.save(update_fields=["columns"])
        first = head_of(file)
        columns.remember(first.headings, fields, by=by)
        # Somebody who goes back and says otherwise means the same file: its other preview is given up.
        file.batches.filter(state__in=(Stage.READING, Stage.PREVIEW, Stage.REFUSED)).update(
            state=Stage.DISCARDED
        )
        batch = Batch.objects.create(
            owner=by,
            watchlist=file.watchlist,
            default_law=file.default_law,
            source=file.name,
            file=file,
            state=Stage.READING,
        )
        record("batch.import", by=by, batch=str(batch.pk), file=file.name, columns=fields)
    read_on(batch, most=ROWS_NOW)
    batch.refresh_from_db()
    return batch


def read_on(batch: Batch, *, most: int | None = None, seconds: float | None = None) -> bool:
    """Read rows of the batch's file, up to so many or for so long; whether there is more to read."""
    batch = Batch.objects.select_related("file", "owner").get(pk=batch.pk)
    if batch.state != Stage.READING:
        return False
    if batch.file is None:
        _refuse(batch, "file_gone")
        return False
    end = time.monotonic() + seconds if seconds else None
    names = names_for(batch.owner)
    seen = set(batch.lines.filter(state__in=NAMING).values_list("law", "kind", "number"))
    skip = max(batch.rows_read, batch.file.heading_row)
    rows = (row for row in _rows(batch.file) if row.number > skip)
    done = 0
    try:
        while chunk := list(islice(rows, _AT_ONCE)):
            if not _take(batch, chunk, seen, names):
                return False
            done += len(chunk)
            if (most and done >= most) or (end and time.monotonic() >= end):
                return True
    except FileRefused as refused:
        _refuse(batch, refused.code, refused.row)
        return False
    return _finish(batch)


@transaction.atomic
def _take(batch: Batch, chunk: list[Row], seen: set[tuple[str, str, str]], names: Names) -> bool:
    """Lines for some rows; False when somebody else reads the batch, or it is not to be read any more."""
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    if held.state != Stage.READING or held.rows_read != batch.rows_read:
        return False
    position = held.lines.count()
    if position + len(chunk) > MOST_ROWS:
        raise FileRefused("too_many_file_lines", chunk[-1].number)
    fields = batch.file.columns if batch.file else []
    lines = [line_of(batch, at, row, fields, names) for at, row in enumerate(chunk, start=position + 1)]
    mark_known(lines, batch.owner)
    mark_repeated(lines, seen)
    BatchLine.objects.bulk_create(lines, batch_size=500)
    batch.rows_read = chunk[-1].number
    Batch.objects.filter(pk=batch.pk).update(rows_read=batch.rows_read)
    return True


def _finish(batch: Batch) -> bool:
    if batch.lines.exists():
        Batch.objects.filter(pk=batch.pk, state=Stage.READING).update(state=Stage.PREVIEW)
    else:
        _refuse(batch, "no_rows")
    return False


@transaction.atomic
def _refuse(batch: Batch, code: str, row: int = 0) -> None:
    """The whole file is refused: half of it would look like all of it."""
    refused = Batch.objects.filter(pk=batch.pk, state=Stage.READING).update(
        state=Stage.REFUSED, problem=code, rows_read=row
    )
    if refused:
        batch.lines.all().delete()


def give_up(file: ImportFile, *, by: User) -> None:
    """Throw the file away, with what was read of it and not saved."""
    if file.owner_id != by.pk:
        raise IntakeRefused("not_possible")
    with transaction.atomic():
        file.batches.filter(state__in=(Stage.READING, Stage.PREVIEW, Stage.REFUSED)).update(
            state=Stage.DISCARDED
        )
        file.delete()


def drop_old_files() -> None:
    """Forget files that nobody has gone on with; what was read of them stays."""
    ImportFile.objects.filter(created_at__lt=clock.now() - KEPT_FOR).exclude(
        batches__state__in=(Stage.READING, Stage.SAVING)
    ).delete()


def has_headings(text: str) -> bool:
    """Whether a paste is a table: its first line has cells, and headings that say what they are."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    known = [cell for cell in first.split("\t") if columns.field_of(cell)]
    return "\t" in first and len(known) > 1


def is_plain(file: ImportFile) -> bool:
    """Whether a text has nothing to be told about columns: one, without heading, certainly read well."""
    return (
        file.kind == ImportFile.Kind.TEXT
        and file.encoding_sure
        and not file.delimiter
        and not file.heading_row
        and file.rows <= MOST_LINES
    )


def start_plain(file: ImportFile, *, by: User, default_law: str, watchlist: Watchlist | None) -> Batch:
    """A batch of a text without columns, read as a paste is; the file is not needed any more."""
    text = bytes(file.body).decode(file.encoding, "replace").lstrip("\ufeff")
    made = start_batch(text=text, by=by, default_law=default_law, watchlist=watchlist, source=file.name)
    file.delete()
    return made
