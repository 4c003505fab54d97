"""Archives taken in before pictures were kept give theirs later, from what is stored, some at each sweep."""

from __future__ import annotations

import pytest

from dossiers.models import Case, Picture, Snapshot
from dossiers.refresh import old_archives
from tests import make

from .test_corrections import NOTICE, NUMBER, REQUESTED, SEEN, read
from .test_pictures import archive, taken, tiff

pytestmark = pytest.mark.django_db


@pytest.fixture
def old():
    """A case whose archive was taken in without its picture."""
    case = make.case(NUMBER)
    read(case, REQUESTED, NOTICE)
    taken(case, archive(**{"drawing.tif": tiff()}))
    Picture.objects.all().delete()
    Snapshot.objects.update(problems=[])
    return case


def test_its_pictures_are_read_from_what_was_kept(old):
    assert old_archives.catch_up(SEEN) == 1
    kept = old.pictures.get()
    assert kept.event == old.events.get(code="A131")
    assert kept.received_at == old.snapshots.get(endpoint__contains="app_doc_cont").first_received_at
    assert old_archives.catch_up(SEEN) == 0


def test_what_is_there_already_is_not_kept_twice(old):
    old_archives.catch_up(SEEN)
    Case.objects.update(pictured_with=0)
    old_archives.catch_up(SEEN)
    assert old.pictures.count() == 1


def test_a_case_without_archive_is_done_with_at_once_and_a_sweep_has_its_bounds(old):
    other = make.case("2023000777")
    assert old_archives.catch_up(SEEN, seconds=0) == 2
    assert set(Case.objects.values_list("pictured_with", flat=True)) == {old_archives.VERSION}
    assert other.pictures.count() == 0


def test_an_archive_that_cannot_be_read_is_told_and_holds_up_nobody(old, caplog):
    Snapshot.objects.filter(endpoint__contains="app_doc_cont").update(body=b"no zlib at all")
    assert old_archives.catch_up(SEEN) == 1
    (told,) = old.snapshots.get(endpoint__contains="app_doc_cont").problems
    assert "could not be read again" in told and "could not be read again" in caplog.text
    assert old_archives.catch_up(SEEN) == 0


def test_a_picture_without_document_is_told_among_the_kept_answers(old):
    Case.objects.update(pictured_with=0)
    Picture.objects.all().delete()
    taken(old, archive(**{"drawing.tif": tiff(), "other.tif": tiff() + b" "}))
    Picture.objects.all().delete()
    Snapshot.objects.update(problems=[])
    old_archives.catch_up(SEEN)
    assert old.pictures.count() == 2


@pytest.mark.parametrize("page", ["", "documents/{event}/"])
def test_a_page_says_so_while_pictures_may_be_missing(old, client, bob, page):
    client.force_login(bob)
    page = f"/cases/patent/{NUMBER}/{page}".format(event=old.events.get(code="A131").pk)
    Case.objects.update(pictured_with=0)
    assert "being read again for their pictures" in client.get(page).text
    old_archives.catch_up(SEEN)
    assert "being read again for their pictures" not in client.get(page).text
