"""A Loki push request read by column: positions of lines in one buffer, and arrays of times, instead of an object per line.

For a server, where an object per line would cost more than everything else together. `loki_push` reads the same bytes into
objects; both give the same answer for every request (tests/properties).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from watchkeeper_wire.loki_labels import LabelPairs
from watchkeeper_wire.loki_push import PushUnreadable, fields, read_pair, read_timestamp, read_varint, unpacked_size
from watchkeeper_wire.octet_words import MASKS, U64, count_above_ascii, places_of, words_of

I64: TypeAlias = npt.NDArray[np.int64]
I32: TypeAlias = npt.NDArray[np.int32]
Bytes: TypeAlias = npt.NDArray[np.uint8]

_NS = 1_000_000_000
_LAST_SECOND = (1 << 63) // _NS - 1
TAIL = 32  # zero bytes behind the buffer, so that looking a few bytes ahead never leaves it


@dataclass(frozen=True, slots=True, kw_only=True)
class PushColumns:
    """Rows in the order sent. Row ``i`` is ``buffer[line_start[i]:line_start[i] + line_size[i]]``, valid UTF-8.

    At least `TAIL` bytes follow the last line in ``buffer``.

    ``label_texts[stream[i]]`` is the row's label set as the sender wrote it. ``metadata`` has the rows that carry structured
    metadata, pairs in the order sent. ``wide_rows`` are the rows whose line is not pure ASCII.
    """

    buffer: Bytes
    label_texts: tuple[str, ...]
    stream: I32
    timestamp_ns: I64
    line_start: I64
    line_size: I64
    metadata: dict[int, LabelPairs] = field(default_factory=dict)
    wide_rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entries:
    """Entries of one request; ``end`` is where each entry ends, so that ``line_end < end`` tells of metadata."""

    start: I64
    end: I64
    timestamp_ns: I64
    line_start: I64
    line_end: I64
    continuation_bytes: int


def decode_block(body: bytes, max_size_bytes: int) -> PushColumns:
    """Read a push request inside a snappy block, unpacked once and never copied. Raises PushUnreadable, PushTooLarge."""
    import cramjam

    size = unpacked_size(body, max_size_bytes)
    padded = np.empty(size + TAIL, dtype=np.uint8)
    padded[size:] = 0
    try:
        cramjam.snappy.decompress_raw_into(body, padded.data)
    except Exception as failure:
        raise PushUnreadable("snappy: corrupt input") from failure
    return _decode(padded)


def decode_columns(payload: bytes) -> PushColumns:
    """Read an uncompressed protobuf push request. Raises PushUnreadable."""
    return _decode(np.frombuffer(payload + bytes(TAIL), dtype=np.uint8))


def _decode(padded: Bytes) -> PushColumns:
    payload = padded.data[:-TAIL]
    size = len(payload)
    labels: list[str] = []
    begins: list[int] = []
    spans: list[tuple[int, int]] = []
    at = 0
    while at < size:
        key, at = read_varint(payload, at, size)
        length, at = read_varint(payload, at, size) if key & 7 == 2 else (0, at)
        if key != 0x0A:
            raise PushUnreadable(f"proto: unexpected tag {key} in PushRequest")
        end = at + length
        if end > size:
            raise PushUnreadable("unexpected EOF")
        text, begin = _leading_labels(payload, at, end)
        labels.append(text)
        begins.append(begin)
        spans.append((at, end))
        at = end
    ends = np.array([end for _, end in spans], dtype=np.int64)
    fast = _all_entries(padded, np.array(begins, dtype=np.int64), ends) if labels else None
    if fast is None:
        return _decode_slowly(padded, spans)
    entries, stream = fast
    rows = PushColumns(
        buffer=padded,
        label_texts=tuple(labels),
        stream=stream,
        timestamp_ns=entries.timestamp_ns,
        line_start=entries.line_start,
        line_size=entries.line_end - entries.line_start,
        metadata=_metadata(payload, entries),
    )
    return rows if _all_lines_are_ascii(padded, entries, spans, begins) else _with_valid_text(rows)


def _all_lines_are_ascii(padded: Bytes, entries: _Entries, spans: list[tuple[int, int]], begins: list[int]) -> bool:
    """Tell by counting: all bytes above 0x7f are accounted for by the heads of streams and entries."""
    if bool(np.any(entries.line_end < entries.end)):
        return False
    heads = entries.continuation_bytes
    before = 0
    for (start, end), begin in zip(spans, begins, strict=True):
        heads += count_above_ascii(padded[before : max(start, begin)])
        before = end
    return heads == count_above_ascii(padded)


def _leading_labels(payload: memoryview, at: int, end: int) -> tuple[str, int]:
    """The label text if it is the stream's first field, as every sender writes it, and where the entries begin."""
    if at < end and payload[at] == 0x0A:
        length, start = read_varint(payload, at + 1, end)
        if start + length > end:
            raise PushUnreadable("unexpected EOF")
        return str(payload[start : start + length], "utf-8", "replace"), start + length
    return "", -1


