"""What the three services share: they listen, they work in the background, and they stop when they are told to."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from network_monitor.surroundings import Address
from watchkeeper_instrument import Instrument

VERSION = "1.0.0"
CHECK_S = 1.5
"""How long a dependency may take to answer; whoever looks must hear of its loss within five seconds."""
WEB, WORKER, NOTIFIER = "network_monitor_web", "network_monitor_worker", "network_monitor_notifier"
"""What the services are called in metrics, logs and traces."""


ALIVE_PATH = "/-/healthy"
"""Answers while the process works at all. /api/health is about what it depends on: restarting it would mend none of that."""


def with_alive(app: ASGIApp) -> ASGIApp:
    """In front of the watch, which would count a question that is asked every few seconds as a request."""

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == ALIVE_PATH:
            await PlainTextResponse("alive\n")(scope, receive, send)
        else:
            await app(scope, receive, send)

    return front


def serve(app: ASGIApp, address: Address) -> None:
    """Until SIGTERM or SIGINT."""
    # a line for each request that the patrol makes would drown the rest
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(
        with_alive(app),
        host=address.host,
        port=address.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


@asynccontextmanager
async def in_background(watch: Instrument, *work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do this while the context is open. Work that breaks ends the service: half a service helps nobody."""

    def look(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failure := task.exception()):
            watch.log().error("the service ends", failure=repr(failure))
            signal.raise_signal(signal.SIGTERM)

    tasks = [asyncio.create_task(one) for one in work]
    for task in tasks:
        task.add_done_callback(look)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
