"""Which program a workload runs, and every place it may come from. Facts are written in ``catalogue/*/releases.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPath:
    """A program already installed: one of ``names`` on PATH whose ``version_arguments`` output matches ``version_pattern``.

    The pattern's first group is the version; it counts only within [``at_least``, ``below``) (empty: no bound).
    """

    names: tuple[str, ...]
    version_arguments: tuple[str, ...] = ("--version",)
    version_pattern: str = r"version (\d+\.\d+\.\d+)"
    at_least: str = ""
    below: str = ""
    assets: Mapping[str, str] = field(default_factory=dict)
    """Asset name → absolute path on the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionPackage:
    """Debian or Ubuntu packages, downloaded and unpacked in a folder of ours; nothing is registered as a service.

    ``binaries`` and ``assets``: name → path inside the unpacked tree, in which ``*`` may stand for one folder's name.
    ``libraries``: folders in the tree where the programs find shared libraries that the machine may not have; ``programs``:
    folders where they find each other; ``edits``: file in the tree → text that is replaced → text in its place, for scripts
    that know no other place than the one they are installed in.
    """

    packages: tuple[str, ...]
    binaries: Mapping[str, str]
    assets: Mapping[str, str] = field(default_factory=dict)
    version_pattern: str = r"^(?:\d+:)?(\d+\.\d+(?:\.\d+)?)"
    at_least: str = ""
    below: str = ""
    libraries: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    edits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    relocate: tuple[str, ...] = ()
    """Absolute folders of the package whose names are compiled into its binaries; they are made to point into our tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseArchive:
    """An upstream release archive (tar.gz) for one platform (``linux-amd64``), trusted only through its ``sha256``."""

    platform: str
    version: str
    url: str
    sha256: str
    binaries: Mapping[str, str]
    assets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MavenArtifacts:
    """Jars from Maven Central with everything they need, fetched by the machine's own ``mvn`` (its mirrors and proxies hold)
    and run by its own ``java``, which must be ``java_at_least``.

    ``artifacts``: ``group:name:version`` each. The folder of jars is the asset ``jars``, the virtual machine the binary
    ``java``.
    """

    version: str
    artifacts: tuple[str, ...]
    main_class: str
    java_at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPackage:
    """One of our own engines: ``python -m module`` in an environment that the service user can read.

    ``extra``: the extra of the distribution that has what it needs, where the distribution does not need it anyway.
    """

    module: str
    distribution: str = "watchkeeper"
    extra: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A container image and what its own documentation says of it; ``digest`` is empty until known (``sha256:…``).

    ``program``: what starts the program inside, first its path, in front of the workload's arguments. ``user``: ``uid:gid`` of
    the image's unprivileged user; empty where it has none. ``tools``: which of ``sh``, ``wget``, ``curl`` exist in it.
    ``volumes``: name of a workload's volume → the folder that the image made for it, owned by its user.
    """

    reference: str
    digest: str = ""
    program: tuple[str, ...] = ()
    user: str = ""
    tools: tuple[str, ...] = ()
    assets: Mapping[str, str] = field(default_factory=dict)
    """Asset name → absolute path in the image."""
    volumes: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Name of one of a workload's configuration files → the absolute path at which the image itself looks for it."""


Source: TypeAlias = OnPath | DistributionPackage | ReleaseArchive | MavenArtifacts | OwnPackage | Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """A program and its sources in order of preference. ``main`` is the binary a workload of it executes."""

    name: str
    main: str
    licence: str
    homepage: str
    sources: tuple[Source, ...]
