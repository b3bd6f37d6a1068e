"""The pages about the stack, and the JSON they are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchkeeper_console.border.answers import refuse
from watchkeeper_console.border.gate import viewer_of
from watchkeeper_console.overview.gather import Overview
from watchkeeper_console.routes.files import Files
from watchkeeper_console.settings import Settings
from watchkeeper_console.upstreams.client import Client
from watchkeeper_console.upstreams.health import SourceHealth, check


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRoutes:
    """Handlers for signed-in people and their scripts."""

    settings: Settings
    files: Files
    client: Client
    overview: Overview

    async def status_page(self, request: Request) -> Response:
        """``GET /``."""
        return self._page(request, "status")

    async def explore_page(self, request: Request) -> Response:
        """``GET /explore``."""
        return self._page(request, "explore")

    def _page(self, request: Request, name: str) -> Response:
        user = viewer_of(request).account
        return self.files.page(name, {"stack": self.settings.stack.name, "user": user, "initial": user[:1]})

    async def read_overview(self, request: Request) -> Response:
        """``GET /api/overview``: everything on the status page."""
        return JSONResponse(await self.overview.read())

    async def all_sources(self, request: Request) -> Response:
        """``GET /api/datasources/health``: 200 where all are well, else 503; the body tells each."""
        found = await check(self.client, self.settings.upstreams)
        is_well = all(source.is_well for source in found)
        body = {"status": "ok" if is_well else "error", "datasources": {source.name: _told(source) for source in found}}
        return JSONResponse(body, status_code=200 if is_well else 503)

    async def one_source(self, request: Request) -> Response:
        """``GET /api/datasources/{name}/health``."""
        wanted = {name: url for name, url in self.settings.upstreams.items() if name == request.path_params["name"]}
        if not wanted:
            return refuse(404, "not_found", "cannot check it: there is no such data source in this stack")
        (source,) = await check(self.client, wanted)
        return JSONResponse(_told(source), status_code=200 if source.is_well else 503)


def _told(source: SourceHealth) -> dict[str, str | float | None]:
    took_ms = None if source.took_s is None else round(source.took_s * 1000, 1)
    return {"status": "ok" if source.is_well else "error", "message": source.message, "took_ms": took_ms}
