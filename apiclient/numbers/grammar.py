"""The grammar of one number: from a plain text to everything it may be.

Each rule is a pattern for the whole text and a reader that turns its groups into readings or raises
`Refused`. The first rule whose pattern fits decides. A rule gives several readings when the text may mean
several things; it never picks one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from apiclient.numbers.addresses import of_address
from apiclient.numbers.docdb import DOTTED, abroad, foreign, of_parts, us_application
from apiclient.numbers.model import (
    ERA_BY_LETTER,
    ERAS,
    FIRST_TREATY_YEAR,
    FIRST_YEAR,
    Era,
    Kind,
    Law,
    Reading,
    Refused,
    era_coded,
    eras_of,
    gregorian,
    number_of,
    of_treaty,
    publications,
    registered,
    with_year,
)
from apiclient.numbers.words import (
    BETWEEN,
    COUNTRIES,
    ENGLISH_APPLICATION,
    FOREIGN_KINDS,
    LABELS,
    NUMBERED,
    OLD_WORLD,
    OWN_LABELS,
    YEARED,
    any_of,
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str], int], tuple[Reading, ...]]]

# --- pieces -----------------------------------------------------------------------------------------------

_ERA = r"(?P<era>明治?|大正?|昭和?|平成?|令和?|[MTSHR])(?P<of_era>元|[0-9]{1,2})"
_SEP = r"(?:年?[-/・._]第?|年第?|第)"
_YEAR = rf"(?:(?P<year>[0-9]{{4}})|{_ERA}|(?P<two>[0-9]{{2}}))"
_NUMBER = rf"(?:{_YEAR}{_SEP}(?P<serial>[0-9]{{1,12}})|(?P<run>[0-9]{{1,20}}))"
_DIGITS = r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,20})"
_CODE = r"[-,]?\(?(?P<code>[ABCSTUYZ][0-9]?)?\)?"
_TAIL = r"(?:号)?(?:公報|明細書|パンフレット|審判事件|事件)?"
_BRANCH = (
    r"(?:の(?P<split>[0-9]{1,3})|-(?P<part>[0-9]{1,2})"
    r"|の?(?P<special>類似|防護)の?(?:意匠|標章)?(?:登録)?第?(?P<nth>[0-9]{1,3})号?)?"
)
_COLON = r"(?:番号)?[:=]?第?"


def _era(name: str) -> Era:
    return ERA_BY_LETTER[name] if name in ERA_BY_LETTER else next(e for e in ERAS if e.name[0] == name[0])


def _year_of(match: re.Match[str]) -> tuple[int, str]:
    """The Gregorian year, and the era's letter when the text names one."""
    if match["year"]:
        return int(match["year"]), ""
    era = _era(match["era"])
    figures = 1 if match["of_era"] == "元" else int(match["of_era"])
    return gregorian(era, figures), era.letter


def _yearly(match: re.Match[str], law: Law | None, kind: Kind, max_year: int) -> tuple[Reading, ...]:
    """Readings of a year and a serial, written apart or as one run of ten digits."""
    groups = match.groupdict()
    code, run = groups.get("code") or "", groups.get("run")
    if groups.get("two"):
        return _of_short_year(law, kind, match["two"], match["serial"], max_year)
    if run:
        if len(run) == 9 and kind in ("publication", "national_publication") and run[0] in "345":
            coded = era_coded(law or "patent", run, max_year=max_year, code=code)
            return tuple(one for one in coded if one.kind == kind) or coded
        if len(run) != 10:
            raise Refused("too_many_digits" if len(run) > 10 else "too_few_digits")
        return (with_year(law, kind, int(run[:4]), run[4:], max_year=max_year, code=code),)
    year, era = _year_of(match)
    return (with_year(law, kind, year, match["serial"], max_year=max_year, code=code, era=era),)


def _of_short_year(
    law: Law | None, kind: Kind, figures: str, serial: str, max_year: int
) -> tuple[Reading, ...]:
    """特願60-12345 can only be of 昭和60; 特願11-123456 may be of the eleventh year of any era."""
    readings = _in_every_era(law, kind, figures, serial, max_year)
    if len(readings) > 1:
        raise Refused("era_not_said", readings)
    return readings


