"""What the office grants a firm is set once, and what it cannot have granted is refused at the start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings as configured

from apiclient.quota import Bucket, Policy, Purpose
from apiclient.sandbox.office import Office
from dossiers.checks import calls_to_the_office_are_limited
from dossiers.refresh.office import limits


def sentences(settings, **values):
    for name, value in values.items():
        setattr(settings, name, value)
    return [found.msg for found in calls_to_the_office_are_limited(None)]


def test_limits_as_observed_need_no_setting(settings):
    assert sentences(settings) == []
    assert limits().daily["patent/app_progress"].limit == 800


def test_the_pace_of_settings_sandbox_and_client_is_one(settings):
    for group, office in (("domestic", Office(cases=50).minute), ("opd", Office(cases=50).opd_minute)):
        assert limits().per_minute[group] == office.limit == Policy({}).per_minute[group]
        assert limits().people_per_minute[group] == Policy({}).people_per_minute[group]


def test_what_the_office_has_doubled_for_this_id_is_doubled(settings):
    settings.JPO_DOUBLED = ["patent/app_progress", "design/app_progress"]
    assert sentences(settings) == []
    assert limits().daily["patent/app_progress"].limit == limits().daily["design/app_progress"].limit == 1600
    assert limits().daily["trademark/app_progress"].limit == 800


def test_an_information_provider_has_five_times_the_documents(settings):
    settings.JPO_INFORMATION_PROVIDER = True
    assert limits().daily["patent/app_doc_cont_refusal_reason"].limit == 1000
    assert limits().daily["patent/app_progress"].limit == 800
    assert limits().daily["opd/jp_doc_cont"].limit == 100


def test_fewer_opd_calls_a_minute_can_be_had(settings):
    settings.JPO_OPD_PER_MINUTE = 3
    assert sentences(settings) == []
    family = Bucket("id", "opd/family", "opd")
    assert limits().minute_limit(family, Purpose.PERSON) == 3
    assert limits().minute_limit(family, Purpose.BACKGROUND) == 2


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("JPO_DOUBLED", ["patent/app_progres"], "unknown endpoints: patent/app_progres"),
        ("JPO_DOUBLED", ["opd/family"], "no limit of OPD"),
        (
            "JPO_DOUBLED",
            ["patent/app_progress", "design/app_progress", "trademark/app_progress", "patent/cite_doc_info"],
            "at most 3",
        ),
        ("JPO_DAILY_LIMITS", {"patent/unheard_of": 5}, "unknown endpoints: patent/unheard_of"),
        ("JPO_DAILY_LIMITS", {"opd/family": 200}, "no limit of OPD"),
        ("JPO_DAILY_LIMITS", {"patent/app_progress": "1600"}, "whole numbers"),
        ("JPO_DAILY_LIMITS", {"patent/app_progress": -1}, "whole numbers"),
        ("JPO_DAILY_LIMITS", ["patent/app_progress"], "JSON of endpoints"),
        ("JPO_OPD_PER_MINUTE", 6, "from 1 to 5"),
        ("JPO_OPD_PER_MINUTE", 0, "from 1 to 5"),
        ("JPO_PER_MINUTE", 0, "at least 1"),
    ],
)
def test_a_limit_the_office_does_not_grant_stops_the_start_with_a_sentence(settings, name, value, words):
    found = sentences(settings, **{name: value})
    assert len(found) == 1 and words in found[0] and name in found[0]


def test_what_cannot_be_read_at_all_is_said_in_words_too():
    wrong = {"JPO_DAILY_LIMITS": "{patent", "JPO_PER_MINUTE": "ten", "JPO_OPD_PER_MINUTE": "5.5"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=configured.BASE_DIR,
        env={**os.environ, **wrong},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert all(name in done.stderr for name in wrong)
