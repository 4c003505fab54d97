"""What a mail says, and that nobody can make it say something else."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.documents import Article, Cited, Notice, Period
from dossiers.alerts import compose, letter, words
from dossiers.alerts.outbox import fan_out
from dossiers.docketing.store import reconcile
from dossiers.models import Alert, Citation, Event, News, Paper, TimeLimit
from tests import make
from tests.alerts.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://portal.firm.example"
    settings.DEFAULT_FROM_EMAIL = "IP Portal <portal@firm.example>"


@pytest.fixture
def told(alice, bob):
    """Writes the mail about a piece of news to a reader, once the case's docket is computed."""

    def write(case, event=None, kind=News.Kind.OFFICE_ACTION, to=None, now=NOW, **fields):
        reconcile(case, now=NOW)
        if event:
            event.refresh_from_db()
        news = News.objects.create(
            case=case, event=event, kind=kind, key=f"k{News.objects.count()}", **fields
        )
        if not case.watchlists.exists():
            make.watchlist(alice, case, name="特許 第一担当", followers=(alice, bob))
        fan_out([news])
        return compose.message(Alert.objects.get(news=news, user=to or alice), now=now)

    return write


@pytest.fixture
def action(case):
    return make.event(case, on=date(2026, 11, 20), notice_state="not_fetched")


def html_of(mail) -> str:
    return mail.alternatives[0][0]


def notice(**fields) -> Notice:
    known = {
        "kind": "refusal",
        "law": "patent",
        "document_number": "06126000000",
        "application_number": "2023000123",
        "title_as_printed": "拒絶理由通知書",
        "drafting_date": date(2026, 11, 13),
        "addressee": None,
        "articles": (
            Article("第２９条第１項第３号（新規性）", "patent", "29-1-3", "新規性"),
            Article("第２９条の２", "patent", "29.2"),
        ),
        "final": True,
        "reconsideration": None,
        "period": Period(
            60, "day", "dispatch", None, "この通知書の発送の日から６０日以内に意見書を提出してください。"
        ),
        "reasons": (),
        "cited": tuple(Cited(str(n), "", f"JP2001-{n:06}A", f"特開2001-{n:06}") for n in range(8)),
        "search_record": "",
        "text": "",
        "raw_text": "",
        "readable": True,
    }
    return Notice(**{**known, **fields})


def read(event: Event, told: Notice) -> None:
    Paper.objects.create(
        case=event.case,
        event=event,
        name="n.xml",
        sha256="0" * 64,
        media_type="xml",
        body=b"",
        notice=told.to_json(),
        readable=True,
        received_at=NOW,
    )
    event.notice_state = Event.NoticeState.READ
    event.save()


# --- the subject -------------------------------------------------------------------------------------------


def test_the_subject_says_due_date_case_act_and_own_reference(case, action, told, bob):
    assert told(case, action).subject == "[期限 2027-01-19] 特願2023-000123 拒絶理由通知書 — ABC-0123"
    english = told(case, action, to=bob).subject
    assert english.casefold() == (
        "[due 2027-01-19] JP Patent Appl. 2023-000123 Notice of reasons for refusal — ABC-0123".casefold()
    )


def test_without_an_own_reference_nothing_dangles(told):
    case = make.case("2023000777")
    assert told(case, make.event(case)).subject.endswith("拒絶理由通知書")


def test_a_document_nobody_can_place_asks_for_review(case, told, bob):
    event = make.event(case, code="Z999", description="謎の通知書")
    assert told(case, event, News.Kind.NOT_ACCOUNTED).subject.startswith(
        "[要確認] 特願2023-000123 謎の通知書"
    )
    mail = told(case, event, News.Kind.NOT_ACCOUNTED, to=bob)
    assert mail.subject.startswith("[review] ")
    assert "No time limit has been computed for this document" in mail.body


def test_a_document_without_a_limit_has_no_bracket_and_says_why(case, told):
    event = make.event(case, code="A252", description="番号通知")
    mail = told(case, event, News.Kind.DISPATCH)
    assert event.account == Event.Account.NO_LIMIT
    assert mail.subject == "特願2023-000123 番号通知 — ABC-0123"
    assert "期限なし：" + event.account_reason_ja in mail.body


def test_a_limit_whose_length_only_the_document_knows_asks_for_review(case, action, told):
    mail = told(case, action)
    TimeLimit.objects.filter(event=action).update(due=None, raw_end=None)
    again = compose.message(Alert.objects.get(user__username="alice"), now=NOW)
    assert mail.subject.startswith("[期限 ") and again.subject.startswith("[要確認] ")
    assert "日付を計算できません" in again.body


def test_the_subject_starts_on_its_own_header_line(case, action, told):
    raw = told(case, action).message().as_bytes().decode()
    assert "Subject: =?utf-8?" in raw


# --- the body ----------------------------------------------------------------------------------------------


