from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group

from dossiers import clock
from dossiers.docketing import actions, confirming, life
from dossiers.models import AuditEntry, EnteredStart, FirmPolicy, TimeLimit

from . import docket


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def limit(db):
    return docket.refused(docket.confirmed_case()).limits.get()


def _due(client, **query) -> list:
    return [row.due for row in client.get("/limits/", query).context["page"]]


def _post(client, limit, action: str, **sent):
    answer = client.post(f"/limits/{limit.pk}/{action}/", sent, follow=True)
    limit.refresh_from_db()
    return answer.content.decode()


def test_the_calculation_is_shown_step_by_step_with_its_article(signed_in, limit):
    text = signed_in.get(f"/limits/{limit.pk}/").content.decode()
    assert limit.base_date.isoformat() in text and limit.due.isoformat() in text
    assert "that day itself is not counted (Patent Act Art. 3(1)(i))" in text
    assert "¥51,000" in text and "Extension after expiry" in text


def test_a_japanese_reader_reads_it_in_japanese(client, alice, limit):
    client.force_login(alice)
    text = client.get(f"/limits/{limit.pk}/").content.decode()
    assert "初日は算入しない" in text and "拒絶理由通知に対する応答" in text


def test_confirming_puts_a_name_to_the_date(signed_in, limit, bob):
    text = _post(signed_in, limit, "confirm", due=limit.due.isoformat())
    assert "The date is confirmed." in text
    assert limit.confirmed_by == bob
    assert AuditEntry.objects.filter(action="limit.confirm", actor=bob).exists()


def test_a_date_that_moved_meanwhile_is_not_confirmed(signed_in, limit):
    seen = limit.due.isoformat()
    TimeLimit.objects.filter(pk=limit.pk).update(due=docket.days_ago(-90))
    assert "The date has moved since you saw it" in _post(signed_in, limit, "confirm", due=seen)
    assert limit.confirmed_by is None


def test_what_is_said_to_be_done_stays_in_the_list(signed_in, limit):
    _post(signed_in, limit, "done", reason="提出済み")
    assert limit.state == "claimed"
    assert _due(signed_in).count(limit.due) == 1
    assert "said to be done" in signed_in.get("/limits/").content.decode()


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_is_closed_without_a_reason(signed_in, limit, reason):
    assert "Please say why" in _post(signed_in, limit, "not-needed", reason=reason)
    assert limit.state == "open"


def test_not_needed_and_reopened_are_both_on_record(signed_in, limit, bob):
    _post(signed_in, limit, "not-needed", reason="依頼人の指示 <b>")
    assert (limit.state, limit.state_by) == ("not_needed", bob)
    text = _post(signed_in, limit, "reopen", reason="再考")
    assert limit.state == "open"
    assert "Not needed → Open" in text and "依頼人の指示 &lt;b&gt;" in text


def test_an_action_that_does_not_fit_changes_nothing(signed_in, limit):
    assert "Its state has changed meanwhile" in _post(signed_in, limit, "reopen", reason="x")
    assert limit.state == "open"
    assert signed_in.post(f"/limits/{limit.pk}/explode/").status_code == 404


def test_limits_without_a_date_come_first_then_the_most_overdue(signed_in, limit):
    docket.refused(docket.confirmed_case("2023000002"), dispatched=100)
    undated = docket.refused(docket.confirmed_case("2023000003")).limits.get()
    TimeLimit.objects.filter(pk=undated.pk).update(due=None)
    shown = list(_due(signed_in))
    assert shown[0] is None
    assert shown[1:] == sorted(shown[1:])
    assert "date not known: read the document" in signed_in.get("/limits/").content.decode()


