"""What grows with each request and is put in order only when somebody asks: attributes by key, spans by trace."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watchkeeper_store.traces.columns import Rows

_MOST_RUNS = 8
_SHORT_KEYS = 2**15
_NONE: Rows = np.zeros(0, np.int32)


class Pairs:
    """(row, key, code) of every value. For use with the generation's lock held."""

    def __init__(self) -> None:
        self._unsorted: list[NDArray[np.int32]] = []
        self._single = array("i")
        self._by_key: dict[int, list[tuple[Rows, Rows]]] = {}

    def add(self, pairs: NDArray[np.int32]) -> None:
        """Take rows, keys and codes, one below the other; rows never smaller than those of earlier requests."""
        self._take_single()
        self._unsorted.append(pairs)

    def add_one(self, row: int, key: int, code: int) -> None:
        """Take one."""
        self._single.extend((row, key, code))

    def of(self, key: int) -> tuple[Rows, Rows]:
        """(rows ascending, codes) of one key."""
        self._sort()
        parts = self._by_key.get(key, [])
        if len(parts) > 1:
            parts[:] = [(np.concatenate([rows for rows, _ in parts]), np.concatenate([codes for _, codes in parts]))]
        return parts[0] if parts else (_NONE, _NONE)

    def _take_single(self) -> None:
        if self._single:
            self._unsorted.append(np.array(self._single, np.int32).reshape(-1, 3).T)
            self._single = array("i")

    def _sort(self) -> None:
        self._take_single()
        if not self._unsorted:
            return
        rows, keys, codes = np.concatenate(self._unsorted, axis=1)
        self._unsorted = []
        if not len(keys):
            return
        # numpy sorts short integers by counting, several times faster.
        order = np.argsort(keys.astype(np.int16) if keys.max() < _SHORT_KEYS else keys, kind="stable")
        begins = np.flatnonzero(np.diff(keys[order], prepend=-1))
        for members in np.split(order, begins[1:]):
            at, held = rows[members], codes[members]
            if (np.diff(at) < 0).any():
                by_row = np.argsort(at, kind="stable")
                at, held = at[by_row], held[by_row]
            self._by_key.setdefault(int(keys[members[0]]), []).append((at, held))


class TraceIndex:
    """Which spans belong to a trace: sorted runs, joined when there are many. For use with the generation's lock held."""

    def __init__(self) -> None:
        self._runs: list[tuple[NDArray[np.uint64], Rows]] = []
        self._rows = 0

    def extend(self, traces_from: Callable[[int], NDArray[np.uint64]], rows: int) -> None:
        """Take in the spans up to ``rows``; ``traces_from`` gives the digests from a row on."""
        if rows == self._rows:
            return
        if len(self._runs) >= _MOST_RUNS:
            self._runs, self._rows = [], 0
        traces = traces_from(self._rows)
        order = np.argsort(traces, kind="stable")
        self._runs.append((traces[order], (self._rows + order).astype(np.int32)))
        self._rows = rows

    def rows_of(self, digests: NDArray[np.uint64]) -> Rows:
        """The spans of these traces (ascending)."""
        return np.concatenate([_NONE, *(rows[places_of(traces, digests)] for traces, rows in self._runs)])


def places_of(ordered: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """The places in an ascending column that hold one of the values wanted, which ascend too."""
    begins, ends = np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")
    sizes = ends - begins
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    places: NDArray[np.int64] = np.repeat(begins, sizes) + within
    return places
