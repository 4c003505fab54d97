"""The Redis that rings for work on several machines, when IPPORTAL_QUEUE_URL names one.

It holds nothing that matters. The rows of the database are the work orders; a message lost here, with a
worker killed or with Redis itself, is made up for by the next sweep. So nobody waits long for Redis, and
nobody who rings fails because it is away. While it is, each worker's cluster is rung by the database, whose
sweep finds within a minute what nobody could ring for.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import redis
from django.conf import settings
from django_q.brokers.redis_broker import Redis as Queue
from django_q.conf import Conf
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

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


def trouble() -> str:
    """What keeps it from being rung, "" if nothing does: one that answers, but is full or a replica, is away.

    Its class alone, for its words may hold the address.
    """
    try:
        with Broker.get_connection() as asked:
            asked.set(f"django_q:{Conf.CLUSTER_NAME}:trial", 1, ex=60)
    except RedisError as error:
        return type(error).__name__
    return ""


class Choice:
    """What rings for one run of a cluster: the Redis of all machines, or the database while that is away.

    Chosen anew at each start. During a run the other must be right for a while before it is worth a restart.
    """

    def __init__(self, *, away_for: float, back_for: float) -> None:
        found = self._trouble()
        self.shared = bool(settings.QUEUE_URL) and not found
        self._patience = away_for if self.shared else back_for
        self._right_at = time.monotonic()
        if found:
            log.critical("the queue does not answer: %s; the database rings meanwhile", found)

    @staticmethod
    def _trouble() -> str:
        return trouble() if settings.QUEUE_URL else ""

    @property
    def environment(self) -> dict[str, str]:
        """What the cluster has to be told beside the settings of all."""
        return {"IPPORTAL_QUEUE_AWAY": "1"} if settings.QUEUE_URL and not self.shared else {}

    def reason_to_change(self, now: float) -> str:
        """Why the other would be right at `now` (monotonic seconds), "" if it is not."""
        found = self._trouble()
        if bool(found) != self.shared:
            self._right_at = now
        if not settings.QUEUE_URL or now - self._right_at <= self._patience:
            return ""
        return f"the queue does not answer: {found}" if found else "the queue answers again"