def test_windows_take_their_last_day_in(signed_in, limit):
    today = clock.office_today()
    for days, within in ((-1, "overdue"), (0, "7"), (7, "7"), (8, "30"), (30, "30"), (31, "")):
        TimeLimit.objects.filter(pk=limit.pk).update(due=docket.days_ago(-days))
        found = {
            name for name in ("overdue", "7", "30") if docket.days_ago(-days) in _due(signed_in, due=name)
        }
        expected = {"7": {"7", "30"}, "": set()}.get(within, {within})
        assert found == expected, (days, today)


def test_mine_leaves_out_what_belongs_to_others(signed_in, limit, bob):
    assert limit.due not in _due(signed_in, scope="mine")
    limit.case.owner = bob
    limit.case.save()
    assert limit.due in _due(signed_in, scope="mine")


def test_closed_limits_are_kept_and_can_be_read(signed_in, limit):
    _post(signed_in, limit, "not-needed", reason="x")
    assert limit.due not in _due(signed_in)
    assert limit.due in _due(signed_in, state="closed")


def test_the_month_shows_a_limit_on_its_day_and_the_offices_holidays(signed_in, limit):
    TimeLimit.objects.filter(pk=limit.pk).update(due="2027-01-19")
    answer = signed_in.get("/limits/", {"view": "month", "month": "2027-01"})
    days = {day.day.isoformat(): day for week in answer.context["weeks"] for day in week}
    assert [one.pk for one in days["2027-01-19"].limits] == [limit.pk]
    assert days["2027-01-01"].holiday and days["2027-01-11"].holiday
    assert not days["2027-01-04"].closed


@pytest.mark.parametrize("month", ["", "2027-13", "0000-01", "9999-12", "x", "2027-01-01"])
def test_a_month_that_is_none_gives_this_month(signed_in, month, db):
    answer = signed_in.get("/limits/", {"view": "month", "month": month})
    assert answer.context["first"] == clock.office_today().replace(day=1)


def test_a_full_day_of_the_month_leads_to_its_list_with_the_same_filters(signed_in, limit):
    for serial in range(8):
        docket.refused(docket.confirmed_case(f"202400001{serial}"))
    TimeLimit.objects.filter(state="open").update(due="2027-01-19")
    query = {"view": "month", "month": "2027-01", "checked": "no", "law": "patent"}
    text = signed_in.get("/limits/", query).content.decode()
    assert "?checked=no&amp;law=patent&amp;on=2027-01-19" in text
    assert len(_due(signed_in, checked="no", law="patent", on="2027-01-19")) == 9


def test_the_month_says_how_many_limits_stand_in_no_month(signed_in, limit):
    TimeLimit.objects.filter(pk=limit.pk).update(due=None)
    assert "1 time limit has no date yet" in signed_in.get("/limits/", {"view": "month"}).content.decode()


def test_a_calculation_of_another_shape_is_said_to_be_unreadable(signed_in, limit):
    TimeLimit.objects.filter(pk=limit.pk).update(calculation={"steps": []})
    text = signed_in.get(f"/limits/{limit.pk}/").content.decode()
    assert "The stored calculation cannot be read" in text and limit.due.isoformat() in text


# --- the several dates of a duty --------------------------------------------------------------------------


def _kinds(client, limit) -> dict[str, str]:
    return {one.kind: one.day for one in client.get(f"/limits/{limit.pk}/").context["dates"]}


def test_a_duty_shows_its_legal_extendable_and_internal_date(signed_in, limit):
    dates = _kinds(signed_in, limit)
    assert dates["legal"] == limit.due and dates["extendable"] > limit.due > dates["internal"]
    text = signed_in.get("/limits/").content.decode()
    assert dates["internal"].isoformat() in text and dates["extendable"].isoformat() in text


def test_an_own_date_is_set_shown_with_its_name_and_taken_back(signed_in, limit):
    day = docket.days_ago(-20)
    _post(signed_in, limit, "own-date", kind="target", day=f"{day:%Y/%m/%d}", note="案を送る")
    assert _kinds(signed_in, limit)["target"] == day
    assert "Bob Attorney" in signed_in.get(f"/limits/{limit.pk}/").content.decode()
    _post(signed_in, limit, "own-date", kind="target", day="")
    assert "target" not in _kinds(signed_in, limit)
    assert limit.own_dates.count() == 2


