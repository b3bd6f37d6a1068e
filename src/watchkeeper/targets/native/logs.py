"""Read the log files that supervisor writes and rotates: the last lines, and what comes after them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_BLOCK_BYTES = 65_536
_POLL_S = 0.2


def last_lines(path: Path, count: int) -> tuple[str, ...]:
    """Oldest first; empty when there is no such file. Reads only as much of its end as it needs."""
    if count <= 0:
        return ()
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            kept = b""
            while end > 0 and kept.count(b"\n") <= count:
                start = max(0, end - _BLOCK_BYTES)
                file.seek(start)
                kept = file.read(end - start) + kept
                end = start
    except FileNotFoundError:
        return ()
    return tuple(line.decode(errors="replace") for line in kept.splitlines()[-count:])


def follow(paths: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """(name, line) for every whole line written from now on, without end; rotation and truncation lose nothing seen before."""
    tails = {name: _Tail(path) for name, path in paths.items()}
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

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = b""
        self._inode, self._offset = self._place()

    def new_lines(self) -> list[str]:
        inode, size = self._place()
        lines: list[str] = []
        if inode != self._inode:
            old = self._path.with_name(self._path.name + ".1")  # where supervisor's rotation moved it
            if old.exists() and old.stat().st_ino == self._inode:
                lines += self._read(old)
            self._inode, self._offset, self._partial = inode, 0, b""
        elif size < self._offset:
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

    def _place(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return status.st_ino, status.st_size
