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
import re
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

from django.apps import apps  # noqa: E402
from django.db import connection, connections, models, transaction  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.utils import timezone  # noqa: E402

from apiclient import quota  # noqa: E402
from apiclient.sandbox import storage  # noqa: E402
from dossiers import classification, clock, intake, tasks  # noqa: E402
from dossiers import models as rows  # noqa: E402
from dossiers.intake import batches, bulk, importing, undoing  # noqa: E402
from dossiers.refresh import abroad, jobs  # noqa: E402
from dossiers.refresh.office import _client  # noqa: E402
from tests import make  # noqa: E402

Order = dict[str, Any]
_NEVER_LOST = f'"{rows.Sample._meta.db_table}"'  # what is written beside the docket, in whichever transaction

# --- steps ------------------------------------------------------------------------------------------------


class Steps:
    """Counts steps, writes each to `trace`, and kills the process at number `last` or at the first `at`."""

    def __init__(self, last: int, at: str, trace: Path) -> None:
        self.last, self.at, self.trace, self.count = last, at, trace, 0

    def take(self, what: str) -> None:
        self.count += 1
        with self.trace.open("a") as file:
            file.write(f"{what}\n")
        if self.count == self.last or what == self.at:
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
        alone = not connection.in_atomic_block or _NEVER_LOST in sql
        if not alone or not sql.startswith(("INSERT", "UPDATE", "DELETE")):
            return execute(sql, params, many, context)
        with self.around(" ".join(sql.split()[:3])):
            return execute(sql, params, many, context)

    def _packets(self) -> None:
        send = socket.socket.sendall

        def counted(one: socket.socket, data: Any, *more: Any) -> None:
            with self.around(f"packet {_beginning(bytes(data[:200]))}"):
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


def _beginning(data: bytes) -> str:
    """What a packet is: of a question its method and path, without the number asked about or a signature."""
    line = (data.decode("ascii", "replace").splitlines() or [""])[0]
    if line.startswith(f"GET {storage.PREFIX}"):
        return f"GET {storage.PREFIX}"
    if line.startswith(("GET /", "POST /")):
        return "/".join(line.removesuffix(" HTTP/1.1").split("/")[:5])
    return line[:24]


# --- what a child does ------------------------------------------------------------------------------------


def people() -> None:
    """What the second worker does while the first one is at the due orders."""
    with tasks._only_one("refresh"):
        tasks.pump_refresh()


_LOOPS = {
    "sweep": tasks.sweep,
    "plan": tasks.pump_plan,
    "docket": tasks.pump_docket,
    "intake": tasks.pump_intake,
    "bulk": tasks.pump_bulk,
    "people": people,
    "refresh": tasks.pump_refresh,
    "classification": tasks.pump_classification,
    "alerts": tasks.pump_alerts,
    "digest": tasks.pump_digest,
    "prompts": tasks.pump_prompts,
    "webhooks": tasks.pump_webhooks,
    "outlook": tasks.pump_outlook,
}
_CLAIMED_BY = {
    "plan": (),
    "docket": (),
    "intake": (rows.BatchLine,),
    "bulk": (rows.BulkChange,),
    "refresh": (rows.RefreshJob,),
    "people": (rows.RefreshJob,),
    "classification": (rows.CpcSuggestion,),
    "alerts": (rows.Alert,),
    "digest": (rows.Digest,),
    "prompts": (rows.Prompt,),
    "webhooks": (rows.WebhookDelivery,),
    "outlook": (rows.Outlook,),
}
# What a program asked to be written is not a worker's order: the program itself asks again.
_LEASED = [
    model for model in apps.get_models() if hasattr(model, "lease_until") and model is not rows.ApiWrite
]
_ORDERS = [model for models in _CLAIMED_BY.values() for model in models]
assert set(_LOOPS) == {*tasks.PUMPS, "people"}, "a loop that these tests never kill"
assert set(_LEASED) == {rows.Pump, *_ORDERS}, "orders whose dead holders these tests never bury"


def loops(order: Order) -> None:
    """What a worker does in a few minutes: the sweep and every loop, until a round has made no new order."""
    before, now = -1, 0
    while before != now:
        for work in _LOOPS.values():
            try:
                work()
            finally:
                connections.close_all()
        before, now = now, rows.RefreshJob.objects.count()


def loops_for_ever(order: Order) -> None:
    """The same for as long as the parent lives."""
    parent = os.getppid()
    while os.getppid() == parent:
        loops(order)


