"""Numbers of applications, publications and registrations, as people write them.

The office's interface wants ten digits (Gregorian year, serial padded to six) for an application or a
publication, seven digits for a registration, "JP2019011858" for an international application and
"WO2019011858" for an international publication. People write 特願2020-8423, 特開平11-123456,
特許第6789012号, PCT/JP2019/011858, in either width and with any hyphen.

`parse` reads one number, `find` looks for numbers in a pasted line, `explain` says why a text is not
a number, `display` writes a canonical number for people. Nothing here knows today's date: the caller
says which year is the last plausible one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Law = Literal["patent", "design", "trademark"]
Kind = Literal[
    "application",
    "publication",
    "national_publication",
    "registration",
    "pct_application",
    "pct_publication",
]
Refusal = Literal[
    "empty",
    "not_a_number",
    "year_out_of_range",
    "serial_zero",
    "too_many_digits",
    "too_few_digits",
    "showa_publication",
    "examined_publication",
    "utility_model",
    "branch_number",
]

FIRST_YEAR = 1885  # the Patent Monopoly Act; no Japanese number is older
_ANY_YEAR = 2100
_LONGEST = 80  # one number never needs more; keeps hostile input cheap


@dataclass(frozen=True)
class Reading:
    """One way to read a text. `law` is None when the text does not say which law.

    `canonical` is the form the office's interface takes; `year` is Gregorian and None for
    registrations; `serial` is the number without its year.
    """

    office: Literal["JP"]
    law: Law | None
    kind: Kind
    canonical: str
    year: int | None
    serial: int


@dataclass(frozen=True)
class Found:
    """A number in a line: `line[start:end]` is its text.

    `readings` is empty when the text names a number outright (特開昭60-…) yet cannot be one the
    interface takes; `explain(line[start:end])` says why.
    """

    start: int
    end: int
    readings: tuple[Reading, ...]


class _Refused(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why: Refusal = why


def parse(text: str, *, max_year: int = _ANY_YEAR) -> tuple[Reading, ...]:
    """Every reading of a text that is one number; () when it is none (see `explain`). Never raises."""
    try:
        return _read(_normalise(text), max_year)
    except _Refused:
        return ()


def explain(text: str, *, max_year: int = _ANY_YEAR) -> Refusal | None:
    """Why `parse` refused the text, or None when it did not."""
    try:
        _read(_normalise(text), max_year)
    except _Refused as refused:
        return refused.why
    return None


def find(line: str, *, max_year: int = _ANY_YEAR) -> tuple[Found, ...]:
    """Numbers in a line of mail or of a spreadsheet, in order, not overlapping.

    A bare number counts when it looks like an application (2020-008423, 2020008423); dates,
    telephone numbers and bare seven-digit numbers do not.
    """
    folded, places = _fold_keeping_places(line)
    found = []
    for match in _IN_LINE.finditer(folded):
        readings = parse(match.group(), max_year=max_year)
        if readings or match.lastgroup == "named":
            found.append(Found(places[match.start()], places[match.end() - 1] + 1, readings))
    return tuple(found)


def display(law: str | None, kind: str, canonical: str, language: Literal["ja", "en"] = "ja") -> str:
    """The number as people write it: 特願2020-008423, or JP Patent Appl. 2020-008423.

    A canonical number of another shape is returned as it is: showing it is better than hiding it.
    """
    shape = _CANONICAL.get(kind)
    match = shape.fullmatch(canonical) if shape else None
    template = (_JAPANESE if language == "ja" else _ENGLISH).get((law, kind)) or _EITHER.get(kind)
    if match is None or template is None:
        return canonical
    return template.format(*match.groups())


# --- widths, spaces, hyphens -------------------------------------------------------------------------

_HYPHENS = "-‐‑‒–—―−ーｰ─━－﹣﹘⁃˗➖"
_FOLD = {ord(mark): "-" for mark in _HYPHENS} | {ord(mark): "/" for mark in "／⁄∕"}
_INVISIBLE = {"Cf", "Cc", "Mn"}


def _fold(character: str) -> str:
    """One character in its plain form; several for a ligature, none for an invisible mark."""
    if character == "\t":
        return "\t"
    if character.isspace():
        return " "
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    return unicodedata.normalize("NFKC", character.translate(_FOLD)).translate(_FOLD)


def _fold_keeping_places(line: str) -> tuple[str, list[int]]:
    """The folded line, and for each of its characters the place it came from."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(line):
        for plain in _fold(character):
            folded.append(plain)
            places.append(place)
    return "".join(folded), places


