"""The rows of a selection as SQL for DuckDB: files and hot rows as one relation, selectors and filters as conditions.

Text from a user only ever enters a statement as a parameter; what is formatted in are numbers and paths of our own.

Rows are read in branches. Where columns tell all that a branch needs of the line, it reads the columns of the rows that have
values there (`_KNOWN`), and a second branch reads the lines of the few other rows (`_OPEN`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from watchkeeper_store.logql.source import LineFilter, LineFilterOperator, LineParser
from watchkeeper_store.model.field_codes import FIELD_PREFIX, OPEN
from watchkeeper_store.model.rows import RowBatch
from watchkeeper_store.query.anchors import always_quoted, anchors_of, column_condition, is_answerable
from watchkeeper_store.query.json_brief import json_brief
from watchkeeper_store.query.label_pushdown import KeyCondition, text_condition
from watchkeeper_store.query.selection import HiddenRows, Selection, has_rows, narrowed, rows_inside
from watchkeeper_store.storage.arrow import ArrowRows
from watchkeeper_store.storage.segment import Segment

_MOST_LITERAL_STREAMS = 24
HOT_VIEW = "hot"
_MOST_REMEMBERED_FILES = 64
"""The footer of a file takes some 200 kB while it is remembered, and a tenth of a millisecond to read: few are worth it."""
_KEEPS = (LineFilterOperator.CONTAINS, LineFilterOperator.MATCHES)


@dataclass(slots=True)
class Sql:
    """A statement under construction: text and the values of its parameters, in order."""

    values: list[Any] = field(default_factory=list)

    def value(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """``sql`` is a parenthesised SELECT with the wanted columns; run it inside `readable`."""

    sql: str
    hot: ArrowRows | None
    files: int

    @contextmanager
    def readable(self, cursor: Any) -> Iterator[None]:
        """The cursor knows the hot rows until this context ends."""
        if self.files > _MOST_REMEMBERED_FILES:
            cursor.execute("SET parquet_metadata_cache = false")  # of this cursor
        if self.hot is None:
            yield
            return
        with self.hot.registered(cursor, HOT_VIEW):
            yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What of the rows a statement wants.

    ``columns`` are columns of a segment, ``seq`` (orders rows of equal time by arrival) or ``brief``: a logfmt line with
    nothing but the pairs of ``keys``, or the line itself where these are not known without parsing it, or ``value``: that of
    the first of ``keys``, NULL where it is not known. With ``parser`` JSON the brief is a JSON object. Rows that fail a
    filter are left out, rows that fail ``key_conditions`` or have not all of ``texts`` in their line may be.
    """

    columns: Sequence[str]
    filters: Sequence[LineFilter] = ()
    keys: Sequence[str] = ()
    parser: LineParser = LineParser.LOGFMT
    key_conditions: Sequence[KeyCondition] = ()
    texts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What columns are used for: the brief, some filters (place → whether all values stand in quotes), some conditions."""

    brief: bool
    filters: tuple[tuple[int, bool], ...]
    conditions: tuple[KeyCondition, ...]
    keys: tuple[str, ...]
    """All columns that are used."""


def _reading(wish: Wish, spelling: Mapping[str, int]) -> _Reading:
    """How to read rows that have columns of these keys, spelled so."""
    brief = bool(wish.keys) and wish.parser is LineParser.LOGFMT and spelling.keys() >= set(wish.keys)
    keys = set(wish.keys) if brief else set()
    filters: list[tuple[int, bool]] = []
    for place, line_filter in enumerate(wish.filters):
        anchors = anchors_of(line_filter)
        if anchors is not None and anchors[0].key in spelling and is_answerable(spelling[anchors[0].key]):
            filters.append((place, always_quoted(spelling[anchors[0].key])))
            keys.add(anchors[0].key)
    conditions = tuple(condition for condition in wish.key_conditions if condition.key in spelling)
    keys.update(condition.key for condition in conditions)
    return _Reading(brief=brief, filters=tuple(filters), conditions=conditions, keys=tuple(sorted(keys)))


def relation(
    selection: Selection, level_names: Sequence[str], wish: Wish, start_ns: int, end_ns: int, sql: Sql
) -> Relation | None:
    """The rows in [start_ns, end_ns) that pass the filters; None where there are none."""
    files = [s for s in selection.segments if has_rows(s, selection.numbers, start_ns, end_ns)]
    hot = [b for b in (narrowed(batch, selection.numbers, start_ns, end_ns) for batch in selection.batches) if len(b)]
    groups: dict[tuple[_Reading, bool], list[Segment]] = {}
    for file in files:
        reading = _reading(wish, {key: facts.spelling for key, facts in file.fields.items()})
        groups.setdefault((reading, start_ns <= file.min_ns and file.max_ns < end_ns), []).append(file)
    selects: list[str] = []
    shown = [shown_condition(hidden, sql) for hidden in selection.hidden]
    for (reading, is_inside), members in groups.items():
        where = [*_time_bounds(start_ns, end_ns, is_inside), *_stream_bounds(selection, sql), *shown]
        selects.append(_select(wish, reading, _files_source(wish, members), where, _file_seq(members), sql))
        opened = [file for file in members if any(file.fields[key].open_rows for key in reading.keys)]
        if opened:
            seq = _file_seq(opened)
            selects.append(_select(wish, reading, _files_source(wish, opened), where, seq, sql, opened=True))
    rows = None
    if hot:
        reading = _reading(wish, _hot_spelling(selection))
        rows = ArrowRows(hot, level_names, reading.keys)
        selects.append(_select(wish, reading, HOT_VIEW, shown, _HOT_ORDER, sql))
        if any(_has_open_rows(batch, key) for batch in hot for key in reading.keys):
            selects.append(_select(wish, reading, HOT_VIEW, shown, _HOT_ORDER, sql, opened=True))
    if not selects:
        return None
    return Relation(sql=f"({' UNION ALL '.join(selects)})", hot=rows, files=len(files))


def _has_open_rows(batch: RowBatch, key: str) -> bool:
    column = batch.fields.get(key)
    return column is None or bool((column.codes == OPEN).any())


def _hot_spelling(selection: Selection) -> dict[str, int]:
    """Spelling over all batches; where a batch has no such column its rows are NULL there, and so open."""
    spelling: dict[str, int] = {}
    for batch in selection.batches:
        for key, column in batch.fields.items():
            spelling[key] = spelling.get(key, 0) | column.spelling
    return spelling


def _time_bounds(start_ns: int, end_ns: int, is_inside: bool) -> list[str]:
    """Conditions for rows in [start_ns, end_ns); none for files that have no others, because they cost as much as reading."""
    return [] if is_inside else [f"ts >= {int(start_ns)}", f"ts < {int(end_ns)}"]


def _stream_bounds(selection: Selection, sql: Sql) -> list[str]:
    """Conditions for rows of the selected streams."""
    if selection.covers_all:
        return []
    if len(selection.numbers) <= _MOST_LITERAL_STREAMS:
        return [f"stream IN ({', '.join(map(str, selection.numbers.tolist()))})"]
    return [f"stream IN (SELECT unnest({sql.value(selection.numbers.tolist())}::BIGINT[]))"]


def shown_condition(hidden: HiddenRows, sql: Sql) -> str:
    """The condition for rows that are not among the hidden ones; needs the columns ``stream``, ``ts`` and ``line``."""
    parts = [f"ts >= {int(hidden.start_ns)}", f"ts < {int(hidden.end_ns)}"]
    parts.append(f"stream IN (SELECT unnest({sql.value(sorted(hidden.numbers))}::BIGINT[]))")
    return f"NOT ({' AND '.join(parts + [line_condition(line_filter, sql) for line_filter in hidden.filters])})"


def line_condition(line_filter: LineFilter, sql: Sql) -> str:
    """One line filter on the column ``line``."""
    is_text = line_filter.operator in (LineFilterOperator.CONTAINS, LineFilterOperator.EXCLUDES)
    test = "contains(line, {})" if is_text else "regexp_matches(line, {})"
    either = " OR ".join(test.format(sql.value(value)) for value in line_filter.values) or "false"
    return f"({either})" if line_filter.operator in _KEEPS else f"NOT ({either})"


def _files_source(wish: Wish, files: Sequence[Segment]) -> str:
    option = ", file_row_number = true" if "seq" in wish.columns else ""
    return f"read_parquet([{', '.join(_quoted(str(file.path)) for file in files)}]{option})"


def _file_seq(files: Sequence[Segment]) -> str:
    """The order of rows over all files, whichever of them one statement reads."""
    return f"({[file.number for file in files]}[file_index::BIGINT + 1]::BIGINT << 32) + file_row_number"


HOT_SEQ = 1 << 60
_HOT_ORDER = f"{HOT_SEQ} + seq"


def _column(key: str) -> str:
    return f'"{FIELD_PREFIX}{key}"'


def _select(
    wish: Wish, reading: _Reading, source: str, bounds: Sequence[str], seq: str, sql: Sql, *, opened: bool = False
) -> str:
    """One branch: the rows of which the columns tell all, which is what makes them cheap, or with ``opened`` the others."""
    written = {"seq": f"{seq} AS seq", "brief": "line AS brief", "value": "NULL AS value"}
    if wish.parser is LineParser.JSON and "brief" in wish.columns:
        written["brief"] = f"{json_brief(wish.keys, sql.value)} AS brief"
    if reading.brief and not opened:
        written["value"] = f"{_column(wish.keys[0])} AS value"
        pairs = [f"CASE {_column(key)} WHEN '' THEN '' ELSE '{key}=\"' || {_column(key)} || '\" ' END" for key in wish.keys]
        written["brief"] = f"{' || '.join(pairs)} AS brief"
    parts = [*bounds]
    if opened:
        parts.append("(" + " OR ".join(f"{_column(key)} IS NULL" for key in reading.keys) + ")")
        parts += [f"({_column(one.key)} IS NULL OR {one.sql(sql.value)})" for one in reading.conditions]
    else:
        parts += [f"{_column(key)} IS NOT NULL" for key in reading.keys]
        parts += [one.sql(sql.value) for one in reading.conditions]
    answered = {} if opened else dict(reading.filters)
    for place, line_filter in enumerate(wish.filters):
        anchors = anchors_of(line_filter) if place in answered else None
        if anchors is None:
            parts.append(line_condition(line_filter, sql))
            continue
        column, keeps = _column(anchors[0].key), line_filter.operator in _KEEPS
        parts.append(column_condition(anchors, column, quoted=answered[place], keeps=keeps, value=sql.value))
    settled = set() if opened else {condition.values[0] for condition in reading.conditions if condition.is_equality}
    parts += [text_condition(text, sql.value) for text in wish.texts if text not in settled]
    chosen = ", ".join(written.get(column, column) for column in wish.columns)
    where = " AND ".join(parts) or "true"
    return f"SELECT {chosen} FROM {source} WHERE {where}"  # noqa: S608  see above


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def row_count(selection: Selection, start_ns: int, end_ns: int) -> int:
    """How many hot rows of the selected streams lie in [start_ns, end_ns)."""
    return sum(len(rows_inside(batch, selection.numbers, start_ns, end_ns)) for batch in selection.batches)
