"""What queries give: entries of log queries, series of range queries, samples or one number of instant queries."""

from dataclasses import dataclass
from typing import TypeAlias

from watchkeeper_store.logql.labels import Labels

Column: TypeAlias = list[float | None]
"""One value per evaluated instant, or None for no sample."""
Columns: TypeAlias = dict[Labels, Column]
"""The series of a range aggregation, in order of first appearance."""
Table: TypeAlias = list[tuple[Labels, Column]]
"""The series of any query. `label_replace` may have given several the same labels: each of them still counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a log query with its labels by category. `parsed` includes `__error__`; no name is in two categories."""

    timestamp_ns: int
    line: str
    stream: Labels
    metadata: Labels = ()
    parsed: Labels = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of a range query: its points are (nanoseconds, value), in order of time, only where it has a sample."""

    labels: Labels
    points: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One series of an instant query."""

    labels: Labels
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarResult:
    """The number that a query without series gives at an instant."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Instants:
    """When a metric query is evaluated: `start_ns`, then every `step_ns` up to and with `end_ns`; a step of 0: just once."""

    start_ns: int
    end_ns: int
    step_ns: int

    def times_ns(self) -> range:
        """All instants."""
        if self.step_ns <= 0:
            return range(self.start_ns, self.start_ns + 1)
        return range(self.start_ns, self.end_ns + 1, self.step_ns)

    @property
    def is_single(self) -> bool:
        """Whether this is an instant query."""
        return self.step_ns <= 0
