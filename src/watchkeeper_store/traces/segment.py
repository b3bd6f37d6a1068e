"""Spans on disk: three Parquet files and a description, written once.

``numbers`` holds what every span has, in long runs that a search reads column by column. ``spans`` holds each span's bytes as
they came, in short runs, for who wants a few whole. ``attributes`` holds one row for each value, sorted by key: a search reads
only the keys it names. Segments of version 1 have no ``numbers``: their columns are in ``spans``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from watchkeeper_store.storage.durable import sync_file, sync_folder, write_durably
from watchkeeper_store.traces.columns import (
    COLUMNS,
    TEXT_COLUMNS,
    EncodedSpan,
    Key,
    Rows,
    SpanColumns,
    SpanTable,
    Value,
    Values,
    dense,
)
from watchkeeper_store.traces.recent import Recent
from watchkeeper_store.traces.runs import places_of

NUMBERS, SPANS, ATTRIBUTES, DESCRIPTION = "numbers.parquet", "spans.parquet", "attributes.parquet", "segment.json"
_NUMBER_GROUP, _SPAN_GROUP, _ATTRIBUTE_GROUP = 65_536, 2048, 32_768
_IDS = frozenset({"trace", "trace_low", "span", "parent"})
_KINDS: dict[type, int] = {str: 0, bool: 1, int: 2, float: 3}
_TEXT_BYTES = 100
"""About what a text takes in memory."""
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
    oldest = int(columns["start_ns"].min())
    newest = int((columns["start_ns"] + columns["duration_ns"]).max())
    _write_numbers(folder / NUMBERS, columns, order)
    del columns  # the next steps need the memory
    _write_spans(folder / SPANS, tables, order, sources, local)
    keys = _write_attributes(folder / ATTRIBUTES, tables, order)
    described = {
        "version": 2,
        "tenant": tenant,
        "rows": len(order),
        "oldest_ns": oldest,
        "newest_ns": newest,
        "texts": texts,
        "keys": keys,
    }
    for file in (NUMBERS, SPANS, ATTRIBUTES):
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
        size_bytes=sum(file.stat().st_size for file in folder.iterdir()),
        oldest_ns=described["oldest_ns"],
        newest_ns=described["newest_ns"],
    )


def _one_numbering(tables: Sequence[SpanTable]) -> tuple[dict[str, np.ndarray[Any, Any]], list[str]]:
    """All tables' columns one after the other, with names, services and messages numbered alike."""
    codes: dict[str, int] = {}
    parts: dict[str, list[np.ndarray[Any, Any]]] = {name: [] for name in COLUMNS}
    for table in tables:
        for name in COLUMNS:
            column = table.columns.of(name)
            if name in TEXT_COLUMNS:
                different, inverse = dense(column)
                numbers = [codes.setdefault(str(table.dictionary[code]), len(codes)) for code in different.tolist()]
                column = np.array(numbers, np.int32)[inverse]
            parts[name].append(column)
    return {name: np.concatenate(columns) for name, columns in parts.items()}, list(codes)


def _write_numbers(path: Path, columns: dict[str, Any], order: Order) -> None:
    schema = pa.schema([(name, pa.from_numpy_dtype(columns[name].dtype)) for name in COLUMNS])
    with pq.ParquetWriter(
        path,
        schema,
        # Ids are random: nothing makes them smaller.
        compression={name: "none" if name in _IDS else "zstd" for name in COLUMNS},
        use_dictionary=["trace", "trace_low", *sorted(TEXT_COLUMNS)],
        column_encoding={"start_ns": "DELTA_BINARY_PACKED"},
    ) as writer:
        for begin in range(0, len(order), _NUMBER_GROUP):
            chosen = order[begin : begin + _NUMBER_GROUP]
            writer.write_table(pa.Table.from_arrays([pa.array(columns[name][chosen]) for name in COLUMNS], schema=schema))


