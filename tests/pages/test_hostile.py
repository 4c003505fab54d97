"""The hostile visitor and the careless colleague: every address, by everybody, in every wrong way."""

from __future__ import annotations

import csv
import io
import json
import zlib
from email import message_from_bytes

import pytest
from django.apps import apps
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.serializers import serialize
from django.test import Client
from django.urls import reverse
from lxml import html

from apiclient.documents.model import Cited, Reason
from dossiers import account_urls, clock, walls
from dossiers.alerts import compose, watch_ends
from dossiers.alerts.acknowledge import open_for_news, url_for
from dossiers.alerts.channels import feeds, manage, webhooks
from dossiers.alerts.unsubscribe import token_for
from dossiers.api import tokens
from dossiers.demo import mailbox
from dossiers.docketing import instructions
from dossiers.docketing.differences import enter
from dossiers.intake import bulk, keep_file, saved_lists, start_batch
from dossiers.intake.tags import tag_named
from dossiers.models import (
    Alert,
    AuditChain,
    AuditEntry,
    Batch,
    BatchLine,
    Case,
    Citation,
    Delivery,
    Digest,
    Feed,
    Follow,
    MailWording,
    News,
    Outage,
    Prompt,
    RefreshJob,
    Sample,
    TimeLimit,
    WatchEnd,
    Watchlist,
    record,
)
from dossiers.refresh import citing
from dossiers.urls import urlpatterns
from tests import make

from . import docket

pytestmark = pytest.mark.django_db

SECRET = "Geheimsache"  # stands in everything that belongs to one person alone
NASTY = """"><script>alert(1)</script><img src=x onerror=alert(1)>' onfocus='alert(1)\u202e{{777*777}}"""
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
BAD_QUERIES = (
    f"page=-1&removed={'9' * 400}&owner={'9' * 400}&month=9999-99&view=month",
    f"page={'9' * 5000}&events=x&month=0000-00&view=month&watchlist=%00",
    "page=%00&q=%00&stage=%00&owner=%00&order=%00&freshness=%00&law=%00&month=%00&numbers=%00%ff&state=%00",
    f"q={'a' * 10_000}&numbers={'%E7%89%B9' * 3000}",
    "q=%ff%fe%80&stage=%ff&on=2026-02-30&removed=99999999999999999",
    "law=utility&scope=theirs&state=none&due=never&show=odd&as=odd&on=9999-12-31",
    "view=month&month=1901-01&on=0001-01-01&due=30",
    "view=month&month=2199-12&next=https://evil.example/&a[]=1&a=2&__proto__=x&%00=%00",
)


