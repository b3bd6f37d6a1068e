"""One workload as a service of a Compose file: its rights, its folders, its networks. Pure.

What is not said here a container does not get: every service runs as an ordinary user without capabilities on a root file
system that it cannot write to, and with limits. A workload's ``exceptions`` give back what it names, with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TypeAlias

from watchkeeper.targets.compose.healthcheck import healthcheck
from watchkeeper.targets.compose.image import for_version, full_reference, image_of, is_own, version_of
from watchkeeper.targets.compose.resolve import (
    CONFIG_FOLDER,
    ENGINE_LOGS_FOLDER,
    HOST_FOLDER,
    OTHERS_FOLDER,
    PROOFS_FOLDER,
    Resolver,
    name_on,
    references_of,
)
from watchkeeper.workload.reference import HostPath, LatestProof, StackLogs, VolumePath
from watchkeeper.workload.workload import NetworkName, Workload
from watchkeeper.workload.yaml_text import Plain

Service: TypeAlias = dict[str, Plain]

STACK_LABEL = "watchkeeper.stack"
WORKLOAD_LABEL = "watchkeeper.workload"
EXCEPTION_LABEL = "watchkeeper.exception."
HOST_NAME = "host.docker.internal"
"""This machine, as containers on ``edge`` call it."""

_SCRATCH_BYTES = 64 * 1024 * 1024
_LOG_SIZE, _LOG_FILES = "10m", "3"
_ROOT = "0:0"
_ENGINE_SOCKET = "/var/run/docker.sock"
_WILDCARDS = frozenset("*?[{")


def service(resolver: Resolver) -> Service:
    """In the order in which a person reads it: what runs, with which rights, on what, where, how much, in which order."""
    workload, image = resolver.workload, resolver.image
    command = [resolver.argument(argument) for argument in for_version(workload.arguments, version_of(image))]
    made: Service = {"image": full_reference(image)}
    if is_own(image):
        made["pull_policy"] = "never"
    if image.program:
        made["entrypoint"] = _escaped(image.program)
    if command:
        made["command"] = _escaped(command)
    environment = {name: _argument(resolver, value) for name, value in sorted(workload.environment.items())}
    if environment:
        made["environment"] = {name: value.replace("$", "$$") for name, value in environment.items()}
    made |= _rights(resolver)
    made |= _storage(resolver)
    made |= _places(resolver)
    made |= _life(resolver)
    made |= _limits(workload)
    made["labels"] = _labels(resolver)
    return made


def networks_of(workload: Workload) -> tuple[NetworkName, ...]:
    """Those of its recipe, and ``edge`` where it has a port on the machine: an internal network can publish none."""
    published = any(endpoint.browser or endpoint.published for endpoint in workload.endpoints)
    return (*workload.networks, "edge") if published and "edge" not in workload.networks else workload.networks


def open_files_variable(count: int) -> str:
    """The variable that lowers a limit of that many open files where the engine cannot grant it."""
    return f"OPEN_FILES_{count}"


def volume_name(workload: str, volume: str) -> str:
    """As the Compose file calls it; the engine puts the stack's name in front."""
    return f"{workload}-{volume}"


def _argument(resolver: Resolver, value: object) -> str:
    chosen = for_version((value,), version_of(resolver.image))  # type: ignore[arg-type]  # values are Arguments
    return "".join(resolver.argument(one) for one in chosen)


def _escaped(words: tuple[str, ...] | list[str]) -> list[Plain]:
    """Compose would put a variable's value in the place of ``$NAME``."""
    return [word.replace("$", "$$") for word in words]