def time_passes(order: Order) -> None:
    """All leases are over, as they are some minutes after their holder's death."""
    over = timezone.now() - timedelta(days=400)
    for model in _LEASED:
        model.objects.exclude(lease_until=None).update(lease_until=over)


def bury(order: Order) -> None:
    """End at once the leases of dead processes and the waits after trouble; the living keep theirs."""
    for pump in rows.Pump.objects.exclude(lease_until=None):
        if int(pump.holder.split(":")[1]) in order["dead"]:
            for model in _CLAIMED_BY[pump.name]:
                model.objects.update(lease_until=None)
            rows.Pump.objects.filter(pk=pump.pk).update(lease_until=None)
    soon = clock.now() + timedelta(seconds=2)
    for model in _ORDERS:
        model.objects.filter(not_before__gt=soon).update(not_before=soon)
    rows.MailServer.objects.update(paused_until=None)
    rows.Circuit.objects.filter(until__gt=soon).update(until=soon)
    rows.Circuit.objects.filter(trial_until__gt=soon).update(trial_until=soon)


def prepare(order: Order) -> None:
    """A clerk who follows a list of the order's cases, all of them read once already unless `unread`."""
    clerk = make.user("clerk", language="en")
    make.at_once(clerk)
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


def few_at_a_time() -> None:
    """Two rows, lines or cases in one transaction, and none while the clerk waits."""
    importing.ROWS_NOW = importing._AT_ONCE = batches.AT_ONCE = undoing.AT_ONCE = bulk.AT_ONCE = 2
    batches.MOST_NOW = undoing.MOST_NOW = 0


def clerk_brings(order: Order) -> None:
    """The clerk has a table read: the columns are the number, the own reference, the client and the tags."""
    few_at_a_time()
    clerk = rows.User.objects.get(username="clerk")
    third = make.watchlist(clerk, name="third")
    body = order["table"].encode()
    file = importing.keep_file(name="table.csv", body=body, by=clerk, default_law="patent", watchlist=third)
    importing.read_as(file, by=clerk, heading_row=0)
    importing.start_import(file, ["number", "own_reference", "client", "tags"], by=clerk)


def clerk_saves(order: Order) -> None:
    few_at_a_time()
    batch = rows.Batch.objects.get(state=rows.Batch.State.PREVIEW)
    intake.save_batch(batch, by=batch.owner, update_known=True)


def clerk_takes_back(order: Order) -> None:
    few_at_a_time()
    batch = rows.Batch.objects.get(state=rows.Batch.State.SAVED)
    intake.undo(batch, by=batch.owner)


def clerk_assigns(order: Order) -> None:
    """The clerk gives all cases to a colleague, who has one of them already."""
    few_at_a_time()
    clerk, colleague = rows.User.objects.get(username="clerk"), make.user("colleague")
    keys = list(rows.Case.objects.order_by("pk").values_list("pk", flat=True))
    rows.Case.objects.filter(pk=keys[0]).update(owner=colleague)
    bulk.change_cases(rows.BulkChange.Act.OWNER, str(colleague.pk), keys, by=clerk)


def clerk_assigns_back(order: Order) -> None:
    few_at_a_time()
    change = rows.BulkChange.objects.get()
    bulk.undo(change, by=change.by)


def background(order: Order) -> None:
    """What is done while nobody waits of what the clerk ordered, until nothing is left to do."""
    few_at_a_time()
    due = [rows.BatchLine.State.READY, rows.BatchLine.State.TO_RESOLVE]
    unread = rows.BatchLine.objects.filter(state__in=due, batch__state=rows.Batch.State.PREVIEW)
    for _round in range(20):
        tasks.pump_intake()
        tasks.pump_bulk()
        working = rows.Batch.objects.filter(state__in=("reading", "saving", "undoing"))
        ordered = rows.BulkChange.objects.filter(state__in=("doing", "undoing"))
        if not (working.exists() or ordered.exists() or unread.filter(checked_at=None).exists()):
            return
    raise AssertionError("it does not come to an end")


def ask_for_symbols(order: Order) -> None:
    """The clerk asks for CPC symbols of the order's cases, from their dossiers."""
    clerk = rows.User.objects.get(username="clerk")
    for case in rows.Case.objects.filter(application_number__in=order["cases"]):
        classification.order_from_dossier(case, by=clerk)


def ask_at_once(order: Order) -> None:
    """The clerk wants to know now of a case and of the family of another."""
    clerk = rows.User.objects.get(username="clerk")
    jobs.request_refresh(rows.Case.objects.get(application_number=order["case"]), by=clerk)
    abroad.request_family(rows.Case.objects.get(application_number=order["family"]), by=clerk)


