"""Rows of one tenant as columns, in the layout that Arrow calls string views: lines are never copied on their way to disk.

A view is four int32: the size, then either up to twelve bytes inline, or four bytes of prefix, a buffer number and an offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

I64: TypeAlias = npt.NDArray[np.int64]
I32: TypeAlias = npt.NDArray[np.int32]
Octets: TypeAlias = npt.NDArray[np.uint8]

INLINE_BYTES = 12
_AROUND = 32  # zero bytes before and behind gathered texts, so that words may be read across their ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A column of text: ``views`` of shape (rows, 4) into ``buffers``."""

    views: I32
    buffers: tuple[Octets, ...]

    def __len__(self) -> int:
        return len(self.views)

    def octets(self, row: int) -> bytes:
        """One text, UTF-8."""
        size = int(self.views[row, 0])
        if size <= INLINE_BYTES:
            return self.views[row, 1:].tobytes()[:size]
        start = int(self.views[row, 3])
        return self.buffers[int(self.views[row, 2])][start : start + size].tobytes()

    def strings(self) -> list[str]:
        """All texts: several times as fast as one after the other."""
        buffers = [buffer.data for buffer in self.buffers]
        inline = np.ascontiguousarray(self.views[:, 1:]).view(np.uint8).reshape(-1).data
        return [
            str(buffers[buffer][start : start + size] if size > INLINE_BYTES else inline[12 * row : 12 * row + size], "utf-8")
            for row, (size, _, buffer, start) in enumerate(self.views.tolist())
        ]

    def take(self, rows: npt.NDArray[np.intp] | slice) -> Texts:
        return Texts(views=self.views[rows], buffers=self.buffers)


def texts_at(buffer: Octets, start: I64, size: I64) -> Texts:
    """Texts that lie in one buffer; at least twelve readable bytes follow the last of them."""
    views = np.zeros((len(start), 4), dtype=np.int32)
    views[:, 0] = size
    short = np.flatnonzero(size <= INLINE_BYTES)
    places = start[:, None] + np.arange(4)
    views[:, 1] = np.ascontiguousarray(buffer[places]).view(np.int32)[:, 0]
    views[:, 3] = start
    if short.size:
        octets = buffer[start[short][:, None] + np.arange(INLINE_BYTES)]
        octets = np.where(np.arange(INLINE_BYTES) < size[short][:, None], octets, 0).astype(np.uint8)
        views[short, 1:] = np.ascontiguousarray(octets).view(np.int32)
    return Texts(views=views, buffers=(buffer,))


def texts_of(values: Sequence[bytes]) -> Texts:
    """Texts gathered from separate values."""
    size = np.array([len(value) for value in values], dtype=np.int64)
    start = _AROUND + np.cumsum(size) - size
    return texts_at(np.frombuffer(bytes(_AROUND) + b"".join(values) + bytes(_AROUND), dtype=np.uint8), start, size)


def join_texts(parts: Sequence[Texts]) -> Texts:
    """One column after the other; buffers are shared, not copied."""
    views = np.concatenate([part.views for part in parts])
    buffers: list[Octets] = []
    at = 0
    for part in parts:
        if buffers:
            block = views[at : at + len(part)]
            block[block[:, 0] > INLINE_BYTES, 2] += len(buffers)
        buffers.extend(part.buffers)
        at += len(part)
    return Texts(views=views, buffers=tuple(buffers))


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """Values of one logfmt key: ``values[codes[row]]``; a negative code says that only the line tells (see `fields`).

    ``spelling`` is the union of the `fields.BARE` … bits: how the values stand in the lines.
    """

    codes: I32
    values: Sequence[bytes]
    spelling: int = 0


