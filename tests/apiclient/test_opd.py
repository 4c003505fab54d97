"""The One Portal Dossier speaks XML: read whole or said to be unreadable, and a wrong dossier never taken.

Its XML is known from clients alone, so the tests write it as they find it and then bend it in every way.
"""

from __future__ import annotations

import html
import random
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiclient.clock import JST
from apiclient.jpo.catalogue import ENDPOINTS, endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.jpo.envelope import read
from apiclient.jpo.opd import (
    CitationsAndClasses,
    CitedPatent,
    CitedText,
    ClassSymbol,
    DatedNumber,
    DocumentList,
    DossierDocument,
    Family,
    FamilyCountry,
    FamilyList,
    FamilyMember,
)
from apiclient.outcomes import Outcome
from apiclient.quota import DailyLimitReached, MemoryLedger
from tests.apiclient.scripted_office import Scripted, envelope, running_office, token

FAMILY = endpoint("opd", "family")
FAMILY_LIST = endpoint("opd", "family_list")
DOCUMENTS = endpoint("opd", "global_doc_list")
CITATIONS = endpoint("opd", "global_cite_class")
PDF = endpoint("opd", "global_doc_cont")
ZIP = endpoint("opd", "jp_doc_cont")
OPD = tuple(row for row in ENDPOINTS if row.scope == "opd")
NUMBER = "JP.2031000123.A"
WHOLE_PDF = b"%PDF-1.4\n%%EOF\n"


def arguments(row, number=NUMBER, kind="application"):
    """What to ask `row`, about `number`."""
    if row.is_document:
        return number, "Abstract_53100000001_JP"
    return (kind, number) if row in (FAMILY, FAMILY_LIST) else (number,)


# --- a writer of the office's XML, independent of the reader


@dataclass
class Tag:
    """An element to be written: its text, or the elements in it."""

    name: str
    inside: list[Tag] | str = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def all(self):
        yield self
        if isinstance(self.inside, list):
            for child in self.inside:
                yield from child.all()


def tag(name, *inside, **attributes):
    given_ones = {key: value for key, value in attributes.items() if value is not None}
    return Tag(name, [child for child in inside if child is not None], given_ones)


def leaf(name, text):
    return None if text is None else Tag(name, text)


def day(name, on):
    return None if on is None else Tag(name, on.isoformat())


def dated(name, number):
    if number is None:
        return None
    return tag(name, leaf("document-number", number.number or None), day("date", number.on))


def member(name, one):
    return tag(
        name,
        dated("application-number", one.application),
        tag("publication-numbers", *(dated("publication-number", number) for number in one.publications)),
        tag("registration-numbers", *(dated("registration-number", number) for number in one.registrations)),
        id=one.id,
    )


def family(reply):
    countries = (
        tag(
            "family",
            leaf("country", one.country),
            tag("family-items", *(member("family-item", inner) for inner in one.members)),
            group=one.group,
        )
        for one in reply.countries
    )
    return tag("family-data", tag("families", *countries))


def family_list(reply):
    members = (member("family-list", one) for one in reply.members)
    return tag("family-list-data", tag("family-lists", *members))


def document_list(reply):
    def head(name, title, applicants):
        people = (tag("applicant", leaf("last-name", person)) for person in applicants)
        return tag(name, leaf("invention-title", title), *people)

    def document(one):
        return tag(
            "document-list",
            day("legal-date", one.legal_date),
            tag("original", leaf("document-description", one.original_description), id=one.original_id),
            tag("translated", leaf("document-description", one.translated_description), id=one.translated_id),
            group=one.group,
        )

    return tag(
        "document-list-data",
        tag(
            "bibliographic",
            head("original", reply.title, reply.applicants),
            head("translated", reply.title_translated, reply.applicants_translated),
        ),
        tag("document-lists", *map(document, reply.documents)),
    )


def citations(reply):
    def symbol(name, one):
        return Tag(name, one.symbol, {"scheme": one.scheme} if one.scheme else {})

    def cited(name, one, *last):
        return tag(name, day("draft-date", one.draft_date), leaf("cited-in", one.cited_in), *last)

    def patent(one):
        number = tag("publication-number", leaf("document-number", one.number), format=one.format)
        return cited("patent-literature", one, number)

    return tag(
        "citation-and-classification-data",
        tag(
            "reference",
            dated("application-number", reply.application),
            dated("publication-number", reply.publication),
            dated("registration-number", reply.registration),
        ),
        tag(
            "classification",
            tag("ipcs", *(symbol("ipc", one) for one in reply.ipcs)),
            tag("originals", *(symbol("original", one) for one in reply.classes)),
        ),
        tag(
            "citation",
            tag("patent-literatures", *map(patent, reply.patents)),
            tag(
                "non-patent-literatures",
                *(cited("non-patent-literature", one, leaf("text", one.text or None)) for one in reply.texts),
            ),
        ),
    )


