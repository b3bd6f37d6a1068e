"""The folder the console keeps its data in: made private, and held by one process at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FolderTaken(Exception):
    """Another process holds the data folder, or it cannot be used at all. The message starts with "cannot"."""


def take(folder: Path) -> int:
    """Make ``folder`` (0700) if need be and lock it. The lock lives as long as the returned descriptor stays open.

    Raises FolderTaken.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderTaken(f"cannot use the data folder {folder}: {error.strerror}; choose another --data-dir") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise FolderTaken(f"cannot use the data folder {folder}: another console uses it; stop that one first") from error
    return descriptor
