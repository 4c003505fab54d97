"""One measurement in a process and database of its own; prints one JSON object."""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipportal.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    what, size = sys.argv[1], int(sys.argv[2])
    print(json.dumps(_pages(size) if what == "pages" else _intake()))  # noqa: T201


def _pages(size: int) -> dict[str, object]:
    from bench import docket, pages

    start = time.perf_counter()
    reader = docket.fill(size)
    filled = round(time.perf_counter() - start, 1)
    return {"filled_in_s": filled, "pages": pages.measure(reader)}


def _intake() -> dict[str, float]:
    from bench import taking_in

    return taking_in.measure()


if __name__ == "__main__":
    main()