WRITERS = {
    Family: (FAMILY, family),
    FamilyList: (FAMILY_LIST, family_list),
    DocumentList: (DOCUMENTS, document_list),
    CitationsAndClasses: (CITATIONS, citations),
}


def api_data(*data, code="100", message=None, remaining="88"):
    return tag(
        "api-data",
        leaf("statusCode", code),
        leaf("errorMessage", message),
        leaf("remainAccessCount", remaining),
        *data,
    )


def answering(reply):
    return api_data(WRITERS[type(reply)][1](reply))


@dataclass(frozen=True)
class Hand:
    """A way to write one and the same answer."""

    prefix: str = ""
    namespace: str = "https://www.jpo.go.jp"
    indent: str = ""
    compact_dates: bool = False
    shuffled: int | None = None
    wrapped: bool = False
    comments: bool = False
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>'


def written(root, hand=Hand()):
    """The XML text of `root`."""
    if hand.wrapped:
        root = tag(root.name, Tag("result", root.inside))
    colon = f"{hand.prefix}:" if hand.prefix else ""
    declared = f" xmlns{':' if hand.prefix else ''}{hand.prefix}={quoteattr(hand.namespace)}"
    chance = random.Random(hand.shuffled)

    def render(one, declared=""):
        attributes = "".join(f" {key}={quoteattr(value)}" for key, value in one.attributes.items())
        opened = f"<{colon}{one.name}{declared}{attributes}>"
        if isinstance(one.inside, str):
            text = one.inside
            if hand.compact_dates and one.name in {"date", "legal-date", "draft-date"}:
                text = text.replace("-", "")
            inside = hand.indent + escape(text) + hand.indent
        else:
            children = mixed(one.inside) if hand.shuffled is not None else one.inside
            remark = "<!-- 備考 -->" if hand.comments else ""
            inside = hand.indent + remark + "".join(render(child) + hand.indent for child in children)
        return f"{opened}{inside}</{colon}{one.name}>"

    def mixed(children):
        """Other order of the names; among those of one name the order is the office's."""
        names = sorted({child.name for child in children})
        chance.shuffle(names)
        return [child for name in names for child in children if child.name == name]

    return hand.declaration + render(root, declared)


def body(root, hand=Hand()):
    return written(root, hand).encode()


# --- what there is to write

# XML cannot hold control characters and halves of pairs; the reader takes no blanks at either end.
TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn")) | st.sampled_from("装置の構造<&>\"'"), max_size=20
).map(lambda text: text.strip(" \t\r\n"))
SOME_TEXT = TEXT.filter(bool)
MAYBE_TEXT = st.none() | SOME_TEXT
DAYS = st.none() | st.dates(date(1980, 1, 1), date(2099, 12, 31))


def digits(count):
    return st.text("0123456789", min_size=count, max_size=count)


NUMBERS = st.one_of(
    st.builds("JP.20{}.{}".format, digits(8), st.sampled_from(["A", "B2", "U"])),
    st.builds("US.20{}.A".format, digits(10)),
    st.builds("EP.{}.A".format, digits(8)),
    st.builds("CN.20{}.A".format, digits(10)),
    st.builds("KR.20{}.A".format, digits(9)),
    st.builds("JP.WO20{}.{}".format, digits(8), st.sampled_from(["A1", "A5"])),
)
DATED = st.builds(DatedNumber, NUMBERS, DAYS)
MAYBE_DATED = st.none() | DATED


def some(strategy):
    return st.lists(strategy, max_size=3).map(tuple)


def said(row):
    """An empty row is written as nothing at all."""
    return any(value for value in asdict(row).values())


MEMBERS = st.builds(FamilyMember, DATED, some(DATED), some(DATED), MAYBE_TEXT)
COUNTRIES = st.builds(
    FamilyCountry,
    st.sampled_from(["JP", "US", "EP", "CN", "KR"]),
    st.lists(MEMBERS, min_size=1, max_size=3).map(tuple),
    MAYBE_TEXT,
)
FAMILIES = st.builds(Family, st.lists(COUNTRIES, min_size=1, max_size=3).map(tuple))
FAMILY_LISTS = st.builds(FamilyList, st.lists(MEMBERS, min_size=1, max_size=4).map(tuple))
DOSSIER_DOCUMENTS = st.builds(
    DossierDocument, DAYS, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT
).filter(lambda row: said(replace(row, group=None)))
DOCUMENT_LISTS = st.builds(
    DocumentList, MAYBE_TEXT, MAYBE_TEXT, some(SOME_TEXT), some(SOME_TEXT), some(DOSSIER_DOCUMENTS)
).filter(said)
SYMBOLS = some(st.builds(ClassSymbol, SOME_TEXT, MAYBE_TEXT))
CITED_PATENTS = some(st.builds(CitedPatent, DAYS, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT).filter(said))
CITED_TEXTS = some(st.builds(CitedText, DAYS, MAYBE_TEXT, TEXT).filter(said))
ALL_CITATIONS = st.builds(
    CitationsAndClasses, DATED, MAYBE_DATED, MAYBE_DATED, SYMBOLS, SYMBOLS, CITED_PATENTS, CITED_TEXTS
)
REPLIES = FAMILIES | FAMILY_LISTS | DOCUMENT_LISTS | ALL_CITATIONS
HANDS = st.builds(
    Hand,
    prefix=st.sampled_from(["", "o", "jpo"]),
    namespace=st.sampled_from(["https://www.jpo.go.jp", "http://www.jpo.go.jp", "urn:x"]),
    indent=st.sampled_from(["", "\n", "\r\n\t", "  "]),
    compact_dates=st.booleans(),
    shuffled=st.none() | st.integers(0, 99),
    wrapped=st.booleans(),
    comments=st.booleans(),
    declaration=st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8"?>\n']),
)


