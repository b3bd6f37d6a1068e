"""The rows of all tenants: taking them durably, showing them consistently, moving them to segments, dropping the old."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from watchkeeper_store.deletes.hiding import Hidden
from watchkeeper_store.model.rows import LevelNames, RowBatch
from watchkeeper_store.storage.committer import Commit, Committer, WriteRefused
from watchkeeper_store.storage.duck import Duck
from watchkeeper_store.storage.duplicates import Newest, repeated
from watchkeeper_store.storage.durable import probe
from watchkeeper_store.storage.flushing import Flush, write_generation
from watchkeeper_store.storage.folder_lock import FolderLock
from watchkeeper_store.storage.holders import Holders
from watchkeeper_store.storage.hot import Generation, hot_rows
from watchkeeper_store.storage.layout import Layout, open_layout
from watchkeeper_store.storage.manifest import Manifest, read_manifest, write_manifest
from watchkeeper_store.storage.options import StoreOptions
from watchkeeper_store.storage.recent import Recent, RecentRows
from watchkeeper_store.storage.retention import expired
from watchkeeper_store.storage.segment import (
    Segment,
    SegmentUnreadable,
    read_segment,
    remove_segment_files,
    segment_from,
    sidecar_content,
    write_segment,
)
from watchkeeper_store.storage.snapshot import Snapshot
from watchkeeper_store.storage.streams import StreamRegistry
from watchkeeper_store.storage.wal import Damage, Record, WalWriter, by_tenant, read_wal, wal_numbers, wal_path

Log = Callable[..., None]
_BUSY_S = 10.0


class LogStore:
    """One data folder. Construct, `recover`, `start`; `close` in the end. All methods are safe from any thread."""

    def __init__(self, folder: Path, duck: Duck, options: StoreOptions, *, clock: Callable[[], float], log: Log) -> None:
        self.layout: Layout = open_layout(folder)
        self._folder_lock = FolderLock(folder)
        self.duck = duck
        self.level_names = LevelNames()
        self._options = options
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._room = threading.Condition()
        self._moving = threading.Lock()  # one flush, compaction or removal at a time
        self._registries: dict[str, StreamRegistry] = {}
        self._manifest = Manifest()
        self._segments: list[Segment] = []
        self._generations: list[Generation] = []
        self._newest: dict[str, Newest] = {}
        self._holders = Holders()
        self.recent = RecentRows()
        self.unreadable_of: dict[str, list[str]] = {}
        """Per tenant the segments that are left out because they cannot be read, and why."""
        self._trouble: dict[str, str] = {}
        self._wal: WalWriter | None = None
        self._committer = Committer(self._write_group)
        self.wake = threading.Event()
        """Set when `maintain` has something to do at once."""
        self.listeners: list[Callable[[str, RowBatch], None]] = []
        """Called in the commit thread with the rows that have just become visible; must be quick and never raise."""
        self.hidden: Callable[[str], tuple[Hidden, ...]] = lambda tenant: ()
        self._next_segment = 1
        self._last_write = clock()
        self._last_full = float("-inf")
        self.dropped_segments = 0

    def recover(self, rows_of: Callable[[Sequence[Record]], RowBatch]) -> int:
        """Read the manifest, the sidecars and what the write-ahead log holds beyond them; rows found in the log.

        Raises ManifestUnreadable. A segment that cannot be read is left out, logged and listed in ``unreadable``.
        """
        self._manifest = read_manifest(self.layout.root)
        self._next_segment = self._manifest.next_segment
        for name in self._manifest.segments:
            tenant = self.layout.tenant_of(name)
            registry = self.registry(tenant)
            try:
                segment = read_segment(self.layout.segments, name, registry.learn)
                self._segments.append(self._options.retention.applied(segment, registry.labels))
            except SegmentUnreadable as failure:
                self._note_unreadable(tenant, str(failure))
        self.layout.remove_strays(set(self._manifest.segments))
        numbers = wal_numbers(self.layout.wal)
        generation = Generation(wal_number=max([self._manifest.wal_from - 1, *numbers]) + 1, opened_at=self._clock())
        self._generations = [generation]
        damage = Damage()
        for number in numbers:
            path = wal_path(self.layout.wal, number)
            if number < self._manifest.wal_from:
                path.unlink()
                continue
            for records in by_tenant(read_wal(path, damage)):
                self._show(generation, records[0].tenant, rows_of(records))
        if damage.skipped_bytes:
            self._log("warn", "stepped over damaged bytes in the write-ahead log", bytes=damage.skipped_bytes)
        self._wal = WalWriter(self.layout.wal, generation.wal_number)
        return generation.rows

    def start(self) -> None:
        self._committer.start()

    def _note_unreadable(self, tenant: str, text: str) -> None:
        self.unreadable_of.setdefault(tenant, []).append(text)
        self._log("error", text)

    @property
    def unreadable(self) -> list[str]:
        return [text for texts in list(self.unreadable_of.values()) for text in texts]

    def set_aside(self, segment: Segment, text: str) -> None:
        """Leave a damaged segment out of everything until the next start; it stays in the manifest and on disk."""
        with self._lock:
            self._segments = [other for other in self._segments if other.name != segment.name]
            self.recent.forget({segment.tenant})
        self._note_unreadable(segment.tenant, text)

    def registry(self, tenant: str) -> StreamRegistry:
        """The streams of a tenant; an empty registry for one never heard of."""
        with self._lock:
            return self._registries.setdefault(tenant, StreamRegistry())

    def remember(self, tenant: str, segments: Sequence[Segment], recent: Recent) -> None:
        """Hold the newest rows of these segments in memory, unless others are the tenant's segments by now."""
        with self._lock:
            if self._segments_of(tenant) == segments and self.recent.of(tenant) is None:
                self.recent.put({tenant: recent})

    def _segments_of(self, tenant: str) -> tuple[Segment, ...]:
        return tuple(segment for segment in self._segments if segment.tenant == tenant)

    def tenants(self) -> list[str]:
        with self._lock:
            return sorted(self._registries)

    def with_fields(self, rows: RowBatch, labels: Collection[str]) -> RowBatch:
        """Rows on their way in, with columns for their frequent logfmt keys if they are many."""
        return self._generations[-1].fields.with_fields(rows, labels)

    def append(self, record: Record, rows: RowBatch) -> Future[None]:
        """Take the rows of one push. When the future ends they are on disk and every later query sees them.

        Raises WriteRefused, or the future does.
        """
        return self._committer.submit(Commit(record=record, rows=rows))

    def _write_group(self, group: Sequence[Commit[RowBatch]]) -> None:
        self._wait_for_room()
        assert self._wal is not None  # noqa: S101  recover() opened it before the committer started
        try:
            self._wal.append([commit.record for commit in group])
        except OSError as failure:
            self._trouble["log"] = f"cannot write to {self._wal.path.parent}: {failure.strerror or failure}"
            raise WriteRefused(self._trouble["log"]) from failure
        self._trouble.pop("log", None)
        self._last_write = self._clock()
        generation = self._generations[-1]
        shown = [(commit.record.tenant, self._show(generation, commit.record.tenant, commit.rows)) for commit in group]
        for listener in tuple(self.listeners):
            for tenant, rows in shown:
                listener(tenant, rows)
        if generation.held_bytes >= self._options.flush_bytes:
            self._last_full = self._clock()
            self._roll()

    def _show(self, generation: Generation, tenant: str, rows: RowBatch) -> RowBatch:
        """Make rows visible, without those that are in memory already; the rows that are new."""
        suspects = self._newest.setdefault(tenant, Newest()).take(rows)
        if suspects.size:
            again = repeated(rows, suspects, hot_rows(tuple(self._generations), tenant))
            if again.size:
                rows = rows.take(np.setdiff1d(np.arange(len(rows)), again))
        if len(rows):
            with self._lock:
                generation.add(tenant, rows)
        return rows

    def _wait_for_room(self) -> None:
        """Hold senders back while more is held in memory than may be. Raises WriteRefused when there is no end in sight."""
        with self._room:
            while self.held_bytes > self._options.most_held_bytes and self.is_flush_due:
                if "flush" in self._trouble:
                    raise WriteRefused(f"cannot take rows: {self._trouble['flush']}; {self.held_bytes} bytes wait in memory")
                self.wake.set()
                self._room.wait(1.0)

    def _roll(self) -> None:
        """Begin a new generation with a write-ahead file of its own. Runs in the commit thread."""
        current = self._generations[-1]
        if not current.batches:
            return
        fresh = WalWriter(self.layout.wal, current.wal_number + 1)
        if self._wal is not None:
            self._wal.close()
        self._wal = fresh
        with self._lock:
            self._generations.append(Generation(wal_number=fresh.number, opened_at=self._clock()))
        self.wake.set()

    @property
    def held_bytes(self) -> int:
        return sum(generation.held_bytes for generation in self._generations)

    @property
    def is_flush_due(self) -> bool:
        return len(self._generations) > 1

    @property
    def trouble(self) -> str | None:
        """Why rows cannot be taken or moved at the moment; None when all is well."""
        return "; ".join(self._trouble.values()) or None

    @contextmanager
    def snapshot(self, tenant: str) -> Iterator[Snapshot]:
        """What the tenant has stored now. Its segments stay on disk until the context ends."""
        with self._lock:
            batches, fields = tuple(hot_rows(self._generations, tenant)), self._generations[-1].fields
            segments = self._segments_of(tenant)
            recent = self.recent.of(tenant)
            self._holders.hold(segments)
        with self._holders.letting_go(segments):
            registry, hidden = self.registry(tenant), self.hidden(tenant)
            yield Snapshot(batches=batches, segments=segments, recent=recent, registry=registry, hidden=hidden, fields=fields)

    @contextmanager
    def frozen(self) -> Iterator[tuple[Manifest, tuple[Segment, ...]]]:
        """All rows acknowledged before, as segments that stay on disk until the context ends, and the manifest of these."""
        self.flush()
        with self._lock:
            segments = tuple(self._segments)
            manifest = replace(self._manifest, segments=tuple(segment.name for segment in segments))
            self._holders.hold(segments)
        with self._holders.letting_go(segments):
            yield manifest, segments

    @contextmanager
    def held(self, segments: Sequence[Segment]) -> Iterator[bool]:
        """Keep these segments on disk until the context ends; false when one of them is no longer in use."""
        with self._lock:
            present = all(segment in self._segments for segment in segments)
            self._holders.hold(segments)
        with self._holders.letting_go(segments):
            yield present

    def maintain(self) -> None:
        """Flush what is due, drop what is over its age, see whether a full disk has room again."""
        if "log" in self._trouble:
            self._committer.call(self._probe).result()
        current = self._generations[-1]
        is_old = self._clock() - current.opened_at >= self._options.flush_age_s
        is_done = self.is_at_rest and current.held_bytes >= self._options.rest_bytes
        if current.batches and (is_old or is_done):
            self._committer.call(self._roll).result()
        self.flush_sealed()
        self.drop_expired()

    def flush(self) -> None:
        """Write everything held in memory to segments. Raises OSError."""
        self._committer.call(self._roll).result()
        self.flush_sealed()
        if "flush" in self._trouble:
            raise OSError(self._trouble["flush"])

    def _probe(self) -> None:
        try:
            probe(self.layout.root / "probe")
        except OSError as failure:
            self._log("warn", "the data folder still refuses writes", error=str(failure))
        else:
            self._trouble.pop("log", None)

    def flush_sealed(self) -> None:
        """Turn every generation but the newest into segments; on failure they stay in memory and in the log."""
        with self._moving:
            while len(self._generations) > 1:
                generation = self._generations[0]
                try:
                    self._flush(generation)
                except OSError as failure:
                    self._trouble["flush"] = f"cannot move rows to segments: {failure}"
                    self._log("error", "cannot move rows to segments", error=str(failure))
                    return
                self._trouble.pop("flush", None)
                with self._room:
                    self._room.notify_all()

    def _flush(self, generation: Generation) -> None:
        flush = write_generation(self, generation, self._options.retention)
        self.replace_segments((), flush.segments, wal_from=generation.wal_number + 1, flush=flush)
        for old in wal_numbers(self.layout.wal):
            if old <= generation.wal_number:
                wal_path(self.layout.wal, old).unlink()

    def write_part(self, tenant: str, day: str, keep_s: float, rows: RowBatch) -> Segment:
        """Write sorted rows as a new segment; it does not count until `replace_segments`."""
        registry = self.registry(tenant)
        name, path = self.new_segment(tenant, day)
        sidecar = sidecar_content(tenant, keep_s, rows, registry.labels)
        with self.duck.cursor() as cursor:
            write_segment(cursor, path, rows, self.level_names.names, sidecar)
        return segment_from(path, name, path.stat().st_size, sidecar, registry.learn)

    def replace_segments(
        self,
        old: Sequence[Segment],
        new: Sequence[Segment],
        *,
        wal_from: int | None = None,
        flush: Flush | None = None,
    ) -> None:
        """The one place where the set of segments changes: first in the manifest, then for readers."""
        gone = {segment.name for segment in old}
        manifest = Manifest(
            wal_from=self._manifest.wal_from if wal_from is None else wal_from,
            next_segment=self._next_segment,
            segments=tuple(name for name in self._manifest.segments if name not in gone) + tuple(s.name for s in new),
        )
        write_manifest(self.layout.root, manifest)
        with self._lock:
            self._manifest = manifest
            self._segments = [segment for segment in self._segments if segment.name not in gone] + list(new)
            if flush is not None:
                self._generations.remove(flush.generation)
                self.recent.put(flush.recent)
            elif sum(segment.rows for segment in old) != sum(segment.rows for segment in new):
                self.recent.forget({segment.tenant for segment in old})
        self._holders.remove(old)

    @property
    def is_at_rest(self) -> bool:
        """Whether nobody has written for a while."""
        return self._clock() - self._last_write >= self._options.rest_s

    @property
    def is_busy(self) -> bool:
        """Whether memory filled up only just now: then the processor belongs to those who write."""
        return self._clock() - self._last_full < _BUSY_S

    def replace_merged(self, run: Sequence[Segment], merged: Segment | None) -> bool:
        """Show a merged segment (or none) in place of its parts; False, and it is removed, when a part has gone meanwhile."""
        with self._moving:
            present = {segment.name for segment in self.segments}
            if not all(segment.name in present for segment in run):
                if merged is not None:
                    remove_segment_files(merged.path)
                return False
            self.replace_segments(run, [] if merged is None else [merged])
            return True

    def new_segment(self, tenant: str, day: str) -> tuple[str, Path]:
        """A name that no segment has had, and where its file goes."""
        with self._lock:
            number = self._next_segment
            self._next_segment += 1
        name = self.layout.segment_name(tenant, day, number)
        path = self.layout.segments / f"{name}.parquet"
        self.layout.make_folder(path.parent)
        return name, path

    def drop_expired(self) -> None:
        """Drop whole segments that retention no longer promises."""
        with self._moving:
            gone = expired(self._segments, self._options.retention, int(self._clock() * 1e9))
            if not gone:
                return
            self.replace_segments(gone, ())
            self.dropped_segments += len(gone)
            self._log("info", "dropped segments over their retention", segments=len(gone), rows=sum(s.rows for s in gone))
            for tenant in {segment.tenant for segment in gone}:
                with self.snapshot(tenant) as left:
                    left.registry.keep_only(left.stream_numbers())

    @property
    def segments(self) -> list[Segment]:
        with self._lock:
            return list(self._segments)

    def close(self) -> None:
        """Stop taking rows; what was acknowledged is in segments or in the write-ahead log."""
        self._committer.stop()
        if self._wal is not None:
            self._wal.close()
        self.duck.close()
        self._folder_lock.release()
