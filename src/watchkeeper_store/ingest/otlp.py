"""OTLP logs as a Loki push: which attributes become labels, which structured metadata, and what the line is. Pure.

The rules are Loki's defaults, so that a query written for Loki finds the same lines here.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from watchkeeper_store.ingest.body import ReadPush
from watchkeeper_store.ingest.stream_head import SERVICE_NAME, UNKNOWN_SERVICE
from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_wire.loki_columns import PushColumns
from watchkeeper_wire.loki_labels import LabelPairs, labels_text
from watchkeeper_wire.loki_push import Entry, PushUnreadable, Stream, compress_block, encode_push
from watchkeeper_wire.otlp_logs import AnyValue, Attributes, LogRecord, ResourceLogs, ScopeLogs, decode_logs, decode_logs_json

INDEXED_ATTRIBUTES = frozenset(
    {
        "cloud.availability_zone",
        "cloud.region",
        "container.name",
        "deployment.environment",
        "deployment.environment.name",
        "k8s.cluster.name",
        "k8s.container.name",
        "k8s.cronjob.name",
        "k8s.daemonset.name",
        "k8s.deployment.name",
        "k8s.job.name",
        "k8s.namespace.name",
        "k8s.pod.name",
        "k8s.replicaset.name",
        "k8s.statefulset.name",
        "service.instance.id",
        "service.name",
        "service.namespace",
    }
)
JSON_TYPE, PROTOBUF_TYPE = "application/json", "application/x-protobuf"
_APART = 32  # zero bytes around each line, so that words may be looked for across its ends
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]")


def media_type_of(content_type: str) -> str:
    return content_type.split(";", 1)[0].strip().lower()


def read_otlp(body: bytes, content_type: str, content_encoding: str, max_size_bytes: int, now_ns: int) -> ReadPush | None:
    """The rows of a request for logs; None when it has none. Raises PushRefused with 400, 413 or 415."""
    media_type = media_type_of(content_type)
    if media_type not in (JSON_TYPE, PROTOBUF_TYPE):
        raise PushRefused(415, f"content type: {content_type or 'none'} is not supported, use {PROTOBUF_TYPE} or {JSON_TYPE}")
    payload = unpacked(body, content_encoding, max_size_bytes)
    try:
        resources = decode_logs_json(payload) if media_type == JSON_TYPE else decode_logs(payload)
        found = list(streams(resources, now_ns))
        if not found:
            return None
        return ReadPush(columns_of(found), compress_block(encode_push(found)))
    except PushUnreadable as failure:
        raise PushRefused(400, str(failure)) from failure


def unpacked(body: bytes, content_encoding: str, max_size_bytes: int) -> bytes:
    """A body without its compression: gzip, deflate, zstd, lz4 or snappy. Raises PushRefused with 400, 413 or 415."""
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity", "none"):
        payload = body
    elif encoding in ("gzip", "deflate"):
        payload = _inflated(body, 31 if encoding == "gzip" else 15, max_size_bytes)
    elif encoding in ("zstd", "lz4", "snappy"):
        payload = _unpacked_by_cramjam(body, encoding, max_size_bytes)
    else:
        raise PushRefused(415, f"Content-Encoding {content_encoding} not supported, use gzip, zstd, lz4 or none")
    if len(payload) > max_size_bytes:
        raise PushRefused(413, f"request body too large: more than {max_size_bytes} bytes")
    return payload


def _inflated(body: bytes, window: int, max_size_bytes: int) -> bytes:
    inflater = zlib.decompressobj(window)
    try:
        payload = inflater.decompress(body, max_size_bytes + 1)
    except zlib.error as failure:
        raise PushRefused(400, f"cannot unpack the body: {failure}") from failure
    if not inflater.eof and len(payload) <= max_size_bytes:
        raise PushRefused(400, "cannot unpack the body: unexpected EOF")
    return payload


def _unpacked_by_cramjam(body: bytes, encoding: str, max_size_bytes: int) -> bytes:
    """Into a buffer of the size allowed, of which only what is written to takes memory: a bomb stops at its end."""
    import cramjam

    room = np.empty(max_size_bytes + 1, dtype=np.uint8)
    try:
        if encoding == "snappy" and not body.startswith(b"\xff\x06\x00\x00sNaPpY"):
            size = cramjam.snappy.decompress_raw_into(body, room.data)
        else:
            size = getattr(cramjam, encoding).decompress_into(body, room.data)
    except cramjam.DecompressionError as failure:
        if "whole buffer" in str(failure) or "smaller than required" in str(failure):
            raise PushRefused(413, f"request body too large: more than {max_size_bytes} bytes") from failure
        raise PushRefused(400, f"cannot unpack the body: {failure}") from failure
    return room[:size].tobytes()


def streams(resources: list[ResourceLogs], now_ns: int) -> Iterator[Stream]:
    """One stream per resource that has records. A record without any time is of ``now_ns``."""
    for resource in resources:
        labels: dict[str, str] = {}
        common: dict[str, str] = {}
        for name, value in resource.attributes.items():
            target = labels if name in INDEXED_ATTRIBUTES else common
            target.update(flattened(name, value))
        if resource.dropped_attributes:
            common["resource_dropped_attributes_count"] = str(resource.dropped_attributes)
        labels = {name: value for name, value in labels.items() if value} or {SERVICE_NAME: UNKNOWN_SERVICE}
        entries = [entry for scope in resource.scopes for entry in _entries(scope, common, now_ns)]
        if entries:
            yield Stream(labels, entries)


def columns_of(found: Sequence[Stream]) -> PushColumns:
    """The same rows as `loki_columns.decode_columns` reads out of the encoded request, without reading it."""
    entries = [(number, entry) for number, stream in enumerate(found) for entry in stream.entries]
    lines = [entry.line.encode("utf-8", "replace") for _, entry in entries]
    size = np.array([len(line) for line in lines], dtype=np.int64)
    start = _APART + np.cumsum(size + _APART) - size - _APART
    metadata: dict[int, LabelPairs] = {
        row: tuple(sorted(entry.metadata.items())) for row, (_, entry) in enumerate(entries) if entry.metadata
    }
    gap = bytes(_APART)
    return PushColumns(
        buffer=np.frombuffer(gap + gap.join(lines) + gap, dtype=np.uint8),
        label_texts=tuple(labels_text(stream.labels) for stream in found),
        stream=np.array([number for number, _ in entries], dtype=np.int32),
        timestamp_ns=np.array([entry.timestamp_ns for _, entry in entries], dtype=np.int64),
        line_start=start,
        line_size=size,
        metadata=metadata,
        wide_rows=tuple(row for row, line in enumerate(lines) if not line.isascii()),
    )


def _entries(scope: ScopeLogs, common: dict[str, str], now_ns: int) -> Iterator[Entry]:
    about = dict(common)
    about.update(_flattened_all(scope.attributes))
    if scope.name:
        about["scope_name"] = scope.name
    if scope.version:
        about["scope_version"] = scope.version
    if scope.dropped_attributes:
        about["scope_dropped_attributes_count"] = str(scope.dropped_attributes)
    for record in scope.records:
        metadata = {**about, **_metadata(record)}
        timestamp_ns = record.time_ns or record.observed_ns or now_ns
        if not 0 < timestamp_ns < 1 << 63:
            raise PushUnreadable(f"cannot read a timestamp outside 1970 to 2262: {timestamp_ns}")
        yield Entry(
            timestamp_ns,
            text_of(record.body),
            {name: value for name, value in metadata.items() if name and value},
        )


def _metadata(record: LogRecord) -> dict[str, str]:
    found = _flattened_all(record.attributes)
    if record.time_ns and record.observed_ns:
        found["observed_timestamp"] = str(record.observed_ns)
    if record.severity_number:
        found["severity_number"] = str(record.severity_number)
    if record.severity_text:
        found["severity_text"] = record.severity_text
    if record.dropped_attributes:
        found["dropped_attributes_count"] = str(record.dropped_attributes)
    if record.flags:
        found["flags"] = str(record.flags)
    if record.trace_id:
        found["trace_id"] = record.trace_id
    if record.span_id:
        found["span_id"] = record.span_id
    return found


def _flattened_all(attributes: Attributes) -> dict[str, str]:
    return {name: text for key, value in attributes.items() for name, text in flattened(key, value)}


def flattened(key: str, value: AnyValue, prefix: str = "") -> Iterator[tuple[str, str]]:
    """``a.b`` → ``a_b``; members of a list of key-values each get a name of their own, ``a_b_c``."""
    name = f"{prefix}_{label_name(key)}" if prefix else label_name(key)
    if isinstance(value, dict):
        for inner, member in value.items():
            yield from flattened(inner, member, name)
    else:
        yield name, text_of(value)


def label_name(key: str) -> str:
    """A key as a label name. One that starts with a digit or a single underscore gets the prefix that Loki gives it."""
    name = _NOT_IN_A_NAME.sub("_", key)
    if name[:1].isdigit():
        return f"key_{name}"
    if name.startswith("_") and not name.startswith("__"):
        return f"key{name}"
    return name


def text_of(value: AnyValue) -> str:
    """A value as text: strings as they are, bytes as base64, lists of any kind as JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float_text(value)
        case bytes():
            return base64.b64encode(value).decode()
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _plain(value: AnyValue) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, float):
        if not math.isfinite(value):
            return _float_text(value)
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    return value


def _float_text(value: float) -> str:
    """The shortest form, as JSON of Go writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return repr(value)
