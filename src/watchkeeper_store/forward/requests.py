"""From the bytes of an OTLP request for metrics to a message. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import orjson
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

_KINDS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_IDS = ("traceId", "spanId")


class RequestUnreadable(ValueError):
    """The body is no ``ExportMetricsServiceRequest``."""


def read_request(body: bytes, *, is_json: bool) -> ExportMetricsServiceRequest:
    """The message. Raises RequestUnreadable."""
    try:
        return _from_json(body) if is_json else ExportMetricsServiceRequest.FromString(body)
    except (DecodeError, ParseError, orjson.JSONDecodeError, binascii.Error, AttributeError, TypeError, ValueError) as failure:
        raise RequestUnreadable(f"cannot read the request: {failure}") from failure


def _from_json(body: bytes) -> ExportMetricsServiceRequest:
    """OTLP's JSON differs from protobuf's own in one thing: ids are hexadecimal, not base64."""
    document = orjson.loads(body)
    for exemplar in _exemplars(document):
        for name in _IDS:
            if name in exemplar:
                exemplar[name] = base64.b64encode(bytes.fromhex(exemplar[name])).decode()
    return ParseDict(document, ExportMetricsServiceRequest(), ignore_unknown_fields=True)


def _exemplars(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in document.get("resourceMetrics", ()):
        for scope in resource.get("scopeMetrics", ()):
            for metric in scope.get("metrics", ()):
                for kind in _KINDS:
                    for point in metric.get(kind, {}).get("dataPoints", ()):
                        yield from point.get("exemplars", ())


def response(rejected: int, text: str) -> ExportMetricsServiceResponse:
    """The answer to a request of which everything but ``rejected`` data points was taken."""
    if not rejected:
        return ExportMetricsServiceResponse()
    partial = ExportMetricsPartialSuccess(rejected_data_points=rejected, error_message=text)
    return ExportMetricsServiceResponse(partial_success=partial)
