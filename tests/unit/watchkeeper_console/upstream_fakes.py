"""Small real HTTP servers that speak the shapes of Prometheus, Alertmanager and the log store, on ports of their own."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came over the wire; header names in lower case. ``port``: the client's."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    port: int = 0

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def parameter(self, name: str) -> str:
        """The last value given in the query or a form; empty without one."""
        given = parse_qs(urlsplit(self.target).query) | parse_qs(self.body.decode(errors="replace"))
        return given.get(name, [""])[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """``body`` is sent as JSON unless it is bytes. ``stall_s``: silence before the head."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stall_s: float = 0.0


Answering: TypeAlias = Callable[[Received], Reply]

_MOST_STEPS = 11_000
"""Prometheus' own bound. Without one, a request that a fuzzer made up took all the machine's memory."""


@dataclass(slots=True)
class Upstream:
    """A running server. ``answering`` may be exchanged while it runs."""

    port: int
    answering: Answering
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served(answering: Answering) -> Iterator[Upstream]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            received = Received(
                method=self.command,
                target=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("Content-Length", "0"))),
                port=self.client_address[1],
            )
            upstream.received.append(received)
            reply = upstream.answering(received)
            if reply.stall_s:
                stopped.wait(reply.stall_s)
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **reply.headers}
            try:
                self.send_response(reply.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_DELETE = do_HEAD = do_PUT = _answer  # noqa: N815 - the names http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name for it
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256  # a connection that finds no room waits for seconds

    stopped = threading.Event()
    server = Server(("127.0.0.1", 0), Handler)
    upstream = Upstream(port=server.server_address[1], answering=answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def vector(*samples: tuple[Mapping[str, str], float]) -> Reply:
    """An instant query's answer."""
    now = time.time()
    result = [{"metric": labels, "value": [now, str(value)]} for labels, value in samples]
    return Reply(body={"status": "success", "data": {"resultType": "vector", "result": result}})


def bad_data(error: str) -> Reply:
    """What Prometheus answers to a request it cannot take."""
    return Reply(status=400, body={"status": "error", "errorType": "bad_data", "error": error})


def a_target(job: str, instance: str, *, error: str = "") -> dict[str, Any]:
    """One of ``activeTargets``; down where it has an error."""
    return {
        "discoveredLabels": {},
        "labels": {"job": job, "instance": instance},
        "scrapePool": job,
        "scrapeUrl": f"http://{instance}/metrics",
        "globalUrl": f"http://{instance}/metrics",
        "lastError": error,
        "lastScrape": rfc3339(time.time() - 11),
        "lastScrapeDuration": 0.0123,
        "health": "down" if error else "up",
        "scrapeInterval": "30s",
        "scrapeTimeout": "10s",
    }


def an_alert(alertname: str, *, state: str = "firing", age_s: float = 300, summary: str = "", **labels: str) -> dict[str, Any]:
    """One of Prometheus' ``alerts``."""
    return {
        "labels": {"alertname": alertname, **labels},
        "annotations": {"summary": summary} if summary else {},
        "state": state,
        "activeAt": rfc3339(time.time() - age_s),
        "value": "1e+00",
    }


@dataclass(slots=True)
class PrometheusFake:
    """Answers like Prometheus for the few queries that the console asks itself, and draws waves for all others."""

    targets: Sequence[Mapping[str, Any]] = ()
    alerts: Sequence[Mapping[str, Any]] = ()
    containers: Sequence[tuple[Mapping[str, str], float]] = ()
    processes: Sequence[tuple[Mapping[str, str], float]] = ()
    cpu: Sequence[tuple[Mapping[str, str], float]] = ()

    def __call__(self, received: Received) -> Reply:
        match received.path:
            case "/api/v1/targets":
                return Reply(body={"status": "success", "data": {"activeTargets": list(self.targets), "droppedTargets": []}})
            case "/api/v1/alerts":
                return Reply(body={"status": "success", "data": {"alerts": list(self.alerts)}})
            case "/api/v1/query":
                return self._instant(received.parameter("query"))
            case "/api/v1/query_range":
                return self._range(received)
            case _:
                return Reply(status=404, body=b"404 page not found\n", headers={"Content-Type": "text/plain; charset=utf-8"})

    def _instant(self, query: str) -> Reply:
        if query == "vector(1)":
            return vector(({}, 1))
        if query.startswith("rate("):
            return vector(*self.cpu)
        return vector(*(self.containers if "container_" in query else self.processes))

    def _range(self, received: Received) -> Reply:
        query = received.parameter("query")
        if query.count("(") != query.count(")"):
            return bad_data('invalid parameter "query": 1:5: parse error: unclosed left parenthesis')
        try:
            start, end, step = (float(received.parameter(name)) for name in ("start", "end", "step"))
            steps = (end - start) / step
        except (ValueError, ArithmeticError) as error:
            return bad_data(f"invalid parameter: {error}")
        if not (step > 0 and 0 <= steps <= _MOST_STEPS):  # asked this way round, not-a-number is refused as well
            return bad_data("exceeded maximum resolution of 11,000 points per timeseries.")
        moments = [start + number * step for number in range(int(steps) + 1)]
        result = [
            {
                "metric": {"__name__": "demo", "job": job},
                "values": [[at, f"{3 + index + math.sin(at / 300 + index) + 0.2 * math.sin(at / 41):.4f}"] for at in moments],
            }
            for index, job in enumerate(("prometheus", "store", "shipper", "node_exporter"))
        ]
        return Reply(body={"status": "success", "data": {"resultType": "matrix", "result": result}})


@dataclass(slots=True)
class AlertmanagerFake:
    """Answers ``status``, ``alerts`` and silences."""

    alerts: Sequence[Mapping[str, Any]] = ()

    def __call__(self, received: Received) -> Reply:
        match received.method, received.path:
            case "GET", "/api/v2/status":
                return Reply(
                    body={"cluster": {"status": "ready", "name": "01", "peers": []}, "uptime": rfc3339(time.time() - 99)}
                )
            case "GET", "/api/v2/alerts":
                return Reply(body=list(self.alerts))
            case "POST", "/api/v2/silences":
                return Reply(body={"silenceID": "0b2c9c5e-7c0a-4f6d-9f54-3f8f8b1f4c11"})
            case "DELETE", _:
                return Reply(body=b"")
            case _:
                return Reply(body=[])


@dataclass(slots=True)
class LogStoreFake:
    """Answers ``query`` and ``query_range``. ``filters_labels`` False: it knows no label filters, like a young store."""

    lines: Sequence[tuple[float, Mapping[str, str], str]] = ()
    filters_labels: bool = True

    def __call__(self, received: Received) -> Reply:
        query = received.parameter("query")
        if received.path == "/loki/api/v1/query":
            return vector(({}, 2))
        if "detected_level" in query and not self.filters_labels:
            text = b"parse error at line 1, col 23: syntax error: unexpected IDENTIFIER\n"
            return Reply(status=400, body=text, headers={"Content-Type": "text/plain; charset=utf-8"})
        result = [{"stream": labels, "values": [[str(int(at * 1e9)), line]]} for at, labels, line in self.lines]
        return Reply(body={"status": "success", "data": {"resultType": "streams", "result": result, "stats": {}}})
