"""The way of one push into the store: read, judge, complete, log. The CPU work of ingestion happens here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from watchkeeper_store.ingest.body import ReadPush, encode_columns, narrowed, read_push
from watchkeeper_store.ingest.level import known_level, level_of_labels, level_of_line, level_of_severity_number
from watchkeeper_store.ingest.rates import TokenBuckets
from watchkeeper_store.ingest.stream_head import StreamHead, stream_head
from watchkeeper_store.ingest.verdict import Discarded, PushRefused, metadata_fault, size_fault, time_fault
from watchkeeper_store.model.limits import Limits, TenantLimits
from watchkeeper_store.model.rows import I32, LevelNames, RowBatch, Texts, texts_at, texts_of
from watchkeeper_store.storage.store import LogStore
from watchkeeper_store.storage.wal import PROTOBUF_BLOCK, Record
from watchkeeper_wire.loki_columns import PushColumns, decode_columns
from watchkeeper_wire.loki_labels import LabelPairs
from watchkeeper_wire.loki_push import compress_block, decompress_block

LEVEL_NAME = "detected_level"
_MOST_CACHED_HEADS = 20_000
_ACTIVE_S = 3600.0
_BAD_NAME_CHARACTER = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a push: ``done`` ends when the accepted rows are durable; None when none was accepted."""

    done: Future[None] | None
    lines: int
    octets: int
    discarded: Discarded
    status: int


class Intake:
    """Takes pushes for a store. `take` may run in several threads at once."""

    def __init__(self, store: LogStore, limits: TenantLimits, clock: Callable[[], float]) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._rates = TokenBuckets()
        self._heads: dict[str, dict[str, StreamHead]] = {}
        self._active: dict[str, dict[LabelPairs, float]] = {}
        self._metadata_texts: dict[LabelPairs, tuple[bytes, str]] = {}

    def take(self, tenant: str, body: bytes, content_type: str, content_encoding: str) -> Taken:
        """Read, check and submit a push. Raises PushRefused, or WriteRefused from the store."""
        return self.take_read(tenant, read_push(body, content_type, content_encoding, self._limits.of(tenant).max_body_size))

    def take_read(self, tenant: str, push: ReadPush) -> Taken:
        """Check and submit a push that is read already. Raises PushRefused, or WriteRefused from the store."""
        columns, block = push
        if not columns.label_texts:
            raise PushRefused(422, "error at least one valid stream is required for ingestion")
        limits = self._limits.of(tenant)
        now = self._clock()
        discarded = Discarded()
        status = 400
        heads = self._heads_of(tenant, columns)
        refused: npt.NDArray[np.bool_] = np.array([head.fault is not None for head in heads])
        for number, head in enumerate(heads):
            fault = head.fault
            if fault is None and not self._admit(tenant, head.labels, now):
                fault = ("stream_limit", _stream_limit_message(tenant, head.text))
                refused[number], status = True, 429
            if fault is not None:
                mine = columns.stream == number
                discarded.add(*fault, lines=int(mine.sum()), octets=int(columns.line_size[mine].sum()))
        good = self._judge_rows(columns, heads, ~refused[columns.stream], int(now * 1e9), discarded, limits)
        if discarded.lines or _must_cut(columns, limits):
            columns = narrowed(_cut(columns, limits), good)
            block = compress_block(encode_columns(columns)) if len(columns.stream) else b""
        lines, octets = len(columns.stream), int(columns.line_size.sum())
        done = None
        if lines:
            self._rates.take(tenant, limits, lines, octets, now)
            record = Record(tenant=tenant, kind=PROTOBUF_BLOCK, received_ns=int(now * 1e9), payload=block)
            done = self._store.append(record, self.batch(tenant, columns))
        return Taken(done=done, lines=lines, octets=octets, discarded=discarded, status=status)

    def rows_of(self, records: Sequence[Record]) -> RowBatch:
        """The rows of logged pushes of one tenant again, read as one; everything in them had been accepted."""
        # messages of protobuf one behind the other are one with all that they hold
        payload = b"".join(decompress_block(record.payload, 1 << 31) for record in records)
        return self.batch(records[0].tenant, decode_columns(payload))

    def batch(self, tenant: str, columns: PushColumns) -> RowBatch:
        """Accepted rows as they are stored."""
        registry = self._store.registry(tenant)
        heads = self._heads_of(tenant, columns)
        used = np.flatnonzero(np.bincount(columns.stream, minlength=len(heads)))
        numbers = np.zeros(len(heads), dtype=np.int64)
        numbers[used] = [registry.number(heads[n].labels) for n in used.tolist()]
        rows = RowBatch(
            numbers=np.unique(numbers[used]),
            streams=numbers[columns.stream],
            timestamps_ns=columns.timestamp_ns,
            lines=texts_at(columns.buffer, columns.line_start, columns.line_size),
            levels=self._levels(columns, heads, self._limits.of(tenant)),
            metadata=self._metadata(columns),
        )
        # a key that all streams have as a label would be another label in a query: no use for a column
        labels = set.intersection(*({name for name, _ in heads[number].labels} for number in used.tolist()))
        return self._store.with_fields(rows, labels)

    def _heads_of(self, tenant: str, columns: PushColumns) -> list[StreamHead]:
        """What the labels of each stream of a push decide; kept by text, since agents send the same ones again and again."""
        known = self._heads.setdefault(self._limits.kind_of(tenant), {})
        heads: list[StreamHead] = []
        for text in columns.label_texts:
            head = known.get(text)
            if head is None:
                if len(known) >= _MOST_CACHED_HEADS:
                    known.clear()
                head = known[text] = stream_head(text, self._limits.of(tenant))
            heads.append(head)
        return heads

    def _admit(self, tenant: str, labels: LabelPairs, now: float) -> bool:
        """Whether a stream is among those the tenant may write to at a time."""
        most = self._limits.of(tenant).max_global_streams_per_user
        active = self._active.setdefault(tenant, {})
        if most and labels not in active and len(active) >= most:
            for old in [old for old, seen in list(active.items()) if seen < now - _ACTIVE_S]:
                active.pop(old, None)
            if len(active) >= most:
                return False
        active[labels] = now
        return True

    @staticmethod
    def _judge_rows(
        columns: PushColumns,
        heads: list[StreamHead],
        good: npt.NDArray[np.bool_],
        now_ns: int,
        discarded: Discarded,
        limits: Limits,
    ) -> npt.NDArray[np.bool_]:
        oldest_ns = now_ns - int(limits.reject_old_samples_max_age * 1e9) if limits.reject_old_samples else None
        newest_ns = now_ns + int(limits.creation_grace_period * 1e9)
        suspect = columns.timestamp_ns > newest_ns
        if oldest_ns is not None:
            suspect |= columns.timestamp_ns < oldest_ns
        if limits.max_line_size:
            suspect |= columns.line_size > limits.max_line_size
        if columns.metadata:
            suspect[list(columns.metadata)] = True
        for row in np.flatnonzero(suspect & good).tolist():
            text, size = heads[int(columns.stream[row])].text, int(columns.line_size[row])
            pairs = columns.metadata.get(row)
            fault = (
                time_fault(text, int(columns.timestamp_ns[row]), oldest_ns, newest_ns)
                or size_fault(text, size, limits)
                or (metadata_fault(text, pairs, limits) if pairs else None)
            )
            if fault is not None:
                good[row] = False
                discarded.add(*fault, lines=1, octets=size)
        return good

    def _levels(self, columns: PushColumns, heads: list[StreamHead], limits: Limits) -> I32:
        names: LevelNames = self._store.level_names
        if not limits.discover_log_levels:
            levels = np.full(len(columns.stream), -1, dtype=np.int32)
            for row, pairs in columns.metadata.items():
                levels[row] = names.code(dict(pairs).get(LEVEL_NAME, ""))
            return levels
        by_stream = np.array([names.code(head.level) for head in heads], dtype=np.int32)
        levels = by_stream[columns.stream]
        octets = columns.buffer.data
        for row, pairs in columns.metadata.items():
            _, stated = self._metadata_of(pairs)
            if stated and (levels[row] < 0 or any(name == LEVEL_NAME for name, _ in pairs)):
                levels[row] = names.code(stated)
        open_rows = np.flatnonzero(levels < 0)
        starts, sizes = columns.line_start[open_rows].tolist(), columns.line_size[open_rows].tolist()
        for row, start, size in zip(open_rows.tolist(), starts, sizes, strict=True):
            levels[row] = names.code(level_of_line(bytes(octets[start : start + size])))
        return levels

    def _metadata(self, columns: PushColumns) -> Texts | None:
        if not columns.metadata:
            return None
        texts = [b""] * len(columns.stream)
        for row, pairs in columns.metadata.items():
            texts[row] = self._metadata_of(pairs)[0]
        return texts_of(texts) if any(texts) else None

    def _metadata_of(self, pairs: LabelPairs) -> tuple[bytes, str]:
        """(JSON text without the level, level that the pairs state)."""
        known = self._metadata_texts.get(pairs)
        if known is None:
            if len(self._metadata_texts) >= _MOST_CACHED_HEADS:
                self._metadata_texts.clear()
            known = self._metadata_texts[pairs] = _metadata_text(pairs)
        return known


