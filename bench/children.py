"""Processes that are measured from outside: `python -m bench.children web|worker|export|floor`.

Each does its work on the database of DATABASE_URL and prints one JSON object; `peak_mb` is the most memory
the process had of its own, as Linux counts it (VmHWM).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Figures = dict[str, float]


def run(what: str) -> Figures:
    """The figures of a new process that does `what`."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.children", what], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipportal.settings")
    import django

    django.setup()
    began = time.perf_counter()
    figures = {"web": web, "worker": worker, "export": export, "floor": floor}[sys.argv[1]]()
    figures |= {"seconds": round(time.perf_counter() - began, 2), "peak_mb": _peak()}
    sys.stdout.write(json.dumps(figures) + "\n")


def _peak() -> float:
    """Mebibytes. What `getrusage` tells may be the parent's: it is kept when a process becomes another."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return round(next(int(one.split()[1]) for one in lines if one.startswith("VmHWM:")) / 1024, 1)


def web() -> Figures:
    """Every page twice."""
    from bench.pages import addresses, browser, clerk

    with browser(clerk()) as client:
        all_of_them = list(addresses().values()) * 2
        return {"pages": sum(client.get(one).status_code == 200 for one in all_of_them)}


def worker() -> Figures:
    """A day's plan, rolled back."""
    from datetime import timedelta

    from django.db import transaction

    from bench.planning import noon
    from dossiers.refresh.plan import plan_day

    with transaction.atomic():
        orders = plan_day(noon() + timedelta(days=3))
        transaction.set_rollback(True)
    return {"orders": orders}


def export() -> Figures:
    """The archive of everything, in pieces that are thrown away."""
    from dossiers.archive.writing import write

    size = 0
    for piece in write():
        size += len(piece)
    return {"bytes": size}


def floor() -> Figures:
    """The same rows read table by table and deflated as they come, without saying what they are."""
    from django.db import connection

    from dossiers.archive.contents import kept

    size, rows = 0, 0
    for one in kept():
        packer: Callable[[bytes], bytes] = (pack := zlib.compressobj(6, wbits=-15)).compress
        names = [field.attname for field in one.fields]
        for row in one.model._default_manager.order_by("pk").values_list(*names).iterator(200):
            size += len(packer(repr(row).encode()))
            rows += 1
        size += len(pack.flush())
    connection.close()
    return {"bytes": size, "rows": rows}


if __name__ == "__main__":
    main()
