"""What a clerk does with a table: choose the file, look at its columns, read its lines, add, take it back."""

from __future__ import annotations

import re

import pytest

from dossiers.models import Case
from tests.browser.test_daily_round import sign_in
from tests.intake import files

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def upload(page, name, body):
    page.goto("/add/")
    page.set_input_files(
        "input[type=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": body}
    )
    page.locator("main form:has(textarea) button.primary").click()
    page.wait_for_url(re.compile(r"/add/file/[0-9a-f-]{36}/"))


@pytest.mark.parametrize(
    ("name", "body"), [("包袋一覧.xlsx", files.excel()), ("list.csv", files.csv_of(encoding="cp932"))]
)
def test_a_table_becomes_cases_and_is_taken_back(page, alice, name, body):
    sign_in(page)
    upload(page, name, body)
    assert page.locator("#column-0").input_value() == "number"
    page.select_option("#column-5", "")
    page.click("#import-read")
    page.wait_for_url(re.compile(r"/add/[0-9a-f-]{36}/"))
    assert "ご確認ください" in page.locator("#lines").inner_text()
    with page.expect_response(re.compile(r"/lines/2/leave/")):
        page.click("#line-2-out")
    page.wait_for_selector("#line-2-in")
    page.click("#batch-save")
    page.wait_for_selector("main a[href='/cases/patent/2020008423/']")
    case = Case.objects.get()
    assert (case.own_reference, case.client, case.owner, case.note) == (
        "ABC-0001",
        "架空電機株式会社",
        alice,
        "",
    )
    with page.expect_download() as report:
        page.locator("a[href$='result.xlsx']").click()
    assert report.value.suggested_filename.endswith(".xlsx")
    page.locator(".undo-import summary").click()
    page.click("#batch-undo")
    page.wait_for_selector(".undo-import", state="detached")
    assert not Case.objects.exists()
