"""Time limits from a terminal: how one is computed, which rules there are, a table of examples checked."""

from __future__ import annotations

import difflib
import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError

from dossiers import clock
from dossiers.docketing import store
from dossiers.docketing.calendar import OfficeCalendar, office_calendar
from dossiers.docketing.dates import OutOfRange, parse_periods
from dossiers.docketing.engine import ExtensionRequest, NeedsDocument, compute, compute_given
from dossiers.docketing.facts import NoticeFact
from dossiers.docketing.fees import jpo_fees
from dossiers.docketing.register import RENEWAL_WINDOW_MONTHS
from dossiers.docketing.results import Calculation, Step
from dossiers.docketing.rules import LAWS, OFFICES, Rule, RungRule, all_rules, catalogue
from dossiers.docketing.vectors import run_vectors
from dossiers.management import limit_words as words

NOT_FOUND, WRONG_USE = 1, 2
RESIDENCIES = ("resident", "overseas", "mixed", "unknown")
_MOST_SUGGESTED = 5
_YEARS = (1900, 2200)  # base days a case can have; the docket refuses others too


class Command(BaseCommand):
    help = (
        "Explains how a time limit is computed, lists the rules or the fees, or checks a table of examples."
        " Ends with 0 if all is well, 1 if no day can be given or an example fails, 2 if used wrongly."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        explain = actions.add_parser("explain", help="every step from a day to a last day")
        explain.add_argument("rule", help="as `limits rules` lists it: pat.oa.response")
        explain.add_argument(
            "--from",
            dest="base",
            required=True,
            metavar="DATE",
            help="the day counted from; where the register names the last day itself, that day",
        )
        explain.add_argument("--residency", choices=RESIDENCIES, default="unknown")
        explain.add_argument("--law", choices=LAWS, help="refuse a rule that is of another law")
        explain.add_argument(
            "--extend",
            action="append",
            default=[],
            metavar="CODE=DATE",
            help="more time was requested by this document on that day (A601=2027-01-05); may be repeated",
        )
        explain.add_argument(
            "--notice-period", metavar="LENGTH", help="the period the document prints: 60d, 3m"
        )
        explain.add_argument("--as-of", metavar="DATE", help="say what stands on this day")
        _languages(explain)
        rules = actions.add_parser("rules", help="all rules, and how sure they are")
        rules.add_argument("--law", choices=LAWS)
        rules.add_argument("--office", choices=OFFICES)
        _languages(rules)
        fees = actions.add_parser("fees", help="the office's fees on a day, and where each was read")
        fees.add_argument("--on", metavar="DATE", help="the day of the act; today by the calendar of Tokyo")
        _languages(fees)
        verify = actions.add_parser("verify", help="compute a table of examples and compare")
        verify.add_argument("file", type=Path, metavar="FILE.tsv", help="columns as in docketing/vectors.py")
        verify.add_argument("--all", action="store_true", help="show the examples that pass, too")

    def handle(self, *args: Any, **options: Any) -> None:
        actions = {"explain": self._explain, "rules": self._rules, "fees": self._fees, "verify": self._verify}
        actions[options["action"]](options)

    def _explain(self, options: dict[str, Any]) -> None:
        rule = _rule(options["rule"], options["law"])
        base = _plausible(_day(options["base"]))
        as_of = _day(options["as_of"]) if options["as_of"] else None
        requests = [_request(text, base) for text in options["extend"]]
        notice = _notice(options["notice_period"], rule)
        if rule.duty == "none":
            self._say_none(rule, options)
            return
        _in_force(rule, base)
        try:
            found = _computed(rule, base, options["residency"], notice, requests, self._calendar())
        except NeedsDocument:
            raise CommandError(
                f"How long {rule.id} runs is in the document alone: read it,"
                f" and {'give --notice-period' if rule.printed else 'enter the time limit by hand'}.",
                returncode=NOT_FOUND,
            ) from None
        except OutOfRange as error:
            raise CommandError(f"No last day can be given: {error}.", returncode=NOT_FOUND) from None
        told = words.Told(rule, found, as_of)
        if options["json"]:
            self._write_json(words.for_machines(told, options["language"]))
        else:
            self.stdout.write("\n".join(words.for_people(told, options["language"])))

    def _say_none(self, rule: Rule, options: dict[str, Any]) -> None:
        if options["json"]:
            self._write_json(words.none_for_machines(rule))
        else:
            self.stdout.write("\n".join(words.none_for_people(rule, options["language"])))

    def _rules(self, options: dict[str, Any]) -> None:
        law, office, language = options["law"], options["office"], options["language"]
        book = all_rules()
        rules = [
            rule
            for rule in book.rules.values()
            if (law is None or law in rule.laws) and (office is None or rule.office == office)
        ]
        counts = [
            count
            for count in catalogue(book)
            if (law is None or law == count.law) and (office is None or office == count.office)
        ]
        if options["json"]:
            listed = [words.rule_for_machines(rule) for rule in rules]
            totals = [words.count_for_machines(count) for count in counts]
            self._write_json({"version": book.version, "rules": listed, "counts": totals})
            return
        lines = [words.rule_row(rule, language) for rule in rules]
        lines += ["", f"{len(rules)} rules, version {book.version}.", *words.count_table(counts)]
        self.stdout.write("\n".join(lines))

    def _fees(self, options: dict[str, Any]) -> None:
        day = _day(options["on"]) if options["on"] else clock.office_today()
        book, language = jpo_fees(), options["language"]
        if options["json"]:
            fees = [words.fee_row_for_machines(fee, book, day, language) for fee in book.fees.values()]
            self._write_json({"version": book.version, "on": day, "fees": fees})
            return
        known = sum(book.can_be_said(book.on(name, day), day) for name in book.fees)
        lines = words.fee_rows(book, day, language)
        lines += ["", f"{len(book.fees)} fees on {day}, {known} of them known, version {book.version}."]
        self.stdout.write("\n".join(lines))

    def _verify(self, options: dict[str, Any]) -> None:
        """Closed days are those of the package: what an administrator entered here changes no example."""
        try:
            lines = options["file"].read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}", returncode=WRONG_USE) from error
        results = run_vectors(lines, all_rules(), office_calendar())
        for one in results:
            if options["all"] or not one.passed:
                self.stdout.write(words.vector_row(one))
        self.stdout.write(words.vector_totals(results))
        if not all(one.passed for one in results):
            sys.exit(NOT_FOUND)

    def _calendar(self) -> OfficeCalendar:
        """The office's closed days with those entered here; without a database those of the package alone."""
        try:
            return store.calendar()
        except DatabaseError as error:
            self.stderr.write(f"Days of closure entered by an administrator are left out: {error}")
            return office_calendar()

    def _write_json(self, told: object) -> None:
        self.stdout.write(json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))


