"""At least once: through kills of either side, rotation under load, and a store that stays away."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.shipper_stage import Receiver, Shipper, append, cpu_s, free_port, wait_until

pytestmark = pytest.mark.live


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


class Stage:
    """A shipper that watches ``logs/*.log`` and a store that comes and goes on one port."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.port = free_port()
        self.receivers: list[Receiver] = []
        source = {"kind": "files", "paths": [str(folder / "logs" / "*.log")], "label_from_stem": "component"}
        self.shipper = Shipper(
            folder, {"push_url": f"http://127.0.0.1:{self.port}/loki/api/v1/push", "sources": [source], **config}
        )

    def store_up(self) -> Receiver:
        self.receivers.append(Receiver(self.port))
        return self.receivers[-1]

    def store_down(self) -> None:
        self.receivers[-1].die()

    def lines(self, **labels: str) -> list[str]:
        return [line for receiver in self.receivers for line in receiver.lines(**labels)]

    def end(self) -> None:
        self.shipper.end()
        self.store_down()


@pytest.fixture
def stage(tmp_path: Path, logs: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.end()


def read_lines(stage: Stage, count: int) -> Callable[[], bool]:
    return lambda: stage.shipper.metric('watchkeeper_shipper_read_lines_total{source="files-1"}') >= count


def grown_by(stage: Stage, count: int) -> Callable[[], bool]:
    before = len(stage.lines())
    return lambda: len(stage.lines()) > before + count


def arrived(stage: Stage, expected: list[str]) -> Callable[[], bool]:
    return lambda: set(expected) <= set(stage.lines())


def once(lines: list[str]) -> list[str]:
    """Without repetitions, in the order of first arrival."""
    return list(dict.fromkeys(lines))


class Writer(threading.Thread):
    """Writes numbered lines at a steady pace until told to stop; ``rotate`` is called after every so many."""

    def __init__(self, file: Path, rotate: Callable[[], None] = lambda: None, every: int = 150) -> None:
        super().__init__(daemon=True)
        self.file = file
        self.written: list[str] = []
        self._rotate = rotate
        self._every = every
        self._stop_now = threading.Event()

    def run(self) -> None:
        while not self._stop_now.wait(0.002):
            line = f"{self.file.stem} {len(self.written):06d}"
            append(self.file, [line])
            self.written.append(line)
            if len(self.written) % self._every == 0:
                self._rotate()

    def stop(self) -> list[str]:
        self._stop_now.set()
        self.join()
        return self.written


def test_every_line_arrives_though_the_shipper_is_killed_again_and_again(stage: Stage, logs: Path) -> None:
    stage.store_up()
    writers = [Writer(logs / f"w{number}.log") for number in range(3)]
    stage.shipper.start()
    for writer in writers:
        writer.start()
    for _ in range(3):
        wait_until(grown_by(stage, 200))
        stage.shipper.kill()
        stage.shipper.start()
    for writer in writers:
        expected = writer.stop()
        wait_until(arrived(stage, expected))
        assert once(stage.lines(component=writer.file.stem)) == expected


def test_every_line_arrives_though_the_store_is_killed_again_and_again(stage: Stage, logs: Path) -> None:
    stage.store_up()
    stage.shipper.start()
    writer = Writer(logs / "w.log")
    writer.start()
    for _ in range(3):
        wait_until(grown_by(stage, 100))
        stage.store_down()
        wait_until(lambda: stage.shipper.metric("watchkeeper_shipper_store_up") == 0)
        assert stage.shipper.get("/-/ready")[0] == 200
        stage.store_up()
    expected = writer.stop()
    wait_until(arrived(stage, expected))
    assert once(stage.lines()) == expected


def rotate_by_rename(file: Path, keep: int) -> Callable[[], None]:
    def rotate() -> None:
        Path(f"{file}.{keep}").unlink(missing_ok=True)
        for number in range(keep - 1, 0, -1):
            if Path(f"{file}.{number}").exists():
                Path(f"{file}.{number}").rename(f"{file}.{number + 1}")
        file.rename(f"{file}.1")

    return rotate


def test_nothing_is_lost_when_files_are_renamed_away_under_load(stage: Stage, logs: Path) -> None:
    stage.store_up()
    (logs / "w.log").touch()
    stage.shipper.start()
    writer = Writer(logs / "w.log", rotate_by_rename(logs / "w.log", keep=2))
    writer.start()
    wait_until(lambda: len(writer.written) > 1000, within_s=20)
    expected = writer.stop()
    wait_until(arrived(stage, expected))
    assert once(stage.lines(component="w")) == expected
    assert stage.shipper.metric('watchkeeper_shipper_rotations_total{source="files-1"}') >= 5


def test_nothing_is_lost_when_files_are_copied_and_truncated_under_load(tmp_path: Path, logs: Path) -> None:
    source = {"kind": "files", "paths": [str(logs / "*")], "label_from_stem": "component"}
    stage = Stage(tmp_path, sources=[source])
    file = logs / "w.log"

    def rotate() -> None:
        shutil.copyfile(file, logs / "draft.gz")  # a name that is not read, so that the copy appears at once
        (logs / "draft.gz").rename(f"{file}.1")
        os.truncate(file, 0)

    try:
        stage.store_up()
        file.touch()
        stage.shipper.start()
        writer = Writer(file, rotate)
        writer.start()
        wait_until(lambda: len(writer.written) > 1000, within_s=20)
        expected = writer.stop()
        wait_until(arrived(stage, expected))
        received = stage.lines(component="w")
        assert once(received) == expected
        assert len(received) == len(expected), "the copies were read as if they were new"
        assert stage.shipper.metric('watchkeeper_shipper_lost_bytes_total{reason="truncated"}') == 0
    finally:
        stage.end()


def test_rotation_while_the_shipper_is_down_loses_nothing(stage: Stage, logs: Path) -> None:
    stage.store_up()
    append(logs / "w.log", ["first"])
    stage.shipper.start()
    wait_until(lambda: stage.lines() == ["first"])
    stage.shipper.stop()
    append(logs / "w.log", ["before the rotation"])
    (logs / "w.log").rename(logs / "w.log.1")
    append(logs / "w.log", ["after the rotation"])
    stage.shipper.start()
    wait_until(lambda: len(stage.lines()) >= 3)
    assert sorted(stage.lines(component="w")) == ["after the rotation", "before the rotation", "first"]


def test_lines_of_files_that_are_gone_come_out_of_the_disk_buffer_when_the_store_is_back(stage: Stage, logs: Path) -> None:
    stage.shipper.start()
    expected = []
    for number in range(5):
        lines = [f"{number} {line}" for line in range(200)]
        append(logs / "w.log", lines)
        expected += lines
        wait_until(read_lines(stage, len(expected)))
        (logs / "w.log").unlink()
    wait_until(lambda: stage.shipper.metric("watchkeeper_shipper_buffer_batches") > 0, within_s=15)
    # What is in the buffer survives a kill, and what was still being collected is put there by a stop.
    assert stage.shipper.stop() == 0
    stage.shipper.start()
    stage.shipper.kill()
    stage.store_up()
    stage.shipper.start()
    wait_until(lambda: len(set(stage.lines())) == len(expected), within_s=15)
    assert once(stage.lines()) == expected
    wait_until(lambda: stage.shipper.metric("watchkeeper_shipper_buffer_bytes") == 0)
    append(logs / "w.log", ["and on"])
    wait_until(lambda: "and on" in stage.lines())


def test_a_full_buffer_stops_reading_and_only_what_is_cut_meanwhile_is_lost_and_counted(tmp_path: Path, logs: Path) -> None:
    stage = Stage(tmp_path, batch={"max_bytes": "8KiB"}, buffer={"max_bytes": "64KiB"})
    noise = os.urandom(1 << 20).hex()  # does not compress to nothing
    lines = [f"{number:05d} {noise[number * 100 : number * 100 + 100]}" for number in range(20_000)]
    try:
        append(logs / "kept.log", lines)
        append(logs / "cut.log", ["read before"])
        stage.shipper.start()
        wait_until(lambda: stage.shipper.metric("watchkeeper_shipper_reading") == 0, within_s=15)
        assert stage.shipper.metric("watchkeeper_shipper_buffer_bytes") <= 64 * 1024
        append(logs / "cut.log", ["never read"] * 10)
        wait_until(lambda: stage.shipper.metric(f'watchkeeper_shipper_file_lag_bytes{{path="{logs}/cut.log"}}') >= 110)
        os.truncate(logs / "cut.log", 0)
        wait_until(lambda: stage.shipper.metric('watchkeeper_shipper_lost_bytes_total{reason="truncated"}') >= 110)
        stage.store_up()
        wait_until(lambda: len(stage.lines(component="kept")) >= len(lines), within_s=20)
        assert once(stage.lines(component="kept")) == lines
        wait_until(lambda: stage.shipper.metric("watchkeeper_shipper_reading") == 1)
    finally:
        stage.end()


def test_overload_and_failures_are_retried_and_refusals_dropped_counted_and_said(stage: Stage, logs: Path) -> None:
    answers = [
        (429, {}, b"slow down"),
        (500, {}, b"oops"),
        (503, {"Retry-After": "1"}, b""),
        (400, {}, b"stream limit reached\nand a second line"),
    ]
    store = stage.store_up()
    store.answer = lambda: answers.pop(0) if answers else (204, {}, b"")
    append(logs / "w.log", ["refused at last"])
    stage.shipper.start()
    wait_until(lambda: stage.shipper.metric('watchkeeper_shipper_dropped_lines_total{reason="refused_400"}') == 1)
    append(logs / "w.log", ["taken"])
    wait_until(lambda: stage.lines() == ["taken"])
    for reason in ("429", "500", "503"):
        assert stage.shipper.metric(f'watchkeeper_shipper_push_retries_total{{reason="{reason}"}}') == 1
    said = stage.shipper.output.read_text()
    assert "stream limit reached" in said
    assert "second line" not in said


def test_a_store_that_hangs_costs_no_processor_time(stage: Stage, logs: Path) -> None:
    release = threading.Event()

    def late() -> tuple[int, dict[str, str], bytes]:
        release.wait(20)
        return 204, {}, b""

    stage.store_up().answer = late
    stage.shipper.start()
    for number in range(1, 5):  # one batch under way, one in the outbox, one being built
        append(logs / "w.log", [f"line {number}"])
        wait_until(read_lines(stage, number))
    before_s = cpu_s(stage.shipper.pid)
    time.sleep(2.0)  # the span that is measured
    assert cpu_s(stage.shipper.pid) - before_s < 0.2
    release.set()
    wait_until(lambda: len(stage.lines()) == 4)


def test_a_stop_takes_less_than_5_s_though_the_store_never_answers(stage: Stage, logs: Path) -> None:
    release = threading.Event()

    def never() -> tuple[int, dict[str, str], bytes]:
        release.wait(20)
        return 503, {}, b""

    stage.store_up().answer = never
    append(logs / "w.log", ["waits"])
    stage.shipper.start()
    wait_until(read_lines(stage, 1))
    begun_s = time.monotonic()
    assert stage.shipper.stop() == 0
    assert time.monotonic() - begun_s < 5.0
    release.set()
    stage.receivers[0].answer = lambda: (204, {}, b"")
    stage.shipper.start()
    wait_until(lambda: "waits" in stage.lines())
