"""Archives of documents: everything sound is taken in, everything else is told."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.documents import archive as archives
from apiclient.documents import read_bundle


def pack(*members: tuple[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as made:
        warnings.simplefilter("ignore")  # duplicate names are what one test is about
        for name, data in members:
            made.writestr(name, data)
    return buffer.getvalue()


SOUND = ("06199000001-jpntce.xml", "<a>①Ⅲ</a>".encode("cp932"))


def names(bundle) -> list[str]:
    return [member.name for member in bundle.members]


def test_names_give_the_document_number_and_code():
    bundle = read_bundle(
        pack(
            SOUND,
            ("06199000001-jpntce-I000001.tif", b"II*\x00"),
            ("06399000002P.HTM", b"<PRE></PRE>"),
            ("A523_52499000003/", b""),
            ("A523_52499000003/JPOXMLDOC01-jpbibl.xml", b"<a/>"),
            ("064212387840001.tif", b"II*\x00"),
        )
    )
    assert bundle.problems == ()
    assert [(m.document_number, m.document_code, m.media_type) for m in bundle.members] == [
        ("06199000001", None, "xml"),
        ("06199000001", None, "image"),
        ("06399000002", None, "htm"),
        ("52499000003", "A523", "xml"),
        ("06421238784", None, "image"),
    ]


def test_text_is_cp932_and_the_hash_is_of_the_bytes():
    member = read_bundle(pack(SOUND)).members[0]
    assert member.text == "<a>①Ⅲ</a>"
    assert member.sha256 == hashlib.sha256(SOUND[1]).hexdigest()
    assert member.problems == ()


def test_bytes_that_are_no_characters_are_told():
    member = read_bundle(pack(("06199000001-jpntce.xml", b"<a>\x81\xff</a>"))).members[0]
    assert "\ufffd" in member.text
    assert member.problems


def test_images_stay_bytes():
    member = read_bundle(pack(("06199000001-jpntce-I000001.tif", b"II*\x00\xff"))).members[0]
    assert (member.data, member.text) == (b"II*\x00\xff", None)


@pytest.mark.parametrize(
    "name",
    ["../evil.xml", "a/../../evil.xml", "/etc/passwd", "C:/evil.xml", "\\\\host\\evil.xml", "..\\evil.xml"],
)
def test_a_path_out_of_its_folder_is_left_out_and_told(name):
    info = zipfile.ZipInfo("x")
    info.filename = name
    bundle = read_bundle(pack((info, b"x"), SOUND))
    assert names(bundle) == [SOUND[0]]
    assert len(bundle.problems) == 1


def test_a_symbolic_link_is_left_out():
    link = zipfile.ZipInfo("link.xml")
    link.external_attr = 0o120777 << 16
    bundle = read_bundle(pack((link, b"/etc/passwd"), SOUND))
    assert names(bundle) == [SOUND[0]]
    assert "symbolic link" in bundle.problems[0]


def test_of_two_files_of_one_name_the_first_stands():
    bundle = read_bundle(pack(SOUND, (SOUND[0].upper(), b"other")))
    assert [m.data for m in bundle.members] == [SOUND[1]]
    assert "same name" in bundle.problems[0]


def test_a_bomb_is_not_unpacked():
    bundle = read_bundle(pack(("bomb.xml", bytes(20_000_000)), SOUND))
    assert names(bundle) == [SOUND[0]]
    assert "bomb.xml" in bundle.problems[0]


def test_a_declared_size_is_not_believed(monkeypatch):
    """The directory says ten bytes; the data inside go on."""
    monkeypatch.setattr(archives, "MAX_MEMBER_BYTES", 1000)
    body = bytearray(pack(("lie.xml", b"a" * 5000), SOUND))
    central = body.index(b"PK\x01\x02")
    body[central + 24 : central + 28] = struct.pack("<I", 10)
    bundle = read_bundle(bytes(body))
    assert SOUND[0] in names(bundle)
    assert all(len(member.data) <= 1000 for member in bundle.members)
    assert bundle.problems


def test_totals_and_counts_are_capped_and_told(monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 1500)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    files = [(f"{n}.tif", bytes([n]) * 700) for n in range(5)]
    bundle = read_bundle(pack(*files, compression=zipfile.ZIP_STORED))
    assert names(bundle) == ["0.tif", "1.tif"]
    assert len(bundle.problems) == 2


def test_an_encrypted_file_is_told():
    body = bytearray(pack(("secret.xml", b"x" * 50), SOUND))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(signature) + offset] |= 1
    bundle = read_bundle(bytes(body))
    assert names(bundle) == [SOUND[0]]
    assert "encrypted" in bundle.problems[0]


def test_a_damaged_file_is_told_and_the_rest_read():
    body = bytearray(pack(("broken.xml", b"abcdefgh" * 20), SOUND, compression=zipfile.ZIP_STORED))
    body[body.index(b"abcdefgh") + 3] ^= 0xFF
    bundle = read_bundle(bytes(body))
    assert names(bundle) == [SOUND[0]]
    assert "damaged" in bundle.problems[0]


def test_an_archive_in_the_archive_stays_closed():
    inner = pack(("inner.xml", b"<a/>"))
    bundle = read_bundle(pack(("inner.zip", inner)))
    assert [(m.name, m.media_type, m.data) for m in bundle.members] == [("inner.zip", "other", inner)]
    assert "left closed" in bundle.members[0].problems[0]


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>busy</html>", b"PK\x03\x04"])
def test_what_is_no_archive_is_a_problem(body):
    bundle = read_bundle(body)
    assert bundle.members == ()
    assert bundle.problems


def test_an_empty_archive_is_a_problem():
    assert read_bundle(pack()).problems == ("the archive holds no file",)


def test_a_cut_archive_is_a_problem_at_every_length():
    body = pack(SOUND, ("06399000002P.HTM", b"<PRE>text</PRE>"))
    for length in range(len(body)):
        assert read_bundle(body[:length]).problems


@settings(max_examples=60)
@given(st.data())
def test_damage_anywhere_never_passes_for_the_document(data):
    """A flipped byte ends in a problem or leaves the bytes as they were."""
    body = bytearray(pack(SOUND))
    place = data.draw(st.integers(min_value=0, max_value=len(body) - 1))
    body[place] ^= data.draw(st.integers(min_value=1, max_value=255))
    bundle = read_bundle(bytes(body))
    assert bundle.problems or [m.data for m in bundle.members] == [SOUND[1]]


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(body):
    assert read_bundle(body).problems


def test_the_offices_own_archives_open_without_a_problem(recordings):
    seen = 0
    for path in sorted((recordings / "live").glob("*.zip")):
        bundle = read_bundle(path.read_bytes())
        assert bundle.problems == ()
        for member in bundle.members:
            assert member.problems == ()
            assert len(member.document_number) == 11
            assert "\ufffd" not in member.text
            seen += 1
    assert seen >= 4
