"""Real cases docketed twice: by hand from the statute, with the reasoning, and by machine, side by side.

The replies were recorded from the office on 7 May 2026 and lie beside the project, not in it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from apiclient.jpo.catalogue import endpoint
from apiclient.outcomes import Outcome
from dossiers.docketing.store import reconcile
from dossiers.models import Case, Event, TimeLimit
from dossiers.refresh.take_in import take_in
from tests import make
from tests.replies import answer

pytestmark = pytest.mark.django_db
RECORDED = datetime(2026, 5, 7, 3, 0, tzinfo=UTC)


def taken_in(folder: Path, law: str, number: str, *names: str, **fields) -> Case:
    """The case after the recorded answers of these endpoints, in this order."""
    case = make.case(number, law, title="", applicants_text="", filing_date=None, **fields)
    for name in names:
        ending = "zip" if endpoint(law, name).is_document else "json"
        body = (folder / "live" / f"{law}.{name}.{number}.{ending}").read_bytes()
        told = answer(body, number, law, name, RECORDED)
        assert told.outcome is Outcome.OK
        take_in(case, told, now=RECORDED, tell=lambda news: None)
    case.refresh_from_db()
    return case


def by_machine(case: Case) -> dict[str, tuple[date | None, date | None, str, str]]:
    """Of each limit: the day counted from, the last day, its state, and the code of its proof."""
    return {
        limit.rule_id: (limit.base_date, limit.due, limit.state, limit.proof.code if limit.proof else "")
        for limit in case.limits.select_related("proof")
        if limit.duty == "limit"
    }


def test_a_granted_patent_by_hand_and_by_machine(recordings):
    case = taken_in(
        recordings, "patent", "2020123456",
        "app_progress", "app_doc_cont_refusal_reason", "registration_info",
        residency="resident",
    )  # fmt: skip
    by_hand = {
        # Filed 2020-07-20; three years end on 2023-07-20 (Art. 48-3(1), Art. 3), a Thursday.
        # Requested 2023-04-19: in time.
        "pat.exam.request": (date(2020, 7, 20), date(2023, 7, 20), "done", "A621"),
        # Notice dispatched 2024-02-27 and printing 60 days: day 1 is 02-28; 2 days of February (leap year),
        # 31 of March and 27 of April make 60: 2024-04-27, a Saturday. 04-28 is a Sunday, 04-29 Showa Day.
        # The opinion came on 04-24.
        "pat.oa.response": (date(2024, 2, 27), date(2024, 4, 30), "done", "A53"),
        # Grant sent 2024-07-09 (drafted 07-04, which does not count): 22 days of July and 8 of August
        # make 30: 2024-08-08, a Thursday. Paid 2024-07-24, registered 08-05.
        "pat.reg.fee": (date(2024, 7, 9), date(2024, 8, 8), "done", "R100"),
        # Registered 2024-08-05, years 1 to 3 paid: year 4 is payable by the end of three years from the
        # registration (Art. 108(2)), 2027-08-05, as the register says. A Thursday.
        "pat.annuity": (date(2024, 8, 5), date(2027, 8, 5), "open", ""),
    }
    found = by_machine(case)
    # Whether the fee's own paper or the registration is named as the proof, the limit is done.
    assert {rule: row[:3] for rule, row in found.items()} == {rule: row[:3] for rule, row in by_hand.items()}
    assert {rule: found[rule][3] for rule in ("pat.exam.request", "pat.oa.response")} == {
        "pat.exam.request": "A621",
        "pat.oa.response": "A53",
    }
    notice = case.limits.get(rule_id="pat.oa.response")
    assert notice.calculation["period_source"] == "notice" and not notice.provisional


def test_a_registered_design_by_hand_and_by_machine(recordings):
    case = taken_in(recordings, "design", "2020015234", "app_progress", residency="resident")
    by_hand = {
        # Registration decided and sent 2021-01-08: 23 days of January and 7 of February make 30:
        # 2021-02-07, a Sunday, so Monday 02-08. Paid 01-13, registered 02-19.
        "design.reg.fee": (date(2021, 1, 8), date(2021, 2, 8), "done"),
    }
    assert {rule: row[:3] for rule, row in by_machine(case).items()} == by_hand
    # No register was recorded, so that the years paid for are not known: a person must look.
    assert case.reviews.filter(kind="annuity_unknown", closed_at=None).exists()


def test_a_refused_mark_by_hand_and_by_machine(recordings):
    case = taken_in(
        recordings, "trademark", "2024123456",
        "app_progress", "app_doc_cont_refusal_reason",
        residency="resident",
    )  # fmt: skip
    by_hand = {
        # Notice sent 2025-06-10 and printing 40 days: 20 days of June and 20 of July: 2025-07-20, a
        # Sunday; 07-21 is Marine Day, so 07-22. No answer is on file, and the refusal overtook it.
        "tm.oa.response": (date(2025, 6, 10), date(2025, 7, 22), "done", "A02"),
        # Refusal sent 2026-01-13: three months (Art. 44(1)) end on 2026-04-13, a Monday. No appeal was seen
        # by 2026-05-07, the day of the recording: it stays in sight, overdue.
        "tm.appeal": (date(2026, 1, 13), date(2026, 4, 13), "open", ""),
    }
    assert by_machine(case) == by_hand


@pytest.mark.parametrize(
    ("law", "number"),
    [("patent", "2020123456"), ("design", "2020015234"), ("trademark", "2024123456")],
)
def test_every_recorded_document_is_accounted_for(recordings, law, number):
    case = taken_in(recordings, law, number, "app_progress")
    dispatched = case.events.filter(side=Event.Side.OFFICE)
    assert dispatched.exists()
    assert not dispatched.filter(account=Event.Account.OPEN).exists()


def test_the_same_recording_taken_in_twice_changes_no_limit(recordings):
    names = ("app_progress", "registration_info")
    case = taken_in(recordings, "patent", "2020123456", *names, residency="resident")
    before = list(case.limits.order_by("pk").values())
    reconcile(case, now=RECORDED)
    assert list(TimeLimit.objects.filter(case=case).order_by("pk").values()) == before
