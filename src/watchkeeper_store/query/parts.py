"""A selection cut by where its rows are instead of by time, for queries that want only the first rows: what is in memory comes
before files, and no file is read twice. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from watchkeeper_store.model.rows import I64, RowBatch
from watchkeeper_store.query.selection import Selection, rows_inside
from watchkeeper_store.storage.segment import Segment

_GROWTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some of a selection's batches and segments. No part after this one has a row outside of ``outer_ns``, both ends in."""

    batches: tuple[RowBatch, ...]
    segments: tuple[Segment, ...]
    outer_ns: tuple[int, int]

    def may_have(self, start_ns: int, end_ns: int) -> bool:
        """Whether this part or one after it may have rows in [start_ns, end_ns)."""
        return self.outer_ns[0] < end_ns and self.outer_ns[1] >= start_ns

    def of(self, selection: Selection) -> Selection:
        """The selection with nothing but this part."""
        return replace(selection, batches=self.batches, segments=self.segments)


def newest_in_memory(selection: Selection) -> Selection | None:
    """The end of the selection's time, as far back as all its rows are in memory; None where there is none."""
    if not selection.segments:
        return selection
    recent = selection.recent
    if recent is None or recent.since_ns >= selection.end_ns:
        return None
    rows = () if recent.rows is None else (recent.rows,)
    start_ns = max(selection.start_ns, recent.since_ns)
    return replace(selection, batches=(*rows, *selection.batches), segments=(), start_ns=start_ns)


def parts_in_time(selection: Selection, *, backward: bool) -> Iterator[Part]:
    """Those that reach farthest to the asked end of time first; each part has four times as many files as the one before."""
    holders: list[tuple[int, int, Segment | None]] = [(one.min_ns, one.max_ns, one) for one in selection.segments]
    if selection.batches:  # all as one: they are in memory
        low, high = zip(*(batch.span_ns for batch in selection.batches), strict=True)
        holders.append((min(low), max(high), None))
    holders.sort(key=lambda holder: -holder[1] if backward else holder[0])
    at, size = 0, 1
    while at < len(holders):
        chosen = holders[at : at + size]
        left = holders[at:]
        yield Part(
            batches=selection.batches if any(segment is None for _, _, segment in chosen) else (),
            segments=tuple(segment for _, _, segment in chosen if segment is not None),
            outer_ns=(min(low for low, _, _ in left), max(high for _, high, _ in left)),
        )
        at, size = at + size, size * _GROWTH


def first_rows(selection: Selection, start_ns: int, end_ns: int, limit: int, *, backward: bool) -> list[RowBatch]:
    """The rows in memory that can be among the first ``limit`` of [start_ns, end_ns), without columns of fields."""
    reach = [batch.span_ns[1 if backward else 0] if len(batch) else 0 for batch in selection.batches]
    chosen: dict[int, npt.NDArray[np.intp]] = {}
    first = np.zeros(0, dtype=np.int64)
    for place in sorted(range(len(reach)), key=lambda place: reach[place], reverse=backward):
        batch = selection.batches[place]
        if len(first) >= limit and (reach[place] < first[0] if backward else reach[place] > first[-1]):
            break
        rows = rows_inside(batch, selection.numbers, start_ns, end_ns)
        rows = chosen[place] = first_of(batch.timestamps_ns, rows, limit, backward=backward)
        first = np.sort(np.concatenate([first, batch.timestamps_ns[rows]]))
        first = first[-limit:] if backward else first[:limit]
    return [replace(selection.batches[place], fields={}).take(chosen[place]) for place in sorted(chosen) if len(chosen[place])]


def first_of(times: I64, rows: npt.NDArray[np.intp], limit: int, *, backward: bool) -> npt.NDArray[np.intp]:
    """Those of some rows that can be among the first ``limit`` in the asked order, which are more only where times repeat."""
    if len(rows) <= limit:
        return rows
    asked = times[rows]
    place = len(rows) - limit if backward else limit - 1
    last = np.partition(asked, place)[place]
    found: npt.NDArray[np.intp] = rows[asked >= last if backward else asked <= last]
    return found
