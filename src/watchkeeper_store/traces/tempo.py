"""Answers in Tempo's shapes, from traces and series. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from watchkeeper_store.traceql.tree import (
    Attribute,
    Binary,
    By,
    Field,
    Filter,
    Intrinsic,
    Pipeline,
    Relation,
    Select,
    Stage,
    Unary,
)
from watchkeeper_store.traces.columns import Value
from watchkeeper_store.traces.exact import SpanSet
from watchkeeper_store.traces.search import FoundTrace
from watchkeeper_store.traces.steps import Series, Steps
from watchkeeper_store.traces.view import SpanKind, SpanView, Status, TraceView, id_text, values_of

NO_ROOT = "<root span not yet received>"
_ERROR = 2
_STATUS = ("unset", "ok", "error")
_KIND = ("unspecified", "internal", "server", "client", "producer", "consumer")


def any_value(value: Value | None) -> dict[str, Any]:
    """A value as OTLP's JSON writes it; 64-bit integers are text there."""
    if isinstance(value, Status):
        return {"stringValue": _STATUS[value] if value < len(_STATUS) else str(int(value))}
    if isinstance(value, SpanKind):
        return {"stringValue": _KIND[value] if value < len(_KIND) else str(int(value))}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": "nil" if value is None else value}


def search_answer(found: Iterable[FoundTrace], query: Pipeline, spans_per_set: int) -> bytes:
    """``GET /api/search``. Each trace is written as soon as it is found, so that only its text stays in memory."""
    shown = tuple(dict.fromkeys(one for stage in query.stages for one in _asked(stage)))
    traces = [orjson.dumps(_trace(one, shown, spans_per_set)) for one in found]
    return b'{"traces":[%b],"metrics":{"inspectedTraces":%d}}' % (b",".join(traces), len(traces))


def _trace(found: FoundTrace, shown: Sequence[Attribute | Intrinsic], most: int) -> dict[str, Any]:
    trace = found.trace
    sets = [_set(one, trace, shown, most) for one in found.sets]
    return {
        "traceID": trace.trace_id.hex().lstrip("0") or "0",
        **root_of(trace),
        "startTimeUnixNano": str(trace.start_ns),
        "durationMs": trace.duration_ns // 10**6,
        "spanSet": sets[0],
        "spanSets": sets,
        "serviceStats": _service_stats(trace),
    }


def root_of(trace: TraceView) -> dict[str, str]:
    """The root's service and name, or Tempo's words where it has not arrived."""
    root = trace.root
    if root is None:
        return {"rootServiceName": NO_ROOT, "rootTraceName": ""}
    return {"rootServiceName": root.service, "rootTraceName": root.name}


def _service_stats(trace: TraceView) -> dict[str, dict[str, int]]:
    stats: dict[str, dict[str, int]] = {}
    for one in trace.spans:
        counted = stats.setdefault(one.service, {"spanCount": 0})
        counted["spanCount"] += 1
        if one.status == _ERROR:
            counted["errorCount"] = counted.get("errorCount", 0) + 1
    return stats


def _set(one: SpanSet, trace: TraceView, shown: Sequence[Attribute | Intrinsic], most: int) -> dict[str, Any]:
    made: dict[str, Any] = {"spans": [_span(span, trace, shown) for span in one.spans[:most]], "matched": len(one.spans)}
    if one.attributes:
        made["attributes"] = [{"key": name, "value": any_value(value)} for name, value in one.attributes]
    return made


def _span(span: SpanView, trace: TraceView, shown: Sequence[Attribute | Intrinsic]) -> dict[str, Any]:
    attributes = []
    for asked in shown:
        if isinstance(asked, Intrinsic) and asked.name in {"span:name", "span:duration", "span:id"}:
            continue
        key = asked.name if isinstance(asked, Attribute) else str(asked)
        attributes += [{"key": key, "value": any_value(value)} for value in values_of(asked, span, trace)[:1]]
    return {
        "spanID": id_text(span.span_id),
        "name": span.name,
        "startTimeUnixNano": str(span.start_ns),
        "durationNanos": str(span.duration_ns),
        **({"attributes": attributes} if attributes else {}),
    }


def _asked(part: Stage | Field) -> Iterator[Attribute | Intrinsic]:
    """The values that a query names, in its order."""
    match part:
        case Attribute() | Intrinsic():
            yield part
        case Unary():
            yield from _asked(part.operand)
        case Binary() | Relation():
            yield from _asked(part.left)
            yield from _asked(part.right)
        case Filter():
            if part.condition is not None:
                yield from _asked(part.condition)
        case By():
            yield from _asked(part.field)
        case Select():
            yield from part.fields
        case Pipeline():
            for stage in part.stages:
                yield from _asked(stage)


def series_answer(made: Sequence[Series], steps: Steps) -> dict[str, Any]:
    """``GET /api/metrics/query_range``; steps without a value are left out."""
    times = steps.times_ms
    answer = []
    for one in made:
        samples = [
            {"timestampMs": str(time), "value": value}
            for time, value in zip(times, one.values.tolist(), strict=True)
            if not math.isnan(value)
        ]
        answer.append({"labels": _labels(one), "samples": samples, "promLabels": _prometheus(one)})
    return {"series": answer, "metrics": {}}


def instant_answer(made: Sequence[Series]) -> dict[str, Any]:
    """``GET /api/metrics/query``: the last step of each series."""
    return {
        "series": [
            {"labels": _labels(one), "value": float(one.values[-1]), "promLabels": _prometheus(one)}
            for one in made
            if not math.isnan(one.values[-1])
        ],
        "metrics": {},
    }


def _labels(one: Series) -> list[dict[str, Any]]:
    return [{"key": name, "value": any_value(value)} for name, value in one.labels]


def _prometheus(one: Series) -> str:
    import json

    return "{" + ", ".join(f"{name}={json.dumps(str(value), ensure_ascii=False)}" for name, value in one.labels) + "}"
