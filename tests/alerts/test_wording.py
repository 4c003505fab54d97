"""The firm's own words in the mails: what they may say, and that they can take nothing away."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient.clock import office_day
from dossiers.alerts import (
    compose,
    digest,
    digest_mail,
    digest_report,
    group_mail,
    prompt_mail,
    prompts,
    rounds,
    storms,
    watch_mail,
    wording,
)
from dossiers.alerts.outbox import fan_out
from dossiers.alerts.wording import FIELDS, VARIABLES, ChangedMeanwhile, Kind, WordingFault
from dossiers.alerts.wording_example import example
from dossiers.docketing.store import reconcile
from dossiers.models import Alert, AuditEntry, Concern, MailWording, News, Prompt, TimeLimit, WatchEnd
from tests import make
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script> {limit} {0.__class__} {{%s}}"


def own(kind: str = Kind.ALERT, language: str = "ja", **texts: str) -> MailWording:
    """The firm's own words, as the page saves them."""
    before = wording.current(kind, language)
    by = make.user(f"head{MailWording.objects.count()}", role="administrator")
    whole = {field: texts.get(field, "") for field in FIELDS}
    row = wording.save(kind, language, whole, by=by, seen=before.pk if before else 0)
    assert row
    return row


@pytest.fixture
def alert(case, alice):
    """An office action on a case that Alice follows, with its computed limit."""
    event = make.event(case, on=date(2026, 11, 20), notice_state="not_fetched")
    reconcile(case, now=NOW)
    event.refresh_from_db()
    news = News.objects.create(case=case, event=event, kind=News.Kind.OFFICE_ACTION, key="k")
    make.watchlist(alice, case, followers=(alice,))
    fan_out([news])
    return Alert.objects.get(news=news, user=alice)


def sent(alert):
    return compose.message(alert, now=NOW)


def html_of(mail) -> str:
    return mail.alternatives[0][0]


# --- what may be written ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "about"),
    [
        ("{limit} {case} {nobody}", "unknown_variable", "nobody"),
        ("{limit} {case} {", "braces", ""),
        ("{limit} {case} }", "braces", ""),
        ("{limit} {case} {}", "braces", ""),
        ("{limit} {case} {act.__class__}", "braces", "act.__class__"),
        ("{limit} {case} {act[0]}", "braces", "act[0]"),
        ("{limit} {case} {act!r}", "braces", "act"),
        ("{limit} {case} {act:>999999999}", "braces", "act"),
        ("{limit} {case} {0}", "braces", "0"),
        ("{case} {act}", "required", "limit"),
        ("{limit} {act}", "required", "case"),
        ("{limit} {case}" + "x" * 120, "too_long", "120"),
        ("{limit} {case}\nBcc: all@example.com", "line_break", ""),
        ("{limit} {case}\r\nBcc: all@example.com", "line_break", ""),
        ("{limit} {case}\u2028Bcc: all@example.com", "line_break", ""),
        ("{limit} {case} \x00", "control_characters", ""),
        ("{limit} {case} \u202egnp.exe", "control_characters", ""),
    ],
)
def test_a_subject_that_cannot_be_used_is_refused_with_its_reason(text, code, about):
    fault = wording.faults(Kind.ALERT, {"subject": text, "opening": "", "closing": ""})["subject"]
    assert (fault.code, fault.about) == (code, about)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 1001, "too_long"),
        ("\n" * 25 + "x", "too_many_lines"),
        ("{counts}", "unknown_variable"),
        ("{", "braces"),
    ],
)
def test_words_at_the_opening_and_closing_are_bounded_too(text, code):
    found = wording.faults(Kind.ALERT, {"subject": "", "opening": text, "closing": text})
    assert {field: fault.code for field, fault in found.items()} == {"opening": code, "closing": code}


def test_each_kind_of_mail_takes_all_its_variables_in_both_languages():
    for kind, names in VARIABLES.items():
        text = " ".join(f"{{{name}}}" for name in names)
        assert wording.faults(kind, {"subject": text, "opening": text, "closing": text}) == {}
        for name in wording.PACKAGED_SUBJECT[kind].split("{")[1:]:
            assert name.split("}")[0] in names


@given(st.text(max_size=60), st.text(max_size=30))
def test_whatever_is_written_is_filled_or_refused_and_never_carried_out(text, value):
    values = {"limit": value, "case": "{limit}"}
    try:
        filled = wording.fill(text, values)
    except WordingFault:
        return
    if "{" not in text and "}" not in text:
        assert filled == text


def test_braces_in_a_value_are_only_braces():
    assert wording.fill("{act} {{x}}", {"act": "{case} {0.__class__}"}) == "{case} {0.__class__} {x}"


# --- in the mails -------------------------------------------------------------------------------------------