def order_part(order: Order) -> None:
    """The plan has given a case one question, to a counter that shows a part of it."""
    case = rows.Case.objects.get(application_number=order["case"])
    rows.RefreshJob.objects.create(
        case=case, key="daily:part", purpose="daily", rank=jobs.RANK_HOT, bucket=order["bucket"]
    )


def tell_rows(order: Order) -> None:
    """Write every business row to the file `to`: no keys of the database, no instants, no counters."""
    told = {model.__name__: sorted(map(_told, _with_names(model)), key=repr) for model in _BUSINESS}
    told["waiting"] = [str(one) for one in _waiting()]
    told["loops"] = sorted(rows.Pump.objects.values_list("name", flat=True))
    told["forecasts"] = list(rows.Outlook.objects.order_by("key").values_list("key", "state"))
    told["accepted"] = rows.Delivery.objects.filter(accepted=True).count()
    told["samples"] = list(rows.Sample.objects.order_by("key").values_list("key", "times"))
    told["quota"] = dict(rows.QuotaDay.objects.filter(day=clock.office_today()).values_list("bucket", "used"))
    Path(order["to"]).write_text(json.dumps(told, ensure_ascii=False))


def _waiting() -> Iterator[models.Model]:
    """Orders not carried out, and families for whose first order there has been no room yet."""
    for model in _ORDERS:
        yield from model.objects.filter(state__in=("waiting", "ready", "to_resolve", "doing", "undoing"))
    yield from abroad.in_dossier().filter(family_list=None)
    yield from abroad.askable().filter(asked_at=None)


_BUSINESS = (
    rows.Case,
    rows.Document,
    rows.Event,
    rows.TimeLimit,
    rows.ReviewTask,
    rows.Paper,
    rows.Citation,
    rows.CitedDocument,
    rows.Picture,
    rows.SearchText,
    rows.Register,
    rows.Snapshot,
    rows.News,
    rows.Alert,
    rows.Digest,
    rows.Prompt,
    rows.Concern,
    rows.Reminder,
    rows.WatchlistEntry,
    rows.ImportFile,
    rows.Batch,
    rows.BatchLine,
    rows.BulkChange,
    rows.BulkItem,
    rows.CpcSuggestion,
    rows.CaseFamily,
    rows.FamilyMember,
    rows.ForeignDocument,
    rows.ForeignText,
    rows.Sample,
    rows.TimeLimitChange,
    rows.CoverageDay,
    rows.AuditEntry,
)
_OF_NO_MATTER = (
    "attempts",
    "act_by",  # as it was known when the message was released
    "received_on",
    "detail",
    "body",
    "last_error",
    "size",
    "times",
    "Sample.sha256",  # of any one of the answers with its problems
    *("via", "position", "seal", "address_salt", "detail_salt", "address_hash", "detail_hash"),  # by chance
)


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
        and not (
            field.name == "sha256" and isinstance(row, rows.Sample)
        )  # of any one answer with its problems
        and not isinstance(field, models.DateTimeField)
    ]


_PAPERS_KEY = re.compile(
    r"\b(unlisted:)\d+"
)  # a number that PostgreSQL gave and took back is not given again


def _value(row: models.Model, field: Any) -> str:
    value = getattr(row, field.name)
    return _PAPERS_KEY.sub(r"\1", str(getattr(value, "key", value)))


_WORK: dict[str, Callable[[Order], None]] = {
    "loops": loops,
    "loops for ever": loops_for_ever,
    "time passes": time_passes,
    "bury": bury,
    "prepare": prepare,
    "paste": paste,
    "clerk brings": clerk_brings,
    "clerk saves": clerk_saves,
    "clerk takes back": clerk_takes_back,
    "clerk assigns": clerk_assigns,
    "clerk assigns back": clerk_assigns_back,
    "background": background,
    "ask for symbols": ask_for_symbols,
    "ask at once": ask_at_once,
    "order part": order_part,
    "tell rows": tell_rows,
}

# --- parent and children ------------------------------------------------------------------------------------


def answer_with(number: int) -> None:
    sys.stdout.write(json.dumps(number) + "\n")
    sys.stdout.flush()


def carry_out(order: Order) -> None:
    connections["default"].settings_dict["NAME"] = order["database"]
    if "last" in order:
        Steps(order["last"], order["at"], Path(order["trace"])).watch()
    if "minute" in order:  # the seconds the test's office takes for a minute, and the usual one more
        quota.MINUTE_WINDOW = timedelta(seconds=order["minute"] + 1)
        quota.LONGEST_CALL = timedelta()  # a killed child's call has arrived when the next child starts
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
