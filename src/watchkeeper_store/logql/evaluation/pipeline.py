"""Reading rows from a source and running the compiled stages of a pipeline on them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.pushdown import label_conditions, split_pipeline
from watchkeeper_store.logql.record import Record, metadata_beside
from watchkeeper_store.logql.source import Direction, LogSource, ReadRequest
from watchkeeper_store.logql.stages.line_filter import LineFilterStage
from watchkeeper_store.logql.stages.stage import Stage, Step, Wanted, keep_all
from watchkeeper_store.logql.tree import LogQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whose rows to read, from when (inclusive) to when (exclusive)."""

    tenant: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Compiled stages; line filters that only need the stored line come first."""

    line_tests: tuple[Callable[[str], bool], ...]
    steps: tuple[Step, ...]

    @property
    def passes_all(self) -> bool:
        """Whether there is nothing to do."""
        return not self.line_tests and not self.steps


def compile_pipeline(stages: tuple[Stage, ...], wanted: Wanted) -> Pipeline:
    """Compile all stages. Raises ParseError for one that cannot run."""
    line_tests: list[Callable[[str], bool]] = []
    steps: list[Step] = []
    for stage in _filters_first(stages):
        if isinstance(stage, LineFilterStage) and not steps:
            line_tests.append(stage.test())
            continue
        step = stage.compile(wanted)
        if step is not keep_all:
            steps.append(step)
    return Pipeline(tuple(line_tests), tuple(steps))


def _filters_first(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    rest = split_pipeline(stages).rest
    pushed = tuple(stage for stage in stages if isinstance(stage, LineFilterStage) and stage not in rest)
    return (*pushed, *rest)


def request_for(query: LogQuery, span: Span, direction: Direction, limit: int | None) -> ReadRequest:
    """What to ask a source for; the limit is passed on as such only where no other stage drops lines."""
    split = split_pipeline(query.stages)
    return ReadRequest(
        tenant=span.tenant,
        matchers=query.matchers,
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        line_filters=split.exact,
        direction=direction,
        limit=limit if not split.rest else None,
        label_conditions=label_conditions(split.rest),
        enough=limit,
    )


def records(source: LogSource, request: ReadRequest, pipeline: Pipeline) -> Iterator[Record]:
    """The lines that pass the pipeline, in the order of the request."""
    bases: dict[Labels, dict[str, str]] = {}
    metadata_of: dict[tuple[Labels, Labels], dict[str, str]] = {}
    no_metadata: dict[str, str] = {}
    line_tests, steps = pipeline.line_tests, pipeline.steps
    for rows in source.read(request):
        stream_labels = rows.stream_labels
        all_metadata = rows.metadata
        for index, (timestamp_ns, line, stream) in enumerate(zip(rows.timestamps_ns, rows.lines, rows.streams, strict=True)):
            for test in line_tests:
                if not test(line):
                    break
            else:
                labels = stream_labels[stream]
                base = bases.get(labels)
                if base is None:
                    base = bases[labels] = dict(labels)
                metadata = no_metadata
                if all_metadata is not None and (pairs := all_metadata[index]):
                    key = (labels, pairs)
                    known = metadata_of.get(key)
                    if known is None:
                        known = metadata_of[key] = metadata_beside(base, pairs)
                    metadata = known
                record = Record(timestamp_ns, line, base, metadata)
                for step in steps:
                    if not step(record):
                        break
                else:
                    yield record
