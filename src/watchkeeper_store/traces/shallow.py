"""OTLP requests read only as deep as needed: below that, messages stay bytes, as the wire format allows.

``Request`` reads spans, and leaves attributes, events, links and status as bytes: those repeat, so that most are known already
and need no reading. ``Envelope`` leaves whole spans as bytes, for who only passes them on. Neither sees whether the bytes are
sound; who takes a request reads it once with OpenTelemetry's own classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "watchkeeper.shallow"
_BYTES, _FIXED, _NUMBER = _Field.TYPE_BYTES, _Field.TYPE_FIXED64, _Field.TYPE_INT32
_SPAN = {
    "trace_id": (1, _BYTES, False),
    "span_id": (2, _BYTES, False),
    "parent_span_id": (4, _BYTES, False),
    "name": (5, _BYTES, False),
    "kind": (6, _NUMBER, False),
    "start_time_unix_nano": (7, _FIXED, False),
    "end_time_unix_nano": (8, _FIXED, False),
    "attributes": (9, _BYTES, True),
    "events": (11, _BYTES, True),
    "links": (13, _BYTES, True),
    "status": (15, _BYTES, False),
}
"""Field → (its number in OTLP, its type, whether it repeats)."""


def _described() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="watchkeeper/shallow.proto", package=_PACKAGE, syntax="proto3")
    span = file.message_type.add(name="Span")
    for name, (number, kind, repeats) in _SPAN.items():
        label = _Field.LABEL_REPEATED if repeats else _Field.LABEL_OPTIONAL
        span.field.add(name=name, number=number, type=kind, label=label)
    for prefix, spans in (("", "Span"), ("Encoded", "")):
        scope = file.message_type.add(name=f"{prefix}ScopeSpans")
        scope.field.add(name="scope", number=1, type=_BYTES, label=_Field.LABEL_OPTIONAL)
        _add_repeated(scope, "spans", 2, spans)
        resource = file.message_type.add(name=f"{prefix}ResourceSpans")
        resource.field.add(name="resource", number=1, type=_BYTES, label=_Field.LABEL_OPTIONAL)
        _add_repeated(resource, "scope_spans", 2, f"{prefix}ScopeSpans")
        _add_repeated(file.message_type.add(name=f"{prefix}Request"), "resource_spans", 1, f"{prefix}ResourceSpans")
    return file


def _add_repeated(holder: descriptor_pb2.DescriptorProto, name: str, number: int, message: str) -> None:
    if message:
        kind, type_name = _Field.TYPE_MESSAGE, f".{_PACKAGE}.{message}"
        holder.field.add(name=name, number=number, type=kind, type_name=type_name, label=_Field.LABEL_REPEATED)
    else:
        holder.field.add(name=name, number=number, type=_BYTES, label=_Field.LABEL_REPEATED)


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_described())


def _class(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


Request = _class("Request")
Envelope = _class("EncodedRequest")
Span = Any
"""A span of a ``Request``."""


def spans_of(request: Any) -> list[Span]:
    """All spans of a request, in its order."""
    return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


def encoded_spans_of(payload: bytes) -> Iterator[tuple[bytes, bytes, list[bytes]]]:
    """(resource, scope, spans) of each scope of a request, all encoded."""
    for resource_spans in Envelope.FromString(payload).resource_spans:
        for scope_spans in resource_spans.scope_spans:
            yield resource_spans.resource, scope_spans.scope, list(scope_spans.spans)
