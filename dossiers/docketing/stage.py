"""Where an application stands. The office gives no status, so it is derived and says from what."""

from collections.abc import Callable
from datetime import date

from .codes import lookup
from .facts import CaseFacts, EventFact
from .register import registered_on
from .results import Stage

NOTICES = frozenset({"A131", "C13"})
ANSWERS = frozenset({"A53", "C53", "A523", "C523", "A524"})
WITHDRAWALS = frozenset({"A761", "A762", "C761", "C762"})
DISMISSALS = frozenset({"A031", "A032", "A034", "A041", "A042", "A043", "A044", "A045", "A047"})
EXAMINATION_REQUESTS = frozenset({"A621", "A625"})

STAGES = (
    *("filed", "awaiting_examination", "response_due", "awaiting_next_action", "allowed", "refused"),
    *("appeal", "registered", "lapsed", "withdrawn", "dismissed", "unknown"),
)


def derive_stage(facts: CaseFacts) -> Stage:
    """The stage of a case, derived from its register, then from its latest decisive document."""
    for finder in (_ended, _registered, _decided, _answering, _waiting):
        if stage := finder(facts):
            return stage
    return Stage("unknown", "段階を決める事実がない", "nothing known says where it stands")


def _ended(facts: CaseFacts) -> Stage | None:
    ended = facts.disappearance_date or (facts.register.disappearance_date if facts.register else None)
    if ended:
        return Stage("lapsed", f"本権利消滅日 {ended}", f"the register: right ended on {ended}")
    if facts.erased:
        return Stage("lapsed", "登録原簿の抹消識別", "the office marks the right as extinguished")
    return None


def _registered(facts: CaseFacts) -> Stage | None:
    day = registered_on(facts)
    if day:
        return Stage("registered", f"設定登録日 {day}", f"registered on {day}")
    if facts.registration_number:
        number = facts.registration_number
        return Stage("registered", f"登録番号 {number}", f"registration number {number}")
    return None


def _decided(facts: CaseFacts) -> Stage | None:
    last = _latest(facts, lambda code: _decision(code) is not None)
    if last is None:
        return None
    code = _decision(last.code)
    asked_again = _latest(facts, lambda other: other in NOTICES)
    if code in ("appeal", "refused") and asked_again and _day(asked_again) >= _day(last):
        return None
    return _stage(str(code), last, facts.law)


def _decision(code: str) -> str | None:
    if code in WITHDRAWALS:
        return "withdrawn"
    if code in DISMISSALS:
        return "dismissed"
    return {"A01": "allowed", "A02": "refused", "C60": "appeal", "C03": "appeal", "A300": "withdrawn"}.get(
        code
    )


def _answering(facts: CaseFacts) -> Stage | None:
    notice = _latest(facts, lambda code: code in NOTICES)
    if notice is None:
        return None
    answer = _latest(facts, lambda code: code in ANSWERS)
    if answer and _day(answer) >= _day(notice):
        return _stage("awaiting_next_action", answer, facts.law)
    return _stage("response_due", notice, facts.law)


def _waiting(facts: CaseFacts) -> Stage | None:
    request = next((event for event in facts.events if event.code in EXAMINATION_REQUESTS), None)
    if request:
        return _stage("awaiting_examination", request, facts.law)
    if facts.filing_date is None and not any(event.code.startswith("A63") for event in facts.events):
        return None
    basis_ja, basis_en = (
        f"出願日 {facts.filing_date or '不明'}",
        f"filed {facts.filing_date or 'on an unknown day'}",
    )
    if facts.law in ("design", "trademark"):
        return Stage("awaiting_examination", basis_ja, basis_en)
    return Stage(
        "filed", f"{basis_ja}。出願審査請求書は見当たらない", f"{basis_en}; no request for examination seen"
    )


def _day(event: EventFact) -> date:
    return event.legal_date or date.min


def _latest(facts: CaseFacts, wanted: Callable[[str], bool]) -> EventFact | None:
    """The latest dated event of the wanted codes; of two on one day the later in the file."""
    dated = [event for event in facts.events if event.legal_date and wanted(event.code)]
    return max(dated, key=lambda event: (_day(event), event.key), default=None)


def _stage(code: str, event: EventFact, law: str) -> Stage:
    info = lookup(event.code, law)
    ja = event.description or info.ja
    en = info.en or event.description or event.code
    return Stage(code, f"{ja}({event.code}, {event.legal_date})", f"{en} ({event.code}, {event.legal_date})")