def _in_every_era(
    law: Law | None, kind: Kind, figures: str, serial: str, max_year: int
) -> tuple[Reading, ...]:
    number_of(serial, 6)
    readings = []
    for era in reversed(ERAS):
        year = era.before + int(figures)
        if 1 <= int(figures) <= era.last and FIRST_YEAR <= year <= max_year:
            readings.append(with_year(law, kind, year, serial, max_year=max_year, era=era.letter))
    if not readings:
        raise Refused("no_such_era_year")
    return tuple(readings)


# --- Japanese words ---------------------------------------------------------------------------------------


def _read_yeared(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    law, kind = YEARED[match["word"]]
    code = match.groupdict().get("code")
    if code and code[0] not in _CODES_OF_KIND.get(kind, ""):
        raise Refused("not_a_number")
    return _yearly(match, law, kind, max_year)


# Kind codes that agree with the word before the number; any other contradicts it.
_CODES_OF_KIND = {"publication": "AU", "national_publication": "ATU", "examined_publication": "BCY"}
_CODES_OF_LAW = {"patent": "BC", "utility_model": "UYZ", "design": "S", "trademark": "T"}


def _read_numbered(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    law = NUMBERED[match["word"]]
    law_behind = {"商標": "trademark", "意匠": "design", "特許": "patent"}.get(match["behind"] or "")
    if law is None and law_behind:
        law = _LAWS[law_behind]
    code = match["code"] or ""
    if code and law and code[0] not in _CODES_OF_LAW[law]:
        raise Refused("not_a_number")
    return (registered(law, match["digits"].replace(",", ""), _branch(match), code),)


_LAWS: dict[str, Law] = {"trademark": "trademark", "design": "design", "patent": "patent"}


def _branch(match: re.Match[str]) -> str:
    if match["special"]:
        return f"{match['special']}{int(match['nth'])}"
    number = match["split"] or match["part"]
    if number:
        return str(number_of(number, 3))
    return "防護" if match["word"] == "防護標章登録" else ""


def _read_international(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """Madrid numbers of trademarks have up to seven digits, Hague numbers of designs DM/ and six."""
    if match["dm"]:
        serial = number_of(match["dm"], 6)
        return (Reading("JP", "design", "international_registration", f"DM/{serial:06d}", None, serial),)
    law: Law = "design" if match["of"] == "意匠" else "trademark"
    digits = match["digits"].replace(",", "")
    serial = number_of(digits, 7)
    canonical = f"DM/{serial:06d}" if law == "design" else f"{serial:07d}"
    return (
        Reading(
            "JP", law, "international_registration", canonical, None, serial, branch=match["suffix"] or ""
        ),
    )


# --- English words ----------------------------------------------------------------------------------------

_JAPAN = r"JP(?:\(?P\)?)?|JAPAN(?:ESE)?"
_LAW_WORDS = any_of(word for word in ENGLISH_APPLICATION if word)
_NO = r"(?:NO|NUMBER|NR|#)?[:,]?"


def _read_english_application(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return _yearly(match, ENGLISH_APPLICATION[match["law"] or ""], "application", max_year)


def _read_english_publication(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return _yearly(match, "patent", "publication", max_year)


def _read_english_translation(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return _yearly(match, "patent", "national_publication", max_year)


def _read_english_registration(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    law = ENGLISH_APPLICATION[match["law"] or ""]
    return (registered(law, match["digits"].replace(",", ""), code=match["code"] or ""),)


# --- the treaty -------------------------------------------------------------------------------------------

_TREATY_NUMBER = (
    r"(?:(?P<year>[0-9]{4})[-/]?(?P<serial>[0-9]{1,9})|(?P<two>[0-9]{2})[-/](?P<of_two>[0-9]{1,9}))"
)


def _of_treaty(match: re.Match[str], country: str, kind: Kind, max_year: int) -> tuple[Reading, ...]:
    year, serial = match["year"] or match["two"], match["serial"] or match["of_two"]
    code = match.groupdict().get("code") or ""
    return (of_treaty(country, kind, year, serial, max_year=max_year, code=code),)


def _read_pct(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return _of_treaty(match, match["country"], "pct_application", max_year)


def _read_world(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return _of_treaty(match, "WO", "pct_publication", max_year)


def _read_old_world(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return of_parts("WO", match["body"], match["code"] or "", max_year=max_year)


def _read_republication(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return _of_treaty(match, "WO", "republication", max_year)


# --- JP and a number --------------------------------------------------------------------------------------


_SHORTEST_JP = 5  # JP1 and JP-01 are how firms end references of their own


def _read_jp(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """JP and a number: the kind code settles what it is; without one it may be several things."""
    code, run = match["code"] or match["before"] or "", match["run"]
    law: Law = "utility_model" if code[:1] in ("U", "Y", "Z") else "patent"
    if run and len(run) <= 7:
        if code[:1] in ("A", "T") or (not code and len(run) < _SHORTEST_JP):
            raise Refused("too_few_digits")
        return (registered("design" if code[:1] == "S" else law, run, code=code),)
    if run and len(run) == 11 and run[4] == "0" and code in ("", "A", "U"):
        # As EPODOC writes applications: the serial padded to seven digits.
        return (with_year(law, "application", int(run[:4]), run[5:], max_year=max_year),)
    if code[:1] in ("B", "Y", "C"):
        if run and len(run) == 9:
            return _examined(law, run, code, max_year)
        return _yearly(match, law, "examined_publication", max_year)
    if code[:1] == "S":
        raise Refused("too_many_digits")
    if code[:1] == "T":
        return _yearly(match, law, "national_publication", max_year)
    plain = _yearly(match, law, "publication", max_year)
    both = [
        one
        for reading in plain
        for one in publications(
            law, reading.year or 0, f"{reading.serial:06d}", max_year=max_year, code=code, era=reading.era
        )
    ]
    found = tuple(dict.fromkeys(both))
    if code or (run and len(run) == 9):
        return found
    application = _yearly(match, None, "application", max_year)
    if not run or int(run[:4]) < FIRST_TREATY_YEAR:
        return (*application, *found)
    # JP2019011858 is also how the interface writes PCT/JP2019/011858.
    return (
        *application,
        *found,
        of_treaty("JP", "pct_application", run[:4], run[4:], max_year=max_year),
    )


def _examined(law: Law, run: str, code: str, max_year: int) -> tuple[Reading, ...]:
    coded = era_coded(law, run, max_year=max_year, code=code)[-1]
    year, serial = coded.year or 0, f"{coded.serial:06d}"
    return (
        with_year(law, "examined_publication", year, serial, max_year=max_year, code=code, era=coded.era),
    )


def _read_jp_compact(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """JPH0412345A: two figures for the era's year, then the serial number without padding."""
    year = gregorian(ERA_BY_LETTER[match["letter"]], int(match["of_era"]))
    code, serial, letter = match["code"] or "", match["serial"], match["letter"]
    law: Law = "utility_model" if code[:1] in ("U", "Y", "Z") else "patent"
    if code[:1] in ("B", "Y", "C"):
        return (
            with_year(law, "examined_publication", year, serial, max_year=max_year, code=code, era=letter),
        )
    found = publications(law, year, serial, max_year=max_year, code=code, era=letter)
    if code:
        return found
    return (with_year(None, "application", year, serial, max_year=max_year, era=letter), *found)


def _read_jp_dated(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """JP,04-015611,A(1992): the year in brackets says which era's fourth year is meant."""
    year = int(match["ad"])
    era = [one for one in eras_of(year) if year - one.before == int(match["two"])]
    if not era:
        raise Refused("no_such_era_year")
    law: Law = "utility_model" if match["code"][0] in "UY" else "patent"
    serial, code, letter = match["serial"], match["code"], era[0].letter
    if code[0] in "BY":
        return (
            with_year(law, "examined_publication", year, serial, max_year=max_year, code=code, era=letter),
        )
    return publications(law, year, serial, max_year=max_year, code=code, era=letter)


def _read_p(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """P2020-123456A is how gazettes print a publication; without the A it may be a firm's own reference."""
    if match["digits"]:
        raise Refused("own_reference", (registered("patent", match["digits"]),))
    one = _yearly(match, "patent", "publication", max_year)[0]
    found = publications(
        "patent", one.year or 0, f"{one.serial:06d}", max_year=max_year, code=one.code, era=one.era
    )
    if not match["code"]:
        raise Refused("own_reference", found)
    return found


# --- other offices ----------------------------------------------------------------------------------------


def _read_foreign_words(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    country = COUNTRIES[match["country"]]
    law, kind = FOREIGN_KINDS[match["what"]]
    reading = _printed_abroad(country, kind, match["number"], match["code"] or "", max_year)
    if reading is None:
        raise Refused("not_a_number")
    if law == "utility_model":
        reading = Reading(
            country, law, kind, reading.canonical, reading.year, reading.serial, code=reading.code
        )
    return (reading,)


def _read_foreign_code(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """US2015/0378098A1, EP1234567B1, KR10-2012-0012345A: the kind code says what it is."""
    country, code = match["country"], match["code"]
    return abroad(country, _digits_abroad(country, match["number"], code[0] == "A"), code, max_year=max_year)


def _read_foreign_bare(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """US14/768,239, EP06834636.2, US9459406: everything the office's numbers of this shape may be."""
    country, number = match["country"], match["number"]
    kinds: tuple[Kind, ...] = ("registration", "publication", "application")
    found = [_printed_abroad(country, kind, number, "", max_year) for kind in kinds]
    readings = tuple(one for one in found if one)
    if not readings:
        raise Refused("not_a_number")
    return readings


def _printed_abroad(country: str, kind: Kind, number: str, code: str, max_year: int) -> Reading | None:
    if country == "US" and re.fullmatch(r"[0-9]{2}/[0-9]{3},?[0-9]{3}", number):
        return us_application(re.sub("[^0-9]", "", number)) if kind == "application" else None
    if "." in number and kind != "application":
        return None
    digits = _digits_abroad(country, number, kind != "registration")
    if country == "US" and kind == "application" and len(digits) == 8 and "," not in number:
        return us_application(digits)
    return foreign(country, kind, digits, code, max_year=max_year)


def _digits_abroad(country: str, number: str, has_year: bool) -> str:
    """The digits without marks, without the check digit behind a point and without Korea's leading 10-."""
    number = number.split(".")[0] if country in ("EP", "CN") else number
    digits = re.sub(r"[^0-9]", "", number)
    if country == "KR" and has_year and re.fullmatch(r"10[0-9]{11}", digits):
        return digits[2:]
    return digits


# --- bare digits ------------------------------------------------------------------------------------------


def _read_dates(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """2020-12 and 20201201 look like dates; no guess is made."""
    raise Refused("may_be_date")


def _read_short_year(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    raise Refused("era_not_said", _in_every_era(None, "application", match["two"], match["serial"], max_year))


def _read_bare_published(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """2020-123456A: a kind code makes it a publication."""
    return _read_jp(match, max_year)


def _read_bare(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    run = match["run"]
    if not run:
        return _yearly(match, None, "application", max_year)
    if len(run) == 7:
        return (registered(None, run),)
    if len(run) == 9:
        raise Refused("applicant_code", _of_nine(run, max_year))
    if len(run) == 11 and not 1885 <= int(run[:4]) <= max_year:
        raise Refused("document_number", (Reading("JP", None, "document_number", run, None, int(run)),))
    return _yearly(match, None, "application", max_year)


def _of_nine(run: str, max_year: int) -> tuple[Reading, ...]:
    """Nine digits are an applicant's code, and may be an era-coded publication; never taken for a case."""
    code = Reading("JP", None, "applicant_code", run, None, int(run))
    try:
        return (code, *era_coded("patent", run, max_year=max_year))
    except Refused:
        return (code,)


def _read_thousands(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    return (registered(None, match["digits"].replace(",", "")),)


# --- labels -----------------------------------------------------------------------------------------------


def _read_labelled(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """出願番号：2020-8423. What the number itself says goes before what its label says."""
    kinds, rest = LABELS[match["label"].replace(".", "")], match["rest"]
    bare = _BARE.fullmatch(rest)
    if bare is None:
        return _fitting(read(rest, max_year), kinds)
    if "application" in kinds:
        return _yearly(bare, None, "application", max_year)
    if "publication" in kinds or "national_publication" in kinds:
        return _labelled_publication(bare, kinds, max_year)
    if "examined_publication" in kinds:
        return _yearly(bare, "patent", "examined_publication", max_year)
    if "applicant_code" in kinds:
        return (_code_of(bare, "applicant_code", 9),)
    if "document_number" in kinds:
        return (_code_of(bare, "document_number", 11),)
    if "registration" in kinds and bare["run"]:
        law: Law | None = "patent" if match["label"] in ("特許番号", "PATENTNO", "PATENTNO.") else None
        return (registered(law, bare["run"]),)
    if "international_registration" in kinds and bare["run"]:
        return read(f"国際登録第{rest}", max_year)
    if kinds:
        raise Refused("not_a_number")
    return read(rest, max_year)


def _fitting(readings: tuple[Reading, ...], kinds: tuple[Kind, ...]) -> tuple[Reading, ...]:
    """Of several readings those the label speaks of; all of them when it speaks of none."""
    return tuple(reading for reading in readings if reading.kind in kinds) or readings


def _labelled_publication(bare: re.Match[str], kinds: tuple[Kind, ...], max_year: int) -> tuple[Reading, ...]:
    if kinds == ("national_publication",):
        return _yearly(bare, "patent", "national_publication", max_year)
    plain = _yearly(bare, "patent", "publication", max_year)[-1]
    return publications("patent", plain.year or 0, f"{plain.serial:06d}", max_year=max_year, era=plain.era)


def _code_of(bare: re.Match[str], kind: Kind, length: int) -> Reading:
    run = bare["run"] or ""
    if len(run) != length:
        raise Refused("too_many_digits" if len(run) > length else "too_few_digits")
    return Reading("JP", None, kind, run, None, int(run))


def _read_range(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    """特願2020-8423～8430 is several numbers, of which only the first is whole."""
    raise Refused("range", read(match["first"], max_year))


def _read_own(match: re.Match[str], max_year: int) -> tuple[Reading, ...]:
    raise Refused("own_reference")


# --- all rules --------------------------------------------------------------------------------------------

# Bare figures have a hyphen or a slash between: 2020.123 is a fraction, 2020年第3号 an issue of a journal.
_BARE = re.compile(rf"(?:{_YEAR}[-/](?P<serial>[0-9]{{1,12}})|(?P<run>[0-9]{{1,20}}))")
_LABEL_MARKS = r"[\])】:=.]{0,3}"
_ABROAD = "US|EP|CN|KR|GB|DE|FR|TW|CA|AU|RU|IN|ES|IT|NL|SE|CH|AT|BR|SG"
_US_WORDS = r"(?:PATENT|PAT)?(?:APPLICATION|APPL|APP)?(?:PUBLICATION|PUBL|PUB)?(?:NO)?"

_RULES: tuple[Rule, ...] = (
    (re.compile(r"(?P<first>[^〜~]+)[〜~].*"), _read_range),
    (re.compile(rf"[\[(【]?(?P<label>{any_of(LABELS)}){_LABEL_MARKS}(?P<rest>.+)"), _read_labelled),
    (re.compile(rf"[\[(【]?(?:{any_of(OWN_LABELS)}){_LABEL_MARKS}.+"), _read_own),
    (re.compile(rf"(?P<word>{any_of(YEARED)}){_COLON}{_NUMBER}{_CODE}{_TAIL}\)?"), _read_yeared),
    (re.compile(rf"{_YEAR}年?(?P<word>{any_of(BETWEEN)})第?(?P<serial>[0-9]{{1,9}}){_TAIL}"), _read_yeared),
    (
        re.compile(
            rf"(?P<word>{any_of(NUMBERED)}){_COLON}{_DIGITS}{_TAIL}{_BRANCH}{_CODE}{_TAIL}(?P<behind>商標|意匠|特許)?"
        ),
        _read_numbered,
    ),
    (
        re.compile(
            r"(?:国際(?P<of>商標|意匠)?登録|IR|INTERNATIONALREGISTRATION)(?:番号)?[:=]?(?:NO)?第?"
            rf"(?:DM/?(?P<dm>[0-9]{{1,9}})|{_DIGITS}(?P<suffix>[A-Z])?)号?"
        ),
        _read_international,
    ),
    (re.compile(r"(?P<of>)DM/?(?P<dm>[0-9]{5,6})(?P<digits>)(?P<suffix>)"), _read_international),
    (
        re.compile(rf"(?:国際(?:特許)?出願)?第?PCT[-/]?(?P<country>[A-Z]{{2}})[-/]?{_TREATY_NUMBER}号?"),
        _read_pct,
    ),
    (re.compile(rf"WO(?P<body>{OLD_WORLD})(?P<code>A[1-9]?)?"), _read_old_world),
    (
        re.compile(
            rf"(?:(?:国際公開)(?:番号)?[:=]?第?(?:WO[-/]?)?|WO[-/]?){_TREATY_NUMBER}号?[-,]?(?P<code>A[1-9]?)?{_TAIL}"
        ),
        _read_world,
    ),
    (
        re.compile(
            rf"(?:再表|再公表|再公表特許|特再|JPWO)(?:\(A[1-9]\))?[:-]?第?(?:WO)?{_TREATY_NUMBER}号?[-,]?(?P<code>[AS][1-9]?)?{_TAIL}"
        ),
        _read_republication,
    ),
    (
        re.compile(r"JP,(?P<two>[0-9]{2})-(?P<serial>[0-9]{6}),?(?P<code>[ABUY][0-9]?)\((?P<ad>[0-9]{4})\)"),
        _read_jp_dated,
    ),
    (
        re.compile(
            r"JP-?(?P<letter>[MTSHR])(?P<of_era>[0-9]{2})(?P<serial>[0-9]{1,6})-?(?P<code>[ABCUYZ][0-9]?)?"
        ),
        _read_jp_compact,
    ),
    (re.compile(rf"JP(?:\(P\))?(?P<before>[ABUY])?[-,]?{_NUMBER}{_CODE}"), _read_jp),
    (
        re.compile(rf"(?:{_JAPAN})(?P<law>{_LAW_WORDS})?(?:APPLICATION|APPLN?|APP){_NO}{_NUMBER}"),
        _read_english_application,
    ),
    (
        re.compile(
            rf"(?:{_JAPAN})(?:UNEXAMINED)?(?:PATENT)?(?:APPLICATION)?"
            rf"(?:PUBLICATION|PUBL?|LAID-?OPEN(?:PUBLICATION)?|KOKAI)(?:\(KOKAI\))?{_NO}{_NUMBER}{_CODE}"
        ),
        _read_english_publication,
    ),
    (re.compile(rf"JPNATLPUBL{_NO}{_NUMBER}{_CODE}"), _read_english_translation),
    (
        re.compile(
            rf"(?:{_JAPAN})(?P<law>{_LAW_WORDS})?(?:REGISTRATION|REG)?(?:NO|NUMBER|NR|#)[:,]?{_DIGITS}{_CODE}"
        ),
        _read_english_registration,
    ),
    (re.compile(rf"P(?:{_YEAR}{_SEP}(?P<serial>[0-9]{{1,12}})(?P<code>A)?|(?P<digits>[0-9]{{7}}))"), _read_p),
    (
        re.compile(
            rf"(?P<country>{any_of(COUNTRIES)})(?P<what>{any_of(FOREIGN_KINDS)})第?"
            rf"(?P<number>[0-9][0-9,/.-]{{2,24}})号?\(?(?P<code>[ABCUY][0-9]?)?\)?{_TAIL}"
        ),
        _read_foreign_words,
    ),
    (
        re.compile(rf"(?P<country>{_ABROAD})-?(?P<number>[0-9][0-9,/.-]{{2,24}}?)-?(?P<code>[ABCUY][0-9]?)"),
        _read_foreign_code,
    ),
    (
        re.compile(
            rf"(?P<country>US|EP|CN|KR)(?:SN|-)?{_US_WORDS}(?P<number>[0-9][0-9,/.-]{{2,24}}?(?:\.[0-9X])?)"
        ),
        _read_foreign_bare,
    ),
    (
        re.compile(
            r"[0-9]{4}[-/・.年][0-9]{1,2}月?|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
        ),
        _read_dates,
    ),
    (re.compile(r"(?P<two>[0-9]{2})-(?P<serial>[0-9]{4,6})"), _read_short_year),
    (
        re.compile(
            rf"(?P<before>)(?:{_YEAR}{_SEP}(?P<serial>[0-9]{{3,12}})|(?P<run>[0-9]{{7}}|[0-9]{{10}}))-?(?P<code>[ABUY][0-9]?)"
        ),
        _read_bare_published,
    ),
    (re.compile(rf"第?{_BARE.pattern}{_TAIL}"), _read_bare),
    (re.compile(r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3}){1,2})"), _read_thousands),
)
_POINT = re.compile(r"(?<=[A-Z])\.")


def read(text: str, max_year: int) -> tuple[Reading, ...]:
    """Everything a plain text (see `text.plain`) may be. Raises Refused when it is no number."""
    dotted = DOTTED.fullmatch(text)
    if dotted:
        return of_parts(dotted[1], dotted[2], dotted[3], max_year=max_year)
    if "://" in text or text.startswith("WWW."):
        return of_address(text, lambda number: read(number, max_year), max_year)
    text = _POINT.sub("", text)
    for pattern, reader in _RULES:
        match = pattern.fullmatch(text)
        if match:
            return reader(match, max_year)
    raise Refused("not_a_number")