@pytest.fixture
def world(alice, bob, settings, tmp_path):
    """One of everything. What is private is Alice's; `args` are the parts of every address."""
    alice.role = "administrator"
    alice.save()
    sample = Sample.objects.create(
        key=SECRET, endpoint="patent/app_progress", argument=SECRET, outcome="unreadable", problems=[SECRET],
        body=zlib.compress(SECRET.encode()), size=9, sha256="0" * 64, first_at=make.SEEN, last_at=make.SEEN,
    )  # fmt: skip
    settings.DEMO, settings.DEMO_MAILBOX = True, tmp_path
    settings.JPO_BASE_URL = "http://127.0.0.1:9"  # nobody listens: the demo says that its office is gone
    case = docket.confirmed_case(owner=alice)
    event = docket.refused(case, notice_state="read")
    paper = docket.paper(event, docket.notice(case).to_json())
    open_event = docket.unknown(case)
    private = Watchlist.objects.create(name=SECRET, owner=alice, shared=False)
    private.entries.create(case=case, added_by=alice)
    followed = Follow.objects.create(watchlist=private, user=alice)
    batch = start_batch(text=f"特願2023-000999\t{SECRET}\n2023-000888", by=alice, watchlist=private)
    brought = keep_file(name=SECRET, body=f"出願番号,備考\n2023-000777,{NASTY}".encode(), by=alice)
    news = News.objects.get(event=event)
    alert = Alert.objects.create(
        news=news, user=alice, watchlist=private, state="sent", message_id="<1@x>", last_error=SECRET
    )
    open_for_news([news], clock.now())
    delivery = Delivery.objects.create(
        alert=alert, to="a@example.com", accepted=True, subject=SECRET, text=SECRET, html=f"<p>{SECRET}</p>"
    )
    group = Prompt.objects.create(user=alice, kind="alerts", due_at=clock.now(), last_error=NASTY)
    of_group = Delivery.objects.create(
        prompt=group, to="a@example.com", accepted=True, subject=SECRET, text=SECRET, html=f"<p>{SECRET}</p>"
    )
    of_group.bounces.create(
        user=alice, address="a@example.com", hard=False, words=NASTY[:500], how="report", key="1"
    )
    digest = Digest.objects.create(
        user=alice, day=clock.office_today(), due_at=clock.now(), state="failed", last_error=NASTY
    )
    Delivery.objects.create(digest=digest, to="a@example.com", accepted=True, subject=SECRET, text=SECRET)
    shared = make.watchlist(bob, case, name="共有", followers=(bob,))
    mail = b"Subject: S\nFrom: x@example.com\nContent-Type: text/html\n\n<p>x</p>"
    identity = mailbox.keep(tmp_path, mail, ["a@example.com"])
    of_case = {"law": case.law, "number": case.application_number}
    ending = WatchEnd.objects.create(case=case, told_at=clock.now(), ends_on=clock.office_today())
    told = Prompt.objects.create(user=bob, kind="watch_end", due_at=clock.now(), message_id="<w@x>")
    ending.notices.create(user=bob, prompt=told)
    picture = docket.picture(open_event)
    of_picture = {**of_case, "event_pk": open_event.pk, "picture_pk": picture.pk}
    hook = manage.create(by=alice, name=SECRET, url="https://x.example/", kinds=["dispatch"], scope="mine")
    called = webhooks.order_test(hook, now=clock.now())
    called.calls.create(accepted=False, status=500, milliseconds=1, answer=NASTY[:200], problem="refused")
    feed, calendar_token = feeds.create(by=alice, kind="limits", scope="mine")
    program, _token = tokens.create(
        by=alice, name=f"{SECRET} {NASTY}"[:60], scopes=["cases:read"], reach="all"
    )
    news_token = feeds.create(by=alice, kind="news", scope="mine")[1]
    MailWording.objects.create(
        kind="alert", language="ja", subject=SECRET, opening=NASTY, by=alice,
        failed_at=clock.now(), failure=NASTY[:200],
    )  # fmt: skip
    Outage.objects.create(name="alerts", reason="silent")
    limit = TimeLimit.objects.get(event=event)
    review = open_event.reviews.get()
    enter(case, by=alice, values={"title": NASTY})
    member = case.family.create(
        office="US", identity=NASTY[:100], application_number=NASTY[:100], title=NASTY
    )
    abroad = member.documents.create(identity="1", title=NASTY, title_translated=NASTY, side="office")
    kept = abroad.texts.create(received_at=clock.now(), outcome="ok", body=zlib.compress(b"%PDF"), size=4)
    of_abroad = {
        "law": case.law,
        "number": case.application_number,
        "pk": member.pk,
        "document_pk": abroad.pk,
    }
    citing.gather(case, case.papers.all())
    difference = case.differences.get()
    bulk_change = bulk.change_cases("tag", str(tag_named(NASTY[:40], by=alice).pk), [case.pk], by=alice)
    saved = saved_lists.save(by=alice, name=SECRET, query={"q": NASTY}, columns=[], shared=False)
    wall = walls.make(by=alice, name=NASTY[:100], reason=NASTY, first=bob)
    instruction = instructions.give(case, by=alice, about="any", text=NASTY)
    args = {
        **{name: {"pk": bulk_change.pk} for name in ("cases_undo", "cases_progress", "cases_change_again")},
        "cases_export": {"form": "csv"},
        **{name: {"pk": saved.pk} for name in ("case_list", "case_list_delete")},
        "case_instruct": of_case,
        "instruction_end": {**of_case, "pk": instruction.pk},
        **dict.fromkeys(("case", "case_edit", "limit_enter", "case_refresh", "case_refresh_status"), of_case),
        **dict.fromkeys(("case_history", "case_history_text", "case_known"), of_case),
        "case_export": {**of_case, "kind": "limits", "form": "csv"},
        "export": {"kind": "history", "form": "csv"},
        **dict.fromkeys(("case_account", "case_account_csv", "case_records", "case_daily"), of_case),
        "difference_act": {"pk": difference.pk, "action": "undo"},
        **dict.fromkeys(("case_cpc", "case_cpc_results", "case_cpc_dossier", "case_cpc_text"), of_case),
        **dict.fromkeys(("case_family", "case_family_refresh"), of_case),
        "family_member": {**of_case, "pk": member.pk},
        "foreign_text_fetch": of_abroad,
        "foreign_text": {**of_abroad, "text_pk": kept.pk},
        **dict.fromkeys(("disclosure", "disclosure_csv", "family_citations"), of_case),
        "cited_document": {"document": case.cited.first().document},
        "document": {**of_case, "event_pk": event.pk},
        "document_download": {**of_case, "event_pk": event.pk, "paper_pk": paper.pk},
        "document_fetch": {**of_case, "event_pk": event.pk},
        "document_picture": {**of_picture, "frame": 0},
        "document_picture_file": of_picture,
        "case_compare": of_case,
        "webhook": {"pk": hook.pk},
        "chat_new": {"service": "slack"},
        "webhook_act": {"pk": hook.pk, "action": "test"},
        "program_revoke": {"pk": program.pk},
        "feed_act": {"pk": feed.pk, "action": "rotate"},
        "calendar_feed": {"token": calendar_token},
        "news_feed": {"token": news_token},
        "limit": {"pk": limit.pk},
        "limit_act": {"pk": limit.pk, "action": "confirm"},
        "limit_round_act": {"pk": limit.pk, "action": "confirm"},
        "limits_undo": {"pk": record("limits.not_needed", by=alice, limits=[limit.pk], reason=NASTY).pk},
        **dict.fromkeys(("limit_start", "case_residency", "case_follow", "case_wall"), of_case),
        "wall_act": {"pk": wall.pk, "action": "rename"},
        "watch_end_act": {"pk": ending.pk},
        "watch_end_mail": {"token": watch_ends.url_for(told).split("/")[-2]},
        "review_close": {"pk": review.pk},
        "event_account": {"event_pk": open_event.pk},
        **{name: {"pk": batch.pk, "position": 2} for name in ("batch_line_law", "batch_line_leave")},
        "batch_result": {"pk": batch.pk, "form": "csv"},
        **{name: {"pk": brought.pk} for name in ("import_columns", "import_discard")},
        **{name: {"pk": alert.pk} for name in ("alert", "alert_mark", "alert_again")},
        **{name: {"pk": group.pk} for name in ("prompt", "prompt_again")},
        "prompt_copy": {"pk": group.pk, "delivery": of_group.pk},
        **{name: {"pk": digest.pk} for name in ("digest_sent", "digest_again")},
        "address_on": {"pk": alice.pk},
        "alert_copy": {"pk": alert.pk, "delivery": delivery.pk},
        "unsubscribe": {"token": token_for(bob, shared.follows.get())},
        "follow_rhythms": {"pk": followed.pk},
        "acknowledge": {"token": url_for(bob, news).split("/")[-2]},
        "concern_acknowledge": {"pk": news.concern.pk},
        "charts_csv": {"name": "stages"},
        "audit_export": {"form": "csv"},
        "office_act": {"name": "jpo", "action": "remove"},
        "person_erase": {"pk": bob.pk},
        **{name: {"kind": "alert", "language": "ja"} for name in ("wording", "wording_preview")},
        "mail": {"identity": identity},
        "mail_html": {"identity": identity},
        **{name: {"pk": sample.pk} for name in ("sample", "sample_download", "sample_delete")},
    }
    for name in ("batch", "batch_lines", "batch_save", "batch_discard", "batch_again", "batch_undo"):
        args[name] = {"pk": batch.pk}
    for tail in ("", "_change", "_add", "_remove", "_put_back", "_follow", "_team"):
        args["watchlist" + tail] = {"pk": private.pk}
    return args


