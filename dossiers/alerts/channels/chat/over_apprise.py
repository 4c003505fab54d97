"""Speaking to a service as the library apprise knows it, over our own calls.

The library is given one of its plugins, made by us, never an address to make one from: so it can be led to no
other service, file or program. A plugin speaks HTTP through the name `requests` in its module; there it finds
what stands below, which makes one call by `post`: to an address that was looked at, without redirects, for
fifteen seconds at most, reading little. So the tests find it for each plugin in use.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from types import ModuleType
from typing import Any

import requests
from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat

from dossiers.alerts.channels import post

PLAIN, MARKED = NotifyFormat.TEXT, NotifyFormat.MARKDOWN

# The library's log lines name addresses that are keys; what came of a call is kept in its row.
logging.getLogger("apprise").addFilter(lambda _record: False)

ASSET = AppriseAsset(
    app_id="IP Portal",
    app_desc="IP Portal",
    app_url="",
    image_url_mask="",
    image_url_logo="",
    image_path_mask="",
    async_mode=False,
    http_redirects=False,
    storage_mode="memory",
)

_answers: ContextVar[list[post.Answer]] = ContextVar("answers")


class _OurCalls:
    """As much of `requests` as the plugins use: one POST for a message."""

    codes = requests.codes
    RequestException = requests.RequestException

    def request(self, method: str, url: str, **asked: Any) -> requests.Response:
        if method.upper() != "POST":
            raise requests.RequestException("only POST")
        return self.post(url, **asked)

    def post(
        self,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        files: None = None,
        **_of_no_matter: Any,
    ) -> requests.Response:
        made = _answers.get()
        if made or files:
            raise requests.RequestException("one call for one message")
        asked = requests.Request("POST", url, params=params, data=data, headers=headers, auth=auth).prepare()
        body = asked.body.encode() if isinstance(asked.body, str) else bytes(asked.body or b"")
        answer = post.send(str(asked.url), dict(asked.headers), body)
        made.append(answer)
        if answer.status is None:
            raise requests.RequestException(answer.problem)
        response = requests.Response()
        response.status_code, response._content = answer.status, answer.content
        return response


def over_our_calls(plugin: ModuleType) -> None:
    """From now on the plugins of this module call through `post`."""
    plugin.requests = _OurCalls()  # type: ignore[attr-defined]


def send(plugin: NotifyBase, text: str, form: NotifyFormat = PLAIN) -> post.Answer:
    """Hand `text` over. What the plugin takes for a refusal is one, whatever the status says."""
    made: list[post.Answer] = []
    library = Apprise(asset=ASSET)
    library.add(plugin)
    token = _answers.set(made)
    try:
        taken = bool(library.notify(body=text, body_format=form))
    finally:
        _answers.reset(token)
    answer = made[0] if made else post.Answer(None, "", "not_written", 0)
    return answer if taken or not answer.accepted else answer.refused()
