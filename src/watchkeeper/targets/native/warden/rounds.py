"""The warden's work: look at every process, judge, act; keep what was seen for whoever asks."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from watchkeeper.targets.native.logs import last_lines
from watchkeeper.targets.native.probing import ask
from watchkeeper.targets.native.supervise import Supervisor, SupervisorAway
from watchkeeper.targets.native.warden.judge import Cause, Seen, Standing, Verdict, judge
from watchkeeper.targets.native.warden.sample import Usage, folder_bytes, log_bytes, resident_bytes, sample
from watchkeeper.targets.native.warden.watchlist import Watched, Watchlist
from watchkeeper.targets.target import Answer, ProcessState
from watchkeeper.workload.failure import WorldFailed

_PROBES_AT_ONCE = 6
_DISK_EVERY_S = 60.0
_EVIDENCE_LINES = 5

Log = Callable[[str, str, Mapping[str, object]], None]
"""(level, message, fields) → one line on stdout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Everything known of one process after a round."""

    watched: Watched
    state: ProcessState
    standing: Standing
    usage: Usage | None
    data_bytes: int
    log_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The result of one round. ``restarts`` counts by (workload, cause) since the warden started."""

    watchlist: Watchlist
    at_s: float = 0.0
    took_s: float = 0.0
    supervisor_answers: bool = False
    supervisor_pid: int = 0
    supervisor_bytes: int = 0
    components: tuple[Component, ...] = ()
    restarts: Mapping[tuple[str, Cause], int] = field(default_factory=dict)
    rounds: int = 0