def asked_about(reply):
    """A number whose dossier `reply` is."""
    if isinstance(reply, Family):
        return reply.countries[0].members[0].application.number
    if isinstance(reply, FamilyList):
        return reply.members[-1].application.number
    return reply.application.number if isinstance(reply, CitationsAndClasses) else NUMBER


def asking(reply):
    row = WRITERS[type(reply)][0]
    return row, arguments(row, asked_about(reply))


@given(REPLIES, HANDS)
@settings(max_examples=100)
def test_what_the_office_writes_is_read_field_by_field_however_it_is_written(reply, hand):
    found = read(*asking(reply), 200, body(answering(reply), hand))
    assert (found.problems, found.outcome, found.remaining) == ((), Outcome.OK, 88)
    assert found.reply == reply


@given(FAMILY_LISTS)
@settings(max_examples=25)
def test_one_wrapper_for_all_or_one_for_each_is_the_same(reply):
    split = tag("family-list-data", *(tag("family-lists", member("family-list", m)) for m in reply.members))
    assert read(*asking(reply), 200, body(api_data(split))).reply == reply


def test_data_wrapped_as_in_the_json_is_read_too():
    head = (Tag("statusCode", "100"), Tag("remainAccessCount", "88"))
    root = tag("api-data", tag("result", *head, tag("data", family_list(SMALL_FAMILY))))
    found = read(*asking(SMALL_FAMILY), 200, body(root))
    assert (found.reply, found.remaining, found.problems) == (SMALL_FAMILY, 88, ())


# --- an answer as clients find it, read by eye

LIST_OF_DOCUMENTS = """<?xml version="1.0" encoding="UTF-8"?>
<api-data xmlns="https://www.jpo.go.jp">
  <statusCode>100</statusCode><errorMessage></errorMessage><remainAccessCount>299</remainAccessCount>
  <document-list-data>
    <bibliographic>
      <original><invention-title>試験用の装置</invention-title>
        <applicant><last-name>架空株式会社</last-name></applicant></original>
      <translated><invention-title>TEST APPARATUS</invention-title><applicant/></translated>
    </bibliographic>
    <document-lists>
      <document-list group="1"><legal-date>2031-05-02</legal-date>
        <original id="Written_Opinion_53100000001_JP">
          <document-description>意見書</document-description></original>
        <translated id="Written_Opinion_53100000001">
          <document-description>Written Opinion</document-description></translated>
      </document-list>
      <document-list><legal-date/><original id="JLQY2TS1RXEAPX0"/><translated/></document-list>
    </document-lists>
  </document-list-data>
</api-data>"""


def test_the_documents_of_a_dossier_with_the_ids_of_original_and_translation():
    found = read(DOCUMENTS, (NUMBER,), 200, LIST_OF_DOCUMENTS.encode())
    assert (found.outcome, found.status_code, found.message, found.problems) == (Outcome.OK, "100", "", ())
    assert found.remaining == 299
    assert found.reply == DocumentList(
        title="試験用の装置",
        title_translated="TEST APPARATUS",
        applicants=("架空株式会社",),
        applicants_translated=(),
        documents=(
            DossierDocument(
                legal_date=date(2031, 5, 2),
                original_id="Written_Opinion_53100000001_JP",
                original_description="意見書",
                translated_id="Written_Opinion_53100000001",
                translated_description="Written Opinion",
                group="1",
            ),
            DossierDocument(None, "JLQY2TS1RXEAPX0", None, None, None),
        ),
    )


SMALL_FAMILY = FamilyList((FamilyMember(DatedNumber(NUMBER, date(2031, 4, 1)), (), ()),))


@pytest.mark.parametrize(
    "wrong", ["2031-02-30", "2031/05/02", "31-05-02", "２０３１-05-02", "0000-00-00", "soon"]
)
def test_an_unreadable_date_is_reported_and_the_document_kept(wrong):
    root = answering(DocumentList(None, None, (), (), (DossierDocument(None, "id-1", None, None, None),)))
    next(one for one in root.all() if one.name == "document-list").inside.append(Tag("legal-date", wrong))
    found = read(DOCUMENTS, (NUMBER,), 200, body(root))
    assert found.reply.documents == (DossierDocument(None, "id-1", None, None, None),)
    (problem,) = found.problems
    assert wrong in problem and "legal-date" in problem


