"""Archives and papers made to harm the reader: each ends in a named outcome, and nothing is lost.

How long the worst of them take is measured by `python -m fuzz.hostile`, not here.
"""

from __future__ import annotations

import io
import json
import lzma
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.documents import Notice, read_bundle, read_notice
from apiclient.documents import archive as archives
from fuzz import hostile
from tests.apiclient.test_archive import SOUND, names, pack
from tests.apiclient.test_filed_documents import FILED_HTM, GROUPS, OPINION, amendment
from tests.apiclient.test_notices import DESIGN, htm, patent_xml, read

SIZE = 60_000  # characters; what takes the square of them does not come back


def only(archive: bytes):
    (member,) = read_bundle(archive).members
    return member


# --- archives -----------------------------------------------------------------------------------------


def renamed(name: bytes, *, flags: int = 0) -> bytes:
    """An archive whose one file has this very name."""
    placeholder = "x" * len(name)
    body = bytearray(pack((placeholder, b"<PRE>a</PRE>")))
    for signature, place, at in ((b"PK\x03\x04", 30, 6), (b"PK\x01\x02", 46, 8)):
        start = body.index(signature)
        body[start + place : start + place + len(name)] = name
        body[start + at : start + at + 2] = struct.pack("<H", flags)
    return bytes(body)


def test_a_file_without_a_name_is_left_out():
    """Found by fuzzing: a name that begins with NUL is no name."""
    bundle = read_bundle(renamed(b"\0.htm"))
    assert bundle.members == ()
    assert bundle.problems


@pytest.mark.parametrize(
    ("name", "flags", "read_as"),
    [
        ("通知.htm".encode("cp932"), 0, "通知.htm"),
        ("通知.htm".encode(), 0x800, "通知.htm"),
        ("通知.htm".encode(), 0, "通知.htm"),
        ("ｶｸｳ①.htm".encode("cp932"), 0, "ｶｸｳ①.htm"),
        (b"\x81\x20\x81\x20.htm", 0, "ü ü .htm"),
    ],
)
def test_names_of_any_encoding_are_taken_in(name, flags, read_as):
    member = only(renamed(name, flags=flags))
    assert member.name == read_as
    assert member.media_type == "htm"


def test_a_name_falsely_marked_as_utf8_is_a_problem_and_no_failure():
    bundle = read_bundle(renamed(b"\xff\xfe\xfd.htm", flags=0x800))
    assert bundle.members == ()
    assert bundle.problems


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK, stat.S_IFDIR])
def test_only_ordinary_files_are_taken_in(kind):
    special = zipfile.ZipInfo("special.xml")
    special.external_attr = (kind | 0o777) << 16
    bundle = read_bundle(pack((special, b"/etc/passwd"), SOUND))
    assert names(bundle) == [SOUND[0]]
    assert len(bundle.problems) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_methods_that_may_ask_for_any_memory_are_refused(method):
    bundle = read_bundle(pack((SOUND[0], SOUND[1]), compression=method))
    assert bundle.members == ()
    assert "method" in bundle.problems[0]


def test_a_dictionary_of_four_gigabytes_is_never_made():
    body = bytearray(pack(("a.htm", b"x" * 100), compression=zipfile.ZIP_LZMA))
    body[body.index(b"a.htm") + 5 + 5 : body.index(b"a.htm") + 5 + 9] = b"\xff\xff\xff\xff"
    assert lzma.FORMAT_RAW and read_bundle(bytes(body)).problems


def test_files_laid_over_each_other_are_refused_each():
    bundle = read_bundle(hostile.overlapping(50))
    assert bundle.members == ()
    assert len(bundle.problems) == 50
    assert all("overlaps" in problem for problem in bundle.problems)


def test_an_archive_that_holds_itself_stays_closed():
    inner = pack(SOUND)
    for _ in range(20):
        inner = pack(("again.zip", inner), compression=zipfile.ZIP_STORED)
    member = only(inner)
    assert member.media_type == "other"
    assert "left closed" in member.problems[0]


def test_more_files_than_any_case_has_are_told_and_not_opened():
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as made:
        for number in range(archives.MAX_ENTRIES + 1):
            made.writestr(f"{number}", b"")
    bundle = read_bundle(body.getvalue())
    assert bundle.members == ()
    assert "was not opened" in bundle.problems[0]


def test_a_document_before_which_something_else_stands_is_still_read():
    assert names(read_bundle(b"HTTP rubbish\r\n" + pack(SOUND))) == [SOUND[0]]


def test_an_image_that_is_none_is_told():
    member = only(pack(("06199000001-jpntce-I000001.tif", b"<script>")))
    assert (member.media_type, member.text) == ("other", None)
    assert "named as an image" in member.problems[0]


def test_a_text_larger_than_is_read_stays_whole_as_bytes(monkeypatch):
    monkeypatch.setattr(archives, "MAX_TEXT_BYTES", 100)
    member = only(pack(("06199000001P.HTM", b"<PRE>" + b"a" * 200)))
    assert (member.text, len(member.data)) == (None, 205)
    notice = read_notice(member, "design")
    assert notice.readable is False
    assert any("more than is read" in problem for problem in notice.problems)


def test_many_files_of_nothing_are_unpacked_to_a_bounded_whole():
    bundle = read_bundle(pack(*((f"{n}.htm", bytes(1_000_000)) for n in range(60))))
    assert sum(len(member.data) for member in bundle.members) <= archives.TOTAL_RATIO_FREE_BYTES
    assert len(bundle.problems) == 60 - len(bundle.members)


