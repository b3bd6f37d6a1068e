"""How far each file and journal is safely delivered, kept on disk so that a restart goes on from there.

Only what the store acknowledged, refused for good, or what lies in the disk buffer is recorded; never what was merely read.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from watchkeeper_shipper.durable import write_durably
from watchkeeper_shipper.identity import Fingerprint, Inode

_VERSION = 1
_KEEP_UNSEEN_S = 7 * 24 * 3600
_KEEP_UNSEEN = 10_000


class PositionsUnreadable(Exception):
    """The file holds no positions; it was set aside under the name in the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMark:
    """A file is delivered up to ``offset``; ``last_ns`` is the newest timestamp given to one of its lines."""

    offset: int
    fingerprint: Fingerprint
    last_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalMark:
    """A journal is delivered up to and with the entry at ``cursor``."""

    cursor: str
    last_ns: int


Mark = FileMark | JournalMark


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePosition:
    """What is kept of one file: ``path`` is the one it was found at, before any rotation.

    ``size_bytes`` is its last known size, ``seen_s`` when it last existed (Unix time).
    """

    source: str
    path: str
    inode: Inode
    mark: FileMark
    size_bytes: int
    seen_s: int

    @property
    def seen_ns(self) -> int:
        """``seen_s`` in nanoseconds."""
        return self.seen_s * 10**9


class Positions:
    """All positions of one data folder. Shared by the reading loop and the sender.

    ``known_sources`` are the names of the sources that were scanned before: an unknown file of a known source is new.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._files: dict[str, FilePosition] = {}
        self._unclaimed: dict[Inode, FilePosition] = {}
        self._journals: dict[str, JournalMark] = {}
        self.known_sources: set[str] = set()
        self._dirty = False

    def load(self) -> None:
        """Read what an earlier process recorded.

        Raises PositionsUnreadable after setting a damaged file aside: everything is then read again.
        """
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        except UnicodeDecodeError:
            text = ""
        try:
            document = json.loads(text)
            positions = [_file_from(entry) for entry in document["files"]]
            self._journals = {
                str(entry["source"]): JournalMark(cursor=str(entry["cursor"]), last_ns=int(entry["last_timestamp_ns"]))
                for entry in document["journals"]
            }
            self.known_sources = {str(name) for name in document["sources"]}
        except (ValueError, KeyError, TypeError) as failure:
            aside = self._file.with_suffix(".broken")
            self._file.replace(aside)
            raise PositionsUnreadable(str(aside)) from failure
        self._unclaimed = {position.inode: position for position in positions}

    def claim(self, inode: Inode) -> FilePosition | None:
        """Take over what an earlier process recorded for the file that had this inode."""
        with self._lock:
            return self._unclaimed.pop(inode, None)

    def unclaimed(self) -> list[FilePosition]:
        """Files an earlier process knew and nobody has claimed yet."""
        with self._lock:
            return list(self._unclaimed.values())

    def knows(self, inode: Inode, head: bytes) -> bool:
        """Whether the file with this inode and beginning is recorded, and not another one that had the inode before."""
        with self._lock:
            position = self._unclaimed.get(inode)
        return position is not None and position.mark.fingerprint.fits(head)

    def adopt(self, position: FilePosition) -> None:
        """Keep the position of a file that nobody follows now."""
        with self._lock:
            self._unclaimed[position.inode] = position
            self._dirty = True

    def register(self, key: str, position: FilePosition) -> None:
        """Begin to keep the position of a file; later marks go to ``key``."""
        with self._lock:
            self._files[key] = position
            self._dirty = True

    def observe(self, key: str, size_bytes: int) -> None:
        """Note the file's present size."""
        with self._lock:
            if self._files[key].size_bytes != size_bytes:
                self._files[key] = replace(self._files[key], size_bytes=size_bytes)
                self._dirty = True

    def set_aside(self, key: str, now_s: float) -> None:
        """Nobody follows this file now, but it may come back: keep its position for some days."""
        with self._lock:
            position = self._files.pop(key)
            self._unclaimed[position.inode] = replace(position, seen_s=int(now_s))
            self._dirty = True

    def give_up(self, inode: Inode) -> None:
        """The rest of an unclaimed file is lost: count it no second time."""
        with self._lock:
            position = self._unclaimed[inode]
            self._unclaimed[inode] = replace(position, size_bytes=position.mark.offset)
            self._dirty = True

    def forget(self, key: str) -> None:
        """The file is gone for good."""
        with self._lock:
            self._dirty = self._files.pop(key, None) is not None or self._dirty

    def advance(self, marks: Mapping[str, Mark]) -> None:
        """Record what became safe; marks of files that were forgotten meanwhile are ignored."""
        with self._lock:
            for key, mark in marks.items():
                if isinstance(mark, JournalMark):
                    self._journals[key] = mark
                elif key in self._files:
                    self._files[key] = replace(self._files[key], mark=mark)
            self._dirty = self._dirty or bool(marks)

    def delivered(self, key: str) -> FileMark:
        """How far the file of ``key`` is safe."""
        with self._lock:
            return self._files[key].mark

    def journal(self, source: str) -> JournalMark | None:
        """Where the journal of a source goes on."""
        with self._lock:
            return self._journals.get(source)

    def save(self, now_s: float) -> bool:
        """Write the file if anything changed since the last time. Raises OSError; the change is then still to be written."""
        with self._lock:
            if not self._dirty:
                return False
            self._dirty = False
            document = self._document(now_s)
        try:
            write_durably(self._file, json.dumps(document, separators=(",", ":")).encode())
        except OSError:
            self._dirty = True
            raise
        return True

    def _document(self, now_s: float) -> dict[str, object]:
        fresh = [position for position in self._unclaimed.values() if position.seen_s > now_s - _KEEP_UNSEEN_S]
        fresh.sort(key=lambda position: position.seen_s, reverse=True)
        self._unclaimed = {position.inode: position for position in fresh[:_KEEP_UNSEEN]}
        return {
            "version": _VERSION,
            "sources": sorted(self.known_sources),
            "files": [_file_document(position) for position in self._all_files()],
            "journals": [
                {"source": source, "cursor": mark.cursor, "last_timestamp_ns": mark.last_ns}
                for source, mark in sorted(self._journals.items())
            ],
        }

    def _all_files(self) -> Iterator[FilePosition]:
        # The unclaimed first: where an inode is used again, the file that is followed now is read last and wins.
        yield from self._unclaimed.values()
        now_s = int(time.time())
        yield from (replace(position, seen_s=now_s) for position in self._files.values())


def _file_document(position: FilePosition) -> dict[str, object]:
    return {
        "source": position.source,
        "path": position.path,
        "device": position.inode.device,
        "inode": position.inode.number,
        "offset": position.mark.offset,
        "size": position.size_bytes,
        "head_bytes": position.mark.fingerprint.size_bytes,
        "head_digest": position.mark.fingerprint.digest,
        "last_timestamp_ns": position.mark.last_ns,
        "seen": position.seen_s,
    }


def _file_from(entry: dict[str, object]) -> FilePosition:
    def number(key: str) -> int:
        value = entry[key]
        if not isinstance(value, int):
            raise TypeError(f"{key} is no number")
        return value

    return FilePosition(
        source=str(entry["source"]),
        path=str(entry["path"]),
        inode=Inode(number("device"), number("inode")),
        mark=FileMark(
            offset=number("offset"),
            fingerprint=Fingerprint(number("head_bytes"), str(entry["head_digest"])),
            last_ns=number("last_timestamp_ns"),
        ),
        size_bytes=number("size"),
        seen_s=number("seen"),
    )
