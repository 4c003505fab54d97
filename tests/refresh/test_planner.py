"""Which case is asked today, and why: what a docketing clerk would expect of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dossiers.refresh.planner import (
    DISPATCHED,
    DOSSIER_LIST,
    NOTICES,
    REGISTER,
    STATUS,
    Budget,
    CaseView,
    Policy,
    detector,
    plan,
    promises,
    reason_words,
    state_of,
)

FRIDAY = date(2026, 11, 20)
YESTERDAY = FRIDAY - timedelta(days=1)
STATUS_CALLS = Budget("patent/app_progress", 5, STATUS)


def ago(days: int) -> date:
    return FRIDAY - timedelta(days=days)


def weekdays(day: date) -> bool:
    return day.weekday() < 5


def patent(key: int = 1, *documents: tuple[str, date | None], asked: int | None = 10, **known) -> CaseView:
    last = None if asked is None else ago(asked)
    known = {"filed_on": ago(1500), "added_on": ago(1400), **known}
    return CaseView(key, "patent", documents=documents, last_asked=last, **known)


def requested(key: int, days: int, asked: int | None = 10, **known) -> CaseView:
    return patent(key, ("A621", ago(days)), asked=asked, **known)


def made(*cases: CaseView, budgets=(STATUS_CALLS,), day: date = FRIDAY, **settings):
    return plan(cases, list(budgets), day, open_day=weekdays, **settings)


def keys(*cases: CaseView, **settings) -> list[int]:
    return [choice.case for choice in made(*cases, **settings).choices]


# --- where a case stands ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("documents", "state", "since"),
    [
        ((), "unrequested", 1500),
        ((("A621", ago(300)),), "requested", 300),
        ((("A621", ago(300)), ("A871", ago(200))), "accelerated", 200),
        ((("A621", ago(300)), ("A131", ago(20))), "notice", 20),
        ((("A131", ago(90)), ("A53", ago(30)), ("A523", ago(30))), "answered", 30),
        ((("A131", ago(90)), ("A53", ago(30)), ("A131", ago(3))), "notice", 3),
        ((("A131", ago(90)), ("A53", ago(30)), ("A01", ago(3))), "allowed", 3),
        ((("A191", ago(3)), ("A02", ago(3))), "refused", 3),
        ((("A02", ago(90)), ("C60", ago(5)), ("C21", ago(2))), "appeal", 5),
        ((("A02", ago(90)), ("C60", ago(50)), ("C211", ago(2))), "board", 2),
        ((("A01", ago(90)), ("R150", ago(40))), "registered", 40),
        ((("A761", ago(9)),), "closed", 9),
    ],
)
def test_a_patent_stands_where_its_last_telling_document_put_it(documents, state, since):
    found = state_of(patent(1, *documents), FRIDAY)
    assert (found.name, found.since) == (state, ago(since))
    assert state_of(patent(1, *reversed(documents)), FRIDAY) == found


def test_a_design_waits_for_its_examiner_from_the_day_it_is_filed():
    assert state_of(CaseView(1, "design", filed_on=ago(50)), FRIDAY).name == "requested"


def test_dates_still_to_come_are_not_believed():
    case = patent(1, ("A621", ago(300)), ("A01", ago(-5)), registered_on=ago(-9), expire_on=ago(-1))
    assert state_of(case, FRIDAY).name == "requested"


def test_a_case_without_any_date_is_unknown_and_still_asked():
    bare = CaseView(7, "patent", documents=(("A131", None), ("XYZ", None)), last_asked=ago(30))
    assert state_of(bare, FRIDAY).name == "unknown"
    assert keys(bare) == [7]


def test_a_divisional_application_is_not_withdrawn_by_the_age_of_its_parent():
    divided = patent(1, ("A63", ago(20)), filed_on=ago(2500), asked=2)
    assert state_of(divided, FRIDAY).since == ago(20)
    assert keys(divided) == [1]


# --- who comes first --------------------------------------------------------------------------------------


def test_a_first_action_that_is_due_goes_before_a_request_just_made():
    assert keys(requested(1, 30), requested(2, 300)) == [2, 1]


def test_of_two_cases_alike_the_one_asked_longer_ago_goes_first():
    assert keys(requested(1, 300, asked=3), requested(2, 300, asked=12)) == [2, 1]


def test_a_case_never_asked_goes_first():
    assert keys(requested(1, 300, asked=40), patent(2, asked=None, added_on=FRIDAY))[0] == 2


def test_a_watched_case_is_asked_every_day_and_before_the_others():
    assert keys(requested(1, 300, asked=12), patent(2, asked=1, watch="hot"))[0] == 2


def test_a_case_asked_today_is_not_asked_again():
    assert keys(requested(1, 300, asked=0), patent(2, asked=0, watch="hot")) == []


def test_nothing_new_can_have_appeared_since_saturday_on_a_monday():
    monday = date(2026, 11, 23)
    asked_saturday = replace(requested(1, 300), last_asked=date(2026, 11, 21))
    asked_friday = replace(requested(2, 300), last_asked=date(2026, 11, 20))
    assert keys(asked_saturday, asked_friday, day=monday) == [2]


def test_what_a_person_expects_now_goes_before_its_like():
    assert keys(requested(1, 60, asked=5), requested(2, 60, asked=5, expected_on=ago(-7)))[0] == 2


def test_a_finished_case_is_asked_rarely():
    registered = patent(1, registered_on=ago(900), asked=20)
    refused_for_good = patent(2, ("A02", ago(700)), asked=20)
    assert keys(registered, refused_for_good) == []
    assert keys(replace(registered, last_asked=ago(200)), refused_for_good) == [1]


def test_a_refusal_is_not_final_while_an_appeal_may_still_show():
    assert keys(patent(1, ("A02", ago(80)), asked=5)) == [1]


def test_a_number_the_office_does_not_serve_is_left_to_rest():
    assert keys(requested(1, 300, asked=12, last_outcome="out_of_range")) == []


def asked_in_vain_on(days: int, outcome: str, **known) -> list[int]:
    """The days after its addition on which one case is asked for which the answer is always `outcome`."""
    asked: list[int] = []
    for n in range(days):
        today = FRIDAY + timedelta(n)
        tried = FRIDAY + timedelta(asked[-1]) if asked else None
        case = patent(1, asked=None, added_on=FRIDAY, **known)
        case = replace(case, tried_on=tried, last_outcome=outcome if asked else "")
        case = replace(case, in_vain_since=FRIDAY + timedelta(asked[0]) if asked else None)
        if keys(case, day=today):
            asked.append(n)
    return asked


@pytest.mark.parametrize("outcome", ["empty", "unreadable", "gave_up", "out_of_range", "bad_input"])
def test_a_case_asked_in_vain_is_asked_on_at_growing_intervals(outcome):
    assert asked_in_vain_on(130, outcome) == [0, 1, 2, 4, 8, 16, 32, 62, 92, 122]


def test_a_case_not_answered_for_trouble_that_passes_is_asked_every_day():
    assert asked_in_vain_on(5, "timeout") == [0, 1, 2, 3, 4]


def test_a_case_known_for_years_and_not_found_today_is_asked_again_soon():
    case = requested(1, 300, asked=40, last_outcome="empty", tried_on=ago(1), in_vain_since=ago(1))
    assert keys(case) == [1]
    assert "in vain" not in words(case, "en") and "brought no answer" in words(case, "en")
    assert keys(replace(case, in_vain_since=ago(3))) == []  # asked in vain for two days, so it waits for two


def test_a_case_that_waited_long_for_its_first_question_is_asked_again_soon_when_that_was_in_vain():
    """As in a first import: how long it waited before says nothing of how long it is asked in vain."""
    case = patent(1, asked=None, added_on=ago(15), last_outcome="unreadable", tried_on=ago(1))
    assert keys(replace(case, in_vain_since=ago(1))) == [1]


def test_thousands_of_numbers_that_nobody_knows_leave_the_calls_to_the_others():
    lost = [
        patent(
            key,
            asked=None,
            added_on=ago(30),
            last_outcome="empty",
            tried_on=ago(9),
            in_vain_since=ago(17),
        )
        for key in range(900)
    ]
    others = [requested(1000 + key, 30, asked=9) for key in range(5)]
    assert set(keys(*lost, *others)) == {1000 + key for key in range(5)}


def test_a_case_whose_question_of_today_is_put_counts_and_is_not_put_twice():
    alone = made(replace(requested(1, 300, asked=70), ordered=True))
    assert (alone.choices, alone.left_out) == ([], 0)
    assert alone.classes == {1: "live"} and alone.longest == {("patent", "live"): 70}


def test_a_registered_case_is_no_finished_one_around_a_limit():
    registered = patent(1, registered_on=ago(900), asked=50)
    assert made(registered).classes == {1: "finished"}
    for limit, klass in ((30, "due"), (-20, "due"), (90, "finished"), (-40, "finished")):
        assert made(replace(registered, running_limit=ago(-limit))).classes == {1: klass}


@pytest.mark.parametrize(("days", "klass"), [(700, "live"), (61, "live"), (60, "due"), (-30, "due")])
def test_a_limit_years_away_makes_nothing_due(days, klass):
    """A request for examination may be filed for three years."""
    assert made(patent(1, filed_on=ago(400), running_limit=ago(-days))).classes == {1: klass}


def test_finished_cases_late_for_their_promise_go_first_with_no_more_than_their_share_of_the_calls():
    policy = Policy(finished_days=30, finished_share=0.2)
    late = [patent(key, registered_on=ago(900), asked=29 + key) for key in range(5)]
    others = [requested(100 + key, 280, asked=50) for key in range(9)]
    first, *rest = made(*late, *others, policy=policy).choices
    assert (first.case, first.reason.code) == (4, "promise")
    assert "promise" not in {choice.reason.code for choice in rest}


def test_a_call_without_an_answer_does_not_make_a_case_confirmed():
    unanswered = requested(1, 300, asked=12, last_outcome="timeout")
    assert keys(requested(2, 300, asked=6), unanswered) == [1, 2]


# --- which API --------------------------------------------------------------------------------------------


def test_status_and_simplified_status_share_the_work():
    budgets = [Budget("a", 2, STATUS), Budget("b", 2, STATUS)]
    choices = made(*(requested(key, 300) for key in range(9)), budgets=budgets).choices
    assert sorted(choice.bucket for choice in choices) == ["a", "a", "b", "b"]


def test_what_is_promised_goes_first_whatever_the_others_are_worth_and_under_which_law():
    promised = requested(1, 30, asked=61)
    design = CaseView(2, "design", filed_on=ago(170), last_asked=ago(40))
    registered = patent(3, registered_on=ago(900), asked=300)
    budgets = [
        Budget(name, 5, detector(name))
        for name in ("patent/registration_info", "design/app_progress", "patent/app_progress")
    ]
    choices = made(registered, design, promised, budgets=budgets).choices
    assert [choice.case for choice in choices] == [1, 2, 3]
    assert choices[0].score < choices[1].score


def test_the_register_is_asked_about_registered_cases_alone():
    register = Budget("patent/registration_info", 5, REGISTER)
    choices = made(
        requested(1, 300), patent(2, registered_on=ago(900), asked=300), budgets=[register]
    ).choices
    assert [(choice.case, choice.bucket) for choice in choices] == [(2, "patent/registration_info")]


def test_a_narrow_api_is_for_what_the_whole_histories_could_not_reach():
    budgets = [Budget("whole", 1, STATUS), Budget("notices", 1, NOTICES)]
    choices = made(requested(1, 300, asked=20), requested(2, 300, asked=10), budgets=budgets).choices
    assert [(choice.case, choice.bucket) for choice in choices] == [(1, "whole"), (2, "notices")]


def test_a_notice_api_asked_yesterday_leaves_the_decisions_to_be_seen():
    partly = replace(requested(1, 300, asked=20), partly_asked=(("notice", YESTERDAY),))
    whole = made(partly).choices[0].score
    assert 0 < whole < made(requested(1, 300, asked=20)).choices[0].score


def test_every_law_has_its_own_calls():
    design = CaseView(2, "design", filed_on=ago(170), last_asked=ago(9))
    budgets = [Budget("patent/app_progress", 1, detector("patent/app_progress"))]
    planned = made(requested(1, 300), requested(3, 290), design, budgets=budgets)
    assert [choice.case for choice in planned.choices] == [1]
    assert planned.left_out == 2


@pytest.mark.parametrize(
    ("bucket", "detects"),
    [
        ("patent/app_progress", STATUS.sees),
        ("design/app_progress_simple", STATUS.sees),
        ("trademark/app_doc_cont_refusal_reason", NOTICES.sees),
        ("patent/app_doc_cont_refusal_reason_decision", DISPATCHED.sees),
        ("opd/global_doc_list", DOSSIER_LIST.sees),
        ("patent/cite_doc_info", None),
        ("opd/family", None),
        ("nonsense", None),
    ],
)
def test_each_bucket_detects_what_its_api_shows(bucket, detects):
    found = detector(bucket)
    assert (found.sees if found else None) == detects


# --- what is promised -------------------------------------------------------------------------------------


def test_the_promise_is_the_one_wished_for_when_there_are_calls_enough():
    planned = made(*(requested(key, 300) for key in range(10)))
    assert (planned.promise["live"], planned.promise["due"]) == (60, 45)
    assert planned.sweep_days == 2.0


def test_a_promise_is_stretched_until_it_takes_a_third_of_the_calls_at_most():
    policy = Policy()
    planned = made(*(requested(key, 300) for key in range(1000)), policy=policy)
    a_day = STATUS_CALLS.calls * policy.guarantee_share
    assert 1000 / planned.promise["live"] <= a_day < 1000 / 60


def test_where_the_calls_do_more_the_promise_may_be_shortened_to_what_they_keep():
    policy = Policy(shortest=0.0)
    assert made(requested(1, 300), policy=policy).promise["live"] == 1
    hundred = made(*(requested(key, 300) for key in range(70)), policy=policy)
    assert hundred.promise["live"] == 55 and hundred.promise["due"] == 42


def test_a_promise_of_one_day_is_kept_on_sundays_too_and_nobody_is_asked_twice_a_day():
    sunday, policy = date(2026, 11, 22), Policy(shortest=0.0)
    asked_saturday = replace(requested(1, 300), last_asked=date(2026, 11, 21))
    assert keys(asked_saturday, day=sunday, policy=policy) == [1]
    assert keys(replace(asked_saturday, last_asked=sunday), day=sunday, policy=policy) == []


def test_what_a_plan_would_promise_is_what_it_promises():
    cases = [requested(key, 300) for key in range(300)] + [patent(1000, registered_on=ago(9))]
    budgets = [STATUS_CALLS, Budget("patent/registration_info", 3, REGISTER)]
    assert promises({"live": 300, "finished": 1}, budgets) == made(*cases, budgets=budgets).promise


def test_without_calls_nothing_is_promised():
    planned = made(requested(1, 300), budgets=[])
    assert (planned.choices, planned.promise, planned.left_out) == ([], {}, 1)
    assert planned.sweep_days == float("inf")


def test_an_empty_docket_has_an_empty_plan():
    planned = made()
    assert (planned.choices, planned.left_out, planned.sweep_days) == ([], 0, 0.0)


def test_new_cases_of_an_import_leave_half_of_the_calls_to_the_others_at_least_when_their_promise_falls_due():
    overdue = [requested(key, 30, asked=80) for key in range(3)]
    imported = [patent(100 + key, asked=None) for key in range(50)]
    assert {0, 1, 2} <= set(keys(*overdue, *imported, policy=Policy(live_days=60)))


def test_fifty_thousand_cases_fill_the_calls_and_no_more():
    cases = [requested(key, 1 + key % 400, asked=1 + key % 50) for key in range(50_000)]
    budgets = [Budget("a", 400, STATUS), Budget("b", 400, STATUS), Budget("c", 100, NOTICES)]
    choices = made(*cases, budgets=budgets).choices
    assert len({choice.case for choice in choices}) == len(choices) == 900


# --- in words ---------------------------------------------------------------------------------------------


def words(case: CaseView, language: str) -> str:
    (choice,) = made(case).choices
    return reason_words(choice.reason, language)


def test_a_reason_says_what_is_known_when_the_act_usually_comes_and_when_the_office_was_last_asked():
    english = words(requested(1, 280, asked=1), "en")
    assert english == (
        "Examination requested 9 months ago; first action is most often between month 7 and 11; "
        "last asked Thursday."
    )
    assert words(requested(1, 280, asked=1), "ja") == (
        "審査請求から9か月。最初の処分は7～11か月目が最も多い。最終照会は木曜日。"
    )


@pytest.mark.parametrize(
    ("case", "english", "japanese"),
    [
        (patent(1, asked=None, added_on=FRIDAY), "Added on 2026-11-20", "2026年11月20日に追加"),
        (patent(1, asked=None, added_on=None), "Never asked yet.", "まだ一度も照会していない。"),
        (patent(1, watch="hot"), "Marked to be watched every day", "毎日確認する案件"),
        (
            patent(1, ("A131", ago(40)), running_limit=ago(-9)),
            "A time limit ends on 2026-11-29 and no step for it has been seen",
            "期限（2026年11月29日）",
        ),
        (
            patent(1, ("A131", ago(57)), running_limit=ago(-3), watch="hot"),
            "A time limit ends on 2026-11-23 and no step for it has been seen; every case like it is asked "
            "every day",
            "同種の案件は毎日照会する",
        ),
        (
            patent(1, ("A02", ago(700)), asked=99),
            "Nothing more is to be expected",
            "これ以上の手続は見込まれず",
        ),
        (
            requested(1, 20, asked=9),
            "Examination requested less than a month ago; first action is most often between month 7 and 11; "
            "today's calls reach this far",
            "審査請求から1か月未満。最初の処分は7～11か月目が最も多い。本日の照会枠はこの案件まで届く",
        ),
        (patent(1, ("A131", ago(310))), "10 months old", "拒絶理由通知から10か月。"),
        (requested(1, 300, expected_on=ago(-3)), "expected about 2026-11-23", "2026年11月23日ごろ"),
        (requested(1, 300, asked=70), "Not asked for 70 days", "70日間照会していない"),
        (
            patent(1, ("A131", ago(130))),
            "A notice of reasons for refusal 4 months old",
            "拒絶理由通知から4か月",
        ),
        (patent(1, ("A131", ago(99)), ("A53", ago(35))), "answered 1 month ago", "応答から1か月"),
        (patent(1, ("A01", ago(70))), "the fee and the registration are awaited", "登録料の納付"),
        (patent(1, ("A02", ago(70))), "an appeal may have been filed", "審判が請求されている可能性"),
        (CaseView(1, "design", filed_on=ago(70), last_asked=ago(9)), "Filed 2 months ago", "出願から2か月"),
    ],
)
def test_every_kind_of_choice_has_its_sentence_in_both_languages(case, english, japanese):
    said = words(case, "en"), words(case, "ja")
    assert english in said[0]
    assert japanese in said[1]
    assert not any("{" in one for one in said)


def test_the_planner_needs_no_django():
    code = "import sys, dossiers.refresh.planner; sys.exit(any('django' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_case_asked_for_the_promise_alone_names_the_promise():
    assert words(patent(1, filed_on=ago(900), asked=50), "en") == (
        "Filed 29 months ago; no request for examination seen yet; every case like it is asked "
        "within 60 days; last asked 2026-10-01."
    )
    assert "同種の案件は60日以内に必ず照会する" in words(patent(1, filed_on=ago(900), asked=50), "ja")


def test_a_notice_api_is_not_asked_about_a_case_nobody_examines_yet():
    notices = Budget("patent/app_doc_cont_refusal_reason", 5, NOTICES)
    choices = made(patent(1, filed_on=ago(300)), requested(2, 300), budgets=[notices]).choices
    assert [choice.case for choice in choices] == [2]