def _normalise(text: str) -> str:
    if len(text) > _LONGEST * 4:
        raise _Refused("not_a_number")
    folded = "".join(_fold(character) for character in text)
    plain = re.sub(r"\s+|(?<=[A-Za-z])\.", "", folded).upper()
    if not plain:
        raise _Refused("empty")
    if len(plain) > _LONGEST:
        raise _Refused("not_a_number")
    return plain


# --- grammar of one number ---------------------------------------------------------------------------

_ERAS = {"明治": (1867, 45), "大正": (1911, 15), "昭和": (1925, 64), "平成": (1988, 31), "令和": (2018, 99)}
_ERA_OF = {name[0]: era for name, era in _ERAS.items()} | {
    "S": _ERAS["昭和"],
    "H": _ERAS["平成"],
    "R": _ERAS["令和"],
}
_YEAR = r"(?P<year>[0-9]{4}(?=[-/第年])|(?:明治?|大正?|昭和?|平成?|令和?|[SHR])(?:元|[0-9]{1,2}))年?"
_NUMBER = rf"(?:{_YEAR}(?:[-/第]|-第)?(?P<serial>[0-9]+)|(?P<run>[0-9]+))"
_END = r"(?:号(?:公報)?|公報)?(?P<branch>の[0-9]+)?"
_DIGITS = r"第?(?P<digits>[0-9]+)"
_FOREIGN = r"(?P<country>[A-Z]{2})(?:(?P<year>[0-9]{4}|[0-9]{2}(?=/))/?(?P<serial>[0-9]+))"

_APPLICATION_WORDS: dict[str, Law] = {
    "特願": "patent",
    "特許出願": "patent",
    "特許願": "patent",
    "意願": "design",
    "意匠登録出願": "design",
    "意匠登録願": "design",
    "商願": "trademark",
    "商標登録出願": "trademark",
    "商標登録願": "trademark",
    "JPPATENTAPPL": "patent",
    "JPDESIGNAPPL": "design",
    "JPTRADEMARKAPPL": "trademark",
}
_REGISTRATION_WORDS: dict[str, Law | None] = {
    "特許": "patent",
    "意匠登録": "design",
    "登録意匠": "design",
    "商標登録": "trademark",
    "登録商標": "trademark",
    "登録": None,
    "JPPATENTNO": "patent",
    "JPDESIGNREGNO": "design",
    "JPTRADEMARKREGNO": "trademark",
    "JPREGNO": None,
}
_PUBLICATION_WORDS: dict[str, Kind] = {
    "特開": "publication",
    "特表": "national_publication",
    "JPPUBL": "publication",
    "JPNATLPUBL": "national_publication",
}
_REFUSED_WORDS: dict[str, Refusal] = {
    "特公": "examined_publication",
    "実願": "utility_model",
    "実開": "utility_model",
    "実公": "utility_model",
    "実登": "utility_model",
    "実用新案登録": "utility_model",
}


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_APPLICATION = re.compile(rf"(?P<word>{_any_of(_APPLICATION_WORDS)}):?第?{_NUMBER}{_END}")
_APPLICATION_LONG = re.compile(
    rf"{_YEAR}(?P<word>特許願|意匠登録願|商標登録願)第?(?P<serial>[0-9]+){_END}"  # 平成11年特許願第123456号
)
_PUBLICATION = re.compile(rf"(?P<word>{_any_of(_PUBLICATION_WORDS)}):?第?{_NUMBER}{_END}A?")
_REGISTRATION = re.compile(rf"(?P<word>{_any_of(_REGISTRATION_WORDS)}):?{_DIGITS}{_END}")
_UNTAKEN = re.compile(rf"(?P<word>{_any_of(_REFUSED_WORDS)}).*[0-9].*")
_PCT_APPLICATION = re.compile(rf"PCT/?{_FOREIGN}")
_PCT_PUBLICATION = re.compile(
    r"(?:WO|国際公開(?:WO|番号)?第?)(?P<year>[0-9]{4}|[0-9]{2}(?=/))/?(?P<serial>[0-9]+)号?(?:A[1-9]?)?"
)
_JP = re.compile(rf"JP-?{_NUMBER}-?(?P<code>[ABSUY][0-9]?)?")
_JP_ERA = re.compile(rf"JP{_YEAR}-?(?P<serial>[0-9]+)-?(?P<code>[ABSUY][0-9]?)?")
_BARE = re.compile(rf"(?:JPAPPL)?{_NUMBER}")


def _read(text: str, max_year: int) -> tuple[Reading, ...]:
    for grammar, reader in _GRAMMARS:
        match = grammar.fullmatch(text)
        if match:
            return reader(match, max_year)
    raise _Refused("not_a_number")


