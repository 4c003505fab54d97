"""Simulate a docket before the office and measure how late its acts are seen."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Measure the planner against other ways of asking, on simulated patents, designs and trademarks."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=_positive, default=50_000)
        parser.add_argument("--budget", type=_positive, default=400, help="status calls a day")
        parser.add_argument("--days", type=_positive, default=365)
        parser.add_argument("--seed", type=_seeds, default=[1], help="one or more, separated by commas")
        parser.add_argument("--buckets", choices=("status", "all", "dossier"), default="status")
        parser.add_argument("--doubled", action="store_true", help="with the office's limits twice")
        parser.add_argument(
            "--wrong", default="", help="spoil the chances of the planner; see docs/planner.md"
        )
        parser.add_argument("--burst", type=float, default=0.0, help="share of the cases filed in one week")
        parser.add_argument("--policies", default="", help="only these, separated by commas")
        parser.add_argument("--first-import", action="store_true", help="ask a docket for the first time")
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        from bench import refresh

        trial = refresh.Trial(
            **{
                name: options[name]
                for name in ("cases", "budget", "days", "buckets", "doubled", "wrong", "burst")
            }
        )
        _check(trial.wrong, options["policies"], trial.burst)
        if options["first_import"]:
            self._first_import(trial, options["seed"], options["json"])
            return
        names = [name for name in options["policies"].split(",") if name] or list(refresh.POLICIES)
        results = []
        for seed in options["seed"]:
            began = time.monotonic()
            results.append(refresh.compare(trial, seed, names))
            self.stderr.write(f"seed {seed}: {time.monotonic() - began:.0f} s")
        limits = f"buckets {trial.buckets}{', doubled' if trial.doubled else ''}"
        spoilt = f", chances {trial.wrong}" if trial.wrong else ""
        self.stdout.write(
            f"{trial.cases} cases, {trial.budget} status calls a day, {limits}{spoilt}, {trial.days} days, "
            f"seeds {options['seed']}; delay in days"
        )
        self.stdout.write(refresh.table(results))
        if options["json"]:
            self.stdout.write(json.dumps(refresh.as_json(trial, results)))

    def _first_import(self, trial: Any, seeds: list[int], as_json: bool) -> None:
        from bench import refresh

        runs = [refresh.first_import(trial, seed) for seed in seeds]
        found = {}
        for name in runs[0]:
            means = [one[name].mean for one in runs]
            found[name] = {
                "mean": round(sum(means) / len(means), 1),
                "p95": round(sum(one[name].p95 for one in runs) / len(runs), 1),
                "sweep": max(one[name].sweep for one in runs),
            }
            figures = found[name]
            self.stdout.write(
                f"{name:>14}: a case with a running period is found on day {figures['mean']}"
                f" ±{refresh.interval(means):.1f}, p95 {figures['p95']}; all asked on day {figures['sweep']}"
            )
        if as_json:
            self.stdout.write(
                json.dumps({"cases": trial.cases, "budget": trial.budget, "first_import": found})
            )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _seeds(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _check(wrong: str, policies: str, burst: float) -> None:
    from bench import refresh

    if wrong and wrong not in refresh.WRONG:
        raise CommandError(f"--wrong is one of {', '.join(refresh.WRONG)}.")
    if unknown := set(filter(None, policies.split(","))) - set(refresh.POLICIES):
        raise CommandError(
            f"No policy is called {', '.join(sorted(unknown))}: {', '.join(refresh.POLICIES)}."
        )
    if not 0 <= burst < 1:
        raise CommandError("--burst is a share from 0 up to 1.")