def test_unknown_elements_attributes_and_loose_text_are_kept_with_their_place():
    root = answering(SMALL_FAMILY)
    listed = next(one for one in root.all() if one.name == "family-list")
    listed.attributes["status"] = "dead"
    listed.inside.append(tag("legal-status", Tag("event", "withdrawn")))
    text = written(root).replace("<family-lists>", "<family-lists>and others")
    found = read(FAMILY_LIST, ("application", NUMBER), 200, text.encode())
    place = "family-list-data/family-lists"
    assert replace(found.reply, extras=()) == SMALL_FAMILY
    kept = {extra.path: extra.value for extra in found.reply.extras}
    assert kept[f"{place}/family-list/@status"] == "dead"
    assert kept[f"{place}/text()"] == "and others"
    assert "<event>withdrawn</event>" in kept[f"{place}/family-list/legal-status"]
    assert len(kept) == 3 == len(found.problems)


def test_a_second_title_is_kept_and_reported():
    text = LIST_OF_DOCUMENTS.replace(
        "</invention-title>", "</invention-title><invention-title>別</invention-title>", 1
    )
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert found.reply.title == "試験用の装置"
    assert len(found.problems) == 1 and "more than once" in found.problems[0]
    assert "別" in found.reply.extras[0].value


def test_two_attributes_of_one_name_are_both_kept():
    two = '<original xmlns:x="urn:x" id="JLQY2TS1RXEAPX0" x:id="other"/>'
    text = LIST_OF_DOCUMENTS.replace('<original id="JLQY2TS1RXEAPX0"/>', two)
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert found.reply.documents[1].original_id == "JLQY2TS1RXEAPX0"
    assert len(found.problems) == 1 and found.reply.extras[0].value == "other"


def test_a_class_without_its_symbol_is_kept_and_reported():
    reply = CitationsAndClasses(DatedNumber(NUMBER, None), None, None, (), (), (), ())
    root = answering(reply)
    next(one for one in root.all() if one.name == "originals").inside.append(
        Tag("original", "", {"scheme": "FI"})
    )
    found = read(*asking(reply), 200, body(root))
    assert found.reply.classes == () and [extra.value for extra in found.reply.extras] == ["FI"]
    assert len(found.problems) == 1


def test_words_inside_markup_are_not_lost():
    text = LIST_OF_DOCUMENTS.replace("試験用の装置", "H<sub>2</sub>Oの装置<!-- 注 -->")
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert found.reply.title == "H2Oの装置" and len(found.problems) == 1


def test_where_the_schema_lies_says_nothing_about_the_case():
    schema = (
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="https://www.jpo.go.jp a.xsd"'
    )
    text = LIST_OF_DOCUMENTS.replace("<api-data", f"<api-data {schema}")
    text = text.replace("<legal-date/>", '<legal-date i:nil="true"/>')
    assert read(DOCUMENTS, (NUMBER,), 200, text.encode()).problems == ()


def test_a_number_in_another_style_is_kept_and_reported():
    reply = FamilyList((*SMALL_FAMILY.members, FamilyMember(DatedNumber("US14/768,239", None), (), ())))
    found = read(*asking(SMALL_FAMILY), 200, body(answering(reply)))
    assert found.reply == reply
    assert len(found.problems) == 1 and "US14/768,239" in found.problems[0]


@pytest.mark.parametrize("row", [FAMILY, FAMILY_LIST, DOCUMENTS, CITATIONS])
@pytest.mark.parametrize(
    "data",
    [
        (),
        (tag("family-data"), tag("family-list-data", tag("family-lists"))),
        (tag("family-data", Tag("kin", "US")), tag("family-list-data", Tag("kin", "US"))),
        (tag("document-list-data", Tag("docs", "A")), tag("citation-and-classification-data", Tag("x", "A"))),
    ],
)
def test_a_success_without_contents_has_not_been_understood(row, data):
    found = read(row, arguments(row), 200, body(api_data(*data)))
    assert (found.outcome, found.reply) == (Outcome.UNREADABLE, None) and found.problems


def test_a_family_with_countries_but_no_member_has_not_been_understood():
    found = read(FAMILY, arguments(FAMILY), 200, body(answering(Family((FamilyCountry("JP", ()),)))))
    assert (found.outcome, found.reply) == (Outcome.UNREADABLE, None)


# --- whose dossier is it?


def listed(*applications, publications=()):
    members = tuple(FamilyMember(DatedNumber(number, None), (), ()) for number in applications)
    others = tuple(FamilyMember(None, (DatedNumber(number, None),), ()) for number in publications)
    return FamilyList(members + others)


