"""Each reader's pages are in their language, whole: no sentence is missing and none leaks from the other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import polib
import pytest
from django.contrib.auth.models import Group
from django.test import Client, override_settings
from django.urls import Resolver404, URLPattern, get_resolver, resolve
from django.utils import timezone

from apiclient.documents import Notice
from apiclient.documents.model import Article, Cited, Period, Reason
from apiclient.sandbox import Sandbox
from dossiers import account_urls, clock, sealing
from dossiers.alerts import heartbeats, preferences, watch_ends
from dossiers.alerts.acknowledge import KINDS, acknowledge, open_for_limits, open_for_news, url_for
from dossiers.alerts.addresses import OFF_WORDS
from dossiers.alerts.channels.chat import SERVICES
from dossiers.alerts.follow import follow
from dossiers.alerts.unsubscribe import token_for, url_to_stop_digest
from dossiers.api.portal import urls as api_urls
from dossiers.demo import mailbox
from dossiers.docketing import disagreements, instructions
from dossiers.docketing.store import reconcile
from dossiers.intake import bulk, keep_file, saved_lists
from dossiers.intake.tags import tag_named
from dossiers.models import (
    Alert,
    Batch,
    BatchLine,
    Bounce,
    BulkChange,
    CalendarYear,
    Case,
    CaseFamily,
    Circuit,
    Citation,
    CitedDocument,
    Concern,
    CoverageDay,
    CpcSuggestion,
    DayPlan,
    Delivery,
    Difference,
    Digest,
    EnteredStart,
    Escalation,
    Event,
    FamilyMember,
    Fault,
    Feed,
    FirmPolicy,
    Follow,
    Heartbeat,
    Insider,
    Law,
    MailServer,
    MailWording,
    News,
    OfficeCall,
    OfficeClosure,
    OfficeCredential,
    Outage,
    Outlook,
    OwnRecord,
    Ping,
    Prompt,
    QuotaDay,
    RefreshJob,
    Register,
    Sample,
    TimeLimit,
    User,
    Wall,
    WatchEnd,
    Watchlist,
    Webhook,
    WebhookDelivery,
    record,
)
from dossiers.refresh import citing, freshness, jobs
from dossiers.refresh.planner.words import SENTENCES
from dossiers.views.channel_parts import PROBLEMS
from dossiers.views.cpc_words import _MESSAGES
from dossiers.views.line_words import _LINES, _REMARKS
from dossiers.views.office_calendar import _ACTS
from dossiers.views.planner import CLASSES
from dossiers.views.portfolio.columns import COLUMNS
from dossiers.views.words import _ACTIONS, _OUTCOMES
from tests import make
from tests.apiclient import test_notices
from tests.intake import files

from . import docket

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po"
# the same in both languages
NAMES = {"IP Portal", "Webhook", "Webhook URL", *(service.label for service in SERVICES.values())}
# What machines ask, files, and addresses that only take forms: not pages.
NOT_PAGES = {
    *[
        "healthz",
        "readyz",
        "metrics",
        "document_download",
        "document_fetch",
        "document_picture",
        "document_picture_file",
        "case_history_text",
        "case_export",
        "export",
        "export_docket",
        "alert_copy",
        "mail_html",
        "batch_result",
    ],
    *["sample_download", "sample_delete"],
    *["channels_webhook", "channels_feed", "webhook_act", "feed_act", "calendar_feed", "news_feed"],
    *["concern_acknowledge", "settings_leave", "settings_firm_reminders"],
    *[
        "wall_make",
        "wall_act",
        *("audit_export", "office_act", "own_data"),
        "settings_digest",
        "digest_mail",
        "alert_again",
        "prompt_again",
        "prompt_copy",
        "address_on",
    ],
    "digest_again",
    *["program_make", "program_revoke"],
    *[one.name for one in api_urls[0]],
    *[one.name for one in account_urls.urlpatterns if one.name != "login"],  # tests/people walks them
    "wording_preview",
    *["logout", "language", "alerts_mark_all", "alert_mark", "demo_day", "demo_faults"],
    *[
        "batch_save",
        "batch_discard",
        "batch_again",
        "batch_line_law",
        "batch_line_leave",
        "batch_undo",
        "import_discard",
        "case_edit",
        "limit_enter",
        "limit_round_act",
        "limits_decide",
        "limits_undo",
        "case_residency",
        "settings_firm",
        "case_refresh",
    ],
    *["watchlist_change", "watchlist_add", "watchlist_remove", "watchlist_put_back", "watchlist_follow"],
    *["watchlist_team", "watch_end_act"],
    *["review_close", "event_account", "case_cpc_dossier", "case_cpc_text", "case_family_refresh"],
    *["foreign_text_fetch", "foreign_text", "disclosure_csv", "citations_csv", "family_citations"],
    *[
        "case_account_csv",
        "completeness_days",
        "freshness_days",
        "charts_csv",
        "quota_outlook",
        "quota_request_text",
        "case_records",
        "case_daily",
        "cases_change",
        "case_instruct",
        "instruction_end",
        "case_columns",
        "cases_undo",
        "cases_change_again",
        "cases_export",
        "case_list_save",
        "case_list_delete",
        "difference_act",
    ],
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
    return make.user("reader", language=request.param, display_name="R.", role="administrator")


@pytest.fixture
def pages(reader, settings, miniature, tmp_path) -> list[str]:
    """The addresses of all pages, on a docket that shows as many states as there are."""
    settings.DEMO, settings.JPO_BASE_URL, settings.DEMO_MAILBOX = True, miniature.url, tmp_path
    said = office_words(reader.language)
    mail = mailbox.keep(tmp_path, b"Subject: 1\nFrom: x@example.com\n\n1", ["a@example.com"])
    return [
        *["/?scope=all", "/?scope=mine", "/cases/", "/cases/?q=nothing&law=design"],
        "/cases/?unread=1&counts=1",
        *["/cases/filters/", "/cases/filters/?law=design&tag=9&client=x"],
        *["/limits/", "/limits/?state=any", "/limits/?view=month", "/limits/?due=overdue&law=design"],
        *["/api/", "/quota/request/", "/fees/", "/fees/?on=2023-03-31"],
        *[
            "/reviews/",
            "/reviews/?scope=mine",
            "/settings/",
            "/settings/programs/",
            "/quota/",
            "/demo/",
            "/demo/mailbox/",
            "/design/",
        ],
        *[f"/demo/mailbox/{mail}/?as=text", "/no/such/page/", "/limits/1/confirm/", "/u/nonsense/"],
        *_cases(reader, said),
        *_lists(reader),
        *_batches(reader),
        *_alerts(reader),
        *_digests(reader),
        *_office(reader),
        *_planned(),
        *_calendar(reader),
        *_channels(reader),
        *_stopped(settings),
        *_wordings(reader),
        *_kept(),
        *_audited(reader),
        *_walled(reader),
        *_proved(reader, said),
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
    yield from _rounds(full, reader)
    yield docket.page_of(full)
    yield docket.page_of(full, f"history/?language={reader.language}&everything=1&periods=1")
    yield "/exports/"
    for day in ("", "?day=2000-01-01", f"?day={docket.days_ago(1)}&since={docket.days_ago(9)}", "?day=x"):
        yield docket.page_of(full, f"known/{day}")
    yield from _in_portfolio(full, said, reader)
    yield from _suggested(full, reader)
    yield from _families(full)
    yield from _odd_documents(named, said, reader)
    yield from _read_in_place(full, said, reader)
    yield from _asked(named)


def _read_in_place(case: Case, said: dict[str, str], reader: User) -> Iterator[str]:
    """A notice with all its parts marked and searched, pictures, filed papers in every state, comparisons."""
    event = docket.refused(case, dispatched=90, description=said["document"], notice_state="read")
    whole = test_notices.read(test_notices.patent_xml())
    parts = {name: getattr(whole, name) for name in ("text", "cited", "period", "addressee")}
    shown = replace(_notice(case, said), **parts, final=None)
    papers = [docket.paper(event, shown.to_json(), sha256=f"{n}" * 64, name=f"{n}.xml") for n in range(4)]
    docket.paper(event, replace(shown, text="1", final=True).to_json(), sha256="9" * 64, name="9.xml")
    for n in range(3):
        docket.picture(event, name=f"{n}.tif", problem=("", "damaged", "too_large")[n], frames=30)
    page = docket.page_of(case, f"documents/{event.pk}/")
    yield from [page, f"{page}?q=1&at=2", f"{page}?q=none", f"{page}?paper={papers[0].pk}"]
    yield from [docket.page_of(case, "compare/"), docket.page_of(case, f"compare/?new={papers[0].pk}")]
    for of in ("text", "claims"):
        yield docket.page_of(case, f"compare/?old={papers[0].pk}&new={event.papers.last().pk}&of={of}")
    filed = make.event(case, code="A53", on=docket.days_ago(2), description=said["document"])
    for state in (
        {},
        {"state": "waiting"},
        {"outcome": "daily_limit"},
        {"state": "failed", "outcome": "gave_up"},
    ):
        if state:
            order = jobs.request_filed(case, by=reader)
            RefreshJob.objects.filter(pk=order.pk).update(**state)
        yield docket.page_of(case, f"documents/{filed.pk}/#{len(state)}{state.get('outcome', '')}")


def _in_portfolio(case: Case, said: dict[str, str], reader: User) -> Iterator[str]:
    """The list with all its columns, a saved list, an act on many, and an instruction that stands."""
    tag = tag_named(said["name"], by=reader)
    change = bulk.change_cases("tag", str(tag.pk), [case.pk], by=reader)
    saved = saved_lists.save(by=reader, name=said["title"], query={}, columns=list(COLUMNS), shared=True)
    instructions.give(case, by=reader, about="fee", text=said["claims"])
    Heartbeat.objects.create(name="search_index")
    yield f"/cases/?list={saved.pk}&change={change.pk}&q={case.application_number}"
    yield f"/cases/lists/{saved.pk}/"
    for state, attempts in (("doing", 0), ("undoing", bulk.MOST_ATTEMPTS), ("undone", 0)):
        BulkChange.objects.update(state=state, attempts=attempts, undone_at=clock.now(), changed=2, back=1)
        yield f"/cases/changes/?{state}"
        yield f"/cases/change/{change.pk}/?{state}"
    FirmPolicy.objects.update_or_create(pk=1, defaults={"blind_check": True})
    yield docket.page_of(case)
    yield "/cases/?blind"
    FirmPolicy.objects.update(blind_check=False)


def _suggested(case: Case, reader: User) -> Iterator[str]:
    """Suggestions in each of their states, with every word on what came of them."""
    later, now = timezone.now() + timedelta(days=3), clock.now()
    waiting = [{}, {"lease_until": later}, {"not_before": later, "outcome": "daily_limit"}]
    symbols = [{"symbol": "H04W 72/04", "score": "0.9"}, {"symbol": "A02B 1/00", "score": ""}]
    done = {"state": "done", "symbols": symbols, "stand_in": True, "predictor": "p", "problems": ["x"]}
    failed = [{"state": "failed", "outcome": code, "detail": "d"} for code in _MESSAGES]
    for serial, order in enumerate([*waiting, done, *failed]):
        source = CpcSuggestion.Source.values[serial % 3]
        values = {"requested_by": reader, "finished_at": now, "text_length": 1, **order}
        CpcSuggestion.objects.create(case=case, key=str(serial), source=source, **values)
    yield docket.page_of(case, "cpc/")
    yield docket.page_of(case, "cpc/results/?all=1")


def _families(case: Case) -> Iterator[str]:
    """A family in each of its states, with members at every kind of office and documents of every kind."""
    now, at_home = clock.now(), case.application_number
    asked = [("US", "ok"), ("EP", "down"), ("CN", "unreadable"), ("KR", "empty"), ("US", ""), ("WO", "")]
    for n, (office, outcome) in enumerate([*asked, ("JP", ""), ("EP", "empty")]):
        case.family.create(
            office=office, identity=f"{office}.{n}.A", application_number=f"{office}.{n}.A",
            last_outcome=outcome,
            asked_at=now if outcome else None, confirmed_at=now if n in (0, 1, 7) else None,
            vanished_at=now if n == 1 else None, registrations=[{"number": "1", "day": ""}] if n == 0 else [],
        )  # fmt: skip
    case.family.create(office="US", identity="US.2020123456.A1", publications=[{"number": "1", "day": ""}])
    us = case.family.get(identity="US.0.A")
    for n, side in enumerate(("office", "applicant", "unknown")):
        us.documents.create(
            identity=str(n), title="1", title_translated="2", side=side, legal_date=docket.days_ago(n)
        )
    us.documents.create(identity="9", title="1", vanished_at=now)
    yield from [docket.page_of(case, f"family/{member.pk}/") for member in case.family.all()]
    for order in ({"not_before": now}, {"not_before": now + timedelta(hours=1), "outcome": "minute_limit"}):
        RefreshJob.objects.create(
            case=case, key=f"family:{RefreshJob.objects.count()}", purpose="family", **order
        )
    yield docket.page_of(case, "family/")
    states = {"": None, "ok": now, "empty": now, "unreadable": now, "down": now}
    for n, (outcome, at) in enumerate(states.items()):
        other = docket.confirmed_case(f"202000{n:04d}", title="1", applicants_text="1")
        CaseFamily.objects.create(case=other, asked_at=at, confirmed_at=at, last_outcome=outcome)
        yield docket.page_of(other, "family/")
    gone = docket.confirmed_case("2020009999", title="1", applicants_text="1")
    gone.family.create(office="US", identity=f"US.{at_home}.A")
    CaseFamily.objects.create(case=gone, asked_at=now, last_outcome="empty")
    yield docket.page_of(gone, "family/")
    yield docket.page_of(docket.confirmed_case("1998000001", title="1", applicants_text="1"), "family/")
    yield from _cited(case, us)


def _cited(case: Case, us: FamilyMember) -> Iterator[str]:
    """Cited documents and what is known of them, texts ordered abroad, and a family by generation."""
    now, papers = clock.now(), case.papers.all()
    yield from ("/citations/", "/citations/?where=abroad", docket.page_of(case, "family/disclosure/"))
    citing.gather(case, papers)
    fields = {"case": case, "document": "US/patent/publication/2015378098", "display": "US2015378098A1"}
    for use in CitedDocument.Use.values:
        CitedDocument.objects.create(**fields, use=use, drafted_on=docket.days_ago(9))
    for n in range(8):
        us.cited.create(**fields, use="unknown", cited_in=f"1-{n}")
    for n, one in enumerate(case.family.all()):
        one.cited_asked_at, one.cited_confirmed_at = now, now
        one.cited_outcome = ("ok", "down", "empty")[n % 3]
        one.save()
    bucket = {"purpose": "family", "bucket": "opd/global_cite_class"}
    RefreshJob.objects.create(case=case, member=case.family.get(identity="CN.2.A"), key="c", **bucket)
    first, *others = us.documents.all()
    first.original_id, first.translated_id = "1", "2"
    first.save()
    for translated in (False, True):
        text = first.texts.create(translated=translated)
        RefreshJob.objects.create(case=case, member=us, key=f"t{text.pk}", purpose="family", text=text)
    for one, outcome in zip(others, ("no_body", "down", "ok"), strict=False):
        one.original_id = one.translated_id = "1"
        one.save()
        for translated in (False, True):
            came = {"received_at": now, "size": 4} if outcome == "ok" else {}
            one.texts.create(translated=translated, asked_at=now, outcome=outcome, **came)
    case.priorities = [{"country": "US", "number": "1", "day": "2020-01-01"}]
    case.parent = {"number": "2019000001", "filing_date": "2019-01-01"}
    case.save()
    yield docket.page_of(case)
    yield docket.page_of(case, "family/")
    yield docket.page_of(case, f"family/{us.pk}/")
    yield docket.page_of(case, "family/disclosure/")
    yield docket.page_of(case, "family/disclosure/?lacks=JP")
    yield from ("/citations/", "/citations/?q=nothing", "/citations/?where=named", "/citations/?where=abroad")
    page = f"/citations/document/{fields['document']}/"
    yield from (page, f"{page}?law=design", f"{page}?where=abroad")


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


def _rounds(case: Case, reader: User) -> Iterator[str]:
    """The confirmation round, and rules docketed from a day: before, as a preview, as nonsense, and after."""
    yield from ["/limits/confirm/", "/limits/confirm/?scope=all", "/limits/confirm/?scope=team&law=design"]
    yield docket.page_of(case, "limits/rule/")
    yield from [
        docket.page_of(case, f"limits/rule/?rule={rule}&base={base}")
        for rule, base in (("pat.priority.paris", "2026-05-01"), ("no.rule", "x"), ("pat.oa.response", "1"))
    ]
    limit = case.limits.filter(state="open", due__isnull=False).order_by("due").last()
    other = make.user("checker", display_name="O.")
    limit.own_dates.create(kind="target", day=limit.due, by=other)
    limit.extension_claims.create(code="A601", filed_on=limit.base_date, until=limit.due, by=other)
    check = limit.blind_checks.create(by=reader, entered=docket.days_ago(-99), computed=limit.due)
    disagreements.ask(limit, check)
    yield from [
        f"/limits/confirm/?scope=all&differs={check.pk}",
        f"/limits/confirm/?limit={limit.pk}&scope=all",
    ]
    yield f"/limits/{limit.pk}/"
    start = EnteredStart.objects.create(
        case=case, rule_id="pat.priority.paris", base_date=docket.days_ago(30), by=other
    )
    reconcile(case, now=clock.now())
    yield f"/limits/{case.limits.get(key=f'{start.rule_id}:entered:{start.pk}').pk}/"


def _followed(case: Case, own: Watchlist, reader: User) -> Iterator[str]:
    """Notifications with nothing, a list, a team, a case followed; watches that end, ended, are kept."""
    yield "/settings/notifications/"
    reader.groups.add(Group.objects.create(name="T. 1"))
    Group.objects.create(name="T. 2")
    for thing in (own, case):
        follow(thing, Group.objects.get(name="T. 1"), by=reader)
    preferences.choose_for(own.follows.get(user=reader), reader, {"family": "weekly"}, by=reader)
    yield docket.page_of(case, "follow/")
    follow(case, reader, by=reader)
    yield docket.page_of(case, "follow/")
    for row in reader.follows.model.objects.filter(active=True):
        yield f"/settings/notifications/{row.pk}/"
    now = clock.now()
    ending = WatchEnd.objects.create(case=case, told_at=now, ends_on=docket.days_ago(-9))
    prompt = Prompt.objects.create(user=reader, kind="watch_end", due_at=now, message_id="<w@x>")
    ending.notices.create(user=reader, prompt=prompt)
    token = watch_ends.url_for(prompt).split("/w/")[1]
    for state in ({}, {"ended_at": now}, {"kept_at": now, "kept_by": reader}):
        WatchEnd.objects.update(**{"ended_at": None, "kept_at": None, **state})
        yield from ["/watchlists/ending/", f"/w/{token}", docket.page_of(case)]
    ending.delete()
    yield from [f"/w/{token}", "/w/x/", "/watchlists/ending/", f"/watchlists/{own.pk}/"]
    User.objects.filter(pk=reader.pk).update(digest_on=False)
    yield "/settings/notifications/"
    User.objects.filter(pk=reader.pk).update(mail_on=False)
    yield "/settings/notifications/"
    User.objects.filter(pk=reader.pk).update(mail_on=True, digest_on=True)


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
    yield from _followed(case, own, reader)
    yield from [f"/watchlists/{one.pk}/" for one in (other, empty)]
    ended = Follow.objects.create(watchlist=empty, user=reader, active=False)
    for row in (ended, *own.follows.all(), case.follows.get(user=reader), None):
        yield f"/u/{token_for(reader, row)}/"


def _batches(reader: User) -> Iterator[str]:
    yield "/add/"
    yield from _tables(reader)
    for state in Batch.State.values:
        batch = Batch.objects.create(
            owner=reader, state=state, source="cases.xlsx", problem="unexpected", saved_at=clock.now()
        )
        kinds = [(line_state, "") for line_state in BatchLine.State.values]
        rows = [*kinds, *[("not_found", message) for message in (*_LINES, "x-1")]]
        BatchLine.objects.bulk_create(
            BatchLine(
                batch=batch,
                position=n,
                text="1",
                law="patent",
                state=one,
                message=message,
                remarks=[[code, "number"] for code in (*_REMARKS, "x-1")] if n == 1 else [],
                values={"client": "1", "owner": reader.pk, "note": "2"},
            )
            for n, (one, message) in enumerate(rows, start=1)
        )
        yield from [f"/add/{batch.pk}/", f"/add/{batch.pk}/lines/?state=skipped"]


def _tables(reader: User) -> Iterator[str]:
    """Files that are understood, in doubt, and not to be read."""
    bodies = (b"No,Ref\n2023-000777,1\n", "2020-008423,ｱ\n".encode("cp932"), b'number,client\n1,"x')
    for body in (*bodies, files.excel([["number", "=1"]], lambda sheet: sheet.merge_cells("A1:A3"))):
        file = keep_file(name="1.csv", body=body, by=reader)
        yield f"/add/file/{file.pk}/"


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
    yield from _concerns(reader)
    yield from ["/alerts/", "/alerts/?show=new", "/alerts/?show=trouble"]
    yield from _mails(reader, alert)


def _mails(reader: User, alert: Alert) -> Iterator[str]:
    """Mails with several lines in every state, and an address that failed."""
    yield "/alerts/mails/"
    for kind in Prompt.Kind.values:
        for state in Prompt.State.values:
            made = Prompt.objects.create(user=reader, kind=kind, state=state, due_at=clock.now())
            yield f"/alerts/mails/{made.pk}/"
    Alert.objects.filter(pk=alert.pk).update(group=made, instead_of=reader)
    sent = Delivery.objects.create(prompt=made, to="a@example.com", accepted=True, again_by=reader)
    Prompt.objects.filter(pk=made.pk).update(last_error=OFF_WORDS)
    for hard, how in ((True, "answer"), (False, "report"), (False, "given")):
        Bounce.objects.create(
            user=reader, address="a@example.com", hard=hard, how=how, key=how, delivery=sent
        )
    User.objects.filter(pk=reader.pk).update(address_off_at=clock.now())
    soon = clock.now() + timedelta(minutes=1)
    MailServer.objects.create(failures=5, paused_until=soon, refusing_since=clock.now())
    yield "/settings/mail/"


def _concerns(reader: User) -> Iterator[str]:
    """What waits to be acknowledged, what somebody has acknowledged, what is settled; and who was told."""
    other = make.user("deputy", display_name="D.", language=reader.language)
    news = list(News.objects.filter(kind__in=KINDS).order_by("pk"))
    open_for_news(news, clock.now())
    limits = TimeLimit.objects.filter(state="open", due__isnull=False, duty="limit")
    limits.filter(due__lt=clock.office_today() + timedelta(7)).update(due=docket.days_ago(-3))
    open_for_limits(clock.office_today(), clock.now())
    settled = limits.first()
    for day in (3, -60):
        Concern.objects.get_or_create(
            limit=settled, due=docket.days_ago(day), stage="overdue", defaults={"case": settled.case}
        )
    first = Concern.objects.filter(news__alerts__isnull=False).first()
    for role in Escalation.Role.values:
        prompt = Prompt.objects.create(user=other, kind="escalation", due_at=clock.now(), message_id=role)
        for concern in Concern.objects.all():
            Escalation.objects.create(
                concern=concern, user=other, rung=len(role), role=role, instead_of=reader, prompt=prompt
            )
    Alert.objects.filter(news=first.news).update(instead_of=other)
    acknowledge(
        [Concern.objects.exclude(pk=first.pk).filter(news__isnull=False).first()], by=other, how="mail"
    )
    yield f"/a/{url_for(other, prompt).rpartition('/a/')[2]}"
    yield f"/a/{url_for(reader, first.news).rpartition('/a/')[2]}"
    yield f"/alerts/{first.news.alerts.first().pk}/"
    yield f"/limits/{settled.pk}/"
    yield docket.page_of(first.case)
    yield "/a/nonsense/"


def _digests(reader: User) -> Iterator[str]:
    """The digest as it would be now, with past ones in each state; and where it is switched off."""
    yield "/settings/digest/"
    for number, state in enumerate(Digest.State.values):
        words = "The digest of a later day goes out instead." if state == "dropped" else "1"
        made = Digest.objects.create(
            user=reader, day=docket.days_ago(number), due_at=clock.now(), state=state, last_error=words
        )
        for accepted in (False, True):
            Delivery.objects.create(
                digest=made, to="a@example.com", accepted=accepted, permanent=True, kept=True
            )
        yield f"/settings/digest/{made.pk}/"
    stopped = url_to_stop_digest(reader)
    yield stopped[stopped.index("/u/") :]


def _calendar(reader: User) -> Iterator[str]:
    """Years confirmed by the program, by a person and by nobody; each change, fitting and not."""
    OfficeClosure.objects.create(
        day=date(2027, 3, 10), reason_ja="停電", reason_en="power cut", source="1", added_by=reader
    )
    for action in _ACTS:
        record(action, by=reader, day="2027-03-10", source="1")
    years = range(2027, 2030)
    yield from [f"/calendar/?year={year}" for year in (2019, 2020, *years)]
    CalendarYear.objects.create(year=2028, source="1", confirmed_by=reader)
    yield from ["/calendar/", "/calendar/?year=2028", "/calendar/change/", "/calendar/change/?kind=close"]
    dues = TimeLimit.objects.filter(state="open", due__gte=clock.office_today()).values_list("due", flat=True)
    close = "kind=close&reason_ja=1&reason_en=1&source=1"
    yield from [f"/calendar/change/?{close}&day={due}" for due in (*dues.distinct()[:2], "2027-03-11")]
    yield "/calendar/change/?kind=reopen&day=2027-03-10"
    yield from [
        f"/calendar/change/?kind={kind}&year={year}&source=1"
        for kind in ("confirm", "withdraw")
        for year in years
    ]


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
    until = clock.now() + timedelta(hours=1)
    Circuit.objects.create(name="domestic", outcome="down", opened_at=clock.now(), until=until)
    yield "/"
    with override_settings(JPO_USERNAME="1", JPO_PASSWORD="1"):
        yield "/"


def _channels(reader: User) -> Iterator[str]:
    """Channels: none; then webhooks in every state, calls ended in every way, feeds of every kind."""
    yield "/settings/channels/"
    now, case = clock.now(), Case.objects.first()
    news = News.objects.filter(case=case).first()
    states = [{}, {"accepted_at": now}, {"failures": 1, "failing_since": now}]
    states += [
        {"off": off, "off_at": now, "old_salt": "1", "old_until": now + timedelta(1)}
        for off in Webhook.Off.values
    ]
    for n, state in enumerate(states):
        hook = Webhook.objects.create(
            owner=reader, name=str(n), url="https://1.2.3.4/", kinds=["family"], **state
        )
        yield f"/settings/channels/{hook.pk}/"
    for service in SERVICES:
        chat = Webhook.objects.create(owner=reader, name=service, service=service, kinds=["family"])
        yield from (f"/settings/channels/chats/{service}/", f"/settings/channels/{chat.pk}/")
    for off in Webhook.Off.values:
        Webhook.objects.filter(pk=chat.pk).update(off=off, off_at=now)
        yield f"/settings/channels/{chat.pk}/?{off}"
    concern = Concern.objects.first()
    hook.deliveries.create(message_id="c", concern=concern, rung=1, batch="several_1")
    for n, (problem, state) in enumerate(product(PROBLEMS, WebhookDelivery.State.values)):
        told = hook.deliveries.create(
            message_id=str(n), news=news if n % 2 else None, state=state, attempts=n % 3
        )
        told.calls.create(accepted=False, milliseconds=1, problem=problem, status=500 if n % 2 else None)
    yield from [f"/settings/channels/{hook.pk}/?page={page}" for page in (1, 2)]
    for kind, scope in product(Feed.Kind.values, ("mine", "all")):
        Feed.objects.create(owner=reader, kind=kind, scope=scope, token_hash=f"{kind}{scope}")
    yield from ["/settings/channels/?", "/alerts/?"]


def _planned() -> Iterator[str]:
    """The page of the day's plan: without one; then with every reason, every state and a forecast."""
    yield "/quota/plan/"
    today, now = clock.office_today(), clock.now()
    states = [
        {},
        {"lease_until": timezone.now() + timedelta(hours=1)},
        {"not_before": now + timedelta(hours=1), "outcome": "daily_limit"},
        {"state": "done", "finished_at": now, "outcome": "ok"},
        {"state": "failed", "finished_at": now, "outcome": "gave_up"},
    ]
    for n, code in enumerate([*SENTENCES, ""]):
        case = make.case(f"2019{n + 1:06d}", title="", applicants_text="")
        values = {"months": 3, "low": 8, "high": 11, "waited": 50, "promise": 60, "within": 60}
        values |= dict.fromkeys(("asked", "today", "added", "limit", "expected", "tried"), "2026-11-20")
        RefreshJob.objects.create(
            case=case, key=f"plan:{n}", purpose="daily", rank=n, planned_for=today, reason_code=code,
            reason_values=values, bucket="patent/app_progress" if n % 2 else "", **states[n % 5],
        )  # fmt: skip
    for name in ("opd", "domestic"):
        shut = {"outcome": "timeout", "opened_at": now, "until": now + timedelta(hours=1)}
        Circuit.objects.update_or_create(name=name, defaults=shut)
    one = {"mean_delay": 0.3, "acts_a_day": 2.0, "calls_a_day": 1200.0, "sweep_days": 2.1, "promise": {}}
    never = {**one, "mean_delay": None, "sweep_days": None}
    assumed = {"cases": 9, "doubled": ["patent/app_progress"], "settling": 30, "days": 30}
    assumed["budgets"] = [{"bucket": "patent/app_progress", "daily": 600}]
    Outlook.objects.create(
        key="1", day=today, more=500, state="done", finished_at=now, assumed=assumed,
        found={"as_is": one, "more": never, "doubled": one}, created_at=now - timedelta(hours=1),
    )  # fmt: skip
    Outlook.objects.create(key="2", day=today, more=500, state="failed")
    rounds = {"waiting": 9, "done": 1, "until": "2026-12-01"}
    promises = [{"law": law, "class": name, "days": 9} for law in Law.values for name in CLASSES]
    promises[0]["days"] = None
    DayPlan.objects.create(
        day=today, revisions=2, sweep_days=2.1, left_out=3, first_round=rounds, promises=promises
    )
    QuotaDay.objects.create(credential="c", bucket="patent/app_progress", day=docket.days_ago(1), used=1)
    yield from [f"/quota/plan/?page={page}" for page in (1, 2)]
    yield from ["/quota/plan/?state=done&law=design", "/quota/request/?provider=1"]


