"""The gates of a rollout as a pure state machine: an event changes the state and yields commands.

What must go is stopped first, last wave first; then everything is installed; then each wave starts when the one before it
is ready. No clock, no process, no file: ``drive.py`` brings the events and carries out the commands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from watchkeeper.plan.difference import Action, Change
from watchkeeper.targets.target import Answer, ProcessState, Step

Phase: TypeAlias = Literal["waiting", "stopping", "stopped", "starting", "reloading", "checking", "ready", "gone", "failed"]
Stage: TypeAlias = Literal["stopping", "installing", "starting", "finished"]

CRASHES_BEFORE_FAILURE = 3
KILL_MARGIN_S = 2.0
"""A workload that outlives its grace by this much is killed by us; twice this much, and stopping it has failed."""


RELOAD_SETTLES_S = 0.5
"""How long after the signal a workload is asked first: one that cannot take its new file may need that long to fall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One workload's part. ``stop_wave`` and ``start_wave`` count in start order; -1 where there is nothing to do."""

    workload: str
    action: Action
    stop_wave: int = -1
    start_wave: int = -1
    start_deadline_s: float = 30.0
    stop_grace_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where one workload stands. ``asking``: a probe is under way. ``said``: what it last answered or how it last ended."""

    phase: Phase = "waiting"
    since_s: float = 0.0
    pid: int = 0
    crashes: int = 0
    retrying: bool = False
    killed: bool = False
    asking: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """The state. Only workloads of the current ``wave`` have a mark other than waiting or done."""

    tasks: Mapping[str, Task]
    marks: Mapping[str, Mark]
    stage: Stage = "stopping"
    wave: int = 0
    now_s: float = 0.0

    def failed(self) -> tuple[str, ...]:
        """The workloads that failed, sorted."""
        return tuple(sorted(name for name, mark in self.marks.items() if mark.phase == "failed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """``now_s`` on any clock that only goes forward."""

    now_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSeen:
    """A workload's process now; ``absent`` where there is none."""

    state: ProcessState


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The end of an ``Ask``."""

    workload: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The end of an ``Install``."""


