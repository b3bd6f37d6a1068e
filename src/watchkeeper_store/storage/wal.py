"""The write-ahead log: pushes as they were accepted, appended and synced before they are acknowledged.

A file is a sequence of records: a header (magic, CRC-32 of all that follows it, payload size, tenant size, kind, time of
receipt in ns), the tenant, the payload. A record that was torn by a crash fails its CRC; reading then looks for the next
record, so that damage in one place costs only what it touched.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchkeeper_store.storage.durable import sync_folder

_MAGIC = b"WKL1"
_HEADER = struct.Struct("<4sIIHBxq")
_MOST_VECTORS = 512  # the kernel refuses more than 1024 buffers in one writev
_TOGETHER_BYTES = 256 * 1024
PROTOBUF_BLOCK = 1
"""Kind: a `logproto.PushRequest` in a snappy block, every row of which was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One accepted push."""

    tenant: str
    kind: int
    received_ns: int
    payload: bytes

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """What is written: header, tenant, payload."""
        tenant = self.tenant.encode()
        rest = struct.pack("<IHBxq", len(self.payload), len(tenant), self.kind, self.received_ns)
        crc = zlib.crc32(self.payload, zlib.crc32(tenant, zlib.crc32(rest)))
        return _MAGIC + struct.pack("<I", crc) + rest, tenant, self.payload


def wal_path(folder: Path, number: int) -> Path:
    return folder / f"{number:010d}.wal"


def wal_numbers(folder: Path) -> list[int]:
    """The files present, oldest first."""
    return sorted(int(path.stem) for path in folder.glob("*.wal") if path.stem.isdecimal())


class WalWriter:
    """Appends to one file. Not safe for use from several threads: the committer owns it."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.path = wal_path(folder, number)
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.size_bytes = 0
        sync_folder(folder)

    def append(self, records: Sequence[Record]) -> None:
        """Write and sync; on return the records survive a crash of the process and of the machine.

        On failure the file is cut back to what was there before, and OSError is raised; nothing of ``records`` remains.
        """
        vectors = [part for record in records for part in record.parts()]
        try:
            written = self._write(vectors)
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size_bytes)
            os.lseek(self._file, self.size_bytes, os.SEEK_SET)
            raise
        self.size_bytes += written

    def _write(self, vectors: list[bytes]) -> int:
        total = 0
        pending = [vector for vector in vectors if vector]
        while pending:
            written = os.writev(self._file, pending[:_MOST_VECTORS])
            total += written
            while pending and written >= len(pending[0]):
                written -= len(pending.pop(0))
            if written:
                pending[0] = pending[0][written:]
        return total

    def close(self) -> None:
        os.close(self._file)


@dataclass(slots=True)
class Damage:
    """What reading had to step over. The tail that a crash tore counts too: it was never acknowledged."""

    skipped_bytes: int = 0


def read_wal(path: Path, damage: Damage) -> Iterator[Record]:
    """The intact records of one file, in the order written."""
    content = path.read_bytes()
    at = 0
    while at < len(content):
        record, end = _record_at(content, at)
        if record is not None:
            yield record
            at = end
            continue
        following = content.find(_MAGIC, at + 1)
        following = len(content) if following < 0 else following
        damage.skipped_bytes += following - at
        at = following


def by_tenant(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records of one tenant together, in the order written: a thousand small pushes take no longer than one of their size."""
    waiting: dict[str, list[Record]] = {}
    sizes: dict[str, int] = {}
    for record in records:
        waiting.setdefault(record.tenant, []).append(record)
        sizes[record.tenant] = sizes.get(record.tenant, 0) + len(record.payload)
        if sizes[record.tenant] >= _TOGETHER_BYTES:
            del sizes[record.tenant]
            yield waiting.pop(record.tenant)
    yield from waiting.values()


def _record_at(content: bytes, at: int) -> tuple[Record | None, int]:
    if len(content) - at < _HEADER.size:
        return None, at
    magic, crc, size, tenant_size, kind, received_ns = _HEADER.unpack_from(content, at)
    start = at + _HEADER.size
    end = start + tenant_size + size
    if magic != _MAGIC or end > len(content) or zlib.crc32(memoryview(content)[at + 8 : end]) != crc:
        return None, at
    tenant = content[start : start + tenant_size].decode()
    return Record(tenant=tenant, kind=kind, received_ns=received_ns, payload=content[start + tenant_size : end]), end