def _lengths(padded: Bytes, at: I64) -> tuple[I64, I64]:
    """Varints of up to four bytes at the given places: (value, size in bytes); size 9 where one is longer."""
    one, two, three, four = (padded[at + i].astype(np.int64) for i in range(4))
    value = one & 0x7F
    width = np.ones_like(at)
    more = one >= 0x80
    for position, byte in enumerate((two, three, four), start=1):
        value = np.where(more, value | (byte & 0x7F) << (7 * position), value)
        width = np.where(more, position + 1, width)
        more = more & (byte >= 0x80)
    return value, np.where(more, 9, width)


def _short_lengths(padded: Bytes, at: I64) -> tuple[I64, I64]:
    """As `_lengths`, with the common case of one- and two-byte varints decided first."""
    one = padded[at].astype(np.int64)
    two = padded[at + 1].astype(np.int64)
    more = one >= 0x80
    if bool(np.any(more & (two >= 0x80))):
        return _lengths(padded, at)
    return np.where(more, one & 0x7F | two << 7, one), 1 + more.astype(np.int64)


def _sevens(groups: U64, count: int) -> U64:
    """The number in the lower seven bits of the first ``count`` bytes of each word."""
    number = groups & np.uint64(0x7F)
    for place in range(1, count):
        number |= (groups >> np.uint64(place)) & np.uint64(0x7F << (7 * place))
    return number


def _stamps(words: U64, start: I64, size: U64) -> U64 | None:
    """Times in ns of Timestamp messages that hold five-byte seconds (1978 to 3058) and any nanos; None for others.

    ``words`` has the word that begins at each byte, ``size`` the size of each message.
    """
    if bool(np.any((size < 6) | (size == 7) | (size > 12))):
        return None
    raw = words[start + 1]
    if bool(np.any(raw & np.uint64(0x8080808080) != np.uint64(0x0080808080))):
        return None
    seconds = _sevens(raw, 5)
    if bool(np.any(seconds > _LAST_SECOND)):
        return None
    rest = words[start + 6]
    width = np.maximum(size, np.uint64(7)) - np.uint64(7)
    if bool(np.any((rest & np.uint64(0xFF) != 0x10) & (width > 0))):
        return None
    nanos = rest >> np.uint64(8) & MASKS[width]
    if bool(np.any(nanos & np.uint64(0x8080808080) != _CONTINUED[width])):
        return None
    return seconds * np.uint64(_NS) + _sevens(nanos, 5)


_CONTINUED = MASKS[[0, 0, 1, 2, 3, 4]] & np.uint64(0x8080808080)
"""By width: the highest bits of a varint of so many bytes."""


def _heads(words: U64, padded: Bytes) -> tuple[I64, I64, I64, U64]:
    """(start, end, start of the timestamp, its size) of whatever looks like an entry."""
    heads = places_of(padded, 0, len(padded) - TAIL, b"\x12")
    raw = words[heads + 1]
    size = raw & np.uint64(0x7F)
    more = (raw & np.uint64(0x80)) != 0
    if bool(np.any(more & (raw & np.uint64(0x8000) != 0))):
        long, width = _lengths(padded, heads + 1)
        inner = heads + 1 + width
        raw = words[np.minimum(inner, len(words) - 1)]
        ok = (raw & np.uint64(0xFFF0FF) == np.uint64(0x08000A)) & (width < 9)
        end = inner + long
    else:
        size |= np.where(more, raw >> np.uint64(1) & np.uint64(0x3F80), np.uint64(0))
        raw >>= np.where(more, np.uint64(16), np.uint64(8))
        ok = raw & np.uint64(0xFFF0FF) == np.uint64(0x08000A)
        inner = heads + 2 + more
        end = inner + size.astype(np.int64)
    return heads[ok], end[ok], inner[ok] + 2, raw[ok] >> np.uint64(8) & np.uint64(0xFF)


def _all_entries(padded: Bytes, begins: I64, ends: I64) -> tuple[_Entries, I32] | None:
    """Find all entries at once, without a loop over lines; None where the request is unusual and has to be walked.

    Every place that looks like an entry's head is a candidate. The candidates are the entries if, and only if, each begins
    where the one before it ends, from a stream's first to its end: then the chain is the very walk a parser would make.
    """
    if bool(np.any(begins < 0)):
        return None
    words = words_of(padded)
    size = len(padded) - TAIL
    start, end, stamp_start, stamp_size = _heads(words, padded)
    if not start.size:
        return None
    stamp_end = stamp_start + stamp_size.astype(np.int64)
    if bool(np.any(end > size)) or bool(np.any(padded[np.minimum(stamp_end, size)] != 0x12)):
        return None
    first = np.searchsorted(start, begins)
    filled = begins < ends
    if bool(np.any(first[filled] >= start.size)):
        return None
    expected = np.empty_like(start)
    expected[1:] = end[:-1]
    expected[first[filled]] = begins[filled]
    behind = np.searchsorted(start, ends)
    if not np.array_equal(expected, start) or not np.array_equal(end[behind - 1][filled], ends[filled]):
        return None
    stamps = _stamps(words, stamp_start, stamp_size)
    if stamps is None:
        return None
    line_size, line_width = _short_lengths(padded, stamp_end + 1)
    line_start = stamp_end + 1 + line_width
    line_end = line_start + line_size
    if bool(np.any(line_end > end)) or bool(np.any(line_width == 9)):
        return None
    stream = np.repeat(np.arange(len(ends), dtype=np.int32), np.where(filled, behind - first, 0))
    # every byte of these heads above 0x7f is one that continues a varint: known by number, so the lines' own can be told
    nanos_width = np.maximum(stamp_size.astype(np.int64) - 7, 0)
    above = int(
        (stamp_start - start - 4).sum() + 4 * start.size + np.maximum(nanos_width - 1, 0).sum() + (line_width - 1).sum()
    )
    return _Entries(start, end, stamps.astype(np.int64), line_start, line_end, above), stream


