"""A table of spans, column by column: what searches look at. Values are codes into a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Value: TypeAlias = str | bool | int | float
Rows: TypeAlias = NDArray[np.int32]
Mask: TypeAlias = NDArray[np.bool_]
Key: TypeAlias = tuple[str, str]
"""(scope, name). What TraceQL writes ``event:name`` is ("event", ":name")."""


@dataclass(frozen=True, slots=True)
class Values:
    """What the spans of ``rows`` (ascending) hold under one key. A row may occur several times (events), or never.

    ``find`` gives the code of a text, None if it does not occur.
    """

    rows: Rows
    codes: Rows
    dictionary: Sequence[Value]
    find: Callable[[str], int | None]

    def where(self, holds: Callable[[Value], bool]) -> Rows:
        """The rows with at least one value for which ``holds`` is true; asked once per different value."""
        different, places = dense(self.codes)
        truth = np.fromiter((holds(self.dictionary[code]) for code in different.tolist()), np.bool_, len(different))
        chosen: Rows = self.rows[truth[places]]
        return chosen

    def equal_to(self, text: str) -> Rows:
        """The rows with this text among their values."""
        code = self.find(text)
        chosen: Rows = self.rows[:0] if code is None else self.rows[self.codes == code]
        return chosen


def dense(codes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(the different codes ascending, for each code its place among them). Codes are small and never negative."""
    if not len(codes):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    highest = int(codes.max())
    if highest > _SPARSE * len(codes) + _SPARSE:
        different, places = np.unique(codes, return_inverse=True)
        return different.astype(np.int64), places.astype(np.int64)
    occurs = np.zeros(highest + 1, np.bool_)
    occurs[codes] = True
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[codes]


class SpanColumns:
    """What every span has, one entry a span; each column is read when it is first asked for."""

    def __init__(self, rows: int, read: Callable[[str], NDArray[Any]]) -> None:
        self._rows = rows
        self._read = read
        self._held: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return self._rows

    def of(self, name: str) -> NDArray[Any]:
        """A column by its name."""
        held = self._held.get(name)
        if held is None:
            held = self._held[name] = self._read(name)
        return held

    @property
    def trace(self) -> NDArray[np.uint64]:
        """A digest of the trace's id."""
        return self.of("trace")

    @property
    def trace_low(self) -> NDArray[np.uint64]:
        """The lower half of the trace's id; with the digest it gives the upper one."""
        return self.of("trace_low")

    @property
    def span(self) -> NDArray[np.uint64]:
        """Ids of spans."""
        return self.of("span")

    @property
    def parent(self) -> NDArray[np.uint64]:
        """Ids of parents; 0: none."""
        return self.of("parent")

    @property
    def start_ns(self) -> NDArray[np.int64]:
        """When the span began."""
        return self.of("start_ns")

    @property
    def duration_ns(self) -> NDArray[np.int64]:
        """Never negative."""
        return self.of("duration_ns")

    @property
    def kind(self) -> NDArray[np.int8]:
        """OTLP's number."""
        return self.of("kind")

    @property
    def status(self) -> NDArray[np.int8]:
        """OTLP's number."""
        return self.of("status")

    @property
    def name(self) -> Rows:
        """Codes of the table's dictionary."""
        return self.of("name")

    @property
    def service(self) -> Rows:
        """Codes of the table's dictionary."""
        return self.of("service")

    @property
    def message(self) -> Rows:
        """Of the status; codes of the table's dictionary."""
        return self.of("message")


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

    def code_of(self, text: str) -> int | None:
        """The code of a text in the dictionary; None if it does not occur."""

    def rows_of(self, digests: NDArray[np.uint64]) -> Rows:
        """The spans of the traces with these digests (ascending), in any order."""

    def encoded(self, rows: Rows) -> Sequence[EncodedSpan]:
        """Those spans as they came, in the order of ``rows``."""


@dataclass(frozen=True, slots=True)
class EncodedSpan:
    """One span in OTLP's protobuf, with the resource and scope it came in (also encoded, shared between spans)."""

    span: bytes
    resource: bytes
    scope: bytes


MIXER = 0x9E3779B97F4A7C15
_UNMIXER = pow(MIXER, -1, 2**64)
_SPARSE = 16
COLUMNS = ("trace", "trace_low", "span", "parent", "start_ns", "duration_ns", "kind", "status", "name", "service", "message")
TEXT_COLUMNS = frozenset({"name", "service", "message"})


def digest_of(trace_id: bytes) -> int:
    """The number under which a trace is found. Two ids could share one: a trace is checked by its whole id when read."""
    padded = trace_id.rjust(16, b"\0")
    high, low = int.from_bytes(padded[:8], "big"), int.from_bytes(padded[8:], "big")
    return (high * MIXER ^ low) & 0xFFFFFFFFFFFFFFFF


def trace_id_of(digest: int, low: int) -> bytes:
    """The id of a trace from what columns hold of it."""
    high = (digest ^ low) * _UNMIXER & 0xFFFFFFFFFFFFFFFF
    return high.to_bytes(8, "big") + low.to_bytes(8, "big")
