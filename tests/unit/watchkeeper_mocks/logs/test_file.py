from pathlib import Path

import pytest

from watchkeeper_mocks.logs.file import RotatingFile


def a_file(tmp_path: Path, *, max_bytes: int = 20, keep: int = 2) -> RotatingFile:
    return RotatingFile(tmp_path / "logs" / "web.log", max_bytes=max_bytes, keep=keep)


def test_lines_are_appended_in_a_private_file(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    assert file.append(["one", "two"]) == 8
    file.append(["drei ü"])
    path = tmp_path / "logs" / "web.log"
    assert path.read_text(encoding="utf-8") == "one\ntwo\ndrei ü\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_full_file_makes_way_for_a_new_one(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    for number in range(7):
        file.append([f"line {number:04}"])  # ten bytes each
    folder = tmp_path / "logs"
    assert (folder / "web.log").read_text(encoding="utf-8") == "line 0006\n"
    assert (folder / "web.log.1").read_text(encoding="utf-8") == "line 0004\nline 0005\n"
    assert (folder / "web.log.2").read_text(encoding="utf-8") == "line 0002\nline 0003\n"
    assert sorted(path.name for path in folder.iterdir()) == ["web.log", "web.log.1", "web.log.2"]


def test_a_follower_can_finish_the_rotated_file(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.append(["line 0001"])
    with (tmp_path / "logs" / "web.log").open(encoding="utf-8") as follower:
        file.append(["line 0002"])
        file.append(["line 0003"])
        assert follower.read() == "line 0001\nline 0002\n"


def test_a_restart_goes_on_in_the_same_file(tmp_path: Path) -> None:
    first = a_file(tmp_path)
    first.append(["one"])
    first.close()
    a_file(tmp_path).append(["two"])
    assert (tmp_path / "logs" / "web.log").read_text(encoding="utf-8") == "one\ntwo\n"


def test_a_file_that_was_removed_is_made_again(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.append(["one"])
    (tmp_path / "logs" / "web.log").unlink()
    file.append(["two"])
    assert (tmp_path / "logs" / "web.log").read_text(encoding="utf-8") == "two\n"


def test_after_trouble_writing_goes_on(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way", encoding="utf-8")
    file = a_file(tmp_path)
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        file.append(["lost"])
    (tmp_path / "logs").unlink()
    file.append(["found"])
    assert (tmp_path / "logs" / "web.log").read_text(encoding="utf-8") == "found\n"
