"""Answers in Loki's JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from watchkeeper_store.logql.evaluation.log_query import merged_labels
from watchkeeper_store.logql.evaluation.results import Entry, Sample, ScalarResult, Series
from watchkeeper_store.logql.labels import Labels
from watchkeeper_store.logql.quantities import plain_float
from watchkeeper_store.query.engine import Answer, Cost

CATEGORIZE = "categorize-labels"
LOKI_VERSION = "3.7.6"
"""What clients switch features on by: the Loki whose API this is."""


def seconds_of(time_ns: int) -> int | float:
    """Unix seconds to the millisecond, whole ones without a fraction."""
    milliseconds = time_ns // 1_000_000
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000


def success(data: Any, warnings: Sequence[str] = ()) -> bytes:
    body: dict[str, Any] = {"status": "success", "data": data}
    if warnings:
        body["warnings"] = list(warnings)
    return orjson.dumps(body)


def rendered(entry: Entry, *, categorize: bool) -> tuple[Labels, list[Any]]:
    """(labels of the stream that an entry stands in, the entry)"""
    value: list[Any] = [str(entry.timestamp_ns), entry.line]
    if not categorize:
        return merged_labels(entry), value
    categories: dict[str, dict[str, str]] = {}
    if entry.metadata:
        categories["structuredMetadata"] = dict(entry.metadata)
    if entry.parsed:
        categories["parsed"] = dict(entry.parsed)
    return entry.stream, [*value, categories]


def streams(entries: Iterable[Entry], *, categorize: bool) -> list[dict[str, Any]]:
    """Entries grouped by labels, in the order of the first entry of each group."""
    found: dict[Labels, list[Any]] = {}
    for entry in entries:
        labels, value = rendered(entry, categorize=categorize)
        found.setdefault(labels, []).append(value)
    return [{"stream": dict(labels), "values": values} for labels, values in found.items()]


def matrix(series: Sequence[Series]) -> list[dict[str, Any]]:
    return [
        {"metric": dict(one.labels), "values": [[seconds_of(time_ns), plain_float(value)] for time_ns, value in one.points]}
        for one in series
    ]


def vector(samples: Sequence[Sample], at_ns: int) -> list[dict[str, Any]]:
    stamp = seconds_of(at_ns)
    return [{"metric": dict(one.labels), "value": [stamp, plain_float(one.value)]} for one in samples]


def around_streams(cost: Cost, entries: int, warnings: Sequence[str], *, categorize: bool) -> tuple[bytes, bytes]:
    """What stands before and behind the streams of a log answer."""
    flags = b'"encodingFlags":' + orjson.dumps([CATEGORIZE]) + b"," if categorize else b""
    before = b'{"status":"success","data":{"resultType":"streams",' + flags + b'"result":['
    behind = b'],"stats":' + orjson.dumps(statistics(cost, entries)) + b"}"
    behind += b',"warnings":' + orjson.dumps(list(warnings)) if warnings else b""
    return before, behind + b"}"


def query_answer(answer: Answer, at_ns: int) -> bytes:
    """The whole body of query and query_range for a metric query."""
    data: dict[str, Any] = {"resultType": answer.kind}
    result: Any = answer.result
    if answer.kind == "matrix":
        data["result"] = matrix(result)
    elif isinstance(result, ScalarResult):
        data["result"] = [seconds_of(at_ns), plain_float(result.value)]
    else:
        data["result"] = vector(result, at_ns)
    data["stats"] = statistics(answer.cost, 0)
    return success(data, answer.warnings)


def statistics(cost: Cost, entries: int) -> dict[str, Any]:
    """The statistics block; what has no meaning here is zero, because clients add the numbers up."""
    seconds = max(cost.seconds, 1e-9)
    chunk = {
        "headChunkBytes": 0,
        "headChunkLines": 0,
        "decompressedBytes": cost.octets,
        "decompressedLines": cost.rows,
        "compressedBytes": 0,
        "totalDuplicates": 0,
        "postFilterLines": entries,
    }
    reading = {"totalChunksRef": 0, "totalChunksDownloaded": 0, "chunksDownloadTime": 0, "chunk": chunk}
    idle = {**reading, "chunk": dict.fromkeys(chunk, 0)}
    nothing = {"entriesFound": 0, "entriesRequested": 0, "entriesStored": 0, "bytesReceived": 0, "bytesSent": 0, "requests": 0}
    return {
        "summary": {
            "bytesProcessedPerSecond": int(cost.octets / seconds),
            "linesProcessedPerSecond": int(cost.rows / seconds),
            "totalBytesProcessed": cost.octets,
            "totalLinesProcessed": cost.rows,
            "execTime": cost.seconds,
            "queueTime": 0,
            "subqueries": 0,
            "totalEntriesReturned": entries,
            "splits": 1,
            "shards": 0,
            "totalPostFilterLines": entries,
            "totalStructuredMetadataBytesProcessed": 0,
        },
        "querier": {"store": reading},
        "ingester": {
            "totalReached": 0,
            "totalChunksMatched": 0,
            "totalBatches": 0,
            "totalLinesSent": 0,
            "store": idle,
        },
        "cache": {name: {**nothing, "downloadTime": 0} for name in ("chunk", "index", "result")},
        "index": {"totalChunks": 0, "postFilterChunks": 0, "shardsDuration": 0},
    }
