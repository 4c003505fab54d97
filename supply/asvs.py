"""docs/asvs.md from docs/asvs.yaml: what of the OWASP ASVS holds, with evidence."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from .pins import ROOT

DATA = ROOT / "docs" / "asvs.yaml"
WORDS = {"met": "met", "partly": "partly", "not": "**not met**", "na": "does not apply"}
CHAPTERS = {
    1: "Encoding", 2: "Validation and business logic", 3: "Web frontend", 4: "API and web service",
    5: "Files",
    6: "Authentication", 7: "Sessions", 8: "Authorization", 9: "Self-contained tokens", 10: "OAuth and OIDC",
    11: "Cryptography", 12: "Secure communication", 13: "Configuration", 14: "Data protection",
    15: "Secure coding", 16: "Logging and errors", 17: "WebRTC",
}  # fmt: skip
HEAD = """# OWASP ASVS, level 2

Every requirement of levels 1 and 2 of the OWASP Application Security Verification Standard 5.0.0, by its
number, with what holds here and where that can be seen. The text of the requirements is in the standard.
Written by `make asvs` from [asvs.yaml](asvs.yaml); a test checks that each place and
each test named exists. This is our
own judgement, not an assessment by others.

"""


def entries() -> list[dict[str, Any]]:
    """Rows of the list: `id` (several numbers as text), `is` (a key of WORDS), `how`, `see` (evidence)."""
    rows: list[dict[str, Any]] = yaml.load(DATA.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 (texts alone)
    return rows


def missing(evidence: str) -> str:
    """Why a piece of evidence cannot be found; "" where it is there."""
    name, _, test = evidence.partition("::")
    path = ROOT / name
    if not path.exists():
        return f"{name} is not there"
    if test and not re.search(rf"^def {re.escape(test)}\(", Path(path).read_text(), re.MULTILINE):
        return f"{name} has no test {test}"
    return ""


def text() -> str:
    rows = entries()
    counted = Counter(row["is"] for row in rows for _ in row["id"])
    total = sum(counted.values())
    said = "; ".join(f"{words.strip('*')} {counted[name]}" for name, words in WORDS.items())
    parts = [HEAD, f"Of {total} requirements: {said}.\n"]
    for chapter, title in CHAPTERS.items():
        parts.append(f"\n## V{chapter} {title}\n\n| requirement | | how | evidence |\n|---|---|---|---|\n")
        for row in rows:
            if int(row["id"][0].partition(".")[0]) == chapter:
                parts.append(_line(row))
    return "".join(parts)


def _line(row: dict[str, Any]) -> str:
    evidence = "<br>".join(f"`{one}`" for one in row.get("see", []))
    return f"| {', '.join(row['id'])} | {WORDS[row['is']]} | {row['how']} | {evidence} |\n"
