"""The Compose Target: one stack as containers of the engine on this machine."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, Literal

from watchkeeper.plan.model import Plan
from watchkeeper.targets.compose import asking, folder, inside, logs, preflight
from watchkeeper.targets.compose.engine import Done, Engine, EngineAway, EngineRefused
from watchkeeper.targets.compose.grounds import ComposeGrounds
from watchkeeper.targets.compose.layout import lock_path
from watchkeeper.targets.compose.render import COMPOSE_FILE, Machine, Rendered
from watchkeeper.targets.compose.service import HOST_NAME
from watchkeeper.targets.compose.states import process_state
from watchkeeper.targets.compose.status import read_status
from watchkeeper.targets.native import lock, record
from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.privileges import current_identity
from watchkeeper.targets.target import Answer, ComponentStatus, Doorstep, Obstacle, Paths, ProcessState, Step
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.workload import SignalName

_AT_ONCE = 8
_START_S = 120.0


class ComposeTarget:
    """Everything about the stack of ``plan``. Without ``rendered`` it can still tell, stop and break what runs."""

    def __init__(
        self,
        *,
        plan: Plan,
        paths: Paths,
        environment: Mapping[str, str],
        rendered: Rendered | None = None,
        machine: Machine | None = None,
    ) -> None:
        self._plan = plan
        self._paths = paths
        self._environment = environment
        self._engine = Engine(environment)
        self._rendered = rendered
        self._machine = machine
        self._identity: Identity | None = None
        self._pool = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="compose")
        self._starting: dict[str, Future[str]] = {}
        self._stopping: dict[str, Future[None]] = {}

    @property
    def name(self) -> str:
        return "compose"

    @property
    def paths(self) -> Paths:
        return self._paths

    @property
    def engine(self) -> Engine:
        """The engine that carries the stack."""
        return self._engine

    @property
    def plan(self) -> Plan:
        return self._plan

    @property
    def identity(self) -> Identity:
        """Who owns the secrets on this machine: as on bare processes, so that a stack can change its target."""
        if self._identity is None:
            journal = lock_path(self._paths).parent
            self._identity = current_identity(self._paths.state, recorded_uid=record.read_service_uid(journal))
        return self._identity

    @property
    def reader_group(self) -> int:
        """The group that containers are given to read what others may not."""
        return self.identity.gid

    def is_up(self) -> bool:
        """Whether anything of it runs; without a project nobody is asked."""
        if not (self._paths.run / COMPOSE_FILE).exists():
            return False
        try:
            return any(one["State"]["Running"] for one in self.containers().values())
        except (EngineAway, EngineRefused):
            return False

    def with_rendered(self, rendered: Rendered, machine: Machine) -> ComposeTarget:
        """The same stack, with what should run."""
        return ComposeTarget(
            plan=self._plan, paths=self._paths, environment=self._environment, rendered=rendered, machine=machine
        )

    def grounds(self) -> ComposeGrounds:
        """What proofs need to see."""
        return ComposeGrounds(self)

    def containers(self) -> Mapping[str, dict[str, Any]]:
        """Every container of the stack as the engine's ``inspect`` tells it, by workload."""
        return self._engine.containers(self._plan.name)

    # Target -----------------------------------------------------------------------------------------------------------

    def exclusively(self, purpose: str) -> AbstractContextManager[None]:
        folder.make_lock_folder(self._paths)
        return lock.held(lock_path(self._paths), purpose)

    def obstacles(self) -> Sequence[Obstacle]:
        ports = {
            (workload.name, endpoint.name): self._plan.address(workload.name, endpoint.name)
            for workload in self._plan.workloads
            for endpoint in workload.endpoints
            if asking.is_published(workload, endpoint.name)
        }
        return preflight.obstacles(self._engine, self._paths, self._plan.name, ports)

    def doorstep(self) -> Doorstep:
        """The engine's own bridge, which is what ``host-gateway`` means; other machines have no way to its address."""
        address = self._engine.bridge_address()
        try:
            if not address:
                raise OSError("it has no bridge")
            with socket.create_server((address, 0)):
                return Doorstep(address=address, name=HOST_NAME)
        except OSError as error:
            raise WorldFailed(
                f"cannot listen where containers would reach this machine: {address or 'the engine has no bridge of its own'}",
                hint="an engine in a virtual machine, such as Docker Desktop's, keeps that address to itself",
            ) from error

    def status(self) -> tuple[ComponentStatus, ...]:
        containers = self.containers()
        return read_status(self._engine, self.applied(), containers, lambda name: self._ask(name, containers.get(name)))

    def logs(self, workloads: Sequence[str], *, lines: int, follow: bool) -> Iterator[tuple[str, str]]:
        containers = {name: str(one["Id"]) for name, one in self.containers().items()}
        names = list(workloads) or sorted(containers)
        unknown = sorted(set(names) - set(containers))
        if unknown:
            raise WorldFailed(
                f"cannot show the log of {', '.join(unknown)}: there is no such container", hint="watchkeeper status lists them"
            )
        for name in names:
            yield from ((name, line) for line in logs.last_lines(self._engine, containers[name], lines))
        if follow:
            yield from logs.follow(self._engine, {name: containers[name] for name in names}, self._paths.state)

    def delete(self) -> None:
        if any(one["State"]["Running"] for one in self.containers().values()):
            raise WorldFailed("cannot delete the state of a stack that runs", hint="stop it first: watchkeeper down")
        self._engine.client("compose", "--project-name", self._plan.name, "down", "--volumes", "--remove-orphans")
        for volume in self._engine.volumes(self._plan.name):
            self._engine.delete(f"/volumes/{volume}", force="true")
        # what bare processes have stored below the same folder is not this target's to delete
        ours = self._paths.run if (self._paths.state / "data").exists() else self._paths.state
        if ours.exists():
            shutil.rmtree(ours)

    # Runtime ----------------------------------------------------------------------------------------------------------

    def steps(self) -> Mapping[str, Step]:
        return self._rendered.steps if self._rendered else {}

    def applied(self) -> Mapping[str, Step]:
        return record.read_applied(self._paths.journal)

    def prepare(self) -> None:
        self._engine.get("/_ping")
        folder.make_folders(self._paths, self._wanted_machine().stack_group)
        if self.identity.drops:
            record.write_service_uid(lock_path(self._paths).parent, self.identity.uid)

    def states(self) -> Mapping[str, ProcessState]:
        # What is under way is looked at first: what ended after that look counts only at the next one.
        ended = {name: job.result() for name, job in self._starting.items() if job.done()}
        self._stopping = {name: job for name, job in self._stopping.items() if not job.done()}
        found = {name: process_state(name, inspected) for name, inspected in self.containers().items()}
        for name in self._stopping:
            if name in found and found[name].lifecycle in {"running", "retrying"}:
                found[name] = ProcessState(workload=name, lifecycle="stopping", pid=found[name].pid)
        for name in list(self._starting):
            lifecycle = found[name].lifecycle if name in found else "absent"
            if name not in ended:
                if lifecycle in {"absent", "stopped", "failed"}:  # what an earlier start left
                    found[name] = ProcessState(workload=name, lifecycle="starting")
            elif not ended[name]:
                del self._starting[name]
            elif lifecycle != "running":
                found[name] = ProcessState(workload=name, lifecycle="failed", detail=ended[name])
        return found

    def stop(self, workload: str) -> None:
        self._starting.pop(workload, None)
        inspected = self.containers().get(workload)
        under_way = self._stopping.get(workload)
        if inspected is None or (under_way is not None and not under_way.done()):
            return
        grace_s = int(inspected["Config"].get("StopTimeout") or 10)
        self._stopping[workload] = self._pool.submit(self._stop, str(inspected["Id"]), grace_s)

    def kill(self, workload: str, signal: SignalName | Literal["KILL"] = "KILL") -> None:
        inspected = self.containers().get(workload)
        if inspected is not None:  # gone meanwhile is as dead as it was to be
            inside.send(self._engine, inspected, signal)

    def pause(self, workload: str) -> None:
        """Freeze its processes. The engine's own pause would also suspend the health check that is to notice."""
        inside.send(self._engine, self._container(workload), "STOP")

    def resume(self, workload: str) -> None:
        """The end of ``pause``."""
        inside.send(self._engine, self._container(workload), "CONT")

    def install(self) -> None:
        rendered, machine = self._wanted(), self._wanted_machine()
        folder.write_project(self._paths, rendered)
        folder.open_secrets(
            self._paths, sorted({s for c in rendered.containers for s in c.workload.secrets}), machine.stack_group
        )
        # All at once: services that are created at the same moment by several clients would each make their own networks.
        running = {name for name, one in self.containers().items() if one["State"]["Running"]}
        made = self._compose("create", "--no-build")
        if made.status:
            raise WorldFailed(
                f"cannot create the containers of {self._plan.name}",
                hint=f"docker compose --project-directory {self._paths.run} config shows whether the file is at fault",
                evidence=made.error.splitlines()[-5:],
            )
        # Another Compose may see a change where there is none for us, and then leaves a new container that nobody started.
        for name in running & {name for name, one in self.containers().items() if not one["State"]["Running"]}:
            self.start(name)

    def start(self, workload: str) -> None:
        self._starting[workload] = self._pool.submit(
            self._start, str(self._container(workload)["Id"]), self._stopping.get(workload)
        )

    def reload(self, workload: str) -> None:
        signal = self._wanted().container(workload).workload.reload
        if signal is None:
            raise ValueError(f"{workload} has no signal to reload")
        inside.send(self._engine, self._container(workload), signal)

    def ask(self, workload: str) -> Answer:
        return self._ask(workload, self.containers().get(workload))

    def tail(self, workload: str, lines: int) -> tuple[str, ...]:
        inspected = self.containers().get(workload)
        return logs.last_lines(self._engine, str(inspected["Id"]), lines) if inspected else ()

    def record(self, workload: str) -> None:
        record.write_applied(self._paths.journal, {**self.applied(), workload: self.steps()[workload]})

    def forget(self, workload: str) -> None:
        inspected = self.containers().get(workload)
        if inspected:
            self._engine.delete(f"/containers/{inspected['Id']}", force="true")
        left = {name: step for name, step in self.applied().items() if name != workload}
        if self._paths.journal.exists():
            record.write_applied(self._paths.journal, left)

    def close(self) -> None:
        for stopping in list(self._stopping.values()):
            stopping.result()
        # Before Compose does it: asked by the project's name, it refuses where one is gone on which another depends.
        for inspected in self.containers().values():
            self._engine.delete(f"/containers/{inspected['Id']}", force="true")
        done = self._engine.client("compose", "--project-name", self._plan.name, "down", "--remove-orphans")
        if done.status and "no configuration file" not in done.error:
            raise WorldFailed("cannot remove every container and network of the stack", evidence=done.error.splitlines()[-5:])

    # ------------------------------------------------------------------------------------------------------------------

    def _wanted(self) -> Rendered:
        if self._rendered is None:
            raise RuntimeError("this target was made without what should run")
        return self._rendered

    def _wanted_machine(self) -> Machine:
        if self._machine is None:
            raise RuntimeError("this target was made without what should run")
        return self._machine

    def _compose(self, *words: str) -> Done:
        project = self._paths.run
        return self._engine.client(
            "compose", "--project-directory", str(project), "--file", str(project / COMPOSE_FILE), *words, folder=project
        )

    def _container(self, workload: str) -> dict[str, Any]:
        inspected = self.containers().get(workload)
        if inspected is None:
            raise WorldFailed(f"cannot find a container of {workload}", hint="watchkeeper status shows what runs")
        return inspected

    def _start(self, identifier: str, stopping: Future[None] | None) -> str:
        """What went wrong; empty if nothing did. Told to start, an engine does nothing for what is still stopping."""
        if stopping is not None:
            stopping.result()
        engine = Engine(self._environment, answer_within_s=_START_S)
        try:
            engine.post(f"/containers/{identifier}/start")
        except (EngineAway, EngineRefused) as refused:
            return refused.message
        return ""

    def _stop(self, identifier: str, grace_s: int) -> None:
        engine = Engine(self._environment, answer_within_s=grace_s + 30.0)
        try:
            engine.post(f"/containers/{identifier}/stop", t=str(grace_s))
        except EngineRefused as refused:
            if refused.status not in {304, 404}:  # stopped or gone already
                raise

    def _ask(self, workload: str, inspected: Mapping[str, Any] | None) -> Answer:
        try:
            wanted = self._plan.workload(workload)
        except KeyError:
            return Answer(passed=False, detail="it is no longer part of the description")
        try:
            return asking.ask(self._engine, self._plan, wanted, wanted.health.ready, inspected)
        except EngineAway as away:
            return Answer(passed=False, detail=away.message)
