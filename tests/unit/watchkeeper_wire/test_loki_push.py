"""What a push request looks like on the wire, byte by byte, and what is refused."""

from __future__ import annotations

import cramjam
import pytest

from watchkeeper_wire.loki_labels import LabelsUnreadable, labels_text, parse_labels
from watchkeeper_wire.loki_push import (
    Entry,
    PushUnreadable,
    Stream,
    compress_block,
    decode_push,
    decode_push_json,
    decompress_block,
    encode_push,
    encode_push_json,
)

# PushRequest{streams:[{labels:'{a="b"}', entries:[{timestamp:{seconds:1,nanos:2}, line:"hi", metadata:[{k: v}]}]}]}
BY_HAND = b'\x0a\x1f\x0a\x07{a="b"}\x12\x14\x0a\x04\x08\x01\x10\x02\x12\x02hi\x1a\x08\x0a\x01k\x12\x03val'
STREAM = Stream({"a": "b"}, [Entry(1_000_000_002, "hi", {"k": "val"})])


def test_a_push_is_encoded_as_the_schema_says() -> None:
    assert encode_push([STREAM]) == BY_HAND


def test_a_push_written_by_hand_is_decoded() -> None:
    assert decode_push(BY_HAND) == [STREAM]


def test_zero_and_negative_times_survive() -> None:
    stream = Stream({"a": "b"}, [Entry(0, ""), Entry(-1, "before the epoch")])
    assert decode_push(encode_push([stream])) == [stream]


def test_json_has_string_times_and_an_optional_third_member() -> None:
    body = encode_push_json([Stream({"a": "b"}, [Entry(5, "x"), Entry(6, "y", {"k": "v"})])])
    assert body == b'{"streams":[{"stream":{"a":"b"},"values":[["5","x"],["6","y",{"k":"v"}]]}]}'
    assert decode_push_json(body) == [Stream({"a": "b"}, [Entry(5, "x"), Entry(6, "y", {"k": "v"})])]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"streams":[{"stream":{"a":1},"values":[]}]}', b'{"streams":[{"stream":{},"values":[[5,"x"]]}]}',
     b'{"streams":[{"stream":{},"values":[["5"]]}]}', b'{"streams":[{"stream":{},"values":[["5","x",{"a":1}]]}]}'],
)  # fmt: skip
def test_json_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(PushUnreadable):
        decode_push_json(body)


def test_every_truncation_of_a_push_is_refused_or_shorter() -> None:
    for cut in range(1, len(BY_HAND)):
        with pytest.raises(PushUnreadable):
            decode_push(BY_HAND[:cut])


def test_the_block_around_a_push_is_snappy_without_frames() -> None:
    assert cramjam.snappy.decompress_raw(compress_block(BY_HAND)) == cramjam.Buffer(BY_HAND)
    assert decompress_block(compress_block(BY_HAND), 1000) == BY_HAND


def test_a_block_that_announces_too_much_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(PushUnreadable, match="too large"):
        decompress_block(compress_block(bytes(2000)), 1000)


def test_bytes_that_are_no_snappy_are_refused() -> None:
    with pytest.raises(PushUnreadable, match="snappy"):
        decompress_block(b"\xff\xff\xff\xff\xff\xff\xff\xff", 1000)


def test_label_text_is_sorted_and_escaped() -> None:
    assert labels_text({"b": 'say "hi"\n', "a": "\\"}) == '{a="\\\\", b="say \\"hi\\"\\n"}'


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("{}", ()),
        (' { b = "2" , a="1", } ', (("a", "1"), ("b", "2"))),
        ("{a=`x\\y`}", (("a", "x\\y"),)),
        ('{a="\\x41\\u00e4\\101\\t"}', (("a", "AäA\t"),)),
    ],
)
def test_label_text_is_read_as_loki_reads_it(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert parse_labels(text) == pairs


@pytest.mark.parametrize(
    "text", ["", "a", "{a}", "{a=1}", '{a="1"', '{a="1" b="2"}', '{1="a"}', '{a="1",a="2"}', '{a="\\q"}', "{,}"]
)
def test_text_that_is_no_label_set_is_refused(text: str) -> None:
    with pytest.raises(LabelsUnreadable):
        parse_labels(text)


def test_json_from_before_loki_1_is_read() -> None:
    body = (
        b'{"streams": [{"labels": "{app=\\"a\\", env=`b`}", "entries": ['
        b'{"ts": "2018-12-18T08:28:06.801064321-04:00", "line": "x"}, {"timestamp": "2018-12-18t12:28:06Z", "line": "y"}]}]}'
    )
    second = 1_545_136_086 * 10**9
    assert decode_push_json(body) == [Stream({"app": "a", "env": "b"}, [Entry(second + 801_064_321, "x"), Entry(second, "y")])]


@pytest.mark.parametrize(
    "stream",
    [
        b'{"labels": "{a=\\"b\\"}", "entries": 5}',
        b'{"labels": "{a=\\"b\\"}", "entries": [{"ts": "today", "line": "x"}]}',
        b'{"labels": "{a=\\"b\\"}", "entries": [{"ts": "2018-13-18T12:28:06Z", "line": "x"}]}',
        b'{"labels": "{a=\\"b\\"}", "entries": [{"ts": "2018-12-18T12:28:06Z"}]}',
        b'{"labels": "{a=\\"b\\"}", "entries": ["x"]}',
    ],
)
def test_a_broken_stream_of_that_form_is_refused(stream: bytes) -> None:
    with pytest.raises(PushUnreadable):
        decode_push_json(b'{"streams": [' + stream + b"]}")
