"""Put a Compose network's addresses and a container's paths in the place of a recipe's references. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard, get_args

from watchkeeper.plan.model import Plan
from watchkeeper.workload.probe import ExecProbe
from watchkeeper.workload.reference import (
    Argument,
    AssetPath,
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
from watchkeeper.workload.software import Image
from watchkeeper.workload.workload import NetworkName, Workload

CONFIG_FOLDER = "/etc/watchkeeper"
DATA_FOLDER = "/var/lib/watchkeeper"
OTHERS_FOLDER = "/srv/watchkeeper"
"""Where volumes of other workloads are mounted, to be read."""
SECRETS_FOLDER = "/run/secrets"
HOST_FOLDER = "/host"
ENGINE_LOGS_FOLDER = "/host/engine/containers"
PROOFS_FOLDER = "/srv/watchkeeper/proofs"

_REFERENCES: tuple[type, ...] = get_args(Reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """The view from inside one workload's container. A reference to something the plan does not have is a bug of the
    recipe: LookupError.
    """

    plan: Plan
    workload: Workload
    image: Image

    def argument(self, argument: str | Text | Reference) -> str:
        """One element of a command line, or the value of an environment variable."""
        if isinstance(argument, str):
            return argument
        if isinstance(argument, Text):
            return "".join(self.argument(part) for part in argument.parts)
        return self._reference(argument)

    def structure(self, content: Structure) -> Any:
        """``content`` as plain lists, dicts and scalars, in its own order; a port that stands alone is a number."""
        if isinstance(content, ListenPort):
            return int(self.argument(content))
        if isinstance(content, Text) or is_reference(content):
            return self.argument(content)
        if isinstance(content, Mapping):
            return {key: self.structure(value) for key, value in content.items()}
        if isinstance(content, Sequence) and not isinstance(content, str):
            return [self.structure(value) for value in content]
        return content

    def volume_path(self, volume: str) -> str:
        """Of one of the workload's own: the folder that the image made for it, else one of ours."""
        return self.image.volumes.get(volume) or f"{DATA_FOLDER}/{volume}"

    def config_path(self, file: str) -> str:
        """Of one of its configuration files: where the image itself looks for it, else in the folder of ours."""
        return self.image.files.get(file) or f"{CONFIG_FOLDER}/{file}"

    def port(self, endpoint: str) -> int:
        """On which the workload listens in its own network."""
        return self.plan.endpoint(self.workload.name, endpoint).port

    def _reference(self, reference: Reference) -> str:
        match reference:
            case ListenAddress() | ListenHost() | ListenPort():
                return self._listening(reference)
            case ConnectAddress():
                return self._address(reference.workload, reference.endpoint)
            case ConnectUrl():
                scheme = self.plan.endpoint(reference.workload, reference.endpoint).protocol
                return f"{scheme}://{self._address(reference.workload, reference.endpoint)}{_path(reference.path)}"
            case OutsideAddress():
                return self.plan.address(reference.workload, reference.endpoint)
            case BrowserUrl():
                scheme = self.plan.endpoint(reference.workload, reference.endpoint).protocol
                return f"{scheme}://{self.plan.address(reference.workload, reference.endpoint)}{_path(reference.path)}"
            case HostPath() | StackLogs() | LatestProof():
                return _mounted(reference)
            case _:
                return self._inside(reference)

    def _listening(self, reference: ListenAddress | ListenHost | ListenPort) -> str:
        """On every address of its container, which are those of its networks."""
        host, port = "0.0.0.0", str(self.port(reference.endpoint))  # noqa: S104 - of the container, not of the machine
        match reference:
            case ListenAddress():
                return f"{host}:{port}"
            case ListenHost():
                return host
            case ListenPort():
                return port

    def _inside(self, reference: ConfigPath | VolumePath | SecretPath | AssetPath) -> str:
        match reference:
            case ConfigPath():
                self._require(not reference.file or reference.file in {file.name for file in self.workload.files}, reference)
                return self.config_path(reference.file) if reference.file else CONFIG_FOLDER
            case VolumePath():
                owner = self.plan.workload(reference.workload) if reference.workload else self.workload
                self._require(reference.volume in {volume.name for volume in owner.volumes}, reference)
                if owner.name == self.workload.name:
                    return self.volume_path(reference.volume)
                return f"{OTHERS_FOLDER}/{owner.name}/{reference.volume}"
            case SecretPath():
                self._require(reference.secret in self.workload.secrets, reference)
                return f"{SECRETS_FOLDER}/{reference.secret}"
            case AssetPath():
                self._require(reference.asset in self.image.assets, reference)
                return self.image.assets[reference.asset]

    def _address(self, workload: str, endpoint: str) -> str:
        other = self.plan.workload(workload)
        return f"{name_on(other, shared_network(self.workload, other))}:{self.plan.endpoint(workload, endpoint).port}"

    def _require(self, known: bool, what: object) -> None:
        if not known:
            raise LookupError(f"cannot resolve {what} for {self.workload.name}: the plan has no such thing")


def is_reference(content: object) -> TypeGuard[Reference]:
    """Whether it is one of the words that stand for an address or a path."""
    return isinstance(content, _REFERENCES)


def name_on(workload: Workload, network: NetworkName) -> str:
    """The name under which others find it on that network, and on no other.

    A plain ``alertmanager`` is known on every network of that container, and the engine does not say which of its addresses
    it gives: one on ``edge`` would lead nowhere.
    """
    return f"{workload.name}.{network}"


def shared_network(one: Workload, other: Workload) -> NetworkName:
    """The network on which the two talk. Raises LookupError where they have none."""
    for network in one.networks:
        if network != "edge" and network in other.networks:
            return network
    raise LookupError(f"cannot reach {other.name} from {one.name}: they have no network in common")


def references_of(workload: Workload) -> Iterator[Reference]:
    """Every reference in its command line, environment, files and probes; some more than once."""
    probes = (probe for probe in (workload.health.ready, workload.health.alive) if isinstance(probe, ExecProbe))
    arguments = (*workload.arguments, *workload.environment.values(), *(a for probe in probes for a in probe.arguments))
    for argument in arguments:
        yield from _within_argument(argument)
    for file in workload.files:
        yield from _within_structure(file.content)


def _within_argument(argument: Argument) -> Iterator[Reference]:
    if isinstance(argument, ForVersions):
        for one in argument.arguments:
            yield from _within_argument(one)
    elif isinstance(argument, Text):
        yield from (part for part in argument.parts if not isinstance(part, str))
    elif not isinstance(argument, str):
        yield argument


def _within_structure(content: Structure) -> Iterator[Reference]:
    if isinstance(content, Text) or is_reference(content):
        yield from _within_argument(content)
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from _within_structure(value)
    elif isinstance(content, Sequence) and not isinstance(content, str):
        for value in content:
            yield from _within_structure(value)


def _mounted(reference: HostPath | StackLogs | LatestProof) -> str:
    """What of the machine is mounted for it."""
    match reference:
        case HostPath():
            return HOST_FOLDER if reference.path == "/" else f"{HOST_FOLDER}{reference.path}"
        case StackLogs():
            return f"{ENGINE_LOGS_FOLDER}/*/*-json.log"
        case LatestProof():
            return f"{PROOFS_FOLDER}/latest.json"


def _path(path: str) -> str:
    return path if not path or path.startswith("/") else f"/{path}"
