"""Documents a notice cites, and its record of the prior-art search."""

from __future__ import annotations

import re

from apiclient.documents.layout import is_rule, plain
from apiclient.documents.model import Cited

_SPACES = re.compile(r"\s+")
_LIST_HEADING = re.compile(
    r"^[<(【]?(?:引用文献等?一覧|引用文献等?|引用刊行物等?一覧?|引用非特許文献一覧)[>)】]?$"
)
_SEARCH_HEADING = re.compile(r"^[<(【]?先行技術文献調査結果の記録[>)】]?$")
_OTHER_HEADING = re.compile(r"^[<【].{1,40}[>】]$|^-{4,}$")
_CONTACT = re.compile(r"通知書?の内容に関するお?問い?合わ?せ")
_ENTRY = re.compile(r"^[・*]?(?:引用文献|文献|刊行物|引用例)?((?:[0-9]{1,3}|[A-Z](?![A-Za-z])))[.、::)](.+)$")
_REMARK = re.compile(r"[(]([^()]*(?:\([^()]*\)[^()]*)*)[)]$")
_LONGEST_ENTRY = 2_000
_LEAD_IN = 3  # a lone 引用文献 is a list heading only when an entry follows within so many lines


def read_cited(lines: list[str]) -> tuple[Cited, ...]:
    """Entries of the list of cited documents (引用文献等一覧), in order."""
    entries: list[tuple[str, str]] = []
    inside = False
    for place, line in enumerate(lines):
        folded = _SPACES.sub("", plain(line))
        if _LIST_HEADING.match(folded):
            inside = _entry_follows(lines, place)
        elif inside and (is_rule(line) or _OTHER_HEADING.match(folded) or _SEARCH_HEADING.match(folded)):
            inside = False
        elif inside and folded:
            _take(entries, line)
        elif inside and entries and not _entry_follows(lines, place):
            inside = False
    return tuple(_cited(label, printed) for label, printed in entries)


def _entry_follows(lines: list[str], place: int) -> bool:
    ahead = (_SPACES.sub("", plain(line)) for line in lines[place + 1 : place + 1 + _LEAD_IN])
    return any(_ENTRY.match(folded) for folded in ahead)


def _take(entries: list[tuple[str, str]], line: str) -> None:
    """A labelled line opens an entry; any other line continues the one before."""
    printed = line.strip()
    match = _ENTRY.match(plain(printed))
    if match:
        entries.append((match[1], printed[match.start(2) :].strip()))
    elif entries:
        label, before = entries[-1]
        entries[-1] = (label, before + printed)


def _cited(label: str, printed: str) -> Cited:
    folded = plain(printed)
    remark = _REMARK.search(folded) if len(folded) <= _LONGEST_ENTRY else None
    body = folded[: remark.start()] if remark else folded
    comment = printed[remark.start() + 1 : remark.end() - 1].strip() if remark else ""
    number, display = normalise(body)
    if number is None:
        display = printed
        comment = ""
    return Cited(label, printed, number, display, comment)


def cited_numbers(texts: list[str]) -> tuple[Cited, ...]:
    """Numbers a document names one by one (a grant's reference documents, a cited registration)."""
    found: dict[str, Cited] = {}
    for printed in texts:
        number, display = normalise(plain(printed))
        found.setdefault(display, Cited("", printed.strip(), number, display))
    return tuple(found.values())


_REGISTERED = re.compile(
    r"(?:意匠登録|登録意匠|商標登録|登録商標)第[0-9０-９]{1,7}号|登録第[0-9０-９]{1,7}号商標"
)


def registrations_named(lines: list[str]) -> tuple[Cited, ...]:
    """Registered designs and trademarks a notice holds against the application."""
    return cited_numbers([match for line in lines for match in _REGISTERED.findall(line)])


# --- one number --------------------------------------------------------------------------------------

_ERA_LETTER = {"明": "M", "大": "T", "昭": "S", "平": "H", "令": "R"}
_ERA_YEARS = {"S": 64, "H": 31, "R": 99}
_WITH_YEAR = re.compile(
    r"^(特開|特表|特公|実開|実公|実全|特再)((?:昭和?|平成?|令和?|大正?)(?:元|[0-9]{1,2})|[0-9]{4})年?-([0-9]{1,6})(?:号.*)?$"
)
_CODES = {"特開": "A", "特表": "A", "特公": "B", "実開": "U", "実公": "Y"}
_WORLD = re.compile(
    r"^(?:国際公開(?:番号)?|再公表特許|再表|WO)(?:WO)?第?([0-9]{2}|[0-9]{4})/([0-9]{4,6})(?:号.*|A[0-9]?)?$"
)
_NUMBERED = re.compile(
    r"^(特許|意匠登録|登録意匠|商標登録|登録商標|登録実用新案|実用新案登録|登録)第([0-9]{1,7})号?(?:商標|公報|.{0,6}公報)?$"
)
_NUMBERED_CODES = {
    "特許": "B",
    "意匠登録": "S",
    "登録意匠": "S",
    "登録実用新案": "U",
    "実用新案登録": "Y",
}


def normalise(printed: str) -> tuple[str | None, str]:
    """Number for machines and for people: ("JP2002-433033A", "特開2002-433033").

    Era years stay: 特開平4-487383 is ("JPH04-487383A", "特開平4-487383"). A number whose office, kind
    or year is not certain gives None and the text as printed.
    """
    text = _SPACES.sub("", plain(printed)).replace("ー", "-")
    for reader in (_with_year, _world, _numbered):
        number = reader(text)
        if number:
            return number
    return None, printed.strip()


def _with_year(text: str) -> tuple[str, str] | None:
    match = _WITH_YEAR.match(text)
    if not match or match[1] not in _CODES:
        return None
    kind, year, serial = match.groups()
    shown = f"{kind}{year}-{int(serial):06d}"
    if year.isdecimal():
        return f"JP{year}-{int(serial):06d}{_CODES[kind]}", shown
    letter = _ERA_LETTER[year[0]]
    figures = re.sub(r"[^0-9]", "", year) or "1"
    if not 1 <= int(figures) <= _ERA_YEARS.get(letter, 0):
        return None
    return f"JP{letter}{int(figures):02d}-{int(serial):06d}{_CODES[kind]}", (
        f"{kind}{year[0]}{int(figures)}-{int(serial):06d}"
    )


def _world(text: str) -> tuple[str, str] | None:
    match = _WORLD.match(text)
    if not match:
        return None
    year = match[1] if len(match[1]) == 4 else str(int(match[1]) + (1900 if match[1] >= "78" else 2000))
    number = f"WO{year}/{int(match[2]):06d}"
    return number, number


def _numbered(text: str) -> tuple[str, str] | None:
    match = _NUMBERED.match(text)
    if not match:
        return None
    word, serial = match[1], match[2]
    code = _NUMBERED_CODES.get(word, "")
    return (f"JP{serial}{code}" if code else f"JP{serial}"), f"{word}第{serial}号"


# --- search record -----------------------------------------------------------------------------------


def read_search_record(lines: list[str]) -> str:
    """The record of the prior-art search (先行技術文献調査結果の記録), as printed; "" when there is none."""
    record: list[str] = []
    inside = False
    for line in lines:
        folded = _SPACES.sub("", plain(line))
        if _SEARCH_HEADING.match(folded):
            inside = True
        elif inside and (is_rule(line) or _OTHER_HEADING.match(folded) or _CONTACT.search(folded)):
            break
        elif inside:
            record.append(line.rstrip())
    return "\n".join(record).strip("\n")