def _stopped(settings) -> Iterator[str]:
    """Parts that work, are late for each reason or not known; outages; outside watchers in each state."""
    yield "/status/"
    settings.PING_URLS = dict.fromkeys(("", "alerts", "digest", "backup"), "https://1.2.3.4/key")
    ago = timezone.now() - timedelta(days=2, hours=3)
    names = [part.name for part in heartbeats.parts()]
    for name, at in zip(names, (timezone.now(), ago, ago + timedelta(days=9)), strict=False):
        Heartbeat.objects.update_or_create(name=name, defaults={"at": at})
    heartbeats.beat("alerts", 3)
    News.objects.create(case=Case.objects.first(), kind="dispatch", key="waits").alerts.create(
        user=User.objects.first(), not_before=ago
    )
    for n, (name, reason) in enumerate(product(names, ("never", "silent", "ahead", "behind", "unread"))):
        over = None if n < 5 else timezone.now()
        Outage.objects.create(
            name=name if over else names[n], reason=reason, noticed_at=ago, over_at=over,
            told_at=ago if n % 2 else None, tellings=n % 2,
        )  # fmt: skip
    Fault.objects.create(where="case", what="KeyError dossiers/views/x.py:1", times=3)
    Ping.objects.create(name="alerts", said="fail")
    Ping.objects.create(name="digest", said="success")
    Ping.objects.create(name="backup", said="success", problem="timeout")
    yield from ("/status/?late=1", "/?late=1")


