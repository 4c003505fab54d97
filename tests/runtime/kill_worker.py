"""A process whose children run the background loops and are killed at a step the test chooses.

It reads one order a line (JSON) and answers with one line. Each order's work is done in a child of its own,
so that Django is loaded once and a killed child leaves nothing behind but what it had committed. Only an
order marked "here" is carried out by the parent, which warms up what its children will need.

A step is a moment at which the world outside the process has changed or is about to: before and after each
commit and each single write, before and after each packet to the office or the mail server, and after each of
their answers. The steps are counted at the edges of the libraries; nothing of the application is replaced.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import smtplib
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection, connections, models, transaction  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.utils import timezone  # noqa: E402

from apiclient import quota  # noqa: E402
from dossiers import clock, tasks  # noqa: E402
from dossiers import models as rows  # noqa: E402
from dossiers.intake import batches  # noqa: E402
from dossiers.refresh import ledger  # noqa: E402
from dossiers.refresh.office import _client  # noqa: E402
from tests import make  # noqa: E402

Order = dict[str, Any]

# --- steps ------------------------------------------------------------------------------------------------


class Steps:
    """Counts steps, writes each to `trace`, and kills the process at number `last` (0: never)."""

    def __init__(self, last: int, trace: Path | None) -> None:
        self.last, self.trace, self.count = last, trace, 0

    def take(self, what: str) -> None:
        self.count += 1
        if self.trace:
            with self.trace.open("a") as file:
                file.write(f"{what}\n")
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextlib.contextmanager
    def around(self, what: str) -> Iterator[None]:
        self.take(f"before {what}")
        yield
        self.take(f"after {what}")

    def watch(self) -> None:
        self._commits()
        self._packets()
        self._answers()
        connection.execute_wrappers.append(self._single_write)

    def _commits(self) -> None:
        commit = BaseDatabaseWrapper._commit

        def counted(wrapper: BaseDatabaseWrapper) -> None:
            with self.around("commit"):
                commit(wrapper)

        BaseDatabaseWrapper._commit = counted

    def _single_write(self, execute, sql, params, many, context):
        if connection.in_atomic_block or not sql.startswith(("INSERT", "UPDATE", "DELETE")):
            return execute(sql, params, many, context)
        with self.around(" ".join(sql.split()[:3])):
            return execute(sql, params, many, context)

    def _packets(self) -> None:
        send = socket.socket.sendall

        def counted(one: socket.socket, data: Any, *more: Any) -> None:
            with self.around(f"packet {bytes(data[:24])!r}"):
                send(one, data, *more)

        socket.socket.sendall = counted

    def _answers(self) -> None:
        begin, reply = http.client.HTTPResponse.begin, smtplib.SMTP.getreply

        def begun(response: http.client.HTTPResponse) -> None:
            begin(response)
            self.take("office has answered")

        def replied(server: smtplib.SMTP) -> tuple[int, bytes]:
            answer = reply(server)
            self.take(f"mail server says {answer[0]}")
            return answer

        http.client.HTTPResponse.begin, smtplib.SMTP.getreply = begun, replied


# --- what a child does ------------------------------------------------------------------------------------


def loops(order: Order) -> None:
    """What a worker does in a few minutes: the sweep and every loop, twice, so that the second is idle."""
    for _ in range(2):
        for work in (tasks.sweep, tasks.pump_intake, tasks.pump_refresh, tasks.pump_alerts):
            try:
                work()
            finally:
                connections.close_all()


def loops_for_ever(order: Order) -> None:
    """The same for as long as the parent lives."""
    parent = os.getppid()
    while os.getppid() == parent:
        loops(order)


def time_passes(order: Order) -> None:
    """All leases are over, as they are some minutes after their holder's death."""
    over = timezone.now() - timedelta(days=400)
    for model in (rows.Pump, rows.RefreshJob, rows.Alert, rows.BatchLine):
        model.objects.exclude(lease_until=None).update(lease_until=over)


def bury(order: Order) -> None:
    """End at once the leases of dead processes and the waits after trouble; the living keep theirs."""
    claimed_by = {"refresh": rows.RefreshJob, "alerts": rows.Alert, "intake": rows.BatchLine}
    for pump in rows.Pump.objects.exclude(lease_until=None):
        if int(pump.holder.split(":")[1]) in order["dead"]:
            claimed_by[pump.name].objects.update(lease_until=None)
            rows.Pump.objects.filter(pk=pump.pk).update(lease_until=None)
    soon = clock.now() + timedelta(seconds=2)
    for waiting in (rows.RefreshJob, rows.Alert):
        waiting.objects.filter(state="waiting", not_before__gt=soon).update(not_before=soon)


