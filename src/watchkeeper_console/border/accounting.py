"""Counts and times every request, and turns a bug into an answer instead of a closed connection."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchkeeper_console.border.answers import refuse
from watchkeeper_console.logfmt import LOG
from watchkeeper_console.metrics import Metrics

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Accounting:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_at, status = time.monotonic(), 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception:
            LOG.log(
                logging.ERROR, "a request failed because of a bug", exc_info=True, extra={"fields": {"route": _route(scope)}}
            )
            if status:  # too late for another answer: the connection has to break
                raise
            await refuse(500, "internal", "cannot answer because of a bug in the console; its log tells more")(
                scope, receive, send_noting
            )
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(_route(scope), method, str(status)).inc()
            self._metrics.request_seconds.labels(_route(scope)).observe(time.monotonic() - began_at)


def _route(scope: Scope) -> str:
    """The route's own pattern; what a client made up must not become a label."""
    return str(getattr(scope.get("route"), "path", "none"))
