"""All spans of all tenants: taken durably, held in memory, moved to segments, merged, dropped when they are old enough."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from watchkeeper_store.memory import give_back
from watchkeeper_store.storage.committer import Commit, Committer, WriteRefused
from watchkeeper_store.storage.durable import write_durably
from watchkeeper_store.storage.wal import Damage, Record, WalWriter, read_wal, wal_numbers, wal_path
from watchkeeper_store.traces import shallow
from watchkeeper_store.traces.columns import SpanTable
from watchkeeper_store.traces.generation import Generation
from watchkeeper_store.traces.recent import Recent
from watchkeeper_store.traces.red import SpanMetrics

if TYPE_CHECKING:
    from watchkeeper_store.traces.segment import Segment

OTLP_TRACES = 2
"""Kind of a log record: an ``ExportTraceServiceRequest``."""
_FULL_BYTES = 64 * 1024 * 1024
_MOST_HELD_BYTES = 3 * _FULL_BYTES
_MERGED_ROWS = 200_000
_MERGE_FROM = 8
MANIFEST = "MANIFEST.json"
Log = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOptions:
    """``keep_s`` 0 keeps for ever, ``max_bytes`` 0 is without limit."""

    keep_s: float = 30 * 86400.0
    max_bytes: int = 0
    flush_age_s: float = 1800.0


@dataclass(slots=True)
class Taken:
    """One accepted request on its way to memory."""

    request: Any
    """A ``shallow.Request``."""


class TraceStore:
    """Open it with the data folder's lock held; ``recover`` and ``start`` before use, ``stop`` at the end."""

    def __init__(self, folder: Path, options: TraceOptions, log: Log, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._options = options
        self._log = log
        self._clock = clock
        for part in (folder, folder / "wal", folder / "segments"):
            part.mkdir(mode=0o700, exist_ok=True)
        self._lock = threading.Lock()
        self._hot: dict[str, Generation] = {}
        self._frozen: list[dict[str, Generation]] = []
        self._segments: dict[str, Segment] = {}
        self._readers = 0
        self._leaving: list[Path] = []
        self._next_segment = 1
        self._wal: WalWriter | None = None
        self._wal_from = 1
        self._began_s = clock()
        self._flushing = threading.Lock()
        self._recent = Recent()
        self._committer: Committer[Taken] = Committer(self._write)
        self.trouble: str | None = None
        self.metrics: dict[str, SpanMetrics] = {}
        """What the spans of each tenant were since the start, in numbers."""
        self.unreadable: list[str] = []

    # --- start and stop -------------------------------------------------------------------------------------------

    def recover(self) -> int:
        """Open the segments and read back what was only in the log; how many requests that were. Raises OSError, ValueError."""
        path = self._folder / MANIFEST
        manifest: dict[str, Any] = (
            json.loads(path.read_bytes()) if path.exists() else {"wal_from": 1, "next_segment": 1, "segments": []}
        )
        self._next_segment = manifest["next_segment"]
        for name in manifest["segments"]:
            from watchkeeper_store.traces.segment import open_segment

            try:
                self._segments[name] = open_segment(self._folder / "segments" / name, name)
            except (OSError, ValueError, KeyError) as failure:
                self.unreadable.append(name)
                self._log("error", "cannot read a segment of spans; it is left out", segment=name, error=str(failure))
        self._remove_strays(set(manifest["segments"]))
        damage, requests = Damage(), 0
        numbers = wal_numbers(self._folder / "wal")
        for number in numbers:
            if number < manifest["wal_from"]:
                wal_path(self._folder / "wal", number).unlink()
                continue
            for record in read_wal(wal_path(self._folder / "wal", number), damage):
                self._publish(record, shallow.Request.FromString(record.payload), is_new=False)
                requests += 1
        if damage.skipped_bytes:
            self._log("warn", "stepped over damage in the log of spans", bytes=damage.skipped_bytes)
        self._wal_from = manifest["wal_from"]
        self._wal = WalWriter(self._folder / "wal", max([*numbers, manifest["wal_from"] - 1]) + 1)
        return requests

    def start(self) -> None:
        """Take spans from now on."""
        self._committer.start()

    def stop(self) -> None:
        """End after everything submitted has been committed."""
        self._committer.stop()
        if self._wal is not None:
            self._wal.close()

    # --- taking ---------------------------------------------------------------------------------------------------

    def submit(self, tenant: str, request: Any, payload: bytes) -> Future[None]:
        """Take a ``shallow.Request``.

        The future ends when the spans are durable and every search finds them; it fails with WriteRefused.
        """
        if self._held_bytes() > _MOST_HELD_BYTES:
            raise WriteRefused("cannot take spans: too many wait to be written to disk")
        record = Record(tenant=tenant, kind=OTLP_TRACES, received_ns=int(self._clock() * 1e9), payload=payload)
        return self._committer.submit(Commit(record=record, rows=Taken(request)))

    def _write(self, group: Sequence[Commit[Taken]]) -> None:
        assert self._wal is not None  # noqa: S101 - recover() comes first
        try:
            self._wal.append([commit.record for commit in group])
        except OSError as failure:
            self.trouble = f"cannot write spans: {failure}"
            raise WriteRefused(self.trouble) from failure
        self.trouble = None
        for commit in group:
            self._publish(commit.record, commit.rows.request)

    def _publish(self, record: Record, request: Any, *, is_new: bool = True) -> None:
        with self._lock:
            generation = self._hot.setdefault(record.tenant, Generation())
        added = generation.add(request, record.payload)
        if is_new:
            metrics = self.metrics.setdefault(record.tenant, SpanMetrics())
            metrics.observe(generation.columns_from(added.first), generation.values_seen, added.trace_ids)

    # --- reading --------------------------------------------------------------------------------------------------

    @contextmanager
    def tables(self, tenant: str, oldest_ns: int = 0, newest_ns: int = 2**63 - 1) -> Iterator[list[SpanTable]]:
        """What may hold spans of that time, newest last; files stay until the block ends."""
        with self._lock:
            self._readers += 1
            segments = [one for one in self._segments.values() if one.tenant == tenant]
            held = [*(frozen[tenant] for frozen in self._frozen if tenant in frozen)]
            held += [self._hot[tenant]] if tenant in self._hot else []
        try:
            chosen = [one for one in segments if one.newest_ns >= oldest_ns and one.oldest_ns <= newest_ns]
            in_memory = [
                one.snapshot() for one in held if len(one) and one.newest_ns >= oldest_ns and one.oldest_ns <= newest_ns
            ]
            yield [*self._on_disk(sorted(chosen, key=lambda one: one.newest_ns)), *in_memory]
        finally:
            with self._lock:
                self._readers -= 1
                leaving = self._leaving if not self._readers else []
                if leaving:
                    self._leaving = []
            for folder in leaving:
                shutil.rmtree(folder, ignore_errors=True)

    @property
    def tenants(self) -> list[str]:
        """Everybody who has spans."""
        with self._lock:
            return sorted({*self._hot, *(one.tenant for one in self._segments.values())})

    def sizes(self) -> dict[str, int]:
        """Spans in memory, segments, and bytes on disk."""
        with self._lock:
            held = sum(len(one) for part in (*self._frozen, self._hot) for one in part.values())
            on_disk = sum(one.size_bytes for one in self._segments.values())
            return {"held": held, "segments": len(self._segments), "bytes": on_disk}

    # --- keeping --------------------------------------------------------------------------------------------------

    def maintain(self) -> None:
        """Flush, merge and drop what is due; called every few seconds from one thread."""
        with self._lock:
            held = sum(one.size_bytes for one in self._hot.values())
        if held > _FULL_BYTES or (held and self._clock() - self._began_s > self._options.flush_age_s):
            self.flush()
        self._drop_expired()
        self._merge()

    def flush(self) -> None:
        """Write what is in memory to segments. A failure leaves all in memory and in the log, and is told in ``trouble``."""
        with self._flushing:
            if not self._freeze():
                return
            try:
                self._write_frozen()
                give_back()
            except OSError as failure:
                self.trouble = f"cannot write a segment of spans: {failure}"
                self._log("error", self.trouble)

    def _freeze(self) -> bool:
        def swap() -> None:
            with self._lock:
                if any(len(one) for one in self._hot.values()):
                    self._frozen.append(self._hot)
                    self._hot = {}
            assert self._wal is not None  # noqa: S101 - recover() comes first
            following = WalWriter(self._folder / "wal", self._wal.number + 1)
            self._wal.close()
            self._wal = following
            self._began_s = self._clock()

        self._committer.call(swap).result(timeout=60)
        return bool(self._frozen)

    def _write_frozen(self) -> None:
        assert self._wal is not None  # noqa: S101 - recover() comes first
        wal_from = self._wal.number
        while self._frozen:
            written = []
            for tenant, generation in self._frozen[0].items():
                if len(generation):
                    written.append(self._new_segment(tenant, [generation.snapshot()]))
            with self._lock:
                self._segments |= {one.name: one for one in written}
                gone = self._frozen.pop(0)
            for generation in gone.values():
                generation.forget_snapshot()
        self._wal_from = wal_from
        self._write_manifest()
        for number in wal_numbers(self._folder / "wal"):
            if number < wal_from:
                wal_path(self._folder / "wal", number).unlink()

    def _new_segment(self, tenant: str, tables: Sequence[SpanTable]) -> Segment:
        from watchkeeper_store.traces.segment import write_segment

        name = f"{quote(tenant, safe='').replace('.', '%2E')}/{self._next_segment:010d}"
        self._next_segment += 1
        folder = self._folder / "segments" / name
        try:
            return write_segment(folder, name, tenant, tables)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _drop_expired(self) -> None:
        now_ns = int(self._clock() * 1e9)
        with self._lock:
            by_age = sorted(self._segments.values(), key=lambda one: one.newest_ns)
        gone = [one for one in by_age if self._options.keep_s and one.newest_ns < now_ns - int(self._options.keep_s * 1e9)]
        if self._options.max_bytes:
            total = sum(one.size_bytes for one in by_age if one not in gone)
            for one in (one for one in by_age if one not in gone):
                if total <= self._options.max_bytes:
                    break
                gone.append(one)
                total -= one.size_bytes
        if gone:
            self._replace(gone, [])
            self._log("info", "dropped old spans", segments=len(gone), spans=sum(one.rows for one in gone))

    def _merge(self) -> None:
        """Join small segments of one tenant and day."""
        with self._lock:
            small = [one for one in self._segments.values() if one.rows < _MERGED_ROWS // 2]
        groups: dict[tuple[str, int], list[Segment]] = {}
        for one in sorted(small, key=lambda one: one.oldest_ns):
            groups.setdefault((one.tenant, one.oldest_ns // (86400 * 10**9)), []).append(one)
        for (tenant, _), group in groups.items():
            chosen: list[Segment] = []
            for one in group:
                if sum(part.rows for part in chosen) + one.rows <= _MERGED_ROWS:
                    chosen.append(one)
            if len(chosen) >= _MERGE_FROM:
                with self._flushing:
                    try:
                        merged = self._new_segment(tenant, self._on_disk(chosen))
                    except OSError as failure:
                        self._log("error", "cannot merge segments of spans", error=str(failure))
                        return
                    self._replace(chosen, [merged])
                self._log("info", "merged segments of spans", parts=len(chosen), spans=merged.rows)
                return

    def _replace(self, old: Sequence[Segment], new: Sequence[Segment]) -> None:
        with self._lock:
            for one in old:
                self._segments.pop(one.name, None)
            self._segments |= {one.name: one for one in new}
        self._write_manifest()
        with self._lock:
            self._leaving += [one.folder for one in old]
            leaving = self._leaving if not self._readers else []
            if leaving:
                self._leaving = []
        for folder in leaving:
            shutil.rmtree(folder, ignore_errors=True)

    def _write_manifest(self) -> None:
        with self._lock:
            content = {
                "version": 1,
                "wal_from": self._wal_from,
                "next_segment": self._next_segment,
                "segments": [*self._segments, *self.unreadable],
            }
        write_durably(self._folder / MANIFEST, json.dumps(content, indent=1).encode())

    def _remove_strays(self, known: set[str]) -> None:
        for folder in (self._folder / "segments").glob("*/*"):
            if str(folder.relative_to(self._folder / "segments")) not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _on_disk(self, segments: Sequence[Segment]) -> list[SpanTable]:
        """Tables over segments. Files need a library that takes 25 MB, so it is imported with the first of them."""
        if not segments:
            return []
        from watchkeeper_store.traces.segment import SegmentTable

        return [SegmentTable(one, self._recent) for one in segments]

    def _held_bytes(self) -> int:
        with self._lock:
            return sum(one.size_bytes for part in (*self._frozen, self._hot) for one in part.values())
