"""The rollout's gates, read as a transcript: an event goes in, commands come out."""

from __future__ import annotations

from watchkeeper.plan.difference import Action, Change, Fingerprint
from watchkeeper.rollout.gates import (
    Answered,
    Command,
    Event,
    Gates,
    Installed,
    ProcessSeen,
    TimePassed,
    advance,
    opened,
)
from watchkeeper.targets.target import Answer, Lifecycle, ProcessState, Step


class Transcript:
    """Feeds events and returns the commands as ``verb workload``."""

    def __init__(self, *workloads: tuple[str, int, Action], living: set[str] | None = None) -> None:
        steps = {
            name: Step(workload=name, wave=wave, fingerprint=Fingerprint(), start_deadline_s=30.0, stop_grace_s=10.0)
            for name, wave, _ in workloads
        }
        changes = [Change(workload=name, action=action, reason="") for name, _, action in workloads]
        after = {name: steps[name] for name, _, action in workloads if action != "remove"}
        self.gates: Gates = opened(changes, steps, after, {name for name, *_ in workloads} if living is None else living)

    def at(self, now_s: float) -> list[str]:
        return self._feed(TimePassed(now_s=now_s))

    def sees(self, name: str, lifecycle: Lifecycle, pid: int = 0, detail: str = "") -> None:
        assert self._feed(ProcessSeen(state=ProcessState(workload=name, lifecycle=lifecycle, pid=pid, detail=detail))) == []

    def hears(self, name: str, *, passed: bool, detail: str = "") -> None:
        assert self._feed(Answered(workload=name, answer=Answer(passed=passed, detail=detail))) == []

    def installs(self) -> None:
        assert self._feed(Installed()) == []

    def _feed(self, event: Event) -> list[str]:
        self.gates, commands = advance(self.gates, event)
        return [_words(command) for command in commands]


def _words(command: Command) -> str:
    return f"{command.verb} {command.workload}".strip()


def test_a_fresh_start_goes_wave_by_wave() -> None:
    run = Transcript(("a", 0, "add"), ("b", 0, "add"), ("c", 1, "add"), living=set())
    assert run.at(0) == ["install"]
    run.installs()
    assert run.at(0) == ["start a", "record a", "start b", "record b"]
    run.sees("a", "starting", pid=1)
    run.sees("b", "starting", pid=2)
    assert run.at(1) == ["ask a", "ask b"]
    run.hears("a", passed=True)
    run.hears("b", passed=False, detail="503")
    assert run.at(2) == ["ask b"]
    run.hears("b", passed=True)
    assert run.at(3) == ["start c", "record c"]
    run.sees("c", "running", pid=3)
    assert run.at(4) == ["ask c"]
    run.hears("c", passed=True)
    assert run.at(5) == []
    assert run.gates.stage == "finished"
    assert run.gates.failed() == ()


def test_what_must_go_is_stopped_last_wave_first_before_anything_is_installed() -> None:
    run = Transcript(("a", 0, "remove"), ("b", 1, "restart"), ("c", 1, "unchanged"))
    assert run.at(0) == ["stop b"]
    run.sees("a", "running", pid=1)
    run.sees("b", "stopping", pid=2)
    assert run.at(1) == []
    run.sees("b", "stopped")
    assert run.at(2) == ["stop a"]
    run.sees("a", "stopped")
    assert run.at(3) == ["forget a", "install"]
    run.installs()
    assert run.at(3) == ["start b", "record b", "record c", "ask c"]


def test_nothing_to_do_is_finished_at_once() -> None:
    run = Transcript()
    assert run.at(0) == ["install"]
    run.installs()
    assert run.at(0) == []
    assert run.gates.stage == "finished"


def test_a_reload_is_signalled_recorded_and_asked() -> None:
    run = Transcript(("a", 0, "reload"))
    run.at(0)
    run.installs()
    assert run.at(0) == ["reload a", "record a"]
    assert run.at(0.4) == []
    assert run.at(0.6) == ["ask a"]
    run.hears("a", passed=True)
    run.at(1)
    assert run.gates.stage == "finished"


def test_an_added_workload_that_waits_for_its_next_attempt_is_stopped_first() -> None:
    run = Transcript(("a", 0, "add"), living={"a"})
    assert run.at(0) == ["stop a"]


def test_the_next_wave_stays_shut_when_one_of_its_needs_fails() -> None:
    run = Transcript(("a", 0, "add"), ("b", 0, "add"), ("c", 1, "add"), living=set())
    run.at(0)
    run.installs()
    run.at(0)
    run.sees("a", "failed", detail="Exited too quickly")
    run.sees("b", "running", pid=2)
    assert run.at(1) == ["ask b"]
    run.hears("b", passed=True)
    assert run.at(2) == []
    assert run.gates.stage == "finished"
    assert run.gates.failed() == ("a",)
    assert run.gates.marks["a"].said == "it could not be started: Exited too quickly"
    assert run.gates.marks["c"].phase == "waiting"


def test_three_ends_in_a_row_are_a_failure_that_tells_the_last_one() -> None:
    run = Transcript(("a", 0, "add"), living=set())
    run.at(0)
    run.installs()
    run.at(0)
    for pid in (1, 2):
        run.sees("a", "starting", pid=pid)
        run.sees("a", "retrying", detail="exit status 3")
        run.sees("a", "retrying", detail="exit status 3")
        assert run.gates.failed() == ()
    run.sees("a", "starting", pid=3)
    run.sees("a", "retrying", detail="exit status 3")
    assert run.gates.failed() == ("a",)
    assert run.gates.marks["a"].said == "it ended 3 times: exit status 3"


def test_a_late_answer_does_not_hide_how_the_process_ended() -> None:
    run = Transcript(("a", 0, "add"), living=set())
    run.at(0)
    run.installs()
    run.at(0)
    run.sees("a", "running", pid=1)
    assert run.at(1) == ["ask a"]
    run.sees("a", "failed", detail="exit status 3")
    run.hears("a", passed=False, detail="nothing listens")
    assert run.gates.marks["a"].said == "it could not be started: exit status 3"


def test_a_start_fails_at_its_deadline_with_the_last_answer() -> None:
    run = Transcript(("a", 0, "add"), living=set())
    run.at(0)
    run.installs()
    run.at(0)
    run.sees("a", "running", pid=1)
    assert run.at(29) == ["ask a"]
    run.hears("a", passed=False, detail="/-/ready answered 503, not 200")
    run.at(30.5)
    assert run.gates.marks["a"].said == "it was not ready within 30 s: /-/ready answered 503, not 200"
    assert run.gates.stage == "finished"


def test_a_process_that_outlives_its_grace_is_killed_and_then_given_up() -> None:
    run = Transcript(("a", 0, "remove"))
    assert run.at(0) == ["stop a"]
    run.sees("a", "stopping", pid=1)
    assert run.at(11.9) == []
    assert run.at(12.1) == ["kill a"]
    assert run.at(13) == []
    assert run.at(14.1) == []
    assert run.gates.stage == "finished"
    assert run.gates.marks["a"].said == "it did not end within 10 s nor when killed"
