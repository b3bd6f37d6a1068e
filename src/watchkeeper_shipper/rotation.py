"""Where the rest of a file went: renamed beside its old path, or copied there before it was truncated."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchkeeper_shipper.discover import rotated_siblings
from watchkeeper_shipper.identity import HEAD_BYTES, Fingerprint, Inode, inode_of, read_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """One short look at a file."""

    path: str
    inode: Inode
    size_bytes: int
    head: bytes


def glimpse(path: str) -> Glimpse:
    """Raises OSError where the file is not there or not ours to read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        status = os.fstat(descriptor)
        return Glimpse(path=path, inode=inode_of(status), size_bytes=status.st_size, head=read_head(descriptor))
    finally:
        os.close(descriptor)


def find_renamed(path: str, inode: Inode, print_of_it: Fingerprint) -> Glimpse | None:
    """The file that was at ``path``, under the name that rotation gave it."""
    return _find(path, lambda found: found.inode == inode and print_of_it.fits(found.head))


def find_copy(path: str, print_of_it: Fingerprint, min_size_bytes: int, is_known: Callable[[Inode], bool]) -> Glimpse | None:
    """A copy of what ``path`` held before it was truncated: the same beginning, and no file known otherwise."""
    if not print_of_it.size_bytes:
        return None

    def is_copy(found: Glimpse) -> bool:
        return found.size_bytes >= min_size_bytes and print_of_it.fits(found.head) and not is_known(found.inode)

    return _find(path, is_copy)


def is_copy(found: Glimpse, original: str) -> bool:
    """Whether ``found`` holds what ``original`` begins with: compared at both ends of ``found``.

    Many logs begin alike, with a banner, so the beginning alone proves nothing.
    """
    try:
        with Path(original).open("rb") as ours, Path(found.path).open("rb") as theirs:
            if not found.head or ours.read(HEAD_BYTES)[: len(found.head)] != found.head:
                return False
            at = max(0, found.size_bytes - HEAD_BYTES)
            ours.seek(at)
            theirs.seek(at)
            return ours.read(found.size_bytes - at) == theirs.read(found.size_bytes - at)
    except OSError:
        return False  # one of them is gone: then it is read for its own sake


def _find(path: str, wanted: Callable[[Glimpse], bool]) -> Glimpse | None:
    for sibling in rotated_siblings(path):
        try:
            found = glimpse(sibling)
        except OSError:
            continue  # moved on, or not ours to read: then it is not found
        if wanted(found):
            return found
    return None
