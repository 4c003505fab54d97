"""Statutory grounds: provisions relied on, and the reasons that rest on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from apiclient.documents.layout import is_rule, number, plain, tidy
from apiclient.documents.model import Article, Reason

_LAWS = {"特許法": "patent", "意匠法": "design", "商標法": "trademark", "実用新案法": "utility_model"}
_N = "[0-9〇一二三四五六七八九十百]{1,6}"
_PROVISION = re.compile(
    rf"(?P<law>特許法|意匠法|商標法|実用新案法|同法)?"
    rf"(?:(?P<article>第 *{_N} *条(?: *の *{_N})*)|(?P<open>(?=第 *{_N} *[項号])))"
    rf" *(?P<paragraph>第 *{_N} *項)? *(?P<item>第 *{_N} *号(?: *の *{_N})*)?"
    r"(?: *(?:柱書|前段|後段|本文|ただし書))?"
    r"(?: *\((?P<name>[^()第]{1,30})\))?"
)


def read_articles(printed: str, law: str) -> tuple[Article, ...]:
    """Every provision of a printed line, in order, each once.

    "第３条第１項第３号及び第４条第１項第１６号" gives 3-1-3 and 4-1-16; "第３６条第６項第１号、第２号" gives
    36-6-1 and 36-6-2: what a later mention leaves out it takes from the one before. 第２９条の２ is "29.2",
    so that it cannot be taken for paragraph 2 of Article 29, "29-2".
    """
    found: dict[tuple[str, str], Article] = {}
    for article, _ in articles_at(printed, law):
        found.setdefault((article.law, article.reference), article)
    return tuple(found.values())


def articles_at(printed: str, law: str) -> Iterator[tuple[Article, int]]:
    """Every mention of a provision in a printed line, and where it begins."""
    folded = plain(printed)
    last: tuple[str, str, str] = ("", "", "")
    current = law
    for match in _PROVISION.finditer(folded):
        parts = _complete(match, last)
        if parts is None:
            continue
        last = parts
        named = match["law"]
        current = _LAWS.get(named, current) if named else current
        reference = "-".join(part for part in parts if part)
        as_printed = printed[match.start() : match.end()].strip()
        name = printed[slice(*match.span("name"))].strip() if match["name"] else ""
        yield Article(as_printed, current, reference, name), match.start()


def _complete(match: re.Match[str], last: tuple[str, str, str]) -> tuple[str, str, str] | None:
    """Article, paragraph and item, inherited where this mention starts lower down."""
    article, paragraph, item = (_figures(match[part]) for part in ("article", "paragraph", "item"))
    if article:
        return article, paragraph, item
    if not last[0] or not (paragraph or item):
        return None
    return last[0], paragraph or last[1], item


def _figures(printed: str | None) -> str:
    """第１７条の２ as "17.2"; empty when nothing is printed."""
    if not printed:
        return ""
    return ".".join(str(number(figure)) for figure in re.findall(_N, printed))


# --- reasons -----------------------------------------------------------------------------------------

_LONGEST_HEADING = 80
_MOST_TOGETHER = 12  # reasons one passage treats; their text is kept with each of them
_SPACES = re.compile(r"\s+")
_FIGURE = "[0-9]{1,2}"
_ABOUT = re.compile(rf"^[●■◆○◎・(<]*理由({_FIGURE}(?:(?:[,、.・]|及び|および|と|-|~)(?:理由)?{_FIGURE})*)")
_STATEMENT = re.compile(rf"^[<(]?({_FIGURE})[.、:)]*\((?P<name>[^()]{{1,20}})\)")
_STATEMENT_BARE = re.compile(rf"^({_FIGURE})[.、:]?(?=(?:この|本)(?:意匠登録|商標登録|特許)?出願)")
_OPENING = re.compile(r"[.、:]?(?:\([^()]{1,20}\))?(?:この|本)(?:意匠登録|商標登録|特許)?出願")
_NAME = re.compile(r"\(([^()]{1,20})\)")
_LIST = r"[0-9,、.・~ \-]+(?:(?:又は|及び|または|および|乃至|ないし|から|と)[0-9,、~\-]+)*等?"
_CLAIMS = re.compile(rf"^[・*]?(?:本願の?)?請求項[:]?{_LIST}$")
_REFERENCES = re.compile(rf"^[・*]?(?:引用文献等?|引用例|刊行物)[:]?{_LIST}$")
_SECTION_END = re.compile(r"^(?:[<*]|先行技術文献調査|引用文献等?一覧|引用刊行物)")
_HEADING_TAIL = re.compile(r"(?:について)?$")


@dataclass
class _Draft:
    """A reason while its lines are being gathered."""

    number: str
    heading: str = ""
    lines: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)


def read_reasons(lines: list[str], grounds: tuple[Article, ...], law: str) -> tuple[Reason, ...]:
    """The numbered reasons of a notice, each with its provisions, claims and references as printed.

    A passage on several reasons (「理由２（新規性）、理由３（進歩性）について」) belongs to each of them. A
    notice that does not number its reasons has one, without a number.
    """
    drafts: dict[str, _Draft] = {}
    current: list[_Draft] = []
    loose = _Draft("")
    closed = False
    for line in lines:
        folded = _SPACES.sub("", plain(line))
        heads = _heads(folded)
        if heads:
            current = [drafts.setdefault(figure, _Draft(figure)) for figure in heads]
            closed = False
            _name(current, folded, line)
        elif is_rule(line) or _SECTION_END.match(folded):
            closed = True
        if not closed:
            for draft in current or [loose]:
                _add(draft, line, folded)
                if folded.startswith("■") and not draft.heading:
                    draft.heading = line.strip().removeprefix("■")
    chosen = list(drafts.values()) or [loose]
    return tuple(_reason(draft, grounds, law) for draft in chosen if tidy(draft.lines))


def _heads(folded: str) -> list[str]:
    """Numbers of the reasons this line opens."""
    about = _ABOUT.match(folded)
    if about and (_OPENING.match(folded[about.end() :]) or _is_heading(folded)):
        rest = re.findall(rf"理由({_FIGURE})", folded[:_LONGEST_HEADING])
        heads = list(dict.fromkeys(_spread(about[1]) + rest))
        return heads if len(heads) <= _MOST_TOGETHER else []
    statement = _STATEMENT.match(folded) or _STATEMENT_BARE.match(folded)
    if statement and re.search(r"この(?:意匠登録|商標登録|特許)?出願|本願", folded[:40]):
        return [statement[1]]
    return []


def _is_heading(folded: str) -> bool:
    return len(folded) <= _LONGEST_HEADING and not folded.endswith("。")


def _spread(figures: str) -> list[str]:
    """ "1、2" as 1 and 2, "1-3" as 1, 2 and 3."""
    out: list[str] = []
    for part in re.split(r"[,、.・とび]|及び|および", figures):
        ends = re.findall(_FIGURE, part)
        if len(ends) == 2 and int(ends[0]) < int(ends[1]):
            out += [str(n) for n in range(int(ends[0]), int(ends[1]) + 1)]
        else:
            out += ends
    return out


def _name(drafts: list[_Draft], folded: str, line: str) -> None:
    """The name of a reason stands in brackets after its number."""
    if len(drafts) != 1 or drafts[0].heading:
        return
    statement = _STATEMENT.match(folded)
    if statement:
        drafts[0].heading = statement["name"]
    elif _ABOUT.match(folded):
        name = _NAME.search(folded)
        drafts[0].heading = name[1] if name else ""


def _add(draft: _Draft, line: str, folded: str) -> None:
    draft.lines.append(line)
    claims = _CLAIMS.match(folded)
    references = _REFERENCES.match(folded)
    if claims:
        draft.claims.append(_printed_after(line, "項"))
    elif references:
        draft.references.append(re.sub(r"^.*?(?=[0-9０-９])", "", line).strip())


def _printed_after(line: str, mark: str) -> str:
    return line.split(mark, 1)[1].strip(" 　：:")


def _reason(draft: _Draft, grounds: tuple[Article, ...], law: str) -> Reason:
    text = tidy(draft.lines)
    return Reason(
        draft.number,
        draft.heading,
        _articles(draft, grounds, law),
        tuple(draft.claims),
        tuple(draft.references),
        text,
    )


def _articles(draft: _Draft, grounds: tuple[Article, ...], law: str) -> tuple[Article, ...]:
    """From the sentence that opens the reason, else its heading, else all its text.

    Later passages may treat several reasons at once and name the provisions of each.
    """
    opening = next((line for line in draft.lines if "出願" in line), "")
    by_name = tuple(article for article in grounds if article.name_as_printed == draft.heading != "")
    choices = (
        _grounds_named(opening, law),
        by_name or read_articles(draft.heading, law),
        _grounds_named("\n".join(draft.lines), law),
    )
    for named in choices:
        kept = _listed(named, grounds) if grounds else named
        if kept:
            return kept
    return ()


def _listed(named: tuple[Article, ...], grounds: tuple[Article, ...]) -> tuple[Article, ...]:
    """Of the provisions a text names, those the notice lists; a listed 36 covers a named 36-6-2."""
    kept = []
    for article in named:
        for ground in grounds:
            if (article.law, article.reference) == (ground.law, ground.reference):
                kept.append(ground)
            elif article.law == ground.law and article.reference.startswith(f"{ground.reference}-"):
                kept.append(article)
    return tuple(dict.fromkeys(kept))


_GROUND = re.compile(r"に規定する|に該当|の規定により|の規定に違反|に規定された|を満たし|■")
_NO_GROUND = re.compile(r"^\s*(?:なお|ただし|また、?補正)")
_PROCEDURE = re.compile(r"準用する|に基づき.{0,10}通知|通知します")


def grounds_named(lines: list[str], law: str) -> tuple[Article, ...]:
    """Provisions a text without a list of them says the application falls foul of."""
    return _grounds_named("\n".join(lines), law)


def _grounds_named(text: str, law: str) -> tuple[Article, ...]:
    found: dict[tuple[str, str], Article] = {}
    for sentence in re.split(r"[。\n]", text):
        if not _GROUND.search(sentence) or _NO_GROUND.match(sentence) or _PROCEDURE.search(sentence):
            continue
        for article in read_articles(sentence, law):
            found.setdefault((article.law, article.reference), article)
    return tuple(found.values())
