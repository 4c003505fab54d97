"""The operator's comparison of the office with the sandbox, run against a sandbox that plays the office."""

import pytest
from django.core.management import CommandError, call_command

from dossiers.models import OfficeCall

pytestmark = pytest.mark.django_db(transaction=True)


def number_of(office, law="patent"):
    return office.cases(law, 1, "registered")[0].case.number


def test_the_calls_are_few_on_record_and_show_no_contents(office, capsys):
    case = office.cases("patent", 1, "registered")[0].case
    call_command("verify_office", patent=case.number, budget=3)
    said = capsys.readouterr().out
    assert OfficeCall.objects.count() == 3
    assert said.count("asked   patent/") == 3 and "unasked patent/" in said
    assert "No difference of shape was seen." in said
    assert case.title not in said and case.applicants[0].name not in said
    assert office.password not in said


def test_a_number_as_people_write_it(office, capsys):
    number = number_of(office, "trademark")
    call_command("verify_office", trademark=f"商願{number[:4]}－{int(number[4:])}", budget=1)
    assert "trademark/app_progress: ok" in capsys.readouterr().out


def test_a_page_in_place_of_an_answer_is_a_difference(office, capsys):
    office.fault("html", "app_progress", times=None)
    with pytest.raises(CommandError, match="differ"):
        call_command("verify_office", patent=number_of(office), budget=3)
    assert "Differences:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Name an application"),
        ({"patent": "商願2020-1"}, "no patent application number"),
        ({"patent": "2020123456", "budget": 0}, "at least one"),
    ],
)
def test_what_cannot_be_asked_is_said(office, options, words):
    with pytest.raises(CommandError, match=words):
        call_command("verify_office", **options)
    assert not OfficeCall.objects.exists()


def test_without_an_id_nothing_is_asked(office, settings):
    settings.JPO_USERNAME = ""
    with pytest.raises(CommandError, match="JPO_USERNAME"):
        call_command("verify_office", patent="2020123456")
