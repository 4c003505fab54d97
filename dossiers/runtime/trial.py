"""A trial of the whole application from outside, as a docketing clerk would use it, against a running demo.

What is expected is worked out here from the office's own papers, not with the application's code.
"""

from __future__ import annotations

import html
import io
import json
import re
import time
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import jpholiday
import requests

from apiclient.sandbox import PASSWORD, USERNAME

NONSENSE = "よろしくお願いします"
UNKNOWN = "特願2019-999999"
_DOCUMENT = "app_doc_cont_refusal_reason"
_ARTICLE = re.compile(r"第(\d+)条(の\d+)?")
_PERIOD = re.compile(r"(?:発送の日から|発送日から)(\d+)(日|月|か月)以内")
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_DISPLAY = {"patent": "特願", "design": "意願", "trademark": "商願"}


class Failed(Exception):
    """The application did not do what it should; the text says what."""


@dataclass(frozen=True)
class Coming:
    """A notice of reasons for refusal that the office will dispatch."""

    law: str
    number: str
    title: str
    dispatched: date
    visible_on: date

    @property
    def display(self) -> str:
        return f"{_DISPLAY[self.law]}{self.number[:4]}-{self.number[4:]}"

    @property
    def path(self) -> str:
        return f"/cases/{self.law}/{self.number}/"


@dataclass(frozen=True)
class Paper:
    """What the office's own paper says: its text with plain digits, the period, the articles it rests on."""

    text: str
    due: date
    articles: frozenset[str]


def check(holds: object, otherwise: str) -> None:
    if not holds:
        raise Failed(otherwise)


def wait_for(question: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true answer; Failed when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        check(time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.25)


class Browser:
    """A signed-in person, over HTTP."""

    def __init__(self, site: str) -> None:
        self.site = site
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, status: int = 200) -> requests.Response:
        answer = self._session.get(self.site + path, timeout=30)
        check(answer.status_code == status, f"GET {path}: {answer.status_code} instead of {status}")
        return answer

    def text(self, path: str) -> str:
        """A page as a reader sees it: without markup's escapes."""
        return html.unescape(self.get(path).text)

    def post(self, page: str, path: str, **fields: str) -> requests.Response:
        """Send a form that stands on `page` to `path`; the page it leads to."""
        token = _CSRF.search(self.get(page).text)
        check(token, f"{page} has no form")
        answer = self._session.post(
            self.site + path,
            data={"csrfmiddlewaretoken": token[1] if token else "", **fields},
            headers={"Referer": self.site + page},
            timeout=60,
        )
        check(answer.status_code == 200, f"POST {path}: {answer.status_code}")
        return answer

    def sign_in(self, user: str, password: str) -> None:
        answer = self.post("/login/", "/login/", username=user, password=password)
        check("/login/" not in answer.url, "signing in failed")


