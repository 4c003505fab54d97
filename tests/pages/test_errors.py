"""A page that cannot be shown says in its heading what happened, and beneath it what to do."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.template import loader
from django.test import Client
from django.utils import translation
from lxml import html

from dossiers.models import Role
from tests import make

HEADINGS = {
    "en": {
        400: "That did not work",
        403: "This is not open to you",
        404: "There is no such page",
        405: "That did not work",
        500: "Something went wrong here",
    },
    "ja": {
        400: "実行できませんでした",
        403: "このページを開く権限がありません",
        404: "ページがありません",
        405: "実行できませんでした",
        500: "エラーが発生しました",
    },
}


@pytest.fixture(params=HEADINGS)
def language(request) -> str:
    return request.param


@pytest.fixture
def client(client, language) -> Client:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def _heading(content: bytes) -> tuple[str, str]:
    """The small line of the only heading, and the words of it."""
    (heading,) = html.document_fromstring(content.decode()).iter("h1")
    (over,) = heading.find_class("over")
    return over.text_content(), (over.tail or "").strip()


def _refused(client: Client, code: int) -> bytes:
    asking = {
        400: lambda: client.get("/cases/", headers={"host": "elsewhere.example"}),
        403: lambda: client.get("/settings/people/"),
        404: lambda: client.get("/no/such/page/"),
        405: lambda: client.get("/logout/"),
    }
    answer = asking[code]()
    assert answer.status_code == code
    return answer.content


@pytest.mark.parametrize("code", [400, 403, 404, 405])
def test_the_heading_says_what_happened_and_the_number_stands_small_beside_it(client, language, db, code):
    client.force_login(make.user("kim", language=language, role=Role.READER))
    over, words = _heading(_refused(client, code))
    assert words == HEADINGS[language][code]
    assert over.endswith(str(code)) and over != str(code)


@pytest.mark.parametrize("code", [400, 404])
def test_it_says_the_same_to_whoever_is_not_signed_in(client, language, db, code):
    assert _heading(_refused(client, code))[1] == HEADINGS[language][code]


def test_a_failure_is_told_in_words_without_a_request_to_go_by(language):
    with translation.override(language):
        page = loader.render_to_string("500.html")
    assert _heading(page.encode())[1] == HEADINGS[language][500]
