"""Throw mutated papers, answers and numbers at the readers until the time is up.

    python -m fuzz --minutes 12 [--real FOLDER] [TARGET…]

Needs atheris (`make fuzz` installs it). Every input that breaks a promise is kept under var/fuzz/found;
the same command with `--input FILE TARGET` runs one of them again. Exit status 1 when one was found.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

WORK = Path("var/fuzz")
SECONDS_PER_INPUT = 5
MEGABYTES = 700


def main() -> int:
    options = _options()
    if options.fuzz_one:
        _fuzz(options.fuzz_one, options.rest)
    from fuzz import targets

    chosen = options.rest or list(targets.TARGETS)
    if options.input:
        targets.TARGETS[chosen[0]](options.input.read_bytes())
        return 0
    from fuzz import seeds

    seeds.write(WORK, options.real)
    (WORK / "found").mkdir(exist_ok=True)
    seconds = max(1, int(options.minutes * 60 / len(chosen)))
    ended = [_run(target, seconds) for target in chosen]  # all of them, also after a find
    return int(any(ended))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fuzz the readers.")
    parser.add_argument("--minutes", type=float, default=12, help="time for all targets together")
    parser.add_argument("--real", type=Path, help="folder of recorded answers to start from as well")
    parser.add_argument("--input", type=Path, help="run one kept input and stop")
    parser.add_argument("--fuzz-one", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs="*", metavar="TARGET", help="documents, replies, numbers; all of them")
    options, more = parser.parse_known_args()
    options.rest += more
    return options


def _run(target: str, seconds: int) -> int:
    """libFuzzer ends its process, so each target gets one of its own."""
    print(f"{target}: {seconds} seconds", flush=True)  # noqa: T201
    return subprocess.run(
        [
            *(sys.executable, "-m", "fuzz", "--fuzz-one", target),
            f"-max_total_time={seconds}",
            f"-timeout={SECONDS_PER_INPUT}",
            f"-rss_limit_mb={MEGABYTES}",
            f"-dict={WORK / 'words'}",
            f"-artifact_prefix={WORK / 'found'}/{target}-",
            "-max_len=60000",
            "-verbosity=0",
            "-print_final_stats=1",
            str(WORK / target),
        ],
        check=False,
    ).returncode


def _fuzz(target: str, arguments: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["apiclient"]):
        from fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
