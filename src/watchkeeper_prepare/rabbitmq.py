"""Erlang's port mapper, without which a RabbitMQ node does not start. Started on loopback only, and left running."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from pathlib import Path

from watchkeeper_prepare.failure import CannotPrepare, run

_START_S = 10.0


def prepare(epmd: Path, environment: Mapping[str, str]) -> None:
    """Start it, unless it runs. Raises CannotPrepare."""
    port = environment.get("ERL_EPMD_PORT", "")
    if not port.isdecimal() or not environment.get("ERL_EPMD_ADDRESS"):
        raise CannotPrepare("cannot prepare RabbitMQ without the variables ERL_EPMD_ADDRESS and ERL_EPMD_PORT")
    if _listens(int(port)):
        return
    # it goes into the background by itself, keeping our environment, by which the stack knows its own
    run((epmd, "-daemon"), what="start Erlang's port mapper", environment=environment, timeout_s=_START_S)
    deadline = time.monotonic() + _START_S
    while not _listens(int(port)):
        if time.monotonic() > deadline:
            raise CannotPrepare(f"cannot start Erlang's port mapper: nothing listens on 127.0.0.1:{port}")
        time.sleep(0.02)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return True
    except OSError:
        return False
