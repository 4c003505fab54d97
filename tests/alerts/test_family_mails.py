"""The mail about an act abroad: which application, what came, and that nothing has been computed."""

from __future__ import annotations

import pytest

from dossiers.alerts import letter, outbox
from dossiers.models import Alert, News
from tests import make
from tests.alerts.conftest import NOW

HOSTILE = "Evil\r\nBcc: x@example.com\u202e<script>"


def news_of(case, *acts: dict, count: int | None = None) -> News:
    detail = {"members": ["US.202312345678.A"], "acts": list(acts), "count": count or len(acts)}
    return News.objects.create(
        case=case, kind=News.Kind.FAMILY, key="family:1:x", detail=detail, created_at=NOW
    )


ACTION = {"title": "Non-Final Rejection", "day": "2026-11-02", "side": "office"}


@pytest.fixture
def letters(case, alice, bob):
    """The letter for the reader of English and for the one of Japanese."""
    make.watchlist(alice, case, followers=(alice, bob))

    def write(news: News) -> dict[str, letter.Letter]:
        outbox.fan_out([news])
        return {alert.user.language: letter.write(alert, now=NOW) for alert in Alert.objects.all()}

    return write


def test_the_act_stands_in_the_subject_and_the_day_with_its_doubt_in_the_mail(case, letters):
    written = letters(news_of(case, ACTION, {"title": "Odd", "day": "", "side": "unknown"}, count=7))
    assert "Non-Final Rejection" in written["en"].subject and "[review]" in written["en"].subject
    assert "Non-Final Rejection" in written["ja"].subject and "[要確認]" in written["ja"].subject
    facts = dict(written["en"].facts)
    assert facts["Application abroad"] == "US.202312345678.A"
    assert facts["2026-11-02"] == "Non-Final Rejection"
    assert "may be an office action" in facts["no date"]
    words = " ".join(text for _, text in written["en"].facts)
    assert "and 5 more" in words and "no time limit has been computed" in words
    assert not written["en"].limits


def test_a_new_member_is_named_without_acts(case, letters):
    written = letters(news_of(case))
    assert "News of the family abroad" in written["en"].subject
    assert dict(written["ja"].facts) == {"外国出願": "US.202312345678.A"}


def test_hostile_titles_stay_on_one_line(case, letters):
    written = letters(news_of(case, {**ACTION, "title": HOSTILE}))
    for one in written.values():
        assert "\n" not in one.subject and "\u202e" not in one.subject
        assert all("\n" not in words and "\u202e" not in words for _, words in one.facts)
