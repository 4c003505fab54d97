"""Pictures become PNG or a reason why not; none of them can take the machine's memory."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from apiclient.documents import pictures
from apiclient.documents.pictures import Look, NotShown, as_png, look


def drawn(mode: str = "1", size: tuple[int, int] = (40, 30)) -> Image.Image:
    image = Image.new(mode, size, 0)
    for x in range(size[0] // 2):
        image.putpixel((x, x % size[1]), (200,) * len(image.getbands()) if len(image.getbands()) > 1 else 1)
    return image


def written(form: str, image: Image.Image | None = None, **how) -> bytes:
    made = io.BytesIO()
    (image or drawn()).save(made, form, **how)
    return made.getvalue()


PICTURES = {
    "fax": written("TIFF", compression="group4"),
    "packbits": written("TIFF", compression="packbits"),
    "grey": written("TIFF", drawn("L"), compression="tiff_lzw"),
    "grey of 16 bits": written("TIFF", drawn("I;16")),
    "print colours": written("TIFF", drawn("CMYK")),
    "floating": written("TIFF", drawn("F")),
    "jpeg": written("JPEG", drawn("RGB")),
    "print jpeg": written("JPEG", drawn("CMYK")),
    "png": written("PNG", drawn("RGBA")),
    "palette": written("PNG", drawn("P")),
    "gif": written("GIF", drawn("P")),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_kind_becomes_a_png_of_its_size(name):
    assert look(PICTURES[name]) == Look(40, 30, 1)
    shown = Image.open(io.BytesIO(as_png(PICTURES[name])))
    assert (shown.format, shown.size) == ("PNG", (40, 30))


def test_a_white_line_of_a_fax_stays_white():
    shown = Image.open(io.BytesIO(as_png(PICTURES["fax"]))).convert("L")
    assert (shown.getpixel((3, 3)), shown.getpixel((30, 3))) == (255, 0)


def test_a_tiff_shows_each_of_its_pages():
    pages = [drawn(size=(10 + n, 9)) for n in range(3)]
    data = written("TIFF", pages[0], save_all=True, append_images=pages[1:])
    assert look(data).frames == 3
    assert [Image.open(io.BytesIO(as_png(data, n))).size[0] for n in range(3)] == [10, 11, 12]
    with pytest.raises(NotShown):
        as_png(data, 3)


def test_more_pages_than_are_counted_are_told(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_FRAMES", 2)
    data = written("TIFF", drawn(), save_all=True, append_images=[drawn(), drawn()])
    assert (look(data).frames, look(data).more) == (2, True)


def test_a_large_drawing_is_shown_smaller():
    shown = Image.open(
        io.BytesIO(as_png(written("TIFF", Image.new("1", (4960, 7016)), compression="group4")))
    )
    assert max(shown.size) == pictures.LARGEST_SHOWN


def png_of(width: int, height: int, rows: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(60_000, 60_000), (12_000, 9_000), (7_000, 7_000), (2**31 - 1, 1)])
def test_a_bomb_is_measured_and_not_unpacked(size):
    data = png_of(*size)
    assert look(data).problem == "too_large"
    with pytest.raises(NotShown) as refused:
        as_png(data)
    assert refused.value.problem == "too_large"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "other_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "other_format"),
        (b"<html><script>alert(1)</script>", "other_format"),
        (b"BM" + bytes(60), "other_format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "other_format"),
    ],
)
def test_what_is_no_picture_of_these_kinds_is_refused(data, problem):
    assert look(data).problem == problem
    with pytest.raises(NotShown):
        as_png(data)


def test_a_damaged_picture_says_so():
    with pytest.raises(NotShown) as refused:
        as_png(png_of(50, 50, b"\x00"))
    assert refused.value.problem == "damaged"


@given(st.sampled_from(sorted(PICTURES)), st.integers(0, 400), st.binary(min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_no_byte_makes_anything_else_of_it(name, place, wrong):
    whole = PICTURES[name]
    data = whole[: place % len(whole)] + wrong + whole[place % len(whole) + len(wrong) :]
    assert look(data).problem in ("", "damaged", "too_large", "other_format")
    try:
        assert as_png(data).startswith(b"\x89PNG")
    except NotShown as refused:
        assert refused.problem
