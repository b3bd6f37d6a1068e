"""OTLP logs as plain objects: ``ExportLogsServiceRequest`` from protobuf and from OTLP's JSON, and its answers.

Only what the format says belongs here. Which attribute becomes a label is the store's business.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from watchkeeper_wire.loki_push import PushUnreadable, fields, varint

AnyValue = str | bool | int | float | bytes | list[Any] | dict[str, Any] | None
"""An attribute value: a key-value list is a dict, an array a list, an absent value None."""

Attributes = Mapping[str, AnyValue]

_MOST_NESTED = 64
_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """One record. Times are nanoseconds, 0 where not given; ids are lower-case hexadecimal, empty where not given."""

    time_ns: int = 0
    observed_ns: int = 0
    severity_number: int = 0
    severity_text: str = ""
    body: AnyValue = None
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes: int = 0
    flags: int = 0
    trace_id: str = ""
    span_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeLogs:
    """Records of one instrumentation scope."""

    name: str = ""
    version: str = ""
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes: int = 0
    records: Sequence[LogRecord] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLogs:
    """What one resource sent."""

    attributes: Attributes = field(default_factory=dict)
    dropped_attributes: int = 0
    scopes: Sequence[ScopeLogs] = ()


def decode_logs(body: bytes) -> list[ResourceLogs]:
    """Read an uncompressed protobuf request. Raises PushUnreadable."""
    view = memoryview(body)
    return [
        _resource_logs(view, start, end)
        for number, kind, start, end in fields(view, 0, len(view))
        if number == 1 and kind == _DELIMITED
    ]


def _text(view: memoryview, start: int, end: int) -> str:
    return str(view[start:end], "utf-8", "replace")


def _resource_logs(view: memoryview, at: int, end: int) -> ResourceLogs:
    attributes: dict[str, AnyValue] = {}
    dropped = 0
    scopes: list[ScopeLogs] = []
    for number, kind, start, stop in fields(view, at, end):
        if number == 1 and kind == _DELIMITED:
            for inner, inner_kind, begin, finish in fields(view, start, stop):
                if inner == 1 and inner_kind == _DELIMITED:
                    _add_pair(attributes, view, begin, finish, 0)
                elif inner == 2 and inner_kind == _VARINT:
                    dropped = begin
        elif number == 2 and kind == _DELIMITED:
            scopes.append(_scope_logs(view, start, stop))
    return ResourceLogs(attributes=attributes, dropped_attributes=dropped, scopes=scopes)


def _scope_logs(view: memoryview, at: int, end: int) -> ScopeLogs:
    name = version = ""
    attributes: dict[str, AnyValue] = {}
    dropped = 0
    records: list[LogRecord] = []
    for number, kind, start, stop in fields(view, at, end):
        if kind != _DELIMITED:
            continue
        if number == 2:
            records.append(_log_record(view, start, stop))
        elif number == 1:
            for inner, inner_kind, begin, finish in fields(view, start, stop):
                if inner == 1 and inner_kind == _DELIMITED:
                    name = _text(view, begin, finish)
                elif inner == 2 and inner_kind == _DELIMITED:
                    version = _text(view, begin, finish)
                elif inner == 3 and inner_kind == _DELIMITED:
                    _add_pair(attributes, view, begin, finish, 0)
                elif inner == 4 and inner_kind == _VARINT:
                    dropped = begin
    return ScopeLogs(name=name, version=version, attributes=attributes, dropped_attributes=dropped, records=records)


_RECORD_FIELDS = {
    (1, _FIXED64): "time_ns",
    (2, _VARINT): "severity_number",
    (3, _DELIMITED): "severity_text",
    (5, _DELIMITED): "body",
    (7, _VARINT): "dropped_attributes",
    (8, _FIXED32): "flags",
    (9, _DELIMITED): "trace_id",
    (10, _DELIMITED): "span_id",
    (11, _FIXED64): "observed_ns",
}


def _log_record(view: memoryview, at: int, end: int) -> LogRecord:
    found: dict[str, Any] = {}
    attributes: dict[str, AnyValue] = {}
    for number, kind, start, stop in fields(view, at, end):
        if number == 6 and kind == _DELIMITED:
            _add_pair(attributes, view, start, stop, 0)
            continue
        name = _RECORD_FIELDS.get((number, kind))
        if name is None:
            continue
        if kind == _VARINT:
            found[name] = start
        elif kind in (_FIXED64, _FIXED32):
            found[name] = int.from_bytes(view[start:stop], "little")
        elif name == "body":
            found[name] = _any_value(view, start, stop, 0)
        elif name == "severity_text":
            found[name] = _text(view, start, stop)
        else:
            found[name] = _identifier(view[start:stop])
    return LogRecord(attributes=attributes, **found)


def _identifier(octets: memoryview) -> str:
    """An id of nothing but zeros is no id."""
    return octets.hex() if any(octets) else ""


def _add_pair(attributes: dict[str, AnyValue], view: memoryview, at: int, end: int, depth: int) -> None:
    key = ""
    value: AnyValue = None
    for number, kind, start, stop in fields(view, at, end):
        if number == 1 and kind == _DELIMITED:
            key = _text(view, start, stop)
        elif number == 2 and kind == _DELIMITED:
            value = _any_value(view, start, stop, depth)
    attributes[key] = value


def _any_value(view: memoryview, at: int, end: int, depth: int) -> AnyValue:
    if depth > _MOST_NESTED:
        raise PushUnreadable("proto: attribute values are nested too deeply")
    value: AnyValue = None
    for number, kind, start, stop in fields(view, at, end):
        match number, kind:
            case 1, 2:
                value = _text(view, start, stop)
            case 2, 0:
                value = bool(start)
            case 3, 0:
                value = start - (1 << 64) if start >= 1 << 63 else start
            case 4, 1:
                value = float(struct.unpack("<d", view[start:stop])[0])
            case 5, 2:
                value = [
                    _any_value(view, begin, finish, depth + 1)
                    for inner, inner_kind, begin, finish in fields(view, start, stop)
                    if inner == 1 and inner_kind == _DELIMITED
                ]
            case 6, 2:
                members: dict[str, AnyValue] = {}
                for inner, inner_kind, begin, finish in fields(view, start, stop):
                    if inner == 1 and inner_kind == _DELIMITED:
                        _add_pair(members, view, begin, finish, depth + 1)
                value = members
            case 7, 2:
                value = bytes(view[start:stop])
    return value


def decode_logs_json(body: bytes) -> list[ResourceLogs]:
    """Read a JSON request. Names may be lowerCamelCase or snake_case; 64-bit numbers text or numbers. Raises PushUnreadable."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as failure:
        raise PushUnreadable(f"cannot read the JSON: {failure}") from failure
    try:
        return [_resource_of(one) for one in _list(document, "resourceLogs", "resource_logs")]
    except RecursionError as failure:
        raise PushUnreadable("cannot read the JSON: attribute values are nested too deeply") from failure


