"""Where a stack lives."""

from __future__ import annotations

from pathlib import Path

from watchkeeper.targets.native.identity import service_uid
from watchkeeper.targets.native.layout import paths_for, run_folder_moved, socket_path


def test_an_ordinary_user_keeps_state_in_the_xdg_state_folder() -> None:
    assert paths_for("s", environment={"HOME": "/home/u"}, uid=1000).state == Path("/home/u/.local/state/watchkeeper/s")
    xdg = {"HOME": "/home/u", "XDG_STATE_HOME": "/x"}
    assert paths_for("s", environment=xdg, uid=1000).state == Path("/x/watchkeeper/s")


def test_a_relative_xdg_state_folder_is_ignored_as_its_specification_says() -> None:
    environment = {"HOME": "/home/u", "XDG_STATE_HOME": "x"}
    assert paths_for("s", environment=environment, uid=1000).state == Path("/home/u/.local/state/watchkeeper/s")


def test_root_keeps_state_below_var_lib() -> None:
    assert paths_for("s", environment={"HOME": "/root"}, uid=0).state == Path("/var/lib/watchkeeper/s")


def test_the_override_is_the_folder_itself() -> None:
    paths = paths_for("s", environment={"WATCHKEEPER_STATE_DIR": "/o"}, uid=0)
    assert (paths.state, paths.data, paths.run) == (Path("/o"), Path("/o/data"), Path("/o/run"))
    assert not run_folder_moved(paths)


def test_the_run_folder_moves_when_its_path_is_too_long_for_a_socket() -> None:
    deep = {"WATCHKEEPER_STATE_DIR": "/" + "d" * 90}
    private = paths_for("s", environment=deep, uid=1000)
    runtime = paths_for("s", environment=deep | {"XDG_RUNTIME_DIR": "/run/user/1000"}, uid=1000)
    assert run_folder_moved(private)
    assert str(private.run).startswith("/tmp/watchkeeper-1000-")
    assert str(runtime.run).startswith("/run/user/1000/watchkeeper-")
    assert len(bytes(socket_path(private))) < 90
    other = paths_for("s", environment={"WATCHKEEPER_STATE_DIR": "/" + "e" * 90}, uid=1000)
    assert other.run != private.run


def test_the_longest_path_that_stays_leaves_room_for_supervisors_temporary_name() -> None:
    for length in range(60, 110):
        paths = paths_for("s", environment={"WATCHKEEPER_STATE_DIR": "/" + "d" * length}, uid=1000)
        assert len(bytes(socket_path(paths))) + len(".4194304") <= 107


def test_the_service_uid_is_stable_and_avoids_taken_ones() -> None:
    uid = service_uid(Path("/s"), taken=frozenset())
    assert uid == service_uid(Path("/s"), taken=frozenset())
    assert 61184 <= uid <= 65519
    assert service_uid(Path("/s"), taken=frozenset({uid})) == (uid + 1 if uid < 65519 else 61184)
