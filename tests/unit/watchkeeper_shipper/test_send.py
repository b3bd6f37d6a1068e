"""The sending thread between a real outbox, a real buffer and a real HTTP server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.shipper_stage import Receiver, free_port, wait_until

from watchkeeper_shipper.batch import Batch, BatchBuilder, Outbox
from watchkeeper_shipper.buffer import DiskBuffer
from watchkeeper_shipper.identity import Inode, fingerprint
from watchkeeper_shipper.metrics import Metrics
from watchkeeper_shipper.positions import FileMark, FilePosition, Positions
from watchkeeper_shipper.push import PushClient
from watchkeeper_shipper.send import Sender, backoff_s
from watchkeeper_wire.loki_push import Entry


def a_mark(offset: int) -> FileMark:
    return FileMark(offset=offset, fingerprint=fingerprint(b""), last_ns=1)


def a_batch(number: int) -> Batch:
    builder = BatchBuilder()
    builder.add("s", (("job", "x"),), [Entry(number, f"line {number}")], 6, 0.0)
    builder.mark("1", a_mark(number))
    return builder.take()


class Post:
    """Everything a sender works with; the store is away until `store_up`."""

    def __init__(self, folder: Path, buffer_max_bytes: int = 1 << 20) -> None:
        self.port = free_port()
        self.receiver: Receiver | None = None
        self.positions = Positions(folder / "p.json")
        self.positions.register(
            "1", FilePosition(source="s", path="/x", inode=Inode(1, 1), mark=a_mark(0), size_bytes=0, seen_s=0)
        )
        self.metrics = Metrics()
        self.outbox = Outbox(100, lambda: None)
        self.buffer = DiskBuffer(folder / "buffer", buffer_max_bytes)
        client = PushClient(f"http://127.0.0.1:{self.port}/loki/api/v1/push", None)
        self.sender = Sender(self.outbox, self.buffer, client, self.positions, self.metrics)

    def store_up(self) -> Receiver:
        self.receiver = Receiver(self.port)
        return self.receiver

    def recorded(self) -> int:
        return self.positions.delivered("1").offset

    def end(self) -> None:
        self.sender.stop(1.0)
        if self.receiver is not None:
            self.receiver.die()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path)
    yield post
    if post.sender.alive:
        post.end()


@pytest.mark.parametrize(
    ("failures", "shortest_s", "longest_s"), [(1, 0.05, 0.1), (2, 0.1, 0.2), (5, 0.8, 1.6), (7, 2.5, 5.0), (10_000, 2.5, 5.0)]
)
def test_waits_double_up_to_five_seconds_and_are_spread(failures: int, shortest_s: float, longest_s: float) -> None:
    assert backoff_s(failures, 0.0) == pytest.approx(shortest_s)
    assert backoff_s(failures, 1.0) == pytest.approx(longest_s)


def test_a_batch_is_recorded_once_it_is_acknowledged(post: Post) -> None:
    receiver = post.store_up()
    post.sender.start()
    post.outbox.put(a_batch(7))
    wait_until(lambda: post.recorded() == 7)
    assert receiver.lines() == ["line 7"]
    assert len(post.buffer) == 0


def test_a_batch_is_recorded_in_the_buffer_and_everything_comes_out_in_order(post: Post) -> None:
    post.sender.start()
    for number in range(1, 6):
        post.outbox.put(a_batch(number))
    wait_until(lambda: post.recorded() == 5)
    assert len(post.buffer) == 5
    receiver = post.store_up()
    post.outbox.put(a_batch(6))
    wait_until(lambda: len(receiver.lines()) == 6)
    assert receiver.lines() == [f"line {number}" for number in range(1, 7)]
    wait_until(lambda: len(post.buffer) == 0 and not post.sender.backlog)


def test_nothing_is_recorded_that_neither_store_nor_buffer_took(tmp_path: Path) -> None:
    post = Post(tmp_path, buffer_max_bytes=2 * 4096)
    try:
        post.sender.start()
        for number in range(1, 6):
            post.outbox.put(a_batch(number))
        wait_until(lambda: post.recorded() == 2)
        receiver = post.store_up()
        wait_until(lambda: post.recorded() == 5)
        wait_until(lambda: len(receiver.lines()) == 5)
        assert receiver.lines() == [f"line {number}" for number in range(1, 6)]
    finally:
        post.end()


def test_a_damaged_parcel_is_counted_and_does_not_hold_up_the_rest(post: Post) -> None:
    for number in range(1, 4):
        assert post.buffer.append(a_batch(number).parcel())
    damaged = min((path for path in post.buffer.folder.iterdir()), key=lambda path: path.name)
    damaged.write_bytes(b"{}")
    receiver = post.store_up()
    post.sender.start()
    wait_until(lambda: receiver.lines() == ["line 2", "line 3"])
    assert "watchkeeper_shipper_damaged_buffer_batches_total 1.0" in post.metrics.page().decode()


def test_a_stop_without_a_store_puts_what_waits_into_the_buffer(post: Post) -> None:
    post.sender.start()
    post.outbox.put(a_batch(1))
    wait_until(lambda: post.sender.backlog)
    for number in range(2, 5):
        post.outbox.put(a_batch(number))
    post.sender.stop(2.0)
    assert not post.sender.alive
    assert (post.recorded(), len(post.buffer)) == (4, 4)
