"""What the offices know this installation by: from the environment or, where it is silent, from the portal.

The environment wins, so that whoever runs the server can overrule a page. What was entered in the portal is
sealed in the database and read again each time an office is asked; pages that only say whether there is any
look at most every few seconds.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from apiclient.clock import office_day
from dossiers import clock, sealing
from dossiers.models import CredentialUse, OfficeCredential, record

log = logging.getLogger(__name__)

Source = Literal["environment", "portal", "broken", ""]
Office = OfficeCredential.Office

STALE_AFTER = 5.0  # seconds within which another process notices what was entered, where no call is at stake
_ENVIRONMENT = {
    Office.JPO: ("JPO_USERNAME", "JPO_PASSWORD"),
    Office.IP_AUSTRALIA: ("IPAU_CLIENT_ID", "IPAU_CLIENT_SECRET"),
}


@dataclass(frozen=True)
class Credential:
    """An ID and its password, and where they come from; "broken" where no key opens what was entered."""

    office: str
    username: str = ""
    password: str = field(default="", repr=False)
    source: Source = ""

    def __bool__(self) -> bool:
        return bool(self.username and self.password)

    @property
    def mark(self) -> str:
        """Which credential it is, without telling it; "" for none."""
        return sealing.mark(self.office, self.username, self.password) if self else ""


def of(office: str, *, fresh: bool = False) -> Credential:
    """The credential in force; an empty one where there is none. `fresh`: as it stands this very moment."""
    names = _ENVIRONMENT[Office(office)]
    username, password = (getattr(settings, name) for name in names)
    if username and password:
        return Credential(office, username, password, "environment")
    return _entered(fresh).get(office, Credential(office))


def jpo(*, fresh: bool = False) -> Credential:
    return of(Office.JPO, fresh=fresh)


def ip_australia(*, fresh: bool = False) -> Credential:
    return of(Office.IP_AUSTRALIA, fresh=fresh)


# --- what was entered -------------------------------------------------------------------------------------


@dataclass
class _Known:
    at: float
    entered: dict[str, Credential]


_known: _Known | None = None


def _entered(fresh: bool) -> dict[str, Credential]:
    global _known
    now = time.monotonic()
    if fresh or _known is None or now - _known.at > STALE_AFTER:
        _known = _Known(now, {row.office: _opened(row) for row in OfficeCredential.objects.all()})
    return _known.entered


def _opened(row: OfficeCredential) -> Credential:
    try:
        told = sealing.unseal(row.sealed)
        return Credential(row.office, told["username"], told["password"], "portal")
    except (sealing.Broken, KeyError):
        log.error("the credentials entered for %s cannot be opened: no key fits", row.office)
        return Credential(row.office, source="broken")


def forget() -> None:
    """Look again at the next question."""
    global _known
    _known = None


@transaction.atomic
def enter(office: str, username: str, password: str, *, by: Any) -> None:
    """From the next call on, in every process, unless the environment says something else."""
    row = OfficeCredential.objects.select_for_update().filter(office=office).first()
    old = _opened(row).mark if row else ""
    new = Credential(office, username, password, "portal")
    OfficeCredential.objects.update_or_create(
        office=office,
        defaults={
            "sealed": sealing.seal({"username": username, "password": password}),
            "changed_at": clock.now(),
            "changed_by": by,
        },
    )
    record("credential.change", by=by, office=office, old=old, new=new.mark)
    transaction.on_commit(forget)
    forget()


@transaction.atomic
def remove(office: str, *, by: Any) -> bool:
    """Whether there was one."""
    row = OfficeCredential.objects.select_for_update().filter(office=office).first()
    if row is None:
        return False
    record("credential.remove", by=by, office=office, old=_opened(row).mark)
    row.delete()
    transaction.on_commit(forget)
    forget()
    return True


# --- used -------------------------------------------------------------------------------------------------

_noted: set[tuple[str, date, str]] = set()


def used(credential: Credential, at: datetime) -> None:
    """Put the first use of the day on record, once for all processes."""
    key = (credential.office, office_day(at), credential.mark)
    if key in _noted:
        return
    office, day, mark = key
    with transaction.atomic():
        _, first = CredentialUse.objects.get_or_create(office=office, day=day, mark=mark)
        if first:
            record("credential.use", office=office, credential=mark, source=credential.source)
        transaction.on_commit(lambda: _remember(key))


def _remember(key: tuple[str, date, str]) -> None:
    if len(_noted) > 100:
        _noted.clear()
    _noted.add(key)
