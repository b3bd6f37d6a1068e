"""Where everything is that the services are built on, from the environment. Passwords stand in files, which are named there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_PATROL_S = 15.0


class CannotStart(Exception):
    """The surroundings do not allow a start; the message ends with the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A host and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Passwords are kept out of ``repr``. ``patrol_url``: the API that the worker's patrol asks, "" for no patrol."""

    postgres: Address
    postgres_database: str
    postgres_user: str
    postgres_password: str = field(repr=False)
    redis: Address
    redis_password: str = field(repr=False)
    rabbitmq: Address
    rabbitmq_user: str
    rabbitmq_password: str = field(repr=False)
    kafka: Address
    key: str = field(repr=False)
    """Signs operators in to the API."""
    patrol_url: str
    patrol_s: float


def read_surroundings(environment: Mapping[str, str] = os.environ) -> Surroundings:
    """Raises CannotStart for the first variable that is missing or cannot be used."""
    return Surroundings(
        postgres=_address(environment, "POSTGRES_ADDRESS"),
        postgres_database=environment.get("POSTGRES_DB", "app"),
        postgres_user=environment.get("POSTGRES_USER", "app"),
        postgres_password=_secret(environment, "POSTGRES_PASSWORD_FILE"),
        redis=_address(environment, "REDIS_ADDRESS"),
        redis_password=_secret(environment, "REDIS_PASSWORD_FILE"),
        rabbitmq=_address(environment, "RABBITMQ_ADDRESS"),
        rabbitmq_user=environment.get("RABBITMQ_USER", "app"),
        rabbitmq_password=_secret(environment, "RABBITMQ_PASSWORD_FILE"),
        kafka=_address(environment, "KAFKA_BROKERS"),
        key=_secret(environment, "NETWORK_MONITOR_KEY_FILE"),
        patrol_url=environment.get("NETWORK_MONITOR_URL", "").rstrip("/"),
        patrol_s=_seconds(environment, "NETWORK_MONITOR_PATROL_S", DEFAULT_PATROL_S),
    )


def read_address(text: str) -> Address:
    """``HOST:PORT``. Raises ValueError."""
    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError(f"cannot read {text!r} as an address; write HOST:PORT, as in 127.0.0.1:5432")
    return Address(host=host.removeprefix("[").removesuffix("]"), port=int(port))


def _address(environment: Mapping[str, str], name: str) -> Address:
    try:
        # of several brokers the first one tells of the others
        return read_address(_required(environment, name).split(",")[0].strip())
    except ValueError as error:
        raise CannotStart(f"cannot use {name}: {error}") from error


def _secret(environment: Mapping[str, str], name: str) -> str:
    path = Path(_required(environment, name))
    try:
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CannotStart(f"cannot read {path}: {error.strerror} (check {name})") from error
    if not value:
        raise CannotStart(f"cannot use {path}: it is empty (check {name})")
    return value


def _seconds(environment: Mapping[str, str], name: str, usual: float) -> float:
    text = environment.get(name, "")
    try:
        seconds = float(text) if text else usual
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise CannotStart(f"cannot use {name}={text!r}: it is no time in seconds (write a number, 0 for never)")
    return seconds


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise CannotStart(f"cannot go on without {name} (the README lists all variables; watchkeeper up sets them)")
    return value
