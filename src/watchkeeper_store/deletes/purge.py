"""Carrying out a delete request: files that have rows of it are written again without them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from watchkeeper_store.deletes.requests import DeleteRequest
from watchkeeper_store.model.field_codes import FIELD_PREFIX
from watchkeeper_store.query.relation import Sql, shown_condition
from watchkeeper_store.query.selection import HiddenRows, has_rows, matching_streams
from watchkeeper_store.storage.duck import Duck
from watchkeeper_store.storage.durable import sync_file, write_durably
from watchkeeper_store.storage.segment import (
    LAYOUT,
    FieldFacts,
    Segment,
    remove_segment_files,
    segment_from,
    sidecar_head,
)
from watchkeeper_store.storage.store import LogStore
from watchkeeper_store.storage.streams import StreamRegistry
from watchkeeper_store.storage.tokens import write_words

_REWRITING_BYTES = 96 * 1024 * 1024
_COMPRESSION_LEVEL = 9


def purge(store: LogStore, request: DeleteRequest) -> int:
    """Take the rows of a request out of the files; how many there were. Raises OSError; what was done so far stays done."""
    store.flush()  # rows that arrived before now are in files from here on
    removed = 0
    clean: set[str] = set()
    duck = Duck(store.layout.scratch, memory_limit_bytes=_REWRITING_BYTES, threads=1)
    try:
        while (segment := _next_touched(store, request, clean)) is not None:
            removed += _rewrite(store, request, segment, duck, clean)
    finally:
        duck.close()
    return removed


def _rows_of(request: DeleteRequest, registry: StreamRegistry) -> HiddenRows:
    hidden = request.hidden()
    return HiddenRows(
        numbers=frozenset(matching_streams(registry, hidden.matchers)),
        filters=hidden.line_filters,
        start_ns=hidden.start_ns,
        end_ns=hidden.end_ns,
    )


def _next_touched(store: LogStore, request: DeleteRequest, clean: set[str]) -> Segment | None:
    """A segment that may have rows of the request. Merging makes new segments of old ones, so each round looks afresh."""
    rows = _rows_of(request, store.registry(request.tenant))
    numbers = np.array(sorted(rows.numbers), dtype=np.int64)
    for segment in store.segments:
        if segment.tenant == request.tenant and segment.name not in clean:
            if len(numbers) and has_rows(segment, numbers, rows.start_ns, rows.end_ns):
                return segment
            clean.add(segment.name)
    return None


def _rewrite(store: LogStore, request: DeleteRequest, segment: Segment, duck: Duck, clean: set[str]) -> int:
    registry = store.registry(request.tenant)
    rows = _rows_of(request, registry)
    name, path = store.new_segment(request.tenant, segment.name.split("/")[1])
    with store.held([segment]) as present, duck.cursor() as cursor:
        if not present:
            return 0
        removed = _count_hidden(cursor, segment, rows)
        if removed == 0:
            clean.add(segment.name)
            return 0
        if removed == segment.rows:
            return removed if store.replace_merged([segment], None) else 0
        sidecar = _write_shown(cursor, segment, path, rows, registry)
    rewritten = segment_from(path, name, path.stat().st_size, sidecar, registry.learn)
    if not store.replace_merged([segment], rewritten):
        return 0
    clean.add(name)
    return removed


def _count_hidden(cursor: Any, segment: Segment, rows: HiddenRows) -> int:
    sql = Sql()
    statement = f"SELECT count(*) FROM {_file(segment.path)} WHERE NOT ({shown_condition(rows, sql)})"  # noqa: S608  parameters apart
    return int(cursor.execute(statement, sql.values).fetchone()[0])


def _write_shown(cursor: Any, segment: Segment, path: Path, rows: HiddenRows, registry: StreamRegistry) -> Mapping[str, Any]:
    """Write the rows that stay, in the order they have. Raises OSError; what was half written is removed."""
    import duckdb

    sql = Sql()
    keys = sorted(segment.fields)
    columns = ", ".join(["stream", "ts", "line", "level", "metadata", *(f'"{FIELD_PREFIX}{key}"' for key in keys)])
    target = str(path).replace("'", "''")
    try:
        cursor.execute(
            f"COPY (SELECT {columns} FROM {_file(segment.path)} WHERE {shown_condition(rows, sql)}) TO '{target}' "  # noqa: S608
            f"({LAYOUT}, COMPRESSION zstd, COMPRESSION_LEVEL {_COMPRESSION_LEVEL})",
            sql.values,
        )
        path.chmod(0o600)
        sync_file(path)
        sidecar = _sidecar(cursor, segment, path, keys, registry)
        if segment.compact:
            write_words(path.with_suffix(".words"), cursor, path)
        write_durably(path.with_suffix(".json"), json.dumps(sidecar, separators=(",", ":")).encode())
    except duckdb.Error as failure:
        remove_segment_files(path)
        raise OSError(f"cannot write {path.name}: {failure}") from failure
    except OSError:
        remove_segment_files(path)
        raise
    return sidecar


def _sidecar(cursor: Any, segment: Segment, path: Path, keys: list[str], registry: StreamRegistry) -> dict[str, Any]:
    found = cursor.execute(
        "SELECT stream, count(*), sum(strlen(line))::BIGINT, min(ts), max(ts) "  # noqa: S608  a path of our own
        f"FROM {_file(path)} GROUP BY stream ORDER BY stream"
    ).fetchall()
    streams = [
        {"id": number, "labels": dict(registry.labels(number)), "rows": count, "bytes": size, "min_ns": low, "max_ns": high}
        for number, count, size, low, high in found
    ]
    nulls = ", ".join(f'count(*) FILTER (WHERE "{FIELD_PREFIX}{key}" IS NULL)' for key in keys)
    counts = cursor.execute(f"SELECT {nulls} FROM {_file(path)}").fetchone() if keys else ()  # noqa: S608  columns of our own
    # fewer rows can only have fewer spellings: what is known of all of them stays true
    fields = {
        key: FieldFacts(open_rows=int(count), spelling=segment.fields[key].spelling)
        for key, count in zip(keys, counts, strict=True)
    }
    return {
        **sidecar_head(segment.tenant, segment.keep_s, streams, fields),
        "compact": segment.compact,
        "literal": segment.literal,
    }


def _file(path: Path) -> str:
    return "read_parquet('" + str(path).replace("'", "''") + "')"
