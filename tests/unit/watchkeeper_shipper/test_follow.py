"""The follower on real files, with a clock that the test moves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from watchkeeper_shipper.batch import BatchBuilder, Outbox
from watchkeeper_shipper.follow import Follower
from watchkeeper_shipper.identity import Inode, fingerprint
from watchkeeper_shipper.intake import Intake
from watchkeeper_shipper.metrics import Metrics
from watchkeeper_shipper.positions import FileMark, Positions
from watchkeeper_shipper.settings import BatchLimits, FileSource
from watchkeeper_shipper.tail import Origin, Tail


class Reading:
    """One life of a shipper that delivers everything at once. ``lines`` are those it sent."""

    def __init__(self, folder: Path, **source: Any) -> None:
        self.folder = folder
        self.metrics = Metrics()
        self.positions = Positions(folder / "positions.json")
        self.positions.load()
        self.outbox = Outbox(1000, lambda: None)
        self.intake = Intake(BatchLimits(), self.outbox, self.metrics)
        self.source = FileSource(**{"name": "s", "paths": (str(folder / "*.log"),), "labels": {"job": "x"}, **source})
        self.follower = Follower([self.source], self.positions, self.intake, self.metrics)
        self.now_s = 1000.0
        self.lines: list[str] = []

    def go_on(self, seconds: float = 11.0) -> list[str]:
        """Let time pass; the lines that came meanwhile. Long enough for a scan of folders that did not seem to change."""
        before = len(self.lines)
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            if not self.follower.work(self.now_s):
                self.now_s += 0.1
            self.deliver()
        return self.lines[before:]

    def deliver(self) -> None:
        self.intake.flush()
        while (batch := self.outbox.take()) is not None:
            self.lines += [entry.line for stream in batch.streams for entry in stream.entries]
            self.positions.advance(batch.marks)

    def fill(self) -> None:
        """From now on nothing is taken any more, as when the store is away and the buffer full."""
        while self.outbox.has_room():
            self.outbox.put(BatchBuilder().take())
        tail = Tail(
            "full",
            Origin(source=self.source, path="/"),
            Inode(0, 0),
            FileMark(offset=0, fingerprint=fingerprint(b""), last_ns=0),
        )
        self.intake.take_lines(tail, (("job", "x"),), [(b"x" * BatchLimits().max_bytes, 1)], self.now_s)

    def end(self) -> None:
        self.positions.save(self.now_s)
        self.follower.close()

    def lost_bytes(self) -> float:
        found = [
            line
            for line in self.metrics.page().decode().splitlines()
            if line.startswith("watchkeeper_shipper_lost_bytes_total{")
        ]
        return sum(float(line.rpartition(" ")[2]) for line in found)


def write(file: Path, *lines: str) -> None:
    with file.open("a") as out:
        out.write("".join(f"{line}\n" for line in lines))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "x.log"


def test_a_truncated_file_is_read_from_its_start(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "a long line", "another")
    assert reading.go_on() == ["a long line", "another"]
    os.truncate(log, 0)
    write(log, "new")
    assert reading.go_on() == ["new"]
    assert reading.lost_bytes() == 0


def test_a_file_rewritten_to_the_same_size_is_read_from_its_start(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "old 1")
    assert reading.go_on() == ["old 1"]
    log.write_text("new 1\n")
    assert reading.go_on() == ["new 1"]


def test_a_file_rewritten_and_grown_beyond_what_was_read_is_read_from_its_start(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "old")
    assert reading.go_on() == ["old"]
    log.write_text("new and longer\nsecond\n")
    assert reading.go_on() == ["new and longer", "second"]


def test_a_line_completed_after_the_file_was_renamed_is_whole(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    with log.open("w") as writer:
        writer.write("first\nhal")
        writer.flush()
        assert reading.go_on(1) == ["first"]
        log.rename(tmp_path / "x.log.1")
        write(log, "successor")
        assert reading.go_on(1) == ["successor"]
        writer.write("f\n")
        writer.flush()
        assert reading.go_on(1) == ["half"]


def test_a_deleted_file_is_read_to_its_end_and_let_go(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    with log.open("w") as writer:
        writer.write("one\n")
        writer.flush()
        assert reading.go_on(1) == ["one"]
        log.unlink()
        writer.write("two\nthree without end")
        writer.flush()
        assert reading.go_on(1) == ["two"]
        assert reading.go_on(20) == ["three without end"]
    assert reading.follower.roster.tails == {}
    assert reading.follower.roster.open_files == 0


def test_an_unfinished_last_line_is_sent_after_five_seconds(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    log.write_text("no end")
    assert reading.go_on(4.5) == []
    assert reading.go_on(1) == ["no end"]


def test_an_idle_file_gives_its_descriptor_back_and_is_still_followed(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "one")
    reading.go_on(5)
    assert reading.follower.roster.open_files == 1
    reading.go_on(70)
    assert reading.follower.roster.open_files == 0
    write(log, "two")
    assert reading.go_on(1) == ["two"]


def test_lines_written_just_before_an_idle_file_was_renamed_are_found(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "one")
    reading.go_on(70)
    write(log, "two")
    log.rename(tmp_path / "x.log.1")
    write(log, "three")
    assert reading.go_on(1) == ["two", "three"]


def test_a_generation_that_came_and_went_between_two_looks_is_found(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "one")
    reading.go_on(1)
    write(log, "two")
    log.rename(tmp_path / "x.log.2")
    write(log, "three")
    log.rename(tmp_path / "x.log.1")
    write(log, "four")
    assert sorted(reading.go_on(2)) == ["four", "three", "two"]


def test_generations_that_came_and_went_while_nobody_looked_are_found(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "one")
    reading.go_on(1)
    reading.end()
    write(log, "two")
    log.rename(tmp_path / "x.log.2")
    write(log, "three")
    log.rename(tmp_path / "x.log.1")
    write(log, "four")
    assert sorted(Reading(tmp_path).go_on(1)) == ["four", "three", "two"]


def test_generations_found_at_the_same_time_are_read_oldest_first_and_to_their_end(tmp_path: Path, log: Path) -> None:
    old = [f"old {number:060d}" for number in range(3000)]  # more than one read takes
    for age, (name, lines) in enumerate({"x.log": ["new"], "x.log.1": old, "x.log.2": ["oldest"]}.items()):
        write(tmp_path / name, *lines)
        os.utime(tmp_path / name, (1_000_000_000 - age, 1_000_000_000 - age))
    assert Reading(tmp_path, paths=(str(tmp_path / "x.log*"),)).go_on(1) == ["oldest", *old, "new"]


def test_rotated_files_that_match_the_globs_are_not_read_again(tmp_path: Path, log: Path) -> None:
    source = {"paths": (str(tmp_path / "x.log*"),)}
    reading = Reading(tmp_path, **source)
    write(log, "one")
    assert reading.go_on() == ["one"]
    log.rename(tmp_path / "x.log.1")
    write(log, "two")
    assert reading.go_on(60) == ["two"]
    reading.end()
    again = Reading(tmp_path, **source)
    assert again.go_on() == []
    assert len(again.follower.roster.tails) == 2


def test_a_copy_of_a_followed_file_is_left_alone_until_its_original_is_cut(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path, paths=(str(tmp_path / "x.log*"),))
    write(log, "one", "two")
    assert reading.go_on() == ["one", "two"]
    shutil.copyfile(log, tmp_path / "x.log.1")
    assert reading.go_on() == []
    os.truncate(log, 0)
    write(log, "three")
    assert reading.go_on(60) == ["three"]
    assert reading.lost_bytes() == 0


def test_a_copy_found_while_it_was_still_empty_is_left_alone_too(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path, paths=(str(tmp_path / "x.log*"),))
    write(log, "one", "two")
    assert reading.go_on() == ["one", "two"]
    (tmp_path / "x.log.1").touch()
    assert reading.go_on() == []
    shutil.copyfile(log, tmp_path / "x.log.1")
    assert reading.go_on() == []
    os.truncate(log, 0)
    write(log, "three")
    assert reading.go_on(60) == ["three"]


def test_what_was_not_read_before_a_cut_is_read_from_the_copy(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "one")
    assert reading.go_on() == ["one"]
    write(log, "two")
    shutil.copyfile(log, tmp_path / "x.log.1")
    os.truncate(log, 0)
    write(log, "three")
    assert reading.go_on() == ["two", "three"]


def test_generations_cut_away_while_nobody_looked_are_read_from_their_copies(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "one")
    reading.go_on(1)
    reading.end()
    write(log, "two")
    shutil.copyfile(log, tmp_path / "x.log.2")
    os.truncate(log, 0)
    write(log, "three")
    shutil.copyfile(log, tmp_path / "x.log.1")
    os.truncate(log, 0)
    write(log, "four")
    assert Reading(tmp_path).go_on(1) == ["two", "three", "four"]


def test_an_empty_file_filled_and_cut_while_nobody_looked_is_read_from_its_copy(tmp_path: Path, log: Path) -> None:
    log.touch()
    reading = Reading(tmp_path)
    reading.go_on(1)
    reading.end()
    write(log, "one")
    shutil.copyfile(log, tmp_path / "x.log.1")
    os.truncate(log, 0)
    write(log, "two")
    assert Reading(tmp_path).go_on(1) == ["one", "two"]


def test_what_was_not_read_before_a_cut_without_a_copy_is_counted(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "one")
    reading.go_on(1)
    reading.end()
    again = Reading(tmp_path)
    again.fill()
    write(log, "two")
    for _ in range(20):
        again.follower.work(again.now_s)
        again.now_s += 0.25
    os.truncate(log, 0)
    again.follower.work(again.now_s)
    assert again.lost_bytes() == len("two\n")


def test_an_inode_used_again_is_a_new_file(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "first file")
    assert reading.go_on() == ["first file"]
    inode = log.stat().st_ino
    reading.end()
    log.unlink()
    others = [tmp_path / f"filler{number}" for number in range(50)]
    for other in others:  # the freed inode goes to one of the next new files
        write(other, "second file with other words")
        if other.stat().st_ino == inode:
            other.rename(log)
            break
    else:
        pytest.skip("this file system does not use inodes again at once")
    assert Reading(tmp_path).go_on() == ["second file with other words"]


def test_two_sources_never_send_the_same_file_twice_through_a_link(tmp_path: Path, log: Path) -> None:
    write(log, "one")
    (tmp_path / "alias.log").symlink_to(log)
    os.link(log, tmp_path / "hard.log")
    assert Reading(tmp_path).go_on() == ["one"]


def test_a_file_that_cannot_be_opened_is_shown_and_read_once_it_can(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading(tmp_path)
    write(log, "one")
    opened = os.open

    def refusing(path: Any, *arguments: Any, **more: Any) -> int:
        if str(path) == str(log):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **more)

    with monkeypatch.context() as patched:  # permissions do not stop root, who may run these tests
        patched.setattr(os, "open", refusing)
        assert reading.go_on(1) == []
        assert "watchkeeper_shipper_unreadable_files 1.0" in reading.metrics.page().decode()
    assert reading.go_on(12) == ["one"]
    assert "watchkeeper_shipper_unreadable_files 0.0" in reading.metrics.page().decode()


def test_a_name_that_is_no_utf8_becomes_a_label_and_a_metric_all_the_same(tmp_path: Path) -> None:
    reading = Reading(tmp_path, label_from_stem="component", label_from_path="filename")
    name = os.fsencode(tmp_path) + b"/caf\xe9.log"
    with open(name, "wb") as out:  # noqa: PTH123 -- a Path cannot be made of these bytes
        out.write(b"one\n")
    reading.follower.work(reading.now_s)
    reading.intake.flush()
    batch = reading.outbox.take()
    assert batch is not None
    assert batch.streams[0].labels == {"job": "x", "component": "caf�", "filename": f"{tmp_path}/caf�.log"}
    assert batch.parcel().body
    reading.metrics.show_lags(reading.follower.roster.lags)
    assert f'path="{tmp_path}/caf�.log"'.encode() in reading.metrics.page()


def test_a_position_survives_a_moment_without_descriptors(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Reading(tmp_path)
    write(log, "one")
    first.go_on(1)
    first.end()
    write(log, "two")
    again = Reading(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Tail, "open", _too_many_open_files)
        assert again.go_on(1) == []
    assert again.go_on(12) == ["two"]


def _too_many_open_files(*_: Any) -> bool:
    raise OSError(24, "Too many open files")


def test_lag_is_what_is_not_delivered_yet(tmp_path: Path, log: Path) -> None:
    reading = Reading(tmp_path)
    write(log, "12345", "123")
    reading.follower.work(reading.now_s)
    (lag,) = reading.follower.roster.lags()
    assert (lag.path, lag.lag_bytes) == (str(log), 10)
    reading.go_on(1)
    (lag,) = reading.follower.roster.lags()
    assert (lag.lag_bytes, lag.lag_s) == (0, 0.0)
