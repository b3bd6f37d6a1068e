"""What the application library adds to a request, against the same written by hand with the libraries it is built on.

Both watch one Starlette application in one process, without a network, in turns, so that the machine's mood falls on both.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from opentelemetry import propagate
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from benchmarks.figure import Figure
from watchkeeper_instrument import asgi
from watchkeeper_instrument.instrument import Instrument
from watchkeeper_instrument.metrics import REQUEST_BUCKETS_S
from watchkeeper_instrument.settings import read_settings

REQUESTS, ROUNDS = 500, 31
Application = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


async def _show(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.path_params["order"])


def _application() -> Starlette:
    return Starlette(routes=[Route("/orders/{order}", _show)])


def _by_hand(app: Application) -> Application:
    """The same metrics, span, ids and header as the library gives, written as people write them once."""
    registry = CollectorRegistry()
    labels = ("method", "route", "status_code")
    duration = Histogram(
        "http_request_duration_seconds", "Duration of requests.", labels, buckets=REQUEST_BUCKETS_S, registry=registry
    )
    requests = Counter("http_requests_total", "Requests.", (*labels, "organisation"), registry=registry)
    in_flight = Gauge("http_requests_in_flight", "Requests now.", registry=registry)
    resource = Resource.create({"service.name": "orders"})
    tracer = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(1.0))).get_tracer("by hand")

    async def watched(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        parent = propagate.extract(headers)
        status = 500

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-correlation-id", correlation.encode())]
            await send(message)

        with tracer.start_as_current_span(scope["method"], parent, SpanKind.SERVER) as span:
            ids = f"{span.get_span_context().trace_id:032x}"
            correlation = headers.get("x-correlation-id") or ids
            with structlog.contextvars.bound_contextvars(correlation_id=correlation):
                in_flight.inc()
                started_s = time.perf_counter()
                try:
                    await app(scope, receive, noting)
                finally:
                    took_s = time.perf_counter() - started_s
                    in_flight.dec()
                    route = scope["route"].path
                    named = (scope["method"], route, str(status))
                    duration.labels(*named).observe(took_s, {"trace_id": ids})
                    requests.labels(*named, "").inc()
                    span.update_name(f"{scope['method']} {route}")
                    span.set_attribute("http.request.method", scope["method"])
                    span.set_attribute("http.response.status_code", status)
                    span.set_attribute("http.route", route)
                    span.set_attribute("url.path", scope["path"])
                    span.set_attribute("correlation.id", correlation)

    return watched


_SCOPE: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "raw_path": b"",
    "root_path": "",
    "query_string": b"",
    "scheme": "http",
    "server": ("orders", 80),
    "client": ("client", 1),
    "headers": [(b"host", b"orders"), (b"accept", b"*/*"), (b"user-agent", b"benchmark")],
}


async def _seconds(app: Application) -> list[float]:
    """Processor time of each request."""
    taken = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        assert message.get("status", 200) == 200

    for number in range(REQUESTS):
        scope = {**_SCOPE, "path": f"/orders/{number}"}
        started = time.thread_time_ns()
        await app(scope, receive, send)
        taken.append((time.thread_time_ns() - started) / 1e9)
    return taken


def measure() -> list[Figure]:
    """Rounds in turns; about ten seconds."""
    library = Instrument(read_settings({"service": "orders"}, {}), registry=CollectorRegistry())
    applications: dict[str, Application] = {
        "plain": _application(),
        "by hand": _by_hand(_application()),
        "library": asgi(_application(), library),
    }

    async def run() -> dict[str, list[list[float]]]:
        rounds: dict[str, list[list[float]]] = {name: [] for name in applications}
        for _ in range(ROUNDS):
            for name, app in applications.items():
                rounds[name].append(await _seconds(app))
        return rounds

    rounds = asyncio.run(run())
    medians = {name: statistics.median(statistics.median(one) for one in found) for name, found in rounds.items()}
    slowest = {name: statistics.median(statistics.quantiles(one, n=100)[98] for one in found) for name, found in rounds.items()}
    library.close()
    return [
        Figure(name="request by hand, median", value=medians["by hand"] * 1e6, unit="µs"),
        Figure(name="request with the library, median", value=medians["library"] * 1e6, unit="µs"),
        Figure(name="library against by hand", value=medians["library"] / medians["by hand"], unit="×", at_most=1.1),
        Figure(name="added by the library, p99", value=(slowest["library"] - slowest["plain"]) * 1e3, unit="ms", at_most=1),
    ]
