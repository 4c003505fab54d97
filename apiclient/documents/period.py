"""The time limit a document prints: 「この通知書の発送の日から６０日以内に」.

The sentence is broken over lines anywhere, so it is looked for in the text without its spaces. Known
starting points are dispatch (発送の日, 発送した日) and service (謄本の送達があった日). Two different periods,
or one whose wording is not known, end in a problem and no period: a wrong limit is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from apiclient.documents.layout import KANJI_NUMBER, compact, number, plain, sentence
from apiclient.documents.model import Period, Start, Unit

_N = rf"(?:[0-9]+|[{KANJI_NUMBER}]+)"
_UNIT = "(?P<{}>日|(?:か|カ|ヵ|ヶ|ケ|ｶ|ｹ|箇|個)?月)間?"
_SUBJECT = r"(?:(?P<subject>通知書?|書面|指令書?|査定書?|決定書?|謄本|書類|文書)(?:の|を|が)?)?"
_DISPATCH = r"(?P<dispatch>発送(?:の日|した日|された日|があった日|のあった日|日))"
_SERVICE = r"送達(?:があった日|のあった日|を受けた日|された日|した日|の日|日)"
_ABROAD = r"[^()。]{0,60}在外者[^()。0-9]{0,20}?"
_OVERSEAS = rf"(?:\({_ABROAD}(?P<overseas>{_N}){_UNIT.format('overseas_unit')}以内\))?"
_PERIOD = re.compile(
    rf"{_SUBJECT}(?:{_DISPATCH}|{_SERVICE})から(?:起算して)?(?P<n>{_N}){_UNIT.format('unit')}以内{_OVERSEAS}"
)
_PROCEDURE = re.compile("意見書|補正書|審判|納付|提出|応答|回答|申立|申し立て|請求|手続")
_LIKE_PERIOD = re.compile(
    r"(?:通知書?|書面|指令書?|査定書?|決定書?|謄本)[^。]{0,8}(?:発送|送達|受け取|受領|到達)[^。]{0,12}から"
    r"[^。]{0,24}?(?:以内|まで|内に)"
    r"|指定期間[は:]?[0-9]"
)


TIME_LIMIT = "time limit"  # every problem told here speaks of one
_UNKNOWN = f"a {TIME_LIMIT} is printed in words that are not known"
_LONGEST = 400  # days or months; no period under the Acts is longer
_MOST = 100  # no document speaks of its time limit more often


@dataclass(frozen=True)
class PeriodFound:
    """The one period of a document, or None and why."""

    period: Period | None
    problems: tuple[str, ...]


def read_period(lines: list[str]) -> PeriodFound:
    """The period these lines print; None without a problem when they print none."""
    text, breaks = compact(lines)
    folded = plain(text)
    printed = list(islice(_PERIOD.finditer(folded), _MOST + 1))
    if len(printed) > _MOST:
        return PeriodFound(None, (f"more than {_MOST} mentions of a {TIME_LIMIT} are printed",))
    matches = [match for match in printed if _procedural(match, text, breaks)]
    problems = [_unread(text, breaks, span) for span in _unreadable(folded, matches)]
    read = [_period(match, sentence(text, breaks, *match.span())) for match in matches]
    doubts = [*problems, *(problem for period, problem in read if period is None and problem)]
    if doubts:
        return PeriodFound(None, tuple(doubts))
    notes = [problem for _, problem in read if problem]
    return _settle([period for period, _ in read if period], notes)


def _settle(periods: list[Period], problems: list[str]) -> PeriodFound:
    if not periods:
        return PeriodFound(None, tuple(problems))
    if len({(period.n, period.unit, period.start) for period in periods}) > 1:
        quotes = " / ".join(dict.fromkeys(period.quote for period in periods))
        return PeriodFound(None, (*problems, f"several different time limits are printed: {quotes}"))
    overseas = {period.overseas_n for period in periods} - {None}
    if len(overseas) > 1:
        return PeriodFound(
            None,
            (
                *problems,
                f"several different time limits for overseas residents are printed: {periods[0].quote}",
            ),
        )
    fullest = next((period for period in periods if period.overseas_n is not None), periods[0])
    return PeriodFound(fullest, tuple(problems))


def _procedural(match: re.Match[str], text: str, breaks: list[int]) -> bool:
    """An invention may speak of the day goods are dispatched; such a sentence sets nobody a limit."""
    return bool(match["subject"] or _PROCEDURE.search(sentence(text, breaks, *match.span())))


def _period(match: re.Match[str], quote: str) -> tuple[Period | None, str | None]:
    unit, overseas = match["unit"], match["overseas"]
    n = number(match["n"])
    if not n or n > _LONGEST:
        return None, f"a {TIME_LIMIT} of no plausible length is printed: {quote}"
    start: Start = "dispatch" if match["dispatch"] else "service"
    abroad = number(overseas) if overseas else None
    problem = None
    if overseas and _unit(match["overseas_unit"]) != _unit(unit):
        abroad, problem = None, f"the time limit for overseas residents is in another unit: {quote}"
    return Period(n, _unit(unit), start, abroad, quote), problem


def _unit(printed: str) -> Unit:
    return "day" if printed == "日" else "month"


def _unreadable(folded: str, matches: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Stretches that look like a time limit and were not read as one."""
    for like in islice(_LIKE_PERIOD.finditer(folded), _MOST):
        if not any(match.start() < like.end() and like.start() < match.end() for match in matches):
            yield like.span()


def _unread(text: str, breaks: list[int], span: tuple[int, int]) -> str:
    return f"{_UNKNOWN}: {sentence(text, breaks, *span)}"
