"""Provoke faults on a real installation and say what was promised and what was seen.

    python -m tests.faults                      all of them
    python -m tests.faults full_disk clock_day  these
    python -m tests.faults --write docs/faults.md

Each runs in a process of its own. The last line is one JSON object; the command ends with 1 if a promise was
not held, or if a fault could not be provoked to its end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.faults import ROOT, catalogue
from tests.faults.judging import held
from tests.faults.telling import document, line


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", help=", ".join(catalogue()))
    parser.add_argument("--write", type=Path, help="put the table into this document")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if unknown := set(asked.faults) - set(catalogue()):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(catalogue())}")
    if asked.alone:
        return _alone(asked.faults[0])
    found = _all(asked.faults or catalogue())
    if asked.write:
        asked.write.write_text(document(asked.write.read_text(encoding="utf-8"), found), encoding="utf-8")
    _say(
        json.dumps({"faults": found, "held": all(one["held"] for one in found.values())}, ensure_ascii=False)
    )
    return 0 if all(one["held"] for one in found.values()) else 1


def _all(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    found = {}
    with tempfile.TemporaryDirectory(prefix="ip-portal-faults-") as folder:
        env = {
            **os.environ,
            "FAULT_TEMPLATE": str(Path(folder) / "migrated.sqlite3"),
            "PYTHONPATH": str(ROOT),
        }
        for name in names:
            done = subprocess.run(
                [sys.executable, "-m", "tests.faults", "--alone", name],
                cwd=ROOT,
                env=env,
                stdout=subprocess.PIPE,
                text=True,
            )
            found[name] = json.loads(done.stdout.splitlines()[-1])
            _say(line(name, found[name]))
    return found


def _alone(name: str) -> int:
    fault, began = import_module(f"tests.faults.{name}"), time.monotonic()
    what: dict[str, Any] = {"promised": fault.PROMISED, "provoked": fault.PROVOKED}
    try:
        came = fault.provoke()
        what |= {**came, "held": held(came)}
    except Exception as error:
        traceback.print_exc()
        what |= {"held": False, "failed": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
    _say(json.dumps({**what, "took": round(time.monotonic() - began, 1)}, ensure_ascii=False))
    return 0 if what["held"] else 1


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
