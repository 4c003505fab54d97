"""The harness of the faults itself; the faults are run by `make faults`."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.faults import catalogue
from tests.faults.disks import MEGABYTES
from tests.faults.judging import NEVER, doubled, held, repeated
from tests.faults.telling import MARK, document, line

GOOD = {
    **dict.fromkeys(("acts", "told", "calls", *NEVER, "mails_repeated"), 0),
    "seconds": 3.0,
    "took": 20.0,
    "promised": "Nothing is lost.",
    "provoked": "a switch",
    "kept": {},
}
MAIL = ("<a@firm.example>", "clerk@firm.example", "An office action")


@pytest.mark.parametrize("name", catalogue())
def test_each_fault_says_what_is_promised_and_how_it_is_provoked(name):
    fault = import_module(f"tests.faults.{name}")
    assert fault.PROMISED.endswith(".") and fault.PROVOKED and callable(fault.provoke)
    assert "|" not in fault.PROMISED + fault.PROVOKED  # they stand in a table


def test_every_fault_that_was_asked_for_is_there():
    assert {
        *("database_restarts", "full_disk", "read_only_disk", "memory_limit", "clock_hour", "clock_day"),
        *("office_down", "mail_down", "two_workers", "upgrade", "secret_key", "poisoned_task"),
    } <= set(catalogue())
    assert MEGABYTES < 100


@pytest.mark.parametrize("name", NEVER)
def test_one_thing_lost_doubled_or_overrun_is_a_promise_not_held(name):
    assert held(GOOD)
    assert not held({**GOOD, name: 1})


def test_a_promise_of_its_own_counts_as_the_others():
    assert not held({**GOOD, "kept": {"its log says why": False}})


def test_the_same_words_under_another_name_are_a_mail_doubled_and_under_the_same_one_repeated():
    again = ("<b@firm.example>", *MAIL[1:])
    other = ("<c@firm.example>", MAIL[1], "Another office action")
    assert doubled([MAIL, MAIL, other]) == 0
    assert doubled([MAIL, again, other]) == 1
    assert repeated([MAIL, MAIL, other]) == 1


def test_the_document_keeps_what_was_not_run_again():
    text = f"# Faults\n\n{MARK}\n"
    both = document(text, {"one": {**GOOD, "held": True}, "two": {**GOOD, "held": True}})
    again = document(both, {"two": {**GOOD, "held": False}})
    assert both.count("| held, 20 s |") == 2
    assert again.count("| held, 20 s |") == again.count("| **not held**, 20 s |") == 1
    assert again.startswith("# Faults")


def test_a_fault_that_could_not_be_provoked_to_its_end_says_why():
    told = line("full_disk", {"held": False, "took": 1.0, "failed": "PermissionError: mount"})
    assert "NOT HELD" in told and "mount" in told
