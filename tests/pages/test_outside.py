"""What a client's person reads about cases of which the office has not spoken yet: that nothing is known."""

from __future__ import annotations

import pytest

from dossiers.models import Role
from tests import make

from . import docket

pytestmark = pytest.mark.django_db
NOT_KNOWN, NOTHING_RUNS = "has not confirmed this case yet", "No time limit is running"


@pytest.fixture
def outsider(client):
    person = make.user("outsider", role=Role.CLIENT, language="en", client="Invented Electric")
    client.force_login(person)
    return person


def test_of_a_case_the_office_has_not_confirmed_nobody_is_told_that_nothing_runs(client, outsider):
    case = make.case("2023000777", client="Invented Electric", title="")
    page = client.get(docket.page_of(case)).text
    assert page.count(NOT_KNOWN) == 2 and NOTHING_RUNS not in page and "title not known yet" in page
    docket.confirmed_case("2023000888", client="Invented Electric")
    make.case("2023000999", client="Somebody Else")
    for address in ("/", "/limits/"):
        assert "has not confirmed 1 of your cases yet" in client.get(address).text


def test_once_it_is_confirmed_an_empty_list_is_the_offices_word(client, outsider):
    case = docket.confirmed_case("2023000888", client="Invented Electric")
    page = client.get(docket.page_of(case)).text
    assert NOTHING_RUNS in page and NOT_KNOWN not in page
    for address in ("/", "/limits/"):
        said = client.get(address).text
        assert NOTHING_RUNS in said and "of your cases yet" not in said


def test_an_empty_list_says_what_to_do(client, outsider):
    assert "Ask it if one is missing" in client.get("/cases/").text
    found = client.get("/cases/?q=nothing").text
    assert "No case of yours has this number or title" in found and 'href="/cases/"' in found
