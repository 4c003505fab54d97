"""Known faults of what is pinned: from a folder of advisories in OSV's form, or from pip-audit's source."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from .pins import Pin

_MINUTES = 10


class NotAudited(Exception):
    """Nobody could be asked; the message says why."""


def in_folder(pins: Iterable[Pin], folder: Path) -> list[str]:
    """A line for each pin of which an advisory in the folder tells. NotAudited where there is none."""
    wanted = {pin.name: pin for pin in pins}
    found, read = [], 0
    for path in sorted(folder.rglob("*.json")) if folder.is_dir() else []:
        try:
            told = json.loads(path.read_text())
        except ValueError as wrong:
            raise NotAudited(f"{path}: {wrong}") from wrong
        if not isinstance(told, dict) or "affected" not in told:
            continue
        read += 1
        if told.get("withdrawn"):
            continue
        for affected in told["affected"]:
            package = affected.get("package", {})
            pin = wanted.get(canonicalize_name(package.get("name", "")))
            if package.get("ecosystem") == "PyPI" and pin and _tells_of(affected, pin.version):
                names = ", ".join([told.get("id", path.stem), *told.get("aliases", [])])
                found.append(f"{pin.name} {pin.version}: {names}: {told.get('summary', '')}".rstrip(": "))
    if not read:
        raise NotAudited(f"no advisory in {folder}")
    return sorted(set(found))


def _tells_of(affected: dict[str, Any], version: str) -> bool:
    return version in affected.get("versions", []) or any(
        _within(Version(version), one.get("events", []))
        for one in affected.get("ranges", [])
        if one.get("type") == "ECOSYSTEM"
    )


def _within(version: Version, events: Iterable[dict[str, str]]) -> bool:
    """OSV's own way: events in the order of versions, each switching on or off."""
    inside = False
    for at, kind in sorted(_points(events), key=lambda one: one[0]):
        if kind == "introduced" and version >= at:
            inside = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            inside = False
    return inside


def _points(events: Iterable[dict[str, str]]) -> Iterator[tuple[Version, str]]:
    for event in events:
        for kind, at in event.items():
            try:
                yield Version("0.dev0" if at == "0" else at), kind
            except InvalidVersion as wrong:
                raise NotAudited(f"a version that cannot be read: {at}") from wrong


def asked(lists: Iterable[Path], url: str = "") -> list[str]:
    """What pip-audit says of the lists. `url`: a service that answers as OSV's does."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    command += ["--progress-spinner", "off", "--timeout", "15"]
    command += ["--vulnerability-service", "osv", "--osv-url", url] if url else []
    for one in lists:
        command += ["--requirement", str(one)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_MINUTES * 60)
    except subprocess.TimeoutExpired as late:
        raise NotAudited(f"no answer within {_MINUTES} minutes") from late
    try:
        told = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError) as wrong:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise NotAudited(last[:200]) from wrong
    skipped = [one["name"] for one in told if "skip_reason" in one]
    if skipped or not told:
        raise NotAudited("nothing is known of " + ", ".join(skipped or ["anything"]))
    return [
        f"{one['name']} {one['version']}: {', '.join([fault['id'], *fault.get('aliases', [])])}"
        for one in told
        for fault in one["vulns"]
    ]
