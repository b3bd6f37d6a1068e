"""The check itself: whether a device takes a connection, and how long that takes."""

from __future__ import annotations

import asyncio
import time

from network_monitor.surroundings import Address

TIMEOUT_S = 2.0


async def latency_ms(address: Address, timeout_s: float = TIMEOUT_S) -> float | None:
    """Milliseconds until the device took a TCP connection; None where it did not in time."""
    started_s = time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except (OSError, TimeoutError):
        return None
    took_ms = (time.perf_counter() - started_s) * 1000
    writer.close()
    return round(took_ms, 3)
