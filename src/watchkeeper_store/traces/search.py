"""Finding traces: columns narrow down what could match, newest first, and what they cannot decide is decided trace by trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from watchkeeper_store.traceql.tree import Filter, Pipeline, Relation, Stage
from watchkeeper_store.traces.columns import EncodedSpan, Mask, Rows, SpanTable, digest_of
from watchkeeper_store.traces.conditions import decide
from watchkeeper_store.traces.encoded import put_together
from watchkeeper_store.traces.exact import SpanSet, span_sets
from watchkeeper_store.traces.view import SpanView, TraceView, traces_from

_BATCH, _LARGEST_BATCH = 64, 1024
Check = Callable[[], None]
"""Called between steps; raises where the query is to end (time, cancellation)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Spans that overlap this time count, in ns, both ends included."""

    start_ns: int = 0
    end_ns: int = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FoundTrace:
    """A trace that matches, and the sets of its spans that do."""

    trace: TraceView
    sets: tuple[SpanSet, ...]


def trace_data_by_id(tables: Sequence[SpanTable], trace_id: bytes) -> TracesData | None:
    """All stored spans of a trace as they came, each once; None if there are none."""
    digest = digest_of(trace_id)
    found: dict[bytes, EncodedSpan] = {}
    for table in tables:
        rows = table.rows_of(digest)
        for one in table.encoded(rows) if len(rows) else ():
            span = Span.FromString(one.span)
            if span.trace_id == trace_id:
                found.setdefault(span.span_id, one)
    return put_together(found.values()) if found else None


def trace_by_id(tables: Sequence[SpanTable], trace_id: bytes) -> TraceView | None:
    """All stored spans of a trace with their family; None if there are none."""
    spans = []
    for number, table in enumerate(tables):
        rows = table.rows_of(digest_of(trace_id))
        spans += [((number, row), one) for row, one in zip(rows.tolist(), table.encoded(rows), strict=True)]
    return next((one for one in traces_from(spans) if one.trace_id == trace_id), None)


def search(
    tables: Sequence[SpanTable], query: Pipeline, window: Window, limit: int, check: Check = lambda: None
) -> Iterator[FoundTrace]:
    """Matching traces, those with the newest spans first, at most ``limit``."""
    left = limit
    for trace in candidates(tables, query, window, check):
        sets = tuple(one for one in span_sets(query.stages, trace) if any(_is_within(span, window) for span in one.spans))
        if sets:
            yield FoundTrace(trace, sets)
            left -= 1
            if not left:
                return


def candidates(
    tables: Sequence[SpanTable], query: Pipeline, window: Window, check: Check = lambda: None
) -> Iterator[TraceView]:
    """Whole traces that could match, newest first; at least those that do."""
    digests, newest = _digests(tables, query, window, check)
    order = np.argsort(-newest, kind="stable")
    index = _index(tables)
    size = _BATCH
    at = 0
    while at < len(order):
        check()
        chosen = digests[order[at : at + size]]
        at, size = at + size, min(size * 4, _LARGEST_BATCH)
        by_digest: dict[int, TraceView] = {}
        for trace in read_traces(tables, chosen, index):
            by_digest[digest_of(trace.trace_id)] = trace
        for digest in chosen.tolist():
            if digest in by_digest:
                yield by_digest[digest]


def _index(tables: Sequence[SpanTable]) -> list[Rows]:
    return [np.argsort(table.columns.trace, kind="stable").astype(np.int32) for table in tables]


def read_traces(
    tables: Sequence[SpanTable], digests: np.ndarray[tuple[int], np.dtype[np.uint64]], index: Sequence[Rows]
) -> list[TraceView]:
    """The traces with these digests, whole."""
    spans = []
    wanted = np.sort(digests)
    for number, (table, order) in enumerate(zip(tables, index, strict=True)):
        ordered = table.columns.trace[order]
        left, right = np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")
        rows = [order[begin:end] for begin, end in zip(left.tolist(), right.tolist(), strict=True) if end > begin]
        if rows:
            chosen = np.sort(np.concatenate(rows))
            spans += [((number, row), one) for row, one in zip(chosen.tolist(), table.encoded(chosen), strict=True)]
    return traces_from(spans)


def _digests(
    tables: Sequence[SpanTable], query: Pipeline, window: Window, check: Check
) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """(digest, newest start of a span that could match) of each candidate."""
    found = _may_match(query.stages[0], tables, check)
    traces, starts = [], []
    for table, mask in zip(tables, found, strict=True):
        columns = table.columns
        timely = mask & (columns.start_ns <= window.end_ns) & (columns.start_ns + columns.duration_ns >= window.start_ns)
        traces.append(columns.trace[timely])
        starts.append(columns.start_ns[timely])
    if not traces:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    together, began = np.concatenate(traces), np.concatenate(starts)
    digests, inverse = np.unique(together, return_inverse=True)
    newest = np.zeros(len(digests), np.int64)
    np.maximum.at(newest, inverse, began)
    return digests, newest


def _may_match(stage: Stage, tables: Sequence[SpanTable], check: Check) -> list[Mask]:
    """Per table the spans that a stage may keep; of relations, in traces where both sides may have spans."""
    if isinstance(stage, Filter):
        masks = []
        for table in tables:
            check()
            masks.append(decide(stage, table).mask)
        return masks
    if isinstance(stage, Pipeline):
        return _may_match(stage.stages[0], tables, check)
    if isinstance(stage, Relation):
        left, right = _may_match(stage.left, tables, check), _may_match(stage.right, tables, check)
        if stage.operator == "||":
            return [one | two for one, two in zip(left, right, strict=True)]
        if stage.operator.startswith("!"):
            return right
        both = np.intersect1d(_traces(tables, left), _traces(tables, right))
        return [(one | two) & np.isin(table.columns.trace, both) for table, one, two in zip(tables, left, right, strict=True)]
    return [np.ones(len(table.columns), np.bool_) for table in tables]


def _traces(tables: Sequence[SpanTable], masks: Sequence[Mask]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    parts = [table.columns.trace[mask] for table, mask in zip(tables, masks, strict=True)]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.uint64)


def _is_within(span: SpanView, window: Window) -> bool:
    start_ns = span.span.start_time_unix_nano
    return start_ns <= window.end_ns and start_ns + span.duration_ns >= window.start_ns
