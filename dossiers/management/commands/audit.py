"""The audit trail: seal what is new, and look whether anything was changed."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dossiers.audit import chain

_WORDS = {
    "altered": "it was altered after it was sealed",
    "removed": "a row before it was removed",
    "inserted": "it was inserted without being sealed",
    "cut": "the trail ends before it: rows were removed from its end",
    "rebuilt": "it bears another seal than the one kept: it, or a row before it, was altered and sealed anew",
    "erased": "an address or a name was taken out without an act on record",
    "redacted": "what was left when a name was taken out was altered",
}


class Command(BaseCommand):
    help = (
        "“seal” seals acts that are not sealed yet and names the newest seal. “anchor” does the same and"
        " prints that seal alone, to be kept elsewhere. “verify” seals, then reads the whole trail and names"
        " the first row that was altered, removed, inserted or moved; with --since it also compares a seal"
        " that was kept elsewhere, as each administrator's digest names one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["seal", "anchor", "verify"])
        parser.add_argument(
            "--since", action="append", default=[], metavar="POSITION:SEAL", help="may be given several times"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        anchors = [_anchor(text) for text in options["since"]]
        sealed = chain.put_in_order()
        if options["act"] == "anchor":
            self.stdout.write(str(chain.newest()))
            return
        if options["act"] == "seal":
            self.stdout.write(f"{sealed:,} acts sealed. The newest seal: {chain.newest()}")
            return
        told = chain.verify(anchors)
        if fault := told.fault:
            row = f" (row {fault.pk})" if fault.pk else ""
            raise CommandError(f"At position {fault.position}{row}: {_WORDS[fault.code]}.")
        self.stdout.write(f"{told.rows:,} rows, each as it was sealed. The newest seal: {told.last}")
        if anchors:
            self.stdout.write(f"It agrees with {len(anchors):,} seals kept elsewhere.")
        if told.redacted:
            self.stdout.write(f"In {told.redacted:,} rows a name was taken out, by acts that are on record.")


def _anchor(text: str) -> chain.Anchor:
    try:
        return chain.Anchor.read(text)
    except ValueError:
        raise CommandError(f"{text!r} is no seal: it is a position, a colon and 64 characters.") from None
