"""A case and a predictor to ask about it."""

from __future__ import annotations

import pytest

from dossiers.models import Case
from tests import make

from .stand_in import configure


@pytest.fixture
def case(examined, alice) -> Case:
    return make.case(examined.case.number)


@pytest.fixture
def examined(office):
    """A patent application that the sandbox office knows."""
    return office.cases("patent", limit=1, stage="examination")[0]


@pytest.fixture
def stand_in(office, settings):
    """The stand-in of the predictor; its knobs make it refuse."""
    configure(settings, office)
    return office.office.ipaustralia
