"""The page of a case as it was known: clearly the past, with ways to the days on which something changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import override
from lxml import html

from dossiers import clock
from dossiers.models import Case, FirmPolicy, TimeLimit
from dossiers.refresh.as_known import Known
from dossiers.refresh.take_in import take_in
from dossiers.views.as_known import values_of
from tests import make, replies

from . import docket

pytestmark = pytest.mark.django_db

FILED = replies.document("A63", "20230110", "52300000001", "特許願")


@pytest.fixture
def case() -> Case:
    """Added ten days ago, first read nine days ago; three days ago a notice was listed."""
    made = make.case(title="", filing_date=None, residency="resident", added_at=clock.now() - timedelta(10))
    listed = f"{docket.days_ago(5):%Y%m%d}"
    notice = replies.document("A131", listed, "06126000321", "拒絶理由通知書")
    for days, documents in ((9, (FILED,)), (3, (FILED, notice))):
        now = clock.now() - timedelta(days)
        body = replies.progress(made.application_number, *documents, inventionTitle=docket.HOSTILE[:200])
        answer = replies.answer(body, made.application_number, at=now)
        take_in(made, answer, now=now, tell=lambda news: None)
    return made


@pytest.fixture
def signed_in(client, bob):
    client.force_login(bob)
    return client


def shown(client, case: Case, **asked) -> str:
    answer = client.get(docket.page_of(case, "known/"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_past_day_says_that_it_is_past_and_shows_what_was_known(signed_in, case):
    page = shown(signed_in, case, day=docket.days_ago(5))
    said = html.document_fromstring(page).text_content()
    assert f"This is the past: what was known at the end of {docket.days_ago(5)} in Japan." in said
    assert "A63" in page and "A131" not in page
    assert "The register had not been read." in page
    assert "<script>alert" not in page
    later = shown(signed_in, case, day=docket.days_ago(2))
    assert "A131" in later and "1 text had not been fetched" in later


@pytest.mark.parametrize(
    "field, kept, written",
    [
        ("publication_number", "2022219070", "JP Publ. 2022-219070"),
        ("registration_number", "7000001", "JP Patent No. 7000001"),
        ("publication_number", None, None),
        ("title", "2022219070", "2022219070"),
    ],
)
def test_numbers_are_written_as_on_the_page_of_the_case(field, kept, written):
    known = Known(docket.days_ago(0), in_docket=True, values={field: kept})
    with override("en"):
        assert [value for _label, value in values_of(known, "patent") if value] == [written] * bool(kept)


def test_arrows_lead_to_the_days_on_which_something_changed(signed_in, case):
    page = shown(signed_in, case, day=docket.days_ago(5))
    assert f'rel="prev" data-go="[" href="?day={docket.days_ago(9)}"' in page
    assert f'rel="next" data-go="]" href="?day={docket.days_ago(3)}"' in page
    assert 'rel="prev"' not in shown(signed_in, case, day=docket.days_ago(10))
    assert 'rel="next"' not in shown(signed_in, case)


def test_before_the_first_answer_nothing_is_said_to_be_known(signed_in, case):
    page = shown(signed_in, case, day=docket.days_ago(10))
    assert "The office had not answered about this case yet" in page
    assert "the office had not confirmed this case yet" in page
    long_ago = shown(signed_in, case, day=docket.days_ago(400))
    assert "Nothing was known here on that day" in long_ago
    assert f'href="?day={docket.days_ago(10)}"' in long_ago


def changes_on(page: str) -> str:
    return page.partition('id="changes"')[2].partition("</section>")[0]


def test_two_days_are_compared_in_either_order(signed_in, case):
    ask = {"day": docket.days_ago(2), "since": docket.days_ago(8)}
    changed = changes_on(shown(signed_in, case, **ask))
    assert "A131" in changed and "not in the list" in changed and "not on the docket" in changed
    assert changes_on(shown(signed_in, case, day=ask["since"], since=ask["day"])) == changed
    same = shown(signed_in, case, day=docket.days_ago(6), since=docket.days_ago(7))
    assert "Nothing that is known changed between these days." in same


@pytest.mark.parametrize("day", ["gestern", "2026-02-30", "\x00", "9" * 400])
def test_a_day_that_cannot_be_read_gives_today_and_says_so(signed_in, case, day):
    assert "That is no day that can be read" in shown(signed_in, case, day=day)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_end_of_the_calendar_are_shown(signed_in, case, day):
    assert "That is no day" not in shown(signed_in, case, day=day, since="0001-01-01")


def test_a_date_to_be_found_blind_is_not_shown_in_the_past_either(signed_in, case):
    FirmPolicy.objects.create(pk=1, blind_check=True)
    limit = TimeLimit.objects.get(case=case, event__code="A131", duty="limit")
    page = shown(signed_in, case, day=docket.days_ago(2), since=docket.days_ago(8))
    assert "to be found blind" in page and limit.due.isoformat() not in page


def test_the_page_of_the_case_leads_there(signed_in, case):
    page = signed_in.get(docket.page_of(case)).content.decode()
    assert docket.page_of(case, "known/") in page


def test_a_case_that_is_not_here_is_not_found(signed_in):
    assert signed_in.get("/cases/patent/2000000000/known/").status_code == 404
