"""Whoever wants days by the era finds them so on every page; addresses, fields and files keep ISO 8601."""

from __future__ import annotations

import re
from datetime import date

import pytest

from dossiers.templatetags import portal
from tests.pages.test_catalogue import Words, miniature, pages, reader  # noqa: F401 (fixtures)

ISO = re.compile(r"(?<![\w/-])[12][0-9]{3}-[0-9]{2}(-[0-9]{2})?(?![\w-]|\.[0-9])", re.ASCII)
# How a day may be typed, as a form shows it.
EXAMPLE = re.compile(
    r"[12][0-9]{3}-[0-9]{2}-[0-9]{2} (のように|の形式)|例：2026-11-22|[(は] ?2026-11-22[)、]"
)
# Words for the office, of programs and of the design, to be copied as they stand or to show how it is done.
AS_THEY_ARE = ("/api/", "/quota/request/", "/settings/programs/", "/design/")


@pytest.mark.django_db
@pytest.mark.parametrize("reader", ["ja"], indirect=True)
def test_no_page_says_a_day_otherwise_than_the_reader_wants(client, reader, pages):  # noqa: F811
    reader.era_dates = True
    reader.save()
    client.force_login(reader)
    found, by_era = {}, 0
    for address in pages:
        if address.startswith(AS_THEY_ARE):
            continue
        said = Words(client.get(address).text).said
        by_era += any("令和" in words for words in said)
        if iso := [words for words in said if ISO.search(EXAMPLE.sub("", words))]:
            found[address] = iso
    assert found == {}
    assert by_era > 100


@pytest.mark.django_db
@pytest.mark.parametrize("reader", ["ja"], indirect=True)
def test_the_numbers_behind_a_chart_keep_their_days(client, reader):  # noqa: F811
    reader.era_dates = True
    reader.save()
    client.force_login(reader)
    assert re.search(r"^\d{4}-\d{2}-\d{2},", client.get("/charts/limits.csv").text, re.MULTILINE)
    assert re.search(r"^\d{4}-\d{2},", client.get("/charts/actions.csv").text, re.MULTILINE)


def test_days_of_a_sentence_stay_whole_and_its_words_stay_words():
    told = portal.unbroken("<b> moved 2026-11-22, 2026-11-24 09:00; no. 2026-11-2234")
    assert told == (
        '&lt;b&gt; moved <span class="nowrap">2026-11-22</span>, <span class="nowrap">2026-11-24 09:00</span>'
        "; no. 2026-11-2234"
    )
    assert portal.unbroken(portal.day(date(2026, 11, 22))) == portal.day(date(2026, 11, 22))
