"""The payload of the classification predictor: which field is which is configuration.

IP Australia publishes neither the request nor the reply of its predictor outside its developer portal, so
nothing about them is known here: `Payload` holds the names that whoever has access reads there.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from apiclient import cpc

MOST_SUGGESTIONS = 50
_ITSELF = "."
_PERCENT = re.compile(r"\s{0,4}([0-9]{1,3}(?:\.[0-9]{1,15})?)\s{0,4}[%％]\s{0,4}")


class NotAsConfigured(Exception):
    """The reply does not fit `field` of the payload's configuration; the words say how."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Suggestion:
    """One subgroup ("H04W 72/04"). `score` is as the predictor gives it, "" if it gives none."""

    symbol: str
    score: str


@dataclass(frozen=True)
class Payload:
    """Names of fields, nested ones with dots ("result.symbols"); "." is the thing itself, "" is not there.

    `text` is where the specification goes in the request. In the reply `symbols` is where the list of
    suggestions lies, and in each of them `symbol` and `score`; `label` is what the predictor calls itself.
    """

    text: str
    symbols: str
    symbol: str
    score: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if self.text == _ITSELF or not (self.text and self.symbols and self.symbol):
            raise ValueError("the names of the text, of the list of symbols and of the symbol are needed")
        for name in (self.text, self.symbols, self.symbol, self.score, self.label):
            if name not in ("", _ITSELF) and not all(name.split(".")):
                raise ValueError(f"{name!r} is no name of a field: there is nothing before or after a dot")

    def request(self, text: str) -> dict[str, Any]:
        """The request that carries `text`."""
        *outer, last = self.text.split(".")
        whole: dict[str, Any] = {last: text}
        for name in reversed(outer):
            whole = {name: whole}
        return whole


@dataclass(frozen=True)
class Reply:
    """What a reply says, best suggestion first; `problems` are sentences on entries that say nothing."""

    suggestions: tuple[Suggestion, ...]
    label: str
    problems: tuple[str, ...]


def read(payload: Payload, body: bytes) -> Reply:
    """The reply in `body`; NotAsConfigured when not even one suggestion of a list that holds some fits.

    Suggestions come in the order of their scores where all have one, else in the order given.
    """
    document = _document(body)
    rows = _rows(payload, document)
    found: dict[str, tuple[float, Suggestion]] = {}
    problems: list[str] = []
    first_misfit: NotAsConfigured | None = None
    for row in rows[:MOST_SUGGESTIONS]:
        try:
            rank, suggestion = _suggestion(payload, row)
        except NotAsConfigured as misfit:
            first_misfit = first_misfit or misfit
            problems.append(str(misfit))
            continue
        if suggestion.symbol in found:
            problems.append(f"{suggestion.symbol} is suggested more than once")
        found.setdefault(suggestion.symbol, (rank, suggestion))
    if first_misfit is not None and not found:
        raise first_misfit
    if len(rows) > MOST_SUGGESTIONS:
        problems.append(f"{len(rows)} symbols came; the first {MOST_SUGGESTIONS} were read")
    ranked = sorted(found.values(), key=lambda pair: -pair[0])  # stable: without scores nothing moves
    label = _at(document, payload.label) if payload.label else None
    return Reply(
        tuple(suggestion for _rank, suggestion in ranked),
        " ".join(label.split())[:200] if isinstance(label, str) else "",
        tuple(problems),
    )


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotAsConfigured("symbols", "the reply is no JSON") from None


def _rows(payload: Payload, document: object) -> list[object]:
    rows = _at(document, payload.symbols)
    if rows is None:
        raise NotAsConfigured("symbols", f"the reply has no {payload.symbols!r}")
    if isinstance(rows, list):
        return rows
    return [rows]  # a predictor of one symbol need not make a list of it


def _suggestion(payload: Payload, row: object) -> tuple[float, Suggestion]:
    given = _at(row, payload.symbol)
    if not isinstance(given, str):
        raise NotAsConfigured("symbol", f"a suggestion has no text at {payload.symbol!r}: {_quoted(row)}")
    symbol = cpc.normalised(given)
    if symbol is None:
        raise NotAsConfigured("symbol", f"{_quoted(given)} is no CPC subgroup")
    if not payload.score:
        return 0.0, Suggestion(symbol, "")
    rank, score = _score(payload, _at(row, payload.score))
    return rank, Suggestion(symbol, score)


def _score(payload: Payload, given: object) -> tuple[float, str]:
    """A score from 0 to 1, or one in percent from 0 to 100: the number, and how it is shown."""
    percent = _PERCENT.fullmatch(given) if isinstance(given, str) else None
    if percent and float(percent[1]) <= 100:
        return float(percent[1]), f"{float(percent[1]):.6g} %"
    number = _number(given)
    if number is None or not 0 <= number <= 100:
        words = f"{_quoted(given)} is no score from 0 to 1 and none in percent"
        raise NotAsConfigured("score", words)
    return number, f"{number:.6g}"


def _number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str) or len(str(given)) > 40:
        return None
    try:
        number = float(given)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _at(thing: object, name: str) -> object:
    """What lies at a dotted name; None if nothing does."""
    if name == _ITSELF:
        return thing
    for part in name.split("."):
        if not isinstance(thing, dict):
            return None
        thing = thing.get(part)
    return thing


def _quoted(thing: object) -> str:
    shown = repr(thing)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"
