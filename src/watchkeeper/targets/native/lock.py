"""One run at a time per state folder. The kernel drops the lock with its holder, so no crash leaves one behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watchkeeper.targets.native.record import not_ours
from watchkeeper.workload.failure import WorldFailed


@contextmanager
def held(path: Path, purpose: str) -> Iterator[None]:
    """Hold the lock file at ``path``; its text tells others who we are and for what. Raises WorldFailed when it is taken."""
    handle = _open(path)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{purpose} (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as error:
            raise not_ours(path.parents[1]) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 200, 0).decode(errors="replace") or "another run"
            os.close(handle)
            raise WorldFailed(
                f"cannot go on: {holder} is working on the stack in {path.parent}", hint="wait until it has finished"
            ) from error
        # ``down --delete-data`` removes the file while it holds it: a lock on a file that is gone locks nobody out.
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
        os.close(handle)
