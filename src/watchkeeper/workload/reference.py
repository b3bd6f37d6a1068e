"""What a configuration may say without knowing where it will run.

A recipe writes "the address of the store" or "the folder of my volume"; each target puts its own address or path in that
place (``127.0.0.1:23002`` on bare processes, ``store:3100`` in a Compose network). Resolving is the target's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """``host:port`` that the workload itself binds for one of its own endpoints."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenHost:
    """The host part of ``ListenAddress``, for programs that take it apart."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenPort:
    """The port part of ``ListenAddress``."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectAddress:
    """``host:port`` at which a workload reaches an endpoint of another one (or of itself)."""

    workload: str
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectUrl:
    """``scheme://host:port/path`` at which a workload reaches an endpoint of another one (or of itself)."""

    workload: str
    endpoint: str
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserUrl:
    """``scheme://host:port/path`` at which the person in front of the browser reaches an endpoint."""

    workload: str
    endpoint: str
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideAddress:
    """``host:port`` at which a program of this machine that is not part of the platform reaches an endpoint."""

    workload: str
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigPath:
    """Path of one of the workload's own configuration files; with an empty ``file``, the folder of them."""

    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumePath:
    """Path of one of the workload's own volumes; with ``workload``, of another one's, which it may only read."""

    volume: str
    workload: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPath:
    """Path of the file that holds a secret. The value itself never stands in a rendered file."""

    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPath:
    """Path of a file that comes with the workload's software, by its name in ``releases.yaml``."""

    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPath:
    """A path of the machine being watched, as the workload sees it (a mount point inside a container)."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StackLogs:
    """Glob of the files in which the platform's own components log; the file's stem is the workload's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestProof:
    """Path of the newest outcome of ``verify`` as JSON; the file appears with the first run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretValueOf:
    """The value of another secret, in the content of a file that is itself kept as a secret.

    ``quoting``: how a value with quotes or spaces is written there.
    """

    secret: str
    quoting: Literal["plain", "json"] = "plain"


Reference: TypeAlias = (
    ListenAddress
    | ListenHost
    | ListenPort
    | ConnectAddress
    | ConnectUrl
    | BrowserUrl
    | OutsideAddress
    | ConfigPath
    | VolumePath
    | SecretPath
    | AssetPath
    | HostPath
    | StackLogs
    | LatestProof
)


@dataclass(frozen=True, slots=True)
class Text:
    """A string with references in it, in order: ``Text(("--storage.path=", VolumePath(volume="data")))``."""

    parts: tuple[str | Reference, ...]


def text(*parts: str | Reference) -> Text:
    """Write a Text without the double parentheses."""
    return Text(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryPath:
    """Path of one of the programs of the workload's software, by its name in ``releases.yaml``. For preparations only."""

    binary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForVersions:
    """Elements of a command line that only some versions of the program take: [``at_least``, ``below``), empty: no bound.

    Which version runs is known when the program was found, so each target leaves them out or puts them in.
    """

    arguments: tuple[str | Text | Reference, ...]
    at_least: str = ""
    below: str = ""


Argument: TypeAlias = str | Text | Reference | ForVersions
"""One element of a command line (several or none with ForVersions), or the value of an environment variable."""

Structure: TypeAlias = "bool | int | float | str | Text | Reference | Sequence[Structure] | Mapping[str, Structure] | None"
"""What a configuration file holds before a target resolves its references: YAML's and JSON's own shapes."""
