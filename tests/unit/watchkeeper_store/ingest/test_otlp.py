"""OTLP logs become what Loki makes of them: which attributes are labels, which are structured metadata, what the line is."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import cramjam
import pytest

from watchkeeper_store.ingest.otlp import columns_of, label_name, read_otlp, streams, text_of
from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_wire.loki_columns import TAIL, decode_columns
from watchkeeper_wire.loki_push import Entry, Stream, compress_block, encode_push
from watchkeeper_wire.otlp_logs import LogRecord, ResourceLogs, ScopeLogs

NOW = 1_800_000_000_000_000_000
BODY = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "hello"}}]}]}]}).encode()


def one(resource: dict[str, Any], *records: LogRecord, **scope: Any) -> list[Stream]:
    return list(streams([ResourceLogs(attributes=resource, scopes=[ScopeLogs(records=records, **scope)])], NOW))


def test_known_resource_attributes_are_labels_and_the_others_metadata() -> None:
    found = one(
        {
            "service.name": "shop",
            "k8s.pod.name": "shop-1",
            "host.name": "h",
            "deployment.environment": "prod",
            "cloud.region": "",
        },
        LogRecord(time_ns=5, body="x", attributes={"http.status": 500}),
        name="lib",
        version="2",
        attributes={"team": "a"},
    )
    assert found == [
        Stream(
            {"service_name": "shop", "k8s_pod_name": "shop-1", "deployment_environment": "prod"},
            [Entry(5, "x", {"host_name": "h", "team": "a", "scope_name": "lib", "scope_version": "2", "http_status": "500"})],
        )
    ]


def test_what_describes_a_record_is_metadata_under_the_names_of_loki() -> None:
    record = LogRecord(
        time_ns=5,
        observed_ns=6,
        severity_number=17,
        severity_text="Error",
        body="x",
        dropped_attributes=1,
        flags=1,
        trace_id="ab" * 16,
        span_id="cd" * 8,
    )
    ((entry,),) = (stream.entries for stream in one({"service.name": "s"}, record))
    assert entry.metadata == {
        "observed_timestamp": "6",
        "severity_number": "17",
        "severity_text": "Error",
        "dropped_attributes_count": "1",
        "flags": "1",
        "trace_id": "ab" * 16,
        "span_id": "cd" * 8,
    }


def test_a_resource_without_a_label_is_an_unknown_service() -> None:
    assert [stream.labels for stream in one({"host.name": "h"}, LogRecord(body="x"))] == [{"service_name": "unknown_service"}]


def test_the_time_is_that_of_the_record_else_of_its_observation_else_now() -> None:
    found = one({}, LogRecord(time_ns=1, observed_ns=2, body="a"), LogRecord(observed_ns=2, body="b"), LogRecord(body="c"))
    assert [entry.timestamp_ns for entry in found[0].entries] == [1, 2, NOW]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (None, ""),
        (True, "true"),
        (-3, "-3"),
        (1.5, "1.5"),
        (2.0, "2"),
        (b"\x00\xff", "AP8="),
        ({"b": 1, "a": ["x", None, 1.0]}, '{"a":["x",null,1],"b":1}'),
    ],
)
def test_a_body_of_any_type_is_a_line(value: Any, text: str) -> None:
    assert text_of(value) == text


def test_members_of_nested_attributes_have_names_of_their_own() -> None:
    record = LogRecord(body="x", attributes={"a.b": {"c-d": {"e": 1}, "f": [1, 2]}})
    assert one({}, record)[0].entries[0].metadata == {"a_b_c_d_e": "1", "a_b_f": "[1,2]"}


@pytest.mark.parametrize(
    ("key", "name"), [("a.b-c", "a_b_c"), ("1st", "key_1st"), ("_x", "key_x"), ("__x", "__x"), ("ä", "key_")]
)
def test_keys_become_label_names(key: str, name: str) -> None:
    assert label_name(key) == name


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", BODY),
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("deflate", zlib.compress(BODY)),
        ("zstd", bytes(cramjam.zstd.compress(BODY))),
        ("lz4", bytes(cramjam.lz4.compress(BODY))),
        ("snappy", compress_block(BODY)),
    ],
)
def test_every_compression_is_undone(encoding: str, body: bytes) -> None:
    read = read_otlp(body, "application/json", encoding, 10_000, NOW)
    assert read is not None
    start = int(read.columns.line_start[0])
    assert bytes(read.columns.buffer[start : start + 5]) == b"hello"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(bytes(20_000), mtime=0)),
        ("zstd", bytes(cramjam.zstd.compress(bytes(20_000)))),
        ("lz4", bytes(cramjam.lz4.compress(bytes(20_000)))),
        ("snappy", compress_block(bytes(20_000))),
        ("", bytes(20_000)),
    ],
)
def test_what_unpacks_to_more_than_allowed_is_refused(encoding: str, body: bytes) -> None:
    with pytest.raises(PushRefused) as refusal:
        read_otlp(body, "application/x-protobuf", encoding, 10_000, NOW)
    assert refusal.value.status == 413


@pytest.mark.parametrize(
    ("content_type", "encoding", "body", "status"),
    [
        ("text/plain", "", BODY, 415),
        ("application/json", "br", BODY, 415),
        ("application/json", "gzip", BODY, 400),
        ("application/json", "gzip", gzip.compress(BODY, mtime=0)[:-9], 400),
        ("application/json", "zstd", BODY, 400),
        ("application/json", "snappy", BODY, 400),
        ("application/x-protobuf", "", BODY, 400),
    ],
)
def test_what_cannot_be_read_is_refused(content_type: str, encoding: str, body: bytes, status: int) -> None:
    with pytest.raises(PushRefused) as refusal:
        read_otlp(body, content_type, encoding, 10_000, NOW)
    assert refusal.value.status == status


def test_a_request_without_records_holds_nothing() -> None:
    assert read_otlp(b"", "application/x-protobuf", "", 10_000, NOW) is None
    assert read_otlp(b'{"resourceLogs":[]}', "application/json; charset=utf-8", "", 10_000, NOW) is None


def test_a_time_that_no_store_can_hold_is_refused() -> None:
    record = {"timeUnixNano": str(2**64 - 1), "body": {"stringValue": "x"}}
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()
    with pytest.raises(PushRefused) as refusal:
        read_otlp(body, "application/json", "", 10_000, NOW)
    assert refusal.value.status == 400


def test_rows_are_the_same_as_read_out_of_the_encoded_request() -> None:
    found = [
        Stream({"app": "a"}, [Entry(1, "one", {"k": "v", "b": "é"}), Entry(2, ""), Entry(3, "grün \ud800")]),
        Stream({"app": "b"}, [Entry(4, "x" * 300, {"k": "v"})]),
    ]
    made, read = columns_of(found), decode_columns(encode_push(found))
    assert (made.label_texts, made.metadata, made.wide_rows) == (read.label_texts, read.metadata, read.wide_rows)
    for name in ("stream", "timestamp_ns", "line_size"):
        assert getattr(made, name).tolist() == getattr(read, name).tolist()
    for columns in (made, read):
        spans = zip(columns.line_start.tolist(), columns.line_size.tolist(), strict=True)
        lines = [columns.buffer[start : start + size].tobytes() for start, size in spans]
        assert lines == [b"one", b"", "grün ?".encode(), b"x" * 300]
        assert len(columns.buffer) >= int(columns.line_start[-1] + columns.line_size[-1]) + TAIL
