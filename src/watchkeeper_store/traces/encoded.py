"""Requests taken apart to spans as bytes, and spans put together again to OTLP's ``TracesData``, without looking inside."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from watchkeeper_store.traces.columns import EncodedSpan
from watchkeeper_store.traces.shallow import encoded_spans_of


def encoded_spans(payload: bytes, wanted: Collection[int]) -> dict[int, EncodedSpan]:
    """Those of a request's spans whose place in it is wanted."""
    found: dict[int, EncodedSpan] = {}
    place = 0
    for resource, scope, spans in encoded_spans_of(payload):
        for span in spans:
            if place in wanted:
                found[place] = EncodedSpan(span, resource, scope)
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
