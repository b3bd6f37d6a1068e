"""Log queries: lines in order of time, up to a limit, with labels by category."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from watchkeeper_store.logql.evaluation.pipeline import Span, compile_pipeline, records, request_for
from watchkeeper_store.logql.evaluation.results import Entry
from watchkeeper_store.logql.labels import Labels, labels_of
from watchkeeper_store.logql.record import Record
from watchkeeper_store.logql.source import Direction, LogSource
from watchkeeper_store.logql.stages.stage import EVERYTHING
from watchkeeper_store.logql.tree import LogQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """How many entries in which order; `interval_ns` is the least time between two entries."""

    limit: int | None = None
    direction: Direction = Direction.BACKWARD
    interval_ns: int = 0


def evaluate_log(query: LogQuery, source: LogSource, span: Span, options: LogOptions) -> Iterator[Entry]:
    """Entries as they are found. The pipeline is compiled first. Raises ParseError for a stage that cannot run."""
    pipeline = compile_pipeline(query.stages, EVERYTHING)
    request_limit = options.limit if options.interval_ns == 0 else None
    request = request_for(query, span, options.direction, request_limit)
    found: Iterator[Entry] = (_entry(record) for record in records(source, request, pipeline))
    if options.interval_ns > 0:
        found = _thinned(found, options.interval_ns)
    return islice(found, options.limit)


def _entry(record: Record) -> Entry:
    return Entry(
        timestamp_ns=record.timestamp_ns,
        line=record.line,
        stream=labels_of(record.stream_labels()),
        metadata=labels_of(record.metadata) if record.metadata else (),
        parsed=labels_of(record.parsed_labels()),
    )


def _thinned(entries: Iterator[Entry], interval_ns: int) -> Iterator[Entry]:
    last_ns: int | None = None
    for entry in entries:
        if last_ns is None or abs(entry.timestamp_ns - last_ns) >= interval_ns:
            last_ns = entry.timestamp_ns
            yield entry


def merged_labels(entry: Entry) -> Labels:
    """All labels of an entry as one set, for clients that do not ask for categories."""
    if not entry.metadata and not entry.parsed:
        return entry.stream
    return labels_of({**dict(entry.stream), **dict(entry.metadata), **dict(entry.parsed)})
