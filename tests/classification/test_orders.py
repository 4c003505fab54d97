"""Somebody asks for suggestions; a worker carries the order out; every end has a name."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from dossiers import classification, clock, tasks
from dossiers.checks import access_to_the_predictor_is_whole
from dossiers.classification import orders, run
from dossiers.models import AuditEntry, CpcSuggestion, OfficeCall

from .stand_in import SPECIFICATION

pytestmark = pytest.mark.django_db


def ask(case, by, text=SPECIFICATION, file_name="") -> CpcSuggestion:
    return classification.order_from_text(case, by=by, text=text, file_name=file_name)


def work() -> None:
    classification.pump(budget_seconds=30)


def test_a_pasted_text_becomes_ranked_symbols_with_their_date_and_source(case, alice, stand_in):
    order = ask(case, alice)
    work()
    order.refresh_from_db()
    assert order.state == "done" and order.outcome == "ok"
    assert order.symbols[0]["symbol"] == "H01M 10/0525" and float(order.symbols[0]["score"]) > 0
    assert order.source == "pasted" and order.finished_at is not None and order.requested_by == alice
    assert order.stand_in and "not IP Australia" in order.predictor


def test_the_text_is_not_kept_once_it_has_been_answered(case, alice, stand_in):
    order = ask(case, alice)
    assert orders.text_of(order) == SPECIFICATION
    work()
    order.refresh_from_db()
    assert order.text is None
    assert order.text_length == len(SPECIFICATION)
    assert order.text_sha256 == hashlib.sha256(SPECIFICATION.encode()).hexdigest()


def test_who_asked_is_on_record(case, alice, stand_in):
    ask(case, alice, file_name="明細書.txt")
    entry = AuditEntry.objects.get(action="cpc.suggest")
    assert (entry.case, entry.actor, entry.detail) == (case, alice, {"source": "uploaded"})


def test_pressed_twice_it_is_one_order(case, alice, bob, stand_in):
    assert ask(case, alice) == ask(case, bob) == ask(case, alice)
    first, second = (classification.order_from_dossier(case, by=alice) for _ in range(2))
    assert first == second
    assert CpcSuggestion.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_pressed_by_many_at_once_it_is_one_order(case, alice, stand_in):
    def press(_):
        try:
            return ask(case, alice).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(press, range(8)))) == 1


def test_after_an_answer_the_same_may_be_asked_again_and_both_answers_stay(case, alice, stand_in):
    for _ in range(2):
        ask(case, alice)
        work()
    assert case.cpc_suggestions.filter(state="done").count() == 2


def test_another_text_may_be_asked_while_the_first_waits(case, alice, stand_in):
    ask(case, alice)
    ask(case, alice, text="画像処理装置")
    work()
    assert {one.symbols[0]["symbol"] for one in case.cpc_suggestions.all()} == {"H01M 10/0525", "G06T 7/00"}


def test_without_access_nothing_is_sent_and_it_is_said_what_is_missing(case, alice, office):
    order = ask(case, alice)
    work()
    order.refresh_from_db()
    assert (order.state, order.outcome) == ("failed", "not_configured")
    assert "IPAU_CLIENT_ID" in order.detail


def test_an_address_that_secrets_may_not_go_to_is_said_too(case, alice, stand_in, settings):
    settings.IPAU_BASE_URL = "http://predictor.example"
    order = ask(case, alice)
    work()
    order.refresh_from_db()
    assert order.outcome == "not_configured" and "https" in order.detail


def test_a_predictor_that_is_down_is_asked_again_later_and_given_up_in_the_end(case, alice, office, stand_in):
    office.fault("999", "/_stand-in/ipaustralia/predict", times=None)
    order = ask(case, alice)
    for attempt in range(1, orders.MOST_ATTEMPTS + 1):
        work()
        order.refresh_from_db()
        assert (order.state, order.outcome, order.attempts) == ("waiting", "predictor_down", attempt)
        assert order.not_before > clock.now()
        office.advance(seconds=2 * 3600)
    work()
    order.refresh_from_db()
    assert (order.state, order.outcome, order.text) == ("failed", "gave_up", None)


def test_a_predictor_that_recovers_answers_the_same_order(case, alice, office, stand_in):
    office.fault("html", "/_stand-in/ipaustralia/predict")
    order = ask(case, alice)
    work()
    office.advance(seconds=61)
    work()
    order.refresh_from_db()
    assert order.state == "done" and order.attempts == 2


def test_a_busy_predictor_is_left_alone_until_it_says(case, alice, office, stand_in, monkeypatch):
    stand_in.per_minute = 0
    order = ask(case, alice)
    work()
    order.refresh_from_db()
    assert order.outcome == "predictor_busy"
    assert order.not_before >= office.now() + timedelta(seconds=50)


@pytest.mark.parametrize(
    "what, outcome",
    [
        ("approval", "predictor_not_approved"),
        ("secret", "predictor_credentials"),
        ("field", "predictor_not_as_configured"),
    ],
)
def test_what_only_the_administrator_can_mend_ends_the_order(case, alice, stand_in, settings, what, outcome):
    if what == "approval":
        stand_in.approved = False
    elif what == "secret":
        settings.IPAU_CLIENT_SECRET = "wrong"
    else:
        settings.IPAU_SYMBOL_FIELD = "symbol"
    order = ask(case, alice)
    work()
    order.refresh_from_db()
    assert (order.state, order.outcome, order.text) == ("failed", outcome, None)
    if what == "field":
        assert order.detail.startswith("IPAU_SYMBOL_FIELD: ")


def test_a_text_that_suggests_nothing_is_told_so(case, alice, stand_in):
    order = ask(case, alice, text="いろはにほへと")
    work()
    order.refresh_from_db()
    assert (order.state, order.outcome) == ("failed", "predictor_empty")


# --- leases -----------------------------------------------------------------------------------------------


def test_an_order_being_worked_on_is_left_to_its_worker(case, alice, stand_in):
    ask(case, alice)
    assert orders.claim() is not None
    assert orders.claim() is None


def test_an_order_whose_worker_died_is_taken_up_again(case, alice, stand_in):
    order = ask(case, alice)
    orders.claim()
    CpcSuggestion.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work()
    order.refresh_from_db()
    assert order.state == "done" and order.attempts == 2


def test_an_order_that_kills_its_worker_each_time_is_given_up(case, alice, stand_in):
    order = ask(case, alice)
    for _ in range(orders.MOST_ATTEMPTS):
        assert orders.claim() == order
        CpcSuggestion.objects.update(lease_until=None)
    work()
    order.refresh_from_db()
    assert (order.state, order.outcome) == ("failed", "gave_up")


def test_an_error_of_ours_puts_the_order_off_and_not_the_others(case, alice, stand_in):
    broken, good = ask(case, alice), ask(case, alice, text="画像処理装置")
    CpcSuggestion.objects.filter(pk=broken.pk).update(text=b"no zlib")
    work()
    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.state, broken.outcome, good.state) == ("waiting", "failed", "done")


def test_what_the_queue_lost_is_found_by_the_sweep(case, alice, stand_in):
    order = ask(case, alice)
    tasks.sweep()
    tasks.pump_classification()
    order.refresh_from_db()
    assert order.state == "done"


def test_only_one_loop_works_at_a_time(case, alice, stand_in):
    order = ask(case, alice)
    with tasks._only_one("classification") as mine:
        assert mine
        tasks.pump_classification()
    order.refresh_from_db()
    assert order.state == "waiting"


def test_no_question_to_the_office_is_spent_on_a_text_of_ones_own(case, alice, stand_in):
    ask(case, alice)
    work()
    assert not OfficeCall.objects.exists()
    assert run.pump(budget_seconds=1) is False


# --- settings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, said",
    [
        ({}, None),
        ({"IPAU_BASE_URL": "", "IPAU_CLIENT_ID": ""}, None),
        ({"IPAU_CLIENT_SECRET": ""}, "IPAU_CLIENT_SECRET"),
        ({"IPAU_SYMBOL_FIELD": "a..b"}, "a..b"),
        ({"IPAU_TOKEN_URL": "http://token.example"}, "https"),
    ],
)
def test_half_a_configuration_is_told_before_anybody_asks(stand_in, settings, changes, said):
    for name, value in changes.items():
        setattr(settings, name, value)
    told = access_to_the_predictor_is_whole(None)
    assert [said in one.msg for one in told] == ([True] if said else [])
