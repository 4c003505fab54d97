"""Kept answers: for administrators, as text or bytes, never opened in the browser, deleted on purpose."""

from __future__ import annotations

import zlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.models import AuditEntry, Sample
from dossiers.views.samples import dump, readable_text
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, bob):
    bob.role = "administrator"
    bob.save()
    client.force_login(bob)
    return client


def kept(key: str = "1", body: bytes = b"odd", **fields) -> Sample:
    values = {
        "endpoint": "patent/app_progress",
        "argument": "2023000123",
        "outcome": "unreadable",
        "problems": ["the JSON is broken"],
        "size": len(body),
        "sha256": "ab" * 32,
        "first_at": make.SEEN,
        "last_at": make.SEEN,
        **fields,
    }
    return Sample.objects.create(key=key, body=zlib.compress(body), **values)


def test_for_anybody_else_the_pages_do_not_exist(client, alice):
    sample = kept()
    client.force_login(alice)
    for tail in ("", f"{sample.pk}/", f"{sample.pk}/file/"):
        assert client.get(f"/quota/samples/{tail}").status_code == 403
    assert client.post(f"/quota/samples/{sample.pk}/delete/").status_code == 403
    assert Sample.objects.exists()


def test_the_list_tells_what_came_and_leads_to_it(page):
    sample = kept(times=3)
    body = page.get("/quota/samples/").content.decode()
    assert f"/quota/samples/{sample.pk}/" in body and "2023000123" in body
    assert "could not be read" in body


def test_text_is_shown_as_text_and_stays_text(page):
    sample = kept(body="<script>x</script> 特願".encode("cp932"))
    body = page.get(f"/quota/samples/{sample.pk}/").content.decode()
    assert "&lt;script&gt;x&lt;/script&gt; 特願" in body and "the JSON is broken" in body


def test_bytes_are_shown_as_bytes(page):
    sample = kept(body=b"PK\x03\x04<b>\xff")
    body = page.get(f"/quota/samples/{sample.pk}/").content.decode()
    assert (
        "50 4b 03 04 3c 62 3e ff" in body
        and "<b>" not in body.partition('class="dump"')[2].partition("</pre")[0]
    )


def test_a_fault_of_the_program_is_said_to_be_one(page):
    sample = kept(failure="KeyError: 'x' at take_in.py:1")
    assert "fault of the program" in page.get(f"/quota/samples/{sample.pk}/").content.decode()


def test_the_download_is_a_file_and_nothing_a_browser_would_run(page):
    sample = kept(body=b"<script>x</script>")
    answer = page.get(f"/quota/samples/{sample.pk}/file/")
    assert answer.content == b"<script>x</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="patent-app_progress-abababababab.bin"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_deleting_takes_a_form_and_leaves_a_trace(page):
    sample = kept()
    assert page.get(f"/quota/samples/{sample.pk}/delete/").status_code == 405
    assert "Delete for good" in page.get(f"/quota/samples/{sample.pk}/").content.decode()
    assert page.post(f"/quota/samples/{sample.pk}/delete/").headers["Location"] == "/quota/samples/"
    assert not Sample.objects.exists()
    assert AuditEntry.objects.get(action="sample.delete").detail["endpoint"] == "patent/app_progress"
    assert page.post(f"/quota/samples/{sample.pk}/delete/").status_code == 404


def test_the_list_costs_the_same_for_few_and_many_and_reads_no_bodies(page):
    counts = []
    for size in (3, 20):
        for n in range(size):
            kept(f"{size}:{n}")
        with CaptureQueriesContext(connection) as queries:
            page.get("/quota/samples/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert not any('"body"' in one["sql"] for one in queries.captured_queries)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("\ufeff特願".encode(), "特願"),
        ("特願".encode("cp932"), "特願"),
        (b"", ""),
        (b"a\x1b[2J", None),
        (b"PK\x03\x04", None),
        (b"\xff\xfe\xfd", None),
    ],
)
def test_what_a_person_can_read_is_text(body, text):
    assert readable_text(body) == text


def test_a_dump_shows_places_bytes_and_letters():
    assert dump(bytes(range(65, 83))).splitlines() == [
        "000000  41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP",
        "000010  51 52                                            QR",
    ]
