"""One console per data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from watchkeeper_console.data_folder import FolderTaken, take


def test_the_folder_is_made_private(tmp_path: Path) -> None:
    os.close(take(tmp_path / "deep" / "data"))
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep" / "data" / "lock").stat().st_mode & 0o777 == 0o600


def test_a_second_console_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    first = take(tmp_path)
    with pytest.raises(FolderTaken, match=r"cannot use the data folder .*: another console uses it"):
        take(tmp_path)
    os.close(first)
    os.close(take(tmp_path))


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(FolderTaken, match="cannot use the data folder"):
        take(tmp_path / "data")
