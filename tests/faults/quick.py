"""Leases and turns of seconds instead of minutes, in the same order of length as in production."""

import os
import signal
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

from django.apps import AppConfig


class Quick(AppConfig):
    name = "tests.faults"
    label = "faults"

    def ready(self) -> None:
        from dossiers import tasks
        from dossiers.alerts import outbox, prompts
        from dossiers.refresh import jobs

        lease = float(os.environ.get("FAULT_LEASE", "20"))
        tasks.BUDGET = lease / 2.5
        tasks.PUMP_LEASE = timedelta(seconds=lease * 0.75)
        jobs.LEASE = outbox.LEASE = prompts.LEASE = timedelta(seconds=lease)
        if poison := os.environ.get("FAULT_POISON"):
            _dies_of_answers_about(poison)


def _dies_of_answers_about(number: str) -> None:
    """The process ends as by a fault in a C library once the office has answered about `number`.

    Done at the edge of the standard library; nothing of the application is replaced.
    """
    ask, answered = HTTPConnection.putrequest, HTTPConnection.getresponse

    def asking(self: HTTPConnection, method: str, url: str, *more: Any, **named: Any) -> None:
        self.about_poison = number in url  # type: ignore[attr-defined]
        ask(self, method, url, *more, **named)

    def answering(self: HTTPConnection) -> Any:
        reply = answered(self)
        if self.about_poison:  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGSEGV)
        return reply

    HTTPConnection.putrequest, HTTPConnection.getresponse = asking, answering  # type: ignore[method-assign]
