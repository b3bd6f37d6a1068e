"""Which file is which: device, inode, and a fingerprint of the first bytes.

The inode alone is not enough: a file system hands it to the next new file, and a truncated file keeps it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

HEAD_BYTES = 256
"""How much of a file's beginning is compared. Shorter files are compared as far as they reach."""


@dataclass(frozen=True, slots=True, order=True)
class Inode:
    """A place on a file system; the same one may hold different files at different times."""

    device: int
    number: int


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A digest of a file's first ``size_bytes`` bytes; of none for a file that was empty."""

    size_bytes: int
    digest: str

    def fits(self, head: bytes) -> bool:
        """Whether a file beginning with ``head`` may be the file this was taken of."""
        return len(head) >= self.size_bytes and fingerprint(head[: self.size_bytes]).digest == self.digest


def fingerprint(head: bytes) -> Fingerprint:
    """The fingerprint of a file that begins with ``head`` (at most `HEAD_BYTES` of it count)."""
    head = head[:HEAD_BYTES]
    return Fingerprint(len(head), hashlib.blake2b(head, digest_size=12).hexdigest())


def inode_of(status: os.stat_result) -> Inode:
    """The inode a stat call told."""
    return Inode(status.st_dev, status.st_ino)


def read_head(descriptor: int) -> bytes:
    """The first bytes of an open file; the file position stays."""
    return os.pread(descriptor, HEAD_BYTES, 0)
