"""The installation's key is replaced while work is queued, secrets are sealed and links are out."""

import os
from typing import Any

from tests.faults.judging import seen
from tests.faults.site import PASSWORD, USERNAME, site

PROMISED = (
    "With the old key behind the new one nothing that was signed or sealed is lost; after `reseal` what "
    "is sealed needs the old one no more."
)
PROVOKED = (
    "`IPPORTAL_SECRET_KEY` replaced and the old one put into `IPPORTAL_SECRET_KEY_FALLBACKS` with "
    "orders and doorbells queued, then `manage.py reseal`"
)


def provoke() -> dict[str, Any]:
    with site() as portal:
        portal.add_cases()
        portal.slow()
        sealed, tokens, link = _before()
        portal.dispatch()
        portal.under_way(2)
        portal.stop()
        _ring_with_the_old_key()
        old, new = portal.env["IPPORTAL_SECRET_KEY"], os.urandom(32).hex()
        portal.env |= {"IPPORTAL_SECRET_KEY": new, "IPPORTAL_SECRET_KEY_FALLBACKS": old}
        _keys(new, [old])
        kept = {"sealed before, open after": _opens(sealed)}
        kept["reports of mails sent before still count"] = all(map(_reads, tokens))
        kept["links in mails sent before still open"] = _link_opens(link)
        portal.manage("reseal")
        portal.start()
        seconds = portal.settle()
        _keys(new, [])
        kept["sealed needs the old key no more"] = _opens(sealed)
        return {**seen(portal), "seconds": seconds, "kept": kept}


def _before() -> tuple[int, list[str], str]:
    """A sealed row, tokens of mails sent, and a link that is signed."""
    from dossiers import sealing
    from dossiers.alerts import tokens, unsubscribe
    from dossiers.models import Alert, OfficeCredential, User

    clerk = User.objects.get(username="clerk")
    row = OfficeCredential.objects.create(
        office="jpo", sealed=sealing.seal({"username": USERNAME, "password": PASSWORD})
    )
    signed = [tokens.token_of(one) for one in (Alert(pk=1), Alert(pk=2))]
    return row.pk, signed, unsubscribe.token_for(clerk, None)


def _ring_with_the_old_key() -> None:
    from dossiers import tasks

    for name in ("refresh", "alerts", "sweep"):
        tasks.ring(name)


def _keys(key: str, fallbacks: list[str]) -> None:
    from django.conf import settings

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, fallbacks


def _opens(pk: int) -> bool:
    from dossiers import sealing
    from dossiers.models import OfficeCredential

    try:
        return sealing.unseal(OfficeCredential.objects.get(pk=pk).sealed)["password"] == PASSWORD
    except sealing.Broken:
        return False


def _reads(token: str) -> bool:
    from dossiers.alerts import tokens

    return tokens.read(token) is not None


def _link_opens(token: str) -> bool:
    from dossiers.alerts import unsubscribe

    try:
        return unsubscribe.subscription_for(token).user.username == "clerk"
    except unsubscribe.BadToken:
        return False
