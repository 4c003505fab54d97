"""Adding cases: what is pasted is understood, shown before it is saved, and accounted for line by line."""

from __future__ import annotations

import csv
import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ

from dossiers.models import Batch, BatchLine, Case, Follow, ImportFile, Watchlist
from tests import make

pytestmark = pytest.mark.django_db
State = BatchLine.State


@pytest.fixture
def page(client, bob):
    client.force_login(bob)
    return client


def pasted(page, text, **fields):
    """The batch that a paste makes."""
    answer = page.post("/add/", {"text": text, "law": "", "watchlist": ""} | fields)
    assert answer.status_code == 302, answer.context["form"].errors
    return Batch.objects.get(pk=answer["Location"].split("/")[2])


def uploaded(page, body, name="list.txt", **fields):
    return page.post("/add/", {"upload": SimpleUploadedFile(name, body), "text": ""} | fields)


def states(batch):
    return list(batch.lines.values_list("state", flat=True))


def test_every_line_of_a_paste_gets_a_row_and_nothing_is_added_yet(page):
    batch = pasted(page, "特願2020-008423\tABC-1\nnonsense\n2021-001234\n商願２０２２－０４５６７８")
    assert states(batch) == [State.READY, State.UNREADABLE, State.AMBIGUOUS, State.READY]
    assert batch.lines.first().own_reference == "ABC-1"
    assert not Case.objects.exists()
    assert OrmQ.objects.count() == 1  # the office is asked for titles


def test_numbers_without_a_law_take_the_one_that_was_chosen(page):
    batch = pasted(page, "2021-001234", law="design")
    assert batch.lines.get().law == "design"


def test_without_a_choice_cases_go_to_the_own_list_which_its_owner_then_follows(page, bob):
    batch = pasted(page, "特願2020-008423")
    assert batch.watchlist.owner == bob
    assert Follow.objects.get(watchlist=batch.watchlist).active
    assert pasted(page, "特願2020-008424").watchlist == batch.watchlist


def test_somebody_elses_private_list_cannot_be_chosen(page, alice):
    private = Watchlist.objects.create(name="hers", owner=alice, shared=False)
    answer = page.post("/add/", {"text": "特願2020-008423", "watchlist": str(private.pk)})
    assert answer.status_code == 422
    assert not Batch.objects.exists()