def _languages(parser: ArgumentParser) -> None:
    parser.add_argument("--language", choices=("ja", "en"), default="en")
    parser.add_argument("--json", action="store_true", help="as JSON, for machines")


# --- what was typed ---------------------------------------------------------------------------------------


def _rule(name: str, law: str | None) -> Rule:
    rules = all_rules().rules
    if name not in rules:
        raise CommandError(f"There is no rule {name!r}.{_meant(name, law)}", returncode=WRONG_USE)
    rule = rules[name]
    if law is not None and law not in rule.laws:
        raise CommandError(f"{name} is a rule for {', '.join(rule.laws)}, not {law}.", returncode=WRONG_USE)
    return rule


def _meant(name: str, law: str | None) -> str:
    """Rules started by the document of that code, else rules of a similar name."""
    rules = all_rules().rules.values()
    started = [rule.id for rule in rules if name in rule.codes and (law is None or law in rule.laws)]
    if started:
        return f" The document {name} starts {' or '.join(started)}."
    near = [rule.id for rule in rules if rule.id.startswith(name)][:_MOST_SUGGESTED]
    near = near or difflib.get_close_matches(name, [rule.id for rule in rules], _MOST_SUGGESTED, 0.4)
    return f" Did you mean {' or '.join(near)}?" if near else " `limits rules` lists all."


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{text!r} is no day of the calendar; write it as 2027-01-05.", returncode=WRONG_USE
        ) from None


