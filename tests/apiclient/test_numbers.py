"""Numbers as people type and offices print them, and why some cannot be asked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apiclient import links
from apiclient.numbers import (
    Reading,
    display,
    docdb,
    explain,
    find,
    from_canonical,
    from_docdb,
    parse,
    recognise,
    write,
)
from apiclient.numbers.words import NUMBERED, YEARED
from tests.apiclient.test_recordings import RECORDINGS

YEAR = 2027  # the last plausible year of these tests
HEX = "186AE6828C0FA152B99E21C174948495B09F7186518B0AC4DB6CD83E8D3E0ECC"


def read(text: str, max_year: int = YEAR) -> list[tuple[str | None, str, str]]:
    return [(r.law, r.kind, r.canonical) for r in parse(text, max_year=max_year)]


def seen(text: str) -> list[tuple[str, str | None, str, str]]:
    readings = recognise(text, max_year=YEAR).readings
    return [(r.office, r.law, r.kind, r.canonical + (f" {r.branch}" if r.branch else "")) for r in readings]


# --- what the office's interface takes ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("特願2020-8423", ("patent", "application", "2020008423")),
        ("特願２０２０－００８４２３", ("patent", "application", "2020008423")),
        ("特願2020-008423号", ("patent", "application", "2020008423")),
        ("特許出願2020008423", ("patent", "application", "2020008423")),
        ("特許出願番号：2020-8423", ("patent", "application", "2020008423")),
        ("特願令2-8423", ("patent", "application", "2020008423")),
        ("特願令和２－８４２３", ("patent", "application", "2020008423")),
        ("特願R2-8423", ("patent", "application", "2020008423")),
        ("特願㋿２－８４２３", ("patent", "application", "2020008423")),
        ("特願平元-12", ("patent", "application", "1989000012")),
        ("特願昭60-12345", ("patent", "application", "1985012345")),
        ("特願60-12345", ("patent", "application", "1985012345")),  # only Shōwa had a year 60
        ("平成11年特許願第123456号", ("patent", "application", "1999123456")),
        ("㍻11年特許願第１２３４５６号", ("patent", "application", "1999123456")),
        ("平成三十年特許願第一二三四号", ("patent", "application", "2018001234")),
        ("特願二〇二〇－〇〇八四二三", ("patent", "application", "2020008423")),
        ("特願平十一-一二三四五六", ("patent", "application", "1999123456")),
        ("特願2020・008423", ("patent", "application", "2020008423")),
        ("特願2020/8423", ("patent", "application", "2020008423")),
        ("特願2020_008423", ("patent", "application", "2020008423")),
        ("特願2020\u00ad8423", ("patent", "application", "2020008423")),
        ("特願 2020年第8423号", ("patent", "application", "2020008423")),
        ("「特願2020-008423」", ("patent", "application", "2020008423")),
        ("【出願番号】特願2020-8423", ("patent", "application", "2020008423")),
        ("出願番号：特願2020-8423。", ("patent", "application", "2020008423")),
        ("意願２０２１－　１９５００", ("design", "application", "2021019500")),
        ("商願２０２４－１２３４５６", ("trademark", "application", "2024123456")),
        ("商標登録願2024-123456", ("trademark", "application", "2024123456")),
        ("2020-8423", (None, "application", "2020008423")),
        ("2020008423", (None, "application", "2020008423")),
        ("出願番号：2020-12", (None, "application", "2020000012")),
        ("Appl. No. 2020-008423", (None, "application", "2020008423")),
        ("Japanese Patent Application No. 2020-123456", ("patent", "application", "2020123456")),
        ("JP20200123456", ("patent", "application", "2020123456")),  # as EPODOC pads it
        ("特開2021-22359", ("patent", "publication", "2021022359")),
        ("特開平11-123456号公報", ("patent", "publication", "1999123456")),
        ("特開2020-123456A", ("patent", "publication", "2020123456")),
        ("特表2010-501234", ("patent", "national_publication", "2010501234")),
        ("公表番号 2010-501234", ("patent", "national_publication", "2010501234")),
        ("JP 2020-123456 A", ("patent", "publication", "2020123456")),
        ("JPA 2020-123456", ("patent", "publication", "2020123456")),
        ("JP,2020-123456,A", ("patent", "publication", "2020123456")),
        ("JP,04-015611,A(1992)", ("patent", "publication", "1992015611")),
        ("2020-123456A", ("patent", "publication", "2020123456")),
        ("P2020-123456A", ("patent", "publication", "2020123456")),
        ("JPH11-123456A", ("patent", "publication", "1999123456")),
        ("JPH0415611A", ("patent", "publication", "1992015611")),
        ("JPA 414233033", ("patent", "publication", "2002233033")),
        ("公開番号：503090037", ("patent", "publication", "2021090037")),
        ("公開番号：2021-090037", ("patent", "publication", "2021090037")),
        (
            "Japanese Unexamined Patent Application Publication No. H11-123456",
            ("patent", "publication", "1999123456"),
        ),
        ("特許第6789012号", ("patent", "registration", "6789012")),
        ("特許第６，７８９，０１２号", ("patent", "registration", "6789012")),
        ("特許第6789012号公報", ("patent", "registration", "6789012")),
        ("特許6789012B2", ("patent", "registration", "6789012")),
        ("特許第6789012号（B2）", ("patent", "registration", "6789012")),
        ("特許第123号", ("patent", "registration", "0000123")),
        ("JP6789012B2", ("patent", "registration", "6789012")),
        ("JP 7650560 B1", ("patent", "registration", "7650560")),
        ("JPB6789012", ("patent", "registration", "6789012")),
        ("意匠登録第1234567号", ("design", "registration", "1234567")),
        ("JP1234567S", ("design", "registration", "1234567")),
        ("商標登録第5123456号", ("trademark", "registration", "5123456")),
        ("登録第5123456号商標", ("trademark", "registration", "5123456")),
        ("登録番号：1234567", (None, "registration", "1234567")),
        ("6789012", (None, "registration", "6789012")),
        ("第6789012号", (None, "registration", "6789012")),
        ("PCT/JP2019/011858", ("patent", "pct_application", "JP2019011858")),
        ("PCT/JP2019/11858", ("patent", "pct_application", "JP2019011858")),
        ("国際出願番号：PCT/JP2019/011858", ("patent", "pct_application", "JP2019011858")),
        ("国際出願番号：JP2019011858", ("patent", "pct_application", "JP2019011858")),
        ("PCT/US99/12345", ("patent", "pct_application", "US1999012345")),
        ("WO2019/011858", ("patent", "pct_publication", "WO2019011858")),
        ("WO2019011858A1", ("patent", "pct_publication", "WO2019011858")),
        ("国際公開第99/12345号パンフレット", ("patent", "pct_publication", "WO1999012345")),
        ("WO9912345A1", ("patent", "pct_publication", "WO1999012345")),
        ("WO02059001", ("patent", "pct_publication", "WO2002059001")),
    ],
)
def test_each_style_has_one_reading(text, expected):
    assert read(text) == [expected]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            f"j-platpat.inpit.go.jp/c1800/PU/JP-2020-123456/{HEX}/10/ja",
            ("patent", "application", "2020123456"),
        ),
        (
            f"j-platpat.inpit.go.jp/c1800/DE/JP-2022-012584/{HEX}/30/ja",
            ("design", "application", "2022012584"),
        ),
        ("j-platpat.inpit.go.jp/c1801/TR/JP-2018-009480/40/ja", ("trademark", "application", "2018009480")),
        ("j-platpat.inpit.go.jp/c1801/PU/JP-H04-015611/11/en", ("patent", "publication", "1992015611")),
        ("j-platpat.inpit.go.jp/c1801/PU/JP-7243802/15/ja", ("patent", "registration", "7243802")),
        ("patents.google.com/patent/JP2020123456A/ja", ("patent", "publication", "2020123456")),
        ("patents.google.com/patent/JP6789012B2/en?oq=JP6789012B2", ("patent", "registration", "6789012")),
        ("worldwide.espacenet.com/patent/search?q=pn%3DJPH0415611A", ("patent", "publication", "1992015611")),
        (
            "worldwide.espacenet.com/publicationDetails/biblio?FT=D&CC=JP&NR=2020123456A&KC=A",
            ("patent", "publication", "2020123456"),
        ),
        (
            "worldwide.espacenet.com/patent/search/family/12345678/publication/JP2020123456A?q=a",
            ("patent", "publication", "2020123456"),
        ),
    ],
)
def test_a_pasted_address_of_a_register_is_the_number_it_leads_to(address, expected):
    host = "https://www." if address.startswith("j-") else "https://"
    assert read(host + address) == [expected]
    line = f"こちら（{host}{address} ）をご覧ください"
    assert [(r.law, r.kind, r.canonical) for f in find(line) for r in f.readings] == [expected]


def test_an_address_of_anybody_else_is_no_number():
    assert explain("https://example.com/c1801/PU/JP-2020-123456/10/ja") == "not_a_number"
    assert find("https://example.com/?id=2020008423 と https://example.com/2020-008423") == ()


# --- what it does not take, recognised and said -----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why", "number"),
    [
        ("特開昭60-446093", "showa_publication", ("JP", "patent", "publication", "1985446093")),
        ("特公平3-12345", "examined_publication", ("JP", "patent", "examined_publication", "1991012345")),
        ("特公昭60-12345", "examined_publication", ("JP", "patent", "examined_publication", "1985012345")),
        ("JPH0812345B2", "examined_publication", ("JP", "patent", "examined_publication", "1996012345")),
        ("実願平3-12345", "utility_model", ("JP", "utility_model", "application", "1991012345")),
        ("実開昭60-123", "utility_model", ("JP", "utility_model", "publication", "1985000123")),
        ("実公平5-1234", "utility_model", ("JP", "utility_model", "examined_publication", "1993001234")),
        ("実用新案登録第3123456号", "utility_model", ("JP", "utility_model", "registration", "3123456")),
        ("JP3123456U", "utility_model", ("JP", "utility_model", "registration", "3123456")),
        ("商標登録第5123456号の2", "branch_number", ("JP", "trademark", "registration", "5123456 2")),
        (
            "商標登録第5123456号の防護第1号",
            "branch_number",
            ("JP", "trademark", "registration", "5123456 防護1"),
        ),
        ("意匠登録第1234567号の類似2", "branch_number", ("JP", "design", "registration", "1234567 類似2")),
        ("再表2019/123456", "republication", ("JP", "patent", "republication", "WO2019123456")),
        ("再公表特許WO2019/123456", "republication", ("JP", "patent", "republication", "WO2019123456")),
        ("JP.WO2022012345.A1", "republication", ("JP", "patent", "republication", "WO2022012345")),
        (
            "国際登録第1,234,567号",
            "international_registration",
            ("JP", "trademark", "international_registration", "1234567"),
        ),
        (
            "国際登録第DM/091050号",
            "international_registration",
            ("JP", "design", "international_registration", "DM/091050"),
        ),
        ("不服2020-12345", "appeal_number", ("JP", None, "appeal_refusal", "2020012345")),
        ("無効2020-800001", "appeal_number", ("JP", None, "invalidation", "2020800001")),
        ("異議2020-700850号", "appeal_number", ("JP", None, "opposition", "2020700850")),
        ("取消2020-300001", "appeal_number", ("JP", None, "cancellation", "2020300001")),
        ("訂正2020-390001", "appeal_number", ("JP", None, "correction", "2020390001")),
        ("判定2020-600001", "appeal_number", ("JP", None, "advisory_opinion", "2020600001")),
        ("平成9年審判第12345号", "appeal_number", ("JP", None, "trial", "1997012345")),
        ("000900001", "applicant_code", ("JP", None, "applicant_code", "000900001")),
        ("06120285658", "document_number", ("JP", None, "document_number", "06120285658")),
        ("US2015/0378098A1", "foreign_number", ("US", "patent", "publication", "2015378098")),
        (
            "米国特許出願公開第2015/0378098号明細書",
            "foreign_number",
            ("US", "patent", "publication", "2015378098"),
        ),
        ("US 14/768,239", "foreign_number", ("US", "patent", "application", "14768239")),
        ("米国特許第9,459,406号明細書", "foreign_number", ("US", "patent", "registration", "9459406")),
        ("欧州特許出願公開第1234567号明細書", "foreign_number", ("EP", "patent", "publication", "1234567")),
        ("EP 06834636.2", "foreign_number", ("EP", "patent", "application", "06834636")),
        ("CN201010126185.X", "foreign_number", ("CN", "patent", "application", "201010126185")),
        (
            "中国特許出願公開第101234567号明細書",
            "foreign_number",
            ("CN", "patent", "publication", "101234567"),
        ),
        (
            "韓国公開特許第10-2012-0012345号公報",
            "foreign_number",
            ("KR", "patent", "publication", "20120012345"),
        ),
        ("韓国登録特許第10-1234567号", "foreign_number", ("KR", "patent", "registration", "101234567")),
        ("DE102012345678A1", "foreign_number", ("DE", "patent", "publication", "102012345678")),
    ],
)
def test_a_number_the_office_does_not_serve_is_known_for_what_it_is(text, why, number):
    assert parse(text, max_year=YEAR) == ()
    assert explain(text, max_year=YEAR) == why
    assert seen(text) == [number]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("　\u200b ", "empty"),
        ("株式会社サンプル", "not_a_number"),
        ("2020-08-23", "not_a_number"),
        ("2020年5月1日", "not_a_number"),
        ("03-3581-1101", "not_a_number"),
        ("特開2020-123456B", "not_a_number"),  # an unexamined publication has no B
        ("特願1884-123", "year_out_of_range"),
        ("特願2028-123", "year_out_of_range"),
        ("PCT/JP1977/000001", "year_out_of_range"),
        ("JP.2028000001.A", "year_out_of_range"),
        ("特願平32-123", "no_such_era_year"),
        ("特願平成40-1", "no_such_era_year"),
        ("特願昭65-1", "no_such_era_year"),
        ("特願平0-1", "no_such_era_year"),
        ("特願99-1", "no_such_era_year"),
        ("特願2020-000000", "serial_zero"),
        ("特願2020-1234567", "too_many_digits"),
        ("20200084230", "too_many_digits"),
        ("特許第12345678号", "too_many_digits"),
        ("12345", "too_few_digits"),
        ("2020-12", "may_be_date"),
        ("20200501", "may_be_date"),
        ("P2020-123456", "own_reference"),
        ("整理番号：2020-123456", "own_reference"),
        ("Our Ref: 2020-123456", "own_reference"),
        ("識別番号 503090037", "applicant_code"),
        ("特願2020-8423～8430", "range"),
        ("特願2020-008423〜008425", "range"),
        ("異議申立2020-700850", "appeal_number"),
        ("無効審判2020-800001", "appeal_number"),
        ("JP-01", "too_few_digits"),
    ],
)
def test_a_refused_text_says_why(text, why):
    assert parse(text, max_year=YEAR) == ()
    assert explain(text, max_year=YEAR) == why


def test_a_text_that_is_read_is_not_explained_away():
    assert explain("特願2020-8423") is None


def test_the_last_plausible_year_is_the_callers():
    assert read("特願2028-1", max_year=2028)
    assert not read("特願2028-1", max_year=2027)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not on this machine")
def test_the_offices_own_numbers_are_read_as_the_office_converts_them():
    text = "".join(path.read_text("utf-8", "replace") for path in sorted(RECORDINGS.rglob("*.json")))
    era_coded = re.findall(
        r'"publicationNumber": ?"([0-9]{9})",\s*"ADPublicationNumber": ?"([0-9]{10})"', text
    )
    cited = set(re.findall(r'"documentNumber": ?"(JP[^"]+)"', text))
    assert len(era_coded) >= 4
    assert len(cited) >= 10
    for era, year in era_coded:
        assert [r.canonical for r in parse(f"公開番号：{era}")] == [year]
    for number in cited:
        assert recognise(number).refusal in (None, "showa_publication")


# --- ambiguity is said --------------------------------------------------------------------------------


def test_jp_and_ten_digits_may_be_three_things():
    """PCT/JP2019/011858 is written JP2019011858 by the interface, and so is a Japanese application."""
    assert read("JP2019011858") == [
        (None, "application", "2019011858"),
        ("patent", "publication", "2019011858"),
        ("patent", "pct_application", "JP2019011858"),
    ]
    assert recognise("JP2019011858").ambiguity == "several_kinds"


@pytest.mark.parametrize("text", ["2020-123456", "2020123456", "6789012", "6,789,012"])
def test_a_number_without_a_word_may_be_of_any_law(text):
    [reading] = parse(text)
    assert reading.law is None
    assert recognise(text).ambiguity == "law_not_said"


def test_a_year_of_two_figures_is_of_every_era_that_had_it_and_of_none_until_somebody_says_so():
    unsaid = recognise("特願11-123456", max_year=YEAR)
    assert unsaid.refusal == unsaid.ambiguity == "era_not_said"
    assert [(r.year, r.era) for r in unsaid.readings] == [(1999, "H"), (1936, "S"), (1922, "T")]
    assert parse("特願11-123456", max_year=YEAR) == ()


def test_an_applicants_code_is_never_taken_for_a_case_though_it_may_be_a_publication():
    unsaid = recognise("503090037", max_year=YEAR)
    assert unsaid.refusal == "applicant_code"
    assert unsaid.ambiguity == "several_kinds"
    assert [r.kind for r in unsaid.readings] == ["applicant_code", "publication"]
    assert parse("503090037", max_year=YEAR) == ()


def test_both_eras_of_2019_name_the_same_publication():
    assert parse("公開番号431012345") == parse("公開番号501012345") == parse("特開2019-012345")


def test_a_publication_of_a_high_number_may_be_a_translation():
    assert [r.kind for r in parse("JPA 420516341")] == ["national_publication", "publication"]


def test_a_docdb_number_may_be_an_application_or_a_publication_until_one_knows():
    text = "JP.2020123456.A"
    assert [r.kind for r in from_docdb(text)] == ["application", "publication"]
    assert [r.kind for r in from_docdb(text, "application")] == ["application"]
    assert [r.kind for r in from_docdb(text, "publication")] == ["publication"]


# --- DOCDB and links ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        "JP.2015500001.A",
        "JP.2015508823.A",
        "JP.6249966.B2",
        "JP.H11123456.A",
        "JP.S6012345.A",
        "JP.H0812345.B2",
        "JP.WO2022012345.A1",
        "JP.WO2022012345.A5",
        "JP.3123456.U",
        "WO.2019011858.A1",
        "WO.9912345.A1",
        "WO.03012345.A2",
        "JP.2019011858.W",
        "US.201314768239.A",
        "US.2015378098.A1",
        "US.9459406.B2",
        "EP.06834636.A",
        "EP.1234567.A1",
        "EP.1234567.B1",
        "CN.201010126185.A",
        "CN.101234567.A",
        "KR.20087017015.A",
        "KR.101234567.B1",
        "DE.102012345678.A1",
    ],
)
def test_a_docdb_form_is_written_as_it_was_read(form):
    readings = from_docdb(form, max_year=YEAR)
    assert readings
    assert {docdb(reading) for reading in readings} == {form}


@pytest.mark.parametrize(
    "form",
    [
        "",
        "JP",
        "JP.2020123456",
        "JP.20201234567.A",
        "JP.2020000000.A",
        "jp..A",
        "US.0.A1",
        "US.2099378098.A1",
    ],
)
def test_what_is_no_docdb_form_has_no_reading(form):
    assert from_docdb(form, max_year=YEAR) == ()


@pytest.mark.parametrize(
    "text",
    [
        "特許第6789012号",  # B1 or B2?
        "意願2020-012345",  # designs and trademarks have no DOCDB form
        "2020-123456",
        "特開平1-12345",  # 1989 was both Shōwa 64 and Heisei 1, yet here it is said
    ],
)
def test_an_uncertain_docdb_form_is_not_written(text):
    [reading] = parse(text)
    assert docdb(reading) == ("JP.H0112345.A" if "平" in text else None)


def test_a_caller_who_knows_the_kind_code_gets_the_docdb_form_of_a_patent():
    [patent] = parse("特許第6789012号")
    assert docdb(patent, "B2") == "JP.6789012.B2"


@pytest.mark.parametrize(
    ("text", "espacenet", "google", "jplatpat"),
    [
        ("特開2020-123456", "pn%3DJP2020123456A", "patent/JP2020123456A", "PU/JP-2020-123456/11/ja"),
        ("特開平4-15611", "pn%3DJPH0415611A", "patent/JPH0415611A", "PU/JP-H04-015611/11/ja"),
        ("特許第7243802号", "pn%3DJP7243802", "?q=JP7243802", "PU/JP-7243802/15/ja"),
        ("JP7243802B2", "pn%3DJP7243802B2", "patent/JP7243802B2", "PU/JP-7243802/15/ja"),
        ("特願2021-208845", None, None, "PU/JP-2021-208845/10/ja"),
        ("意願2022-012584", None, None, "DE/JP-2022-012584/30/ja"),
        ("商願2018-9480", None, None, "TR/JP-2018-009480/40/ja"),
        ("2020-123456", None, None, None),
        ("商標登録第5123456号", None, None, None),
        ("国際公開第2019/011858号", "pn%3DWO2019011858", "?q=WO2019011858", None),
        ("US2015/0378098A1", "pn%3DUS2015378098A1", "patent/US20150378098A1", None),
        ("米国特許第9,459,406号", "pn%3DUS9459406", "?q=US9459406", None),
        ("韓国公開特許第10-2012-0012345号", "pn%3DKR20120012345", "?q=KR20120012345", None),
        ("US 14/768,239", None, None, None),
    ],
)
def test_links_lead_to_the_registers_of_a_certain_number(text, espacenet, google, jplatpat):
    [number] = recognise(text).readings
    assert links.espacenet_url(number) == (
        espacenet and f"https://worldwide.espacenet.com/patent/search?q={espacenet}"
    )
    assert links.google_patents_url(number) == (google and f"https://patents.google.com/{google}")
    assert links.jplatpat_url(number) == (jplatpat and f"https://www.j-platpat.inpit.go.jp/c1801/{jplatpat}")


# --- lines --------------------------------------------------------------------------------------------


def found(line: str) -> list[tuple[str, list[str]]]:
    hits = find(line, max_year=YEAR)
    return [(line[f.start : f.end], [r.canonical for r in f.readings]) for f in hits]


def test_numbers_are_found_in_a_mail_but_dates_and_telephones_are_not():
    line = (
        "件名：特願 2020 － 008423 の件（2026-11-22、TEL 03-3581-1101、〒100-8915）、"
        "2021012345 及び 意匠登録第1234567号。引用: 特開昭60-1、PCT/JP2019/011858、特許 3 件"
    )
    assert found(line) == [
        ("特願 2020 － 008423", ["2020008423"]),
        ("2021012345", ["2021012345"]),
        ("意匠登録第1234567号", ["1234567"]),
        ("特開昭60-1", []),  # named outright, so it is shown with its refusal and not dropped
        ("PCT/JP2019/011858", ["JP2019011858"]),
    ]


def test_a_spreadsheet_row_gives_its_numbers():
    row = "A-001\t2020-008423\tABC株式会社\t商願2024-1234\t2020-12"
    assert [r.canonical for f in find(row) for r in f.readings] == ["2020008423", "2024001234"]


def test_what_a_label_says_of_a_bare_number_counts_in_a_line_too():
    line = (
        "出願番号 2020-008423 公開番号：2021-123456 整理番号：2019-000001 識別番号000900001 Ref: 2018-000001"
    )
    assert [(r.kind, r.canonical) for f in find(line) for r in f.readings] == [
        ("application", "2020008423"),
        ("publication", "2021123456"),
    ]


@pytest.mark.parametrize(
    ("line", "text", "why"),
    [
        ("商標登録第5123456-2号の件", "商標登録第5123456-2号", "branch_number"),
        ("商標登録第5123456号の2について", "商標登録第5123456号の2", "branch_number"),
        ("意匠登録第1234567号の類似の意匠第1号", "意匠登録第1234567号の類似の意匠第1号", "branch_number"),
        ("特許第2020-123号について", "特許第2020-123号", "not_a_number"),
        ("特願2020-8423～8430の件", "特願2020-8423～8430", "range"),
        ("異議申立2020-700850の件", "異議申立2020-700850", "appeal_number"),
    ],
)
def test_a_number_in_a_line_is_never_cut_down_to_another(line, text, why):
    assert found(line) == [(text, [])]
    assert explain(text) == why


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("特願2020-008423 A社", ("patent", "application", "2020008423")),
        ("特許第6789012号 B社", ("patent", "registration", "6789012")),
        ("特開2020-123456 A社", ("patent", "publication", "2020123456")),
        ("2020-123456A について", ("patent", "publication", "2020123456")),
        ("2020-123456 A社", (None, "application", "2020123456")),
        ("JP 2020 123456 A を", ("patent", "publication", "2020123456")),
        ("WO2019-011858を", ("patent", "pct_publication", "WO2019011858")),
    ],
)
def test_a_letter_behind_a_number_is_its_kind_code_or_nobodys(line, number):
    assert [(r.law, r.kind, r.canonical) for f in find(line) for r in f.readings] == [number]


def test_a_mail_of_several_lines_gives_its_numbers_in_order():
    mail = "\n".join(
        [
            "架空株式会社 御中",
            "2020年5月1日付け、貴社整理番号 P2020-123456、期間2020-2024、電話：03-3581-1101",
            "特願2020-008423（特許第6,789,012号、JP 7650560 B1）",
            "引用文献1：特開平4-15611号公報、2：米国特許第9,459,406号明細書、3：再表2019/123456",
            "不服2020-12345、〒100-8915、FAX 2020-1234",
        ]
    )
    assert found(mail) == [
        ("特願2020-008423", ["2020008423"]),
        ("特許第6,789,012号", ["6789012"]),
        ("JP 7650560 B1", ["7650560"]),
        ("特開平4-15611号", ["1992015611"]),
        ("米国特許第9,459,406号", []),
        ("再表2019/123456", []),
        ("不服2020-12345", []),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22",
        "2026/11/22 から 2026.11.23 まで",
        "令和8年11月22日",
        "TEL 03-3581-1101 / 090-1234-5678",
        "〒100-8915 東京都",
        "P2020-123456, A2020-000123, X-2020-000123",
        "特許3件、特許第1課、登録2件、商標登録 10 件",
        "手続補正2020-05-01",
        "2020-2024年",
        "clerk2020-008423@example.com",
        "1,234,567円",
        "株式会社三四五六 第一特許部",
        "請求項1-10、段落0012-0015",
    ],
)
def test_a_line_without_a_number_gives_none(line):
    assert find(line, max_year=YEAR) == ()


# --- writing ------------------------------------------------------------------------------------------


def test_english_and_japanese_writing():
    assert display("patent", "application", "2020008423") == "特願2020-008423"
    assert display("patent", "application", "2020008423", "en") == "JP Patent Appl. 2020-008423"
    assert display("trademark", "registration", "5123456") == "商標登録第5123456号"
    assert display("patent", "pct_application", "JP2019011858", "en") == "PCT/JP2019/011858"


def test_before_2000_a_number_bears_its_era_as_the_office_gave_it():
    assert display("patent", "publication", "1999123456") == "特開平11-123456"
    assert display("patent", "application", "1985012345") == "特願昭60-012345"
    assert display("patent", "publication", "1989012345") == "特開1989-012345"  # of which era, nobody said


def test_an_unknown_canonical_number_is_shown_as_it_is():
    assert display("patent", "application", "20200084") == "20200084"
    assert display("patent", "nonsense", "2020008423") == "2020008423"
    assert display("martian", "application", "2020008423") == "2020008423"
    assert display("trademark", "publication", "2020008423") == "2020008423"


# --- laws ---------------------------------------------------------------------------------------------

years = st.integers(min_value=1885, max_value=YEAR)
pct_years = st.integers(min_value=1978, max_value=YEAR)
serials = st.integers(min_value=1, max_value=999_999)
translations = st.integers(min_value=500_001, max_value=999_999)
registrations = st.integers(min_value=1, max_value=9_999_999)


def _yearly(law: str | None, kind: str) -> st.SearchStrategy[Reading]:
    numbers = translations if kind == "national_publication" else serials
    return st.builds(lambda y, s: Reading("JP", law, kind, f"{y}{s:06d}", y, s), years, numbers)


def _registered(law: str | None) -> st.SearchStrategy[Reading]:
    return st.builds(lambda n: Reading("JP", law, "registration", f"{n:07d}", None, n), registrations)


def _branched(law: str, *branches: str) -> st.SearchStrategy[Reading]:
    return st.builds(
        lambda n, b, i: Reading("JP", law, "registration", f"{n:07d}", None, n, branch=f"{b}{i}"),
        registrations,
        st.sampled_from(branches),
        st.integers(1, 999),
    )


def _treaty(country: str, kind: str, office: str = "WO") -> st.SearchStrategy[Reading]:
    return st.builds(
        lambda y, s: Reading(office, "patent", kind, f"{country}{y}{s:06d}", y, s), pct_years, serials
    )


def _foreign(form: str, **numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Reading]:
    kind = "application" if form.endswith(".A") and not form.startswith("CN.1") else "publication"
    return st.builds(lambda **n: from_docdb(form.format(**n), kind)[0], **numbers)


JAPANESE_KINDS = st.one_of(
    *(_yearly(*meaning) for meaning in sorted(set(YEARED.values()), key=str)),
    *(_registered(law) for law in sorted(set(NUMBERED.values()), key=str)),
    _yearly(None, "application"),
    _branched("trademark", "", "防護"),
    _branched("design", "類似"),
    _treaty("JP", "pct_application"),
    _treaty("US", "pct_application"),
    _treaty("WO", "pct_publication"),
    _treaty("WO", "republication", office="JP"),
    st.builds(
        lambda n: Reading("JP", "trademark", "international_registration", f"{n:07d}", None, n), registrations
    ),
    st.builds(
        lambda n: Reading("JP", "design", "international_registration", f"DM/{n:06d}", None, n), serials
    ),
)
CODES = st.one_of(
    st.builds(
        lambda n: Reading("JP", None, "applicant_code", f"{n:09d}", None, n), st.integers(1, 10**9 - 1)
    ),
    st.builds(
        lambda n: Reading("JP", None, "document_number", f"{n:011d}", None, n), st.integers(1, 10**11 - 1)
    ),
)
FOREIGN_KINDS = st.one_of(
    _foreign("US.{y}14{s:06d}.A", y=pct_years, s=serials),
    _foreign("US.{y}{s:06d}.A1", y=pct_years, s=serials),
    _foreign("US.{n}.B2", n=st.integers(1_000_000, 99_999_999)),
    _foreign("EP.{n:08d}.A", n=st.integers(1, 99_999_999)),
    _foreign("EP.{n:07d}.A1", n=registrations),
    _foreign("EP.{n:07d}.B1", n=registrations),
    _foreign("CN.{y}1{s:07d}.A", y=pct_years, s=serials),
    _foreign("CN.1{s:08d}.A", s=serials),
    _foreign("KR.{y}7{s:06d}.A", y=pct_years, s=serials),
    _foreign("KR.10{n:07d}.B1", n=registrations),
    _foreign("DE.10{y}{s:06d}.A1", y=pct_years, s=serials),
)


def readings_of(text: str) -> tuple[Reading, ...]:
    return recognise(text, max_year=YEAR).readings


@given(JAPANESE_KINDS | CODES | FOREIGN_KINDS, st.sampled_from(["ja", "en", "docdb"]))
def test_what_is_written_reads_back(reading, style):
    shown = write(reading, style)
    if shown is None:
        assert style == "docdb" or reading.office != "JP"
    elif style == "docdb":
        assert reading in from_docdb(shown, max_year=YEAR)
        assert reading in readings_of(shown)
    else:
        assert readings_of(shown) == (reading,)


@given(JAPANESE_KINDS)
def test_what_the_interface_takes_reads_back(reading):
    argument = write(reading, "argument")
    assert (argument is None) == (reading.refusal is not None)
    if argument:
        assert from_canonical(reading.law, reading.kind, argument) == reading


@given(JAPANESE_KINDS | FOREIGN_KINDS)
def test_an_address_built_from_a_number_leads_back_to_it(reading):
    for address in (
        links.jplatpat_url(reading),
        links.espacenet_url(reading),
        links.google_patents_url(reading),
    ):
        if address:
            assert reading in readings_of(address)
            [hit] = find(f"参照: {address} 以上", max_year=YEAR)
            assert hit.readings == parse(address, max_year=YEAR)


NOISE = st.sampled_from(
    [
        "、",
        "\t",
        " / ",
        "\n",
        "について、2020年5月1日付けで（TEL 03-3581-1101）",
        "\t架空株式会社\t2026-11-22\t",
        "、整理番号P2020-123456、",
        "，〒100-8915，",
        "の件 https://example.com/?n=2020008423 と",
        " (clerk@example.com) ",
        "、特許3件、",
    ]
)


@given(st.lists(st.tuples(JAPANESE_KINDS, st.sampled_from(["ja", "en"]), NOISE), max_size=6))
def test_a_line_gives_exactly_the_numbers_put_into_it(parts):
    shown = [(write(reading, style), noise) for reading, style, noise in parts]
    line = "あ、" + "".join(f"{number}{noise}" for number, noise in shown)
    hits = find(line, max_year=YEAR)
    expected = [(number, parse(number, max_year=YEAR)) for number, _ in shown]
    assert [(line[hit.start : hit.end], hit.readings) for hit in hits] == expected


WIDE = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}
HYPHENS = "-‐‑‒–—―−ー－━─﹣﹘⁃˗➖\u00ad⸺"
SPACES = ["", " ", "　", "\u00a0", "\u200b", "\u2009"]


@given(
    years,
    serials,
    st.sampled_from(["特願", "意願", "商願", "特表", "不服", "実開", "特公", ""]),
    st.sampled_from(HYPHENS),
    st.sampled_from(SPACES),
    st.booleans(),
    st.booleans(),
)
def test_width_hyphen_space_and_padding_do_not_matter(year, serial, word, hyphen, space, wide, padded):
    number = f"{serial:06d}" if padded or (not word and serial < 100) else f"{serial}"
    varied = f"{word}{space}{year}{space}{hyphen}{space}{number}"
    varied = varied.translate(WIDE) if wide else varied
    assert readings_of(varied) == readings_of(f"{word}{year}-{serial:06d}") != ()


KANJI = {ord(digit): figure for digit, figure in zip("0123456789", "〇一二三四五六七八九", strict=True)}


@given(years, st.integers(1, 999_999))
def test_kanji_figures_are_figures(year, serial):
    assert parse(f"特願{year}－{serial:06d}".translate(KANJI)) == parse(f"特願{year}-{serial}") != ()


@given(st.sampled_from("昭平令"), st.integers(1, 99), st.integers(1, 999_999))
def test_an_era_year_is_its_gregorian_year_or_refused(era, year, serial):
    before, last = {"昭": (1925, 64), "平": (1988, 31), "令": (2018, YEAR - 2018)}[era]
    text = f"特願{era}{year}-{serial}"
    if year <= last:
        assert parse(text, max_year=YEAR) == parse(f"特願{before + year}-{serial:06d}", max_year=YEAR) != ()
    else:
        assert explain(text, max_year=YEAR) in ("no_such_era_year", "year_out_of_range")


ALPHABET = (
    "特願開許公表第号の平令昭元年意商標登録国際再実用新案番識別不服米韓公報"
    "〇一二十㍻㋿0129-ー/.,()JPWOCTUSABEH. 　\t:"
)


@given(st.text(alphabet=st.sampled_from(ALPHABET), max_size=60) | st.text())
def test_no_text_makes_the_reader_fail(text):
    readings = parse(text, max_year=YEAR)
    assert (readings == ()) == (explain(text, max_year=YEAR) is not None)
    assert all(reading.refusal is None for reading in readings)
    end = 0
    for hit in find(text, max_year=YEAR):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end
    for reading in readings_of(text):
        shown = write(reading)
        assert shown is None or reading in readings_of(shown), shown


HOSTILE = (
    "1 - 特願 特願第 2020- 特許第 JP https:// 昭和 第一 十 US1, 1,111, A. JP. WO20/ 整理番号 電話A 国際登録"
    " 番号 worldwide.espacenet.com/patent/search patents.google.com/patent/ Ref:a 特願2020-00842 登録第1,"
    " 二〇 JP(P) EP.1. 米国特許第1, 平成元年 https://j-platpat.inpit.go.jp/c1801/PU/JP-"
)


@pytest.mark.parametrize("piece", [*HOSTILE.split(" "), " ", "特許 第 ", "JP Patent "])
def test_a_hostile_line_is_read_in_one_go(piece):
    """A pattern that went back over what it had seen would not come to an end here."""
    long = piece * (100_000 // len(piece))
    assert len(find(long)) <= len(long) // len(piece)
    assert recognise(long).refusal in ("not_a_number", "empty")
    for length in (1, 10, 100, 190, 200, 201, 800):
        recognise((piece * 800)[:length])
