"""PostgreSQL ends in the middle of work, as by a crash, and comes back some seconds later."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.judging import seen
from tests.faults.site import site

PROMISED = (
    "The worker waits for its database and goes on by itself; what was committed stays, what was not is "
    "done again."
)
PROVOKED = (
    "a PostgreSQL of its own, ended at once (`pg_ctl stop -m immediate`) while the office is being "
    "asked, away for 6 s, twice"
)
_AWAY = 6.0


def provoke() -> dict[str, Any]:
    with _cluster() as (order, address), site(database=address) as portal:
        portal.add_cases()
        portal.slow()
        portal.dispatch()
        for _ in range(2):
            portal.under_way()
            portal.let_go()
            order("stop", "-m", "immediate")
            time.sleep(_AWAY)
            order("start")
        seconds = portal.settle()
        return {**seen(portal), "seconds": seconds, "kept": {"its log says why": "database" in portal.log()}}


@contextmanager
def _cluster() -> Iterator[tuple[Any, str]]:
    """A function that gives orders to `pg_ctl`, and the address of an empty database."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"))
    with tempfile.TemporaryDirectory(prefix="ip-portal-fault-pg-") as name, socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
        trial.close()
        data, options = f"{name}/data", f"-p {port} -k {name} -c listen_addresses=127.0.0.1"
        if os.geteuid() == 0:
            subprocess.run(["chown", "postgres", name], check=True)

        def run(program: str, *told: str) -> None:
            command = [str(programs / program), "-D", data, *told]
            if os.geteuid() == 0:  # which PostgreSQL refuses to run as
                command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
            subprocess.run(
                command, check=True, cwd=name, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

        def order(*told: str) -> None:
            run("pg_ctl", "-w", "-l", f"{name}/log", "-o", options, *told)

        run("initdb", "-A", "trust", "-U", "portal")
        order("start")
        try:
            yield order, f"postgres://portal@127.0.0.1:{port}/postgres"
        finally:
            order("stop", "-m", "immediate")
