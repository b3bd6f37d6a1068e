from __future__ import annotations

import time

from watchkeeper_shipper.batch import BatchBuilder, Outbox, with_label
from watchkeeper_shipper.identity import fingerprint
from watchkeeper_shipper.positions import FileMark
from watchkeeper_wire.loki_push import Entry, decode_push, decompress_block

APP = (("job", "app"),)


def a_mark(offset: int) -> FileMark:
    return FileMark(offset=offset, fingerprint=fingerprint(b""), last_ns=1)


def test_a_parcel_holds_each_stream_once_in_the_order_of_its_lines() -> None:
    builder = BatchBuilder()
    builder.add("s", APP, [Entry(1, "a"), Entry(2, "b")], 2, 5.0)
    builder.add("s", with_label(APP, "level", "warn"), [Entry(3, "c")], 1, 6.0)
    builder.add("t", APP, [Entry(4, "d", {"level": "info"})], 1, 7.0)
    batch = builder.take()
    streams = decode_push(decompress_block(batch.parcel().body, 10_000))
    assert [(dict(stream.labels), [entry.line for entry in stream.entries]) for stream in streams] == [
        ({"job": "app"}, ["a", "b", "d"]),
        ({"job": "app", "level": "warn"}, ["c"]),
    ]
    assert (batch.lines, batch.text_bytes, batch.oldest_s) == ({"s": 3, "t": 1}, {"s": 3, "t": 1}, 5.0)


def test_the_newest_mark_of_a_file_wins_and_a_builder_is_empty_after_taking() -> None:
    builder = BatchBuilder()
    assert not builder
    builder.mark("1", a_mark(5))
    builder.mark("1", a_mark(9))
    assert builder
    assert builder.take().marks == {"1": a_mark(9)}
    assert not builder
    assert builder.take().marks == {}


def test_empty_lines_count_towards_the_size() -> None:
    builder = BatchBuilder()
    builder.add("s", APP, [Entry(1, "")] * 100, 0, 0.0)
    assert builder.size_bytes == 1600


def test_a_label_added_wins_over_one_of_the_same_name() -> None:
    assert with_label((("a", "1"), ("b", "2")), "a", "3") == (("a", "3"), ("b", "2"))


def test_an_interrupted_outbox_lets_nobody_wait_any_more() -> None:
    outbox = Outbox(1, lambda: None)
    outbox.interrupt()
    begun_s = time.monotonic()
    outbox.wait(30.0)
    assert time.monotonic() - begun_s < 5.0


def test_an_outbox_tells_when_it_has_room_again() -> None:
    told: list[bool] = []
    outbox = Outbox(1, lambda: told.append(True))
    builder = BatchBuilder()
    outbox.put(builder.take())
    assert not outbox.has_room()
    assert outbox.take() is not None
    assert (outbox.has_room(), outbox.take(), told) == (True, None, [True])
