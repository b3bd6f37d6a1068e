"""Redis: what may be lost — sessions, reports that were worked out already, and the answers that callers wait for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, cast
from uuid import UUID

from opentelemetry.trace import Span
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from network_monitor.surroundings import Surroundings
from watchkeeper_instrument import Instrument

REPORT_S = 30
SESSION_S = 900
_ANSWER_S = 60
_IMPATIENCE_S = 0.5
"""A cache that takes longer is worse than none."""


class Cache:
    """Connections to one server. ``waiting`` has its own, whose reads may take long."""

    def __init__(self, surroundings: Surroundings, watch: Instrument) -> None:
        self._watch = watch
        where: dict[str, Any] = {
            "host": surroundings.redis.host,
            "port": surroundings.redis.port,
            "password": surroundings.redis_password,
            "client_name": watch.settings.service,
            "socket_connect_timeout": _IMPATIENCE_S,
            "decode_responses": True,
        }
        # once more, because a connection from before a restart of the server fails when it is used
        self._redis = Redis(**where, socket_timeout=_IMPATIENCE_S, retry=Retry(NoBackoff(), 1))
        self._waiting = Redis(**where, socket_timeout=None, retry=Retry(NoBackoff(), 1), max_connections=50)

    async def close(self) -> None:
        await self._redis.aclose()
        await self._waiting.aclose()

    async def check(self) -> None:
        """For health."""
        await self._redis.ping()

    async def report(self, hours: int, work_out: Callable[[], Awaitable[Any]]) -> tuple[Any, bool]:
        """(the report, whether it was in the cache). A cache that is away is one that has nothing."""
        name = f"report:{hours}"
        found = None
        try:
            with self._span("get"):
                found = await self._redis.get(name)
        except RedisError as failure:
            self._watch.log().warning("the cache cannot be asked", failure=type(failure).__name__)
        self._watch.cache("report", hit=found is not None)
        if found is not None:
            return json.loads(found), True
        report = await work_out()
        try:
            with self._span("set"):
                await self._redis.set(name, json.dumps(report), ex=REPORT_S)
        except RedisError as failure:
            self._watch.log().warning("the cache cannot be filled", failure=type(failure).__name__)
        return report, False

    async def begin_session(self, token: str, organisation: str) -> None:
        with self._span("set"):
            await self._redis.set(_session(token), organisation, ex=SESSION_S)

    async def organisation_of(self, token: str) -> str:
        """Whose session it is; "" where there is none."""
        with self._span("get"):
            return str(await self._redis.get(_session(token)) or "")

    async def answer(self, check: UUID) -> None:
        """Tell whoever waits for this check that it is done."""
        with self._span("rpush"):
            async with self._redis.pipeline() as pipeline:
                pipeline.rpush(_answer(check), "done")
                pipeline.expire(_answer(check), _ANSWER_S)
                await pipeline.execute()

    async def answered(self, check: UUID, within_s: float) -> bool:
        """Whether the check was done in time."""
        with self._span("blpop"):
            return await cast("Awaitable[Any]", self._waiting.blpop([_answer(check)], timeout=within_s)) is not None

    def _span(self, operation: str) -> AbstractContextManager[Span]:
        attributes = {"db.system.name": "redis", "db.operation.name": operation}
        return self._watch.span(f"redis {operation}", **attributes)


def _session(token: str) -> str:
    # whoever may look at the cache learns no token from it
    return f"session:{hashlib.sha256(token.encode()).hexdigest()}"


def _answer(check: UUID) -> str:
    return f"answer:{check}"
