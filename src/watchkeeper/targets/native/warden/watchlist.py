"""What the warden is told: the JSON file the target writes and the warden reads again on SIGHUP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from watchkeeper.targets.native.probe_point import ProbePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One process. ``image`` is ``software:version``, as the container metrics have it. ``start_mark`` is the file that is
    written before each start that somebody wanted.
    """

    name: str
    component: str
    image: str
    ready: ProbePoint
    alive: ProbePoint
    start_deadline_s: float
    period_s: float
    failures: int
    memory_limit_bytes: int
    cpu_limit_cores: float
    stop_grace_s: float
    data_folder: str
    log_file: str
    start_mark: str
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    """A whole stack."""

    stack: str
    state_folder: str
    supervisor_socket: str
    budget_bytes: int
    watched: tuple[Watched, ...]


def printed(watchlist: Watchlist) -> bytes:
    """The file's bytes; ``parsed`` is its inverse."""
    return (json.dumps(asdict(watchlist), indent=2, sort_keys=True) + "\n").encode()


def parsed(content: bytes) -> Watchlist:
    """Raises ValueError, KeyError or TypeError on anything ``printed`` does not write."""
    data: dict[str, Any] = json.loads(content)
    watched = tuple(
        Watched(**{**entry, "ready": _point(entry["ready"]), "alive": _point(entry["alive"])}) for entry in data.pop("watched")
    )
    return Watchlist(**data, watched=watched)


def _point(entry: Mapping[str, Any]) -> ProbePoint:
    return ProbePoint(**{**entry, "argv": tuple(entry["argv"])})


def read(path: Path) -> Watchlist:
    """Raises OSError too."""
    return parsed(path.read_bytes())
