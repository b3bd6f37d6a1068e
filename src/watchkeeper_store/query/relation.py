"""The rows of a selection as SQL for DuckDB: files and hot rows as one relation, selectors and line filters as conditions.

Text from a user only ever enters a statement as a parameter; what is formatted in are numbers and paths of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from watchkeeper_store.logql.source import LineFilter, LineFilterOperator
from watchkeeper_store.model.fields import FIELD_PREFIX
from watchkeeper_store.query.selection import HiddenRows, Selection, has_rows, narrowed
from watchkeeper_store.storage.arrow import ArrowRows

_MOST_LITERAL_STREAMS = 24
HOT_VIEW = "hot"


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

    def readable(self, cursor: Any) -> AbstractContextManager[None]:
        """The cursor knows the hot rows until this context ends."""
        return nullcontext() if self.hot is None else self.hot.registered(cursor, HOT_VIEW)


def conditions(selection: Selection, filters: Sequence[LineFilter], start_ns: int, end_ns: int, sql: Sql) -> str:
    """The WHERE clause for rows of the selection in [start_ns, end_ns) that pass the line filters."""
    parts = [f"ts >= {int(start_ns)}", f"ts < {int(end_ns)}"]
    if not selection.covers_all:
        if len(selection.numbers) <= _MOST_LITERAL_STREAMS:
            parts.append(f"stream IN ({', '.join(map(str, selection.numbers.tolist()))})")
        else:
            parts.append(f"stream IN (SELECT unnest({sql.value(selection.numbers.tolist())}::BIGINT[]))")
    parts += [line_condition(line_filter, sql) for line_filter in filters]
    return " AND ".join(parts + [shown_condition(hidden, sql) for hidden in selection.hidden])


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
    keeps = line_filter.operator in (LineFilterOperator.CONTAINS, LineFilterOperator.MATCHES)
    return f"({either})" if keeps else f"NOT ({either})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What of the rows a statement wants.

    ``columns`` are columns of a segment, ``seq`` (orders rows of equal time by arrival) or ``brief``: a logfmt line with
    nothing but the pairs of ``keys``, or the line itself where these are not known without parsing it.
    """

    columns: Sequence[str]
    filters: Sequence[LineFilter] = ()
    keys: Sequence[str] = ()


def relation(
    selection: Selection, level_names: Sequence[str], wish: Wish, start_ns: int, end_ns: int, sql: Sql
) -> Relation | None:
    """The rows in [start_ns, end_ns) that pass the filters; None where there are none."""
    files = [s for s in selection.segments if has_rows(s, selection.numbers, start_ns, end_ns)]
    hot = [b for b in (narrowed(batch, selection.numbers, start_ns, end_ns) for batch in selection.batches) if len(b)]
    selects: list[str] = []
    brief = "brief" in wish.columns and bool(wish.keys)
    shredded = [file for file in files if brief and file.fields.keys() >= set(wish.keys)]
    opened = [file for file in shredded if any(file.fields[key] for key in wish.keys)]
    plain = [file for file in files if file not in shredded]
    for some, state in ((plain, _WHOLE), (shredded, _KNOWN), (opened, _OPEN)):
        if some:
            where = conditions(selection, wish.filters, start_ns, end_ns, sql)
            option = ", file_row_number = true" if "seq" in wish.columns else ""
            source = f"read_parquet([{', '.join(_quoted(str(file.path)) for file in some)}]{option})"
            selects.append(_select(wish, source, where, _FILE_SEQ, state))
    rows = None
    if hot:
        rows = ArrowRows(hot, level_names, wish.keys)
        states = (_KNOWN, _OPEN) if brief else (_WHOLE,)
        for state in states:
            tests = [line_condition(line_filter, sql) for line_filter in wish.filters]
            where = " AND ".join(tests + [shown_condition(hidden, sql) for hidden in selection.hidden]) or "true"
            selects.append(_select(wish, HOT_VIEW, where, _HOT_SEQ, state))
    if not selects:
        return None
    return Relation(sql=f"({' UNION ALL '.join(selects)})", hot=rows)


_WHOLE, _KNOWN, _OPEN = "whole", "known", "open"
_FILE_SEQ = "(file_index::BIGINT << 32) + file_row_number"
_HOT_SEQ = f"{1 << 60} + seq"


def _select(wish: Wish, source: str, where: str, seq: str, state: str) -> str:
    """One branch: rows whose keys are all known need no line at all, which is what makes them cheap."""
    written = {"seq": f"{seq} AS seq", "brief": "line AS brief"}
    columns = [f'"{FIELD_PREFIX}{key}"' for key in wish.keys]
    if state == _KNOWN:
        where += "".join(f" AND {column} IS NOT NULL" for column in columns)
        pairs = [
            f"CASE {column} WHEN '' THEN '' ELSE '{key}=\"' || {column} || '\" ' END"
            for key, column in zip(wish.keys, columns, strict=True)
        ]
        written["brief"] = f"{' || '.join(pairs)} AS brief"
    elif state == _OPEN:
        where += " AND (" + " OR ".join(f"{column} IS NULL" for column in columns) + ")"
    chosen = ", ".join(written.get(column, column) for column in wish.columns)
    return f"SELECT {chosen} FROM {source} WHERE {where}"  # noqa: S608  see above


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def row_count(selection: Selection, start_ns: int, end_ns: int) -> int:
    """How many hot rows lie in [start_ns, end_ns)."""
    return sum(
        int(np.count_nonzero((batch.timestamps_ns >= start_ns) & (batch.timestamps_ns < end_ns))) for batch in selection.batches
    )
