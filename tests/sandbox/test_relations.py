"""Patents that come from other applications: what their numbers lead to, what the office tells of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apiclient.sandbox import people
from apiclient.sandbox.days import add_months
from apiclient.sandbox.office import Office
from apiclient.sandbox.world import World
from tests.sandbox.conftest import NOW, Caller
from tests.sandbox.test_wire import agree, needs_recordings, recorded, shape

KINDS = ("pct", "national_priority", "divisional")


@pytest.fixture(scope="module", params=[(7, 600), (3, 5000)], ids=["small", "large"])
def desk(request: pytest.FixtureRequest) -> Office:
    seed, cases = request.param
    return Office(seed, cases, now=NOW, per_minute=None, edge_seconds=0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_a_related_case_leads_to_it(desk: Office, kind: str) -> None:
    registered = published = 0
    sights = desk.cases("patent", 150, kind=kind)
    assert len(sights) > 20
    for sight in sights:
        case = sight.case
        assert (found := desk.find("patent", case.number)) and found.case == case
        if sight.published_on:
            published += 1
            found = desk.find("patent", "publication", case.publication_number)
            assert found and found.case == case and len(case.publication_number) == 10
        if sight.registered_on:
            registered += 1
            found = desk.find("patent", "registration", case.registration_number)
            assert found and found.case == case and len(case.registration_number) == 7
    assert registered and published


def test_no_number_of_a_related_case_is_an_ordinary_ones(desk: Office) -> None:
    world = desk.world
    for kind in KINDS:
        for sight in desk.cases("patent", 150, kind=kind):
            case = sight.case
            assert world.case("patent", case.number) is None
            assert world.by_registration("patent", case.registration_number) is None
            if case.publication_number:
                assert world.by_publication(case.publication_number) is None


def test_the_ordinary_cases_are_those_of_the_world_alone(desk: Office) -> None:
    """Relations stand beside the world: what a seed gave before, it gives still."""
    alone = World(desk.world.seed, desk.world.size)
    for number in list(alone.numbers("patent", 2021))[:40]:
        sight = desk.find("patent", number)
        assert sight and sight.case == alone.case("patent", number)
        assert not sight.case.parent and not sight.case.national_priorities and not sight.case.international


def test_a_national_phase_comes_within_thirty_months_of_the_priority(desk: Office) -> None:
    for sight in desk.cases("patent", 100, kind="pct"):
        case, abroad = sight.case, sight.case.international
        assert abroad and case.entered_on and case.number[4] == "5"
        earliest = case.priority[1] if case.priority else abroad.filed_on
        assert case.filed_on == abroad.filed_on < abroad.published_on
        assert earliest <= abroad.filed_on <= add_months(earliest, 12)
        assert case.entered_on <= add_months(earliest, 30)
        assert all(act.day >= case.entered_on for act in case.life.acts)
        for kind, number in (
            ("international_application", abroad.application_number),
            ("international_publication", abroad.publication_number),
        ):
            found = desk.find("patent", kind, number)
            assert found and found.case == case
        other = f"WO{int(abroad.publication_number[2:]) + 50_000}"
        assert desk.find("patent", "international_publication", other) is None


def test_a_national_phase_not_yet_entered_is_unknown() -> None:
    desk = Office(7, 600, now=NOW, per_minute=None)
    case = desk.cases("patent", 1, kind="pct")[0].case
    assert case.international and case.entered_on
    early = NOW.replace(year=case.entered_on.year, month=case.entered_on.month, day=case.entered_on.day)
    desk.set_clock(early)
    asked = ("international_application", case.international.application_number)
    assert desk.find("patent", *asked) is None and desk.find("patent", case.number) is None
    desk.set_clock(early + timedelta(days=1))
    assert desk.find("patent", *asked) and desk.find("patent", case.number)


def test_the_term_of_a_related_patent_runs_from_where_its_periods_do(desk: Office) -> None:
    for kind in KINDS:
        for sight in desk.cases("patent", 80, kind=kind):
            if payment := sight.payment:
                head = desk.relations.head(sight.case)
                assert payment.expires == add_months(head.filed_on, 240)


def test_a_national_priority_is_claimed_within_a_year_from_a_case_never_shown(desk: Office) -> None:
    for sight in desk.cases("patent", 80, kind="national_priority"):
        case = sight.case
        assert case.national_priorities and case.priority is None
        for claim in case.national_priorities:
            assert claim.on < case.filed_on <= add_months(claim.on, 12)
            assert claim.application_number[:4] == f"{claim.on.year}"
            assert desk.find("patent", claim.application_number) is None
        if case.life.published_on:
            earliest = min(claim.on for claim in case.national_priorities)
            assert case.life.published_on >= add_months(earliest, 18)


def test_a_family_is_the_same_from_each_of_its_members(desk: Office) -> None:
    generations = set()
    for sight in desk.cases("patent", 120, kind="divisional"):
        family = desk.with_family(sight).family
        numbers = [one.case.number for one in family]
        assert sight.case.number in numbers and len(set(numbers)) == len(numbers)
        for one in family:
            assert [again.case.number for again in desk.with_family(one).family] == numbers
            generations.add(one.case.generation)
            if one.case.generation:
                parent = next(other for other in family if other.case.number == one.case.parent)
                assert parent.case.generation == one.case.generation - 1
                assert parent.case.filed_on < one.case.filed_on
                assert parent.case.applicants == one.case.applicants
        assert [one.case.generation for one in family].count(0) == 1 and not family[0].case.generation
    assert generations == {0, 1, 2}


@pytest.mark.parametrize("year", [2012, 2013, 2022])
def test_whatever_was_divided_is_found_by_its_number(desk: Office, year: int) -> None:
    found = 0
    for number in desk.world.numbers("patent", year):
        head = desk.world.case("patent", number)
        for one in desk.relations.divisional_family(head)[1:] if head else ():
            found += 1
            assert desk.relations.case(one.number) == one and one.number[:4] == f"{one.filed_on.year}"
    assert found


# Over the wire


@needs_recordings
@pytest.mark.parametrize("kind", KINDS)
def test_related_patents_have_the_shape_of_the_official_examples(caller: Caller, kind: str) -> None:
    names = ("app_progress", "divisional_app_info", "priority_right_app_info", "case_number_reference")
    for sight in caller.office.cases("patent", 10, kind=kind):
        for name in names:
            theirs = recorded(f"official-examples/patent.{name}.http200.100.json")
            before = "application/" if name == "case_number_reference" else ""
            ours = caller.result(f"/api/patent/v1/{name}/{before}{sight.case.number}")
            assert ours["statusCode"] == "100"
            agree(shape({"result": ours}), shape(theirs), name)


def test_a_national_phase_tells_of_its_international_application(caller: Caller) -> None:
    numbers = set()
    for sight in caller.office.cases("patent", 12, kind="pct"):
        abroad = sight.case.international
        assert abroad
        data = caller.data(f"/api/patent/v1/app_progress/{sight.case.number}")
        assert data["internationalApplicationNumber"] == abroad.application_number
        assert data["internationalPublicationNumber"] == abroad.publication_number
        assert data["internationalPublicationDate"] == f"{abroad.published_on:%Y%m%d}"
        codes = [row["documentCode"] for row in data["bibliographyInformation"][0]["documentList"]]
        assert "A632" in codes and "A63" not in codes
        path = "/api/patent/v1/pct_national_phase_application_number"
        asked = caller.data(f"{path}/international_publication/{abroad.publication_number}")
        assert asked == {"applicationNumber": sight.case.number}
        reference = caller.data(f"/api/patent/v1/case_number_reference/application/{sight.case.number}")
        assert reference["internationalPublicationNumber"] == abroad.publication_number
        assert reference["nationalPublicationNumber"] == data["ADNationalPublicationNumber"]
        numbers |= {bool(data["ADPublicationNumber"]), bool(data["ADNationalPublicationNumber"])}
        # What was filed abroad in another language is published as a translation (公表).
        absent = "ADPublicationNumber" if sight.case.overseas else "ADNationalPublicationNumber"
        assert data[absent] == ""
    assert numbers == {True, False}


def test_priorities_fill_the_paris_keys_or_the_national_ones(caller: Caller) -> None:
    for sight in caller.office.cases("patent", 8, kind="national_priority"):
        path = f"priority_right_app_info/{sight.case.number}"
        rows = caller.data(f"/api/patent/v1/{path}")["priorityRightInformation"]
        assert (
            rows
            == caller.data(f"/api/patent/v1/app_progress/{sight.case.number}")["priorityRightInformation"]
        )
        assert len(rows) == len(sight.case.national_priorities)
        for row, claim in zip(rows, sight.case.national_priorities, strict=True):
            assert len(row) == 7 and not any(row[key] for key in row if key.startswith("paris"))
            assert row["nationalPriorityLawCd"] == "1"
            assert row["nationalPriorityApplicationNumber"] == claim.application_number
            assert row["nationalPriorityDate"] == f"{claim.on:%Y%m%d}"


def test_the_progress_and_the_divisional_information_tell_the_same_family(caller: Caller) -> None:
    for sight in caller.office.cases("patent", 10, kind="divisional"):
        progress = caller.data(f"/api/patent/v1/app_progress/{sight.case.number}")
        told = caller.data(f"/api/patent/v1/divisional_app_info/{sight.case.number}")
        for key in ("parentApplicationInformation", "divisionalApplicationInformation"):
            assert told[key] == progress[key]
        parent = told["parentApplicationInformation"]
        of_parent = caller.data(f"/api/patent/v1/divisional_app_info/{parent['parentApplicationNumber']}")
        assert of_parent["divisionalApplicationInformation"] == told["divisionalApplicationInformation"]
        first = told["divisionalApplicationInformation"][0]
        assert first["divisionalGeneration"] == "0"
        assert {row["applicationNumber"] for row in told["divisionalApplicationInformation"]} > {
            sight.case.number
        }


def test_a_case_without_relatives_has_empty_forms(caller: Caller) -> None:
    lonely = next(
        sight
        for sight in caller.office.cases("patent", 50)
        if not caller.office.office.relations.divisional_family(sight.case)
    )
    data = caller.data(f"/api/patent/v1/divisional_app_info/{lonely.case.number}")
    assert data["parentApplicationInformation"] == {} and data["divisionalApplicationInformation"] == []


def test_one_name_may_have_several_codes(caller: Caller) -> None:
    name = people.registered_twice()[0].name
    rows = caller.data(f"/api/patent/v1/applicant_attorney/{name}")["applicantAttorney"]
    assert len(rows) == 2 and {row["name"] for row in rows} == {name}
    for row in rows:
        told = caller.data(f"/api/trademark/v1/applicant_attorney_cd/{row['applicantAttorneyCd']}")
        assert told == {"applicantAttorneyName": name}


@pytest.mark.parametrize("kind", ["pct", "sibling"])
def test_only_patents_have_kinds(kind: str) -> None:
    office = Office(7, 100, now=NOW)
    with pytest.raises(ValueError, match="kind"):
        office.cases("design" if kind == "pct" else "patent", 1, kind=kind)