def told_of(reply, number, kind="application"):
    row = WRITERS[type(reply)][0]
    return read(row, arguments(row, number, kind), 200, body(answering(reply)))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("JP.2031000123.A", "JP.2031000123.A"),
        ("jp.2031000123.a", "JP.2031000123.A"),
        ("JP.2031000123.A", "JP.2031123.A"),
        ("EP.06834636.A", "EP.6834636.A"),
        ("US.201314768239.A", "US.201514768239.A"),
        ("KR.20080017015.A", "KR.200817015.A"),
    ],
)
def test_the_same_number_in_another_form_is_the_same_case(asked, told):
    assert told_of(listed("CN.203110000001.A", told), asked).problems == ()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("US.2015378098.A1", "US.20150378098.A1"),
        ("JP.WO2031012345.A1", "JP.WO2031012345.A5"),
        ("JP.6249966.B2", "JP.6249966.B1"),
    ],
)
@pytest.mark.parametrize("registered", [False, True])
def test_a_publication_is_found_without_regard_to_its_kind_and_zeros(asked, told, registered):
    number = (DatedNumber(told, None),)
    member_told = FamilyMember(None, (), number) if registered else FamilyMember(None, number, ())
    assert told_of(FamilyList((member_told,)), asked, "publication").problems == ()


@pytest.mark.parametrize(
    "told", [["JP.2031000124.A"], ["JP.2031000124.A", "JP.2031000125.A", "US.203114768239.A"]]
)
def test_the_family_of_another_application_is_never_taken(told):
    found = told_of(listed(*told), NUMBER)
    assert (found.outcome, found.reply) == (Outcome.UNREADABLE, None)
    assert NUMBER in found.problems[-1] and "JP.2031000124.A" in found.problems[-1]


def test_the_citations_of_another_application_are_never_taken():
    other = CitationsAndClasses(DatedNumber("JP.2031000124.A", None), None, None, (), (), (), ())
    assert told_of(other, NUMBER).outcome is Outcome.UNREADABLE


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        ("application", listed("US.203114768239.A")),
        ("application", listed("JP.6249966.A", "US.203114768239.A")),
        ("application", listed("JP.2031000124.A", "JP.124.A")),
        ("publication", listed("JP.2031000123.A")),
        ("publication", listed(publications=["JP.6249966.B2"])),
        ("publication", listed(publications=["JP.2031000124.B2"])),
    ],
)
def test_a_number_missing_from_the_answer_is_told_but_does_not_prove_another_case(kind, reply):
    found = told_of(reply, NUMBER, kind)
    assert (found.outcome, found.reply) == (Outcome.OK, reply)
    assert len(found.problems) == 1 and NUMBER in found.problems[0]


# --- the head: inner status, counter, HTTP status

CODES = {
    "107": Outcome.EMPTY,
    "108": Outcome.NO_BODY,
    "111": Outcome.OUT_OF_RANGE,
    "203": Outcome.DAILY_LIMIT,
    "204": Outcome.BAD_INPUT,
    "208": Outcome.BAD_INPUT,
    "210": Outcome.AUTH,
    "212": Outcome.AUTH,
    "301": Outcome.WRONG_PATH,
    "302": Outcome.TIMEOUT,
    "303": Outcome.BUSY,
    "999": Outcome.DOWN,
}


@pytest.mark.parametrize(("code", "outcome"), CODES.items())
def test_an_error_is_understood_as_xml_and_as_json_with_any_http_status(code, outcome):
    remaining = 99 if code == "107" else None
    in_xml = body(api_data(code=code, message="見つかりません。", remaining=str(remaining or "")))
    in_json = envelope(code, remaining=str(remaining or "")).body
    for row in OPD:
        for http in (200, 401, 429, 500, 504):
            for sent in (in_xml, in_json):
                found = read(row, arguments(row), http, sent)
                assert (found.outcome, found.status_code, found.reply) == (outcome, code, None)
                assert (found.remaining, found.problems) == (remaining, ())
            assert read(row, arguments(row), http, in_xml).message == "見つかりません。"


@pytest.mark.parametrize(("counter", "problems"), [(None, 0), ("", 0), (" 7 ", 0), ("many", 1), ("-1", 1)])
def test_the_counter_may_be_empty_or_missing(counter, problems):
    found = read(FAMILY, arguments(FAMILY), 200, body(api_data(code="107", remaining=counter)))
    assert (found.outcome, found.remaining) == (Outcome.EMPTY, 7 if counter == " 7 " else None)
    assert len(found.problems) == problems


@pytest.mark.parametrize(
    ("http", "outcome"),
    [(200, Outcome.UNREADABLE), (401, Outcome.AUTH), (429, Outcome.BUSY), (500, Outcome.DOWN)],
)
def test_without_an_inner_status_nothing_is_a_success(http, outcome):
    sent = body(tag("api-data", Tag("remainAccessCount", "7"), family_list(SMALL_FAMILY)))
    found = read(FAMILY_LIST, arguments(FAMILY_LIST), http, sent)
    assert (found.outcome, found.reply, found.remaining) == (outcome, None, 7) and found.problems