def _rights(resolver: Resolver) -> Service:
    workload, image = resolver.workload, resolver.image
    exceptions = workload.exceptions
    made: Service = {"user": _ROOT if "root" in exceptions else image.user}
    groups = _groups(workload)
    if groups:
        made["group_add"] = groups
    made["read_only"] = "writable-root" not in exceptions
    made["cap_drop"] = ["ALL"]
    added = [name.removeprefix("cap:") for name in exceptions if name.startswith("cap:")]
    if workload.host.raw_sockets and "NET_RAW" not in added:
        added.append("NET_RAW")
    if added:
        made["cap_add"] = sorted(added)
    made["security_opt"] = ["no-new-privileges:true"]
    # Reaps what a program leaves behind, and passes signals on to those that forget to listen as process 1.
    made["init"] = True
    return made


def _groups(workload: Workload) -> list[Plain]:
    """Groups that may read what the machine keeps from others; their numbers are in ``.env``. Compose refuses equal ones."""
    found: list[Plain] = []
    if workload.secrets or _uses(workload, LatestProof):
        found.append("${STACK_GROUP:-0}")
    if workload.host.log_files:
        found += ["${LOG_GROUP:-4}", "${JOURNAL_GROUP:-101}"]
    if workload.host.engine_socket:
        found.append("${ENGINE_GROUP:-999}")
    return found


def _storage(resolver: Resolver) -> Service:
    workload = resolver.workload
    user = str(_rights(resolver)["user"])
    uid, _, gid = user.partition(":")
    mounts: list[Plain] = []
    if workload.files:
        mounts.append(_bind(f"./config/{workload.name}", CONFIG_FOLDER))
        # a single file, which keeps its old content when it is replaced: its image insists on that place
        mounts += [
            _bind(f"./config/{workload.name}/{file}", place)
            for file, place in sorted(resolver.image.files.items())
            if any(one.name == file for one in workload.files)
        ]
    mounts += [
        _named(volume_name(workload.name, volume.name), resolver.volume_path(volume.name)) for volume in workload.volumes
    ]
    mounts += _foreign_mounts(workload)
    scratch = [f"/tmp:size={_SCRATCH_BYTES},mode=1777,nosuid,nodev"]  # noqa: S108 - the container's own
    scratch += [f"{path}:size={_SCRATCH_BYTES},mode=0700,uid={uid},gid={gid or uid},nosuid,nodev" for path in workload.scratch]
    made: Service = {"tmpfs": scratch}
    if mounts:
        made["volumes"] = mounts
    if workload.secrets:
        made["secrets"] = [{"source": name, "target": name} for name in sorted(dict.fromkeys(workload.secrets))]
    return made


def _foreign_mounts(workload: Workload) -> list[Plain]:
    """Read-only looks at other workloads' data and at the machine."""
    references = tuple(references_of(workload))
    mounts: list[Plain] = []
    others = {(r.workload, r.volume) for r in references if isinstance(r, VolumePath) and r.workload not in {"", workload.name}}
    mounts += [
        _named(volume_name(*other), f"{OTHERS_FOLDER}/{other[0]}/{other[1]}", read_only=True) for other in sorted(others)
    ]
    if any(isinstance(reference, LatestProof) for reference in references):
        mounts.append(_bind("${PROOFS_FOLDER:-./proofs}", PROOFS_FOLDER))
    if any(isinstance(reference, StackLogs) for reference in references):
        mounts.append(_bind("${ENGINE_FOLDER:-/var/lib/docker}/containers", ENGINE_LOGS_FOLDER))
    if workload.host.engine_socket:
        mounts.append(_bind(f"${{ENGINE_SOCKET:-{_ENGINE_SOCKET}}}", _ENGINE_SOCKET))
    if workload.host.host_metrics:
        # without a propagation mode: "rslave" fails wherever the machine's root is not a shared mount
        return [*mounts, _bind("/", HOST_FOLDER)]
    folders = {_fixed_folder(reference.path) for reference in references if isinstance(reference, HostPath)}
    return [*mounts, *(_bind(folder, f"{HOST_FOLDER}{folder}") for folder in sorted(_outermost(folders)))]


def _fixed_folder(path: str) -> str:
    """The folder in front of the first wildcard, never a single file: its name may come to mean another one."""
    parts = PurePosixPath(path).parts
    fixed = next((index for index, part in enumerate(parts) if _WILDCARDS & set(part)), len(parts))
    return str(PurePosixPath(*parts[: max(1, min(fixed, len(parts) - 1))]))


