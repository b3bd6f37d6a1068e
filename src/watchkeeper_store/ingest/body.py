"""From the bytes of a push request, in any of its encodings, to columns. Pure."""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import numpy as np

from watchkeeper_store.ingest.verdict import PushRefused
from watchkeeper_wire.loki_columns import PushColumns, decode_block, decode_columns
from watchkeeper_wire.loki_labels import LabelsUnreadable, parse_labels
from watchkeeper_wire.loki_push import (
    Entry,
    PushTooLarge,
    PushUnreadable,
    Stream,
    compress_block,
    decompress_block,
    encode_push,
    streams_of_json,
)

_ENCODINGS = ("", "identity", "snappy", "gzip", "deflate")


class ReadPush(NamedTuple):
    """The rows of a push, and the same request as protobuf in a snappy block."""

    columns: PushColumns
    block: bytes


def read_push(body: bytes, content_type: str, content_encoding: str, max_size_bytes: int) -> ReadPush:
    """Read a push as Loki does: ``application/json`` is JSON, anything else protobuf, always in a snappy block.

    Raises PushRefused with 400, 413 or 415.
    """
    encoding = content_encoding.strip().lower()
    if encoding not in _ENCODINGS:
        raise PushRefused(415, f'Content-Encoding "{content_encoding}" not supported')
    media_type = content_type.split(";", 1)[0].strip().lower()
    try:
        if encoding in ("gzip", "deflate"):
            body = _inflate(body, encoding, max_size_bytes)
        if media_type != "application/json":
            return ReadPush(decode_block(body, max_size_bytes), body)
        if encoding == "snappy":
            body = decompress_block(body, max_size_bytes)
        if len(body) > max_size_bytes:
            raise PushTooLarge(f"message size too large than max ({len(body)} vs {max_size_bytes})")
        payload = encode_push(_json_streams(body))
        return ReadPush(decode_columns(payload), compress_block(payload))
    except PushTooLarge as failure:
        raise PushRefused(413, f"request body too large: {failure}") from failure
    except (PushUnreadable, LabelsUnreadable) as failure:
        raise PushRefused(400, str(failure)) from failure


def _inflate(body: bytes, encoding: str, max_size_bytes: int) -> bytes:
    # deflate is zlib's format by the standard and raw deflate in practice (Loki reads the raw one): take both
    windows = (31,) if encoding == "gzip" else (-15, 15)
    for window in windows:
        inflater = zlib.decompressobj(window)
        try:
            out = inflater.decompress(body, max_size_bytes + 1)
        except zlib.error:
            continue
        if len(out) > max_size_bytes:
            raise PushTooLarge(f"more than {max_size_bytes} bytes")
        if not inflater.eof and encoding == "gzip":
            raise PushUnreadable("unexpected EOF")
        return out
    raise PushUnreadable(f"{encoding}: invalid header")


def _json_streams(body: bytes) -> list[Stream]:
    import orjson

    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as failure:
        raise PushUnreadable(f"cannot read the JSON: {failure}") from failure
    return streams_of_json(document)


def narrowed(columns: PushColumns, keep: Any) -> PushColumns:
    """Only the rows where ``keep`` (a boolean per row) is true."""
    kept = np.flatnonzero(keep)
    position = {row: place for place, row in enumerate(kept.tolist())} if columns.metadata or columns.wide_rows else {}
    return PushColumns(
        buffer=columns.buffer,
        label_texts=columns.label_texts,
        stream=columns.stream[kept],
        timestamp_ns=columns.timestamp_ns[kept],
        line_start=columns.line_start[kept],
        line_size=columns.line_size[kept],
        metadata={position[row]: pairs for row, pairs in columns.metadata.items() if row in position},
        wide_rows=tuple(position[row] for row in columns.wide_rows if row in position),
    )


def encode_columns(columns: PushColumns) -> bytes:
    """The rows as an uncompressed protobuf request again, for the write-ahead log."""
    octets = columns.buffer.data
    entries: list[list[Entry]] = [[] for _ in columns.label_texts]
    rows = zip(
        columns.stream.tolist(),
        columns.timestamp_ns.tolist(),
        columns.line_start.tolist(),
        columns.line_size.tolist(),
        strict=True,
    )
    for row, (stream, timestamp_ns, start, size) in enumerate(rows):
        line = str(octets[start : start + size], "utf-8")
        entries[stream].append(Entry(timestamp_ns, line, dict(columns.metadata.get(row, ()))))
    streams = [
        Stream(dict(parse_labels(text)), found) for text, found in zip(columns.label_texts, entries, strict=True) if found
    ]
    return encode_push(streams)
