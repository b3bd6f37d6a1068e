"""Whatever the processes do and whenever they do it, a rollout ends, and never starts a workload before what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.plan.difference import Action, Change, Fingerprint
from watchkeeper.rollout.gates import Answered, Command, Gates, Installed, ProcessSeen, TimePassed, advance, opened
from watchkeeper.targets.target import Answer, Lifecycle, ProcessState, Step

DEADLINE_S, GRACE_S, TURN_S = 5.0, 2.0, 0.5
LONGEST_TURNS = 400


@dataclass(frozen=True)
class Temper:
    """How one process behaves: seconds until it answers (None: never) and until it obeys a stop (None: only a kill)."""

    action: Action
    wave: int
    ready_s: float | None
    stop_s: float | None
    crashes: int


@dataclass
class World:
    """A simulated machine. ``lives`` maps workloads to when their process started."""

    tempers: dict[str, Temper]
    now_s: float = 0.0
    lives: dict[str, float] = field(default_factory=dict)
    stopping: dict[str, float] = field(default_factory=dict)
    crashed: dict[str, int] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    installed: bool = False
    next_pid: int = 1
    pids: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def start(self, name: str) -> None:
        self.lives[name] = self.now_s
        self.pids[name] = self.next_pid
        self.next_pid += 1

    def carry_out(self, command: Command) -> None:
        name = command.workload
        match command.verb:
            case "start":
                assert self.installed
                assert name not in self.lives, "started twice"
                self._require_earlier_waves(name)
                self.start(name)
            case "reload":
                self._require_earlier_waves(name)
            case "stop":
                assert not self.installed, "stopped after the new files were written"
                self.stopping[name] = self.now_s
            case "kill":
                self.lives.pop(name, None)
            case "install":
                gone = {n for n, temper in self.tempers.items() if temper.action in {"remove", "restart"}}
                assert not gone & set(self.lives), "installed while something that must go still lived"
                self.installed = True
            case "ask":
                self.asked.append(name)

    def _require_earlier_waves(self, name: str) -> None:
        wave = self.tempers[name].wave
        earlier = {n for n, temper in self.tempers.items() if temper.wave < wave and temper.action != "remove"}
        assert earlier <= self.ready, f"{name} before {earlier - self.ready}"

    def look(self, name: str) -> Lifecycle:
        temper = self.tempers[name]
        if name in self.stopping and name in self.lives and not self.installed:
            if temper.stop_s is not None and self.now_s - self.stopping[name] >= temper.stop_s:
                del self.lives[name]
            else:
                return "stopping"
        if name not in self.lives:
            return "stopped"
        if self.installed and self.crashed.get(name, 0) < temper.crashes and temper.action in {"add", "restart"}:
            self.crashed[name] = self.crashed.get(name, 0) + 1
            self.start(name)
            return "retrying"
        return "running"

    def answers(self, name: str) -> Answer:
        ready_s = self.tempers[name].ready_s
        passed = name in self.lives and ready_s is not None and self.now_s - self.lives[name] >= ready_s
        if passed:
            self.ready.add(name)
        return Answer(passed=passed, detail="not yet")


seconds = st.one_of(st.none(), st.floats(0, 8))
tempers = st.builds(
    Temper,
    action=st.sampled_from(["add", "remove", "restart", "reload", "unchanged"]),
    wave=st.integers(0, 3),
    ready_s=seconds,
    stop_s=seconds,
    crashes=st.integers(0, 4),
)


@given(st.dictionaries(st.sampled_from("abcdef"), tempers, max_size=6))
def test_a_rollout_always_ends_and_keeps_its_order(tempers: dict[str, Temper]) -> None:
    world = World(tempers=tempers)
    for name, temper in tempers.items():
        if temper.action != "add":
            world.start(name)
    gates = _gates(tempers)

    for _ in range(LONGEST_TURNS):
        gates = _turn(gates, world)
        if gates.stage == "finished":
            break

    assert gates.stage == "finished"
    wanted = {name for name, temper in tempers.items() if temper.action != "remove"}
    assert gates.failed() or wanted <= world.ready
    if not gates.failed():
        assert set(world.lives) == wanted


def _gates(tempers: dict[str, Temper]) -> Gates:
    changes = [Change(workload=name, action=temper.action, reason="") for name, temper in sorted(tempers.items())]
    steps = {
        name: Step(
            workload=name, wave=temper.wave, fingerprint=Fingerprint(), start_deadline_s=DEADLINE_S, stop_grace_s=GRACE_S
        )
        for name, temper in tempers.items()
    }
    before = {name: step for name, step in steps.items() if tempers[name].action != "add"}
    after = {name: step for name, step in steps.items() if tempers[name].action != "remove"}
    return opened(changes, before, after, set(before))


def _turn(gates: Gates, world: World) -> Gates:
    world.now_s += TURN_S
    gates = _feed(gates, world, TimePassed(now_s=world.now_s))
    for name in sorted(gates.tasks):
        lifecycle = world.look(name)
        pid = world.pids.get(name, 0) if name in world.lives and lifecycle != "retrying" else 0
        gates = _feed(gates, world, ProcessSeen(state=ProcessState(workload=name, lifecycle=lifecycle, pid=pid)))
    asked, world.asked = world.asked, []
    for name in asked:
        gates = _feed(gates, world, Answered(workload=name, answer=world.answers(name)))
    return gates


def _feed(gates: Gates, world: World, event: TimePassed | ProcessSeen | Answered | Installed) -> Gates:
    gates, commands = advance(gates, event)
    for command in commands:
        world.carry_out(command)
        if command.verb == "install":
            gates = _feed(gates, world, Installed())
    return gates
