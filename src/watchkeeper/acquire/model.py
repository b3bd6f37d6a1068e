"""What acquiring is told and what it gives: the machine, the user that services run as, and a program that can be started."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from watchkeeper.workload.software import DistributionPackage, Image, MavenArtifacts, OnPath, OwnPackage, ReleaseArchive, Source

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armv7", "riscv64": "riscv64", "ppc64le": "ppc64le"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUser:
    """The unprivileged user under which services run when we are root; it must be able to read and execute the programs."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What acquiring looks at: ``search_path`` as in PATH, ``platform`` like ``linux-amd64``, apt's configuration folder,
    the Python that runs us, and other Pythons that may run our engines.
    """

    search_path: str
    platform: str
    apt_folder: Path = Path("/etc/apt")
    python: Path = Path(sys.executable)
    other_pythons: tuple[Path, ...] = ()


def this_machine() -> Machine:
    """The machine we run on."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = platform.machine()
    return Machine(
        search_path=os.environ.get("PATH", os.defpath),
        platform=f"linux-{_ARCHITECTURES.get(found, found)}",
        other_pythons=tuple(Path(folder) / name for folder in ("/usr/bin", "/usr/local/bin", "/opt/bin")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A source that did not give the program, and why: both for people."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class SourceFailed(Exception):
    """One source cannot give the program; the next one is tried. The message is the reason, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """A program that can be started now.

    ``command`` goes in front of the workload's arguments, ``environment`` must be set for it. ``binaries`` holds the main
    program and the tools that came with it (promtool, amtool), where there are any; ``assets`` the files by their name in
    ``releases.yaml``. ``origin`` says for people where it came from; ``refusals`` which preferred sources did not give it.
    """

    software: str
    version: str
    origin: str
    root: Path
    command: tuple[str, ...]
    binaries: Mapping[str, Path] = field(default_factory=dict)
    assets: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()


def source_name(source: Source) -> str:
    """How a source is called in front of a person."""
    match source:
        case OnPath():
            return "on PATH"
        case DistributionPackage():
            return f"distribution package {source.packages[0]}"
        case ReleaseArchive():
            return f"release archive {source.version} for {source.platform}"
        case MavenArtifacts():
            return f"Maven Central {source.artifacts[0]}"
        case OwnPackage():
            return f"our own package {source.module}"
        case Image():
            return f"container image {source.reference}"
