"""Lines that are there already: agents that got no answer send the same batch again, and it must count once.

Looked for only where it can be: in streams that get a line which is not newer than all that they have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from watchkeeper_store.model.rows import I64, RowBatch

_MOST_STREAMS = 100_000


class Newest:
    """The time of the newest line per stream of one tenant."""

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}

    def take(self, rows: RowBatch) -> npt.NDArray[np.intp]:
        """Note the rows, and say which of them are not newer than everything before them in their stream."""
        if len(self._newest) > _MOST_STREAMS:
            self._newest.clear()
        order = np.lexsort((rows.timestamps_ns, rows.streams))
        streams, times = rows.streams[order], rows.timestamps_ns[order]
        first = np.flatnonzero(np.concatenate([[True], streams[1:] != streams[:-1]]))
        last = np.append(first[1:], len(streams)) - 1
        known = [self._newest.get(number, -(1 << 63)) for number in streams[first].tolist()]
        suspect = times <= np.repeat(np.array(known, dtype=np.int64), last - first + 1)
        same = (streams[1:] == streams[:-1]) & (times[1:] == times[:-1])
        suspect[1:] |= same
        suspect[:-1] |= same
        for number, newest, before in zip(streams[first].tolist(), times[last].tolist(), known, strict=True):
            self._newest[number] = max(newest, before)
        return np.sort(order[suspect])


def repeated(rows: RowBatch, suspects: npt.NDArray[np.intp], held: Sequence[RowBatch]) -> npt.NDArray[np.intp]:
    """Which of the suspected rows equal a held row, or a suspect before them, in stream, time, line and metadata."""
    wanted = rows.take(suspects)
    times = np.unique(wanted.timestamps_ns)
    seen: set[tuple[int, int, bytes, bytes]] = set()
    for batch in held:
        seen.update(_keys(batch, _at(batch, times, wanted)))
    found: list[int] = []
    for row, key in zip(suspects.tolist(), _keys(rows, suspects), strict=True):
        if key in seen:
            found.append(row)
        seen.add(key)
    return np.array(found, dtype=np.intp)


def _at(batch: RowBatch, times: I64, wanted: RowBatch) -> npt.NDArray[np.intp]:
    """Rows of a batch that have one of the times and, roughly, one of the streams."""
    inside = (batch.timestamps_ns >= times[0]) & (batch.timestamps_ns <= times[-1])
    candidates = np.flatnonzero(inside)
    at = np.minimum(np.searchsorted(times, batch.timestamps_ns[candidates]), len(times) - 1)
    candidates = candidates[times[at] == batch.timestamps_ns[candidates]]
    found: npt.NDArray[np.intp] = candidates[np.isin(batch.streams[candidates], wanted.numbers)]
    return found


def _keys(batch: RowBatch, places: npt.NDArray[np.intp]) -> list[tuple[int, int, bytes, bytes]]:
    return [
        (
            int(batch.streams[row]),
            int(batch.timestamps_ns[row]),
            batch.lines.octets(row),
            b"" if batch.metadata is None else batch.metadata.octets(row),
        )
        for row in places.tolist()
    ]
