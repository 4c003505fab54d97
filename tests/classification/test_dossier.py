"""The specification comes from the One Portal Dossier, within the office's limits, or it is said why not."""

from __future__ import annotations

from datetime import date

import pytest

from apiclient.jpo.opd import DossierDocument
from apiclient.sandbox.faults import KINDS
from apiclient.sandbox.specification import technique_of
from dossiers import classification
from dossiers.classification.dossier import parts_as_filed
from dossiers.models import Case, CpcSuggestion, OfficeCall, QuotaMinute, Sample
from tests import make

pytestmark = pytest.mark.django_db


def ask(case: Case, by) -> CpcSuggestion:
    order = classification.order_from_dossier(case, by=by)
    work(order)
    return order


def work(order: CpcSuggestion) -> None:
    classification.pump(budget_seconds=30)
    order.refresh_from_db()


def let_a_minute_pass(office) -> None:
    """For the orders by the office's clock; for the ledger, whose minute no clock can shorten, by hand."""
    office.advance(seconds=61)
    QuotaMinute.objects.all().delete()


def calls() -> list[tuple[str, str]]:
    return list(OfficeCall.objects.order_by("pk").values_list("endpoint", "argument"))


@pytest.fixture
def published(office, alice) -> Case:
    """A granted patent: its dossier is open."""
    sight = office.cases("patent", limit=1, stage="registered")[0]
    return make.case(sight.case.number, title=sight.case.title)


def test_description_and_claims_as_filed_are_fetched_and_classified(published, alice, stand_in):
    order = ask(published, alice)
    assert (order.state, order.source) == ("done", "opd")
    number = f"JP.{published.application_number}.A"
    description, claims = order.source_name.split(", ")
    assert description.startswith("Description_") and claims.startswith("Claims_")
    assert calls() == [
        ("opd/global_doc_list", number),
        ("opd/jp_doc_cont", f"{number}/{description}"),
        ("opd/jp_doc_cont", f"{number}/{claims}"),
    ]
    assert OfficeCall.objects.values_list("purpose", flat=True).distinct().get() == "person"
    assert order.text is None and order.parts == [] and order.text_length > 500


def test_the_stand_in_finds_the_field_that_the_invented_specification_is_of(
    office, alice, stand_in, settings
):
    """At least the section of the field's own CPC symbol is among the first five."""
    hits = tried = 0
    for sight in office.cases("patent", limit=12, stage="registered"):
        order = ask(make.case(sight.case.number), alice)
        assert order.state == "done"
        tried += 1
        hits += technique_of(sight.case.title)[1].cpc[0] in {one["symbol"][0] for one in order.symbols}
        let_a_minute_pass(office)
    assert tried == 12 and hits >= 10


def test_the_minutes_limit_puts_the_order_off_and_nothing_fetched_is_asked_for_again(
    office, published, alice, stand_in
):
    other = make.case(office.cases("patent", limit=2, stage="registered")[1].case.number)
    ask(published, alice)
    order = ask(other, alice)
    assert (order.state, order.outcome) == ("waiting", "minute_limit")
    assert [bool(text) for _identity, text in order.parts] == [True, False]
    let_a_minute_pass(office)
    work(order)
    assert order.state == "done" and len(calls()) == len(set(calls())) == 6


def test_the_days_limit_puts_the_order_off_until_the_offices_next_day(office, published, alice, stand_in):
    office.fault("203", endpoint="opd/jp_doc_cont")
    order = ask(published, alice)
    work(order)
    assert (order.state, order.outcome) == ("waiting", "daily_limit")
    assert order.not_before.astimezone(office.now().tzinfo).date() > office.today()
    assert order.attempts <= 1
    office.advance(days=1)
    work(order)
    assert order.state == "done"


def test_a_case_that_the_dossier_does_not_know_asks_for_the_text_instead(alice, stand_in):
    order = ask(make.case("2020999999"), alice)
    assert (order.state, order.outcome) == ("failed", "opd_unknown")