def _metadata(payload: memoryview, entries: _Entries) -> dict[int, LabelPairs]:
    """Structured metadata of the rows that have some. Equal bytes are read once: senders repeat themselves."""
    found: dict[int, LabelPairs] = {}
    known: dict[bytes, LabelPairs] = {}
    for row in np.flatnonzero(entries.line_end < entries.end).tolist():
        raw = bytes(payload[entries.line_end[row] : entries.end[row]])
        pairs = known.get(raw)
        if pairs is None:
            pairs = known[raw] = tuple(
                read_pair(raw, start, stop)
                for number, kind, start, stop in fields(raw, 0, len(raw))
                if number == 3 and kind == 2
            )
        if pairs:
            found[row] = pairs
    return found


def _decode_slowly(padded: Bytes, spans: list[tuple[int, int]]) -> PushColumns:
    """Walk the request entry by entry: right for every valid encoding, at about a microsecond and a half per line."""
    payload = padded.data[:-TAIL]
    labels: list[str] = []
    rows: list[tuple[int, int, int, int]] = []
    metadata: dict[int, LabelPairs] = {}
    for stream, (begin, finish) in enumerate(spans):
        text = ""
        for number, kind, at, stop in fields(payload, begin, finish):
            if number == 1 and kind == 2:
                text = str(payload[at:stop], "utf-8", "replace")
            if number != 2 or kind != 2:
                continue
            stamp, line_start, line_end, pairs = 0, at, at, []
            for inner, inner_kind, start, end in fields(payload, at, stop):
                if inner_kind == 2 and inner == 1:
                    stamp = read_timestamp(payload, start, end)
                elif inner_kind == 2 and inner == 2:
                    line_start, line_end = start, end
                elif inner_kind == 2 and inner == 3:
                    pairs.append(read_pair(payload, start, end))
            if pairs:
                metadata[len(rows)] = tuple(pairs)
            if not -(1 << 63) <= stamp < 1 << 63:
                raise PushUnreadable("cannot read a timestamp outside 1677 to 2262")
            rows.append((stream, stamp, line_start, line_end - line_start))
        labels.append(text)
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    columns = PushColumns(
        buffer=padded,
        label_texts=tuple(labels),
        stream=table[:, 0].astype(np.int32),
        timestamp_ns=table[:, 1].copy(),
        line_start=table[:, 2].copy(),
        line_size=table[:, 3].copy(),
        metadata=metadata,
    )
    return _with_valid_text(columns)


def _with_valid_text(rows: PushColumns) -> PushColumns:
    """Replace bytes that are no UTF-8 (they become U+FFFD) and note which lines are wider than ASCII."""
    places = np.flatnonzero(rows.buffer >= 0x80)
    order = np.argsort(rows.line_start, kind="stable")
    begins = rows.line_start[order]
    owner = np.searchsorted(begins, places, side="right") - 1
    owned = owner >= 0
    owner, places = owner[owned], places[owned]
    inside = places < begins[owner] + rows.line_size[order][owner]
    suspects = np.unique(order[owner[inside]]).tolist()
    if not suspects:
        return rows
    extra: list[bytes] = []
    payload = rows.buffer.data
    line_start, line_size, end = rows.line_start.copy(), rows.line_size.copy(), len(rows.buffer) - TAIL
    for row in suspects:
        line = bytes(payload[line_start[row] : line_start[row] + line_size[row]])
        try:
            line.decode()
        except UnicodeDecodeError:
            fixed = line.decode("utf-8", "replace").encode()
            extra.append(fixed)
            line_start[row], line_size[row] = end, len(fixed)
            end += len(fixed)
    return PushColumns(
        buffer=np.frombuffer(bytes(payload[:-TAIL]) + b"".join(extra) + bytes(TAIL), dtype=np.uint8) if extra else rows.buffer,
        label_texts=rows.label_texts,
        stream=rows.stream,
        timestamp_ns=rows.timestamp_ns,
        line_start=line_start,
        line_size=line_size,
        metadata=rows.metadata,
        wide_rows=tuple(suspects),
    )
