"""From the bytes of an OTLP request to a message, checked. Pure."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_IDS = ("traceId", "spanId", "parentSpanId")


class RequestUnreadable(ValueError):
    """The body is no ``ExportTraceServiceRequest``, or a span in it has no usable id."""


def read_request(body: bytes, *, is_json: bool) -> tuple[ExportTraceServiceRequest, bytes]:
    """(the message, the same as protobuf). Raises RequestUnreadable."""
    try:
        message = _from_json(body) if is_json else ExportTraceServiceRequest.FromString(body)
    except (DecodeError, ParseError, orjson.JSONDecodeError, binascii.Error, AttributeError, TypeError, ValueError) as failure:
        raise RequestUnreadable(f"cannot read the request: {failure}") from failure
    for resource_spans in message.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                if len(span.trace_id) != 16 or len(span.span_id) != 8:
                    raise RequestUnreadable("cannot take a span: its trace id must have 16 bytes, its span id 8")
    return message, message.SerializeToString() if is_json else body


def _from_json(body: bytes) -> ExportTraceServiceRequest:
    """OTLP's JSON differs from protobuf's own in one thing: ids are hexadecimal, not base64."""
    document = orjson.loads(body)
    for resource_spans in document.get("resourceSpans", ()):
        for scope_spans in resource_spans.get("scopeSpans", ()):
            for span in scope_spans.get("spans", ()):
                _recode(span)
                for link in span.get("links", ()):
                    _recode(link)
    return ParseDict(document, ExportTraceServiceRequest(), ignore_unknown_fields=True)


def _recode(holder: dict[str, Any]) -> None:
    for name in _IDS:
        if name in holder:
            holder[name] = base64.b64encode(bytes.fromhex(holder[name])).decode()