def test_a_case_from_before_the_dossiers_is_not_even_asked_about(office, alice, stand_in):
    order = ask(make.case("1998000123"), alice)
    assert (order.state, order.outcome) == ("failed", "opd_unknown")
    assert calls() == []


def test_no_access_to_the_office_is_said(published, alice, stand_in, settings):
    settings.JPO_USERNAME = ""
    order = ask(published, alice)
    assert (order.state, order.outcome) == ("failed", "no_credentials")


def test_no_question_is_spent_when_nobody_could_classify_the_text(published, alice, stand_in, settings):
    settings.IPAU_CLIENT_SECRET = ""
    assert ask(published, alice).outcome == "not_configured"
    assert calls() == []


@pytest.mark.parametrize("kind, state", [("999", "waiting"), ("302", "waiting"), ("garbage", "failed")])
def test_an_office_that_does_not_answer_is_asked_again_and_one_that_babbles_is_not(
    office, published, alice, stand_in, kind, state
):
    office.fault(kind, endpoint="opd/global_doc_list", times=None)
    order = ask(published, alice)
    assert order.state == state and order.outcome
    office.clear_faults()
    office.advance(seconds=3700)
    work(order)
    assert order.state == ("done" if state == "waiting" else "failed")


def test_a_document_that_cannot_be_read_is_never_half_a_specification(office, published, alice, stand_in):
    office.fault("wrong_encoding", endpoint="opd/jp_doc_cont", times=None)
    order = ask(published, alice)
    assert order.state == "failed" and order.symbols == []
    assert Sample.objects.get().endpoint == "opd/jp_doc_cont"  # for the administrator


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith(("zip_", "xml_"))])
def test_a_hostile_archive_is_no_specification_and_is_kept_for_the_administrator(
    office, published, alice, stand_in, kind
):
    office.fault(kind, endpoint="opd/jp_doc_cont", times=None)
    order = ask(published, alice)
    assert order.symbols == [] and (order.state, order.outcome) == ("failed", "unreadable")
    assert "unreadable" in str(Sample.objects.get().problems)


# --- which documents make up a specification --------------------------------------------------------------


def listed(identity: str, name: str = "", on: date | None = date(2021, 8, 24), translated: str = ""):
    return DossierDocument(on, identity, name or None, None, translated or None)


def test_amended_parts_are_not_taken_for_those_filed():
    documents = (
        listed("Amendment_of_Claims_1_JP", "手続補正書（特許請求の範囲）", date(2021, 1, 1)),
        listed("Description_3_JP", "明細書", date(2023, 1, 1)),
        listed("Description_2_JP", "明細書", date(2022, 1, 1)),
        listed("Claims_2_JP", "特許請求の範囲", date(2022, 1, 1)),
    )
    assert parts_as_filed(documents) == ("Description_2_JP", "Claims_2_JP")


def test_opaque_ids_are_known_by_their_descriptions():
    documents = (
        listed("X9K2", "Specification"),
        listed("Q7", "", translated="Claims"),
        listed("Z", "Drawings"),
    )
    assert parts_as_filed(documents) == ("X9K2", "Q7")


def test_without_a_description_there_is_no_specification():
    assert parts_as_filed((listed("Claims_2_JP", "請求の範囲"), listed("Drawings_2_JP", "図面"))) == ()
    assert parts_as_filed(()) == ()


def test_all_parts_in_one_document_are_fetched_once():
    assert parts_as_filed((listed("A_1_JP", "明細書及び特許請求の範囲"),)) == ("A_1_JP",)


def test_a_row_without_an_id_or_a_date_breaks_nothing():
    documents = (
        DossierDocument(None, None, "明細書", None, None),
        listed("Description_1_JP", "明細書", None),
    )
    assert parts_as_filed(documents) == ("Description_1_JP",)
