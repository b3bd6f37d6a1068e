"""The Loki push request, both ways, as plain objects: protobuf, JSON, and the snappy block around the protobuf.

For senders and for tests. The store reads requests by column instead (`loki_columns`); both read the same bytes alike.
Imports stay few: the shipper loads this module at its start.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from watchkeeper_wire.loki_labels import labels_text, parse_labels

PROTOBUF_CONTENT_TYPE = "application/x-protobuf"
JSON_CONTENT_TYPE = "application/json"

_NS = 1_000_000_000

Octets = bytes | memoryview


class PushUnreadable(ValueError):
    """The body is not a push request; nothing of it was taken."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One log line. ``timestamp_ns`` counts from the Unix epoch."""

    timestamp_ns: int
    line: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """Entries that share one label set, in the order they were sent."""

    labels: Mapping[str, str]
    entries: Sequence[Entry]


def varint(number: int) -> bytes:
    """Protobuf's base-128 encoding; a negative int64 takes ten bytes."""
    if 0 <= number < 0x80:
        return bytes((number,))
    rest = number & 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _delimited(tag: bytes, payload: bytes) -> bytes:
    return tag + varint(len(payload)) + payload


class _PairBytes(dict[tuple[str, str], bytes]):
    """Encoded metadata pairs of one request, where most come again and again; a bounded number of them."""

    _MOST = 4096

    def __missing__(self, pair: tuple[str, str]) -> bytes:
        name, value = pair
        encoded = _delimited(b"\x0a", name.encode()) + _delimited(b"\x12", value.encode("utf-8", "replace"))
        encoded = _delimited(b"\x1a", encoded)
        if len(self) < self._MOST:
            self[pair] = encoded
        return encoded


def _encode_entry(entry: Entry, pairs: _PairBytes) -> bytes:
    seconds, nanos = divmod(entry.timestamp_ns, _NS)
    stamp = (b"\x08" + varint(seconds) if seconds else b"") + (b"\x10" + varint(nanos) if nanos else b"")
    line = entry.line.encode("utf-8", "replace")
    out = b"\x0a" + varint(len(stamp)) + stamp + b"\x12" + varint(len(line)) + line
    if entry.metadata:
        out += b"".join([pairs[pair] for pair in sorted(entry.metadata.items())])
    return out


def encode_push(streams: Sequence[Stream]) -> bytes:
    """``logproto.PushRequest`` as uncompressed protobuf; senders then call `compress_block`."""
    out: list[bytes] = []
    pairs = _PairBytes()
    for stream in streams:
        body = [_delimited(b"\x0a", labels_text(stream.labels).encode())]
        body += [_delimited(b"\x12", _encode_entry(entry, pairs)) for entry in stream.entries]
        out.append(_delimited(b"\x0a", b"".join(body)))
    return b"".join(out)


def compress_block(payload: bytes) -> bytes:
    """Snappy's block format, which Loki expects around protobuf (not the framed format)."""
    import cramjam

    return bytes(cramjam.snappy.compress_raw(payload))


class PushTooLarge(PushUnreadable):
    """The body would unpack to more than the reader allows."""


def unpacked_size(body: bytes, max_size_bytes: int) -> int:
    """The length that a snappy block announces, checked before memory is taken. Raises PushUnreadable, PushTooLarge."""
    import cramjam

    try:
        size = int(cramjam.snappy.decompress_raw_len(body))
    except Exception as failure:
        raise PushUnreadable("snappy: corrupt input") from failure
    if size > max_size_bytes:
        raise PushTooLarge(f"message size too large than max ({size} vs {max_size_bytes})")
    return size


def decompress_block(body: bytes, max_size_bytes: int) -> bytes:
    """Undo `compress_block`. Raises PushUnreadable, PushTooLarge."""
    import cramjam

    unpacked_size(body, max_size_bytes)
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except Exception as failure:
        raise PushUnreadable("snappy: corrupt input") from failure


