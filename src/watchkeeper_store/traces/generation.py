"""Spans in memory, growing: columns of numbers, one dictionary of values, and the requests they came in.

One thread adds; any thread may take a snapshot, which copies what it needs and sees exactly the requests added before.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cramjam
import numpy as np
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from watchkeeper_store.traces.columns import MIXER, EncodedSpan, Key, Rows, SpanColumns, Value, Values, digest_of
from watchkeeper_store.traces.encoded import encoded_spans

EVENT_NAME, EVENT_AGE = ":name", ":timeSinceStart"
LINK_TRACE, LINK_SPAN = ":traceID", ":spanID"
SCOPE_NAME, SCOPE_VERSION = ":name", ":version"
SCOPES = ("span", "resource", "event", "link", "instrumentation")
_SIXTEEN, _EIGHT = 16, 8
_FIXED = {
    "trace": "Q",
    "span": "Q",
    "parent": "Q",
    "start_ns": "q",
    "duration_ns": "q",
    "kind": "b",
    "status": "b",
} | dict.fromkeys(("name", "service", "message", "request"), "i")


@dataclass(frozen=True, slots=True)
class Added:
    """What one request added: the row of its first span, and the trace's id of each."""

    first: int
    trace_ids: Sequence[bytes]


class Generation:
    """All spans of one tenant since the last was frozen."""

    def __init__(self) -> None:
        self._fixed: dict[str, array[Any]] = {name: array(code) for name, code in _FIXED.items()}
        self._keys: list[Key] = []
        self._keys_of: dict[str, dict[str, int]] = {scope: {} for scope in SCOPES}
        self._codes: dict[object, int] = {}
        self._dictionary: list[Value] = []
        # All attributes in one table: which span, which key, which value.
        self._pairs = {name: array("i") for name in ("row", "key", "code")}
        self._requests: list[bytes] = []
        self._lock = threading.Lock()
        self.size_bytes = 0
        """Roughly what it holds in memory."""
        self.oldest_ns = 2**63 - 1
        self.newest_ns = 0

    def __len__(self) -> int:
        return len(self._fixed["trace"])

    def add(self, request: ExportTraceServiceRequest, payload: bytes) -> Added:
        """Take one request; ``payload`` is the same as protobuf bytes. A snapshot sees all of it or nothing."""
        scopes = [(resource, scope) for resource in request.resource_spans for scope in resource.scope_spans]
        spans = [span for _, scope in scopes for span in scope.spans]
        trace_ids = [span.trace_id for span in spans]
        with self._lock:
            first = len(self)
            self._requests.append(bytes(cramjam.lz4.compress_block(payload)))
            self._add_fixed(spans, trace_ids)
            self._add_pairs("span", first + np.arange(len(spans), dtype=np.int32), [span.attributes for span in spans])
            for row, span in enumerate(spans, first):
                if span.events or span.links:
                    self._add_events_and_links(row, span)
            self._add_origins(scopes, first)
            self.size_bytes += len(self._requests[-1]) + 300 * len(spans)
        return Added(first, trace_ids)

    def columns_from(self, first: int) -> SpanColumns:
        """The spans from a row on; for the thread that adds."""
        return SpanColumns(**{name: np.array(column[first:]) for name, column in self._fixed.items() if name != "request"})

    def _add_fixed(self, spans: Sequence[Span], trace_ids: Sequence[bytes]) -> None:
        # Column by column: one pass over the spans for each field is twice as fast as one pass with all fields.
        fixed, code = self._fixed, self._code
        starts = np.array([span.start_time_unix_nano for span in spans], np.int64)
        ends = np.array([span.end_time_unix_nano for span in spans], np.int64)
        fixed["trace"].frombytes(digests_of(trace_ids).tobytes())
        fixed["span"].frombytes(_ids([span.span_id for span in spans]))
        fixed["parent"].frombytes(_ids([span.parent_span_id for span in spans]))
        fixed["start_ns"].frombytes(starts.tobytes())
        fixed["duration_ns"].frombytes(np.maximum(ends - starts, 0).tobytes())
        fixed["kind"].extend([span.kind for span in spans])
        statuses = [span.status for span in spans]
        fixed["status"].extend([status.code for status in statuses])
        fixed["message"].extend([code(status.message) for status in statuses])
        fixed["name"].extend([code(span.name) for span in spans])
        fixed["request"].frombytes(np.full(len(spans), len(self._requests) - 1, np.int32).tobytes())
        if len(spans):
            self.oldest_ns = min(self.oldest_ns, int(starts.min()))
            self.newest_ns = max(self.newest_ns, int(ends.max()))

    def _add_origins(self, scopes: Sequence[tuple[Any, Any]], first: int) -> None:
        """What the spans have of the resource and the scope that they came in."""
        rows: list[Rows] = []
        keys: list[int] = []
        codes: list[int] = []
        for resource_spans, scope_spans in scopes:
            here = first + np.arange(len(scope_spans.spans), dtype=np.int32)
            first += len(here)
            shared = _pairs(resource_spans.resource.attributes)
            service = next((value for name, value in shared if name == "service.name"), "unknown_service")
            self._fixed["service"].extend([self._code(str(service))] * len(here))
            scope = scope_spans.scope
            own = [(SCOPE_NAME, scope.name), (SCOPE_VERSION, scope.version), *_pairs(scope.attributes)]
            found = [(("resource", name), value) for name, value in shared]
            found += [(("instrumentation", name), value) for name, value in own if value != ""]
            rows += [here] * len(found)
            keys += [self._key(key) for key, _ in found]
            codes += [self._code(value) for _, value in found]
        if rows:
            sizes = [len(one) for one in rows]
            self._pairs["row"].frombytes(np.concatenate(rows).tobytes())
            self._pairs["key"].frombytes(np.repeat(np.array(keys, np.int32), sizes).tobytes())
            self._pairs["code"].frombytes(np.repeat(np.array(codes, np.int32), sizes).tobytes())

    def _add_pairs(self, scope: str, rows: Rows, attributes: Sequence[Sequence[KeyValue]]) -> None:
        """The attributes of each row. Text and numbers, which most values are, are told apart without asking what they are."""
        pairs = [pair for of_one in attributes for pair in of_one]
        texts = [pair.value.string_value for pair in pairs]
        names = [pair.key for pair in pairs]
        keys = list(map(self._keys_of[scope].get, names))
        codes = list(map(self._codes.get, texts))
        at = np.repeat(rows, [len(of_one) for of_one in attributes])
        absent = False
        for place in [place for place, text in enumerate(texts) if not text]:
            held = pairs[place].value
            whole = held.int_value
            values = (whole,) if whole else plain_values(held)
            absent = absent or not values
            codes[place] = self._code(values[0]) if values else -1
            for value in values[1:]:
                self._add_one((scope, names[place]), int(at[place]), value)
        if None in codes:
            codes = [self._code(text) if code is None else code for text, code in zip(texts, codes, strict=True)]
        if None in keys:
            keys = [self._key((scope, name)) if key is None else key for name, key in zip(names, keys, strict=True)]
        made = np.array([at, keys, codes], np.int32) if pairs else np.zeros((3, 0), np.int32)
        if absent:
            made = made[:, made[2] >= 0]
        for column, name in zip(made, ("row", "key", "code"), strict=True):
            self._pairs[name].frombytes(column.tobytes())

    def _add_events_and_links(self, row: int, span: Span) -> None:
        here = np.array([row], np.int32)
        for event in span.events:
            self._add_one(("event", EVENT_NAME), row, event.name)
            self._add_one(("event", EVENT_AGE), row, event.time_unix_nano - span.start_time_unix_nano)
            self._add_pairs("event", here, [event.attributes])
        for link in span.links:
            self._add_one(("link", LINK_TRACE), row, link.trace_id.hex())
            self._add_one(("link", LINK_SPAN), row, link.span_id.hex())
            self._add_pairs("link", here, [link.attributes])

    def _add_one(self, key: Key, row: int, value: Value) -> None:
        self._pairs["row"].append(row)
        self._pairs["key"].append(self._key(key))
        self._pairs["code"].append(self._code(value))

    def _key(self, key: Key) -> int:
        scope, name = key
        number = self._keys_of[scope].get(name)
        if number is None:
            number = self._keys_of[scope][name] = len(self._keys)
            self._keys.append(key)
        return number

    def _code(self, value: Value) -> int:
        # True, 1 and 1.0 are one key of a dictionary, and three values here
        code = self._codes.setdefault(value if type(value) is str else (type(value), value), len(self._dictionary))
        if code == len(self._dictionary):
            self._dictionary.append(value)
        return code

    def snapshot(self) -> Snapshot:
        """What is there now."""
        return Snapshot(self)

    def copied(self, name: str, rows: int) -> np.ndarray[Any, Any]:
        """The first ``rows`` entries of a fixed column."""
        with self._lock:
            return np.array(self._fixed[name], copy=True)[:rows]

    def column(self, key: Key, rows: int) -> tuple[Rows, Rows] | None:
        """One attribute's rows and codes, of the first ``rows`` spans."""
        number = self._keys_of[key[0]].get(key[1])
        if number is None:
            return None
        with self._lock:
            at, keys, codes = (np.array(self._pairs[name], np.int32) for name in ("row", "key", "code"))
        chosen = np.flatnonzero((keys == number) & (at < rows))
        return at[chosen], codes[chosen]

    def look_up(self, value: Value) -> int | None:
        """The code of a value that occurred."""
        return self._codes.get(value if type(value) is str else (type(value), value))

    def known_keys(self) -> list[Key]:
        """The attributes that occurred so far."""
        with self._lock:
            return list(self._keys)

    @property
    def values_seen(self) -> Sequence[Value]:
        """The dictionary; it only grows."""
        return self._dictionary

    def payload(self, number: int) -> bytes:
        """A request as protobuf bytes."""
        return bytes(cramjam.lz4.decompress_block(self._requests[number]))


