"""What is kept on disk between two runs: folders and their rights, the lock, the record of what was applied."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from watchkeeper.plan.difference import FilePrint, Fingerprint
from watchkeeper.targets.native import folders, lock, record
from watchkeeper.targets.native.identity import Identity
from watchkeeper.targets.native.layout import paths_for
from watchkeeper.targets.native.render import RenderedFile
from watchkeeper.targets.target import Paths, Step
from watchkeeper.workload.failure import WorldFailed

OURSELVES = Identity(uid=os.geteuid(), gid=os.getegid(), drops=False)

STEP = Step(
    workload="a",
    wave=1,
    start_deadline_s=30.0,
    stop_grace_s=2.5,
    fingerprint=Fingerprint(
        version="1",
        arguments=("a", "b"),
        environment={"A": "1"},
        settings={"user": "1000"},
        files={"f": FilePrint(digest="d", reloadable=True)},
        reload="HUP",
    ),
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return paths_for("s", environment={"WATCHKEEPER_STATE_DIR": str(tmp_path / "s")}, uid=os.geteuid())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_made_for_their_owner_only_whatever_the_umask(paths: Paths) -> None:
    before = os.umask(0)
    try:
        folders.make_folders(paths, OURSELVES)
    finally:
        os.umask(before)
    made = [paths.state, paths.config, paths.data, paths.log, paths.run, paths.secrets, paths.journal, paths.run / "launch"]
    assert {_mode(folder) for folder in made} == {0o700}


def test_folders_that_became_open_are_closed_again(paths: Paths) -> None:
    folders.make_folders(paths, OURSELVES)
    paths.secrets.chmod(0o755)
    folders.make_folders(paths, OURSELVES)
    assert _mode(paths.secrets) == 0o700


def test_a_file_is_written_for_its_owner_only_and_only_when_it_differs(paths: Paths) -> None:
    folders.make_folders(paths, OURSELVES)
    file = paths.config / "a" / "sub" / "f.yml"
    assert folders.write_file(file, b"1", OURSELVES)
    inode = file.stat().st_ino
    assert not folders.write_file(file, b"1", OURSELVES)
    assert file.stat().st_ino == inode
    assert folders.write_file(file, b"2", OURSELVES)
    assert (file.read_bytes(), _mode(file), _mode(file.parent)) == (b"2", 0o600, 0o700)


def test_a_configuration_folder_holds_exactly_what_was_rendered(paths: Paths) -> None:
    folders.make_folders(paths, OURSELVES)
    config = paths.config / "a"

    def files(*names: str) -> tuple[RenderedFile, ...]:
        return tuple(RenderedFile(name=name, path=config / name, content=b"x", reloadable=True) for name in names)

    folders.write_configuration(config, files("one", "rules/two"), OURSELVES)
    folders.write_configuration(config, files("three"), OURSELVES)

    assert [path.name for path in config.rglob("*") if path.is_file()] == ["three"]


def test_a_folder_below_a_file_is_a_failure_of_the_world_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    paths = paths_for("s", environment={"WATCHKEEPER_STATE_DIR": str(tmp_path / "file" / "s")}, uid=os.geteuid())
    with pytest.raises(WorldFailed, match="cannot make the state folder") as failed:
        folders.make_folders(paths, OURSELVES)
    assert "WATCHKEEPER_STATE_DIR" in failed.value.hint


def test_a_run_folder_that_is_a_link_is_refused(paths: Paths, tmp_path: Path) -> None:
    paths.state.mkdir(parents=True)
    paths.run.symlink_to(tmp_path)
    with pytest.raises(WorldFailed, match="made by another user"):
        folders.make_folders(paths, OURSELVES)


def test_what_was_applied_is_read_back(tmp_path: Path) -> None:
    record.write_applied(tmp_path, {"a": STEP})
    assert record.read_applied(tmp_path) == {"a": STEP}
    assert _mode(tmp_path / "applied.json") == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 0, "steps": []}'])
def test_a_record_that_cannot_be_read_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "applied.json").write_text(content)
    assert record.read_applied(tmp_path) == {}


def test_the_service_uid_is_remembered(tmp_path: Path) -> None:
    assert record.read_service_uid(tmp_path) == 0
    record.write_service_uid(tmp_path, 61500)
    assert record.read_service_uid(tmp_path) == 61500


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from watchkeeper.targets.native.lock import held\n"
        "with held(Path(sys.argv[1]), 'up'): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "lock")], check=False)
    assert (tmp_path / "lock").read_text().startswith("up (process ")
    with lock.held(tmp_path / "lock", "down"):
        pass


def test_a_lock_can_be_taken_again_after_its_file_was_deleted_under_it(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with lock.held(file, "down"):
        file.unlink()
        with lock.held(file, "up"), pytest.raises(WorldFailed, match="up \\(process"), lock.held(file, "down"):
            pass


def test_a_link_in_place_of_a_folder_is_never_followed(paths: Paths, tmp_path: Path) -> None:
    folders.make_folders(paths, OURSELVES)
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o755)
    paths.secrets.rmdir()
    paths.secrets.symlink_to(victim)

    with pytest.raises(WorldFailed, match="cannot make the state folder"):
        folders.make_folders(paths, OURSELVES)

    assert _mode(victim) == 0o755
