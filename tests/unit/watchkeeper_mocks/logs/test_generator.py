from pathlib import Path

from tests.unit.watchkeeper_mocks.stage import FLAT, a_world

from watchkeeper_mocks.configuration import LogSettings
from watchkeeper_mocks.logs.generator import LogGenerator


def test_each_file_is_in_order_of_time(tmp_path: Path) -> None:
    world, clock = a_world(FLAT, after_s=5000.0)
    generator = LogGenerator(world, LogSettings(lines_per_s=50.0, format="logfmt"), seed="s", folder=tmp_path)
    for _ in range(60):
        clock.now_s += 1.0
        generator.write_second(int(clock.now_s))
    texts = (tmp_path / "web.log").read_text(encoding="utf-8").splitlines()
    moments = [text.split(" ", 1)[0] for text in texts]
    assert moments == sorted(moments)
    assert generator.written_lines["web"] == len(texts) > 600
    assert generator.written_bytes["web"] == (tmp_path / "web.log").stat().st_size


def test_lines_that_cannot_be_written_are_counted_and_told(tmp_path: Path) -> None:
    world, clock = a_world(FLAT, after_s=5000.0)
    (tmp_path / "logs").write_text("in the way", encoding="utf-8")
    generator = LogGenerator(world, LogSettings(lines_per_s=50.0), seed="s", folder=tmp_path / "logs")
    clock.now_s += 1.0
    generator.write_second(int(clock.now_s))
    assert generator.dropped_lines.total() > 0
    assert generator.trouble is not None
    assert "cannot write" in generator.trouble
    (tmp_path / "logs").unlink()
    clock.now_s += 1.0
    generator.write_second(int(clock.now_s))
    assert generator.trouble is None
