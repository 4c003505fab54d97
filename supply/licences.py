"""docs/licences.md, written from what is installed: name, version, licence as the package itself says."""

from __future__ import annotations

from importlib import metadata

from .pins import ROOT, Pin, read

HEAD = """# Licences

What an installation is made of, and under which licence each part is, as the package says
itself. Written by `make licences` from the pinned list; parts for other systems are named without one.

| package | version | licence |
|---|---|---|
"""
_LONGEST = 60


def text() -> str:
    rows = sorted({_row(pin) for pin in read(ROOT / "requirements.txt")})
    return HEAD + "".join(f"| {name} | {version} | {licence} |\n" for name, version, licence in rows)


def _row(pin: Pin) -> tuple[str, str, str]:
    return pin.name, pin.version, licence_of(pin.name) if pin.here else "not for this system"


def licence_of(name: str) -> str:
    """SPDX where it is given, else the classifiers, else the first line of the old field; "?" for none."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed"
    if told.get("License-Expression"):
        return str(told["License-Expression"])
    classes = [one.split(" :: ")[-1] for one in told.get_all("Classifier") or [] if one.startswith("License")]
    classes = [one for one in classes if one != "OSI Approved"]
    first = (str(told.get("License") or "").strip().splitlines() or [""])[0]
    return ", ".join(classes) or first[:_LONGEST].replace("|", "/") or "?"
