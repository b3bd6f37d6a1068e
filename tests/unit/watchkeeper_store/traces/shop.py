"""Traces of a small shop, made by hand: what tests of the trace store send and expect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from watchkeeper_store.traceql import parse
from watchkeeper_store.traceql.tree import Pipeline
from watchkeeper_store.traces.columns import SpanTable
from watchkeeper_store.traces.generation import Generation
from watchkeeper_store.traces.requests import read_request
from watchkeeper_store.traces.search import Window, search
from watchkeeper_store.traces.segment import SegmentTable, write_segment

NOON_NS = 1_795_262_400 * 10**9
MS = 10**6


@dataclass(frozen=True, kw_only=True)
class A:
    """A span: times in ms after noon; ids count from 1."""

    trace: int
    span: int
    parent: int = 0
    service: str = "web"
    name: str = "GET /"
    at: int = 0
    took: int = 100
    kind: int = 2
    status: int = 0
    message: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)
    events: Sequence[tuple[str, dict[str, Any]]] = ()


def trace_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def pairs(attributes: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def any_value(value: Any) -> AnyValue:
    made = AnyValue()
    if isinstance(value, list):
        made.array_value.values.extend(any_value(one) for one in value)
    elif isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, int):
        made.int_value = value
    elif isinstance(value, float):
        made.double_value = value
    else:
        made.string_value = value
    return made


def request(spans: Iterable[A]) -> ExportTraceServiceRequest:
    """One request; neighbours of one service share a resource."""
    made = ExportTraceServiceRequest()
    last: tuple[str, dict[str, Any]] | None = None
    for one in spans:
        if (one.service, one.resource) != last:
            resource_spans = made.resource_spans.add()
            resource_spans.resource.attributes.extend(pairs({"service.name": one.service, **one.resource}))
            scope_spans = resource_spans.scope_spans.add()
            scope_spans.scope.name = f"lib-{one.service}"
            last = (one.service, one.resource)
        span = scope_spans.spans.add()
        span.trace_id, span.span_id = trace_id(one.trace), one.span.to_bytes(8, "big")
        span.parent_span_id = one.parent.to_bytes(8, "big") if one.parent else b""
        span.name, span.kind = one.name, one.kind
        span.start_time_unix_nano = NOON_NS + one.at * MS
        span.end_time_unix_nano = NOON_NS + (one.at + one.took) * MS
        span.status.code, span.status.message = one.status, one.message
        span.attributes.extend(pairs(one.attributes))
        for name, attributes in one.events:
            span.events.add(name=name, time_unix_nano=span.start_time_unix_nano + MS, attributes=pairs(attributes))
    return made


def in_memory(*requests: Sequence[A]) -> SpanTable:
    generation = Generation()
    for spans in requests:
        message = request(spans)
        generation.add(*read_request(message.SerializeToString(), is_json=False))
    return generation.snapshot()


def on_disk(folder: Path, *requests: Sequence[A]) -> SpanTable:
    return SegmentTable(write_segment(folder / "segment", "segment", "fake", [in_memory(*requests)]))


_ZONE = {"zone": "a"}
_ERROR = 2
# Trace 1: web calls shop, shop reads its database, which fails. Trace 2: web alone. Trace 3: a worker's job without a root.
SHOP = (
    A(trace=1, span=1, name="GET /buy", took=300, status=_ERROR, attributes={"http.route": "/buy", "http.status_code": 500}),
    A(trace=1, span=2, parent=1, name="call shop", kind=3, at=10, took=280, attributes={"peer": "shop"}),
    A(
        trace=1,
        span=3,
        parent=2,
        service="shop",
        name="POST /orders",
        at=20,
        took=260,
        status=_ERROR,
        message="no database",
        resource=_ZONE,
        attributes={"http.status_code": 500, "retry": True},
        events=[("exception", {"exception.type": "Timeout"})],
    ),
    A(
        trace=1,
        span=4,
        parent=3,
        service="shop",
        name="SELECT orders",
        kind=3,
        at=30,
        took=200,
        status=_ERROR,
        resource=_ZONE,
        attributes={"db.rows": 17, "load": 0.5},
    ),
    A(
        trace=1,
        span=5,
        parent=3,
        service="shop",
        name="SELECT prices",
        kind=3,
        at=235,
        took=10,
        resource=_ZONE,
        attributes={"db.rows": 3},
    ),
    A(trace=2, span=6, at=1000, took=20, attributes={"http.route": "/", "http.status_code": 200}),
    A(
        trace=3,
        span=7,
        parent=99,
        service="worker",
        name="job",
        kind=5,
        at=2000,
        took=50,
        attributes={"tags": ["x", "y"], "zone": "b"},
    ),
)


def found(tables: Sequence[SpanTable], query: str, limit: int = 100) -> dict[int, list[int]]:
    """Trace → its matching spans, all by number."""
    answer = {}
    parsed = parse(query)
    assert isinstance(parsed, Pipeline)
    for one in search(tables, parsed, Window(), limit):
        spans = sorted({span.span_id for part in one.sets for span in part.spans})
        answer[int.from_bytes(one.trace.trace_id, "big")] = spans
    return answer
