"""Starting, changing and stopping a stack of real processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.live.native_stack import Stack, a_stack, eventually
from tests.unit.watchkeeper.targets.a_stack import a_text_file, a_workload

from watchkeeper.workload.reference import ConfigPath, VolumePath, text
from watchkeeper.workload.workload import Stop, Workload

pytestmark = pytest.mark.live


@pytest.fixture
def stack() -> Iterator[Stack]:
    with a_stack() as stack:
        yield stack


def test_a_wave_starts_only_when_the_one_before_is_ready(stack: Stack) -> None:
    outcome = stack.up(a_workload("alpha", "--ready-after-s", "0.6"), a_workload("beta", needs=("alpha",)))

    assert outcome.failures == ()
    states = [(event.subject, event.state) for event in stack.events]
    assert states.index(("alpha", "ready")) < states.index(("beta", "starting"))
    assert stack.get("beta", "/-/ready") == "ok"


def test_a_second_up_with_nothing_changed_is_quick_and_touches_nothing(stack: Stack) -> None:
    workloads = (a_workload("alpha"), a_workload("beta", needs=("alpha",)))
    stack.up(*workloads)
    pids = (stack.pid("alpha"), stack.pid("beta"))

    outcome = stack.up(*workloads)

    assert {change.action for change in outcome.changes} == {"unchanged"}
    assert (stack.pid("alpha"), stack.pid("beta")) == pids
    assert outcome.took_s < 1.0


def test_only_the_workload_whose_arguments_changed_is_restarted(stack: Stack) -> None:
    stack.up(a_workload("alpha"), a_workload("beta"))
    alpha, beta = stack.pid("alpha"), stack.pid("beta")

    outcome = stack.up(a_workload("alpha"), a_workload("beta", "--ready-after-s", "0.1"))

    actions = {change.workload: change.action for change in outcome.changes}
    assert actions == {"alpha": "unchanged", "beta": "restart"}
    assert stack.pid("alpha") == alpha
    assert stack.pid("beta") != beta


def test_a_changed_reloadable_file_is_reloaded_without_a_restart(stack: Stack) -> None:
    def reading(content: str) -> Workload:
        return a_workload("alpha", "--read", ConfigPath(file="f"), files=(a_text_file("f", content),), reload="HUP")

    stack.up(reading("old"))
    pid = stack.pid("alpha")
    assert stack.get("alpha", "/text") == "old"

    outcome = stack.up(reading("new"))

    assert [change.action for change in outcome.changes] == ["reload"]
    eventually(lambda: stack.get("alpha", "/text") == "new", within_s=2)
    assert stack.pid("alpha") == pid


def test_a_removed_workload_is_stopped_and_its_data_stays(stack: Stack) -> None:
    stack.up(a_workload("alpha"), a_workload("beta"))

    outcome = stack.up(a_workload("alpha"))

    assert {change.workload: change.action for change in outcome.changes} == {"alpha": "unchanged", "beta": "remove"}
    assert "beta" not in stack.target.states()
    assert not (stack.target.paths.config / "beta").exists()
    assert (stack.target.paths.data / "beta").is_dir()


def test_down_stops_in_reverse_order_and_leaves_nothing_but_data(stack: Stack) -> None:
    data = VolumePath(volume="data")
    stack.up(a_workload("alpha", "--write", text(data, "/starts")), a_workload("beta", needs=("alpha",)))
    started = time.monotonic()

    outcome = stack.down()

    assert outcome.failures == ()
    assert stack.reached("stopped") == ["beta", "alpha"]
    assert time.monotonic() - started < 5
    assert stack.processes() == ()
    stack.up(a_workload("alpha", "--write", text(data, "/starts")))
    assert (stack.target.paths.data / "alpha/data/starts").read_text() == "started\nstarted\n"


def test_down_twice_and_down_of_nothing_are_no_failure(stack: Stack) -> None:
    assert stack.down().passed
    stack.up(a_workload("alpha"))
    assert stack.down().passed
    assert stack.down().passed


def test_a_crash_loop_is_reported_with_its_last_words(stack: Stack) -> None:
    outcome = stack.up(a_workload("alpha", "--crash"), a_workload("beta", needs=("alpha",)))

    assert [failure.workload for failure in outcome.failures] == ["alpha"]
    assert "ended 3 times" in outcome.failures[0].reason
    assert "the disk ate my homework" in outcome.failures[0].evidence
    assert stack.reached("starting") == ["alpha"]


def test_a_start_that_is_never_ready_fails_at_its_deadline(stack: Stack) -> None:
    slow = a_workload("alpha", "--ready-after-s", "60")
    outcome = stack.up(replace(slow, health=replace(slow.health, start_deadline_s=1.0)))

    assert "not ready within 1 s: /-/ready answered 503, not 200" in outcome.failures[0].reason


def test_a_process_that_ignores_its_stop_signal_is_killed_after_its_grace(stack: Stack) -> None:
    stack.up(a_workload("alpha", "--ignore-term", stop=Stop(grace_s=1.0)))

    outcome = stack.down()

    assert outcome.passed
    assert outcome.took_s < 4
    assert stack.processes() == ()
