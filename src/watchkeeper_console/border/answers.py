"""The shapes of refusals: one for the console's own API, one below the proxied APIs."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse


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
