"""PagerDuty, Slack, Teams and a plain webhook on one HTTP server of this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from watchkeeper.verify.receivers.arrivals import STALL_S, Arrivals, Status
from watchkeeper.verify.receivers.formats import pagerduty_faults, slack_fault, teams_faults

PAGERDUTY_PATH = "/v2/enqueue"
LARGEST_BODY_BYTES = 8 * 1024 * 1024


class WebReceivers(ThreadingHTTPServer):
    """``keys``: PagerDuty routing key → receiver. Other receivers stand in the path: ``/slack/NAME``."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, arrivals: Arrivals, keys: Mapping[str, str], address: str = "127.0.0.1") -> None:
        self.arrivals = arrivals
        self.keys = keys
        self.open_incidents: set[tuple[str, str]] = set()
        super().__init__((address, 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a sender that hangs up is one of the things that are tried out."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebReceivers
    timeout = 60

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: arrivals are the log."""

    def do_POST(self) -> None:
        """One notification."""
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY_BYTES))
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if self.path == PAGERDUTY_PATH:
            self._pagerduty(body if isinstance(body, dict) else {})
            return
        channel, _, receiver = self.path.strip("/").partition("/")
        if self._troubled(receiver):
            return
        if channel == "slack":
            self._slack(receiver, body)
        elif channel in ("teams", "webhook") and isinstance(body, dict):
            self._json(channel, receiver, body)
        else:
            self._answer(HTTPStatus.NOT_FOUND, "no_service")

    def _pagerduty(self, event: dict[str, Any]) -> None:
        receiver = self.server.keys.get(str(event.get("routing_key")), "")
        if self._troubled(receiver):
            return
        faults = pagerduty_faults(event) + ([] if receiver else ["no service has this 'routing_key'"])
        incident = (receiver, str(event.get("dedup_key", "")))
        if event.get("event_action") == "resolve" and incident not in self.server.open_incidents:
            faults.append("this 'dedup_key' was never triggered")
        if faults:
            self.server.arrivals.complain(receiver, "pagerduty", faults)
            refusal = {"status": "invalid event", "message": "Event object is invalid", "errors": faults}
            self._answer(HTTPStatus.BAD_REQUEST, json.dumps(refusal), "application/json")
            return
        status: Status = "resolved" if event["event_action"] == "resolve" else "firing"
        self.server.open_incidents.add(incident)
        self.server.arrivals.take(receiver, "pagerduty", status, _shown(event))
        done = {"status": "success", "message": "Event processed", "dedup_key": incident[1]}
        self._answer(HTTPStatus.ACCEPTED, json.dumps(done), "application/json")

    def _slack(self, receiver: str, message: object) -> None:
        if fault := slack_fault(message):
            self.server.arrivals.complain(receiver, "slack", [fault])
            self._answer(HTTPStatus.BAD_REQUEST, fault)
            return
        text = _shown(message)
        self.server.arrivals.take(receiver, "slack", "resolved" if "RESOLVED" in text else "firing", text)
        self._answer(HTTPStatus.OK, "ok")

    def _json(self, channel: str, receiver: str, body: dict[str, Any]) -> None:
        faults = teams_faults(body) if channel == "teams" else [] if body.get("alerts") else ["there are no alerts"]
        if faults:
            self.server.arrivals.complain(receiver, channel, faults)
            self._answer(HTTPStatus.BAD_REQUEST, "; ".join(faults))
            return
        text = _shown(body)
        resolved = "RESOLVED" in text if channel == "teams" else body.get("status") == "resolved"
        self.server.arrivals.take(receiver, channel, "resolved" if resolved else "firing", text)
        self._answer(HTTPStatus.ACCEPTED if channel == "teams" else HTTPStatus.OK, "")

    def _troubled(self, receiver: str) -> bool:
        """Make the trouble that is due; False where there is none."""
        match self.server.arrivals.next_trouble(receiver):
            case None:
                return False
            case "fail":
                self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, "out of order")
            case "limit":
                self._answer(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", retry_after_s=1)
            case "stall":
                time.sleep(STALL_S)
                self.close_connection = True
            case "hang-up":
                self.close_connection = True
        return True

    def _answer(self, status: HTTPStatus, text: str, kind: str = "text/plain", *, retry_after_s: int = 0) -> None:
        payload = text.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(payload)))
            if retry_after_s:
                self.send_header("Retry-After", str(retry_after_s))
            self.end_headers()
            self.wfile.write(payload)
        except OSError:  # the sender did not wait for the answer
            self.close_connection = True


def _shown(body: object) -> str:
    return json.dumps(body, ensure_ascii=False)
