"""One file, followed: what was read of it, and whether it is still the file it was.

Does its own file I/O, but neither decides when it is looked at (`follow`) nor what becomes of its lines.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum, auto

from watchkeeper_shipper.discover import original_path
from watchkeeper_shipper.identity import HEAD_BYTES, Fingerprint, Inode, fingerprint, inode_of, read_head
from watchkeeper_shipper.lines import EventJoiner, LineCutter, Piece
from watchkeeper_shipper.positions import FileMark
from watchkeeper_shipper.settings import FileSource
from watchkeeper_shipper.stamp import Stamper

PARTIAL_WAIT_S = 5.0
"""How long a last line may stay without its line break before it is sent as it is."""


class Change(Enum):
    """What a look at the file found."""

    NOTHING = auto()
    MORE = auto()
    CUT = auto()
    """It is shorter than what was read, or its beginning is another one."""
    MOVED = auto()
    """Its path is free or holds another file now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What stays the same for a file through its rotations: whose it is, and what it was called when it was found."""

    source: FileSource
    path: str


class Tail:
    """A followed file; those of one ``family`` are generations of one log.

    Once it is ``moved`` away from its origin's path, only its open descriptor leads to it.
    """

    def __init__(self, key: str, origin: Origin, inode: Inode, mark: FileMark) -> None:
        self.key = key
        self.origin = origin
        self.inode = inode
        self.family = original_path(origin.path)
        self.moved = False
        self.size_bytes = mark.offset
        self.modified_ns = 0
        self.grown_at_s = 0.0
        self.due_at_s = 0.0
        self.behind_since_s: float | None = None
        self.stamper = Stamper(origin.source.parse, mark.last_ns)
        self._descriptor: int | None = None
        self._head = b""
        self._start(mark.offset)

    def _start(self, offset: int) -> None:
        multiline = self.origin.source.multiline
        self._cutter = LineCutter(offset)
        self._joiner = EventJoiner(multiline.first_line, multiline.max_lines) if multiline else None
        self._fed_at_s = 0.0
        self.mark_offset = offset

    @property
    def read_offset(self) -> int:
        """Everything before it was read."""
        return self._cutter.read_offset

    @property
    def is_open(self) -> bool:
        """Whether a descriptor is held."""
        return self._descriptor is not None

    @property
    def holds(self) -> bool:
        """Whether something that was read waits for its end."""
        return self._cutter.holds or (self._joiner is not None and self._joiner.holds)

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the file as it was read, not as it may be now."""
        return fingerprint(self._head)

    @property
    def mark(self) -> FileMark:
        """What may be recorded once everything handed out so far is safe."""
        return FileMark(offset=self.mark_offset, fingerprint=self.fingerprint, last_ns=self.stamper.last_ns)

    def open(self, path: str) -> bool:
        """Open the file if ``path`` still is it. Raises OSError where it cannot be read."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        if inode_of(os.fstat(descriptor)) != self.inode:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        if not self._head:
            self._head = read_head(descriptor)
        return True

    def close(self) -> None:
        """Give the descriptor back; the file may be opened again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def look(self) -> Change:
        """Compare the file with what was read of it. Raises OSError where it cannot be seen."""
        if not self.moved:
            try:
                status = os.stat(self.origin.path)  # noqa: PTH116 -- the hottest line of an idle shipper
            except (FileNotFoundError, NotADirectoryError):
                return Change.MOVED
            if inode_of(status) != self.inode:
                return Change.MOVED
        elif self._descriptor is not None:
            status = os.fstat(self._descriptor)
        else:
            return Change.NOTHING
        if status.st_size < self.read_offset:
            return Change.CUT  # size_bytes stays: what lay between it and read_offset is missing now
        touched = status.st_mtime_ns != self.modified_ns
        if touched and status.st_size <= self.size_bytes and self.has_another_beginning():
            return Change.CUT
        self.modified_ns = status.st_mtime_ns
        self.size_bytes = status.st_size
        return Change.MORE if status.st_size > self.read_offset else Change.NOTHING

    def unlinked(self) -> bool:
        """Whether the open file has no name left."""
        return self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0

    def has_another_beginning(self) -> bool:
        """Whether the file holds something else by now: rewritten in place, or a new file with the old one's inode."""
        if not self.moved and not self.open(self.origin.path):
            return False  # replaced a moment ago: the next look tells
        return self._descriptor is not None and os.pread(self._descriptor, len(self._head), 0) != self._head

    def read(self, max_bytes: int, now_s: float) -> tuple[int, list[Piece]] | None:
        """Bytes read and the lines (events) they completed; None where the file's beginning is another one by now.

        The file is open. Raises OSError.
        """
        assert self._descriptor is not None  # noqa: S101 -- see above
        if self.has_another_beginning():
            return None
        data = os.pread(self._descriptor, max_bytes, self._cutter.read_offset)
        if len(self._head) < HEAD_BYTES:
            self._head = read_head(self._descriptor)
        self._fed_at_s = now_s
        pieces = self._cutter.feed(data)
        return len(data), self._joined(pieces)

    def overdue(self, now_s: float) -> list[Piece]:
        """What has waited long enough for the rest of its line or event."""
        waited_s = now_s - self._fed_at_s
        pieces = self._joined(self._cutter.release()) if self._cutter.holds and waited_s >= PARTIAL_WAIT_S else []
        multiline = self.origin.source.multiline
        if self._joiner is not None and multiline is not None and self._joiner.holds and waited_s >= multiline.max_wait_s:
            pieces += self._handed_out(self._joiner.release())
        return pieces

    def wake_at_s(self) -> float:
        """When `overdue` may have something; infinity where nothing waits."""
        waits = [PARTIAL_WAIT_S] if self._cutter.holds else []
        multiline = self.origin.source.multiline
        if self._joiner is not None and multiline is not None and self._joiner.holds:
            waits.append(multiline.max_wait_s)
        return self._fed_at_s + min(waits) if waits else float("inf")

    def rest(self) -> list[Piece]:
        """Everything held: no more of it will come."""
        pieces = self._joined(self._cutter.release())
        return pieces + (self._handed_out(self._joiner.release()) if self._joiner is not None else [])

    def restart(self) -> None:
        """The file was cut or rewritten: read it from its beginning."""
        self._start(0)
        self.size_bytes = self.modified_ns = 0
        self._head = read_head(self._descriptor) if self._descriptor is not None else b""

    def take_split_lines(self) -> int:
        """Lines cut in pieces since the last call."""
        count, self._cutter.split_lines = self._cutter.split_lines, 0
        return count

    def _joined(self, pieces: list[Piece]) -> list[Piece]:
        return self._handed_out(pieces if self._joiner is None else self._joiner.feed(pieces))

    def _handed_out(self, pieces: list[Piece]) -> list[Piece]:
        if pieces:
            self.mark_offset = pieces[-1][1]
        return pieces