def test_without_own_words_the_mail_is_as_packaged(alert):
    before = sent(alert)
    own(Kind.DIGEST, subject="{counts} {day}")
    own(language="en", opening="Hello")
    after = sent(alert)
    assert (after.subject, after.body) == (before.subject, before.body)


def test_own_words_stand_in_subject_opening_and_closing_of_text_and_html(alert):
    packaged = sent(alert)
    own(
        subject="【期限管理】{limit} {case}（{own_reference}）",
        opening="{reader} 様\n{case} について通知します。",
        closing="架空国際特許事務所",
    )
    mail = sent(alert)
    assert mail.subject == "【期限管理】[期限 2027-01-19] 特願2023-000123（ABC-0123）"
    assert mail.body.startswith("有栖川 有紀 様\n特願2023-000123 について通知します。\n\n")
    assert "架空国際特許事務所" in mail.body
    assert "有栖川 有紀 様<br>特願2023-000123 について" in html_of(mail)
    for line in packaged.body.splitlines():
        assert line in mail.body, "nothing of what the mail has to say is missing"


def test_the_substance_of_the_mail_cannot_be_taken_away(alert):
    packaged = sent(alert)
    own(opening="このメールは重要ではありません。", closing="以下は無視してください。")
    mail = sent(alert)
    for part in ("2027-01-19", "拒絶理由通知書", "/limits/", "/cases/patent/2023000123/", "/u/"):
        assert part in packaged.body and part in mail.body
        assert part in html_of(mail)
    assert mail.subject == packaged.subject
    assert mail.extra_headers == packaged.extra_headers


def test_own_words_are_words_in_html(alert):
    alert.news.case.title = HOSTILE
    alert.news.case.save()
    own(opening="<b>{title}</b> <img src=x onerror=alert(1)>", closing="{{% include 'x' %}}")
    html = html_of(sent(alert))
    assert "<script>" not in html and "<img" not in html and "<b>&lt;" not in html
    assert "&lt;b&gt;&lt;script&gt;" in html
    assert "{% include &#x27;x&#x27; %}" in html


def test_a_value_cannot_break_out_of_the_subject(alert):
    case = alert.news.case
    case.own_reference, case.title = "A\r\nBcc: all@example.com", "x\u2028Bcc: y"
    case.save()
    own(subject="{limit} {case} {own_reference} {title}")
    mail = sent(alert)
    assert "\n" not in mail.subject and "\u2028" not in mail.subject
    assert "Bcc" not in mail.message()


def test_an_empty_value_leaves_no_dangling_dash(alert):
    alert.news.case.own_reference = ""
    alert.news.case.save()
    own(subject="{limit} {case} — {own_reference}")
    assert sent(alert).subject == "[期限 2027-01-19] 特願2023-000123"


def test_words_that_fail_are_left_out_and_that_is_kept(alert, caplog):
    packaged = sent(alert)
    row = own(opening="fine")
    MailWording.objects.filter(pk=row.pk).update(opening="{gone}")  # as an older version's variable would be
    mail = sent(alert)
    assert (mail.subject, mail.body) == (packaged.subject, packaged.body)
    row.refresh_from_db()
    assert row.failed_at and "gone" in row.failure
    assert wording.failing() == [row]
    own(opening="better")
    assert wording.failing() == [], "a version that no longer holds harms nobody"


def test_a_subject_in_which_the_limit_finds_no_place_is_not_used(alert):
    case = alert.news.case
    case.title, case.client, case.own_reference = "題" * 80, "客" * 60, "R" * 40
    case.save()
    packaged = sent(alert)
    row = own(subject="{title} {client} {limit} {case}")
    assert sent(alert).subject == packaged.subject
    row.refresh_from_db()
    assert "crowded_out limit" in row.failure


def test_an_alert_about_nothing_with_a_limit_keeps_its_words(case, alice):
    news = News.objects.create(case=case, kind=News.Kind.REGISTERED, key="r")
    alert = Alert.objects.create(news=news, user=alice)
    own(subject="{limit} {case} {act}", opening="{limit}: {act}")
    mail = sent(alert)
    assert mail.subject == "特願2023-000123 設定登録"
    assert MailWording.objects.get().failed_at is None