def test_an_own_date_that_is_none_changes_nothing(signed_in, limit):
    assert "no day that can be read" in _post(signed_in, limit, "own-date", kind="target", day="2027-02-30")
    late = (limit.due + timedelta(days=5)).isoformat()
    assert "Say why" in _post(signed_in, limit, "own-date", kind="internal", day=late)
    assert not limit.own_dates.exists()


# --- the ladder -------------------------------------------------------------------------------------------


def _states(client, limit) -> list[tuple[str, str]]:
    ladder = client.get(f"/limits/{limit.pk}/").context["ladder"]
    return [(step.rung.kind, step.state) for step in ladder]


def test_before_the_due_date_an_extension_can_be_asked_for(signed_in, limit):
    assert _states(signed_in, limit)[:2] == [("extension", "open"), ("late_extension", "later")]


def test_after_it_the_late_extension_stands_with_its_last_day_and_fee(signed_in, db):
    limit = docket.refused(docket.confirmed_case("2023000009"), dispatched=75).limits.get()
    life.look_at(limit.case, now=clock.now())
    assert ("extension", "passed") in _states(signed_in, limit)
    assert ("late_extension", "stands") in _states(signed_in, limit)
    listed = signed_in.get("/limits/", {"due": "late"}).content.decode()
    assert "Extension after expiry until" in listed and "¥51,000" in listed


def test_when_nothing_is_left_the_list_and_the_page_say_so(signed_in, db):
    limit = docket.refused(docket.confirmed_case("2023000009"), dispatched=300).limits.get()
    life.look_at(limit.case, now=clock.now())
    assert "no later way known" in signed_in.get("/limits/", {"due": "lost"}).content.decode()
    assert "no later way to act is known" in signed_in.get(f"/limits/{limit.pk}/").content.decode()


def test_an_extension_said_to_be_requested_counts_and_can_be_taken_back(signed_in, limit):
    was = limit.due
    text = _post(signed_in, limit, "extension", code="A601", filed_on=clock.office_today().isoformat())
    assert limit.due > was and "said to be requested" in text
    claim = limit.extension_claims.get()
    _post(signed_in, limit, "withdraw-extension", claim=claim.pk, reason="未提出だった")
    assert limit.due == was
    assert "Somebody has already closed this" in _post(
        signed_in, limit, "withdraw-extension", claim=claim.pk, reason="x"
    )


@pytest.mark.parametrize("claim", ["", "x", "9" * 40, "0"])
def test_an_extension_that_there_is_not_cannot_be_taken_back(signed_in, limit, claim):
    assert "already closed" in _post(signed_in, limit, "withdraw-extension", claim=claim, reason="x")


# --- who, and what is checked -----------------------------------------------------------------------------


def test_a_team_is_those_who_share_a_group(signed_in, limit, alice, bob):
    limit.case.owner = alice
    limit.case.save()
    assert _due(signed_in, scope="team") == []
    for person in (alice, bob):
        person.groups.add(Group.objects.get_or_create(name="patents")[0])
    assert _due(signed_in, scope="team") == [limit.due]


def test_a_person_without_a_group_has_a_team_of_one(signed_in, limit, bob):
    limit.case.owner = bob
    limit.case.save()
    assert _due(signed_in, scope="team") == [limit.due]


def test_the_list_is_narrowed_to_what_is_not_checked_or_not_certain(signed_in, limit, bob):
    assert _due(signed_in, checked="no") == [limit.due] and _due(signed_in, checked="yes") == []
    actions.confirm(limit, by=bob)
    assert _due(signed_in, checked="yes") == [limit.due] and _due(signed_in, checked="no") == []
    TimeLimit.objects.filter(pk=limit.pk).update(provisional=True, duty="chance")
    assert _due(signed_in, checked="provisional", duty="chance") == [limit.due]
    assert _due(signed_in, duty="limit") == []


