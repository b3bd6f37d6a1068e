"""A table of spans, column by column: what searches look at. Values are codes into a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Value: TypeAlias = str | bool | int | float
Rows: TypeAlias = NDArray[np.int32]
Mask: TypeAlias = NDArray[np.bool_]
Key: TypeAlias = tuple[str, str]
"""(scope, name). What TraceQL writes ``event:name`` is ("event", ":name")."""


@dataclass(frozen=True, slots=True)
class Values:
    """What the spans of ``rows`` hold under one key. A row may occur several times (events), or never."""

    rows: Rows
    codes: Rows
    dictionary: Sequence[Value]

    def table(self, holds: Callable[[Value], bool]) -> Rows:
        """The rows with at least one value for which ``holds`` is true; asked once per different value."""
        if not len(self.codes):
            return self.rows
        different = np.unique(self.codes)
        truth = np.fromiter((holds(self.dictionary[code]) for code in different.tolist()), np.bool_, len(different))
        return self.rows[truth[np.searchsorted(different, self.codes)]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanColumns:
    """What every span has, one entry a span. ``trace`` is a digest of the id; ``span`` and ``parent`` are ids (0: none).

    ``name``, ``service`` and ``message`` (of the status) are codes of the dictionary; ``kind`` and ``status`` OTLP's numbers.
    """

    trace: NDArray[np.uint64]
    span: NDArray[np.uint64]
    parent: NDArray[np.uint64]
    start_ns: NDArray[np.int64]
    duration_ns: NDArray[np.int64]
    kind: NDArray[np.int8]
    status: NDArray[np.int8]
    name: Rows
    service: Rows
    message: Rows

    def __len__(self) -> int:
        return len(self.trace)


class SpanTable(Protocol):
    """Spans that do not change any more: a snapshot of memory, or a file."""

    @property
    def columns(self) -> SpanColumns: ...

    @property
    def dictionary(self) -> Sequence[Value]:
        """What ``name``, ``service`` and ``message`` are codes of."""

    def known_keys(self) -> Sequence[Key]:
        """The attributes that occur."""

    def values(self, key: Key) -> Values | None:
        """One attribute; None where no span has it."""

    def code_of(self, value: Value) -> int | None:
        """The code of a value in every column of this table, where it has one dictionary; None if it does not occur."""

    def rows_of(self, digest: int) -> Rows:
        """The spans of the traces with this digest."""

    def encoded(self, rows: Rows) -> Sequence[EncodedSpan]:
        """Those spans as they came, in the order of ``rows``."""


@dataclass(frozen=True, slots=True)
class EncodedSpan:
    """One span in OTLP's protobuf, with the resource and scope it came in (also encoded, shared between spans)."""

    span: bytes
    resource: bytes
    scope: bytes


MIXER = 0x9E3779B97F4A7C15


def digest_of(trace_id: bytes) -> int:
    """The number under which a trace is found. Two ids could share one: a trace is checked by its whole id when read."""
    padded = trace_id.rjust(16, b"\0")
    high, low = int.from_bytes(padded[:8], "big"), int.from_bytes(padded[8:], "big")
    return (high * MIXER ^ low) & 0xFFFFFFFFFFFFFFFF
