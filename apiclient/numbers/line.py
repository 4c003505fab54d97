"""Numbers inside a line of mail or of a spreadsheet.

The patterns here only say where a number may begin and end; what it is, `grammar.read` decides. Every
repetition is bounded or of one class of characters, so that a hostile line costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from apiclient.numbers.addresses import ESPACENET, GOOGLE, JPLATPAT
from apiclient.numbers.model import APPEALS
from apiclient.numbers.words import (
    BETWEEN,
    COUNTRIES,
    FOREIGN_KINDS,
    LABELS,
    NUMBERED,
    OLD_WORLD,
    OWN_LABELS,
    YEARED,
    any_of,
)

_S = " {0,3}"
_NOT_LATIN = r"(?<![A-Za-z])"
_END_OF_CODE = r"(?![A-Za-z0-9])"
_ERA_YEAR = rf"(?:明治?|大正?|昭和?|平成?|令和?|[MTSHR]){_S}(?:元|[0-9]{{1,2}})"
_YEAR = rf"(?:[0-9]{{4}}|{_ERA_YEAR}|[0-9]{{2}}(?= ?[-/]))"
_SEP = rf"(?:{_S}年?{_S}[-/・._第]{_S}第?{_S}|{_S}年{_S}第?{_S})"
_SERIAL = rf"(?:{_SEP}[0-9]{{1,12}}| {{1,3}}[0-9]{{6}}(?![0-9]))"
_SPECIAL = rf"{_S}の?{_S}(?:類似|防護)の?(?:意匠|標章)?(?:登録)?{_S}第?{_S}[0-9]{{1,3}}(?:{_S}号)?"
_BRANCH = rf"(?:の[0-9]{{1,3}}(?![0-9])|{_SPECIAL})?"
_TAIL = rf"(?:{_S}号{_BRANCH})?"
# "特開2020-123456 A" has a kind code, "特開2020-123456 A社" a company behind it.
_NO_NAME = r"(?![A-Za-z0-9\u3040-\u30ff\u4e00-\u9fff])"
_CODE = rf"(?:\(?[ABUY][0-9]?{_END_OF_CODE}\)?|{_S}\(?[ABUY][0-9]?{_NO_NAME}\)?)?"
_CODE_OF_GRANT = rf"(?:\(?[BCSUY][0-9]?{_END_OF_CODE}\)?|{_S}\(?[BCSUY][0-9]?{_NO_NAME}\)?)?"
_RANGE = rf"(?:{_S}[〜~]{_S}[0-9]{{1,6}}(?![0-9年]))?"
_AFTER_WORD = rf"{_S}(?:番号)?{_S}[:=]?{_S}(?:第{_S})?"
_THOUSANDS = r"[0-9]{1,3}(?:,[0-9]{3}){1,3}(?![0-9])"
# "特許 3 件" and "特許第3課" are no registrations: one has six digits, or its 第 and 号.
_REGISTERED = (
    rf"(?:第{_S}(?:{_THOUSANDS}|[0-9]{{4,20}}(?![0-9])|[0-9]{{1,3}}(?={_S}号))|{_THOUSANDS}|[0-9]{{6,20}}(?![0-9]))"
    # A hyphen and more figures belong to it, whatever they mean: to leave them out would be another number.
    rf"(?:-[0-9]{{1,12}}(?![0-9])(?:{_S}号)?|{_TAIL}){_CODE_OF_GRANT}(?:商標|意匠)?{_RANGE}"
)


def _unnamed(pattern: str) -> str:
    return re.sub(r"\(\?P<[a-z_]+>", "(?:", pattern)


_APPLICATIONS = any_of(word for word, (_, kind) in YEARED.items() if kind == "application")
_PUBLICATIONS = any_of(word for word, (_, kind) in YEARED.items() if kind.endswith("publication"))
_APPEALS = any_of(word for word, (_, kind) in YEARED.items() if kind in APPEALS)
_ENGLISH_WORD = (
    r"(?:Unexamined|Patent|Utility Model|Design|Trademark|Application|Appln?\.?|Publication|Publ?\.?"
    r"|Laid-?Open|Kokai|\(Kokai\)|Natl\.?|Registration|Reg\.?|Nos?\.?|Number)"
)
_ENGLISH_LABEL = r"(?:Appl(?:ication|\.)?|Pub(?:lication|l?\.)?|Patent|Reg(?:istration|\.)?) (?:No\.?|Number)"
_BARE = rf"(?:{_YEAR}{_SERIAL}|[0-9]{{7,11}}){_END_OF_CODE}"
_FOREIGN_NUMBER = r"[0-9][0-9,/.-]{2,24}[0-9X](?![0-9])"
_YEAR_OF_TREATY = r"(?:[0-9]{4}|[0-9]{2}(?= ?[-/]))"
_JAPANESE_LABELS = any_of(word for word in LABELS if not word.isascii())
_OWN_JAPANESE = any_of(word for word in OWN_LABELS if not word.isascii())
_OWN_ENGLISH = any_of(word for word in OWN_LABELS if word.isascii())
_OWN_REFERENCE = r"(?!PCT|WO|JP)[A-Z0-9][A-Z0-9/_-]{1,40}"

_NAMED = (
    rf"(?:https?://)?{_unnamed(JPLATPAT)}",
    rf"(?:https?://)?(?:www\.)?(?:{_unnamed(GOOGLE)}|{_unnamed(ESPACENET)})(?:[/?&#][!-~]{{0,200}})?",
    rf"(?:{_JAPANESE_LABELS})[\])】]?{_S}[:=]?{_S}{_BARE}",
    rf"{_NOT_LATIN}{_ENGLISH_LABEL}{_S}:?{_S}{_BARE}",
    rf"(?:{any_of(COUNTRIES)})(?:{any_of(FOREIGN_KINDS)}){_S}第?{_S}{_FOREIGN_NUMBER}(?:{_S}号)?{_CODE}",
    rf"(?:{_APPLICATIONS}){_AFTER_WORD}(?:{_YEAR}{_SERIAL}|[0-9]{{7,20}}){_TAIL}{_RANGE}",
    rf"(?:{_PUBLICATIONS}){_AFTER_WORD}(?:{_YEAR}{_SERIAL}|[0-9]{{7,20}}){_TAIL}{_CODE}{_RANGE}",
    rf"(?:{_APPEALS}){_AFTER_WORD}{_YEAR}{_SEP}[0-9]{{3,12}}(?![0-9]| ?[-/][0-9])(?:{_S}号)?",
    rf"(?:再表|再公表(?:特許)?|特再|JPWO){_S}(?:\(A[1-9]\))?{_S}(?:WO)?{_S}"
    rf"[0-9]{{4}} ?[-/]? ?[0-9]{{4,6}}(?![0-9]){_CODE}",
    rf"国際(?:商標|意匠)?登録{_AFTER_WORD}"
    rf"(?:DM ?/ ?[0-9]{{1,6}}|(?:{_THOUSANDS}|[0-9]{{4,20}})[A-Z]?(?![A-Za-z]))(?:{_S}号)?",
    rf"{_NOT_LATIN}DM/[0-9]{{5,6}}(?![0-9])",
    rf"(?:{any_of(NUMBERED)}){_S}(?:番号)?{_S}[:=]?{_S}{_REGISTERED}",
    rf"{_YEAR}{_S}年{_S}(?:{any_of(BETWEEN)}){_S}第?{_S}[0-9]{{1,12}}{_TAIL}",
    rf"{_NOT_LATIN}(?:JP|Japan(?:ese)?)(?:[ .(]{{1,2}}{_ENGLISH_WORD}){{1,7}}[ :]{{0,2}}"
    rf"(?:[HSR]?[0-9][0-9-]{{3,14}}[0-9]|(?<=No\. )[0-9]{{1,7}}(?![0-9-])){_CODE}",
    rf"{_NOT_LATIN}PCT ?[-/]? ?[A-Z]{{2}} ?[-/]? ?{_YEAR_OF_TREATY} ?[-/]? ?[0-9]{{1,12}}",
    rf"{_NOT_LATIN}WO ?-?{_YEAR_OF_TREATY} ?[-/]? ?[0-9]{{4,6}}(?![0-9])(?: ?A[1-9]?{_END_OF_CODE})?",
    rf"{_NOT_LATIN}WO ?{OLD_WORLD}(?![0-9])(?: ?A[1-9]?{_END_OF_CODE})?",
    rf"国際公開 ?(?:番号)?[ :]? ?第? ?(?:WO)? ?[0-9]{{2,4}} ?/ ?[0-9]{{1,12}}(?:{_S}号)?{_CODE}",
    rf"(?<![A-Za-z0-9.])[A-Z]{{2}}\.[A-Z0-9]{{4,15}}\.[A-Z][0-9]?{_END_OF_CODE}",
    rf"{_NOT_LATIN}JP,[0-9]{{2}}-[0-9]{{6}},?[ABUY]\([0-9]{{4}}\)",
    rf"{_NOT_LATIN}JP,(?:(?:[0-9]{{4}}|[SH][0-9]{{2}})-[0-9]{{6}},?[ABUY]?|[0-9]{{7}},?[BUY]?[0-9]?)"
    rf"{_END_OF_CODE}",
    rf"{_NOT_LATIN}JP(?: ?\(P\))?[ABUY]? ?-?[SHR]?"
    rf"(?:[0-9]{{1,4}} ?- ?[0-9]{{1,12}}|[0-9]{{4}} [0-9]{{6}}(?![0-9])|[0-9]{{6,20}})"
    rf"(?: ?-?[ABCSTUY][0-9]?{_END_OF_CODE})?",
    rf"{_NOT_LATIN}(?:US|EP|CN|KR|GB|DE|FR|TW|CA|AU|RU) ?-?[0-9][0-9,/.-]{{2,24}}[0-9]"
    rf" ?-?[ABCUY][0-9]?{_END_OF_CODE}",
    rf"{_NOT_LATIN}US(?:SN)? ?(?:[0-9]{{2}}/[0-9]{{3}},?[0-9]{{3}}|[0-9]{{4}}/[0-9]{{7}}"
    rf"|[0-9]{{1,2}},[0-9]{{3}},[0-9]{{3}}){_END_OF_CODE}",
)
# What only looks like a number: other addresses, telephones, references of a firm's own.
_SKIPPED = (
    r"https?://[!-~]{1,2000}",
    rf"{_NOT_LATIN}(?:{_OWN_ENGLISH}|(?:Our|Your) Ref|Docket No)\.?{_S}[:.]?{_S}{_OWN_REFERENCE}",
    rf"(?:{_OWN_JAPANESE})[\])】]?{_S}[:=]?{_S}{_OWN_REFERENCE}",
    r"(?<![0-9-])[0-9]{2,4}-[0-9]{1,4}-[0-9]{3,4}(?![0-9])",
)
_BARE_IN_LINE = (
    r"(?<![0-9A-Za-z/.@-])(?:[0-9]{4} ?- ?[0-9]{3,6}|[0-9]{10})A?"
    r"(?![0-9A-Za-z@年月日円]|\.[0-9]| ?[-/][0-9])"
)
_FIRST = "".join(
    sorted({word[0] for words in (YEARED, NUMBERED, LABELS, OWN_LABELS, COUNTRIES) for word in words})
)
IN_LINE = re.compile(
    # Nothing begins with another character: a quick look before the many patterns.
    rf"(?=[0-9A-Za-z明大昭平令国再{_FIRST}])(?:(?P<named>{'|'.join(_NAMED)})|(?P<skipped>{'|'.join(_SKIPPED)})|(?P<bare>{_BARE_IN_LINE}))",
    re.IGNORECASE,
)
_SPAN_OF_YEARS = re.compile(r"((?:19|20)[0-9]{2}) ?- ?((?:19|20)[0-9]{2})")


def spans(folded: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whether the text says outright that it is a number) of each candidate, in order."""
    for match in IN_LINE.finditer(folded):
        if match["skipped"] is not None:
            continue
        years = _SPAN_OF_YEARS.fullmatch(match.group())
        if years and int(years[2]) > int(years[1]):
            continue  # 2020-2024 is more often a span of years
        yield match.start(), match.end(), match["named"] is not None