def _plausible(day: date) -> date:
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise CommandError(
            f"{day} is not plausible: no case has days before {_YEARS[0]} or after {_YEARS[1]}.",
            returncode=WRONG_USE,
        )
    return day


def _in_force(rule: Rule, base: date) -> None:
    if not rule.in_force(base):
        span = f"from {rule.valid_from or 'the beginning'} to {rule.valid_to or 'further notice'}"
        raise CommandError(
            f"{rule.id} holds for periods that start {span}, not on {base}. Another law applied then.",
            returncode=NOT_FOUND,
        )


def _request(text: str, base: date) -> ExtensionRequest:
    code, sign, day = text.partition("=")
    if not (code and sign):
        raise CommandError(f"{text!r}: write --extend as A601=2027-01-05.", returncode=WRONG_USE)
    filed = _day(day)
    if filed < base:
        raise CommandError(f"{code} of {filed} is earlier than the start, {base}.", returncode=WRONG_USE)
    return ExtensionRequest(code, filed, None)


def _notice(text: str | None, rule: Rule) -> NoticeFact | None:
    if text is None:
        return None
    if not rule.printed:
        raise CommandError(
            f"{rule.id} has its length from the law, not from a document; leave --notice-period out.",
            returncode=WRONG_USE,
        )
    try:
        periods = parse_periods(text)
    except ValueError as error:
        raise CommandError(f"{error}.", returncode=WRONG_USE) from None
    if len(periods) > 1:
        raise CommandError("A document prints one length: 60d, 3m.", returncode=WRONG_USE)
    return NoticeFact(period_n=periods[0].n, period_unit=periods[0].unit, quote=f"--notice-period {text}")


# --- what follows -----------------------------------------------------------------------------------------


def _computed(
    rule: Rule,
    base: date,
    residency: str,
    notice: NoticeFact | None,
    requests: list[ExtensionRequest],
    calendar: OfficeCalendar,
) -> Calculation:
    """The limit with all requests, each of which must have been filed while it could be."""
    if rule.starts in ("register", "expiry"):
        if requests:
            raise CommandError(f"{rule.id} cannot be extended by a request.", returncode=WRONG_USE)
        return _given(rule, base, residency, calendar)

    def after(count: int) -> Calculation:
        return compute(
            rule,
            base=base,
            residency=residency,
            calendar=calendar,
            notice=notice,
            notice_state="read" if notice else "not_fetched",
            requests=requests[:count],
        )

    for place, request in enumerate(requests):
        before, with_it = after(place), after(place + 1)
        _check_request(rule, request, before, with_it)
    return after(len(requests))


def _given(rule: Rule, end: date, residency: str, calendar: OfficeCalendar) -> Calculation:
    """A last day that the register names, or the end of a term."""
    article = {"article_ja": rule.article.ja, "article_en": rule.article.en}
    of_term = rule.starts == "expiry"
    step = Step("expiry", {"expires": end, **article}) if of_term else Step("register_due", {"due": end})
    return compute_given(
        rule,
        end=end,
        base=end,
        residency=residency,
        calendar=calendar,
        steps=[step],
        window_months=RENEWAL_WINDOW_MONTHS if of_term else None,
    )


def _check_request(rule: Rule, request: ExtensionRequest, before: Calculation, with_it: Calculation) -> None:
    rungs: list[RungRule] = [rung for rung in rule.ladder if rung.requested_by == request.code]
    if "extension_unclear" in with_it.notes or not rungs:
        known = sorted({rung.requested_by for rung in rule.ladder if rung.requested_by})
        may = f"; it can be extended by {', '.join(known)}" if known else ""
        raise CommandError(
            f"{request.code} of {request.filed} extends nothing here{may}. Nothing was computed.",
            returncode=NOT_FOUND,
        )
    late = rungs[0].kind == "late_extension"
    if late and not before.due < request.filed <= with_it.due:
        window = f"after {before.due}, until {with_it.due}"
    elif not late and request.filed > before.due:
        window = f"until {before.due}"
    else:
        return
    raise CommandError(
        f"{request.code} of {request.filed} comes outside its time: {window}. Nothing was computed.",
        returncode=NOT_FOUND,
    )