def test_data_beside_an_error_is_reported():
    root = api_data(family_list(SMALL_FAMILY), code="203")
    found = read(FAMILY_LIST, arguments(FAMILY_LIST), 200, body(root))
    assert (found.outcome, found.reply) == (Outcome.DAILY_LIMIT, None)
    assert len(found.problems) == 1 and "family-list-data" in found.problems[0]


# --- documents


@pytest.mark.parametrize("row", [PDF, ZIP])
def test_a_document_comes_as_pdf_or_zip_and_the_unusual_one_is_told(row):
    for kind, sent in (("pdf", WHOLE_PDF), ("zip", b"PK\x03\x04...")):
        found = read(row, arguments(row), 200, sent)
        assert (found.outcome, found.reply) == (Outcome.OK, None)
        assert (found.problems == ()) is (row.answer == kind)
        assert read(row, arguments(row), 503, sent).outcome is Outcome.DOWN


def test_a_pdf_without_its_end_is_told():
    assert read(PDF, arguments(PDF), 200, WHOLE_PDF[:-6]).problems


@pytest.mark.parametrize("row", [FAMILY, FAMILY_LIST, DOCUMENTS, CITATIONS])
@pytest.mark.parametrize("sent", [WHOLE_PDF, b"PK\x03\x04...", envelope("100").body])
def test_where_xml_is_expected_nothing_else_is_a_success(row, sent):
    found = read(row, arguments(row), 200, sent)
    assert (found.outcome, found.reply) == (Outcome.UNREADABLE, None) and found.problems


@pytest.mark.parametrize("row", [PDF, ZIP])
def test_a_document_too_large_to_be_sent_gives_its_address(row):
    found = read(row, arguments(row), 200, envelope("100", {"URL": "https://example.com/x?signature=1"}).body)
    assert found.reply.url == "https://example.com/x?signature=1"
    assert found.outcome is Outcome.UNREADABLE and "signature" not in repr(found)


@pytest.mark.parametrize("row", [PDF, ZIP, endpoint("patent", "jpp_fixed_address")])
def test_xml_that_calls_itself_a_success_is_none_where_something_else_is_expected(row):
    assert read(row, arguments(row), 200, LIST_OF_DOCUMENTS.encode()).outcome is Outcome.UNREADABLE


# --- hostile and broken bodies

SECRET = "a secret of this machine"
ENTITY = '<!DOCTYPE api-data [<!ENTITY e SYSTEM "file://{}">]>'
LAUGHS = "<!DOCTYPE api-data [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(12))
)


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET)
    return path


@pytest.mark.parametrize(
    ("prolog", "title"),
    [
        (ENTITY, "&e;"),
        ('<!DOCTYPE api-data [<!ENTITY % e SYSTEM "file://{}"> %e;]>', ""),
        ('<!DOCTYPE api-data [<!ENTITY % e SYSTEM "file://{}"', ""),
        (LAUGHS, "&a12;"),
        ("", "&undeclared;"),
        ("<!-- <!ENTITY e 'x'> -->", ""),
    ],
)
def test_entities_are_never_read(secret, prolog, title):
    text = LIST_OF_DOCUMENTS.replace("<api-data", prolog.replace("{}", str(secret)) + "<api-data").replace(
        "試験用の装置", title
    )
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert (found.outcome, found.reply) == (Outcome.UNREADABLE, None) and found.problems
    assert SECRET not in repr(found)


def test_a_document_type_elsewhere_is_not_loaded(secret):
    for reference in (f'SYSTEM "file://{secret}"', f'PUBLIC "-//X//Y" "file://{secret}" [ ]'):
        text = LIST_OF_DOCUMENTS.replace("<api-data", f"<!DOCTYPE api-data {reference}><api-data", 1)
        found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
        assert (found.outcome, found.problems) == (Outcome.OK, ())


def test_a_document_is_included_by_nobody(secret):
    include = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{secret}" parse="text"/>'
    text = LIST_OF_DOCUMENTS.replace("試験用の装置", f"題{include}")
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert found.reply.title == "題" and found.problems and SECRET not in repr(found)


def inside(text):
    return LIST_OF_DOCUMENTS.replace("<document-lists>", text)


