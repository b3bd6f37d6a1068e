"""Files that a crash leaves either as they were or as they should be."""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make creations, renames and removals in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make the content of a file durable."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file in one step: a crash leaves the old content or the new, never a mixture."""
    scratch = path.with_name(path.name + ".tmp")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    except OSError:
        os.close(handle)
        scratch.unlink(missing_ok=True)
        raise
    os.close(handle)
    scratch.rename(path)
    sync_folder(path.parent)


def probe(path: Path) -> None:
    """See whether files can be written: write one and remove it. Raises OSError."""
    write_durably(path, bytes(65536))
    path.unlink()
