"""The only loop: it looks at the target, feeds the gates, and carries out what they command."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from watchkeeper.plan.difference import Change, Fingerprint, difference
from watchkeeper.rollout.gates import (
    Answered,
    Command,
    Event,
    Gates,
    Installed,
    Mark,
    Phase,
    ProcessSeen,
    TimePassed,
    advance,
    opened,
)
from watchkeeper.rollout.journal import Journal
from watchkeeper.targets.target import Answer, ProcessState, Runtime, Step
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.progress import Event as Progress
from watchkeeper.workload.progress import Reporter, State

_POLL_S = 0.05
_EVIDENCE_LINES = 15
_ASKING_AT_ONCE = 8
_WITHOUT_PROCESS = frozenset({"absent", "stopped", "failed"})

_SHOWN: Mapping[Phase, State] = {
    "waiting": "waiting",
    "stopping": "stopping",
    "stopped": "stopped",
    "starting": "starting",
    "reloading": "reloading",
    "checking": "checking",
    "ready": "ready",
    "gone": "stopped",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One workload that could not be brought where it should be, with the last lines it logged."""

    workload: str
    reason: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a rollout ended. ``changes`` has every workload, the unchanged ones too."""

    changes: tuple[Change, ...]
    failures: tuple[Failure, ...]
    took_s: float

    @property
    def passed(self) -> bool:
        return not self.failures

    def raise_if_failed(self) -> None:
        """Raises WorldFailed with every failure's evidence."""
        if self.passed:
            return
        names = ", ".join(failure.workload for failure in self.failures)
        evidence = [
            line
            for failure in self.failures
            for line in (f"{failure.workload}: {failure.reason}", *(f"  | {said}" for said in failure.evidence))
        ]
        raise WorldFailed(
            f"cannot bring every component where it should be: {names}",
            hint="watchkeeper logs NAME shows more; what did start keeps running",
            evidence=evidence,
        )


def planned_changes(runtime: Runtime) -> tuple[Change, ...]:
    """What a rollout would do now."""
    states = runtime.states()
    return _changes(_known(runtime.applied(), states), runtime.steps(), states)


def roll_out(runtime: Runtime, report: Reporter, journal: Journal) -> Outcome:
    """Bring the stack to what the runtime describes; only what changed is touched. Failures are in the outcome.

    Raises WorldFailed where the machine itself refuses: no folder, no supervisor.
    """
    runtime.prepare()
    return _Drive(runtime, report, journal).run(runtime.steps())


def take_down(runtime: Runtime, report: Reporter, journal: Journal) -> Outcome:
    """Stop everything in reverse order and end what carries it. Data stays. A stack that does not run is no failure.

    Raises WorldFailed when something lives on. What had to be killed is no failure either: the journal has it.
    """
    outcome = _Drive(runtime, report, journal).run({}, install=False)
    runtime.close()
    return replace(outcome, failures=())


def _changes(before: Mapping[str, Step], after: Mapping[str, Step], states: Mapping[str, ProcessState]) -> tuple[Change, ...]:
    running = {name for name, state in states.items() if state.lifecycle in {"starting", "running"}}
    return difference(
        {name: step.fingerprint for name, step in before.items()},
        {name: step.fingerprint for name, step in after.items()},
        running,
        {name: state.hangs for name, state in states.items() if state.hangs},
    )


def _known(applied: Mapping[str, Step], states: Mapping[str, ProcessState]) -> dict[str, Step]:
    """What was recorded, and what runs without a record: a run that ended in between must not leave strangers behind."""
    strangers = {
        name: Step(workload=name, wave=0, fingerprint=Fingerprint(), start_deadline_s=30.0, stop_grace_s=10.0)
        for name, state in states.items()
        if name not in applied and state.lifecycle not in _WITHOUT_PROCESS
    }
    return {**applied, **strangers}


class _Drive:
    """One pass through the gates."""

    def __init__(self, runtime: Runtime, report: Reporter, journal: Journal) -> None:
        self._runtime = runtime
        self._report = report
        self._journal = journal
        self._asked: dict[str, Future[Answer]] = {}

    def run(self, wanted: Mapping[str, Step], *, install: bool = True) -> Outcome:
        started_s = time.monotonic()
        states = self._runtime.states()
        before = _known(self._runtime.applied(), states)
        changes = _changes(before, wanted, states)
        living = {name for name, state in states.items() if state.lifecycle not in _WITHOUT_PROCESS}
        gates = opened(changes, before, wanted, living)
        self._journal.began(changes)
        with ThreadPoolExecutor(max_workers=_ASKING_AT_ONCE, thread_name_prefix="ask") as pool:
            while gates.stage != "finished":
                for event in self._events(gates):
                    gates = self._advance(gates, event, pool, install=install)
                if gates.stage != "finished":
                    time.sleep(_POLL_S)
        outcome = Outcome(changes=changes, failures=self._failures(gates), took_s=time.monotonic() - started_s)
        self._journal.ended(outcome.took_s, {failure.workload: failure.reason for failure in outcome.failures})
        return outcome

    def _events(self, gates: Gates) -> Iterator[Event]:
        """What happened since the last look. Time comes first: it opens the gates that the last events made passable."""
        yield TimePassed(now_s=time.monotonic())
        states = self._runtime.states()
        for name in gates.tasks:
            yield ProcessSeen(state=states.get(name) or ProcessState(workload=name, lifecycle="absent"))
        answered, _ = wait(self._asked.values(), timeout=_POLL_S / 2)
        for name in [name for name, future in self._asked.items() if future in answered]:
            yield Answered(workload=name, answer=self._asked.pop(name).result())
        yield TimePassed(now_s=time.monotonic())

    def _advance(self, gates: Gates, event: Event, pool: ThreadPoolExecutor, *, install: bool) -> Gates:
        after, commands = advance(gates, event)
        for name, mark in after.marks.items():
            if mark.phase != gates.marks[name].phase:
                self._tell(after, name, mark)
        for command in commands:
            after = self._carry_out(after, command, pool, install=install)
        return after

    def _carry_out(self, gates: Gates, command: Command, pool: ThreadPoolExecutor, *, install: bool) -> Gates:
        runtime, name = self._runtime, command.workload
        match command.verb:
            case "stop":
                runtime.stop(name)
            case "kill":
                runtime.kill(name)
            case "start":
                runtime.start(name)
            case "reload":
                runtime.reload(name)
            case "record":
                runtime.record(name)
            case "forget":
                runtime.forget(name)
            case "ask":
                self._asked[name] = pool.submit(runtime.ask, name)
            case "install":
                if install:
                    runtime.install()
                return self._advance(gates, Installed(), pool, install=install)
        return gates

    def _tell(self, gates: Gates, name: str, mark: Mark) -> None:
        task = gates.tasks[name]
        state = _SHOWN[mark.phase]
        if mark.phase == "ready" and task.action == "unchanged":
            state = "unchanged"
        elif task.action == "restart" and mark.phase in {"stopping", "stopped"}:
            state = "restarting"
        self._report(Progress(subject=name, state=state, detail=mark.said))

    def _failures(self, gates: Gates) -> tuple[Failure, ...]:
        return tuple(
            Failure(workload=name, reason=gates.marks[name].said, evidence=self._runtime.tail(name, _EVIDENCE_LINES))
            for name in gates.failed()
        )
