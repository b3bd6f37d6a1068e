"""The endpoints whose answers are an upstream's. Which of its paths are open stands in ``upstreams.allowed``."""

from __future__ import annotations

from watchkeeper_console.border.shapes import ANYTHING
from watchkeeper_console.interface.endpoint import Access, Endpoint, Method


def _proxy(method: Method, upstream: str, access: Access, summary: str, *, also_bound: bool = True) -> Endpoint:
    return Endpoint(
        method=method,
        path=f"/api/{upstream}/{{rest:path}}",
        access=access,
        name="proxy",
        summary=summary,
        kind="proxy",
        gives=ANYTHING,
        also_bound=also_bound,
    )


PROXIES = (
    _proxy("GET", "prometheus", "viewer", "What Prometheus answers."),
    _proxy("POST", "prometheus", "viewer", "The same for a long query in a form."),
    _proxy("GET", "logs", "viewer", "What the log store answers."),
    _proxy("POST", "logs", "viewer", "The same for a long query in a form."),
    _proxy("GET", "alertmanager", "viewer", "What Alertmanager answers."),
    _proxy("POST", "alertmanager", "editor", "Make or change a silence."),
    _proxy("DELETE", "alertmanager", "editor", "End a silence."),
    _proxy("GET", "tempo", "viewer", "What the trace store answers.", also_bound=False),
    Endpoint(
        method="WEBSOCKET",
        path="/api/logs/loki/api/v1/tail",
        access="viewer",
        name="tail",
        summary="Log lines as they arrive, over a websocket.",
        kind="proxy",
    ),
)