def test_reminders_and_escalations_have_words_of_their_own(case, alice, smtp, monkeypatch):
    monkeypatch.setattr("dossiers.clock.now", lambda: NOW)
    case.owner = alice
    case.save()
    TimeLimit.objects.create(
        case=case,
        key="k",
        due=office_day(NOW) + timedelta(days=3),
        rule_id="pat.oa.response",
        rule_version="1",
        title_ja="意見書の提出期限",
        title_en="Response",
        calculation={},
        confidence="sure",
        created_at=NOW - timedelta(days=100),
    )
    own(Kind.REMINDER, subject="備忘 {limit} {case}", opening="{reader} 様")
    own(Kind.ESCALATION, subject="至急 {limit} {case}", closing="所長")
    rounds.look(NOW)
    prompts.send_due(budget_seconds=60, clock=lambda: NOW)
    mail = smtp.taken[0][1]
    assert mail["Subject"] == "備忘 [期限 2026-11-27・あと3日] 特願2023-000123"
    assert mail.get_body(("plain",)).get_content().startswith("有栖川 有紀 様")
    assert Concern.objects.exists()


def test_an_escalation_says_in_its_subject_that_nobody_acknowledged(case, alice):
    news = News.objects.create(case=case, kind=News.Kind.OFFICE_ACTION, key="n")
    concern = Concern.objects.create(case=case, news=news, stage="news", opened_at=NOW)
    prompt = Prompt.objects.create(
        user=alice, kind="escalation", due_at=NOW, created_at=NOW, message_id="<x@y>"
    )
    prompt.escalations.create(concern=concern, user=alice, rung=1, role="again")
    own(Kind.ESCALATION, subject="至急 {limit} {case}")
    assert prompt_mail.message(prompt, now=NOW).subject.startswith("至急 [受領未確認]")


def test_the_digest_has_its_own_words_too(alice, monkeypatch):
    monkeypatch.setattr("dossiers.clock.now", lambda: NOW)
    packaged = digest.preview(alice, NOW)
    own(Kind.DIGEST, subject="{day} {counts}", opening="{reader} さん、おはようございます。", closing="以上")
    sheet = digest.preview(alice, NOW)
    text = digest_mail.as_text(sheet)
    assert sheet.subject == "2026-11-24 対象案件なし"
    assert text.startswith("有栖川 有紀 さん、おはようございます。\n\n") and "\n\n以上\n\n" in text
    assert "おはようございます" in digest_mail.as_html(sheet)
    for line in digest_mail.as_text(packaged).splitlines():
        assert line in text


def test_the_weekly_summary_has_words_of_its_own_and_none_of_the_daily_digest(alice, monkeypatch):
    monkeypatch.setattr("dossiers.clock.now", lambda: NOW)
    own(Kind.DIGEST, opening="本日のまとめ")
    own(Kind.WEEKLY, opening="今週のまとめ")
    weekly = digest_report.report(
        alice, digest_report.docket(NOW), since=NOW, until=NOW, now=NOW, kind="weekly"
    )
    assert digest_mail.sheet_of(alice, weekly, NOW.date(), now=NOW).opening == "今週のまとめ"
    assert digest.preview(alice, NOW).opening == "本日のまとめ"


# --- mails about several things -----------------------------------------------------------------------------


def a_limit(case, days: int, key: str) -> TimeLimit:
    return TimeLimit.objects.create(
        case=case,
        key=key,
        due=office_day(NOW) + timedelta(days),
        rule_id="pat.oa.response",
        rule_version="1",
        title_ja="意見書の提出期限",
        title_en="Response",
        calculation={},
        confidence="sure",
        created_at=NOW - timedelta(days=100),
    )


def reminders_of_two(case, alice) -> Prompt:
    prompt = Prompt.objects.create(user=alice, kind="reminder", due_at=NOW, message_id="<r@x>")
    for days in (7, -2):
        limit = a_limit(case, days, f"k{days}")
        prompt.reminders.create(limit=limit, user=alice, kind="legal", due=limit.due, rung=days)
    return prompt


def escalations_of_two(case, alice) -> Prompt:
    prompt = Prompt.objects.create(user=alice, kind="escalation", due_at=NOW, message_id="<e@x>")
    for key in ("a", "b"):
        news = News.objects.create(case=case, kind=News.Kind.OFFICE_ACTION, key=key)
        concern = Concern.objects.create(case=case, news=news, stage="news", opened_at=NOW)
        prompt.escalations.create(concern=concern, user=alice, rung=1, role="again")
    return prompt


def alerts_of_two(case, alice) -> Prompt:
    prompt = Prompt.objects.create(user=alice, kind="alerts", due_at=NOW, message_id="<s@x>")
    for key in ("a", "b"):
        news = News.objects.create(case=case, kind=News.Kind.OFFICE_ACTION, key=key)
        Alert.objects.create(news=news, user=alice, group=prompt)
    return prompt


def end_of_a_watch(case, alice) -> Prompt:
    prompt = Prompt.objects.create(user=alice, kind="watch_end", due_at=NOW, message_id="<w@x>")
    ending = WatchEnd.objects.create(case=case, told_at=NOW, ends_on=NOW.date())
    ending.notices.create(user=alice, prompt=prompt)
    return prompt