def _outermost(folders: set[str]) -> set[str]:
    """Without those that lie in another one."""
    return {one for one in folders if not any(other != one and PurePosixPath(one).is_relative_to(other) for other in folders)}


def _places(resolver: Resolver) -> Service:
    workload, plan = resolver.workload, resolver.plan
    networks = networks_of(workload)
    if not networks:
        return {"network_mode": "none"}
    home = next((network for network in networks if network != "edge"), networks[0])
    made: Service = {
        # apart, because the engine makes a host name known on every network, and the whole name must lead to one only
        "hostname": workload.name,
        "domainname": home,
        "networks": {
            network: {"aliases": [name_on(workload, network)]} if network != "edge" else {} for network in sorted(networks)
        },
    }
    ports: list[Plain] = [
        f"127.0.0.1:{plan.ports[workload.name, endpoint.name]}:{endpoint.port}"
        for endpoint in workload.endpoints
        if endpoint.browser or endpoint.published
    ]
    if ports:
        made["ports"] = ports
    if "edge" in networks:
        made["extra_hosts"] = [f"{HOST_NAME}:host-gateway"]
    return made


def _life(resolver: Resolver) -> Service:
    workload = resolver.workload
    made: Service = {}
    check = healthcheck(resolver, workload.health)
    made["healthcheck"] = check if check is not None else {"disable": True}
    if workload.needs:
        made["depends_on"] = {need: {"condition": _condition(resolver, need)} for need in sorted(workload.needs)}
    made["restart"] = "unless-stopped"
    made["stop_signal"] = f"SIG{workload.stop.signal}"
    made["stop_grace_period"] = f"{math.ceil(workload.stop.grace_s)}s"
    return made


def _condition(resolver: Resolver, need: str) -> str:
    other = resolver.plan.workload(need)
    view = Resolver(plan=resolver.plan, workload=other, image=image_of(other.software))
    return "service_healthy" if healthcheck(view, other.health) is not None else "service_started"


def _limits(workload: Workload) -> Service:
    resources = workload.resources
    memory = f"{resources.memory_bytes // 2**20}m" if resources.memory_bytes % 2**20 == 0 else str(resources.memory_bytes)
    # an engine without the right to raise its own limit refuses a container that wants more
    open_files = f"${{{open_files_variable(resources.open_files)}:-{resources.open_files}}}"
    return {
        "mem_limit": memory,
        # the same: no swap on top
        "memswap_limit": memory,
        "cpus": resources.cpu_cores,
        "pids_limit": resources.pids,
        "ulimits": {"nofile": {"soft": open_files, "hard": open_files}, "core": 0},
        "logging": {
            "driver": "json-file",
            # what stands in front of each line lets the collector tell whose it is without asking the engine
            "options": {"max-size": _LOG_SIZE, "max-file": _LOG_FILES, "labels": f"{STACK_LABEL},{WORKLOAD_LABEL}"},
        },
    }


def _labels(resolver: Resolver) -> Mapping[str, Plain]:
    workload = resolver.workload
    labels = {STACK_LABEL: resolver.plan.name, WORKLOAD_LABEL: workload.name, "watchkeeper.component": workload.component}
    for name, reason in sorted(workload.exceptions.items()):
        labels[f"{EXCEPTION_LABEL}{name.replace(':', '.').lower()}"] = reason.replace("$", "$$")
    return labels


def _uses(workload: Workload, kind: type) -> bool:
    return any(isinstance(reference, kind) for reference in references_of(workload))


def _bind(source: str, target: str) -> Plain:
    return {"type": "bind", "source": source, "target": target, "read_only": True}


def _named(name: str, target: str, *, read_only: bool = False) -> Plain:
    return {"type": "volume", "source": name, "target": target, **({"read_only": True} if read_only else {})}
