"""Supervisor behind a narrow interface: its daemon, and one program at a time, over XML-RPC on a unix socket."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from watchkeeper.targets.target import Lifecycle, ProcessState
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.workload import SignalName

_LIFECYCLES: Mapping[str, Lifecycle] = {
    "STOPPED": "stopped",
    "STARTING": "starting",
    "RUNNING": "running",
    "BACKOFF": "retrying",
    "STOPPING": "stopping",
    "EXITED": "retrying",
    "FATAL": "failed",
    "UNKNOWN": "failed",
}
_RPC_TIMEOUT_S = 5.0
_DAEMON_START_S = 10.0
_DAEMON_STOP_S = 5.0
_POLL_S = 0.01


class SupervisorAway(WorldFailed):
    """Nobody answers on the socket: it does not run, or hangs, which is as good as dead."""


class SupervisorEnding(SupervisorAway):
    """It was asked to end and is stopping its programs."""


class Supervisor:
    """The daemon whose socket is ``socket_path``, running or not. Not for use by two threads at once."""

    def __init__(self, socket_path: Path, *, hidden: frozenset[str] = frozenset()) -> None:
        self._socket_path = socket_path
        self._hidden = hidden

    def pid(self) -> int:
        """Its process number; 0 when it does not run."""
        try:
            with self._rpc() as rpc:
                return int(rpc.supervisor.getPID())
        except SupervisorAway:
            return 0

    def states(self) -> dict[str, ProcessState]:
        """Every program it knows, by name; raises SupervisorAway."""
        with self._rpc() as rpc:
            answer: Any = rpc.supervisor.getAllProcessInfo()
        return {info["name"]: _state(info) for info in answer if info["name"] not in self._hidden}

    def refresh(self) -> None:
        """Take the sections on disk: new ones are added, gone ones removed, changed ones replaced.

        A program that still runs keeps the section it has: whoever wants it changed stops it first.
        """
        with self._rpc() as rpc:
            answer: Any = rpc.supervisor.reloadConfig()
            added, changed, removed = answer[0]
            for name in [*changed, *removed]:
                if not self._try(rpc, "removeProcessGroup", name):
                    continue
                if name in changed:
                    rpc.supervisor.addProcessGroup(name)
            for name in added:
                rpc.supervisor.addProcessGroup(name)

    def start(self, program: str) -> None:
        """Begin to start it. One that runs already is left alone."""
        with self._rpc() as rpc:
            try:
                rpc.supervisor.startProcess(program, False)
            except xmlrpc.client.Fault as fault:
                if "ALREADY_STARTED" not in fault.faultString and "SPAWN_ERROR" not in fault.faultString:
                    raise WorldFailed(f"cannot start {program}: {fault.faultString}") from fault

    def stop(self, program: str) -> None:
        """Begin to stop it; it is killed after its grace. One that does not run is left alone."""
        with self._rpc() as rpc:
            self._try(rpc, "stopProcess", program, False)

    def signal(self, program: str, name: SignalName | Literal["KILL", "STOP", "CONT"]) -> None:
        """Send it a signal; supervisor's view of it does not change."""
        with self._rpc() as rpc:
            self._try(rpc, "signalProcess", program, name)

    def shut_down(self, ending_s: float) -> None:
        """End the daemon and wait for it. Programs that still run are stopped by it one after the other: stop them first.

        One that is ending already gets ``ending_s`` for it.
        """
        pid = self.settled_pid(ending_s)
        if not pid:
            return
        with self._rpc() as rpc:
            # Supervisor ends one group per turn of its loop, up to a second each, even those that are stopped already.
            for name in self.states():
                self._try(rpc, "removeProcessGroup", name)
            rpc.supervisor.shutdown()
        deadline = time.monotonic() + _DAEMON_STOP_S
        self.settled_pid(_DAEMON_STOP_S)
        while runs(pid) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        if runs(pid):
            os.kill(pid, signal.SIGKILL)

    def settled_pid(self, within_s: float) -> int:
        """Like ``pid``, but waits up to ``within_s`` for a daemon that was asked to end."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                with self._rpc() as rpc:  # each question also wakes its loop, which else sleeps for a second
                    return int(rpc.supervisor.getPID())
            except SupervisorEnding:
                time.sleep(_POLL_S)
            except SupervisorAway:
                return 0
        return 0

    @contextmanager
    def _rpc(self) -> Iterator[Any]:
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=_UnixTransport(self._socket_path))
        try:
            with proxy as rpc:
                yield rpc
        except xmlrpc.client.Fault as fault:
            if "SHUTDOWN_STATE" not in fault.faultString:
                raise
            raise SupervisorEnding("cannot use the supervisor: it is ending", hint="wait a moment") from fault
        except (OSError, http.client.HTTPException) as error:
            raise SupervisorAway(
                f"cannot reach the supervisor: {error or type(error).__name__}",
                hint="start it again: watchkeeper up",
                evidence=[f"socket={self._socket_path}"],
            ) from error

    @staticmethod
    def _try(rpc: Any, method: str, *arguments: object) -> bool:
        """Whether supervisor did it; a fault means the program is not in a state for it, which the caller's loop will see."""
        try:
            getattr(rpc.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if "SHUTDOWN_STATE" in fault.faultString:
                raise
            return False
        return True


def start_daemon(settings: Path, *, working_folder: Path, output: Path, environment: Mapping[str, str], umask: int) -> int:
    """Start supervisor in a session of its own and return its process number; whether it answers is the caller's to see.

    ``output`` takes what it says before its own log is open.
    """
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "supervisor.supervisord", "-c", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=working_folder,
            env=dict(environment),
            start_new_session=True,
            umask=umask,
        )
    return process.pid


def wait_for_daemon(supervisor: Supervisor, pid: int, *, output: Path) -> None:
    """Return when the daemon answers. Raises WorldFailed with what it said when it ended or stays silent."""
    deadline = time.monotonic() + _DAEMON_START_S
    while not supervisor.pid():
        if not runs(pid) or time.monotonic() > deadline:
            raise WorldFailed(
                "cannot start the supervisor",
                hint="its own words are below",
                evidence=output.read_text(errors="replace").splitlines()[-10:],
            )
        time.sleep(_POLL_S)


def open_files_limit() -> int:
    """How many files a process of ours may have open at most."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return hard if hard != resource.RLIM_INFINITY else 1 << 20


def runs(pid: int) -> bool:
    """Whether the process lives. A zombie does not: PID 1 of a container may be slow to reap."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] not in {b"Z", b"X"}


def _state(info: Mapping[str, Any]) -> ProcessState:
    return ProcessState(
        workload=info["name"],
        lifecycle=_LIFECYCLES.get(info["statename"], "failed"),
        pid=int(info["pid"]),
        started_at_s=float(info["start"]),
        detail=str(info["spawnerr"] or info["description"]),
    )


class _UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over a unix socket, one connection per call chain."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _UnixConnection(self._path)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_RPC_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
