"""Documents a notice cites, and its record of the prior-art search."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from apiclient import links, numbers
from apiclient.documents.layout import is_rule, plain
from apiclient.documents.model import Cited
from apiclient.numbers.model import era_of

_SPACES = re.compile(r"\s+")
_LIST_HEADING = re.compile(
    r"^[<(【]?(?:引用文献等?一覧|引用文献等?|引用刊行物等?一覧?|引用非特許文献一覧)[>)】]?$"
)
_SEARCH_HEADING = re.compile(r"^[<(【]?先行技術文献調査結果の記録[>)】]?$")
_OTHER_HEADING = re.compile(r"^[<【].{1,40}[>】]$|^-{4,}$")
_CONTACT = re.compile(r"通知書?の内容に関するお?問い?合わ?せ")
_ENTRY = re.compile(r"^[・*]?(?:引用文献|文献|刊行物|引用例)?((?:[0-9]{1,3}|[A-Z](?![A-Za-z])))[.、::)](.+)$")
_AFTER_NUMBER = re.compile(r"^号?(?:公報|明細書)?")
_LONGEST_ENTRY = 2_000
_MOST_LINES = 40  # of one entry
MOST_CITED = 1_000
_LEAD_IN = 3  # a lone 引用文献 is a list heading only when an entry follows within so many lines


def read_cited(lines: list[str]) -> tuple[Cited, ...]:
    """Entries of the list of cited documents (引用文献等一覧), in order; at most MOST_CITED and one."""
    entries: list[tuple[str, list[str]]] = []
    inside = False
    for place, line in enumerate(lines):
        if len(entries) > MOST_CITED:
            break
        folded = _SPACES.sub("", plain(line))
        if _LIST_HEADING.match(folded):
            inside = _entry_follows(lines, place)
        elif inside and (is_rule(line) or _OTHER_HEADING.match(folded) or _SEARCH_HEADING.match(folded)):
            inside = False
        elif inside and folded:
            _take(entries, line)
        elif inside and entries and not _entry_follows(lines, place):
            inside = False
    return tuple(_cited(label, "".join(printed)) for label, printed in entries[: MOST_CITED + 1])


def _entry_follows(lines: list[str], place: int) -> bool:
    ahead = (_SPACES.sub("", plain(line)) for line in lines[place + 1 : place + 1 + _LEAD_IN])
    return any(_ENTRY.match(folded) for folded in ahead)


def _take(entries: list[tuple[str, list[str]]], line: str) -> None:
    """A labelled line opens an entry; any other line continues the one before."""
    printed = line.strip()
    match = _ENTRY.match(plain(printed))
    if match:
        entries.append((match[1], [printed[match.start(2) :].strip()]))
    elif entries and len(entries[-1][1]) < _MOST_LINES:
        entries[-1][1].append(printed)


def _cited(label: str, printed: str) -> Cited:
    folded = plain(printed)
    opening = _last_bracket(folded) if len(folded) <= _LONGEST_ENTRY else None
    number, display = normalise(folded[:opening])
    if number is not None:
        remark = printed[opening:].strip()[1:-1].strip() if opening else ""
        return Cited(label, printed, number, display, remark)
    return _cited_in_words(label, printed)


def _cited_in_words(label: str, printed: str) -> Cited:
    """An entry that begins with its only number and says more: 特開２０１１－１２３４５６号公報，図３."""
    found = numbers.find(plain(printed[:_LONGEST_NUMBER]))
    if len(found) != 1 or found[0].start:
        return Cited(label, printed, None, printed)
    number, display = normalise(plain(printed[: found[0].end]))
    if number is None:
        return Cited(label, printed, None, printed)
    remark = _AFTER_NUMBER.sub("", printed[found[0].end :]).strip(" 　,，、。")
    return Cited(label, printed, number, display, remark)


def _last_bracket(folded: str) -> int | None:
    """Where the bracket opens that closes at the end of the text; None when none closes there."""
    depth = 0
    for place in range(len(folded) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(folded[place], 0)
        if depth <= 0:
            return place if folded[place] == "(" else None
    return None


def cited_numbers(printed: Iterable[tuple[str, str]]) -> tuple[Cited, ...]:
    """Numbers a document names one by one (a grant's reference documents), each with its kind as a remark."""
    found: dict[str, Cited] = {}
    for text, remark in printed:
        number, display = normalise(plain(text))
        found.setdefault(display, Cited("", text.strip(), number, display, remark.strip("（）() ")))
    return tuple(found.values())


_REGISTERED = re.compile(
    r"(?:国際登録|意匠登録|登録意匠|商標登録|登録商標|登録)第[0-9]{1,7}号(?:の[0-9]{1,3}|の類似[0-9]{1,3})?(?:商標)?"
)


def registrations_named(lines: list[str]) -> tuple[Cited, ...]:
    """Registered designs and trademarks a notice holds against the application."""
    found: list[tuple[str, str]] = []
    for line in lines:
        matches = islice(_REGISTERED.finditer(plain(line)), MOST_CITED + 1 - len(found))
        found += [(line[match.start() : match.end()], "") for match in matches]
    return cited_numbers(found)


# --- one number --------------------------------------------------------------------------------------

_CODES = {"publication": "A", "national_publication": "A", "examined_publication": "B"}
_MODEL_CODES = {"publication": "U", "national_publication": "U", "examined_publication": "Y"}
_REGISTERED_CODES = {"patent": "B", "design": "S", "utility_model": "U"}
_LONGEST_NUMBER = 200


def normalise(printed: str) -> tuple[str | None, str]:
    """Number for machines and for people: ("JP2002-433033A", "特開2002-433033").

    Era years stay: 特開平4-487383 is ("JPH04-487383A", "特開平4-487383"). Foreign numbers have no kind code,
    for what is printed does not tell A1 from A2. A number whose office, kind or year is not certain gives
    None and the text as printed.
    """
    reading = only_reading(printed)
    if reading is None:
        return None, printed.strip()
    return _for_machines(reading), numbers.write(reading, "ja") or printed.strip()


def only_reading(printed: str) -> numbers.Reading | None:
    """What a text that is one number can alone mean, whether the office's interface serves it or not."""
    readings = numbers.recognise(printed).readings if len(printed) <= _LONGEST_NUMBER else ()
    return readings[0] if len(readings) == 1 else None


def _for_machines(reading: numbers.Reading) -> str | None:
    if reading.office not in ("JP", "WO"):
        return links.compact(reading)
    if reading.kind in ("pct_publication", "republication"):
        return f"WO{reading.year}/{reading.serial:06d}"
    if reading.branch or reading.office != "JP":
        return None
    if reading.kind == "registration":
        return f"JP{reading.canonical}{_REGISTERED_CODES.get(reading.law or '', '')}"
    code = (_MODEL_CODES if reading.law == "utility_model" else _CODES).get(reading.kind)
    if code is None or reading.year is None:
        return None
    era = era_of(reading)
    year = f"{era.letter}{reading.year - era.before:02d}" if era else str(reading.year)
    return f"JP{year}-{reading.serial:06d}{code}"


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
