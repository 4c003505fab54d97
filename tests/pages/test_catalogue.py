"""Each reader's pages are in their language, whole: no sentence is missing and none leaks from the other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.test import Client
from django.urls import Resolver404, URLPattern, get_resolver, resolve
from django.utils import timezone

from apiclient.documents import Notice
from apiclient.documents.model import Article, Cited, Period, Reason
from apiclient.sandbox import Sandbox
from dossiers import clock
from dossiers.alerts.unsubscribe import token_for
from dossiers.demo import mailbox
from dossiers.models import (
    Alert,
    Batch,
    BatchLine,
    Case,
    Citation,
    Delivery,
    Event,
    Follow,
    Heartbeat,
    News,
    OfficeCall,
    QuotaDay,
    RefreshJob,
    Register,
    TimeLimit,
    User,
    record,
)
from dossiers.views.line_words import _LINES
from dossiers.views.words import _ACTIONS, _OUTCOMES
from tests import make

from . import docket

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po"
NAMES = {"IP Portal"}  # the same in both languages
# What machines ask, files, and addresses that only take forms: not pages.
NOT_PAGES = {
    *["healthz", "readyz", "document_download", "alert_copy", "mail_html", "batch_result"],
    *["logout", "language", "settings_password", "alerts_mark_all", "alert_mark", "demo_day", "demo_faults"],
    *[
        "batch_save",
        "batch_discard",
        "batch_again",
        "batch_line_law",
        "case_edit",
        "limit_enter",
        "case_refresh",
    ],
    *["watchlist_change", "watchlist_add", "watchlist_remove", "watchlist_put_back", "watchlist_follow"],
    *["review_close", "event_account"],
}


# --- the catalogue ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(SOURCE))


def japanese_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_sentence_has_its_japanese(catalogue):
    without = [entry.msgid for entry in catalogue if entry.fuzzy or not all(japanese_of(entry))]
    assert without == []
    assert len(catalogue) > 600


def test_the_japanese_is_japanese(catalogue):
    latin = [
        entry.msgid
        for entry in catalogue
        if entry.msgid not in NAMES
        and not any(JAPANESE.search(words) for words in japanese_of(entry))
        and re.search(r"[A-Za-z]{3}", PLACEHOLDER.sub("", entry.msgid))
    ]
    assert latin == []


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def test_nothing_that_is_filled_in_is_lost_in_translation(catalogue):
    for entry in catalogue:
        english = sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for words in japanese_of(entry):
            assert sorted(PLACEHOLDER.findall(words)) == english, entry.msgid


def test_what_is_compiled_is_what_is_written(catalogue):
    compiled = polib.mofile(str(SOURCE.with_suffix(".mo")))
    assert spoken_by(compiled) == spoken_by(catalogue)


def spoken_by(catalogue: polib.POFile | polib.MOFile) -> dict[tuple[str, str], list[str]]:
    return {(entry.msgctxt or "", entry.msgid): japanese_of(entry) for entry in catalogue}


@pytest.mark.skipif(not shutil.which("xgettext"), reason="collecting sentences needs gettext")
def test_every_sentence_of_the_sources_is_in_the_catalogue(catalogue, tmp_path):
    for folder in ("dossiers", "templates", "ipportal", "locale"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    collect = [
        sys.executable,
        "manage.py",
        "makemessages",
        "--locale",
        "ja",
        "--no-obsolete",
        "--no-location",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "IPPORTAL_SECRET_KEY": "for one command"}
    subprocess.run(collect, cwd=tmp_path, env=env, check=True, capture_output=True, timeout=120)
    collected = polib.pofile(str(tmp_path / SOURCE.relative_to(ROOT)))
    assert {(e.msgctxt, e.msgid, e.msgid_plural) for e in collected} == {
        (e.msgctxt, e.msgid, e.msgid_plural) for e in catalogue
    }


# --- words on a page --------------------------------------------------------------------------------------

JAPANESE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff01-\uff9f]")
EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "use", "path"}
SPOKEN = {"aria-label", "placeholder", "title", "alt"}


class Words(HTMLParser):
    """What a page says in its own voice: its text and labels, without what the office or people wrote."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._aside: list[str] = []  # open elements from the first foreign one on
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in EMPTY:
            self._labels(given)
        elif self._aside or _foreign(tag, given):
            self._aside.append(tag)
        else:
            self._labels(given)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._labels(dict(attributes))

    def handle_endtag(self, tag: str) -> None:
        if self._aside and tag in self._aside:
            while self._aside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._aside and data.strip():
            self.said.append(" ".join(data.split()))

    def _labels(self, given: dict[str, str | None]) -> None:
        if not self._aside:
            self.said += [value for name in SPOKEN if (value := given.get(name))]


