"""A client that others wrote for the real office works against the sandbox with only its host changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from apiclient.sandbox import Sandbox
from apiclient.sandbox.world import Case, Sight

from .conftest import NEVER, Stranger, moment

pytestmark = pytest.mark.strangers

LAWS = ("patent", "design", "trademark")
WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
SIGNS = {"patent": "特願", "design": "意願", "trademark": "商願"}
TITLES = {"patent": "inventionTitle", "design": "designArticle", "trademark": "trademarkForDisplay"}


def a_case(office: Sandbox, law: str, stage: str) -> Case:
    found = office.cases(law, 1, stage)
    assert found, f"this world shows no {stage} {law} case"
    return found[0].case


def as_people_write(case: Case) -> str:
    """特願２０２１－１２３４号: full width, without the zeros."""
    return f"{SIGNS[case.law]}{case.number[:4]}-{int(case.number[4:])}号".translate(WIDE)


def forgotten(stranger: Stranger) -> None:
    """Nothing is kept by the package between calls."""
    stranger.set_tokens(access_token="*", refresh_token="*", expires_in=NEVER, refresh_expires_in=NEVER)


# --- log-in ------------------------------------------------------------------------------------------------


def test_it_logs_in_by_password_and_keeps_both_tokens(stranger: Stranger, office: Sandbox) -> None:
    before = datetime.now()
    stranger.data("app_progress", a_case(office, "patent", "notice").number)
    kept = stranger.tokens
    assert kept["access_token"] not in ("*****", "") and kept["refresh_token"] not in ("*****", "")
    hour, eight_hours = (moment(kept[key]) - before for key in ("expires_in", "refresh_expires_in"))
    assert timedelta(minutes=59) < hour < timedelta(minutes=62)
    assert timedelta(hours=7, minutes=59) < eight_hours < timedelta(hours=8, minutes=2)


def test_it_renews_a_token_that_has_ended(stranger: Stranger, office: Sandbox) -> None:
    number = a_case(office, "patent", "notice").number
    stranger.data("app_progress", number)
    first = stranger.tokens
    stranger.set_tokens(expires_in=NEVER)
    stranger.data("app_progress_simple", number)
    second = stranger.tokens
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]


def test_it_logs_in_again_when_the_renewal_has_ended_too(stranger: Stranger, office: Sandbox) -> None:
    number = a_case(office, "patent", "notice").number
    stranger.data("app_progress", number)
    forgotten(stranger)
    stranger.data("app_progress_simple", number)
    assert stranger.tokens["access_token"] != "*"


# --- data --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS)
def test_status_by_a_number_as_people_write_it(stranger: Stranger, office: Sandbox, law: str) -> None:
    case = a_case(office, law, "registered")
    for function in ("app_progress", "app_progress_simple"):
        data = stranger.data(function, as_people_write(case), {"law": law})
        assert data["applicationNumber"] == case.number and data[TITLES[law]] == case.title


@pytest.mark.parametrize("law", LAWS)
def test_numbers_lead_to_each_other(stranger: Stranger, office: Sandbox, law: str) -> None:
    case = a_case(office, law, "registered")
    numbers = stranger.data("application_reference", case.number, {"law": law})
    assert numbers["applicationNumber"] == case.number
    again = stranger.data("registration_reference", numbers["registrationNumber"], {"law": law})
    assert again == numbers
    if law == "patent":
        assert stranger.data("publication_reference", numbers["publicationNumber"]) == numbers


@pytest.mark.parametrize("law", LAWS)
def test_register_priorities_and_address(stranger: Stranger, office: Sandbox, law: str) -> None:
    case = a_case(office, law, "registered")
    register = stranger.data("registration_info", case.number, {"law": law})
    assert len(register["registrationNumber"]) == 7 and len(register["expireDate"]) == 8
    priorities = stranger.data("priority_right_app_info", case.number, {"law": law})
    assert isinstance(priorities["priorityRightInformation"], list)
    address = stranger.data("jpp_fixed_address", case.number, {"law": law})
    assert address["URL"].startswith("https://www.j-platpat.inpit.go.jp/c1800/")


@pytest.mark.parametrize("law", LAWS)
def test_applicants_by_code_and_by_name(stranger: Stranger, office: Sandbox, law: str) -> None:
    applicant = a_case(office, law, "registered").applicants[0]
    named = stranger.data("applicant_attorney_cd", applicant.code, {"law": law})
    assert named == {"applicantAttorneyName": applicant.name}
    found = stranger.data("applicant_attorney", applicant.name, {"law": law})["applicantAttorney"]
    assert {"applicantAttorneyCd": applicant.code, "name": applicant.name} in found


def test_citations_and_divisionals(stranger: Stranger, office: Sandbox) -> None:
    case = _with_papers(office, "patent")
    cited = stranger.data("cite_doc_info", case.number)
    assert cited["patentDoc"] and all(row["documentNumber"] for row in cited["patentDoc"])
    assert stranger.data("divisional_app_info", case.number)["applicationNumber"] == case.number


def test_the_national_phase_of_an_international_application(stranger: Stranger, office: Sandbox) -> None:
    numbers = _international(office)
    by_application = stranger.data("international_application", numbers["application"])
    by_publication = stranger.data("international_publication", numbers["publication"])
    assert by_application == by_publication == {"applicationNumber": numbers["number"]}


def _international(office: Sandbox) -> dict[str, str]:
    """The numbers of some invented case that came by way of the PCT."""
    case = office.cases("patent", 1, kind="pct")[0].case
    assert case.international
    return {
        "number": case.number,
        "application": case.international.application_number,
        "publication": case.international.publication_number,
    }


# --- documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    "function",
    [
        "app_doc_cont_refusal_reason",
        "app_doc_cont_refusal_reason_decision",
        "app_doc_cont_opinion_amendment",
    ],
)
def test_documents_are_saved_and_unpacked(
    stranger: Stranger, office: Sandbox, law: str, function: str
) -> None:
    case = _with_papers(office, law)
    (result,) = stranger.run((function, case.number, {"law": law}))
    assert result.get("files"), result
    for name, content in result["files"].items():
        body = bytes.fromhex(content)
        assert name.isascii()
        if name.lower().endswith((".tif", ".tiff")):  # a drawing of an amendment
            assert body.startswith((b"II*\0", b"MM\0*"))
        else:
            assert body.decode("cp932").lstrip().startswith(("<?xml", "<HTML"))


def _with_papers(office: Sandbox, law: str) -> Case:
    """A case refused and answered, whose papers the office holds."""
    for sight in office.cases(law, 200):
        codes = {act.code for act in sight.acts if act.available}
        if "A131" in codes and codes & {"A53", "A523"}:
            return sight.case
    pytest.fail(f"no {law} case of this world was answered")


# --- One Portal Dossier ------------------------------------------------------------------------------------


def _family(stranger: Stranger, office: Sandbox) -> tuple[Sight, list[dict[str, Any]]]:
    """A case with members abroad, and its family list."""
    calls, sights = [], office.cases("patent", 60, "registered")
    numbers = [sight.case.number for sight in sights]
    docdb = stranger.run_in("convert_case_number", *(("jpo_to_docdb", number) for number in numbers))
    calls = [("family_list", one["value"], "application") for one in docdb]
    for sight, result in zip(sights, stranger.run(*calls), strict=True):
        if "value" in result:
            members = result["value"]["api-data"]["family-list-data"]["family-lists"]["family-list"]
            if isinstance(members, list) and len(members) > 2:
                return sight, members
    pytest.fail("no case of this world has a family abroad")


def test_a_family_from_every_entry(stranger: Stranger, office: Sandbox) -> None:
    sight, members = _family(stranger, office)
    applications = {one["application-number"]["document-number"] for one in members}
    assert f"JP.{sight.case.number}.A" in applications
    for number in sorted(applications):
        found = stranger.dossier("family_list", number, "application")["family-list-data"]
        again = {one["application-number"]["document-number"] for one in found["family-lists"]["family-list"]}
        assert again == applications
    families = stranger.dossier("family", f"JP.{sight.case.number}.A", "application")
    countries = [one["country"] for one in families["family-data"]["families"]["family"]]
    assert set(countries) == {number[:2] for number in applications}


def test_a_family_by_a_registration_number(stranger: Stranger, office: Sandbox) -> None:
    sight, _ = _family(stranger, office)
    register = stranger.data("registration_info", sight.case.number)
    (docdb,) = stranger.run_in("convert_case_number", ("jpo_to_docdb", register["registrationNumber"]))
    assert docdb["value"] == f"JP.{register['registrationNumber']}.B2"
    found = stranger.dossier("family_list", docdb["value"], "publication")["family-list-data"]
    numbers = {one["application-number"]["document-number"] for one in found["family-lists"]["family-list"]}
    assert f"JP.{sight.case.number}.A" in numbers


def test_dossiers_of_every_office(stranger: Stranger, office: Sandbox) -> None:
    _, members = _family(stranger, office)
    for member in members:
        number = member["application-number"]["document-number"]
        listed = stranger.dossier("global_doc_list", number)["document-list-data"]
        assert listed["bibliographic"]["original"]["invention-title"]
        classes = stranger.dossier("global_cite_class", number)["citation-and-classification-data"]
        assert classes["reference"]["application-number"]["document-number"] == number


def test_contents_of_a_dossier(stranger: Stranger, office: Sandbox) -> None:
    sight, _ = _family(stranger, office)
    number = f"JP.{sight.case.number}.A"
    listed = stranger.dossier("global_doc_list", number)["document-list-data"]["document-lists"]
    rows = listed["document-list"]
    ids = [row["original"]["@id"] for row in rows if row["original"]["@id"].endswith("_JP")]
    assert ids
    files, pdf = stranger.run(("jp_doc_cont", number, ids[0]), ("global_doc_cont", number, ids[0]))
    assert all(bytes.fromhex(content).decode("cp932") for content in files["files"].values())
    assert [bytes.fromhex(content)[:5] for content in pdf["files"].values()] == [b"%PDF-"]


# --- its own conversion of numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "keywords", "docdb"),
    [
        ("2022012345", {}, "JP.2022012345.A"),
        ("1202345", {}, "JP.1202345.B2"),
        ("1202345", {"last": "B1"}, "JP.1202345.B1"),
        ("2022012345", {"wo": True}, "JP.WO2022012345.A1"),
        ("2022012345", {"repub": True}, "JP.WO2022012345.A5"),
    ],
)
def test_its_docdb_numbers_are_taken(
    stranger: Stranger, number: str, keywords: dict[str, Any], docdb: str
) -> None:
    (made,) = stranger.run_in("convert_case_number", ("jpo_to_docdb", number, keywords))
    assert made["value"] == docdb
    (result,) = stranger.run(("family", docdb, "publication"))
    assert "value" in result or result["error"] == "NoDocumentError", result


# --- errors ------------------------------------------------------------------------------------------------


def _error(stranger: Stranger, *call: Any) -> tuple[str, str]:
    (result,) = stranger.run(call)
    assert "error" in result, result
    return result["error"], result["message"][:3]


def test_no_such_case_is_its_error_for_that(stranger: Stranger, office: Sandbox) -> None:
    assert _error(stranger, "app_progress", "2020-999999") == ("NoDocumentError", "107")
    assert _error(stranger, "publication_reference", "1985012345") == ("NoDocumentError", "111")
    pending = a_case(office, "patent", "examination").number
    assert _error(stranger, "app_doc_cont_refusal_reason", pending) == ("NoDocumentError", "108")
    assert _error(stranger, "family", "JP.2020999999.A", "application") == ("NoDocumentError", "107")


def test_a_bad_value_is_its_error_for_that(stranger: Stranger) -> None:
    assert _error(stranger, "application_reference", "20201") == ("ParameterError", "204")
    assert _error(stranger, "applicant_attorney", "架空,産業") == ("ParameterError", "208")


def test_the_days_limit_is_its_error_for_that(tmp_path: Any) -> None:
    with Sandbox(seed=7, cases=200, limits={"patent/app_progress": 2, "opd/family": 1}) as office:
        stranger = Stranger(tmp_path, office)
        numbers = [sight.case.number for sight in office.cases("patent", 3)]
        *first, last = stranger.run(*(("app_progress", number) for number in numbers))
        assert all("value" in result for result in first)
        assert (last["error"], last["message"][:3]) == ("TooManyAccessError", "203")
        calls = [("family", f"JP.{number}.A", "application") for number in numbers[:2]]
        assert stranger.run(*calls)[-1]["error"] == "TooManyAccessError"
        assert "value" in stranger.run(("app_progress_simple", numbers[0]))[0], "another counter"


def test_more_than_ten_a_minute_is_its_error_for_that(tmp_path: Any) -> None:
    with Sandbox(seed=7, cases=200, per_minute=10) as office:
        stranger = Stranger(tmp_path, office)
        numbers = [sight.case.number for sight in office.cases("patent", 11)]
        *first, last = stranger.run(*(("app_progress", number) for number in numbers))
        assert all("value" in result for result in first)
        assert (last["error"], last["message"][:3]) == ("TemporaryError", "303")


def test_a_passing_busy_answer_is_overcome_by_its_own_retry(stranger: Stranger, office: Sandbox) -> None:
    office.fault("303", "app_progress", times=2)
    case = a_case(office, "patent", "notice")
    assert stranger.data("app_progress", case.number)["applicationNumber"] == case.number


@pytest.mark.parametrize(("fault", "error"), [("302", "TemporaryError"), ("999", "UnknownError")])
def test_trouble_in_the_office_is_its_error_for_that(
    stranger: Stranger, office: Sandbox, fault: str, error: str
) -> None:
    office.fault(fault, "app_progress", times=None)
    assert _error(stranger, "app_progress", a_case(office, "patent", "notice").number) == (error, fault)
