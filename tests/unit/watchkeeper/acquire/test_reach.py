"""What another user can read, from mode bits."""

import os
from pathlib import Path

from watchkeeper.acquire.model import ServiceUser
from watchkeeper.acquire.reach import obstacle, unreadable_files

STRANGER = ServiceUser(uid=54321, gid=54321)


def a_program(folder: Path, mode: int = 0o755) -> Path:
    program = folder / "inner" / "program"
    program.parent.mkdir(exist_ok=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(mode)
    return program


def test_a_program_that_everybody_may_run_has_no_obstacle(folder: Path) -> None:
    assert obstacle(a_program(folder), STRANGER, execute=True) == ""


def test_a_closed_folder_above_is_an_obstacle(folder: Path) -> None:
    program = a_program(folder)
    program.parent.chmod(0o700)
    assert obstacle(program, STRANGER) == f"user 54321 cannot enter {program.parent}"


def test_a_program_without_execute_permission_can_be_read_but_not_run(folder: Path) -> None:
    program = a_program(folder, 0o744)
    assert obstacle(program, STRANGER) == ""
    assert obstacle(program, STRANGER, execute=True) == f"user 54321 cannot execute {program}"


def test_a_link_is_followed_through_both_of_its_ways(folder: Path) -> None:
    program = a_program(folder)
    link = folder / "closed" / "link"
    link.parent.mkdir()
    link.symlink_to(program)
    assert obstacle(link, STRANGER, execute=True) == ""
    link.parent.chmod(0o700)
    assert obstacle(link, STRANGER, execute=True) == f"user 54321 cannot enter {link.parent}"
    link.parent.chmod(0o755)
    program.parent.chmod(0o700)
    assert obstacle(link, STRANGER, execute=True) == f"user 54321 cannot enter {program.parent}"


def test_owner_and_group_bits_count_for_owner_and_group(folder: Path) -> None:
    program = a_program(folder, 0o750)
    owner = ServiceUser(uid=os.getuid() or 1, gid=54321)
    if os.getuid():
        assert obstacle(program, owner, execute=True) == ""
    assert obstacle(program, ServiceUser(uid=54321, gid=program.stat().st_gid), execute=True) == ""
    assert obstacle(program, ServiceUser(uid=54321, gid=1, groups=(program.stat().st_gid,)), execute=True) == ""
    assert obstacle(program, STRANGER, execute=True) != ""


def test_root_passes_everywhere(folder: Path) -> None:
    assert obstacle(a_program(folder, 0o700), ServiceUser(uid=0, gid=0), execute=True) == ""


def test_what_is_not_there_is_an_obstacle_for_everybody(folder: Path) -> None:
    assert "No such file" in obstacle(folder / "absent", None)
    assert "No such file" in obstacle(folder / "absent", STRANGER)


def test_one_closed_file_in_a_tree_is_found(folder: Path) -> None:
    program = a_program(folder)
    assert unreadable_files(folder, ["inner/program"], STRANGER) == ""
    program.chmod(0o700)
    assert unreadable_files(folder, ["inner/program"], STRANGER) == f"user 54321 cannot read {program}"


def test_a_listed_file_that_is_missing_is_no_obstacle_but_a_closed_folder_is(folder: Path) -> None:
    a_program(folder)
    assert unreadable_files(folder, ["inner/absent", "inner/program"], STRANGER) == ""
    (folder / "inner").chmod(0o711)
    assert unreadable_files(folder, ["inner/program"], STRANGER) == f"user 54321 cannot read {folder / 'inner'}"
