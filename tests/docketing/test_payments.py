"""What the register names is met when the register goes on: annuities, instalments, renewals."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dossiers.docketing import actions, news
from dossiers.docketing.store import Reconciled, reconcile
from dossiers.models import Case, Register, TimeLimit
from tests import make
from tests.make import SEEN

pytestmark = pytest.mark.django_db
LATER = SEEN + timedelta(days=400)


def registered(law: str = "patent", **says: object) -> Case:
    case = make.case(
        law=law, registration_number="7000001", registration_date=date(2024, 8, 5), confirmed_at=SEEN
    )
    Register.objects.create(
        case=case, confirmed_at=SEEN, registration_number="7000001",
        registration_date=date(2024, 8, 5), **says,
    )  # fmt: skip
    reconcile(case, now=SEEN)
    return case


def read_again(case: Case, **says: object) -> Reconciled:
    Register.objects.filter(case=case).update(confirmed_at=LATER, **says)
    return reconcile(Case.objects.get(pk=case.pk), now=LATER)


def test_a_paid_annuity_is_done_and_the_register_is_its_proof() -> None:
    case = registered(last_paid_year=3, next_annuity_due=date(2027, 8, 5))
    changed = read_again(case, last_paid_year=4, next_annuity_due=date(2028, 8, 5))
    paid, next_one = case.limits.filter(rule_id="pat.annuity").order_by("due")
    assert (paid.state, next_one.state) == (TimeLimit.State.DONE, TimeLimit.State.OPEN)
    assert paid.state_reason_en == "the register: paid up to year 4; read on 2027-12-29"
    assert paid.state_reason_ja == "登録原簿：第4年分まで納付済み（2027-12-29確認）"
    assert not changed.lost and next_one.due == date(2028, 8, 7)


def test_several_years_paid_at_once_leave_nothing_running_but_the_next() -> None:
    case = registered("design", last_paid_year=1, next_annuity_due=date(2025, 8, 5))
    read_again(case, last_paid_year=6, next_annuity_due=date(2030, 8, 5))
    read_again(case, last_paid_year=9, next_annuity_due=date(2033, 8, 5))
    states = case.limits.order_by("due").values_list("key", "state")
    assert list(states) == [
        ("design.annuity:2", "done"), ("design.annuity:7", "done"), ("design.annuity:10", "open"),
    ]  # fmt: skip


def test_what_a_clerk_said_was_paid_is_done_when_the_register_shows_it() -> None:
    clerk = make.user("dan")
    case = registered(last_paid_year=3, next_annuity_due=date(2027, 8, 5))
    limit = actions.claim_done(case.limits.get(rule_id="pat.annuity"), by=clerk, reason="納付済み")
    assert limit.claim_until, "it waits for the register"
    read_again(case, last_paid_year=4, next_annuity_due=date(2028, 8, 5))
    limit.refresh_from_db()
    assert (limit.state, limit.claim_until) == (TimeLimit.State.DONE, None)


def test_a_date_the_register_corrects_is_no_payment_and_is_told() -> None:
    case = registered("trademark", last_paid_year=10, expire_date=date(2034, 8, 5))
    changed = read_again(case, expire_date=date(2034, 8, 4))
    old, new = case.limits.filter(rule_id="tm.renewal").order_by("-due", "pk")
    assert (old.state, new.state) == (TimeLimit.State.GONE, TimeLimit.State.OPEN)
    told = news.of_changes(case, changed, now=LATER)
    assert [one.detail["old"] for one in told] == [old.due.isoformat()]


def test_a_renewed_trademark_has_its_renewal_done() -> None:
    case = registered("trademark", last_paid_year=10, expire_date=date(2034, 8, 5))
    read_again(case, last_paid_year=20, expire_date=date(2044, 8, 5))
    old, new = case.limits.filter(rule_id="tm.renewal").order_by("due")
    assert (old.state, new.state) == (TimeLimit.State.DONE, TimeLimit.State.OPEN)
    assert "the term expires on 2044-08-05" in old.state_reason_en


def test_a_second_instalment_is_done_once_the_whole_term_is_paid() -> None:
    case = registered(
        "trademark", last_paid_year=5, expire_date=date(2034, 8, 5), next_annuity_due=date(2029, 8, 5)
    )
    read_again(case, last_paid_year=10, next_annuity_due=date(2034, 8, 5))
    assert case.limits.get(rule_id="tm.instalment2").state == TimeLimit.State.DONE


def test_a_payment_that_the_register_takes_back_runs_again() -> None:
    case = registered(last_paid_year=3, next_annuity_due=date(2027, 8, 5))
    read_again(case, last_paid_year=4, next_annuity_due=date(2028, 8, 5))
    changed = read_again(case, last_paid_year=3, next_annuity_due=date(2027, 8, 5))
    fourth = case.limits.get(key="pat.annuity:4")
    assert fourth.state == TimeLimit.State.OPEN and changed.reopened == [fourth]
    assert [limit.key for limit in changed.lost] == ["pat.annuity:5"]
