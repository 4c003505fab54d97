"""Opinions and amendments: who filed them, what they answer, and what they say.

Patents come as XML with an element for each part; designs and trademarks as HTM with labels, 【補正の内容】.
The paper's number of the dispatched document joins it to the notice it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from apiclient.documents.elements import attribute, every, first, flat, lines_of, texts, underlined
from apiclient.documents.layout import plain, printed_date, rejoin, tidy
from apiclient.documents.model import Change, Claim, Filing, Label, Party, Way

_DOCUMENTS = {
    "A6333": "claims",
    "A6330": "description",
    "A6331": "drawings",
    "A6332": "abstract",
    "特許請求の範囲": "claims",
    "明細書": "description",
    "図面": "drawings",
    "要約書": "abstract",
}
_WAYS: dict[str, Way] = {
    "1": "add",
    "2": "delete",
    "3": "change",
    "追加": "add",
    "削除": "delete",
    "変更": "change",
}
_LAW_DIGIT = re.compile(r"([A-Z])[1-4]([0-9]{2,})")


def document_code(printed: str) -> str:
    """The interface's code: papers put a digit for the law after the letter, A153 is A53."""
    match = _LAW_DIGIT.fullmatch(printed.strip())
    return f"{match[1]}{match[2]}" if match else printed.strip()


# --- XML ----------------------------------------------------------------------------------------------


def filing_of(main: etree._Element, problems: list[str]) -> Filing:
    """What a filed XML paper says; what it prints and was not understood is added to `problems`.

    Day and reference of the filer are in older papers alone; their element names are inferred.
    """
    changes = tuple(_change(group, problems) for group in every(main, "amendment-group"))
    opinion = [line for part in every(main, "opinion-contents-article") for line in lines_of(part)]
    filing = Filing(
        document_code=document_code(flat(first(main, "document-code"))),
        submitted_on=printed_date(flat(first(main, "submission-date"))),
        reference=flat(first(main, "file-reference-id")),
        dispatch_number=_digits(flat(first(main, "dispatch-number")), problems),
        parties=tuple(_parties(main)),
        opinion=tidy(opinion),
        changes=changes,
    )
    _complain(filing, problems)
    return filing


def _parties(main: etree._Element) -> Iterator[Party]:
    for applicant in every(main, "applicant"):
        yield Party("applicant", flat(first(applicant, "name")), flat(first(applicant, "registered-number")))
    for agent in every(main, "agent"):
        yield Party("agent", flat(first(agent, "name")), flat(first(agent, "registered-number")))


def _change(group: etree._Element, problems: list[str]) -> Change:
    number = attribute(group, "serial-number")
    contents = first(group, "contents-of-amendment")
    printed_code = document_code(flat(first(group, "document-code")))
    kind = attribute(contents, "kind-of-document") if contents is not None else ""
    text, stretches = underlined(lines_of(contents, underlines=True))
    return Change(
        number=number,
        document=kind or _DOCUMENTS.get(printed_code, printed_code),
        item="、".join(texts(group, "item-of-amendment")),
        way=_way(flat(first(group, "way-of-amendment")), number, problems),
        text=text,
        claims=tuple(_claims(contents, problems)),
        underlined=stretches,
    )


def _claims(contents: etree._Element | None, problems: list[str]) -> Iterator[Claim]:
    seen: set[str] = set()
    for claim in every(contents, "claim"):
        number = attribute(claim, "num").strip()
        if not number or number in seen:
            problems.append(f"a claim has no number of its own: {number or 'none'}")
        seen.add(number)
        yield Claim(number, *underlined(lines_of(claim, underlines=True)))


# --- HTM ----------------------------------------------------------------------------------------------

_LABEL = re.compile(r"^[\s　]*【([^】]{1,30})】[\s　]*(.*)$", re.DOTALL)
_CHANGE = re.compile(r"手続補正([0-9]{1,3})?")
# Contents run on over labels of their own (【指定商品】) until one of these.
_AFTER_CONTENTS = re.compile(
    r"手続補正[0-9]{0,3}|補正対象書類名|証拠方法|提出物件の目録|添付書類の目録|物件名|その他|手数料.*|包括委任状番号"
)
_MOST_LABELS = 5_000  # more are kept as lines under the last one
_OPINION = re.compile(r"意見の(?:内容|理由|趣旨)")
_APPLICANT = re.compile(r"(?:出願人|権利者|請求人|補正をする者|提出者|届出人|事件の表示)$")
_AGENT = re.compile(r"代理人$")
_NAME = "氏名又は名称"
_PART_OF_GROUP = {"補正対象書類名": "document", "補正対象項目名": "item", "補正方法": "way"}


@dataclass
class _Group:
    """An amendment's group while its labels are being gathered."""

    number: str
    said: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


