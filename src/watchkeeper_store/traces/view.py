"""Traces put together from columns: spans with their family, and their attributes looked up when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from watchkeeper_store.traceql.tree import Attribute, Intrinsic
from watchkeeper_store.traces.columns import Key, Mask, Rows, SpanTable, Value, trace_id_of
from watchkeeper_store.traces.plain import (
    EVENT_AGE,
    EVENT_NAME,
    LINK_SPAN,
    LINK_TRACE,
    SCOPE_NAME,
    SCOPE_VERSION,
    SCOPES,
)


class Status(int):
    """OTLP's status code; not comparable with plain numbers."""


class SpanKind(int):
    """OTLP's kind of a span; not comparable with plain numbers."""


Found: TypeAlias = tuple[Value, ...]
"""All values under one name: several where a span has several events or an array; none where it has none."""
Place: TypeAlias = tuple[int, int]
"""(number of the table, row)."""


class Lookup:
    """Attributes of the spans that were read together."""

    def __init__(self, tables: Sequence[SpanTable], rows: Sequence[Rows]) -> None:
        self._tables = tables
        self._rows = rows
        self._held: dict[tuple[int, Key], dict[int, Found]] = {}

    def attribute(self, place: Place, key: Key) -> Found:
        """The values that the span at a place has under a key."""
        number, row = place
        held = self._held.get((number, key))
        if held is None:
            held = self._held[number, key] = self._read(number, key)
        return held.get(row, ())

    def message(self, place: Place) -> str:
        """The message of the span's status."""
        table = self._tables[place[0]]
        return str(table.dictionary[table.columns.message[place[1]]])

    def _read(self, number: int, key: Key) -> dict[int, Found]:
        values, rows = self._tables[number].values(key), self._rows[number]
        if values is None:
            return {}
        begins, ends = np.searchsorted(values.rows, rows, "left"), np.searchsorted(values.rows, rows, "right")
        held = np.flatnonzero(ends > begins)
        return {
            row: tuple(values.dictionary[code] for code in values.codes[begin:end].tolist())
            for row, begin, end in zip(rows[held].tolist(), begins[held].tolist(), ends[held].tolist(), strict=True)
        }


@dataclass(eq=False, slots=True)
class SpanView:
    """One span. ``marks`` tells which of the conditions that were decided on columns before it satisfies."""

    place: Place
    span_id: int
    parent_id: int
    start_ns: int
    duration_ns: int
    kind: int
    status: int
    name: str
    service: str
    lookup: Lookup
    marks: tuple[bool, ...]
    parent: SpanView | None = None

    def attribute(self, scope: str, name: str) -> Found:
        """The values of an attribute in one scope."""
        return self.lookup.attribute(self.place, (scope, name))


@dataclass(eq=False, slots=True)
class TraceView:
    """The spans of one trace that are stored, earliest first."""

    trace_id: bytes
    spans: list[SpanView]
    _children: dict[SpanView, list[SpanView]] | None = None

    def children(self, span: SpanView) -> list[SpanView]:
        """The spans that it called. Spans know only their parents: a circle would keep whole tables in memory for a while."""
        if self._children is None:
            self._children = {}
            for one in self.spans:
                if one.parent is not None:
                    self._children.setdefault(one.parent, []).append(one)
        return self._children.get(span, [])

    @property
    def root(self) -> SpanView | None:
        """The span without a parent; None if it has not arrived."""
        return next((one for one in self.spans if not one.parent_id), None)

    @property
    def start_ns(self) -> int:
        """When the first span began."""
        return self.spans[0].start_ns

    @property
    def duration_ns(self) -> int:
        """From the first start to the last end."""
        return max(one.start_ns + one.duration_ns for one in self.spans) - self.start_ns


def read_traces(
    tables: Sequence[SpanTable], digests: NDArray[np.uint64], marks: Sequence[Sequence[Mask]] = ()
) -> dict[int, list[TraceView]]:
    """Digest → the traces with it, whole. ``marks`` holds, for each condition, which spans of each table satisfy it.

    Spans that arrived twice count once.
    """
    wanted = np.sort(digests)
    rows = [np.sort(table.rows_of(wanted)) for table in tables]
    lookup = Lookup(tables, rows)
    by_trace: dict[tuple[int, int], dict[object, SpanView]] = {}
    for number, table in enumerate(tables):
        if len(rows[number]):
            _add_spans(by_trace, (number, table), rows[number], lookup, [one[number] for one in marks])
    made: dict[int, list[TraceView]] = {}
    for (digest, low), members in by_trace.items():
        made.setdefault(digest, []).append(TraceView(trace_id_of(digest, low), _related(members)))
    return made


_PLAIN = ("trace", "trace_low", "span", "parent", "start_ns", "duration_ns", "kind", "status")


