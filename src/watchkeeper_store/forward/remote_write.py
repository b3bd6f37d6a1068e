"""Series written to Prometheus, and only then acknowledged: one that is refused does not take the others with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from watchkeeper_store.forward.refused import Refused
from watchkeeper_wire.loki_push import compress_block
from watchkeeper_wire.remote_write import HEADERS, encode_write

if TYPE_CHECKING:
    import httpcore

    from watchkeeper_store.forward.translate import Outgoing

_WITHIN_S = 8.0
"""Less than the 10 s that senders usually wait, so that they hear why."""
_CONNECT_S = 3.0
_MOST_CONNECTIONS = 16
_MOST_WRITES = 64
_MOST_TEXT = 500
_ABOUT_THE_CONTENT = {400, 413, 422}
_TOO_OLD = "too old sample"
"""Prometheus 2.42 and 2.45 answer 500 for it, as if it could be repeated (prometheus/prometheus#13334)."""


class PrometheusAway(Exception):
    """Nobody answered, or somebody who cannot take anything now; the sender may repeat its request."""


class RemoteWrite:
    """A client of one address. Bodies are made in ``threads``."""

    def __init__(self, url: str, threads: Executor) -> None:
        self._url = url
        self._threads = threads
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            await self._pool.aclose()

    async def write(self, outgoing: Sequence[Outgoing], refused: Refused) -> frozenset[int]:
        """Write all series that Prometheus takes. Adds to ``refused``, and gives the data points that it counted there.

        Prometheus refuses a request as a whole for one sample, such as one that is too old, so that a request that it
        refuses is sent again in halves. Raises PrometheusAway; a part may have been written then, and can be written again.
        """
        lost: set[int] = set()
        waiting, writes = [tuple(outgoing)] if outgoing else [], 0
        try:
            async with asyncio.timeout(_WITHIN_S):
                while waiting:
                    part = waiting.pop()
                    writes += 1
                    fault = await self._post(part)
                    if not fault:
                        continue
                    if len(part) > 1 and writes < _MOST_WRITES:
                        middle = len(part) // 2
                        waiting += [part[middle:], part[:middle]]
                        continue
                    for one in part:
                        refused.add(f"Prometheus says: {fault}", one.metric, len(one.points - lost))
                        lost |= one.points
        except TimeoutError as failure:
            raise PrometheusAway(f"cannot write to Prometheus: no answer within {_WITHIN_S:g} s") from failure
        return frozenset(lost)

    async def _post(self, part: Sequence[Outgoing]) -> str:
        """What Prometheus finds wrong with the series, "" when it has them. Raises PrometheusAway, TimeoutError."""
        import httpcore

        body = await asyncio.get_running_loop().run_in_executor(self._threads, _encoded, part)
        times = {"connect": _CONNECT_S, "read": _WITHIN_S, "write": _WITHIN_S, "pool": _CONNECT_S}
        headers = [("User-Agent", "watchkeeper-store"), *HEADERS.items()]
        try:
            answer = await self._open_pool().request(
                "POST", self._url, headers=headers, content=body, extensions={"timeout": times}
            )
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as failure:
            reason = str(failure) or type(failure).__name__
            raise PrometheusAway(f"cannot write to Prometheus: {reason}") from failure
        text = answer.content.decode("utf-8", "replace").strip()[:_MOST_TEXT]
        if 200 <= answer.status < 300:
            return ""
        if answer.status in _ABOUT_THE_CONTENT or (answer.status == 500 and _TOO_OLD in text):
            return text or f"status {answer.status}"
        raise PrometheusAway(f"cannot write to Prometheus: it answered {answer.status} {text}")

    def _open_pool(self) -> httpcore.AsyncConnectionPool:
        if self._pool is None:
            import ssl

            import httpcore

            # the system's certificates cost 2 MB, for nothing where no https is asked
            is_tls = self._url.startswith("https:")
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=ssl.create_default_context() if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                max_connections=_MOST_CONNECTIONS,
                keepalive_expiry=60.0,
            )
        return self._pool


def _encoded(part: Sequence[Outgoing]) -> bytes:
    return compress_block(encode_write(one.series for one in part))
