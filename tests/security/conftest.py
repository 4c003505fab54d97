import pytest
from django.core.cache import cache

from dossiers.models import Role
from tests import make


@pytest.fixture
def boss(db):
    """An administrator who reads English."""
    return make.user("boss", role=Role.ADMINISTRATOR, language="en")


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet(request):
    """Attempts are counted in the shared cache, which outlives a test whose rows are really written."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        cache.clear()
    yield
