"""What a babysitter, a probe and Prometheus ask the console about itself. Open to everybody, so nothing more is told."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from watchkeeper_console.identity.sessions import Sessions
from watchkeeper_console.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRoutes:
    """Handlers about the process itself."""

    sessions: Sessions
    metrics: Metrics

    async def healthy(self, request: Request) -> Response:
        """``GET /-/healthy``: the event loop turns."""
        return PlainTextResponse("alive\n")

    async def ready(self, request: Request) -> Response:
        """``GET /-/ready``: people can sign in, which needs the database."""
        try:
            self.sessions.count()
        except sqlite3.Error as error:
            return PlainTextResponse(f"cannot use the database: {type(error).__name__}\n", status_code=503)
        return PlainTextResponse("ready\n")

    async def health(self, request: Request) -> Response:
        """``GET /api/health``: the same for clients that expect Grafana's."""
        try:
            self.sessions.count()
        except sqlite3.Error:
            return JSONResponse({"database": "failing"}, status_code=503)
        return JSONResponse({"database": "ok"})

    async def expose(self, request: Request) -> Response:
        """``GET /metrics``."""
        self.metrics.sessions.set(self.sessions.count())
        return Response(generate_latest(self.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def robots(self, request: Request) -> Response:
        """``GET /robots.txt``."""
        return PlainTextResponse("User-agent: *\nDisallow: /\n")
