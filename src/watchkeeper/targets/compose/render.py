"""Plan → the folder of a Compose project. Pure: same plan and machine, same bytes.

``compose.yaml`` and ``config/`` hold nothing of the machine; what differs between machines stands in ``.env``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from watchkeeper.plan.difference import FilePrint, Fingerprint
from watchkeeper.plan.model import Plan
from watchkeeper.spec.quantities import format_size
from watchkeeper.targets.compose.healthcheck import probe_command
from watchkeeper.targets.compose.image import image_of, is_own
from watchkeeper.targets.compose.resolve import Resolver
from watchkeeper.targets.compose.service import Service, networks_of, open_files_variable, service, volume_name
from watchkeeper.targets.target import Step
from watchkeeper.workload.software import Image
from watchkeeper.workload.workload import ConfigFile, Workload
from watchkeeper.workload.yaml_text import Plain, yaml_text

COMPOSE_FILE = "compose.yaml"
ENV_FILE = ".env"
_NOBODYS_GROUP = 65_530


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What of this machine a stack must know; becomes ``.env``. Groups are numeric.

    ``most_open_files``: what the engine can grant to one container; 0 where it can grant anything.
    ``own_source``: what our own image is built from; its name stays the same when that changes.
    """

    stack_group: int = 0
    log_group: int = 4
    journal_group: int = 101
    engine_group: int = 999
    engine_folder: str = "/var/lib/docker"
    engine_socket: str = "/var/run/docker.sock"
    secrets_folder: str = "./secrets"
    proofs_folder: str = "./proofs"
    most_open_files: int = 0
    own_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """``path`` is relative to the project's folder."""

    path: str
    content: bytes
    reloadable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One workload as a container. ``ready`` and ``alive``: commands that ask from inside; None where the image has no tool."""

    workload: Workload
    image: Image
    wave: int
    service: Mapping[str, Plain]
    files: tuple[RenderedFile, ...]
    ready: tuple[str, ...] | None
    alive: tuple[str, ...] | None

    @property
    def name(self) -> str:
        return self.workload.name

    def configuration(self) -> dict[str, bytes]:
        """Its configuration files by the recipe's names."""
        return {file.path.removeprefix(f"config/{self.name}/"): file.content for file in self.files}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A whole stack, ``containers`` sorted by name; ``files`` are the project's own two."""

    stack: str
    containers: tuple[Container, ...]
    files: tuple[RenderedFile, ...]
    steps: Mapping[str, Step]

    def container(self, name: str) -> Container:
        """The container of that workload; KeyError if there is none."""
        for container in self.containers:
            if container.name == name:
                return container
        raise KeyError(name)

    def all_files(self) -> tuple[RenderedFile, ...]:
        """Everything that is written, sorted by path."""
        return tuple(sorted((*self.files, *(f for c in self.containers for f in c.files)), key=lambda file: file.path))

    def digest(self) -> str:
        """Of everything that was rendered; equal digests mean equal bytes."""
        parts = [f"{file.path} {hashlib.sha256(file.content).hexdigest()}" for file in self.all_files()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def render(plan: Plan, machine: Machine) -> Rendered:
    """Raises NoImage for software that comes in no image, LookupError for a reference to nothing."""
    waves = {name: number for number, wave in enumerate(plan.waves) for name in wave}
    containers = tuple(
        _container(plan, workload, waves[workload.name]) for workload in sorted(plan.workloads, key=lambda one: one.name)
    )
    files = (
        RenderedFile(path=COMPOSE_FILE, content=_compose_text(plan, containers).encode()),
        RenderedFile(path=ENV_FILE, content=_env_text(machine, containers).encode()),
    )
    steps = {container.name: _step(container, machine) for container in containers}
    return Rendered(stack=plan.name, containers=containers, files=files, steps=steps)


def _container(plan: Plan, workload: Workload, wave: int) -> Container:
    resolver = Resolver(plan=plan, workload=workload, image=image_of(workload.software))
    return Container(
        workload=workload,
        image=resolver.image,
        wave=wave,
        service=service(resolver),
        files=tuple(_file(resolver, file) for file in sorted(workload.files, key=lambda file: file.name)),
        ready=probe_command(resolver, workload.health.ready),
        alive=probe_command(resolver, workload.health.alive),
    )


def _file(resolver: Resolver, file: ConfigFile) -> RenderedFile:
    content = _content(file, resolver.structure(file.content))
    return RenderedFile(
        path=f"config/{resolver.workload.name}/{file.name}", content=content.encode(), reloadable=file.reloadable
    )


def _content(file: ConfigFile, data: Any) -> str:
    match file.format:
        case "yaml":
            return yaml_text(data)
        case "json":
            return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        case "text":
            if not isinstance(data, str):
                raise TypeError(f"cannot print {file.name}: its format is text but its content is {type(data).__name__}")
            return data


def _compose_text(plan: Plan, containers: tuple[Container, ...]) -> str:
    used = {network for container in containers for network in networks_of(container.workload)}
    project: dict[str, Plain] = {
        "name": plan.name,
        "services": {container.name: container.service for container in containers},
        "networks": {network: _network(network) for network in sorted(used)},
    }
    volumes = [volume_name(c.name, volume.name) for c in containers for volume in c.workload.volumes]
    if volumes:
        project["volumes"] = {name: {} for name in sorted(volumes)}
    secrets = sorted({secret for container in containers for secret in container.workload.secrets})
    if secrets:
        project["secrets"] = {name: {"file": f"${{SECRETS_FOLDER:-./secrets}}/{name}"} for name in secrets}
    return yaml_text(project, header=_header(plan, containers))


def _network(name: str) -> Plain:
    """Only ``edge`` leads out, and there nobody reaches a neighbour."""
    if name == "edge":
        return {"driver_opts": {"com.docker.network.bridge.enable_icc": "false"}}
    return {"internal": True}


def _header(plan: Plan, containers: tuple[Container, ...]) -> str:
    lines = [
        f"{plan.name}: the release set {plan.releases} on Docker Compose, written by watchkeeper.",
        "A change made here is lost with the next `watchkeeper up`: change watchkeeper.yaml instead.",
        "",
        f"{len(containers)} containers may use {format_size(plan.memory_budget_bytes)} of memory together. Each runs as an",
        "ordinary user, without capabilities, on a root that it cannot write to; ports are open on 127.0.0.1 only.",
        "Networks without a way out are internal; on edge, which has one, containers cannot reach each other. Start order:",
        *(f"  {number}. {', '.join(wave)}" for number, wave in enumerate(plan.waves, start=1)),
    ]
    exceptions = [
        f"  {container.name}: {name}, because {reason}"
        for container in containers
        for name, reason in sorted(container.workload.exceptions.items())
    ]
    if exceptions:
        lines += ["", "Exceptions from these rules:", *exceptions]
    unasked = [container.name for container in containers if container.ready is None]
    if unasked:
        lines += [
            "",
            "Images with nothing in them that could ask for their health; watchkeeper asks them from outside:",
            f"  {', '.join(unasked)}",
        ]
    return "\n".join(lines)


def _env_text(machine: Machine, containers: tuple[Container, ...]) -> str:
    groups = _distinct(machine.stack_group, machine.log_group, machine.journal_group, machine.engine_group)
    entries: list[tuple[str, object, str]] = [
        ("STACK_GROUP", groups[0], "may read the stack's secrets"),
        ("LOG_GROUP", groups[1], "may read the machine's log files"),
        ("JOURNAL_GROUP", groups[2], "may read the machine's journal"),
        ("ENGINE_GROUP", groups[3], "may talk to the engine"),
        ("ENGINE_FOLDER", machine.engine_folder, "where the engine keeps the logs of containers"),
        ("ENGINE_SOCKET", machine.engine_socket, "where the engine listens"),
        ("SECRETS_FOLDER", machine.secrets_folder, "one file for each secret"),
        ("PROOFS_FOLDER", machine.proofs_folder, "outcomes of watchkeeper verify"),
    ]
    wanted = sorted({container.workload.resources.open_files for container in containers})
    entries += [
        (open_files_variable(count), machine.most_open_files, "this engine cannot grant more open files")
        for count in wanted
        if 0 < machine.most_open_files < count
    ]
    lines = ["# What compose.yaml must know of this machine, written by watchkeeper. There is no secret in it."]
    for name, value, meaning in entries:
        lines += [f"# {meaning}", f"{name}={_env_value(str(value))}"]
    return "\n".join(lines) + "\n"


def _distinct(*groups: int) -> tuple[int, ...]:
    """The same numbers; one that came before becomes one that nobody has, since Compose refuses a list with equal ones."""
    return tuple(group if group not in groups[:index] else _NOBODYS_GROUP - index for index, group in enumerate(groups))


def _env_value(value: str) -> str:
    """Single quotes keep everything as it is, but cannot hold one themselves."""
    if all(character.isalnum() or character in "/._-" for character in value):
        return value
    return "'" + value.replace("'", "\\'") + "'"


def _step(container: Container, machine: Machine) -> Step:
    workload, made = container.workload, container.service
    apart = {"image", "entrypoint", "command", "environment"}
    settings: Service = {key: value for key, value in made.items() if key not in apart}
    return Step(
        workload=workload.name,
        wave=container.wave,
        start_deadline_s=workload.health.start_deadline_s,
        stop_grace_s=workload.stop.grace_s,
        fingerprint=Fingerprint(
            version=f"{made['image']} {machine.own_source}".strip() if is_own(container.image) else str(made["image"]),
            arguments=(*_words(made.get("entrypoint")), *_words(made.get("command"))),
            environment=_texts(made.get("environment")),
            settings={key: json.dumps(value, sort_keys=True) for key, value in settings.items()}
            | {"machine": repr(replace(machine, own_source=""))},
            files={
                file.path.removeprefix(f"config/{workload.name}/"): FilePrint(
                    digest=hashlib.sha256(file.content).hexdigest(), reloadable=file.reloadable
                )
                for file in container.files
            },
            reload=workload.reload or "",
        ),
    )


def _words(value: Plain) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list) else ()


def _texts(value: Plain) -> dict[str, str]:
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, dict) else {}
