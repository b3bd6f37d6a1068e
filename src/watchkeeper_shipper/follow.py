"""All files of all sources: which are followed, when each is looked at, and what becomes of them when they are rotated."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

from watchkeeper_shipper.batch import Labels, with_label
from watchkeeper_shipper.discover import matching_files, possible_originals, stem
from watchkeeper_shipper.identity import Inode, fingerprint
from watchkeeper_shipper.intake import Intake
from watchkeeper_shipper.logfmt import say
from watchkeeper_shipper.metrics import FileLag, Metrics
from watchkeeper_shipper.positions import FileMark, FilePosition, Positions
from watchkeeper_shipper.rotation import Glimpse, find_copy, find_renamed, glimpse, is_copy
from watchkeeper_shipper.settings import FileSource
from watchkeeper_shipper.tail import Change, Origin, Tail

_ACTIVE_POLL_S = 0.1
_IDLE_POLL_S = 0.25
_ACTIVE_FOR_S = 10.0
_IDLE_LOOKS_PER_S = 800
_CLOSE_AFTER_S = 60.0
_MAX_OPEN = 256
_MOVED_GRACE_S = 30.0
_UNLINKED_GRACE_S = 5.0
_UNREADABLE_POLL_S = 1.0
_SCAN_EVERY_S = 1.0
_SCAN_SHARE = 200


@dataclass(frozen=True, slots=True)
class _Copy:
    """A file that began like a followed one: what ``copytruncate`` leaves, read only from where the original was cut."""

    path: str
    original: Inode


class Follower:
    """Used by the reading loop alone, but for `lags`."""

    def __init__(self, sources: Sequence[FileSource], positions: Positions, intake: Intake, metrics: Metrics) -> None:
        self._sources = {source.name: source for source in sources}
        self._positions = positions
        self._intake = intake
        self._metrics = metrics
        self._tails: dict[Inode, Tail] = {}
        self._copies: dict[Inode, _Copy] = {}
        self._by_path: dict[str, Tail] = {}
        self._labels: dict[str, Labels] = {}
        self._open: set[str] = set()
        self._unreadable: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._scan_at_s = 0.0
        self.scanned = False

    # -- finding -------------------------------------------------------------------------------------------------------

    def scan(self, now_s: float) -> None:
        """Find files that are not followed yet. Takes at most 1/200 of the time, however large the folders are."""
        matching: set[str] = set()
        for source in self._sources.values():
            for path, inode in matching_files(source):
                matching.add(path)
                if inode in self._tails or inode in self._copies:
                    continue
                try:
                    self._found(source, glimpse(path), now_s)
                except OSError as failure:
                    self._cannot_read(path, failure)
            self._positions.known_sources.add(source.name)
        if not self.scanned:
            self._find_rests_of_earlier_files(now_s)
        self.scanned = True
        self._unreadable = {path: reason for path, reason in self._unreadable.items() if path in matching}
        self._metrics.files.set(len(self._tails))
        self._metrics.files_open.set(len(self._open))
        self._metrics.files_unreadable.set(len(self._unreadable))
        took_s = time.monotonic() - now_s
        self._scan_at_s = now_s + min(30.0, max(_SCAN_EVERY_S, took_s * _SCAN_SHARE))

    def _cannot_read(self, path: str, failure: OSError) -> None:
        reason = failure.strerror or type(failure).__name__
        if self._unreadable.get(path) != reason:
            say("warn", f"cannot read {path}: {reason}")
            self._metrics.error("read")
        self._unreadable[path] = reason

    def _found(self, source: FileSource, found: Glimpse, now_s: float) -> None:
        origin = Origin(source=source, path=found.path)
        known = self._positions.claim(found.inode)
        if known is not None and known.mark.fingerprint.fits(found.head) and found.size_bytes >= known.mark.offset:
            self._follow(origin, found, known.mark)
            return
        if known is not None:  # cut while nobody looked, or another file that got the old one's inode
            self._recover(origin, known.mark, known.size_bytes, now_s)
        elif (original := self._original_of(found)) is not None:
            self._copies[found.inode] = _Copy(found.path, original)
            return
        at_end = source.from_end and not self.scanned and source.name not in self._positions.known_sources
        start = FileMark(
            offset=found.size_bytes if at_end and known is None else 0,
            fingerprint=fingerprint(found.head),
            last_ns=known.mark.last_ns if known else 0,
        )
        self._follow(origin, found, start)

    def _original_of(self, found: Glimpse) -> Inode | None:
        """The followed file of which ``found`` is a copy, complete or still being made."""
        folder, _, name = found.path.rpartition("/")
        for original in possible_originals(name):
            tail = self._by_path.get(f"{folder}/{original}")
            if tail is not None and is_copy(found, tail.origin.path):
                return tail.inode
        return None

    def _follow(self, origin: Origin, found: Glimpse, mark: FileMark, *, moved: bool = False) -> None:
        tail = Tail(str(next(self._numbers)), origin, found.inode, mark)
        if not self._opened(tail, found.path):
            return  # replaced since the glimpse: the next scan sees what is there now
        tail.size_bytes = found.size_bytes
        self._tails[found.inode] = tail
        if moved:
            tail.moved = True
            tail.grown_at_s = time.monotonic()
        else:
            self._by_path[origin.path] = tail
        self._labels[tail.key] = _labels(origin)
        position = FilePosition(
            source=origin.source.name,
            path=origin.path,
            inode=found.inode,
            mark=mark,
            size_bytes=found.size_bytes,
            seen_s=int(time.time()),
        )
        self._positions.register(tail.key, position)
        if not moved and (found.size_bytes == mark.offset or len(self._open) > _MAX_OPEN):
            self._close(tail)

    def _opened(self, tail: Tail, path: str) -> bool:
        if not tail.open(path):
            return False
        self._open.add(tail.key)
        return True

    def _close(self, tail: Tail) -> None:
        tail.close()
        self._open.discard(tail.key)

    def _find_rests_of_earlier_files(self, now_s: float) -> None:
        """Files that an earlier process followed and that were rotated while nobody looked."""
        for position in self._positions.unclaimed():
            source = self._sources.get(position.source)
            if source is None or position.inode in self._tails:
                continue
            origin = Origin(source=source, path=position.path)
            found = find_renamed(position.path, position.inode, position.mark.fingerprint)
            if found is None:
                if position.size_bytes > position.mark.offset:
                    self._positions.give_up(position.inode)
                    self._recover(origin, position.mark, position.size_bytes, now_s)
            elif found.size_bytes > position.mark.offset:
                self._positions.claim(position.inode)
                self._follow(origin, found, position.mark, moved=True)

    def _recover(self, origin: Origin, mark: FileMark, size_bytes: int, now_s: float) -> None:
        """The file was cut at ``mark``: go on in its copy, or count what is lost."""
        copy = find_copy(
            origin.path, mark.fingerprint, mark.offset, lambda inode: inode in self._tails or self._positions.knows(inode)
        )
        if copy is not None:
            self._copies.pop(copy.inode, None)
            self._follow(origin, copy, mark, moved=True)
        elif size_bytes > mark.offset:
            self._lost(origin, size_bytes - mark.offset, "truncated")

    def _lost(self, origin: Origin, size_bytes: int, reason: str) -> None:
        self._metrics.lost_bytes.labels(reason).inc(size_bytes)
        say("error", "a file vanished before it was read to its end", path=origin.path, reason=reason, bytes=size_bytes)

    # -- reading -------------------------------------------------------------------------------------------------------

    def work(self, now_s: float) -> bool:
        """Scan and read what is due; whether there is more to read at once."""
        if now_s >= self._scan_at_s:
            self.scan(now_s)
        more = False
        # What was rotated away goes first: it is older than what its successor holds.
        for tail in sorted(self._due(now_s), key=lambda tail: not tail.moved):
            try:
                more = self._visit(tail, now_s) or more
            except OSError as failure:
                self._cannot_read(tail.origin.path, failure)
                tail.due_at_s = now_s + _UNREADABLE_POLL_S
            else:
                self._unreadable.pop(tail.origin.path, None)
        return more

    def wake_at_s(self) -> float:
        """When `work` may have something to do."""
        return min(self._scan_at_s, min((tail.due_at_s for tail in self._tails.values()), default=self._scan_at_s))

    def _due(self, now_s: float) -> list[Tail]:
        return [tail for tail in self._tails.values() if tail.due_at_s <= now_s]

    def _visit(self, tail: Tail, now_s: float) -> bool:
        change = tail.look()
        if change is Change.CUT:
            self._cut(tail, now_s)
            return True
        if change is Change.MOVED:
            self._moved(tail, now_s)
            return True
        more = change is Change.MORE and self._read(tail, now_s)
        self._positions.observe(tail.key, tail.size_bytes)
        self._take(tail, tail.overdue(now_s), now_s)
        self._note_lag(tail, now_s)
        idle_s = now_s - tail.grown_at_s
        if tail.moved:
            self._end_if_done(tail, idle_s, now_s)
        elif tail.is_open and change is Change.NOTHING and (idle_s > _CLOSE_AFTER_S or len(self._open) > _MAX_OPEN):
            self._close(tail)
        wait_s = _ACTIVE_POLL_S if idle_s < _ACTIVE_FOR_S else max(_IDLE_POLL_S, len(self._tails) / _IDLE_LOOKS_PER_S)
        tail.due_at_s = now_s if more else min(now_s + wait_s, max(now_s, tail.wake_at_s()))
        return more

    def _read(self, tail: Tail, now_s: float) -> bool:
        """Whether more may be read at once."""
        tail.grown_at_s = now_s
        if not self._opened(tail, tail.origin.path):
            return True  # replaced since the look: the next one finds it moved
        room = self._intake.room_bytes()
        if not room:
            return True
        result = tail.read(room, now_s)
        if result is None:
            tail.size_bytes = tail.read_offset  # its former size is not known
            self._cut(tail, now_s)
            return True
        size, pieces = result
        self._metrics.read_bytes.labels(tail.origin.source.name).inc(size)
        self._take(tail, pieces, now_s)
        return tail.size_bytes > tail.read_offset

    def _take(self, tail: Tail, pieces: list[tuple[bytes, int]], now_s: float) -> None:
        self._intake.take_lines(tail, self._labels[tail.key], pieces, now_s)

    # -- rotation ------------------------------------------------------------------------------------------------------

    def _cut(self, tail: Tail, now_s: float) -> None:
        self._metrics.truncations.labels(tail.origin.source.name).inc()
        self._take(tail, tail.rest(), now_s)
        before = FileMark(offset=tail.read_offset, fingerprint=tail.fingerprint, last_ns=tail.stamper.last_ns)
        self._recover(tail.origin, before, tail.size_bytes, now_s)
        self._opened(tail, tail.origin.path)
        tail.restart()
        tail.size_bytes = 0
        self._intake.mark(tail)

    def _moved(self, tail: Tail, now_s: float) -> None:
        tail.moved = True
        tail.grown_at_s = now_s  # its writer may go on for a while before it opens the new file
        self._by_path.pop(tail.origin.path, None)
        self._scan_at_s = 0.0  # its successor may be there already
        self._metrics.rotations.labels(tail.origin.source.name).inc()
        if tail.is_open:
            return
        # Closed for having been idle, so everything was read; but something may have come just before it was moved.
        found = find_renamed(tail.origin.path, tail.inode, tail.fingerprint)
        if found is not None and self._opened(tail, found.path):
            return
        if tail.size_bytes > tail.read_offset:
            self._lost(tail.origin, tail.size_bytes - tail.read_offset, "removed")
        self._positions.set_aside(tail.key, time.time())
        self._drop(tail)

    def _end_if_done(self, tail: Tail, idle_s: float, now_s: float) -> None:
        """A file that was rotated away ends when nobody has written to it for a while and all of it is delivered."""
        if tail.size_bytes > tail.read_offset:
            return
        unlinked = tail.unlinked()
        if idle_s < (_UNLINKED_GRACE_S if unlinked else _MOVED_GRACE_S):
            return
        self._take(tail, tail.rest(), now_s)
        if self._positions.delivered(tail.key).offset != tail.mark_offset:
            return
        if unlinked:
            self._positions.forget(tail.key)
        else:
            self._positions.set_aside(tail.key, time.time())  # the globs may match its new name, too
        self._drop(tail)

    def _drop(self, tail: Tail) -> None:
        self._close(tail)
        del self._tails[tail.inode], self._labels[tail.key]
        for inode, copy in list(self._copies.items()):
            if copy.original == tail.inode:  # all that it holds was read from its original
                del self._copies[inode]
                self._adopt_as_read(tail.origin.source, copy.path)

    def _adopt_as_read(self, source: FileSource, path: str) -> None:
        try:
            found = glimpse(path)
        except OSError:
            return  # gone: nothing to remember
        mark = FileMark(offset=found.size_bytes, fingerprint=fingerprint(found.head), last_ns=0)
        self._positions.adopt(
            FilePosition(
                source=source.name,
                path=path,
                inode=found.inode,
                mark=mark,
                size_bytes=found.size_bytes,
                seen_s=int(time.time()),
            )
        )

    # -- telling -------------------------------------------------------------------------------------------------------

    def _note_lag(self, tail: Tail, now_s: float) -> None:
        if self._positions.delivered(tail.key).offset >= tail.size_bytes:
            tail.behind_since_s = None
        elif tail.behind_since_s is None:
            tail.behind_since_s = now_s

    def lags(self) -> list[FileLag]:
        """How far each file is behind. May be called from any thread."""
        now_s = time.monotonic()
        lags = []
        for tail in list(self._tails.values()):
            since_s = tail.behind_since_s
            try:
                delivered = self._positions.delivered(tail.key).offset
            except KeyError:
                continue  # ended a moment ago
            lag_bytes = max(0, tail.size_bytes - delivered)
            lags.append(
                FileLag(path=tail.origin.path, lag_bytes=lag_bytes, lag_s=now_s - since_s if since_s and lag_bytes else 0.0)
            )
        return lags

    def close(self) -> None:
        """Give all descriptors back."""
        for tail in self._tails.values():
            tail.close()


def _labels(origin: Origin) -> Labels:
    labels: Labels = tuple(sorted(origin.source.labels.items()))
    if origin.source.label_from_stem:
        labels = with_label(labels, origin.source.label_from_stem, stem(origin.path))
    if origin.source.label_from_path:
        labels = with_label(labels, origin.source.label_from_path, origin.path)
    return labels
