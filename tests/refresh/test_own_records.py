"""What a reading and a round of the day do for the firm's own records and for the daily figure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dossiers import tasks
from dossiers.docketing.differences import enter, ignore
from dossiers.models import CoverageDay, Difference
from dossiers.refresh.take_in import take_in
from tests import make
from tests.make import SEEN
from tests.replies import answer, document, progress

pytestmark = pytest.mark.django_db
NUMBER = "2023000123"
FILED = document("A63", "20230110", "52300000001", "特許願", "S")


def test_a_reading_that_disagrees_with_our_records_is_a_difference_and_a_new_one_wakes_it(alice):
    case = make.case(NUMBER, title="", applicants_text="")
    enter(case, by=alice, values={"registration_number": "特許第7999001号"})
    assert not Difference.objects.exists()  # the office has not spoken yet

    def read(day: int, **fields: str) -> Difference:
        at = SEEN + timedelta(days=day)
        take_in(
            case, answer(progress(NUMBER, FILED, **fields), NUMBER, at=at), now=at, tell=lambda news: None
        )
        return Difference.objects.get()

    row = read(0)
    assert (row.own, row.office, row.state) == ("特許第7999001号", "", "open")
    ignore(row, by=alice, seen=row.seen_at.isoformat())
    assert read(1).state == "ignored"
    assert (read(2, registrationNumber="7999002").state, Difference.objects.get().office) == (
        "open",
        "7999002",
    )
    assert read(3, registrationNumber="7999001").state == "settled"


def test_the_round_of_the_day_keeps_its_figure_once(db):
    make.case(NUMBER)
    for _ in range(3):
        tasks.sweep()
    assert CoverageDay.objects.count() == 1
