"""A root file system under construction, as one archive that the engine can import."""

from __future__ import annotations

import io
import os
import re
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path


class Layer:
    """Everything belongs to root unless said otherwise; what is there already is not written again."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w")  # noqa: SIM115 - closed by ``content``
        self._seen: set[str] = set()

    def folder(self, path: str, *, owner: tuple[int, int] = (0, 0), mode: int = 0o755) -> None:
        """A folder and the ones above it."""
        self._parents(path)
        self._entry(path, tarfile.DIRTYPE, mode=mode, owner=owner)

    def file(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """A file with that content."""
        self._parents(path)
        self._entry(path, tarfile.REGTYPE, mode=mode, content=content)

    def copy(self, source: Path, path: str = "") -> None:
        """A file of this machine, at the same path or another one."""
        target = path or str(source)
        if target not in self._seen:
            self.file(target, source.read_bytes(), mode=0o755 if source.stat().st_mode & 0o111 else 0o644)

    def link(self, path: str, target: str) -> None:
        """A symbolic link."""
        if path not in self._seen:
            self._parents(path)
            self._entry(path, tarfile.SYMTYPE, target=target)

    def tree(self, source: Path, *, at: str = "", without: Sequence[str] = ()) -> None:
        """A folder of this machine with everything in it, at the same path or another one."""
        for path in sorted(source.rglob("*")):
            if any(part in without for part in path.relative_to(source).parts):
                continue
            place = f"{at or source}/{path.relative_to(source)}"
            if path.is_symlink():
                self.link(place, str(path.readlink()))
            elif path.is_file():
                self.copy(path, place)

    def programs(self, binaries: Iterable[Path], *, root: Path | None = None, environment: Mapping[str, str] = {}) -> None:
        """The shared libraries that these need: at the path where this machine has them, or below ``root``."""
        for binary in binaries:
            for library in shared_libraries(binary, environment):
                inside = root is not None and library.is_relative_to(root)
                self.copy(library.resolve(), f"/{library.relative_to(root)}" if root and inside else str(library))

    def content(self) -> bytes:
        """The finished archive."""
        self._tar.close()
        return self._bytes.getvalue()

    def _parents(self, path: str) -> None:
        for parent in reversed(Path(path).parents):
            if str(parent) not in {"/", "."} and str(parent) not in self._seen:
                self._entry(str(parent), tarfile.DIRTYPE, mode=0o755)

    def _entry(
        self,
        path: str,
        kind: bytes,
        *,
        mode: int = 0o777,
        owner: tuple[int, int] = (0, 0),
        content: bytes = b"",
        target: str = "",
    ) -> None:
        self._seen.add(path)
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.type, entry.mode, entry.linkname, entry.size = kind, mode, target, len(content)
        entry.uid, entry.gid = owner
        self._tar.addfile(entry, io.BytesIO(content))


def shared_libraries(binary: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """As the loader finds them, the loader itself included; none for a static program."""
    done = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=False, env={**os.environ, **environment})
    for line in done.stdout.splitlines():
        match = re.search(r"(?:=> )?(/\S+) \(0x", line)
        if match:
            yield Path(os.path.normpath(match.group(1)))
