"""The shapes of refusals: one for the console's own API, one below the proxied APIs."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse


class Refusal(Exception):
    """Ends a handler with a refusal; ``kind`` and ``message`` as in ``refuse``."""

    def __init__(self, status: int, kind: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.kind = kind
        self.headers = headers
        super().__init__(message)


def refuse(
    status: int, kind: str, message: str, *, headers: Mapping[str, str] | None = None, **more: str | float
) -> JSONResponse:
    """``{"error": kind, "message": message, …more}``."""
    return JSONResponse({"error": kind, "message": message, **more}, status_code=status, headers=headers)


def refuse_to_pass(
    status: int, kind: str, message: str, *, headers: Mapping[str, str] | None = None, **more: str
) -> JSONResponse:
    """``{"status": "error", "errorType": kind, "error": message, "message": message, …more}``: below a proxied API, so that
    Prometheus' and Loki's own clients find the words where they look for them.
    """
    body = {"status": "error", "errorType": kind, "error": message, "message": message, **more}
    return JSONResponse(body, status_code=status, headers=headers)