@pytest.mark.parametrize("text", ["", "  \n\t\n"])
def test_an_empty_paste_says_what_to_do_and_leaves_nothing_behind(page, text):
    answer = page.post("/add/", {"text": text})
    assert answer.status_code == 422
    assert "paste at least one number" in answer.content.decode()
    assert not Batch.objects.exists()
    assert not Watchlist.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_a_file_of_numbers_alone_is_read_like_a_paste(page, encoding):
    uploaded(page, "特願2020-008423\r\n意願2021-001234".encode(encoding), "cases.txt")
    first, second = Batch.objects.get().lines.all()
    assert (first.application_number, second.law) == ("2020008423", "design")
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize(
    ("body", "name", "word"),
    [
        (b"PK\x03\x04\x00\x00", "cases.xlsx", "damaged"),
        (b"PK\x03\x04\x00\x00", "cases.csv", "damaged"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x02", "cases.txt", "neither text nor a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "cases.xls", "old format (.xls)"),
        (b"x" * (20 * 1024 * 1024 + 1), "cases.txt", "larger than 20 MB"),
        (b"", "cases.txt", "at least one number"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(page, body, name, word):
    answer = uploaded(page, body, name)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert not Batch.objects.exists()


def test_a_paste_and_a_file_at_once_are_not_mixed_up(page):
    answer = uploaded(page, b"2020-008423", text="2020-008424")
    assert "not both at once" in answer.content.decode()


def test_ten_thousand_lines_are_taken_and_shown_in_pages(page, django_assert_max_num_queries):
    body = "\n".join(f"特願2020-{n:06d}" for n in range(1, 10_001)).encode()
    uploaded(page, body, "many.txt")
    batch = Batch.objects.get()
    assert batch.lines.count() == 10_000
    with django_assert_max_num_queries(8):
        answer = page.get(f"/add/{batch.pk}/?page=3")
    assert len(answer.context["page"].object_list) == 100
    assert len(answer.content) < 200_000


def test_the_preview_costs_the_same_for_few_lines_and_many(page):
    counts = []
    for size in (5, 60):
        batch = pasted(page, "\n".join(f"特願202{size % 9}-{n:06d}" for n in range(1, size + 1)))
        with CaptureQueriesContext(connection) as queries:
            page.get(f"/add/{batch.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_hostile_text_is_shown_as_text(page):
    batch = pasted(page, "<script>alert(1)</script>\n\u202e特願2020-008423")
    batch.lines.filter(state=State.READY).update(title='"><img src=x onerror=alert(1)>')
    body = page.get(f"/add/{batch.pk}/").content.decode()
    assert "<script>alert(1)" not in body
    assert "<img src=x" not in body


def test_the_page_asks_for_news_only_while_some_can_come(page):
    batch = pasted(page, "特願2020-008423")
    assert 'hx-trigger="every 2s"' in page.get(f"/add/{batch.pk}/lines/").content.decode()
    batch.lines.update(state=State.FOUND, title="架空の装置", applicants="架空電機")
    body = page.get(f"/add/{batch.pk}/lines/").content.decode()
    assert "hx-trigger" not in body
    assert "架空の装置" in body
    assert "Add 1 case" in body


def test_progress_says_how_long_the_office_needs_at_its_rate(page, settings):
    settings.JPO_PER_MINUTE = 10
    batch = pasted(page, "\n".join(f"特願2020-{n:06d}" for n in range(1, 41)))
    batch.lines.filter(position__lte=12).update(state=State.FOUND)
    body = " ".join(page.get(f"/add/{batch.pk}/").content.decode().split())
    assert "12 of 40 checked" in body
    assert "about 3 minutes left at 10 calls a minute" in body


def test_saving_adds_the_cases_once_however_often_it_is_pressed(page):
    batch = pasted(page, "特願2020-008423\tABC-1\nnonsense")
    for _press in range(2):
        assert page.post(f"/add/{batch.pk}/save/").status_code == 302
    case = Case.objects.get()
    assert case.own_reference == "ABC-1"
    assert batch.watchlist.entries.get().case == case
    assert states(batch) == [State.SAVED, State.UNREADABLE]
    body = page.get(f"/add/{batch.pk}/").content.decode()
    assert "1 case added." in body
    assert "1 line needs your attention" in body
    assert "/cases/patent/2020008423/" in body


def test_the_result_is_still_there_from_the_add_page_later(page):
    batch = pasted(page, "特願2020-008423")
    page.post(f"/add/{batch.pk}/save/")
    assert f"/add/{batch.pk}/" in page.get("/add/").content.decode()


def test_discarding_adds_nothing_and_saving_afterwards_adds_nothing_either(page):
    batch = pasted(page, "特願2020-008423")
    page.post(f"/add/{batch.pk}/discard/")
    answer = page.post(f"/add/{batch.pk}/save/", follow=True)
    assert not Case.objects.exists()
    assert "cannot be done any more" in answer.content.decode()


def test_a_line_of_unknown_law_waits_until_its_law_is_chosen(page):
    batch = pasted(page, "2021-001234")
    answer = page.post(f"/add/{batch.pk}/lines/1/law/", {"law": "trademark"})
    assert answer["Location"].endswith("#line-1")
    line = batch.lines.get()
    assert (line.state, line.law) == (State.READY, "trademark")
    assert page.post(f"/add/{batch.pk}/lines/1/law/", {"law": "utility"}).status_code == 400
    assert page.post(f"/add/{batch.pk}/lines/9/law/", {"law": "patent"}).status_code == 404


def test_choosing_a_law_in_place_gives_the_new_lines_back(page):
    batch = pasted(page, "2021-001234")
    answer = page.post(f"/add/{batch.pk}/lines/1/law/", {"law": "patent"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "JP Patent Appl. 2021-001234" in answer.content.decode()


def test_lines_the_office_could_not_be_asked_about_are_asked_again(page):
    batch = pasted(page, "特願2020-008423")
    batch.lines.update(state=State.NOT_CHECKED, message="office_unavailable")
    assert "Check again" in page.get(f"/add/{batch.pk}/").content.decode()
    page.post(f"/add/{batch.pk}/again/")
    assert states(batch) == [State.READY]


def test_lines_are_filtered_by_what_they_need(page):
    batch = pasted(page, "特願2020-008423\nnonsense")
    answer = page.get(f"/add/{batch.pk}/?state=attention")
    assert [line.text for line in answer.context["page"]] == ["nonsense"]


def test_the_download_opens_in_a_spreadsheet_and_runs_nothing_there(page):
    batch = pasted(page, '=HYPERLINK("http://evil.example")\n特願2020-008423\t@SUM(A1)')
    page.post(f"/add/{batch.pk}/save/")
    body = page.get(f"/add/{batch.pk}/result.csv").getvalue()
    assert body.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(rows) == 3
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    assert rows[2][2] == "JP Patent Appl. 2020-008423"
    assert rows[2][-1].endswith("/cases/patent/2020008423/")


@pytest.mark.parametrize("path", ["", "lines/", "result.csv", "result.xlsx"])
def test_only_its_owner_sees_a_batch(page, client, alice, path):
    batch = pasted(page, "特願2020-008423")
    client.force_login(alice)
    assert client.get(f"/add/{batch.pk}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["save/", "discard/", "again/", "undo/", "lines/1/law/", "lines/1/leave/"])
def test_only_its_owner_acts_on_a_batch_and_only_by_post(page, client, alice, path):
    batch = pasted(page, "2020-008423")
    assert page.get(f"/add/{batch.pk}/{path}").status_code == 405
    client.force_login(alice)
    assert client.post(f"/add/{batch.pk}/{path}", {"law": "patent"}).status_code == 404
    assert not Case.objects.exists()


def test_a_batch_that_never_was_is_not_found(page):
    assert page.get(f"/add/{uuid.uuid4()}/").status_code == 404


def test_numbers_can_come_with_the_address_and_a_list_too(page, bob):
    mine = make.watchlist(bob)
    body = page.get(f"/add/?numbers=2020-008423&watchlist={mine.pk}").content.decode()
    assert "2020-008423</textarea>" in body
    assert f'value="{mine.pk}" selected' in body


def test_every_code_of_ours_has_words():
    from typing import get_args

    from apiclient.numbers import Refusal
    from apiclient.outcomes import Outcome
    from dossiers.views.line_words import line_message

    for code in [*get_args(Refusal), *(str(one) for one in Outcome if one != Outcome.OK)]:
        assert not line_message(code).startswith(("Unexpected", "予期")), code
    assert "surprise" in line_message("surprise")


def test_who_adds_very_many_cases_is_told_that_they_are_asked_in_the_order_of_their_risk(page):
    for first, cases in ((1, 50), (101, 51)):
        batch = pasted(page, "\n".join(f"特願2020-{n:06d}" for n in range(first, first + cases)))
        answer = page.post(f"/add/{batch.pk}/save/", follow=True)
        told = [str(one) for one in answer.context["messages"]]
        assert any("in the order of their risk" in one for one in told) is (cases > 50)