# Addresses of signing in and of people, which tests/people/test_addresses.py walks.
BESIDE = {one.name for one in account_urls.urlpatterns} - {"login", "logout"}


def addresses(world) -> dict[str, str]:
    """Every address of the site; a new one with parts must be made known to `world`."""
    ours = [one for one in urlpatterns if one.name not in BESIDE]
    return {one.name: reverse(one.name, kwargs=world.get(one.name, {})) for one in ours}


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


WITHOUT_SIGNING_IN = {
    "calendar_feed",
    "news_feed",
    "login",
    "unsubscribe",
    "acknowledge",
    "watch_end_mail",
    "healthz",
    "readyz",
    "metrics",
}
# What only she may open, with all that hangs on it.
ALICES = (
    "cases_progress",
    "follow_rhythms",
    *(
        "batch",
        "import",
        "watchlist",
        "alert",
        "prompt",
        "digest_sent",
        "webhook",
        "feed",
    ),
    "address",
    "program_revoke",
)
# What is open to her as an administrator; `test_roles` says the same of every address.
ADMINISTRATORS = (
    *("sample", "samples", "addresses", "wording", "wordings"),
    *("walls", "wall_make", "wall_act", "wall"),
    *("audit", "offices", "office", "person_erase"),
    *("export_docket", "settings_firm", "settings_firm_reminders", "calendar_change"),
)
# Kept by whoever asked, who asks again and is told that nothing has changed.
KEPT_AND_ASKED_ABOUT = ("calendar_feed", "news_feed", "document_picture")
POST_ONLY = {
    "foreign_text_fetch", "family_citations",
    "document_fetch",
    "case_columns", "cases_change", "cases_undo", "cases_change_again", "case_list_save", "case_list_delete",
    "case_instruct", "instruction_end",
    "case_records", "case_daily", "difference_act",
    "logout", "case_edit", "case_refresh", "limit_act", "limit_enter", "review_close", "event_account",
    "limit_round_act", "limits_decide", "limits_undo", "case_residency", "settings_firm", "settings_digest",
    "batch_line_law", "batch_save", "batch_discard", "batch_again",
    "batch_line_leave", "batch_undo", "import_discard",
    "watchlist_team", "watch_end_act",
    "watchlist_change", "watchlist_add", "watchlist_remove",
    "watchlist_put_back", "watchlist_follow", "alerts_mark_all", "alert_mark",
    "quota_outlook", "language", "demo_day", "demo_faults", "sample_delete", "case_cpc_dossier",
    "case_cpc_text",
    "channels_webhook", "channels_feed", "webhook_act", "feed_act", "program_make", "program_revoke",
    "case_family_refresh", "concern_acknowledge", "settings_leave", "settings_firm_reminders",
    "alert_again", "prompt_again", "digest_again", "address_on",
    "wording_preview",
    "export_docket",
    "wall_make", "wall_act", "office_act", "own_data",
}  # fmt: skip
FRAGMENTS = {"cases_filters", "cases_progress", "case_refresh_status", "case_cpc_results", "batch_lines"}
NOT_PAGES = {
    "foreign_text", "disclosure_csv", "citations_csv",
    "document_picture", "document_picture_file",
    "cases_export",
    "case_export", "export",
    "case_history_text", "case_account_csv", "completeness_days", "freshness_days", "charts_csv",
    "quota_request_text",
    "batch_result", "document_download", "sample_download", "alert_copy", "mail_html", "healthz", "readyz",
    "metrics",
    "digest_mail", "calendar_feed", "news_feed", "prompt_copy", "audit_export",
}  # fmt: skip


