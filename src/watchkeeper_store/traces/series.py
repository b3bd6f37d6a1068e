"""Metrics queries: spans counted and measured in steps of time, by the values of their attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from watchkeeper_store.traceql.tree import (
    Attribute,
    Calculation,
    Constant,
    Filter,
    Intrinsic,
    Metric,
    Pipeline,
    Query,
    SeriesStage,
)
from watchkeeper_store.traces.calculation import between, number_of, with_number
from watchkeeper_store.traces.columns import SpanTable, Value, dense
from watchkeeper_store.traces.comparison import compared
from watchkeeper_store.traces.conditions import decide
from watchkeeper_store.traces.exact import evaluate, span_sets
from watchkeeper_store.traces.plain import SCOPES
from watchkeeper_store.traces.search import Candidates, Check, Window
from watchkeeper_store.traces.steps import Label, Series, Steps
from watchkeeper_store.traces.view import SpanKind, Status, values_of

_COMPARE: dict[str, Callable[[NDArray[np.float64], float], NDArray[np.bool_]]] = {
    "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
_SHORT_GROUPS = 2**15
"""numpy sorts short integers by counting."""


@dataclass(slots=True)
class _Samples:
    """Matching spans: when each began, its group, and what is measured of it; where nothing is, only how many, step by step."""

    counts: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    """Group → spans in each step."""

    times_ns: list[NDArray[np.int64]] = field(default_factory=list)
    groups: list[NDArray[np.int64]] = field(default_factory=list)
    measures: list[NDArray[np.float64]] = field(default_factory=list)
    numbers: dict[tuple[tuple[type, Value | None], ...], int] = field(default_factory=dict)
    labels: list[tuple[Value | None, ...]] = field(default_factory=list)

    def add(self, times_ns: NDArray[np.int64], groups: NDArray[np.int64], measures: NDArray[np.float64]) -> None:
        """Take spans: one entry each."""
        self.times_ns.append(times_ns)
        self.groups.append(groups)
        self.measures.append(measures)

    def count(self, groups: Sequence[int], counted: NDArray[np.int64]) -> None:
        """Take spans: for each group how many in each step."""
        for group, numbers in zip(groups, counted, strict=True):
            self.counts[group] = numbers + self.counts.get(group, 0)

    def group(self, values: tuple[Value | None, ...]) -> int:
        """The number of a group."""
        key = tuple((type(value), value) for value in values)
        number = self.numbers.setdefault(key, len(self.labels))
        if number == len(self.labels):
            self.labels.append(values)
        return number


def series(tables: Sequence[SpanTable], query: Query, steps: Steps, check: Check = lambda: None) -> list[Series]:
    """The answer of a metrics query, sorted by labels."""
    made = (
        _first_stage(tables, query, steps, check) if isinstance(query, Pipeline) else _calculated(tables, query, steps, check)
    )
    for stage in query.series:
        made = _second(stage, made)
    return sorted(made, key=lambda one: [(name, str(value)) for name, value in one.labels])


def _first_stage(tables: Sequence[SpanTable], query: Pipeline, steps: Steps, check: Check) -> list[Series]:
    assert query.metric is not None  # noqa: S101 - callers tell metrics queries from searches
    if query.metric.function == "compare":
        return compared(tables, query, query.metric, steps, check)
    return list(_computed(_samples(tables, query, query.metric, steps, check), query.metric, steps))


def _calculated(tables: Sequence[SpanTable], query: Calculation, steps: Steps, check: Check) -> list[Series]:
    left, right = query.left, query.right
    if isinstance(left, Constant):
        assert not isinstance(right, Constant)  # noqa: S101 - one side has series
        return with_number(query.operator, series(tables, right, steps, check), number_of(left), number_is_left=True)
    if isinstance(right, Constant):
        return with_number(query.operator, series(tables, left, steps, check), number_of(right), number_is_left=False)
    return between(query.operator, series(tables, left, steps, check), series(tables, right, steps, check))


# --- samples ------------------------------------------------------------------------------------------------------


def _samples(tables: Sequence[SpanTable], query: Pipeline, metric: Metric, steps: Steps, check: Check) -> _Samples:
    samples = _Samples()
    (first, *more) = query.stages
    if isinstance(first, Filter) and not more and all(_has_column(one) for one in (*metric.by, *_measured(metric))):
        decided = []
        for table in tables:
            check()
            decided.append(decide(first, table))
        if all(one.exact for one in decided):
            for table, one in zip(tables, decided, strict=True):
                rows = np.flatnonzero(one.mask) if first.condition is not None else np.arange(len(one.mask))
                _add_rows(samples, table, rows, metric, steps)
            return samples
    candidates = Candidates(tables, query, _window(steps), check)
    for trace in candidates.traces():
        for kept in span_sets(query.stages, trace, candidates.decisions):
            for span in kept.spans:
                labels = tuple(_label(next(iter(values_of(by, span, trace)), None)) for by in metric.by)
                began = np.array([span.start_ns], np.int64)
                at = int(steps.of(began)[0])
                if not 0 <= at < steps.count:
                    continue
                if metric.field is None:
                    samples.count([samples.group(labels)], np.eye(1, steps.count, at, dtype=np.int64))
                    continue
                # Of several values of one span the first counts, if it is a number.
                for value in (one for one in evaluate(metric.field, span, trace)[:1] if type(one) in {int, float}):
                    samples.add(began, np.array([samples.group(labels)], np.int64), np.array([value], np.float64))
    return samples


def _window(steps: Steps) -> Window:
    return Window(start_ns=steps.start_ns - steps.step_ns, end_ns=steps.end_ns)


def _measured(metric: Metric) -> list[Attribute | Intrinsic]:
    return [metric.field] if metric.field is not None else []


def _has_column(asked: Attribute | Intrinsic) -> bool:
    if isinstance(asked, Attribute):
        return not asked.of_parent
    return asked.name in {"span:name", "span:kind", "span:status", "span:statusMessage", "span:duration"}


def _add_rows(samples: _Samples, table: SpanTable, rows: NDArray[np.int64], metric: Metric, steps: Steps) -> None:
    """The spans of these rows that began within the steps, each in its group."""
    times = table.columns.start_ns[rows]
    at = steps.of(times)
    within = (at >= 0) & (at < steps.count)
    if not within.all():
        rows, times = rows[within], times[within]
    measures = np.zeros(0)
    if metric.field is not None:
        measures = _measures(table, metric.field)[rows]
        known = ~np.isnan(measures)
        rows, times, measures = rows[known], times[known], measures[known]
    if not len(rows):
        return
    groups = np.zeros(len(rows), np.int64)
    values: list[tuple[Value | None, ...]] = [()]
    for by in metric.by:
        column, held = _column(table, by)
        size = len(held) + 1
        different, groups = dense(groups * size + column[rows] + 1)
        values = [
            (*values[pair // size], _label(held[pair % size - 1]) if pair % size else None) for pair in different.tolist()
        ]
    numbers = [samples.group(one) for one in values]
    if metric.field is None:
        cells = np.bincount(groups * steps.count + steps.of(times), minlength=len(values) * steps.count)
        samples.count(numbers, cells.reshape(len(values), steps.count))
    else:
        samples.add(times, np.array(numbers, np.int64)[groups], measures)


def _column(table: SpanTable, asked: Attribute | Intrinsic) -> tuple[NDArray[np.int64], Sequence[Value]]:
    """(place in the list or -1 for each row, the list) of a value by which spans are grouped."""
    columns = table.columns
    if isinstance(asked, Intrinsic):
        if asked.name == "span:duration":
            different, inverse = np.unique(columns.duration_ns, return_inverse=True)
            return inverse.astype(np.int64), different.tolist()
        if asked.name in {"span:kind", "span:status"}:
            made = [(SpanKind if asked.name == "span:kind" else Status)(number) for number in range(8)]
            return columns.of(asked.name[5:]).astype(np.int64), made
        texts, places = dense(columns.name if asked.name == "span:name" else columns.message)
        return places, [table.dictionary[code] for code in texts.tolist()]
    column = np.full(len(columns), -1, np.int64)
    held: list[Value] = []
    for scope in (asked.scope,) if asked.scope else SCOPES:
        found = table.values((scope, asked.name))
        if (
            found is not None
            and len(found.rows) == len(column)
            and scope == asked.scope
            and (found.rows[1:] > found.rows[:-1]).all()
        ):
            different, places = dense(found.codes)  # every span has exactly one value
            return places, [found.dictionary[code] for code in different.tolist()]
        if found is not None and len(found.rows):
            open_rows = column[found.rows] < 0
            # Backwards, so that the first of several values of one row stays.
            rows, codes = found.rows[open_rows][::-1], found.codes[open_rows][::-1]
            different, places = dense(codes)
            column[rows] = len(held) + places
            held += [found.dictionary[code] for code in different.tolist()]
    return column, held


def _measures(table: SpanTable, asked: Attribute | Intrinsic) -> NDArray[np.float64]:
    if isinstance(asked, Intrinsic):
        return (
            table.columns.duration_ns.astype(np.float64)
            if asked.name == "span:duration"
            else np.full(len(table.columns), np.nan)
        )
    column, held = _column(table, asked)
    numbers = np.array([float(value) if type(value) in {int, float} else np.nan for value in held] + [np.nan])
    return numbers[column]


def _label(value: Value | None) -> Value | None:
    if isinstance(value, Status):
        return ("unset", "ok", "error")[value] if value <= 2 else str(int(value))
    if isinstance(value, SpanKind):
        return ("unspecified", "internal", "server", "client", "producer", "consumer", "6", "7")[value]
    return value


# --- from samples to series ---------------------------------------------------------------------------------------


def _computed(samples: _Samples, metric: Metric, steps: Steps) -> Iterator[Series]:
    named = [tuple((str(by), value) for by, value in zip(metric.by, values, strict=True)) for values in samples.labels]
    unnamed: tuple[Label, ...] = (("__name__", metric.function),)
    per = steps.step_ns / 1e9 if metric.function == "rate" else 1.0
    for number, counts in samples.counts.items():
        yield Series(named[number] or unnamed, counts / per)
    if not samples.times_ns:
        return
    times, groups = np.concatenate(samples.times_ns), np.concatenate(samples.groups)
    # Durations are measured in seconds, as all other durations in metrics.
    is_duration = isinstance(metric.field, Intrinsic) and metric.field.name in {"span:duration", "trace:duration"}
    measures = np.concatenate(samples.measures) / (1e9 if is_duration else 1.0)
    at = steps.of(times)
    order = np.argsort(groups.astype(np.int16) if len(named) < _SHORT_GROUPS else groups, kind="stable")
    begins = np.searchsorted(groups[order], np.arange(len(named) + 1))
    for number, labels in enumerate(named):
        chosen = order[begins[number] : begins[number + 1]]
        if len(chosen):
            yield from _group(metric, labels or unnamed, at[chosen], measures[chosen], steps)


def _group(
    metric: Metric, labels: tuple[Label, ...], at: NDArray[np.int64], measures: NDArray[np.float64], steps: Steps
) -> Iterator[Series]:
    match metric.function:
        case "sum_over_time" | "avg_over_time":
            counts = np.bincount(at, minlength=steps.count)
            sums = np.bincount(at, measures, minlength=steps.count)
            with np.errstate(invalid="ignore", divide="ignore"):
                yield Series(labels, np.where(counts > 0, sums if metric.function[0] == "s" else sums / counts, np.nan))
        case "min_over_time" | "max_over_time":
            yield Series(labels, _each(at, steps, lambda chosen: getattr(measures[chosen], metric.function[:3])()))
        case "histogram_over_time":
            buckets = 2.0 ** np.ceil(np.log2(np.maximum(measures, 1e-9)))
            for bucket in np.unique(buckets).tolist():
                inside = np.bincount(at[buckets == bucket], minlength=steps.count).astype(np.float64)
                yield Series((*(one for one in labels if one[0] != "__name__"), ("__bucket", bucket)), inside)
        case "quantile_over_time":
            own = tuple(one for one in labels if one[0] != "__name__")
            for quantile in metric.numbers:
                found = _each(at, steps, partial(_quantile, measures, quantile))
                yield Series((*own, ("p", quantile)), found)


def _quantile(measures: NDArray[np.float64], quantile: float, chosen: NDArray[np.int64]) -> float:
    return float(np.quantile(measures[chosen], quantile))


def _each(at: NDArray[np.int64], steps: Steps, measure: Callable[[NDArray[np.int64]], float]) -> NDArray[np.float64]:
    found = np.full(steps.count, np.nan)
    order = np.argsort(at, kind="stable")
    places, begins = np.unique(at[order], return_index=True)
    for place, chosen in zip(places.tolist(), np.split(order, begins[1:]), strict=True):
        found[place] = measure(chosen)
    return found


def _second(stage: SeriesStage, made: list[Series]) -> list[Series]:
    if stage.function in _COMPARE:
        kept = [
            Series(one.labels, np.where(_COMPARE[stage.function](one.values, stage.number), one.values, np.nan)) for one in made
        ]
    else:
        if not made:
            return []
        values = np.array([one.values for one in made])
        ranked = np.argsort(
            np.argsort(np.where(np.isnan(values), np.inf, -values if stage.function == "topk" else values), 0, "stable"), 0
        )
        kept = [
            Series(one.labels, np.where(ranked[place] < stage.number, one.values, np.nan)) for place, one in enumerate(made)
        ]
    return [one for one in kept if not np.isnan(one.values).all()]