def prepare(order: Order) -> None:
    """A clerk who follows a list of the order's cases, all of them read once already unless `unread`."""
    clerk = make.user("clerk", language="en")
    cases = [make.case(number, title="", filing_date=None) for number in order["cases"]]
    make.watchlist(clerk, *cases, followers=(clerk,))
    if order.get("unread"):
        return
    loops(order)
    rows.RefreshJob.objects.filter(state="done").delete()


def paste(order: Order) -> None:
    """The clerk pastes numbers for a second list and adds them before the office has been asked of them."""
    clerk = rows.User.objects.get(username="clerk")
    second = make.watchlist(clerk, name="second")
    batch = batches.start_batch(text=order["text"], by=clerk, default_law="patent", watchlist=second)
    batches.save_batch(batch, by=clerk)


def tell_rows(order: Order) -> None:
    """Write every business row to the file `to`: no keys of the database, no instants, no counters."""
    told = {model.__name__: sorted(map(_told, _with_names(model)), key=repr) for model in _BUSINESS}
    told["waiting"] = [
        str(one) for model in (rows.RefreshJob, rows.Alert) for one in model.objects.filter(state="waiting")
    ]
    told["accepted"] = rows.Delivery.objects.filter(accepted=True).count()
    told["quota"] = dict(rows.QuotaDay.objects.filter(day=clock.office_today()).values_list("bucket", "used"))
    Path(order["to"]).write_text(json.dumps(told, ensure_ascii=False))


_BUSINESS = (
    rows.Case,
    rows.Document,
    rows.Event,
    rows.TimeLimit,
    rows.ReviewTask,
    rows.Paper,
    rows.Citation,
    rows.Register,
    rows.Snapshot,
    rows.News,
    rows.Alert,
    rows.WatchlistEntry,
    rows.BatchLine,
)
_OF_NO_MATTER = ("attempts", "received_on", "detail", "body", "last_error", "size")


def _with_names(model: type[models.Model]) -> models.QuerySet[Any]:
    """The rows with whatever names the rows they point to."""
    return model._default_manager.select_related(
        *(field.name for field in model._meta.concrete_fields if field.is_relation)
    )


def _told(row: models.Model) -> list[Any]:
    return [
        [field.name, _value(row, field)]
        for field in row._meta.concrete_fields
        if not field.primary_key
        and field.name not in _OF_NO_MATTER
        and not isinstance(field, models.DateTimeField)
    ]


def _value(row: models.Model, field: Any) -> str:
    value = getattr(row, field.name)
    return str(getattr(value, "key", value))


_WORK: dict[str, Callable[[Order], None]] = {
    "loops": loops,
    "loops for ever": loops_for_ever,
    "time passes": time_passes,
    "bury": bury,
    "prepare": prepare,
    "paste": paste,
    "tell rows": tell_rows,
}

# --- parent and children ------------------------------------------------------------------------------------


def answer_with(number: int) -> None:
    sys.stdout.write(json.dumps(number) + "\n")
    sys.stdout.flush()


def carry_out(order: Order) -> None:
    connections["default"].settings_dict["NAME"] = order["database"]
    if "last" in order:
        Steps(order["last"], Path(order["trace"]) if order.get("trace") else None).watch()
    if "minute" in order:  # the seconds the test's office takes for a minute, and the usual one more
        quota.MINUTE_WINDOW = ledger.MINUTE_WINDOW = timedelta(seconds=order["minute"] + 1)
    _WORK[order["do"]](order)
    connections.close_all()


def start(order: Order) -> int:
    number = os.fork()
    if number:
        return number
    try:
        carry_out(order)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def main() -> None:
    assert not transaction.get_connection().connection, "a connection must not be shared with children"
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("here"):
            carry_out(order)
            _client.cache_clear()  # its connection must not be shared either
            answer_with(0)
            continue
        number = order["wait"] if "wait" in order else start(order)
        answer = number if order.get("only start") else os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
        answer_with(answer)


if __name__ == "__main__":
    main()
