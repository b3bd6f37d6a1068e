"""The few requests of Kafka's protocol that an exporter needs, in versions that brokers 2.1 to 4 understand. No sockets.

Integers are big-endian; a string is its length in two bytes and UTF-8, an array its length in four bytes and its items.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

METADATA, LIST_OFFSETS, OFFSET_FETCH, LIST_GROUPS, DESCRIBE_GROUPS = 3, 2, 9, 16, 15
VERSIONS: Mapping[int, int] = {METADATA: 1, LIST_OFFSETS: 1, OFFSET_FETCH: 2, LIST_GROUPS: 0, DESCRIBE_GROUPS: 0}
NEWEST, OLDEST = -1, -2
"""Which offset is asked for, as a time stamp."""
_CLIENT = "watchkeeper"
_LARGEST_ARRAY = 1_000_000


class Malformed(ValueError):
    """The answer is not what the protocol says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """``leader`` is -1 where there is none. ``replicas``: the first is the preferred leader."""

    number: int
    leader: int
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Brokers by id as (host, port); partitions by topic, internal topics too."""

    brokers: Mapping[int, tuple[str, int]]
    topics: Mapping[str, tuple[Partition, ...]]


def request(key: int, correlation: int, body: bytes) -> bytes:
    """A whole request with its length in front."""
    head = struct.pack(">hhi", key, VERSIONS[key], correlation) + string(_CLIENT)
    return struct.pack(">i", len(head) + len(body)) + head + body


def string(value: str) -> bytes:
    """A string as it is written in requests."""
    encoded = value.encode()
    return struct.pack(">h", len(encoded)) + encoded


def array(items: Iterable[bytes]) -> bytes:
    """An array of what is encoded already."""
    written = list(items)
    return struct.pack(">i", len(written)) + b"".join(written)


EVERYTHING = struct.pack(">i", -1)
"""A missing array: all topics."""


def list_offsets(which: int, partitions: Mapping[str, Sequence[int]]) -> bytes:
    """Body that asks for one offset of each partition."""
    topics = (
        string(topic) + array(struct.pack(">iq", number, which) for number in numbers) for topic, numbers in partitions.items()
    )
    return struct.pack(">i", -1) + array(topics)


class Reader:
    """Reads an answer from its front. Raises Malformed where it ends too early or counts wildly."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def _take(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._content):
            raise Malformed("cannot read the answer: it ends too early")
        taken = self._content[self._at : self._at + count]
        self._at += count
        return taken

    def flag(self) -> bool:
        return self._take(1) != b"\0"

    def int16(self) -> int:
        return int.from_bytes(self._take(2), signed=True)

    def int32(self) -> int:
        return int.from_bytes(self._take(4), signed=True)

    def int64(self) -> int:
        return int.from_bytes(self._take(8), signed=True)

    def string(self) -> str:
        """An absent one is empty."""
        length = self.int16()
        return "" if length == -1 else self._take(length).decode(errors="replace")

    def blob(self) -> None:
        """Bytes that nobody looks at."""
        length = self.int32()
        if length != -1:
            self._take(length)

    def array(self, item: Callable[[], T]) -> list[T]:
        count = self.int32()
        if count > _LARGEST_ARRAY:
            raise Malformed(f"cannot read the answer: an array of {count} items")
        return [item() for _ in range(max(count, 0))]


def read_metadata(reader: Reader) -> Metadata:
    """The answer to METADATA."""

    def broker() -> tuple[int, tuple[str, int]]:
        identity, host, port = reader.int32(), reader.string(), reader.int32()
        reader.string()  # rack
        return identity, (host, port)

    def partition() -> Partition:
        reader.int16()  # an error here shows as a missing leader
        number, leader = reader.int32(), reader.int32()
        replicas, in_sync = reader.array(reader.int32), reader.array(reader.int32)
        return Partition(number=number, leader=leader, replicas=tuple(replicas), in_sync=tuple(in_sync))

    def topic() -> tuple[str, tuple[Partition, ...]]:
        reader.int16()
        name = reader.string()
        reader.flag()  # whether it is internal
        return name, tuple(sorted(reader.array(partition), key=lambda one: one.number))

    brokers = dict(reader.array(broker))
    reader.int32()  # controller
    return Metadata(brokers=brokers, topics=dict(sorted(reader.array(topic))))


def read_offsets(reader: Reader) -> dict[tuple[str, int], int]:
    """The answer to LIST_OFFSETS: (topic, partition) → offset, without those that failed."""
    found: dict[tuple[str, int], int] = {}

    def topic() -> None:
        name = reader.string()

        def partition() -> None:
            number, error = reader.int32(), reader.int16()
            reader.int64()  # time stamp
            offset = reader.int64()
            if not error:
                found[name, number] = offset

        reader.array(partition)

    reader.array(topic)
    return found


def read_groups(reader: Reader) -> list[str]:
    """The answer to LIST_GROUPS: names of consumer groups (others are Connect's and such), sorted."""
    reader.int16()
    groups = reader.array(lambda: (reader.string(), reader.string()))
    return sorted(name for name, kind in groups if kind in ("consumer", ""))


def read_members(reader: Reader) -> dict[str, int]:
    """The answer to DESCRIBE_GROUPS: group → members, without those that failed."""

    def member() -> None:
        for _ in range(3):
            reader.string()
        reader.blob()
        reader.blob()

    def group() -> tuple[int, str, int]:
        error, name = reader.int16(), reader.string()
        for _ in range(3):
            reader.string()
        return error, name, len(reader.array(member))

    return {name: members for error, name, members in reader.array(group) if not error}


def read_committed(reader: Reader) -> dict[tuple[str, int], int]:
    """The answer to OFFSET_FETCH: (topic, partition) → offset, without those that were never committed."""
    found: dict[tuple[str, int], int] = {}

    def topic() -> None:
        name = reader.string()

        def partition() -> None:
            number, offset = reader.int32(), reader.int64()
            reader.string()
            error = reader.int16()
            if not error and offset >= 0:
                found[name, number] = offset

        reader.array(partition)

    reader.array(topic)
    return found
