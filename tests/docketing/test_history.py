"""手続の経緯: what a brief says of a case is what the office's data say, and says what it leaves out."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.docketing import actions
from dossiers.docketing.facts import (
    CaseFacts,
    ClaimedExtension,
    EnteredFact,
    EventFact,
    PriorityFact,
)
from dossiers.docketing.history import Period, Proceedings, history, in_era
from dossiers.docketing.store import reconcile
from dossiers.models import Register
from dossiers.refresh import jobs
from dossiers.refresh.run import run
from tests import make
from tests.make import SEEN
from tests.pages import docket

NOTICE = EventFact("n", "A131", date(2024, 2, 27), "拒絶理由通知書")
FACTS = CaseFacts(
    "patent",
    "2020123456",
    filing_date=date(2020, 7, 20),
    events=(
        EventFact("f", "A63", date(2020, 7, 20), "特許願"),
        EventFact("e", "A621", date(2023, 4, 19), "出願審査請求書"),
        NOTICE,
        EventFact("a", "A523", date(2024, 4, 24), "手続補正書"),
        EventFact("o", "A53", date(2024, 4, 24), "意見書"),
        EventFact("r", "A02", date(2024, 9, 10), "拒絶査定"),
        EventFact("s", "A971007", date(2024, 1, 17), "検索報告書"),
        EventFact("t", "C60", date(2024, 12, 9), "審判請求書"),
    ),
)


def lines(told: Proceedings | CaseFacts, language="ja", **more) -> list[str]:
    told = Proceedings(told) if isinstance(told, CaseFacts) else told
    return history(told, language=language, **more).splitlines()


def acts(told: Proceedings | CaseFacts, language="ja", **more) -> list[list[str]]:
    """Each line of the history itself, as day and act."""
    block = "\n".join(lines(told, language, **more)).split("\n\n")[1]
    return [line.replace("　　", "\t", 1).replace("　", "").split("\t") for line in block.splitlines()]


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(1989, 1, 7), "昭和６４年１月７日"),
        (date(1989, 1, 8), "平成元年１月８日"),
        (date(2019, 4, 30), "平成３１年４月３０日"),
        (date(2019, 5, 1), "令和元年５月１日"),
        (date(2024, 2, 27), "令和６年２月２７日"),
        (date(1926, 12, 24), "大正１５年１２月２４日"),
        (date(1912, 7, 29), "明治４５年７月２９日"),
        (date(1872, 12, 31), "１８７２年１２月３１日"),
    ],
)
def test_days_are_written_by_era_and_its_first_year_is_gannen(day, written):
    assert in_era(day) == written


def test_a_brief_names_the_acts_by_their_days_and_one_days_papers_together():
    assert acts(Proceedings(FACTS, drafted={"n": date(2024, 2, 20)})) == [
        ["令和２年７月２０日", "出願"],
        ["令和５年４月１９日", "出願審査請求書提出"],
        ["令和６年２月２０日付け", "拒絶理由通知書（発送日 令和６年２月２７日）"],
        ["令和６年４月２４日", "意見書、手続補正書提出"],
        ["令和６年９月１０日発送", "拒絶査定"],
        ["令和６年１２月９日", "審判請求書提出"],
    ]


def test_the_english_history_says_the_same():
    said = lines(Proceedings(FACTS, "JP 2020-123456", drafted={"n": date(2024, 2, 20)}), "en")
    assert said[:2] == ["History of the proceedings", "JP 2020-123456"]
    assert "20 February 2024   Notice of Reasons for Refusal drafted, dispatched 27 February 2024" in said
    assert any(line.startswith("24 April 2024") and line.endswith(" filed") for line in said)
    assert "Note: 1 more document on file, not named here." in said


def test_western_years_on_wish():
    assert "２０２４年２月２７日発送" in "\n".join(lines(FACTS, dates="western"))


def test_a_day_of_dispatch_is_never_called_the_day_of_the_notice():
    """付け is the drafting date. Where it is not known the text says 発送, the day the data give."""
    text = "\n".join(lines(FACTS))
    assert "付け" not in text and "令和６年２月２７日発送" in text


@pytest.mark.parametrize("misread", [date(2024, 2, 28), date(2004, 2, 20)])
def test_a_drafting_date_after_the_dispatch_or_before_the_filing_is_not_used(misread):
    assert "付け" not in "\n".join(lines(Proceedings(FACTS, drafted={"n": misread})))


def test_what_is_left_out_is_counted_and_everything_can_be_had():
    assert "注：主な手続のほかに1件の書類がある。" in lines(FACTS)
    everything = lines(FACTS, everything=True)
    assert any("検索報告書" in line for line in everything)
    assert not any(line.startswith("注") for line in everything)


def test_a_record_that_goes_to_nobody_is_not_called_dispatched():
    assert ["令和６年１月１７日", "検索報告書"] in acts(FACTS, everything=True)


def test_a_document_nobody_knows_is_named():
    unknown = EventFact("u", "A9Q7", date(2024, 10, 1), "新設通知書")
    assert any("新設通知書" in act[1] for act in acts(CaseFacts("patent", "1", events=(unknown,))))


def test_an_undated_document_stands_apart_and_gets_no_date():
    undated = EventFact("u", "A131", None, "拒絶理由通知書")
    said = lines(CaseFacts("patent", "1", filing_date=date(2020, 1, 6), events=(undated,)))
    assert said[said.index("日付が庁のデータにないもの：") + 1] == "  拒絶理由通知書"


def test_a_filing_date_that_is_not_known_is_said_to_be_missing():
    said = lines(CaseFacts("patent", "1"))
    assert "庁のデータに手続はない。" in said
    assert said[said.index("日付が庁のデータにないもの：") + 1] == "  出願"


def test_a_vanished_document_is_left_out_and_noted():
    gone = Proceedings(CaseFacts("patent", "1", filing_date=date(2020, 1, 6)), vanished=(NOTICE,))
    said = lines(gone)
    assert not any("拒絶理由通知書" in act[1] for act in acts(gone))
    assert said[-1].startswith("注：拒絶理由通知書（A131、令和６年２月２７日）は庁の書類一覧からなくなった")


def test_what_people_say_stands_apart_from_what_the_office_says():
    facts = CaseFacts(
        "patent",
        "1",
        filing_date=date(2020, 1, 6),
        entered=(EnteredFact("k", "pat.oa.response", date(2024, 3, 1), "有栖川"),),
        claimed_extensions=(ClaimedExtension("x", "A601", date(2024, 4, 1), "有栖川"),),
    )
    said = lines(facts)
    at = said.index("当方の記録（庁のデータでは未確認）：")
    assert said[at + 1] == "  令和６年４月１日　期間延長請求書（有栖川）"
    assert said[at + 2].startswith("  令和６年３月１日　") and said[at + 2].endswith("の起算日（有栖川）")
    assert not any("期間延長請求書" in act[1] for act in acts(facts))


def test_running_limits_are_marked_as_our_own_reckoning():
    periods = [Period("応答", "Response", date(2024, 4, 30), provisional=True, claimed=True)]
    text = history(Proceedings(FACTS), periods)
    assert (
        "  令和６年４月３０日　応答（暫定、履行済みとの申告あり、庁のデータでは未確認）" in text.splitlines()
    )
    assert "  30 April 2024  Response (provisional, said to be done, not seen at the office)" in history(
        Proceedings(FACTS), periods, "en"
    )


def test_priority_filing_and_registration_are_named_by_their_own_days():
    facts = CaseFacts(
        "patent",
        "1",
        filing_date=date(2020, 7, 20),
        derived=True,
        original_filing_date=date(2019, 12, 2),
        international_filing=True,
        registration_number="7000001",
        registration_date=date(2024, 8, 5),
        disappearance_date=date(2027, 8, 5),
        priorities=(PriorityFact(date(2018, 12, 3), "US", "62/000,001"), PriorityFact(None, "DE")),
    )
    assert acts(Proceedings(facts, published=date(2021, 6, 10), publication_number="特開2021-000001")) == [
        ["平成３０年１２月３日", "優先日（US、62/000,001）"],
        [
            "令和２年７月２０日",
            "出願（国際出願。日は庁のデータによる。分割・変更。原出願日 令和元年１２月２日）",
        ],
        ["令和３年６月１０日", "出願公開（特開2021-000001）"],
        ["令和６年８月５日", "設定登録（特許第７０００００１号）"],
        ["令和９年８月５日", "権利消滅"],
    ]
    assert "  優先日（DE）" in lines(facts)


def test_a_name_of_several_lines_cannot_feign_an_act():
    feigned = EventFact("n", "A131", date(2024, 2, 27), "通知\n令和６年３月１日　　特許査定")
    assert len(acts(CaseFacts("patent", "1", filing_date=date(2020, 1, 6), events=(feigned,)))) == 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A131", "A53", "A01", "A02", "A63", "C60", "A9Q7", "R150", "A971007", ""]),
            st.none() | st.dates(),
            st.text(max_size=8),
        ),
        max_size=8,
    ),
    st.none() | st.dates(),
    st.sampled_from(["patent", "utility_model", "design", "trademark"]),
    st.sampled_from(["ja", "en"]),
)
def test_any_facts_are_told_and_every_document_has_its_place(events, filed, law, language):
    known = tuple(EventFact(str(place), code, day, name) for place, (code, day, name) in enumerate(events))
    text = history(
        Proceedings(CaseFacts(law, "1", filing_date=filed, events=known)), language=language, everything=True
    )
    for event in known:
        if event.code == "A9Q7" and event.description.split():
            assert " ".join(event.description.split()) in text


# --- the sandbox's cases ----------------------------------------------------------------------------------


STAGES = [
    *[("patent", stage) for stage in ("unrequested", "examination", "notice", "answered", "refused")],
    *[("patent", stage) for stage in ("allowed", "registered", "appeal", "lapsed")],
    *[("design", stage) for stage in ("examination", "registered")],
    *[("trademark", stage) for stage in ("examination", "notice", "registered")],
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("law", "stage"), STAGES)
def test_the_history_of_a_case_at_the_office_is_what_the_office_did(office, alice, client, law, stage):
    sight = office.cases(law, limit=1, stage=stage)[0]
    case = make.case(sight.case.number, law, title="", filing_date=None)
    jobs.request_refresh(case, by=alice)
    run(jobs.claim(), tell=lambda news: None, release=lambda case: None)
    client.force_login(alice)
    text = client.get(docket.page_of(case, "history.txt?everything=1&dates=western")).content.decode()
    for act in sight.acts:
        if act.code != "A63":  # the filing itself
            day = f"{act.day.year}年{act.day.month}月{act.day.day}日"
            assert day.translate(str.maketrans("0123456789", "０１２３４５６７８９")) in text, act
    assert "日付が庁のデータにない" not in text
    days = [line.split("　")[0] for line in text.split("\n\n")[1].splitlines()]
    assert len(days) >= 1 and all("年" in day for day in days)


# --- the page ---------------------------------------------------------------------------------------------


@pytest.fixture
def case(alice, client):
    client.force_login(alice)
    case = docket.confirmed_case()
    event = docket.refused(case, notice_state="read", dispatched=3)
    docket.paper(event, docket.notice(case).to_json())
    return case


@pytest.mark.django_db
def test_the_page_shows_the_text_and_the_file_holds_the_same(client, case):
    for query in ("", "?language=en", "?dates=western&everything=1&periods=1"):
        page = client.get(docket.page_of(case, f"history/{query}"))
        told = client.get(docket.page_of(case, f"history.txt{query}"))
        text = told.content.decode().removeprefix("\ufeff")
        assert text in page.content.decode()
        assert told["Content-Disposition"].startswith("attachment")
    assert "進行中の期間" in text and "付け" in text  # drafted ten days ago, dispatched three days ago


@pytest.mark.django_db
def test_the_case_page_leads_to_the_history(client, case):
    assert docket.page_of(case, "history/") in client.get(docket.page_of(case)).content.decode()


@pytest.mark.django_db
def test_nonsense_in_the_address_is_taken_as_nothing(client, case):
    usual = client.get(docket.page_of(case, "history.txt")).content
    assert client.get(docket.page_of(case, "history.txt?language=xx&dates=%00&periods=9")).content == usual


@pytest.mark.django_db
def test_the_registers_day_of_decision_dates_the_only_grant(client, case):
    make.event(case, "A01", on=docket.days_ago(1), description="特許査定")
    Register.objects.create(case=case, decision_date=docket.days_ago(2), confirmed_at=SEEN)
    text = client.get(docket.page_of(case, "history.txt")).content.decode()
    assert f"{in_era(docket.days_ago(2))}付け" in text


@pytest.mark.django_db
def test_a_limit_entered_by_hand_is_marked_so(client, case, alice):
    actions.enter_by_hand(case, by=alice, title="上申書", due=docket.days_ago(-40), reason="審判長の指示")
    reconcile(case, now=SEEN)
    text = client.get(docket.page_of(case, "history.txt?periods=1")).content.decode()
    assert f"  {in_era(docket.days_ago(-40))}　上申書（手入力）" in text
