"""The axis from top to bottom, for phones and paper: the same as the wide drawing, by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from dossiers.views.drawing.clusters import Act
from dossiers.views.drawing.downward import downward
from dossiers.views.drawing.timeline import Milestone, Stretch, draw

from . import docket

TODAY = date(2026, 11, 24)
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


@given(st.lists(DAYS, min_size=1, max_size=30), st.lists(DAYS, max_size=5), st.lists(DAYS, max_size=5))
def test_nothing_that_is_drawn_across_is_lost_downward(acts, dates, dues):
    across = draw(
        [Act("office", on, "拒絶理由通知書", "/x/") for on in acts],
        [Stretch("応答期限", "/y/", due - timedelta(60), due, "later") for due in dues],
        TODAY,
        [Milestone(on, "公開") for on in dates],
    )
    places = downward(across, TODAY)
    assert [place.mark for place in places if place.mark] == list(across.marks)
    assert {id(place.bar) for place in places if place.bar} == {id(bar) for bar in across.bars}
    assert [place.on for place in places if not (place.mark or place.bar)] == [TODAY]
    assert [place.on for place in places] == sorted(place.on for place in places)
    headed = [place.year for place in places if place.year]
    assert headed == sorted({place.on.year for place in places})


def test_a_time_limit_stands_at_its_last_day():
    stretch = Stretch("応答期限", "/y/", date(2026, 1, 1), date(2027, 3, 1), "later")
    places = downward(draw([], [stretch], TODAY), TODAY)
    assert [(place.on, place.bar is not None) for place in places] == [(TODAY, False), (stretch.due, True)]


def test_today_is_left_out_where_another_year_is_shown():
    across = draw([Act("own", date(2020, 5, 1), "意見書", "/x/")], [], TODAY, span="2020")
    assert [place.on for place in downward(across, TODAY)] == [date(2020, 5, 1)]


@pytest.mark.django_db
def test_the_page_has_both_and_they_lead_to_the_same_places(client, bob):
    case = docket.confirmed_case()
    docket.refused(case)
    docket.unknown(case)
    client.force_login(bob)
    tree = html.fromstring(client.get(docket.page_of(case)).content).get_element_by_id("timeline")
    across = tree.xpath(".//div[@data-timeline]//a/@href")
    down = tree.xpath(".//ol[contains(@class, 'down')]//a/@href")
    assert sorted(down) == sorted(across)
    assert tree.xpath(".//ol//li[contains(@class, 'open')]/a[contains(@class, 'said')]")
