"""Papers as archives: members, encoding, what is printed in them, and the citations they share."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
from lxml import etree

from apiclient.documents.pictures import look
from apiclient.sandbox.life import Act
from apiclient.sandbox.papers import wareki, wrapped
from apiclient.sandbox.world import Sight
from tests.sandbox.conftest import RECORDINGS, Caller
from tests.sandbox.test_wire import a_number

NEW, OLD = "notice-pat-exam-rn", "notice-pat-exam"


def archive(caller: Caller, law: str, name: str, number: str) -> dict[str, bytes]:
    reply = caller.get(f"/api/{law}/v1/{name}/{number}")
    assert reply.headers["Content-Type"] == "application/zip", reply.text
    with zipfile.ZipFile(io.BytesIO(reply.content)) as opened:
        return {member: opened.read(member) for member in opened.namelist()}


def parsed(raw: bytes) -> Any:
    text = raw.decode("cp932")
    return etree.fromstring(text.split("?>", 1)[1].encode(), etree.XMLParser(load_dtd=False, no_network=True))


def text_of(raw: bytes) -> str:
    """Running text: tags gone, wrapped lines rejoined."""
    body = re.sub(r"<br/>|</?[A-Za-z:][^>]*>", "", raw.decode("cp932"))
    return re.sub(r"[\r\n]", "", body)


def with_notice(caller: Caller, law: str, *, overseas: bool) -> tuple[Sight, Act]:
    for sight in caller.office.cases(law, 400):
        notices = [act for act in sight.acts if act.code == "A131" and act.available]
        if notices and sight.case.overseas is overseas:
            return sight, notices[0]
    pytest.fail(f"no {law} case with a notice")


@pytest.mark.parametrize(
    ("law", "overseas", "period"),
    [
        ("patent", False, "６０日以内"),
        ("patent", True, "３月以内"),
        ("design", False, "４０日以内"),
        ("trademark", False, "４０日以内"),
        ("trademark", True, "３月以内"),
    ],
)
def test_a_notice_prints_its_designated_period(caller: Caller, law: str, overseas: bool, period: str) -> None:
    sight, notice = with_notice(caller, law, overseas=overseas)
    members = archive(caller, law, "app_doc_cont_refusal_reason", sight.case.number)
    suffix = "-jpntce.xml" if law == "patent" else "P.HTM"
    assert f"発送の日から{period}" in text_of(members[notice.number + suffix])


def test_a_refusal_prints_the_period_for_an_appeal(caller: Caller) -> None:
    number = a_number(caller.office, "patent", "refused")
    members = archive(caller, "patent", "app_doc_cont_refusal_reason_decision", number)
    refusal = next(raw for raw in members.values() if "拒絶査定" in text_of(raw)[:2000])
    assert "謄本の送達があった日から３月以内（在外者にあっては、４月以内）" in text_of(refusal)


def test_every_member_is_shift_jis_with_crlf_and_named_after_its_document(caller: Caller) -> None:
    for law in ("patent", "design", "trademark"):
        sight, _ = with_notice(caller, law, overseas=False)
        numbers = {act.number for act in sight.acts}
        for name, raw in archive(
            caller, law, "app_doc_cont_refusal_reason_decision", sight.case.number
        ).items():
            assert name[:11] in numbers
            assert raw.count(b"\r\n") == raw.count(b"\n") > 5
            assert "Shift_JIS" in raw.decode("cp932")


def test_a_notice_has_its_bibliography_and_the_tags_of_its_time(caller: Caller) -> None:
    generations = set()
    for sight in caller.office.cases("patent", 120):
        for act in sight.acts:
            if act.code != "A131" or act.drafted is None:
                continue
            members = archive(caller, "patent", "app_doc_cont_refusal_reason", sight.case.number)
            root = parsed(members[f"{act.number}-jpntce.xml"])
            name = etree.QName(root).localname
            assert name == (NEW if act.drafted >= date(2021, 7, 20) else OLD)
            generations.add(name)
            found = {etree.QName(one).localname: (one.text or "") for one in root.iter(etree.Element)}
            assert found["doc-number"] == sight.case.number
            assert found["date"] == f"{act.drafted:%Y%m%d}"
            assert re.fullmatch(r"第.+条.*（.+）", found["article"])
        if generations == {NEW, OLD}:
            return
        caller.office.reset_counters()
    pytest.fail("both generations of notices belong in a world of these years")


def test_a_final_notice_carries_its_mark(caller: Caller) -> None:
    number = a_number(caller.office, "patent", "answered")
    act = caller.office.add_document("patent", number, "A131", final=True)
    members = archive(caller, "patent", "app_doc_cont_refusal_reason", number)
    finals = {name for name, raw in members.items() if "＜＜＜＜　　最後　　＞＞＞＞" in text_of(raw)}
    assert f"{act.number}-jpntce.xml" in finals


def test_an_opinion_names_the_notice_it_answers(caller: Caller) -> None:
    number = a_number(caller.office, "patent", "answered")
    members = archive(caller, "patent", "app_doc_cont_opinion_amendment", number)
    notices = archive(caller, "patent", "app_doc_cont_refusal_reason", number)
    dispatched = {name[5:11] for name in notices}
    answered = {
        one.text
        for name, raw in members.items()
        if name.endswith(".xml")
        for one in parsed(raw).iter("{http://www.jpo.go.jp}dispatch-number")
    }
    assert answered and answered <= dispatched
    assert any(name.endswith("/") for name in members)


def test_the_citation_list_agrees_with_the_notices(caller: Caller) -> None:
    sight, notice = with_notice(caller, "patent", overseas=False)
    data = caller.data(f"/api/patent/v1/cite_doc_info/{sight.case.number}")
    listed = [row for row in data["patentDoc"] if row["citationType"] == "19"]
    members = archive(caller, "patent", "app_doc_cont_refusal_reason", sight.case.number)
    printed = {
        f"{int(year)}{int(serial):06d}"
        for raw in members.values()
        for year, serial in re.findall(r"．特開(\d{4})－(\d{6})号公報", text_of(raw))
    }
    ours = {
        f"{int(row['documentNumber'][5:7]) + {'4': 1988, '5': 2018}[row['documentNumber'][4]]}"
        f"{row['documentNumber'][7:]}"
        for row in listed
    }
    assert ours == printed
    assert notice.drafted and f"{notice.drafted:%Y%m%d}" in {row["draftDate"] for row in listed}


def test_a_case_without_papers_has_no_body(caller: Caller) -> None:
    number = a_number(caller.office, "patent", "unrequested")
    result = caller.result(f"/api/patent/v1/app_doc_cont_refusal_reason/{number}")
    assert result["statusCode"] == "108" and result["remainAccessCount"] == "199"


def test_archives_of_different_minutes_differ_and_their_members_do_not(caller: Caller) -> None:
    sight, _ = with_notice(caller, "patent", overseas=False)
    path = f"/api/patent/v1/app_doc_cont_refusal_reason/{sight.case.number}"
    first = caller.get(path)
    caller.office.advance(seconds=120)
    assert caller.get(path).content != first.content
    assert first.headers["Content-Disposition"] == (
        f"attachment;filename=docContRefusalReason_{sight.case.number}.zip"
    )


def test_lines_are_thirty_six_columns_and_lose_nothing() -> None:
    text = "あ" * 100 + "\n\n" + "い" * 36
    assert [len(line) for line in wrapped(text)] == [36, 36, 28, 0, 36]
    assert "".join(wrapped(text)) == text.replace("\n", "")


def test_era_dates_turn_with_the_era() -> None:
    assert wareki(date(2019, 4, 30)) == "平成３１年　４月３０日"
    assert wareki(date(2025, 6, 6)) == "令和　７年　６月　６日"


@pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not here")
@pytest.mark.parametrize("name", ["app_doc_cont_refusal_reason", "app_doc_cont_opinion_amendment"])
def test_patent_papers_have_the_recorded_elements(caller: Caller, name: str) -> None:
    """Every element we write stands, under the same parent, in the office's own paper; no recorded paper
    has a drawing."""

    def paths(raw: bytes) -> set[tuple[str, str]]:
        root = parsed(raw)
        return {
            (etree.QName(one.getparent()).localname, etree.QName(one).localname)
            for one in root.iter(etree.Element)
            if one.getparent() is not None and one.tag != "img"
        }

    number = a_number(caller.office, "patent", "answered")
    ours = archive(caller, "patent", name, number)
    with zipfile.ZipFile(RECORDINGS / f"live/patent.{name}.2020123456.zip") as opened:
        theirs = [paths(opened.read(member)) for member in opened.namelist() if not member.endswith("/")]
    for path, raw in ours.items():
        if path.endswith(".xml") and OLD + ">" not in raw.decode("cp932"):
            assert any(paths(raw) <= recorded for recorded in theirs)


def test_an_amendment_brings_the_drawing_that_its_text_names(caller: Caller) -> None:
    """So that what is done with pictures can be seen with the office in miniature alone."""
    for sight in caller.office.cases("patent", 400):
        if any(act.code == "A523" and act.available for act in sight.acts):
            break
    members = archive(caller, "patent", "app_doc_cont_opinion_amendment", sight.case.number)
    (amendment,) = [raw for name, raw in members.items() if "A523" in name and name.endswith(".xml")][:1]
    (name,) = re.findall(rb'file="([^"]+)"', amendment)
    (drawing,) = [raw for path, raw in members.items() if path.endswith(name.decode())][:1]
    seen = look(drawing)
    assert (seen.width, seen.height, seen.frames, seen.problem) == (900, 600, 1, "")
