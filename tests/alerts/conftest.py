from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dossiers.models import News
from tests import make
from tests.alerts.server import Running

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


@pytest.fixture
def smtp(settings):
    """A mail server on loopback, and Django set up to use it."""
    with Running() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 60
        settings.DEFAULT_FROM_EMAIL = "IP Portal <portal@firm.example>"
        settings.SITE_URL = "https://portal.firm.example"
        yield server


@pytest.fixture
def case(db):
    return make.case(own_reference="ABC-0123", client="架空電機", note="応答は早めに。")


@pytest.fixture
def refusal(case):
    """A notice of reasons for refusal, told as news."""
    event = make.event(case, on=date(2026, 11, 20), account="limit")
    return News.objects.create(
        case=case, event=event, kind=News.Kind.OFFICE_ACTION, key=f"event:{event.key}", created_at=NOW
    )
