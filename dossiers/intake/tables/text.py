"""Tables of text: CSV and its kin in the encodings that Japanese programs write."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator

from .model import MOST_COLUMNS, FileRefused, Row, tidy

# As Python calls them; EUC by its widest form, which has the marks ① and ㈱, too.
ENCODINGS = ("utf-8", "cp932", "euc_jis_2004", "utf-16-le", "utf-16-be", "iso2022_jp")
DELIMITERS = (",", "\t", ";", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT = 256 * 1024  # bytes or characters from which form and encoding are told
_CONTROLS = bytes({*range(0x20)} - {0, 9, 10, 12, 13, 26, 27})
_LIKELY = 0.7  # share of everyday characters above which an encoding is taken as certain
_LONGEST_CELL = 1_000_000


def encoding_of(body: bytes) -> tuple[str, bool]:
    """The encoding of a text and whether that is certain; FileRefused("not_text") if it is none."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name, True
    if wide := _wide(body[:_LOOKED_AT]):
        return wide, True
    if _is_binary(body[:_LOOKED_AT]):
        raise FileRefused("not_text")
    if b"\x1b$" in body[:_LOOKED_AT] and _decodes(body, "iso2022_jp"):
        return "iso2022_jp", True
    if _decodes(body, "utf-8"):
        return "utf-8", True
    return _japanese(body)


def _wide(start: bytes) -> str:
    """UTF-16 without its mark: every other byte of digits, commas and line ends is zero."""
    if len(start) < 4 or b"\0" not in start:
        return ""
    half = len(start) // 2
    if start[1::2].count(0) > half * 0.3 and start[::2].count(0) < half * 0.05:
        return "utf-16-le"
    if start[::2].count(0) > half * 0.3 and start[1::2].count(0) < half * 0.05:
        return "utf-16-be"
    return ""


def _is_binary(start: bytes) -> bool:
    controls = len(start) - len(start.translate(None, _CONTROLS))
    return controls > len(start) * 0.002 or start.count(0) > len(start) * 0.02


def _decodes(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _japanese(body: bytes) -> tuple[str, bool]:
    """Of Shift_JIS and EUC the one that gives more everyday text; certain only by a clear lead."""
    whole = {name: _decodes(body, name) for name in ("cp932", "euc_jis_2004")}
    likely = {name: _everyday(body[:_LOOKED_AT].decode(name, "replace")) for name in whole}
    best, other = sorted(whole, key=lambda name: (whole[name], likely[name]), reverse=True)
    lead = not whole[other] or likely[best] - likely[other] > 0.3
    return best, whole[best] and likely[best] >= _LIKELY and lead


def _everyday(text: str) -> float:
    """The share of kana, full-width signs and kanji of the first level among what is not ASCII."""
    others = [one for one in text if one > "\x7f"]
    return sum(map(_is_everyday, others)) / len(others) if others else 0.0


def _is_everyday(one: str) -> bool:
    if "\u3000" <= one <= "\u30ff" or "\uff01" <= one <= "\uff5e":
        return True
    coded = one.encode("cp932", "ignore")
    return len(coded) == 2 and 0x81 <= coded[0] <= 0x97


def delimiter_of(body: bytes, encoding: str) -> str:
    """What stands between the cells: what gives most rows the same number of cells; "" for one column."""
    start = body[:_LOOKED_AT].decode(encoding, "replace")
    found = [(_agreement(start, mark), -at) for at, mark in enumerate(DELIMITERS)]
    (share, at) = max(found)
    return DELIMITERS[-at] if share >= 0.5 else ""


def _agreement(start: str, delimiter: str) -> float:
    counts: Counter[int] = Counter()
    try:
        for cells in csv.reader(io.StringIO(start, newline=""), delimiter=delimiter):
            counts[len(cells)] += bool(cells)
            if counts.total() >= 60:
                break
    except csv.Error:
        return 0.0
    several = [(n, cells) for cells, n in counts.items() if cells > 1]
    return max(several)[0] / counts.total() if several else 0.0


def rows(body: bytes, encoding: str, delimiter: str) -> Iterator[Row]:
    """The rows that are not blank. FileRefused("open_quote"), ("too_many_columns")."""
    csv.field_size_limit(_LONGEST_CELL)
    text = io.TextIOWrapper(io.BytesIO(body), encoding, errors="replace", newline="")
    # "\x1f" separates nothing in a text of one column, which may have commas of its own.
    reader = csv.reader(_without_marks(text), delimiter=delimiter or "\x1f", strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            tidied = tuple(map(tidy, cells))
            if len(tidied) > MOST_COLUMNS and any(tidied[MOST_COLUMNS:]):
                raise FileRefused("too_many_columns", number)
            if any(tidied):
                broken = tuple(
                    (at, "unreadable_characters") for at, one in enumerate(tidied) if "\ufffd" in one
                )
                yield Row(number, tidied[:MOST_COLUMNS], broken)
    except csv.Error as error:
        raise FileRefused("open_quote", number + 1) from error


def _without_marks(lines: Iterator[str]) -> Iterator[str]:
    for at, line in enumerate(lines):
        yield line.lstrip("\ufeff").replace("\0", "") if not at else line.replace("\0", "")
