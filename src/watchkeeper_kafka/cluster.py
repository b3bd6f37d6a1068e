"""Asks a cluster everything at once, with one deadline for each answer."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from watchkeeper_kafka.protocol import (
    DESCRIBE_GROUPS,
    EVERYTHING,
    LIST_GROUPS,
    LIST_OFFSETS,
    METADATA,
    NEWEST,
    OFFSET_FETCH,
    OLDEST,
    Malformed,
    Metadata,
    Reader,
    array,
    list_offsets,
    read_committed,
    read_groups,
    read_members,
    read_metadata,
    read_offsets,
    request,
    string,
)

TIMEOUT_S = 5.0
_LARGEST_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A consumer group. ``members`` is None where its broker does not tell; ``committed``: (topic, partition) → offset."""

    name: str
    members: int | None
    committed: Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A cluster at one moment. Offsets by (topic, partition)."""

    metadata: Metadata
    newest: Mapping[tuple[str, int], int] = field(default_factory=dict)
    oldest: Mapping[tuple[str, int], int] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()


class Connection:
    """One broker. Raises OSError and Malformed."""

    def __init__(self, host: str, port: int, timeout_s: float = TIMEOUT_S) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._correlation = 0

    def close(self) -> None:
        self._socket.close()

    def ask(self, key: int, body: bytes) -> Reader:
        """The answer's body."""
        self._correlation += 1
        self._socket.sendall(request(key, self._correlation, body))
        (length,) = struct.unpack(">i", self._receive(4))
        if not 4 <= length <= _LARGEST_ANSWER_BYTES:
            raise Malformed(f"cannot read an answer of {length} bytes: this is not Kafka")
        reader = Reader(self._receive(length))
        if reader.int32() != self._correlation:
            raise Malformed("cannot read the answer: it belongs to another request")
        return reader

    def _receive(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            chunk = self._socket.recv(min(65_536, count - len(received)))
            if not chunk:
                raise ConnectionError("the broker closed the connection")
            received += chunk
        return bytes(received)


@contextlib.contextmanager
def connected(host: str, port: int) -> Iterator[Connection]:
    """A connection for as long as it is needed."""
    connection = Connection(host, port)
    try:
        yield connection
    finally:
        connection.close()


def snapshot(host: str, port: int) -> Snapshot:
    """Everything, from the broker at that address and through it from the others. Raises OSError and Malformed.

    A broker that does not answer leaves its partitions' offsets and its groups out; the metadata shows what it led.
    """
    with connected(host, port) as first:
        metadata = read_metadata(first.ask(METADATA, EVERYTHING))
    newest: dict[tuple[str, int], int] = {}
    oldest: dict[tuple[str, int], int] = {}
    groups: list[Group] = []
    for identity, (its_host, its_port) in sorted(metadata.brokers.items()):
        led = {
            topic: numbers
            for topic, partitions in metadata.topics.items()
            if (numbers := [one.number for one in partitions if one.leader == identity])
        }
        try:
            with connected(its_host, its_port) as broker:
                newest |= read_offsets(broker.ask(LIST_OFFSETS, list_offsets(NEWEST, led)))
                oldest |= read_offsets(broker.ask(LIST_OFFSETS, list_offsets(OLDEST, led)))
                groups += _groups(broker)
        except (OSError, Malformed):
            continue
    return Snapshot(metadata=metadata, newest=newest, oldest=oldest, groups=tuple(sorted(groups, key=lambda group: group.name)))


def _groups(broker: Connection) -> Iterator[Group]:
    """The groups that this broker looks after."""
    names = read_groups(broker.ask(LIST_GROUPS, b""))
    if not names:
        return
    members = read_members(broker.ask(DESCRIBE_GROUPS, array(string(name) for name in names)))
    for name in names:
        committed = read_committed(broker.ask(OFFSET_FETCH, string(name) + EVERYTHING))
        yield Group(name=name, members=members.get(name), committed=committed)
