"""Whatever the office said before, the docket is what its last status reply says.

Only people's decisions, history and evidence remember: rows that vanished are kept and marked, limits end by
their state, and a text the office once said it holds stays to be asked for. Everything that is in force has
to be the same as if the last reply had been the only one.
"""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dossiers.models import Case
from dossiers.refresh.take_in import take_in
from tests import make
from tests.make import SEEN
from tests.replies import answer, document, progress

pytestmark = pytest.mark.django_db
NOBODY = "99999999999"
CODES = ("A131", "A53", "A523", "A01", "A02", "C60", "A601", "R100", "A621", "A112", "C03", "Z999")
DATES = ("20240110", "20240301", "20240415", "20240702", "")
NUMBERS = ("06124000001", "06124000002", "06124000003", NOBODY)

numbers = itertools.count(2024100000)
rows = st.builds(
    document,
    st.sampled_from(CODES),
    st.sampled_from(DATES),
    st.sampled_from(NUMBERS),
    st.just("書類"),
    st.sampled_from(("K", "S")),
    st.sampled_from(("0", "1")),
)
registered = st.sampled_from(({}, {"registrationNumber": "7999001", "registrationDate": "20240601"}))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, list[Any], list[Any], dict[str, str]]]:
    """Replies to the same question, each drawn from one stock of rows so that rows come, go and return."""
    stock = draw(st.lists(rows, min_size=1, max_size=5))
    some = st.lists(st.sampled_from(stock), max_size=6)
    names = st.sampled_from(("app_progress", "app_progress", "app_progress_simple"))
    return draw(st.lists(st.tuples(names, some, some, registered), min_size=1, max_size=4))


def told(case: Case, replies: list[tuple[str, list[Any], list[Any], dict[str, str]]]) -> Case:
    for day, (name, application, register, fields) in enumerate(replies):
        body = progress(case.application_number, *application, register_documents=tuple(register), **fields)
        at = SEEN + timedelta(days=day)
        reply = answer(body, case.application_number, name=name, at=at)
        take_in(case, reply, now=at, tell=lambda news: None)
    case.refresh_from_db()
    return case


def act(event: Any) -> tuple[str, str] | None:
    return event and (event.code, str(event.legal_date))


def in_force(case: Case) -> dict[str, Any]:
    """What people see of a case, without keys, history and evidence."""
    live = case.events.filter(vanished_at=None)
    limits = case.limits.exclude(state="gone").select_related("event", "proof")
    tasks = case.reviews.filter(closed_at=None).exclude(key__startswith="office:").select_related("event")
    return {
        "events": Counter((*act(e), e.side, e.account, e.account_reason_en) for e in live),
        "limits": Counter(
            (
                x.rule_id,
                act(x.event),
                x.base_date,
                x.due,
                x.state,
                act(x.proof),
                x.state == "done" and x.state_reason_en,
            )
            for x in limits
        ),
        "tasks": Counter((task.kind, act(task.event)) for task in tasks),
        "case": (case.stage, case.next_due, case.registration_date, case.filing_date),
    }


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example is small enough to read as it is
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(histories())
def test_the_last_reply_decides_whatever_came_before(history) -> None:
    with transaction.atomic():
        long = told(make.case(str(next(numbers))), history)
        short = told(make.case(str(next(numbers))), history[-1:])
        assert in_force(long) == in_force(short)
        again = told(long, history[-1:])
        assert in_force(again) == in_force(short)
        transaction.set_rollback(True)
