"""Runs calls of the package `easy_patents` and prints what came of them; started by `test_easy_patents`.

    python calls.py FOLDER < calls.json > results.json

FOLDER holds a copy of the package that asks the sandbox. A call is [module, function, arguments, keywords]; a
result is {"value": …}, {"files": {name: bytes in hex}} where a folder or file was saved, or {"error": …,
"message": …}. Runs in the environment of that package, which knows nothing of ours.
"""

import importlib
import json
import sys
from pathlib import Path


def result_of(module, function, arguments, keywords):
    try:
        value = getattr(importlib.import_module(f"easy_patents.{module}"), function)(*arguments, **keywords)
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}
    if isinstance(value, str) and Path(value).exists():
        place = Path(value)
        saved = sorted(place.rglob("*")) if place.is_dir() else [place]
        return {"files": {one.name: one.read_bytes().hex() for one in saved if one.is_file()}}
    return {"value": value}


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    answers = [result_of(*call) for call in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(answers))