def test_text_and_html_say_the_same(case, action, told):
    read(action, notice())
    mail = told(case, action)
    for said in (
        "拒絶理由通知書",
        "2026-11-20 (金)",
        "2026-11-24 10:00 JST",
        "2027-01-19 (火)",
        "あと56日",
        "特許法3条1項1号",
        "2027-03-19",
        "第29条第1項第3号（新規性）、第29条の2（拡大先願）",
        "特開2001-000005 ほか2件",
        "最後の拒絶理由通知",
        "この通知書の発送の日から60日以内",
        "ABC-0123",
        "応答は早めに。",
        "https://portal.firm.example/cases/patent/2023000123/",
        f"https://portal.firm.example/cases/patent/2023000123/documents/{action.pk}/",
        "ウォッチリスト「特許 第一担当」をフォローしているため",
        "https://portal.firm.example/u/",
    ):
        assert said in mail.body, said
        assert said in html_of(mail), said


def test_the_body_comes_in_the_order_of_the_work(case, action, told):
    read(action, notice())
    body = told(case, action).body
    order = [
        "発送日",
        "2027-01-19",
        "計算の根拠",
        "延長・救済",
        "拒絶理由:",
        "引用文献",
        "整理番号",
        "鮮度",
        "案件を開く",
        "停止",
    ]
    places = [body.index(word) for word in order]
    assert places == sorted(places)


def test_an_english_reader_gets_english_and_their_own_clock(case, action, told, bob):
    bob.time_zone = "America/New_York"
    bob.save()
    read(action, notice())
    mail = told(case, action, to=bob)
    assert "Art. 29(1)(iii) novelty; Art. 29-2 earlier application published later" in mail.body
    assert "final notice of reasons for refusal" in mail.body
    assert "JP2001-000000A" in mail.body
    assert "2026-11-23 20:00 EST" in mail.body
    assert "56 days left" in mail.body and '<html lang="en">' in html_of(mail)


def test_a_zone_nobody_knows_does_not_stop_the_mail(case, action, told, alice):
    alice.time_zone = "Mars/Olympus"
    alice.save()
    assert "JST" in told(case, action).body


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("not_fetched", "本文はまだ取得できていません"),
        ("unreadable", "本文を自動では読み取れませんでした"),
        ("none", "庁のAPIでは提供されません"),
        ("read", "本文を自動では読み取れませんでした"),  # called read, yet there is no reading
    ],
)
def test_a_text_that_is_not_there_is_said_to_be_missing(case, action, told, state, said):
    action.notice_state = state
    action.save()
    mail = told(case, action)
    assert said in mail.body and said in html_of(mail)


def test_a_stored_reading_of_another_shape_counts_as_unreadable(case, action, told):
    read(action, notice())
    Paper.objects.update(notice={"kind": "refusal"})
    assert "本文を自動では読み取れませんでした" in told(case, action).body


def test_citations_of_the_same_drafting_date_stand_in_for_a_notice_that_lists_none(case, action, told):
    read(action, notice(cited=()))
    for day, shown in ((date(2026, 11, 13), "特開2010-000001"), (date(2025, 1, 1), "特開2010-000002")):
        Citation.objects.create(case=case, draft_date=day, display=shown, number=shown, first_seen_at=NOW)
    body = told(case, action).body
    assert "特開2010-000001" in body and "特開2010-000002" not in body


def test_a_passed_limit_says_how_long_ago(case, action, told):
    late = datetime(2027, 1, 20, 1, 0, tzinfo=UTC)
    assert "1日経過" in told(case, action, now=late).body
    last = datetime(2027, 1, 18, 15, 0, tzinfo=UTC)  # the 19th has begun in Japan
    assert "本日まで" in told(case, action, now=last).body


def test_a_provisional_limit_says_so(case, action, told):
    assert "暫定の計算です" in told(case, action).body


def test_a_chance_is_called_one_and_its_date_is_not_the_subjects(case, told, bob):
    grant = make.event(case, "A01", description="特許査定")
    mail = told(case, grant, News.Kind.DECISION, to=bob)
    assert mail.body.count("A chance, not a duty") == 1
    news = News.objects.get(event=grant)
    fee, chance = letter.limits_of(news)
    assert (fee.duty, chance.duty) == ("limit", "chance")
    chance.due = date(2026, 11, 25)
    reader = letter.reader_of(bob, NOW)
    assert letter.bracket(news, [fee, chance], reader) == f"[due {fee.due}]"
    assert letter.bracket(news, [chance], reader) == "[due 2026-11-25]"


def test_a_moved_limit_says_from_when_to_when(case, action, told):
    reconcile(case, now=NOW)
    detail = {"limit": case.limits.get(event=action).pk, "old": "2027-01-12", "new": "2027-01-19"}
    mail = told(case, action, News.Kind.LIMIT_MOVED, detail=detail)
    assert "2027-01-12 から 2027-01-19 へ変更" in mail.body
    assert "期限変更：拒絶理由通知書" in mail.subject


