"""`make bench`: pages at two sizes, and taking in. The last line is one JSON object."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    options = argparse.ArgumentParser(prog="bench")
    options.add_argument("--small", type=int, default=500)
    options.add_argument("--large", type=int, default=20_000)
    options.add_argument("--database", default="", help="DATABASE_URL without it: a temporary SQLite file")
    asked = options.parse_args()
    result: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (asked.small, asked.large):
            url = f"sqlite:///{Path(folder) / f'bench-{size}.sqlite3'}"
            result[str(size)] = _in_child(url, "pages", size)
        result["intake"] = _in_child(f"sqlite:///{Path(folder) / 'intake.sqlite3'}", "intake", 0)
    pages = _compared(result[str(asked.small)], result[str(asked.large)], asked)
    print(json.dumps({"pages": pages, "intake": result["intake"]}))  # noqa: T201


def _in_child(url: str, what: str, size: int) -> dict:
    """Each size has its own process and database, so that nothing is warm from the other."""
    import subprocess

    environment = {**os.environ, "DATABASE_URL": url, "IPPORTAL_LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.child", what, str(size)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def _compared(small: dict, large: dict, asked: argparse.Namespace) -> dict:
    print(f"{'page':18} {'queries':>8} {'p50 ms':>8} {'p95 ms':>8} {'p50 ms':>8} {'p95 ms':>8} {'ratio':>6}")  # noqa: T201
    print(f"{'':18} {'':>8} {asked.small:>8} {'':>8} {asked.large:>8}")  # noqa: T201
    compared = {}
    for name, at in large["pages"].items():
        before = small["pages"][name]
        ratio = round(at["p50_ms"] / before["p50_ms"], 2)
        grown = "" if at["queries"] == before["queries"] else f" (was {before['queries']})"
        compared[name] = {**at, f"p50_ms_at_{asked.small}": before["p50_ms"], "ratio": ratio}
        compared[name][f"queries_at_{asked.small}"] = before["queries"]
        print(  # noqa: T201
            f"{name:18} {at['queries']:>8} {before['p50_ms']:>8} {before['p95_ms']:>8} "
            f"{at['p50_ms']:>8} {at['p95_ms']:>8} {ratio:>6}{grown}"
        )
    return compared


if __name__ == "__main__":
    started = time.perf_counter()
    main()
