"""One data point as the rows that Prometheus keeps of it: names, labels, values, exemplars. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    DataPointFlags,
    HistogramDataPoint,
    NumberDataPoint,
    SummaryDataPoint,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import Exemplar as OtlpExemplar

from watchkeeper_store.ingest.otlp import label_name, text_of
from watchkeeper_wire.loki_labels import LabelPairs
from watchkeeper_wire.otlp_logs import AnyValue as PlainValue
from watchkeeper_wire.remote_write import Exemplar

NS_PER_MS = 1_000_000
_MOST_EXEMPLAR_RUNES = 128
"""Of all its labels together; Prometheus drops an exemplar with more."""


class PointRefused(ValueError):
    """A data point that Prometheus could not keep; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """A value of one series. None is the end of the series."""

    labels: LabelPairs
    value: float | None
    exemplars: tuple[Exemplar, ...] = ()


def labels_of(attributes: Iterable[KeyValue]) -> dict[str, str]:
    """Attributes as labels. Values of keys that become the same name are joined by ``;`` in the order of the keys."""
    found: dict[str, str] = {}
    for key, value in sorted((one.key, text_of(_plain(one.value))) for one in attributes):
        name = label_name(key)
        found[name] = f"{found[name]};{value}" if name in found else value
    found.pop("", None)
    return found


def sorted_pairs(labels: Mapping[str, str]) -> LabelPairs:
    """Labels as Prometheus wants them: sorted, and without those that are empty, which it takes for absent."""
    return tuple(sorted((name, text) for name, text in labels.items() if text))


def _plain(value: AnyValue) -> PlainValue:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_plain(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {one.key: _plain(one.value) for one in value.kvlist_value.values}
    held: PlainValue = getattr(value, kind)
    return held


def _row(name: str, labels: Mapping[str, str], value: float | None, exemplars: Iterable[Exemplar] = (), **more: str) -> Row:
    return Row(sorted_pairs({**labels, **more, "__name__": name}), value, tuple(exemplars))


def _has_no_value(flags: int) -> bool:
    return bool(flags & DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK)


def number_rows(name: str, labels: Mapping[str, str], point: NumberDataPoint) -> Iterator[Row]:
    """A gauge or a sum. Raises PointRefused."""
    kind = point.WhichOneof("value")
    if _has_no_value(point.flags):
        yield _row(name, labels, None)
    elif kind is None:
        raise PointRefused("it has no value")
    else:
        yield _row(name, labels, float(getattr(point, kind)), exemplars_of(point.exemplars, point.time_unix_nano))


def histogram_rows(name: str, labels: Mapping[str, str], point: HistogramDataPoint) -> Iterator[Row]:
    """``_bucket`` by ``le``, each with all that is below, ``_count``, and ``_sum`` where it is known. Raises PointRefused."""
    bounds, counts = point.explicit_bounds, point.bucket_counts
    if len(counts) not in (0, len(bounds) + 1):
        raise PointRefused(f"it has {len(counts)} buckets for {len(bounds)} bounds, which need one more")
    ended = _has_no_value(point.flags)
    left = exemplars_of(point.exemplars, point.time_unix_nano)
    below = 0
    for bound, count in zip(bounds, counts, strict=False):
        if math.isinf(bound):
            break
        below += count
        inside = [one for one in left if one.value <= bound]
        left = [one for one in left if not one.value <= bound]
        yield _row(f"{name}_bucket", labels, None if ended else float(below), inside, le=number_text(bound))
    yield _row(f"{name}_bucket", labels, None if ended else float(point.count), left, le="+Inf")
    yield _row(f"{name}_count", labels, None if ended else float(point.count))
    if point.HasField("sum"):
        yield _row(f"{name}_sum", labels, None if ended else point.sum)


def summary_rows(name: str, labels: Mapping[str, str], point: SummaryDataPoint) -> Iterator[Row]:
    """A series for each quantile, ``_sum`` and ``_count``."""
    ended = _has_no_value(point.flags)
    for one in point.quantile_values:
        yield _row(name, labels, None if ended else one.value, quantile=number_text(one.quantile))
    yield _row(f"{name}_count", labels, None if ended else float(point.count))
    yield _row(f"{name}_sum", labels, None if ended else point.sum)


@lru_cache(maxsize=4096)
def number_text(number: float) -> str:
    """The shortest decimal without an exponent: ``0.005``, ``10``, ``+Inf``."""
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def exemplars_of(found: Iterable[OtlpExemplar], point_ns: int) -> list[Exemplar]:
    """Exemplars that lead somewhere, oldest first; one without a time has the data point's."""
    exemplars = []
    for one in found:
        kind = one.WhichOneof("value")
        if kind is None:
            continue
        ids = sorted_pairs({"trace_id": one.trace_id.hex(), "span_id": one.span_id.hex()})
        pairs = sorted_pairs({**labels_of(one.filtered_attributes), **dict(ids)})
        if sum(len(name) + len(text) for name, text in pairs) > _MOST_EXEMPLAR_RUNES:
            pairs = ids
        if pairs:
            timestamp_ms = (one.time_unix_nano or point_ns) // NS_PER_MS
            exemplars.append(Exemplar(timestamp_ms, float(getattr(one, kind)), pairs))
    return sorted(exemplars, key=lambda exemplar: exemplar.timestamp_ms)
