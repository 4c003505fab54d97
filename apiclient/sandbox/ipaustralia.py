"""A stand-in for IP Australia's token service and classification predictor. It is neither of them.

The real payload is not public and the real predictor is a trained model. This one counts words of a small
table of its own, says so in each reply, and exists so that everything around a predictor can be seen at work.
"""

from __future__ import annotations

import json
import math
import re
import secrets
from collections import deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

from apiclient.sandbox.vocabulary import SUBGROUPS

PREFIX = "/_stand-in/ipaustralia/"
TOKEN_PATH = PREFIX + "access_token"
PREDICT_PATH = PREFIX + "predict"
# Invented for the sandbox and no secret: nobody outside knows of them.
CLIENT_ID = "sandbox-application"
CLIENT_SECRET = "sandbox-application-secret"  # noqa: S105
LABEL = "stand-in of the sandbox, not IP Australia"
# How this stand-in names its fields; the real names are in IP Australia's developer portal.
TEXT, SYMBOLS, SYMBOL, SCORE, NAME = "standInText", "standInResult.ranked", "cpc", "weight", "predictor"
LARGEST_BODY = 8_000_000
MOST_SUGGESTIONS = 5
_TOKEN_LIFE = timedelta(seconds=3600)

Answer = tuple[int, dict[str, Any], str]  # HTTP status, JSON, Retry-After ("" for none)


class StandIn:
    """Everything but HTTP. `approved` and `per_minute` may be changed to see refusals. Safe for threads."""

    def __init__(self) -> None:
        self.approved = True
        self.per_minute: int | None = None
        self.asked_for_tokens = 0
        self._tokens: dict[str, datetime] = {}
        self._calls: deque[datetime] = deque()
        self._lock = Lock()

    def answer(self, path: str, authorization: str, body: bytes, now: datetime) -> Answer:
        """The answer to a POST of `body` to `path` at the instant `now` of the sandbox's clock."""
        if path == TOKEN_PATH:
            return self._grant(body, now)
        if path == PREDICT_PATH:
            return self._predict(authorization, body, now)
        return 404, {"error": "no such path", NAME: LABEL}, ""

    def revoke(self) -> None:
        """End every token at once."""
        with self._lock:
            self._tokens.clear()

    def _grant(self, body: bytes, now: datetime) -> Answer:
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        wanted = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        with self._lock:
            self.asked_for_tokens += 1
            if form != wanted:
                return 401, {"error": "invalid_client"}, ""
            token = secrets.token_urlsafe(400)
            self._tokens = {kept: end for kept, end in self._tokens.items() if end > now}
            self._tokens[token] = now + _TOKEN_LIFE
        life = int(_TOKEN_LIFE.total_seconds())
        return 200, {"access_token": token, "expires_in": life, "token_type": "Bearer"}, ""

    def _predict(self, authorization: str, body: bytes, now: datetime) -> Answer:
        with self._lock:
            end = self._tokens.get(authorization.removeprefix("Bearer "))
        if not authorization.startswith("Bearer ") or end is None or end <= now:
            return 401, {"error": "the token is unknown or has ended"}, ""
        if not self.approved:
            return 403, {"error": "the application is not approved for this product"}, ""
        wait = self._seconds_to_wait(now)
        if wait:
            return 429, {"error": "too many requests"}, str(wait)
        try:
            text = json.loads(body)[TEXT]
        except (ValueError, KeyError, TypeError, RecursionError):
            text = None
        if not isinstance(text, str):
            return 400, {"error": f"the request is a JSON object with {TEXT}"}, ""
        outer, inner = SYMBOLS.split(".")
        rows = [{SYMBOL: symbol, SCORE: score} for symbol, score in ranked(text)]
        return 200, {NAME: LABEL, outer: {inner: rows}}, ""

    def _seconds_to_wait(self, now: datetime) -> int:
        if self.per_minute is None:
            return 0
        with self._lock:
            while self._calls and self._calls[0] <= now - timedelta(seconds=60):
                self._calls.popleft()
            if len(self._calls) < self.per_minute:
                self._calls.append(now)
                return 0
            first = self._calls[0] if self._calls else now
        return max(1, math.ceil((first + timedelta(seconds=60) - now).total_seconds()))


def ranked(text: str) -> list[tuple[str, float]]:
    """Subgroups whose words stand in `text`, most telling first, with a share of the whole as their score.

    The same text always gives the same list. A word said often counts more, but less each time.
    """
    plain = text.casefold()
    weights = {}
    for symbol, words in SUBGROUPS.items():
        weight = sum(len(word) ** 0.5 * math.log1p(_count(word, plain)) for word in words)
        if weight:
            weights[symbol] = weight
    best = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SUGGESTIONS]
    whole = sum(weight for _symbol, weight in best) + 2.0  # never sure of itself
    return [(symbol, round(weight / whole, 4)) for symbol, weight in best]


def _count(word: str, text: str) -> int:
    """How often `word` stands in `text`: whole English words, also in the plural; Japanese ones anywhere."""
    if not word.isascii():
        return text.count(word)
    return len(re.findall(rf"\b{re.escape(word)}s?\b", text))
