"""The printed page of the office undone: wrapped lines rejoined, widths, Japanese numerals and dates."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from datetime import date

PAGE_COLUMNS = 72  # 36 full-width characters; the formal part of a patent notice is cut at 35
_NARROWEST_PAGE = 68
_SLACK = 4  # half-width columns by which a single line may stand out of the page

# One character for one, so that places in the plain text are places in the printed text.
_PLAIN = {0xFF01 + i: 0x21 + i for i in range(94)} | {
    ord(mark): "-" for mark in "‐‑‒–—―−─━－"
}  # the katakana length mark ー is a letter and stays
_PLAIN |= {0x3000: " ", 0xA0: " "}
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")}
_WAREKI = re.compile(r"(明治|大正|昭和|平成|令和) *(元|[0-9]{1,2}) *年 *([0-9]{1,2}) *月 *([0-9]{1,2}) *日")
_GREGORIAN = re.compile(r"([0-9]{4}) *年 *([0-9]{1,2}) *月 *([0-9]{1,2}) *日")
_RULE_THEN_TEXT = re.compile(r"^([－─━―−-]{20,})([^－─━―−-].*)$")
_COMPACT = re.compile(r"[0-9]{8}")

_LONGEST_NUMBER = 9
KANJI_NUMBER = "〇一二三四五六七八九十百"


def plain(text: str) -> str:
    """Full-width letters, digits, punctuation, dashes and spaces as ASCII; the length is unchanged."""
    return text.translate(_PLAIN)


def columns(line: str) -> int:
    """Width of a line in half-width columns."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in line)


def rejoin(lines: list[str]) -> list[str]:
    """Lines cut at 35 or 36 full-width columns put together again.

    Only a line that fills the page is joined with the next, and only when the next neither is blank nor
    starts with a space (a new paragraph). A block that holds lines wider than the page was not wrapped.
    """
    page = max((columns(line) for line in lines if not is_rule(line)), default=0)
    if not _NARROWEST_PAGE <= page <= PAGE_COLUMNS + _SLACK:
        return lines
    full = min(page, PAGE_COLUMNS) - 1  # a wide character may not have fitted into the last column
    joined: list[str] = []
    open_line = False
    for line in lines:
        if open_line and line.strip() and not line[0].isspace() and not is_rule(line):
            joined[-1] += line
        else:
            joined.append(line)
        open_line = columns(line) >= full and not is_rule(line)
    return joined


def split_rules(lines: list[str]) -> list[str]:
    """A rule printed without a line end before the text that follows it, on a line of its own."""
    out: list[str] = []
    for line in lines:
        match = _RULE_THEN_TEXT.match(line)
        out += [match[1], match[2]] if match else [line]
    return out


def is_rule(line: str) -> bool:
    """A line drawn across the page."""
    compact = "".join(line.split())
    return len(compact) >= 8 and not compact.strip("－-─━―—−＿_＊*=＝")


def compact(lines: list[str]) -> tuple[str, list[int]]:
    """The text without any space, and the places where a paragraph began, in order."""
    pieces: list[str] = []
    breaks = [0]
    length = 0
    after_gap = True
    for line in lines:
        piece = "".join(line.split())
        if not piece or is_rule(line):
            after_gap = True
            continue
        if after_gap or line[0].isspace():
            breaks.append(length)
        after_gap = False
        pieces.append(piece)
        length += len(piece)
    breaks.append(length)
    return "".join(pieces), breaks


def sentence(text: str, breaks: list[int], start: int, end: int) -> str:
    """The sentence round a stretch of compact text, within its paragraph when the paragraph holds it all."""
    low = breaks[max(bisect_right(breaks, start) - 1, 0)]
    following = bisect_left(breaks, end)
    high = breaks[following] if following < len(breaks) else len(text)
    begin = max(text.rfind("。", low, start) + 1, low)
    stop = text.find("。", end, high)
    return text[begin : high if stop < 0 else stop + 1]


def tidy(lines: list[str]) -> str:
    """Lines as one text: no trailing spaces, no more than one blank line at a time."""
    text = "\n".join(line.rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def number(text: str) -> int | None:
    """An integer in either width or in kanji (六十, 三): None when it is none, or absurdly long."""
    folded = plain(text)
    if len(folded) > _LONGEST_NUMBER:
        return None
    if folded.isascii() and folded.isdecimal():
        return int(folded)
    return _kanji(folded)


def _kanji(text: str) -> int | None:
    if not text or set(text) - set(KANJI_NUMBER):
        return None
    if not set(text) & {"十", "百"}:
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, None
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (1 if digit is None else digit) * {"十": 10, "百": 100}[character]
            digit = None
    return total + (digit or 0)


def printed_date(text: str) -> date | None:
    """The first date of a text: 令和　７年　６月　６日, 2025年6月6日 or 20250606."""
    folded = plain(text)
    match = _WAREKI.search(folded)
    if match:
        year = 1 if match[2] == "元" else int(match[2])
        return _day(_ERAS[match[1]] + year, int(match[3]), int(match[4]))
    match = _GREGORIAN.search(folded)
    if match:
        return _day(int(match[1]), int(match[2]), int(match[3]))
    match = _COMPACT.fullmatch(folded.strip())
    return _day(int(match[0][:4]), int(match[0][4:6]), int(match[0][6:])) if match else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
