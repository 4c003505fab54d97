"""Taking secrets out of what is kept for people to look at: tokens, passwords, addresses that are keys.

Only secrets: names, numbers and dates stay, for without them nobody could see what was wrong.
"""

from __future__ import annotations

import json
import re

LEFT_OUT = b"[left-out]"

_HOST = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]{1,300}(?=/)", re.IGNORECASE)
# In JSON a slash may be written \/ and a question mark \u003f. An address is matched whole, then cut at its
# query, so that the time grows with the length alone.
_ADDRESS = re.compile(rb"https?:\\?/\\?/[^\s\"'<>]+", re.IGNORECASE)
_QUERY = re.compile(rb"(?:\?|\\u003f|%3f).+", re.IGNORECASE | re.DOTALL)
_TOKENS = (
    # A JSON web token: three parts of base64url, the first a JSON object.
    re.compile(rb"()(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?"),
    re.compile(rb"(\bbearer\s+)[^\s\"'<>,;]{6,}", re.IGNORECASE),
    re.compile(rb"(\bbasic\s+)[A-Za-z0-9+/=]{12,}", re.IGNORECASE),
    re.compile(
        rb"(\b(?:access_token|refresh_token|id_token|client_secret|password|passwd|authorization|"
        rb"x-amz-security-token|x-amz-signature|x-amz-credential|signature|awsaccesskeyid)"
        rb"\\?[\"']?\s*[:=]\s*\\?[\"']?)[^\s\"'<>&,;}\\]{4,}",
        re.IGNORECASE,
    ),
    # What stands in for the same words in XML.
    re.compile(
        rb"(<(?:AWSAccessKeyId|Signature|Token|HostId|StringToSign|SignatureProvided)>)[^<]+", re.IGNORECASE
    ),
)


def without_secrets(body: bytes) -> bytes:
    """`body` with tokens, passwords and the queries of signed addresses replaced by words that say so."""
    found = _ADDRESS.sub(lambda address: _QUERY.sub(b"?" + LEFT_OUT, address.group()), body)
    for pattern in _TOKENS:
        found = pattern.sub(rb"\1" + LEFT_OUT, found)
    return found


def without_addresses(body: bytes) -> bytes:
    """`body`, JSON that names an address which is a key in itself, with no more of it than its host.

    What is no JSON loses its secrets (see `without_secrets`).
    """
    try:
        told = _no_address(json.loads(body), "")
        return without_secrets(json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return without_secrets(body)


def _no_address(value: object, key: str) -> object:
    if isinstance(value, dict):
        return {name: _no_address(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_no_address(inner, key) for inner in value]
    if isinstance(value, str) and ("//" in value or "url" in key.lower()):
        host = _HOST.match(value)
        return f"{host.group() if host else ''}/{LEFT_OUT.decode()}"
    return value
