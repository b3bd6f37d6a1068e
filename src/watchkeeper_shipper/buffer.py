"""Parcels on disk while the store is away: one file each, oldest first, bounded in bytes.

A parcel counts as safe once `DiskBuffer.append` returned. Reading order is the order of appending, also across restarts.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from collections import deque
from pathlib import Path

from watchkeeper_shipper.batch import Parcel
from watchkeeper_shipper.durable import write_durably

_BLOCK_BYTES = 4096
_SUFFIX = ".push"


class ParcelUnreadable(Exception):
    """A file of the buffer is damaged; the message says which and how."""


class DiskBuffer:
    """The parcels in one folder. Used by the sender alone, but its figures may be read from any thread."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Raises OSError where the folder cannot be used."""
        self.folder = folder
        self.max_bytes = max_bytes
        self.size_bytes = 0
        self._waiting: deque[tuple[int, int]] = deque()
        folder.mkdir(mode=0o700, exist_ok=True)
        found: list[tuple[int, int]] = []
        for file in folder.iterdir():
            if file.suffix == ".tmp":
                file.unlink()  # a process was killed while writing it: nothing of it was recorded as safe
            elif file.suffix == _SUFFIX and file.stem.isdecimal():
                found.append((int(file.stem), _occupied_bytes(file.stat().st_size)))
        self._waiting.extend(sorted(found))
        self.size_bytes = sum(size for _, size in found)
        self._next = self._waiting[-1][0] + 1 if self._waiting else 1

    def __len__(self) -> int:
        return len(self._waiting)

    def append(self, parcel: Parcel) -> bool:
        """Put ``parcel`` behind all others; False where it does not fit. Raises OSError where the disk refuses."""
        header = {"crc32": zlib.crc32(parcel.body), "lines": dict(parcel.lines), "text_bytes": dict(parcel.text_bytes)}
        content = json.dumps(header, separators=(",", ":")).encode() + b"\n" + parcel.body
        size = _occupied_bytes(len(content))
        if self.size_bytes + size > self.max_bytes:
            return False
        write_durably(self._path(self._next), content)
        self._waiting.append((self._next, size))
        self._next += 1
        self.size_bytes += size
        return True

    def oldest(self) -> Parcel:
        """The parcel to deliver next.

        Raises ParcelUnreadable, and then it is to be dropped; OSError where the disk may do better later.
        """
        path = self._path(self._waiting[0][0])
        try:
            head, _, body = path.read_bytes().partition(b"\n")
            header = json.loads(head)
            if header["crc32"] != zlib.crc32(body):
                raise ValueError("its checksum is wrong")
            return Parcel(body=body, lines=header["lines"], text_bytes=header["text_bytes"])
        except (FileNotFoundError, ValueError, KeyError, TypeError) as failure:
            raise ParcelUnreadable(f"cannot read {path}: {failure}") from failure

    def drop_oldest(self) -> None:
        """The oldest parcel is delivered, or given up."""
        number, size = self._waiting.popleft()
        self.size_bytes -= size
        # Neither synced nor insisted on: at worst the parcel is delivered once more after a restart.
        with contextlib.suppress(OSError):
            self._path(number).unlink()

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:016d}{_SUFFIX}"


def _occupied_bytes(size: int) -> int:
    return -(-size // _BLOCK_BYTES) * _BLOCK_BYTES
