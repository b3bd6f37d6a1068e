"""The lines of an answer, grouped by stream while they are found: rendered early, and kept in a file where they are many.

A stream's lines have to stand together, so nothing can be sent before the last line is found; until then errors still have a
status. What is sent afterwards is read piece by piece, so an answer takes as little memory as its first lines do.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from watchkeeper_store.api.render import rendered
from watchkeeper_store.logql.evaluation.results import Entry
from watchkeeper_store.logql.labels import Labels

_MOST_HELD_BYTES = 4 * 1024 * 1024
_PIECE_BYTES = 64 * 1024
_ENTRY_BYTES = 400  # around its line, before it is rendered
_STREAM_BYTES, _LABEL_BYTES = 600, 200


@dataclass(slots=True)
class _Stream:
    """Values that are not rendered yet, and (begin, size) in the file of those that are."""

    values: list[Any] = field(default_factory=list)
    written: list[tuple[int, int]] = field(default_factory=list)


class GatheredLines:
    """Lines by stream, in the order of the first line of each. ``hold`` is told what has to stay in memory till the end."""

    def __init__(self, folder: Path, hold: Callable[[int], None], *, categorize: bool) -> None:
        self._folder = folder
        self._hold = hold
        self._categorize = categorize
        self._streams: dict[Labels, _Stream] = {}
        self._waiting_bytes = 0
        self._file: IO[bytes] | None = None
        self.entries = 0

    def add(self, entry: Entry) -> None:
        """Raises OSError when there is no room on the disk for a large answer, and whatever ``hold`` raises."""
        labels, value = rendered(entry, categorize=self._categorize)
        stream = self._streams.get(labels)
        if stream is None:
            self._hold(_STREAM_BYTES + _LABEL_BYTES * len(labels))
            stream = self._streams[labels] = _Stream()
        stream.values.append(value)
        self.entries += 1
        self._waiting_bytes += _ENTRY_BYTES + len(entry.line)
        if self._waiting_bytes > _MOST_HELD_BYTES:
            self._write()

    def _write(self) -> None:
        if self._file is None:
            # it has no name, so a crash leaves nothing behind
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  open until `close`
        for stream in self._streams.values():
            if stream.values:
                octets = _members(stream.values)
                stream.written.append((self._file.tell(), len(octets)))
                self._file.write(octets)
                stream.values = []
        self._waiting_bytes = 0

    @property
    def is_large(self) -> bool:
        return self._file is not None

    def pieces(self) -> Iterator[bytes]:
        """The members of the list of streams as JSON. Once only: what was read is gone."""
        piece = bytearray()
        for number, (labels, stream) in enumerate(self._streams.items()):
            piece += b"," if number else b""
            piece += b'{"stream":' + orjson.dumps(dict(labels)) + b',"values":['
            for place, part in enumerate(self._parts(stream)):
                piece += b"," if place and part.begins else b""
                piece += part.octets
                if len(piece) >= _PIECE_BYTES:
                    yield bytes(piece)
                    piece.clear()
            piece += b"]}"
        yield bytes(piece)
        self.close()

    def _parts(self, stream: _Stream) -> Iterator[_Part]:
        for begin, size in stream.written:
            assert self._file is not None  # noqa: S101  it was written to
            for at in range(0, size, _PIECE_BYTES):
                self._file.seek(begin + at)
                yield _Part(begins=not at, octets=self._file.read(min(_PIECE_BYTES, size - at)))
        if stream.values:
            yield _Part(begins=True, octets=_members(stream.values))

    def close(self) -> None:
        """Let everything go."""
        self._streams.clear()
        if self._file is not None:
            self._file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Some of a stream's rendered values; ``begins``: a value begins here, and not within one."""

    begins: bool
    octets: bytes


def _members(values: list[Any]) -> bytes:
    """Values as the inside of a JSON list."""
    return orjson.dumps(values)[1:-1]
