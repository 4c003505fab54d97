"""The family abroad as people see it: what is known, how sure, and what is not known."""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html

from dossiers import clock
from dossiers.models import Case, CaseFamily, FamilyMember, RefreshJob, TimeLimit

from . import docket
from .test_access import _compare, _count

ACTION = {"original_id": "A1", "identity": "A1", "title": "Non-Final Rejection", "side": "office"}


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def case(db) -> Case:
    case = docket.confirmed_case()
    CaseFamily.objects.create(case=case, asked_at=clock.now(), confirmed_at=clock.now(), last_outcome="ok")
    return case


def member(case: Case, number: str = "US.202312345678.A", **fields) -> FamilyMember:
    now = clock.now()
    fields = {"asked_at": now, "confirmed_at": now, "last_outcome": "ok", **fields}
    return case.family.create(office=number[:2], identity=number, application_number=number, **fields)


def family_page(client, case: Case, **extra) -> str:
    return client.get(docket.page_of(case, "family/"), **extra).content.decode()


def test_the_case_page_leads_to_the_family_and_a_design_has_none(signed_in, case):
    assert docket.page_of(case, "family/") in signed_in.get(docket.page_of(case)).content.decode()
    design = docket.confirmed_case("2023000124", law="design")
    assert "family/" not in signed_in.get(docket.page_of(design)).content.decode()
    assert signed_in.get(docket.page_of(design, "family/")).status_code == 404


def test_members_stand_with_their_numbers_and_addresses_of_registers(signed_in, case):
    granted = [{"number": "US.12345678.B2", "day": "2026-05-05"}]
    member(case, registrations=granted, publications=[{"number": "US.2024123456.A1", "day": ""}])
    text = family_page(signed_in, case)
    assert "US.202312345678.A" in text and "US.12345678.B2" in text and "2026-05-05" in text
    assert "https://worldwide.espacenet.com/patent/search?q=pn%3DUS12345678B2" in text


def test_a_family_never_asked_for_is_not_said_to_be_empty(signed_in):
    case = docket.confirmed_case("2023000777")
    text = family_page(signed_in, case)
    assert "Not asked yet." in text
    assert "knows no family" not in text and "names no other" not in text


@pytest.mark.parametrize("outcome", ["down", "timeout", "daily_limit", "gave_up", "unreadable"])
def test_a_question_in_vain_is_not_a_confirmation(signed_in, case, outcome):
    CaseFamily.objects.update(last_outcome=outcome, confirmed_at=clock.now() - timedelta(days=9))
    member(case, last_outcome=outcome, confirmed_at=clock.now() - timedelta(days=9))
    text = family_page(signed_in, case)
    words = "The last answer could not be read." if outcome == "unreadable" else "not confirmed"
    assert text.count(words) == 2
    assert "names no other" not in text


def test_a_family_that_the_dossier_denies_after_it_named_one_is_red(signed_in, case):
    member(case)
    CaseFamily.objects.update(last_outcome="empty")
    assert "says now that it knows no family" in family_page(signed_in, case)
    case.family.all().delete()
    assert "The dossier knows no family of this case" in family_page(signed_in, case)


def test_an_act_abroad_leads_to_the_rule_and_nothing_is_docketed_before_a_person_confirms(signed_in, case):
    us = member(case)
    us.documents.create(**ACTION, legal_date=docket.days_ago(20))
    page = html.fromstring(family_page(signed_in, case))
    (link,) = page.xpath("//a[contains(@href, '/limits/rule/')]/@href")
    told = parse_qs(urlsplit(link).query)
    assert told["rule"] == ["us.oa"] and told["base"] == [docket.days_ago(20).isoformat()]
    assert not TimeLimit.objects.exists()
    form = html.fromstring(signed_in.get(link).content.decode())
    (note,) = form.xpath("//textarea[@name='note']")
    assert "US.202312345678.A" in note.text and "One Portal Dossier" in note.text
    assert form.xpath("//form[@method='get']//input[@name='note']/@value") == [note.text.strip()]
    given = {name: told[name][0] for name in ("rule", "base")}
    signed_in.post(docket.page_of(case, "limits/rule/"), {**given, "note": note.text})
    assert TimeLimit.objects.filter(rule_id="us.oa", base_date=docket.days_ago(20)).exists()
    assert "time limit docketed" in family_page(signed_in, case)


