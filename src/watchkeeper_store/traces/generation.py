"""Spans in memory, growing: columns of numbers, one dictionary of values, and the requests they came in.

One thread adds; any thread may take a snapshot, which copies what it needs and sees exactly the requests added before.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cramjam
import numpy as np
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from watchkeeper_store.traces import shallow
from watchkeeper_store.traces.columns import MIXER, EncodedSpan, Key, Rows, SpanColumns, Value, Values
from watchkeeper_store.traces.encoded import encoded_spans
from watchkeeper_store.traces.origins import OF_ORIGINS, Origins
from watchkeeper_store.traces.plain import EVENT_AGE, EVENT_NAME, LINK_SPAN, LINK_TRACE, SCOPES, plain_values
from watchkeeper_store.traces.runs import Pairs, TraceIndex
from watchkeeper_store.traces.shallow import spans_of

_EIGHT = 8
_LAST_KIND, _LAST_STATUS = 5, 2
_LATEST_NS = 2**63 - 1
_MOST_KNOWN, _LONGEST_KNOWN = 50_000, 256
"""How many encoded values are remembered, and of how many bytes, so that memory stays bounded; what repeats is short."""
_FIXED = {
    "trace": "Q",
    "trace_low": "Q",
    "span": "Q",
    "parent": "Q",
    "start_ns": "q",
    "duration_ns": "q",
    "kind": "b",
    "status": "b",
} | dict.fromkeys(("name", "message", "origin"), "i")


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
        self._origins = Origins(self._key, self._code)
        self._pairs = Pairs()
        self._traces = TraceIndex()
        self._known_pairs: dict[bytes, int] = {}
        self._known_statuses: dict[bytes, tuple[int, int]] = {}
        self._known_names: dict[bytes, int] = {}
        self._requests: list[bytes] = []
        self._first_rows: list[int] = []
        self._lock = threading.Lock()
        self._last: Snapshot | None = None
        self.size_bytes = 0
        """Roughly what it holds in memory."""
        self.oldest_ns = 2**63 - 1
        self.newest_ns = 0

    def __len__(self) -> int:
        return len(self._fixed["trace"])

    def add(self, request: Any, payload: bytes) -> Added:
        """Take one ``shallow.Request``; ``payload`` is the same as bytes. A snapshot sees all of it or nothing."""
        spans = spans_of(request)
        trace_ids = [span.trace_id for span in spans]
        with self._lock:
            self._last = None
            first = len(self)
            self._requests.append(bytes(cramjam.lz4.compress_block(payload)))
            self._first_rows.append(first)
            self._add_fixed(spans, trace_ids)
            self._fixed["origin"].frombytes(self._origins.of(request).tobytes())
            self._add_attributes(first, [span.attributes for span in spans])
            for row, span in enumerate(spans, first):
                if span.events or span.links:
                    self._add_events_and_links(row, span)
            self.size_bytes += len(self._requests[-1]) + 240 * len(spans)
        return Added(first, trace_ids)

    def columns_from(self, first: int) -> SpanColumns:
        """The spans from a row on; for the thread that adds."""
        return SpanColumns(len(self) - first, lambda name: self._column(name, slice(first, None)))

    def _column(self, name: str, part: slice) -> np.ndarray[Any, Any]:
        if name == "service":
            services: Rows = self._origins.services()[np.array(self._fixed["origin"][part])]
            return services
        return np.array(self._fixed[name][part])

    def _add_fixed(self, spans: Sequence[shallow.Span], trace_ids: Sequence[bytes]) -> None:
        # Column by column: one pass over the spans for each field is twice as fast as one pass with all fields.
        fixed = self._fixed
        starts = _times_ns([span.start_time_unix_nano for span in spans])
        ends = _times_ns([span.end_time_unix_nano for span in spans])
        halves = np.frombuffer(b"".join(trace_ids), ">u8").astype(np.uint64)
        fixed["trace"].frombytes((halves[::2] * np.uint64(MIXER) ^ halves[1::2]).tobytes())
        fixed["trace_low"].frombytes(halves[1::2].tobytes())
        fixed["span"].frombytes(_ids([span.span_id for span in spans]))
        fixed["parent"].frombytes(_ids([span.parent_span_id for span in spans]))
        fixed["start_ns"].frombytes(starts.tobytes())
        fixed["duration_ns"].frombytes(np.maximum(ends - starts, 0).tobytes())
        fixed["kind"].extend([kind if 0 <= kind <= _LAST_KIND else 0 for kind in [span.kind for span in spans]])
        statuses = list(map(self._status, [span.status for span in spans]))
        fixed["status"].extend([code for code, _ in statuses])
        fixed["message"].extend([message for _, message in statuses])
        fixed["name"].extend(list(map(self._name, [span.name for span in spans])))
        if len(spans):
            self.oldest_ns = min(self.oldest_ns, int(starts.min()))
            self.newest_ns = max(self.newest_ns, int(ends.max()))

    def _add_attributes(self, first: int, attributes: Sequence[Sequence[bytes]]) -> None:
        """The attributes of spans from a row on. Most were seen before, encoded alike."""
        encoded = [pair for of_one in attributes for pair in of_one]
        if not encoded:
            return
        known = self._known_pairs
        if len(known) > _MOST_KNOWN:
            known.clear()
        packed = list(map(known.get, encoded))
        rows = first + np.repeat(np.arange(len(attributes), dtype=np.int32), [len(of_one) for of_one in attributes])
        more: list[tuple[int, int, int]] = []
        if None in packed:
            for place in [place for place, one in enumerate(packed) if one is None]:
                again = known.get(encoded[place])
                packed[place], others = self._pair(encoded[place]) if again is None else (again, ())
                more += [(int(rows[place]), key, code) for key, code in others]
        pairs = np.array(packed, np.int64)
        there = pairs >= 0
        made = np.array([rows, pairs >> 32, pairs & 0xFFFFFFFF], np.int32)
        self._pairs.add(made if there.all() else made[:, there])
        for row, key, code in more:
            self._pairs.add_one(row, key, code)

    def _pair(self, encoded: bytes) -> tuple[int, Sequence[tuple[int, int]]]:
        """(key and code of the first value in one number, -1 if there is none; key and code of its further values)."""
        pair = KeyValue.FromString(encoded)
        key = self._key(("span", pair.key))
        codes = [self._code(value) for value in plain_values(pair.value)]
        packed = key << 32 | codes[0] if codes else -1
        if len(codes) < 2 and len(encoded) <= _LONGEST_KNOWN:
            self._known_pairs[encoded] = packed
        return packed, [(key, code) for code in codes[1:]]

    def _status(self, encoded: bytes) -> tuple[int, int]:
        """(status code, code of its message)."""
        known = self._known_statuses.get(encoded)
        if known is None:
            status = Status.FromString(encoded)
            known = status.code if 0 <= status.code <= _LAST_STATUS else 0, self._code(status.message)
            if len(self._known_statuses) < _MOST_KNOWN and len(encoded) <= _LONGEST_KNOWN:
                self._known_statuses[encoded] = known
        return known

    def _name(self, encoded: bytes) -> int:
        code = self._known_names.get(encoded)
        if code is None:
            code = self._code(encoded.decode())
            if len(self._known_names) < _MOST_KNOWN and len(encoded) <= _LONGEST_KNOWN:
                self._known_names[encoded] = code
        return code

    def _add_events_and_links(self, row: int, span: shallow.Span) -> None:
        for encoded in span.events:
            event = Span.Event.FromString(encoded)
            self._add_one(("event", EVENT_NAME), row, event.name)
            self._add_one(("event", EVENT_AGE), row, event.time_unix_nano - span.start_time_unix_nano)
            self._add_each("event", row, event.attributes)
        for encoded in span.links:
            link = Span.Link.FromString(encoded)
            self._add_one(("link", LINK_TRACE), row, link.trace_id.hex())
            self._add_one(("link", LINK_SPAN), row, link.span_id.hex())
            self._add_each("link", row, link.attributes)

    def _add_each(self, scope: str, row: int, attributes: Sequence[KeyValue]) -> None:
        for pair in attributes:
            for value in plain_values(pair.value):
                self._add_one((scope, pair.key), row, value)

    def _add_one(self, key: Key, row: int, value: Value) -> None:
        self._pairs.add_one(row, self._key(key), self._code(value))

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
            self.size_bytes += len(value) if type(value) is str else 0
        return code

    def snapshot(self) -> Snapshot:
        """What is there now; the same as before, with all that was read from it, where nothing was added."""
        with self._lock:
            if self._last is None:
                self._last = Snapshot(self, len(self))
            return self._last

    def forget_snapshot(self) -> None:
        """Let go of the last snapshot: the two refer to each other, and would wait for the collector together."""
        with self._lock:
            self._last = None

    def fixed(self, name: str, rows: int) -> np.ndarray[Any, Any]:
        """The first ``rows`` entries of a column that every span has."""
        with self._lock:
            return self._column(name, slice(rows))

    def column(self, key: Key, rows: int) -> tuple[Rows, Rows] | None:
        """One attribute's rows and codes, of the first ``rows`` spans."""
        number = self._keys_of[key[0]].get(key[1])
        if number is None:
            return None
        if key[0] in OF_ORIGINS:
            origin = self.fixed("origin", rows)
            with self._lock:
                return self._origins.expanded(number, origin)
        with self._lock:
            at, codes = self._pairs.of(number)
        end = int(np.searchsorted(at, rows))
        return at[:end], codes[:end]

    def rows_of(self, digests: np.ndarray[Any, np.dtype[np.uint64]], rows: int) -> Rows:
        """Which of the first ``rows`` spans belong to these traces (ascending)."""
        with self._lock:
            self._traces.extend(lambda begin: np.array(self._fixed["trace"][begin:]), len(self))
            found = self._traces.rows_of(digests)
        return found[found < rows]

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

    def requests_of(self, rows: Rows) -> Iterator[tuple[int, bytes, Rows]]:
        """(the row of its first span, its protobuf bytes, those of ``rows`` in it) of each request that holds any of them."""
        with self._lock:
            firsts = np.array(self._first_rows)
        numbers = np.searchsorted(firsts, rows, "right") - 1
        for number in np.unique(numbers).tolist():
            payload = bytes(cramjam.lz4.decompress_block(self._requests[number]))
            yield int(firsts[number]), payload, rows[numbers == number]


