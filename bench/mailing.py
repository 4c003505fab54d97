"""Mails a second, composed and handed to a real mail server on loopback, beside the floor of handing the same
messages over ready-made. Both take turns."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

IN_A_TURN = 20


def measure(mails: int = 200) -> dict[str, float]:
    """Per second; the floor keeps one connection open, too. What was invented to be sent is let go again."""
    from django.core.mail import get_connection

    from bench.storm import _mail_server
    from dossiers import clock
    from dossiers.alerts import outbox
    from dossiers.models import Alert

    waiting = _waiting(mails)
    sent, turns = 0, []
    with tempfile.TemporaryDirectory(prefix="ip-portal-mail-") as folder:
        with _mail_server(Path(folder) / "accepted", 0.0, 1) as port:
            server = {"host": "127.0.0.1", "port": port, "timeout": 20}
            backend = "django.core.mail.backends.smtp.EmailBackend"
            ours, floor = get_connection(backend, **server), get_connection(backend, **server)
            kept = _Keeping(ours)
            for _ in range(mails // IN_A_TURN):
                kept.messages.clear()
                began = time.perf_counter()
                for _ in range(IN_A_TURN):
                    alert = outbox.claim(clock.now())
                    sent += bool(alert and outbox.deliver(alert, now=clock.now(), connection=kept))
                ready = time.perf_counter()
                floor.open()
                for message in kept.messages:
                    floor.send_messages([message])
                turns.append((ready - began, time.perf_counter() - ready))
            ours.close()
            floor.close()
        accepted = (Path(folder) / "accepted").read_text(encoding="utf-8").count("\n")
    Alert.objects.filter(pk__in=waiting).delete()
    if sent != mails or accepted != 2 * mails:
        raise SystemExit(f"of {mails} mails {sent} were sent and {accepted} accepted, in two rounds")
    return {
        "mails": mails,
        "per_s": round(mails / sum(one for one, _ in turns), 1),
        "floor_per_s": round(mails / sum(one for _, one in turns), 1),
        "ratio_to_floor": round(statistics.median(one / floor for one, floor in turns), 2),
    }


class _Keeping:
    """A connection to the mail server that keeps what went through it."""

    def __init__(self, connection: Any) -> None:
        self.connection, self.messages = connection, []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def send_messages(self, messages: list[Any]) -> int:
        self.messages += messages
        return self.connection.send_messages(messages) or 0


def _waiting(mails: int) -> list[int]:
    """Keys of as many alerts that wait, for one reader, of cases all over the docket that no wall hides."""
    from dossiers.models import Alert, News, User

    reader, _ = User.objects.get_or_create(username="seed-reader", defaults={"email": "reader@firm.example"})
    news = News.objects.filter(case__wall=None).order_by("-pk")[:mails]
    made = Alert.objects.bulk_create(Alert(news=one, user=reader) for one in news)
    return [one.pk for one in made]
