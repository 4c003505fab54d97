"""Suggested CPC symbols on a case's pages: how to ask, what came, and that it is only a suggestion."""

from __future__ import annotations

import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from lxml import html

from dossiers import classification, clock
from dossiers.models import CpcSuggestion
from tests import make
from tests.classification.stand_in import SPECIFICATION, configure

from . import docket

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return docket.confirmed_case()


@pytest.fixture
def configured(settings):
    """Access to a predictor at which nobody listens: enough to ask, too little to answer."""
    settings.IPAU_BASE_URL = settings.IPAU_TOKEN_URL = "http://127.0.0.1:9"
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TEXT_FIELD", "SYMBOLS_FIELD", "SYMBOL_FIELD"):
        setattr(settings, f"IPAU_{name}", "x")


def answered(case, *symbols: str, **fields) -> CpcSuggestion:
    values = {
        "source": "pasted",
        "key": str(CpcSuggestion.objects.count()),
        "state": "done",
        "outcome": "ok",
        "finished_at": clock.now(),
        "predictor": "a model",
        "text_length": 1200,
        "text_sha256": "ab" * 32,
        "symbols": [{"symbol": one, "score": f"0.{9 - n}"} for n, one in enumerate(symbols)],
        **fields,
    }
    return CpcSuggestion.objects.create(case=case, **values)


def words(answer) -> str:
    return " ".join(html.fromstring(answer.content).text_content().split())


def test_a_result_shows_rank_symbol_score_and_the_schemes_titles(client, bob, case):
    client.force_login(bob)
    answered(case, "H04W 72/04", "A02B 1/00", requested_by=bob)
    page = client.get(docket.page_of(case, "cpc/"))
    rows = [" ".join(row.text_content().split()) for row in html.fromstring(page.content).xpath("//tbody/tr")]
    assert rows[0] == "1 H04W 72/04 0.9 H04 Electric communication technique H Electricity"
    assert rows[1] == "2 A02B 1/00 0.8 A02 title not known A Human necessities"
    link = html.fromstring(page.content).xpath("//tbody//a")[0].get("href")
    assert link == "https://worldwide.espacenet.com/patent/cpc-browser#!/CPC=H04W72/04"


def test_a_result_says_who_suggested_it_when_and_from_what(client, bob, case):
    client.force_login(bob)
    answered(case, "H04W 72/04", source="uploaded", source_name="spec.txt", requested_by=bob)
    said = words(client.get(docket.page_of(case, "cpc/")))
    for part in ("a model", "uploaded file", "spec.txt", "1200 characters", "Bob Attorney", "abababab"):
        assert part in said
    assert "no classification by an office" in said


def test_a_stand_in_is_never_shown_as_the_real_predictor(client, bob, case):
    client.force_login(bob)
    answered(case, "H04W 72/04", stand_in=True)
    assert "stand-in of the sandbox, not IP Australia" in words(client.get(docket.page_of(case, "cpc/")))


def test_the_newest_result_comes_first_and_old_ones_are_a_link_away(client, bob, case):
    client.force_login(bob)
    for group in range(1, 13):
        answered(case, f"H04W {group}/00")
    page = words(client.get(docket.page_of(case, "cpc/")))
    assert page.index("H04W 12/00") < page.index("H04W 3/00") and "H04W 2/00" not in page
    assert "H04W 1/00" in words(client.get(docket.page_of(case, "cpc/?all=1")))


def test_without_access_the_page_says_which_settings_are_missing(client, bob, case):
    client.force_login(bob)
    page = client.get(docket.page_of(case, "cpc/"))
    assert "IPAU_CLIENT_ID" in words(page)
    assert not html.fromstring(page.content).xpath("//main//form")


def test_without_access_nothing_can_be_ordered_by_hand_made_requests(client, bob, case):
    client.force_login(bob)
    client.post(docket.page_of(case, "cpc/dossier/"))
    client.post(docket.page_of(case, "cpc/text/"), {"text": SPECIFICATION})
    assert not CpcSuggestion.objects.exists()


def test_pasting_and_uploading_make_orders_and_lead_to_the_page(client, bob, case, configured):
    client.force_login(bob)
    upload = SimpleUploadedFile("明細書.txt", SPECIFICATION.encode("cp932"))
    for sent in ({"text": "画像"}, {"upload": upload}):
        assert client.post(docket.page_of(case, "cpc/text/"), sent).url == docket.page_of(case, "cpc/")
    uploaded, pasted = CpcSuggestion.objects.order_by("-pk")
    assert (uploaded.source, uploaded.source_name, pasted.source) == ("uploaded", "明細書.txt", "pasted")
    assert zlib.decompress(bytes(uploaded.text)).decode() == SPECIFICATION
    assert "Waiting for its turn" in words(client.get(docket.page_of(case, "cpc/")))


