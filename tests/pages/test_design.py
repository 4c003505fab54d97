"""The design system: what is written can be read, in every look, and the page shows every part."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from lxml import html

from dossiers.views.design import LOOKS, pairs_of, tokens


@pytest.mark.parametrize("look", LOOKS)
def test_every_colour_reaches_the_contrast_it_must(look):
    assert [pair for pair in pairs_of(look) if pair.ratio < pair.least] == []


def test_black_on_white_is_as_wcag_says():
    pair = next(
        pair for pair in pairs_of("contrast-light") if (pair.colour, pair.on) == ("#000000", "#ffffff")
    )
    assert round(pair.ratio, 2) == 21


def test_the_high_contrast_gives_every_colour_anew():
    assert set(tokens("contrast-dark")) == set(tokens("dark"))
    assert not {name for name, colour in tokens("contrast-dark").items() if colour == tokens("dark")[name]}


@pytest.mark.parametrize("sheet", ["app", "more", "drawing", "document", "limits", "portfolio", "citations"])
def test_style_sheets_take_their_colours_from_the_tokens(sheet):
    with open(finders.find(f"css/{sheet}.css"), encoding="utf-8") as file:
        rules = re.sub(r"@media print \{.*", "", file.read(), flags=re.DOTALL)  # paper is white
    free = re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules)
    assert set(free) <= {"#fff"}, "white stands only under pictures and letters of others"


@pytest.mark.django_db
def test_it_is_for_whoever_signed_in_and_shows_another_look_in_itself_alone(client, bob):
    assert client.get("/design/").headers["Location"].startswith("/login/")
    client.force_login(bob)
    page = client.get("/design/?look=contrast")
    assert 'data-theme="contrast"' in page.text and 'css/contrast.css" media="all"' in page.text
    assert 'data-theme="system"' in client.get("/").text
    assert 'data-theme="system"' in client.get("/design/?look=odd").text
    tree = html.fromstring(page.content)
    shown = ["type", "colours", "buttons", "badges", "fields", "cards", "table", "timeline", "messages"]
    for part in [*shown, "states", "dialog"]:
        assert tree.get_element_by_id(part) is not None
    assert tree.xpath("//*[contains(@class, 'errorlist')]")
