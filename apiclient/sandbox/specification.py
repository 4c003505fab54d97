"""The text of an invented application: description, claims and abstract as XML of the office's form.

Element names are those of applications filed online (application-body); that OPD packs the parts one by one
is inferred from its ids.
"""

from __future__ import annotations

from html import escape

from apiclient.sandbox.techniques import technique_of
from apiclient.sandbox.world import Case

PARTS = {"M": "description", "L": "claims", "Y": "abstract"}  # separator of the document list → part


def part_as_xml(case: Case, separator: str) -> str | None:
    """The part filed under `separator`, or None for one that is no text (the request, the drawings)."""
    writers = {"description": _description, "claims": _claims, "abstract": _abstract}
    if separator not in PARTS:
        return None
    return (
        '<?xml version="1.0" encoding="Shift_JIS"?>\n'
        '<!DOCTYPE application-body SYSTEM "appb.dtd" []>\n'
        '<application-body lang="ja" country="JP" dtd-version="1.0">\n'
        f"{writers[PARTS[separator]](case)}</application-body>\n"
    )


def _description(case: Case) -> str:
    thing, technique = technique_of(case.title)
    field = technique.field
    sections = (
        ("technical-field", [f"本発明は、{case.title}に関する。"]),
        ("background-art", [field.background]),
        ("tech-problem", [field.problem]),
        ("tech-solution", [f"本発明の{case.title}は、{field.solution}"]),
        ("advantageous-effects", [field.effect]),
        ("description-of-embodiments", list(field.embodiments)),
        ("industrial-applicability", [f"本発明は、{thing}の製造及び利用に適用することができる。"]),
    )
    written, number = [], 1
    for name, paragraphs in sections:
        lines = [
            f'<p num="{n:04d}">\n　{escape(text.format(thing=thing))}\n</p>\n'
            for n, text in enumerate(paragraphs, number)
        ]
        number += len(paragraphs)
        written.append(f"<{name}>\n{''.join(lines)}</{name}>\n")
    head, problem, tail = "".join(written[:2]), "".join(written[2:5]), "".join(written[5:])
    return (
        f'<description lang="ja">\n<invention-title>{escape(case.title)}</invention-title>\n'
        f"{head}<summary-of-invention>\n{problem}</summary-of-invention>\n{tail}</description>\n"
    )


def claim_texts(case: Case) -> list[str]:
    """As many claims as the case has: the first stands alone, each other goes back to an earlier one."""
    features = technique_of(case.title)[1].field.features
    texts = [f"{features[0]}ことを特徴とする{case.title}。"]
    for n in range(1, case.claims):
        feature = features[n] if n < len(features) else f"前記構成が第{n}の付加的な要素を含む"
        texts.append(f"{feature}請求項{n}に記載の{case.title}。")
    return texts


def _claims(case: Case) -> str:
    rows = "".join(
        f'<claim num="{n}">\n<claim-text>\n　{escape(text)}\n</claim-text>\n</claim>\n'
        for n, text in enumerate(claim_texts(case), 1)
    )
    return f'<claims lang="ja">\n{rows}</claims>\n'


def _abstract(case: Case) -> str:
    thing, technique = technique_of(case.title)
    problem = technique.field.problem.format(thing=thing)
    return (
        f'<abstract lang="ja">\n<p num="">\n【課題】{escape(problem)}<br/>\n'
        f"【解決手段】{escape(technique.field.solution)}<br/>\n【選択図】図１\n</p>\n</abstract>\n"
    )
