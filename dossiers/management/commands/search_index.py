"""The index of search from a terminal: how it stands, and writing it anew."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dossiers.models import Case, SearchText
from dossiers.refresh import search, search_index


class Command(BaseCommand):
    help = (
        "Says how many cases and documents can be found by their words; with --rebuild it writes the index"
        " anew from what is stored. Until that is done pages say that search may find too few."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="write the index anew")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            began = time.monotonic()
            cases, papers = search_index.rebuild()
            took = time.monotonic() - began
            self.stdout.write(f"{cases} cases and {papers} documents indexed in {took:.0f} s.")
            return
        texts = SearchText.objects.filter(paper=None).count()
        papers = SearchText.objects.exclude(paper=None)
        cut = papers.filter(left_out__gt=0).count()
        self.stdout.write(
            f"{texts} of {Case.objects.count()} cases and {papers.count()} documents can be found by their"
            f" words; of {cut} documents only the first {search.MOST_OF_A_PAPER} characters."
        )
        if texts < Case.objects.count() or not search_index.is_whole():
            raise CommandError("The index is not whole: run manage.py search_index --rebuild.")
