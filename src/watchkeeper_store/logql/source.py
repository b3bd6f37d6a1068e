"""What the evaluator needs of a storage: one Protocol and the shapes that cross it. No storage is known here.

Times are nanoseconds since the epoch. Everything is columnar: one `Rows` is a batch of equally long columns.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.matching import Matcher


class Direction(StrEnum):
    """The order of rows in time. Rows of equal time keep their arrival order forward, and reverse it backward."""

    FORWARD = "forward"
    BACKWARD = "backward"


class LineFilterOperator(StrEnum):
    """Line filters a source may apply itself."""

    CONTAINS = "|="
    EXCLUDES = "!="
    MATCHES = "|~"
    MISMATCHES = "!~"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """A pushable line filter. A line passes `|=`, `|~` when any of `values` is found in it, `!=`, `!~` when none is.

    `|=` and `!=` hold literal text, case-sensitive; `|~` and `!~` hold unanchored RE2 patterns in which `.` does not match a
    newline. An empty literal is found in every line.
    """

    operator: LineFilterOperator
    values: tuple[str, ...]


class LineParser(StrEnum):
    """What reads labels out of lines where the source can know what it would read."""

    LOGFMT = "logfmt"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCondition:
    """The query drops a row where ``parser`` reads a value of ``name`` that ``accepts`` refuses; None stands for no value.

    It only says so of rows that have the name neither among their stream's labels nor in their metadata. ``equal`` is the one
    value that is accepted, where there is but one.
    """

    name: str
    parser: LineParser
    accepts: Callable[[str | None], bool]
    equal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """Which rows to read.

    `matchers` all have to hold (a missing label is the empty string). `line_filters` are in the order of the query and all have
    to hold; the source MAY apply any of them, the evaluator applies them again. They always test the line as it was stored.
    `limit` is given only where the evaluator drops no row for another reason: a source that applied every line filter may stop
    after so many rows; one that skipped a filter must not stop there.
    """

    tenant: str
    matchers: tuple[Matcher, ...]
    start_ns: int
    end_ns: int
    """Exclusive."""
    line_filters: tuple[LineFilter, ...] = ()
    direction: Direction = Direction.FORWARD
    limit: int | None = None
    label_conditions: tuple[LabelCondition, ...] = ()
    enough: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A batch of log rows in the requested time order; batches follow each other in the same order.

    `streams[i]` is an index into `stream_labels`; the evaluator caches what it derives per distinct label tuple, so a source
    should pass the same tuple object for the same stream in every batch. `metadata` is None where no row of the batch has any
    structured metadata; else one sorted tuple per row, `()` for none, shared objects welcome.
    """

    timestamps_ns: Sequence[int]
    lines: Sequence[str]
    streams: Sequence[int]
    stream_labels: Sequence[Labels]
    metadata: Sequence[Labels] | None = None


class LogSource(Protocol):
    """A storage that can be queried."""

    def read(self, request: ReadRequest) -> Iterator[Rows]:
        """Batches of rows; the caller may stop early and close the iterator."""
        ...

    def streams(self, tenant: str, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> Iterable[Labels]:
        """Label sets of the streams that match and have a row in [start_ns, end_ns), each once, in any order."""
        ...