def test_a_confirmation_is_taken_back_with_a_reason(signed_in, limit, bob):
    actions.confirm(limit, by=bob)
    assert "Please say why" in _post(signed_in, limit, "unconfirm", reason="")
    _post(signed_in, limit, "unconfirm", reason="別の日付を確認中")
    assert limit.confirmed_by is None


# --- by a rule, from a day that a person enters -----------------------------------------------------------

RULE = "pat.priority.paris"


def _by_rule(case) -> str:
    return docket.page_of(case, "limits/rule/")


def test_what_follows_is_shown_before_anything_is_saved(signed_in, limit):
    base, before = docket.days_ago(30), limit.case.limits.count()
    answer = signed_in.get(_by_rule(limit.case), {"rule": RULE, "base": base.isoformat()})
    assert answer.context["calculation"].base_date == base
    assert answer.context["calculation"].due.isoformat() in answer.content.decode()
    assert not EnteredStart.objects.exists() and limit.case.limits.count() == before


def test_what_was_shown_is_what_is_saved_and_somebody_else_confirms_it(signed_in, client, limit, alice):
    base = docket.days_ago(30)
    sent = {"rule": RULE, "base": base.isoformat()}
    due = signed_in.get(_by_rule(limit.case), sent).context["calculation"].due
    answer = signed_in.post(_by_rule(limit.case), {**sent, "note": "依頼人のメール"}, follow=True)
    made = limit.case.limits.get(rule_id=RULE)
    text = answer.content.decode()
    assert made.due == due and "依頼人のメール" in text and "somebody else has to confirm it" in text
    assert "I have checked" not in text
    assert "You entered this date yourself" in _post(signed_in, made, "confirm", due=due.isoformat())
    client.force_login(alice)
    _post(client, made, "confirm", due=due.isoformat())
    assert made.confirmed_by == alice


def test_a_day_taken_back_ends_its_limit_and_stays_on_record(signed_in, limit):
    sent = {"rule": RULE, "base": docket.days_ago(30).isoformat(), "note": "x"}
    signed_in.post(_by_rule(limit.case), sent)
    made = limit.case.limits.get(rule_id=RULE)
    _post(signed_in, made, "withdraw-start", reason="誤り")
    assert made.state == "gone" and EnteredStart.objects.get().withdrawn_reason == "誤り"
    page = signed_in.get(_by_rule(limit.case)).content.decode()
    assert "Days entered by hand" in page and "taken back" in page and f"/limits/{made.pk}/" in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"rule": "no.rule", "base": "2026-01-05", "note": "x"}, "This rule does not apply"),
        ({"rule": RULE, "base": "2026-02-30", "note": "x"}, "no day that can be read"),
        ({"rule": RULE, "base": "", "note": "x"}, "Please give the day"),
        ({"rule": RULE, "base": "2026-01-05", "note": ""}, "Please say why"),
        ({"rule": "tm.oa.response", "base": "2026-01-05", "note": "x"}, "This rule does not apply"),
    ],
)
def test_what_cannot_be_docketed_says_why_and_keeps_what_was_typed(signed_in, limit, sent, words):
    answer = signed_in.post(_by_rule(limit.case), sent)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert answer.context["note"] == sent["note"] and not EnteredStart.objects.exists()


# --- residency --------------------------------------------------------------------------------------------


def test_an_unknown_residency_comes_with_what_speaks_for_which(signed_in, limit):
    limit.case.parties = [{"name": "架空電機株式会社", "role": "applicant"}]
    limit.case.residency = "unknown"
    limit.case.save()
    answer = signed_in.get(f"/limits/{limit.pk}/")
    assert answer.context["suggested"].value == "resident" and "株式会社" in answer.content.decode()


