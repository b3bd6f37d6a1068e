"""Many queries at once."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from watchkeeper_console.border.answers import refuse
from watchkeeper_console.border.shapes import BadRequest, read_body
from watchkeeper_console.queries.batch import BatchAnswer
from watchkeeper_console.queries.question import BATCH, questions
from watchkeeper_console.settings import Settings
from watchkeeper_console.upstreams.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRoutes:
    """Handlers for panels and explore."""

    settings: Settings
    client: Client

    async def batch(self, request: Request) -> Response:
        """``POST /api/query``."""
        try:
            asked = questions(await read_body(request, BATCH))
        except BadRequest as error:
            return refuse(400, "bad_request", str(error))
        return BatchAnswer(self.client, self.settings.upstreams, asked)
