"""A case's specification as the One Portal Dossier delivers it: document list, then the parts as filed."""

from __future__ import annotations

import re
from datetime import date

from apiclient.jpo.opd import DocumentList, DossierDocument
from apiclient.numbers.docdb import docdb
from apiclient.numbers.model import Reading
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import Purpose
from dossiers.models import Case, CpcSuggestion
from dossiers.refresh import office, samples

from . import orders
from .texts import TextRefused, text_of_bundle

# The parts of an application, as documents are called in the list in Japanese and in its translation.
_PARTS = (
    re.compile(r"明細書|description|specification", re.IGNORECASE),
    re.compile(r"請求の範囲|claims?", re.IGNORECASE),
)
_NOT_AS_FILED = re.compile(
    r"補正|訂正|意見|通知|査定|報告|amend|correct|opinion|notice|notification|decision|report|argument",
    re.IGNORECASE,
)


class NoSpecification(Exception):
    """The dossier has no specification that could be read. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoAnswer(Exception):
    """The office gave no answer on the case."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.outcome)
        self.answer = answer


def fetch(order: CpcSuggestion) -> str:
    """The text of the specification, asked for as for a waiting person: one question for the list and one for
    each part. What came before a limit stopped it is kept with the order and not asked for again.

    NoSpecification, NoAnswer; TextRefused when a part cannot be read; the limits and NoCredentials of
    `office.ask`.
    """
    number = _number(order.case)
    parts = [(identity, text) for identity, text in order.parts]
    if not parts:
        parts = [(identity, "") for identity in _wanted(number)]
        orders.keep_parts(order, parts)
    for place, (identity, text) in enumerate(parts):
        if not text:
            parts[place] = (identity, _text(number, identity))
            orders.keep_parts(order, parts)
    whole = "\n\n".join(text for _identity, text in parts)
    orders.keep_text(order, whole, ", ".join(identity for identity, _text in parts))
    return whole


def _wanted(number: str) -> tuple[str, ...]:
    listed = _ask("global_doc_list", number)
    if not isinstance(listed.reply, DocumentList):
        raise NoSpecification("opd_unknown")
    wanted = parts_as_filed(listed.reply.documents)
    if not wanted:
        raise NoSpecification("opd_no_specification")
    return wanted


def _text(number: str, identity: str) -> str:
    answer = _ask("jp_doc_cont", number, identity)
    if answer.outcome is not Outcome.OK:
        raise NoSpecification("opd_no_text")
    try:
        return text_of_bundle(answer.body)
    except TextRefused as refused:
        samples.keep(answer, problems=(f"no text for classification: {refused.code}",))
        raise


def _number(case: Case) -> str:
    digits = case.application_number
    number = docdb(Reading("JP", "patent", "application", digits, int(digits[:4]), int(digits[4:])))
    if number is None:
        raise NoSpecification("opd_unknown")
    return number


def _ask(name: str, *arguments: str) -> Answer:
    answer = office.ask("opd", name, *arguments, purpose=Purpose.PERSON)
    if answer.outcome in (Outcome.EMPTY, Outcome.OUT_OF_RANGE):
        raise NoSpecification("opd_unknown")
    if answer.outcome not in (Outcome.OK, Outcome.NO_BODY):
        raise NoAnswer(answer)
    return answer


def parts_as_filed(documents: tuple[DossierDocument, ...]) -> tuple[str, ...]:
    """Ids of the earliest description and of the earliest claims; none without a description.

    An office may list all parts as one document; then it is fetched once.
    """
    found = [_earliest(part, documents) for part in _PARTS]
    if found[0] is None:
        return ()
    return tuple(dict.fromkeys(identity for identity in found if identity))


def _earliest(part: re.Pattern[str], documents: tuple[DossierDocument, ...]) -> str | None:
    fitting = [
        (one.legal_date or date.max, index, one.original_id)
        for index, one in enumerate(documents)
        if one.original_id and any(part.search(name) for name in _names(one)) and _is_as_filed(one)
    ]
    return min(fitting)[2] if fitting else None


def _is_as_filed(document: DossierDocument) -> bool:
    return not any(_NOT_AS_FILED.search(name) for name in _names(document))


def _names(document: DossierDocument) -> tuple[str, ...]:
    """What the document is called, and its id, whose beginning is its English name."""
    names = (document.original_description, document.translated_description, document.original_id)
    return tuple(name for name in names if name)
