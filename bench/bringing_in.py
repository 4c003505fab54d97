"""An import of invented numbers in the styles people use, from the file to its report, and how fast."""

from __future__ import annotations

import io
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import openpyxl

from apiclient.numbers import from_canonical, write

HEADINGS = ["番号", "整理番号", "顧客", "タグ", "備考"]
SEED = 7
# Bare, with blanks, in full width: what the grammar's own writing does not do.
_SPOILT: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: f" {text} ",
    lambda text: text.replace("-", "－"),
    lambda text: "".join(chr(ord(one) + 0xFEE0) if "0" <= one <= "9" else one for one in text),
    lambda text: text.replace("-", "ー"),
)
_KINDS = (("patent", "application"), ("design", "application"), ("trademark", "application"),
          ("patent", "publication"), ("patent", "registration"), ("trademark", "registration"))  # fmt: skip


def table(rows: int) -> list[list[str]]:
    """Rows of a portfolio: mostly applications, one in twenty a repetition, one in fifty no number at all."""
    chance = random.Random(SEED)  # noqa: S311 (the same table each time)
    made: list[list[str]] = []
    for n in range(rows):
        if n % 50 == 49:
            number = chance.choice(("未定", "US 9,459,406", "不服2020-12345", ""))
        elif n % 20 == 19:
            number = made[chance.randrange(len(made))][0]
        else:
            number = _number(n, chance)
        made.append(
            [
                number,
                f"IN-{n:05d}",
                f"架空{n % 40}株式会社",
                "移管" if n % 3 else "移管、要確認",
                f"旧台帳{n}行",
            ]
        )
    return made


def _number(n: int, chance: random.Random) -> str:
    law, kind = _KINDS[0] if n % 10 < 6 else chance.choice(_KINDS)
    canonical = f"{6_000_000 + n:07d}" if kind == "registration" else f"{2001 + n % 24}{n + 1:06d}"
    reading = from_canonical(law, kind, canonical)
    style = chance.choice(("ja", "ja", "en", "docdb"))
    text = (reading and (write(reading, style) or write(reading, "ja"))) or canonical
    return text if style == "docdb" else chance.choice(_SPOILT)(text)


def workbook(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in (HEADINGS, *rows):
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def text(rows: list[list[str]], encoding: str = "cp932") -> bytes:
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in (HEADINGS, *rows)).encode(encoding)


def measure(by: Any, rows: int = 5_000) -> dict[str, Any]:
    """Rows a second for reading CSV and Excel and for adding the cases; what became of each row."""
    from dossiers import intake
    from dossiers.intake.batches import save_on
    from dossiers.intake.importing import read_on

    given = table(rows)
    figures: dict[str, Any] = {"rows": rows}
    for kind, body in (("csv", text(given)), ("xlsx", workbook(given))):
        start = time.perf_counter()
        file = intake.keep_file(name=f"bench.{kind}", body=body, by=by, default_law="patent")
        batch = intake.start_import(file, file.columns, by=by)
        while read_on(batch):
            pass
        figures[f"{kind}_read_per_s"] = round(rows / (time.perf_counter() - start))
    figures["lines"] = dict(sorted(Counter(batch.lines.values_list("state", flat=True)).items()))
    start = time.perf_counter()
    intake.save_batch(batch, by=by)
    while save_on(batch):
        pass
    added = batch.lines.filter(made=True).count()
    figures |= {"added": added, "added_per_s": round(added / (time.perf_counter() - start))}
    return figures