Event: TypeAlias = TimePassed | ProcessSeen | Answered | Installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to do now. ``install`` has no workload. ``record`` and ``forget`` are for the books, when it is done."""

    verb: Literal["stop", "kill", "install", "start", "reload", "ask", "record", "forget"]
    workload: str = ""


def opened(changes: Sequence[Change], before: Mapping[str, Step], after: Mapping[str, Step], living: Collection[str]) -> Gates:
    """The state before anything was done. ``living``: workloads that have a process, or are about to get one again."""
    tasks = {
        change.workload: _task(
            change, before.get(change.workload), after.get(change.workload), living=change.workload in living
        )
        for change in changes
    }
    waves = [task.stop_wave for task in tasks.values()]
    return Gates(tasks=tasks, marks={name: Mark() for name in tasks}, wave=max(waves, default=-1))


def advance(gates: Gates, event: Event) -> tuple[Gates, tuple[Command, ...]]:
    """The next state and what to do, in order."""
    match event:
        case TimePassed():
            gates = replace(gates, now_s=event.now_s)
            return _on_time(gates)
        case ProcessSeen():
            return _on_process(gates, event.state), ()
        case Answered():
            return _on_answer(gates, event), ()
        case Installed():
            return replace(gates, stage="starting", wave=0), ()


def _task(change: Change, before: Step | None, after: Step | None, *, living: bool) -> Task:
    step = after or before
    if step is None:
        raise ValueError(f"cannot {change.action} {change.workload}: nothing is known of it")
    old_wave = before.wave if before else step.wave
    return Task(
        workload=change.workload,
        action=change.action,
        # An added one may live as well, between two of its attempts to start.
        stop_wave=old_wave if living and change.action in {"remove", "restart", "add"} else -1,
        start_wave=step.wave if change.action != "remove" else -1,
        start_deadline_s=step.start_deadline_s,
        stop_grace_s=step.stop_grace_s,
    )


def _on_time(gates: Gates) -> tuple[Gates, tuple[Command, ...]]:
    """Let waves through their gate, open the next ones, and watch the deadlines."""
    commands: list[Command] = []
    while True:
        members = _members(gates)
        gates, fresh = _begin(gates, members)
        commands += fresh
        gates, fresh = _urge(gates, members)
        commands += fresh
        if gates.stage in {"installing", "finished"} or not _through(gates, members):
            return gates, tuple(commands)
        gates, fresh = _next(gates)
        commands += fresh


def _members(gates: Gates) -> tuple[str, ...]:
    """The workloads of the current wave, sorted."""
    if gates.stage == "stopping":
        return tuple(sorted(name for name, task in gates.tasks.items() if task.stop_wave == gates.wave >= 0))
    if gates.stage == "starting":
        return tuple(sorted(name for name, task in gates.tasks.items() if task.start_wave == gates.wave))
    return ()


def _begin(gates: Gates, members: Iterable[str]) -> tuple[Gates, list[Command]]:
    commands: list[Command] = []
    for name in members:
        phase = gates.marks[name].phase
        if gates.stage == "stopping" and phase == "waiting":
            gates = _mark(gates, name, phase="stopping")
            commands.append(Command(verb="stop", workload=name))
        elif gates.stage == "starting" and phase in {"waiting", "stopped"}:
            gates, fresh = _begin_start(gates, name)
            commands += fresh
    return gates, commands


def _begin_start(gates: Gates, name: str) -> tuple[Gates, list[Command]]:
    match gates.tasks[name].action:
        case "reload":
            # Recorded as soon as it was told: its file is already the new one.
            verbs: tuple[Literal["reload", "start", "record"], ...] = ("reload", "record")
        case "unchanged":
            verbs = ("record",)
        case _:
            verbs = ("start", "record")
    phase: Phase = "reloading" if "reload" in verbs else "starting" if "start" in verbs else "checking"
    return _mark(gates, name, phase=phase), [Command(verb=verb, workload=name) for verb in verbs]


def _urge(gates: Gates, members: Iterable[str]) -> tuple[Gates, list[Command]]:
    """Ask, ask again, kill, give up: whatever the time calls for."""
    commands: list[Command] = []
    for name in members:
        mark, task = gates.marks[name], gates.tasks[name]
        waited_s = gates.now_s - mark.since_s
        match mark.phase:
            case "stopping" if waited_s > task.stop_grace_s + 2 * KILL_MARGIN_S:
                gates = _mark(
                    gates, name, phase="failed", said=f"it did not end within {task.stop_grace_s:g} s nor when killed"
                )
            case "stopping" if waited_s > task.stop_grace_s + KILL_MARGIN_S and not mark.killed:
                gates = _mark(gates, name, killed=True)
                commands.append(Command(verb="kill", workload=name))
            case "starting" | "reloading" | "checking" if waited_s > task.start_deadline_s:
                said = f"it was not ready within {task.start_deadline_s:g} s: {mark.said or 'it never answered'}"
                gates = _mark(gates, name, phase="failed", said=said)
            case "reloading" if waited_s < RELOAD_SETTLES_S:
                continue
            case "reloading" | "checking" if not mark.asking:
                gates = _mark(gates, name, asking=True)
                commands.append(Command(verb="ask", workload=name))
            case _:
                continue
    return gates, commands


def _through(gates: Gates, members: Iterable[str]) -> bool:
    """Whether nobody in the wave is waited for any more; some may have failed."""
    return all(gates.marks[name].phase in {"stopped", "gone", "ready", "failed"} for name in members)


def _next(gates: Gates) -> tuple[Gates, list[Command]]:
    if gates.stage == "stopping" and gates.wave > 0:
        return replace(gates, wave=gates.wave - 1), []
    if gates.stage == "stopping":
        if gates.failed():
            return replace(gates, stage="finished"), []
        removed = sorted(name for name, task in gates.tasks.items() if task.action == "remove")
        return replace(gates, stage="installing"), [
            *(Command(verb="forget", workload=name) for name in removed),
            Command(verb="install"),
        ]
    last = max((task.start_wave for task in gates.tasks.values()), default=-1)
    if gates.failed() or gates.wave >= last:
        return replace(gates, stage="finished"), []
    return replace(gates, wave=gates.wave + 1), []


def _on_process(gates: Gates, state: ProcessState) -> Gates:
    name = state.workload
    mark = gates.marks.get(name)
    if mark is None:
        return gates
    match mark.phase:
        case "stopping" if state.lifecycle in {"absent", "stopped", "failed"}:
            return _mark(gates, name, phase="gone" if gates.tasks[name].action == "remove" else "stopped")
        case "starting" | "reloading" | "checking":
            return _watch_start(gates, mark, state)
        case _:
            return gates


def _watch_start(gates: Gates, mark: Mark, state: ProcessState) -> Gates:
    name = state.workload
    if state.lifecycle == "failed":
        return _mark(gates, name, phase="failed", said=f"it could not be started: {state.detail}")
    if state.lifecycle in {"absent", "stopped"}:
        return _mark(gates, name, phase="failed", said="somebody else stopped it, or the supervisor is gone")
    if state.lifecycle == "retrying":
        crashes = mark.crashes + (0 if mark.retrying else 1)
        if crashes >= CRASHES_BEFORE_FAILURE:
            return _mark(gates, name, phase="failed", crashes=crashes, said=f"it ended {crashes} times: {state.detail}")
        return _mark(gates, name, crashes=crashes, retrying=True, said=f"it ended: {state.detail}")
    if not state.pid:
        return gates
    if mark.pid and mark.pid != state.pid and not mark.retrying:
        # It came back faster than we looked.
        gates = _mark(gates, name, crashes=mark.crashes + 1)
        if mark.crashes + 1 >= CRASHES_BEFORE_FAILURE:
            return _mark(gates, name, phase="failed", said=f"it ended {mark.crashes + 1} times")
    phase: Phase = "checking" if mark.phase == "starting" else mark.phase
    since_s = gates.now_s if phase != mark.phase else mark.since_s
    mark = replace(gates.marks[name], phase=phase, since_s=since_s, pid=state.pid, retrying=False)
    return replace(gates, marks={**gates.marks, name: mark})


def _on_answer(gates: Gates, event: Answered) -> Gates:
    mark = gates.marks.get(event.workload)
    if mark is None or not mark.asking:
        return gates
    if mark.phase not in {"reloading", "checking"} or mark.retrying:
        # A late answer about a process that has ended meanwhile says less than its end did.
        return _mark(gates, event.workload, asking=False)
    if event.answer.passed:
        return _mark(gates, event.workload, phase="ready", asking=False, said="")
    return _mark(gates, event.workload, asking=False, said=event.answer.detail)


def _mark(gates: Gates, name: str, **changes: object) -> Gates:
    mark = gates.marks[name]
    if "phase" in changes and changes["phase"] != mark.phase:
        changes = {"since_s": gates.now_s, **changes}
    return replace(gates, marks={**gates.marks, name: replace(mark, **changes)})  # type: ignore[arg-type]
