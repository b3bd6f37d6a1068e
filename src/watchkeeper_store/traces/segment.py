"""Spans on disk: two Parquet files and a description, written once.

``spans`` holds what every span has, and its bytes as it came. ``attributes`` holds one row for each value, sorted by key:
a search reads only the keys it names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from watchkeeper_store.storage.durable import sync_file, sync_folder, write_durably
from watchkeeper_store.traces.columns import EncodedSpan, Key, Rows, SpanColumns, SpanTable, Value, Values

SPANS, ATTRIBUTES, DESCRIPTION = "spans.parquet", "attributes.parquet", "segment.json"
_SPAN_GROUP, _ATTRIBUTE_GROUP = 2048, 32_768
_NUMBERS = ("trace", "span", "parent", "start_ns", "duration_ns", "kind", "status", "name", "service", "message")
_KINDS: dict[type, int] = {str: 0, bool: 1, int: 2, float: 3}
Order = np.ndarray[Any, np.dtype[np.int64]]
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One written segment. Times in ns; ``folder`` holds its three files."""

    folder: Path
    name: str
    tenant: str
    rows: int
    size_bytes: int
    oldest_ns: int
    newest_ns: int


def write_segment(folder: Path, name: str, tenant: str, tables: Sequence[SpanTable]) -> Segment:
    """Write the spans of all tables as one segment, sorted by trace; durable on return. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True)
    columns, texts = _one_numbering(tables)
    order = np.lexsort((columns["start_ns"], columns["trace"])).astype(np.int64)
    sources = np.concatenate([np.full(len(table.columns), place, np.int32) for place, table in enumerate(tables)])
    local = np.concatenate([np.arange(len(table.columns), dtype=np.int32) for table in tables])
    _write_spans(folder / SPANS, tables, columns, order, sources, local)
    keys = _write_attributes(folder / ATTRIBUTES, tables, order)
    oldest = int(columns["start_ns"].min())
    newest = int((columns["start_ns"] + columns["duration_ns"]).max())
    described = {
        "version": 1,
        "tenant": tenant,
        "rows": len(order),
        "oldest_ns": oldest,
        "newest_ns": newest,
        "texts": texts,
        "keys": keys,
    }
    for file in (SPANS, ATTRIBUTES):
        (folder / file).chmod(0o600)
        sync_file(folder / file)
    write_durably(folder / DESCRIPTION, json.dumps(described, ensure_ascii=False).encode())
    sync_folder(folder.parent)
    return open_segment(folder, name)


def open_segment(folder: Path, name: str) -> Segment:
    """A segment that was written. Raises OSError, ValueError or KeyError where it cannot be read."""
    described = json.loads((folder / DESCRIPTION).read_bytes())
    return Segment(
        folder=folder,
        name=name,
        tenant=described["tenant"],
        rows=described["rows"],
        size_bytes=sum((folder / file).stat().st_size for file in (SPANS, ATTRIBUTES, DESCRIPTION)),
        oldest_ns=described["oldest_ns"],
        newest_ns=described["newest_ns"],
    )


def _one_numbering(tables: Sequence[SpanTable]) -> tuple[dict[str, np.ndarray[Any, Any]], list[str]]:
    """All tables' columns one after the other, with names, services and messages numbered alike."""
    codes: dict[str, int] = {}
    parts: dict[str, list[np.ndarray[Any, Any]]] = {name: [] for name in _NUMBERS}
    for table in tables:
        for name in _NUMBERS:
            column = getattr(table.columns, name)
            if name in {"name", "service", "message"}:
                different, inverse = np.unique(column, return_inverse=True)
                numbers = [codes.setdefault(str(table.dictionary[code]), len(codes)) for code in different.tolist()]
                column = np.array(numbers, np.int32)[inverse]
            parts[name].append(column)
    return {name: np.concatenate(columns) for name, columns in parts.items()}, list(codes)


