"""What people order of an application abroad, against the One Portal Dossier of the sandbox office."""

from __future__ import annotations

import hashlib
import zlib

import pytest
from lxml import html

from dossiers import clock
from dossiers.models import Case, CitedDocument, FamilyMember, ForeignText, OfficeCall, RefreshJob
from dossiers.refresh import abroad, abroad_orders, citing, jobs
from tests.pages import docket

from .test_abroad import case, no_limit_a_minute, sight, work  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def members(office, case) -> list[FamilyMember]:  # noqa: F811
    """The members abroad, with their documents."""
    work()
    OfficeCall.objects.all().delete()
    return list(abroad.askable().filter(case=case))


def asked() -> list[str]:
    return list(OfficeCall.objects.order_by("pk").values_list("endpoint", flat=True))


def cited_by(office, member: FamilyMember) -> set[str]:
    dossier = office.office.opd.dossier(member.application_number)
    patents = [one.number for one in dossier.cited_patents()]
    return {*patents, *(one.text for one in dossier.cited_texts())}


def test_an_order_brings_what_the_office_abroad_cites(office, members, alice):
    us = next(one for one in members if cited_by(office, one))
    assert us.cited_asked_at is None and not CitedDocument.objects.exists()
    assert abroad_orders.request_citations(us.case, by=alice) == len(members)
    assert {job.state for job in work()} == {"done"}
    us.refresh_from_db()
    assert us.cited_confirmed_at and us.cited_outcome == "ok"
    assert {row.display for row in us.cited.all()} == cited_by(office, us)
    assert asked() == ["opd/global_cite_class"] * len(members)


def test_what_a_dossier_told_is_gathered_anew_from_what_is_kept(office, members, alice):
    us = next(one for one in members if cited_by(office, one))
    abroad_orders.request_citations(us.case, by=alice)
    work()
    CitedDocument.objects.all().delete()
    Case.objects.update(cited_with=0)
    citing.catch_up(clock.now())
    assert {row.display for row in us.cited.all()} == cited_by(office, us)


def test_ordering_twice_asks_once(office, members, alice):
    for _ in range(2):
        abroad_orders.request_citations(members[0].case, by=alice)
    assert RefreshJob.objects.filter(bucket="opd/global_cite_class").count() == len(members)


def test_an_order_of_citations_keeps_the_weekly_round_from_nothing(members, alice):
    FamilyMember.objects.update(asked_at=None)
    RefreshJob.objects.all().delete()
    abroad_orders.request_citations(members[0].case, by=alice)
    abroad.plan_family(clock.now())
    assert RefreshJob.objects.filter(bucket="opd/global_doc_list").count() == len(members)


def test_a_document_comes_as_it_is_and_is_asked_for_once(office, members, alice):
    document = members[0].documents.exclude(original_id="").first()
    text = abroad_orders.request_text(document, translated=False, by=alice)
    work()
    text.refresh_from_db()
    body = zlib.decompress(text.body)
    assert body.startswith(b"%PDF") and text.size == len(body) and text.outcome == "ok"
    abroad_orders.request_text(document, translated=False, by=alice)
    assert not RefreshJob.objects.filter(state="waiting").exists() and asked() == ["opd/global_doc_cont"]


def test_a_document_that_the_dossier_does_not_hold_is_not_there(office, members, alice):
    document = members[0].documents.exclude(original_id="").first()
    document.original_id = "nothing-of-that-name"
    document.save()
    text = abroad_orders.request_text(document, translated=False, by=alice)
    work()
    text.refresh_from_db()
    assert text.outcome == "no_body" and text.received_at is None and not text.body


def test_a_document_without_a_name_cannot_be_ordered(members, alice):
    document = members[0].documents.first()
    document.translated_id = ""
    document.save()
    with pytest.raises(ValueError):
        abroad_orders.request_text(document, translated=True, by=alice)


def test_an_order_given_up_says_so_where_it_was_given(members, alice):
    document = members[0].documents.exclude(original_id="").first()
    text = abroad_orders.request_text(document, translated=False, by=alice)
    abroad_orders.request_citations(members[0].case, by=alice)
    before = members[0].asked_at
    for job in RefreshJob.objects.filter(state="waiting"):
        jobs.give_up(job)
    member = FamilyMember.objects.get(pk=members[0].pk)
    assert ForeignText.objects.get(pk=text.pk).outcome == "gave_up"
    assert member.cited_outcome == "gave_up" and member.cited_confirmed_at is None
    assert (member.asked_at, member.last_outcome) == (before, "ok")


def test_an_attorney_sees_what_the_us_cites_and_japan_does_not_and_reads_a_document(
    office, members, client, bob
):
    """From the family's page alone, by its own buttons and links."""
    client.force_login(bob)
    case = members[0].case  # noqa: F811
    page = docket.page_of(case, "family/disclosure/")
    assert "not known: not asked for" in _text(client, page)
    (action,) = _tree(client, page).xpath('//form[contains(@action, "/family/citations/")]/@action')
    assert client.post(action).status_code == 302 and work()
    us = {number for one in members if one.office == "US" for number in cited_by(office, one)}
    home = set(case.cited.filter(member=None).values_list("display", flat=True))
    shown = _tree(client, f"{page}?cites=US&lacks=JP").xpath(
        '//table[contains(@class, "offices")]//th/bdi[1]'
    )
    assert {one.text for one in shown if "clip" in one.get("class", "")} == us - home and us - home
    member = next(one for one in members if one.documents.exclude(original_id="").exists())
    page = docket.page_of(case, f"family/{member.pk}/")
    action = _tree(client, page).xpath('//form[contains(@action, "/fetch/")]/@action')[0]
    assert client.post(action).status_code == 302 and work()
    text = ForeignText.objects.get()
    (lead,) = _tree(client, page).xpath(
        f'//a[contains(@href, "/documents/{text.document_id}/{text.pk}/")]/@href'
    )
    answer = client.get(lead)
    assert answer.content.startswith(b"%PDF") and hashlib.sha256(answer.content).hexdigest() == text.sha256
    assert answer.headers["Content-Disposition"].startswith("attachment")


def _text(client, page: str) -> str:
    return client.get(page, headers={"accept-language": "en"}).content.decode()


def _tree(client, page: str):
    return html.fromstring(_text(client, page))