def _write_spans(path: Path, tables: Sequence[SpanTable], order: Order, sources: Rows, local: Rows) -> None:
    schema = pa.schema(
        [
            ("encoded", pa.binary()),
            ("resource", pa.dictionary(pa.int32(), pa.binary())),
            ("scope", pa.dictionary(pa.int32(), pa.binary())),
        ]
    )
    with pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=3, use_dictionary=["resource", "scope"]
    ) as writer:
        for begin in range(0, len(order), _SPAN_GROUP * 8):
            chosen = order[begin : begin + _SPAN_GROUP * 8]
            encoded: list[EncodedSpan | None] = [None] * len(chosen)
            for source in np.unique(sources[chosen]).tolist():
                places = np.flatnonzero(sources[chosen] == source)
                for place, span in zip(places.tolist(), tables[source].encoded(local[chosen][places]), strict=True):
                    encoded[place] = span
            present = [one for one in encoded if one is not None]
            arrays = [
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
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=3,
        use_dictionary=["kind", "text", "whole", "real"],
        column_encoding={"span": "DELTA_BINARY_PACKED"},
    ) as writer:
        for key in sorted({key for table in tables for key in table.known_keys()}):
            rows: list[Rows] = []
            codes: list[np.ndarray[Any, Any]] = []
            numbered: dict[tuple[type, Value], int] = {}
            for table, offset in zip(tables, offsets.tolist(), strict=False):
                found = table.values(key)
                if found is not None and len(found.rows):
                    different, places = dense(found.codes)
                    values = [found.dictionary[code] for code in different.tolist()]
                    numbers = [numbered.setdefault((type(value), value), len(numbered)) for value in values]
                    rows.append(new_row[found.rows + offset])
                    codes.append(np.array(numbers, np.int32)[places])
            if not rows:
                continue
            spans = np.concatenate(rows)
            order_of_spans = np.argsort(spans, kind="stable")
            made = _attribute_table(spans[order_of_spans], np.concatenate(codes)[order_of_spans], list(numbered), schema)
            writer.write_table(made, row_group_size=_ATTRIBUTE_GROUP)
            keys.append([*key, at, len(spans)])
            at += len(spans)
    return keys


def _attribute_table(spans: Rows, codes: Rows, numbered: Sequence[tuple[type, Value]], schema: pa.Schema) -> pa.Table:
    """Rows of values; ``codes`` are places in ``numbered``."""
    texts = [place for place, (kind, _) in enumerate(numbered) if kind is str]
    text_of = np.full(len(numbered), -1, np.int32)
    text_of[texts] = np.arange(len(texts), dtype=np.int32)
    kinds = np.array([_KINDS[kind] for kind, _ in numbered], np.int8)
    is_whole = [isinstance(value, int) and _SMALLEST <= value <= _LARGEST for _, value in numbered]
    wholes = np.array([value if fits else 0 for fits, (_, value) in zip(is_whole, numbered, strict=True)], np.int64)
    reals = np.array([value if kind is float else 0.0 for kind, value in numbered], np.float64)
    dictionary = pa.array([_utf8(str(numbered[place][1])) for place in texts], pa.string())
    arrays = [
        pa.array(spans),
        pa.array(kinds[codes]),
        pa.DictionaryArray.from_arrays(pa.array(text_of[codes], mask=text_of[codes] < 0), dictionary),
        pa.array(wholes[codes], mask=~np.array(is_whole)[codes]),
        pa.array(reals[codes], mask=kinds[codes] != _KINDS[float]),
    ]
    return pa.Table.from_arrays([array.cast(field.type) for array, field in zip(arrays, schema, strict=True)], schema=schema)


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class SegmentTable:
    """A SpanTable over one segment; reads what is asked for. ``recent`` keeps it for other tables over the same segment."""

    def __init__(self, segment: Segment, recent: Recent | None = None) -> None:
        self._segment = segment
        self._recent = recent or Recent()
        described = json.loads((segment.folder / DESCRIPTION).read_bytes())
        self._texts: list[str] = described["texts"]
        self._places: dict[Key, tuple[int, int]] = {(scope, name): (at, rows) for scope, name, at, rows in described["keys"]}
        self._numbers = segment.folder / (NUMBERS if (segment.folder / NUMBERS).exists() else SPANS)
        # Nothing in it refers back to this table: what a query read goes with it, and does not wait for the collector.
        self.columns = SpanColumns(segment.rows, partial(_column, segment, self._numbers, self._recent))

    @property
    def dictionary(self) -> Sequence[Value]:
        return self._texts

    def known_keys(self) -> Sequence[Key]:
        return list(self._places)

    def code_of(self, text: str) -> int | None:
        return self._texts.index(text) if text in self._texts else None

    def values(self, key: Key) -> Values | None:
        return self._recent.get((self._segment.folder, key), lambda: self._read_values(key), _size_of)

    def _read_values(self, key: Key) -> Values | None:
        place = self._places.get(key)
        if place is None:
            return None
        file = pq.ParquetFile(self._segment.folder / ATTRIBUTES, memory_map=True, read_dictionary=["text"])
        groups, begin = _groups_holding(file.metadata, *place)
        table = file.read_row_groups(groups, use_threads=False).slice(place[0] - begin, place[1]).combine_chunks()
        return _values_of(table)

    def rows_of(self, digests: np.ndarray[Any, np.dtype[np.uint64]]) -> Rows:
        """Spans are sorted by the digest of their trace."""
        if len(digests) == 1:
            return self._rows_of_one(int(digests[0]))
        return places_of(self.columns.trace, digests).astype(np.int32)

    def _rows_of_one(self, digest: int) -> Rows:
        file = pq.ParquetFile(self._numbers, memory_map=True)
        rows: list[Rows] = []
        at = 0
        for group in range(file.metadata.num_row_groups):
            described = file.metadata.row_group(group)
            statistics = described.column(0).statistics
            if statistics is None or statistics.min <= digest <= statistics.max:
                digests = file.read_row_group(group, columns=["trace"], use_threads=False)["trace"].to_numpy()
                rows.append((at + places_of(digests, np.array([digest], np.uint64))).astype(np.int32))
            at += described.num_rows
        return np.concatenate(rows) if rows else np.zeros(0, np.int32)

    def encoded(self, rows: Rows) -> Sequence[EncodedSpan]:
        return _encoded(self._segment, rows)


