"""Reads the followed files: when each is looked at, and what is done when it grew, was cut, or was rotated away."""

from __future__ import annotations

import time
from collections.abc import Sequence

from watchkeeper_shipper.intake import Intake
from watchkeeper_shipper.lines import Piece
from watchkeeper_shipper.metrics import Metrics
from watchkeeper_shipper.positions import FileMark, Positions
from watchkeeper_shipper.roster import Roster
from watchkeeper_shipper.rotation import find_renamed, glimpse
from watchkeeper_shipper.scan import Scanner
from watchkeeper_shipper.settings import FileSource
from watchkeeper_shipper.tail import Change, Tail

_ACTIVE_POLL_S = 0.1
_IDLE_POLL_S = 0.25
_ACTIVE_FOR_S = 10.0
_IDLE_LOOKS_PER_S = 800
_CLOSE_AFTER_S = 60.0
_MOVED_GRACE_S = 30.0
_UNLINKED_GRACE_S = 5.0
_UNREADABLE_POLL_S = 1.0
_SLACK_S = 0.03
_SCAN_SLACK_S = 0.12
"""What is due so soon is done at once: each wake that is saved is most of what an idle shipper costs."""


class Follower:
    """All files of all sources. Used by the reading loop alone."""

    def __init__(self, sources: Sequence[FileSource], positions: Positions, intake: Intake, metrics: Metrics) -> None:
        self.roster = Roster(positions)
        self._scanner = Scanner(sources, self.roster, positions, metrics)
        self._positions = positions
        self._intake = intake
        self._metrics = metrics

    @property
    def scanned(self) -> bool:
        """Whether the first scan is done."""
        return self._scanner.done_once

    def work(self, now_s: float) -> bool:
        """Scan and read what is due; whether there is more to read at once."""
        soon_s = now_s + _SLACK_S
        if now_s + _SCAN_SLACK_S >= self._scanner.due_at_s:
            self._scanner.scan(now_s)
        due = [tail for tail in self.roster.tails.values() if tail.due_at_s <= soon_s]
        unfinished: set[str] = set()
        # What was rotated away goes first, and to its end: it is older than what its successors hold.
        for tail in sorted(due, key=lambda tail: (not tail.moved, tail.modified_ns)):
            # The visit to another one may have dropped it.
            if self.roster.follows(tail) and tail.family not in unfinished and self._tried(tail, now_s):
                unfinished.add(tail.family)
        return bool(unfinished)

    def wake_at_s(self) -> float:
        """When `work` may have something to do."""
        return min(self._scanner.due_at_s, *(tail.due_at_s for tail in self.roster.tails.values()), float("inf"))

    def close(self) -> None:
        """Give all descriptors back."""
        for tail in self.roster.tails.values():
            tail.close()

    def _tried(self, tail: Tail, now_s: float) -> bool:
        try:
            more = self._visit(tail, now_s)
        except OSError as failure:
            self._scanner.cannot_read(tail.origin.path, failure)
            tail.due_at_s = now_s + _UNREADABLE_POLL_S
            return False
        self._scanner.can_read(tail.origin.path)
        return more

    def _visit(self, tail: Tail, now_s: float) -> bool:
        change = tail.look()
        if change is Change.CUT:
            self._cut(tail)
            return True
        if change is Change.MOVED:
            self._moved(tail, now_s)
            return True
        idle_s = now_s - tail.grown_at_s
        more = False
        if change is not Change.NOTHING or not self._rests(tail, idle_s):
            more = self._attend(tail, change, now_s)
            idle_s = now_s - tail.grown_at_s
        wait_s = _ACTIVE_POLL_S if idle_s < _ACTIVE_FOR_S else max(_IDLE_POLL_S, len(self.roster.tails) / _IDLE_LOOKS_PER_S)
        tail.due_at_s = now_s if more else min(now_s + wait_s, max(now_s, tail.wake_at_s()))
        return more

    def _rests(self, tail: Tail, idle_s: float) -> bool:
        """Whether nothing of the file waits for anything: by far the most frequent case."""
        may_close = tail.is_open and (idle_s > _CLOSE_AFTER_S or self.roster.crowded)
        return tail.behind_since_s is None and not (tail.moved or tail.holds or may_close)

    def _attend(self, tail: Tail, change: Change, now_s: float) -> bool:
        more = change is Change.MORE and self._read(tail, now_s)
        if not self.roster.follows(tail):
            return more
        self._positions.observe(tail.key, tail.size_bytes)
        self._take(tail, tail.overdue(now_s), now_s)
        self._note_lag(tail, now_s)
        idle_s = now_s - tail.grown_at_s
        if tail.moved:
            self._end_if_done(tail, idle_s, now_s)
        elif tail.is_open and change is Change.NOTHING and (idle_s > _CLOSE_AFTER_S or self.roster.crowded):
            self.roster.close(tail)
        return more

    def _read(self, tail: Tail, now_s: float) -> bool:
        """Whether more may be read at once."""
        tail.grown_at_s = now_s
        if not self.roster.open(tail, tail.origin.path):
            return True  # replaced since the look: the next one finds it moved
        if tail.read_offset == 0 and not tail.moved and self.roster.set_aside_copy(glimpse(tail.origin.path)):
            self._leave_to_its_original(tail)  # it was still empty when it was found
            return False
        room = self._intake.room_bytes()
        if not room:
            return True
        result = tail.read(room, now_s)
        if result is None:
            tail.size_bytes = tail.read_offset  # its former size is not known
            self._cut(tail)
            return True
        size, pieces = result
        self._metrics.read_bytes.labels(tail.origin.source.name).inc(size)
        self._take(tail, pieces, now_s)
        return tail.size_bytes > tail.read_offset

    def _take(self, tail: Tail, pieces: list[Piece], now_s: float) -> None:
        self._intake.take_lines(tail, self.roster.labels(tail), pieces, now_s)

    def _cut(self, tail: Tail) -> None:
        present = None if tail.moved else glimpse(tail.origin.path)
        self._metrics.truncations.labels(tail.origin.source.name).inc()
        self._take(tail, tail.rest(), time.monotonic())
        before = FileMark(offset=tail.read_offset, fingerprint=tail.fingerprint, last_ns=tail.stamper.last_ns)
        self._scanner.recover(tail.origin, before, size_bytes=tail.size_bytes, seen_ns=tail.modified_ns, reason="truncated")
        if present is not None and self.roster.set_aside_copy(present):
            self._leave_to_its_original(tail)
            return
        if present is not None:
            self.roster.open(tail, tail.origin.path)
        tail.restart()
        self._intake.mark(tail)

    def _leave_to_its_original(self, tail: Tail) -> None:
        self._positions.forget(tail.key)
        self.roster.drop(tail)

    def _moved(self, tail: Tail, now_s: float) -> None:
        self.roster.detach(tail, now_s)
        self._metrics.rotations.labels(tail.origin.source.name).inc()
        self._scanner.expect_successor(tail.origin.path, tail.modified_ns, now_s)
        if tail.is_open:
            return
        # Closed for having been idle, so everything was read; but something may have come just before it was moved.
        found = find_renamed(tail.origin.path, tail.inode, tail.fingerprint)
        if found is not None and self.roster.open(tail, found.path):
            return
        if tail.size_bytes > tail.read_offset:
            self._scanner.lost(tail.origin, tail.size_bytes - tail.read_offset, "removed")
        self._positions.set_aside(tail.key, time.time())
        self.roster.drop(tail)

    def _end_if_done(self, tail: Tail, idle_s: float, now_s: float) -> None:
        """A file that was rotated away ends when nobody has written to it for a while and all of it is delivered."""
        if tail.size_bytes > tail.read_offset:
            return
        unlinked = tail.unlinked()
        grace_s = _UNLINKED_GRACE_S if unlinked else _MOVED_GRACE_S
        if idle_s < grace_s and not self.roster.crowded:
            return
        self._take(tail, tail.rest(), now_s)
        if self._positions.delivered(tail.key).offset != tail.mark_offset:
            return
        if unlinked:
            self._positions.forget(tail.key)
        else:
            self._positions.set_aside(tail.key, time.time())
            self._scanner.wanted = True  # the globs may match its new name, too
        self.roster.drop(tail)

    def _note_lag(self, tail: Tail, now_s: float) -> None:
        if self._positions.delivered(tail.key).offset >= tail.size_bytes:
            tail.behind_since_s = None
        elif tail.behind_since_s is None:
            tail.behind_since_s = now_s
