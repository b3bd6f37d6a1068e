"""Files are read in the order in which they can have the first rows, each once."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from watchkeeper_store.query.parts import parts_in_time
from watchkeeper_store.query.selection import Selection
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
