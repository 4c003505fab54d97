"""An upgrade while people read: requests that fail between the old program on old tables and the new one.

    python -m bench.upgrading [--back 0047]

Gunicorn with the production configuration serves a database that lacks the newest migrations, four readers
ask one page after the other, then the migrations run and the processes are replaced twice (SIGHUP, as
`systemctl reload` does). `DATABASE_URL` names a server's database that may be emptied, SQLite is the default.
Ends with 1 if any request failed.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATHS = ("/login/", "/readyz", "/login/forgotten/", "/")
READERS = 4


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--back", default="0047", help="the last migration that the old tables have")
    back = parser.parse_args().back
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        env = {
            "DATABASE_URL": f"sqlite:///{folder}/docket.sqlite3",
            **os.environ,
            "IPPORTAL_BIND": f"127.0.0.1:{port}",
            "IPPORTAL_LOG_LEVEL": "ERROR",
            "IPPORTAL_DEBUG": "false",
        }
        for told in (["migrate", "dossiers", back], ["collectstatic"]):
            _manage(env, *told, "--noinput")
        return _upgrade(env, port)


def _upgrade(env: dict[str, str], port: int) -> int:
    serving = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "ipportal.wsgi"]
    server = subprocess.Popen(serving, cwd=ROOT, env=env)
    answers: Counter[str] = Counter()
    stop = threading.Event()
    readers = [threading.Thread(target=_read, args=(port, answers, stop)) for _ in range(READERS)]
    try:
        _wait_for(port)
        for one in readers:
            one.start()
        time.sleep(3)
        _manage(env, "migrate", "--noinput")
        for _ in range(2):
            server.send_signal(signal.SIGHUP)
            time.sleep(8)
    finally:
        stop.set()
        for one in readers:
            one.join()
        server.terminate()
        server.wait(90)
    failed = {what: n for what, n in answers.items() if what not in ("200", "302")}
    return 1 if failed or not answers else 0


def _read(port: int, answers: Counter[str], stop: threading.Event) -> None:
    """A connection for each request, as the first of a browser; what became of it is counted."""
    n = 0
    while not stop.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            # The scheme and host as the proxy in front says them.
            connection.request("GET", PATHS[n % len(PATHS)], headers={"X-Forwarded-Proto": "https"})
            answer = connection.getresponse()
            answer.read()
            answers[str(answer.status)] += 1
        except (OSError, http.client.HTTPException) as error:
            answers[type(error).__name__] += 1
        finally:
            connection.close()
        n += 1


def _manage(env: dict[str, str], *told: str) -> None:
    command = [sys.executable, "manage.py", *told, "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=env, check=True)


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the pages did not begin to be served")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