@dataclass
class _Paper:
    """A filed HTM paper while its lines are being gathered."""

    labels: list[tuple[str, list[str]]] = field(default_factory=list)
    opinion: list[str] = field(default_factory=list)
    groups: list[_Group] = field(default_factory=list)
    under: list[str] = field(default_factory=list)  # where the lines go that bear no label
    taken: int = 0
    inside: bool = False  # contents that may hold labels of their own


def filing_of_lines(lines: list[str], problems: list[str]) -> Filing:
    """What a filed HTM paper says; `lines` are as printed, its wrapped lines not yet rejoined."""
    paper = _Paper()
    for line in lines:
        match = _LABEL.match(line)
        name = plain(match[1]) if match else ""
        if match and (not paper.inside or _ends(paper, name)) and paper.taken < _MOST_LABELS:
            _take_label(paper, name, match[1], match[2])
        else:
            paper.under.append(line)
    labels = tuple(Label(name, _joined(values)) for name, values in paper.labels)
    said = {plain(label.name): label.value for label in reversed(labels)}
    filing = Filing(
        document_code="",
        submitted_on=printed_date(said.get("提出日", "")),
        reference=said.get("整理番号", ""),
        dispatch_number=_digits(said.get("発送番号", ""), problems),
        parties=tuple(_named(labels)),
        opinion=tidy(rejoin(paper.opinion)),
        changes=tuple(_of_group(group, problems) for group in paper.groups),
        labels=labels,
    )
    if said.get("提出日") and filing.submitted_on is None:
        problems.append(f"the day of filing was not understood: {said['提出日'][:60]}")
    _complain(filing, problems)
    return filing


def _ends(paper: _Paper, name: str) -> bool:
    """Whether a label inside contents ends them. Every paragraph of an opinion may begin with a bracket."""
    ending = _AFTER_CONTENTS.fullmatch(name)
    if paper.under is paper.opinion:
        return bool(_OPINION.fullmatch(name) or (ending and not _CHANGE.fullmatch(name)))
    return bool(ending)


def _take_label(paper: _Paper, name: str, printed: str, value: str) -> None:
    change = _CHANGE.fullmatch(name)
    group = paper.groups[-1] if paper.groups else None
    paper.taken += 1
    paper.inside = bool(_OPINION.fullmatch(name)) or (group is not None and name == "補正の内容")
    if _OPINION.fullmatch(name):
        paper.under = paper.opinion
    elif change:
        paper.groups.append(_Group(change[1] or str(len(paper.groups) + 1)))
        paper.under = paper.groups[-1].lines
    elif group and name == "補正の内容":
        paper.under = group.lines
    elif group and name in _PART_OF_GROUP:
        paper.under = group.said.setdefault(_PART_OF_GROUP[name], [])
    else:
        paper.under = []
        paper.labels.append((printed, paper.under))
    if value.strip():
        paper.under.append(value)


def _joined(values: list[str]) -> str:
    return "\n".join(value.strip() for value in values if value.strip())


def _named(labels: tuple[Label, ...]) -> Iterator[Party]:
    """Names under 【商標登録出願人】 and 【代理人】, each with the code before it."""
    agent, code = False, ""
    for label in labels:
        if _AGENT.search(label.name) or _APPLICANT.search(label.name):
            agent, code = bool(_AGENT.search(label.name)), ""
        elif label.name == "識別番号":
            code = plain(label.value)
        elif label.name == _NAME and label.value:
            yield Party("agent" if agent else "applicant", label.value, code)
            code = ""


def _of_group(group: _Group, problems: list[str]) -> Change:
    document, item, way = (_joined(group.said.get(part, [])) for part in _PART_OF_GROUP.values())
    return Change(
        number=group.number,
        document=_DOCUMENTS.get(document, document),
        item=item,
        way=_way(way, group.number, problems) if way else None,
        text=tidy(rejoin(group.lines)),
    )


# --- both ---------------------------------------------------------------------------------------------


def _way(printed: str, number: str, problems: list[str]) -> Way | None:
    way = _WAYS.get(plain(printed).strip())
    if way is None:
        problems.append(
            f"how part {number or '?'} is amended was not understood: {printed[:60] or 'nothing'}"
        )
    return way


def _digits(printed: str, problems: list[str]) -> str:
    """The number of the dispatched document in half width; "" when none is printed or it is none."""
    digits = re.sub(r"[\s-]", "", plain(printed))
    if digits and not (digits.isascii() and digits.isdecimal() and len(digits) <= 11):
        problems.append(f"the number of the answered document was not understood: {printed[:60]}")
        return ""
    return digits


def _complain(filing: Filing, problems: list[str]) -> None:
    for change in filing.changes:
        if change.way in ("add", "change") and not change.text:
            problems.append(f"part {change.number or '?'} of the amendment has no contents")
        if change.document == "claims" and change.item == "全文" and change.text and not change.claims:
            problems.append("the amended claims were not found one by one")
