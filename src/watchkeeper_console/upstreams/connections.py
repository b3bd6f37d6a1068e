"""Connections to the upstreams, each in the hands of one request at a time, and a few kept open for the next ones.

Not httpcore's own pool: a request that is given up while its connection is being made leaves that connection in the pool for
good, as neither idle nor closed, and after as many as the pool holds nothing can be asked any more.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpcore

from watchkeeper_console.settings import HttpUrl

MOST_CONNECTIONS = 64
_MOST_KEPT = 8
_KEPT_S = 20.0


class Connections:
    """For all upstreams together. Close it at the end."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self._kept: list[tuple[tuple[str, str, int], httpcore.AsyncHTTPConnection]] = []
        self._tls: ssl.SSLContext | None = None

    async def close(self) -> None:
        """Close what is kept."""
        while self._kept:
            await self._kept.pop()[1].aclose()

    @asynccontextmanager
    async def to(self, base: HttpUrl, *, within_s: float) -> AsyncIterator[httpcore.AsyncHTTPConnection]:
        """A connection for one request, open or not yet. Raises TimeoutError where all are taken for ``within_s``."""
        async with asyncio.timeout(within_s):
            await self._places.acquire()
        try:
            key = (base.scheme, base.host, base.port)
            connection = await self._kept_one(key) or self._new_one(base)
            try:
                yield connection
            finally:
                if connection.is_idle() and not connection.is_closed() and len(self._kept) < _MOST_KEPT:
                    self._kept.append((key, connection))
                else:
                    await connection.aclose()
        finally:
            self._places.release()

    async def _kept_one(self, key: tuple[str, str, int]) -> httpcore.AsyncHTTPConnection | None:
        """The one that was used last; those that are too old, or that the other side closed, are closed here too."""
        # Before anything is awaited all is decided: other requests choose from the same list meanwhile.
        expired = [kept for kept in self._kept if kept[1].has_expired()]
        usable = [kept for kept in self._kept if kept not in expired]
        found = next((kept for kept in reversed(usable) if kept[0] == key), None)
        self._kept = [kept for kept in usable if kept is not found]
        try:
            for _, connection in expired:
                await connection.aclose()
        except BaseException:
            if found is not None:
                self._kept.append(found)
            raise
        return None if found is None else found[1]

    def _new_one(self, base: HttpUrl) -> httpcore.AsyncHTTPConnection:
        origin = httpcore.Origin(scheme=base.scheme.encode(), host=base.host.encode(), port=base.port)
        return httpcore.AsyncHTTPConnection(origin=origin, ssl_context=self._tls_for(base), keepalive_expiry=_KEPT_S)

    def _tls_for(self, base: HttpUrl) -> ssl.SSLContext | None:
        """The system's certificates cost 2 MB and are loaded only if an https upstream is asked."""
        if base.scheme == "https" and self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls if base.scheme == "https" else None
