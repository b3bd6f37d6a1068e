"""Plan × paths × programs × user → everything that will be written and run. Pure: same inputs, same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from watchkeeper.plan.difference import FilePrint, Fingerprint
from watchkeeper.plan.model import Plan
from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import socket_path, start_mark_path
from watchkeeper.targets.native.probe_point import ProbePoint
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.native.resolve import Resolver
from watchkeeper.targets.native.warden.watchlist import Watched, Watchlist, printed
from watchkeeper.targets.native.warden_workload import WARDEN, WATCHLIST_FILE
from watchkeeper.targets.target import Paths, Step
from watchkeeper.workload.probe import ExecProbe, HttpProbe, Probe
from watchkeeper.workload.workload import ConfigFile, Workload
from watchkeeper.workload.yaml_text import yaml_text

STACK_MARK = "WATCHKEEPER_STACK"
WORKLOAD_MARK = "WATCHKEEPER_WORKLOAD"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """``name`` is the recipe's, ``path`` where it goes."""

    name: str
    path: Path
    content: bytes
    reloadable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One workload as a process of this machine. ``environment`` is all it gets; nothing is inherited. ``prepare``: a command
    that must end well before each start.
    """

    workload: Workload
    wave: int
    argv: tuple[str, ...]
    prepare: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[RenderedFile, ...]
    prefix: tuple[str, ...]
    home: Path
    volumes: tuple[Path, ...]
    secrets: tuple[Path, ...]
    log: Path
    ready: ProbePoint
    alive: ProbePoint
    addresses: Mapping[str, str]
    version: str

    @property
    def name(self) -> str:
        return self.workload.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A whole stack, ``processes`` sorted by name."""

    stack: str
    paths: Paths
    processes: tuple[Process, ...]
    steps: Mapping[str, Step]

    def process(self, name: str) -> Process:
        """The process of that workload; KeyError if there is none."""
        for process in self.processes:
            if process.name == name:
                return process
        raise KeyError(name)

    def digest(self) -> str:
        """Of everything that was rendered; equal digests mean equal bytes."""
        parts = [repr((process.argv, sorted(process.environment.items()), process.prefix)) for process in self.processes]
        parts += [f"{file.path}{hashlib.sha256(file.content).hexdigest()}" for p in self.processes for file in p.files]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def render(plan: Plan, paths: Paths, programs: Mapping[str, Program], identity: Identity) -> Rendered:
    """``programs`` by software name; a missing one is a KeyError, a reference to nothing a LookupError."""
    waves = {name: number for number, wave in enumerate(plan.waves) for name in wave}
    processes = tuple(
        _process(plan, paths, workload, programs, identity, waves[workload.name])
        for workload in sorted(plan.workloads, key=lambda workload: workload.name)
    )
    watchlist = printed(_watchlist(plan, paths, processes))
    processes = tuple(_with_watchlist(process, watchlist) for process in processes)
    return Rendered(
        stack=plan.name,
        paths=paths,
        processes=processes,
        steps={process.name: _step(process, identity) for process in processes},
    )


def _process(
    plan: Plan, paths: Paths, workload: Workload, programs: Mapping[str, Program], identity: Identity, wave: int
) -> Process:
    program = programs[workload.software.name]
    resolver = Resolver(plan=plan, paths=paths, workload=workload, program=program)
    home = paths.data / workload.name
    environment = {
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "HOME": str(home),
        **program.environment,
        **{name: resolver.argument(value) for name, value in workload.environment.items()},
        STACK_MARK: str(paths.state),
        WORKLOAD_MARK: workload.name,
    }
    return Process(
        workload=workload,
        wave=wave,
        argv=(
            str(program.executable),
            *program.prefix_arguments,
            *resolver.arguments(workload.arguments),
        ),
        prepare=_preparation(resolver, programs, environment),
        environment=dict(sorted(environment.items())),
        files=tuple(_file(resolver, file) for file in sorted(workload.files, key=lambda file: file.name)),
        prefix=identity.prefix(workload.host),
        home=home,
        volumes=tuple(resolver.volume_path(volume.name) for volume in workload.volumes),
        secrets=tuple(paths.secrets / secret for secret in workload.secrets),
        log=paths.log / f"{workload.name}.log",
        ready=_point(resolver, workload.health.ready, environment),
        alive=_point(resolver, workload.health.alive, environment),
        addresses={endpoint.name: plan.address(workload.name, endpoint.name) for endpoint in workload.endpoints},
        version=program.version,
    )


