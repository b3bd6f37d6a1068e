"""What the services tell each other: a job over RabbitMQ, its outcome over Kafka. JSON, checked where it comes in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from network_monitor.surroundings import Address, read_address


class Unreadable(Exception):
    """A message that is not one of ours. Handling it again would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Somebody wants to know whether a device can be reached."""

    check: UUID
    device: str
    address: Address

    def encoded(self) -> bytes:
        return json.dumps({"check": str(self.check), "device": self.device, "address": str(self.address)}).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a check found. ``latency_ms`` is that of the connection, None where there was none."""

    check: UUID
    device: str
    reachable: bool
    latency_ms: float | None

    def encoded(self) -> bytes:
        return json.dumps(asdict(self) | {"check": str(self.check)}).encode()


def read_job(body: bytes) -> Job:
    """Raises Unreadable."""
    fields = _fields(body)
    try:
        return Job(check=UUID(fields["check"]), device=_text(fields["device"]), address=read_address(_text(fields["address"])))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"cannot read a job: {error}") from error


def read_outcome(body: bytes) -> Outcome:
    """Raises Unreadable."""
    fields = _fields(body)
    try:
        latency_ms, reachable = fields["latency_ms"], fields["reachable"]
        if not isinstance(reachable, bool):
            raise TypeError("reachable is neither true nor false")
        return Outcome(
            check=UUID(fields["check"]),
            device=_text(fields["device"]),
            reachable=reachable,
            latency_ms=None if latency_ms is None else float(latency_ms),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"cannot read an outcome: {error}") from error


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError as error:
        raise Unreadable(f"cannot read a message as JSON: {error}") from error
    if not isinstance(fields, dict):
        raise Unreadable("cannot read a message: it is no JSON object")
    return fields


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r} is no name")
    return value
