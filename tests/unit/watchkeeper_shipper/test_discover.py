from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from watchkeeper_shipper.discover import is_rotated_name, matching_files, possible_originals, rotated_siblings, stem
from watchkeeper_shipper.settings import FileSource


def a_source(folder: Path, *patterns: str, **more: Any) -> FileSource:
    return FileSource(name="s", paths=tuple(str(folder / pattern) for pattern in patterns), labels={"job": "x"}, **more)


def found(source: FileSource, folder: Path) -> list[str]:
    return [str(Path(path).relative_to(folder)) for path, _ in matching_files(source)]


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("x.log.1", "x.log"),
        ("x.log.12", "x.log"),
        ("x.log-20261121", "x.log"),
        ("x.log-20261121-1795262400", "x.log"),
        ("x.log.2026-11-21_10", "x.log"),
        ("x.log.old", "x.log"),
        ("syslog.1", "syslog"),
        ("x-20261121.log", "x.log"),
        ("x-2026-11-21T10-00-00.000.log", "x.log"),
        ("x.1.log", "x.log"),
    ],
)
def test_rotated_names_lead_to_their_original(name: str, original: str) -> None:
    assert is_rotated_name(name, original)
    assert original in possible_originals(name)


@pytest.mark.parametrize(
    "name", ["x.log", "x.log.1.gz", "x.log.zst", "x-2.log", "x.log.pos", "x.log.lock", "xx.log.1", "y.log.1"]
)
def test_other_names_are_not_taken_for_rotated_ones(name: str) -> None:
    assert not is_rotated_name(name, "x.log")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/l/api.log", "api"),
        ("/l/api.log.3", "api"),
        ("/l/api.log-20261121", "api"),
        ("/l/syslog", "syslog"),
        ("/l/a.b.log", "a.b"),
    ],
)
def test_the_stem_of_a_rotated_name_is_that_of_its_original(path: str, expected: str) -> None:
    assert stem(path) == expected


def test_globs_find_regular_files_once_and_no_compressed_ones(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", "a.log.1.gz", "deep.log/inner.log", ".hidden.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "dangling.log").symlink_to(tmp_path / "nothing")
    assert found(a_source(tmp_path, "*.log", "a.*"), tmp_path) == ["a.log", "b.log"]
    assert found(a_source(tmp_path, "**/*.log"), tmp_path) == ["a.log", "b.log", "deep.log/inner.log"]


def test_excluded_files_are_left_out(tmp_path: Path) -> None:
    for name in ("a.log", "debug.log"):
        (tmp_path / name).touch()
    source = a_source(tmp_path, "*.log", exclude=(str(tmp_path / "debug*"),))
    assert found(source, tmp_path) == ["a.log"]


def test_siblings_come_newest_first(tmp_path: Path) -> None:
    for age, name in enumerate(("x.log", "x.log.1", "x.log.2", "y.log.1", "x.log.3.gz")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    assert rotated_siblings(str(tmp_path / "x.log")) == [str(tmp_path / "x.log.1"), str(tmp_path / "x.log.2")]
    assert rotated_siblings(str(tmp_path / "gone" / "x.log")) == []
