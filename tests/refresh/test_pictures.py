"""Pictures in an archive are kept once, each with its document, and none goes missing in silence."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from PIL import Image

from dossiers.models import Sample
from dossiers.refresh import pictures
from dossiers.refresh.take_in import take_in
from tests import make

from .test_corrections import NOTICE, NUMBER, REQUESTED, SEEN, answer, read

pytestmark = pytest.mark.django_db
PAGE = "<HTML><BODY><PRE>拒絶理由通知書\n図{}を参照。</PRE></BODY></HTML>"
BUNDLE = "app_doc_cont_refusal_reason"


def tiff() -> bytes:
    made = io.BytesIO()
    Image.new("1", (60, 40)).save(made, "TIFF", compression="group4")
    return made.getvalue()


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("06126000321P.HTM", PAGE.format("drawing.tif").encode("cp932"))
        for name, body in files.items():
            made.writestr(name, body)
    return out.getvalue()


def taken(case, body: bytes):
    return take_in(case, answer(body, NUMBER, name=BUNDLE), now=SEEN, tell=lambda news: None)


@pytest.fixture
def case():
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    return case


@pytest.mark.parametrize("name", ["061260003210001.tif", "06126000321-jpntce-I000001.tif", "drawing.tif"])
def test_a_picture_belongs_to_the_document_that_its_name_or_the_text_says(case, name):
    data = tiff()
    assert taken(case, archive(**{name: data})).problems == ()
    kept = case.pictures.get()
    assert kept.event == case.events.get(code="A131")
    assert (kept.name, kept.width, kept.height, kept.frames, kept.problem) == (name, 60, 40, 1, "")
    assert zlib.decompress(bytes(kept.body)) == data


def test_the_same_archive_again_keeps_nothing_twice(case):
    for other in (b"II*\x00", b"II*\x00", b"II*\x01"):
        taken(case, archive(**{"061260003210001.tif": tiff(), "061260003210002.tif": other}))
    assert case.pictures.filter(name="061260003210001.tif").count() == 1
    assert case.pictures.filter(name="061260003210002.tif", problem="").count() == 0


def test_a_picture_that_came_before_the_list_named_its_document_is_joined_to_it():
    case = make.case(NUMBER)
    read(case, REQUESTED)
    taken(case, archive(**{"061260003210001.tif": tiff()}))
    assert case.pictures.get().event is None
    read(case, REQUESTED, NOTICE, day=1)
    assert case.pictures.get().event == case.events.get(code="A131")


def test_a_picture_of_no_document_is_kept_and_told(case):
    other = PAGE.format("1").encode("cp932")
    body = archive(**{"06126000322P.HTM": other, "elsewhere.tif": tiff()})
    assert "elsewhere.tif: no document names this picture" in taken(case, body).problems
    assert case.pictures.get().event is None
    assert Sample.objects.filter(problems__icontains="elsewhere").exists()


def test_more_pictures_than_are_kept_apart_are_told(case, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PICTURES", 1)
    body = archive(**{f"06126000321000{n}.tif": tiff() for n in range(3)})
    assert "2 pictures are kept in the archive alone" in taken(case, body).problems
    assert case.pictures.count() == 1
