"""The newest rows of segments, held in memory as well: who asks for the last lines, as most do, needs no file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from watchkeeper_store.model.rows import RowBatch, compact_rows, join_rows
from watchkeeper_store.storage.segment import Segment

MOST_ROWS = 4096
_MOST_BYTES = 1024 * 1024
_ROW_BYTES = 64  # beside its line
_MOST_TENANTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """All rows from ``since_ns`` on that a tenant has in segments, in the order of the segments."""

    since_ns: int
    rows: RowBatch | None = None

    def with_flushed(self, rows: RowBatch) -> Recent:
        """What it is once these rows are in a segment: as many of the newest as may be held."""
        newer = np.flatnonzero(rows.timestamps_ns >= self.since_ns)
        if (surplus := len(newer) - MOST_ROWS - 1) > 0:
            newer = np.sort(newer[np.argpartition(rows.timestamps_ns[newer], surplus)[surplus:]])
        fresh = replace(rows, fields={}).take(newer)
        known = join_rows([fresh] if self.rows is None else [self.rows, fresh])
        times = known.timestamps_ns
        newest = np.argsort(-times, kind="stable")
        sizes = known.lines.views[newest, 0] + _ROW_BYTES
        if known.metadata is not None:
            sizes += known.metadata.views[newest, 0]
        held = min(MOST_ROWS, int(np.searchsorted(np.cumsum(sizes), _MOST_BYTES, side="right")))
        if held == len(known):
            since_ns = self.since_ns
        else:  # the first that is not held, and all of its time, are left to the file
            since_ns = int(times[newest[held]]) + 1
            held = int(np.count_nonzero(times[newest[:held]] >= since_ns))
        chosen = np.sort(newest[:held])
        return Recent(since_ns=since_ns, rows=compact_rows(known.take(chosen)) if held else None)


def nothing_since(segments: Iterable[Segment]) -> Recent:
    """What is known of a tenant with these segments before more are written."""
    return Recent(since_ns=max((segment.max_ns for segment in segments), default=-(1 << 63)) + 1)


class RecentRows:
    """Per tenant, for the few that were written to last. The store locks around all but `want` and ``wanted``."""

    def __init__(self) -> None:
        self._recent: OrderedDict[str, Recent] = OrderedDict()
        self.wanted: set[str] = set()
        """Tenants whose newest rows somebody had to read from files."""

    def want(self, tenant: str) -> None:
        """Note that they were read from files, while there is room: what would be pushed out at once is not worth reading."""
        if len(self._recent) < _MOST_TENANTS:
            self.wanted.add(tenant)

    def of(self, tenant: str) -> Recent | None:
        return self._recent.get(tenant)

    def put(self, recent: Mapping[str, Recent]) -> None:
        """After a flush."""
        for tenant, rows in recent.items():
            self._recent[tenant] = rows
            self._recent.move_to_end(tenant)
        while len(self._recent) > _MOST_TENANTS:
            self._recent.popitem(last=False)

    def forget(self, tenants: Iterable[str]) -> None:
        """After rows were taken out of segments."""
        for tenant in tenants:
            self._recent.pop(tenant, None)
