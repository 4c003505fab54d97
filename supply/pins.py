"""The pinned lists, read as pip reads them with --require-hashes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("requirements.txt", "requirements-dev.txt", "requirements-fuzz.txt", "requirements-strangers.txt")
_HASH = re.compile(r"--hash=(\w+):([0-9a-f]+)")


@dataclass(frozen=True)
class Pin:
    name: str
    version: str
    hashes: int
    here: bool  # whether this machine installs it: its marker holds


def read(path: Path) -> list[Pin]:
    """Every requirement of a list; ValueError where one is not pinned to a version with SHA-256."""
    pins = []
    text = path.read_text().replace("\\\n", " ")
    for line in (one.strip() for one in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("-"):
            raise ValueError(f"{path.name}: an option decides where packages come from: {line}")
        try:
            wanted = Requirement(line.partition(" --hash")[0].strip())
        except InvalidRequirement as wrong:
            raise ValueError(f"{path.name}: {line[:80]}: {wrong}") from wrong
        exact = [one for one in wanted.specifier if one.operator == "==" and "*" not in one.version]
        hashes = _HASH.findall(line)
        if len(exact) != 1 or len(wanted.specifier) != 1 or wanted.url:
            raise ValueError(f"{path.name}: {wanted.name} is not pinned to one version")
        if not hashes or any(kind != "sha256" or len(digest) != 64 for kind, digest in hashes):
            raise ValueError(f"{path.name}: {wanted.name} has no SHA-256")
        here = wanted.marker is None or wanted.marker.evaluate()
        pins.append(Pin(canonicalize_name(wanted.name), exact[0].version, len(hashes), here))
    return pins
