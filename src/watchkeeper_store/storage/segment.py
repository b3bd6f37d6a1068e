"""One immutable Parquet file and the JSON beside it, which says what is inside without opening it.

Parquet columns: stream BIGINT, ts BIGINT (ns), line VARCHAR, level VARCHAR, metadata VARCHAR (JSON); sorted by stream and ts.
Further columns ``logfmt.KEY`` VARCHAR hold values of frequent keys: "" where the line has none, NULL where only the line tells.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from watchkeeper_store.model.field_codes import FIELD_PREFIX, OPEN, UNSURE
from watchkeeper_store.model.rows import I64, RowBatch
from watchkeeper_store.storage.arrow import ArrowRows
from watchkeeper_store.storage.durable import sync_file, write_durably
from watchkeeper_store.storage.tokens import Words, write_word_list
from watchkeeper_wire.loki_labels import LabelPairs

ROW_GROUP_ROWS = 12_288  # whole vectors of DuckDB; a query for a few rows of a stream reads whole groups
_FORMAT_VERSION = 1
_MOST_SMALL_NUMBERS = 1 << 16
LAYOUT = f"FORMAT parquet, PARQUET_VERSION V2, ROW_GROUP_SIZE {ROW_GROUP_ROWS}"  # V2 writes times as differences
_WRITING = f"{LAYOUT}, COMPRESSION snappy, WRITE_BLOOM_FILTER false"  # quick to write: merging writes it again, and better


class SegmentUnreadable(RuntimeError):
    """A file that the manifest names cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFacts:
    """Of the column of one key: how many rows are NULL, and the `BARE` … bits of the others."""

    open_rows: int
    spelling: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """Rows of one tenant on disk. The per-stream arrays are parallel and sorted by stream number.

    ``fields`` are the keys that have a column. ``compact`` segments came out of a merge. In a ``literal`` one every plain value
    of a line's fields stands in the line as it is (see `spells_out`).
    """

    path: Path
    name: str
    tenant: str
    keep_s: float
    rows: int
    size_bytes: int
    min_ns: int
    max_ns: int
    fields: Mapping[str, FieldFacts]
    compact: bool
    literal: bool
    words: Words | None
    streams: I64
    stream_rows: I64
    stream_bytes: I64
    stream_min_ns: I64
    stream_max_ns: I64

    @property
    def number(self) -> int:
        """No other segment has it; those written later have higher ones."""
        return int(self.path.stem)

    @property
    def sidecar(self) -> Path:
        return self.path.with_suffix(".json")


def sidecar_content(tenant: str, keep_s: float, rows: RowBatch, labels: Callable[[int], LabelPairs]) -> dict[str, Any]:
    """What the JSON says of rows that are sorted by stream and time."""
    numbers, first, counts = np.unique(rows.streams, return_index=True, return_counts=True)
    last = first + counts - 1
    octets = np.add.reduceat(rows.lines.views[:, 0].astype(np.int64), first)
    streams = [
        {"id": number, "labels": dict(labels(number)), "rows": count, "bytes": size, "min_ns": low, "max_ns": high}
        for number, count, size, low, high in zip(
            numbers.tolist(),
            counts.tolist(),
            octets.tolist(),
            rows.timestamps_ns[first].tolist(),
            rows.timestamps_ns[last].tolist(),
            strict=True,
        )
    ]
    fields = {
        key: FieldFacts(open_rows=int(np.count_nonzero(column.codes == OPEN)), spelling=column.spelling)
        for key, column in rows.fields.items()
    }
    return sidecar_head(tenant, keep_s, streams, fields)


def sidecar_head(tenant: str, keep_s: float, streams: list[dict[str, Any]], fields: Mapping[str, FieldFacts]) -> dict[str, Any]:
    """A sidecar from what it says of each stream and each column of a key."""
    return {
        "version": _FORMAT_VERSION,
        "tenant": tenant,
        "keep_s": keep_s,
        "rows": sum(stream["rows"] for stream in streams),
        "min_ns": min(stream["min_ns"] for stream in streams),
        "max_ns": max(stream["max_ns"] for stream in streams),
        "compact": False,
        "fields": {key: facts.open_rows for key, facts in fields.items()},
        "spelling": {key: facts.spelling for key, facts in fields.items()},
        "streams": streams,
    }


