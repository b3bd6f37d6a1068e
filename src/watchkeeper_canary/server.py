"""The HTTP face: /metrics for Prometheus, /receivers and /relays for Alertmanager, /api for ``verify`` and the console.

Everything but the health pages and /metrics wants the bearer token: a notification must not be forged by another user of
the machine.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from watchkeeper_canary.condition import ConditionRefused, Conditions
from watchkeeper_canary.receipts import Receipts
from watchkeeper_canary.relay import Relay, Undelivered

LARGEST_BODY_BYTES = 4 * 1024 * 1024
LONGEST_WAIT_S = 30.0
LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """What the handlers share."""

    conditions: Conditions
    receipts: Receipts
    token: str
    log_line: Callable[[str], None]
    """Writes a line to the process' own log, so that a proof can look for it in the log store."""
    relays: Mapping[str, Relay] = field(default_factory=dict)


class Refused(Exception):
    """Answer with this status and message."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        self.status = status
        super().__init__(message)


class CanaryServer(ThreadingHTTPServer):
    """One thread a connection; requests are few and small."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128  # in a storm many groups are told at once; who finds no room waits for seconds

    def __init__(self, address: tuple[str, int], canary: Canary) -> None:
        self.canary = canary
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """Routes: see the module's docstring."""

    protocol_version = "HTTP/1.1"
    server: CanaryServer
    timeout = 60

    def version_string(self) -> str:
        """The Server header: no versions."""
        return "watchkeeper-canary"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """No access log: Alertmanager and Prometheus count their own requests."""

    def do_GET(self) -> None:
        """Health, metrics, receipts and conditions."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """A notification, or a condition to switch on."""
        self._answer(self._post)

    def do_DELETE(self) -> None:
        """Switch a condition off (labels in the body), or all of them (no body)."""
        self._answer(self._delete)

    def _answer(self, handle: Any) -> None:
        try:
            status, kind, body = handle(urlsplit(self.path))
        except Refused as refusal:
            status, kind, body = refusal.status, "application/json", json.dumps({"error": str(refusal)})
        payload = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def _get(self, url: Any) -> tuple[HTTPStatus, str, str]:
        canary = self.server.canary
        if url.path in {"/-/healthy", "/-/ready"}:
            return HTTPStatus.OK, "text/plain", "ok\n"
        if url.path == "/metrics":
            return HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", metrics(canary)
        self._require_token()
        if url.path == "/api/conditions":
            active = [{"labels": dict(c.labels), "until": c.until_s} for c in canary.conditions.active()]
            return _json({"conditions": active})
        if url.path == "/api/receipts":
            query = parse_qs(url.query)
            since = _number(query, "since", 0)
            wait_s = min(_number(query, "wait", 0), LONGEST_WAIT_S)
            return _json({"latest": canary.receipts.latest(), "receipts": canary.receipts.since(int(since), wait_s)})
        raise Refused(HTTPStatus.NOT_FOUND, f"cannot find {url.path} (see /api/receipts, /api/conditions, /metrics)")

    def _post(self, url: Any) -> tuple[HTTPStatus, str, str]:
        body = self._body()
        self._require_token()
        canary = self.server.canary
        if url.path == "/api/conditions":
            try:
                labels = {str(name): str(value) for name, value in dict(body.get("labels") or {}).items()}
                condition = canary.conditions.switch_on(labels, float(body.get("duration_s", 60)))
            except (ConditionRefused, TypeError, ValueError) as refusal:
                raise Refused(HTTPStatus.BAD_REQUEST, str(refusal)) from refusal
            return _json({"labels": dict(condition.labels), "until": condition.until_s}, HTTPStatus.CREATED)
        if url.path == "/api/lines":
            canary.log_line(str(body.get("text", ""))[:LONGEST_LINE])
            return _json({}, HTTPStatus.CREATED)
        if url.path.startswith("/receivers/") and len(url.path) > len("/receivers/"):
            return _json({"sequence": canary.receipts.add(url.path.removeprefix("/receivers/"), body)})
        if url.path.startswith("/relays/"):
            return self._relay(url.path.removeprefix("/relays/"), body)
        places = "/receivers/NAME, /relays/NAME, /api/conditions or /api/lines"
        raise Refused(HTTPStatus.NOT_FOUND, f"cannot find {url.path} (post to {places})")

    def _relay(self, name: str, body: dict[str, Any]) -> tuple[HTTPStatus, str, str]:
        """Pass a notification on; the receipt is kept only once the other side has taken it."""
        relay = self.server.canary.relays.get(name)
        if relay is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"cannot find the relay {name}")
        try:
            relay.deliver(body)
        except Undelivered as failure:
            self.server.canary.log_line(f"{name}: {failure}")
            raise Refused(HTTPStatus.BAD_GATEWAY if failure.again else HTTPStatus.BAD_REQUEST, str(failure)) from failure
        return _json({"sequence": self.server.canary.receipts.add(name, body)})

    def _delete(self, url: Any) -> tuple[HTTPStatus, str, str]:
        body = self._body()
        self._require_token()
        if url.path != "/api/conditions":
            raise Refused(HTTPStatus.NOT_FOUND, f"cannot find {url.path}")
        labels = {str(k): str(v) for k, v in body["labels"].items()} if isinstance(body.get("labels"), dict) else None
        return _json({"switched_off": self.server.canary.conditions.switch_off(labels)})

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY_BYTES:
            self.close_connection = True
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"cannot take more than {LARGEST_BODY_BYTES} bytes")
        raw = self.rfile.read(length)
        try:
            body = json.loads(raw) if raw else {}
        except ValueError as error:
            raise Refused(HTTPStatus.BAD_REQUEST, f"cannot read the body as JSON: {error}") from error
        if not isinstance(body, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "cannot use the body (want a JSON object)")
        return body

    def _require_token(self) -> None:
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.server.canary.token}".encode()):
            raise Refused(HTTPStatus.UNAUTHORIZED, "cannot do that without the bearer token")


def metrics(canary: Canary) -> str:
    """The Prometheus text exposition of the conditions and of what arrived."""
    lines = [
        "# HELP watchkeeper_canary_condition 1 while a proof wants the canary alert to fire.",
        "# TYPE watchkeeper_canary_condition gauge",
        "watchkeeper_canary_condition 0",
    ]
    for condition in canary.conditions.active():
        labels = ",".join(f'{name}="{_escape(value)}"' for name, value in (*condition.labels, ("switched", "on")))
        lines.append(f"watchkeeper_canary_condition{{{labels}}} 1")
    lines += [
        "# HELP watchkeeper_canary_notifications_total Notifications received since the start, by receiver.",
        "# TYPE watchkeeper_canary_notifications_total counter",
        *(
            f'watchkeeper_canary_notifications_total{{receiver="{_escape(receiver)}"}} {count}'
            for receiver, count in sorted(canary.receipts.received_total.items())
        ),
        "# HELP watchkeeper_canary_threads Threads in use.",
        "# TYPE watchkeeper_canary_threads gauge",
        f"watchkeeper_canary_threads {threading.active_count()}",
    ]
    return "\n".join(lines) + "\n"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _json(body: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> tuple[HTTPStatus, str, str]:
    return status, "application/json", json.dumps(body)


def _number(query: Mapping[str, list[str]], name: str, default: float) -> float:
    try:
        return float(query.get(name, [str(default)])[-1])
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"cannot read {name} as a number") from error