@pytest.mark.parametrize(
    ("detail", "said", "subject"),
    [
        (
            {"change": "new", "rules": "2026-12-01.1"},
            "規則の変更（版 2026-12-01.1）",
            "規則変更による新しい期限",
        ),
        ({"change": "new"}, "新たに計算した期限：2027-01-19", "新しい期限"),
        ({"change": "again"}, "未処理に戻りました：2027-01-19", "期限を未処理に戻した"),
    ],
)
def test_a_limit_that_was_not_there_before_has_not_moved(case, action, told, detail, said, subject):
    reconcile(case, now=NOW)
    known = {"limit": case.limits.get(event=action).pk, "old": "", "new": "2027-01-19"}
    mail = told(case, action, News.Kind.LIMIT_MOVED, detail={**known, **detail})
    assert said in mail.body and subject in mail.subject
    assert "日付なし" not in mail.body and "変わりました。" not in mail.body.splitlines()[0]


@pytest.mark.parametrize("kind", News.Kind.values)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_kind_of_news_makes_a_mail_even_without_a_document(case, told, alice, kind, language):
    alice.language = language
    alice.save()
    mail = told(case, None, kind)
    assert words.say(language, kind) in mail.body
    assert mail.subject and "bare" not in mail.subject
    assert words.say(language, "bare") not in mail.body


def test_a_case_the_office_never_confirmed_is_not_called_fresh(case, action, told):
    case.asked_at, case.last_outcome = NOW, "busy"
    case.save()
    body = told(case, action).body
    assert "まだ一度も得ていません" in body and "庁のシステムが混雑" in body


def test_a_calculation_that_cannot_be_explained_still_gives_the_date(case, action, told):
    told(case, action)
    TimeLimit.objects.update(calculation={"what": "is this"})
    mail = compose.message(Alert.objects.get(user__username="alice"), now=NOW)
    assert "2027-01-19" in mail.subject
    assert "計算の説明を読み出せません" in mail.body


def test_when_the_details_fail_the_news_goes_out_bare(case, action, told, monkeypatch, caplog):
    def fails(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(letter, "write", fails)
    mail = told(case, action)
    assert "2027-01-19" in mail.subject and "2023000123" in mail.subject
    assert "組み立てられませんでした" in mail.body and "組み立てられませんでした" in html_of(mail)
    assert "could not be put together" in caplog.text


# --- headers -----------------------------------------------------------------------------------------------


def test_headers_for_threads_lists_and_one_click(case, action, told):
    mail = told(case, action)
    sent = mail.message()
    alert = Alert.objects.get(user__username="alice")
    assert sent["Message-ID"] == alert.message_id
    assert sent["References"] == sent["In-Reply-To"] == "<case.patent.2023000123@firm.example>"
    assert sent["List-Unsubscribe"].strip().startswith("<https://portal.firm.example/u/")
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent["List-Id"] == f"<{alert.watchlist_id}.firm.example>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "All"


def test_the_person_in_charge_is_not_offered_to_stop_everything_with_one_click(case, action, told, alice):
    case.owner = alice
    case.save()
    make.watchlist(alice, case)
    sent = told(case, action).message()
    assert "List-Unsubscribe-Post" not in sent and "List-Id" not in sent
    assert sent["List-Unsubscribe"]
    assert "担当者であるため" in told(case, action).body


@pytest.mark.parametrize(
    "hostile", ["x\r\nBcc: evil@example.com", "x\nSubject: y", "x\x01\x0b\u2028Bcc: e", "\u202e321"]
)
def test_nothing_that_people_or_the_office_write_can_add_a_header(case, told, alice, hostile):
    case.own_reference, case.title, case.client, case.note = hostile[:60], hostile, hostile, hostile
    case.save()
    alice.display_name = hostile
    alice.save()
    case.watchlists.update(name=hostile)
    event = make.event(case, code="Z998", description=hostile)
    sent = told(case, event, News.Kind.NOT_ACCOUNTED).message()
    assert sent["Bcc"] is None and len(sent.get_all("Subject")) == 1
    assert sent["To"] == "alice@example.com"
    assert "\u202e" not in str(sent["Subject"])


@given(st.text(max_size=400))
@settings(max_examples=60)
def test_a_subject_is_one_short_line_whatever_it_is_made_of(text):
    line = letter.one_line(text, letter.LONGEST_SUBJECT)
    assert len(line) <= letter.LONGEST_SUBJECT
    assert len(line.splitlines()) <= 1
    assert not any(ord(char) < 32 for char in line)
    line.encode()


def test_markup_of_strangers_stays_text(case, told, alice):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    case.title, case.note, case.client = evil, evil, evil
    case.save()
    event = make.event(case, code="Z997", description=evil)
    make.watchlist(alice, case, name=evil, followers=(alice,))
    html = html_of(told(case, event, News.Kind.NOT_ACCOUNTED))
    assert "<script>alert" not in html and "<img" not in html
    assert "&lt;script&gt;" in html


def test_a_very_long_title_and_act_leave_the_subject_short(told):
    case = make.case("2023000555", title="長" * 1000, own_reference="R" * 60)
    event = make.event(case, code="Z996", description="題" * 200)
    assert len(told(case, event).subject) <= 150


def test_mail_loads_nothing_from_elsewhere(case, action, told):
    html = html_of(told(case, action))
    assert "src=" not in html and "url(" not in html and "@import" not in html and "<link" not in html
