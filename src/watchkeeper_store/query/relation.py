"""The rows of a selection as SQL for DuckDB: files and hot rows as one relation, selectors and line filters as conditions.

Text from a user only ever enters a statement as a parameter; what is formatted in are numbers and paths of our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from watchkeeper_store.logql.source import LineFilter, LineFilterOperator
from watchkeeper_store.query.selection import Selection, has_rows, narrowed
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
    """``sql`` is a parenthesised SELECT with the wanted columns; ``hot`` must be registered as `HOT_VIEW` while it runs."""

    sql: str
    hot: ArrowRows | None


def conditions(selection: Selection, filters: Sequence[LineFilter], start_ns: int, end_ns: int, sql: Sql) -> str:
    """The WHERE clause for rows of the selection in [start_ns, end_ns) that pass the line filters."""
    parts = [f"ts >= {int(start_ns)}", f"ts < {int(end_ns)}"]
    if not selection.covers_all:
        if len(selection.numbers) <= _MOST_LITERAL_STREAMS:
            parts.append(f"stream IN ({', '.join(map(str, selection.numbers.tolist()))})")
        else:
            parts.append(f"stream IN (SELECT unnest({sql.value(selection.numbers.tolist())}::BIGINT[]))")
    return " AND ".join(parts + [line_condition(line_filter, sql) for line_filter in filters])


def line_condition(line_filter: LineFilter, sql: Sql) -> str:
    """One line filter on the column ``line``."""
    is_text = line_filter.operator in (LineFilterOperator.CONTAINS, LineFilterOperator.EXCLUDES)
    test = "contains(line, {})" if is_text else "regexp_matches(line, {})"
    either = " OR ".join(test.format(sql.value(value)) for value in line_filter.values) or "false"
    keeps = line_filter.operator in (LineFilterOperator.CONTAINS, LineFilterOperator.MATCHES)
    return f"({either})" if keeps else f"NOT ({either})"


def relation(
    selection: Selection,
    level_names: Sequence[str],
    columns: Sequence[str],
    filters: Sequence[LineFilter],
    start_ns: int,
    end_ns: int,
    sql: Sql,
) -> Relation | None:
    """The rows in [start_ns, end_ns); None where there are none. Column ``seq`` orders rows of equal time by arrival."""
    files = [s for s in selection.segments if has_rows(s, selection.numbers, start_ns, end_ns)]
    hot = [b for b in (narrowed(batch, selection.numbers, start_ns, end_ns) for batch in selection.batches) if len(b)]
    selects: list[str] = []
    plain = [column for column in columns if column != "seq"]
    if files:
        paths = ", ".join("'" + str(segment.path).replace("'", "''") + "'" for segment in files)
        seq = ["(file_index::BIGINT << 32) + file_row_number AS seq"] if "seq" in columns else []
        option = ", file_row_number = true" if seq else ""
        where = conditions(selection, filters, start_ns, end_ns, sql)
        selects.append(f"SELECT {', '.join(plain + seq)} FROM read_parquet([{paths}]{option}) WHERE {where}")  # noqa: S608  see above
    rows = None
    if hot:
        rows = ArrowRows(hot, level_names)
        seq = [f"{1 << 60} + seq AS seq"] if "seq" in columns else []
        where = " AND ".join(line_condition(line_filter, sql) for line_filter in filters) or "true"
        selects.append(f"SELECT {', '.join(plain + seq)} FROM {HOT_VIEW} WHERE {where}")  # noqa: S608  see above
    if not selects:
        return None
    return Relation(sql=f"({' UNION ALL '.join(selects)})", hot=rows)


def row_count(selection: Selection, start_ns: int, end_ns: int) -> int:
    """How many hot rows lie in [start_ns, end_ns)."""
    return sum(
        int(np.count_nonzero((batch.timestamps_ns >= start_ns) & (batch.timestamps_ns < end_ns))) for batch in selection.batches
    )
