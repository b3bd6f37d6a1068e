"""The check itself, against a server of the test's own."""

from __future__ import annotations

import asyncio

from network_monitor.reach import latency_ms
from network_monitor.surroundings import Address


async def test_whoever_takes_a_connection_is_reachable() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        took_ms = await latency_ms(Address(host="127.0.0.1", port=server.sockets[0].getsockname()[1]))
    assert took_ms is not None
    assert 0 < took_ms < 2_000


async def test_whoever_refuses_it_is_not() -> None:
    assert await latency_ms(Address(host="127.0.0.1", port=1)) is None
