"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from dossiers import clock


def site(request: HttpRequest) -> dict[str, Any]:
    return {"demo": settings.DEMO, "office_today": clock.office_today()}
