"""The timeline of a case: each act, date and time limit in its place, in shapes and words, always small."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from dossiers import clock
from dossiers.docketing.store import reconcile
from dossiers.models import Event, Register, TimeLimit, User
from dossiers.views import selectors
from dossiers.views.drawing.clusters import MOST_MONTHS, Act, Cluster, gather
from dossiers.views.drawing.scale import NARROWEST, WIDEST
from dossiers.views.drawing.text import clean, columns, short, wide
from dossiers.views.drawing.timeline import MOST_BARS, Milestone, Part, Stretch, draw
from dossiers.views.timeline import KINDS, Asked, timeline_of
from tests import make

from . import docket

TODAY = date(2026, 11, 24)


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def case(db):
    return docket.confirmed_case(title="架空の配線構造体", own_reference="ABC-0001")


def _drawing(client, case, query: str = ""):
    return html.fromstring(client.get(docket.page_of(case) + query).content).get_element_by_id("timeline")


def _titles(tree, marks: str) -> list[str]:
    return [one.text_content().strip() for one in tree.xpath(f".//*[contains(@class, '{marks}')]/title")]


def act(on: date, kind="office", words="拒絶理由通知書") -> Act:
    return Act(kind, on, words, "/x/")


# --- on the page ------------------------------------------------------------------------------------------


def test_each_mark_is_a_link_to_its_document_and_says_what_it_is(signed_in, case):
    event = docket.refused(case, dispatched=3)
    mark = _drawing(signed_in, case).xpath(".//a[contains(@class, 'mark office')]")[0]
    assert mark.get("href") == docket.page_of(case, f"documents/{event.pk}/")
    assert mark.xpath("title")[0].text.startswith(event.legal_date.isoformat())
    assert signed_in.get(mark.get("href")).status_code == 200


def test_the_drawing_has_a_role_a_title_a_description_and_marks_for_the_keyboard(signed_in, case):
    docket.refused(case)
    tree = _drawing(signed_in, case)
    svg = tree.xpath(".//svg[@role]")[0]
    assert svg.get("role") == "group", "an image would hide its links from those who do not see it"
    named = [tree.get_element_by_id(one).text_content() for one in svg.get("aria-labelledby").split()]
    assert named[0] == "Timeline" and "the lists below say the same in words" in named[1]
    assert not svg.xpath(".//a[@tabindex]")
    assert tree.get_element_by_id("after-timeline") is not None, "the way around it leads there"


def test_what_this_person_has_not_seen_has_a_ring_until_the_case_was_opened(signed_in, case):
    docket.refused(case)
    assert len(_drawing(signed_in, case).xpath(".//div//*[@class='unread']")) == 1
    assert not _drawing(signed_in, case).xpath(".//div//*[@class='unread']")


def test_a_limit_runs_from_its_notice_to_its_last_day_and_leads_to_its_page(signed_in, case):
    limit = docket.refused(case).limits.get()
    bar = _drawing(signed_in, case).xpath(".//a[contains(@class, 'bar limit')]")[0]
    assert bar.get("href") == f"/limits/{limit.pk}/"
    assert f"{limit.base_date} – {limit.due}" in bar.xpath("title")[0].text
    assert "extension" in bar.xpath("title")[0].text.lower(), "more time can be had"
    assert bar.xpath(".//rect[contains(@class, 'span extension')]")


def test_a_limit_that_is_provisional_or_only_said_to_be_done_is_drawn_as_such(signed_in, case):
    limit = docket.refused(case).limits.get()
    TimeLimit.objects.filter(pk=limit.pk).update(provisional=True, state="claimed")
    bar = _drawing(signed_in, case).xpath(".//a[contains(@class, 'bar limit')]")[0]
    assert {"claimed", "provisional"} <= set(bar.get("class").split())
    assert "said to be done, provisional" in bar.text_content()


def test_a_gone_limit_is_not_drawn_and_one_that_was_met_is_with_no_later_way(signed_in, case):
    limit = docket.refused(case).limits.get()
    TimeLimit.objects.filter(pk=limit.pk).update(state="done")
    bar = _drawing(signed_in, case).xpath(".//a[contains(@class, 'bar ended done')]")[0]
    assert [one.get("class") for one in bar.xpath(".//rect")] == ["span main"]
    TimeLimit.objects.filter(pk=limit.pk).update(state="gone")
    assert f"/limits/{limit.pk}/" not in _drawing(signed_in, case).xpath(".//a/@href")


def test_what_cannot_be_drawn_is_counted_in_words_and_never_silently_left_out(signed_in, case):
    limit = docket.refused(case).limits.get()
    TimeLimit.objects.filter(pk=limit.pk).update(due=None)
    make.event(case, code="A63", on=None)
    make.event(case, code="A63", on=date(9998, 1, 1))
    text = _drawing(signed_in, case).text_content()
    assert "1 time limit is not drawn: its last day is not known yet." in text
    assert "2 documents are not drawn" in text


def test_a_late_payment_with_surcharge_looks_different_from_the_period_itself(signed_in, case):
    registered = docket.days_ago(1200)
    case.registration_number, case.registration_date = "7000001", registered
    case.expire_date = docket.days_ago(-5000)
    case.save()
    Register.objects.create(
        case=case, registration_number="7000001", registration_date=registered, last_paid_year=3,
        next_annuity_due=docket.days_ago(-40), confirmed_at=clock.now(), expire_date=case.expire_date,
    )  # fmt: skip
    reconcile(case, now=clock.now())
    tree = _drawing(signed_in, case)
    assert tree.xpath(".//rect[@class='grace']/@fill") == ["url(#timeline-hatch)"]
    said = _titles(tree, "mark date")
    assert any("Registered" in one for one in said)
    assert sum("Annuity, a later year (expected)" in one for one in said) == 3
    assert any("term" in one.lower() and "(expected)" in one for one in said)


def test_publication_ahead_is_expected_only_where_it_is_known_what_to_count_from(signed_in, case):
    case.filing_date = docket.days_ago(30)
    case.save()
    assert not any("Publication" in one for one in _titles(_drawing(signed_in, case), "mark date"))
    case.parent, case.priorities = {}, []
    case.save()
    assert any("Publication" in one for one in _titles(_drawing(signed_in, case), "mark date"))


# --- choosing ---------------------------------------------------------------------------------------------


def test_kinds_are_chosen_in_a_form_that_works_without_scripts(signed_in, case):
    docket.refused(case)
    every = _drawing(signed_in, case)
    assert len(every.xpath(".//input[@name='show'][@checked]")) == 6
    chosen = _drawing(signed_in, case, "?timeline=1&show=office&show=nonsense")
    assert chosen.xpath(".//input[@name='show'][@checked]/@value") == ["office"]
    assert "without-limit" in chosen.get("class") and "without-office" not in chosen.get("class")
    assert len(_drawing(signed_in, case, "?timeline=1").xpath(".//input[@checked]")) == 0


def _drawn(case, span: str):
    """The drawing alone: the rest of the page is not what is tried here."""
    events = selectors.events_of(case, User.objects.first())
    asked = Asked(frozenset(KINDS), span)
    with translation.override("en"):
        drawn = timeline_of(case, events, list(case.limits.all()), None, clock.office_today(), asked)
        return html.fromstring(render_to_string("parts/timeline.html", {"drawn": drawn}))


def test_a_case_of_many_years_is_drawn_by_years_and_a_year_by_months():
    acts = [act(date(1990, 1, 5) + timedelta(days=20 * n)) for n in range(400)]
    assert {len(one.span) for one in gather(acts)} == {4}
    within_a_year = [act(date(2020, 1, 1) + timedelta(days=n // 2)) for n in range(400)]
    assert {len(one.span) for one in gather(within_a_year, "2020")} == {7}
    assert {len(one.span) for one in gather([act(TODAY) for _ in range(70)], "2026-11")} == {10}


def test_the_drawing_asks_the_database_nothing_that_the_page_has_not_asked(case, django_assert_num_queries):
    docket.refused(case)
    case.parent, case.priorities = {}, []
    case.save()
    Register.objects.create(case=case, confirmed_at=clock.now(), expire_date=docket.days_ago(-900))
    case.refresh_from_db()
    register, limits = case.register, list(case.limits.all())
    events = selectors.events_of(case, make.user("eve"))
    with django_assert_num_queries(0):
        drawn = timeline_of(case, events, limits, register, clock.office_today(), Asked(frozenset(KINDS)))
    assert drawn.documents == 1


def test_two_thousand_documents_are_a_small_drawing_that_opens_month_by_month(signed_in, case):
    first = docket.days_ago(2400)
    Event.objects.bulk_create(
        Event(
            case=case, key=f"x{n}", code="A53", legal_date=first + timedelta(n), first_seen_at=make.SEEN,
            side=("office", "applicant", "third_party")[n % 3], description="意見書", account="own",
        )
        for n in range(2000)
    )  # fmt: skip
    whole = _drawn(case, "")
    marks = whole.xpath(".//a[contains(@class, 'mark')]")
    assert 1 < len(marks) <= MOST_MONTHS * 3
    assert len(html.tostring(whole)) < 150_000
    assert int(whole.xpath(".//svg[@role]/@width")[0]) <= WIDEST
    single = [one for one in marks if "/documents/" in one.get("href")]
    assert sum(int(one.text) for one in whole.xpath(".//text[@class='count']")) + len(single) == 2000
    month = _drawn(case, marks[20].get("href").partition("#")[0].removeprefix("?span="))
    opened = month.xpath(".//a[contains(@class, 'mark')]/@href")
    assert 28 <= len(opened) <= 31 and all("/documents/" in one for one in opened)
    assert "Show the whole case" in month.text_content()


def test_a_stretch_of_time_that_is_none_shows_the_whole_case(signed_in, case):
    docket.refused(case)
    for nonsense in ("2026-13", "x", "%00", "9" * 500, "2026-1", "２０２６"):
        tree = _drawing(signed_in, case, f"?span={nonsense}")
        assert tree.xpath(".//a[contains(@class, 'mark office')]"), nonsense


def test_hostile_words_stay_words_and_turn_nothing_around(signed_in, case):
    event = docket.refused(case, description='"><script>alert(2)</script>\u202e' + "長" * 150)
    TimeLimit.objects.filter(event=event).update(title_en='</svg>\u202e<img src=x onerror="x">')
    tree = _drawing(signed_in, case)
    assert not tree.xpath(".//script | .//img") and "\u202e" not in tree.text_content()
    assert not tree.xpath(".//*[@style]"), "the policy of the page forbids it"


def test_a_case_without_any_date_says_so(signed_in, db):
    bare = docket.confirmed_case("2023000777", filing_date=None, confirmed_at=None, asked_at=None)
    assert "There is nothing to draw yet" in _drawing(signed_in, bare).text_content()


# --- the drawing's own law --------------------------------------------------------------------------------

_days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
_kinds = st.sampled_from(["office", "own", "other"])
_acts = st.lists(st.builds(Act, _kinds, _days, st.text(max_size=40), st.just("/x/")), max_size=90)
_milestones = st.lists(st.builds(Milestone, _days, st.text(max_size=40), st.booleans()), max_size=6)


@st.composite
def _stretches(draw_from):
    ends = sorted(draw_from(st.lists(_days, min_size=5, max_size=5)))
    kinds = draw_from(st.lists(st.sampled_from(["extension", "grace", "restoration"]), max_size=2))
    parts = tuple(Part(kind, end, "x") for kind, end in zip(kinds, ends[3:], strict=False))
    first = ends[1] if ends[0] < ends[1] < ends[2] and draw_from(st.booleans()) else None
    look = draw_from(st.sampled_from(["done", "claimed", "overdue", "soon", "later"]))
    return Stretch("期限", "/y/", ends[0], ends[2], look, first_end=first, parts=parts)


@settings(max_examples=60, deadline=None)
@given(_acts, st.lists(_stretches(), max_size=20), _days, _milestones)
def test_time_runs_to_the_right_and_everything_is_on_the_paper(acts, stretches, today, milestones):
    line = draw(acts, stretches, today, milestones)
    assert NARROWEST <= line.width <= WIDEST
    xs = [mark.x for mark in line.marks]
    assert xs == sorted(xs)
    for mark in line.marks:
        assert 0 < mark.x < line.width and 0 < mark.y < line.height and 0 <= mark.label_y < line.height
        assert (mark.x <= line.today_x) if mark.what.on <= today else (mark.x >= line.today_x)
    for bar in line.bars:
        assert bar.pieces[0].x == bar.x and 0 < bar.y < line.height
        for piece, after in zip(bar.pieces, bar.pieces[1:], strict=False):
            assert piece.x + piece.width == after.x, "parts lie end to end"
        assert bar.pieces[-1].x + bar.pieces[-1].width <= line.width
    counted = sum(mark.what.count if isinstance(mark.what, Cluster) else 1 for mark in line.marks)
    assert counted == len(acts) + len(milestones), "nothing is lost"
    assert len(line.bars) + line.limits_left_out == len(stretches)


@settings(max_examples=40, deadline=None)
@given(_acts)
def test_the_offices_acts_stand_above_the_line_and_others_below(acts):
    line = draw(acts, [], TODAY)
    for mark in line.marks:
        assert (mark.y < line.axis) is (mark.kind == "office")
        if mark.label_y:
            assert (mark.label_y < line.axis) is (mark.kind == "office")


def test_a_stretch_of_time_has_its_own_marks_on_the_axis_and_today_only_when_it_lies_in_it():
    acts = [act(date(2024, 3, 1) + timedelta(2 * n)) for n in range(15)]
    month = draw(acts, [], TODAY, span="2024-03")
    assert month.today_x is None and month.ticks[0].words == "03-01" and len(month.ticks) > 3
    whole = draw(acts, [], TODAY)
    assert whole.today_x is not None and [tick.words for tick in whole.ticks] == ["2024", "2025", "2026"]
    year = draw([act(date(2024, n, 5)) for n in range(1, 13)], [], TODAY, span="2024")
    assert [tick.words for tick in year.ticks][:2] == ["2024-01", "2024-02"]
    assert draw([], [], TODAY, span="2019").today_x is not None, "something stands on an empty line"


def test_words_of_one_line_never_overlap():
    line = draw([act(TODAY + timedelta(n)) for n in range(50)], [], TODAY)
    lanes: dict[int, int] = {}
    for mark in line.marks:
        if mark.label_y:
            assert mark.x >= lanes.get(mark.label_y, 0)
            lanes[mark.label_y] = mark.x + wide(mark.label)


def test_words_are_whole_where_there_is_room_and_cut_where_the_next_ones_stand():
    long = "Response to the notice of reasons for refusal, as extended on request"
    alone = draw([act(TODAY, words=long)], [Stretch(long, "/", TODAY, TODAY + timedelta(60), "later")], TODAY)
    assert alone.marks[0].label == long
    assert alone.bars[0].label == f"{TODAY + timedelta(60)} {long}"
    crowd = draw([act(TODAY + timedelta(4 * n), words=long) for n in range(40)], [], TODAY)
    assert crowd.marks[0].label.endswith("…")


def test_words_of_time_limits_in_one_row_never_overlap():
    line = draw(
        [],
        [
            Stretch(
                "拒絶理由通知に対する応答の期限" * 3,
                "/",
                TODAY + timedelta(n),
                TODAY + timedelta(n + 9),
                "later",
            )
            for n in range(0, 3000, 220)
        ],
        TODAY,
    )
    rows: dict[int, int] = {}
    for bar in line.bars:
        assert bar.x >= rows.get(bar.y, 0)
        rows[bar.y] = bar.x + wide(bar.label)


def test_papers_of_one_day_are_marks_beside_each_other_and_a_heap_of_them_is_one():
    pair = draw([act(TODAY, "own", "意見書"), act(TODAY, "own", "補正書")], [], TODAY)
    assert len({(mark.x, mark.y) for mark in pair.marks}) == 2
    marks = {
        (mark.x, mark.y): mark
        for mark in draw(
            [act(TODAY + timedelta(n // 2), k) for n in range(80) for k in ("own", "other")], [], TODAY
        ).marks
    }
    boxes = sorted((mark.y, mark.x, mark.x + mark.width) for mark in marks.values() if mark.width)
    for (y, _x, until), (other, x, _until) in pairwise(boxes):
        assert y != other or until <= x, "no box covers another"
    heap = gather([act(TODAY, "own") for _ in range(9)])
    assert [mark.count for mark in heap] == [9] and heap[0].span == TODAY.isoformat()


def test_the_running_limits_are_drawn_before_those_that_were_met():
    def one(n, look):
        return Stretch(look, "/", TODAY, TODAY + timedelta(n), look)

    line = draw([], [*(one(n, "done") for n in range(30)), *(one(n, "later") for n in range(10))], TODAY)
    assert len(line.bars) == MOST_BARS and line.limits_left_out == 40 - MOST_BARS
    assert sum(not bar.stretch.ended for bar in line.bars) == 10


def test_an_extension_that_was_granted_is_a_part_of_its_own():
    extended = Stretch("期限", "/", TODAY, TODAY + timedelta(90), "later", first_end=TODAY + timedelta(60))
    assert [piece.kind for piece in draw([], [extended], TODAY).bars[0].pieces] == ["main", "extended"]


def test_words_are_cut_by_their_width_and_cleaned_of_what_cannot_be_seen():
    assert columns(short("長" * 1000, 26)) <= 26 and short("長" * 1000, 26).endswith("…")
    assert clean("a\u202e b\n\u3000c\x00") == "a b c"
