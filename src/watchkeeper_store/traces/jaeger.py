"""Answers in Jaeger's shapes: the v1 JSON of its query service. Times in microseconds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from watchkeeper_store.traces.columns import Value
from watchkeeper_store.traces.view import SpanView, TraceView

_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_ERROR = 2


def envelope(data: Any, total: int | None = None) -> dict[str, Any]:
    """What surrounds every answer."""
    return {
        "data": data,
        "total": len(data) if total is None and data is not None else total or 0,
        "limit": 0,
        "offset": 0,
        "errors": None,
    }


def failure(status: int, message: str) -> dict[str, Any]:
    """An answer that failed."""
    return {"data": None, "total": 0, "limit": 0, "offset": 0, "errors": [{"code": status, "msg": message}]}


def trace_json(trace: TraceView) -> dict[str, Any]:
    """One trace: its spans, and the processes they ran in."""
    processes: dict[tuple[str, tuple[tuple[str, Any], ...]], str] = {}
    spans = []
    for one in trace.spans:
        tags = tuple((name, value) for name, found in sorted(one.resource.items()) if name != "service.name" for value in found)
        process = processes.setdefault((one.service, tags), f"p{len(processes) + 1}")
        spans.append(_span(one, trace.trace_id.hex(), process))
    described = {
        name: {"serviceName": service, "tags": [_tag(key, value) for key, value in tags]}
        for (service, tags), name in processes.items()
    }
    return {"traceID": trace.trace_id.hex(), "spans": spans, "processes": described, "warnings": None}


def _span(one: SpanView, trace_id: str, process: str) -> dict[str, Any]:
    span = one.span
    references = (
        [{"refType": "CHILD_OF", "traceID": trace_id, "spanID": span.parent_span_id.hex()}] if span.parent_span_id else []
    )
    references += [
        {"refType": "FOLLOWS_FROM", "traceID": link.trace_id.hex(), "spanID": link.span_id.hex()} for link in span.links
    ]
    tags = [_pair(pair) for pair in span.attributes]
    if span.kind > 1:
        tags.append(_tag("span.kind", _KINDS[span.kind] if span.kind < len(_KINDS) else str(span.kind)))
    if span.status.code == _ERROR:
        tags.append(_tag("error", True))
    if span.status.code:
        tags.append(_tag("otel.status_code", "ERROR" if span.status.code == _ERROR else "OK"))
    if span.status.message:
        tags.append(_tag("otel.status_description", span.status.message))
    if one.scope.name:
        tags.append(_tag("otel.scope.name", one.scope.name))
    return {
        "traceID": trace_id,
        "spanID": span.span_id.hex(),
        "operationName": span.name,
        "references": references,
        "flags": 1,
        "startTime": span.start_time_unix_nano // 1000,
        "duration": one.duration_ns // 1000,
        "tags": tags,
        "logs": [
            {"timestamp": event.time_unix_nano // 1000, "fields": [_tag("event", event.name), *map(_pair, event.attributes)]}
            for event in span.events
        ],
        "processID": process,
        "warnings": None,
    }


def _tag(key: str, value: Value) -> dict[str, Any]:
    kind = {bool: "bool", int: "int64", float: "float64"}.get(type(value), "string")
    return {"key": key, "type": kind, "value": value}


def _pair(pair: KeyValue) -> dict[str, Any]:
    held: AnyValue = pair.value
    kind = held.WhichOneof("value")
    if kind in {"string_value", "bool_value", "int_value", "double_value"}:
        return _tag(pair.key, getattr(held, kind))
    if kind == "bytes_value":
        return _tag(pair.key, held.bytes_value.hex())
    from google.protobuf.json_format import MessageToJson

    return _tag(pair.key, "" if kind is None else MessageToJson(held, indent=None))


def dependencies(traces: Iterable[TraceView]) -> list[dict[str, Any]]:
    """Which service calls which, how often."""
    calls: Counter[tuple[str, str]] = Counter()
    for trace in traces:
        for one in trace.spans:
            if one.parent is not None and one.parent.service != one.service:
                calls[one.parent.service, one.service] += 1
    return [{"parent": parent, "child": child, "callCount": count} for (parent, child), count in sorted(calls.items())]


def operations(found: Sequence[tuple[str, int]]) -> list[dict[str, str]]:
    """Names and kinds of spans, as the v3 API gives them."""
    return [{"name": name, "spanKind": _KINDS[kind] if 1 < kind < len(_KINDS) else ""} for name, kind in found]