def _column(segment: Segment, numbers: Path, recent: Recent, name: str) -> np.ndarray[Any, Any]:
    return recent.get((segment.folder, name), lambda: _read_column(segment, numbers, name), lambda column: column.nbytes)


def _read_column(segment: Segment, numbers: Path, name: str) -> np.ndarray[Any, Any]:
    if name == "trace_low" and numbers.name == SPANS:
        ids = [Span.FromString(one.span).trace_id[8:] for one in _encoded(segment, np.arange(segment.rows, dtype=np.int32))]
        return np.frombuffer(b"".join(ids), ">u8").astype(np.uint64)
    file = pq.ParquetFile(numbers, memory_map=True)
    column: np.ndarray[Any, Any] = file.read(columns=[name], use_threads=False)[name].to_numpy()
    return column


def _encoded(segment: Segment, rows: Rows) -> Sequence[EncodedSpan]:
    file = pq.ParquetFile(segment.folder / SPANS, memory_map=True)
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


def _size_of(values: Values | None) -> int:
    return 0 if values is None else values.rows.nbytes + values.codes.nbytes + _TEXT_BYTES * len(values.dictionary)


def _values_of(table: pa.Table) -> Values:
    texts = table["text"].combine_chunks()
    codes = texts.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32)
    others: list[Value] = []
    kinds = table["kind"].to_numpy()
    if kinds.any():
        for kind, name, made in ((1, "whole", bool), (2, "whole", int), (3, "real", float)):
            chosen = np.flatnonzero(kinds == kind)
            if len(chosen):
                different, inverse = np.unique(table[name].to_numpy()[chosen], return_inverse=True)
                codes[chosen] = len(texts.dictionary) + len(others) + inverse
                others.extend(made(value) for value in different.tolist())
    dictionary = _Dictionary(texts.dictionary, others)
    return Values(table["span"].to_numpy(), codes, dictionary, dictionary.find)


class _Dictionary(Sequence[Value]):
    """Different values: texts, which become Python's only when somebody looks at one, then all others."""

    def __init__(self, texts: pa.Array, others: Sequence[Value]) -> None:
        self._texts = texts
        self._others = others
        self._all: list[Value] | None = None

    def __len__(self) -> int:
        return len(self._texts) + len(self._others)

    @overload
    def __getitem__(self, place: int) -> Value: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Value]: ...
    def __getitem__(self, place: int | slice) -> Value | Sequence[Value]:
        if self._all is None:
            self._all = [*self._texts.to_pylist(), *self._others]
        return self._all[place]

    def find(self, text: str) -> int | None:
        """The code of a text."""
        place: int = pc.index(self._texts, pa.scalar(text, pa.string())).as_py()
        return place if place >= 0 else None
