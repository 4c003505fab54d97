"""The Redis that rings for work on several machines, when IPPORTAL_QUEUE_URL names one.

It holds nothing that matters. The rows of the database are the work orders; a message lost here, with a
worker killed or with Redis itself, is made up for by the next sweep. So nobody waits long for Redis, and
nobody who rings fails because it is away.
"""

from __future__ import annotations

from typing import Any

import redis
from django.conf import settings
from django_q.brokers.redis_broker import Redis as Queue
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECTING = 1.0  # seconds
ANSWERING = 5.0  # seconds; the queue's own question waits one second for a message


class Broker(Queue):
    """The task queue's Redis, asked once and with a limit of time."""

    @staticmethod
    def get_connection(list_key: str | None = None) -> Any:
        return redis.from_url(
            settings.QUEUE_URL,
            socket_connect_timeout=CONNECTING,
            socket_timeout=ANSWERING,
            retry=Retry(NoBackoff(), 0),
        )
