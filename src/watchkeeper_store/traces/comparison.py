"""``compare({ … })``: which values occur in a selection of spans, and how often in the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from watchkeeper_store.traceql.tree import Metric, Pipeline
from watchkeeper_store.traces.columns import SpanTable, Value, Values, dense
from watchkeeper_store.traces.exact import matches, span_sets
from watchkeeper_store.traces.search import Candidates, Check, Window
from watchkeeper_store.traces.steps import Series, Steps

_MOST_VALUES = 10
_SIDES = ("baseline", "selection")
_COMPARED_SCOPES = frozenset({"span", "resource"})
_Counts = dict[tuple[int, str], dict[tuple[type, Value], NDArray[np.float64]]]


def compared(tables: Sequence[SpanTable], query: Pipeline, metric: Metric, steps: Steps, check: Check) -> list[Series]:
    """For both sides, counts in steps of the most frequent values of each attribute and of names, and of all together."""
    most = int(metric.numbers[0]) if metric.numbers else _MOST_VALUES
    counts: _Counts = {}
    for table, spans in zip(tables, _spans(tables, query, metric, steps, check), strict=True):
        if len(spans):
            _count_table(counts, table, spans[np.argsort(spans[:, 0])], steps.count)
    made = []
    for (side, name), by_value in counts.items():
        top = sorted(by_value.items(), key=lambda item: -item[1].sum())[:most]
        made += [Series((("__meta_type", _SIDES[side]), (name, value)), numbers) for (_, value), numbers in top]
        total = sum(by_value.values(), np.zeros(steps.count))
        made.append(Series((("__meta_type", f"{_SIDES[side]}_total"), (name, None)), total))
    return made


def _spans(tables: Sequence[SpanTable], query: Pipeline, metric: Metric, steps: Steps, check: Check) -> list[NDArray[np.int64]]:
    """Per table (row, step, side) of the spans that the query finds."""
    assert metric.baseline is not None  # noqa: S101 - the parser demands it
    begin_ns, end_ns = metric.numbers[1:] if len(metric.numbers) > 1 and metric.numbers[2] else (0.0, float(2**63))
    found: list[list[tuple[int, int, int]]] = [[] for _ in tables]
    window = Window(start_ns=steps.start_ns - steps.step_ns, end_ns=steps.end_ns)
    candidates = Candidates(tables, query, window, check)
    for trace in candidates.traces():
        for one in span_sets(query.stages, trace, candidates.decisions):
            for span in one.spans:
                at = -((steps.start_ns - span.start_ns) // steps.step_ns)
                if 0 <= at < steps.count:
                    selected = begin_ns <= span.start_ns < end_ns and matches(metric.baseline, span, trace)
                    found[span.place[0]].append((span.place[1], at, int(selected)))
    return [np.array(rows, np.int64).reshape(-1, 3) for rows in found]


def _count_table(counts: _Counts, table: SpanTable, spans: NDArray[np.int64], steps: int) -> None:
    """Add one table's spans, sorted by row."""
    rows = spans[:, 0]
    names = Values(np.arange(len(table.columns), dtype=np.int32), table.columns.name, table.dictionary, table.code_of)
    for scope, name in [("", "name"), *(key for key in table.known_keys() if key[0] in _COMPARED_SCOPES)]:
        values = table.values((scope, name)) if scope else names
        if values is None:
            continue
        # Of several values of one span the first counts.
        places = np.minimum(np.searchsorted(values.rows, rows), max(len(values.rows) - 1, 0))
        held = np.flatnonzero(values.rows[places] == rows) if len(values.rows) else np.zeros(0, np.int64)
        different, codes = dense(values.codes[places[held]])
        cells = (spans[held, 2] * len(different) + codes) * steps + spans[held, 1]
        table_of = np.bincount(cells, minlength=2 * len(different) * steps).reshape(2, len(different), steps)
        for side in (0, 1):
            for code, numbers in zip(different.tolist(), table_of[side], strict=True):
                if numbers.any():
                    value = values.dictionary[code]
                    held_numbers = counts.setdefault((side, f"{scope}.{name}" if scope else name), {})
                    earlier = held_numbers.get((type(value), value), 0.0)
                    held_numbers[type(value), value] = numbers + earlier
