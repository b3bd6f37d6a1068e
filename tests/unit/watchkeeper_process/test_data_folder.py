"""One process per data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from watchkeeper_process.data_folder import FolderTaken, FolderUnusable, take


def test_the_folder_is_made_private(tmp_path: Path) -> None:
    os.close(take(tmp_path / "deep" / "data"))
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep" / "data" / "lock").stat().st_mode & 0o777 == 0o600


def test_a_second_process_is_told_who_holds_the_folder_until_the_first_has_gone(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("123456789 of an earlier process\n")
    first = take(tmp_path)
    with pytest.raises(FolderTaken, match=f"process {os.getpid()} is using it") as taken:
        take(tmp_path)
    assert taken.value.holder == str(os.getpid())
    os.close(first)
    os.close(take(tmp_path))


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(FolderUnusable, match=r"cannot use the data folder .*: File exists"):
        take(tmp_path / "data")
