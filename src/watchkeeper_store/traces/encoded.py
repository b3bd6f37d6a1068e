"""Requests taken apart to spans as bytes, and spans put together again to OTLP's ``TracesData``, without looking inside."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from watchkeeper_store.traces.columns import EncodedSpan


def encoded_spans(request: ExportTraceServiceRequest, wanted: Collection[int] | None = None) -> dict[int, EncodedSpan]:
    """The spans of a request by their place in it, all or only those wanted."""
    found: dict[int, EncodedSpan] = {}
    place = 0
    for resource_spans in request.resource_spans:
        resource: bytes | None = None
        for scope_spans in resource_spans.scope_spans:
            scope: bytes | None = None
            for span in scope_spans.spans:
                if wanted is None or place in wanted:
                    if resource is None:
                        resource = resource_spans.resource.SerializeToString()
                    if scope is None:
                        scope = scope_spans.scope.SerializeToString()
                    found[place] = EncodedSpan(span.SerializeToString(), resource, scope)
                place += 1
    return found


def put_together(spans: Iterable[EncodedSpan]) -> TracesData:
    """One message of all spans, those of one resource and scope together, in the order in which they first occur."""
    by_origin: dict[bytes, dict[bytes, list[bytes]]] = {}
    for one in spans:
        by_origin.setdefault(one.resource, {}).setdefault(one.scope, []).append(one.span)
    trace = TracesData()
    for resource, scopes in by_origin.items():
        resource_spans = trace.resource_spans.add()
        resource_spans.resource.ParseFromString(resource)
        for scope, members in scopes.items():
            scope_spans = resource_spans.scope_spans.add()
            scope_spans.scope.ParseFromString(scope)
            scope_spans.spans.extend(Span.FromString(member) for member in members)
    return trace
