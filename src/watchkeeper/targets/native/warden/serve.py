"""The warden over HTTP: health, metrics, and the status of every component as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from watchkeeper.targets.native.warden.exposition import metrics_of
from watchkeeper.targets.native.warden.metric_text import CONTENT_TYPE, metric_text
from watchkeeper.targets.native.warden.rounds import Component, Snapshot, Warden

_FRESH_ENOUGH_S = 1.0
_REQUEST_TIMEOUT_S = 10.0


class WardenServer(ThreadingHTTPServer):
    """Listens at once; requests are served by ``serve_forever`` in a thread of the caller's."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], warden: Warden) -> None:
        self.routes: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/-/healthy": lambda: (200, "text/plain", b"alive\n"),
            "/-/ready": lambda: _ready(warden.snapshot),
            "/metrics": lambda: (200, CONTENT_TYPE, metric_text(metrics_of(warden.snapshot))),
            "/api/status": lambda: _status(warden.round(not_before_age_s=_FRESH_ENOUGH_S)),
        }
        super().__init__(address, _Handler)


def _ready(snapshot: Snapshot) -> tuple[int, str, bytes]:
    if not snapshot.rounds:
        return 503, "text/plain", b"no round finished yet\n"
    if not snapshot.supervisor_answers:
        return 503, "text/plain", b"the supervisor does not answer\n"
    return 200, "text/plain", b"ready\n"


def _status(snapshot: Snapshot) -> tuple[int, str, bytes]:
    body = {
        "stack": snapshot.watchlist.stack,
        "at_s": snapshot.at_s,
        "supervisor": {
            "answers": snapshot.supervisor_answers,
            "pid": snapshot.supervisor_pid,
            "memory_bytes": snapshot.supervisor_bytes,
        },
        "memory_budget_bytes": snapshot.watchlist.budget_bytes,
        "components": [_component(component, snapshot.at_s) for component in snapshot.components],
    }
    return 200, "application/json", json.dumps(body).encode()


def _component(component: Component, now_s: float) -> dict[str, Any]:
    usage, state, standing = component.usage, component.state, component.standing
    return {
        "name": component.watched.name,
        "component": component.watched.component,
        "state": state.lifecycle,
        "health": standing.health,
        "detail": standing.detail,
        "pid": state.pid,
        "uptime_s": round(max(0.0, now_s - state.started_at_s), 1) if state.pid else 0.0,
        "restarts": standing.restarts,
        "last_restart_reason": standing.last_restart_reason,
        "memory_bytes": usage.memory_bytes if usage else 0,
        "memory_limit_bytes": component.watched.memory_limit_bytes,
        "cpu_cores": round(usage.cpu_cores, 4) if usage else 0.0,
        "open_files": usage.open_files if usage else 0,
        "disk_bytes": component.data_bytes + component.log_bytes,
        "addresses": dict(component.watched.addresses),
    }


class _Handler(BaseHTTPRequestHandler):
    server: WardenServer
    timeout = _REQUEST_TIMEOUT_S
    server_version = "watchkeeper-warden"
    sys_version = ""

    def do_GET(self) -> None:
        route = self.server.routes.get(self.path.partition("?")[0])
        status, content_type, body = route() if route else (404, "text/plain", b"not found\n")
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own signature
        """Requests come every few seconds and tell nothing."""
