"""The charts: each number is one that can be counted by hand, and what is not counted is said."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.utils import translation
from lxml import html

from dossiers import clock
from dossiers.docketing.data_file import Text
from dossiers.docketing.fees import Fee, FeeAmount, FeeBook, jpo_fees
from dossiers.models import Case, Event, Paper, Register, TimeLimit
from dossiers.refresh.readings import grounds_of
from dossiers.views.chart_counts import Due
from dossiers.views.drawing.charts import Entry, bars, columns
from dossiers.views.figures import FIGURES
from dossiers.views.figures.office import in_japanese
from dossiers.views.figures.payments import payments_ahead
from tests import make

from . import docket

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


def _whole(page, query: str = ""):
    return page.get(f"/charts/?whole=1&{query.removeprefix('?')}")


def figure(page, name: str, query: str = ""):
    return next(one for one in _whole(page, query).context["figures"] if one.name == name)


def numbers(page, name: str, query: str = "") -> dict[str, tuple[int, ...]]:
    """The lines of a figure that are not all zero."""
    return {line.words: line.numbers for line in figure(page, name, query).lines if any(line.numbers)}


def said(page, name: str) -> str:
    return " ".join(map(str, figure(page, name).notes))


def limit(case, due: date | None, **fields) -> TimeLimit:
    values = {
        "rule_id": "by_hand",
        "rule_version": "1",
        "title_en": "x",
        "calculation": {},
        "confidence": "x",
    }
    key = str(TimeLimit.objects.count())
    return TimeLimit.objects.create(case=case, key=key, due=due, **{**values, **fields})


# --- stages -----------------------------------------------------------------------------------------------


def test_cases_are_counted_by_stage_and_each_leads_to_its_list(page, bob):
    docket.confirmed_case("2023000001", stage="filed", owner=bob)
    docket.confirmed_case("2023000002", stage="filed")
    docket.confirmed_case("2023000003", "design", stage="registered")
    assert numbers(page, "stages") == {"Filed": (2,), "Registered": (1,)}
    assert numbers(page, "stages", "?law=design") == {"Registered": (1,)}
    assert numbers(page, "stages", "?scope=mine") == {"Filed": (1,)}
    link = figure(page, "stages", "?scope=mine").lines[0].link
    assert link == "/cases/?owner=mine&stage=filed"
    assert page.get(link).context["page"].paginator.count == 1


def test_no_number_leads_to_a_list_that_counts_something_else(page, bob):
    docket.confirmed_case(stage="filed", owner=bob)
    assert figure(page, "stages", f"?owner={bob.pk}").lines[0].link == f"/cases/?owner={bob.pk}&stage=filed"
    assert figure(page, "stages", f"?owner={bob.pk}&scope=team").lines[0].link == ""
    assert {line.link for line in figure(page, "limits", f"?owner={bob.pk}").lines} == {""}


def test_what_is_overdue_leads_to_the_same_number_of_limits(page):
    case = docket.confirmed_case()
    for days in (1, 5, 400):
        limit(case, docket.days_ago(days))
    line = figure(page, "limits").lines[0]
    assert line.numbers[0] == 3 == page.get(line.link).context["page"].paginator.count


def test_a_stage_that_nobody_has_named_yet_is_shown_as_it_is(page):
    docket.confirmed_case(stage="odd")
    assert numbers(page, "stages") == {"odd": (1,)}


# --- time limits ------------------------------------------------------------------------------------------


def test_limits_stand_in_the_week_of_their_last_day_by_urgency(page):
    case, today = docket.confirmed_case(), clock.office_today()
    later = today + timedelta(60)
    limit(case, today)
    limit(case, later)
    limit(case, later, duty="chance")
    limit(case, later, state="claimed")
    limit(case, later, state="done")
    limit(case, today - timedelta(3))
    found = numbers(page, "limits")
    monday = today - timedelta(today.weekday())
    assert found[monday.isoformat()] == (0, 1, 0, 0, 0)
    assert found[(later - timedelta(later.weekday())).isoformat()] == (0, 0, 1, 1, 1)
    assert found["overdue"] == (1, 0, 0, 0, 0)
    assert len(found) == 3


def test_limits_in_no_week_are_told_in_words(page):
    case, today = docket.confirmed_case(), clock.office_today()
    limit(case, None)
    limit(case, today + timedelta(400))
    limit(case, today - timedelta(3), passed_on_adding=True)
    assert not numbers(page, "limits")
    notes = said(page, "limits")
    assert "1 running time limit has no date yet" in notes
    assert "1 had passed before its case was added" in notes and "1 ends after these weeks" in notes


# --- the office -------------------------------------------------------------------------------------------


def test_actions_are_counted_in_the_month_of_their_dispatch_and_no_longer_listed_ones_are_not(page):
    case, today = docket.confirmed_case(), clock.office_today()
    for code in ("A131", "A131", "A01", "A02", "A63"):
        make.event(case, code, today)
    make.event(case, "A131", today, vanished_at=clock.now())
    make.event(case, "A131", today - timedelta(1200))
    assert numbers(page, "actions") == {f"{today:%Y-%m}": (2, 1, 1)}


def test_pendency_runs_from_the_request_to_the_first_action_alone(page):
    case, today = docket.confirmed_case(), clock.office_today()
    make.event(case, "A621", today - timedelta(400), side="applicant")
    make.event(case, "A131", today - timedelta(100))
    make.event(case, "A02", today - timedelta(10))
    design = docket.confirmed_case("2025000001", "design", filing_date=today - timedelta(200))
    make.event(design, "A01", today - timedelta(20))
    assert numbers(page, "pendency") == {"8 – 9": (1,), "4 – 5": (1,)}
    assert "Half of 2 took at most 180 days" in said(page, "pendency")


def test_a_case_whose_request_is_not_on_file_is_said_to_be_left_out(page):
    make.event(docket.confirmed_case(), "A131", clock.office_today())
    assert not figure(page, "pendency").lines
    assert "1 is left out" in said(page, "pendency")


def test_answer_times_are_those_of_answers_that_the_office_shows(page):
    case, today = docket.confirmed_case(), clock.office_today()
    proof = make.event(case, "A53", today, side="applicant")
    for days, state in ((57, "done"), (10, "open"), (20, "claimed")):
        limit(
            case, today, rule_id="pat.oa.response", state=state, base_date=today - timedelta(days),
            proof=proof if state == "done" else None,
        )  # fmt: skip
    limit(case, today, rule_id="pat.annuity", state="done", base_date=today - timedelta(3), proof=proof)
    assert numbers(page, "answers") == {"50 – 59": (1,)}


# --- grounds ----------------------------------------------------------------------------------------------


def _read(case, event, grounds: str, **fields) -> Paper:
    Event.objects.filter(pk=event.pk).update(notice_state="read")
    return docket.paper(event, docket.notice(case).to_json(), grounds=grounds, **fields)


def test_a_notice_counts_once_under_each_of_its_grounds_even_when_delivered_twice(page):
    case = docket.confirmed_case()
    one, two = make.event(case), make.event(case)
    _read(case, one, "patent/29-2 patent/36-6-2")
    _read(case, one, "patent/29-2 patent/36-6-2", sha256="1" * 64)
    _read(case, two, "patent/29-2", name="other.xml")
    make.event(case)
    assert numbers(page, "grounds") == {
        "Patent Art. 29(2) inventive step": (2,),
        "Patent Art. 36(6)(ii) clarity": (1,),
    }
    assert "Read in the texts of 2 notices" in said(page, "grounds")
    assert "1 notice more has no text that was read" in said(page, "grounds")


def test_the_grounds_that_are_counted_are_those_of_notices_of_reasons(db):
    case = docket.confirmed_case()
    assert grounds_of(docket.notice(case)) == "patent/29-2"
    assert grounds_of(docket.notice(case, kind="refusal_decision")) == ""
    many = docket.notice(case).articles * 1 + tuple(
        docket.notice(case).articles[0].__class__("x", "patent", f"{n}-1") for n in range(100, 400)
    )
    assert len(grounds_of(docket.notice(case, articles=many))) <= 300


def test_a_provision_is_written_as_the_statute_is_cited():
    assert in_japanese("29-2") == "第29条第2項"
    assert in_japanese("17.2-3") == "第17条の2第3項"
    assert in_japanese("36-6-1") == "第36条第6項第1号"


# --- payments ---------------------------------------------------------------------------------------------


def _book(yen: int) -> FeeBook:
    known = FeeAmount(yen, date(2020, 1, 1), date(2027, 12, 31), date(2026, 1, 1), (), "official")
    per_claim = FeeAmount(0, date(2028, 1, 1), None, date(2026, 1, 1), (), "official", per_claim=100)
    none = Text("", "")
    fee = Fee("annuity.patent", none, ("patent",), none, none, (known, per_claim))
    return FeeBook("1", none, {"annuity.patent": fee})


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def test_annuities_go_on_until_the_term_ends(english):
    due = [Due("annuity.patent", date(2027, 3, 1), date(2029, 3, 1), 2)]
    lines = {
        line.words: (line.numbers, line.told[0]) for line in payments_ahead(due, 0, TODAY, _book(1000)).lines
    }
    assert lines["2027"] == ((2, 0), "2,000")
    assert lines["2028"] == ((2, 0), "0"), "of claims that are not known nothing is added, and that is said"
    assert lines["2029"] == ((0, 0), "—"), "the term has ended on that day"
    assert "2026" in lines and len(lines) == 10


def test_an_annuity_costs_what_its_year_and_its_claims_cost(english):
    due = [
        Due("annuity.patent", date(2027, 3, 1), date(2031, 3, 1), 2, year=5, claims=30, claims_of=2),
        Due("annuity.design", date(2027, 3, 1), date(2028, 3, 1), 1, year=3),
        Due("annuity.design", date(2027, 3, 1), date(2028, 3, 1), 1),
        Due("renewal.trademark", date(2027, 4, 1), date(2027, 4, 1), 1),
    ]
    drawn = payments_ahead(due, 0, TODAY, jpo_fees())
    lines = {line.words: (line.numbers, line.told[0]) for line in drawn.lines}
    assert lines["2027"] == ((4, 1), f"{2 * 10_300 + 30 * 800 + 8_500 + 43_600:,}")
    assert lines["2028"] == ((2, 0), f"{2 * 10_300 + 30 * 800:,}"), "year 6 costs as year 5 does"
    assert lines["2029"] == ((2, 0), f"{2 * 24_800 + 30 * 1_900:,}"), "year 7 costs more"
    notes = " ".join(map(str, drawn.notes))
    assert "amount of 1 payment is not known" in notes, "a design whose year is not known"
    assert "Of 1 payment only the basic fee, or that of one class" in notes


def test_a_patent_whose_claims_are_not_known_costs_at_least_the_basic_fee(english):
    due = [Due("annuity.patent", date(2027, 3, 1), None, 3, year=10, claims=12, claims_of=1)]
    drawn = payments_ahead(due, 0, TODAY, jpo_fees())
    assert drawn.lines[1].told == (f"{3 * 59_400 + 12 * 4_600:,}",)
    assert "Of 2 payments only the basic fees" in " ".join(map(str, drawn.notes))


def test_what_the_cost_leaves_out_is_said(english):
    due = [
        Due("annuity.patent", TODAY - timedelta(5), None, 3),
        Due("renewal.trademark", date(2030, 2, 28), date(2030, 2, 28), 1),
    ]
    notes = " ".join(map(str, payments_ahead(due, 4, TODAY, _book(1)).notes))
    assert "amount of 1 payment is not known" in notes and "3 more are overdue" in notes
    assert "Of 3 rights the end of the term is not known" in notes and "4 payments have no date yet" in notes


def test_payments_are_read_from_the_docket_with_the_end_of_the_term_from_the_register(page):
    case, today = docket.confirmed_case(), clock.office_today()
    due = today.replace(year=today.year + 1, month=3, day=1)
    Register.objects.create(
        case=case,
        confirmed_at=clock.now(),
        expire_date=due.replace(year=due.year + 2),
        last_paid_year=5,
        claims=7,
    )
    limit(case, due, rule_id="pat.annuity")
    limit(case, due, rule_id="pat.annuity", state="done")
    assert numbers(page, "annuities") == {str(due.year): (1, 0), str(due.year + 1): (1, 0)}
    told = [line.told for line in figure(page, "annuities").lines[1:3]]
    assert told == [(f"{10_300 + 7 * 800:,}",), (f"{24_800 + 7 * 1_900:,}",)]


# --- page and files ---------------------------------------------------------------------------------------


def test_every_figure_can_be_had_as_a_file_with_the_numbers_of_its_table(page):
    docket.refused(docket.confirmed_case(), notice_state="read")
    docket.confirmed_case("2023000009", stage="=cmd")
    for name in FIGURES:
        answer = page.get(f"/charts/{name}.csv?scope=all")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        shown = figure(page, name)
        assert answer["Content-Disposition"] == f'attachment; filename="{name}.csv"'
        assert len(rows) == len(shown.lines) + 1 and all(len(row) == len(shown.head) for row in rows)
    cells = page.get("/charts/stages.csv").content.decode("utf-8-sig")
    assert "'=cmd" in cells, "a spreadsheet must not take it for a formula"


def test_a_file_that_is_none_does_not_exist(page):
    assert page.get("/charts/nothing.csv").status_code == 404


def test_every_chart_has_words_for_those_who_cannot_see_it_and_a_table(page):
    docket.refused(docket.confirmed_case())
    tree = html.fromstring(_whole(page).content)
    drawn = tree.xpath("//section[contains(@class, 'chart')][.//svg[@role='img']]")
    assert len(drawn) >= 3
    for section in drawn:
        svg = section.xpath(".//svg[@role='img']")[0]
        assert all(tree.get_element_by_id(one) is not None for one in svg.get("aria-labelledby").split())
        assert section.xpath(".//table") and not section.xpath(".//*[@style]")
    assert len(tree.xpath("//section[contains(@class, 'chart')]")) == len(FIGURES)


def test_the_page_waits_for_no_figure_and_asks_for_each(page, django_assert_max_num_queries):
    docket.confirmed_case("2023000001", stage="filed")
    with django_assert_max_num_queries(6):
        shown = page.get("/charts/?law=patent")
    places = html.fromstring(shown.content).xpath("//section[@hx-get]/@hx-get")
    assert len(places) == len(FIGURES)
    for name, address in zip(FIGURES, places, strict=True):
        assert f"figure={name}" in address and "law=patent" in address
        part = html.fragment_fromstring(page.get(address).content.decode())
        assert part.get("id") == name
    assert "whole=1" in shown.content.decode(), "without scripts all of them can be had"
    assert page.get("/charts/?figure=nothing").status_code == 404


def test_an_empty_docket_has_charts_that_say_so(page):
    assert "Nothing to count here yet." in _whole(page).content.decode()
    assert Case.objects.count() == 0


# --- the drawing's own law --------------------------------------------------------------------------------


def test_columns_are_as_high_as_their_numbers_and_small_ones_are_still_seen():
    drawn = columns([Entry("a", (1000, 500)), Entry("b", (1, 0)), Entry("c", (0, 0))], ("x", "y"))
    whole, part, small = drawn.blocks
    assert abs(whole.height - 2 * part.height) <= 1 and part.y + part.height == whole.y
    assert small.height >= 3 and small.y + small.height == whole.y + whole.height
    assert [word.text for word in drawn.words] == ["1500", "1"], "nothing stands above a zero"


def test_many_small_numbers_upon_each_other_stay_on_the_paper():
    drawn = columns([Entry("a", (1,) * 90)], ("x",) * 90)
    assert min(block.y for block in drawn.blocks) > 0
    assert max(block.y + block.height for block in drawn.blocks) == drawn.base[1] < drawn.height


def test_bars_are_as_long_as_their_numbers_beside_their_words():
    drawn = bars([Entry("長" * 1000, (10,)), Entry("b", (5,))], ("x",))
    assert drawn.blocks[0].width == 2 * drawn.blocks[1].width
    assert all(block.x + block.width < drawn.width for block in drawn.blocks) and drawn.width < 1000


def test_nothing_to_count_draws_nothing():
    assert columns([Entry("a", (0,))], ("x",)) is None and bars([], ()) is None
