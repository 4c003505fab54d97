"""What a document in another office's dossier is, as far as its name says, and which rule may run from it.

The One Portal Dossier gives no document codes, only names, and no list of these names could be had: they are
the offices' usual titles in English and in their own language. A name that is not among them is unknown and
stays so. No time limit is counted here: the rules abroad are offered to a person, who confirms the day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .rules import all_rules

Side = Literal["office", "applicant", "unknown"]

_ORDINAL = r"(second|third|fourth|fifth|sixth|[2-9](nd|rd|th)|[1-9][0-9]th)"
# Office → (whole name, the rules that may start from it; the one in force on its day is offered).
_ACTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "US": (
        (r"(non-?final|final) (rejection|office action)", ("us.oa",)),
        (r"ex parte quayle action", ()),
        (r"(requirement for )?restriction(/election)?( requirement)?", ()),
        (r"notice of allowance( and fees due)?", ("us.issue.fee",)),
        (r"advisory action|issue notification|notice of publication|filing receipt", ()),
        (r"notice of abandonment", ()),
    ),
    "EP": (
        (r"communication (from the examining division|pursuant to article 94\(3\) epc)", ("ep.94_3",)),
        (r"communication pursuant to rules? 161(\(1\)|\(2\))? and 162 epc", ("ep.161",)),
        (r"(communication (about|of) )?intention to grant( a european patent)?", ("ep.71_3",)),
        (r"communication under rule 71\(3\) epc", ("ep.71_3",)),
        (r"(annex to the communication|(supplementary )?european search (opinion|report))", ()),
        (r"decision to (grant a european patent|refuse( the application)?)", ()),
        (r"communication pursuant to rules? 70\(2\) and 70a\(2\) epc", ()),
    ),
    "CN": (
        (r"(notification of )?(the )?first office action|第一次审查意见通知书", ("cn.oa1",)),
        (
            rf"(notification of )?(the )?{_ORDINAL} office action|第[二三四五六七八九十]+次审查意见通知书",
            ("cn.oa2",),
        ),
        (r"notice of grant|notification to grant patent right.*|授予.*专利权通知书|办理登记手续通知书", ()),
        (r"decision of (rejection|refusal)|驳回决定", ()),
    ),
    "KR": (
        (
            r"(request for the )?submission of an opinion|notification of reasons? for refusal"
            r"|의견제출통지서",
            ("kr.oa", "kr.oa.until_2025"),
        ),
        (r"(written )?decision (to|of) grant( a patent)?|written decision on registration|특허결정서", ()),
        (r"decision of (refusal|rejection)|decision to refuse( a patent)?|거절결정서", ()),
    ),
}  # fmt: skip
_FILED = (
    r"(specification|description|claims?|abstract|drawings?( .*)?)",
    r"(amended |amendments? to (the )?)(claims|description|specification|drawings)",
    r"amendment/req\. reconsideration-after non-final reject",
    r"(reply|response) to (the )?(communication|(first |second )?office action|office action)",
    r"(applicant )?(arguments|remarks)( made in an amendment)?|(written )?amendment",
    r"request for (examination|continued examination|grant of a (european )?patent)",
    r"information disclosure statement.*|power of attorney|application data sheet",
)
_FILED_AT: dict[str, tuple[str, ...]] = {"KR": ("written opinion",)}  # elsewhere an office may write one
_TRANSLATED = re.compile(r"\s*\((machine translation|translated|original)\)$", re.IGNORECASE)
_FORM = re.compile(r"\s*\((ptol|epo form|form)[^()]*\)$", re.IGNORECASE)
_LONGEST = 300  # characters; no title is longer, and matching takes time that grows with the length


@dataclass(frozen=True)
class ForeignAct:
    """``rules``: ids of the rules abroad that may start from such a document, whatever its day."""

    side: Side
    rules: tuple[str, ...] = ()


UNKNOWN = ForeignAct("unknown")


def act_of(office: str, *names: str) -> ForeignAct:
    """What the document with these names (original, translated) is; two that contradict say nothing."""
    told = {found for name in names if name and (found := _named(office, name)) != UNKNOWN}
    return told.pop() if len(told) == 1 else UNKNOWN


def rule_for(office: str, names: tuple[str, ...], on: date | None) -> str:
    """The id of the rule to offer for a document of that day, "" if none is known."""
    if on is None:
        return ""
    known = all_rules().rules
    fitting = (name for name in act_of(office, *names).rules if name in known and known[name].in_force(on))
    return next(fitting, "")


def _named(office: str, name: str) -> ForeignAct:
    plain = _plain(name)
    for pattern, rules in _ACTS.get(office, ()):
        if re.fullmatch(pattern, plain):
            return ForeignAct("office", rules)
    if office in _ACTS and any(re.fullmatch(one, plain) for one in (*_FILED, *_FILED_AT.get(office, ()))):
        return ForeignAct("applicant")
    return UNKNOWN


def _plain(name: str) -> str:
    text = " ".join(name[:_LONGEST].split())
    return _FORM.sub("", _TRANSLATED.sub("", text)).lower()
