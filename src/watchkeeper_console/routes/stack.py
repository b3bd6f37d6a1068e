"""The stack in JSON: the status page's data, the data sources' health, proof, runbooks and notifications."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchkeeper_console.border.answers import Refusal
from watchkeeper_console.border.gate import viewer_of
from watchkeeper_console.interface.dispatch import given_to
from watchkeeper_console.overview.gather import Overview
from watchkeeper_console.overview.notifications import Receipts, read_notifications
from watchkeeper_console.overview.proof import read_report
from watchkeeper_console.runbooks import Runbooks
from watchkeeper_console.settings import Settings
from watchkeeper_console.upstreams.client import Client, UpstreamFailed
from watchkeeper_console.upstreams.health import SourceHealth, check


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRoutes:
    """Handlers for signed-in people and their scripts."""

    settings: Settings
    client: Client
    overview: Overview
    runbooks: Runbooks

    async def read_overview(self, request: Request) -> Response:
        """``GET /api/overview``: everything on the status page; a bound person's has only the alerts of their organisation."""
        organisation = viewer_of(request).organisation
        if organisation is not None:
            return JSONResponse(await self.overview.read_bound(organisation))
        return JSONResponse(await self.overview.read())

    async def read_proof(self, request: Request) -> Response:
        """``GET /api/proof``."""
        try:
            report = await anyio.to_thread.run_sync(read_report, self.settings.verify_report)
        except UpstreamFailed as error:
            raise Refusal(502, error.kind, str(error)) from error
        if report is None:
            raise Refusal(404, "not_found", "cannot show a report: watchkeeper verify has not left one yet")
        return Response(report, media_type="application/json")

    async def list_runbooks(self, request: Request) -> Response:
        """``GET /api/runbooks``."""
        found = await anyio.to_thread.run_sync(self.runbooks.all)
        return JSONResponse({"runbooks": [{"name": name, "title": title} for name, title in found]})

    async def read_runbook(self, request: Request) -> Response:
        """``GET /api/runbooks/{name}``."""
        runbook = await anyio.to_thread.run_sync(self.runbooks.read, request.path_params["name"])
        if runbook is None:
            raise Refusal(404, "not_found", "cannot find a runbook of this name")
        return JSONResponse(asdict(runbook))

    async def notifications(self, request: Request) -> Response:
        """``GET /api/notifications``."""
        settings = self.settings
        receipts = Receipts(settings.receipts, settings.receipts_token_file) if settings.receipts is not None else None
        limit = int(given_to(request).parameters.get("limit", 100))
        told = await read_notifications(self.client, receipts, settings.upstreams.get("prometheus"), limit)
        shown = [asdict(one) for one in told.shown]
        return JSONResponse({"notifications": shown, "complete": told.complete, "note": told.note})

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
            raise Refusal(404, "not_found", "cannot check it: there is no such data source in this stack")
        (source,) = await check(self.client, wanted)
        return JSONResponse(_told(source), status_code=200 if source.is_well else 503)


def _told(source: SourceHealth) -> dict[str, str | float | None]:
    took_ms = None if source.took_s is None else round(source.took_s * 1000, 1)
    return {"status": "ok" if source.is_well else "error", "message": source.message, "took_ms": took_ms}
