"""What opens something by itself: it cannot be guessed, changed, used for another thing, or told by time."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.test import Client

from dossiers.alerts.channels import feeds
from dossiers.alerts.unsubscribe import token_for
from dossiers.api import tokens
from dossiers.models import ApiToken, Feed
from tests import make

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_signed_link_opens_nothing_when_one_character_is_another(alice):
    shared = make.watchlist(alice, make.case(), followers=(alice,))
    token = token_for(alice, shared.follows.get())
    assert Client().get(f"/u/{token}/").status_code == 200
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        bent = token[:place] + other + token[place + 1 :]
        assert Client().get(f"/u/{bent}/").status_code == 404, place
    for cut in (token[:-1], token + "A", token[1:], token.split(":")[0]):
        assert Client().get(f"/u/{cut}/").status_code == 404


def test_the_keys_of_feeds_and_programs_are_long_and_found_by_their_hash_alone(alice):
    """A lookup by hash takes a time that tells nothing of the key; and no row holds what opens it."""
    _feed, key = feeds.create(by=alice, kind="limits", scope="mine")
    _program, token = tokens.create(by=alice, name="x", scopes=["cases:read"], reach="all")
    for text, model in ((key, Feed), (token, ApiToken)):
        assert len(re.sub(r"[^A-Za-z0-9_-]", "", text)) >= 32  # 190 bits and more
        for row in model.objects.values():
            assert text not in str(row)


# Names that sound like secrets and open nothing.
OPEN = {
    "digest != settings.holidays_sha256": "whether the packaged holidays are whole",
    "preview(change).token != token": "whether what is confirmed is what was shown",
}


def test_no_secret_of_ours_is_compared_letter_by_letter():
    """`==` on what was sent and what is kept ends at the first letter that differs."""
    secret = re.compile(r"(token|signature|secret|digest|hmac|mac|key_of)$", re.IGNORECASE)
    found = []
    for room in ("dossiers", "apiclient"):
        for path in (ROOT / room).rglob("*.py"):
            if "/migrations/" in str(path):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                    continue
                both = [node.left, node.comparators[0]]
                if any(isinstance(one, ast.Constant) for one in both):
                    continue
                names = [one.id if isinstance(one, ast.Name) else getattr(one, "attr", "") for one in both]
                if any(secret.search(name) for name in names) and ast.unparse(node) not in OPEN:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    assert found == []
