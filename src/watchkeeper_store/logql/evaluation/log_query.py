"""Log queries: lines in order of time, up to a limit, with labels by category."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, repeat

from watchkeeper_store.logql.evaluation.pipeline import Span, compile_pipeline, records, request_for
from watchkeeper_store.logql.evaluation.results import Entry
from watchkeeper_store.logql.labels import Labels, labels_of
from watchkeeper_store.logql.record import Record, metadata_beside
from watchkeeper_store.logql.source import Direction, LogSource, ReadRequest
from watchkeeper_store.logql.stages.stage import EVERYTHING
from watchkeeper_store.logql.tree import LogQuery

_MOST_KNOWN = 10_000


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
    if pipeline.steps:
        found = _entries(records(source, request, pipeline))
    else:
        found = _stored_entries(source, request, pipeline.line_tests)
    if options.interval_ns > 0:
        found = _thinned(found, options.interval_ns)
    return islice(found, options.limit)


def _entries(found: Iterator[Record]) -> Iterator[Entry]:
    # Most lines have the labels of lines before them. The dictionaries are kept with what they become, so that no other one can
    # have the same identity.
    known: dict[tuple[int, int], tuple[Mapping[str, str], dict[str, str], Labels, Labels]] = {}
    for record in found:
        key, untouched = (id(record.base), id(record.metadata)), record.is_untouched
        if untouched and key in known:
            _, _, stream, metadata = known[key]
        else:
            stream, metadata = labels_of(record.stream_labels()), labels_of(record.metadata)
            if untouched and len(known) < _MOST_KNOWN:
                known[key] = record.base, record.metadata, stream, metadata
        parsed = () if untouched else labels_of(record.parsed_labels())
        yield Entry(timestamp_ns=record.timestamp_ns, line=record.line, stream=stream, metadata=metadata, parsed=parsed)


def _stored_entries(source: LogSource, request: ReadRequest, tests: tuple[Callable[[str], bool], ...]) -> Iterator[Entry]:
    """As `_entries`, where no step changes a line: with the labels that it is stored with."""
    known: dict[tuple[int, int], tuple[Labels, Labels, Labels, Labels]] = {}
    for rows in source.read(request):
        metadata_of = repeat((), len(rows.lines)) if rows.metadata is None else rows.metadata
        for time_ns, line, place, pairs in zip(rows.timestamps_ns, rows.lines, rows.streams, metadata_of, strict=True):
            if tests and not all(test(line) for test in tests):
                continue
            labels = rows.stream_labels[place]
            key = id(labels), id(pairs)
            if key in known:
                _, _, stream, metadata = known[key]
            else:
                record = Record(time_ns, line, base := dict(labels), metadata_beside(base, pairs))
                stream, metadata = labels_of(record.stream_labels()), labels_of(record.metadata)
                if len(known) < _MOST_KNOWN:
                    known[key] = labels, pairs, stream, metadata
            yield Entry(timestamp_ns=time_ns, line=line, stream=stream, metadata=metadata)


def _thinned(entries: Iterator[Entry], interval_ns: int) -> Iterator[Entry]:
    last_ns: int | None = None
    for entry in entries:
        if last_ns is None or abs(entry.timestamp_ns - last_ns) >= interval_ns:
            last_ns = entry.timestamp_ns
            yield entry


def merged_labels(entry: Entry) -> Labels:
    """All labels of an entry as one set, for clients that do not ask for categories."""
    if entry.parsed:
        return labels_of({**dict(entry.stream), **dict(entry.metadata), **dict(entry.parsed)})
    return _with_metadata(entry.stream, entry.metadata) if entry.metadata else entry.stream


@lru_cache(maxsize=1024)
def _with_metadata(stream: Labels, metadata: Labels) -> Labels:
    return labels_of({**dict(stream), **dict(metadata)})
