"""The office from a terminal: what support staff type, and what they read."""

from __future__ import annotations

import io
import json
import stat
from dataclasses import dataclass

import pytest
from django.core.management import CommandError, call_command

from apiclient.jpo.catalogue import ENDPOINTS
from apiclient.outcomes import Outcome
from dossiers.management import office_words
from dossiers.models import OfficeCall, QuotaMinute
from tests.classification.stand_in import SPECIFICATION, configure

pytestmark = pytest.mark.django_db


@dataclass
class Said:
    """What one command wrote, and how it ended."""

    out: bytes
    err: str
    code: int

    @property
    def text(self) -> str:
        return self.out.decode()


def type_in(*words: str, tty: bool = False) -> Said:
    """`manage.py office WORDS…`, with its output caught."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    out.isatty = lambda: tty
    code = 0
    try:
        call_command("office", *words, stdout=out, stderr=err, no_color=True)
    except CommandError as error:
        err.write(str(error))
        code = error.returncode
    except SystemExit as ended:
        code = ended.code
    return Said(out.buffer.getvalue(), err.getvalue(), code)


@pytest.fixture
def office(office, transactional_db):
    """Asking the office commits; looking things up does not."""
    return office


@pytest.fixture
def number(office) -> str:
    return office.cases("patent", limit=1, stage="registered")[0].case.number


# --- list and show ----------------------------------------------------------------------------------------


def test_the_list_shows_every_endpoint_with_todays_use(office, number):
    type_in("call", "patent/app_progress", number)
    said = type_in("list")
    lines = {line.split()[0]: line.split() for line in said.text.splitlines() if "/" in line.split(" ")[0]}
    assert lines.keys() >= {row.bucket_name for row in ENDPOINTS}
    assert lines["patent/app_progress"][-4:] == ["1", "799", "800", "799"]
    assert lines["opd/family"][-4:] == ["0", "100", "100", "-"]
    assert "domestic 1 of" in said.text and "opd 0 of 5" in said.text
    assert said.code == 0 and OfficeCall.objects.count() == 1


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.bucket_name)
def test_every_endpoint_can_be_looked_up_and_its_example_fits(db, row):
    said = type_in("show", row.bucket_name).text
    for parameter in row.parameters:
        assert parameter.name in said and parameter.name_ja in said and parameter.example in said
    assert row.title_en in said and row.title_ja in said and row.path in said
    assert f"Table {row.handbook_table}, No. {row.handbook_number}" in said
    assert f"published {row.published_limit}, observed {row.observed_limit}" in said
    assert row.url_path(*office_words.examples(row))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("app_progress", "trademark/app_progress"),
        ("patent/ap_progres", "patent/app_progress"),
        ("opd/familly", "opd/family"),
    ],
)
def test_a_misspelt_endpoint_gets_a_hint(db, typed, meant):
    for action in ("show", "call"):
        said = type_in(action, typed)
        assert said.code == 2 and meant in said.err and not said.out


@pytest.mark.parametrize("typed", ["x", "", "\x1b[31m/\u202e", "patent/"])
def test_nonsense_for_an_endpoint_is_refused_in_words(db, typed):
    said = type_in("show", typed)
    assert said.code == 2 and "`office list` shows all" in said.err
    assert "\x1b" not in said.err and "\u202e" not in said.err


# --- a question -------------------------------------------------------------------------------------------


def test_a_question_shows_the_quota_before_and_after_and_the_reply(office, number):
    said = type_in("call", "patent/app_progress", number)
    assert said.code == 0 and not said.err
    assert "Before: 0 of 800 used today, 800 left." in said.text
    assert "After: 1 of 800 used today, 799 left; the office said 799." in said.text
    assert "The office answered. (ok, 1 request sent, code 100, HTTP 200)" in said.text
    assert f"application number: {number}" in said.text and "bibliography:" in said.text
    call = OfficeCall.objects.get()
    assert (call.purpose, call.outcome, call.argument) == ("person", "ok", number)


@pytest.mark.parametrize("style", ["特願{}-{}", "特願 {}－{}", "JP Patent Appl. {}-{}", "{}-{}"])
def test_a_number_may_be_typed_as_people_write_it_and_how_it_was_read_is_said(office, number, style):
    typed = style.format(number[:4], number[4:].lstrip("0"))
    said = type_in("call", "patent/app_progress", typed)
    assert said.code == 0
    assert f"Asked about: {number} (read from {typed.replace(chr(0x3000), ' ')})" in said.text


def test_the_kind_says_how_a_number_is_read(office):
    case = office.cases("patent", limit=1, stage="registered")[0].case
    known = json.loads(
        type_in("call", "patent/case_number_reference", "application", case.number, "--json").text
    )["reply"]
    registered = known["registration_number"]
    said = type_in("call", "patent/case_number_reference", "registration", f"特許第{int(registered)}号")
    assert said.code == 0 and f"application number: {case.number}" in said.text


@pytest.mark.parametrize(
    ("endpoint", "arguments", "words"),
    [
        ("patent/app_progress", [], "takes application number; 0 given"),
        ("patent/app_progress", ["2020008423", "more"], "2 given"),
        ("patent/app_progress", ["商願2020-8423"], "no application number"),
        ("patent/app_progress", ["特許第6789012号"], "no application number"),
        ("patent/app_progress", ["2020,8423"], "takes no tab , : ; or |"),
        ("patent/app_progress", ["\x1b[2J"], "no application number"),
        ("patent/case_number_reference", ["registration", "2020008423"], "no number"),
        ("patent/case_number_reference", ["odd", "2020008423"], "no kind of number"),
        ("patent/applicant_attorney", ["\udcff"], "no readable text"),
        ("opd/family", ["application", "特願2020-8423の2"], "no DOCDB number"),
    ],
)
def test_what_the_office_would_not_take_is_never_asked(office, endpoint, arguments, words):
    said = type_in("call", endpoint, *arguments)
    assert said.code == 2 and words in said.err and "Nothing was asked" in said.err
    assert "\x1b" not in said.err and not said.out
    assert not OfficeCall.objects.exists()


def test_an_answer_of_nothing_is_told_in_words_and_not_asked_twice(office):
    first = type_in("call", "patent/app_progress", "2020999999")
    again = type_in("call", "patent/app_progress", "2020999999")
    assert (first.code, again.code) == (1, 1)
    assert "The office knows nothing under this" in first.text and "1 request sent" in first.text
    assert "the office said so earlier today" in again.text
    assert OfficeCall.objects.count() == 1


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_sentence(outcome):
    assert office_words.SENTENCES[outcome].endswith(".")


def test_a_spent_day_says_until_when(office, number):
    office.fault("203", endpoint="patent/app_progress", times=None)
    spent = type_in("call", "patent/app_progress", number)
    assert spent.code == 1 and "today's limit of this question is reached" in spent.text
    said = type_in("call", "patent/app_progress", number)
    assert said.code == 1 and "2026-11-25 00:01 in Japan" in said.err and "Nothing was sent" in said.err
    assert "0 left" in spent.text.splitlines()[-1] and OfficeCall.objects.count() == 1


def test_a_full_minute_says_until_when(office, number, settings):
    settings.JPO_PER_MINUTE = 1
    type_in("call", "patent/app_progress", number)
    said = type_in("call", "patent/app_progress_simple", number)
    assert said.code == 1 and "minute of domestic calls is full" in said.err and "09:01:0" in said.err


def test_without_credentials_nothing_is_sent(office, settings):
    settings.JPO_PASSWORD = ""
    said = type_in("call", "patent/app_progress", "2020008423")
    assert said.code == 2 and "JPO_USERNAME" in said.err and not OfficeCall.objects.exists()


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("302", "No answer came in time"),
        ("303", "too many questions"),
        ("999", "not available"),
        ("html", "not available"),
        ("garbage", "could not be read"),
    ],
)
def test_an_office_in_trouble_is_told_in_words(office, number, trouble, words):
    office.fault(trouble, match="/api/", times=None)
    said = type_in("call", "patent/app_progress", number)
    assert said.code == 1 and words in said.text


def test_a_refused_password_is_told_without_it(office, number, settings):
    settings.JPO_PASSWORD = "geheim-und-falsch"
    said = type_in("call", "patent/app_progress", number, "--json")
    assert said.code == 1 and json.loads(said.text)["outcome"] == "auth"
    assert "geheim" not in said.text + said.err


# --- forms ------------------------------------------------------------------------------------------------


def test_json_holds_everything_and_nothing_else_is_said(office, number):
    said = type_in("call", "patent/registration_info", number, "--json")
    told = json.loads(said.text)
    assert told["endpoint"] == "patent/registration_info" and told["outcome"] == "ok"
    assert told["reply"]["application_number"] == number and told["reply"]["registration_date"]
    assert told["quota"]["after"]["used"] == told["quota"]["before"]["used"] + 1
    assert not said.err


def test_raw_is_the_offices_bytes_and_the_words_stand_aside(office, number):
    said = type_in("call", "patent/app_progress", number, "--raw")
    assert json.loads(said.out)["result"]["data"]["applicationNumber"] == number
    assert "The office answered." in said.err


def test_raw_shows_text_on_a_terminal_but_never_a_file(office, number):
    assert type_in("call", "patent/app_progress", number, "--raw", tty=True).code == 0
    said = type_in("call", "patent/app_doc_cont_refusal_reason", number, "--raw", tty=True)
    assert said.code == 2 and "--save" in said.err
    assert OfficeCall.objects.count() == 1


def test_bytes_that_a_terminal_would_obey_are_not_written_to_it(office, number):
    office.fault("garbage", match="/api/", times=None)
    said = type_in("call", "patent/app_progress", number, "--raw", tty=True)
    assert said.code == 1 and not said.out


def archive_of(office) -> tuple[str, ...]:
    for sight in office.cases("patent", limit=40, stage="examination"):
        office.add_document("patent", sight.case.number, "A131")
        return "patent/app_doc_cont_refusal_reason", sight.case.number
    raise LookupError


def test_an_archive_is_listed_and_saved_whole_and_never_over_another_file(office, tmp_path):
    question = archive_of(office)
    shown = type_in("call", *question)
    assert "An archive of" in shown.text and ".xml" in shown.text
    path = tmp_path / "通知.zip"
    saved = type_in("call", *question, "--save", str(path))
    assert saved.code == 0 and path.read_bytes().startswith(b"PK")
    assert f"{path.stat().st_size} bytes are in" in saved.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before, calls = path.read_bytes(), OfficeCall.objects.count()
    refused = type_in("call", *question, "--save", str(path))
    assert refused.code == 2 and "--force" in refused.err
    assert path.read_bytes() == before and OfficeCall.objects.count() == calls
    path.write_bytes(b"old")
    assert type_in("call", *question, "--save", str(path), "--force").code == 0
    assert path.read_bytes().startswith(b"PK")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_what_is_no_answer_is_not_saved(office, tmp_path):
    said = type_in("call", "patent/app_progress", "2020999999", "--save", str(tmp_path / "x"))
    assert said.code == 1 and "was not written" in said.text
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_known_before_a_call_is_spent(office, number, tmp_path):
    for place in (tmp_path, tmp_path / "nowhere" / "x"):
        said = type_in("call", "patent/app_progress", number, "--save", str(place))
        assert said.code == 2 and "Nothing was asked" in said.err
    assert not OfficeCall.objects.exists()


def test_a_link_that_leads_nowhere_is_known_before_a_call_is_spent_and_never_followed(
    office, number, tmp_path
):
    link, aim = tmp_path / "link", tmp_path / "elsewhere"
    link.symlink_to(aim)
    said = type_in("call", "patent/app_progress", number, "--save", str(link))
    assert said.code == 2 and not OfficeCall.objects.exists()
    assert type_in("call", "patent/app_progress", number, "--save", str(link), "--force").code == 0
    assert link.read_bytes() and not link.is_symlink() and not aim.exists()


def test_json_raw_and_save_exclude_each_other(db, tmp_path):
    said = type_in("call", "patent/app_progress", "2020008423", "--json", "--raw")
    assert "not allowed with" in said.err


def test_hostile_words_of_the_office_are_shown_not_obeyed():
    assert office_words.plain("a\x1b[2Jb\u202ec\nd　e特") == "a\\x1b[2Jb\\u202ec\\nd　e特"


# --- IP Australia -----------------------------------------------------------------------------------------


@pytest.fixture
def predictor(office, settings):
    configure(settings, office)
    return office.office.ipaustralia


@pytest.mark.parametrize("name", ["ipaustralia/token", "ipaustralia/classification"])
def test_the_services_of_ip_australia_are_listed_and_shown(db, name):
    assert name in type_in("list").text
    said = type_in("show", name)
    assert said.code == 0 and "Not configured: IPAU_CLIENT_ID" in said.text


def test_a_token_is_fetched_and_never_shown(predictor, settings):
    said = type_in("call", "ipaustralia/token")
    assert said.code == 0 and settings.IPAU_CLIENT_SECRET not in said.text
    assert said.text.splitlines() == [
        "ipaustralia/token: External Token API: whether a token is given",
        "IP Australia answered. (ok)",
    ]


def test_refused_credentials_are_told_without_them(predictor, settings):
    settings.IPAU_CLIENT_SECRET = "geheim-und-falsch"
    said = type_in("call", "ipaustralia/token", "--json")
    assert said.code == 1 and json.loads(said.text)["trouble"] == "credentials"
    assert "geheim" not in said.text + said.err


def test_a_text_gets_ranked_symbols_and_their_source(predictor, tmp_path):
    path = tmp_path / "明細書.txt"
    path.write_text(SPECIFICATION)
    said = type_in("call", "ipaustralia/classification", str(path))
    assert said.code == 0 and "rank  symbol" in said.text and "A suggestion of" in said.text
    told = json.loads(type_in("call", "ipaustralia/classification", str(path), "--json").text)
    assert told["suggestions"][0]["symbol"].startswith("H01M")


def test_what_is_no_text_is_not_sent(predictor, tmp_path):
    pdf = tmp_path / "x.pdf"
    pdf.write_bytes(b"%PDF-1.4")
    for arguments, words in (
        ([str(pdf)], "PDF"),
        ([str(tmp_path / "none.txt")], "cannot be read"),
        ([str(tmp_path)], "cannot be read"),
        ([], "0 given"),
    ):
        said = type_in("call", "ipaustralia/classification", *arguments)
        assert said.code == 2 and words in said.err and "Nothing was asked" in said.err


def test_without_access_to_ip_australia_the_settings_are_named(db):
    said = type_in("call", "ipaustralia/token")
    assert said.code == 2 and "IPAU_CLIENT_ID" in said.err


# --- all of them ------------------------------------------------------------------------------------------


def reply_to(*question: str) -> dict:
    said = type_in("call", *question, "--json")
    assert not said.err, said.err
    return json.loads(said.text)["reply"]


def questions(row, office):
    """Arguments that the office may well answer, from cases of many kinds."""
    if row.scope == "opd":
        yield from _of_the_dossier(row, office)
        return
    names = [parameter.name for parameter in row.parameters]
    for sight in _cases(row, office):
        number = sight.case.number
        if names == ["application number"]:
            yield [number]
        elif names == ["kind of number", "number"]:
            yield ["application", number]
        elif names[0] == "kind of number":
            asked = reply_to("patent/app_progress", number)
            yield ["international_application", asked["international_application_number"]]
        else:
            party = reply_to(f"{row.law}/app_progress_simple", number)["parties"][0]
            yield [party["code"] if names == ["applicant code"] else party["name"]]


def _cases(row, office):
    kinds = {
        "divisional_app_info": "divisional",
        "pct_national_phase_application_number": "pct",
    }
    if row.name in kinds:
        return office.cases("patent", limit=5, kind=kinds[row.name])
    stages = {"registration_info": "registered", "app_doc_cont_opinion_amendment": "registered"}
    return office.cases(row.law, limit=60, stage=stages.get(row.name))


def _of_the_dossier(row, office):
    for sight in office.cases("patent", limit=5):
        number = f"JP.{sight.case.number}.A"
        if row.parameters[0].name == "kind of number":
            yield ["application", number]
        elif len(row.parameters) == 1:
            yield [number]
        else:
            for document in (reply_to("opd/global_doc_list", number) or {}).get("documents", ()):
                yield [number, document["original_id"]]


def test_every_endpoint_can_be_asked_and_answers(office):
    """The figure to show: endpoints that work in shell, client and sandbox."""
    in_vain = {row.bucket_name: "nothing to ask about" for row in ENDPOINTS}
    for row in ENDPOINTS:
        for question in questions(row, office):
            QuotaMinute.objects.all().delete()  # as if a minute had passed: the dossier's is five calls
            said = type_in("call", row.bucket_name, *question)
            in_vain[row.bucket_name] = said.text + said.err
            if said.code == 0:
                del in_vain[row.bucket_name]
                break
    assert in_vain == {} and len(ENDPOINTS) == 42
