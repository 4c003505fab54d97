"""python -m supply audit [--lint] | licences | asvs. Run by `make audit`, `lint`, `licences` and `asvs`.

ADVISORIES names a folder of advisories in OSV's form; ADVISORIES_URL a service that answers as OSV's does.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import advisories, asvs, licences
from .pins import LISTS, ROOT, read


def audit(*, lint: bool) -> int:
    """0: every pin was looked at and nothing is known; 1: a fault, or nobody could be asked.

    `lint`: that nobody could be asked is said as loudly and fails nothing, so that work goes on offline.
    """
    paths = [ROOT / name for name in LISTS]
    pins = [pin for path in paths for pin in read(path)]
    print(f"{len({(pin.name, pin.version) for pin in pins})} packages, each pinned with its hash")
    folder, url = os.environ.get("ADVISORIES", ""), os.environ.get("ADVISORIES_URL", "")
    try:
        found = advisories.in_folder(pins, Path(folder)) if folder else advisories.asked(paths, url)
    except advisories.NotAudited as why:
        print(f"*** NOT AUDITED: {why}", file=sys.stderr)
        print("*** Whether a fault is known of these packages was not asked.", file=sys.stderr)
        return 0 if lint else 1
    for line in found:
        print(line, file=sys.stderr)
    print(f"audited: {len(found)} known faults")
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m supply")
    parser.add_argument("what", choices=("audit", "licences", "asvs"))
    parser.add_argument("--lint", action="store_true")
    wanted = parser.parse_args()
    if wanted.what == "audit":
        return audit(lint=wanted.lint)
    text = licences.text() if wanted.what == "licences" else asvs.text()
    (ROOT / "docs" / f"{wanted.what}.md").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
