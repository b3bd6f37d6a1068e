"""A probe with its place filled in. Data only; asking is ``probing.py``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePoint:
    """What to ask, and where. An empty ``path`` means: connect, send the bytes that ``send`` holds in
    hexadecimal, if any, and be answered. With ``argv``, a command is asked in place of a port.
    """

    host: str = ""
    port: int = 0
    path: str = ""
    send: str = ""
    status: int = 200
    contains: str = ""
    timeout_s: float = 2.0
    tls: bool = False
    argv: tuple[str, ...] = ()
