"""What on this machine would make a start fail, found before anything is written: all of it at once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from watchkeeper.targets.compose.engine import FOLDER_LABEL, Engine, EngineAway, EngineRefused
from watchkeeper.targets.compose.status import published
from watchkeeper.targets.native.preflight import free_address, listener
from watchkeeper.targets.target import Obstacle, Paths

_LEAST_FREE_BYTES = 512 * 1024 * 1024
_API_TROUBLE = re.compile(
    r"API version|API route and version|Minimum supported API|client version [\d.]+ is too", re.IGNORECASE
)

_NO_PLUGIN = re.compile(r"is not a docker command|unknown command|unknown flag|unknown shorthand flag", re.IGNORECASE)


def engine_obstacles(engine: Engine) -> tuple[Obstacle, ...]:
    """Whether docker, its Compose plugin and the engine are there and understand each other."""
    try:
        told = engine.get("/version")
        asked = engine.client("compose", "ls", "--all", "--format", "json", timeout_s=60)
    except (EngineAway, EngineRefused) as trouble:
        return (Obstacle(kind="missing-engine", message=trouble.message, hint=trouble.hint),)
    return (compose_trouble(asked.error, told, engine),) if asked.status else ()


def version_mismatch(error: str, engine_version: str, engine_api: str, least_api: str, client_api: str) -> Obstacle:
    """The engine and its client speak different versions of the API; which of them is older decides what helps."""
    client = f"the client speaks API {client_api}" if client_api else "the client speaks another one"
    if client_api and least_api and _numbers(client_api) < _numbers(least_api):
        hint = "upgrade the docker client and its Compose plugin, or set DOCKER_API_VERSION no lower than " + least_api
    else:
        hint = f"unset DOCKER_API_VERSION or set it to {engine_api}, or upgrade the engine"
    return Obstacle(
        kind="api-mismatch",
        message=(
            f"cannot talk to Docker Engine {engine_version}: it speaks API {least_api or '?'} to {engine_api or '?'}, {client}"
        ),
        hint=hint,
        evidence=tuple(error.splitlines()[:2]),
    )


def obstacles(engine: Engine, paths: Paths, stack: str, ports: Mapping[tuple[str, str], str]) -> tuple[Obstacle, ...]:
    """In the order a person would mend them, with an engine that was seen to work.

    ``ports``: (workload, endpoint) → address on this machine.
    """
    try:
        containers = engine.containers(stack)
    except (EngineAway, EngineRefused) as trouble:
        return (Obstacle(kind="missing-engine", message=trouble.message, hint=trouble.hint),)
    return (*_other_stack(containers, paths, stack), *_disk(paths), *_taken_ports(containers, ports))


def compose_trouble(error: str, told: Mapping[str, Any], engine: Engine) -> Obstacle:
    """Why ``docker compose ls`` failed. ``told``: the engine's own words about its version."""
    if _API_TROUBLE.search(error):
        client = engine.client("version", "--format", "{{.Client.APIVersion}}", timeout_s=20).output.strip()
        return version_mismatch(error, told["Version"], told["ApiVersion"], told.get("MinAPIVersion", ""), client)
    if _NO_PLUGIN.search(error):
        return Obstacle(
            kind="missing-compose",
            message="cannot run docker compose: this docker has no Compose v2 plugin",
            hint="install the package docker-compose-plugin (docker-compose-v2 on Ubuntu, docker-compose on Debian 13)",
            evidence=tuple(error.splitlines()[:1]),
        )
    lines = error.splitlines() or ["it said nothing"]
    return Obstacle(kind="missing-compose", message=f"cannot use docker compose: {lines[-1]}", hint="try: docker compose ls")


def _other_stack(containers: Mapping[str, Mapping[str, Any]], paths: Paths, stack: str) -> Iterator[Obstacle]:
    folders = {str(one["Config"]["Labels"].get(FOLDER_LABEL, "")) for one in containers.values()} - {"", str(paths.run)}
    if folders:
        yield Obstacle(
            kind="name-taken",
            message=f"cannot use the name {stack}: the engine already has a project of that name in {min(folders)}",
            hint="choose another name: in watchkeeper.yaml, or remove that project",
        )


def _disk(paths: Paths) -> Iterator[Obstacle]:
    existing = next(folder for folder in (paths.state, *paths.state.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < _LEAST_FREE_BYTES:
        yield Obstacle(
            kind="disk-full",
            message=f"cannot start with {free // 2**20} MiB free below {existing}; {_LEAST_FREE_BYTES // 2**20} MiB are needed",
            hint="free some space, or set WATCHKEEPER_STATE_DIR to a folder on another disk",
        )


def _taken_ports(containers: Mapping[str, Mapping[str, Any]], ports: Mapping[tuple[str, str], str]) -> Iterator[Obstacle]:
    ours = {address for one in containers.values() if one["State"]["Running"] for address in published(one).values()}
    for (workload, endpoint), address in ports.items():
        if address in ours or free_address(address):
            continue
        pid, name = listener(int(address.rpartition(":")[2]))
        who = f"process {pid} ({name})" if pid else "another user's process"
        yield Obstacle(
            kind="port-in-use",
            workload=workload,
            endpoint=endpoint,
            message=f"cannot give {address} to {workload}: {who} listens there",
            hint="end that program, or choose another port",
            evidence=(f"port={address.rpartition(':')[2]} pid={pid or 'unknown'} program={name or 'unknown'}",),
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def engine_folder(engine: Engine) -> Path:
    """Where the engine keeps its containers."""
    return Path(str(engine.get("/info")["DockerRootDir"]))
