"""Misfortunes to order, so that a client can be seen to survive them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from random import Random
from threading import Lock
from typing import Any

KINDS = (
    "slow",
    "cut",
    "garbage",
    "wrong_encoding",
    "html",
    "203",
    "210",
    "302",
    "303",
    "999",
    "drop",
)


@dataclass(slots=True)
class Rule:
    """One misfortune. `match` is part of a path, `endpoint` a bucket name such as patent/app_progress.

    `times` counts down; None lasts until faults are cleared. `seconds` is how long "slow" waits.
    """

    kind: str
    match: str = ""
    endpoint: str = ""
    times: int | None = None
    probability: float = 1.0
    seconds: float = 5.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault {self.kind!r}; known are {', '.join(KINDS)}")
        if not 0 < self.probability <= 1:
            raise ValueError("probability is above 0 and at most 1")
        if self.times is not None and self.times < 1:
            raise ValueError("times is at least 1, or null until cleared")

    def hits(self, path: str, bucket: str) -> bool:
        return self.match in path and self.endpoint in ("", bucket)


class Faults:
    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed}/faults")
        self._lock = Lock()
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        with self._lock:
            self._rules.append(rule)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def draw(self, path: str, bucket: str) -> Rule | None:
        """The first rule that strikes this call, used up by one."""
        with self._lock:
            for rule in self._rules:
                if rule.hits(path, bucket) and self._random.random() < rule.probability:
                    if rule.times is not None:
                        rule.times -= 1
                        if rule.times == 0:
                            self._rules.remove(rule)
                    return rule
        return None
