"""The status page for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from watchkeeper_console.border.answers import Refusal
from watchkeeper_console.overview.uptime import NotPublic, Uptime
from watchkeeper_console.upstreams.client import UpstreamFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRoutes:
    """Handlers without a sign-in."""

    uptime: Uptime

    async def status(self, request: Request) -> Response:
        """``GET /api/public/status``."""
        try:
            return JSONResponse(await self.uptime.read(), headers={"Cache-Control": "public, max-age=30"})
        except NotPublic:
            raise Refusal(404, "not_found", "cannot find this here") from None
        except UpstreamFailed as error:
            # The error names addresses of the stack, which are nobody's business here.
            status = 504 if error.kind == "timeout" else 502
            raise Refusal(status, error.kind, "cannot tell the status now") from error
