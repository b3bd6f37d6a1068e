"""Which paths match the globs, and what rotation calls the files it moves away. Reads folders, opens no files."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from watchkeeper_shipper.identity import Inode, inode_of
from watchkeeper_shipper.settings import FileSource

COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip", ".Z")

# What logrotate and rotating handlers append: .1, -20261121, .2026-11-21, -20261121-1763686800, .2026-11-21_10, .old, …
_APPENDED = re.compile(r"(?:[.-]\d[\d_.T:-]*|\.old|\.prev|\.bak|~)$")
# What is put before the extension: x.1.log, x-20261121.log, x-2026-11-21T10-00-00.000.log. A bare -2 is a second program's.
_INSERTED = re.compile(r"(?:\.\d{1,3}|[.-]\d{4}-?\d\d-?\d\d[\d_.T:-]*)$")


def original_name(name: str) -> str:
    """``x.log`` for ``x.log.1`` and ``x.log-20261121``; a name that is not a rotated one stays."""
    return _APPENDED.sub("", name) or name


def original_path(path: str) -> str:
    """`original_name` for a whole path."""
    folder, separator, name = path.rpartition("/")
    return folder + separator + original_name(name)


def stem(path: str) -> str:
    """``x`` for ``/var/log/x.log`` and for ``/var/log/x.log.1``."""
    return Path(original_name(Path(path).name)).stem


def is_rotated_name(name: str, original: str) -> bool:
    """Whether rotation may have renamed ``original`` to ``name``; compressed copies do not count."""
    if name == original or name.endswith(COMPRESSED):
        return False
    if original_name(name) == original:
        return True
    root, extension = _split(name)
    return _INSERTED.sub("", root) + extension == original


def as_text(path: str) -> str:
    """A path for labels and metrics: names on disk need not be UTF-8, these must."""
    return os.fsencode(path).decode("utf-8", "replace")


def possible_originals(name: str) -> list[str]:
    """Names that rotation may have made ``name`` of: ``x.log`` for ``x.log.1`` and for ``x-20261121.log``."""
    root, extension = _split(name)
    candidates = (original_name(name), _INSERTED.sub("", root) + extension)
    return [candidate for candidate in candidates if candidate != name]


def rotated_siblings(path: str) -> list[str]:
    """Paths beside ``path`` that may be what rotation made of it, newest first."""
    folder, original = os.path.split(path)
    root = _split(original)[0]
    found: list[tuple[int, str]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                # The first test is there for its speed: a folder may hold thousands of logs that rotate at the same time.
                if entry.name.startswith(root) and is_rotated_name(entry.name, original) and entry.is_file():
                    found.append((entry.stat().st_mtime_ns, entry.path))  # noqa: PERF401 -- what was found before a failure stays
    except OSError:
        pass  # the folder is gone or closed to us: then nothing beside the file can be read either
    return [candidate for _, candidate in sorted(found, reverse=True)]


def matching_files(source: FileSource) -> Iterator[tuple[str, Inode]]:
    """Regular files that ``source`` asks for, as (path, inode), in the order of its globs, sorted inside one."""
    seen: set[str] = set()
    for pattern in source.paths:
        for path in sorted(glob.iglob(pattern, recursive=True)):  # noqa: PTH207 -- Path.glob follows no links below ** and wants a split pattern
            if path in seen or path.endswith(COMPRESSED) or _excluded(path, source.exclude):
                continue
            seen.add(path)
            try:
                status = os.stat(path)  # noqa: PTH116 -- thousands of these per scan
            except OSError:
                continue  # gone since the folder was read, or a dangling link
            if stat.S_ISREG(status.st_mode):
                yield path, inode_of(status)


def _split(name: str) -> tuple[str, str]:
    suffix = Path(name).suffix
    return name.removesuffix(suffix), suffix


def _excluded(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
