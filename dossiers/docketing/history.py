"""手続の経緯: the history of the proceedings as plain text, ready for a brief, in Japanese or English.

Every line is an act that the office's data tell, or is marked as a person's entry. A day that is not known is
not filled in: the act stands apart, and what was left out is said. Documents of the office are dated by the
day on which they were drafted (付け) where that is known, as briefs cite them, with the day of dispatch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Literal

from . import eras
from .codes import CodeInfo, lookup, name_in
from .explain import Language
from .facts import CaseFacts, EventFact
from .register import registered_on
from .rules import all_rules
from .stage import ANSWERS, DISMISSALS, EXAMINATION_REQUESTS, NOTICES, WITHDRAWALS

Dates = Literal["era", "western"]

OPINIONS = frozenset({"A53", "C53"})
FILINGS = frozenset({"A63", "A630", "A638", "A639"})
MAIN = (
    frozenset({"A01", "A02", "A191", "A192", "A300", "A601", "A603", "C03", "C50", "C60", "R100"})
    | frozenset({"A631", "A632", "A634"})
    | FILINGS
    | NOTICES
    | ANSWERS
    | WITHDRAWALS
    | DISMISSALS
    | EXAMINATION_REQUESTS
)
"""What a brief names. Documents that start a limit and those nobody knows are named too."""

NOT_SENT = frozenset({"internal", "priority_exchange", "register_entry", "service_report"})
"""Records of the office that go to nobody: their day is no day of dispatch."""

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_RIGHTS = {"patent": "特許", "utility_model": "実用新案登録", "design": "意匠登録", "trademark": "商標登録"}


@dataclass(frozen=True)
class Period:
    """A time limit to be named after the history.

    ``by_hand``: a person entered it. ``claimed``: a person says that it was met.
    """

    title_ja: str
    title_en: str
    due: date
    provisional: bool = False
    by_hand: bool = False
    claimed: bool = False


@dataclass(frozen=True)
class Proceedings:
    """What the history is written from.

    ``number`` and ``registration_number`` are as people write them. ``drafted`` are the drafting dates
    that documents print, by key of their event. ``vanished`` were in the office's list once.
    """

    facts: CaseFacts
    number: str = ""
    registration_number: str = ""
    publication_number: str = ""
    published: date | None = None
    drafted: Mapping[str, date] = field(default_factory=dict)
    vanished: tuple[EventFact, ...] = ()


@dataclass(frozen=True)
class _Line:
    """``day`` None stands apart. ``who`` groups papers of one side filed on one day."""

    day: date | None
    who: Literal["case", "office", "applicant", "other"]
    name: str
    dated: Literal["on", "drafted", "sent"] = "on"
    sent: date | None = None
    filed: bool = False


def history(
    told: Proceedings,
    periods: Iterable[Period] = (),
    language: Language = "ja",
    *,
    dates: Dates = "era",
    everything: bool = False,
) -> str:
    """The history as text, one act a line, oldest first; lines end with a line feed.

    ``dates`` is of the Japanese text; the English one is dated by the Western calendar. ``everything`` adds
    what a brief leaves out. A case of which nothing is known says so.
    """
    words = _Words(language, dates)
    shown, left_out = _chosen(told.facts, everything)
    shown.sort(key=lambda event: event.code not in OPINIONS)  # an opinion is named before its amendment
    lines = [*_of_the_case(told, words), *_of_documents(told, shown, words)]
    dated = sorted((line for line in lines if line.day), key=_day_and_side)
    parts = [
        words.pick("手続の経緯", "History of the proceedings") + (f"\n{told.number}" if told.number else ""),
        "\n".join(_written(dated, words))
        or words.pick("庁のデータに手続はない。", "The office's data show none."),
        _undated([line for line in lines if line.day is None], words),
        _entered(told.facts, words),
        _running(periods, words),
        _notes(told, left_out, words),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _day_and_side(line: _Line) -> tuple[date, bool]:
    return line.day or date.max, line.who == "applicant"


def in_era(day: date) -> str:
    """令和６年２月２７日, in the wide figures of briefs."""
    return eras.in_era(day).translate(_WIDE)


def _western(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日".translate(_WIDE)


@dataclass(frozen=True)
class _Words:
    language: Language
    dates: Dates

    def pick(self, ja: str, en: str) -> str:
        return ja if self.language == "ja" else en

    def day(self, day: date) -> str:
        if self.language == "en":
            return f"{day.day} {day:%B} {day.year}"
        return in_era(day) if self.dates == "era" else _western(day)

    def name(self, event: EventFact, law: str) -> str:
        name = " ".join(name_in(event.code, law, event.description, self.language).split())
        if event.code in FILINGS and self.language == "en":
            name = "Application form"  # "Application filed" is the act, on the day to which it counts
        if lookup(event.code, law).side == "third_party":
            return self.pick(f"第三者による{name}", f"{name} (third party)")
        return name

    def join(self, names: Iterable[str]) -> str:
        return self.pick("、", ", ").join(dict.fromkeys(names))


# --- what is told -----------------------------------------------------------------------------------------


def _chosen(facts: CaseFacts, everything: bool) -> tuple[list[EventFact], int]:
    """The documents to be named, and how many are left out. The request itself is named as the filing."""
    named = [event for event in facts.events if not _is_the_filing(event, facts)]
    shown = [event for event in named if everything or _is_main(event, facts.law)]
    return shown, len(named) - len(shown)


def _is_the_filing(event: EventFact, facts: CaseFacts) -> bool:
    return event.code in FILINGS and event.legal_date is not None and event.legal_date == facts.filing_date


def _is_main(event: EventFact, law: str) -> bool:
    info = lookup(event.code, law)
    return event.code in MAIN or info.treatment == "limit" or not info.known


def _of_the_case(told: Proceedings, words: _Words) -> list[_Line]:
    facts = told.facts
    lines = [_line_of_priority(one.day, one.country, one.number, words) for one in facts.priorities]
    if facts.filing_date or not any(event.code in FILINGS for event in facts.events):
        lines.append(_Line(facts.filing_date, "case", _filing(facts, words)))
    if told.published:
        ja = "公報発行" if facts.law == "design" else "出願公開"
        number = _bracketed(told.publication_number, words)
        lines.append(_Line(told.published, "case", words.pick(ja, "Published") + number))
    if facts.registration_number or registered_on(facts):
        lines.append(_Line(registered_on(facts), "case", _registration(told, words)))
    if ended := facts.disappearance_date or (facts.register.disappearance_date if facts.register else None):
        lines.append(_Line(ended, "case", words.pick("権利消滅", "The right ended")))
    elif facts.erased:
        marked = words.pick("登録の抹消（庁の抹消識別）", "Extinguished, as the office's mark says")
        lines.append(_Line(None, "case", marked))
    return lines


def _line_of_priority(day: date | None, country: str, number: str, words: _Words) -> _Line:
    basis = words.pick("、", ", ").join(part for part in (country, number) if part)
    return _Line(day, "case", words.pick("優先日", "Priority date") + _bracketed(basis, words))


def _filing(facts: CaseFacts, words: _Words) -> str:
    details = []
    if facts.international_filing:
        details.append(
            words.pick("国際出願。日は庁のデータによる", "international; the day by the office's data")
        )
    if facts.derived and facts.original_filing_date:
        original = words.day(facts.original_filing_date)
        details.append(words.pick(f"分割・変更。原出願日 {original}", f"derived; original filed {original}"))
    elif facts.derived:
        details.append(words.pick("分割・変更。原出願日は不明", "derived; original filing date not known"))
    return words.pick("出願", "Application filed") + _bracketed(words.pick("。", "; ").join(details), words)


def _registration(told: Proceedings, words: _Words) -> str:
    number = told.registration_number or told.facts.registration_number or ""
    if words.language == "ja" and number.isdecimal():
        number = f"{_RIGHTS[told.facts.law]}第{number}号".translate(_WIDE)
    return words.pick("設定登録", "Registered") + _bracketed(number, words)


def _bracketed(text: str, words: _Words) -> str:
    return words.pick(f"（{text}）", f" ({text})") if text else ""


def _of_documents(told: Proceedings, events: Iterable[EventFact], words: _Words) -> list[_Line]:
    return [_of_document(event, lookup(event.code, told.facts.law), told, words) for event in events]


def _of_document(event: EventFact, info: CodeInfo, told: Proceedings, words: _Words) -> _Line:
    name = words.name(event, told.facts.law)
    if info.side == "applicant":
        return _Line(event.legal_date, "applicant", name, filed=True)
    if info.side != "office":
        return _Line(event.legal_date, "other", name)
    if info.reason in NOT_SENT:
        return _Line(event.legal_date, "office", name)
    drafted = told.drafted.get(event.key)
    if drafted and _can_be_drafted(drafted, event.legal_date, told.facts.filing_date):
        return _Line(drafted, "office", name, "drafted", event.legal_date)
    return _Line(event.legal_date, "office", name, "sent")


def _can_be_drafted(day: date, sent: date | None, filed: date | None) -> bool:
    """A paper is drafted before it is sent and after the filing; any other day was misread."""
    return (sent is None or day <= sent) and (filed is None or day >= filed)


# --- how it is written ------------------------------------------------------------------------------------


def _written(lines: list[_Line], words: _Words) -> list[str]:
    """One line for each act; papers the applicant filed on one day are one act."""
    rows = []
    for _, group in groupby(enumerate(lines), key=_together):
        acts = [line for _, line in group]
        rows.append((_dated(acts[0], words), _named(acts, words)))
    width = max((len(day) for day, _ in rows), default=0)
    filler = words.pick("　", " ")
    return [f"{day.ljust(width, filler)}{filler * 2}{name}" for day, name in rows]


def _together(place: tuple[int, _Line]) -> tuple[object, ...]:
    index, line = place
    return (line.day, "applicant") if line.who == "applicant" else (line.day, index)


def _dated(line: _Line, words: _Words) -> str:
    day = words.day(line.day) if line.day else words.pick("日付不明", "date not known")
    if words.language == "en":
        return day
    return day + {"on": "", "drafted": "付け", "sent": "発送"}[line.dated]


def _named(acts: list[_Line], words: _Words) -> str:
    first = acts[0]
    names = words.join(act.name for act in acts)
    if first.filed:
        ended = words.language == "ja" and names.endswith(("納付", "提出"))
        return names if ended else names + words.pick("提出", " filed")
    if first.dated == "drafted":
        sent = words.day(first.sent) if first.sent else words.pick("不明", "on a day not known")
        return names + words.pick(f"（発送日 {sent}）", f" drafted, dispatched {sent}")
    return names + words.pick("", " dispatched" if first.dated == "sent" else "")


def _undated(lines: list[_Line], words: _Words) -> str:
    if not lines:
        return ""
    title = words.pick("日付が庁のデータにないもの", "Without a date in the office's data")
    return "\n".join([title + words.pick("：", ":"), *(f"  {line.name}" for line in lines)])


def _entered(facts: CaseFacts, words: _Words) -> str:
    """What people say of the proceedings, apart from what the office says."""
    claims = [
        _own(claim.filed, words.name(EventFact("", claim.code, claim.filed), facts.law), claim.by, words)
        for claim in sorted(facts.claimed_extensions, key=lambda claim: claim.filed)
    ]
    counted = words.pick("の起算日", ": counted from")
    starts = [
        _own(one.base, _rule_title(one.rule_id, words) + counted, one.by, words)
        for one in sorted(facts.entered, key=lambda one: one.base)
    ]
    if not (claims or starts):
        return ""
    title = words.pick("当方の記録（庁のデータでは未確認）", "Our own records, not seen in the office's data")
    return "\n".join([title + words.pick("：", ":"), *claims, *starts])


def _own(day: date, name: str, by: str, words: _Words) -> str:
    return f"  {words.day(day)}{words.pick('　', '  ')}{name}{_bracketed(by, words)}"


def _rule_title(rule_id: str, words: _Words) -> str:
    rule = all_rules().rules.get(rule_id)
    return words.pick(rule.title.ja, rule.title.en) if rule else rule_id


def _running(periods: Iterable[Period], words: _Words) -> str:
    rows = [_period(one, words) for one in sorted(periods, key=lambda one: (one.due, one.title_ja))]
    if not rows:
        return ""
    title = words.pick(
        "進行中の期間（当方の計算または入力）", "Time limits running, by our computation or entry"
    )
    return "\n".join([title + words.pick("：", ":"), *rows])


def _period(one: Period, words: _Words) -> str:
    marks = [
        words.pick("暫定", "provisional") if one.provisional else "",
        words.pick("手入力", "entered by hand") if one.by_hand else "",
        words.pick("履行済みとの申告あり、庁のデータでは未確認", "said to be done, not seen at the office")
        if one.claimed
        else "",
    ]
    marked = _bracketed(words.join(mark for mark in marks if mark), words)
    return f"  {words.day(one.due)}{words.pick('　', '  ')}{words.pick(one.title_ja, one.title_en)}{marked}"


def _notes(told: Proceedings, left_out: int, words: _Words) -> str:
    notes = []
    if left_out:
        notes.append(
            words.pick(
                f"注：主な手続のほかに{left_out}件の書類がある。",
                f"Note: {left_out} more document{'' if left_out == 1 else 's'} on file, not named here.",
            )
        )
    for event in told.vanished:
        name = words.name(event, told.facts.law)
        day = words.day(event.legal_date) if event.legal_date else words.pick("日付不明", "undated")
        notes.append(
            words.pick(
                f"注：{name}（{event.code}、{day}）は庁の書類一覧からなくなったため、記載していない。",
                f"Note: {name} ({event.code}, {day}) is no longer in the office's list and is left out.",
            )
        )
    return "\n".join(notes)
