"""A log source that keeps rows in a list: the smallest thing that fulfils `logql.source.LogSource`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper_store.logql.labels import Labels, labels_of
from watchkeeper_store.logql.matching import Matcher
from watchkeeper_store.logql.source import Direction, ReadRequest, Rows


@dataclass(frozen=True, slots=True)
class Row:
    timestamp_ns: int
    line: str
    labels: Labels
    metadata: Labels = ()


@dataclass
class MemorySource:
    """One tenant's rows, in the order they arrived. It applies neither line filters nor limits, as a source may."""

    rows: list[Row] = field(default_factory=list)
    batch_size: int = 3

    def add(self, labels: Mapping[str, str], timestamp_ns: int, line: str, metadata: Mapping[str, str] | None = None) -> None:
        self.rows.append(Row(timestamp_ns, line, labels_of(dict(labels)), labels_of(dict(metadata or {}))))

    def read(self, request: ReadRequest) -> Iterator[Rows]:
        rows = [
            row
            for row in self.rows
            if request.start_ns <= row.timestamp_ns < request.end_ns and _matches(row.labels, request.matchers)
        ]
        rows.sort(key=lambda row: row.timestamp_ns)
        if request.direction is Direction.BACKWARD:
            rows.reverse()
        for first in range(0, len(rows), self.batch_size):
            batch = rows[first : first + self.batch_size]
            streams = sorted({row.labels for row in batch})
            yield Rows(
                timestamps_ns=[row.timestamp_ns for row in batch],
                lines=[row.line for row in batch],
                streams=[streams.index(row.labels) for row in batch],
                stream_labels=streams,
                metadata=[row.metadata for row in batch] if any(row.metadata for row in batch) else None,
            )

    def streams(self, tenant: str, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> Iterable[Labels]:
        return {
            row.labels for row in self.rows if start_ns <= row.timestamp_ns < end_ns and _matches(row.labels, tuple(matchers))
        }


def _matches(labels: Labels, matchers: tuple[Matcher, ...]) -> bool:
    values = dict(labels)
    return all(matcher.predicate()(values.get(matcher.name, "")) for matcher in matchers)
