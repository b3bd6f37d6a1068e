"""The backup as a tar file, written while it is read: segments, delete requests, and the manifest as the last of all.

So an archive that has the manifest is complete. No write-ahead log is needed: what is in it is made into segments first.
"""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from watchkeeper_store.storage.manifest import MANIFEST_NAME, manifest_content
from watchkeeper_store.storage.segment import Segment
from watchkeeper_store.storage.store import LogStore

if TYPE_CHECKING:
    from watchkeeper_store.traces.store import TraceStore

TRACES_FOLDER = "traces"
_PART_BYTES = 1024 * 1024


class _Outlet(io.RawIOBase):
    """A file that hands on what is written to it, in parts of about 1 MB."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        octets = bytes(cast("bytes", content))
        self._held += octets
        if len(self._held) >= _PART_BYTES:
            self.hand_on()
        return len(octets)

    def hand_on(self) -> None:
        if self._held:
            self._take(bytes(self._held))
            self._held.clear()


def write_archive(store: LogStore, traces: TraceStore | None, deletes: bytes, take: Callable[[bytes], None]) -> int:
    """Hand the backup to ``take``, part by part; the number of lines in it. Raises OSError, and whatever ``take`` raises.

    ``deletes`` is the content of the file of delete requests. What was acknowledged before the call is in the backup.
    """
    outlet = _Outlet(take)
    with store.frozen() as (manifest, segments), tarfile.open(fileobj=cast("IO[bytes]", outlet), mode="w|") as archive:
        for segment in segments:
            for path in _files(segment):
                name = f"segments/{path.relative_to(store.layout.segments)}"
                with path.open("rb") as content:
                    archive.addfile(_described(name, path.stat().st_size), content)
        if traces is not None:
            _add_traces(archive, traces, store.layout.root)
        _add(archive, "deletes.json", deletes)
        _add(archive, MANIFEST_NAME, manifest_content(manifest))
    outlet.hand_on()
    return sum(segment.rows for segment in segments)


def _add_traces(archive: tarfile.TarFile, traces: TraceStore, root: Path) -> None:
    """The spans: segments, and the manifest that names them. Raises OSError."""
    traces.flush()
    if traces.trouble is not None:
        raise OSError(traces.trouble)
    with traces.tables(""):  # whoever reads any table keeps every file of the manifest on disk
        path = root / TRACES_FOLDER / MANIFEST_NAME
        if not path.exists():  # nobody has sent a span yet
            return
        manifest = path.read_bytes()
        for name in json.loads(manifest)["segments"]:
            for path in sorted((root / TRACES_FOLDER / "segments" / name).iterdir()):
                with path.open("rb") as content:
                    archive.addfile(_described(str(path.relative_to(root)), path.stat().st_size), content)
        _add(archive, f"{TRACES_FOLDER}/{MANIFEST_NAME}", manifest)


def _files(segment: Segment) -> Iterator[Path]:
    yield segment.path
    yield segment.sidecar
    words = segment.path.with_suffix(".words")
    if words.exists():
        yield words


def _described(name: str, size: int) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.size, found.mode, found.mtime = size, 0o600, int(time.time())
    return found


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    archive.addfile(_described(name, len(content)), io.BytesIO(content))