class Office:
    """The invented office, asked directly."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        method = "POST" if body is not None else "GET"
        answer = self._session.request(method, f"{self._url}/_sandbox/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def today(self) -> date:
        return date.fromisoformat(self.control("clock")["now"][:10])

    def coming(self, most: int) -> list[Coming]:
        """Notices of the next day that brings any, at most `most`."""
        rows = self.control("upcoming?code=A131&days=40")
        found = [
            Coming(
                row["law"],
                row["number"],
                row["title"],
                date.fromisoformat(row["legal_date"]),
                date.fromisoformat(row["visible_on"]),
            )
            for row in rows
        ]
        check(found, "the office dispatches no notice in forty days")
        first = min(one.visible_on for one in found)
        return sorted((one for one in found if one.visible_on == first), key=lambda one: one.law)[:most]

    def token(self) -> str:
        form = {"grant_type": "password", "username": USERNAME, "password": PASSWORD}
        answer = self._session.post(f"{self._url}/auth/token", data=form, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def ask(self, law: str, endpoint: str, number: str) -> bytes:
        """An endpoint's answer, asked again while the office is too busy."""
        headers = {"Authorization": f"Bearer {self.token()}"}
        url = f"{self._url}/api/{law}/v1/{endpoint}/{number}"

        def answer() -> bytes | None:
            got = self._session.get(url, headers=headers, timeout=30)
            return got.content if b'"statusCode":"303"' not in got.content.replace(b" ", b"") else None

        return bytes(wait_for(answer, 90, f"the office's answer to {endpoint}"))

    def paper(self, one: Coming) -> Paper:
        """The notice dispatched on `one.dispatched`, as the office delivers it."""
        with zipfile.ZipFile(io.BytesIO(self.ask(one.law, _DOCUMENT, one.number))) as archive:
            texts = [archive.read(name).decode("cp932", "replace") for name in archive.namelist()]
        plain = [re.sub(r"<[^>]*>|\s", "", unicodedata.normalize("NFKC", text)) for text in texts]
        newest = max(plain, key=_drafted)
        period = _PERIOD.search(newest)
        if period is None:
            raise Failed("the office's paper prints no period")
        due = last_day(one.dispatched, int(period[1]), period[2])
        articles = articles_in(newest)
        return Paper(newest, due, articles)

    def cited(self, one: Coming) -> list[str]:
        """Numbers of the patent documents cited by the notice drafted last."""
        if one.law != "patent":
            return []
        reply = json.loads(self.ask("patent", "cite_doc_info", one.number))
        rows = reply["result"]["data"].get("patentDoc") or []
        newest = max((row["draftDate"] for row in rows), default="")
        return [_as_printed(row["documentNumber"]) for row in rows if row["draftDate"] == newest]


def _as_printed(number: str) -> str:
    """特開2002-433033 for "JPA 414433033": kind, era, year of the era, serial number."""
    found = re.fullmatch(r"JPA ?([345])(\d\d)(\d{6})", unicodedata.normalize("NFKC", number).strip())
    if not found:
        return number
    year = {"3": 1925, "4": 1988, "5": 2018}[found[1]] + int(found[2])
    era = {"3": "昭", "4": "平"}.get(found[1], "")
    return f"特開{year}-{found[3]}" if year >= 2000 else f"特開{era}{int(found[2])}-{found[3]}"


def _drafted(text: str) -> tuple[int, ...]:
    """The drafting date of a paper, for comparing papers of one case; all are of the Reiwa era."""
    found = re.search(r"起案日令和(\d+|元)年(\d+)月(\d+)日", text)
    if not found:
        return (0,)
    year = 1 if found[1] == "元" else int(found[1])
    return year, int(found[2]), int(found[3])


def last_day(start: date, count: int, unit: str) -> date:
    """The last day of a period, moved on from days on which the office is closed (Patent Act Art. 3)."""
    if unit == "日":
        day = start + timedelta(days=count)
    else:
        months = start.month - 1 + count
        year, month = start.year + months // 12, months % 12 + 1
        day = date(year, month, min(start.day, _length(year, month)))
    while day.weekday() >= 5 or jpholiday.is_holiday(day) or (day.month, day.day) in _NEW_YEAR:
        day += timedelta(days=1)
    return day


_NEW_YEAR = {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}


def _length(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day


class Mailbox:
    """The mail that the demo's server has accepted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[tuple[Path, EmailMessage]]:
        """Every message with its file, oldest first."""
        paths = sorted(self._folder.glob("*.eml"))
        return [(path, message_from_bytes(path.read_bytes(), policy=policy.default)) for path in paths]

    def about(self, words: str, to: str) -> list[tuple[Path, EmailMessage]]:
        return [
            (path, mail)
            for path, mail in self.all()
            if words in str(mail["Subject"]) and to in str(mail["To"])
        ]


def articles_in(text: str) -> frozenset[str]:
    """The articles of law that `text` names, as in 第29条 and 第29条の2."""
    return frozenset(match[0] for match in _ARTICLE.finditer(text))


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