def test_setting_it_computes_again_and_is_on_record(signed_in, limit):
    was = limit.due
    address = docket.page_of(limit.case, "residency/")
    signed_in.post(address, {"residency": "overseas", "reason": "願書"})
    limit.refresh_from_db()
    assert limit.due != was and AuditEntry.objects.filter(action="case.residency").exists()
    answer = signed_in.post(address, {"residency": "martian"}, follow=True)
    assert "not known; nothing was changed" in answer.content.decode()


# --- the firm's policy ------------------------------------------------------------------------------------


def test_an_administrator_sets_the_firm_s_policy_and_nobody_else(signed_in, limit, bob):
    sent = {"internal_days": "30", "claim_office_days": "3", "watch_end_days": "90", "blind_check": "on"}
    assert signed_in.post("/settings/firm/", sent).status_code == 403
    bob.role = "administrator"
    bob.save()
    signed_in.post("/settings/firm/", sent)
    policy = FirmPolicy.objects.get()
    assert (policy.internal_days, policy.claim_office_days, policy.blind_check) == (30, 3, True)
    assert AuditEntry.objects.get(action="firm.policy").detail["was"]["internal_days"] == 14
    _post(signed_in, limit, "reveal")  # checked blind from now on
    assert (limit.due - _kinds(signed_in, limit)["internal"]).days >= 30


@pytest.mark.parametrize("bad", [{"internal_days": "-1"}, {"claim_office_days": "0"}, {"internal_days": "x"}])
def test_a_policy_that_cannot_be_changes_nothing(signed_in, bob, bad):
    bob.role = "administrator"
    bob.save()
    good = {"internal_days": "14", "claim_office_days": "5", "watch_end_days": "90"}
    answer = signed_in.post("/settings/firm/", {**good, **bad})
    assert answer.context["firm_form"].errors and not FirmPolicy.objects.exists()


def test_an_office_action_abroad_is_docketed_by_that_offices_rule(signed_in):
    case = docket.confirmed_case()
    page = f"/cases/{case.law}/{case.application_number}/limits/rule/"
    shown = signed_in.get(page, {"rule": "us.oa", "base": "2026-11-24"})
    assert "USPTO" in shown.content.decode()
    assert shown.context["calculation"].due == date(2027, 2, 24)
    added = {"rule": "us.oa", "base": "2026-11-24", "note": "sister case, mailed by the USPTO"}
    signed_in.post(page, added)
    limit = TimeLimit.objects.get(case=case, rule_id="us.oa")
    assert limit.due == date(2027, 2, 24) and limit.provisional


# --- what had passed before its case was added ------------------------------------------------------------


@pytest.fixture
def before(db) -> list[TimeLimit]:
    """Two notices of years ago in cases added today, and one of three years ago in a case watched since."""
    made = [docket.confirmed_case(f"201800012{n}") for n in range(2)]
    watched = docket.confirmed_case("2018000129", added_at=clock.now() - timedelta(days=2000))
    for case in (*made, watched):
        docket.refused(case, dispatched=900)
    life.look(now=clock.now(), tell=lambda news: None)
    return list(TimeLimit.objects.filter(case__in=made, state="open").order_by("pk"))


def _pks(client, **query) -> set[int]:
    return {row.pk for row in client.get("/limits/", query).context["page"]}


def test_it_is_not_overdue_but_counted_by_itself_and_last_in_the_list(signed_in, before, limit):
    told = {one.pk for one in before}
    assert all(one.passed_on_adding for one in before)
    assert _pks(signed_in, due="before") == told
    assert len(_pks(signed_in, due="overdue")) == 1 and not _pks(signed_in, due="overdue") & told
    assert not _pks(signed_in, due="lost") & told
    rows = [row.pk for row in signed_in.get("/limits/").context["page"]]
    assert set(rows[-2:]) == told, "it hides nothing that can still be met"
    glance = signed_in.get("/", {"scope": "all"}).context["glance"]
    assert (glance.overdue, glance.passed_before) == (1, 2)


