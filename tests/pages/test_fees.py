"""Official fees on pages: with their source and how fresh they are, and never a blank."""

from __future__ import annotations

import copy
import re

import pytest
import yaml

from dossiers import clock
from dossiers.docketing.fees import FEES, FeeBook, jpo_fees, read_fees
from dossiers.docketing.store import reconcile
from dossiers.models import News, Register, TimeLimit

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def limit(db):
    return docket.refused(docket.confirmed_case()).limits.get()


def words(answer) -> str:
    """The page in one line, without the elements that keep a day on one."""
    page = re.sub(r'<(span class="nowrap"|time[^<>]*)>([^<]*)</(span|time)>', r"\2", answer.content.decode())
    return " ".join(page.split())


def dearer() -> FeeBook:
    """The table of the package with a late extension of 52,000 yen."""
    content = copy.deepcopy(yaml.safe_load(FEES.read_text(encoding="utf-8")))
    late = next(fee for fee in content["fees"] if fee["id"] == "extension.late.patent")
    late["amounts"][0]["amount"] = 52000
    return read_fees(content, "fees.yaml")


def test_the_ladder_tells_each_fee_with_its_source_and_asks_to_check_it(signed_in, limit):
    text = words(signed_in.get(f"/limits/{limit.pk}/"))
    assert "¥51,000" in text and "amount as of 2025-06-01: check before paying" in text
    assert "source: JPO, extension of time for responses to refusal notices (patents)" in text
    assert 'href="/fees/"' in text


def test_the_ladder_tells_it_in_japanese(client, alice, limit):
    client.force_login(alice)
    text = words(client.get(f"/limits/{limit.pk}/"))
    assert "51,000円" in text and "2025-06-01時点の額。納付前に要確認" in text


def annuity_due(paid: int | None):
    """The limit of a registered patent's next annuity, paid up to this year."""
    case = docket.confirmed_case("2019000321")
    registered, expires = docket.days_ago(1200), docket.days_ago(-5000)
    case.registration_number, case.registration_date, case.expire_date = "7000001", registered, expires
    case.save()
    Register.objects.create(
        case=case, registration_number="7000001", registration_date=registered, last_paid_year=paid,
        next_annuity_due=docket.days_ago(-40), confirmed_at=clock.now(), expire_date=expires,
    )  # fmt: skip
    reconcile(case, now=clock.now())
    return case.limits.get(rule_id="pat.annuity")


def fee_itself(client, limit) -> str:
    return (
        words(client.get(f"/limits/{limit.pk}/")).split("Official fee of the act itself")[1].split("</dd>")[0]
    )


def test_an_annuity_is_told_with_the_fee_of_its_year_alone(signed_in):
    told = fee_itself(signed_in, annuity_due(paid=3))
    assert "years 4 to 6: ¥10,300 + ¥800 per claim each" in told
    assert "years 1 to 3" not in told and "years 7 to 9" not in told


@pytest.mark.parametrize("paid", [None, 25])
def test_an_annuity_of_a_year_that_is_not_known_is_told_with_the_fees_of_all_years(signed_in, paid):
    limit = annuity_due(paid=3)
    Register.objects.update(last_paid_year=paid)
    told = fee_itself(signed_in, limit)
    assert "years 4 to 6" in told and "years 7 to 9" in told


def test_an_annuity_that_was_paid_is_not_given_the_fee_of_the_year_after_it(signed_in):
    limit = annuity_due(paid=3)
    TimeLimit.objects.update(state=TimeLimit.State.DONE)
    Register.objects.update(last_paid_year=6)
    assert "years 4 to 6" in fee_itself(signed_in, limit)


def test_a_changed_fee_is_shown_and_moves_no_limit(signed_in, limit, monkeypatch):
    stored = limit.calculation
    monkeypatch.setattr("dossiers.templatetags.fees.jpo_fees", dearer)
    changed = reconcile(limit.case, now=clock.now())
    limit.refresh_from_db()
    assert not (changed.moved or changed.created or changed.lost) and limit.calculation == stored
    assert not News.objects.filter(kind=News.Kind.LIMIT_MOVED).exists()
    assert "¥52,000" in words(signed_in.get(f"/limits/{limit.pk}/"))


def test_a_limit_stored_before_fees_had_a_table_still_shows_its_amount(signed_in, limit):
    for rung in limit.calculation["ladder"]:
        for name in ("fee", "act_from", "act_until"):
            del rung[name]
        rung["fee_jpy"] = 49000
    limit.save()
    text = words(signed_in.get(f"/limits/{limit.pk}/"))
    assert "¥49,000" in text and "as stored before sources were kept: check before paying" in text


def test_the_table_of_fees_says_what_is_known_on_a_day_and_what_is_not(signed_in):
    before, after = (words(signed_in.get("/fees/", {"on": day})) for day in ("2023-03-31", "2023-04-01"))
    assert "¥212,100" not in before and "¥212,100" in after
    assert "in force since 2023-04-01" in after and "none if the cause was beyond" in after
    assert "not known here: see the office&#x27;s fee table" in after
    known = sum(after.count(f'id="{name}"') for name in jpo_fees().fees)
    assert known == len(jpo_fees().fees)


@pytest.mark.parametrize("day", ["", "2026-02-30", "0001-01-01", "9999-12-31", "<script>"])
def test_a_day_that_cannot_be_meant_shows_todays_fees(signed_in, day):
    answer = signed_in.get("/fees/", {"on": day})
    assert answer.context["day"] == clock.office_today() and answer.status_code == 200


def test_the_fees_are_for_those_who_signed_in(client, db):
    assert client.get("/fees/").headers["Location"].startswith("/login/")
