"""How to tell that a workload is ready, and that it still lives. Asking is ``observe``'s and the targets' work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from watchkeeper.workload.reference import Argument


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProbe:
    """GET ``path`` on the workload's own ``endpoint`` answers ``status`` within ``timeout_s``.

    A refused connection, a wrong status and a missing ``contains`` all mean: not healthy.
    """

    endpoint: str
    path: str
    status: int = 200
    contains: str = ""
    timeout_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpProbe:
    """The workload's own ``endpoint`` accepts a connection and, where something is sent, says something back, both within
    ``timeout_s``.

    ``send`` is a whole request of the workload's protocol. Without one, a process that hangs still passes: the kernel accepts
    connections in its name.
    """

    endpoint: str
    send: bytes = b""
    timeout_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecProbe:
    """``program`` with ``arguments``, run where the workload runs, ends with 0 and writes ``contains`` within ``timeout_s``.

    ``program`` is a name: of one of the software's binaries on bare processes, of a program on the image's PATH in a
    container. No argument may hold a secret; the file that holds one may be named.
    """

    program: str
    arguments: tuple[Argument, ...] = ()
    contains: str = ""
    timeout_s: float = 5.0


Probe: TypeAlias = HttpProbe | TcpProbe | ExecProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Ready: ``ready`` must pass within ``start_deadline_s`` of the start, or the start has failed.

    Alive: afterwards ``alive`` is asked every ``period_s``; after ``failures`` misses in a row the workload is restarted,
    even though its process still runs.
    """

    ready: Probe
    alive: Probe
    start_deadline_s: float = 30.0
    period_s: float = 5.0
    failures: int = 3