def join_columns(parts: Sequence[tuple[FieldColumn | None, int]]) -> FieldColumn:
    """One column after the other; None stands for so many rows of which nothing is known."""
    values: list[bytes] = []
    first: dict[int, int] = {}
    for column, _ in parts:
        if column is not None and id(column.values) not in first:
            first[id(column.values)] = len(values)
            values.extend(column.values)
    codes = [
        np.full(rows, -1, dtype=np.int32)
        if column is None
        else np.where(column.codes < 0, column.codes, column.codes + first[id(column.values)]).astype(np.int32)
        for column, rows in parts
    ]
    spelling = reduce(or_, (column.spelling for column, _ in parts if column is not None), 0)
    return FieldColumn(np.concatenate(codes), values, spelling)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBatch:
    """Rows in the order they arrived. ``levels`` index a `LevelNames`; -1 is no level.

    ``metadata`` holds each row's structured metadata as a JSON object with sorted names, empty text for none; None where no
    row has any. ``detected_level`` is not in it. ``numbers`` are, sorted, the streams that occur, and perhaps some more.
    ``fields`` has values of logfmt keys; a key that is not there is open in every row.
    """

    numbers: I64
    streams: I64
    timestamps_ns: I64
    lines: Texts
    levels: I32
    metadata: Texts | None = None
    fields: Mapping[str, FieldColumn] = field(default_factory=dict)
    _span: list[tuple[int, int]] = field(default_factory=list, init=False, repr=False, compare=False)
    """What `span_ns` found, once it was asked for."""

    def __len__(self) -> int:
        return len(self.streams)

    @property
    def span_ns(self) -> tuple[int, int]:
        """(first time, last time). Raises ValueError where there are no rows."""
        if not self._span:
            self._span.append((int(self.timestamps_ns.min()), int(self.timestamps_ns.max())))
        return self._span[0]

    @property
    def held_bytes(self) -> int:
        """Memory kept alive by this batch."""
        buffers = sum(len(buffer) for buffer in self.lines.buffers)
        return (
            buffers
            + 40 * len(self)
            + (0 if self.metadata is None else sum(len(b) for b in self.metadata.buffers) + 16 * len(self))
        )

    def take(self, rows: npt.NDArray[np.intp] | slice) -> RowBatch:
        """The rows of an index array, in its order; text buffers are shared."""
        return RowBatch(
            numbers=self.numbers,
            streams=self.streams[rows],
            timestamps_ns=self.timestamps_ns[rows],
            lines=self.lines.take(rows),
            levels=self.levels[rows],
            metadata=None if self.metadata is None else self.metadata.take(rows),
            fields={
                key: FieldColumn(column.codes[rows], column.values, column.spelling) for key, column in self.fields.items()
            },
        )


def join_rows(batches: Sequence[RowBatch]) -> RowBatch:
    """One batch after the other."""
    if len(batches) == 1:
        return batches[0]
    metadata = None
    if any(batch.metadata is not None for batch in batches):
        metadata = join_texts([texts_of([b""] * len(batch)) if batch.metadata is None else batch.metadata for batch in batches])
    return RowBatch(
        numbers=np.unique(np.concatenate([batch.numbers for batch in batches])),
        streams=np.concatenate([batch.streams for batch in batches]),
        timestamps_ns=np.concatenate([batch.timestamps_ns for batch in batches]),
        lines=join_texts([batch.lines for batch in batches]),
        levels=np.concatenate([batch.levels for batch in batches]),
        metadata=metadata,
        fields={
            key: join_columns([(batch.fields.get(key), len(batch)) for batch in batches])
            for key in sorted({key for batch in batches for key in batch.fields})
        },
    )


def compact_rows(batch: RowBatch) -> RowBatch:
    """The same rows in buffers of their own, so that the ones they came from can go; without field columns."""
    metadata = batch.metadata
    return RowBatch(
        numbers=batch.numbers,
        streams=batch.streams,
        timestamps_ns=batch.timestamps_ns,
        lines=texts_of([batch.lines.octets(row) for row in range(len(batch))]),
        levels=batch.levels,
        metadata=None if metadata is None else texts_of([metadata.octets(row) for row in range(len(batch))]),
    )


class LevelNames:
    """Numbers for the values of ``detected_level``; append-only, so that a number once given stays right."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._codes: dict[str, int] = {}

    def code(self, name: str) -> int:
        """The number of a level; -1 for the empty one."""
        if not name:
            return -1
        code = self._codes.get(name)
        if code is None:
            code = self._codes.setdefault(name, len(self.names))
            if code == len(self.names):
                self.names.append(name)
        return code

    def codes(self, names: Iterable[str]) -> I32:
        return np.array([self.code(name) for name in names], dtype=np.int32)
