"""What came of asking an office, in words that do not depend on how the office says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apiclient.jpo.catalogue import Endpoint
    from apiclient.jpo.replies import Reply


class Outcome(StrEnum):
    """One word for the result of a call; the office's own code and words stay beside it in `Answer`."""

    OK = "ok"
    EMPTY = "empty"
    NO_BODY = "no_body"
    OUT_OF_RANGE = "out_of_range"
    DAILY_LIMIT = "daily_limit"
    BUSY = "busy"
    TIMEOUT = "timeout"
    AUTH = "auth"
    BAD_INPUT = "bad_input"
    WRONG_PATH = "wrong_path"
    DOWN = "down"
    UNREADABLE = "unreadable"

    @property
    def retry_today(self) -> bool:
        """The same question may well be answered if put again in a while."""
        return self in _RETRY_TODAY

    @property
    def is_answer(self) -> bool:
        """The office has spoken of this case; anything else says nothing about it."""
        return self in _ANSWERS


_RETRY_TODAY = frozenset({Outcome.BUSY, Outcome.TIMEOUT, Outcome.DOWN})
_ANSWERS = frozenset({Outcome.OK, Outcome.EMPTY, Outcome.NO_BODY, Outcome.OUT_OF_RANGE})

# The office's list of status codes (API状態コード一覧).
_BY_STATUS_CODE = {
    "100": Outcome.OK,
    "107": Outcome.EMPTY,
    "108": Outcome.NO_BODY,
    "111": Outcome.OUT_OF_RANGE,
    "203": Outcome.DAILY_LIMIT,
    "204": Outcome.BAD_INPUT,
    "208": Outcome.BAD_INPUT,
    "210": Outcome.AUTH,
    "212": Outcome.AUTH,
    "301": Outcome.WRONG_PATH,
    "302": Outcome.TIMEOUT,
    "303": Outcome.BUSY,
    "400": Outcome.BAD_INPUT,
    "999": Outcome.DOWN,
}
# 403 is what the distribution network before the office says in maintenance, so it is no verdict on the ID.
_BY_HTTP_STATUS = {
    400: Outcome.BAD_INPUT,
    401: Outcome.AUTH,
    403: Outcome.DOWN,
    404: Outcome.WRONG_PATH,
    408: Outcome.TIMEOUT,
    429: Outcome.BUSY,
    504: Outcome.TIMEOUT,
}


def classify(status_code: str, http_status: int | None) -> Outcome:
    """The outcome of an answer with `status_code` ("" where the body had none) and `http_status`.

    The body decides first, for the office sends 999 with 200, 500 and 504 alike; `http_status` decides where
    the body says nothing known, and None means that no answer came. An unknown code with a good HTTP status
    is UNREADABLE: it must not pass for an answer.
    """
    known = _BY_STATUS_CODE.get(status_code)
    if known is not None:
        return known
    if http_status is None:
        return Outcome.DOWN
    if http_status in _BY_HTTP_STATUS:
        return _BY_HTTP_STATUS[http_status]
    return Outcome.UNREADABLE if 200 <= http_status < 300 else Outcome.DOWN


@dataclass(frozen=True)
class Answer:
    """One question put to the office and all that came back.

    `body` is verbatim (the raw ZIP for document endpoints, where `reply` is None). `remaining` is the
    office's counter of calls left today, None where it gave none. `attempts` counts requests really sent;
    0 means that nothing left this machine. `problems` are sentences on whatever could not be read as
    expected; an answer with problems is to be shown to a person, whatever its outcome.
    """

    endpoint: Endpoint
    arguments: tuple[str, ...]
    outcome: Outcome
    http_status: int | None
    status_code: str
    message: str
    remaining: int | None
    body: bytes = field(repr=False)
    reply: Reply | None
    received_at: datetime
    edge_cached: bool
    attempts: int
    problems: tuple[str, ...] = ()

    @property
    def is_unreadable(self) -> bool:
        """Something came that should have been an answer and is none, even if it may pass as a page does."""
        page = self.outcome is Outcome.DOWN and self.http_status == 200 and not self.status_code
        return page or self.outcome is Outcome.UNREADABLE
