"""From stored rows to facts and back: relations, whose reason moved a date, and what cannot happen twice."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from dossiers.docketing import actions, life
from dossiers.docketing.facts import PriorityFact
from dossiers.docketing.store import facts_of, reconcile, rules_mark
from dossiers.models import AuditEntry, Case, News, TimeLimit
from dossiers.refresh.take_in import take_in
from tests import make
from tests.make import SEEN
from tests.replies import answer, document, progress

NUMBER = "2023000123"
FILED = document("A63", "20230110", "52300000001", "特許願", "S")
PARIS = {
    "parisPriorityApplicationNumber": "63/000001",
    "parisPriorityDate": "20220111",
    "parisPriorityCountryCd": "US",
}
FAMILY = {
    "priorityRightInformation": [PARIS],
    "parentApplicationInformation": {"parentApplicationNumber": "2022000111", "filingDate": "20220411"},
}


def read(case: Case, *rows: Any, day: int = 0, name: str = "app_progress", **fields: Any) -> Case:
    at = SEEN + timedelta(days=day)
    take_in(case, answer(progress(NUMBER, *rows, **fields), NUMBER, name=name, at=at), now=at, tell=len)
    case.refresh_from_db()
    return case


def facts(case: Case):
    return facts_of(case, list(case.events.all()))


@pytest.mark.django_db
def test_priorities_and_parent_are_kept_with_the_case():
    case = read(make.case(NUMBER), FILED, **FAMILY)
    assert case.priorities == [{"day": "2022-01-11", "country": "US", "number": "63/000001"}]
    assert case.parent == {"number": "2022000111", "filing_date": "2022-04-11", "generation": None}
    known = facts(case)
    assert known.priorities == (PriorityFact(date(2022, 1, 11), "US", "63/000001"),)
    assert known.derived and known.original_filing_date == date(2022, 4, 11)
    assert not known.original_sure, "no family says whether the parent is derived, too"


@pytest.mark.django_db
@pytest.mark.parametrize(("generation", "original"), [("1", date(2022, 4, 11)), ("2", None), ("0", None)])
def test_only_a_parent_that_is_no_divisional_tells_the_original_filing(generation, original):
    family = [{"applicationNumber": NUMBER, "divisionalGeneration": generation}]
    case = read(make.case(NUMBER), FILED, **FAMILY, divisionalApplicationInformation=family)
    assert (facts(case).original_filing_date, facts(case).original_sure) == (original, True)


@pytest.mark.django_db
def test_a_simplified_reply_does_not_take_them_away():
    case = read(make.case(NUMBER), FILED, **FAMILY)
    before = facts(case)
    read(
        case,
        FILED,
        document("A621", "20230301", "52300000002", "出願審査請求書", "S"),
        day=1,
        name="app_progress_simple",
    )
    after = facts(case)
    assert (after.priorities, after.derived) == (before.priorities, True)


@pytest.mark.django_db
def test_a_case_without_a_parent_is_told_from_one_whose_parent_was_never_read():
    case = read(make.case(NUMBER), FILED)
    assert case.parent == {} and not facts(case).derived
    assert make.case("2023000777").parent is None


@pytest.mark.django_db
def test_a_case_read_by_an_older_program_has_them_from_its_last_full_status():
    case = read(make.case(NUMBER), FILED, **FAMILY)
    known, columns = facts(case), (case.parent, case.priorities)
    Case.objects.update(parent=None, priorities=[])
    case.refresh_from_db()
    assert facts(case) == known
    read(case, FILED, day=1, **FAMILY)
    assert (case.parent, case.priorities) == columns, "an unchanged reply fills the columns, too"


@pytest.mark.django_db
def test_damaged_columns_are_no_facts():
    case = make.case(NUMBER, parent={"filing_date": "20220411x"}, priorities=[{"day": "soon"}, {}])
    known = facts(case)
    assert known.derived and known.original_filing_date is None
    assert known.priorities == (PriorityFact(None, "", ""), PriorityFact(None, "", ""))


@pytest.mark.django_db
def test_a_case_knows_the_rules_it_was_docketed_with():
    case = read(make.case(NUMBER), FILED)
    assert case.docketed_with == rules_mark()


@pytest.mark.django_db
def test_a_priority_document_that_was_filed_is_the_proof_of_its_limit():
    case = read(make.case(NUMBER), FILED, priorityRightInformation=[PARIS])
    limit = case.limits.get(rule_id="pat.priority.documents")
    assert limit.state == TimeLimit.State.OPEN
    read(case, FILED, document("A79", "20230301", "52300000009", "優先権証明書提出書", "S"), day=1,
         priorityRightInformation=[PARIS])  # fmt: skip
    limit.refresh_from_db()
    assert (limit.state, limit.proof.code) == (TimeLimit.State.DONE, "A79")


# --- at once ----------------------------------------------------------------------------------------------


def at_once(*works: Any) -> list[BaseException]:
    """Run each work in a thread of its own, started together; returns what they raised."""
    start, raised = threading.Barrier(len(works)), []

    def one(work: Any) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@pytest.fixture
def limit(transactional_db, alice) -> TimeLimit:
    if connection.vendor != "postgresql":
        pytest.skip("threads share no in-memory database")
    case = make.case(residency="resident", confirmed_at=SEEN, owner=alice)
    make.event(case, notice_state="none")
    reconcile(case, now=SEEN)
    return case.limits.get(rule_id="pat.oa.response")


@pytest.mark.postgres
def test_presses_at_the_same_moment_are_one_act(limit, alice):
    raised = at_once(*(lambda: actions.claim_done(limit, by=alice, reason="提出") for _ in range(6)))
    assert raised == []
    assert limit.changes.count() == 1 and AuditEntry.objects.filter(action="limit.claimed").count() == 1


@pytest.mark.postgres
def test_an_extension_pressed_twice_at_the_same_moment_counts_once(limit, alice, monkeypatch):
    monkeypatch.setattr("dossiers.clock.now", lambda: SEEN)
    works = [lambda: actions.claim_extension(limit, by=alice, code="A601", filed_on=date(2026, 11, 24))] * 4
    assert at_once(*works) == []
    assert limit.extension_claims.count() == 1 and limit.changes.filter(field="due").count() == 1


@pytest.mark.postgres
def test_two_opposite_decisions_at_the_same_moment_end_in_one_state_with_both_on_record(limit, alice, bob):
    raised = at_once(
        lambda: actions.claim_done(limit, by=alice, reason="提出"),
        lambda: actions.not_needed(limit, by=bob, reason="abandoned"),
    )
    assert all(isinstance(error, actions.ActionRefused) for error in raised)
    limit.refresh_from_db()
    assert limit.changes.filter(field="state").count() == 2 - len(raised)
    assert limit.changes.filter(field="state").first().new == limit.state


@pytest.mark.postgres
def test_several_workers_looking_and_reading_at_once_tell_once_and_never_lock_each_other_out(limit, alice):
    now = SEEN + timedelta(days=100)
    told: list[News] = []
    case = limit.case

    def look() -> None:
        life.look(now=now, tell=told.extend)

    def refresh() -> None:
        body = progress(case.application_number, document("A131", "20261120", limit.event.document_number))
        take_in(Case.objects.get(), answer(body, case.application_number, at=now), now=now, tell=told.extend)

    raised = at_once(look, look, look, refresh, lambda: actions.confirm(limit, by=alice))
    assert raised == []
    missed = [news for news in told if news.kind == News.Kind.LIMIT_MISSED]
    assert len(missed) == 1
    assert limit.changes.filter(field="rung").count() == 1


@pytest.mark.django_db
def test_the_same_proof_told_in_other_words_is_no_event():
    requested = document("A621", "20230301", "52300000002", "出願審査請求書", "S")
    case = read(make.case(NUMBER), FILED, requested)
    limit = case.limits.get(rule_id="pat.exam.request")
    words = limit.state_reason_ja, limit.state_reason_en
    assert limit.state == "done" and all(words)
    older = words[0].replace("（", "(").replace("）", ")") + "。", words[1] + "."
    TimeLimit.objects.update(state_reason_ja=older[0], state_reason_en=older[1])

    changed = reconcile(case, now=SEEN + timedelta(days=1))

    limit.refresh_from_db()
    assert (limit.state_reason_ja, limit.state_reason_en) == words
    assert not limit.changes.exists() and not changed.moved and not changed.reopened
    assert limit.state_at == SEEN, "it was settled when it was settled"


@pytest.mark.django_db
def test_another_proof_of_a_settled_limit_is_in_its_history():
    requested = document("A621", "20230301", "52300000002", "出願審査請求書", "S")
    again = document("A621", "20230401", "52300000003", "出願審査請求書", "S")
    case = read(make.case(NUMBER), FILED, requested)
    read(case, FILED, again, day=1)
    limit = case.limits.get(rule_id="pat.exam.request")
    assert limit.proof.document_number == "52300000003"
    assert [(one.old, one.new) for one in limit.changes.filter(field="state")] == [("done", "done")]
