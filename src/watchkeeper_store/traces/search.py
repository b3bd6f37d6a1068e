"""Finding traces: columns narrow down what could match, newest first, and what they cannot decide is decided trace by trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from watchkeeper_store.traceql.tree import Filter, Pipeline, Relation, Stage
from watchkeeper_store.traces.columns import EncodedSpan, Mask, SpanTable, digest_of
from watchkeeper_store.traces.conditions import decide
from watchkeeper_store.traces.encoded import put_together
from watchkeeper_store.traces.exact import Decisions, SpanSet, span_sets
from watchkeeper_store.traces.view import SpanView, TraceView, read_traces

_SMALLEST_BATCH, _LARGEST_BATCH = 16, 512
_NEWEST = 4096
Check = Callable[[], None]
"""Called between steps; raises where the query is to end (time, cancellation)."""
Digests = NDArray[np.uint64]


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
    digests = np.array([digest_of(trace_id)], np.uint64)
    found: dict[bytes, EncodedSpan] = {}
    for table in tables:
        rows = table.rows_of(digests)
        for one in table.encoded(rows) if len(rows) else ():
            span = Span.FromString(one.span)
            if span.trace_id == trace_id:
                found.setdefault(span.span_id, one)
    return put_together(found.values()) if found else None


def search(
    tables: Sequence[SpanTable], query: Pipeline, window: Window, limit: int, check: Check = lambda: None
) -> Iterator[FoundTrace]:
    """Matching traces, those with the newest spans first, at most ``limit``."""
    left = limit
    candidates = Candidates(tables, query, window, check)
    for trace in candidates.traces(limit):
        sets = tuple(
            one
            for one in span_sets(query.stages, trace, candidates.decisions)
            if any(_is_within(span, window) for span in one.spans)
        )
        if sets:
            yield FoundTrace(trace, sets)
            left -= 1
            if not left:
                return


class Candidates:
    """Whole traces that could match, newest first; at least those that do.

    ``decisions`` says which filters of the first stage columns have decided for good.
    """

    def __init__(self, tables: Sequence[SpanTable], query: Pipeline, window: Window, check: Check = lambda: None) -> None:
        self._tables = tables
        self._window = window
        self._check = check
        self._masks: list[list[Mask]] = []
        self._decisions: dict[int, int] = {}
        self.decisions: Decisions = self._decisions
        self._found = self._may_match(query.stages[0])

    def traces(self, wanted: int = _LARGEST_BATCH) -> Iterator[TraceView]:
        """Read them, about as many at a time as are ``wanted``, but never very many."""
        size = min(max(wanted, _SMALLEST_BATCH), _LARGEST_BATCH)
        for digests in self._newest_first():
            for at in range(0, len(digests), size):
                self._check()
                chosen = digests[at : at + size]
                by_digest = read_traces(self._tables, chosen, self._masks)
                for digest in chosen.tolist():
                    yield from by_digest.get(digest, ())

    def _newest_first(self) -> Iterator[Digests]:
        """Digests of traces by the newest start of a span that could match; the newest are found without sorting all."""
        traces, starts = self._timely()
        if len(traces) <= 2 * _NEWEST:
            yield _each_once(traces[np.argsort(-starts, kind="stable")])
            return
        newest = np.argpartition(-starts, _NEWEST)[:_NEWEST]
        first = _each_once(traces[newest[np.argsort(-starts[newest], kind="stable")]])
        yield first
        rest = _each_once(traces[np.argsort(-starts, kind="stable")])
        yield rest[~among(rest, np.sort(first))]

    def _timely(self) -> tuple[Digests, NDArray[np.int64]]:
        """(digest, start) of each span that could match."""
        traces, starts = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
        for table, mask in zip(self._tables, self._found, strict=True):
            rows = np.flatnonzero(mask)
            began = table.columns.start_ns[rows]
            if began.size and self._window != Window():
                within = (began <= self._window.end_ns) & (began + table.columns.duration_ns[rows] >= self._window.start_ns)
                rows, began = rows[within], began[within]
            traces.append(table.columns.trace[rows])
            starts.append(began)
        return np.concatenate(traces), np.concatenate(starts)

    def _may_match(self, stage: Stage) -> list[Mask]:
        """Per table the spans that a stage may keep; of relations, in traces where both sides may have spans."""
        if isinstance(stage, Filter):
            return self._filtered(stage)
        if isinstance(stage, Pipeline):
            return self._may_match(stage.stages[0])
        if isinstance(stage, Relation):
            left, right = self._may_match(stage.left), self._may_match(stage.right)
            if stage.operator == "||":
                return [one | two for one, two in zip(left, right, strict=True)]
            if stage.operator.startswith("!"):
                return right
            both = self._traces_of(left, self._traces_of(right))
            return [self._within(both, table, one | two) for table, one, two in zip(self._tables, left, right, strict=True)]
        return [np.ones(len(table.columns), np.bool_) for table in self._tables]

    def _filtered(self, stage: Filter) -> list[Mask]:
        decided = []
        for table in self._tables:
            self._check()
            decided.append(decide(stage, table))
        masks = [one.mask for one in decided]
        if stage.condition is not None and all(one.exact for one in decided):
            self._decisions[id(stage)] = len(self._masks)
            self._masks.append(masks)
        return masks

    def _traces_of(self, masks: Sequence[Mask], only: Digests | None = None) -> Digests:
        """The digests of these spans' traces, ascending; of those in ``only``."""
        parts = [np.zeros(0, np.uint64)]
        for table, mask in zip(self._tables, masks, strict=True):
            traces = table.columns.trace[mask]
            parts.append(traces if only is None else traces[among(traces, only)])
        return np.unique(np.concatenate(parts))

    def _within(self, digests: Digests, table: SpanTable, mask: Mask) -> Mask:
        rows = np.flatnonzero(mask)
        made = np.zeros(len(mask), np.bool_)
        made[rows[among(table.columns.trace[rows], digests)]] = True
        return made


def among(values: Digests, ordered: Digests) -> Mask:
    """Which values occur in an ascending list."""
    if not len(ordered):
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: Mask = ordered[places] == values
    return found


def _each_once(values: Digests) -> Digests:
    """Every value where it comes first."""
    _, first = np.unique(values, return_index=True)
    return values[np.sort(first)]


def _is_within(span: SpanView, window: Window) -> bool:
    return span.start_ns <= window.end_ns and span.start_ns + span.duration_ns >= window.start_ns
