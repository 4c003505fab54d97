"""Styles and scripts under names that change with their content; without them pages are plain, not broken."""

from __future__ import annotations

import logging
from functools import cache

from whitenoise.storage import CompressedManifestStaticFilesStorage

log = logging.getLogger(__name__)


class Collected(CompressedManifestStaticFilesStorage):
    """What `collectstatic` wrote down. A page, and a page that says what went wrong above all, must not fail
    because that was forgotten: it links to the file's own name, and the log says once what to do."""

    def stored_name(self, name: str) -> str:
        try:
            return super().stored_name(name)
        except ValueError:
            _tell(name)
            return name


@cache
def _tell(name: str) -> None:
    log.error("Static file %s is not collected; run manage.py collectstatic and restart the pages.", name)