def is_alices(name: str) -> bool:
    return name in ALICES or name.split("_")[0] in ALICES


def is_administrators(name: str) -> bool:
    return name in ADMINISTRATORS or name.split("_")[0] in ADMINISTRATORS


# --- who, and by which method -----------------------------------------------------------------------------


def test_a_stranger_is_sent_to_the_sign_in_page_from_everywhere(world):
    for name, address in addresses(world).items():
        if name in WITHOUT_SIGNING_IN:
            continue
        for method in ("GET", "PUT", "POST"):
            answer = Client().generic(method, address)
            assert answer.status_code == 302, (method, address)
            assert answer.headers["Location"].startswith("/login/"), (method, address)
            assert SECRET not in answer.content.decode()


def test_what_is_somebody_elses_does_not_exist(world, bob):
    client, before = signed_in(bob), dump()
    for name, address in addresses(world).items():
        if is_alices(name):
            method = "POST" if name in POST_ONLY else "GET"
            answer = client.generic(method, address)
            assert answer.status_code == 404, (method, address)
            assert SECRET not in answer.content.decode()
    assert dump() == before


def said_by(answer) -> str:
    """What an answer says, also one that is sent while it is read."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode(errors="replace")


def test_nothing_of_a_private_list_shows_on_pages_that_all_may_read(world, bob):
    client = signed_in(bob)
    for name, address in addresses(world).items():
        if not is_alices(name) and name not in POST_ONLY:  # what is refused tells nothing either
            assert SECRET not in said_by(client.get(address)), address


def test_every_method_gets_an_answer_and_only_forms_change_something(world, alice):
    client = signed_in(alice)
    before = dump()
    for name, address in addresses(world).items():
        for method in METHODS:
            answer = client.generic(method, address)
            # The library's and Django's own answers; a worker that never ran.
            if name in ("login", "logout", "healthz", "metrics"):
                continue
            if method in ("GET", "HEAD") and name not in POST_ONLY:
                assert answer.status_code == 200, (method, address)
            else:
                assert answer.status_code == 405, (method, address)
                assert "Allow" in answer.headers
    assert dump() == before


def test_a_wrong_method_gets_a_page_that_says_so(world, bob):
    client = signed_in(bob)
    for name, address in addresses(world).items():
        if name in POST_ONLY and not is_alices(name) and not is_administrators(name):
            answer = client.get(address)
            assert answer.status_code == 405, address
            assert answer.headers["Allow"].startswith("POST")
            assert "Nothing was changed" in answer.content.decode(), address


TAKEN_OUT = {"export.table", "document.download", "docket.export", "person.export", "audit.export"}


def dump() -> dict[str, str]:
    """Every row of ours, but for who has seen what and who is signed in."""
    left_out = {"casevisit", "session", "permission", "contenttype"}
    found = {}
    for model in apps.get_models():
        if model._meta.model_name in left_out:
            continue
        if model is AuditChain:
            continue
        rows = json.loads(serialize("json", model._base_manager.order_by("pk")))
        if model is AuditEntry:  # that something was taken out is on record, and seals the record
            rows = [row for row in rows if row["fields"]["action"] not in TAKEN_OUT]
            for row in rows:
                row["pk"], row["fields"] = (
                    None,
                    {key: row["fields"][key] for key in ("actor", "action", "detail")},
                )
        for row in rows:
            row["fields"].pop("read_at", None)
            row["fields"].pop("last_login", None)
            if model is Feed:  # when it was read, and what
                for name in ("last_read_at", "etag", "changed_at"):
                    row["fields"].pop(name)
        found[model._meta.label] = json.dumps(rows, ensure_ascii=False)
    return found


# --- nonsense in addresses --------------------------------------------------------------------------------


def test_no_query_brings_a_page_down(world, alice):
    client = signed_in(alice)
    for name, address in addresses(world).items():
        if name in POST_ONLY:
            continue
        for query in BAD_QUERIES:
            answer = client.get(f"{address}?{query}")
            if name not in ("healthz", "metrics"):
                assert answer.status_code in (200, 302), (address, query[:60])
            location = answer.headers.get("Location", "/")
            assert location.startswith("/") and not location.startswith("//")


BAD_PARTS = ("0", "99999999999999999999999", "9" * 5000, "%00%ff", "１", "a" * 5000)


def test_no_part_of_an_address_brings_a_page_down(world, alice):
    client, before = signed_in(alice), dump()
    for name, args in world.items():
        whole = reverse(name, kwargs=args)
        broken = {whole.replace(f"/{args[key]}/", f"/{part}/", 1) for key in args for part in BAD_PARTS}
        for address in broken - {whole}:
            answer = client.generic("POST" if name in POST_ONLY else "GET", address)
            assert answer.status_code in (400, 404), address[:80]
            if name not in ("unsubscribe", "acknowledge", "watch_end_mail"):
                assert 'class="button"' in answer.content.decode(), address[:80]
    assert dump() == before


def test_rows_of_one_case_do_not_open_under_another(world, alice):
    other = docket.confirmed_case("2023000777")
    client = signed_in(alice)
    for name in (
        "foreign_text",
        "document",
        "document_download",
        "document_picture",
        "document_picture_file",
    ):
        address = reverse(name, kwargs={**world[name], "number": other.application_number})
        assert client.get(address).status_code == 404
    strange = {**world["alert_copy"], "pk": 0}
    assert client.get(reverse("alert_copy", kwargs=strange)).status_code == 404


# --- nonsense in forms ------------------------------------------------------------------------------------

BODIES = (
    b"",
    b"\xff\xfe\x00=\x00",
    b"reason=x%00y&resolution=x%00y&due=%00&law=%00&case=%00&follow=%00&name=%00&text=%00&next=%00"
    b"&kind=%00&days=%00&language=%00&own_reference=%00&note=%00&title=%00&event=%00",
    b"case=" + b"9" * 400 + b"&days=99999999999999999999&owner=99999999999999999999&residency=x"
    b"&event=99999999999999999999&title=x&due=9999-12-31&reason=%ed%a0%80&name=%ed%a0%80&text=%ed%a0%80",
    b"next=" + b"a" * 20_000 + b"&language=en&law=patent&kind=odd&read=odd",
)
AWAY = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)",
    "/cases/\r\nX-Evil: b", "http://[evil",
)  # fmt: skip
LEADING_ON = {
    "login", "language", "review_close", "event_account", "limit_act", "difference_act", "case_residency",
    "concern_acknowledge",
}  # fmt: skip


def test_no_form_leads_to_another_site(world, alice):
    for name in LEADING_ON:
        for there in AWAY:
            client = signed_in(alice) if name != "login" else Client()
            sent = {"next": there, "language": "en", "resolution": "x", "reason": "x"}
            answer = client.post(
                addresses(world)[name], {**sent, "username": "alice", "password": make.PASSWORD}
            )
            assert answer.status_code == 302, (name, there)
            location = answer.headers["Location"]
            assert location[0] == "/" and location[1:2] not in ("/", "\\") and "\n" not in location, name
            assert "X-Evil" not in answer.headers


FORMS = POST_ONLY | {
    "calendar_change",
    "login",
    "add",
    "import_columns",
    "watchlists",
    "settings",
    "unsubscribe",
    "acknowledge",
}
TEXT, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"


def test_no_form_brings_a_page_down(world, alice):
    for name, address in addresses(world).items():
        if name not in FORMS:
            continue
        client = signed_in(alice)
        for body in BODIES:
            kind = PARTS if not body else TEXT
            answer = client.generic("POST", address, body, content_type=kind)
            if answer.status_code == 302 and answer.headers["Location"].startswith("/login/"):
                client = signed_in(alice)  # after signing out
            assert answer.status_code < 500, (address, body[:60])


def test_what_a_person_typed_never_holds_what_a_database_refuses(world, alice):
    client = signed_in(alice)
    for name, field in (("limit_act", "reason"), ("review_close", "resolution"), ("event_account", "reason")):
        args = {**world[name], "action": "not-needed"} if name == "limit_act" else world[name]
        client.post(reverse(name, kwargs=args), {field: "a\0b"})
    rows = "".join(dump().values())
    assert "ab" in rows and "\\u0000" not in rows


@pytest.mark.parametrize("form", ["batch_line_law", "language"])
def test_a_choice_that_no_page_offers_gets_a_page_that_says_what_to_do(world, alice, form):
    answer = signed_in(alice).post(addresses(world)[form], {"law": "utility", "language": "xx"})
    assert answer.status_code == 400
    assert 'class="rail"' in answer.content.decode() and 'class="button"' in answer.content.decode()


def test_a_paste_too_large_to_take_is_refused_with_what_to_do_and_nothing_is_kept(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.get("/add/")
    answer = client.generic("POST", "/add/", b"text=" + b"1" * 6_000_000, content_type=TEXT)
    assert answer.status_code == 400
    assert "分割" in answer.content.decode()
    assert not Batch.objects.exists()


def test_a_name_this_site_does_not_go_by_is_refused_in_style(db):
    answer = Client(headers={"host": "evil.example"}).get("/cases/")
    assert answer.status_code == 400
    assert 'class="alone"' in answer.content.decode() and "evil.example" not in answer.content.decode()
    assert "DENY" in answer.headers["X-Frame-Options"]


# --- what every answer says of itself ---------------------------------------------------------------------

POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
    "manifest-src 'self'",
}  # fmt: skip
SEALED = {
    "default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'",
    "frame-ancestors 'self'", "sandbox",
}  # fmt: skip
WITH_A_FRAME = {"alert", "mailbox", "mail", "digest", "prompt", "digest_sent"}
IN_A_FRAME = {"alert_copy", "prompt_copy", "mail_html", "digest_mail"}


def test_every_answer_forbids_what_no_page_of_ours_needs(world, alice):
    client, stranger = signed_in(alice), Client()
    for name, address in addresses(world).items():
        answers = [stranger.get(address)] if name == "login" else [client.get(address), stranger.get(address)]
        for answer in answers:
            shown = answer.status_code == 200
            policy = {part.strip() for part in answer.headers["Content-Security-Policy"].split(";") if part}
            extra = {"frame-src 'self'"} if name in WITH_A_FRAME and shown else set()
            assert policy == (SEALED if name in IN_A_FRAME and shown else POLICY | extra), address
            frame = "SAMEORIGIN" if name in IN_A_FRAME and shown else "DENY"
            assert answer.headers["X-Frame-Options"] == frame, address
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] in ("same-origin", "no-referrer")
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "camera=()" in answer.headers["Permissions-Policy"]
            kept = "no-cache" if name in KEPT_AND_ASKED_ABOUT and shown else "no-store"
            assert {"private", kept} <= set(answer.headers["Cache-Control"].split(", ")), address
            if name in FRAGMENTS:
                assert "HX-Request" in answer.headers["Vary"]


def test_cookies_are_for_this_site_and_for_no_script(alice, settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    client.get("/login/")
    client.post("/login/", {"username": "alice", "password": make.PASSWORD})
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert cookie["samesite"] == "Lax" and cookie["secure"] and cookie["httponly"], name


# --- forms of other sites ---------------------------------------------------------------------------------


def test_no_form_of_another_site_does_anything_but_the_one_click_of_a_mail(world, alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    before = dump()
    for name, address in addresses(world).items():
        if name in FORMS - {"unsubscribe"}:
            answer = client.post(address, {"reason": "x", "resolution": "x", "language": "en"})
            assert answer.status_code == 403, address
            assert "何も変更していません" in answer.content.decode(), address
    assert dump() == before
    one_click = Client(enforce_csrf_checks=True).post(
        reverse("unsubscribe", kwargs=world["unsubscribe"]), {"List-Unsubscribe": "One-Click"}
    )
    assert one_click.status_code == 200
    assert not Follow.objects.get(watchlist__name="共有").active


# --- hostile text -----------------------------------------------------------------------------------------


@pytest.fixture
def nasty(alice, world):
    """The same hostile words wherever the office or a person can put any."""
    case = Case.objects.get(application_number="2023000123")
    case.title = case.applicants_text = case.client = case.note = NASTY
    case.own_reference = case.stage = case.stage_basis_ja = NASTY[:30]
    case.save()
    case.events.update(description=NASTY, account_reason_ja=NASTY)
    case.limits.update(title_ja=NASTY, state_reason_ja=NASTY)
    case.reviews.update(detail_ja=NASTY, resolution=NASTY)
    Watchlist.objects.update(name=NASTY[:80])
    alice.display_name = NASTY[:100]
    alice.save()
    Citation.objects.create(case=case, display=NASTY, number=NASTY[:60], first_seen_at=make.SEEN)
    paper = case.papers.get()
    cited = Cited(NASTY, NASTY, NASTY, NASTY)
    reason = Reason(NASTY, NASTY, (), (NASTY,), (NASTY,), NASTY)
    words = {"title_as_printed": NASTY, "text": NASTY, "raw_text": NASTY, "search_record": NASTY}
    paper.notice = docket.notice(case, **words, cited=(cited,), reasons=(reason,)).to_json()
    paper.name, paper.problems = f"../x\r\nSet-Cookie: a=b/{NASTY}", [NASTY]
    paper.save()
    BatchLine.objects.update(text=NASTY, own_reference=NASTY[:60], title=NASTY, applicants=NASTY)
    Batch.objects.update(source=NASTY)
    Alert.objects.update(last_error=NASTY, state="failed")
    Delivery.objects.update(subject=NASTY, text=NASTY, detail=NASTY)
    Sample.objects.update(argument=NASTY, problems=[NASTY], failure=NASTY, body=zlib.compress(NASTY.encode()))
    return case


def test_hostile_text_stays_text_in_every_page_and_every_attribute(nasty, world, alice):
    client = signed_in(alice)
    shown = 0
    for name, address in addresses(world).items():
        if name in POST_ONLY | NOT_PAGES | {"login"}:
            continue
        answer = client.get(address)
        tree = html.fromstring(answer.content)
        shown += "alert(1)" in answer.content.decode()
        assert not tree.xpath("//img | //script[not(@src)] | //*[@onfocus or @onerror]"), address
        for link in tree.xpath("//@href | //@src | //@action | //@formaction"):
            assert (not link or link.startswith(("/", "#", "?", "https://"))) and not link.startswith("//"), (
                address,
                link,
            )
            assert "<" not in link and " " not in link, (address, link)
        assert not any("603729" in text for text in tree.xpath("//bdi/text()")), address
    assert shown >= 10  # the words do appear, so it is their taming that is seen here


def test_no_link_is_made_of_a_cited_number_that_is_none(nasty, world, alice):
    page = html.fromstring(signed_in(alice).get(addresses(world)["document"]).content)
    links = page.xpath("//main//a[starts-with(@href, 'http')]/@href")
    assert set(links) == {"https://www.j-platpat.inpit.go.jp/p0000"}, "the register's own search alone"


def test_a_download_has_a_plain_name_and_never_opens_in_the_browser(nasty, world, alice):
    answer = signed_in(alice).get(addresses(world)["document_download"])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert set(answer.headers["Content-Disposition"].split("''")[1]) <= set(SAFE_IN_A_NAME)
    assert "Set-Cookie" not in answer.headers


SAFE_IN_A_NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%-._~"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "＋", "－", "＠"])
def test_no_cell_of_the_result_is_a_formula(world, alice, start):
    BatchLine.objects.update(text=f'{start}HYPERLINK("http://x")', title=f"{start}1", applicants=f"{start}1")
    body = signed_in(alice).get(addresses(world)["batch_result"]).getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body, newline="")))
    assert len(rows) == 3
    for cell in (cell for row in rows for cell in row):
        assert cell.strip()[:1] not in tuple("=+-@＝＋－＠"), cell


def test_no_words_of_anybody_add_a_line_to_the_head_of_a_mail(alice):
    case = docket.confirmed_case(own_reference="A\r\nBcc: x@evil.example", title="t\r\nX: y")
    watched = make.watchlist(alice, case, name="L\r\nBcc: y@evil.example", followers=(alice,))
    event = docket.refused(case, description="拒絶\r\nSubject: z")
    alert = Alert.objects.create(
        news=News.objects.get(event=event), user=alice, watchlist=watched, message_id="<1@x>"
    )
    sent = message_from_bytes(compose.message(alert, now=clock.now()).message().as_bytes())
    assert sent.keys().count("Subject") == 1 and "Bcc" not in sent and "X" not in sent


# --- careless colleagues ----------------------------------------------------------------------------------


def test_a_part_of_a_page_asked_for_after_the_session_ended_sends_the_browser_to_sign_in(world):
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/cases/patent/2023000123/?x=1"}
    for name in ("case_refresh_status", "batch_lines", "case_refresh", "batch_line_law"):
        for method in ("GET", "POST"):
            answer = Client(headers=here).generic(method, addresses(world)[name])
            assert answer.content == b""
            back = "/login/?next=/cases/patent/2023000123/%3Fx%3D1"
            assert answer.headers["HX-Redirect"] == back, name


def test_after_a_form_came_too_late_signing_in_leads_to_its_page_not_to_the_form_s_address(world):
    form = addresses(world)["limit_act"]
    answer = Client(headers={"referer": "http://testserver/limits/1/?a=b"}).post(form)
    assert answer.headers["Location"] == "/login/?next=/limits/1/%3Fa%3Db"
    answer = Client(headers={"referer": "https://evil.example/limits/1/"}).post(form)
    assert answer.headers["Location"] == "/login/?next=/"


def test_whoever_is_signed_in_and_opens_the_sign_in_page_goes_on(client, alice):
    client.force_login(alice)
    for there in (
        "/login/",
        "/login/?next=/login/",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
    ):
        assert client.get("/login/", {"next": there}).headers["Location"] == "/", there
    assert client.get("/login/", {"next": "/limits/"}).headers["Location"] == "/limits/"


def test_pressing_twice_is_pressing_once(world, alice):
    client = signed_in(alice)
    limit = TimeLimit.objects.get(pk=world["limit"]["pk"])
    for _ in range(2):
        client.post(addresses(world)["limit_act"], {"due": limit.due.isoformat()})
        client.post(addresses(world)["case_refresh"])
        client.post(addresses(world)["review_close"], {"resolution": "seen"})
        client.post(addresses(world)["watchlist_follow"], {"follow": "1"})
        client.post(addresses(world)["batch_save"])
    assert limit.changes.filter(field="confirmed").count() == 1
    assert limit.case.audit.filter(action="limit.confirm").count() == 1
    assert limit.case.audit.filter(action="review.close").count() == 1
    assert RefreshJob.objects.filter(case=limit.case, state="waiting").count() == 1
    assert Case.objects.filter(application_number="2023000999").count() == 1


def test_a_date_that_one_person_confirmed_is_not_quietly_taken_over_by_another(world, alice, bob):
    limit = TimeLimit.objects.get(pk=world["limit"]["pk"])
    for user in (alice, bob):
        seen = {"due": limit.due.isoformat()}
        answer = signed_in(user).post(addresses(world)["limit_act"], seen, follow=True)
    assert "Its state has changed meanwhile" in answer.content.decode()
    limit.refresh_from_db()
    assert limit.confirmed_by == alice


def test_discarding_what_was_saved_meanwhile_does_not_say_that_nothing_was_added(world, alice):
    client = signed_in(alice)
    client.post(addresses(world)["batch_save"])
    answer = client.post(addresses(world)["batch_discard"], follow=True)
    assert Case.objects.filter(application_number="2023000999").exists()
    assert "何も登録していません" not in answer.content.decode()
    assert answer.redirect_chain[-1][0] == addresses(world)["batch"]


def test_a_link_cannot_make_a_list_say_that_a_case_was_taken_off(world, alice):
    case = Case.objects.get(application_number="2023000123")
    page = signed_in(alice).get(addresses(world)["watchlist"], {"removed": case.pk})
    assert "/put-back/" not in page.content.decode()


def test_words_divided_by_the_wide_space_of_a_japanese_keyboard_are_words(world, alice):
    page = signed_in(alice).get("/cases/", {"q": "架空　配線", "law": "patent"})
    assert "2023-000123" in page.content.decode()


def test_a_time_zone_this_machine_does_not_know_does_not_lock_its_reader_out(client, alice):
    alice.time_zone = "Mars/Olympus"
    alice.save()
    client.force_login(alice)
    assert client.get("/").status_code == 200


# --- signing in -------------------------------------------------------------------------------------------


def test_an_unknown_name_and_a_wrong_password_are_not_told_apart(alice, monkeypatch):
    gone = make.user("dave", is_active=False)
    hashed = []
    real = MD5PasswordHasher.encode

    def counted(hasher, *args, **kwargs):
        hashed.append(1)
        return real(hasher, *args, **kwargs)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    seen = set()
    for name in ("alice", "nobody", gone.username):
        hashed.clear()
        page = Client().post("/login/", {"username": name, "password": "wrong"})
        words = html.fromstring(page.content).get_element_by_id("failed").text_content()
        seen.add((page.status_code, words, len(hashed)))
    assert len(seen) == 1  # the same words, and the same work, which is what takes the time


def test_a_session_that_somebody_planted_is_worth_nothing_after_signing_in(client, alice):
    planted = client.session
    planted["mark"] = 1
    planted.save()
    client.cookies["sessionid"] = planted.session_key
    client.post("/login/", {"username": "alice", "password": make.PASSWORD})
    assert client.cookies["sessionid"].value != planted.session_key
    stranger = Client()
    stranger.cookies["sessionid"] = planted.session_key
    assert stranger.get("/").status_code == 302


# --- readers who do not see the page, or use no mouse -----------------------------------------------------


def test_every_page_can_be_read_and_worked_without_seeing_it(world, alice):
    client, stranger = signed_in(alice), Client()
    pages = {name: client.get(address) for name, address in addresses(world).items() if is_page(name)}
    pages["login"], pages["nowhere"] = stranger.get("/login/"), stranger.get("/nowhere/")
    pages["unsubscribe for a stranger"] = stranger.get(addresses(world)["unsubscribe"])
    for name, answer in pages.items():
        tree = html.fromstring(answer.content)
        assert tree.get("lang") in ("ja", "en"), name
        assert len(tree.xpath("//h1")) == 1, name
        assert tree.xpath("//h1")[0].text_content().strip(), name
        assert tree.xpath("//a[@class='skip']/@href") == ["#content"] and tree.xpath("//*[@id='content']"), (
            name
        )
        for control in tree.xpath("//input[not(@type='hidden')] | //select | //textarea"):
            assert labelled(tree, control), (name, html.tostring(control))
        for button in tree.xpath("//button | //a[@href]"):
            words = button.text_content().strip() or button.get("aria-label")
            assert words, (name, html.tostring(button))
        assert not [i for i in tree.xpath("//@tabindex") if int(i) > 0], name
        assert not tree.xpath("//th[not(@scope)]"), name
        assert not tree.xpath("//iframe[not(@title)]"), name
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids)), (name, [i for i in ids if ids.count(i) > 1])


def is_page(name: str) -> bool:
    return name not in POST_ONLY | NOT_PAGES | FRAGMENTS | {"login"}


def labelled(tree, control) -> bool:
    if control.get("aria-label") or control.xpath("ancestor::label"):
        return True
    name = control.get("id")
    return bool(name) and bool(tree.xpath("//label[@for=$name]", name=name))


def test_progress_is_told_to_readers_who_do_not_see_it(world, alice):
    client = signed_in(alice)
    for name in FRAGMENTS - {"cases_filters"}:
        assert html.fromstring(client.get(addresses(world)[name]).content).xpath(
            "descendant-or-self::*[@role='status' or @aria-live]"
        ), name