def _must_cut(columns: PushColumns, limits: Limits) -> bool:
    most = limits.max_line_size
    return limits.max_line_size_truncate and bool(most) and bool((columns.line_size > most).any())


def _cut(columns: PushColumns, limits: Limits) -> PushColumns:
    """Lines shortened to the limit, at a character's border."""
    if not _must_cut(columns, limits):
        return columns
    size = columns.line_size.copy()
    for row in np.flatnonzero(size > limits.max_line_size).tolist():
        start = int(columns.line_start[row])
        end = start + limits.max_line_size
        while end > start and columns.buffer[end] & 0xC0 == 0x80:
            end -= 1
        size[row] = end - start
    return replace(columns, line_size=size)


def _metadata_text(pairs: LabelPairs) -> tuple[bytes, str]:
    named = dict(pairs)
    stated = known_level(named.pop(LEVEL_NAME, "")) or level_of_labels(named)
    if not stated and "severity_number" in named:
        stated = level_of_severity_number(named["severity_number"])
    clean = {_clean_name(name): value for name, value in named.items() if name and value}
    text = json.dumps(dict(sorted(clean.items())), ensure_ascii=False, separators=(",", ":")).encode() if clean else b""
    return text, stated


def _clean_name(name: str) -> str:
    clean = _BAD_NAME_CHARACTER.sub("_", name)
    return f"key_{clean}" if clean[0].isdigit() else clean


def _stream_limit_message(tenant: str, text: str) -> str:
    return (
        f"Maximum active stream limit exceeded when trying to create stream {text}, reduce the number of active streams "
        "(reduce labels or reduce label values), or contact your Loki administrator to see if the limit can be increased, "
        f"user: '{tenant}'"
    )
