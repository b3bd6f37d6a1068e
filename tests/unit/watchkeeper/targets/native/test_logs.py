"""The end of log files, and what is written after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.targets.native.logs import ends, follow, last_lines


@pytest.mark.parametrize(
    ("content", "count", "lines"),
    [
        ("", 5, ()),
        ("one\n", 5, ("one",)),
        ("one\ntwo\nthree\n", 2, ("two", "three")),
        ("one\ntwo\nunfinished", 2, ("two", "unfinished")),
        ("one\n\nthree\n", 2, ("", "three")),
        ("one\n", 0, ()),
    ],
)
def test_the_last_lines_are_the_last_ones_in_order(tmp_path: Path, content: str, count: int, lines: tuple[str, ...]) -> None:
    file = tmp_path / "a.log"
    file.write_text(content)
    assert last_lines(file, count) == lines


def test_a_long_file_is_read_from_its_end_over_many_blocks(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_text("".join(f"{number:0100}\n" for number in range(5000)))
    assert [int(line) for line in last_lines(file, 2000)] == list(range(3000, 5000))


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "absent.log", 3) == ()


def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"caf\xe9\n")
    assert last_lines(file, 1) == ("caf\ufffd",)


def test_following_yields_whole_new_lines_over_rotation_and_truncation(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_text("old\n")

    def write(content: str) -> None:
        with file.open("a") as log:
            log.write(content)

    lines = follow({"a": file}, ends({"a": file}))
    write("one\ntw")
    assert next(lines) == ("a", "one")
    write("o\n")
    assert next(lines) == ("a", "two")
    write("before rotation\n")
    file.rename(tmp_path / "a.log.1")
    write("after rotation\n")
    assert [next(lines), next(lines)] == [("a", "before rotation"), ("a", "after rotation")]
    file.write_text("x\n")
    assert next(lines) == ("a", "x")


def test_nothing_is_shown_twice_or_lost_between_the_last_lines_and_the_following(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_text("one\ntwo\n")
    places = ends({"a": file})
    with file.open("a") as log:
        log.write("three\n")

    assert last_lines(file, 10, end=places["a"].size_bytes) == ("one", "two")
    assert next(follow({"a": file}, places)) == ("a", "three")
