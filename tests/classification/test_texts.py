"""What a person uploads becomes a text, or is refused with a word on what to do."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient.ipaustralia import MOST_BYTES
from dossiers.classification import TextRefused, text_of_file
from dossiers.classification.texts import LARGEST_FILE

JAPANESE = "リチウムイオン二次電池①"
XML = f'<?xml version="1.0" encoding="Shift_JIS"?><description><p num="1">{JAPANESE}</p></description>'
HTM = f"<HTML><BODY><PRE>明細書\n　{JAPANESE}</PRE></BODY></HTML>"


def archive(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, body in members.items():
            bundle.writestr(name.replace("__", "."), body)
    return packed.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_text_file_is_read_in_the_encodings_that_people_have(encoding):
    assert text_of_file("明細書.TXT", JAPANESE.encode(encoding)) == JAPANESE


@pytest.mark.parametrize(
    "name, body",
    [
        ("description.xml", XML.encode("cp932")),
        ("description.xml", XML.replace("Shift_JIS", "UTF-8").encode()),
        ("page.htm", HTM.encode("cp932")),
        ("page.HTML", HTM.encode("cp932")),
        ("bundle.zip", archive(a__xml=XML.encode("cp932"))),
    ],
)
def test_documents_of_the_office_are_read_as_the_office_writes_them(name, body):
    assert JAPANESE in text_of_file(name, body)


def test_an_archive_is_read_in_its_order_and_without_its_drawings():
    body = archive(
        description__xml=XML.encode("cp932"),
        figure__tif=b"II*\0",
        claims__xml=XML.replace("①", "②").encode("cp932"),
    )
    text = text_of_file("a.zip", body)
    assert text.index("①") < text.index("②")


@pytest.mark.parametrize(
    "name, body, code",
    [
        ("a.pdf", b"%PDF-1.7", "pdf"),
        ("a.txt", b"%PDF-1.7 under another name", "pdf"),
        ("A.PDF", b"", "pdf"),
        ("a.docx", b"PK", "kind_of_file"),
        ("zip", b"PK", "kind_of_file"),
        ("a.txt", b"", "no_text"),
        ("a.txt", b" \r\n\t", "no_text"),
        ("a.txt", b"\x81\xff\xfe\x00", "not_text"),
        ("a.txt", b"a\0b", "not_text"),
        ("a.txt", b"x" * (MOST_BYTES + 1), "too_long"),
        ("a.txt", b"x" * (LARGEST_FILE + 1), "file_too_large"),
        ("a.xml", b"<p>never closed", "unreadable"),
        ("a.xml", b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x;</p>', "unreadable"),
        ("a.xml", b"<p>" * 100_000, "unreadable"),
        ("a.htm", b"<PRE>text<script>that never ends", "unreadable"),
        ("a.zip", b"PK\x03\x04 and no more", "unreadable"),
        ("a.zip", archive(), "unreadable"),
        ("a.zip", archive(figure__tif=b"II*\0"), "no_text"),
        ("a.zip", archive(a__xml=XML.encode("cp932"), b__xml=b"<broken"), "unreadable"),
        ("a.zip", archive(a__xml=b"<p>" + b" " * 30_000_000 + b"</p>"), "unreadable"),
    ],
)  # fmt: skip
def test_what_cannot_be_classified_is_refused_by_name(name, body, code):
    with pytest.raises(TextRefused) as refused:
        text_of_file(name, body)
    assert refused.value.code == code


def test_an_archive_of_more_than_can_be_sent_is_refused_before_it_is_read():
    """Reading it could take a page half a minute; so the broken file in it is never come upon."""
    varied = b" ".join(b"%07d" % number for number in range(300_000))
    body = archive(a__xml=b"<broken", b__htm=varied, c__htm=varied)
    assert len(body) < LARGEST_FILE
    with pytest.raises(TextRefused, match="too_long"):
        text_of_file("a.zip", body)


def test_an_archive_that_leaves_its_folder_brings_nothing():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("../../escaped.xml", XML.encode("cp932"))
    with pytest.raises(TextRefused, match="unreadable"):
        text_of_file("a.zip", packed.getvalue())


@given(st.sampled_from(["a.txt", "a.xml", "a.htm", "a.zip", "a.pdf", "", "a"]), st.binary(max_size=400))
def test_whatever_is_uploaded_is_a_text_or_refused(name, body):
    try:
        assert text_of_file(name, body).strip()
    except TextRefused as refused:
        assert refused.code


@given(st.integers(0, 10_000))
def test_an_archive_cut_anywhere_is_refused_or_read_whole(length):
    whole = archive(a__xml=XML.encode("cp932"), b__xml=zlib.compress(b"x") + b"<")
    try:
        text = text_of_file("a.zip", whole[:length])
    except TextRefused as refused:
        assert refused.code in ("unreadable", "no_text")
    else:
        assert JAPANESE in text