def _foreign(tag: str, given: dict[str, str | None]) -> bool:
    """Office data, people's words, other languages, codes, and the world's names of time zones."""
    classes = (given.get("class") or "").split()
    return (
        tag in ("bdi", "q", "pre", "script", "style", "kbd")
        or "verbatim" in classes
        or (tag != "html" and "lang" in given)
        or given.get("name") == "time_zone"
    )


def test_words_are_heard_in_text_and_labels_but_not_in_what_others_wrote():
    html = '<p title="a label">ours <bdi>theirs<b>too</b></bdi> again<br>&amp; <input placeholder="hint"></p>'
    assert Words(html).said == ["a label", "ours", "again", "&", "hint"]


# --- a docket in every state ------------------------------------------------------------------------------


def office_words(language: str) -> dict[str, str]:
    """What the office and people write; in the reader's language, so that all else must be ours."""
    if language == "ja":
        return {
            "title": "架空の配線構造体",
            "person": "架空電機株式会社",
            "document": "拒絶理由通知書",
            "article": "第29条第2項",
            "name": "進歩性",
            "claims": "・請求項 1",
            "quote": "発送の日から60日以内に",
        }
    return {
        "title": "Invented wiring",
        "person": "Invented Electric",
        "document": "Notice of reasons for refusal",
        "article": "Art. 29(2)",
        "name": "inventive step",
        "claims": "Claims 1-3",
        "quote": "within 60 days from dispatch",
    }


@pytest.fixture(scope="module")
def miniature():
    with Sandbox(seed=1, cases=150) as running:
        yield running


@pytest.fixture(params=["ja", "en"])
def reader(request, db) -> User:
    return make.user("reader", language=request.param, display_name="R.")


@pytest.fixture
def pages(reader, settings, miniature, tmp_path) -> list[str]:
    """The addresses of all pages, on a docket that shows as many states as there are."""
    settings.DEMO, settings.JPO_BASE_URL, settings.DEMO_MAILBOX = True, miniature.url, tmp_path
    said = office_words(reader.language)
    mail = mailbox.keep(tmp_path, b"Subject: 1\nFrom: x@example.com\n\n1", ["a@example.com"])
    return [
        *["/?scope=all", "/?scope=mine", "/cases/", "/cases/?q=nothing&law=design", "/cases/?unread=1"],
        *["/limits/", "/limits/?state=any", "/limits/?view=month", "/limits/?due=overdue&law=design"],
        *["/reviews/", "/reviews/?scope=mine", "/settings/", "/quota/", "/demo/", "/demo/mailbox/"],
        *[f"/demo/mailbox/{mail}/?as=text", "/no/such/page/", "/limits/1/confirm/", "/u/nonsense/"],
        *_cases(reader, said),
        *_lists(reader),
        *_batches(reader),
        *_alerts(reader),
        *_office(reader),
    ]


def _cases(reader: User, said: dict[str, str]) -> Iterator[str]:
    named = {"title": said["title"], "applicants_text": said["person"]}
    full = docket.confirmed_case(
        owner=reader, client=said["person"], note=said["title"], own_reference="A-1", **named
    )
    notice = docket.refused(full, description=said["document"], notice_state="read")
    docket.paper(notice, _notice(full, said).to_json(), body=said["quote"].encode("cp932"))
    docket.refused(full, dispatched=200, description=said["document"], notice_state="not_fetched")
    _register(full, said)
    for action in _ACTIONS:
        record(action, by=reader, case=full)
    for event in full.events.all():
        yield docket.page_of(full, f"documents/{event.pk}/")
    yield from _limits(full, reader)
    yield docket.page_of(full)
    yield from _odd_documents(named, said, reader)
    yield from _asked(named)