def _wordings(reader: User) -> Iterator[str]:
    """The firm's own words: none, in use, not usable, taken back; and every fault of them."""
    pages = [
        f"/settings/templates/{kind}/{language}/"
        for kind, language in product(MailWording.Kind.values, ("ja", "en"))
    ]
    yield from ("/settings/templates/", *pages)
    for n in range(2):
        MailWording.objects.create(
            kind="alert", language="ja", opening="1", by=reader, failed_at=clock.now(), failure="1" * n
        )
    MailWording.objects.create(kind="digest", language="ja", by=reader)
    yield from ("/settings/templates/?2", f"{pages[0]}?2", "/settings/templates/digest/ja/?2", "/status/?2")


def _walled(reader: User) -> Iterator[str]:
    """No wall, one with nobody to be told, one with people for good and for a time; a case behind one."""
    yield "/settings/walls/"
    behind = docket.confirmed_case("2021765432")
    empty, kept = Wall.objects.create(name="1"), Wall.objects.create(name="2", reason="1", made_by=reader)
    Insider.objects.create(wall=kept, user=reader, let_in_by=reader)
    Insider.objects.create(wall=kept, user=make.user("2"), until=clock.office_today())
    yield from (docket.page_of(behind), docket.page_of(behind, "wall/"))
    for wall in (empty, kept):
        Case.objects.filter(pk=behind.pk).update(wall=wall)
        yield f"/settings/walls/?{wall.pk}"
    yield from (docket.page_of(behind, "?2"), docket.page_of(behind, "wall/?2"))


