"""The storage as LogQL sees it: rows in time order, batch by batch, from disk and memory as one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.regex import finder
from watchkeeper_store.logql.source import Direction, LineFilter, LineFilterOperator, ReadRequest, Rows
from watchkeeper_store.model.field_codes import FIELD_PREFIX
from watchkeeper_store.model.rows import LevelNames, RowBatch, join_rows, texts_of
from watchkeeper_store.query.label_pushdown import implied_texts, key_conditions, usable
from watchkeeper_store.query.parts import first_rows, newest_in_memory, parts_in_time
from watchkeeper_store.query.relation import HOT_SEQ, Sql, Wish, relation, row_count
from watchkeeper_store.query.scope import NotInMemory, Scope
from watchkeeper_store.query.selection import (
    HiddenRows,
    Selection,
    has_rows,
    matching_streams,
    narrowed,
    numbers_with_rows,
    select,
    slices,
    with_texts,
)
from watchkeeper_store.storage.recent import MOST_ROWS, Recent
from watchkeeper_store.storage.snapshot import Snapshot
from watchkeeper_store.storage.store import LogStore

LEVEL_NAME = "detected_level"
_ROWS_PER_SLICE = 120_000
_FIRST_ROWS = 4_000
_ROWS_PER_BATCH = 8_192
_ROWS_BETWEEN_CHECKS = 512  # the stages of a query may take a millisecond a line, and its client may leave meanwhile
_MOST_AT_ONCE = 10_000  # more rows than these are read in pieces, so that they are never all held
_MOST_PLAIN_ROWS = 5_000  # so few hot rows are filtered here; more are handed to DuckDB
_MOST_AT_HAND_BYTES = 1024 * 1024
_COLUMNS = ("ts", "stream", "line", "level", "metadata", "seq")

OpenSnapshot = Callable[[str], AbstractContextManager[Snapshot]]
_Raw = tuple[int, int, str, str | None, str | None, int]
"""Time, stream, line, level, metadata, and a number that orders rows of equal time."""


class StoreSource:
    """Implements `logql.source.LogSource` for one query.

    ``open_snapshot`` says what there is to see: the whole store, or for a tail only what has just arrived.
    """

    def __init__(self, store: LogStore, scope: Scope, open_snapshot: OpenSnapshot | None = None) -> None:
        self._store = store
        self._scope = scope
        self._open_snapshot = open_snapshot or store.snapshot
        self._metadata: dict[tuple[str | None, str | None], Labels] = {}

    def read(self, request: ReadRequest) -> Iterator[Rows]:
        """Rows in time order; all line filters are applied here, so that a limit can be kept."""
        with self._open_snapshot(request.tenant) as snapshot:
            limit = None if request.limit is None or request.limit > _MOST_AT_ONCE else request.limit
            span_ns = request.start_ns, request.end_ns
            selection = select(snapshot, request.matchers, *span_ns, request.line_filters, whole_batches=limit is not None)
            if selection.is_empty:
                return
            places = {number: place for place, number in enumerate(selection.streams)}
            labels = list(selection.streams.values())
            backward = request.direction is Direction.BACKWARD
            wish = self._wish(selection, request)
            selection = with_texts(selection, wish.texts)
            if limit is not None:
                if backward and selection.segments and selection.recent is None:
                    self._store.recent.want(request.tenant)
                yield self._rows(self._first(selection, wish, backward, limit), places, labels)
                return
            growing = request.enough is not None
            target = max(_FIRST_ROWS, 2 * (request.enough or 0)) if growing else _ROWS_PER_SLICE
            is_selective = bool(wish.filters or wish.key_conditions or wish.texts)
            most = 4 * _ROWS_PER_SLICE if is_selective else _ROWS_PER_SLICE
            for start_ns, end_ns in slices(selection, target, backward=backward, growing=growing, most_rows=most):
                self._scope.check()
                for raw in self._slice(selection, wish, backward, start_ns, end_ns):
                    for at in range(0, len(raw), _ROWS_BETWEEN_CHECKS):
                        self._scope.check()
                        yield self._rows(raw[at : at + _ROWS_BETWEEN_CHECKS], places, labels)

    def _first(self, selection: Selection, wish: Wish, backward: bool, limit: int) -> list[_Raw]:
        """The first ``limit`` rows: from memory if it has them, else file after file, each read once, until none that is left
        can have an earlier one."""
        memory = newest_in_memory(selection) if backward else None
        if memory is not None:
            span_ns = memory.start_ns, memory.end_ns
            newest = [row for rows in self._slice(memory, wish, backward, *span_ns, limit) for row in rows]
            if len(newest) >= limit or memory.start_ns <= selection.start_ns:
                return newest
            before = replace(selection, end_ns=memory.start_ns, recent=None)
            return newest + self._first(before, wish, backward, limit - len(newest))
        found: list[_Raw] = []
        for part in parts_in_time(selection, backward=backward):
            start_ns, end_ns = selection.start_ns, selection.end_ns
            if len(found) >= limit:  # only rows that are at least as early count now
                start_ns, end_ns = (found[-1][0], end_ns) if backward else (start_ns, found[-1][0] + 1)
                if not part.may_have(start_ns, end_ns):
                    break
            self._scope.check()
            rows = [row for rows in self._slice(part.of(selection), wish, backward, start_ns, end_ns, limit) for row in rows]
            found = sorted([*found, *rows], key=lambda row: (row[0], row[5]), reverse=backward)[:limit]
        return found

    def remember_recent(self, tenant: str) -> None:
        """Read the newest rows of the tenant's files into memory, where they are kept up to date from then on."""
        with self._open_snapshot(tenant) as snapshot:
            if snapshot.recent is not None or not snapshot.segments:
                return
            everything = select(snapshot, (), -(1 << 63), (1 << 63) - 1)
            in_files = replace(everything, batches=(), hidden=())
            raw = self._first(in_files, Wish(columns=_COLUMNS), backward=True, limit=MOST_ROWS + 1)
            rows = batch_of(sorted(raw, key=lambda row: row[5]), self._store.level_names)
            self._store.remember(tenant, snapshot.segments, Recent(since_ns=-(1 << 63)).with_flushed(rows))

    def _wish(self, selection: Selection, request: ReadRequest) -> Wish:
        conditions = usable(request.label_conditions, selection)
        return Wish(
            columns=_COLUMNS,
            filters=request.line_filters,
            key_conditions=key_conditions(conditions, selection, lambda key, most: self._distinct(selection, key, most)),
            texts=implied_texts(conditions),
        )

    def _distinct(self, selection: Selection, key: str, most: int) -> list[str]:
        """Values in the column of a key in the selection's files, at most so many."""
        paths = [str(segment.path) for segment in selection.segments if key in segment.fields]
        if not paths:
            return []
        column = f'"{FIELD_PREFIX}{key}"'
        with self._scope.cursor(self._store.duck) as cursor:
            found = cursor.execute(
                f"SELECT DISTINCT {column} FROM read_parquet($1) WHERE {column} IS NOT NULL LIMIT {int(most)}",  # noqa: S608  a key of ours
                [paths],
            )
            return [value for (value,) in found.fetchall()]

    def _slice(
        self, selection: Selection, wish: Wish, backward: bool, start_ns: int, end_ns: int, limit: int | None = None
    ) -> Iterator[list[_Raw]]:
        """The filtered rows of one piece of time, sorted; at most ``limit``."""
        on_disk = any(has_rows(s, selection.numbers, start_ns, end_ns) for s in selection.segments)
        is_plain = limit is not None and not wish.filters and not selection.hidden
        if not on_disk and (is_plain or row_count(selection, start_ns, end_ns) <= _MOST_PLAIN_ROWS):
            yield self._plain(selection, wish.filters, start_ns, end_ns, backward, limit)
            return
        if self._scope.memory_only:
            raise NotInMemory
        sql = Sql()
        found = relation(selection, self._store.level_names.names, wish, start_ns, end_ns, sql)
        if found is None:
            return
        order = "DESC" if backward else "ASC"
        statement = (
            f"SELECT {', '.join(_COLUMNS)} FROM {found.sql} "  # noqa: S608  built by relation, parameters apart
            f"ORDER BY ts {order}, seq {order}"
        )
        if limit is not None:
            statement += f" LIMIT {int(limit)}"
        with self._scope.cursor(self._store.duck) as cursor, found.readable(cursor):
            cursor.execute(statement, sql.values)
            while batch := cursor.fetchmany(_ROWS_PER_BATCH):
                self._scope.check()
                yield batch

    def _plain(
        self,
        selection: Selection,
        filters: Sequence[LineFilter],
        start_ns: int,
        end_ns: int,
        backward: bool,
        limit: int | None,
    ) -> list[_Raw]:
        """Hot rows without DuckDB, in order; at most ``limit``."""
        tests = [line_test(line_filter) for line_filter in filters]
        hiding = [_hider(hidden) for hidden in selection.hidden]
        if limit is not None and not tests and not hiding:
            batches = first_rows(selection, start_ns, end_ns, limit, backward=backward)
        else:
            each = (narrowed(batch, selection.numbers, start_ns, end_ns) for batch in selection.batches)
            batches = [replace(batch, fields={}) for batch in each if len(batch)]
        if not batches:
            return []
        rows = join_rows(batches)
        if self._scope.memory_only and int(rows.lines.views[:, 0].sum()) > _MOST_AT_HAND_BYTES:
            raise NotInMemory
        order = np.argsort(rows.timestamps_ns, kind="stable")
        order = order[::-1] if backward else order
        rows = rows.take(order)
        names = [*self._store.level_names.names, None]  # the last one is that of -1
        found: Iterable[_Raw] = zip(
            rows.timestamps_ns.tolist(),
            rows.streams.tolist(),
            rows.lines.strings(),
            [names[level] for level in rows.levels.tolist()],
            [None] * len(rows) if rows.metadata is None else rows.metadata.strings(),
            (HOT_SEQ + order).tolist(),
            strict=True,
        )
        for hides in hiding:
            found = [row for row in found if not hides(*row[:3])]
        for test in tests:
            found = [row for row in found if test(row[2])]
        return list(islice(found, limit))

    def _rows(self, raw: Sequence[_Raw], places: dict[int, int], labels: list[Labels]) -> Rows:
        metadata = [self._metadata_of(level, text) for _, _, _, level, text, _ in raw]
        lines = [line for _, _, line, *_ in raw]
        self._scope.scanned_rows += len(raw)
        self._scope.scanned_bytes += sum(map(len, lines))
        return Rows(
            timestamps_ns=[ts for ts, *_ in raw],
            lines=lines,
            streams=[places[stream] for _, stream, *_ in raw],
            stream_labels=labels,
            metadata=metadata if any(metadata) else None,
        )

    def _metadata_of(self, level: str | None, text: str | None) -> Labels:
        known = self._metadata.get((level, text))
        if known is None:
            if len(self._metadata) > 100_000:
                self._metadata.clear()
            known = self._metadata[level, text] = metadata_labels(level, text)
        return known

    def streams(self, tenant: str, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> list[Labels]:
        """Label sets that match and have a row in [start_ns, end_ns)."""
        with self._open_snapshot(tenant) as snapshot:
            found = matching_streams(snapshot.registry, matchers)
            return [found[number] for number in numbers_with_rows(snapshot, found, start_ns, end_ns)]


def batch_of(raw: Sequence[_Raw], levels: LevelNames) -> RowBatch:
    """Rows as they are held in memory."""
    times, streams, lines, names, metadata, _ = zip(*raw, strict=True)
    return RowBatch(
        numbers=np.unique(np.array(streams, dtype=np.int64)),
        streams=np.array(streams, dtype=np.int64),
        timestamps_ns=np.array(times, dtype=np.int64),
        lines=texts_of([line.encode() for line in lines]),
        levels=np.array([levels.code(name or "") for name in names], dtype=np.int32),
        metadata=texts_of([(text or "").encode() for text in metadata]) if any(metadata) else None,
    )


def metadata_labels(level: str | None, text: str | None) -> Labels:
    """The structured metadata of a row: what its JSON holds, and the detected level; sorted."""
    pairs: dict[str, Any] = json.loads(text) if text else {}
    if level:
        pairs[LEVEL_NAME] = level
    return tuple(sorted(pairs.items()))


def _hider(hidden: HiddenRows) -> Callable[[int, int, str], bool]:
    """Whether a row (time, stream, line) is one of the hidden ones."""
    tests = [line_test(line_filter) for line_filter in hidden.filters]
    return lambda time_ns, stream, line: (
        hidden.start_ns <= time_ns < hidden.end_ns and stream in hidden.numbers and all(test(line) for test in tests)
    )


def line_test(line_filter: LineFilter) -> Callable[[str], bool]:
    """A line filter as a function of the line."""
    values = line_filter.values
    match line_filter.operator:
        case LineFilterOperator.CONTAINS:
            return lambda line: any(value in line for value in values)
        case LineFilterOperator.EXCLUDES:
            return lambda line: not any(value in line for value in values)
    finders = [finder(value) for value in values]
    if line_filter.operator is LineFilterOperator.MATCHES:
        return lambda line: any(find(line) for find in finders)
    return lambda line: not any(find(line) for find in finders)