def _read_application(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return (_numbered(match, _APPLICATION_WORDS[match["word"]], "application", max_year),)


def _read_publication(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return (_numbered(match, "patent", _PUBLICATION_WORDS[match["word"]], max_year),)


def _read_registration(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    _refuse_branch(match)
    return (_registered(match["digits"], _REGISTRATION_WORDS[match["word"]]),)


def _read_untaken(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    raise _Refused(_REFUSED_WORDS[match["word"]])


def _read_pct_application(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return (_international(match["country"], "pct_application", match, max_year),)


def _read_pct_publication(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return (_international("WO", "pct_publication", match, max_year),)


def _read_jp(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """JP and a number: the kind code settles what it is; without one it may be several things."""
    code, run = match["code"] or "", match.groupdict().get("run")
    if code[:1] in ("U", "Y"):
        raise _Refused("utility_model")
    if code[:1] in ("B", "S") or (run and len(run) <= 7 and not code):
        if not run:
            raise _Refused("examined_publication")
        return (_registered(run, "design" if code[:1] == "S" else "patent"),)
    publications = _publications(match, max_year)
    if code:
        return publications
    application = _numbered(match, None, "application", max_year)
    if run:  # JP2019011858 is also how the interface writes PCT/JP2019/011858
        pct = Reading("JP", "patent", "pct_application", f"JP{run}", application.year, application.serial)
        return (application, *publications, pct)
    return (application, *publications)


def _read_bare(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    run = match["run"]
    if run and len(run) == 7:
        return (_registered(run, None),)
    return (_numbered(match, None, "application", max_year),)


_GRAMMARS = (
    (_APPLICATION, _read_application),
    (_APPLICATION_LONG, _read_application),
    (_PUBLICATION, _read_publication),
    (_UNTAKEN, _read_untaken),
    (_REGISTRATION, _read_registration),
    (_PCT_APPLICATION, _read_pct_application),
    (_PCT_PUBLICATION, _read_pct_publication),
    (_JP_ERA, _read_jp),
    (_JP, _read_jp),
    (_BARE, _read_bare),
)


def _publications(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """Serials above 500000 are kept for translations of international applications (特表)."""
    plain = _numbered(match, "patent", "publication", max_year)
    if plain.serial <= 500000:
        return (plain,)
    return (_numbered(match, "patent", "national_publication", max_year), plain)


def _numbered(match: re.Match[str], law: Law | None, kind: Kind, max_year: int) -> Reading:
    """A reading of year and serial, written apart or as ten digits."""
    _refuse_branch(match)
    groups = match.groupdict()
    written, serial = groups["year"], groups["serial"]
    run = groups.get("run")
    if run:
        if len(run) != 10:
            raise _Refused("too_many_digits" if len(run) > 10 else "too_few_digits")
        written, serial = run[:4], run[4:]
    year = _gregorian(written)
    if kind in ("publication", "national_publication") and year < 1989 and not written.isdecimal():
        raise _Refused("showa_publication")
    number = _serial(serial, 6)
    _check_year(year, max_year)
    return Reading("JP", law, kind, f"{year:04d}{number:06d}", year, number)


def _registered(digits: str, law: Law | None) -> Reading:
    number = _serial(digits, 7)
    return Reading("JP", law, "registration", f"{number:07d}", None, number)


def _international(country: str, kind: Kind, match: re.Match[str], max_year: int) -> Reading:
    written = match["year"]
    year = int(written)
    if len(written) == 2:  # two digits until 2003, and the treaty began in 1978
        year += 1900 if year >= 78 else 2000
    number = _serial(match["serial"], 6)
    if year < 1978:
        raise _Refused("year_out_of_range")
    _check_year(year, max_year)
    return Reading("JP", "patent", kind, f"{country}{year:04d}{number:06d}", year, number)


def _gregorian(written: str) -> int:
    if written.isdecimal():
        return int(written)
    base, last = _ERA_OF[written[0]]
    digits = re.sub(r"[^0-9]", "", written)
    year = int(digits) if digits else 1  # 元年
    if not 1 <= year <= last:
        raise _Refused("year_out_of_range")
    return base + year


def _serial(digits: str, longest: int) -> int:
    if len(digits) > longest:
        raise _Refused("too_many_digits")
    if int(digits) == 0:
        raise _Refused("serial_zero")
    return int(digits)


def _check_year(year: int, max_year: int) -> None:
    if not FIRST_YEAR <= year <= max_year:
        raise _Refused("year_out_of_range")


def _refuse_branch(match: re.Match[str]) -> None:
    """商標登録第1234567号の2 is a divided right; the interface has no form for it."""
    if match.groupdict().get("branch"):
        raise _Refused("branch_number")


# --- numbers inside a line ---------------------------------------------------------------------------

_S = " {0,3}"
_LINE_YEAR = rf"(?:[0-9]{{4}}|(?:明治?|大正?|昭和?|平成?|令和?){_S}(?:元|[0-9]{{1,2}}))"
_LINE_SERIAL = rf"(?:{_S}年?{_S}[-/第]{_S}[0-9]+| {{1,3}}[0-9]{{6}}(?![0-9]))"
_LINE_END = rf"(?:{_S}号(?:の[0-9]+)?)?"
_LINE_NUMBER = rf"(?:第{_S})?(?:{_LINE_YEAR}{_LINE_SERIAL}|[0-9]{{7,}}){_LINE_END}"
# "特許 3 件" is a count: a registration in a line has its 第 or six digits.
_LINE_REGISTRATION = rf"(?:第{_S}[0-9]+|[0-9]{{6,}}){_LINE_END}"


def _japanese(*tables: Iterable[str]) -> str:
    return _any_of(word for table in tables for word in table if not word.isascii())


_WITH_YEAR = _japanese(_APPLICATION_WORDS, _PUBLICATION_WORDS, _REFUSED_WORDS)
_WITHOUT_YEAR = _japanese(_REGISTRATION_WORDS, _REFUSED_WORDS)
_ENGLISH_WORDS = (
    r"JP (?:Patent |Design |Trademark |Natl\.? )?(?:Appl\.?|Publ\.?|Reg\.? ?No\.?|No\.?) {0,3}[0-9][0-9-]*"
)
_IN_LINE = re.compile(
    rf"(?P<named>(?:{_WITH_YEAR}){_S}:?{_S}{_LINE_NUMBER}"
    rf"|(?:{_WITHOUT_YEAR}){_S}:?{_S}{_LINE_REGISTRATION}"
    rf"|{_LINE_YEAR}{_S}年{_S}(?:特許願|意匠登録願|商標登録願){_S}第?{_S}[0-9]+{_LINE_END}"
    rf"|(?<![A-Za-z]){_ENGLISH_WORDS}"
    r"|(?<![A-Za-z])PCT ?/? ?[A-Z]{2} ?(?:[0-9]{4}|[0-9]{2}(?=/)) ?/? ?[0-9]+"
    r"|(?<![A-Za-z])WO ?(?:[0-9]{4}|[0-9]{2}(?=/)) ?/? ?[0-9]{4,6}(?: ?A[1-9](?![A-Za-z0-9]))?"
    r"|国際公開 ?(?:番号|WO)? ?第? ?[0-9]{2,4} ?/ ?[0-9]+ ?号?"
    r"|(?<![A-Za-z])JP ?-?[SHR]?(?:[0-9]{1,4} ?- ?[0-9]+|[0-9]{6,})(?: ?-?[ABSUY][0-9]?(?![A-Za-z0-9]))?)"
    r"|(?P<bare>(?<![0-9A-Za-z/.-])(?:[0-9]{4} ?- ?[0-9]{3,6}|[0-9]{10})(?![0-9A-Za-z]| ?[-/][0-9]))"
)


# --- writing numbers ---------------------------------------------------------------------------------

_TEN = re.compile(r"([0-9]{4})([0-9]{6})")
_CANONICAL = {
    "application": _TEN,
    "publication": _TEN,
    "national_publication": _TEN,
    "registration": re.compile(r"([0-9]{7})"),
    "pct_application": re.compile(r"([A-Z]{2})([0-9]{4})([0-9]{6})"),
    "pct_publication": re.compile(r"(WO)([0-9]{4})([0-9]{6})"),
}
_JAPANESE: dict[tuple[str | None, str], str] = {
    ("patent", "application"): "特願{}-{}",
    ("design", "application"): "意願{}-{}",
    ("trademark", "application"): "商願{}-{}",
    (None, "application"): "{}-{}",
    ("patent", "publication"): "特開{}-{}",
    ("patent", "national_publication"): "特表{}-{}",
    ("patent", "registration"): "特許第{}号",
    ("design", "registration"): "意匠登録第{}号",
    ("trademark", "registration"): "商標登録第{}号",
    (None, "registration"): "登録第{}号",
}
_ENGLISH: dict[tuple[str | None, str], str] = {
    ("patent", "application"): "JP Patent Appl. {}-{}",
    ("design", "application"): "JP Design Appl. {}-{}",
    ("trademark", "application"): "JP Trademark Appl. {}-{}",
    (None, "application"): "JP Appl. {}-{}",
    ("patent", "publication"): "JP Publ. {}-{}",
    ("patent", "national_publication"): "JP Natl. Publ. {}-{}",
    ("patent", "registration"): "JP Patent No. {}",
    ("design", "registration"): "JP Design Reg. No. {}",
    ("trademark", "registration"): "JP Trademark Reg. No. {}",
    (None, "registration"): "JP Reg. No. {}",
}
_EITHER = {"pct_application": "PCT/{}{}/{}", "pct_publication": "{}{}/{}"}
