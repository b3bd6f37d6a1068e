"""Lines → samples: which series a line belongs to, and which number it stands for."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from watchkeeper_store.logql.errors import ERROR_DETAILS_LABEL, ERROR_LABEL, LimitExceeded
from watchkeeper_store.logql.evaluation.pipeline import Span, compile_pipeline, records, request_for
from watchkeeper_store.logql.evaluation.results import Instants
from watchkeeper_store.logql.labels import Labels, labels_of
from watchkeeper_store.logql.record import DUPLICATE_SUFFIX, Record
from watchkeeper_store.logql.source import Direction, LogSource
from watchkeeper_store.logql.stages.stage import Wanted
from watchkeeper_store.logql.tree import Grouping, RangeAggregation

MOST_LABELS = 400_000
"""Labels that all series of a range aggregation may have together, before they are aggregated further. A series counts as one
more. With each of its labels it takes some hundred bytes; a long value counts as so many labels as it would fill."""
_CHARACTERS_PER_LABEL = 256
_LABEL_BYTES, _SAMPLE_BYTES, _SAMPLES_AT_ONCE = 300, 18, 8_192
_INJECTABLE = ("rate", "count_over_time", "bytes_rate", "bytes_over_time", "sum_over_time")


Hold: TypeAlias = Callable[[int], None]
"""Told how many more bytes a query is about to keep until its end; raises where these are too many."""


def hold_all(octets: int) -> None:
    """No bound at all."""


@dataclass(slots=True)
class SeriesSamples:
    """Samples of one series, in order of time."""

    times_ns: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keying:
    """Which labels make the series of a range aggregation.

    `names` None keeps all labels (or, with `without`, all but `without_names`); `()` keeps none.
    """

    names: tuple[str, ...] | None = None
    without_names: tuple[str, ...] = ()


def accepts_outer_grouping(function: str, outer_function: str) -> bool:
    """Whether `outer_function` by labels may be applied to each line already: sums of counts and of sums only."""
    return outer_function == "sum" and function in _INJECTABLE


def keying(aggregation: RangeAggregation, outer: Grouping | None) -> Keying:
    """The labels that count. `outer` is the grouping of a sum around the aggregation."""
    grouping = outer if outer is not None and aggregation.grouping is None else aggregation.grouping
    if aggregation.function == "absent_over_time":
        return Keying(names=())
    unwrap = aggregation.range.unwrap
    unwrapped = () if unwrap is None else (unwrap.label,)
    if grouping is None:
        return Keying(without_names=unwrapped)
    if grouping.without:
        return Keying(without_names=(*grouping.names, *unwrapped))
    return Keying(names=grouping.names)


def wanted_labels(aggregation: RangeAggregation, key: Keying) -> Wanted:
    """Which labels parsers have to extract for the series and the stages to come out right."""
    unwrap = aggregation.range.unwrap
    read = [name for stage in aggregation.range.query.stages for name in stage.reads()]
    if unwrap is not None:
        read += [*unwrap.reads(), unwrap.label]
    if key.names is None:
        return Wanted()
    names = {*read, *key.names}
    # A label that is found under a name of the stream gets a suffix after parsers were told what to look for.
    names |= {name.removesuffix(DUPLICATE_SUFFIX) for name in names}
    if not names:
        return Wanted(nothing=True)
    return Wanted(labels=frozenset(names), keeps_errors=ERROR_LABEL in names)


def _series_of(key: Keying) -> Callable[[Record], Labels]:
    names, without = key.names, frozenset(key.without_names)
    if names is not None:
        return _named_series(tuple(sorted(set(names))))

    def all_but(record: Record) -> Labels:
        if record.error:
            return labels_of(record.all_labels())
        labels = record.all_labels()
        if without:
            # details of an error that was dropped are no label once labels are taken away
            return tuple(sorted(item for item in labels.items() if item[0] not in without and item[0] != ERROR_DETAILS_LABEL))
        return labels_of(labels)

    return all_but


def _named_series(names: tuple[str, ...]) -> Callable[[Record], Labels]:
    known: dict[tuple[str | None, ...], Labels] = {}

    def by_names(record: Record) -> Labels:
        if record.error:
            return labels_of(record.all_labels())
        values = tuple([record.get(name) for name in names])
        labels = known.get(values)
        if labels is None:
            labels = known[values] = tuple(
                (name, value) for name, value in zip(names, values, strict=True) if value is not None
            )
        return labels

    return by_names


def _value_of(aggregation: RangeAggregation) -> Callable[[Record], float | None]:
    unwrap = aggregation.range.unwrap
    if unwrap is not None:
        return unwrap.compile()
    if aggregation.function in ("bytes_over_time", "bytes_rate"):
        return lambda record: float(len(record.line) if record.line.isascii() else len(record.line.encode("utf-8", "replace")))
    return lambda record: 1.0


def window_span(aggregation: RangeAggregation, instants: Instants, tenant: str) -> Span:
    """The rows that any window of the query can hold: windows are open at their start and closed at their end."""
    lines = aggregation.range
    times = instants.times_ns()
    return Span(
        tenant=tenant,
        start_ns=times[0] - lines.range_ns - lines.offset_ns + 1,
        end_ns=times[-1] - lines.offset_ns + 1,
    )


def collect(
    aggregation: RangeAggregation, outer: Grouping | None, source: LogSource, span: Span, hold: Hold = hold_all
) -> dict[Labels, SeriesSamples]:
    """All samples of the span by series. Raises ParseError for a stage that cannot run, LimitExceeded, and what `hold` does."""
    key = keying(aggregation, outer)
    query = aggregation.range.query
    pipeline = compile_pipeline(query.stages, wanted_labels(aggregation, key))
    series_of, value_of = _series_of(key), _value_of(aggregation)
    collected: dict[Labels, SeriesSamples] = {}
    room = MOST_LABELS
    count = 0
    for record in records(source, request_for(query, span, Direction.FORWARD, None), pipeline):
        value = value_of(record)
        if value is None:
            continue
        labels = series_of(record)
        samples = collected.get(labels)
        if samples is None:
            places = 1 + len(labels) + sum(len(value) for _, value in labels) // _CHARACTERS_PER_LABEL
            room -= places
            if room < 0:
                raise LimitExceeded(len(collected))
            hold(_LABEL_BYTES * places)
            samples = collected[labels] = SeriesSamples()
        count += 1
        if not count % _SAMPLES_AT_ONCE:
            hold(_SAMPLES_AT_ONCE * _SAMPLE_BYTES)
        samples.times_ns.append(record.timestamp_ns)
        samples.values.append(value)
    return collected
