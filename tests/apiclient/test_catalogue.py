"""The table of endpoints: paths as the office documents them, arguments checked before anything is sent."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient.jpo.catalogue import ENDPOINTS, BadArgument, endpoint, policy
from apiclient.quota import Bucket

PROGRESS = endpoint("patent", "app_progress")
NUMBERS = endpoint("patent", "case_number_reference")


def test_paths_as_documented():
    assert PROGRESS.url_path("2020123456") == "/api/patent/v1/app_progress/2020123456"
    assert (
        NUMBERS.url_path("registration", "1234567")
        == "/api/patent/v1/case_number_reference/registration/1234567"
    )
    assert endpoint("trademark", "app_doc_cont_refusal_reason").bucket_name == (
        "trademark/app_doc_cont_refusal_reason"
    )


def test_each_endpoint_has_its_own_counter():
    assert len({row.bucket_name for row in ENDPOINTS}) == len(ENDPOINTS) == 42
    assert len({(row.handbook_table, row.handbook_number) for row in ENDPOINTS}) == 42


def test_the_tables_of_the_handbook_are_complete():
    counts = Counter(row.scope for row in ENDPOINTS)
    assert counts == {"patent": 14, "design": 11, "trademark": 11, "opd": 6}
    for table, count in zip((1, 2, 3, 4), counts.values(), strict=True):
        numbers = [row.handbook_number for row in ENDPOINTS if row.handbook_table == table]
        assert numbers == list(range(1, count + 1))


def test_every_example_argument_fits():
    for row in ENDPOINTS:
        assert row.url_path(*(parameter.example for parameter in row.parameters))


def test_a_document_endpoint_answers_with_a_file_and_no_other():
    for row in ENDPOINTS:
        assert row.is_document == (row.reply is None) == ("doc_cont" in row.name)


def test_names_go_into_the_path_whole_and_encoded():
    row = endpoint("patent", "applicant_attorney")
    assert row.url_path("架空　産業").endswith("/%E6%9E%B6%E7%A9%BA%E3%80%80%E7%94%A3%E6%A5%AD")
    assert row.url_path("A/S").endswith("/A%2FS")
    for name in ("", ".", "..", "架空,産業", "架空\n産業"):
        with pytest.raises(BadArgument):
            row.url_path(name)


@pytest.mark.parametrize(
    ("kind", "number", "fits"),
    [
        ("international_application", "JP2019011858", True),
        ("international_publication", "WO2019011858", True),
        ("international_publication", "JP2019011858", False),
        ("international_application", "PCT/JP2019/011858", False),
        ("application", "2019011858", False),
    ],
)
def test_international_numbers(kind, number, fits):
    row = endpoint("patent", "pct_national_phase_application_number")
    if fits:
        assert row.url_path(kind, number).endswith(f"/{kind}/{number}")
    else:
        with pytest.raises(BadArgument):
            row.url_path(kind, number)


def test_docdb_numbers_with_dots():
    row = endpoint("opd", "family")
    for number in ("JP.2015500001.A", "US.201314768239.A", "JP.WO2022012345.A1", "EP.06834636.A"):
        assert row.url_path("application", number) == f"/opdapi/patent/v1/family/application/{number}"
    for number in ("JP2015500001A", "JP..A", "2015500001", "JP.2015500001.A.B"):
        with pytest.raises(BadArgument):
            row.url_path("application", number)
    with pytest.raises(BadArgument):
        row.url_path("registration", "JP.6249966.B2")


@pytest.mark.parametrize("law", ["design", "trademark"])
def test_only_patents_have_citations_and_publications(law):
    with pytest.raises(LookupError):
        endpoint(law, "cite_doc_info")
    with pytest.raises(BadArgument, match="kind of number"):
        endpoint(law, "case_number_reference").url_path("publication", "2020123456")


@pytest.mark.parametrize(
    "number",
    [
        "",
        "202012345",
        "20201234567",
        "特願2020-123456",
        "２０２０１２３４５６",
        "2020-12345",
        "2020123456\n",
        "../../auth",
    ],
)
def test_what_is_no_application_number_is_refused(number):
    with pytest.raises(BadArgument):
        PROGRESS.url_path(number)


@pytest.mark.parametrize("character", "\t,:;|")
def test_the_offices_forbidden_characters_are_named(character):
    with pytest.raises(BadArgument, match="takes no tab"):
        PROGRESS.url_path(f"2020{character}123456")


@pytest.mark.parametrize(
    ("kind", "number", "fits"),
    [
        ("application", "2020123456", True),
        ("application", "1234567", False),
        ("registration", "1234567", True),
        ("registration", "2020123456", False),
        ("publication", "2021123456", True),
        ("grant", "1234567", False),
    ],
)
def test_the_number_must_fit_its_kind(kind, number, fits):
    if fits:
        assert NUMBERS.url_path(kind, number).endswith(f"/{kind}/{number}")
    else:
        with pytest.raises(BadArgument):
            NUMBERS.url_path(kind, number)


def test_too_few_or_too_many_arguments():
    for arguments in [(), ("2020123456", "2020123456")]:
        with pytest.raises(BadArgument, match="takes application number"):
            PROGRESS.url_path(*arguments)


@given(st.sampled_from(ENDPOINTS), st.lists(st.text(max_size=12), max_size=3))
def test_no_argument_leaves_the_endpoints_own_path(row, arguments):
    try:
        path = row.url_path(*arguments)
    except BadArgument:
        return
    assert path.isascii() and path.count("/") == row.path.count("/") + len(row.parameters)


def test_limits_are_those_observed_unless_the_id_was_granted_others():
    limits = policy({"patent/app_progress": 1600})
    assert limits.day_rule(Bucket("id", "patent/app_progress")).limit == 1600
    assert limits.day_rule(Bucket("id", "design/app_progress")).limit == 800
    assert limits.day_rule(Bucket("id", "patent/cite_doc_info")).limit == 100


def test_every_bucket_keeps_something_for_people():
    for rule in policy({"patent/app_progress": 2}).daily.values():
        assert 1 <= rule.reserve_for_people <= rule.limit / 2


def test_a_misspelt_limit_is_an_error():
    with pytest.raises(LookupError, match="patent/app_progres"):
        policy({"patent/app_progres": 1600})


def test_what_the_office_granted_an_id():
    granted = policy(doubled=["patent/app_progress"], information_provider=True).daily
    assert granted["patent/app_progress"].limit == 1600
    assert granted["design/app_doc_cont_refusal_reason"].limit == 1000
    assert granted["opd/global_doc_cont"].limit == 100, "OPD is not raised"
    assert granted["patent/registration_info"].limit == 400


def test_no_more_is_doubled_than_the_office_doubles():
    four = [f"patent/{name}" for name in ("app_progress", "cite_doc_info", "registration_info")]
    with pytest.raises(ValueError, match="at most 3"):
        policy(doubled=[*four, "design/app_progress"])
    with pytest.raises(ValueError, match="OPD"):
        policy(doubled=["opd/family"])
    with pytest.raises(ValueError, match="OPD"):
        policy({"opd/family": 200})
    assert policy({"opd/family": 50}).daily["opd/family"].limit == 50
