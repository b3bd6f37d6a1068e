"""What would make a start fail, told before it begins."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.watchkeeper.targets.a_stack import a_plan, a_workload

from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import paths_for
from watchkeeper.targets.native.preflight import obstacles
from watchkeeper.targets.native.program import Program
from watchkeeper.targets.native.render import Rendered, render
from watchkeeper.workload.workload import Workload

OURSELVES = Identity(uid=os.geteuid(), gid=os.getegid(), drops=False)
SOMEBODY_ELSE = Identity(uid=65500, gid=65500, drops=True, setpriv="/usr/bin/setpriv")


def _rendered(
    state: Path, *workloads: Workload, ports: Mapping[str, int] | None = None, executable: str = sys.executable
) -> Rendered:
    paths = paths_for("s", environment={"WATCHKEEPER_STATE_DIR": str(state)}, uid=os.geteuid())
    plan = a_plan(*(workloads or (a_workload(),)), ports=ports or {"alpha": _free_port()})
    return render(plan, paths, {"server": Program(executable=Path(executable))}, OURSELVES)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _as_an_ordinary_user() -> Iterator[None]:
    """Root may write everywhere, so root is somebody else meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65500, 65500, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_free_machine_has_no_obstacles(tmp_path: Path) -> None:
    assert obstacles(_rendered(tmp_path / "s"), OURSELVES) == ()
    assert not (tmp_path / "s").exists()


def test_every_obstacle_is_told_at_once(tmp_path: Path) -> None:
    alpha = a_workload(secrets=("token",))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        rendered = _rendered(tmp_path / "s", alpha, ports={"alpha": listener.getsockname()[1]}, executable="/absent/server")
        found = obstacles(rendered, OURSELVES)
    assert [obstacle.kind for obstacle in found] == ["missing-program", "missing-secret", "port-in-use"]
    assert all(obstacle.workload == "alpha" and obstacle.message.startswith("cannot ") for obstacle in found)
    assert f"process {os.getpid()} (" in found[-1].message


def test_a_listener_on_every_address_is_an_obstacle_too(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        found = obstacles(_rendered(tmp_path / "s", ports={"alpha": listener.getsockname()[1]}), OURSELVES)
    assert [obstacle.kind for obstacle in found] == ["port-in-use"]


def test_a_state_folder_that_is_a_file_is_an_obstacle(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("")
    assert [obstacle.kind for obstacle in obstacles(_rendered(tmp_path / "s"), OURSELVES)] == ["state-not-writable"]


def test_a_folder_of_somebody_else_is_an_obstacle() -> None:
    rendered = _rendered(Path("/usr/s"))
    with _as_an_ordinary_user():
        found = obstacles(rendered, OURSELVES)
    assert [obstacle.kind for obstacle in found] == ["state-not-writable"]


def test_a_path_that_supervisors_files_cannot_hold_is_an_obstacle(tmp_path: Path) -> None:
    found = obstacles(_rendered(tmp_path / "a;b"), OURSELVES)
    assert [obstacle.kind for obstacle in found] == ["state-not-writable"]


def test_a_place_the_services_user_cannot_reach_is_an_obstacle_that_names_the_closed_door(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    rendered = _rendered(tmp_path / "deep" / "s")
    rendered = replace(rendered, processes=tuple(replace(p, argv=("/bin/true",)) for p in rendered.processes))
    (found,) = obstacles(rendered, SOMEBODY_ELSE)
    assert found.kind == "unreachable"
    assert "65500 may not pass" in found.message


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_does_not_take_over_the_stack_of_an_ordinary_user(tmp_path: Path) -> None:
    state = tmp_path / "s"
    (state / "journal").mkdir(parents=True)
    os.chown(state, 1000, 1000)
    assert [obstacle.kind for obstacle in obstacles(_rendered(state), OURSELVES)] == ["state-owner"]
