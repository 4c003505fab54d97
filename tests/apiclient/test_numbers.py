"""Numbers as clerks paste them, and why some are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient.numbers import Reading, display, explain, find, parse


def read(text: str, max_year: int = 2027) -> list[tuple[str | None, str, str]]:
    return [(r.law, r.kind, r.canonical) for r in parse(text, max_year=max_year)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("特願2020-8423", ("patent", "application", "2020008423")),
        ("特願２０２０－００８４２３", ("patent", "application", "2020008423")),
        ("特願2020-008423号", ("patent", "application", "2020008423")),
        ("特許出願2020008423", ("patent", "application", "2020008423")),
        ("特願令2-8423", ("patent", "application", "2020008423")),
        ("特願令和２－８４２３", ("patent", "application", "2020008423")),
        ("特願平元-12", ("patent", "application", "1989000012")),
        ("特願昭60-12345", ("patent", "application", "1985012345")),
        ("平成11年特許願第123456号", ("patent", "application", "1999123456")),
        ("意願２０２１－　１９５００", ("design", "application", "2021019500")),
        ("商願２０２４－１２３４５６", ("trademark", "application", "2024123456")),
        ("2020-8423", (None, "application", "2020008423")),
        ("2020008423", (None, "application", "2020008423")),
        ("特開2021-22359", ("patent", "publication", "2021022359")),
        ("特開平11-123456号公報", ("patent", "publication", "1999123456")),
        ("特表2010-501234", ("patent", "national_publication", "2010501234")),
        ("JP 2020-123456 A", ("patent", "publication", "2020123456")),
        ("JPH11-123456A", ("patent", "publication", "1999123456")),
        ("特許第6789012号", ("patent", "registration", "6789012")),
        ("特許第123号", ("patent", "registration", "0000123")),
        ("JP6789012B2", ("patent", "registration", "6789012")),
        ("意匠登録第1234567号", ("design", "registration", "1234567")),
        ("商標登録第5123456号", ("trademark", "registration", "5123456")),
        ("6789012", (None, "registration", "6789012")),
        ("PCT/JP2019/011858", ("patent", "pct_application", "JP2019011858")),
        ("PCT/US99/12345", ("patent", "pct_application", "US1999012345")),
        ("WO2019/011858", ("patent", "pct_publication", "WO2019011858")),
        ("国際公開第99/12345号", ("patent", "pct_publication", "WO1999012345")),
    ],
)
def test_each_style_has_one_reading(text, expected):
    assert read(text) == [expected]


def test_jp_and_ten_digits_may_be_three_things():
    """PCT/JP2019/011858 is written JP2019011858 by the interface, and so is a Japanese application."""
    assert read("JP2019011858") == [
        (None, "application", "2019011858"),
        ("patent", "publication", "2019011858"),
        ("patent", "pct_application", "JP2019011858"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("　\u200b ", "empty"),
        ("株式会社サンプル", "not_a_number"),
        ("2020-08-23", "not_a_number"),
        ("特願1884-123", "year_out_of_range"),
        ("特願2028-123", "year_out_of_range"),
        ("特願平32-123", "year_out_of_range"),
        ("特願2020-000000", "serial_zero"),
        ("特願2020-1234567", "too_many_digits"),
        ("20200084230", "too_many_digits"),
        ("12345", "too_few_digits"),
        ("特開昭60-446093", "showa_publication"),
        ("特公平3-12345", "examined_publication"),
        ("実願平3-12345", "utility_model"),
        ("実用新案登録第3123456号", "utility_model"),
        ("商標登録第5123456号の2", "branch_number"),
    ],
)
def test_a_refused_text_says_why(text, why):
    assert parse(text, max_year=2027) == ()
    assert explain(text, max_year=2027) == why


def test_a_text_that_is_read_is_not_explained_away():
    assert explain("特願2020-8423") is None


def test_the_last_plausible_year_is_the_callers():
    assert read("特願2028-1", max_year=2028)
    assert not read("特願2028-1", max_year=2027)


def test_numbers_are_found_in_a_mail_but_dates_and_telephones_are_not():
    line = (
        "件名：特願 2020 － 008423 の件（2026-11-22、TEL 03-3581-1101、〒100-8915）、"
        "2021012345 及び 意匠登録第1234567号。引用: 特開昭60-1、PCT/JP2019/011858、特許 3 件"
    )
    found = find(line, max_year=2027)
    assert [(line[f.start : f.end], [r.canonical for r in f.readings]) for f in found] == [
        ("特願 2020 － 008423", ["2020008423"]),
        ("2021012345", ["2021012345"]),
        ("意匠登録第1234567号", ["1234567"]),
        ("特開昭60-1", []),  # named outright, so it is shown with its refusal and not dropped
        ("PCT/JP2019/011858", ["JP2019011858"]),
    ]


def test_a_spreadsheet_row_gives_its_numbers():
    row = "A-001\t2020-008423\tABC株式会社\t商願2024-1234\t2020-12"
    assert [r.canonical for f in find(row) for r in f.readings] == ["2020008423", "2024001234"]


def test_english_and_japanese_writing():
    assert display("patent", "application", "2020008423") == "特願2020-008423"
    assert display("patent", "application", "2020008423", "en") == "JP Patent Appl. 2020-008423"
    assert display("trademark", "registration", "5123456") == "商標登録第5123456号"
    assert display("patent", "pct_application", "JP2019011858", "en") == "PCT/JP2019/011858"


def test_an_unknown_canonical_number_is_shown_as_it_is():
    assert display("patent", "application", "20200084") == "20200084"
    assert display("patent", "nonsense", "2020008423") == "2020008423"


# --- laws ---------------------------------------------------------------------------------------------

years = st.integers(min_value=1885, max_value=2027)
pct_years = st.integers(min_value=1978, max_value=2027)
serials = st.integers(min_value=1, max_value=999_999)
laws = st.sampled_from(["patent", "design", "trademark", None])


@st.composite
def known(draw) -> Reading:
    kind = draw(
        st.sampled_from(
            ["application", "publication", "national_publication", "registration", "pct_application"]
        )
    )
    serial = draw(serials)
    if kind == "registration":
        return Reading("JP", draw(laws), kind, f"{serial:07d}", None, serial)
    year = draw(pct_years if kind == "pct_application" else years)
    law = draw(laws) if kind == "application" else "patent"
    prefix = "JP" if kind == "pct_application" else ""
    return Reading("JP", law, kind, f"{prefix}{year:04d}{serial:06d}", year, serial)


@given(known(), st.sampled_from(["ja", "en"]))
def test_what_is_displayed_reads_back(reading, language):
    shown = display(reading.law, reading.kind, reading.canonical, language)
    assert reading in parse(shown, max_year=2027)
    found = find(f"あ、{shown} い", max_year=2027)
    assert reading in [r for f in found for r in f.readings]


WIDE = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789"}


@given(
    years,
    serials,
    st.sampled_from(["特願", "意願", "商願", "特開", ""]),
    st.sampled_from("-‐‑‒–—―−ー－"),
    st.sampled_from(["", " ", "　", "\u00a0", "\u200b"]),
    st.booleans(),
    st.booleans(),
)
def test_width_hyphen_space_and_padding_do_not_matter(year, serial, word, hyphen, space, wide, padded):
    plain = f"{word}{year}-{serial:06d}"
    varied = (
        f"{word}{space}{year}{space}{hyphen}{space}{serial:06d}"
        if padded
        else f"{word}{year}{hyphen}{serial}"
    )
    varied = varied.translate(WIDE) if wide else varied
    assert parse(varied, max_year=2027) == parse(plain, max_year=2027) != ()


@given(
    st.text(alphabet=st.sampled_from("特願開許第号の平令昭元年0129-ー/JPWOCTABSH. 　:"), max_size=40)
    | st.text()
)
def test_no_text_makes_the_reader_fail(text):
    readings = parse(text, max_year=2027)
    assert (readings == ()) == (explain(text, max_year=2027) is not None)
    for found in find(text, max_year=2027):
        assert 0 <= found.start < found.end <= len(text)