def _preparation(resolver: Resolver, programs: Mapping[str, Program], environment: Mapping[str, str]) -> tuple[str, ...]:
    """The command that runs before the program, with its environment; empty where there is nothing to prepare."""
    prepare = resolver.workload.prepare
    if prepare is None:
        return ()
    program = programs[prepare.software.name]
    assignments = [f"{name}={value}" for name, value in sorted({**environment, **program.environment}.items())]
    words = (str(program.executable), *program.prefix_arguments, *resolver.arguments(prepare.arguments))
    return ("/usr/bin/env", "-i", *assignments, *words)


def _file(resolver: Resolver, file: ConfigFile) -> RenderedFile:
    content = _content(file, resolver.structure(file.content))
    return RenderedFile(
        name=file.name, path=resolver.config_path(file.name), content=content.encode(), reloadable=file.reloadable
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


def _point(resolver: Resolver, probe: Probe, environment: Mapping[str, str]) -> ProbePoint:
    plan, workload = resolver.plan, resolver.workload
    if isinstance(probe, ExecProbe):
        return ProbePoint(argv=_probe_command(resolver, probe, environment), contains=probe.contains, timeout_s=probe.timeout_s)
    host, _, port = plan.address(workload.name, probe.endpoint).rpartition(":")
    if not isinstance(probe, HttpProbe):
        return ProbePoint(host=host, port=int(port), send=probe.send.hex(), timeout_s=probe.timeout_s)
    return ProbePoint(
        host=host,
        port=int(port),
        path=probe.path,
        status=probe.status,
        contains=probe.contains,
        timeout_s=probe.timeout_s,
        tls=plan.endpoint(workload.name, probe.endpoint).protocol == "https",
    )


def _probe_command(resolver: Resolver, probe: ExecProbe, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The tool with the workload's own environment, which it may need to find its libraries."""
    if probe.program not in resolver.program.binaries:
        raise LookupError(f"cannot probe {resolver.workload.name}: its software has no program {probe.program}")
    assignments = [f"{name}={value}" for name, value in sorted(environment.items())]
    words = [resolver.argument(argument) for argument in probe.arguments]
    return ("/usr/bin/env", "-i", *assignments, str(resolver.program.binaries[probe.program]), *words)


def _watchlist(plan: Plan, paths: Paths, processes: tuple[Process, ...]) -> Watchlist:
    return Watchlist(
        stack=plan.name,
        state_folder=str(paths.state),
        supervisor_socket=str(socket_path(paths)),
        budget_bytes=plan.memory_budget_bytes,
        watched=tuple(_watched(paths, process) for process in processes),
    )


def _watched(paths: Paths, process: Process) -> Watched:
    workload = process.workload
    return Watched(
        name=workload.name,
        component=workload.component,
        image=f"{workload.software.name}:{process.version}" if process.version else workload.software.name,
        ready=process.ready,
        alive=process.alive,
        start_deadline_s=workload.health.start_deadline_s,
        period_s=workload.health.period_s,
        failures=workload.health.failures,
        memory_limit_bytes=workload.resources.memory_bytes,
        cpu_limit_cores=workload.resources.cpu_cores,
        stop_grace_s=workload.stop.grace_s,
        data_folder=str(process.home),
        log_file=str(process.log),
        start_mark=str(start_mark_path(paths, process.name)),
        addresses=process.addresses,
    )


def _with_watchlist(process: Process, content: bytes) -> Process:
    """The warden's one file cannot come from its recipe: it tells about every other process."""
    if process.name != WARDEN:
        return process
    path = process.files[0].path
    file = RenderedFile(name=WATCHLIST_FILE, path=path, content=content, reloadable=True)
    return replace(process, files=(file,))


def _step(process: Process, identity: Identity) -> Step:
    workload = process.workload
    return Step(
        workload=workload.name,
        wave=process.wave,
        start_deadline_s=workload.health.start_deadline_s,
        stop_grace_s=workload.stop.grace_s,
        fingerprint=Fingerprint(
            version=process.version,
            arguments=process.argv,
            environment=process.environment,
            settings={
                "user": str(identity.uid),
                "rights": " ".join(process.prefix),
                "stop": f"{workload.stop.signal} {workload.stop.grace_s:g} s",
                "open files": str(workload.resources.open_files),
                **({"prepare": " ".join(process.prepare)} if process.prepare else {}),
            },
            files={
                file.name: FilePrint(digest=hashlib.sha256(file.content).hexdigest(), reloadable=file.reloadable)
                for file in process.files
            },
            reload=workload.reload or "",
        ),
    )
