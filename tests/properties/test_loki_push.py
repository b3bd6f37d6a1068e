"""Requests read by column and requests read into objects are the same requests."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper_wire.loki_columns import PushColumns, decode_block, decode_columns
from watchkeeper_wire.loki_labels import labels_text, parse_labels
from watchkeeper_wire.loki_push import (
    Entry,
    PushUnreadable,
    Stream,
    compress_block,
    decode_push,
    decode_push_json,
    encode_push,
    encode_push_json,
)

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
# 0x12 0x.. 0x0a 0x.. 0x08 is what an entry's head looks like: lines that hold it must not mislead the reader
LINES = TEXT | st.sampled_from(["\x12\x08\x0a\x06\x08", "\x12\x0a\x0a\x02\x08\x01\x12\x03abc", "x" * 200, "ä" * 300, ""])
TIMES = st.integers(0, 4 * 10**18) | st.integers(10**18, 2 * 10**18) | st.sampled_from([-1, 0, 10**18, 10**9])
LABELS = st.dictionaries(NAMES, TEXT, max_size=3)
ENTRIES = st.builds(Entry, TIMES, LINES, st.just({}) | st.dictionaries(NAMES, TEXT, max_size=2))
STREAMS = st.lists(st.builds(Stream, LABELS, st.lists(ENTRIES, max_size=4)), max_size=4)
PLAIN_ENTRIES = st.builds(Entry, st.integers(10**18, 2 * 10**18), st.from_regex(r"[a-z =]{0,300}", fullmatch=True))
PLAIN_STREAMS = st.lists(st.builds(Stream, LABELS, st.lists(PLAIN_ENTRIES, min_size=1, max_size=4)), max_size=4)


def as_streams(columns: PushColumns) -> list[Stream]:
    entries: list[list[Entry]] = [[] for _ in columns.label_texts]
    for row, stream in enumerate(columns.stream.tolist()):
        start = int(columns.line_start[row])
        line = columns.buffer[start : start + int(columns.line_size[row])].tobytes().decode()
        entries[stream].append(Entry(int(columns.timestamp_ns[row]), line, dict(columns.metadata.get(row, ()))))
    return [Stream(dict(parse_labels(text)), found) for text, found in zip(columns.label_texts, entries, strict=True)]


@given(STREAMS | PLAIN_STREAMS)
def test_both_readers_of_protobuf_give_what_was_sent(streams: list[Stream]) -> None:
    payload = encode_push(streams)
    assert decode_push(payload) == streams
    assert as_streams(decode_columns(payload)) == streams
    assert as_streams(decode_block(compress_block(payload), 1 << 20)) == streams


@given(STREAMS)
def test_json_gives_what_was_sent(streams: list[Stream]) -> None:
    assert decode_push_json(encode_push_json(streams)) == streams


@given(st.dictionaries(NAMES, TEXT))
def test_label_text_is_read_back(labels: dict[str, str]) -> None:
    assert dict(parse_labels(labels_text(labels))) == labels


@given(PLAIN_STREAMS, st.data())
def test_a_damaged_request_is_refused_or_read_alike(streams: list[Stream], data: st.DataObject) -> None:
    payload = bytearray(encode_push(streams))
    if payload:
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    try:
        by_object = decode_push(bytes(payload))
    except ValueError:
        return
    if not all(-(1 << 63) <= entry.timestamp_ns < 1 << 63 for stream in by_object for entry in stream.entries):
        return
    try:
        by_column = as_streams(decode_columns(bytes(payload)))
    except PushUnreadable as refusal:
        assert "unexpected tag" in str(refusal)  # noqa: PT017  the object reader skips unknown fields of the request
        return
    assert by_column == by_object


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    payload = encode_push([Stream({"a": "b"}, [Entry(10**18, "good"), Entry(10**18 + 1, "bad?"), Entry(10**18 + 2, "wide ä")])])
    columns = decode_columns(payload.replace(b"bad?", b"bad\xff"))
    assert [entry.line for entry in as_streams(columns)[0].entries] == ["good", "bad\ufffd", "wide ä"]
    assert columns.wide_rows == (1, 2)
    assert np.all(columns.buffer[-32:] == 0)
