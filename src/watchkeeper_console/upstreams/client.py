"""HTTP towards the upstreams: kept connections, bounded time and size, no redirects, no proxy, no cookies.

httpcore and not httpx: the same engine with 6 MB less memory, and the request target goes out exactly as it was decided.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpcore

from watchkeeper_console.metrics import Metrics
from watchkeeper_console.settings import HttpUrl
from watchkeeper_console.upstreams.connections import Connections

_CONNECT_S = 3.0
LARGEST_ANSWER_BYTES = 64 << 20
_LARGEST_JSON_BYTES = 16 << 20


class UpstreamFailed(Exception):
    """An upstream gave no usable answer. ``kind`` is one of unavailable, timeout, refused; the message starts with "cannot"."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request to ``base``. ``name`` is the upstream's in messages and metrics.

    ``target`` is path and query, already encoded, below the base's path. ``within_s`` bounds the wait for the head and for
    every further part.
    """

    name: str
    base: HttpUrl
    target: bytes
    within_s: float
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer of an upstream. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_s: float


class Client:
    """One for all upstreams. Close it at the end."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._connections = Connections()

    async def close(self) -> None:
        """Close the connections that are kept."""
        await self._connections.close()

    @asynccontextmanager
    async def stream(self, ask: Ask) -> AsyncIterator[httpcore.Response]:
        """Ask, and yield the answer's head; its body comes as a stream. Raises UpstreamFailed."""
        name, base = ask.name, ask.base
        url = httpcore.URL(
            scheme=base.scheme.encode(), host=base.host.encode(), port=base.port, target=base.path.encode() + ask.target
        )
        lines = {"Host": base.authority, "User-Agent": "watchkeeper-console", **ask.headers}
        times = {"connect": _CONNECT_S, "read": ask.within_s, "write": ask.within_s}
        began_at, outcome = time.monotonic(), "failed"
        try:
            async with (
                self._connections.to(base, within_s=_CONNECT_S) as connection,
                connection.stream(
                    ask.method, url, headers=list(lines.items()), content=ask.body, extensions={"timeout": times}
                ) as response,
            ):
                self._metrics.upstream_seconds.labels(name).observe(time.monotonic() - began_at)
                outcome = "answered" if response.status < 500 else "failed"
                yield response
        except (httpcore.TimeoutException, TimeoutError) as error:
            outcome = "timed_out"
            raise UpstreamFailed("timeout", f"cannot get an answer from {name} at {base} in time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            outcome = "unreachable"
            raise UpstreamFailed("unavailable", f"cannot reach {name} at {base}: {_reason(error)}") from error
        finally:
            self._metrics.upstream_requests.labels(name, outcome).inc()

    async def get(
        self, name: str, base: HttpUrl, path: str, *, within_s: float, largest_bytes: int = _LARGEST_JSON_BYTES
    ) -> Answer:
        """GET the whole answer, in ``within_s`` altogether. Raises UpstreamFailed."""
        return await self.whole(Ask(name=name, base=base, target=path.encode(), within_s=within_s), largest_bytes=largest_bytes)

    async def whole(self, ask: Ask, *, largest_bytes: int = _LARGEST_JSON_BYTES) -> Answer:
        """The whole answer, in ``ask.within_s`` altogether. Raises UpstreamFailed."""
        began_at = time.monotonic()
        try:
            async with asyncio.timeout(ask.within_s), self.stream(ask) as response:
                body = bytearray()
                async for part in response.aiter_stream():
                    body += part
                    if len(body) > largest_bytes:
                        raise UpstreamFailed(
                            "refused", f"cannot use the answer of {ask.name}: it is over {largest_bytes} bytes"
                        )
                return Answer(
                    status=response.status,
                    headers={key.decode("latin-1").lower(): value.decode("latin-1") for key, value in response.headers},
                    body=bytes(body),
                    took_s=time.monotonic() - began_at,
                )
        except TimeoutError as error:
            raise UpstreamFailed(
                "timeout", f"cannot get an answer from {ask.name} at {ask.base} within {ask.within_s:g} s"
            ) from error

    async def get_json(
        self, name: str, base: HttpUrl, path: str, query: Mapping[str, str] | None = None, *, within_s: float
    ) -> Any:
        """GET ``path`` and parse a 200's JSON. Raises UpstreamFailed for anything else."""
        return parsed(name, await self.get(name, base, f"{path}?{urlencode(query)}" if query else path, within_s=within_s))


def parsed(name: str, answer: Answer) -> Any:
    """The JSON of a 200. Raises UpstreamFailed for anything else."""
    if answer.status != 200:
        detail = " ".join(answer.body[:300].decode("utf-8", "replace").split())
        raise UpstreamFailed("refused", f"cannot use the answer of {name}: HTTP {answer.status} {detail}".rstrip())
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise UpstreamFailed("refused", f"cannot use the answer of {name}: it is not JSON") from error


def _reason(error: Exception) -> str:
    """The system's own words for it ("Connection refused") where there are some."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno:
            return os.strerror(seen.errno)  # asyncio's own text for it repeats the address
        seen = seen.__cause__ or seen.__context__
    return str(error) or type(error).__name__