@pytest.mark.parametrize(
    "text",
    [
        inside("<a>" * 1_000_000),
        inside("<a>" * 300 + "</a>" * 300 + "<document-lists>"),
        inside("<a/>" * 500_000 + "<document-lists>"),
        inside("<document-lists>" + "x" * 6_000_000),
        inside("<document-lists " + " ".join(f'a{n}="{n}"' for n in range(300_000)) + ">"),
        inside("<" + "a" * 4_000_000 + "/><document-lists>"),
        inside("<document-lists>\0"),
        inside("<document-lists>&#0;"),
        inside("<document-lists>&#xD800;"),
        inside("<document-lists><!-- -- -->"),
        inside("<document-lists><![CDATA[<!DOCTYPE a>]]>"),
        "<api-data>" * 1_000_000,
        "<!DOCTYPE" + " " * 4_000_000 + "<api-data>",
        "<api-data>" + "<!DOCTYPE[" * 400_000,
    ],
)
def test_clever_xml_ends_in_a_named_outcome(text):
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert not found.outcome.is_answer and found.reply is None and found.problems


def test_of_very_many_problems_no_more_are_told_than_a_person_can_read():
    text = inside("<document-lists>" + '<document-list strange="1"/>' * 500)
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert found.outcome is Outcome.OK and len(found.reply.extras) == 500
    assert len(found.problems) == 201 and "300" in found.problems[-1]


def test_many_unknown_elements_of_one_name_are_one_report():
    text = inside("<a>甲</a>" * 50_000 + "<document-lists>")
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert len(found.problems) == 1 and found.reply.extras[0].value.count("甲") == 50_000


@pytest.mark.parametrize(
    ("declared", "codec", "mark"),
    [
        ("UTF-8", "utf-8", b""),
        ("UTF-8", "utf-8", b"\xef\xbb\xbf"),
        ("", "utf-8", b""),
        ("", "utf-8", b"\xef\xbb\xbf"),
        ("", "utf-16-le", b"\xff\xfe"),
        ("UTF-16", "utf-16-le", b"\xff\xfe"),
        ("UTF-16", "utf-16-be", b"\xfe\xff"),
        ("UTF-16", "utf-16-le", b""),
        ("UTF-16", "utf-16-be", b""),
        ("Shift_JIS", "cp932", b""),
        ("windows-31j", "cp932", b""),
        ("EUC-JP", "euc_jp", b""),
    ],
)
def test_encodings_are_read_as_marked_or_declared(declared, codec, mark):
    title = "試験①Ⅲ" if codec == "cp932" else "試験"
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    rest = LIST_OF_DOCUMENTS.partition("?>")[2].strip().replace("試験用の装置", title)
    found = read(DOCUMENTS, (NUMBER,), 200, mark + (declaration + rest).encode(codec))
    assert (found.outcome, found.problems, found.reply.title) == (Outcome.OK, (), title)


def test_utf8_that_calls_itself_shift_jis_is_read_and_reported():
    text = LIST_OF_DOCUMENTS.replace("UTF-8", "Shift_JIS")
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert found.reply.title == "試験用の装置"
    assert len(found.problems) == 1 and "shift_jis" in found.problems[0]


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("UTF-8", "cp932"), ("UTF-8", "euc_jp"), ("x-unheard-of", "cp932"), ("EUC-JP", "cp932")],
)
def test_bytes_in_another_encoding_than_they_say_are_not_guessed_at(declared, codec):
    text = LIST_OF_DOCUMENTS.replace("UTF-8", declared)
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode(codec))
    assert (found.outcome, found.reply) == (Outcome.UNREADABLE, None) and found.problems


@pytest.mark.parametrize("declared", ["UTF-7", "rot13", "unicode_escape", "zlib"])
def test_no_codec_is_run_because_an_answer_names_it(declared):
    text = LIST_OF_DOCUMENTS.replace("UTF-8", declared).replace("試験用の装置", "+ZeU-")
    found = read(DOCUMENTS, (NUMBER,), 200, text.encode())
    assert found.reply.title == "+ZeU-" and len(found.problems) == 1


@given(st.integers(1, len(LIST_OF_DOCUMENTS.encode()) - 1), st.sampled_from([200, 500]))
def test_an_answer_cut_anywhere_is_no_answer(length, http):
    found = read(DOCUMENTS, (NUMBER,), http, LIST_OF_DOCUMENTS.encode()[:length])
    assert not found.outcome.is_answer and found.reply is None and found.problems


