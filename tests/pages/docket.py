"""A docket to look at: made by the real rules from stored events. All names are invented."""

from __future__ import annotations

import hashlib
import io
import zlib
from datetime import date, timedelta
from typing import Any

from PIL import Image

from apiclient.documents import Notice
from apiclient.documents.model import Article, Cited, Period, Reason
from apiclient.documents.pictures import look
from dossiers import clock
from dossiers.docketing.store import reconcile
from dossiers.models import Case, Event, News, Paper, Picture
from dossiers.refresh import search_index
from tests import make

HOSTILE = '<script>alert("x")</script>\u202e' + "長" * 900


def days_ago(days: int) -> date:
    return clock.office_today() - timedelta(days)


def confirmed_case(number: str = "2023000123", law: str = "patent", **fields: Any) -> Case:
    """A case that the office confirmed an hour ago."""
    hour_ago = clock.now() - timedelta(hours=1)
    fields = {
        "confirmed_at": hour_ago,
        "asked_at": hour_ago,
        "last_outcome": "ok",
        "residency": "resident",
        **fields,
    }
    case = make.case(number, law, **fields)
    search_index.write_cases([case])
    return case


def refused(case: Case, *, dispatched: int = 3, news: bool = True, **fields: Any) -> Event:
    """A notice of reasons for refusal dispatched so many days ago and seen an hour ago, with its limit."""
    fields.setdefault("first_seen_at", clock.now() - timedelta(hours=1))
    event = make.event(case, on=days_ago(dispatched), **fields)
    reconcile(case, now=clock.now())
    if news:
        News.objects.create(case=case, event=event, kind=News.Kind.OFFICE_ACTION, key=f"event:{event.key}")
    case.refresh_from_db()
    event.refresh_from_db()
    return event


def unknown(case: Case) -> Event:
    """A document whose code no rule knows."""
    event = make.event(case, code="Z999", on=days_ago(5), description="未知の通知")
    reconcile(case, now=clock.now())
    event.refresh_from_db()
    return event


def notice(case: Case, **fields: Any) -> Notice:
    """A notice as it was read."""
    inventive = Article("第29条第2項", "patent", "29-2", "進歩性")
    reason = Reason("1", "理由１（進歩性）", (inventive,), ("・請求項 １－３",), ("・引用文献 １",), "本文")
    values: dict[str, Any] = {
        "kind": "refusal",
        "law": "patent",
        "document_number": "06126000001",
        "application_number": case.application_number,
        "title_as_printed": "拒絶理由通知書",
        "drafting_date": days_ago(10),
        "addressee": None,
        "articles": (inventive,),
        "final": True,
        "reconsideration": None,
        "period": Period(60, "day", "dispatch", None, "発送の日から６０日以内に"),
        "reasons": (reason,),
        "cited": (Cited("1", "特開2002-433033号公報", "JP2002-433033A", "特開2002-433033"),),
        "search_record": "・調査した分野 H05K",
        "text": "全文 <b>太字</b>",
        "raw_text": "全文 <b>太字</b>",
        "readable": True,
        **fields,
    }
    return Notice(**values)


def paper(event: Event, stored: dict[str, Any] | None, **fields: Any) -> Paper:
    """A delivered file of an event; `stored` is what could be read in it."""
    body = fields.pop("body", "全文 <b>太字</b>".encode("cp932"))
    values = {
        "name": "2023000123/notice.xml",
        "sha256": "0" * 64,
        "media_type": "xml",
        "readable": stored is not None,
        "received_at": clock.now(),
        **fields,
    }
    return Paper.objects.create(
        case=event.case, event=event, body=zlib.compress(body), notice=stored, **values
    )


def picture(event: Event, data: bytes | None = None, **fields: Any) -> Picture:
    """A picture of a document, a small TIFF unless other `data` are given."""
    if data is None:
        made = io.BytesIO()
        Image.new("1", (30, 20)).save(made, "TIFF", compression="group4")
        data = made.getvalue()
    seen = look(data)
    values = {
        "name": "061260000010001.tif",
        "sha256": hashlib.sha256(data).hexdigest(),
        "width": seen.width,
        "height": seen.height,
        "frames": seen.frames,
        "problem": seen.problem,
        "received_at": clock.now(),
        **fields,
    }
    return Picture.objects.create(
        case=event.case, event=event, body=zlib.compress(data), size=len(data), **values
    )


def page_of(case: Case, tail: str = "") -> str:
    return f"/cases/{case.law}/{case.application_number}/{tail}"
