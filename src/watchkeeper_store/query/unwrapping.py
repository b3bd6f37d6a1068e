"""Aggregations over the plain numbers in one logfmt field, without a group per value: DuckDB reads the numbers.

For queries whose series follow from the stream alone. One line made up per stream then tells the evaluator's verdict on all of
its lines. A single row that is not that plain, and the answer is None: grouping finds it the general way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from watchkeeper_store.logql.evaluation.results import Columns
from watchkeeper_store.logql.evaluation.samples import Keying, SeriesSamples
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.stages.label_filter import LabelFilterStage
from watchkeeper_store.logql.stages.logfmt import LogfmtStage
from watchkeeper_store.logql.tree import RangeAggregation
from watchkeeper_store.model.field_codes import QUOTED_IN_NEED
from watchkeeper_store.model.rows import I64
from watchkeeper_store.query.selection import Selection
from watchkeeper_store.query.windows import F64, Buckets, distribution


def unwrapped_key(aggregation: RangeAggregation, keys: tuple[str, ...], key: Keying, selection: Selection) -> str | None:
    """The field whose numbers alone are needed of the lines; None where more is.

    Its values have no blanks then: DuckDB would overlook those around a number, the evaluator does not.
    """
    unwrap = aggregation.range.unwrap
    if unwrap is None or unwrap.conversion or keys != (unwrap.label,) or key.names is None or unwrap.label in key.names:
        return None
    label = unwrap.label
    stages = aggregation.range.query.stages
    if label in unwrap.reads() or not all(isinstance(stage, (LogfmtStage, LabelFilterStage)) for stage in stages):
        return None
    if any(label in stage.reads() for stage in stages) or any(label in dict(labels) for labels in selection.streams.values()):
        return None
    in_files = all(
        label in segment.fields and not segment.fields[label].open_rows and not segment.fields[label].spelling & QUOTED_IN_NEED
        for segment in selection.segments
    )
    in_memory = all(
        label in batch.fields
        and bool((batch.fields[label].codes >= 0).all())
        and not batch.fields[label].spelling & QUOTED_IN_NEED
        for batch in selection.batches
    )
    return label if in_files and in_memory else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How often each number occurs: parallel arrays, ``codes`` being places in ``values``, which are sorted."""

    streams: I64
    codes: npt.NDArray[np.intp]
    buckets: I64
    counts: I64
    values: F64


ALL_STREAMS = 0
"""Stands for every stream where the query cannot tell them apart."""


def numbers_statement(relation: str, buckets: Buckets, *, by_stream: bool) -> str:
    """Rows of `Numbers` from a relation with the columns stream, ts, metadata and value; NULL numbers are not plain."""
    number = "CASE WHEN NOT contains(value, '_') THEN TRY_CAST(value AS DOUBLE) END"  # DuckDB reads 1_000 as a number
    return (  # metadata is counted: one more column to group by would cost more
        "SELECT stream, CASE WHEN with_metadata = 0 THEN number END AS number, bucket, rows FROM ("  # noqa: S608  no user text
        f"SELECT {'stream' if by_stream else ALL_STREAMS} AS stream, {number} AS number, {buckets.sql()} AS bucket, "
        f"count(*) AS rows, count(metadata) AS with_metadata FROM {relation} WHERE value IS NULL OR value <> '' GROUP BY ALL)"
    )


def numbers_of(fetched: Mapping[str, Any]) -> Numbers | None:
    """The columns of the statement; None where a row is not plain."""
    values = fetched["number"]
    if isinstance(values, np.ma.MaskedArray):
        if bool(np.ma.getmaskarray(values).any()):
            return None
        values = values.data
    if values.dtype != np.float64 or not bool(np.isfinite(values).all()):
        return None
    distinct, codes = np.unique(values, return_inverse=True)
    return Numbers(
        streams=_plain(fetched["stream"]),
        codes=codes,
        values=distinct,
        buckets=_plain(fetched["bucket"]),
        counts=_plain(fetched["rows"]),
    )


def _plain(column: Any) -> I64:
    array: I64 = np.asarray(column.data if isinstance(column, np.ma.MaskedArray) else column).astype(np.int64)
    return array


def series_of_numbers(
    numbers: Numbers,
    series: Mapping[Labels, SeriesSamples],
    stream_at: Callable[[int], int],
    aggregation: RangeAggregation,
    buckets: Buckets,
) -> Columns:
    """One column per series. ``series`` has as times the places of its streams, which ``stream_at`` gives as in `Numbers`."""
    seconds = aggregation.range.range_ns / 1e9 if aggregation.function == "rate" else 1.0
    found: Columns = {}
    size = len(numbers.values) * buckets.count
    for labels, members in series.items():
        wanted = np.array([stream_at(place) for place in members.times_ns], dtype=np.int64)
        mine: npt.NDArray[np.bool_] = np.isin(numbers.streams, wanted)
        cells = numbers.codes[mine] * buckets.count + numbers.buckets[mine]
        counts = np.bincount(cells, numbers.counts[mine], minlength=size).astype(np.float64)
        counts = counts.reshape(len(numbers.values), buckets.count)
        column = distribution(aggregation.function, aggregation.parameter, numbers.values, counts, buckets, seconds)
        if any(value is not None for value in column):
            found[labels] = column
    return found
