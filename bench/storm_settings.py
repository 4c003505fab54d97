"""The settings of `bench.storm`: a real mail server on loopback, and time that passes `STORM_PACE` times as
fast, so that leases and waits of minutes end within seconds."""

import os
import time
from datetime import UTC, datetime, timedelta

from dossiers import clock
from ipportal.settings import *  # noqa: F403

TIME_PASSES = float(os.environ["STORM_PACE"])
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_TIMEOUT = "127.0.0.1", 20
DEFAULT_FROM_EMAIL = "IP Portal <portal@firm.example>"
_BEGAN = float(os.environ["STORM_BEGAN"])


def _now() -> datetime:
    began = datetime.fromtimestamp(_BEGAN, UTC)
    return began + timedelta(seconds=(time.time() - _BEGAN) * TIME_PASSES)


clock.now = _now  # before any model takes it for a default
