"""What every template may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dossiers import clock
from dossiers.intake import saved_lists
from dossiers.models import SavedList

from .authorising import shown

LISTS_IN_RAIL = 12


@dataclass(frozen=True)
class RailLists:
    lists: list[SavedList]
    more: bool  # there are others, on the page of cases


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "demo": settings.DEMO,
        "rights": SimpleLazyObject(lambda: shown(request.user)),
        "office_today": clock.office_today(),
        "rail_lists": SimpleLazyObject(lambda: _lists_of(request)),
    }


def _lists_of(request: HttpRequest) -> RailLists:
    """The reader's own saved lists, then those that others share; read only where a page shows them."""
    rows = list(saved_lists.of_rail(request.user)[: LISTS_IN_RAIL + 1])
    return RailLists(rows[:LISTS_IN_RAIL], more=len(rows) > LISTS_IN_RAIL)
