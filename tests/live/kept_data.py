"""Puts one thing into each database and queue of the platform preset, and looks whether it is still there."""

from __future__ import annotations

import base64
import json
import socket
import time
import urllib.request
from typing import Any, TypeAlias

from watchkeeper_kafka.cluster import connected, snapshot
from watchkeeper_kafka.protocol import METADATA, array, read_metadata, string

Place: TypeAlias = tuple[str, int]


def redis(place: Place, password: str, *words: str) -> bytes:
    """The answer to one command, as it comes over the wire."""
    commands = (("AUTH", password), words)
    sent = b"".join(
        f"*{len(command)}\r\n".encode() + b"".join(f"${len(word)}\r\n{word}\r\n".encode() for word in command)
        for command in commands
    )
    with socket.create_connection(place, timeout=5) as connection:
        connection.sendall(sent)
        received = connection.recv(4096)
        while received.count(b"\r\n") < 2:
            received += connection.recv(4096)
    assert received.startswith(b"+OK\r\n"), received
    return received.removeprefix(b"+OK\r\n")


def rabbit(place: Place, password: str, method: str, path: str, body: Any = None) -> Any:
    """One request to RabbitMQ's management page."""
    token = base64.b64encode(f"app:{password}".encode()).decode()
    request = urllib.request.Request(
        f"http://{place[0]}:{place[1]}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own address
        content = answer.read()
    return json.loads(content) if content else None


def keep_in_rabbit(place: Place, password: str) -> None:
    """A durable queue with one message that is written to disk."""
    rabbit(place, password, "PUT", "/api/queues/%2F/kept", {"durable": True})
    message = {"properties": {"delivery_mode": 2}, "routing_key": "kept", "payload": "42", "payload_encoding": "string"}
    assert rabbit(place, password, "POST", "/api/exchanges/%2F/amq.default/publish", message) == {"routed": True}


def kept_in_rabbit(place: Place, password: str) -> list[str]:
    """What the queue holds."""
    asked = {"count": 5, "ackmode": "ack_requeue_true", "encoding": "auto"}
    return [one["payload"] for one in rabbit(place, password, "POST", "/api/queues/%2F/kept/get", asked)]


def keep_in_kafka(place: Place) -> None:
    """A topic."""
    with connected(*place) as broker:
        broker.ask(METADATA, array([string("kept")]))  # naming a topic makes it
        deadline = time.monotonic() + 30
        while "kept" not in read_metadata(broker.ask(METADATA, array([string("kept")]))).topics:
            assert time.monotonic() < deadline


def kept_in_kafka(place: Place) -> int:
    """How many partitions the topic has."""
    return len(snapshot(*place).metadata.topics.get("kept", ()))
