"""Misfortunes to order, so that a client can be seen to survive them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from random import Random
from threading import Lock
from typing import Any

KINDS: Mapping[str, str] = {
    "slow": "the answer comes after `seconds`",
    "drop": "the connection ends without an answer",
    "cut": "the connection ends in the middle of the answer",
    "garbage": "bytes that are nothing",
    "wrong_encoding": "text in Shift_JIS that is declared as UTF-8; a file loses its first bytes",
    "html": "HTTP 503 with the page of a proxy",
    "html_200": "HTTP 200 with the page of a proxy",
    "203": "the daily limit is reached",
    "210": "the token is refused",
    "302": "the office took too long",
    "303": "too many calls at once",
    "999": "the office failed",
    "no_counter": "the answer carries no counter",
    "low_counter": "the counter is half of what is really left",
    "json_types": "numbers, lists and nulls where texts belong; an odd envelope where no JSON belongs",
    "xml_entities": "XML with entities that grow and one that reads a file; in an archive, as a member",
    "xml_deep": "a million tags (in JSON: brackets) inside each other; in an archive, as a member",
    "htm_script": "HTM with scripts; in an archive, as a member",
    "zip_dotdot": "an archive with a member that leaves its folder",
    "zip_absolute": "an archive with a member of an absolute path",
    "zip_symlink": "an archive with a symbolic link",
    "zip_bomb": "an archive with 60 MB in a few kilobytes",
    "zip_duplicates": "an archive with two members of one name",
    "zip_wrong_sizes": "an archive that tells a wrong size",
    "zip_encrypted": "an archive with an encrypted member",
    "zip_cut": "half an archive, sent as if it were whole",
    "large": "an archive comes as an address of the storage, good for five minutes; all else is untouched",
}


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