def sorted_rows(rows: RowBatch) -> RowBatch:
    """By stream, then time; rows of equal time keep the order they arrived in.

    Most streams arrive in order of time: then small numbers for the streams, of which there are few, are sorted much faster.
    """
    if len(rows.numbers) <= _MOST_SMALL_NUMBERS:
        order = np.argsort(np.searchsorted(rows.numbers, rows.streams).astype(np.uint16), kind="stable")
        times, streams = rows.timestamps_ns[order], rows.streams[order]
        if not bool(((times[1:] < times[:-1]) & (streams[1:] == streams[:-1])).any()):
            return rows.take(order)
    return rows.take(np.lexsort((rows.timestamps_ns, rows.streams)))


def write_segment(cursor: Any, path: Path, rows: RowBatch, level_names: Sequence[str], sidecar: Mapping[str, Any]) -> None:
    """Write sorted rows and their sidecar, synced. Raises OSError; whatever was half written is removed."""
    import duckdb

    slices = [rows.take(slice(at, at + ROW_GROUP_ROWS)) for at in range(0, len(rows), ROW_GROUP_ROWS)]
    fields = list(rows.fields)
    source = ArrowRows(slices, level_names, fields)
    columns = ", ".join(["stream", "ts", "line", "level", "metadata", *(f'"{FIELD_PREFIX}{key}"' for key in fields)])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = str(path).replace("'", "''")
    try:
        with source.registered(cursor, "flushed"):
            cursor.execute(
                f"COPY (SELECT {columns} FROM flushed) TO '{target}' "  # noqa: S608  names and a path of our own, quoted
                f"({_WRITING})"
            )
        path.chmod(0o600)
        sync_file(path)
        write_word_list(path.with_suffix(".words"), rows.lines)
        write_durably(path.with_suffix(".json"), json.dumps(sidecar, separators=(",", ":")).encode())
    except duckdb.Error as failure:
        remove_segment_files(path)
        raise OSError(f"cannot write {path.name}: {failure}") from failure
    except OSError:
        remove_segment_files(path)
        raise


_ESCAPE = r"""\\[^"\\ntr]"""
"""What may spell a letter, a digit or a slash otherwise, in JSON and in quotes; what quotes or breaks a line never does."""


def spells_out(cursor: Any, path: Path) -> bool:
    """Whether every value of letters and digits that a row's fields have stands in its line as it is.

    No line has an escape that could spell one otherwise then, and no row metadata, which has fields of its own.
    """
    found = cursor.execute(
        "SELECT 1 FROM read_parquet($1) "
        "WHERE metadata IS NOT NULL OR (contains(line, '\\') AND regexp_matches(line, $2)) LIMIT 1",
        [str(path), _ESCAPE],
    ).fetchone()
    return found is None


def remove_segment_files(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)
    path.with_suffix(".words").unlink(missing_ok=True)


def _words(path: Path) -> Words | None:
    """The word filter, where there is one that can be read; without it the segment is simply always searched."""
    try:
        return Words(path.with_suffix(".words"))
    except (OSError, ValueError, struct.error):
        return None


def read_segment(root: Path, name: str, learn: Callable[[int, LabelPairs], None]) -> Segment:
    """The segment ``root/name.parquet`` from its sidecar. Raises SegmentUnreadable."""
    path = root / f"{name}.parquet"
    try:
        size_bytes = path.stat().st_size
        content = json.loads(path.with_suffix(".json").read_bytes())
        if content["version"] != _FORMAT_VERSION:
            raise SegmentUnreadable(f"cannot read {path}: format {content['version']} is not {_FORMAT_VERSION}")
        return segment_from(path, name, size_bytes, content, learn)
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise SegmentUnreadable(
            f"cannot read {path}: {failure}; restore it from a backup or remove it and its .json"
        ) from failure


def segment_from(
    path: Path, name: str, size_bytes: int, content: Mapping[str, Any], learn: Callable[[int, LabelPairs], None]
) -> Segment:
    """The segment that a sidecar describes."""
    streams = content["streams"]
    for stream in streams:
        learn(stream["id"], tuple(sorted(stream["labels"].items())))

    def column(key: str) -> I64:
        return np.array([stream[key] for stream in streams], dtype=np.int64)

    return Segment(
        path=path,
        name=name,
        tenant=content["tenant"],
        keep_s=content["keep_s"],
        rows=content["rows"],
        size_bytes=size_bytes,
        min_ns=content["min_ns"],
        max_ns=content["max_ns"],
        fields={
            key: FieldFacts(open_rows=open_rows, spelling=content.get("spelling", {}).get(key, UNSURE))
            for key, open_rows in content.get("fields", {}).items()
        },
        compact=content.get("compact", False),
        literal=content.get("literal", False),
        words=_words(path),
        streams=column("id"),
        stream_rows=column("rows"),
        stream_bytes=column("bytes"),
        stream_min_ns=column("min_ns"),
        stream_max_ns=column("max_ns"),
    )
