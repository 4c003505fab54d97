"""The One Portal Dossier of the invented patents: families, documents, citations and how it says no."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from apiclient.documents.archive import read_bundle
from apiclient.jpo.catalogue import ENDPOINTS, endpoint, policy
from apiclient.jpo.client import JpoClient
from apiclient.jpo.opd import CitationsAndClasses, DocumentList, Family, FamilyList
from apiclient.outcomes import Outcome
from apiclient.quota import MemoryLedger
from apiclient.sandbox import Sandbox
from apiclient.sandbox.families import Dated, Member
from apiclient.sandbox.specification import claim_texts
from apiclient.sandbox.techniques import TECHNIQUES, technique_of
from apiclient.sandbox.words import PATENT_OBJECTS
from apiclient.sandbox.world import Sight
from tests.sandbox.conftest import NOW, Caller

PATH = "/opdapi/patent/v1"
LIMITS = replace(policy(), per_minute={"domestic": 10**6, "opd": 10**6})
FORMS = {  # application; publication or grant
    "JP": (r"JP\.\d{10}\.A", r"JP\.(\d{10}\.A|WO\d{10}\.A1|\d{7}\.B[12])"),
    "US": (r"US\.\d{12}\.A", r"US\.(\d{10}\.A1|\d{8}\.B2)"),
    "EP": (r"EP\.\d{8}\.A", r"EP\.\d{7}\.(A1|B1)"),
    "CN": (r"CN\.\d{12}\.A", r"CN\.\d{9}\.[AB]"),
    "KR": (r"KR\.\d{11}\.A", r"KR\.(\d{11}\.A|\d{9}\.B1)"),
}


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    limits = {"opd/global_doc_cont": 10_000, "opd/jp_doc_cont": 10_000}
    with Sandbox(seed=7, cases=1500, now=NOW, limits=limits, edge_seconds=0) as office:
        yield office


@pytest.fixture
def office(shared: Sandbox) -> Sandbox:
    shared.reset_counters()
    return shared


@pytest.fixture
def client(office: Sandbox) -> Iterator[JpoClient]:
    ledger = MemoryLedger(LIMITS)
    client = JpoClient(office.url, office.username, office.password, ledger, LIMITS, clock=office.now)
    yield client
    client.close()


@pytest.fixture
def caller(office: Sandbox) -> Iterator[Caller]:
    caller = Caller(office)
    yield caller
    caller.session.close()


def sample(office: Sandbox) -> list[Sight]:
    kinds = (None, "pct", "national_priority", "divisional")
    return [sight for kind in kinds for sight in office.cases("patent", 40, kind=kind)]


def members(office: Sandbox, sight: Sight) -> tuple[Member, ...]:
    return office.office.opd.family("application", docdb(sight))


def docdb(sight: Sight) -> str:
    return f"JP.{sight.case.number}.A"


def with_office(office: Sandbox, code: str) -> Member:
    found = (one for sight in sample(office) for one in members(office, sight) if one.office == code)
    return next(found)


# Families


def test_every_number_of_every_member_leads_to_the_same_family(office: Sandbox) -> None:
    asked, seen = 0, set()
    for sight in sample(office):
        family = members(office, sight)
        assert docdb(sight) in [member.application.number for member in family]
        for member in family:
            seen.add(member.office)
            assert office.office.opd.family("application", member.application.number) == family
            for one in member.publications + member.registrations:
                asked += 1
                assert office.office.opd.family("publication", one.number) == family
    assert seen == set(FORMS) and asked > 300


def test_numbers_have_their_offices_forms_and_days_their_order(office: Sandbox) -> None:
    for sight in sample(office):
        for member in members(office, sight):
            application, issued = FORMS[member.office]
            assert re.fullmatch(application, member.application.number)
            day = member.application.on
            for one in member.publications + member.registrations:
                assert re.fullmatch(issued, one.number)
                assert day < one.on < office.today()
                day = one.on
            if member.sight is None:
                head = office.office.relations.head(sight.case)
                earliest = [head.filed_on, *([head.priority[1]] if head.priority else [])]
                earliest += [claim.on for claim in head.national_priorities]
                assert min(earliest) <= member.application.on
                assert head.international or min(earliest) < member.application.on


def test_the_same_number_of_another_year_or_kind_is_of_no_family(office: Sandbox) -> None:
    family = office.office.opd.family
    member = with_office(office, "US")
    year, rest = int(member.application.number[3:7]), member.application.number[7:]
    assert family("application", f"US.{year}{rest}") and not family("application", f"US.{year + 3}{rest}")
    assert not family("publication", member.application.number)
    assert not family("application", member.publications[0].number)


def told(member: Member, *, dated: bool) -> tuple[object, ...]:
    def pairs(all_of: tuple[Dated, ...]) -> list[tuple[str, date | None]]:
        return [(one.number, one.on if dated else None) for one in all_of]

    application = (member.application.number, member.application.on)
    return application, pairs(member.publications), pairs(member.registrations)


def read(member: object) -> tuple[object, ...]:
    return (
        (member.application.number, member.application.on),  # type: ignore[attr-defined]
        [(one.number, one.on) for one in member.publications],  # type: ignore[attr-defined]
        [(one.number, one.on) for one in member.registrations],  # type: ignore[attr-defined]
    )


def test_the_client_reads_back_every_family_as_the_office_means_it(
    office: Sandbox, client: JpoClient
) -> None:
    for sight in sample(office)[::6]:
        family = members(office, sight)
        flat = client.call(endpoint("opd", "family_list"), "application", docdb(sight))
        assert flat.outcome is Outcome.OK and not flat.problems and isinstance(flat.reply, FamilyList)
        assert [read(one) for one in flat.reply.members] == [told(one, dated=True) for one in family]
        grouped = client.call(endpoint("opd", "family"), "application", docdb(sight))
        assert grouped.outcome is Outcome.OK and not grouped.problems and isinstance(grouped.reply, Family)
        countries = grouped.reply.countries
        assert [one.country for one in countries] == list(dict.fromkeys(one.office for one in family))
        assert [read(one) for country in countries for one in country.members] == [
            told(one, dated=False) for one in family
        ]


# Dossiers


def test_the_client_reads_back_every_dossier_as_the_office_means_it(
    office: Sandbox, client: JpoClient
) -> None:
    listed = cited = 0
    for sight in sample(office)[::8]:
        for member in members(office, sight):
            number = member.application.number
            dossier = office.office.opd.dossier(number)
            assert dossier
            answer = client.call(endpoint("opd", "global_doc_list"), number)
            assert answer.outcome is Outcome.OK and not answer.problems
            assert isinstance(answer.reply, DocumentList)
            assert (answer.reply.title, answer.reply.title_translated) == (
                dossier.title,
                dossier.english_title,
            )
            assert answer.reply.applicants == dossier.applicants
            rows = [
                (one.legal_date, one.group, one.original_id, one.translated_id or "")
                for one in answer.reply.documents
            ]
            assert rows == [
                (one.on, one.group, one.original_id, one.translated_id) for one in dossier.entries()
            ]
            listed += len(rows)
            answer = client.call(endpoint("opd", "global_cite_class"), number)
            assert answer.outcome is Outcome.OK and not answer.problems
            assert isinstance(answer.reply, CitationsAndClasses)
            patents = [(one.draft_date, one.cited_in, one.number) for one in answer.reply.patents]
            assert patents == [(one.drafted, one.cited_in, one.number) for one in dossier.cited_patents()]
            assert [one.symbol for one in answer.reply.ipcs] == list(dossier.classes()[0])
            classes = [(one.scheme, one.symbol) for one in answer.reply.classes]
            assert classes == list(dossier.classes()[1])
            cited += len(patents)
    assert listed > 100 and cited > 20


def test_ids_bear_the_document_numbers_of_the_status_information(office: Sandbox, caller: Caller) -> None:
    for sight in office.cases("patent", 5, "registered"):
        progress = caller.data(f"/api/patent/v1/app_progress/{sight.case.number}")
        numbers = {
            row["documentNumber"]
            for block in progress["bibliographyInformation"]
            for row in block["documentList"]
        }
        dossier = office.office.opd.dossier(docdb(sight))
        assert dossier and dossier.entries()
        for entry in dossier.entries():
            match = re.fullmatch(r"[A-Z][A-Za-z_]+_(\d{11})_JP", entry.original_id)
            assert match and match[1] in numbers
            assert entry.translated_id == entry.original_id.removesuffix("_JP")


def test_ids_are_unique_in_a_dossier_and_tell_nothing_abroad(office: Sandbox) -> None:
    for code in ("US", "EP", "CN", "KR"):
        dossier = office.office.opd.dossier(with_office(office, code).application.number)
        assert dossier
        ids = [one for entry in dossier.entries() for one in (entry.original_id, entry.translated_id) if one]
        assert len(set(ids)) == len(ids) >= 2
        assert all(re.fullmatch(r"[A-Z0-9]{15}", one) for one in ids)
        translated = [entry.translated_id for entry in dossier.entries()]
        assert all(translated) if code in ("CN", "KR") else not any(translated)


# Documents


def pages_are_where_the_table_says(body: bytes) -> bool:
    start = int(body.rsplit(b"startxref\n", 1)[1].split()[0])
    assert body[start:].startswith(b"xref\n0 6\n")
    places = [int(row.split()[0]) for row in body[start:].split(b"\n")[3:8]]
    return all(body[place:].startswith(b"%d 0 obj" % n) for n, place in enumerate(places, 1))


def test_every_listed_id_gives_a_pdf_and_japanese_originals_give_text(
    office: Sandbox, caller: Caller
) -> None:
    archives = 0
    for sight in [*office.cases("patent", 3, "registered"), *office.cases("patent", 2, kind="pct")]:
        for member in members(office, sight):
            number = member.application.number
            dossier = office.office.opd.dossier(number)
            assert dossier
            for entry in dossier.entries():
                for identity in filter(None, (entry.original_id, entry.translated_id)):
                    page = caller.get(f"{PATH}/global_doc_cont/{number}/{identity}")
                    assert page.headers["Content-Type"] == "application/pdf"
                    assert pages_are_where_the_table_says(page.content)
                    assert identity.encode() in page.content
                    archive = caller.get(f"{PATH}/jp_doc_cont/{number}/{identity}")
                    if archive.headers["Content-Type"] == "application/zip":
                        archives += 1
                        assert identity == entry.original_id and member.office == "JP"
                        bundle = read_bundle(archive.content)
                        assert bundle.members and not bundle.problems
                    else:
                        assert archive.json()["result"]["statusCode"] == "108"
    assert archives > 20


def text_of(raw: bytes) -> str:
    xml = raw.decode("cp932").split("?>", 1)[1].encode()
    root = etree.fromstring(xml, etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False))
    return "".join(root.itertext())


def filed_part(caller: Caller, sight: Sight, name: str) -> bytes:
    filing = next(act for act in sight.acts if act.code == "A63")
    path = f"{PATH}/jp_doc_cont/{docdb(sight)}/{name}_{filing.number}_JP"
    (member,) = read_bundle(caller.get(path).content).members
    assert member.document_number == filing.number and member.document_code == "A63"
    return member.data


def test_a_specification_has_its_title_claims_description_and_abstract(
    office: Sandbox, caller: Caller
) -> None:
    for sight in office.cases("patent", 8):
        case = sight.case
        description = text_of(filed_part(caller, sight, "Description"))
        assert case.title in description and technique_of(case.title)[0] in description
        assert len(re.sub(r"\s", "", description)) > 600
        claims = text_of(filed_part(caller, sight, "Claims"))
        assert all(text in claims for text in claim_texts(case)) and len(claim_texts(case)) == case.claims
        assert "【課題】" in text_of(filed_part(caller, sight, "Abstract"))


def test_there_are_words_and_classes_for_everything_an_invention_may_be() -> None:
    assert set(TECHNIQUES) == set(PATENT_OBJECTS)
    fields = {id(one.field): one.field for one in TECHNIQUES.values()}.values()
    assert len(fields) >= 6
    for field in fields:
        assert len("".join([field.background, field.problem, field.solution, *field.embodiments])) > 400
    for technique in TECHNIQUES.values():
        for symbol in (technique.ipc, technique.cpc):
            assert re.fullmatch(r"[A-H]\d{2}[A-Z] \d{1,4}/\d{2,6}", symbol)
    assert technique_of("燃料電池システム用冷却機構")[0] == "燃料電池システム"


# How it says no


def status(reply: object) -> str:
    text = reply.text  # type: ignore[attr-defined]
    found = re.search(r'<statusCode>(\d+)<|"statusCode":"(\d+)"', text)
    assert found, text
    return found[1] or found[2]


@pytest.mark.parametrize(
    ("path", "code", "kind"),
    [
        ("family/registration/JP.2020123456.A", "204", "xml"),
        ("family/application/2020123456", "204", "xml"),
        ("family_list/application/DE.2020123456.A", "111", "xml"),
        ("global_doc_list/JP.2011000001.A", "107", "xml"),
        ("global_doc_list/US.201914000001.A", "107", "xml"),
        ("global_doc_list/US.1.A", "107", "xml"),
        ("global_doc_list/JP.WO2020999999.A1", "107", "xml"),
        ("global_cite_class/JP.20%3A20.A", "208", "xml"),
        ("global_doc_cont/JP.2011000001.A/Abstract_51200000000_JP", "107", "json"),
        ("jp_doc_cont/JP.2011000001.A/Abstract_51200000000_JP", "107", "json"),
    ],
)
def test_failures_have_the_offices_codes_in_the_form_of_their_endpoint(
    caller: Caller, path: str, code: str, kind: str
) -> None:
    reply = caller.get(f"{PATH}/{path}")
    assert (reply.status_code, status(reply)) == (200, code)
    assert reply.headers["Content-Type"] == f"application/{kind}"


def test_an_unknown_document_of_a_known_case_has_no_body(office: Sandbox, caller: Caller) -> None:
    number = docdb(office.cases("patent", 1)[0])
    for name in ("global_doc_cont", "jp_doc_cont"):
        reply = caller.get(f"{PATH}/{name}/{number}/Abstract_99999999999_JP")
        assert status(reply) == "108"


def test_a_wrong_token_and_a_wrong_path_are_refused_as_elsewhere(caller: Caller) -> None:
    reply = caller.get(f"{PATH}/family/application/JP.2020123456.A", "nonsense")
    assert (reply.status_code, status(reply)) == (401, "210")
    for path in (
        "/opdapi/design/v1/family/application/JP.2020123456.A",
        "/api/patent/v1/family/application/x",
    ):
        assert status(caller.get(path)) == "301"


def test_opd_has_counters_of_its_own_as_the_catalogue_says(office: Sandbox, caller: Caller) -> None:
    number = docdb(office.cases("patent", 1)[0])
    for row in ENDPOINTS:
        if row.group == "opd" and row.answer == "xml":
            kind = ("application",) if len(row.parameters) == 2 else ()
            text = caller.get(row.url_path(*kind, number)).text
            assert f"<remainAccessCount>{row.published_limit - 1}</remainAccessCount>" in text


def test_opd_allows_five_calls_a_minute_beside_the_domestic_ten() -> None:
    with Sandbox(cases=100, now=NOW, per_minute=10, opd_per_minute=5, edge_seconds=0) as office:
        caller = Caller(office)
        with caller.session:
            opd = [caller.get(f"{PATH}/global_doc_list/JP.2011000001.A") for _ in range(6)]
            assert [status(one) for one in opd] == ["107"] * 5 + ["303"]
            assert opd[-1].status_code == 429
            domestic = [caller.result("/api/patent/v1/app_progress/2011000001") for _ in range(11)]
            assert [one["statusCode"] for one in domestic] == ["107"] * 10 + ["303"]
            state = caller.session.get(f"{office.url}/_sandbox/state", timeout=10).json()
            assert (state["per_minute"], state["opd_per_minute"]) == (10, 5)
            office.reset_counters()
            assert status(caller.get(f"{PATH}/global_doc_list/JP.2011000001.A")) == "107"