def _add_spans(
    by_trace: dict[tuple[int, int], dict[object, SpanView]],
    numbered: tuple[int, SpanTable],
    rows: Rows,
    lookup: Lookup,
    marks: Sequence[Mask],
) -> None:
    number, table = numbered
    columns = table.columns
    plain = [columns.of(name)[rows].tolist() for name in _PLAIN]
    texts = [[str(table.dictionary[code]) for code in column[rows].tolist()] for column in (columns.name, columns.service)]
    marked = list(zip(*(mask[rows].tolist() for mask in marks), strict=True)) if marks else [()] * len(rows)
    for row, digest, low, span, parent, *more, mark in zip(rows.tolist(), *plain, *texts, marked, strict=True):
        members = by_trace.setdefault((digest, low), {})
        # Ids that are missing must not make one span of many.
        key = span or (number, row)
        if key not in members:
            start, duration, kind, status, name, service = more
            members[key] = SpanView((number, row), span, parent, start, duration, kind, status, name, service, lookup, mark)


def _related(members: Mapping[object, SpanView]) -> list[SpanView]:
    for one in members.values():
        parent = members.get(one.parent_id) if one.parent_id else None
        if parent is not None and parent is not one:
            one.parent = parent
    return sorted(members.values(), key=lambda one: one.start_ns)


def values_of(wanted: Attribute | Intrinsic, one: SpanView, trace: TraceView) -> Found:
    """What a span holds there."""
    if isinstance(wanted, Intrinsic):
        return _intrinsic(wanted.name, one, trace)
    if wanted.of_parent:
        if one.parent is None:
            return ()
        one = one.parent
    if wanted.scope:
        return one.attribute(wanted.scope, wanted.name)
    return next((found for scope in SCOPES if (found := one.attribute(scope, wanted.name))), ())


def _intrinsic(name: str, one: SpanView, trace: TraceView) -> Found:
    if name in AS_ATTRIBUTE:
        return one.attribute(*AS_ATTRIBUTE[name])
    read = _OF_SPAN.get(name)
    return read(one) if read is not None else _of_trace(name, one, trace)


AS_ATTRIBUTE: Mapping[str, Key] = {
    "event:name": ("event", EVENT_NAME),
    "event:timeSinceStart": ("event", EVENT_AGE),
    "link:traceID": ("link", LINK_TRACE),
    "link:spanID": ("link", LINK_SPAN),
    "instrumentation:name": ("instrumentation", SCOPE_NAME),
    "instrumentation:version": ("instrumentation", SCOPE_VERSION),
}
"""Intrinsics that columns hold like attributes."""


def id_text(span_id: int) -> str:
    """The id of a span as it is written."""
    return f"{span_id:016x}"


def _parent_id(one: SpanView) -> Found:
    return (id_text(one.parent_id),) if one.parent_id else ()


_OF_SPAN: Mapping[str, Callable[[SpanView], Found]] = {
    "span:duration": lambda one: (one.duration_ns,),
    "span:name": lambda one: (one.name,),
    "span:status": lambda one: (Status(one.status),),
    "span:statusMessage": lambda one: (one.lookup.message(one.place),),
    "span:kind": lambda one: (SpanKind(one.kind),),
    "span:id": lambda one: (id_text(one.span_id),),
    "span:parentID": _parent_id,
    "parent": _parent_id,
}


def _of_trace(name: str, one: SpanView, trace: TraceView) -> Found:
    if name == "trace:duration":
        return (trace.duration_ns,)
    if name == "span:childCount":
        return (len(trace.children(one)),)
    if name == "trace:id":
        return (trace.trace_id.hex(),)
    if name in {"trace:rootName", "trace:rootService"}:
        root = trace.root
        return () if root is None else (root.name if name == "trace:rootName" else root.service,)
    return (nested_set(trace)[one][("nestedSetLeft", "nestedSetRight", "nestedSetParent").index(name)],)


def nested_set(trace: TraceView) -> Mapping[SpanView, tuple[int, int, int]]:
    """(left, right, left of the parent or -1) of each span, counted in a walk from the roots; from 1."""
    numbered: dict[SpanView, tuple[int, int, int]] = {}
    count = 1
    for root in (one for one in trace.spans if one.parent is None):
        stack: list[tuple[SpanView, Sequence[SpanView], int]] = [(root, trace.children(root), -1)]
        lefts = {root: count}
        count += 1
        while stack:
            one, left_children, above = stack.pop()
            if left_children:
                child = left_children[0]
                stack.append((one, left_children[1:], above))
                lefts[child] = count
                stack.append((child, trace.children(child), lefts[one]))
            else:
                numbered[one] = (lefts[one], count, above)
            count += 1
    return numbered
