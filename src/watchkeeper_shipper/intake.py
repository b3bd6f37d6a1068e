"""Where lines become entries: timed, labelled, counted, and put into the batch being built."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from watchkeeper_shipper.batch import BatchBuilder, Labels, Outbox, with_label
from watchkeeper_shipper.docker_lines import is_docker_log, unwrap
from watchkeeper_shipper.lines import Piece, line_text
from watchkeeper_shipper.metrics import Metrics
from watchkeeper_shipper.positions import JournalMark
from watchkeeper_shipper.settings import BatchLimits
from watchkeeper_shipper.tail import Tail
from watchkeeper_wire.loki_push import Entry

_READ_BYTES = 64 * 1024
_BACKLOG_WAIT_S = 5.0
_NO_METADATA: Mapping[str, str] = {}
"""One for all: an empty dictionary per line would be a quarter of a batch's memory."""


class Intake:
    """The batch being built and the way to the outbox. Used by the reading loop alone."""

    def __init__(self, limits: BatchLimits, outbox: Outbox, metrics: Metrics) -> None:
        self._limits = limits
        self._outbox = outbox
        self._metrics = metrics
        self._builder = BatchBuilder()
        self._left_at_s = 0.0

    def room_bytes(self) -> int:
        """How much may be read at once now; 0 while the batch is full and the outbox too."""
        room = self._limits.max_bytes - self._builder.size_bytes
        if room <= 0 and self._hand_over(time.monotonic()):
            room = self._limits.max_bytes
        return max(0, min(room, _READ_BYTES))

    def due_at_s(self, backlog: bool) -> float:
        """When the batch being built should leave; infinity where it is empty or has to wait for room in the outbox.

        A lonely line leaves at once, a busy stream every ``max_wait_s``. With a ``backlog`` nothing arrives sooner by
        leaving sooner, but each batch costs a file on disk.
        """
        wait_s = max(_BACKLOG_WAIT_S, self._limits.max_wait_s) if backlog else self._limits.max_wait_s
        return self._left_at_s + wait_s if self._builder and self._outbox.has_room() else float("inf")

    def leave_if_due(self, now_s: float, backlog: bool) -> None:
        """Hand the batch over if its time has come."""
        if now_s >= self.due_at_s(backlog):
            self._hand_over(now_s)

    def flush(self) -> bool:
        """Hand over what there is, at the end; False where the outbox has no room for it."""
        return not self._builder or self._hand_over(time.monotonic())

    def _hand_over(self, now_s: float) -> bool:
        if not self._outbox.has_room():
            return False
        self._outbox.put(self._builder.take())
        self._left_at_s = now_s
        return True

    def take_lines(self, tail: Tail, labels: Labels, pieces: Sequence[Piece], now_s: float) -> None:
        """Add lines of a file, in their order."""
        if not pieces:
            return
        source = tail.origin.source
        if is_docker_log(tail.origin.path):
            self._take_docker_lines(tail, labels, pieces, now_s)
            return
        level_goes_to = source.parse.level
        now_ns = time.time_ns()
        replaced_lines = 0
        streams: dict[str | None, list[Entry]] = {}
        for raw, _ in pieces:
            text, replaced = line_text(raw)
            if raw and not text and raw[0] == 0:
                continue  # the hole that truncation leaves under a writer that does not append
            replaced_lines += replaced
            timestamp_ns, level = tail.stamper.stamp(text, now_ns)
            if level_goes_to == "metadata" and level is not None:
                streams.setdefault(None, []).append(Entry(timestamp_ns, text, {"level": level}))
            else:
                streams.setdefault(level, []).append(Entry(timestamp_ns, text, _NO_METADATA))
        for level, entries in streams.items():
            stream = labels if level is None else with_label(labels, "level", level)
            self._builder.add(source.name, stream, entries, sum(_utf8_bytes(entry.line) for entry in entries), now_s)
            self._metrics.read_lines.labels(source.name).inc(len(entries))
        self._builder.mark(tail.key, tail.mark)
        if replaced_lines:
            self._metrics.replaced_lines.labels(source.name).inc(replaced_lines)
        if split_lines := tail.take_split_lines():
            self._metrics.split_lines.labels(source.name).inc(split_lines)

    def _take_docker_lines(self, tail: Tail, labels: Labels, pieces: Sequence[Piece], now_s: float) -> None:
        """What containers of our own stack wrote; ``label_from_stem`` is the workload's name, as it is on bare processes."""
        source = tail.origin.source
        now_ns = time.time_ns()
        streams: dict[tuple[str, str | None], list[Entry]] = {}
        for raw, _ in pieces:
            found = unwrap(raw)
            if found is None or found.stack != source.labels.get("stack", found.stack):
                continue
            stamp_ns, level = tail.stamper.stamp(found.text, min(found.time_ns or now_ns, now_ns))
            metadata = {"level": level} if source.parse.level == "metadata" and level is not None else _NO_METADATA
            label = level if source.parse.level == "label" else None
            streams.setdefault((found.workload, label), []).append(Entry(stamp_ns, found.text, metadata))
        for (workload, label), entries in streams.items():
            stream = with_label(labels, source.label_from_stem, workload) if source.label_from_stem else labels
            stream = with_label(stream, "level", label) if label is not None else stream
            self._builder.add(source.name, stream, entries, sum(_utf8_bytes(entry.line) for entry in entries), now_s)
            self._metrics.read_lines.labels(source.name).inc(len(entries))
        self._builder.mark(tail.key, tail.mark)

    def mark(self, tail: Tail) -> None:
        """Record the tail's position behind everything taken so far, though it has no new line."""
        self._builder.mark(tail.key, tail.mark)

    def take_journal_entry(self, source: str, labels: Labels, entry: Entry, mark: JournalMark, now_s: float) -> None:
        """Add one entry of a journal."""
        self._builder.add(source, labels, [entry], _utf8_bytes(entry.line), now_s)
        self._builder.mark(source, mark)
        self._metrics.read_lines.labels(source).inc()


def _utf8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
