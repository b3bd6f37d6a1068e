"""The native Target: one stack as processes of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from watchkeeper.targets.native import folders, leftovers, lock, logs, preflight, record, supervise, supervisor_files
from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import socket_path, start_mark_path
from watchkeeper.targets.native.privileges import current_identity
from watchkeeper.targets.native.probing import ask
from watchkeeper.targets.native.render import PATH, STACK_MARK, Rendered
from watchkeeper.targets.native.status import read_status
from watchkeeper.targets.target import Answer, ComponentStatus, Doorstep, Obstacle, Paths, ProcessState, Step
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.workload import SignalName

if TYPE_CHECKING:
    from watchkeeper.targets.native.grounds import NativeGrounds

_ENDING_S = 30.0
"""A supervisor that somebody asked to end stops its programs one after the other; each has its own grace."""


class NativeTarget:
    """Everything about the stack in ``paths``. Without ``rendered`` it can still tell, stop and break what runs."""

    def __init__(self, *, paths: Paths, rendered: Rendered | None = None) -> None:
        self._paths = paths
        self._rendered = rendered
        self._supervisor = supervise.Supervisor(socket_path(paths), hidden=frozenset({supervisor_files.LEASH}))
        self._identity: Identity | None = None

    @property
    def name(self) -> str:
        return "native"

    @property
    def paths(self) -> Paths:
        return self._paths

    @property
    def identity(self) -> Identity:
        """Whom the services run as; ``render`` needs it too."""
        if self._identity is None:
            self._identity = current_identity(self._paths.state, recorded_uid=record.read_service_uid(self._paths.journal))
        return self._identity

    def supervisor_pid(self) -> int:
        """Process number of the supervisor, whose death is everything's; 0 when the stack is down."""
        return self._supervisor.pid()

    @property
    def reader_group(self) -> int | None:
        """The group whose members among the services may read what others may not; None where they are ourselves."""
        return self.identity.gid if self.identity.drops else None

    def is_up(self) -> bool:
        """Whether anything of it runs."""
        return bool(self._supervisor.pid())

    def grounds(self) -> NativeGrounds:
        """What proofs need to see."""
        from watchkeeper.targets.native.grounds import NativeGrounds

        return NativeGrounds(self)

    def with_rendered(self, rendered: Rendered) -> NativeTarget:
        """The same stack, with what should run."""
        target = NativeTarget(paths=self._paths, rendered=rendered)
        target._identity = self._identity
        return target

    # Target -----------------------------------------------------------------------------------------------------------

    def exclusively(self, purpose: str) -> AbstractContextManager[None]:
        folders.make_lock_folder(self._paths)
        return lock.held(self._paths.journal / "lock", purpose)

    def obstacles(self) -> Sequence[Obstacle]:
        return preflight.obstacles(self._wanted(), self.identity)

    def doorstep(self) -> Doorstep:
        return Doorstep()

    def status(self) -> tuple[ComponentStatus, ...]:
        try:
            states = self._supervisor.states()
        except supervise.SupervisorAway:
            states = {}
        return read_status(self._paths, self.applied(), states)

    def logs(self, workloads: Sequence[str], *, lines: int, follow: bool) -> Iterator[tuple[str, str]]:
        names = list(workloads) or sorted(path.stem for path in self._paths.log.glob("*.log"))
        files = {name: self._log(name) for name in names}
        unknown = sorted(name for name, file in files.items() if not file.is_file())
        if unknown:
            raise WorldFailed(f"cannot show the log of {', '.join(unknown)}: there is none", hint=f"look in {self._paths.log}")
        places = logs.ends(files)
        for name, file in files.items():
            yield from ((name, line) for line in logs.last_lines(file, lines, end=places[name].size_bytes))
        if follow:
            yield from logs.follow(files, places)

    def delete(self) -> None:
        if self._supervisor.pid():
            raise WorldFailed("cannot delete the state of a stack that runs", hint="stop it first: watchkeeper down")
        for folder in (self._paths.run, self._paths.state):
            if folder.exists():
                shutil.rmtree(folder)

    # Runtime ----------------------------------------------------------------------------------------------------------

    def steps(self) -> Mapping[str, Step]:
        return self._rendered.steps if self._rendered else {}

    def applied(self) -> Mapping[str, Step]:
        return record.read_applied(self._paths.journal)

    def prepare(self) -> None:
        folders.make_folders(self._paths, self.identity)
        if self.identity.drops:
            record.write_service_uid(self._paths.journal, self.identity.uid)
        if not self._supervisor.settled_pid(_ENDING_S):
            self._start_supervisor()
        if self.identity.drops:
            # The warden restarts what hangs, so the services' user may talk to supervisor: it can start and stop, not define.
            os.chown(socket_path(self._paths), self.identity.uid, self.identity.gid)

    def states(self) -> Mapping[str, ProcessState]:
        try:
            return self._supervisor.states()
        except supervise.SupervisorAway:
            return {}

    def stop(self, workload: str) -> None:
        self._supervisor.stop(workload)

    def kill(self, workload: str, signal: SignalName | Literal["KILL"] = "KILL") -> None:
        self._supervisor.signal(workload, signal)

    def pause(self, workload: str) -> None:
        """Freeze it with SIGSTOP: it keeps its sockets and answers nothing."""
        self._supervisor.signal(workload, "STOP")

    def resume(self, workload: str) -> None:
        """The end of ``pause``."""
        self._supervisor.signal(workload, "CONT")

    def install(self) -> None:
        rendered = self._wanted()
        folders.make_workload_folders(rendered, self.identity)
        wanted = set()
        for process in rendered.processes:
            folders.write_configuration(self._paths.config / process.name, process.files, self.identity)
            for path, content in (
                (supervisor_files.launch_path(self._paths, process.name), supervisor_files.launch_script(process)),
                (supervisor_files.section_path(self._paths, process.name), supervisor_files.section(self._paths, process)),
            ):
                folders.write_file(path, content, self.identity)
                wanted.add(path)
        self._clear(wanted, keep={process.name for process in rendered.processes})
        self._supervisor.refresh()

    def start(self, workload: str) -> None:
        leftovers.end_leftovers(self._paths.state, workload=workload)
        start_mark_path(self._paths, workload).touch(mode=0o600)
        self._supervisor.start(workload)

    def reload(self, workload: str) -> None:
        signal = self._wanted().process(workload).workload.reload
        if signal is None:
            raise ValueError(f"{workload} has no signal to reload")
        self._supervisor.signal(workload, signal)

    def ask(self, workload: str) -> Answer:
        return ask(self._wanted().process(workload).ready)

    def tail(self, workload: str, lines: int) -> tuple[str, ...]:
        return logs.last_lines(self._log(workload), lines)

    def record(self, workload: str) -> None:
        record.write_applied(self._paths.journal, {**self.applied(), workload: self.steps()[workload]})

    def forget(self, workload: str) -> None:
        left = {name: step for name, step in self.applied().items() if name != workload}
        record.write_applied(self._paths.journal, left)

    def close(self) -> None:
        with suppress(supervise.SupervisorAway):
            self._supervisor.shut_down(_ENDING_S)
        living = leftovers.end_leftovers(self._paths.state)
        if living:
            raise WorldFailed(
                "cannot end every process of the stack",
                hint="end them by hand",
                evidence=[f"pid={pid}" for pid in living],
            )
        self._clear_run_folder()

    # ------------------------------------------------------------------------------------------------------------------

    def _wanted(self) -> Rendered:
        if self._rendered is None:
            raise RuntimeError("this target was made without what should run")
        return self._rendered

    def _log(self, workload: str) -> Path:
        return self._paths.log / f"{workload}.log"

    def _clear(self, wanted: set[Path], keep: set[str]) -> None:
        """Remove the definitions and configurations of workloads that are no longer part of the stack; data and logs stay."""
        for folder in ("programs", "launch"):
            for path in (self._paths.run / folder).iterdir():
                if path not in wanted:
                    path.unlink()
        for path in self._paths.config.iterdir():
            if path.name not in keep:
                shutil.rmtree(path)

    def _clear_run_folder(self) -> None:
        for path in (supervisor_files.pid_path(self._paths), socket_path(self._paths)):
            path.unlink(missing_ok=True)

    def _start_supervisor(self) -> None:
        """After a crash or a reboot its socket, its process number and perhaps some processes are left: clear them first."""
        leftovers.end_leftovers(self._paths.state)
        self._clear_run_folder()
        drops = self.identity.drops
        limit = supervise.open_files_limit()
        settings = supervisor_files.settings_path(self._paths)
        folders.write_file(
            settings, supervisor_files.settings(self._paths, as_root=drops, open_files_limit=limit), self.identity
        )
        folders.write_file(supervisor_files.leash_path(self._paths), supervisor_files.leash_script(), self.identity)
        output = self._paths.run / "supervisord.out"
        pid = supervise.start_daemon(
            settings,
            working_folder=self._paths.run,
            output=output,
            environment={"PATH": PATH, "LANG": "C.UTF-8", "HOME": str(self._paths.run), STACK_MARK: str(self._paths.state)},
            # As root the logs must be readable to the services' group, which is all that a group bit gives here.
            umask=0o027 if drops else 0o077,
        )
        supervise.wait_for_daemon(self._supervisor, pid, output=output)