class Snapshot:
    """A SpanTable over the spans that a generation held at one moment."""

    def __init__(self, generation: Generation, rows: int) -> None:
        self._generation = generation
        self._rows = rows
        self._values: dict[Key, Values | None] = {}
        # Nothing here refers back to the snapshot: what a query read goes with it, and does not wait for the collector.
        self.columns = SpanColumns(rows, lambda name: generation.fixed(name, rows))

    @property
    def dictionary(self) -> Sequence[Value]:
        return self._generation.values_seen

    def known_keys(self) -> Sequence[Key]:
        return self._generation.known_keys()

    def values(self, key: Key) -> Values | None:
        if key not in self._values:
            found = self._generation.column(key, self._rows)
            self._values[key] = None if found is None else Values(*found, self.dictionary, self._generation.look_up)
        return self._values[key]

    def code_of(self, text: str) -> int | None:
        return self._generation.look_up(text)

    def rows_of(self, digests: np.ndarray[Any, np.dtype[np.uint64]]) -> Rows:
        return self._generation.rows_of(digests, self._rows)

    def encoded(self, rows: Rows) -> Sequence[EncodedSpan]:
        made: dict[int, EncodedSpan] = {}
        for first, payload, members in self._generation.requests_of(rows):
            wanted = {row - first for row in members.tolist()}
            spans = encoded_spans(payload, wanted)
            made |= {first + place: span for place, span in spans.items()}
        return [made[row] for row in rows.tolist()]


def _times_ns(times: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Times as sent, which may be any 64-bit number; what is too late for a signed one is as late as can be."""
    return np.minimum(np.array(times, np.uint64), np.uint64(_LATEST_NS)).astype(np.int64)


def _ids(span_ids: Sequence[bytes]) -> bytes:
    """Ids as native 64-bit numbers; an absent one is 0."""
    return (
        np.frombuffer(b"".join([one if len(one) == _EIGHT else one[-8:].rjust(8, b"\0") for one in span_ids]), ">u8")
        .astype(np.uint64)
        .tobytes()
    )
