"""Answers in Jaeger's shapes: the v1 JSON of its query service. Times in microseconds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from watchkeeper_store.traces.columns import Value
from watchkeeper_store.traces.origins import NO_SERVICE
from watchkeeper_store.traces.plain import plain_values
from watchkeeper_store.traces.view import TraceView

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


def trace_json(data: TracesData) -> dict[str, Any]:
    """One trace: its spans, earliest first, and the processes they ran in."""
    processes: dict[bytes, str] = {}
    described: dict[str, Any] = {}
    spans: list[tuple[int, dict[str, Any]]] = []
    for resource_spans in data.resource_spans:
        written = resource_spans.resource.SerializeToString(deterministic=True)
        process = processes.setdefault(written, f"p{len(processes) + 1}")
        described[process] = _process(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            members = scope_spans.spans
            spans += [(one.start_time_unix_nano, _span(one, scope_spans.scope.name, process)) for one in members]
    spans.sort(key=lambda one: one[0])
    trace_id = spans[0][1]["traceID"] if spans else ""
    return {"traceID": trace_id, "spans": [span for _, span in spans], "processes": described, "warnings": None}


def _process(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    service = NO_SERVICE
    tags = []
    for pair in attributes:
        if pair.key == "service.name":
            service = str(next(iter(plain_values(pair.value)), NO_SERVICE))
        else:
            tags.append(_pair(pair))
    return {"serviceName": service, "tags": tags}


def _span(span: Span, scope_name: str, process: str) -> dict[str, Any]:
    trace_id = span.trace_id.hex()
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
    if scope_name:
        tags.append(_tag("otel.scope.name", scope_name))
    return {
        "traceID": trace_id,
        "spanID": span.span_id.hex(),
        "operationName": span.name,
        "references": references,
        "flags": 1,
        "startTime": span.start_time_unix_nano // 1000,
        "duration": max(0, span.end_time_unix_nano - span.start_time_unix_nano) // 1000,
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
