"""What a person was told: read, unread, failed, and the sealed copy."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.models import Alert, Delivery, News
from tests import make

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


def told(user, case=None, **fields) -> Alert:
    case = case or make.case()
    event = make.event(case)
    news = News.objects.create(
        case=case, event=event, kind=News.Kind.OFFICE_ACTION, key=f"k{News.objects.count()}"
    )
    fields.setdefault("state", Alert.State.SENT)
    return Alert.objects.create(news=news, user=user, message_id=f"<{news.pk}@x>", **fields)


def handed(alert, **fields) -> Delivery:
    fields.setdefault("accepted", True)
    return Delivery.objects.create(alert=alert, to=alert.user.email, **fields)


def test_the_empty_inbox_says_how_one_gets_alerts(page):
    assert "You get one when the office acts" in page.get("/alerts/").content.decode()


def test_an_alert_leads_to_its_case_and_says_how_the_mail_went(page, bob):
    told(bob, state=Alert.State.FAILED, last_error="550 no such mailbox")
    body = page.get("/alerts/").content.decode()
    assert "Office action" in body
    assert "/cases/patent/2023000123/" in body
    assert "550 no such mailbox" in body
    assert "Failed" in body


def test_others_alerts_do_not_exist(page, alice):
    one = told(alice)
    delivery = handed(one, html="<p>x</p>")
    assert "2023-000123" not in page.get("/alerts/").content.decode()
    assert page.get(f"/alerts/{one.pk}/").status_code == 404
    assert page.get(f"/alerts/{one.pk}/copy/{delivery.pk}/").status_code == 404
    assert page.post(f"/alerts/{one.pk}/mark/").status_code == 404
    page.post("/alerts/read/")
    one.refresh_from_db()
    assert one.read_at is None


def test_opening_an_alert_marks_it_as_read_once(page, bob):
    one = told(bob)
    page.get(f"/alerts/{one.pk}/")
    one.refresh_from_db()
    first = one.read_at
    assert isinstance(first, datetime)
    page.get(f"/alerts/{one.pk}/")
    one.refresh_from_db()
    assert one.read_at == first


def test_an_alert_is_marked_as_read_and_as_new_again(page, bob):
    one = told(bob)
    page.post(f"/alerts/{one.pk}/mark/", {"read": "1"})
    assert not Alert.objects.filter(read_at=None).exists()
    page.post(f"/alerts/{one.pk}/mark/", {"read": "0"})
    assert Alert.objects.filter(read_at=None).exists()
    page.post("/alerts/read/")
    assert not Alert.objects.filter(read_at=None).exists()


def test_the_copy_shown_is_the_one_the_server_took(page, bob):
    one = told(bob)
    handed(one, text="the one that went out", subject="S")
    handed(one, accepted=False, text="a later try", detail="451 busy")
    body = page.get(f"/alerts/{one.pk}/").content.decode()
    assert "the one that went out" in body
    assert "a later try" not in body
    assert "451 busy" in body


def test_a_mail_that_never_left_says_so(page, bob):
    one = told(bob, state=Alert.State.WAITING)
    assert "Nothing was handed to a mail server yet" in page.get(f"/alerts/{one.pk}/").content.decode()


def test_hostile_text_is_text_and_hostile_html_is_sealed_off(page, bob):
    one = told(bob, make.case(title=HOSTILE), state=Alert.State.FAILED, last_error=HOSTILE)
    delivery = handed(one, text=HOSTILE, html=HOSTILE, subject=HOSTILE, detail=HOSTILE)
    for address in ("/alerts/", f"/alerts/{one.pk}/"):
        assert HOSTILE not in page.get(address).content.decode()
    answer = page.get(f"/alerts/{one.pk}/copy/{delivery.pk}/")
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "allow-" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_only_the_page_around_it_may_frame_the_copy(page, bob):
    one = told(bob)
    handed(one, html="<p>x</p>")
    assert "frame-src 'self'" in page.get(f"/alerts/{one.pk}/")["Content-Security-Policy"]
    assert "frame-src" not in page.get("/alerts/")["Content-Security-Policy"]
    assert 'sandbox=""' in page.get(f"/alerts/{one.pk}/").content.decode()


def test_alerts_are_filtered(page, bob):
    read = told(bob, read_at=make.SEEN)
    new = told(bob, make.case("2023000999"), state=Alert.State.FAILED)
    assert [row.pk for row in page.get("/alerts/?show=new").context["page"]] == [new.pk]
    assert [row.pk for row in page.get("/alerts/?show=trouble").context["page"]] == [new.pk]
    assert {row.pk for row in page.get("/alerts/?show=rubbish").context["page"]} == {read.pk, new.pk}


def test_the_inbox_costs_the_same_for_few_and_many(page, bob):
    counts = []
    for size in (5, 50):
        for n in range(size):
            told(bob, make.case(f"20{size}{n:06d}"))
        with CaptureQueriesContext(connection) as queries:
            page.get("/alerts/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
