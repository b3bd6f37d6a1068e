"""The data folder: made private, and held by one process at a time."""

import fcntl
import os
from pathlib import Path
from typing import IO


class FolderRefused(Exception):
    """The data folder cannot be used; the message says why."""


def claim_folder(folder: Path) -> IO[str]:
    """Create the folder if need be and lock it. Keep the returned file open for as long as the folder is used."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderRefused(f"cannot use the data folder {folder}: {error.strerror}") from error
    lock = os.fdopen(descriptor, "r+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = lock.read(32).strip() or "unknown"
        lock.close()
        raise FolderRefused(
            f"cannot use the data folder {folder}: process {holder} is using it; stop that one or give another --data-dir"
        ) from error
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
