"""A log file that rotates itself by size and never takes more disk than it may."""

import os
from pathlib import Path


class RotatingFile:
    """Appends to `path`; at `max_bytes` it becomes `path.1`, that one `path.2`, and so on, `keep` of them.

    Rotation is by renaming, so that whoever follows the file sees a new inode and can finish the old one.
    """

    def __init__(self, path: Path, *, max_bytes: int, keep: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._descriptor: int | None = None

    def append(self, lines: list[str]) -> int:
        """Write lines and return their size in bytes. Raises OSError, after which the next call starts afresh."""
        content = "".join(line + "\n" for line in lines).encode()
        try:
            descriptor = self._open()
            if os.fstat(descriptor).st_size + len(content) > self._max_bytes:
                descriptor = self._rotate()
            written = 0
            while written < len(content):
                written += os.write(descriptor, content[written:])
        except OSError:
            self.close()
            raise
        return written

    def close(self) -> None:
        """Let go of the file; a later append opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        # Someone may have removed or replaced the file: then what is open has no name any more.
        if self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0:
            self.close()
        if self._descriptor is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return self._descriptor

    def _rotate(self) -> int:
        self.close()
        for number in range(self._keep, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            newer = self._path.with_name(f"{self._path.name}.{number - 1}") if number > 1 else self._path
            if newer.exists():
                newer.replace(older)
        return self._open()
