"""The data folder of an engine: made private, and held by one process at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FolderUnusable(Exception):
    """The folder cannot be made or opened; ``reason`` is the system's word for it."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = folder
        self.reason = reason
        super().__init__(f"cannot use the data folder {folder}: {reason}; choose another --data-dir")


class FolderTaken(Exception):
    """Another process holds the folder; ``holder`` is its id, or "unknown"."""

    def __init__(self, folder: Path, holder: str) -> None:
        self.folder = folder
        self.holder = holder
        super().__init__(
            f"cannot use the data folder {folder}: process {holder} is using it; stop that one or give another --data-dir"
        )


def take(folder: Path) -> int:
    """Make ``folder`` (0700) if need be and lock it; the lock lives as long as the returned descriptor stays open.

    Raises FolderUnusable and FolderTaken.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as failure:
        raise FolderUnusable(folder, failure.strerror or str(failure)) from failure
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as failure:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise FolderTaken(folder, holder) from failure
    except OSError as failure:
        os.close(descriptor)
        raise FolderUnusable(folder, failure.strerror or str(failure)) from failure
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
