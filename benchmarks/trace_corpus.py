"""Traces of a shop's five services, the same for the same seed: requests in OTLP, and what is true of them.

Each trace has ten spans in a chain of calls: service 0 calls 1, 1 asks its database and calls 2, 2 asks its cache, and so on.
A few requests fail in service 2, and their error goes up to the root.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

SPANS = 10
SECOND, MS = 10**9, 10**6
NEEDLE = "u-needle"
_SERVER, _CLIENT, _CONSUMER = 2, 3, 5
_SLOW_MS = 100
_ROUTES = ("orders", "users", "cart", "items", "search", "pay", "refund", "stock")
_REFUND = 6
_FAILING = frozenset({0, 1, 2, 4, 5})
# (service, parent, kind, name, share of the parent's time, where in it the span begins)
_PLAN: tuple[tuple[int, int, int, str, float, float], ...] = (
    (0, -1, _SERVER, "", 1.0, 0.0),
    (0, 0, _CLIENT, "HTTP GET svc-1", 0.75, 0.05),
    (1, 1, _SERVER, "", 0.95, 0.02),
    (1, 2, _CLIENT, "SELECT orders", 0.4, 0.1),
    (1, 2, _CLIENT, "HTTP GET svc-2", 0.4, 0.55),
    (2, 4, _SERVER, "", 0.9, 0.05),
    (2, 5, _CLIENT, "redis GET", 0.3, 0.2),
    (0, 0, _CLIENT, "HTTP POST svc-3", 0.15, 0.82),
    (3, 7, _SERVER, "", 0.9, 0.05),
    (4, 8, _CONSUMER, "orders process", 0.6, 0.3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTrace:
    """What was drawn for a trace; times in ns."""

    trace_id: bytes
    span_ids: tuple[bytes, ...]
    starts: tuple[int, ...]
    durations: tuple[int, ...]
    route: int
    failed: bool
    user: str

    @property
    def hex(self) -> str:
        return self.trace_id.hex()

    @property
    def is_slow_in_svc_1(self) -> bool:
        return any(self.durations[place] > _SLOW_MS * MS for place in (2, 3, 4))


class TraceCorpus:
    """``traces`` traces that end before ``end_s``, spread evenly over five minutes."""

    minutes = 5

    def __init__(self, traces: int, *, seed: int, end_s: int) -> None:
        self.end_s = end_s
        self.start_s = end_s - 60 * self.minutes
        draw = random.Random(seed)
        step = (60 * self.minutes - 5) * SECOND // traces
        needle = int(traces * 0.37)
        self.traces = [self._drawn(draw, self.start_s * SECOND + number * step, number == needle) for number in range(traces)]

    def _drawn(self, draw: random.Random, start: int, is_needle: bool) -> OneTrace:
        durations, starts = [int(min(draw.lognormvariate(4.6, 0.9), 4000.0) * MS)], [start]
        for _, parent, _, _, share, offset in _PLAN[1:]:
            durations.append(int(durations[parent] * share * draw.uniform(0.7, 1.0)))
            starts.append(starts[parent] + int(durations[parent] * offset))
        route = draw.choices(range(8), (30, 20, 15, 10, 10, 8, 1, 6))[0]
        return OneTrace(
            trace_id=draw.getrandbits(126).to_bytes(16, "big"),
            span_ids=tuple((draw.getrandbits(62) + 1).to_bytes(8, "big") for _ in _PLAN),
            starts=tuple(starts),
            durations=tuple(durations),
            route=route,
            failed=draw.random() < (0.2 if route == _REFUND else 0.02),
            user=NEEDLE if is_needle else f"u-{draw.randrange(1, 20_000)}",
        )

    def requests(self, traces_each: int = 100) -> Iterator[bytes]:
        """OTLP requests as a collector sends them: several services in one, protobuf, gzip."""
        for first in range(0, len(self.traces), traces_each):
            request = _request(self.traces[first : first + traces_each])
            yield gzip.compress(request.SerializeToString(), 3)

    def failed_refunds(self) -> set[str]:
        return {one.hex for one in self.traces if one.failed and one.route == _REFUND}


def _request(traces: list[OneTrace]) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    scopes: dict[tuple[int, int], Any] = {}
    for one in traces:
        for place, (service, parent, kind, name, _, _) in enumerate(_PLAN):
            key = service, one.trace_id[0] % 3
            if key not in scopes:
                scopes[key] = _scope(request, *key)
            route = f"/api/v1/{_ROUTES[one.route]}"
            has_failed = one.failed and place in _FAILING
            span = scopes[key].spans.add(
                trace_id=one.trace_id,
                span_id=one.span_ids[place],
                parent_span_id=one.span_ids[parent] if parent >= 0 else b"",
                kind=kind,
                name=name or f"GET {route}",
                start_time_unix_nano=one.starts[place],
                end_time_unix_nano=one.starts[place] + one.durations[place],
                attributes=_attributes(one, place, route, has_failed),
            )
            if has_failed:
                span.status.code, span.status.message = 2, "upstream failed"
    return request


def _scope(request: ExportTraceServiceRequest, service: int, pod: int) -> Any:
    made = request.resource_spans.add()
    made.resource.attributes.extend(
        _pairs(
            {
                "service.name": f"svc-{service}",
                "service.version": "1.4.2",
                "k8s.pod.name": f"svc-{service}-7c9d-{pod}",
                "k8s.namespace.name": "shop",
                "host.name": f"node-{pod}",
                "deployment.environment": "prod",
            }
        )
    )
    scope = made.scope_spans.add()
    scope.scope.name = "shop/http"
    return scope


def _attributes(one: OneTrace, place: int, route: str, has_failed: bool) -> list[KeyValue]:
    _, _, kind, name, _, _ = _PLAN[place]
    if kind == _CONSUMER:
        return _pairs({"messaging.system": "kafka", "messaging.destination.name": "orders"})
    if kind == _CLIENT and "HTTP" not in name:
        system = "redis" if "redis" in name else "postgresql"
        return _pairs({"db.system": system, "db.statement": f"GET order:{one.user}:items"})
    return _pairs(
        {
            "http.request.method": "GET",
            "http.route": route,
            "http.response.status_code": 500 if has_failed else 200,
            "url.path": f"{route}/{one.durations[0] % 9973}",
            "user.id": one.user,
        }
    )


def _pairs(values: dict[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(key=key, value=AnyValue(int_value=value) if isinstance(value, int) else AnyValue(string_value=value))
        for key, value in values.items()
    ]