def _notice(case: Case, said: dict[str, str]) -> Notice:
    article = Article(said["article"], "patent", "29-2", said["name"])
    return docket.notice(
        case,
        period=Period(60, "day", "dispatch", 3, said["quote"]),
        articles=(article,),
        reasons=(Reason("1", said["name"], (article,), (said["claims"],), (said["claims"],), said["quote"]),),
        cited=(Cited("1", "JP2002-433033A", "JP2002-433033A", "JP2002-433033A", said["name"]),),
        application_number="2023000999",
    )


def _register(case: Case, said: dict[str, str]) -> None:
    Register.objects.create(
        case=case,
        registration_number="7000001",
        registration_date=docket.days_ago(20),
        disappearance_date=docket.days_ago(1),
        holders=[{"name": said["person"]}],
        confirmed_at=clock.now(),
    )
    Citation.objects.create(
        case=case, display="JP1", draft_date=docket.days_ago(3), first_seen_at=clock.now()
    )


def _limits(case: Case, reader: User) -> Iterator[str]:
    """The case's limits, the first computed, the others in each other state; one without a date."""
    first = case.limits.exclude(due=None).first()
    for state in TimeLimit.State.values:
        ended = {"state": state, "state_by": reader, "state_at": clock.now()}
        copied = {name: getattr(first, name) for name in ("rule_id", "rule_version", "title_ja", "title_en")}
        made = TimeLimit.objects.create(
            case=case, key=state, calculation=first.calculation, provisional=True, confidence="unsure",
            due=first.due if state != "gone" else None, **copied, **ended,
        )  # fmt: skip
        made.changes.create(field="state", old="open", new=state, by=reader)
        made.changes.create(field="due", old="", new="2026-01-05")
        made.changes.create(field="confirmed", new="2026-01-05", by=reader)
        yield f"/limits/{made.pk}/"
    yield f"/limits/{first.pk}/"


def _odd_documents(named: dict[str, str], said: dict[str, str], reader: User) -> Iterator[str]:
    odd = docket.confirmed_case("2022000001", "trademark", **named)
    docket.unknown(odd)
    odd.events.update(description=said["document"])
    odd.reviews.update(detail_ja=said["document"], detail_en=said["document"])
    for state in Event.NoticeState.values:
        event = make.event(odd, on=docket.days_ago(9), description=said["document"], notice_state=state)
        Event.objects.filter(pk=event.pk).update(
            account="person", accounted_by=reader, accounted_at=clock.now(), vanished_at=clock.now()
        )
        yield docket.page_of(odd, f"documents/{event.pk}/")
    yield docket.page_of(odd)


def _asked(named: dict[str, str]) -> Iterator[str]:
    """Cases whose refresh is in each of its states, the last never confirmed at all."""
    later = timezone.now() + timedelta(days=3)
    done = {"finished_at": clock.now(), "outcome": "ok"}
    orders = [{}, {"lease_until": later}, {"not_before": later}, {**done, "state": "done"}]
    for serial, order in enumerate([*orders, {**done, "state": "failed"}]):
        one = docket.confirmed_case(f"202100000{serial}", "design", **named)
        RefreshJob.objects.create(case=one, key=str(serial), purpose="daily", **order)
        yield docket.page_of(one)
        yield docket.page_of(one, "refresh/status/")
    new = docket.confirmed_case(
        "2021000009", title="", applicants_text="", confirmed_at=None, asked_at=None, residency="unknown"
    )
    yield docket.page_of(new)
    for serial, outcome in enumerate(_OUTCOMES):
        docket.confirmed_case(f"20200000{serial + 10}", confirmed_at=None, last_outcome=outcome, **named)


def _lists(reader: User) -> Iterator[str]:
    case = Case.objects.first()
    own = make.watchlist(reader, case, name="1", followers=(reader,))
    other = make.watchlist(make.user("other", mail_on=False, display_name="O."), case, name="2")
    empty = make.watchlist(reader, name="3")
    Follow.objects.create(watchlist=other, user=User.objects.get(username="other"))
    yield from ["/watchlists/", f"/watchlists/{own.pk}/?removed={case.pk}"]
    yield from [f"/watchlists/{one.pk}/" for one in (other, empty)]
    ended = Follow.objects.create(watchlist=empty, user=reader, active=False)
    for follow in (ended, own.follows.get(), None):
        yield f"/u/{token_for(reader, follow)}/"


