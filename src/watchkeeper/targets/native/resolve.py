"""Put this machine's addresses and paths in the place of a recipe's references. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard, get_args

from watchkeeper.plan.model import Plan
from watchkeeper.targets.native.layout import latest_proof
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.target import Paths
from watchkeeper.workload.reference import (
    Argument,
    AssetPath,
    BinaryPath,
    BrowserUrl,
    ConfigPath,
    ConnectAddress,
    ConnectUrl,
    ForVersions,
    HostPath,
    LatestProof,
    ListenAddress,
    ListenHost,
    ListenPort,
    OutsideAddress,
    Reference,
    SecretPath,
    StackLogs,
    Structure,
    Text,
    VolumePath,
)
from watchkeeper.workload.workload import Workload

_REFERENCES: tuple[type, ...] = get_args(Reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """The view from one workload. A reference to something the plan does not have is a bug of the recipe: LookupError."""

    plan: Plan
    paths: Paths
    workload: Workload
    program: Program

    def config_path(self, file: str = "") -> Path:
        """Of one of the workload's configuration files, or of their folder."""
        return self.paths.config / self.workload.name / file

    def volume_path(self, volume: str) -> Path:
        """Of one of the workload's volumes."""
        return self.paths.data / self.workload.name / volume

    def argument(self, argument: Argument) -> str:
        """The value of an environment variable, or an element of a command line that every version takes."""
        if isinstance(argument, str):
            return argument
        if isinstance(argument, Text):
            return "".join(self.argument(part) for part in argument.parts)
        if isinstance(argument, ForVersions):
            return " ".join(self.arguments((argument,)))
        return self._reference(argument)

    def arguments(self, arguments: Iterable[Argument | BinaryPath]) -> tuple[str, ...]:
        """A command line as the version of the program that was found takes it."""
        words: list[str] = []
        for argument in arguments:
            if isinstance(argument, ForVersions):
                if within(self.program.version, argument.at_least, argument.below):
                    words += (self.argument(one) for one in argument.arguments)
            elif isinstance(argument, BinaryPath):
                self._require(argument.binary in self.program.binaries, argument)
                words.append(str(self.program.binaries[argument.binary]))
            else:
                words.append(self.argument(argument))
        return tuple(words)

    def structure(self, content: Structure) -> Any:
        """``content`` as plain lists, dicts and scalars, in its own order; a port that stands alone is a number."""
        if isinstance(content, ListenPort):
            return int(self.argument(content))
        if isinstance(content, Text) or _is_reference(content):
            return self.argument(content)
        if isinstance(content, Mapping):
            return {key: self.structure(value) for key, value in content.items()}
        if isinstance(content, Sequence) and not isinstance(content, str):
            return [self.structure(value) for value in content]
        return content

    def _reference(self, reference: Reference) -> str:
        match reference:
            case ListenAddress() | ListenHost() | ListenPort():
                return self._listening(reference)
            case ConnectAddress() | OutsideAddress():
                return self._address(reference.workload, reference.endpoint)
            case ConnectUrl() | BrowserUrl():
                return self._url(reference)
            case HostPath():
                return reference.path
            case StackLogs():
                return str(self.paths.log / "*.log")
            case LatestProof():
                return str(latest_proof(self.paths))
            case _:
                return str(self._path(reference))

    def _listening(self, reference: ListenAddress | ListenHost | ListenPort) -> str:
        address = self._address(self.workload.name, reference.endpoint)
        host, _, port = address.rpartition(":")
        match reference:
            case ListenAddress():
                return address
            case ListenHost():
                return host
            case ListenPort():
                return port

    def _path(self, reference: ConfigPath | VolumePath | SecretPath | AssetPath) -> Path:
        match reference:
            case ConfigPath():
                self._require(not reference.file or reference.file in {file.name for file in self.workload.files}, reference)
                return self.config_path(reference.file)
            case VolumePath():
                owner = self._workload(reference.workload) if reference.workload else self.workload
                self._require(reference.volume in {volume.name for volume in owner.volumes}, reference)
                return self.paths.data / owner.name / reference.volume
            case SecretPath():
                self._require(reference.secret in self.workload.secrets, reference)
                return self.paths.secrets / reference.secret
            case AssetPath():
                self._require(reference.asset in self.program.assets, reference)
                return self.program.assets[reference.asset]

    def _workload(self, name: str) -> Workload:
        found = [workload for workload in self.plan.workloads if workload.name == name]
        self._require(bool(found), f"workload {name}")
        return found[0]

    def _address(self, workload: str, endpoint: str) -> str:
        self._require((workload, endpoint) in self.plan.ports, f"endpoint {endpoint} of {workload}")
        return self.plan.address(workload, endpoint)

    def _url(self, reference: ConnectUrl | BrowserUrl) -> str:
        address = self._address(reference.workload, reference.endpoint)
        scheme = self.plan.endpoint(reference.workload, reference.endpoint).protocol
        path = reference.path if not reference.path or reference.path.startswith("/") else f"/{reference.path}"
        return f"{scheme}://{address}{path}"

    def _require(self, known: bool, what: object) -> None:
        if not known:
            raise LookupError(f"cannot resolve {what} for {self.workload.name}: the plan has no such thing")


def _is_reference(content: object) -> TypeGuard[Reference]:
    return isinstance(content, _REFERENCES)


def within(version: str, at_least: str, below: str) -> bool:
    """Whether a version lies in [``at_least``, ``below``); an unknown one lies nowhere."""
    numbers = _numbers(version)
    return bool(numbers) and (not at_least or numbers >= _numbers(at_least)) and (not below or numbers < _numbers(below))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
