"""Where the rest of a file went: renamed beside its old path, or copied there before it was truncated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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
    modified_ns: int
    head: bytes


def glimpse(path: str) -> Glimpse:
    """Raises OSError where the file is not there or not ours to read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        status = os.fstat(descriptor)
        return Glimpse(
            path=path,
            inode=inode_of(status),
            size_bytes=status.st_size,
            modified_ns=status.st_mtime_ns,
            head=read_head(descriptor),
        )
    finally:
        os.close(descriptor)


def find_renamed(path: str, inode: Inode, print_of_it: Fingerprint) -> Glimpse | None:
    """The file that was at ``path``, under the name that rotation gave it."""
    return next((found for found in _siblings(path) if found.inode == inode and print_of_it.fits(found.head)), None)


def find_copy(path: str, print_of_it: Fingerprint, min_size_bytes: int, is_known: Callable[[Glimpse], bool]) -> Glimpse | None:
    """A copy of what ``path`` held before it was truncated: the same beginning, and no file known otherwise."""
    if not print_of_it.size_bytes:
        return None
    for found in _siblings(path):
        if found.size_bytes >= min_size_bytes and print_of_it.fits(found.head) and not is_known(found):
            return found
    return None


def missed_generations(path: str, since_ns: int, is_known: Callable[[Glimpse], bool]) -> list[Glimpse]:
    """Files that were at ``path`` and were rotated away again unseen, oldest first.

    They were written to after ``since_ns``, the last time somebody wrote to the file seen there before them.
    """
    missed = [found for found in _siblings(path) if found.modified_ns > since_ns and found.size_bytes and not is_known(found)]
    return sorted(missed, key=lambda found: found.modified_ns)


def begins_like(original: str, found: Glimpse) -> bool:
    """Whether ``original`` begins with all that ``found`` holds; compared at both ends of ``found``.

    Many logs begin alike, with a banner, so the first bytes alone prove nothing.
    """
    at = max(0, found.size_bytes - HEAD_BYTES)
    try:
        with Path(original).open("rb") as ours, Path(found.path).open("rb") as theirs:
            if ours.read(len(found.head)) != found.head:
                return False
            ours.seek(at)
            theirs.seek(at)
            return ours.read(found.size_bytes - at) == theirs.read(found.size_bytes - at)
    except OSError:
        return False  # one of them is gone: then it is read for its own sake


def _siblings(path: str) -> Iterator[Glimpse]:
    for sibling in rotated_siblings(path):
        try:
            yield glimpse(sibling)
        except OSError:
            continue  # moved on, or not ours to read: then it is not found
