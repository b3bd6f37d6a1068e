"""OTLP requests for logs, from protobuf (written by the generated classes of OpenTelemetry) and from JSON."""

from __future__ import annotations

import json

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from watchkeeper_wire import otlp_logs
from watchkeeper_wire.loki_push import PushUnreadable, varint
from watchkeeper_wire.otlp_logs import decode_logs, decode_logs_json, partial_success, status_message

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def pair(key: str, **value: object) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(**value))  # type: ignore[arg-type]  # one of the members of the oneof


def a_request() -> ExportLogsServiceRequest:
    nested = KeyValueList(values=[pair("b", int_value=-5), pair("c", bool_value=True)])
    record = LogRecord(
        time_unix_nano=1_700_000_000_000_000_001,
        observed_time_unix_nano=1_700_000_000_000_000_002,
        severity_number=13,  # type: ignore[arg-type]  # SEVERITY_NUMBER_WARN
        severity_text="Warning",
        body=AnyValue(string_value="no stöck"),
        attributes=[
            pair("a", kvlist_value=nested),
            pair("list", array_value=ArrayValue(values=[AnyValue(string_value="x"), AnyValue(double_value=1.5)])),
            pair("raw", bytes_value=b"\x00\xff"),
        ],
        dropped_attributes_count=3,
        flags=1,
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex(SPAN),
    )
    scope = ScopeLogs(scope=InstrumentationScope(name="lib", version="1.2", attributes=[pair("s", string_value="t")]))
    scope.log_records.append(record)
    scope.log_records.append(LogRecord(body=AnyValue(int_value=7), trace_id=bytes(16)))
    resource = Resource(attributes=[pair("service.name", string_value="shop")], dropped_attributes_count=2)
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=resource, scope_logs=[scope])])


def test_every_field_of_a_protobuf_request_is_read() -> None:
    (resource,) = decode_logs(a_request().SerializeToString())
    assert (dict(resource.attributes), resource.dropped_attributes) == ({"service.name": "shop"}, 2)
    (scope,) = resource.scopes
    assert (scope.name, scope.version, dict(scope.attributes)) == ("lib", "1.2", {"s": "t"})
    first, second = scope.records
    assert first == otlp_logs.LogRecord(
        time_ns=1_700_000_000_000_000_001,
        observed_ns=1_700_000_000_000_000_002,
        severity_number=13,
        severity_text="Warning",
        body="no stöck",
        attributes={"a": {"b": -5, "c": True}, "list": ["x", 1.5], "raw": b"\x00\xff"},
        dropped_attributes=3,
        flags=1,
        trace_id=TRACE,
        span_id=SPAN,
    )
    assert second == otlp_logs.LogRecord(body=7)


def test_json_says_the_same_as_protobuf() -> None:
    document = {
        "resourceLogs": [
            {
                "resource": {
                    "attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}],
                    "droppedAttributesCount": 2,
                },
                "scopeLogs": [
                    {
                        "scope": {
                            "name": "lib",
                            "version": "1.2",
                            "attributes": [{"key": "s", "value": {"stringValue": "t"}}],
                        },
                        "logRecords": [
                            {
                                "timeUnixNano": "1700000000000000001",
                                "observedTimeUnixNano": "1700000000000000002",
                                "severityNumber": 13,
                                "severityText": "Warning",
                                "body": {"stringValue": "no stöck"},
                                "attributes": [
                                    {
                                        "key": "a",
                                        "value": {
                                            "kvlistValue": {
                                                "values": [
                                                    {"key": "b", "value": {"intValue": "-5"}},
                                                    {"key": "c", "value": {"boolValue": True}},
                                                ]
                                            }
                                        },
                                    },
                                    {
                                        "key": "list",
                                        "value": {"arrayValue": {"values": [{"stringValue": "x"}, {"doubleValue": 1.5}]}},
                                    },
                                    {"key": "raw", "value": {"bytesValue": "AP8="}},
                                ],
                                "droppedAttributesCount": 3,
                                "flags": 1,
                                "traceId": TRACE.upper(),
                                "spanId": SPAN,
                            },
                            {"body": {"intValue": 7}, "traceId": "0" * 32},
                        ],
                    }
                ],
            }
        ]
    }
    assert decode_logs_json(json.dumps(document).encode()) == decode_logs(a_request().SerializeToString())


def test_names_of_severities_and_snake_case_are_understood() -> None:
    record = {"severity_number": "SEVERITY_NUMBER_ERROR3", "time_unix_nano": 5, "body": {"string_value": "x"}}
    body = json.dumps({"resource_logs": [{"scope_logs": [{"log_records": [record]}]}]}).encode()
    ((found,),) = ([*scope.records] for resource in decode_logs_json(body) for scope in resource.scopes)
    assert found == otlp_logs.LogRecord(severity_number=19, time_ns=5, body="x")


@pytest.mark.parametrize("body", [b"\x0a\xff", b"\x0a\x7f", b"\x00", b"not protobuf at all"])
def test_broken_protobuf_is_refused(body: bytes) -> None:
    with pytest.raises(PushUnreadable):
        decode_logs(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"resourceLogs": 5}',
        b'{"resourceLogs": [5]}',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "soon"}]}]}]}',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"traceId": "xyz"}]}]}]}',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": "text"}]}]}]}',
        b'{"resourceLogs": [{"resource": {"attributes": [{"key": 1}]}}]}',
        b"[" * 100_000,
    ],
)
def test_broken_json_is_refused(body: bytes) -> None:
    with pytest.raises(PushUnreadable):
        decode_logs_json(body)


def test_values_nested_without_end_are_refused() -> None:
    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2]) + varint(len(content)) + content

    value = field(1, b"x")
    for _ in range(80):
        value = field(5, field(1, value))
    with pytest.raises(PushUnreadable, match="nested too deeply"):
        decode_logs(field(1, field(2, field(2, field(5, value)))))


def test_answers_are_protobuf_that_opentelemetry_reads() -> None:
    assert status_message("too old") == b"\x12\x07too old"  # google.rpc.Status, field 2
    answer = ExportLogsServiceResponse.FromString(partial_success(300, "too old"))
    assert (answer.partial_success.rejected_log_records, answer.partial_success.error_message) == (300, "too old")
    assert partial_success(0, "") == b""
