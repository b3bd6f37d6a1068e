"""What a stack of real processes survives, and what it takes with it when it dies."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.live.native_stack import Stack, a_stack, eventually
from tests.unit.watchkeeper.targets.a_stack import MIB, a_workload

from watchkeeper.targets.native.supervise import runs
from watchkeeper.targets.native.warden_workload import warden_workload
from watchkeeper.workload.failure import WorldFailed
from watchkeeper.workload.reference import VolumePath, text
from watchkeeper.workload.workload import Resources, Workload

pytestmark = pytest.mark.live


@pytest.fixture
def stack() -> Iterator[Stack]:
    with a_stack() as stack:
        yield stack


def _parent(name: str = "alpha") -> Workload:
    return a_workload(name, "--grandchild", text(VolumePath(volume="data"), "/grandchild"))


def test_a_killed_supervisor_takes_everything_with_it_and_up_recovers(stack: Stack) -> None:
    stack.up(_parent(), a_workload("beta"), warden_workload())
    grandchild = int((stack.target.paths.data / "alpha/data/grandchild").read_text())
    everything = (*stack.processes(), grandchild)
    assert runs(grandchild)

    os.kill(stack.target._supervisor.pid(), signal.SIGKILL)

    eventually(lambda: not any(runs(pid) for pid in everything), within_s=3)
    eventually(lambda: not stack.processes(), within_s=3)
    assert stack.up(_parent(), a_workload("beta"), warden_workload()).passed


def test_a_killed_process_is_back_within_a_second(stack: Stack) -> None:
    stack.up(a_workload("alpha"))
    pid = stack.pid("alpha")
    eventually(lambda: stack.target.states()["alpha"].lifecycle == "running", within_s=5)

    stack.target.kill("alpha")

    eventually(lambda: stack.pid("alpha") not in {0, pid} and stack.get("alpha", "/-/ready") == "ok", within_s=2)


def test_a_frozen_process_is_restarted(stack: Stack) -> None:
    stack.up(a_workload("alpha"), warden_workload())
    pid = stack.pid("alpha")
    eventually(lambda: _told(stack, "alpha")["health"] == "healthy", within_s=5)

    stack.target.pause("alpha")

    eventually(lambda: stack.pid("alpha") not in {0, pid} and stack.get("alpha", "/-/ready") == "ok", within_s=20)
    eventually(lambda: _told(stack, "alpha")["restarts"] == 1, within_s=5)
    assert "did not answer 2 times in a row" in _told(stack, "alpha")["last_restart_reason"]


def test_a_process_above_its_memory_limit_is_restarted_with_a_reason(stack: Stack) -> None:
    stack.up(a_workload("alpha", resources=Resources(memory_bytes=60 * MIB)), warden_workload())
    pid = stack.pid("alpha")

    stack.get("alpha", "/hog")

    eventually(lambda: stack.pid("alpha") not in {0, pid}, within_s=20)
    eventually(lambda: "more than its limit" in _told(stack, "alpha")["last_restart_reason"], within_s=5)
    assert 'watchkeeper_component_restarts_total{name="alpha",component="alpha",cause="memory"} 1.0' in _metrics(stack)


def test_status_has_health_memory_and_addresses_of_every_component(stack: Stack) -> None:
    stack.up(a_workload("alpha"), a_workload("beta"), warden_workload())

    eventually(lambda: {status.health for status in stack.target.status()} == {"healthy"}, within_s=5)
    status = {status.name: status for status in stack.target.status()}

    assert list(status) == ["alpha", "beta", "warden"]
    assert status["alpha"].state in {"starting", "running"}
    assert status["alpha"].memory_bytes > 5 * MIB
    assert status["alpha"].memory_limit_bytes == 64 * MIB
    assert status["alpha"].addresses == {"http": f"127.0.0.1:{stack.ports['alpha']}"}
    assert status["warden"].memory_bytes < 40 * MIB


def test_restarts_are_counted_over_the_wardens_own_end_but_not_over_a_planned_one(stack: Stack) -> None:
    workloads = (a_workload("alpha"), warden_workload())
    stack.up(*workloads)
    eventually(lambda: _told(stack, "alpha")["health"] == "healthy", within_s=5)
    stack.target.kill("alpha")
    eventually(lambda: _told(stack, "alpha")["restarts"] == 1, within_s=10)
    warden = stack.pid("warden")

    stack.target.kill("warden")

    eventually(lambda: stack.pid("warden") not in {0, warden} and _told(stack, "warden")["restarts"] == 1, within_s=10)
    assert _told(stack, "alpha")["restarts"] == 1
    stack.up(a_workload("alpha", "--ready-after-s", "0.01"), warden_workload())
    stack.down()
    stack.up(*workloads)
    eventually(lambda: _told(stack, "alpha")["health"] == "healthy", within_s=5)
    assert (_told(stack, "alpha")["restarts"], _told(stack, "warden")["restarts"]) == (1, 1)


def test_status_without_a_warden_still_tells_what_runs(stack: Stack) -> None:
    stack.up(a_workload("alpha"))

    (status,) = stack.target.status()

    assert (status.name, status.pid, status.health) == ("alpha", stack.pid("alpha"), "unknown")


def test_the_warden_measures_every_component_under_container_names(stack: Stack) -> None:
    stack.up(a_workload("alpha"), warden_workload())

    metrics = _metrics(stack)

    assert 'container_memory_working_set_bytes{id="/watchkeeper/test/alpha",image="server:1.0",name="alpha"}' in metrics
    assert 'container_cpu_usage_seconds_total{id="/watchkeeper/test/warden"' in metrics
    assert "container_spec_memory_limit_bytes" in metrics


def test_the_warden_is_small(stack: Stack) -> None:
    stack.up(*(a_workload(f"server{number}") for number in range(3)), warden_workload())
    for _ in range(5):
        _metrics(stack)
        _told(stack, "server0")

    fields = dict(line.split(":", 1) for line in Path(f"/proc/{stack.pid('warden')}/status").read_text().splitlines())

    assert int(fields["VmRSS"].split()[0]) < 28 * 1024


def test_a_service_gets_its_own_environment_and_nothing_of_ours(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    stack.up(a_workload("alpha", environment={"GREETING": "50% off; 'quoted' \"twice\" # not a comment\nsecond line"}))

    environment = stack.get("alpha", "/environment")

    assert "hunter2" not in environment
    assert "GREETING=50% off; 'quoted' \"twice\" # not a comment\nsecond line" in environment
    names = {line.split("=")[0] for line in environment.splitlines() if "=" in line}
    assert names == {"GREETING", "HOME", "LANG", "PATH", "WATCHKEEPER_STACK", "WATCHKEEPER_WORKLOAD"} | (names & {"LC_CTYPE"})


def test_nothing_in_the_state_folder_is_open_to_others(stack: Stack) -> None:
    stack.up(a_workload("alpha"), warden_workload())

    state = stack.target.paths.state
    open_to_others = [path for path in (state, *state.rglob("*")) if stat.S_IMODE(path.lstat().st_mode) & 0o007]

    assert open_to_others == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to drop its rights")
def test_under_root_a_service_has_no_rights_and_writes_only_its_data(stack: Stack) -> None:
    stack.up(a_workload("alpha"))

    fields = dict(line.split(":", 1) for line in Path(f"/proc/{stack.pid('alpha')}/status").read_text().splitlines())
    uid = stack.target.identity.uid

    assert fields["Uid"].split() == [str(uid)] * 4
    assert fields["Groups"].strip() == ""
    assert {int(fields[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert fields["NoNewPrivs"].strip() == "1"
    as_service = ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"]
    find = [*as_service, "find", str(stack.target.paths.state), "-writable"]
    writable = subprocess.run(find, capture_output=True, text=True, check=False).stdout.splitlines()
    data = stack.target.paths.data / "alpha"
    assert {line for line in writable if "supervisor.sock" not in line} == {str(data), str(data / "data")}


def test_a_second_run_at_the_same_time_is_refused_by_name(stack: Stack) -> None:
    with (
        stack.target.exclusively("up"),
        pytest.raises(WorldFailed, match=f"up \\(process {os.getpid()}\\) is working"),
        stack.target.exclusively("down"),
    ):
        pass


def test_the_stack_survives_the_run_that_started_it(stack: Stack) -> None:
    script = (
        "import sys; from tests.live.native_stack import Stack; from tests.unit.watchkeeper.targets.a_stack import a_workload;"
        "from pathlib import Path; stack = Stack(state=Path(sys.argv[1]), ports={'alpha': int(sys.argv[2])});"
        "sys.exit(0 if stack.up(a_workload()).passed else 1)"
    )
    stack.describe(a_workload())
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", script, str(stack.state), str(stack.ports["alpha"])], cwd=root, check=True, timeout=30
    )

    assert stack.get("alpha", "/-/ready") == "ok"
    assert stack.up(a_workload()).changes[0].action == "unchanged"


def test_two_stacks_run_side_by_side(stack: Stack) -> None:
    with a_stack() as other:
        stack.up(a_workload("alpha"))
        other.up(a_workload("alpha"))
        other.down()
        assert stack.get("alpha", "/-/ready") == "ok"


def test_a_port_in_use_is_found_before_the_start_and_its_holder_named(stack: Stack) -> None:
    with a_stack() as other:
        other.up(a_workload("alpha"))
        stack.ports["alpha"] = other.ports["alpha"]

        (obstacle,) = stack.describe(a_workload("alpha")).obstacles()

        assert (obstacle.kind, obstacle.workload, obstacle.endpoint) == ("port-in-use", "alpha", "http")
        assert f"process {other.pid('alpha')} (" in obstacle.message
    assert stack.describe(a_workload("alpha")).obstacles() == ()


def test_ports_that_the_stack_itself_holds_are_no_obstacle(stack: Stack) -> None:
    stack.up(a_workload("alpha"))
    assert stack.target.obstacles() == ()


def test_logs_are_shown_by_component_and_an_unknown_one_is_refused(stack: Stack) -> None:
    stack.up(a_workload("alpha"), a_workload("beta"))

    def shown() -> bool:
        lines = set(stack.target.logs(["alpha", "beta"], lines=5, follow=False))
        return lines == {(name, f"hello from 127.0.0.1:{stack.ports[name]}") for name in ("alpha", "beta")}

    eventually(shown, within_s=3)
    assert {name for name, _ in stack.target.logs([], lines=1, follow=False)} == {"alpha", "beta", "supervisord"}
    with pytest.raises(WorldFailed, match="cannot show the log of gamma"):
        list(stack.target.logs(["alpha", "gamma"], lines=1, follow=False))


def test_a_state_folder_too_deep_for_a_socket_still_works(stack: Stack) -> None:
    deep = Stack(state=stack.state / ("d" * 60) / ("e" * 60))
    for folder in deep.state.parents[:2]:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
    try:
        assert deep.up(a_workload("alpha")).passed
        assert deep.target.paths.run.parent != deep.target.paths.state
        assert deep.down().passed
    finally:
        deep.target.delete()


def test_delete_removes_everything_but_not_under_a_running_stack(stack: Stack) -> None:
    stack.up(a_workload("alpha"))
    with pytest.raises(WorldFailed, match="cannot delete"):
        stack.target.delete()
    stack.down()

    stack.target.delete()

    assert not stack.target.paths.state.exists()


def test_a_workload_has_the_limit_of_open_files_it_was_given(stack: Stack) -> None:
    workload = a_workload("alpha")
    stack.up(replace(workload, resources=Resources(memory_bytes=64 * MIB, open_files=123)))

    limits = Path(f"/proc/{stack.pid('alpha')}/limits").read_text()

    assert "123" in next(line for line in limits.splitlines() if line.startswith("Max open files"))


def _told(stack: Stack, name: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.ports['warden']}/api/status", timeout=10) as answer:
        components: list[dict[str, Any]] = json.load(answer)["components"]
    return next(entry for entry in components if entry["name"] == name)


def _metrics(stack: Stack) -> str:
    return stack.get("warden", "/metrics")


def test_a_hung_supervisor_counts_as_dead_and_up_recovers(stack: Stack) -> None:
    stack.up(a_workload("alpha"))
    before = stack.processes()
    os.kill(stack.target.supervisor_pid(), signal.SIGSTOP)

    assert stack.up(a_workload("alpha")).passed

    assert not any(runs(pid) for pid in before)


@pytest.mark.slow
def test_a_frozen_warden_is_restarted_too(stack: Stack) -> None:
    stack.up(warden_workload())
    pid = stack.pid("warden")

    stack.target.pause("warden")

    eventually(lambda: stack.pid("warden") not in {0, pid} and "alive" in stack.get("warden", "/-/healthy"), within_s=50)


def test_a_supervisor_that_is_asked_to_end_stops_everything_and_leaves_no_process(stack: Stack) -> None:
    stack.up(a_workload("alpha"), a_workload("beta", needs=("alpha",)), warden_workload())
    os.kill(stack.target.supervisor_pid(), signal.SIGTERM)

    eventually(lambda: not stack.processes(), within_s=15)


def test_status_of_a_crash_loop_has_its_last_words(stack: Stack) -> None:
    stack.up(a_workload("alpha", "--crash-after-s", "0.2"))

    def fallen() -> bool:
        (status,) = stack.target.status()
        return status.health == "unhealthy" and "it last said: hello from" in status.detail

    eventually(fallen, within_s=10)