def _write_spans(
    path: Path, tables: Sequence[SpanTable], columns: dict[str, Any], order: Order, sources: Rows, local: Rows
) -> None:
    schema = pa.schema(
        [(name, pa.from_numpy_dtype(columns[name].dtype)) for name in _NUMBERS]
        + [
            ("encoded", pa.binary()),
            ("resource", pa.dictionary(pa.int32(), pa.binary())),
            ("scope", pa.dictionary(pa.int32(), pa.binary())),
        ]
    )
    with pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=3, use_dictionary=["resource", "scope", "name", "service"]
    ) as writer:
        for begin in range(0, len(order), _SPAN_GROUP * 8):
            chosen = order[begin : begin + _SPAN_GROUP * 8]
            encoded: list[EncodedSpan | None] = [None] * len(chosen)
            for source in np.unique(sources[chosen]).tolist():
                places = np.flatnonzero(sources[chosen] == source)
                for place, span in zip(places.tolist(), tables[source].encoded(local[chosen][places]), strict=True):
                    encoded[place] = span
            present = [one for one in encoded if one is not None]
            arrays = [pa.array(columns[name][chosen]) for name in _NUMBERS] + [
                pa.array([one.span for one in present], pa.binary()),
                pa.array([one.resource for one in present], pa.binary()).dictionary_encode(),
                pa.array([one.scope for one in present], pa.binary()).dictionary_encode(),
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=_SPAN_GROUP)


def _write_attributes(path: Path, tables: Sequence[SpanTable], order: Order) -> list[list[Any]]:
    """Write all values; gives [scope, name, first row, rows] of each key."""
    new_row = np.empty(len(order), np.int32)
    new_row[order] = np.arange(len(order), dtype=np.int32)
    offsets = np.cumsum([0, *(len(table.columns) for table in tables)])
    keys: list[list[Any]] = []
    schema = pa.schema(
        [
            ("span", pa.int32()),
            ("kind", pa.int8()),
            ("text", pa.dictionary(pa.int32(), pa.string())),
            ("whole", pa.int64()),
            ("real", pa.float64()),
        ]
    )
    at = 0
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=3) as writer:
        for key in sorted({key for table in tables for key in table.known_keys()}):
            rows: list[Rows] = []
            values: list[Value] = []
            for table, offset in zip(tables, offsets.tolist(), strict=False):
                found = table.values(key)
                if found is not None and len(found.rows):
                    rows.append(new_row[found.rows + offset])
                    values.extend(found.dictionary[code] for code in found.codes.tolist())
            if not values:
                continue
            spans = np.concatenate(rows)
            sorted_by_span = np.argsort(spans, kind="stable")
            chosen = [values[place] for place in sorted_by_span.tolist()]
            writer.write_table(_attribute_table(spans[sorted_by_span], chosen, schema), row_group_size=_ATTRIBUTE_GROUP)
            keys.append([*key, at, len(values)])
            at += len(values)
    return keys