class Snapshot:
    """A SpanTable over the spans that a generation held at one moment."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        with generation._lock:  # noqa: SLF001 - the two are one thing seen at two times
            self._rows = len(generation)
        self._columns: SpanColumns | None = None

    @property
    def columns(self) -> SpanColumns:
        if self._columns is None:
            copied = {name: self._generation.copied(name, self._rows) for name in _FIXED if name != "request"}
            self._columns = SpanColumns(**copied)
        return self._columns

    @property
    def dictionary(self) -> Sequence[Value]:
        return self._generation.values_seen

    def known_keys(self) -> Sequence[Key]:
        return self._generation.known_keys()

    def values(self, key: Key) -> Values | None:
        found = self._generation.column(key, self._rows)
        return None if found is None else Values(*found, self._generation.values_seen)

    def code_of(self, value: Value) -> int | None:
        return self._generation.look_up(value)

    def rows_of(self, digest: int) -> Rows:
        return np.flatnonzero(self.columns.trace == np.uint64(digest)).astype(np.int32)

    def encoded(self, rows: Rows) -> Sequence[EncodedSpan]:
        numbers = self._generation.copied("request", self._rows)
        first_of = np.flatnonzero(np.diff(numbers, prepend=-1))
        made: dict[int, EncodedSpan] = {}
        for number in np.unique(numbers[rows]).tolist():
            first = int(first_of[np.searchsorted(numbers[first_of], number)])
            wanted = [row - first for row in rows[numbers[rows] == number].tolist()]
            spans = encoded_spans(ExportTraceServiceRequest.FromString(self._generation.payload(number)), set(wanted))
            made |= {first + place: span for place, span in spans.items()}
        return [made[row] for row in rows.tolist()]


def digests_of(trace_ids: Sequence[bytes]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """``digest_of`` for many."""
    if all(map(_SIXTEEN.__eq__, map(len, trace_ids))):
        halves = np.frombuffer(b"".join(trace_ids), ">u8").astype(np.uint64)
        return halves[::2] * np.uint64(MIXER) ^ halves[1::2]
    return np.array([digest_of(trace_id) for trace_id in trace_ids], np.uint64)


def _ids(span_ids: Sequence[bytes]) -> bytes:
    """Ids as native 64-bit numbers; an absent one is 0."""
    return (
        np.frombuffer(b"".join([one if len(one) == _EIGHT else one[-8:].rjust(8, b"\0") for one in span_ids]), ">u8")
        .astype(np.uint64)
        .tobytes()
    )


def _pairs(attributes: Iterable[KeyValue]) -> list[tuple[str, Value]]:
    return [(pair.key, value) for pair in attributes for value in plain_values(pair.value)]


def plain_values(held: AnyValue) -> tuple[Value, ...]:
    """What can be compared: a plain value, each of an array, nothing of a map or of bytes."""
    kind = held.WhichOneof("value")
    if kind in {"string_value", "bool_value", "int_value", "double_value"}:
        return (getattr(held, kind),)
    if kind == "array_value":
        return tuple(value for one in held.array_value.values for value in plain_values(one))
    return ()
