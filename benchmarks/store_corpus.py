"""The lines that the store's benchmark writes, by column, so that every answer can be worked out from them.

Lines are logfmt of 157 bytes on the average, as many services write them, in 60 streams; a seed gives the same lines each time
but for their times, which end at ``end_s``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

I64: TypeAlias = npt.NDArray[np.int64]
LEVELS = ("info", "warn", "error")
_SHARES = (0.80, 0.14, 0.06)
SERVICES = tuple(f"service-{number:02d}" for number in range(20))
VERBS = ("GET", "POST", "PATCH", "DELETE", "PUT")
ROUTES = (
    "/api/baskets",
    "/api/invoices",
    "/api/parcels",
    "/v2/lookup",
    "/v2/reports",
    "/checkout",
    "/assets/img",
    "/internal/sync",
)
_STATUS = {"info": (200, 200, 200, 200, 201, 204, 304), "warn": (400, 403, 404, 404, 429), "error": (500, 500, 502, 503, 504)}
_REMARKS = {
    "info": ("handled in time", "served by the cache", "accepted", "forwarded downstream"),
    "warn": ("the client gave up", "slow dependency", "will try again", "quota is nearly used"),
    "error": ("no answer from the ledger", "connection refused", "deadline exceeded", "out of workers"),
}
NEEDLE = "c0ffee5eed0fa11badfeed0b57ac1e5a"
"""A trace id that one line has."""
SECOND = 10**9
SPAN_S = 55 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Neighbouring lines of one stream: its labels, and (time in ns, text) in order."""

    labels: dict[str, str]
    entries: list[tuple[int, str]]


class Corpus:
    """``lines`` lines over 55 minutes up to ``end_s``; row i is older than row i+1."""

    def __init__(self, lines: int, *, seed: int, end_s: int) -> None:
        chance = np.random.default_rng(seed)
        self.lines, self.end_s = lines, end_s
        step = SPAN_S * SECOND // lines
        self.times_ns: I64 = (
            (end_s - SPAN_S) * SECOND + np.arange(lines, dtype=np.int64) * step + chance.integers(0, step, lines)
        )
        weights = 1 / np.sqrt(np.arange(len(SERVICES)) + 1)
        self.services = chance.choice(len(SERVICES), lines, p=weights / weights.sum()).astype(np.int8)
        self.levels = chance.choice(len(LEVELS), lines, p=_SHARES).astype(np.int8)
        self.status = np.zeros(lines, dtype=np.int16)
        for number, level in enumerate(LEVELS):
            rows = self.levels == number
            self.status[rows] = chance.choice(_STATUS[level], int(rows.sum()))
        took = np.exp(chance.normal(3.2, 1.2, lines)) * np.where(self.levels == 2, 4, 1)
        self.took_ms = np.maximum(1, took).astype(np.int32)
        self._verbs = chance.choice(len(VERBS), lines, p=(0.68, 0.2, 0.05, 0.03, 0.04)).astype(np.int8)
        self._routes = chance.integers(0, len(ROUTES), lines).astype(np.int8)
        self._numbers = chance.integers(1, 1_000_000, lines).astype(np.int32)
        self._traces = chance.integers(0, max(1, lines // 5), lines).astype(np.int32)  # a trace is on about five lines
        self._trace_seed = seed
        self.needle_row = int(lines * 0.61)

    def _trace_words(self, rows: slice) -> tuple[list[int], list[int]]:
        """The two halves of the trace ids of some rows."""
        # multiplications by odd constants: as good as random to a compressor, and the same on every machine
        low = (self._traces[rows].astype(np.uint64) + np.uint64(self._trace_seed + 1)) * np.uint64(0x9E3779B97F4A7C15)
        high = (low ^ low >> np.uint64(31)) * np.uint64(0xBF58476D1CE4E5B9)
        return (high ^ high >> np.uint64(29)).tolist(), (low ^ low >> np.uint64(32)).tolist()

    def count_of_remark(self, remark: str) -> int:
        """How many lines end with it."""
        (found,) = [(level, remarks.index(remark)) for level, remarks in _REMARKS.items() if remark in remarks]
        return int(((self.levels == LEVELS.index(found[0])) & (self._numbers & 3 == found[1])).sum())

    def texts(self, first: int, behind: int) -> Iterator[str]:
        """The lines [first, behind)."""
        rows = slice(first, behind)
        high, low = self._trace_words(rows)
        columns = zip(
            range(first, behind),
            high,
            low,
            self.times_ns[rows].tolist(),
            self.levels[rows].tolist(),
            self.status[rows].tolist(),
            self.took_ms[rows].tolist(),
            self._verbs[rows].tolist(),
            self._routes[rows].tolist(),
            self._numbers[rows].tolist(),
            strict=True,
        )
        second, stamp = -1, ""
        for row, one, two, time_ns, level, status, took, verb, route, number in columns:
            if time_ns // SECOND != second:
                second = time_ns // SECOND
                stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            name = LEVELS[level]
            trace = NEEDLE if row == self.needle_row else f"{one:016x}{two:016x}"
            yield (
                f"ts={stamp}.{time_ns // 1_000_000 % 1000:03d}Z level={name} verb={VERBS[verb]} route={ROUTES[route]}/{number} "
                f'status={status} took_ms={took} trace={trace} msg="{_REMARKS[name][number & 3]}"'
            )

    def pieces(self, first: int, behind: int) -> Iterator[tuple[int, Piece]]:
        """(number of the stream, a piece of it) for the lines [first, behind), in order within a stream."""
        keys = self.services[first:behind].astype(np.int64) * len(LEVELS) + self.levels[first:behind]
        texts = list(self.texts(first, behind))
        times = self.times_ns[first:behind].tolist()
        for key in np.unique(keys).tolist():
            rows = np.flatnonzero(keys == key).tolist()
            labels = {"service": SERVICES[key // len(LEVELS)], "level": LEVELS[key % len(LEVELS)]}
            entries = [(times[row], texts[row]) for row in rows]
            yield key, Piece(labels=labels, entries=entries)
