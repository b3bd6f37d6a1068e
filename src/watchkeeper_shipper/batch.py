"""Lines on their way to the sender: collected per stream, bounded in bytes, handed over in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper_shipper.positions import Mark
from watchkeeper_wire.loki_push import Entry, Stream, compress_block, encode_push

Labels = tuple[tuple[str, str], ...]


def with_label(labels: Labels, name: str, value: str) -> Labels:
    """``labels`` with one more, which wins over one of the same name."""
    return tuple(sorted({**dict(labels), name: value}.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A push request as it goes over the wire, and what it holds, by source: line counts and bytes of text."""

    body: bytes
    lines: Mapping[str, int]
    text_bytes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Lines of several streams; ``marks`` is what may be recorded once they are safe.

    ``oldest_s`` is the monotonic time at which the first of them was read.
    """

    streams: Sequence[Stream]
    marks: Mapping[str, Mark]
    lines: Mapping[str, int]
    text_bytes: Mapping[str, int]
    oldest_s: float

    def parcel(self) -> Parcel:
        """Encoded and compressed."""
        return Parcel(body=compress_block(encode_push(self.streams)), lines=self.lines, text_bytes=self.text_bytes)


@dataclass(slots=True)
class BatchBuilder:
    """Collects what the reading loop reads. Not shared between threads."""

    size_bytes: int = 0
    _entries: dict[Labels, list[Entry]] = field(default_factory=dict)
    _marks: dict[str, Mark] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)
    _text_bytes: dict[str, int] = field(default_factory=dict)
    _oldest_s: float = 0.0

    def add(self, source: str, labels: Labels, entries: Sequence[Entry], text_bytes: int, now_s: float) -> None:
        """Append entries of one stream; ``text_bytes`` is the size of their lines."""
        if not self._entries:
            self._oldest_s = now_s
        self._entries.setdefault(labels, []).extend(entries)
        self._lines[source] = self._lines.get(source, 0) + len(entries)
        self._text_bytes[source] = self._text_bytes.get(source, 0) + text_bytes
        # Some bytes for each timestamp, so that millions of empty lines do not count as nothing.
        self.size_bytes += text_bytes + 16 * len(entries)

    def mark(self, key: str, mark: Mark) -> None:
        """Everything of ``key`` up to ``mark`` is in this batch or in one before it."""
        self._marks[key] = mark

    def __bool__(self) -> bool:
        return bool(self._entries or self._marks)

    def take(self) -> Batch:
        """What was collected so far; the builder is empty afterwards."""
        batch = Batch(
            streams=[Stream(dict(labels), entries) for labels, entries in self._entries.items()],
            marks=self._marks,
            lines=self._lines,
            text_bytes=self._text_bytes,
            oldest_s=self._oldest_s,
        )
        self.size_bytes = 0
        self._entries, self._marks, self._lines, self._text_bytes = {}, {}, {}, {}
        return batch


class Outbox:
    """A short queue between the reading loop and the sender; when it is full, reading stops."""

    def __init__(self, capacity: int, room_made: Callable[[], None]) -> None:
        self._batches: deque[Batch] = deque()
        self._capacity = capacity
        self._changed = threading.Condition()
        self._room_made = room_made
        self._interrupted = False

    def has_room(self) -> bool:
        """Whether `put` may be called."""
        return len(self._batches) < self._capacity

    def put(self, batch: Batch) -> None:
        """Append; the caller has seen that there is room and is the only one who puts."""
        with self._changed:
            self._batches.append(batch)
            self._changed.notify()

    def take(self) -> Batch | None:
        """The oldest batch, or None; never waits."""
        with self._changed:
            batch = self._batches.popleft() if self._batches else None
        if batch is not None:
            self._room_made()
        return batch

    def has_batches(self) -> bool:
        """Whether `take` would find one."""
        return bool(self._batches)

    def wait(self, timeout_s: float | None) -> None:
        """Until there is a batch, `interrupt` is called, or the time is over."""
        with self._changed:
            if not self._batches and not self._interrupted:
                self._changed.wait(timeout_s)

    def interrupt(self) -> None:
        """End the sender's present wait and let it wait no more: the end is near."""
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()