def test_several_are_decided_together_by_name_and_the_decision_can_be_undone(signed_in, before, bob):
    sent = {"limit": [one.pk for one in before], "reason": "受任前に終了 <b>"}
    text = signed_in.post("/limits/decide/", sent, follow=True).content.decode()
    assert "2 time limits closed as not needed by" in text and "&lt;b&gt;" in text
    for one in before:
        one.refresh_from_db()
        assert (one.state, one.state_by) == ("not_needed", bob)
        assert one.changes.get(field="state").by == bob
    decision = AuditEntry.objects.get(action="limits.not_needed")
    assert "open again" in signed_in.post(f"/limits/decide/{decision.pk}/undo/", follow=True).content.decode()
    assert _pks(signed_in, due="before") == {one.pk for one in before}
    again = signed_in.post(f"/limits/decide/{decision.pk}/undo/", follow=True).content.decode()
    assert "already closed" in again


def test_undoing_leaves_alone_what_somebody_decided_anew(signed_in, before, alice):
    sent = {"limit": [one.pk for one in before], "reason": "受任前に終了"}
    signed_in.post("/limits/decide/", sent)
    actions.reopen(before[0], by=alice, reason="再考")
    actions.not_needed(before[0], by=alice, reason="確認済み")
    decision = AuditEntry.objects.get(action="limits.not_needed")
    signed_in.post(f"/limits/decide/{decision.pk}/undo/")
    before[0].refresh_from_db()
    before[1].refresh_from_db()
    assert (before[0].state, before[1].state) == ("not_needed", "open")


@pytest.mark.parametrize(
    ("chosen", "reason", "said"),
    [
        ("none", "x", "choose at least one"),
        ("all", " ", "Please say why"),
        ("live", "x", "Only what had passed"),
    ],
)
def test_what_cannot_be_decided_together_changes_nothing(signed_in, before, limit, chosen, reason, said):
    pks = {"none": [], "all": [before[0].pk], "live": [before[0].pk, limit.pk]}[chosen]
    text = signed_in.post("/limits/decide/", {"limit": pks, "reason": reason}, follow=True).content.decode()
    assert said in text
    assert not TimeLimit.objects.filter(state="not_needed").exists()


# --- checked blind ----------------------------------------------------------------------------------------


@pytest.fixture
def blind(limit):
    FirmPolicy.objects.create(pk=1, blind_check=True)
    return limit


def _tells(client, limit, address: str) -> bool:
    return limit.due.isoformat() in client.get(address).content.decode()


def test_the_date_is_on_no_page_of_limits_until_one_has_found_one_s_own(signed_in, blind, bob):
    month = f"/limits/?view=month&month={blind.due:%Y-%m}"
    for address in (f"/limits/{blind.pk}/", "/limits/"):
        assert not _tells(signed_in, blind, address), address
    text = signed_in.get(month).content.decode()
    assert f'href="/limits/{blind.pk}/"' not in text and "1 time limit stands on no day here" in text
    confirming.check_blind(blind, by=bob, entered=blind.due - timedelta(days=1))
    for address in (f"/limits/{blind.pk}/", "/limits/"):
        assert _tells(signed_in, blind, address), address


def test_whoever_looks_first_is_on_record_and_cannot_check_blind(signed_in, blind, bob):
    assert "on record that you saw it" in _post(signed_in, blind, "reveal")
    assert _tells(signed_in, blind, f"/limits/{blind.pk}/")
    seen = blind.changes.get(field="seen")
    assert (seen.by, seen.new) == (bob, blind.due.isoformat())
    assert AuditEntry.objects.filter(action="limit.reveal", actor=bob).count() == 1
    with pytest.raises(actions.ActionRefused, match="blind_check_revealed"):
        confirming.check_blind(blind, by=bob, entered=blind.due)
    assert blind.confirmed_by is None
