"""Range aggregations with the counting done in DuckDB.

Rows are grouped by everything that can tell two of them apart for the query: stream, metadata, the few fields of the line that
it looks at, and the bucket of time. What is left of the pipeline then runs once per group instead of once per line, in the
same evaluator that works line by line, on a row made up for the group. So both ways give the same answer, and a query whose
rows cannot be grouped goes line by line.
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
from watchkeeper_store.logql.evaluation.samples import SeriesSamples, collect, keying, wanted_labels, window_span
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.pushdown import Split, label_conditions, split_pipeline
from watchkeeper_store.logql.record import DUPLICATE_SUFFIX
from watchkeeper_store.logql.source import LineParser, ReadRequest, Rows
from watchkeeper_store.logql.stages.drop_keep import DropStage, KeepStage
from watchkeeper_store.logql.stages.json import JsonStage
from watchkeeper_store.logql.stages.label_filter import LabelFilterStage
from watchkeeper_store.logql.stages.logfmt import LogfmtStage
from watchkeeper_store.logql.stages.stage import Stage, Wanted
from watchkeeper_store.logql.tree import Grouping, RangeAggregation
from watchkeeper_store.query.json_brief import can_be_cut
from watchkeeper_store.query.label_pushdown import implied_texts, key_conditions, usable
from watchkeeper_store.query.relation import Sql, Wish, relation
from watchkeeper_store.query.scope import QueryTooHungry, Scope
from watchkeeper_store.query.selection import Selection, select, with_texts
from watchkeeper_store.query.source import LEVEL_NAME, StoreSource, metadata_labels
from watchkeeper_store.query.unwrapping import ALL_STREAMS, numbers_of, numbers_statement, series_of_numbers, unwrapped_key
from watchkeeper_store.query.windows import F64, Buckets, buckets_of, distribution, windowed
from watchkeeper_store.storage.store import LogStore

_COUNTING = ("count_over_time", "rate", "bytes_over_time", "bytes_rate")
_OVER_VALUES = (
    "sum_over_time",
    "rate",
    "avg_over_time",
    "min_over_time",
    "max_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "quantile_over_time",
)
_BY_LABELS_ALONE: tuple[type[Stage], ...] = (LabelFilterStage, DropStage, KeepStage)
FEW_ROWS = 5_000
"""So few rows are read line by line: no slower, and sums of floats come out to the last bit as when added one by one."""
_MOST_WHOLE_LINES = 20_000
_MOST_CELLS = 8_000_000
_GROUP_BYTES, _CELL_BYTES, _POINT_BYTES = 500, 32, 32


class TooManyGroups(Exception):
    """Grouping saves nothing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Rows that a query cannot tell apart except by their time."""

    stream: int
    metadata: Labels
    brief: str


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
            lines=[group.brief for group in self._groups],
            streams=[places[group.stream] for group in self._groups],
            stream_labels=[self._streams[number] for number in numbers],
            metadata=[group.metadata for group in self._groups],
        )

    def streams(self, tenant: str, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> list[Labels]:
        return list(self._streams.values())


def is_groupable(aggregation: RangeAggregation, split: Split) -> bool:
    """Whether each line counts only through its line filters, its stream, its metadata and plain fields."""
    if aggregation.range.range_ns == 0:
        return False  # no time at all holds no line, and cannot be cut
    known = _COUNTING if aggregation.range.unwrap is None else _OVER_VALUES
    parsers = {type(stage) for stage in split.rest if isinstance(stage, (LogfmtStage, JsonStage))}
    return aggregation.function in known and len(parsers) <= 1 and all(_is_simple(stage) for stage in split.rest)


def _is_simple(stage: Stage) -> bool:
    if isinstance(stage, LogfmtStage):
        return not stage.strict and not stage.keep_empty and not stage.extractions
    if isinstance(stage, JsonStage):
        return not stage.extractions
    return isinstance(stage, _BY_LABELS_ALONE)


def looked_at(split: Split, wanted: Wanted, selection: Selection) -> tuple[str, ...] | None:
    """The keys that the query looks at, empty when it parses nothing; None when it looks at all of them.

    A key that every selected stream has as a label could only come out under another name, which is wanted or not by itself.
    """
    if wanted.nothing or not any(isinstance(stage, (LogfmtStage, JsonStage)) for stage in split.rest):
        return ()
    if wanted.labels is None:
        return None
    common = set.intersection(*({name for name, _ in labels} for labels in selection.streams.values()))
    common.add(LEVEL_NAME)
    names = {name.removesuffix(DUPLICATE_SUFFIX) for name in wanted.labels if not name.startswith("__")}
    return tuple(sorted(name for name in names if name not in common or name + DUPLICATE_SUFFIX in wanted.labels))


def pushed_down(store: LogStore, tenant: str, scope: Scope) -> Leaves:
    """Leaves that count in DuckDB where they can."""
    fallback = line_by_line(StoreSource(store, scope), tenant, scope.hold)

    def evaluate_leaf(aggregation: RangeAggregation, outer: Grouping | None, instants: Instants) -> Columns:
        before_bytes = scope.held_bytes
        columns = evaluated(aggregation, outer, instants)
        scope.held_bytes = before_bytes + len(columns) * len(instants.times_ns()) * _POINT_BYTES  # all else was let go
        return columns

    def evaluated(aggregation: RangeAggregation, outer: Grouping | None, instants: Instants) -> Columns:
        split = split_pipeline(aggregation.range.query.stages)
        if not is_groupable(aggregation, split):
            return fallback(aggregation, outer, instants)
        span = window_span(aggregation, instants, tenant)
        with store.snapshot(tenant) as snapshot:
            selection = select(snapshot, aggregation.range.query.matchers, span.start_ns, span.end_ns, split.exact)
            if not selection.is_empty and _rows(selection) > FEW_ROWS:
                if any(isinstance(stage, LogfmtStage) for stage in split.rest):
                    batches = tuple(snapshot.fields.with_fields(batch, least=1) for batch in selection.batches)
                    selection = replace(selection, batches=batches)
                before_bytes = scope.held_bytes
                try:
                    return _Leaf(store, scope, selection, split, span).columns(aggregation, outer, instants)
                except (TooManyGroups, QueryTooHungry):  # one line after the other may need less
                    scope.held_bytes = before_bytes
        return fallback(aggregation, outer, instants)

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
        """Raises TooManyGroups before anything expensive is done."""
        query = replace(aggregation.range.query, stages=self._split.rest)
        rest = replace(aggregation, range=replace(aggregation.range, query=query))
        wanted = wanted_labels(rest, keying(rest, outer))
        keys = looked_at(self._split, wanted, self._selection)
        is_json = not wanted.nothing and any(isinstance(stage, JsonStage) for stage in self._split.rest)
        if keys is None or (keys and not (can_be_cut(keys) if is_json else self._whole_lines(keys) <= _MOST_WHOLE_LINES)):
            raise TooManyGroups
        buckets = buckets_of(instants, aggregation.range.range_ns, aggregation.range.offset_ns)
        unwrapped = None if wanted.label(LEVEL_NAME) else unwrapped_key(rest, keys, keying(rest, outer), self._selection)
        plain = None if unwrapped is None else self._plain_numbers(unwrapped, rest, outer, buckets)
        if plain is not None:
            return plain
        counts_bytes = aggregation.function.startswith("bytes")
        columns = ["stream", "ts", "metadata"]
        columns += ["level"] if wanted.label(LEVEL_NAME) else []
        columns += ["line"] if counts_bytes else []
        columns += ["brief"] if keys or is_json else []
        parser = LineParser.JSON if is_json else LineParser.LOGFMT
        exact = [one for one in usable(label_conditions(self._split.rest), self._selection) if one.equal is not None]
        wish = Wish(
            columns=columns,
            filters=self._split.exact,
            keys=keys,
            parser=parser,
            key_conditions=key_conditions(exact, self._selection, lambda key, most: ()),
            texts=implied_texts(exact),
        )
        self._selection = with_texts(self._selection, wish.texts)
        groups, totals = self._totals(wish, buckets)
        series = collect(rest, outer, _OneRowPerGroup(groups, self._selection.streams), self._span, self._scope.hold)
        self._scope.hold(len(series) * buckets.count * _POINT_BYTES)
        found: Columns = {}
        for labels, members in series.items():
            column = _column(aggregation, members, totals, buckets)
            if any(value is not None for value in column):
                _refuse_errors(labels)
                found[labels] = column
        return found

    def _plain_numbers(self, key: str, rest: RangeAggregation, outer: Grouping | None, buckets: Buckets) -> Columns | None:
        """The answer where all that is aggregated are plain numbers, else None."""
        sql = Sql()
        wish = Wish(columns=("stream", "ts", "metadata", "value"), filters=self._split.exact, keys=(key,))
        found = relation(self._selection, self._store.level_names.names, wish, self._span.start_ns, self._span.end_ns, sql)
        if found is None:
            return {}
        streams = list(self._selection.streams)
        groups = [_Group(stream=stream, metadata=(), brief=f'{key}="1"') for stream in streams]
        series = collect(rest, outer, _OneRowPerGroup(groups, self._selection.streams), self._span)
        is_one = len(series) == 1 and all(len(members.times_ns) == len(streams) for members in series.values())
        statement = numbers_statement(found.sql, buckets, by_stream=not is_one)
        with self._scope.cursor(self._store.duck) as cursor, found.readable(cursor):
            fetched = cursor.execute(statement, sql.values).fetchnumpy()
        self._scope.check()
        numbers = numbers_of(fetched)
        if numbers is None or (cells := len(numbers.values) * buckets.count) > _MOST_CELLS:
            return None
        self._scope.hold(cells * _CELL_BYTES)
        self._scope.scanned_rows += int(numbers.counts.sum())
        columns = series_of_numbers(numbers, series, lambda place: ALL_STREAMS if is_one else streams[place], rest, buckets)
        for labels in columns:
            _refuse_errors(labels)
        return columns

    def _whole_lines(self, keys: Sequence[str]) -> int:
        """How many rows would each be a group of their own, because their fields are not known."""
        wanted = set(keys)
        rows = sum(
            max(segment.fields[key].open_rows for key in wanted) if segment.fields.keys() >= wanted else segment.rows
            for segment in self._selection.segments
        )
        return rows + sum(len(batch) for batch in self._selection.batches if not batch.fields.keys() >= wanted)

    def _totals(self, wish: Wish, buckets: Buckets) -> tuple[list[_Group], F64]:
        """(groups, an array of shape (groups, buckets, 2): rows, and bytes where the line is asked for, else rows again)."""
        sql = Sql()
        found = relation(self._selection, self._store.level_names.names, wish, self._span.start_ns, self._span.end_ns, sql)
        if found is None:
            return [], np.zeros((0, buckets.count, 2))
        level = "level" if "level" in wish.columns else "NULL"
        brief = "brief" if "brief" in wish.columns else "''"
        octets = "sum(strlen(line))" if "line" in wish.columns else "count(*)"
        statement = (  # one row per group, because every row costs more here than in DuckDB
            "SELECT stream, level, metadata, brief, list(bucket), list(rows), list(octets) FROM ("  # noqa: S608  no user text
            f"SELECT stream, {level} AS level, metadata, {brief} AS brief, {buckets.sql()} AS bucket, "
            f"count(*) AS rows, {octets} AS octets FROM {found.sql} GROUP BY ALL) GROUP BY ALL"
        )
        made: list[_Group] = []
        cells: list[npt.NDArray[np.int64]] = []
        with self._scope.cursor(self._store.duck) as cursor, found.readable(cursor):
            cursor.execute(statement, sql.values)
            while batch := cursor.fetchmany(2_000):
                self._scope.check()
                for stream, name, text, line, *columns in batch:
                    cells.append(np.array([[len(made)] * len(columns[0]), *columns], dtype=np.int64))
                    made.append(_Group(stream=stream, metadata=metadata_labels(name, text), brief=line))
                    self._scope.hold(_GROUP_BYTES + len(line) + _CELL_BYTES * len(columns[0]))
                if len(made) * buckets.count > _MOST_CELLS:
                    raise TooManyGroups
        table = np.concatenate(cells, axis=1).T if cells else np.zeros((0, 4), dtype=np.int64)
        self._scope.hold(len(made) * buckets.count * _CELL_BYTES)
        totals = np.zeros((len(made), buckets.count, 2))
        np.add.at(totals, (table[:, 0], table[:, 1]), table[:, 2:].astype(np.float64))
        self._scope.scanned_rows += int(table[:, 2].sum())
        self._scope.scanned_bytes += int(table[:, 3].sum())
        return made, totals


def _column(aggregation: RangeAggregation, members: SeriesSamples, totals: F64, buckets: Buckets) -> list[float | None]:
    """One series from its groups: ``members`` has the number of each group as its time, and its value if it has one."""
    mine = totals[np.array(members.times_ns, dtype=np.int64)]
    seconds = aggregation.range.range_ns / 1e9 if aggregation.function in ("rate", "bytes_rate") else 1.0
    if aggregation.range.unwrap is None:
        return windowed(mine.sum(axis=0), buckets, seconds)
    values = np.array(members.values, dtype=np.float64)
    return distribution(aggregation.function, aggregation.parameter, values, mine[:, :, 0], buckets, seconds)


def _refuse_errors(labels: Labels) -> None:
    named = dict(labels)
    if ERROR_LABEL in named and named.get(PRESERVE_ERROR_LABEL) != "true":
        raise PipelineError(labels)
