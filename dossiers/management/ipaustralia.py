"""IP Australia's two services from the terminal: whether a token is given, and symbols for a text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from apiclient.ipaustralia import Prediction, Trouble
from apiclient.outcomes import Outcome
from dossiers.classification import predictor, texts
from dossiers.management.office_words import in_japan, plain, table

_REFUSED = {
    "no_text": "There is no text in it.",
    "too_long": f"It is longer than {texts.MOST_BYTES} bytes.",
    "file_too_large": f"The file is larger than {texts.LARGEST_FILE} bytes.",
    "pdf": "A PDF cannot be read; save its text in a .txt file.",
    "kind_of_file": f"Only files of these kinds can be read: {', '.join(texts.KINDS)}.",
}
_OUTCOMES = {
    Outcome.OK: "IP Australia answered.",
    Outcome.EMPTY: "The predictor found no symbol for this text.",
    Outcome.BUSY: "The predictor is busy. Ask again later.",
    Outcome.UNREADABLE: "The answer could not be read.",
    Outcome.BAD_INPUT: "The predictor does not take this text.",
    Outcome.WRONG_PATH: "The predictor does not know the address. Check IPAU_BASE_URL and IPAU_PREDICT_PATH.",
}
_NO_ANSWER = "IP Australia was not available: maintenance, or the network. Ask again later."
_TROUBLES = {
    Trouble.CREDENTIALS: "IP Australia refused the credentials. Check IPAU_CLIENT_ID and IPAU_CLIENT_SECRET.",
    Trouble.NOT_APPROVED: "The credentials are good, but not approved for this service: ask IP Australia.",
    Trouble.TOO_LONG: "The text is too long for the predictor.",
    Trouble.EMPTY_TEXT: "There is no text.",
    Trouble.NOT_AS_CONFIGURED: "The answer is not as configured: correct the IPAU_…_FIELD settings.",
}


class CannotAsk(Exception):
    """The question cannot be put; the words say why."""


@dataclass(frozen=True)
class Service:
    """One of the services. `ask` takes the one argument, "" where none is needed."""

    name: str
    title: str
    argument: str
    ask: Callable[[str], Prediction]


def _log_in(_argument: str) -> Prediction:
    return _predictor().log_in()


def _classify(argument: str) -> Prediction:
    return _predictor().predict(_text(argument))


SERVICES = (
    Service("ipaustralia/token", "External Token API: whether a token is given", "", _log_in),
    Service(
        "ipaustralia/classification",
        "Classification Prediction API: CPC symbols for a full text",
        "FILE, or - for what is typed in",
        _classify,
    ),
)


def service(name: str) -> Service | None:
    return next((one for one in SERVICES if one.name == name), None)


def listing() -> list[str]:
    """The services; IP Australia tells no limits, so nothing is counted."""
    return table([("endpoint", "what it tells"), *[(one.name, one.title) for one in SERVICES]])


def description(one: Service) -> list[str]:
    """What the service takes, and what of its configuration is missing."""
    lacking = predictor.missing()
    state = f"Not configured: {', '.join(lacking)}." if lacking else f"Asks {predictor.name()}."
    if not lacking and predictor.is_stand_in():
        state = "Asks the stand-in on this machine, which is not IP Australia's."
    return [
        f"{one.name}: {one.title}",
        f"Takes: {one.argument or 'nothing'}",
        state,
        f"Example: manage.py office call {one.name}{' specification.txt' if one.argument else ''}",
    ]


def answer(found: Prediction) -> list[str]:
    """What came of it, with the symbols ranked."""
    sentence = _TROUBLES.get(found.trouble) if found.trouble else None
    lines = [f"{sentence or _OUTCOMES.get(found.outcome, _NO_ANSWER)} ({found.outcome})"]
    lines += [f"Not as expected: {plain(problem)}" for problem in found.problems]
    lines += [f"It asks to be left alone until {in_japan(found.retry_at)}."] if found.retry_at else []
    if found.suggestions:
        rows = [
            (str(rank), plain(one.symbol), plain(one.score) or "-")
            for rank, one in enumerate(found.suggestions, start=1)
        ]
        source = plain(found.label) or predictor.name()
        lines += ["", *table([("rank", "symbol", "score"), *rows]), "", f"A suggestion of {source}."]
    return lines


def for_machines(one: Service, found: Prediction) -> dict[str, Any]:
    return {"endpoint": one.name, **asdict(found)}


def ask(one: Service, arguments: list[str]) -> Prediction:
    """Put the question; CannotAsk where it cannot be put."""
    if len(arguments) != bool(one.argument):
        raise CannotAsk(f"{one.name} takes {one.argument or 'nothing'}; {len(arguments)} given.")
    try:
        return one.ask(arguments[0] if arguments else "")
    except predictor.NotConfigured as lacking:
        raise CannotAsk(f"No access to IP Australia is configured: {lacking}.") from None


def _predictor():
    return predictor.predictor()


def _text(argument: str) -> str:
    try:
        if argument == "-":
            return texts.text_of_file("typed.txt", sys.stdin.buffer.read(texts.LARGEST_FILE + 1))
        path = Path(argument)
        with path.open("rb") as file:
            return texts.text_of_file(path.name, file.read(texts.LARGEST_FILE + 1))
    except texts.TextRefused as refused:
        raise CannotAsk(_REFUSED.get(refused.code, "Its text cannot be read.")) from None
    except OSError as error:
        raise CannotAsk(f"{plain(argument)} cannot be read: {error.strerror}.") from None