@pytest.mark.parametrize(
    "page",
    [
        "<html><body>maintenance</body></html>",
        "<!DOCTYPE html>\n<html><p>unclosed & wild",
        "\n\n<center>502 Bad Gateway",
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd">'
        '<html xmlns="http://www.w3.org/1999/xhtml"><body>しばらくお待ちください</body></html>',
        '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    ],
)
def test_a_page_from_what_stands_before_the_office_is_no_answer(page):
    by_http = {429: Outcome.BUSY, 504: Outcome.TIMEOUT, 401: Outcome.AUTH}
    for http in (200, 401, 403, 404, 429, 503, 504):
        for row in OPD:
            for codec in ("utf-8", "utf-8-sig", "utf-16"):
                found = read(row, arguments(row), http, page.encode(codec))
                assert found.outcome is by_http.get(http, Outcome.DOWN) and found.problems


# --- bent in every way: no crash, no silent loss


def strings(value):
    """Every piece of text in a reply, dates as the office writes them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, date):
        yield value.isoformat()
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def accounted_for(root, found):
    """Whether each text and attribute of the data is in the reply or in its extras."""
    kept = {" ".join(text.split()) for text in strings(asdict(found.reply))}
    extras = " ".join(html.unescape(extra.value) for extra in found.reply.extras).split()
    rest = " ".join(extras)
    for one in root.all():
        texts = [*one.attributes.values(), *([one.inside] if isinstance(one.inside, str) else [])]
        for text in (" ".join(text.split()) for text in texts):
            if one.name not in {"statusCode", "errorMessage", "remainAccessCount"}:
                yield text, text in kept or text in rest


NAMES = ["unknown", "date", "family", "original", "document-number"]


@given(REPLIES, st.data())
@settings(max_examples=150)
def test_a_bent_answer_loses_nothing_without_a_word(reply, data):
    root = answering(reply)
    for _ in range(data.draw(st.integers(1, 3))):
        inner = [one for one in root.all() if isinstance(one.inside, list) and one.name != "api-data"]
        if not inner:
            break
        parent = data.draw(st.sampled_from(inner))
        bend = data.draw(st.sampled_from(["drop", "double", "add", "attribute", "rename", "garble"]))
        child = data.draw(st.sampled_from(parent.inside)) if parent.inside else None
        if bend == "add" or child is None:
            place = data.draw(st.integers(0, len(parent.inside)))
            parent.inside.insert(place, Tag(data.draw(st.sampled_from(NAMES)), data.draw(SOME_TEXT)))
        elif bend == "drop":
            parent.inside.remove(child)
        elif bend == "double":
            parent.inside.append(child)
        elif bend == "attribute":
            child.attributes["strange"] = data.draw(SOME_TEXT)
        elif bend == "rename":
            child.name = data.draw(st.sampled_from(NAMES))
        else:
            child.inside = data.draw(SOME_TEXT)
    found = read(*asking(reply), 200, body(root, Hand(wrapped=data.draw(st.booleans()))))
    if found.outcome is not Outcome.OK:
        assert found.outcome is Outcome.UNREADABLE and found.reply is None and found.problems
        return
    assert [text for text, is_kept in accounted_for(root, found) if not is_kept] == []
    assert bool(found.problems) or not found.reply.extras


FILES = (b"PK\x03\x04", b"PK\x05\x06", b"%PDF-")


@given(st.sampled_from(OPD), st.binary(max_size=80), st.sampled_from([200, 401, 429, 500]))
@settings(max_examples=150)
def test_no_bytes_crash_the_reader_or_pass_for_an_answer(row, noise, http):
    head = b"<api-data><statusCode>100</statusCode>"
    whole = noise if not noise.startswith(FILES) else b"x" + noise
    for sent in (whole, b"<" + noise, head + noise, head + noise + b"</api-data>", b"\xff\xfe<\0" + noise):
        found = read(row, arguments(row), http, sent)
        assert not found.outcome.is_answer and found.reply is None and found.problems


# --- over the wire


@pytest.fixture
def office():
    with running_office() as running:
        running.tokens = [token()]
        yield running


@pytest.fixture
def client(office):
    rules = policy({"opd/family_list": 100})
    now = datetime(2031, 5, 7, 12, tzinfo=JST)
    client = JpoClient(
        office.url,
        "the-id",
        "the-password",
        MemoryLedger(rules),
        rules,
        clock=lambda: now,
        sleep=lambda _: None,
        max_wait_seconds=0,
    )
    yield client
    client.close()


def test_a_family_asked_for_over_http(office, client):
    office.answers = [Scripted(200, body(answering(SMALL_FAMILY)), {"Content-Type": "application/xml"})]
    answer = client.call(FAMILY_LIST, "application", NUMBER)
    assert (answer.outcome, answer.reply, answer.remaining) == (Outcome.OK, SMALL_FAMILY, 88)
    assert office.gets[0].path == f"/opdapi/patent/v1/family_list/application/{NUMBER}"


def test_the_daily_limit_said_in_xml_closes_the_bucket(office, client):
    office.answers = [Scripted(200, body(api_data(code="203", remaining="")))]
    assert client.call(FAMILY_LIST, "application", NUMBER).outcome is Outcome.DAILY_LIMIT
    with pytest.raises(DailyLimitReached):
        client.call(FAMILY_LIST, "application", NUMBER)
    assert len(office.gets) == 1


def test_a_pdf_fetched_over_http_is_given_as_it_came(office, client):
    office.answers = [Scripted(200, WHOLE_PDF, {"Content-Type": "application/pdf"})]
    answer = client.call(PDF, NUMBER, "Abstract_53100000001_JP")
    assert (answer.outcome, answer.body, answer.remaining) == (Outcome.OK, WHOLE_PDF, None)