def test_a_document_of_a_name_nobody_knows_is_said_to_be_unknown(signed_in, case):
    us = member(case)
    us.documents.create(identity="x", title="Zwischenbescheid", legal_date=date(2026, 11, 1))
    page = docket.page_of(case, f"family/{us.pk}/")
    text = signed_in.get(page).content.decode()
    assert "kind not known" in text and "/limits/rule/" not in text


def test_the_documents_come_as_a_part_and_as_a_page(signed_in, case):
    us = member(case)
    for n in range(450):
        us.documents.create(identity=str(n), title=f"Paper {n:03d}", legal_date=docket.days_ago(n))
    page = docket.page_of(case, f"family/{us.pk}/")
    part = signed_in.get(page, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part and "Paper 000" in part and "450 documents in all" in part
    last = signed_in.get(page, {"page": 3}).content.decode()
    assert "<html" in last and "Paper 449" in last and "Paper 100" not in last


def test_a_member_of_another_case_is_not_shown_under_this_one(signed_in, case):
    other = member(docket.confirmed_case("2023000888"))
    assert signed_in.get(docket.page_of(case, f"family/{other.pk}/")).status_code == 404


def test_asking_now_orders_the_list_and_the_members_once(signed_in, case, bob):
    us, _ = member(case), member(case, "WO.2023012345.A")
    for _ in range(2):
        signed_in.post(docket.page_of(case, "family/refresh/"))
    orders = RefreshJob.objects.filter(purpose="family").order_by("pk")
    assert [one.member for one in orders] == [None, us]
    assert all(one.requested_by == bob for one in orders)
    assert "2 questions wait for their turn" in family_page(signed_in, case)


def test_the_question_about_the_family_is_not_shown_as_one_about_the_case(signed_in, case):
    signed_in.post(docket.page_of(case, "family/refresh/"))
    assert (
        "Waiting for its turn to ask the office" not in signed_in.get(docket.page_of(case)).content.decode()
    )


def test_a_case_older_than_the_dossier_cannot_be_asked_about(signed_in):
    case = docket.confirmed_case("1998000001")
    text = family_page(signed_in, case)
    assert "holds no applications of that time" in text and "family/refresh/" not in text
    signed_in.post(docket.page_of(case, "family/refresh/"))
    assert not RefreshJob.objects.exists()


def test_the_member_in_this_docket_leads_to_its_case(signed_in, case):
    twin = docket.confirmed_case("2024000321")
    member(case, "JP.2024000321.A", asked_at=None, confirmed_at=None, last_outcome="")
    text = family_page(signed_in, case)
    assert docket.page_of(twin) in text and "Asked for in the daily round" in text


def test_a_family_costs_the_same_with_five_and_with_sixty_members(signed_in, case):
    def grow(start: int, stop: int) -> None:
        for n in range(start, stop):
            us = member(case, f"US.2023{n:08d}.A")
            us.documents.create(**ACTION, legal_date=docket.days_ago(n))

    page = docket.page_of(case, "family/")
    grow(0, 5)
    few = _count(signed_in, page)
    grow(5, 60)
    assert _count(signed_in, page) == few
    _compare("/cases/<law>/<number>/family/", few)


# --- who comes from whom ------------------------------------------------------------------------------------


def boxes(client, case: Case) -> dict[str, str]:
    """Words of each box and its link, and the lines drawn."""
    page = html.fromstring(family_page(client, case))
    (drawing,) = page.xpath("//div[contains(@class, 'tree')]/svg")
    found = {
        box.getparent().findtext("text"): box.getparent().get("href", "") for box in drawing.iter("rect")
    }
    return {**found, "lines": len(drawing.xpath(".//path"))}


def came_from(case: Case, number: str) -> None:
    case.parent = {"number": number, "filing_date": "2022-01-05", "generation": 1}
    case.save()


def test_divisionals_stand_behind_their_parents_by_generation(signed_in, case):
    child, grandchild = docket.confirmed_case("2024000321"), docket.confirmed_case("2025000654")
    came_from(child, case.application_number)
    came_from(grandchild, "2024000321")
    came_from(case, "2020000777")
    found = boxes(signed_in, child)
    assert found["lines"] == 3
    assert found["JP Patent Appl. 2025-000654"] == docket.page_of(grandchild)
    assert found["JP Patent Appl. 2020-000777"] == ""  # not in the docket
    assert "not in the docket" in family_page(signed_in, child)


def test_a_priority_is_joined_to_the_applications_that_claim_it(signed_in, case):
    case.priorities = [{"day": "2022-03-01", "country": "US", "number": "63/123,456"}]
    case.save()
    divided = docket.confirmed_case("2024000321", priorities=case.priorities)
    came_from(divided, case.application_number)
    found = boxes(signed_in, case)
    assert "US 63/123,456" in found
    assert found["lines"] == 2  # the divisional has it from its parent


def test_members_abroad_stand_by_office_and_no_relation_is_made_up(signed_in, case):
    us = member(case, registrations=[{"number": "US.12345678.B2", "day": ""}])
    member(case, "EP.23123456.A")
    found = boxes(signed_in, case)
    assert found["lines"] == 0
    assert found["US.202312345678.A"].endswith(f"#member-{us.pk}")
    assert "granted, by its number" in family_page(signed_in, case)


def test_a_box_of_the_tree_names_the_day_of_filing_as_such_and_a_grant_by_its_own_day(signed_in, case):
    told = [{"number": "US.12345678.B2", "day": "2026-05-05"}, {"number": "US.RE49999.E", "day": ""}]
    member(case, registrations=told, filed_on=date(2023, 1, 20))
    member(case, "EP.23123456.A", publications=[{"number": "EP.4123456.A1", "day": "2024-06-12"}])
    Case.objects.filter(pk=case.pk).update(stage="registered", filing_date=date(2023, 1, 15))
    page = html.fromstring(family_page(signed_in, case))
    said = [" ".join(title.text_content().split()) for title in page.xpath("//svg//*[rect]/title")]
    assert any(one.endswith("Registered Filed 2023-01-15") for one in said)
    assert "US.202312345678.A granted, by its number 2026-05-05 Filed 2023-01-20" in said
    assert "EP.23123456.A published 2024-06-12" in said


def test_offices_stand_beside_each_other_before_a_new_row_begins(signed_in, case):
    for number in ("CN.1.A", "EP.2.A", "KR.3.A", "US.4.A", "WO.5.A", "US.6.A"):
        member(case, number)
    page = html.fromstring(family_page(signed_in, case))
    words = page.xpath("//div[contains(@class, 'tree')]/svg//text")
    heads = {one.text: (int(one.get("x")), int(one.get("y"))) for one in words if len(one.text) == 2}
    row = {heads[office][1] for office in ("CN", "EP", "KR", "US")}
    assert len(row) == 1 and len({x for x, _y in heads.values()}) == 4
    assert heads["WO"][0] == heads["CN"][0] and heads["WO"][1] > row.pop()
    drawn = page.xpath("//div[contains(@class, 'tree')]/svg//rect")
    places = {(one.get("x"), one.get("y")) for one in drawn}
    assert len(places) == len(drawn) == 7  # none lies upon another


def test_the_page_of_a_member_tells_its_numbers_days_and_registers(signed_in, case):
    told = [{"number": "US.12345678.B2", "day": "2026-05-05"}]
    one = member(case, registrations=told, filed_on=date(2023, 1, 20), title_translated="Steel sheet")
    text = signed_in.get(docket.page_of(case, f"family/{one.pk}/")).content.decode()
    for words in ("Steel sheet", "2023-01-20", "US.12345678.B2", "2026-05-05"):
        assert words in text
    assert "https://worldwide.espacenet.com/patent/search?q=pn%3DUS12345678B2" in text


def test_a_number_or_day_abroad_is_not_torn_apart(signed_in, case):
    member(case, publications=[{"number": "US.2024123456.A1", "day": "2024-01-05"}], title="Steel sheet")
    page = html.fromstring(family_page(signed_in, case))
    (number,) = page.xpath("//tbody//bdi[text()='US.2024123456.A1']")
    assert number.get("class") == "whole-number"
    assert page.xpath("//tbody//span[@class='date' and text()='2024-01-05']")
    assert page.xpath("//tbody//bdi[text()='Steel sheet']")


def test_parents_in_a_circle_are_all_drawn(signed_in, case):
    other, third = docket.confirmed_case("2024000321"), docket.confirmed_case("2024000322")
    came_from(case, "2024000321")
    came_from(other, "2024000322")
    came_from(third, case.application_number)
    assert len(boxes(signed_in, case)) == 3 + 1


def test_the_tree_is_a_nested_list_as_well_and_hostile_names_are_only_text(signed_in, case):
    case.own_reference, case.priorities = "<b>x</b>", [{"day": "", "country": "<i>", "number": "<script>"}]
    case.save()
    came_from(docket.confirmed_case("2024000321"), case.application_number)
    text = family_page(signed_in, case)
    assert "<script>" not in text.replace("<script src", "") and "<b>x" not in text
    page = html.fromstring(text)
    assert len(page.xpath("//div[contains(@class, 'as-list')]//li[@class='in-1']")) == 1
    assert not page.xpath("//*[@style]")


# --- documents to read --------------------------------------------------------------------------------------


def test_a_document_is_ordered_by_a_person_and_downloaded_as_it_came(signed_in, case, bob):
    us = member(case)
    paper = us.documents.create(**ACTION, translated_id="T1", legal_date=docket.days_ago(20))
    page = docket.page_of(case, f"family/{us.pk}/")
    assert "Fetch the document" in signed_in.get(page).content.decode()
    answer = signed_in.post(f"{page}documents/{paper.pk}/fetch/", follow=True)
    assert "Document ordered; it waits for its turn." in answer.content.decode()
    (order,) = RefreshJob.objects.all()
    assert (order.bucket, order.requested_by, order.text.document) == ("opd/global_doc_cont", bob, paper)
    RefreshJob.objects.update(state="done")
    text = order.text
    text.received_at, text.outcome, text.size = clock.now(), "ok", 8
    text.body = zlib.compress(b"%PDF-1.7")
    text.save()
    assert "Download the document" in signed_in.get(page).content.decode()
    got = signed_in.get(f"{page}documents/{paper.pk}/{text.pk}/")
    assert got.content == b"%PDF-1.7" and got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"].startswith("attachment") and got["Content-Disposition"].endswith(".pdf")
    signed_in.post(f"{page}documents/{paper.pk}/fetch/")
    assert RefreshJob.objects.count() == 1


def test_a_document_that_did_not_come_can_be_ordered_again(signed_in, case):
    us = member(case)
    paper = us.documents.create(**ACTION)
    page = docket.page_of(case, f"family/{us.pk}/")
    paper.texts.create(asked_at=clock.now(), outcome="no_body")
    text = signed_in.get(page).content.decode()
    assert "the dossier does not hold it" in text and "Fetch the document" in text
    assert signed_in.get(f"{page}documents/{paper.pk}/{paper.texts.get().pk}/").status_code == 404


def test_a_document_of_another_member_is_not_fetched_under_this_one(signed_in, case):
    us, ep = member(case), member(case, "EP.23123456.A")
    paper = ep.documents.create(**ACTION)
    page = docket.page_of(case, f"family/{us.pk}/documents/{paper.pk}/fetch/")
    assert signed_in.post(page).status_code == 404
