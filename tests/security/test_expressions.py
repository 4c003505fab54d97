"""Every regular expression of ours on lines made to exhaust it: twice the line takes about twice the time."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("apiclient", "dossiers", "ipportal")
LONG = 20_000
# Seconds of processor for three searches of one line: linear ones need milliseconds, worse ones many seconds.
MOST = 3.0  # seconds of the processor, on a slow machine
PIECES = (
    "a", "1", " ", "　", "\t", "-", ".", "/", "(", "<", ">", "&", "\"", "'", "=", ":", "\n", "あ", "第", "１",
    "特", "a1", "1 ", " a", "<a", "a.", "1-", "- ", "a=", "\n ", "(1", "１　", "第1", "1,", "<!", "[",
    "%", "@a",
)  # fmt: skip
ENDS = ("", "!", "\x00")

_TRY = """
import re, sys, json, time
pattern, flags, ways, pieces, ends, long, most = json.load(sys.stdin)
one = re.compile(pattern, flags)
worst = (0.0, "")
for piece in pieces:
    for end in ends:
        text = piece * (long // len(piece)) + end
        began = time.process_time()
        for way in ways:
            getattr(one, way)(text)
        spent = time.process_time() - began
        worst = max(worst, (spent, piece + "…" + end))
        if spent > most:
            break
print(json.dumps(worst))
"""


def expressions() -> dict[str, tuple[str, int, list[str]]]:
    """Each pattern in `re.compile(...)` and its kin, where it is written as a constant; and how it is asked.

    What is only ever asked for a whole text or its beginning is not tried from each place on.
    """
    found = {}
    everything = "\n".join(path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "/management/" in str(path) or "/sandbox" in str(path) or "/migrations/" in str(path):
                continue
            tree = ast.parse(path.read_text())
            named = {
                id(one.value): one.targets[0].id
                for one in ast.walk(tree)
                if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
            }
            for node in ast.walk(tree):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.args):
                    continue
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    asked = re.findall(rf"\b{named.get(id(node), '-')}\.(match|fullmatch)\(", everything)
                    others = re.search(
                        rf"\b{named.get(id(node), '-')}\b(?!\.(?:match|fullmatch)\(| = )", everything
                    )
                    ways = (
                        sorted(set(asked))
                        if asked and not others
                        else ["search", "fullmatch"]
                        if id(node) in named
                        else ["match"]
                    )
                    if node.func.attr != "compile":
                        ways = [node.func.attr if node.func.attr in ("match", "fullmatch") else "search"]
                    found[where] = (first.value, _flags(node), ways)
    return found


def _flags(node: ast.Call) -> int:
    total = 0
    for part in ast.walk(
        ast.Module([ast.Expr(one) for one in [*node.args[1:], *[k.value for k in node.keywords]]], [])
    ):
        if isinstance(part, ast.Attribute) and isinstance(getattr(re, part.attr, None), re.RegexFlag):
            total |= int(getattr(re, part.attr))
    return total


# Runs only over text whose length is bounded before, and by what.
BOUNDED: dict[str, str] = {}


def test_there_are_expressions_to_try():
    assert len(expressions()) > 80


@pytest.mark.parametrize("room", ["apiclient", "dossiers"])
def test_no_expression_of_ours_takes_ever_longer(room):
    import json

    slow = {}
    for where, (pattern, flags, ways) in expressions().items():
        if not where.startswith(room):
            continue
        asked = json.dumps([pattern, flags, ways, PIECES, ENDS, LONG, MOST])
        try:
            done = subprocess.run(
                [sys.executable, "-c", _TRY],
                input=asked,
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            )
        except subprocess.TimeoutExpired:
            slow[where] = (pattern, "no end")
            continue
        spent, line = json.loads(done.stdout)
        if spent > MOST:
            slow[where] = (pattern, f"{spent:.1f} s on {line!r}")
    assert {where: told for where, told in slow.items() if where.split(":")[0] not in BOUNDED} == {}
