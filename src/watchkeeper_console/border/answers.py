"""The one shape of every refusal: Prometheus' error envelope, so that clients need to know only one."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse


def refuse(
    status: int, kind: str, message: str, *, headers: Mapping[str, str] | None = None, **more: str | float
) -> JSONResponse:
    """``{"status": "error", "errorType": kind, "error": message, …more}``."""
    return JSONResponse({"status": "error", "errorType": kind, "error": message, **more}, status_code=status, headers=headers)