class Warden:
    """One round at a time, whoever asks for it: the clock or a visitor."""

    def __init__(self, watchlist: Watchlist, *, memory_file: Path, log: Log) -> None:
        self._watchlist = watchlist
        self._memory_file = memory_file
        self._log = log
        self._supervisor = Supervisor(Path(watchlist.supervisor_socket))
        self._pool = ThreadPoolExecutor(max_workers=_PROBES_AT_ONCE, thread_name_prefix="probe")
        self._lock = threading.Lock()
        self._standings: dict[str, Standing] = _remembered(memory_file)
        self._restarts: dict[tuple[str, Cause], int] = {}
        self._usages: dict[str, tuple[int, Usage]] = {}
        self._disk: dict[str, tuple[int, int]] = {}
        self._disk_at_s = 0.0
        self.snapshot = Snapshot(watchlist=watchlist)

    def take(self, watchlist: Watchlist) -> None:
        """Watch these from the next round on."""
        with self._lock:
            self._watchlist = watchlist
            self._supervisor = Supervisor(Path(watchlist.supervisor_socket))

    def round(self, *, not_before_age_s: float = 0.0) -> Snapshot:
        """Look, judge and act once; a snapshot younger than ``not_before_age_s`` is returned as it is."""
        with self._lock:
            if time.time() - self.snapshot.at_s < not_before_age_s:
                return self.snapshot
            started = time.monotonic()
            self.snapshot = self._round(started)
            return self.snapshot

    def _round(self, started: float) -> Snapshot:
        now_s = time.time()
        try:
            states = self._supervisor.states()
            answers = True
        except SupervisorAway:
            states, answers = {}, False
        running = {name: state for name, state in states.items() if state.pid}
        asked = self._ask(running)
        usages = sample({name: state.pid for name, state in running.items()}, self._usages)
        self._usages = {name: (running[name].pid, usage) for name, usage in usages.items()}
        self._weigh_disk(now_s)
        components = []
        for watched in self._watchlist.watched:
            state = states.get(watched.name) or ProcessState(workload=watched.name, lifecycle="absent")
            usage = usages.get(watched.name)
            if answers:
                self._judge(watched, _seen(watched, now_s, state, usage, asked.get(watched.name, (None, None))))
            data, log = self._disk.get(watched.name, (0, 0))
            standing = self._standings.get(watched.name, Standing())
            components.append(
                Component(watched=watched, state=state, standing=standing, usage=usage, data_bytes=data, log_bytes=log)
            )
        return Snapshot(
            watchlist=self._watchlist,
            at_s=now_s,
            took_s=time.monotonic() - started,
            supervisor_answers=answers,
            supervisor_pid=os.getppid(),
            supervisor_bytes=resident_bytes(os.getppid()),
            components=tuple(components),
            restarts=dict(self._restarts),
            rounds=self.snapshot.rounds + 1,
        )

    def _ask(self, running: Mapping[str, ProcessState]) -> dict[str, tuple[Answer | None, Answer | None]]:
        """(alive, ready) by workload. The warden does not ask itself: it is busy with this round, and plainly alive."""
        futures = {}
        for watched in self._watchlist.watched:
            state = running.get(watched.name)
            if state is None or state.pid == os.getpid():
                continue
            alive = self._pool.submit(ask, watched.alive)
            ready = alive if watched.ready == watched.alive else self._pool.submit(ask, watched.ready)
            futures[watched.name] = (alive, ready)
        answers: dict[str, tuple[Answer | None, Answer | None]] = {
            name: (alive.result(), ready.result()) for name, (alive, ready) in futures.items()
        }
        for name, state in running.items():
            if state.pid == os.getpid():
                answers[name] = (Answer(passed=True), Answer(passed=True))
        return answers

    def _judge(self, watched: Watched, seen: Seen) -> None:
        before = self._standings.get(watched.name, Standing())
        verdict = judge(watched, before, seen)
        self._standings[watched.name] = verdict.standing
        if verdict.restarted is not None:
            key = (watched.name, verdict.restarted)
            self._restarts[key] = self._restarts.get(key, 0) + 1
            self._log(
                "warn",
                "component was restarted",
                {"component": watched.name, "cause": verdict.restarted, "reason": verdict.standing.last_restart_reason},
            )
        if verdict.standing.failed_since_s and not before.failed_since_s:
            said = " / ".join(last_lines(Path(watched.log_file), _EVIDENCE_LINES))
            self._log(
                "error",
                "component ended too often and is left alone for a while",
                {"component": watched.name, "reason": seen.detail, "last_lines": said},
            )
        if verdict.standing.pid != before.pid:
            _remember(self._memory_file, self._standings)
        self._act(watched, seen, verdict)

    def _act(self, watched: Watched, seen: Seen, verdict: Verdict) -> None:
        if verdict.act == "none" or seen.pid == os.getpid():
            return
        self._log("warn", f"{verdict.act} component", {"component": watched.name, "pid": seen.pid, "reason": verdict.reason})
        try:
            match verdict.act:
                case "terminate":
                    self._supervisor.signal(watched.name, "TERM")
                case "kill":
                    # The whole group: a hung program's children would keep its port.
                    os.killpg(seen.pid, signal.SIGKILL)
                case "start":
                    self._supervisor.start(watched.name)
        except (SupervisorAway, WorldFailed, ProcessLookupError, PermissionError) as error:
            self._log("error", f"cannot {verdict.act} component", {"component": watched.name, "error": error})

    def _weigh_disk(self, now_s: float) -> None:
        if now_s - self._disk_at_s < _DISK_EVERY_S:
            return
        self._disk_at_s = now_s
        self._disk = {
            watched.name: (folder_bytes(watched.data_folder), log_bytes(watched.log_file))
            for watched in self._watchlist.watched
        }


def _seen(
    watched: Watched, now_s: float, state: ProcessState, usage: Usage | None, asked: tuple[Answer | None, Answer | None]
) -> Seen:
    alive, ready = asked
    return Seen(
        now_s=now_s,
        lifecycle=state.lifecycle,
        pid=state.pid,
        started_at_s=state.started_at_s,
        frozen=usage.frozen if usage else False,
        alive=alive,
        ready=ready,
        memory_bytes=usage.memory_bytes if usage else 0,
        start_mark=_written_at_s(watched.start_mark),
        detail=state.detail,
    )


def _remembered(path: Path) -> dict[str, Standing]:
    """Restart counts outlive the warden itself, its own restarts among them."""
    try:
        data = json.loads(path.read_bytes())
        return {
            name: Standing(
                pid=entry["pid"],
                start_mark=entry["start_mark"],
                restarts=entry["restarts"],
                last_restart_reason=entry["reason"],
            )
            for name, entry in data.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _remember(path: Path, standings: Mapping[str, Standing]) -> None:
    data = {
        name: {
            "pid": standing.pid,
            "start_mark": standing.start_mark,
            "restarts": standing.restarts,
            "reason": standing.last_restart_reason,
        }
        for name, standing in standings.items()
    }
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(json.dumps(data).encode())
    fresh.replace(path)


def _written_at_s(path: str) -> float:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return 0.0
