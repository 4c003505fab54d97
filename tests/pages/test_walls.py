"""What stands behind a wall is not there for anybody outside: on no page, in no count, file or answer."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from dossiers import clock, reach, walls
from dossiers.alerts import again, digest, escalation, outbox, prompts, reminders
from dossiers.alerts.channels import feeds
from dossiers.intake import save_batch, start_batch
from dossiers.models import (
    Alert,
    BatchLine,
    BulkChange,
    Case,
    Concern,
    Delivery,
    Digest,
    Event,
    Follow,
    Insider,
    News,
    Prompt,
    Reminder,
    TimeLimit,
    Wall,
)
from dossiers.personal import taking
from dossiers.refresh import search_index
from dossiers.urls import urlpatterns
from dossiers.walls import WallRefused
from tests import make

from . import docket
from .test_hostile import POST_ONLY, signed_in, world  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

MARKS = {
    "title": "ゼブラ封印装置",
    "applicants_text": "ゼブラ封印株式会社",
    "own_reference": "ZEBRA-77",
    "client": "Zebraclient",
    "note": "zebranote",
}
NUMBER, PRINTED = "2023000123", "2023-000123"
MARKED = re.compile("|".join([*MARKS.values(), "zebradoc", NUMBER, PRINTED]), re.IGNORECASE)
BY_TOKEN = {"calendar_feed", "news_feed", "acknowledge", "unsubscribe", "watch_end_mail"}
INVENTED = ("demo", "mail", "import_", "design")  # pages whose cases are samples


@pytest.fixture
def behind(world, alice):  # noqa: F811
    """The one case of `world`, full of marks and restricted to Alice, who is an administrator and inside."""
    case = Case.objects.get(application_number=NUMBER)
    for name, words in MARKS.items():
        setattr(case, name, words)
    case.owner = alice
    case.save()
    Event.objects.filter(case=case, code="Z999").update(description="zebradoc 通知")
    search_index.write_cases([case])
    wall = walls.make(by=alice, name="第三の壁", reason="", first=alice)
    walls.put_behind(case, wall, by=alice)
    case.refresh_from_db()
    return case


@pytest.fixture
def outsiders(behind, bob):
    """Bob the docketing clerk follows the case and its list; an administrator; a reader; the client's own
    person, who is not inside either."""
    Follow.objects.get_or_create(case=behind, user=bob)
    return [
        bob,
        make.user("dora", role="administrator"),
        make.user("rita", role="reader"),
        make.user("clara", role="client", client=MARKS["client"]),
        make.user("otto", role="client", client="somebody else"),
    ]


def body_of(answer) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return raw.decode("utf-8", "replace")


def addresses(world) -> dict[str, str]:  # noqa: F811
    """Every address of which `world` knows the parts; that it knows all is tested beside it."""
    found = {}
    for one in urlpatterns:
        try:
            found[one.name] = reverse(one.name, kwargs=world.get(one.name, {}))
        except NoReverseMatch:
            assert "<str:number>" not in str(one.pattern), one.name
    return found


def asked_everywhere(world) -> dict[str, str]:  # noqa: F811
    """Every address that is read, with what could find the case."""
    found = {
        name: address
        for name, address in addresses(world).items()
        if name not in POST_ONLY | BY_TOKEN and not name.startswith(INVENTED)
    }
    searched = [("cases", f"q={words}") for words in (*MARKS.values(), NUMBER, PRINTED, "zebradoc")]
    searched += [("cases_filters", ""), ("cases_filters", f"client={MARKS['client']}"), ("cases", "counts=1")]
    searched += [("citations", f"q={MARKS['own_reference']}"), ("limits", "state=any&view=month")]
    searched += [("limits", "state=any"), ("reviews", "scope=all"), ("completeness", "scope=all")]
    searched += [("differences", "state=any"), ("quota_plan", ""), ("cases_export", ""), ("digest_mail", "")]
    for place, (name, query) in enumerate(searched):
        found[f"{name}?{place}"] = f"{reverse(name, kwargs=world.get(name, {}))}?{query}"
    for kind in ("cases", "limits", "documents", "history"):
        for form in ("csv", "json"):
            found[f"{kind}.{form}"] = reverse("export", kwargs={"kind": kind, "form": form})
    return found


def own_words(address: str, body: str) -> str:
    """The page without what its reader put into the address: a search box shows what was searched for."""
    query = address.partition("?")[2].partition("=")[2]
    return body.replace(query, "") if query else body


# --- nobody outside ---------------------------------------------------------------------------------------


def test_no_address_tells_anybody_outside_of_it(world, behind, outsiders):  # noqa: F811
    looked, leaks = 0, []
    for person in outsiders:
        client = signed_in(person)
        for address in asked_everywhere(world).values():
            answer = client.get(address)
            body = own_words(address, body_of(answer))
            if answer.status_code in (403, 404):  # an error's own address may stand in its form to sign in
                body = body.replace(address, "").replace(NUMBER, "")
            if address.startswith("/settings/people/"):
                body = body.replace(MARKS["client"], "")
            told = MARKED.search(body)
            if told:
                leaks.append((person.username, address, body[max(0, told.start() - 150) : told.end() + 50]))
            looked += 1
    assert leaks == []
    assert looked > 500


def test_whoever_is_inside_sees_all_of_it(world, behind, alice):  # noqa: F811
    client = signed_in(alice)
    for name in ("cases", "case", "limits", "reviews", "completeness", "inbox", "citations"):
        body = body_of(client.get(addresses(world)[name]))
        assert MARKED.search(body), name
    for kind in ("cases", "limits", "documents", "history"):
        body = body_of(client.get(reverse("export", kwargs={"kind": kind, "form": "csv"})))
        assert MARKED.search(body), kind
    assert MARKED.search(body_of(client.get("/cases/?q=zebradoc")))


def test_what_is_restricted_answers_as_what_there_is_not(world, behind, outsiders):  # noqa: F811
    """Byte for byte, but for the number that was asked for and the token of the form."""
    client, other = signed_in(outsiders[0]), "2023999999"

    def said(address: str) -> tuple[int, str]:
        answer = client.get(address)
        plain = re.sub(
            r'csrfmiddlewaretoken" value="[^"]+"|nonce-[^\s"\']+|"X-CSRFToken": "[^"]+"', "", body_of(answer)
        )
        return answer.status_code, plain

    for one in urlpatterns:
        if one.name in POST_ONLY or "<str:number>" not in str(one.pattern):
            continue
        real = reverse(one.name, kwargs=world[one.name])
        status, body = said(real)
        assert status == 404, real
        assert body == said(real.replace(NUMBER, other))[1].replace(other, NUMBER), real
    for name in ("limit", "limit_act", "review_close", "event_account", "difference_act", "watch_end_act"):
        method = client.post if name in POST_ONLY else client.get
        assert method(reverse(name, kwargs=world[name])).status_code == 404, name
    limit = TimeLimit.objects.filter(case=behind).first()
    assert said(f"/limits/{limit.pk}/")[1].replace(f"/{limit.pk}/", "") == said("/limits/99999999/")[
        1
    ].replace("/99999999/", "")


def test_nobody_outside_changes_it(world, behind, outsiders):  # noqa: F811
    before = Case.objects.filter(pk=behind.pk).values().get()
    states = list(TimeLimit.objects.order_by("pk").values_list("pk", "state", "confirmed_by"))
    for person in outsiders:
        client = signed_in(person)
        for name in POST_ONLY:
            parts = world.get(name, {})
            if "number" in parts or name in ("limit_act", "limit_round_act", "review_close", "event_account"):
                answer = client.post(reverse(name, kwargs=parts), {"note": "x", "wall": ""})
                assert answer.status_code in (403, 404, 405), (person.username, name, answer.status_code)
        chosen = {"what": "owner:", "case": str(behind.pk), "scope": "page", "seen": "1"}
        client.post("/cases/change/", chosen)
        client.post("/limits/decide/", {"limit": [pk for pk, *_ in states], "reason": "x"})
    assert Case.objects.filter(pk=behind.pk).values().get() == before
    assert list(TimeLimit.objects.order_by("pk").values_list("pk", "state", "confirmed_by")) == states
    assert not BulkChange.objects.filter(items__case=behind, by__in=outsiders).exists()


def test_its_documents_move_no_count_of_anybody_outside(world, behind, outsiders):  # noqa: F811
    docket.confirmed_case("2024000001", owner=outsiders[0])

    def counts(person) -> dict[str, str]:
        client = signed_in(person)
        names = ("today", "cases", "cases_filters", "limits", "reviews", "completeness", "freshness", "quota")
        names += ("differences", "citations", "watchlists", "quota_plan", "charts", "inbox", "exports")
        found = {name: body_of(client.get(addresses(world)[name])) for name in names}
        return {name: " ".join(re.findall(r">([^<]*\d[^<]*)<", body)) for name, body in found.items()}

    before = {person.username: counts(person) for person in outsiders}
    docket.refused(behind, dispatched=2, document_number="06126999001")
    docket.unknown(Case.objects.get(pk=behind.pk))
    for person in outsiders:
        assert counts(person) == before[person.username]


def test_a_client_sees_the_clients_own_cases_and_no_other(behind, alice):
    own = docket.confirmed_case("2024000001", client="株式会社甲", title="甲の発明")
    docket.confirmed_case("2024000002", client="株式会社乙", title="乙の発明")
    docket.confirmed_case("2024000003", client="", title="丙の発明")
    person = make.user("clara", role="client", client="株式会社甲")
    nobodys = make.user("nina", role="client", client="")
    assert list(reach.cases(person)) == [own]
    assert not reach.cases(nobodys).exists()
    assert reach.Eyes([own.pk]).see(person.pk, own.pk)
    assert not reach.Eyes([own.pk]).see(nobodys.pk, own.pk)
    walls.put_behind(own, Wall.objects.get(name="第三の壁"), by=alice)
    assert not reach.cases(person).exists()


# --- adding its number ------------------------------------------------------------------------------------


def test_a_number_behind_a_wall_is_neither_doubled_nor_told_nor_lost(behind, outsiders, alice):
    bob = outsiders[0]
    batch = start_batch(text=f"特願{PRINTED}\n特願2024-000009", by=bob)
    walled, new = batch.lines.order_by("position")
    assert (walled.state, walled.case_id, walled.title) == (new.state, None, new.title)  # as any other
    saved = save_batch(batch, by=bob)
    assert saved.added == 1
    assert Case.objects.filter(application_number=NUMBER).count() == 1
    walled.refresh_from_db()
    assert (walled.state, walled.case_id, walled.title) == (BatchLine.State.PASSED_ON, None, "")
    page = body_of(signed_in(bob).get(f"/add/{batch.pk}/"))
    assert not re.search("|".join(MARKS.values()), page)
    task = behind.reviews.get(kind="asked_for_by_outsider")
    assert str(bob) in task.detail_en
    assert behind.audit.filter(action="case.asked_for", actor=bob).count() == 1
    assert str(bob) in body_of(signed_in(alice).get("/reviews/"))
    # Asked once more, it is one task; let in, the line finds the case.
    walls.let_in(behind.wall, bob, by=alice)
    again = start_batch(text=f"特願{PRINTED}", by=bob)
    assert again.lines.get().state == BatchLine.State.KNOWN
    assert behind.reviews.filter(kind="asked_for_by_outsider").count() == 1


def test_a_line_read_before_the_wall_went_up_brings_nothing_to_the_case(alice, bob):
    case = docket.confirmed_case(own_reference="A-1")
    batch = start_batch(text=f"特願{PRINTED}, B-2", by=bob)
    assert batch.lines.get().state == BatchLine.State.KNOWN
    wall = walls.make(by=alice, name="壁", reason="", first=alice)
    walls.put_behind(case, wall, by=alice)
    save_batch(batch, by=bob, update_known=True)
    case.refresh_from_db()
    assert case.own_reference == "A-1"
    assert batch.lines.get().state == BatchLine.State.PASSED_ON


# --- who is told ------------------------------------------------------------------------------------------


def sent() -> list[tuple[str, str]]:
    return [(to, f"{one.subject}\n{one.body}") for one in mail.outbox for to in one.to]


def test_news_digests_reminders_and_feeds_tell_nobody_outside(behind, outsiders, alice):
    bob, make_due = outsiders[0], clock.now()
    make.at_once(*outsiders, alice)
    event = docket.refused(behind, dispatched=57, document_number="06126999002", news=False)
    news = News.objects.create(case=behind, event=event, kind="office_action", key="event:new")
    outbox.fan_out([news])
    assert set(news.alerts.values_list("user__username", flat=True)) == {"alice"}
    reminders.write(make_due, None)
    outbox.pump(budget_seconds=20)
    prompts.send_due(budget_seconds=20)
    addressed = {to for to, told in sent() if MARKED.search(told)}
    assert addressed == {alice.email}
    for person in (*outsiders[:2], alice):
        told = bool(MARKED.search(str(digest.preview(person, clock.now()))))
        assert told is (person == alice), person.username
    for kind, name in (("limits", "limits.ics"), ("news", "news.atom")):
        for person in (bob, alice):
            token = feeds.create(by=person, kind=kind, scope="mine")[1]
            read = body_of(Client().get(f"/feeds/{token}/{name}"))
            assert bool(MARKED.search(read)) is (person == alice), (kind, person.username)


def test_what_is_on_its_way_when_the_wall_goes_up_is_not_sent(alice, bob):
    case = docket.confirmed_case(title="ゼブラ封印装置", owner=alice)
    make.at_once(bob)
    make.watchlist(bob, case, followers=(bob,))
    event = docket.refused(case, news=False)
    news = News.objects.create(case=case, event=event, kind="office_action", key="event:new")
    outbox.fan_out([news])
    queued = Alert.objects.get(user=bob)
    walls.put_behind(case, walls.make(by=alice, name="壁", reason="", first=alice), by=alice)
    outbox.pump(budget_seconds=20)
    queued.refresh_from_db()
    assert queued.state == Alert.State.DROPPED
    assert not [to for to, _told in sent() if to == bob.email]
    assert case.title not in body_of(signed_in(bob).get("/alerts/"))


@pytest.fixture
def mails_sent(alice, bob):
    """Bob had an alert, a reminder and a digest of a case. No copy names it by its number."""
    case = docket.confirmed_case(title="ゼブラ封印装置", owner=alice)
    make.at_once(bob)
    type(bob).objects.filter(pk=bob.pk).update(digest_from=clock.now() - docket.timedelta(days=3))
    make.watchlist(bob, case, followers=(bob,))
    event = docket.refused(case, news=False)
    outbox.fan_out([News.objects.create(case=case, event=event, kind="office_action", key="event:new")])
    limit = case.limits.get(state="open")
    prompt = Prompt.objects.create(user=bob, kind="reminder", due_at=clock.now(), message_id="<reminder.1@x>")
    due = {"due": limit.due, "rung": 7, "prompt": prompt}
    Reminder.objects.create(limit=limit, user=bob, kind="legal", **due)
    Digest.objects.create(user=bob, day=clock.office_today(), due_at=clock.now(), message_id="<digest.1@x>")
    outbox.pump(budget_seconds=20)
    prompts.send_due(budget_seconds=20)
    digest.pump(budget_seconds=20)
    copies = Delivery.objects.exclude(alert__user=alice).exclude(digest__user=alice)
    assert {one.to for one in copies} == {bob.email} and copies.count() == 3
    copies.update(subject="zebranote", text="zebranote", html="<p>zebranote</p>")
    return case


def copies_of(person) -> dict[str, str]:
    """Each page that shows a copy, with what it says."""
    client, found = signed_in(person), {}
    for one in Delivery.objects.filter(to=person.email):
        kind, of = next((kind, key) for kind in ("alert", "prompt", "digest") if (key := getattr(one, kind)))
        pages = {
            "alert": [f"/alerts/{of.pk}/", f"/alerts/{of.pk}/copy/{one.pk}/"],
            "prompt": [f"/alerts/mails/{of.pk}/", f"/alerts/mails/{of.pk}/copy/{one.pk}/", "/alerts/mails/"],
            "digest": [f"/settings/digest/{of.pk}/", f"/settings/digest/mail/?of={of.pk}"],
        }
        found |= {page: body_of(client.get(page)) for page in pages[kind]}
    assert len(found) == 7
    own = "".join(taking.of_person(person))
    return {**found, "own records": own}


def test_copies_of_mails_go_by_the_case_and_not_by_its_number(mails_sent, alice, bob):
    said = copies_of(bob)
    assert all("zebranote" in one for one in said.values()), said
    wall = walls.make(by=alice, name="壁", reason="", first=alice)
    walls.put_behind(mails_sent, wall, by=alice)
    assert not [page for page, one in copies_of(bob).items() if "zebranote" in one]
    walls.let_in(wall, bob, by=alice)
    assert all("zebranote" in one for one in copies_of(bob).values())


def test_a_digest_about_a_case_restricted_since_is_not_sent_again(mails_sent, alice, bob):
    walls.put_behind(mails_sent, walls.make(by=alice, name="壁", reason="", first=alice), by=alice)
    one = Digest.objects.get(user=bob)
    again.send_again(one, by=bob)
    mail.outbox.clear()
    digest.pump(budget_seconds=20)
    [(to, words)] = sent()
    assert to == bob.email and "zebranote" not in words and "ゼブラ" not in words


def test_standing_inside_for_a_time_ends_by_itself(alice, bob, monkeypatch):
    case = docket.confirmed_case(owner=alice)
    wall = walls.make(by=alice, name="壁", reason="", first=alice)
    walls.put_behind(case, wall, by=alice)
    walls.let_in(wall, bob, by=alice, until=clock.office_today())
    assert reach.may_see(bob, case)
    Insider.objects.filter(user=bob).update(until=docket.days_ago(1))
    assert not reach.may_see(bob, case)
    assert not reach.Eyes([case.pk]).see(bob.pk, case.pk)
    with pytest.raises(WallRefused, match="past_day"):
        walls.let_in(wall, bob, by=alice, until=docket.days_ago(1))


def told_by_escalation(case: Case) -> list[Prompt]:
    """What the rounds order when nobody ever acknowledges."""
    for _step in range(6):
        Concern.objects.filter(case=case).update(raised_at=docket.clock.now() - docket.timedelta(days=30))
        escalation.raise_due(clock.now())
    return list(Prompt.objects.order_by("pk"))


def test_what_nobody_acknowledges_goes_to_those_inside_alone(behind, outsiders, alice):
    told = told_by_escalation(behind)
    assert {one.user for one in told if one.kind == Prompt.Kind.ESCALATION} == {alice}
    prompts.send_due(budget_seconds=20)
    assert {to for to, words in sent() if MARKED.search(words)} <= {alice.email}


def test_administrators_learn_that_nobody_inside_can_be_told_and_nothing_else(behind, outsiders, alice):
    type(alice).objects.filter(pk=alice.pk).update(mail_on=False)
    told = told_by_escalation(behind)
    assert ("wall", "dora") in {(one.kind, one.user.username) for one in told}
    assert Prompt.objects.filter(kind=Prompt.Kind.WALL).count() == 1  # once a day
    prompts.send_due(budget_seconds=20)
    [(to, words)] = [(to, words) for to, words in sent() if "第三の壁" in words]
    assert to == "dora@example.com"
    assert not MARKED.search(words)
    page = body_of(signed_in(outsiders[1]).get("/settings/walls/"))
    assert 'class="note danger"' in page
    assert not MARKED.search(page)


# --- walls themselves -------------------------------------------------------------------------------------


def test_a_wall_keeps_somebody_inside_and_in_charge(behind, outsiders, alice):
    bob, wall = outsiders[0], behind.wall
    with pytest.raises(WallRefused, match="last_inside"):
        walls.let_out(wall, alice, by=alice)
    with pytest.raises(WallRefused, match="has_cases"):
        walls.remove(wall, by=alice)
    other = docket.confirmed_case("2024000005", owner=bob)
    with pytest.raises(WallRefused, match="owner_outside"):
        walls.put_behind(other, wall, by=alice)
    with pytest.raises(WallRefused, match="not_inside"):
        walls.put_behind(other, wall, by=bob)
    answer = signed_in(alice).post(
        f"/cases/patent/{NUMBER}/edit/",
        {"own_reference": "x", "residency": "resident", "owner": str(bob.pk), "deputy": ""},
    )
    assert answer.status_code == 422
    behind.refresh_from_db()
    assert behind.owner == alice


def test_an_administrator_makes_walls_without_seeing_what_is_behind(behind, outsiders):
    dora = outsiders[1]
    client = signed_in(dora)
    client.post("/settings/walls/make/", {"name": "新しい壁", "reason": "", "person": str(outsiders[0].pk)})
    made = Wall.objects.get(name="新しい壁")
    assert walls.is_inside(outsiders[0], made)
    client.post(f"/settings/walls/{made.pk}/let-in/", {"person": str(dora.pk), "until": "2030-01-01"})
    assert str(made.insiders.get(user=dora).until) == "2030-01-01"
    assert client.get(f"/cases/patent/{NUMBER}/").status_code == 404
    answer = client.post("/exports/docket.zip")
    assert answer.status_code == 302  # the archive holds every case


def test_many_cases_are_restricted_in_one_act_and_taken_out_again(alice, bob):
    cases = [docket.confirmed_case(f"202400010{n}", owner=alice if n else bob) for n in range(3)]
    wall = walls.make(by=alice, name="壁", reason="", first=alice)
    client = signed_in(alice)
    keys = [str(one.pk) for one in cases]
    shown = client.post("/cases/change/", {"what": "wall:", "case": keys, "scope": "page"})
    assert 'name="wall"' in body_of(shown)
    told = {"what": "wall:", "case": keys, "scope": "page", "seen": "3", "wall": str(wall.pk)}
    client.post("/cases/change/", told)
    behind = set(Case.objects.filter(wall=wall))
    assert behind == set(cases[1:])  # what Bob is in charge of stays
    change = BulkChange.objects.get(by=alice)
    client.post(f"/cases/change/{change.pk}/undo/")
    assert not Case.objects.filter(wall=wall).exists()


def test_walls_cost_no_further_query(world, behind, outsiders, alice):  # noqa: F811
    """As many for whoever is outside of none as of three."""
    names = ("cases", "limits", "reviews", "inbox", "watchlists", "quota", "citations", "exports")
    client = signed_in(outsiders[0])

    def counted() -> list[int]:
        found = []
        for name in names:
            with CaptureQueriesContext(connection) as queries:
                client.get(addresses(world)[name])
            found.append(len(queries))
        return found

    counted()
    with_one = counted()
    for n in range(3):
        other = docket.confirmed_case(f"202400020{n}", owner=alice)
        walls.put_behind(other, walls.make(by=alice, name=f"壁{n}", reason="", first=alice), by=alice)
    assert counted() == with_one