def test_pressed_twice_there_is_one_order(client, bob, case, configured):
    client.force_login(bob)
    for _ in range(2):
        client.post(docket.page_of(case, "cpc/dossier/"))
    assert CpcSuggestion.objects.get().source == "opd"


@pytest.mark.parametrize(
    "sent, said",
    [
        ({}, "There is no text in it"),
        ({"text": " \n"}, "There is no text in it"),
        ({"text": "x" * 2_000_001}, "longer than 2 MB"),
        ({"text": "x", "upload": SimpleUploadedFile("a.txt", b"y")}, "not both at once"),
        ({"upload": SimpleUploadedFile("a.pdf", b"%PDF-1.4")}, "PDF files cannot be read"),
        ({"upload": SimpleUploadedFile("a.exe", b"MZ")}, "Only .txt, .xml"),
        ({"upload": SimpleUploadedFile("a.zip", b"PK")}, "could not be read"),
        ({"upload": SimpleUploadedFile("a.txt", b"x" * (5 * 1024 * 1024 + 1))}, "larger than 5 MB"),
    ],
)  # fmt: skip
def test_what_cannot_be_classified_comes_back_with_a_sentence(client, bob, case, configured, sent, said):
    client.force_login(bob)
    answer = client.post(docket.page_of(case, "cpc/text/"), sent)
    assert answer.status_code == 422 and said in words(answer)
    assert not CpcSuggestion.objects.exists()


def test_designs_and_trademarks_have_no_cpc(client, bob):
    client.force_login(bob)
    mark = docket.confirmed_case("2022000001", "trademark")
    assert client.get(docket.page_of(mark, "cpc/")).status_code == 404
    assert client.post(docket.page_of(mark, "cpc/dossier/")).status_code == 404
    assert 'id="cpc"' not in client.get(docket.page_of(mark)).text


def test_the_case_page_loads_the_suggestions_only_when_they_come_into_sight(client, bob, case):
    client.force_login(bob)
    answered(case, "H04W 72/04")
    page = html.fromstring(client.get(docket.page_of(case)).content)
    part = page.xpath("//*[@id='cpc']//*[@hx-get]")[0]
    assert part.get("hx-trigger") == "revealed" and "H04W" not in page.text_content()
    assert part.xpath(".//a")[0].get("href") == part.get("hx-get") == docket.page_of(case, "cpc/")
    loaded = client.get(part.get("hx-get"), headers={"HX-Request": "true"})
    assert "H04W 72/04" in words(loaded) and "<html" not in loaded.text


def test_a_page_asks_again_while_somebody_waits_and_rests_when_nobody_does(client, bob, case):
    client.force_login(bob)
    order = CpcSuggestion.objects.create(case=case, source="opd", key="opd", requested_by=bob)
    fragment = html.fromstring(client.get(docket.page_of(case, "cpc/results/")).content)
    assert fragment.get("hx-trigger") == "every 2s" and fragment.xpath(
        "//*[@role='status']/p[contains(@class, 'pulse')]"
    )
    CpcSuggestion.objects.filter(pk=order.pk).update(state="failed", outcome="opd_no_specification")
    fragment = html.fromstring(client.get(docket.page_of(case, "cpc/results/")).content)
    assert fragment.get("hx-trigger") is None
    assert "OPD has no specification for this case: paste the text instead." in fragment.text_content()


def test_the_number_of_queries_does_not_grow_with_the_results(client, bob, case):
    client.force_login(bob)
    counts = []
    for _ in range(2):
        for _ in range(4):
            answered(case, "H04W 72/04", requested_by=make.user(f"user{CpcSuggestion.objects.count()}"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(docket.page_of(case, "cpc/"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_what_a_predictor_or_a_file_is_called_stays_text(client, bob, case):
    client.force_login(bob)
    answered(
        case, "H04W 72/04", predictor=docket.HOSTILE[:200], source="uploaded",
        source_name=docket.HOSTILE[:300], problems=[docket.HOSTILE], detail=docket.HOSTILE[:500],
    )  # fmt: skip
    page = client.get(docket.page_of(case, "cpc/"))
    assert "<script>alert" not in page.text and html.fromstring(page.content).xpath("//main//bdi")


def test_from_the_button_to_the_table(client, alice, office, settings):
    configure(settings, office)
    sight = office.cases("patent", limit=1, stage="registered")[0]
    case = docket.confirmed_case(sight.case.number)
    client.force_login(alice)
    client.post(docket.page_of(case, "cpc/dossier/"))
    classification.pump(budget_seconds=30)
    page = client.get(docket.page_of(case, "cpc/"))
    assert len(html.fromstring(page.content).xpath("//tbody/tr")) >= 3
    with translation.override("ja"):
        assert str(CpcSuggestion.Source.OPD.label) in words(page)
