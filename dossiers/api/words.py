"""What several resources say in the same way."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language

from dossiers.models import Case, StandingInstruction, User

from .shapes import CaseRef, Instruction, Person, Worded


def language() -> str:
    return "ja" if get_language() == "ja" else "en"


def in_language(ja: str, en: str) -> str:
    return ja if language() == "ja" else en


def person(user: User | None) -> Person | None:
    return Person(username=user.username, name=str(user)) if user else None


def name_of(user: User | None) -> str | None:
    return str(user) if user else None


def worded(code: object, words: object) -> Worded:
    return Worded(code=str(code), words=str(words))


def instruction(one: StandingInstruction) -> Instruction:
    return Instruction(id=one.pk, about=one.about, text=one.text, by=str(one.by), since=one.since)


# --- addresses --------------------------------------------------------------------------------------------


def address(path: str) -> str:
    """The address of a thing of the API."""
    return f"{settings.SITE_URL}/api/v1/{path}"


def page(path: str) -> str:
    """The address of a page for people."""
    return f"{settings.SITE_URL}/{path}"


def case_path(case: Case) -> str:
    return f"cases/{case.law}/{case.application_number}"


def ref(case: Case) -> CaseRef:
    return CaseRef(law=case.law, application_number=case.application_number, url=address(case_path(case)))