def _get(document: Any, *names: str) -> Any:
    if not isinstance(document, dict):
        raise PushUnreadable(f"cannot read the JSON: expected an object, got {type(document).__name__}")
    return next((document[name] for name in names if document.get(name) is not None), None)


def _list(document: Any, *names: str) -> list[Any]:
    found = _get(document, *names)
    if found is None:
        return []
    if not isinstance(found, list):
        raise PushUnreadable(f"cannot read the JSON: {names[0]} is no list")
    return found


def _string(document: Any, *names: str) -> str:
    found = _get(document, *names)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise PushUnreadable(f"cannot read the JSON: {names[0]} is no text")
    return found


def _integer(document: Any, *names: str) -> int:
    found = _get(document, *names)
    if found is None or isinstance(found, bool):
        return 0
    try:
        return int(found)
    except (TypeError, ValueError, OverflowError) as failure:
        raise PushUnreadable(f"cannot read the JSON: {names[0]} is no whole number") from failure


def _resource_of(document: Any) -> ResourceLogs:
    resource = _get(document, "resource") or {}
    return ResourceLogs(
        attributes=_attributes_of(resource),
        dropped_attributes=_integer(resource, "droppedAttributesCount", "dropped_attributes_count"),
        scopes=[_scope_of(one) for one in _list(document, "scopeLogs", "scope_logs")],
    )