def _batches(reader: User) -> Iterator[str]:
    yield "/add/"
    for state in Batch.State.values:
        batch = Batch.objects.create(owner=reader, state=state, source="paste")
        kinds = [(line_state, "") for line_state in BatchLine.State.values]
        rows = [*kinds, *[("not_found", message) for message in (*_LINES, "x-1")]]
        BatchLine.objects.bulk_create(
            BatchLine(batch=batch, position=n, text="1", law="patent", state=one, message=message)
            for n, (one, message) in enumerate(rows, start=1)
        )
        yield from [f"/add/{batch.pk}/", f"/add/{batch.pk}/lines/?state=skipped"]


def _alerts(reader: User) -> Iterator[str]:
    case = Case.objects.first()
    for number, kind in enumerate(News.Kind.values):
        state = Alert.State.values[number % 4]
        news = News.objects.create(case=case, event=case.events.first(), kind=kind, key=kind)
        alert = Alert.objects.create(news=news, user=reader, message_id=f"<{kind}@x>", state=state)
        for accepted, permanent in ((True, False), (False, True), (False, False))[: number % 4]:
            Delivery.objects.create(alert=alert, to="a@example.com", accepted=accepted, permanent=permanent)
        yield f"/alerts/{alert.pk}/"
    Alert.objects.filter(state="dropped").update(last_error="The list is no longer followed.")
    yield from ["/alerts/", "/alerts/?show=new", "/alerts/?show=trouble"]


def _office(reader: User) -> Iterator[str]:
    for outcome in _OUTCOMES:
        ended = {"ended_at": clock.now(), "outcome": outcome} if outcome else {}
        OfficeCall.objects.create(
            endpoint="1", argument="1", purpose="person", office_day=clock.office_today(),
            started_at=clock.now(), **ended,
        )  # fmt: skip
    QuotaDay.objects.create(
        credential="c", bucket="patent/app_progress", day=clock.office_today(), exhausted=True
    )
    until = (clock.now() + timedelta(hours=1)).isoformat()
    Heartbeat.objects.create(name="office", detail={"outcome": "auth", "until": until})
    yield "/"


@pytest.fixture
def said(client: Client, reader: User, pages: list[str]) -> dict[str, list[str]]:
    """What each page says in its own voice, by address."""
    heard = {"/login/": Words(client.get("/login/", headers={"accept-language": reader.language}).text).said}
    client.force_login(reader)
    for page in pages:
        answer = client.get(page)
        assert answer.status_code in (200, 404, 405), page
        heard[page] = Words(answer.text).said
    heard["/add/#refused"] = Words(client.post("/add/", {"text": ""}).text).said
    return heard


# --- the walk ---------------------------------------------------------------------------------------------

LATIN = re.compile(r"(?<![\w.@/%-])[A-Za-z]{4,}(?![\w.@/%-])")
LATIN_NAMES = {
    *["Portal", "English", "Espacenet", "Google", "Patents", "Cookie", "HTML", "HTTP"],
    *["demo", "make", "worker"],  # typed as they stand
}
JAPANESE_NUMBERS = re.compile(r"特願[\d…-]*")  # examples of how a number may be written
LANGUAGES = {"日本語"}


def test_every_page_speaks_the_language_of_its_reader(said, reader):
    visited = {_name(address.partition("?")[0]) for address in said}
    assert _names(get_resolver().url_patterns) - visited - NOT_PAGES == set()
    assert {page: found for page, words in said.items() if (found := _strangers(words, reader))} == {}


def _name(path: str) -> str:
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


def _names(patterns: list[object]) -> set[str]:
    found: set[str] = set()
    for one in patterns:
        found |= {one.name} if isinstance(one, URLPattern) else _names(one.url_patterns)
    return found


def _strangers(words: list[str], reader: User) -> set[str]:
    if reader.language == "en":
        return {
            one for one in words if one not in LANGUAGES and JAPANESE.search(JAPANESE_NUMBERS.sub("", one))
        }
    return {one for one in words if set(LATIN.findall(one)) - LATIN_NAMES}