def read_varint(buffer: Octets, at: int, end: int) -> tuple[int, int]:
    """The unsigned number that starts at ``at`` and the position behind it."""
    number = shift = 0
    while at < end:
        byte = buffer[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 63:
            break
    raise PushUnreadable("unexpected EOF" if at >= end else "proto: integer overflow")


def fields(buffer: Octets, at: int, end: int) -> list[tuple[int, int, int, int]]:
    """The fields of one message: (number, wire type, start, end); a varint's value sits in start, its end is 0."""
    found: list[tuple[int, int, int, int]] = []
    while at < end:
        key = buffer[at]
        if key < 0x80:  # as nearly always: a call would cost as much as all the rest
            at += 1
        else:
            key, at = read_varint(buffer, at, end)
        number, wire_type = key >> 3, key & 7
        if number == 0:
            raise PushUnreadable("proto: illegal tag 0")
        if wire_type == 0:
            value, at = read_varint(buffer, at, end)
            found.append((number, 0, value, 0))
            continue
        if wire_type == 2:
            if at < end and buffer[at] < 0x80:
                size = buffer[at]
                at += 1
            else:
                size, at = read_varint(buffer, at, end)
        elif wire_type in (1, 5):
            size = 8 if wire_type == 1 else 4
        else:
            raise PushUnreadable(f"proto: illegal wireType {wire_type}")
        if at + size > end:
            raise PushUnreadable("unexpected EOF")
        found.append((number, wire_type, at, at + size))
        at += size
    return found


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def read_timestamp(buffer: Octets, at: int, end: int) -> int:
    """A protobuf Timestamp as nanoseconds since the epoch."""
    total = 0
    for number, wire_type, start, _ in fields(buffer, at, end):
        if wire_type == 0 and number == 1:
            total += _signed(start) * _NS
        elif wire_type == 0 and number == 2:
            total += _signed(start)
    return total


def read_pair(buffer: Octets, at: int, end: int) -> tuple[str, str]:
    """One ``LabelPairAdapter``: name and value; bytes that are no UTF-8 become U+FFFD."""
    name = value = ""
    for number, wire_type, start, stop in fields(buffer, at, end):
        if wire_type == 2 and number == 1:
            name = str(buffer[start:stop], "utf-8", "replace")
        elif wire_type == 2 and number == 2:
            value = str(buffer[start:stop], "utf-8", "replace")
    return name, value


def _decode_entry(buffer: bytes, at: int, end: int) -> Entry:
    timestamp_ns, line, metadata = 0, "", {}
    for number, wire_type, start, stop in fields(buffer, at, end):
        if wire_type != 2:
            continue
        if number == 1:
            timestamp_ns = read_timestamp(buffer, start, stop)
        elif number == 2:
            line = buffer[start:stop].decode("utf-8", "replace")
        elif number == 3:
            name, value = read_pair(buffer, start, stop)
            metadata[name] = value
    return Entry(timestamp_ns, line, metadata)


def decode_push(body: bytes) -> list[Stream]:
    """The streams of an uncompressed protobuf request, in the order sent. Raises PushUnreadable or LabelsUnreadable."""
    streams: list[Stream] = []
    for number, wire_type, start, stop in fields(body, 0, len(body)):
        if number != 1 or wire_type != 2:
            continue
        labels: dict[str, str] = {}
        entries: list[Entry] = []
        for inner, kind, begin, finish in fields(body, start, stop):
            if inner == 1 and kind == 2:
                labels = dict(parse_labels(body[begin:finish].decode("utf-8", "replace")))
            elif inner == 2 and kind == 2:
                entries.append(_decode_entry(body, begin, finish))
        streams.append(Stream(labels, entries))
    return streams


def encode_push_json(streams: Sequence[Stream]) -> bytes:
    """The JSON form: timestamps are strings of nanoseconds, metadata an optional third member."""

    def value(entry: Entry) -> list[Any]:
        pair: list[Any] = [str(entry.timestamp_ns), entry.line]
        return [*pair, dict(entry.metadata)] if entry.metadata else pair

    document = {"streams": [{"stream": dict(s.labels), "values": [value(e) for e in s.entries]} for s in streams]}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _json_entry(value: Any) -> Entry:
    if not isinstance(value, list) or len(value) < 2 or not isinstance(value[1], str):
        raise PushUnreadable('cannot read a value: expected ["<nanoseconds>", "<line>", {metadata}]')
    stamp = value[0]
    if not isinstance(stamp, str) or not stamp.lstrip("-").isdecimal():
        raise PushUnreadable(f"cannot read a timestamp: {stamp!r} is no string of nanoseconds")
    metadata = value[2] if len(value) > 2 else {}
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise PushUnreadable("cannot read structured metadata: expected an object of strings")
    return Entry(int(stamp), value[1], metadata)


_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)")


def _old_stream(stream: Mapping[str, Any]) -> Stream:
    """A stream in the form from before Loki 1.0, which some libraries still send: labels as text, times as RFC 3339."""
    entries = stream.get("entries", [])
    if not isinstance(entries, list):
        raise PushUnreadable('cannot read a stream: expected {"labels": "{…}", "entries": […]}')
    return Stream(dict(parse_labels(stream["labels"])), [_old_entry(entry) for entry in entries])


def _old_entry(entry: Any) -> Entry:
    stamp, line = (entry.get("ts", entry.get("timestamp")), entry.get("line")) if isinstance(entry, dict) else (None, None)
    found = _RFC3339.fullmatch(stamp) if isinstance(stamp, str) else None
    if found is None or not isinstance(line, str):
        raise PushUnreadable('cannot read an entry: expected {"ts": "2026-11-21T10:00:00.5Z", "line": "…"}')
    moment, fraction, zone = found.groups()
    try:
        seconds = datetime.fromisoformat(moment.upper().replace(" ", "T") + ("+00:00" if zone in "Zz" else zone)).timestamp()
    except (ValueError, OverflowError) as failure:
        raise PushUnreadable(f"cannot read a timestamp: {stamp!r} is no time") from failure
    return Entry(int(seconds) * _NS + int((fraction or "").ljust(9, "0") or 0), line)


def decode_push_json(body: bytes) -> list[Stream]:
    """The streams of a JSON request, in the order sent. Raises PushUnreadable."""
    try:
        document = json.loads(body)
    except ValueError as failure:
        raise PushUnreadable(f"cannot read the JSON: {failure}") from failure
    return streams_of_json(document)


def streams_of_json(document: Any) -> list[Stream]:
    """The streams of a JSON request that a parser has read. Raises PushUnreadable."""
    streams = document.get("streams") if isinstance(document, dict) else None
    if not isinstance(streams, list):
        raise PushUnreadable('cannot read the JSON: expected an object with a list "streams"')
    decoded: list[Stream] = []
    for stream in streams:
        if isinstance(stream, dict) and isinstance(stream.get("labels"), str):
            decoded.append(_old_stream(stream))
            continue
        labels = stream.get("stream", {}) if isinstance(stream, dict) else None
        values = stream.get("values", []) if isinstance(stream, dict) else None
        if not isinstance(labels, dict) or not isinstance(values, list):
            raise PushUnreadable('cannot read a stream: expected {"stream": {…}, "values": […]}')
        if not all(isinstance(v, str) for v in labels.values()):
            raise PushUnreadable("cannot read a stream: label values must be strings")
        decoded.append(Stream(labels, [_json_entry(value) for value in values]))
    return decoded
