"""Which application abroad a priority claim names: the one whose number it writes, or none."""

from __future__ import annotations

from datetime import date

import pytest

from dossiers.models import FamilyMember
from dossiers.refresh.priorities import members_claimed
from tests.pages import docket

pytestmark = pytest.mark.django_db
DAY = date(2021, 3, 5)


def member(number: str, on: date | None = DAY) -> FamilyMember:
    office = number.partition(".")[0]
    key = abs(hash((number, on))) % 10**9
    return FamilyMember(pk=key, office=office, identity=number, application_number=number, filed_on=on)


def named(claim: tuple[str, str, str], *members: FamilyMember) -> FamilyMember | None:
    day, country, number = claim
    (found,) = members_claimed([{"day": day, "country": country, "number": number}], members)
    return found


@pytest.mark.parametrize(
    ("claim", "number"),
    [
        (("2021-03-05", "US", "17/193,456"), "US.202117193456.A"),
        (("2021-03-05", "US", "17193456"), "US.202117193456.A"),
        (("2021-03-05", "EP", "21123456.7"), "EP.21123456.A"),
        (("2021-03-05", "CN", "202110123456.X"), "CN.202110123456.A"),
        (("2021-03-05", "KR", "10-2021-0123456"), "KR.20210123456.A"),
        (("", "US", "17/193,456"), "US.202117193456.A"),
    ],
)
def test_a_claim_names_the_application_whose_number_it_writes(claim, number):
    other = member("US.202117193457.A")
    assert named(claim, member(number), other) == member(number)
    assert named(claim, other) is None


def test_nothing_is_guessed():
    claim = ("2021-03-05", "US", "17/193,456")
    assert named(claim, member("US.202117193456.A", date(2021, 3, 6))) is None
    assert named(claim, member("KR.202117193456.A")) is None
    assert named(claim, member("US.202117193456.A", None), member("US.202017193456.A", None)) is None
    assert named(("2021-03-05", "DE", "402021101137.4"), member("DE.402021101137.A")) is None
    assert named(("", "", ""), member("US.202117193456.A")) is None


def test_the_case_and_its_family_lead_from_the_claim_to_the_application(client, alice):
    claims = [
        {"day": "2021-03-05", "country": "US", "number": "17/193,456"},
        {"day": "2021-02-01", "country": "DE", "number": "102021101137.4"},
    ]
    case = docket.confirmed_case("2022000001", priorities=claims)
    base = case.family.create(
        office="US", identity="US.202117193456.A", application_number="US.202117193456.A", filed_on=DAY
    )
    alice.language = "en"
    alice.save()
    client.force_login(alice)
    page = client.get(docket.page_of(case)).content.decode()
    assert f"#member-{base.pk}" in page and "17/193,456" in page and "102021101137.4" in page
    page = client.get(docket.page_of(case, "family/")).content.decode()
    assert "priority of this case" in page and page.count(f"#member-{base.pk}") >= 2
