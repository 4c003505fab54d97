"""A newer version is put in place while the one before is at work."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults import ROOT
from tests.faults.judging import seen
from tests.faults.site import site

PROMISED = (
    "The old program goes on while the new tables are made, ends what it is at, and the new one does "
    "the rest."
)
PROVOKED = (
    "workers of a version before the last migrations, with orders leased and waiting; `migrate` by the new "
    "program while they work, more orders on the new tables, of which the old ones must ask within 60 s, "
    "then stopped and started as docs/install.md says"
)
_GO_ON_WITHIN = 60.0  # however busy the machine is; what a failure puts off waits for longer


def provoke() -> dict[str, Any]:
    with _version_before() as old, site(migrated_by=old) as portal:
        portal.start("one", root=old)
        portal.add_cases()
        portal.slow()
        portal.dispatch()
        portal.under_way(2)
        portal.manage("migrate", "--verbosity", "0")
        migrated = portal.calls
        portal.dispatch(portal.numbers[1::2])
        portal.until(lambda: portal.calls > migrated, _GO_ON_WITHIN, "the old ones go on after migrate")
        time.sleep(5.0)
        portal.stop()  # which ends what it is at: only what is ordered after it is left for certain
        portal.dispatch(portal.numbers[::2])
        left = _waiting()
        portal.start()
        seconds = portal.settle()
        kept = {"the old ones went on after migrate": True, f"orders left to the new ones: {left}": left > 0}
        return {**seen(portal), "seconds": seconds, "kept": kept}


def _waiting() -> int:
    from dossiers.models import RefreshJob

    return RefreshJob.objects.filter(state="waiting", purpose="person").count()


@contextmanager
def _version_before() -> Iterator[Path]:
    """A folder with the newest program from before one of the last migrations that starts at all."""
    with tempfile.TemporaryDirectory(prefix="ip-portal-fault-old-", ignore_cleanup_errors=True) as name:
        for number, commit in enumerate(_before_migrations()):
            folder = Path(name) / str(number)
            _unpack(commit, folder)
            env = {**os.environ, "DJANGO_SETTINGS_MODULE": "ipportal.settings", "PYTHONPATH": str(folder)}
            if not subprocess.run(
                [sys.executable, "manage.py", "check"], cwd=folder, env=env, capture_output=True
            ).returncode:
                yield folder
                return
        raise RuntimeError("the history of the program here has no version before that starts")


def _before_migrations() -> list[str]:
    """The commits before each that brought a migration, the newest first."""
    made = _git("log", "--format=%H", "--diff-filter=A", "--", "dossiers/migrations/0*.py").split()
    return [f"{one}^" for one in made[:8]]


def _unpack(commit: str, folder: Path) -> None:
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    shutil.copytree(ROOT / "tests" / "faults", folder / "tests" / "faults", dirs_exist_ok=True)


def _git(*told: str) -> str:
    return subprocess.run(["git", *told], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
