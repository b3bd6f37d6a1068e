"""Put this machine's addresses and paths in the place of a recipe's references. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.plan.model import Plan
from watchkeeper.targets.native.layout import latest_proof
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.target import Paths
from watchkeeper.workload.reference import (
    Argument,
    AssetPath,
    BrowserUrl,
    ConfigPath,
    ConnectAddress,
    ConnectUrl,
    HostPath,
    LatestProof,
    ListenAddress,
    Reference,
    SecretPath,
    StackLogs,
    Structure,
    Text,
    VolumePath,
)
from watchkeeper.workload.workload import Workload

_REFERENCES = (
    ListenAddress,
    ConnectAddress,
    ConnectUrl,
    BrowserUrl,
    ConfigPath,
    VolumePath,
    SecretPath,
    AssetPath,
    HostPath,
    StackLogs,
    LatestProof,
)


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
        """One element of a command line, or the value of an environment variable."""
        if isinstance(argument, str):
            return argument
        if isinstance(argument, Text):
            return "".join(self.argument(part) for part in argument.parts)
        return self._reference(argument)

    def structure(self, content: Structure) -> Any:
        """``content`` as plain lists, dicts and scalars, in its own order."""
        if isinstance(content, (Text, *_REFERENCES)):
            return self.argument(content)
        if isinstance(content, Mapping):
            return {key: self.structure(value) for key, value in content.items()}
        if isinstance(content, Sequence) and not isinstance(content, str):
            return [self.structure(value) for value in content]
        return content

    def _reference(self, reference: Reference) -> str:
        match reference:
            case ListenAddress():
                return self._address(self.workload.name, reference.endpoint)
            case ConnectAddress():
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
