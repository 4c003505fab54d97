"""CPC symbols are one symbol however they are written, and only known classes have titles."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient import cpc

subclasses = st.builds(
    "{}{:02d}{}".format,
    st.sampled_from("ABCDEFGHY"),
    st.integers(0, 99),
    st.sampled_from(string.ascii_uppercase),
)
groups = st.integers(1, 9999)
subgroups = st.from_regex(r"[0-9]{2}([0-9]{0,3}[1-9])?", fullmatch=True)
FULL_WIDTH = {ord(one): chr(ord(one) + 0xFEE0) for one in string.ascii_letters + string.digits + "/"}


@given(subclasses, groups, subgroups)
def test_every_way_to_write_a_symbol_is_the_symbol(subclass, group, subgroup):
    printed = f"{subclass} {group}/{subgroup}"
    ways = (
        printed,
        f"{subclass}{group}/{subgroup}",
        f"{subclass}   {group} / {subgroup}",
        f" {printed.lower()}\n",
        f"{subclass}{group:04d}/{subgroup}",
        f"{subclass}{group:04d}{subgroup.ljust(6, '0')}",
        printed.translate(FULL_WIDTH),
    )
    assert {cpc.normalised(way) for way in ways} == {printed}


@given(st.text(max_size=60))
def test_nothing_else_becomes_a_symbol(text):
    found = cpc.normalised(text)
    assert found is None or re.fullmatch(r"[A-HY][0-9]{2}[A-Z] [1-9][0-9]{0,3}/[0-9]{2,6}", found)


@pytest.mark.parametrize(
    "text", ["", "H04W", "H04", "H04W 72", "H04W 0/00", "H04W7204", "I04W 72/04", "H04W 72/4", "G06F-16/00"]
)
def test_what_names_no_subgroup_is_refused(text):
    assert cpc.normalised(text) is None


def test_a_long_text_is_refused_before_it_is_read():
    assert cpc.normalised("H04W " + "7" * 10_000_000) is None


def test_titles_of_section_and_class_are_the_schemes_own():
    assert cpc.section_title("H04W 72/04") == "Electricity"
    assert cpc.class_title("H04W 72/04") == "Electric communication technique"
    assert cpc.class_title("Y02E 60/10").startswith("Technologies or applications for mitigation")


def test_a_class_that_the_scheme_has_not_has_no_title():
    assert cpc.class_title("A02B 1/00") == ""
    assert cpc.class_title("H") == "" == cpc.section_title("")


def test_the_table_holds_every_section_and_each_class_once():
    titles = cpc._titles()
    assert {name for name in titles if len(name) == 1} == set("ABCDEFGHY")
    assert sum(len(name) == 3 for name in titles) == 137
    assert all(name[0] in titles and title.strip() == title for name, title in titles.items())
