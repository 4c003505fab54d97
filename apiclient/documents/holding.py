"""What a notice holds against the application: which document, on which ground, against which claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apiclient.documents.layout import plain
from apiclient.documents.mentions import labels_of
from apiclient.documents.model import Article, Cited, Notice, Reason


@dataclass(frozen=True)
class Held:
    """A cited document on one ground. `ground` is None where the notice does not tell which of its grounds
    rests on it; `claims` are as printed, "" where it is not certain against which."""

    cited: Cited
    ground: Article | None
    claims: str = ""


def held_against(notice: Notice) -> tuple[Held, ...]:
    """Every cited document with every ground that names it; a ground told by none of the reasons is certain
    only where the notice has a single one."""
    claims = _claims_by_ground(notice)
    alone = notice.articles[0] if len(notice.articles) == 1 else None
    found: list[Held] = []
    for cited in notice.cited:
        grounds = claims.get(plain(cited.label), {}) if cited.label else {}
        found += [Held(cited, ground, "；".join(told)) for ground, told in grounds.items()]
        if not grounds:
            found.append(Held(cited, alone))
    return tuple(dict.fromkeys(found))


def _claims_by_ground(notice: Notice) -> dict[str, dict[Article, list[str]]]:
    """By label of the cited document and provision: the claims, where the reasons print them for certain."""
    found: dict[str, dict[Article, list[str]]] = {}
    for reason in notice.reasons:
        for label, claims in _named(reason):
            for article in reason.articles:
                told = found.setdefault(label, {}).setdefault(article, [])
                if claims and claims not in told:
                    told.append(claims)
    return found


def _named(reason: Reason) -> Iterator[tuple[str, str]]:
    """The labels a reason refers to, each with its claims: line by line where claims and references are
    printed in pairs, the one line of claims for all of them, else without any."""
    paired = len(reason.claims) == len(reason.references)
    for place, printed in enumerate(reason.references):
        claims = reason.claims[place] if paired else reason.claims[0] if len(reason.claims) == 1 else ""
        for label in labels_of("".join(plain(printed).split())):
            yield label, claims.strip("・･ 　")