def _audited(reader: User) -> Iterator[str]:
    """The record of acts, the offices' credentials in each state, and people who may be erased or not."""
    for action in _ACTIONS:
        record(action, by=reader, old="1", new=["1"])
    yield from ("/audit/", "/audit/?person=program&act=case.add&case=1&from=2026-01-01", "/audit/?way=worker")
    yield "/settings/offices/"
    for n, office in enumerate(OfficeCredential.Office.values):
        sealed = sealing.seal({"username": "1", "password": "1"}) if n else "1"
        OfficeCredential.objects.create(office=office, sealed=sealed, changed_by=reader)
    yield "/settings/offices/?2"
    gone = make.user("1")
    yield from (f"/settings/people/{one.pk}/erase/" for one in (reader, gone))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    yield f"/settings/people/{gone.pk}/erase/?2"


def _kept() -> Iterator[str]:
    """Kept answers: none, then text, bytes, and one that could not be taken in."""
    yield "/quota/samples/"
    for n, (outcome, body) in enumerate((("ok", "1"), ("down", "\x00\x01"), ("unreadable", "1" * 200_000))):
        made = Sample.objects.create(
            key=str(n), endpoint="1", argument="1", outcome=outcome, problems=["1"], failure="1" * (n // 2),
            body=zlib.compress(body.encode()), size=9, sha256="0" * 64, cut=bool(n), times=n + 1,
            first_at=clock.now(), last_at=clock.now(),
        )  # fmt: skip
        yield f"/quota/samples/{made.pk}/"
    Heartbeat.objects.create(name="samples_dropped", detail={"count": 2})
    yield "/quota/samples/?page=1"


def _proved(reader: User, said: dict[str, str]) -> Iterator[str]:
    """What became of every document, day by day and in one case; own records that differ, in each state."""
    for n in range(3):
        CoverageDay.objects.create(
            day=docket.days_ago(n), dispatched=9, accounted=9 - n, cases=1, cases_not_confirmed=n,
            oldest_open_on=docket.days_ago(9) if n else None, standings={"never": n} if n else {},
        )  # fmt: skip
    case = Case.objects.first()
    for field in OwnRecord.Field.values:
        OwnRecord.objects.create(case=case, field=field, value="" if field == "title" else "1", by=reader)
    for state in Difference.State.values:
        field = OwnRecord.Field.values[Difference.objects.count()]
        Difference.objects.create(case=case, field=field, own="1", state=state, decided_by=reader)
    yield from ["/charts/?scope=mine", "/charts/", "/charts/?law=design"]
    yield from ["/freshness/", *(f"/freshness/?standing={name}" for name in freshness.STANDINGS)]
    yield from ["/completeness/", "/completeness/?scope=mine&law=design&owner=none", "/differences/"]
    yield from ["/differences/?state=any", "/differences/?state=ignored&scope=team", "/differences/records/"]
    yield from [docket.page_of(one, "account/") for one in Case.objects.all()[:12]]
    yield docket.page_of(case)


@pytest.fixture
def said(client: Client, reader: User, pages: list[str]) -> dict[str, list[str]]:
    """What each page says in its own voice, by address."""
    heard = {"/login/": Words(client.get("/login/", headers={"accept-language": reader.language}).text).said}
    client.force_login(reader)
    for page in pages:
        answer = client.get(page)
        assert answer.status_code in (200, 404, 405), page
        heard[page] = Words(answer.text).said
    number, title = ("番号", "名称") if reader.language == "ja" else ("number", "title")
    heads = [f"{number},{title}", title, f"{number},x", f"{number},{title},{title}"]
    for refused in ("", *(f"{head}\nX,1,1" for head in heads)):
        table = client.post("/differences/records/", {"text": refused})
        heard[f"/differences/records/#{len(heard)}"] = Words(table.text).said
    for form in ("webhooks", "feeds"):
        heard[f"/settings/channels/#{form}"] = Words(client.post(f"/settings/channels/{form}/").text).said
    fed = client.post("/settings/channels/feeds/", {"kind": "limits", "scope": "mine"})
    heard["/settings/channels/#shown"] = Words(fed.text).said
    hooked = {"url": "https://1.2.3.4/", "kinds": "family", "scope": "mine", "name": "1"}
    heard["/settings/channels/#secret"] = Words(client.post("/settings/channels/webhooks/", hooked).text).said
    typed = {"field-url": "x", "escalate_from": "1", "kinds": "family"}
    refused = client.post("/settings/channels/chats/slack/", typed)
    heard["/settings/channels/chats/slack/#refused"] = Words(refused.text).said
    for n, wrong in enumerate(("{", "{limit}", "{nobody}", "{case}", "1" * 200, "{limit} {case}")):
        typed = {"subject": wrong, "opening": "1\n" * 30 if n else "\u202e", "closing": "", "seen": "0"}
        heard[f"/settings/templates/alert/ja/#{n}"] = Words(
            client.post("/settings/templates/alert/ja/", typed).text
        ).said
    heard["/add/#refused"] = Words(client.post("/add/", {"text": ""}).text).said
    return heard


# --- the walk ---------------------------------------------------------------------------------------------

LATIN = re.compile(r"(?<![\w.@/%-])[A-Za-z]{4,}(?![\w.@/%-])")
LATIN_NAMES = {
    *(word for one in SERVICES.values() for word in (*one.label.split(), one.key)),
    *["Incoming", "Webhooks", "Workspace", "token"],  # as the services name them
    *["Portal", "English", "Espacenet", "Google", "Patents", "Cookie", "HTML", "HTTP"],
    *["Webhook", "Punycode", "Gone", "ASCII", "https", "JSON", "Excel"],
    *["demo", "make", "worker", "watch", "beat", "backup"],  # typed as they stand
    *["Windows", "null"],
}
AS_IT_STANDS = re.compile(r"「[ -~…]+」|“[ -~]+”|`[^`]+`")  # words of a protocol, between quotation marks
SENT_AS_THEY_STAND = {
    *["number", "added", "docketed", "open", "mine", "team", "none", "null", "ETag"],
    *["known", "date", "newest", "made", "name"],
}  # in /api/
JAPANESE_NUMBERS = re.compile(r"特願[\d…-]*")  # examples of how a number may be written
LANGUAGES = {"日本語"}


def test_every_page_speaks_the_language_of_its_reader(said, reader):
    visited = {_name(address.partition("?")[0]) for address in said}
    assert _names(get_resolver().url_patterns) - visited - NOT_PAGES == set()
    protocol = {"/api/": SENT_AS_THEY_STAND}
    strangers = {page: _strangers(words, reader, protocol.get(page, set())) for page, words in said.items()}
    assert {page: found for page, found in strangers.items() if found} == {}


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


def _strangers(words: list[str], reader: User, protocol: Collection[str] = ()) -> set[str]:
    if reader.language == "en":
        return {
            one for one in words if one not in LANGUAGES and JAPANESE.search(JAPANESE_NUMBERS.sub("", one))
        }
    known = {*LATIN_NAMES, *protocol}
    return {one for one in words if set(LATIN.findall(AS_IT_STANDS.sub("", one))) - known}
