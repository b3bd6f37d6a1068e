"""Numbers that DuckDB reads from the values of a field, and the rows that make it give up."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pytest

from watchkeeper_store.query.unwrapping import numbers_of, numbers_statement
from watchkeeper_store.query.windows import Buckets

MINUTES = Buckets(
    origin_ns=-1, step_ns=60, phase_ns=60, count=4, low=np.array([0, 2]), high=np.array([2, 4])
)  # [0, 60) is bucket 0, [60, 120) is bucket 2


def fetched(*rows: tuple[int, int, str | None, str | None], by_stream: bool = False) -> Any:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE lines (stream BIGINT, ts BIGINT, metadata VARCHAR, value VARCHAR)")
        connection.executemany("INSERT INTO lines VALUES (?, ?, ?, ?)", rows)
        return connection.execute(numbers_statement("lines", MINUTES, by_stream=by_stream)).fetchnumpy()


def counted(found: Any) -> dict[tuple[int, float, int], int]:
    numbers = numbers_of(found)
    assert numbers is not None
    rows = zip(numbers.streams, numbers.codes, numbers.buckets, numbers.counts, strict=True)
    return {(int(stream), float(numbers.values[code]), int(bucket)): int(count) for stream, code, bucket, count in rows}


def test_equal_numbers_are_counted_together_however_they_are_written() -> None:
    rows = [(7, 10, None, "1"), (7, 20, None, "1.0"), (9, 30, None, "1e0"), (9, 70, None, "1"), (9, 70, None, "2.5")]
    assert counted(fetched(*rows)) == {(0, 1.0, 0): 3, (0, 1.0, 2): 1, (0, 2.5, 2): 1}
    assert counted(fetched(*rows, by_stream=True)) == {(7, 1.0, 0): 2, (9, 1.0, 0): 1, (9, 1.0, 2): 1, (9, 2.5, 2): 1}


def test_a_line_without_the_field_counts_nowhere() -> None:
    assert counted(fetched((7, 10, None, ""), (7, 10, None, "3"))) == {(0, 3.0, 0): 1}


@pytest.mark.parametrize(
    "row",
    [(7, 10, None, "x"), (7, 10, None, "1_0"), (7, 10, None, "inf"), (7, 10, None, None), (7, 10, '{"a":"b"}', "1")],
    ids=["text", "underscore", "infinite", "unknown", "metadata"],
)
@pytest.mark.parametrize("by_stream", [False, True])
def test_one_row_that_is_no_plain_number_is_enough_to_give_up(
    row: tuple[int, int, str | None, str | None], by_stream: bool
) -> None:
    assert numbers_of(fetched((7, 10, None, "1"), row, by_stream=by_stream)) is None
