"""What is found, on either database: the same words find the same cases."""

from __future__ import annotations

import sqlite3

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dossiers import checks
from dossiers.intake.cases import edit_case
from dossiers.intake.tags import set_tags
from dossiers.models import Case, SearchText
from dossiers.refresh import search, search_index
from tests import make
from tests.pages import docket

pytestmark = pytest.mark.django_db


def found(word: str) -> list[str]:
    rows = Case.objects.filter(search_index.fits(search.alike(word))).order_by("application_number")
    return list(rows.values_list("application_number", flat=True))


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("サーバー装置", "ｻｰﾊﾞ"),
        ("サーバ装置", "サーバー"),
        ("高﨑 太郎", "髙崎太郎"),
        ("渡邉國男", "渡辺国男"),
        ("株式会社齋藤鐵工所", "斉藤鉄工所"),
        ("ＡＢＣ－１２３", "abc123"),
        ("abc 123", "ABC-123"),
        ("コンピュータ", "こんぴゅーた"),
        ("é́clair Straße", "ÉCLAIR strasse"),
        ("𠮷野家", "吉野"),
        ("半導体 装置", "導体装"),
        ("光", "光"),
        ("光源", "源"),
    ],
)
def test_however_it_is_written_it_is_found(written, asked):
    docket.confirmed_case(title=written)
    docket.confirmed_case("2022000999", title="別", applicants_text="別")
    assert found(asked) == ["2023000123"]


@pytest.mark.parametrize("word", ["配線構造", "線配", "配造", "架空電線"])
def test_what_is_not_written_together_is_not_found(word):
    docket.confirmed_case(title="配線の構造", applicants_text="架空電機", own_reference="線")
    assert found(word) == []


def test_a_word_does_not_reach_from_one_line_into_the_next():
    docket.confirmed_case(title="配線", applicants_text="構造", note="一\n二")
    assert found("配線構造") == found("線構") == found("一二") == []
    assert found("一") == ["2023000123"]


class EveryPieceIsFound(TestCase):
    @given(
        st.lists(
            st.text(alphabet="あいab12 '\"%_&|!:*()\\-漢字", min_size=1, max_size=10), min_size=1, max_size=3
        ),
        st.text(alphabet="あいab12漢字", min_size=1, max_size=4),
    )
    def test_as_comparing_would(self, lines, word):
        """The index finds a word exactly where looking through every line would."""
        case = make.case(title="", applicants_text="", note="\n".join(lines))
        search_index.write_cases([case])
        compared = any(word in line for line in search.text_of(case).split("\n"))
        assert bool(found(word)) == compared


def test_what_is_changed_is_found_by_the_new_words_alone(alice):
    case = docket.confirmed_case(own_reference="旧番号")
    edit_case(case, by=alice, own_reference="新番号", client="架空クライアント", note="至急")
    assert found("旧番号") == []
    assert found("新番号") == found("クライアント") == found("至急") == ["2023000123"]


def test_tags_are_found_until_they_are_taken_off(alice):
    case = docket.confirmed_case()
    set_tags(case, ["重要案件", "EP対応"], by=alice)
    assert found("重要") == found("ep対応") == ["2023000123"]
    set_tags(case, ["EP対応"], by=alice)
    assert found("重要") == []


def test_a_case_is_found_by_its_documents_and_what_is_left_out_is_counted():
    case = docket.confirmed_case()
    event = docket.refused(case)
    text = "請求項１の発明は引用文献１と相違しない" + "あ" * search.MOST_OF_A_PAPER + "終わりの言葉"
    paper = docket.paper(event, docket.notice(case, text=text).to_json())
    search_index.write_papers([paper])
    assert found("引用文献1と相違") == ["2023000123"]
    assert found("終わりの言葉") == []
    assert SearchText.objects.get(paper=paper).left_out == len(text) - search.MOST_OF_A_PAPER


def test_what_is_rolled_back_is_not_found():
    case = docket.confirmed_case()
    with pytest.raises(RuntimeError), transaction.atomic():
        case.title = "取り消された名称"
        search_index.write_cases([case])
        raise RuntimeError
    assert found("取り消された") == []
    assert found("架空の配線") == ["2023000123"]


def test_writing_the_same_again_changes_nothing():
    case = docket.confirmed_case()
    for _ in range(3):
        search_index.write_cases([case])
    assert SearchText.objects.count() == 1
    case.title = "改題"
    search_index.write_cases([case])
    assert found("改題") == ["2023000123"]
    assert found("配線") == []


def test_the_index_can_be_written_anew_from_what_is_stored(capsys):
    case = docket.confirmed_case()
    event = docket.refused(case)
    docket.paper(event, docket.notice(case, text="進歩性がない").to_json())
    SearchText.objects.all().delete()
    assert found("配線") == found("進歩性") == []
    with pytest.raises(CommandError, match="not whole"):
        call_command("search_index")
    call_command("search_index", rebuild=True)
    assert "1 cases and 1 documents indexed" in capsys.readouterr().out
    assert found("配線") == found("進歩性") == ["2023000123"]
    call_command("search_index")
    assert search_index.is_whole()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite alone")
def test_an_sqlite_without_full_text_search_stops_the_start(monkeypatch):
    assert checks.sqlite_has_full_text_search(None) == []

    class Without(sqlite3.Connection):
        def execute(self, *_statement):
            raise sqlite3.OperationalError("no such module: fts5")

    monkeypatch.setattr(sqlite3, "connect", Without)
    (found,) = checks.sqlite_has_full_text_search(None)
    assert "FTS5" in found.msg and found.hint
