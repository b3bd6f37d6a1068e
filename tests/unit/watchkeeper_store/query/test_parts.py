"""Files are read in the order in which they can have the first rows, each once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from watchkeeper_store.model.rows import RowBatch, texts_of
from watchkeeper_store.query.parts import first_of, first_rows, newest_in_memory, parts_in_time
from watchkeeper_store.query.selection import Selection
from watchkeeper_store.storage.recent import Recent
from watchkeeper_store.storage.segment import Segment


def segment(number: int, low: int, high: int) -> Segment:
    nothing = np.zeros(0, dtype=np.int64)
    return Segment(
        path=Path(f"{number}.parquet"), name=str(number), tenant="t", keep_s=0, rows=1, size_bytes=1, min_ns=low, max_ns=high,
        fields={}, compact=True, literal=False, words=None, streams=nothing, stream_rows=nothing, stream_bytes=nothing,
        stream_min_ns=nothing, stream_max_ns=nothing,
    )  # fmt: skip


def selection(*segments: Segment) -> Selection:
    numbers = np.zeros(0, dtype=np.int64)
    return Selection(streams={}, numbers=numbers, covers_all=True, batches=(), segments=segments, start_ns=0, end_ns=1000)


OVERLAPPING = selection(
    segment(1, 0, 50),
    segment(2, 10, 400),
    segment(3, 40, 60),
    segment(4, 300, 350),
    *(segment(number, number, number + 1) for number in range(5, 12)),
)


def test_backward_begins_with_the_file_that_ends_last() -> None:
    parts = list(parts_in_time(OVERLAPPING, backward=True))
    assert [[one.number for one in part.segments] for part in parts] == [[2], [4, 3, 1, 11], [10, 9, 8, 7, 6, 5]]


def test_forward_begins_with_the_file_that_begins_first() -> None:
    first = next(parts_in_time(OVERLAPPING, backward=False))
    assert [one.number for one in first.segments] == [1]


def test_a_part_knows_what_it_and_those_after_it_can_have() -> None:
    second = list(parts_in_time(OVERLAPPING, backward=True))[1]
    assert second.outer_ns == (0, 350)
    assert second.may_have(350, 1000)
    assert not second.may_have(351, 1000)


def batch(*times: int) -> RowBatch:
    return RowBatch(
        numbers=np.array([1], dtype=np.int64),
        streams=np.full(len(times), 1, dtype=np.int64),
        timestamps_ns=np.array(times, dtype=np.int64),
        lines=texts_of([b"line"] * len(times)),
        levels=np.full(len(times), -1, dtype=np.int32),
    )


def test_the_end_of_time_is_in_memory_as_far_back_as_rows_are_recent() -> None:
    asked = replace(OVERLAPPING, recent=Recent(since_ns=390, rows=batch(390, 400)), batches=(batch(410),))
    memory = newest_in_memory(asked)
    assert memory is not None
    assert (memory.start_ns, memory.end_ns, memory.segments) == (390, 1000, ())
    assert [one.timestamps_ns.tolist() for one in memory.batches] == [[390, 400], [410]]


def test_nothing_that_is_asked_for_is_recent() -> None:
    assert newest_in_memory(OVERLAPPING) is None
    assert newest_in_memory(replace(OVERLAPPING, recent=Recent(since_ns=1000, rows=batch(1000)))) is None


def test_without_files_all_is_in_memory() -> None:
    asked = selection()
    assert newest_in_memory(asked) is asked


def test_the_first_rows_are_no_fewer_than_asked_for_and_more_only_where_times_repeat() -> None:
    times, some = np.array([0, 5, 1, 5, 3, 9]), np.array([1, 2, 3, 4, 5])
    assert first_of(times, some, 2, backward=True).tolist() == [1, 3, 5]
    assert first_of(times, some, 1, backward=True).tolist() == [5]
    assert first_of(times, some, 2, backward=False).tolist() == [2, 4]
    assert first_of(times, some, 3, backward=False).tolist() == [1, 2, 3, 4]
    assert first_of(times, some, 5, backward=True).tolist() == [1, 2, 3, 4, 5]


def test_batches_that_cannot_have_one_of_the_first_rows_are_left_out_and_the_order_stays() -> None:
    asked = replace(
        selection(), numbers=np.array([1]), batches=(batch(5, 9), batch(1, 2), batch(), batch(7, 9), batch(9, 3)), end_ns=100
    )

    def found(limit: int, start: int = 0, end: int = 100, *, backward: bool = True) -> list[list[int]]:
        return [one.timestamps_ns.tolist() for one in first_rows(asked, start, end, limit, backward=backward)]

    assert found(2) == [[5, 9], [7, 9], [9, 3]]
    assert found(4) == [[5, 9], [7, 9], [9, 3]]
    assert found(1, end=9) == [[5], [7], [3]]
    assert found(6) == [[5, 9], [7, 9], [9, 3]]
    assert found(7) == [[5, 9], [1, 2], [7, 9], [9, 3]]
    assert found(2, backward=False) == [[1, 2]]
    assert found(2, 2, backward=False) == [[2], [9, 3]]
