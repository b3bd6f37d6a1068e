"""Work for a client ends when the client goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.types import Receive


async def unless_the_client_leaves(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Await ``work``; cancel it when the client disconnects. Its exceptions come out here."""

    async def stop_when_the_client_leaves() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        working.cancel()

    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(stop_when_the_client_leaves())
    try:
        await asyncio.wait({working})
        if not working.cancelled():
            working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
