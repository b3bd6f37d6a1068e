"""Rows are sorted for a file by stream, time and arrival, whichever way is the faster."""

from __future__ import annotations

import numpy as np
import pytest

from watchkeeper_store.model.rows import RowBatch, texts_of
from watchkeeper_store.storage import segment
from watchkeeper_store.storage.segment import sorted_rows

FAR = 1 << 62


def rows(*pairs: tuple[int, int]) -> RowBatch:
    """Rows of (stream, time), whose lines say at which place they arrived."""
    return RowBatch(
        numbers=np.unique(np.array([5, *(stream for stream, _ in pairs)], dtype=np.int64)),
        streams=np.array([stream for stream, _ in pairs], dtype=np.int64),
        timestamps_ns=np.array([time_ns for _, time_ns in pairs], dtype=np.int64),
        lines=texts_of([str(place).encode() for place in range(len(pairs))]),
        levels=np.full(len(pairs), -1, dtype=np.int32),
    )


@pytest.mark.parametrize("small_numbers", [0, 1 << 16])
@pytest.mark.parametrize(("arrived", "places"), [
    ([(7, 1), (FAR, 1), (7, 2), (3, 9), (FAR, 1), (7, 2)], [3, 0, 2, 5, 1, 4]),
    ([(7, 2), (FAR, 1), (7, 1), (3, 9), (FAR, 1), (7, 2)], [3, 2, 0, 5, 1, 4]),
    ([(7, 5)], [0]),
])  # fmt: skip
def test_rows_are_sorted_by_stream_and_time_and_those_of_one_time_stay_as_they_came(
    small_numbers: int, arrived: list[tuple[int, int]], places: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "_MOST_SMALL_NUMBERS", small_numbers)
    found = sorted_rows(rows(*arrived))
    assert found.lines.strings() == [str(place) for place in places]
    assert found.timestamps_ns.tolist() == [arrived[place][1] for place in places]