def test_only_so_much_text_of_an_archive_is_read(monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL_TEXT_BYTES", 100)
    bundle = read_bundle(pack(*((f"{n}.htm", b"a" * 60) for n in range(3))))
    assert [member.text is None for member in bundle.members] == [False, True, True]
    assert all(member.problems for member in bundle.members[1:])


@settings(max_examples=150)
@given(st.data())
def test_a_cut_or_bent_archive_yields_whole_files_or_a_problem(data):
    files = (SOUND, ("06399000002P.HTM", b"<PRE>text</PRE>" * 20), ("A53_52499000003/a.xml", b"<a/>"))
    body = bytearray(pack(*files))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    bundle = read_bundle(bytes(body[: data.draw(st.integers(0, len(body)))]))
    whole = {content for _, content in files}
    assert bundle.problems or all(member.data in whole or not member.data for member in bundle.members)


# --- papers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", hostile.TEXTS)
def test_papers_made_to_exhaust_the_reader_are_read_or_named_and_kept(name):
    member = only(hostile.of_text(name, SIZE))
    notice = read_notice(member, "trademark" if member.media_type == "htm" else "patent")
    assert notice.raw_text == member.text
    assert notice.readable or notice.problems
    assert all(len(problem) < 1_000 for problem in notice.problems)
    stored = json.dumps(notice.to_json())
    assert "\\u0000" not in stored  # PostgreSQL takes no NUL
    assert Notice.from_json(json.loads(stored)) == notice


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a million nested elements", "not well formed"),
        ("a document type without end", "does not end|declares entities"),
        ("entities in entities", "document type"),
        ("a huge attribute", "no text"),
    ],
)
def test_what_makes_a_paper_unreadable_is_named(name, said):
    notice = read_notice(only(hostile.of_text(name, SIZE)), "patent")
    assert notice.readable is False
    assert any(words in problem for problem in notice.problems for words in said.split("|"))


def test_nul_in_a_paper_is_shown_as_no_character_and_told():
    member = only(pack(("06199000001P.HTM", htm(DESIGN).replace("起案日", "\0起案日").encode("cp932"))))
    assert "\0" not in member.text
    assert "shown as \ufffd" in member.problems[0]
    assert read_notice(member, "design").period.n == 40


def test_a_reference_to_another_file_is_an_element_like_any_other():
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    notice = read(patent_xml().replace("<jp:drafting-body>", f"<jp:drafting-body>{include}"))
    assert notice.readable and notice.period.n == 60
    assert "root:" not in notice.text


def test_a_paper_nested_deeper_than_any_is_unreadable():
    deep = "<p>" * 100 + "段落" + "</p>" * 100
    notice = read(patent_xml().replace("<jp:drafting-body>", f"<jp:drafting-body>{deep}"))
    assert notice.readable is False
    assert "levels deep" in notice.problems[0]


def test_a_character_of_absurd_number_is_no_character():
    """`int` refuses more than 4300 digits, and a page may print them."""
    page = htm(DESIGN.replace("記\n", f"&#{'9' * 5000}; &#x110000; &#0; &#55296;\n"))
    notice = read(page, law="design")
    assert notice.readable and notice.period.n == 40
    assert "\0" not in notice.text


def test_unclosed_tags_and_nested_pre_leave_the_words():
    page = htm(DESIGN.replace("理　由", "<PRE><FONT SIZE=6><B><PRE>理　由</FONT>"))
    notice = read(page, law="design")
    assert [a.reference for a in notice.articles] == ["3-1-3"]
    assert "<" not in notice.text


def test_a_passage_on_a_hundred_reasons_is_not_copied_a_hundred_times():
    body = "理由１－９９について\n" + "この出願は、特許法第２９条第２項に該当する。\n" * 500
    notice = read(patent_xml(body=body))
    assert sum(len(reason.text) for reason in notice.reasons) < 2 * len(body)


def test_thousands_of_cited_documents_are_cut_and_told():
    listed = "".join(f"{n}．特開２０１１－{n:06d}号公報\n" for n in range(1, 1_000))
    entries = "＜引用文献等一覧＞\n" + listed * 2
    notice = read(patent_xml(body="・引用文献等　１\n\n" + entries))
    assert len(notice.cited) == 1_000
    assert any("only the first" in problem for problem in notice.problems)


@settings(max_examples=80)
@given(st.sampled_from([amendment(*GROUPS), OPINION, htm(FILED_HTM)]), st.data())
def test_cut_or_spliced_filings_never_fail_and_lose_no_text(text, data):
    cut = data.draw(st.integers(0, len(text)))
    junk = data.draw(st.text(alphabet='<>&;!-[]/ 　【】１補正の内容"', max_size=12))
    damaged = (text[:cut] + junk + text[cut + data.draw(st.integers(0, 40)) :]).encode("cp932")
    for name in ("A523_52499000003/JPOXMLDOC01-jpbibl.xml", "A523_52499000003/JPOSGMLDOC1P.HTM"):
        member = only(pack((name, damaged)))
        notice = read_notice(member, "patent")
        assert notice.raw_text == member.text
        assert Notice.from_json(json.loads(json.dumps(notice.to_json()))) == notice
