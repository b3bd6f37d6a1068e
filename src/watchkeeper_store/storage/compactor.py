"""Merges small segments in the background, one group at a time, while rows are taken and queries run."""

from __future__ import annotations

from watchkeeper_store.storage.compaction import merge, mergeable
from watchkeeper_store.storage.damage import set_aside_damaged
from watchkeeper_store.storage.duck import Duck
from watchkeeper_store.storage.segment import segment_from
from watchkeeper_store.storage.store import Log, LogStore

_SORTING_BYTES = 72 * 1024 * 1024  # what does not fit is sorted in the scratch folder


class Compactor:
    """One caller at a time; it has a DuckDB of its own, so that queries keep their memory."""

    def __init__(self, store: LogStore, log: Log) -> None:
        self._store = store
        self._log = log
        self.merges = 0

    def compact(self) -> bool:
        """Merge one group of segments, if any is worth it; whether one was."""
        store = self._store
        if store.trouble is not None:
            return False
        run = mergeable(store.segments, at_rest=store.is_at_rest, busy=store.is_busy)
        if not run:
            return False
        tenant = run[0].tenant
        registry = store.registry(tenant)
        name, path = store.new_segment(tenant, run[0].name.split("/")[1])
        duck = Duck(store.layout.scratch, memory_limit_bytes=_SORTING_BYTES, threads=1)
        try:
            with store.held(run) as present, duck.cursor() as cursor:
                if not present:
                    return False
                sidecar = merge(cursor, run, path, registry)
        except OSError as failure:
            self._log("error", "cannot merge segments", error=str(failure))
            return set_aside_damaged(store, tenant)
        finally:
            duck.close()
        merged = segment_from(path, name, path.stat().st_size, sidecar, registry.learn)
        if not store.replace_merged(run, merged):
            return False
        self.merges += 1
        self._log("info", "merged segments", parts=len(run), rows=merged.rows, bytes=merged.size_bytes)
        return True