def _attribute_table(spans: Rows, values: Sequence[Value], schema: pa.Schema) -> pa.Table:
    kinds = [_KINDS[type(value)] for value in values]
    texts = pa.array([_utf8(value) if type(value) is str else None for value in values], pa.string())
    wholes = [int(value) if isinstance(value, int) and _SMALLEST <= value <= _LARGEST else None for value in values]
    reals = [value if type(value) is float else None for value in values]
    arrays = [
        pa.array(spans),
        pa.array(kinds, pa.int8()),
        texts.dictionary_encode(),
        pa.array(wholes, pa.int64()),
        pa.array(reals, pa.float64()),
    ]
    return pa.Table.from_arrays([array.cast(field.type) for array, field in zip(arrays, schema, strict=True)], schema=schema)


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class SegmentTable:
    """A SpanTable over one segment; reads what is asked for, and keeps nothing but its description and number columns."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        described = json.loads((segment.folder / DESCRIPTION).read_bytes())
        self._texts: list[str] = described["texts"]
        self._places: dict[Key, tuple[int, int]] = {(scope, name): (at, rows) for scope, name, at, rows in described["keys"]}
        self._columns: SpanColumns | None = None

    @property
    def columns(self) -> SpanColumns:
        if self._columns is None:
            table = pq.read_table(self._segment.folder / SPANS, columns=list(_NUMBERS), use_threads=False, memory_map=True)
            self._columns = SpanColumns(**{name: table[name].to_numpy() for name in _NUMBERS})
        return self._columns

    @property
    def dictionary(self) -> Sequence[Value]:
        return self._texts

    def known_keys(self) -> Sequence[Key]:
        return list(self._places)

    def code_of(self, value: Value) -> int | None:
        return self._texts.index(value) if isinstance(value, str) and value in self._texts else None

    def values(self, key: Key) -> Values | None:
        place = self._places.get(key)
        if place is None:
            return None
        file = pq.ParquetFile(self._segment.folder / ATTRIBUTES, memory_map=True, read_dictionary=["text"])
        groups, begin = _groups_holding(file.metadata, *place)
        table = file.read_row_groups(groups, use_threads=False).slice(place[0] - begin, place[1]).combine_chunks()
        return _values_of(table)

    def rows_of(self, digest: int) -> Rows:
        """The spans of one trace, found by the sorted column of digests."""
        file = pq.ParquetFile(self._segment.folder / SPANS, memory_map=True)
        rows: list[Rows] = []
        at = 0
        for group in range(file.metadata.num_row_groups):
            described = file.metadata.row_group(group)
            statistics = described.column(0).statistics
            if statistics is None or statistics.min <= digest <= statistics.max:
                digests = file.read_row_group(group, columns=["trace"], use_threads=False)["trace"].to_numpy()
                rows.append((at + np.flatnonzero(digests == np.uint64(digest))).astype(np.int32))
            at += described.num_rows
        return np.concatenate(rows) if rows else np.zeros(0, np.int32)

    def encoded(self, rows: Rows) -> Sequence[EncodedSpan]:
        file = pq.ParquetFile(self._segment.folder / SPANS, memory_map=True)
        made: dict[int, EncodedSpan] = {}
        ends = np.cumsum([file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)])
        group_of = np.searchsorted(ends, rows, side="right")
        for group in np.unique(group_of).tolist():
            wanted = rows[group_of == group]
            begin = int(ends[group - 1]) if group else 0
            table = file.read_row_group(group, columns=["encoded", "resource", "scope"], use_threads=False).take(wanted - begin)
            parts = zip(*(table[name].to_pylist() for name in ("encoded", "resource", "scope")), strict=True)
            made |= {row: EncodedSpan(*part) for row, part in zip(wanted.tolist(), parts, strict=True)}
        return [made[row] for row in rows.tolist()]


def _groups_holding(metadata: Any, at: int, rows: int) -> tuple[list[int], int]:
    """The row groups with these rows, and the first row of the first of them."""
    groups: list[int] = []
    begin = first = 0
    for group in range(metadata.num_row_groups):
        size = metadata.row_group(group).num_rows
        if first < at + rows and first + size > at:
            begin = begin if groups else first
            groups.append(group)
        first += size
    return groups, begin


def _values_of(table: pa.Table) -> Values:
    kinds = table["kind"].to_numpy()
    texts = table["text"].combine_chunks()
    dictionary: list[Value] = list(texts.dictionary.to_pylist())
    codes = texts.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
    for kind, name, made in ((1, "whole", bool), (2, "whole", int), (3, "real", float)):
        chosen = np.flatnonzero(kinds == kind)
        if len(chosen):
            different, inverse = np.unique(table[name].to_numpy()[chosen], return_inverse=True)
            codes[chosen] = len(dictionary) + inverse
            dictionary.extend(made(value) for value in different.tolist())
    return Values(table["span"].to_numpy(), codes, dictionary)
