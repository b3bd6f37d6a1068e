"""Range aggregations with the counting done in DuckDB.

Rows are grouped by everything that can tell two of them apart for the query: stream, metadata and bucket of time. What is left
of the pipeline then runs once per group instead of once per line, in the same evaluator that works line by line, on a row
made up for the group. So both ways give the same answer, and a query that cannot be grouped goes line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from watchkeeper_store.logql.errors import ERROR_LABEL, PRESERVE_ERROR_LABEL, PipelineError
from watchkeeper_store.logql.evaluation.metric_query import Leaves, line_by_line
from watchkeeper_store.logql.evaluation.pipeline import Span
from watchkeeper_store.logql.evaluation.results import Columns, Instants
from watchkeeper_store.logql.evaluation.samples import collect, keying, wanted_labels, window_span
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.pushdown import Split, split_pipeline
from watchkeeper_store.logql.source import ReadRequest, Rows
from watchkeeper_store.logql.stages.drop_keep import DropStage, KeepStage
from watchkeeper_store.logql.stages.label_filter import LabelFilterStage
from watchkeeper_store.logql.stages.stage import Stage
from watchkeeper_store.logql.tree import Grouping, RangeAggregation
from watchkeeper_store.query.relation import HOT_VIEW, Sql, relation
from watchkeeper_store.query.scope import Scope
from watchkeeper_store.query.selection import Selection, select
from watchkeeper_store.query.source import LEVEL_NAME, StoreSource, metadata_labels
from watchkeeper_store.query.windows import Buckets, buckets_of
from watchkeeper_store.storage.store import LogStore

F64 = npt.NDArray[np.float64]
_COUNTING = ("count_over_time", "rate", "bytes_over_time", "bytes_rate")
_BY_LABELS_ALONE: tuple[type[Stage], ...] = (LabelFilterStage, DropStage, KeepStage)
FEW_ROWS = 5_000
"""So few rows are read line by line: no slower, and sums of floats come out to the last bit as when added one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Rows that a query cannot tell apart except by their time."""

    stream: int
    metadata: Labels


class _OneRowPerGroup:
    """Shows each group to the evaluator as one row, whose time is the group's number."""

    def __init__(self, groups: Sequence[_Group], streams: dict[int, Labels]) -> None:
        self._groups = groups
        self._streams = streams

    def read(self, request: ReadRequest) -> Iterator[Rows]:
        numbers = list(self._streams)
        places = {number: place for place, number in enumerate(numbers)}
        yield Rows(
            timestamps_ns=range(len(self._groups)),
            lines=[""] * len(self._groups),
            streams=[places[group.stream] for group in self._groups],
            stream_labels=[self._streams[number] for number in numbers],
            metadata=[group.metadata for group in self._groups],
        )

    def streams(self, tenant: str, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> list[Labels]:
        return list(self._streams.values())


def is_countable(aggregation: RangeAggregation, split: Split) -> bool:
    """Whether the aggregation is a count of lines or bytes that depends on each line only through its line filters."""
    if aggregation.function not in _COUNTING or aggregation.range.unwrap is not None or aggregation.grouping is not None:
        return False
    return all(isinstance(stage, _BY_LABELS_ALONE) for stage in split.rest)


def pushed_down(store: LogStore, tenant: str, scope: Scope) -> Leaves:
    """Leaves that count in DuckDB where they can."""
    fallback = line_by_line(StoreSource(store, scope), tenant)

    def evaluate_leaf(aggregation: RangeAggregation, outer: Grouping | None, instants: Instants) -> Columns:
        split = split_pipeline(aggregation.range.query.stages)
        if not is_countable(aggregation, split):
            return fallback(aggregation, outer, instants)
        span = window_span(aggregation, instants, tenant)
        with store.snapshot(tenant) as snapshot:
            selection = select(snapshot, aggregation.range.query.matchers, span.start_ns, span.end_ns)
            if _rows(selection) <= FEW_ROWS:
                return fallback(aggregation, outer, instants)
            leaf = _Leaf(store, scope, selection, split, span)
            return leaf.columns(aggregation, outer, instants)

    return evaluate_leaf


def _rows(selection: Selection) -> int:
    return sum(len(batch) for batch in selection.batches) + sum(segment.rows for segment in selection.segments)


class _Leaf:
    """One aggregation over one selection."""

    def __init__(self, store: LogStore, scope: Scope, selection: Selection, split: Split, span: Span) -> None:
        self._store = store
        self._scope = scope
        self._selection = selection
        self._split = split
        self._span = span

    def columns(self, aggregation: RangeAggregation, outer: Grouping | None, instants: Instants) -> Columns:
        query = replace(aggregation.range.query, stages=self._split.rest)
        rest = replace(aggregation, range=replace(aggregation.range, query=query))
        wanted = wanted_labels(rest, keying(rest, outer))
        buckets = buckets_of(instants, aggregation.range.range_ns, aggregation.range.offset_ns)
        counts_bytes = aggregation.function.startswith("bytes")
        groups, totals = self._totals(buckets, counts_bytes=counts_bytes, with_level=wanted.label(LEVEL_NAME))
        series = collect(rest, outer, _OneRowPerGroup(groups, self._selection.streams), self._span)
        seconds = aggregation.range.range_ns / 1e9 if aggregation.function in ("rate", "bytes_rate") else 1.0
        columns: Columns = {}
        for labels, members in series.items():
            members_totals = totals[np.array(members.times_ns, dtype=np.int64)].sum(axis=0)
            column = windowed(members_totals, buckets, seconds)
            if any(value is not None for value in column):
                _refuse_errors(labels)
                columns[labels] = column
        return columns

    def _totals(self, buckets: Buckets, *, counts_bytes: bool, with_level: bool) -> tuple[list[_Group], F64]:
        """(groups, an array of shape (groups, buckets, 2): rows and what is summed)."""
        sql = Sql()
        level = ["level"] if with_level else []
        columns = ["stream", "ts", "metadata", *level, *(["line"] if counts_bytes or self._split.exact else [])]
        names = self._store.level_names.names
        found = relation(self._selection, names, columns, self._split.exact, self._span.start_ns, self._span.end_ns, sql)
        if found is None:
            return [], np.zeros((0, buckets.count, 2))
        octets = "sum(strlen(line))" if counts_bytes else "0"
        statement = (
            f"SELECT stream, {'level' if with_level else 'NULL'}, metadata, "  # noqa: S608  built by relation, parameters apart
            f"{buckets.sql()} AS bucket, count(*), {octets} FROM {found.sql} GROUP BY ALL"
        )
        groups: dict[tuple[int, str | None, str | None], int] = {}
        cells: list[tuple[int, int, int, int]] = []
        with self._store.duck.cursor() as cursor, self._scope.running(cursor):
            if found.hot is not None:
                cursor.register(HOT_VIEW, found.hot)
            cursor.execute(statement, sql.values)
            while batch := cursor.fetchmany(20_000):
                self._scope.check()
                for stream, level_name, metadata, bucket, rows, size in batch:
                    group = groups.setdefault((stream, level_name, metadata), len(groups))
                    cells.append((group, bucket, rows, int(size)))
        table = np.array(cells, dtype=np.int64).reshape(-1, 4)
        totals = np.zeros((len(groups), buckets.count, 2))
        np.add.at(totals, (table[:, 0], table[:, 1]), table[:, 2:].astype(np.float64))
        self._scope.scanned_rows += int(table[:, 2].sum())
        self._scope.scanned_bytes += int(table[:, 3].sum())
        if not counts_bytes:
            totals[:, :, 1] = totals[:, :, 0]
        made = [_Group(stream=s, metadata=metadata_labels(level_name, text)) for s, level_name, text in groups]
        return made, totals


def windowed(totals: F64, buckets: Buckets, seconds: float) -> list[float | None]:
    """Sums per window of an array of shape (buckets, 2); None where a window has no row."""
    running = np.concatenate([np.zeros((1, 2)), np.cumsum(totals, axis=0)])
    inside = running[buckets.high] - running[buckets.low]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (inside[:, 1] / seconds).tolist()
    return [value if rows else None for rows, value in zip(inside[:, 0].tolist(), values, strict=True)]


def _refuse_errors(labels: Labels) -> None:
    named = dict(labels)
    if ERROR_LABEL in named and named.get(PRESERVE_ERROR_LABEL) != "true":
        raise PipelineError(labels)
