"""docs/reference/shipper.md tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

from watchkeeper_shipper.metrics import FileLag, Metrics
from watchkeeper_shipper.read_settings import read_settings
from watchkeeper_shipper.settings import BatchLimits, Settings

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "shipper.md").read_text()


def test_the_example_configuration_works_and_shows_the_defaults(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    (tmp_path / "c.yaml").write_text(example[1])
    settings = read_settings(tmp_path / "c.yaml")
    assert [source.name for source in settings.files] == ["stack", "files-2"]
    assert [source.name for source in settings.journals] == ["journald-1"]
    assert settings.batch == BatchLimits()
    assert settings.buffer_max_bytes == Settings(push_url="").buffer_max_bytes


def test_every_metric_is_described_and_every_described_metric_exists() -> None:
    metrics = Metrics()
    metrics.show_lags(lambda: [FileLag(path="/x", lag_bytes=1, lag_s=1.0)])
    page = metrics.page().decode()
    exist = {
        name.removeprefix("watchkeeper_shipper_")
        for name in re.findall(r"^# TYPE (watchkeeper_shipper_\w+) ", page, re.MULTILINE)
    }
    table = PAGE.partition("## Metrics")[2]
    described = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert described == exist
