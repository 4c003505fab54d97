"""Seal every secret in the database with the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dossiers import sealing
from dossiers.models import record


class Command(BaseCommand):
    help = (
        "Seals what opens chats, the offices' doors and second factors with the newest of"
        " IPPORTAL_SEALING_KEYS (without any, with IPPORTAL_SECRET_KEY). Older keys may be taken out"
        " afterwards. It may be run at any time, again, and after having been killed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        told = sealing.reseal()
        if told.anew:
            record("sealing.reseal", rows=told.anew)
        self.stdout.write(f"{told.anew:,} sealed anew, {told.already:,} under the newest key already.")
        if told.broken:
            raise CommandError(
                f"No key opens {len(told.broken):,}: {', '.join(told.broken[:20])}. Add the key they were"
                " sealed with behind the others and run this again, or enter them anew."
            )
