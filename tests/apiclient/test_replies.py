"""What the office sends is kept whole or reported; nothing it sends can crash or deceive the reader."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.jpo.catalogue import ENDPOINTS, endpoint
from apiclient.jpo.envelope import read
from apiclient.jpo.replies import publication_name
from apiclient.outcomes import Outcome
from tests.apiclient.office_form import TABLES

PROGRESS = endpoint("patent", "app_progress")
NUMBER = "2031000123"


def body(data, code="100", remaining="700"):
    result = {"statusCode": code, "errorMessage": "", "remainAccessCount": remaining, "data": data}
    return json.dumps({"result": result}).encode()


def document(**changes):
    row = {
        "legalDate": "20310502",
        "irirFlg": "0",
        "availabilityFlag": "1",
        "documentCode": "A131",
        "documentDescription": "拒絶理由通知書",
        "documentNumber": "06131000001",
        "versionNumber": "0001",
        "documentSeparator": "K",
        "numberOfPages": "0",
        "sizeOfDocument": "5006",
    }
    return {**row, **changes}


def progress(*documents, **changes):
    data = {
        "applicationNumber": NUMBER,
        "inventionTitle": "試験用の装置",
        "applicantAttorney": [],
        "filingDate": "20310401",
        "publicationNumber": "",
        "ADPublicationNumber": "",
        "nationalPublicationNumber": "",
        "ADNationalPublicationNumber": "",
        "publicationDate": "",
        "registrationNumber": "",
        "registrationDate": "",
        "internationalApplicationNumber": "",
        "internationalPublicationNumber": "",
        "internationalPublicationDate": "",
        "erasureIdentifier": "",
        "expireDate": "",
        "disappearanceDate": "",
        "priorityRightInformation": [],
        "parentApplicationInformation": {},
        "divisionalApplicationInformation": [],
        "bibliographyInformation": [
            {"numberType": "01", "number": NUMBER, "documentList": list(documents)},
        ],
    }
    return {**data, **changes}


def reading(data, row=PROGRESS, arguments=(NUMBER,)):
    return read(row, arguments, 200, body(data))


def test_a_notice_of_reasons_for_refusal_in_the_document_list():
    found = reading(progress(document()))
    (row,) = found.reply.bibliography[0].documents
    assert (found.outcome, found.problems, found.remaining) == (Outcome.OK, (), 700)
    assert (row.code, row.legal_date, row.available, row.number) == (
        "A131",
        date(2031, 5, 2),
        True,
        "06131000001",
    )
    assert found.reply.parent is None and found.reply.publication_date is None


@pytest.mark.parametrize("wrong", ["20310230", "2031/05/02", "00000000", "２０３１０５０２", "31-05-02"])
def test_an_unreadable_dispatch_date_is_reported_and_the_document_kept(wrong):
    found = reading(progress(document(legalDate=wrong)))
    (row,) = found.reply.bibliography[0].documents
    assert row.code == "A131" and row.legal_date is None
    assert any(wrong in problem and "legalDate" in problem for problem in found.problems)


def test_a_document_that_is_not_even_an_object_is_reported_and_kept():
    found = reading(progress(document(), "A02 20310601"))
    assert len(found.reply.bibliography[0].documents) == 1
    assert any("A02 20310601" in problem for problem in found.problems)
    assert any("A02 20310601" in extra.value for extra in found.reply.extras)


@pytest.mark.parametrize("gone", ["bibliographyInformation", "applicationNumber"])
def test_without_its_documents_or_its_number_it_is_no_reply(gone):
    data = progress(document())
    del data[gone]
    found = reading(data)
    assert found.outcome is Outcome.UNREADABLE and found.reply is None
    assert any(gone in problem for problem in found.problems)


def test_a_reply_about_another_case_is_never_taken():
    found = reading(progress(document(), applicationNumber="2031000124"))
    assert found.outcome is Outcome.UNREADABLE and found.reply is None
    assert "2031000124" in found.problems[-1]


def test_unknown_keys_are_kept_and_reported():
    found = reading(progress(document(responseDueDate="20310701"), applicationStatus="審査中"))
    assert {(extra.path, extra.value) for extra in found.reply.extras} == {
        ("applicationStatus", '"審査中"'),
        ("bibliographyInformation[1].documentList[1].responseDueDate", '"20310701"'),
    }
    assert len(found.problems) == 2


def test_a_misprinted_key_is_read_and_reported():
    data = progress(document())
    data["filingDate'"] = data.pop("filingDate")
    found = reading(data)
    assert found.reply.filing_date == date(2031, 4, 1)
    assert len(found.problems) == 1 and "misprinted" in found.problems[0]


def test_a_key_gone_missing_is_reported():
    data = progress(document())
    del data["erasureIdentifier"]
    found = reading(data)
    assert found.outcome is Outcome.OK and found.reply.erasure_identifier is None
    assert found.problems == ("erasureIdentifier: the key is missing",)


def test_the_era_coded_publication_number_is_read_where_the_gregorian_one_is_missing():
    assert reading(progress(publicationNumber="513090037")).reply.publication_number == "2031090037"
    found = reading(progress(publicationNumber="513090037", ADPublicationNumber="2031090038"))
    assert found.reply.publication_number == "2031090038"
    assert found.reply.era_publication_number == "513090037"
    assert any("2031090037" in problem for problem in found.problems)


def test_the_year_2019_belongs_to_two_eras_and_what_the_office_wrote_is_held():
    for era in ("431000001", "501000001"):
        found = reading(progress(publicationNumber=era, ADPublicationNumber="2019000001"))
        assert (found.reply.publication_number, found.problems) == ("2019000001", ())
        assert found.reply.era_publication_number == era


def test_a_publication_number_of_unknown_form_is_held_but_not_taken_for_a_gregorian_one():
    found = reading(progress(publicationNumber="昭62-1"))
    assert (found.reply.publication_number, found.reply.era_publication_number) == (None, "昭62-1")
    assert "昭62-1" in found.problems[0]


def test_a_title_of_another_law_beside_the_title_is_kept_and_reported():
    found = reading(progress(designArticle="架空の椅子"))
    assert found.reply.title == "試験用の装置"
    assert [extra.value for extra in found.reply.extras] == ['"架空の椅子"'] and found.problems


def test_what_stands_beside_the_result_or_its_data_is_kept_and_reported():
    result = {"statusCode": "100", "errorMessage": "", "remainAccessCount": "7", "data": progress()}
    sent = json.dumps({"result": {**result, "notice": "保守"}, "version": "2"}).encode()
    found = read(PROGRESS, (NUMBER,), 200, sent)
    assert {(extra.path, extra.value) for extra in found.reply.extras} == {
        ("notice", '"保守"'),
        ("version", '"2"'),
    }
    assert len(found.problems) == 2


def test_a_key_given_twice_is_read_once_and_the_other_kept():
    sent = body(progress()).replace(
        b'"filingDate": "20310401"', b'"filingDate": "20310401", "filingDate": "X"'
    )
    found = read(PROGRESS, (NUMBER,), 200, sent)
    assert found.reply.filing_date == date(2031, 4, 1)
    assert [(extra.path, extra.value) for extra in found.reply.extras] == [("filingDate", '"X"')]
    twice = reading({**progress(), "filingDate'": "20310402"})
    assert twice.reply.filing_date == date(2031, 4, 1)
    assert [extra.value for extra in twice.reply.extras] == ['"20310402"'] and len(twice.problems) == 2


def test_no_data_but_data_all_the_same_is_reported():
    found = read(PROGRESS, (NUMBER,), 200, body(progress(), "107"))
    assert (found.outcome, found.reply) == (Outcome.EMPTY, None)
    assert any(NUMBER in problem for problem in found.problems)


@pytest.mark.parametrize(
    ("written", "day"), [("20010731", date(2001, 7, 31)), ("20010700", None), ("20010000", None)]
)
def test_a_book_of_which_only_the_year_is_known_keeps_its_year(written, day):
    cited = dict.fromkeys(TABLES["patent/cite_doc_info"]["nonPatentDoc"][1].table, "")
    data = {"applicationNumber": NUMBER, "patentDoc": [], "nonPatentDoc": [{**cited, "issueDate": written}]}
    found = reading(data, endpoint("patent", "cite_doc_info"))
    (book,) = found.reply.non_patent
    assert (book.issued, book.issue_date, found.problems) == (written, day, ())


@pytest.mark.parametrize(
    "key", ["appealTrialDecisiondDate", "appealTrialDecisionDate", "appealTrialDecisiondDate'"]
)
def test_the_day_of_the_appeal_decision_is_read_however_its_key_is_spelt(key):
    row = endpoint("design", "registration_info")
    data = dict.fromkeys(TABLES[row.bucket_name], "") | {"applicationNumber": NUMBER}
    del data["appealTrialDecisiondDate"]
    found = reading({**data, key: "20310502"}, row)
    assert found.reply.appeal_decision_date == date(2031, 5, 2)
    assert len(found.problems) == key.count("'")


def test_an_applicant_of_unknown_kind_is_not_guessed():
    party = {"applicantAttorneyCd": "000000001", "name": "試験商会", "applicantAttorneyClass": "3"}
    found = reading(progress(applicantAttorney=[party]))
    assert found.reply.parties[0].role == "unknown" and found.problems


def test_lists_in_disguise_keep_the_order_of_their_keys():
    classes = {str(index): f"1.{index}" for index in (10, 2, 0, 1)}
    assert reading(progress(viennaClass=classes)).reply.vienna_classes == ("1.0", "1.1", "1.2", "1.10")


def test_characters_no_database_can_hold_are_replaced_and_reported():
    found = reading(progress(inventionTitle="装\0置\ud800"))
    found.reply.title.encode("utf-8")
    assert "\0" not in found.reply.title and found.problems


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("JPA 414433033", "特開2002-433033"),
        ("JPA 360446093", "特開昭60-446093"),
        ("JPA 408467522", "特開平08-467522"),
        ("JPA 411999999", "特表平11-999999"),
        ("JPA 503090037", "特開2021-090037"),
        ("JPB 003347000", None),
        ("USA 020190012345", None),
        ("", None),
    ],
)
def test_cited_publications_are_named_as_people_write_them(number, name):
    assert publication_name(number) == name


# --- bodies of every kind


@pytest.mark.parametrize(
    ("sent", "http", "outcome"),
    [
        (b"", 200, "unreadable"),
        (b"<html>maintenance</html>", 200, "down"),
        (b"\n<!DOCTYPE html><p>403", 403, "down"),
        (b"<html>", 404, "down"),
        (b"<html>", 429, "busy"),
        (b"<html>", 504, "timeout"),
        (b"%PDF-1.7", 200, "unreadable"),
        (b"PK\x03\x04....", 200, "unreadable"),
        (b'{"message": "Forbidden"}', 403, "down"),
        (b'{"message": "ok"}', 200, "unreadable"),
        (b'{"result": []}', 200, "unreadable"),
        (b'{"result": {"statusCode": "100"}}', 200, "unreadable"),
        (b'{"result": {"statusCode": 100, "data": {}}}', 200, "unreadable"),
        (b'{"result": {"statusCode": "107"}}', 200, "empty"),
        (b'{"result": {"statusCode": "107"', 200, "unreadable"),
        (b"\xef\xbb\xbf" + b'{"result": {"statusCode": "107", "data": {}}}', 200, "empty"),
        (b'{"a":' * 100_000, 200, "unreadable"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, 200, "unreadable"),
        (b'{"a": ' + b"9" * 5000 + b"}", 200, "unreadable"),
        (b'{"\xff": 1}', 200, "unreadable"),
    ],
)
def test_bodies_that_are_no_answer(sent, http, outcome):
    assert read(PROGRESS, (NUMBER,), http, sent).outcome == outcome


def test_a_document_endpoint_takes_a_zip_or_the_offices_word_that_there_is_none():
    row = endpoint("design", "app_doc_cont_refusal_reason")
    assert read(row, (NUMBER,), 200, b"PK\x03\x04...").outcome is Outcome.OK
    assert read(row, (NUMBER,), 503, b"PK\x03\x04...").outcome is Outcome.DOWN
    assert read(row, (NUMBER,), 200, body({}, "108")).outcome is Outcome.NO_BODY
    for data in ({}, {"URL": "https://example.com/bundle.zip?signature=secret"}):
        found = read(row, (NUMBER,), 200, body(data))
        assert found.outcome is Outcome.UNREADABLE and found.problems
        assert "signature" not in repr(found), "for five minutes the address opens the file to anyone"


def test_an_address_people_could_be_lured_by_is_refused():
    row = endpoint("patent", "jpp_fixed_address")
    for url in ("javascript:alert(1)", "http://example.com/", "https://example.com/a b", ""):
        assert read(row, (NUMBER,), 200, body({"URL": url})).outcome is Outcome.UNREADABLE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from([*progress(), "goodsServiceInformation", "viennaClass", "patentDoc", "URL"])


@given(
    st.sampled_from(ENDPOINTS), st.dictionaries(KEYS, JSON, max_size=8), st.sampled_from(["100", "107", ""])
)
@settings(max_examples=150)
def test_no_json_crashes_the_reader(row, strange, code):
    data = progress(
        document(**{key: value for key, value in strange.items() if key == "legalDate"}), **strange
    )
    arguments = (NUMBER,) if len(row.parameters) == 1 else ("application", NUMBER)
    found = read(row, arguments, 200, body(data, code))
    for problem in found.problems:
        problem.encode("utf-8")


@given(st.sampled_from(ENDPOINTS), st.binary(max_size=60), st.sampled_from([200, 401, 500]))
def test_no_bytes_crash_the_reader(row, noise, http):
    for sent in (noise, b"{" + noise, b"PK" + noise):
        found = read(row, ("application", NUMBER)[-len(row.parameters) :], http, sent)
        assert row.is_document or not found.outcome.is_answer
