"""Read the log files that supervisor writes and rotates: the last lines, and what comes after them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK_BYTES = 65_536
_POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point in a file that may be rotated away: which file, and how far."""

    inode: int
    size_bytes: int


def last_lines(path: Path, count: int, *, end: int | None = None) -> tuple[str, ...]:
    """Oldest first; empty when there is no such file. Reads only as much before ``end`` (a byte offset) as it needs."""
    if count <= 0:
        return ()
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END) if end is None else end
            kept = b""
            while end > 0 and kept.count(b"\n") <= count:
                start = max(0, end - _BLOCK_BYTES)
                file.seek(start)
                kept = file.read(end - start) + kept
                end = start
    except FileNotFoundError:
        return ()
    return tuple(line.decode(errors="replace") for line in kept.splitlines()[-count:])


def ends(paths: Mapping[str, Path]) -> dict[str, Place]:
    """Where each file ends now: what is before is for ``last_lines``, what comes after for ``follow``."""
    return {name: _place(path) for name, path in paths.items()}


def follow(paths: Mapping[str, Path], places: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
    """(name, line) for every whole line written after ``places``, without end; a rotation or truncation loses none."""
    tails = {name: _Tail(path, places[name]) for name, path in paths.items()}
    while True:
        quiet = True
        for name, tail in tails.items():
            for line in tail.new_lines():
                quiet = False
                yield name, line
        if quiet:
            time.sleep(_POLL_S)


class _Tail:
    """One growing file."""

    def __init__(self, path: Path, place: Place) -> None:
        self._path = path
        self._partial = b""
        self._inode, self._offset = place.inode, place.size_bytes

    def new_lines(self) -> list[str]:
        place = _place(self._path)
        lines: list[str] = []
        if place.inode != self._inode:
            old = self._path.with_name(self._path.name + ".1")  # where supervisor's rotation moved it
            if old.exists() and old.stat().st_ino == self._inode:
                lines += self._read(old)
            self._inode, self._offset, self._partial = place.inode, 0, b""
        elif place.size_bytes < self._offset:
            self._offset, self._partial = 0, b""
        return lines + self._read(self._path)

    def _read(self, path: Path) -> list[str]:
        try:
            with path.open("rb") as file:
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:
            return []
        self._offset += len(content)
        *whole, self._partial = (self._partial + content).split(b"\n")
        return [line.decode(errors="replace") for line in whole]


def _place(path: Path) -> Place:
    try:
        status = path.stat()
    except FileNotFoundError:
        return Place(inode=0, size_bytes=0)
    return Place(inode=status.st_ino, size_bytes=status.st_size)
