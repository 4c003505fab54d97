"""What a program is shown ends where its owner's reach does, at every address and for every webhook."""

from __future__ import annotations

import json
import re

import pytest

from dossiers import walls
from dossiers.alerts.channels import manage, webhooks
from dossiers.api import description
from dossiers.models import Case, Event, Follow, News, WebhookDelivery
from dossiers.refresh import search_index
from tests import make
from tests.pages import docket

from .conftest import program

pytestmark = pytest.mark.django_db

NUMBER = "2023000123"
MARKS = {"title": "ゼブラ装置", "own_reference": "ZEBRA-77", "client": "Zebraclient", "note": "zebranote"}
MARKED = re.compile("|".join([*MARKS.values(), "zebradoc", NUMBER, "2023-000123"]), re.IGNORECASE)
SEARCHES = {"/cases": [f"q={words}" for words in (*MARKS.values(), NUMBER)], "/limits": ["state=any"]}


@pytest.fixture
def behind(alice, bob):
    """Full of marks, on a shared list, followed by Bob, and restricted to Alice."""
    case = docket.confirmed_case(NUMBER, owner=alice, **MARKS)
    docket.refused(case)
    event = docket.unknown(case)
    Event.objects.filter(pk=event.pk).update(description="zebradoc")
    search_index.write_cases([case])
    make.watchlist(bob, case, followers=(bob,))
    Follow.objects.create(case=case, user=bob)
    walls.put_behind(case, walls.make(by=alice, name="壁", reason="", first=alice), by=alice)
    return case


def operations(case: Case) -> list[tuple[str, str, str]]:
    """Every (method, template, path) of the description, about the restricted case wherever it names one."""
    parts = {
        "law": "patent",
        "number": NUMBER,
        "limit": str(case.limits.first().pk),
        "document": str(case.events.first().pk),
        "file": "1",
        "follow_id": str(Follow.objects.get(case=case).pk),
        "list_id": str(case.watch_entries.get().watchlist_id),
        "import_id": "00000000-0000-0000-0000-000000000000",
    }
    found = []
    for template, methods in description.written()["paths"].items():
        path = re.sub(r"{(\w+)}", lambda part: parts[part[1]], template)
        found += [(method.upper(), template, path) for method in methods]
    return found


def test_no_operation_tells_a_program_of_anybody_outside(behind, bob):
    outsiders = [program(bob), program(make.user("dora", role="administrator"))]
    looked = 0
    for one in outsiders:
        for method, template, path in operations(behind):
            short = path.removeprefix("/api/v1").lstrip("/")
            for query in ("", *SEARCHES.get(template.removeprefix("/api/v1"), ())):
                body = {} if method in ("POST", "PATCH", "PUT") else None
                answer = one.call(method, f"{short}?{query}" if query else short, body)
                said = json.dumps(json.loads(answer.content), ensure_ascii=False) if answer.content else ""
                told = said.replace(path, "").replace(query.partition("=")[2] or "\0", "")
                assert not MARKED.search(told), (method, path, query, told)
                of_case = any(
                    part in template for part in ("{number}", "{limit}", "{document}", "{follow_id}")
                )
                assert not of_case or answer.status_code in (404, 422), (method, path, answer.status_code)
                looked += 1
    assert looked > 40
    assert [one["cases"] for one in outsiders[0].read("lists")["items"]] == [0]


def test_a_program_of_somebody_inside_sees_all_of_it(behind, alice):
    one = program(alice)
    assert [case["application_number"] for case in one.read("cases?q=zebra-77")["items"]] == [NUMBER]
    assert one.read("limits?state=any")["items"]
    assert one.read("events")["items"]


def test_a_webhook_tells_of_nothing_outside_its_owners_reach(behind, alice, bob):
    hooks = [
        manage.create(by=by, name="x", url="https://x.example/", kinds=["dispatch"], scope="mine")
        for by in (alice, bob)
    ]
    news = News.objects.create(case=behind, kind="dispatch", key="event:new")
    webhooks.fan_out([news])
    assert [one.webhook for one in WebhookDelivery.objects.all()] == hooks[:1]


def test_what_waits_for_a_webhook_when_the_wall_goes_up_is_not_called(alice, bob):
    case = docket.confirmed_case("2024000009", owner=bob)
    manage.create(by=bob, name="x", url="https://x.example/", kinds=["dispatch"], scope="mine")
    webhooks.fan_out([News.objects.create(case=case, kind="dispatch", key="event:new")])
    wall = walls.make(by=alice, name="壁", reason="", first=alice)
    case.owner = alice
    case.save()
    walls.put_behind(case, wall, by=alice)
    webhooks.pump(budget_seconds=5)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.body, delivery.calls.count()) == ("dropped", "", 0)


def test_nobody_outside_is_put_in_charge_by_a_program(behind, alice, bob):
    one = program(alice)
    answer = one.patch(f"cases/patent/{NUMBER}", {"owner": "bob"})
    assert answer.status_code == 422, answer.content
    behind.refresh_from_db()
    assert behind.owner == alice
