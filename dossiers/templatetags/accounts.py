"""What pages of accounts need."""

from __future__ import annotations

import json
from typing import Any

from django import template
from fido2.utils import websafe_encode

register = template.Library()


@register.filter
def for_script(value: Any) -> str:
    """Data for a script, to stand in an attribute (where it is escaped as any text)."""
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return websafe_encode(value)
    return dict(value)
