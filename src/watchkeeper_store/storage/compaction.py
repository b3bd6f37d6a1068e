"""Small segments of one day become few large ones, better compressed and with a filter of their long words.

What is worth merging is decided without I/O; the merging itself is one DuckDB statement over the files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby
from operator import or_
from pathlib import Path
from typing import Any

import numpy as np

from watchkeeper_store.model.field_codes import FIELD_PREFIX
from watchkeeper_store.storage.durable import sync_file, write_durably
from watchkeeper_store.storage.segment import LAYOUT, FieldFacts, Segment, remove_segment_files, sidecar_head, spells_out
from watchkeeper_store.storage.streams import StreamRegistry
from watchkeeper_store.storage.tokens import write_merged_words, write_words

MOST_ROWS = 300_000
MOST_BYTES = 60_000_000
_FEWEST_FILES = 8
_FAR_BEHIND_FILES = 48
_COMPRESSION_LEVEL = 9


def mergeable(segments: Sequence[Segment], *, at_rest: bool, busy: bool = False) -> list[Segment]:
    """The next segments to merge, neighbours in time of one tenant, day and retention; empty when nothing is worth it.

    Worth it are many small ones, and those that fill a segment. ``at_rest``: nothing is being written, so that there is time
    for every segment that is not compact yet. ``busy``: so much is being written that merging waits, unless it is far behind.
    """
    if busy and sum(not segment.compact for segment in segments) < _FAR_BEHIND_FILES:
        return []
    for _, members in groupby(sorted(segments, key=_kinship), key=_kinship):
        for run, is_full in _runs(members):
            fresh = [segment for segment in run if not segment.compact]
            if len(run) >= _FEWEST_FILES or (is_full and len(fresh) > 1):
                return run
            if at_rest and fresh:
                return fresh
    return []


def _kinship(segment: Segment) -> tuple[str, str, float]:
    return segment.tenant, segment.name.rsplit("/", 1)[0], segment.keep_s


def _runs(segments: Iterator[Segment]) -> Iterator[tuple[list[Segment], bool]]:
    """Neighbours in time that fit into one segment together, and whether they fill it. What is large and compact is left."""
    run: list[Segment] = []
    rows = size = 0
    for segment in sorted(segments, key=lambda one: one.min_ns):
        if segment.compact and segment.rows > MOST_ROWS // 2:
            continue
        octets = int(segment.stream_bytes.sum())
        if run and (rows + segment.rows > MOST_ROWS or size + octets > MOST_BYTES):
            yield run, True
            run, rows, size = [], 0, 0
        run.append(segment)
        rows, size = rows + segment.rows, size + octets
    if run:
        yield run, False


def merge(cursor: Any, run: Sequence[Segment], path: Path, registry: StreamRegistry) -> Mapping[str, Any]:
    """Write the rows of ``run`` as one segment with its sidecar and word filter; the sidecar. Raises OSError."""
    import duckdb

    keys = sorted({key for segment in run for key in segment.fields})
    sidecar = merged_sidecar(run, keys, registry)
    columns = ", ".join(["stream", "ts", "line", "level", "metadata", *(f'"{FIELD_PREFIX}{key}"' for key in keys)])
    files = ", ".join("'" + str(segment.path).replace("'", "''") + "'" for segment in run)
    target = str(path).replace("'", "''")
    try:
        cursor.execute(
            f"COPY (SELECT {columns} FROM read_parquet([{files}], union_by_name = true, file_row_number = true) "  # noqa: S608  own names
            f"ORDER BY stream, ts, file_index, file_row_number) TO '{target}' "
            f"({LAYOUT}, COMPRESSION zstd, COMPRESSION_LEVEL {_COMPRESSION_LEVEL})"
        )
        path.chmod(0o600)
        sync_file(path)
        words = path.with_suffix(".words")
        if not write_merged_words(words, [segment.words for segment in run]):
            write_words(words, cursor, path)
        sidecar["literal"] = spells_out(cursor, path)
        write_durably(path.with_suffix(".json"), json.dumps(sidecar, separators=(",", ":")).encode())
    except duckdb.Error as failure:
        remove_segment_files(path)
        raise OSError(f"cannot merge into {path.name}: {failure}") from failure
    except OSError:
        remove_segment_files(path)
        raise
    return sidecar


def merged_sidecar(run: Sequence[Segment], keys: Sequence[str], registry: StreamRegistry) -> dict[str, Any]:
    """The sidecar of the merged rows, from the sidecars of the parts."""
    numbers, where = np.unique(np.concatenate([segment.streams for segment in run]), return_inverse=True)
    rows = np.zeros(len(numbers), dtype=np.int64)
    octets = np.zeros(len(numbers), dtype=np.int64)
    low = np.full(len(numbers), np.iinfo(np.int64).max)
    high = np.full(len(numbers), np.iinfo(np.int64).min)
    np.add.at(rows, where, np.concatenate([segment.stream_rows for segment in run]))
    np.add.at(octets, where, np.concatenate([segment.stream_bytes for segment in run]))
    np.minimum.at(low, where, np.concatenate([segment.stream_min_ns for segment in run]))
    np.maximum.at(high, where, np.concatenate([segment.stream_max_ns for segment in run]))
    streams = [
        {"id": number, "labels": dict(registry.labels(number)), "rows": count, "bytes": size, "min_ns": first, "max_ns": last}
        for number, count, size, first, last in zip(
            numbers.tolist(), rows.tolist(), octets.tolist(), low.tolist(), high.tolist(), strict=True
        )
    ]
    fields = {
        key: FieldFacts(
            open_rows=sum(segment.fields[key].open_rows if key in segment.fields else segment.rows for segment in run),
            spelling=reduce(or_, (segment.fields[key].spelling for segment in run if key in segment.fields), 0),
        )
        for key in keys
    }
    return {**sidecar_head(run[0].tenant, run[0].keep_s, streams, fields), "compact": True}
