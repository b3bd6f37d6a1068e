"""How rows are cut into segments: a segment never spans two days nor two retention times, so that it can be dropped whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from watchkeeper_store.model.rows import RowBatch

DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of one UTC day (counted from the epoch) that are kept equally long."""

    day: int
    keep_s: float
    rows: RowBatch


def parts_of(rows: RowBatch, keep_s: Callable[[int], float]) -> Iterator[Part]:
    """Cut rows by day and by how long ``keep_s(stream)`` keeps them; the order inside a part is unchanged."""
    days = rows.timestamps_ns // DAY_NS
    numbers, where = np.unique(rows.streams, return_inverse=True)
    kept = np.array([keep_s(number) for number in numbers.tolist()], dtype=np.float64)[where]
    if bool((days == days[0]).all()) and bool((kept == kept[0]).all()):
        yield Part(day=int(days[0]), keep_s=float(kept[0]), rows=rows)
        return
    for day in np.unique(days).tolist():
        for seconds in np.unique(kept[days == day]).tolist():
            chosen = np.flatnonzero((days == day) & (kept == seconds))
            yield Part(day=day, keep_s=seconds, rows=rows.take(chosen))
