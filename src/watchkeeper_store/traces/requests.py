"""From the bytes of an OTLP request to a message, checked. Pure."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from watchkeeper_store.traces import shallow

_TRACE_ID_BYTES, _SPAN_ID_BYTES = 16, 8
_IDS = ("traceId", "spanId", "parentSpanId")


class RequestUnreadable(ValueError):
    """The body is no ``ExportTraceServiceRequest``, or a span in it has no usable id."""


def read_request(body: bytes, *, is_json: bool) -> tuple[Any, bytes]:
    """(a ``shallow.Request``, the same as protobuf bytes). Raises RequestUnreadable."""
    try:
        payload = _from_json(body).SerializeToString() if is_json else body
        if not is_json:
            ExportTraceServiceRequest.FromString(body)  # reads all of it: a shallow request does not see what is broken inside
    except (DecodeError, ParseError, orjson.JSONDecodeError, binascii.Error, AttributeError, TypeError, ValueError) as failure:
        raise RequestUnreadable(f"cannot read the request: {failure}") from failure
    request = shallow.Request.FromString(payload)
    spans = shallow.spans_of(request)
    lengths = {*map(len, [span.trace_id for span in spans])}, {*map(len, [span.span_id for span in spans])}
    if lengths[0] - {_TRACE_ID_BYTES} or lengths[1] - {_SPAN_ID_BYTES}:
        raise RequestUnreadable("cannot take a span: its trace id must have 16 bytes, its span id 8")
    return request, payload


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
