"""Waiting for what is not there yet: a service starts whatever is away, says so in its health, and goes on when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from watchkeeper_instrument import Instrument

LONGEST_S = 3.0


async def until_it_works(what: str, attempt: Callable[[], Awaitable[None]], watch: Instrument) -> None:
    """Try, wait a little longer each time, try again."""
    wait_s = 0.2
    while True:
        try:
            await attempt()
        except Exception as failure:  # noqa: BLE001 - each library has errors of its own for a server that is away
            watch.log(what=what).warning("cannot connect yet", failure=type(failure).__name__)
            await asyncio.sleep(wait_s)
            wait_s = min(LONGEST_S, wait_s * 2)
        else:
            watch.log(what=what).info("connected")
            return