def _scope_of(document: Any) -> ScopeLogs:
    scope = _get(document, "scope") or {}
    return ScopeLogs(
        name=_string(scope, "name"),
        version=_string(scope, "version"),
        attributes=_attributes_of(scope),
        dropped_attributes=_integer(scope, "droppedAttributesCount", "dropped_attributes_count"),
        records=[_record_of(one) for one in _list(document, "logRecords", "log_records")],
    )


def _record_of(document: Any) -> LogRecord:
    body = _get(document, "body")
    return LogRecord(
        time_ns=_integer(document, "timeUnixNano", "time_unix_nano"),
        observed_ns=_integer(document, "observedTimeUnixNano", "observed_time_unix_nano"),
        severity_number=_severity(_get(document, "severityNumber", "severity_number")),
        severity_text=_string(document, "severityText", "severity_text"),
        body=None if body is None else _value_of(body),
        attributes=_attributes_of(document),
        dropped_attributes=_integer(document, "droppedAttributesCount", "dropped_attributes_count"),
        flags=_integer(document, "flags"),
        trace_id=_identifier_of(document, "traceId", "trace_id"),
        span_id=_identifier_of(document, "spanId", "span_id"),
    )


_SEVERITY_BASES = {"TRACE": 1, "DEBUG": 5, "INFO": 9, "WARN": 13, "ERROR": 17, "FATAL": 21}


def _severity(written: Any) -> int:
    """A number, or its name as ``SEVERITY_NUMBER_WARN2``."""
    if isinstance(written, str) and not written.isdecimal():
        name = written.removeprefix("SEVERITY_NUMBER_")
        base, step = _SEVERITY_BASES.get(name.rstrip("234")), name[-1:]
        return 0 if base is None else base + (int(step) - 1 if step in "234" else 0)
    return _integer({"severityNumber": written}, "severityNumber")


def _identifier_of(document: Any, *names: str) -> str:
    written = _string(document, *names).lower()
    try:
        octets = bytes.fromhex(written)
    except ValueError as failure:
        raise PushUnreadable(f"cannot read the JSON: {names[0]} is not hexadecimal") from failure
    return _identifier(memoryview(octets))


def _attributes_of(document: Any) -> dict[str, AnyValue]:
    return _members_of(_list(document, "attributes"))


def _members_of(pairs: list[Any]) -> dict[str, AnyValue]:
    return {_string(pair, "key"): None if (value := _get(pair, "value")) is None else _value_of(value) for pair in pairs}


def _value_of(document: Any) -> AnyValue:
    if not isinstance(document, dict):
        raise PushUnreadable('cannot read the JSON: expected a value such as {"stringValue": "…"}')
    for name, value in document.items():
        match name:
            case "stringValue" | "string_value":
                return _string(document, name)
            case "boolValue" | "bool_value":
                return value is True or value == "true"
            case "intValue" | "int_value":
                return _integer(document, name)
            case "doubleValue" | "double_value":
                return _double(value)
            case "arrayValue" | "array_value":
                return [_value_of(item) for item in _list(value, "values")]
            case "kvlistValue" | "kvlist_value":
                return _members_of(_list(value, "values"))
            case "bytesValue" | "bytes_value":
                return _octets(value)
    return None


def _double(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as failure:
        raise PushUnreadable("cannot read the JSON: doubleValue is no number") from failure


def _octets(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error) as failure:
        raise PushUnreadable("cannot read the JSON: bytesValue is not base64") from failure


def status_message(text: str) -> bytes:
    """``google.rpc.Status`` with nothing but a message, as protobuf."""
    octets = text.encode("utf-8", "replace")
    return b"\x12" + varint(len(octets)) + octets


def partial_success(rejected: int, text: str) -> bytes:
    """``ExportLogsServiceResponse`` as protobuf; empty, as it has to be, when nothing was rejected."""
    if not rejected and not text:
        return b""
    octets = text.encode("utf-8", "replace")
    inner = (b"\x08" + varint(rejected) if rejected else b"") + b"\x12" + varint(len(octets)) + octets
    return b"\x0a" + varint(len(inner)) + inner
