"""The audit trail cannot be changed unnoticed: the database refuses, the chain shows what it could not."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dossiers import archive, clock, origin
from dossiers.audit import chain
from dossiers.audit.chain import Anchor
from dossiers.models import AuditChain, AuditEntry, User, record
from tests import make
from tests.archive.docket import forget_everything

from .tampering import unguarded

pytestmark = pytest.mark.django_db


def written(rows: int = 6) -> list[AuditEntry]:
    """Some acts of different kinds, sealed."""
    for number in range(rows):
        with origin.coming_from(lambda: origin.Origin(origin.PAGE, "case_edit", "192.0.2.7")):
            record("case.edit", old={"title": "", "n": 1.0}, new={"title": f"発明{number}", "n": 1e22})
    chain.put_in_order()
    return list(AuditEntry.objects.order_by("position"))


# --- the database refuses ---------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[], object]] = {
    "another act": lambda: AuditEntry.objects.filter(position=2).update(action="case.add"),
    "another time": lambda: AuditEntry.objects.filter(position=2).update(at=clock.now()),
    "another place": lambda: AuditEntry.objects.filter(position=2).update(via="x"),
    "another address": lambda: AuditEntry.objects.filter(position=2).update(address="192.0.2.8"),
    "another detail": lambda: AuditEntry.objects.filter(position=2).update(detail={"old": "x"}),
    "another seal": lambda: AuditEntry.objects.filter(position=2).update(seal="0" * 64),
    "no place in the chain": lambda: AuditEntry.objects.filter(position=2).update(position=None),
    "gone": lambda: AuditEntry.objects.filter(position=2).delete(),
    "all gone": lambda: AuditEntry.objects.all()._raw_delete("default"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(what):
    written()
    with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        REFUSED[what]()
    assert AuditEntry.objects.count() == 6 and chain.verify().fault is None


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_the_table_cannot_be_truncated():
    written()
    with (
        pytest.raises(IntegrityError, match="only added to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending checks alone would keep it from being tried
        cursor.execute("TRUNCATE dossiers_auditentry CASCADE")


def test_what_is_not_sealed_yet_cannot_be_changed_either():
    row = record("case.edit", old="a", new="b")
    for change in ({"detail": {}}, {"action": "x"}, {"actor": make.user()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AuditEntry.objects.filter(pk=row.pk).update(**change)


# --- the chain shows --------------------------------------------------------------------------------------


def test_acts_are_sealed_once_and_in_the_order_in_which_they_are_found():
    rows = written(3)
    assert [row.position for row in rows] == [1, 2, 3] and len({row.seal for row in rows}) == 3
    assert chain.put_in_order() == 0
    record("case.add")
    assert chain.put_in_order() == 1
    told = chain.verify()
    assert told.fault is None and (told.rows, told.last.position, told.waiting) == (4, 4, 0)


def test_a_clock_set_back_changes_nothing(monkeypatch):
    written(2)
    now = clock.now()
    monkeypatch.setattr("dossiers.clock.now", lambda: now - timedelta(days=1))
    record("case.add")
    chain.put_in_order()
    assert chain.verify().fault is None
    assert AuditEntry.objects.get(position=3).at < AuditEntry.objects.get(position=2).at


def test_rows_from_before_the_chain_are_sealed_at_the_first_run():
    for number in range(3):
        AuditEntry.objects.create(
            action="case.edit", detail={"n": number}, way="", via="", address_salt="", detail_salt=""
        )
    assert chain.put_in_order() == 3 and chain.verify().fault is None
    assert not AuditEntry.objects.filter(detail_salt="").exists()


def test_more_rows_than_one_lot_are_sealed_lot_by_lot():
    AuditEntry.objects.bulk_create(AuditEntry(action="case.tag", detail={"n": n}) for n in range(2300))
    assert chain.put_in_order(budget_seconds=0) == 1000  # what is left is for the next round
    assert chain.put_in_order() == 1300
    assert chain.verify().rows == 2300


TAMPERING = st.sampled_from(
    ["action", "detail", "actor", "way", "address", "at", "salt", "remove", "swap", "insert", "hash", "cut"]
)


def _tamper(how: str, place: int, rows: list[AuditEntry]) -> None:
    row = AuditEntry.objects.filter(position=place)
    if how == "remove":
        row.delete()
    elif how == "cut":
        AuditEntry.objects.filter(position__gte=place).delete()
    elif how == "swap":
        other = place % len(rows) + 1
        row.update(position=None)
        AuditEntry.objects.filter(position=other).update(position=place)
        AuditEntry.objects.filter(position=None).update(position=other)
    elif how == "insert":
        for later in AuditEntry.objects.filter(position__gte=place).order_by("-position"):
            AuditEntry.objects.filter(pk=later.pk).update(position=later.position + 1)
        like = rows[place - 1]
        AuditEntry.objects.create(
            action=like.action,
            detail=like.detail,
            position=place,
            seal=like.seal,
            detail_hash=like.detail_hash,
        )
    else:
        row.update(**{
            "action": {"action": "limit.confirm"},
            "detail": {"detail": {"old": "another"}},
            "actor": {"actor": User.objects.first()},
            "way": {"way": "worker"},
            "address": {"address": ""},
            "at": {"at": clock.now() + timedelta(seconds=5)},
            "salt": {"detail_salt": "0" * 32},
            "hash": {"detail_hash": "0" * 64},
        }[how])  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(how=TAMPERING, place=st.integers(1, 6))
def test_whatever_is_changed_is_found(db, how, place):
    with transaction.atomic():
        make.user("someone")
        rows = written(6)
        with unguarded():
            _tamper(how, place, rows)
        fault = chain.verify().fault
        assert fault is not None, how
        assert fault.position == (min(place, place % 6 + 1) if how == "swap" else place), (how, fault)
        transaction.set_rollback(True)


def test_a_chain_made_anew_from_its_beginning_is_found_by_a_seal_kept_elsewhere():
    written(4)
    kept = chain.newest()
    assert chain.verify([kept]).fault is None
    with unguarded():
        AuditEntry.objects.filter(position=2).update(detail={"old": "another"})
        AuditEntry.objects.update(position=None)
        AuditChain.objects.update(last=0, seal=chain.GENESIS)
    chain.put_in_order()
    assert chain.verify().fault is None  # in itself it holds
    assert chain.verify([kept]).fault.code == "rebuilt"
    with unguarded():
        AuditEntry.objects.filter(position=4).delete()
        AuditChain.objects.update(last=3, seal=AuditEntry.objects.get(position=3).seal)
    assert chain.verify().fault is None and chain.verify([kept]).fault.code == "cut"


# --- taken along ------------------------------------------------------------------------------------------


def test_the_chain_travels_with_the_archive_and_goes_on_after_restoring(alice):
    record("case.add", by=alice)
    written(3)
    kept = chain.newest()
    made = b"".join(archive.write())
    forget_everything()
    archive.restore(io.BytesIO(made))
    record("docket.restore")
    assert chain.put_in_order() == 1
    told = chain.verify([kept])
    assert told.fault is None and told.rows == 5


# --- the command ------------------------------------------------------------------------------------------


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("audit", *words, stdout=out)
    return out.getvalue()


def test_the_command_seals_verifies_and_names_the_newest_seal():
    written(2)
    record("case.add")
    told = said("verify")
    assert "3 rows" in told and str(chain.newest()) in told
    assert chain.verify().waiting == 0
    assert str(chain.newest()) in said("seal")


def test_the_command_names_the_row_and_fails():
    rows = written(4)
    with unguarded():
        AuditEntry.objects.filter(position=3).update(action="limit.done")
    with pytest.raises(CommandError, match=rf"position 3.*row {rows[2].pk}.*altered"):
        said("verify")


def test_the_command_takes_a_seal_from_a_digest():
    written(4)
    kept = chain.newest()
    assert "agrees" in said("verify", "--since", str(kept))
    with pytest.raises(CommandError, match="position 4"):
        said("verify", "--since", f"{kept.position}:{'0' * 64}")
    with pytest.raises(CommandError, match="no seal"):
        said("verify", "--since", "4:xyz")
    assert Anchor.read(str(kept)) == kept


def test_an_anchor_kept_elsewhere_shows_that_the_end_was_cut_off():
    written(3)
    record("case.add")
    kept = said("anchor").strip()
    assert Anchor.read(kept) == chain.newest() and Anchor.read(kept).position == 4
    with unguarded():
        AuditEntry.objects.filter(position__gt=2).delete()
        AuditChain.objects.update(last=2, seal=AuditEntry.objects.get(position=2).seal)
    assert "2 rows" in said("verify")  # in itself it holds
    with pytest.raises(CommandError, match="position 4: the trail ends before it"):
        said("verify", "--since", kept)
    written(2)  # life goes on, over the same positions
    with pytest.raises(CommandError, match=r"position 4.*another seal than the one kept"):
        said("verify", "--since", kept)
