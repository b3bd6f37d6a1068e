"""Workload: the narrow waist between what we know how to run (catalogue) and where it runs (targets)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from watchkeeper.workload.probe import Health
from watchkeeper.workload.reference import Argument, BinaryPath, ConnectAddress, SecretValueOf, Structure
from watchkeeper.workload.software import Software

Protocol: TypeAlias = Literal["http", "https", "tcp"]
FileFormat: TypeAlias = Literal["yaml", "json", "text"]
SignalName: TypeAlias = Literal["HUP", "INT", "QUIT", "TERM"]
NetworkName: TypeAlias = Literal["app", "monitoring", "messaging", "edge"]
"""``edge`` leads out of the machine; who shares only that one with another cannot reach it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Something the workload listens on. ``port`` is the upstream's usual one, used where every workload has a network
    address of its own; on a shared address the plan chooses another (``plan/addresses.py``). ``browser``: a person opens it.
    ``published``: programs and proofs on this machine ask it too, so it needs a port on loopback wherever it runs.
    """

    name: str
    port: int
    protocol: Protocol = "http"
    browser: bool = False
    published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A file that is written before the workload starts, from a structure whose references the target resolves.

    ``name`` may contain ``/``. ``content`` must be a str or Text where ``format`` is ``text``. ``reloadable``: the workload
    takes a changed file on its ``reload`` signal; otherwise a change means a restart.
    """

    name: str
    format: FileFormat
    content: Structure
    reloadable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A folder that keeps the workload's data over restarts and upgrades."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What the workload may use. ``memory_bytes`` is enforced, and the sum is the plan's budget."""

    memory_bytes: int
    cpu_cores: float = 1.0
    pids: int = 256
    open_files: int = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """How the workload is asked to end, and for how long it may take before it is killed."""

    signal: SignalName = "TERM"
    grace_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAccess:
    """What of the watched machine the workload must see; a target grants that much and no more.

    ``log_files``: read access to system logs (group ``adm``) and the journal (group ``systemd-journal``);
    ``stack_logs``: the logs of the platform's own components; ``host_metrics``: /proc, /sys and the file systems;
    ``raw_sockets``: ICMP; ``engine_socket``: the container engine's API.
    """

    log_files: bool = False
    stack_logs: bool = False
    host_metrics: bool = False
    raw_sockets: bool = False
    engine_socket: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What must be done each time before the program starts, unless its container image does it by itself.

    It runs to its end with the workload's user, environment and folders; it must be quick where nothing is left to do.
    """

    software: Software
    arguments: tuple[Argument | BinaryPath, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One process (or container) of the platform, target-neutral and completely decided."""

    name: str
    component: str
    summary: str
    software: Software
    arguments: tuple[Argument, ...]
    health: Health
    resources: Resources
    endpoints: tuple[Endpoint, ...]
    environment: Mapping[str, Argument] = field(default_factory=dict)
    files: tuple[ConfigFile, ...] = ()
    volumes: tuple[Volume, ...] = ()
    secrets: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Names of workloads that must be ready before this one starts."""
    reload: SignalName | None = None
    prepare: Preparation | None = None
    stop: Stop = Stop()
    host: HostAccess = HostAccess()
    networks: tuple[NetworkName, ...] = ("monitoring",)
    """Where it can be reached and reach others, as far as the target has networks. Two that talk need one in common."""
    scratch: tuple[str, ...] = ()
    """Absolute folders of its image that it writes to and nobody keeps; memory stands in for them on a read-only root."""
    exceptions: Mapping[str, str] = field(default_factory=dict)
    """What it cannot do without that others are refused → the reason, for people. Known: ``root`` (runs as uid 0),
    ``writable-root``, ``cap:NAME`` (a capability), ``docker-socket`` (goes with ``host.engine_socket``).
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret the platform needs: generated once (``length`` characters, url-safe) unless the user names a ``file`` or an
    environment variable that held it when it was first made. ``rotate_note`` tells how to change it.
    """

    name: str
    purpose: str
    length: int = 32
    file: str = ""
    environment: str = ""
    content: tuple[str | SecretValueOf | ConnectAddress, ...] = ()
    """With any, the secret is not generated but put together: a file that a program reads and that holds other secrets."""


@dataclass(frozen=True, slots=True)
class SecretValue:
    """A secret in memory. Printing, logging or formatting it shows nothing."""

    value: str

    def __repr__(self) -> str:
        return "SecretValue(…)"

    __str__ = __repr__
