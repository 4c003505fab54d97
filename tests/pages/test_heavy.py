"""What is very long or very many still comes as pages that a phone can open, and nothing of it is lost."""

from __future__ import annotations

import pytest
from lxml import html

from apiclient.documents import Change, Claim, Filing
from dossiers import clock
from dossiers.models import CaseFamily, Event, ForeignDocument
from dossiers.views.portions import PORTION, portions
from tests import make

from . import docket
from .test_family import member

MOST = 500_000  # bytes of a page
TITLE = "長" * 1000
PAGES = [
    "\n".join(
        f"【{page:04}-{line:02}】　棚板は、支柱に沿って移動可能に設けられる部材である。" for line in range(40)
    )
    for page in range(500)
]


@pytest.fixture
def reader(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def case(db):
    return docket.confirmed_case(title=TITLE, applicants_text=TITLE)


def _opened(reader, address: str, **query):
    answer = reader.get(address, query)
    assert answer.status_code == 200
    assert len(answer.content) < MOST, f"{len(answer.content):,} bytes: {address} {query}"
    return html.fromstring(answer.content)


def _words(tree) -> str:
    return "".join(
        tree.xpath('//section[contains(@class, "text")]//div[contains(@class, "verbatim")]//text()')
    )


def _filed(case, text: str, *, days: int, **filing):
    event = make.event(
        case, code="A523", on=docket.days_ago(days), description="手続補正書", side="applicant"
    )
    fields = {"opinion": "", "changes": (), **filing}
    read = Filing("A523", None, "", "", (), fields["opinion"], fields["changes"])
    stored = docket.notice(case, kind="amendment", text=text, raw_text=text, filing=read)
    return docket.paper(event, stored.to_json(), name=f"{days}.xml", body=text.encode("cp932", "replace"))


def test_a_title_of_a_thousand_characters_is_shown_everywhere(reader, case):
    event = docket.refused(case)
    docket.paper(event, docket.notice(case).to_json())
    limit = event.limits.get()
    tails = (
        "",
        "history/",
        "compare/",
        "family/",
        f"documents/{event.pk}/",
        "account/",
        "family/disclosure/",
    )
    for address in (
        "/",
        "/cases/",
        "/limits/",
        f"/limits/{limit.pk}/",
        *(docket.page_of(case, one) for one in tails),
    ):
        _opened(reader, address)


def test_an_amendment_of_five_hundred_pages_is_read_searched_and_compared(reader, case):
    text = "\n".join(PAGES)
    claims = tuple(Claim(str(n), page) for n, page in enumerate(PAGES, 1))
    changes = (Change("1", "claims", "全文", "change", text, claims),)
    paper = _filed(case, text, days=9, changes=changes, opinion=text)
    other = _filed(case, text.replace("支柱", "柱"), days=90, changes=changes)
    address = docket.page_of(case, f"documents/{paper.event.pk}/")
    tree = _opened(reader, address)
    assert "The full text beside it has all of it" in tree.text_content()
    count = len(portions(text))
    assert f"Part 1 of {count} " in tree.text_content()
    read = _words(tree)
    while leads := tree.xpath('//a[@rel="next"]/@href'):
        tree = _opened(reader, address + leads[0].partition("#")[0])
        read += _words(tree)
    assert read == text
    (here,) = _opened(reader, address, q="0499-39").xpath('//mark[contains(@class, "here")]')
    assert here.text == "0499-39"
    _opened(reader, address, q="部材", at="2000")
    for query in ({}, {"whole": "1"}, {"of": "claims", "whole": "1"}):
        tree = _opened(reader, docket.page_of(case, "compare/"), old=other.pk, new=paper.pk, **query)
    assert reader.get(f"{address}{paper.pk}/").content.decode("cp932") == text


def test_a_part_of_a_long_notice_leads_to_the_portion_in_which_it_stands(reader, case):
    text = "\n".join(PAGES[:60]) + "\n引用文献等一覧\n１．特開2002-433033号公報"
    event = docket.refused(case, notice_state="read")
    paper = docket.paper(event, docket.notice(case, text=text, raw_text=text).to_json())
    address = docket.page_of(case, f"documents/{event.pk}/")
    (lead,) = _opened(reader, address).xpath('//ul[contains(@class, "cited")]/li/span[1]/a/@href')
    assert lead.startswith(f"?paper={paper.pk}&part={len(portions(text))}#")
    query, _, anchor = lead.partition("#")
    tree = _opened(reader, address + query)
    assert "特開2002-433033" in tree.xpath(f'string(//*[@id="{anchor}"])')
    assert tree.xpath('//ul[contains(@class, "cited")]/li/span[1]/a/@href') == [f"#{anchor}"]


@pytest.mark.parametrize("part", ["0", "99999", "-1", "x", "٣"])
def test_a_portion_that_is_none_opens_the_first(reader, case, part):
    paper = _filed(case, "\n".join(PAGES[:60]), days=9)
    tree = _opened(reader, docket.page_of(case, f"documents/{paper.event.pk}/"), part=part)
    assert _words(tree).startswith(PAGES[0])


@pytest.mark.parametrize(
    "text", ["", "字", "字" * PORTION, "字" * (PORTION * 3 + 1), "字\n" * PORTION, "\n" * 99_999]
)
def test_portions_hold_all_of_a_text_once(text):
    cut = portions(text)
    assert "".join(text[one.start : one.end] for one in cut) == text
    assert all(one.end - one.start <= PORTION for one in cut)
    assert [one.number for one in cut] == list(range(1, cut[0].count + 1))


def test_a_family_of_three_hundred_opens(reader, case):
    CaseFamily.objects.create(case=case, asked_at=clock.now(), confirmed_at=clock.now(), last_outcome="ok")
    offices = ("US", "EP", "CN", "KR", "TW")
    members = [member(case, f"{offices[n % 5]}.2023{n:08d}.A", title=TITLE) for n in range(300)]
    ForeignDocument.objects.bulk_create(
        ForeignDocument(
            member=members[0], identity=f"N{n}", original_id=f"N{n}", title=TITLE[:500],
            legal_date=docket.days_ago(n), first_seen_at=clock.now(),
        )
        for n in range(2000)
    )  # fmt: skip
    address = docket.page_of(case, "family/")
    shown = [_opened(reader, address, page=page).text_content() for page in (1, 2)]
    assert all(sum(one.identity in text for text in shown) == 1 for one in members)
    _opened(reader, docket.page_of(case, "family/disclosure/"))
    _opened(reader, docket.page_of(case, f"family/{members[0].pk}/"))


def test_two_thousand_documents_open_on_every_page_of_the_case(reader, case):
    Event.objects.bulk_create(
        Event(case=case, key=f"many{n}", code="A523", legal_date=docket.days_ago(n), description=TITLE[:200],
              side=("applicant", "office")[n % 2], account="own", first_seen_at=make.SEEN)
        for n in range(2_000)
    )  # fmt: skip
    for tail in ("", "?documents=10", "history/", "known/", "account/", "compare/"):
        _opened(reader, docket.page_of(case, tail))


def test_the_account_of_two_thousand_documents_holds_each_once_and_counts_all_on_every_page(reader, case):
    Event.objects.bulk_create(
        Event(case=case, key=f"many{n}", code="Z999", document_number=f"{n:011}",
              legal_date=docket.days_ago(n), description=TITLE[:200], side="office",
              account="open" if n % 2 else "no_limit", first_seen_at=make.SEEN)
        for n in range(2_000)
    )  # fmt: skip
    address, pages, seen = docket.page_of(case, "account/"), 10, []
    for page in range(1, pages + 1):
        tree = _opened(reader, address, page=page)
        assert "1000 of 2000" in " ".join(tree.text_content().split())
        seen += tree.xpath("//tbody/tr/th/span/text()")
    assert [one.split()[1] for one in seen] == [f"{n:011}" for n in reversed(range(2_000))]
    assert not tree.xpath('//a[@rel="next"]')
    assert len(reader.get(f"{address.rstrip('/')}.csv").content.splitlines()) == 2_001
