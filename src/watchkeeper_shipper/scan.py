"""Finds the files to follow: new ones, those an earlier process followed, and what rotation made of them meanwhile."""

from __future__ import annotations

import glob
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from watchkeeper_process.logfmt import say
from watchkeeper_shipper.discover import matching_files
from watchkeeper_shipper.identity import fingerprint
from watchkeeper_shipper.metrics import Metrics
from watchkeeper_shipper.positions import FileMark, FilePosition, Positions
from watchkeeper_shipper.roster import Roster
from watchkeeper_shipper.rotation import Glimpse, find_copy, find_renamed, glimpse, missed_generations
from watchkeeper_shipper.settings import FileSource
from watchkeeper_shipper.tail import Origin

_EVERY_S = 0.25
_SELDOM_EVERY_S = 10.0
_COST_FACTOR = 200
_HURRY_EVERY_S = 0.1
_HURRY_COST_FACTOR = 10
_HURRY_FOR_S = 10.0
_CLOCK_TICK_NS = 50 * 10**6
_MAX_PREDECESSORS = 1000


@dataclass(frozen=True, slots=True)
class _Predecessor:
    modified_ns: int
    hurry_until_s: float


class Scanner:
    """Scans the folders of all sources: those that changed soon, all every 10 s, and within 1/200 of the time on the whole."""

    def __init__(self, sources: Sequence[FileSource], roster: Roster, positions: Positions, metrics: Metrics) -> None:
        self._sources = {source.name: source for source in sources}
        self._roster = roster
        self._positions = positions
        self._metrics = metrics
        self._unreadable: dict[str, str] = {}
        self._predecessors: dict[str, _Predecessor] = {}
        self._folders = sorted({pattern.rpartition("/")[0] for source in sources for pattern in source.paths})
        self._fixed_folders = not any(glob.has_magic(folder) for folder in self._folders)
        self._modified_ns: list[int] = []
        self._scanned_at_s = float("-inf")
        self._scanned_at_ns = 0
        self.wanted = True
        self.due_at_s = 0.0
        self.done_once = False

    def scan(self, now_s: float) -> None:
        """Look once if anything may have changed, and plan the next look."""
        modified_ns = [_modified_ns(folder) for folder in self._folders] if self._fixed_folders else []
        if not self._worth_it(modified_ns, now_s):
            self.due_at_s = now_s + _EVERY_S
            return
        self.wanted = False
        began_ns, began_s = time.time_ns(), time.monotonic()
        self._scan_all()
        self._modified_ns, self._scanned_at_s, self._scanned_at_ns = modified_ns, now_s, began_ns
        took_s = time.monotonic() - began_s
        if any(now_s < predecessor.hurry_until_s for predecessor in self._predecessors.values()):
            self.wanted = True
            self.due_at_s = now_s + max(_HURRY_EVERY_S, took_s * _HURRY_COST_FACTOR)
        else:
            self.due_at_s = now_s + max(_EVERY_S, took_s * _COST_FACTOR)

    def _worth_it(self, modified_ns: list[int], now_s: float) -> bool:
        if self.wanted or now_s - self._scanned_at_s > _SELDOM_EVERY_S or not self._fixed_folders:
            return True
        # A folder changed again within the file system's clock tick shows no new time: look once more after a fresh change.
        return modified_ns != self._modified_ns or max(modified_ns, default=0) > self._scanned_at_ns - _CLOCK_TICK_NS

    def _scan_all(self) -> None:
        matching: set[str] = set()
        for source in self._sources.values():
            for path, inode in matching_files(source):
                matching.add(path)
                if self._roster.has(path, inode) or self._roster.await_move(path):
                    continue
                try:
                    self._found(source, glimpse(path))
                except OSError as failure:
                    self.cannot_read(path, failure)
            self._positions.known_sources.add(source.name)
        if not self.done_once:
            self._find_rests_of_earlier_files()
        self.done_once = True
        self._unreadable = {path: reason for path, reason in self._unreadable.items() if path in matching}
        self._metrics.files.set(len(self._roster.tails))
        self._metrics.files_open.set(self._roster.open_files)
        self._metrics.files_unreadable.set(len(self._unreadable))

    def expect_successor(self, path: str, modified_ns: int, now_s: float) -> None:
        """A followed file was moved away from ``path``, last written to at ``modified_ns``: look for the next one soon."""
        self._predecessors.setdefault(path, _Predecessor(modified_ns, now_s + _HURRY_FOR_S))
        while len(self._predecessors) > _MAX_PREDECESSORS:  # names with a date in them never come back
            del self._predecessors[next(iter(self._predecessors))]
        self.due_at_s = now_s
        self.wanted = True

    def cannot_read(self, path: str, failure: OSError) -> None:
        """Say so once, count it, and go on with the others."""
        reason = failure.strerror or type(failure).__name__
        if self._unreadable.get(path) != reason:
            say("warn", f"cannot read {path}: {reason}")
            self._metrics.error("read")
        self._unreadable[path] = reason

    def can_read(self, path: str) -> None:
        """Take `cannot_read` back."""
        self._unreadable.pop(path, None)

    def recover(self, origin: Origin, mark: FileMark, *, size_bytes: int, seen_ns: int, reason: str) -> None:
        """The file, last seen at ``seen_ns`` with ``size_bytes``, ends at ``mark`` for us: go on in its copy, or count it."""
        copy = find_copy(origin.path, mark.fingerprint, mark.offset, self._roster.is_known)
        if copy is not None:
            self._roster.follow(origin, copy, mark, moved=True)
        elif size_bytes > mark.offset:
            self.lost(origin, size_bytes - mark.offset, reason)
        self._follow_missed(origin, copy.modified_ns if copy is not None else seen_ns)  # it may have been cut more than once

    def lost(self, origin: Origin, size_bytes: int, reason: str) -> None:
        """Count and say what nobody can read any more."""
        self._metrics.lost_bytes.labels(reason).inc(size_bytes)
        say("error", "a file vanished before it was read to its end", path=origin.path, reason=reason, bytes=size_bytes)

    def _found(self, source: FileSource, found: Glimpse) -> None:
        origin = Origin(source=source, path=found.path)
        known = self._positions.claim(found.inode)
        if known is not None and known.mark.fingerprint.fits(found.head) and found.size_bytes >= known.mark.offset:
            self._resume(origin, found, known)
            if not known.mark.fingerprint.size_bytes:  # empty when it was recorded: it may have been filled and cut since
                self._follow_missed(origin, known.seen_ns)
            return
        if known is not None:  # cut while nobody looked, or another file that got the old one's inode
            was = Origin(source=source, path=known.path)
            self.recover(was, known.mark, size_bytes=known.size_bytes, seen_ns=known.seen_ns, reason="truncated")
        if self._roster.set_aside_copy(found):
            return
        if self.done_once:
            predecessor = self._predecessors.pop(found.path, None)
            self._follow_missed(origin, predecessor.modified_ns if predecessor else self._scanned_at_ns)
        at_end = source.from_end and not self.done_once and source.name not in self._positions.known_sources
        start = FileMark(
            offset=found.size_bytes if at_end and known is None else 0,
            fingerprint=fingerprint(found.head),
            last_ns=known.mark.last_ns if known else 0,
        )
        self._roster.follow(origin, found, start)

    def _resume(self, origin: Origin, found: Glimpse, known: FilePosition, *, moved: bool = False) -> None:
        following = False
        try:
            following = self._roster.follow(origin, found, known.mark, moved=moved)
        finally:
            if not following:
                self._positions.adopt(known)  # not lost by a file that could not be opened just now

    def _follow_missed(self, origin: Origin, since_ns: int) -> None:
        for missed in missed_generations(origin.path, since_ns, self._roster.is_known):
            start = FileMark(offset=0, fingerprint=fingerprint(missed.head), last_ns=0)
            self._roster.follow(origin, missed, start, moved=True)

    def _find_rests_of_earlier_files(self) -> None:
        """What an earlier process followed and what was rotated away since."""
        newest: dict[tuple[str, str], int] = {}
        for position in self._positions.unclaimed():
            source = self._sources.get(position.source)
            if source is not None and position.inode not in self._roster.tails:
                written_ns = self._find_rest(Origin(source=source, path=position.path), position)
                key = (position.source, position.path)
                newest[key] = max(newest.get(key, 0), written_ns)
        for (name, path), written_ns in newest.items():
            self._follow_missed(Origin(source=self._sources[name], path=path), written_ns)

    def _find_rest(self, origin: Origin, position: FilePosition) -> int:
        """Go on with one file where it is now; when it was last written to, in nanoseconds since the epoch."""
        found = find_renamed(position.path, position.inode, position.mark.fingerprint)
        if found is None:
            if position.size_bytes > position.mark.offset:
                self._positions.give_up(position.inode)
                self.recover(origin, position.mark, size_bytes=position.size_bytes, seen_ns=position.seen_ns, reason="removed")
            return position.seen_ns
        if found.size_bytes > position.mark.offset:
            self._positions.claim(position.inode)
            self._resume(origin, found, position, moved=True)
        return found.modified_ns


def _modified_ns(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0  # not there yet, or gone: its coming back is a change
