"""The settings of a simulated week: the month's clock, and files that nobody has gathered."""

from bench.month_settings import *  # noqa: F403
from bench.month_settings import STORAGES  # type: ignore[attr-defined]

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