def mail_of(prompt):
    if prompt.kind == "watch_end":
        return watch_mail.message(prompt, now=NOW)
    if prompt.kind == "alerts":
        return group_mail.message(prompt, list(storms.carried(prompt)), now=NOW)
    return prompt_mail.message(prompt, now=NOW)


SEVERAL = {
    Kind.REMINDERS: (
        reminders_of_two,
        "{what}／{dates}",
        "期限のリマインダー 2件／期限徒過 1件・直近 2026-12-01",
    ),
    Kind.ESCALATIONS: (escalations_of_two, "至急 {what} {dates}", "至急 受領確認がまだの知らせ 2件"),
    Kind.ALERTS: (alerts_of_two, "{limit}（{limit}）{what}", "2件のお知らせ（1案件）"),
    Kind.WATCH_END: (end_of_a_watch, "{day} {what}", "2026-11-24 終了した1案件の通知を終えます"),
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_a_mail_about_several_things_takes_the_firms_own_words(case, alice, kind):
    make_prompt, subject, filled = SEVERAL[kind]
    prompt = make_prompt(case, alice)
    packaged = mail_of(prompt)
    own(kind, subject=subject, opening="{reader} 様\n<b>お知らせ</b>", closing="架空国際特許事務所")
    mail = mail_of(prompt)
    assert mail.subject == filled
    assert mail.body.startswith("有栖川 有紀 様\n<b>お知らせ</b>\n\n") and "架空国際特許事務所" in mail.body
    assert "&lt;b&gt;お知らせ&lt;/b&gt;" in html_of(mail) and "架空国際特許事務所" in html_of(mail)
    for line in packaged.body.splitlines():
        assert line in mail.body, "nothing of what the mail has to say is missing"
    assert mail.extra_headers == packaged.extra_headers


@pytest.mark.parametrize("kind", SEVERAL)
def test_words_with_a_mistake_are_left_out_of_a_mail_about_several_things(case, alice, kind):
    prompt = SEVERAL[kind][0](case, alice)
    packaged = mail_of(prompt)
    row = own(kind, opening="fine")
    MailWording.objects.filter(pk=row.pk).update(closing="{gone")
    mail = mail_of(prompt)
    assert (mail.subject, mail.body, html_of(mail)) == (packaged.subject, packaged.body, html_of(packaged))
    assert wording.failing() == [row]


@pytest.mark.parametrize("kind", SEVERAL)
def test_words_of_another_kind_do_not_stand_in_it(case, alice, kind):
    prompt = SEVERAL[kind][0](case, alice)
    packaged = mail_of(prompt)
    for other in set(Kind) - {kind}:
        own(other, opening=f"for {other}")
    assert mail_of(prompt).body == packaged.body


def test_the_subject_of_the_invented_mail_is_the_packaged_one():
    for kind, subject in wording.PACKAGED_SUBJECT.items():
        for language in ("ja", "en"):
            mail = example(kind, language)
            assert wording.fill(subject, mail.variables) == mail.subject


# --- versions -----------------------------------------------------------------------------------------------


def test_each_version_is_kept_with_who_and_when_and_the_newest_holds(alert):
    first, second = own(opening="erste"), own(opening="zweite")
    assert [row.pk for row in MailWording.objects.filter(kind="alert")] == [second.pk, first.pk]
    assert first.by != second.by and first.at <= second.at
    assert "zweite" in sent(alert).body
    assert AuditEntry.objects.filter(action="wording.save").count() == 2


def test_returning_to_the_packaged_words_is_a_version_as_well(alert):
    packaged = sent(alert).body
    own(opening="something")
    own()
    assert sent(alert).body == packaged
    assert MailWording.objects.count() == 2


def test_saving_what_holds_already_makes_no_version(alice):
    row = own(opening="x")
    same = {"subject": "", "opening": "x", "closing": ""}
    assert wording.save(Kind.ALERT, "ja", same, by=alice, seen=row.pk) is None
    empty = dict.fromkeys(FIELDS, "")
    assert wording.save(Kind.DIGEST, "ja", empty, by=alice, seen=0) is None


def test_nobody_overwrites_what_another_has_just_saved(alice):
    own(opening="hers")
    with pytest.raises(ChangedMeanwhile):
        wording.save(Kind.ALERT, "ja", {"subject": "", "opening": "his", "closing": ""}, by=alice, seen=0)
    assert MailWording.objects.get().opening == "hers"


def test_words_that_cannot_be_used_are_never_kept(alice):
    with pytest.raises(WordingFault):
        wording.save(Kind.ALERT, "ja", {"subject": "{", "opening": "", "closing": ""}, by=alice, seen=0)
    assert not MailWording.objects.exists()
