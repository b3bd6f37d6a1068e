"""docs/reference/mocks.md says what the program does, or these fail."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.watchkeeper_mocks.stage import BUSY, a_world, pages

from watchkeeper_mocks.configuration import Configuration, PlannedIncident, parse_configuration
from watchkeeper_mocks.exporters.registry import EXPORTERS
from watchkeeper_mocks.incidents.catalogue import KNOWN

REFERENCE = (Path(__file__).parents[3] / "docs" / "reference" / "mocks.md").read_text(encoding="utf-8")


def rows(first_column: str) -> list[list[str]]:
    """The cells of the table whose header starts with this column."""
    lines = REFERENCE.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_every_incident_is_described_as_in_the_catalogue() -> None:
    expected = [[f"`{name}`", known.summary, ", ".join(sorted(known.moves))] for name, known in sorted(KNOWN.items())]
    assert rows("Name") == expected


def test_every_exporter_is_listed_with_families_it_has() -> None:
    world, _ = a_world(BUSY, after_s=86400.0)
    text = pages(world)
    listed = {row[0].strip("`"): row for row in rows("Exporter")}
    assert sorted(listed) == sorted(EXPORTERS)
    for exporter, (_, _, families) in listed.items():
        for family in re.findall(r"`([a-z][A-Za-z_]+)", families):
            assert f"# TYPE {family}" in text[exporter, "metrics"], family


def test_the_configuration_shown_is_the_default_one() -> None:
    (_, shown) = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
    found = parse_configuration(shown, origin="mocks.md", now_s=1_795_000_000.0)
    incident = PlannedIncident(name="latency_spike", duration_s=600.0, intensity=1.0)
    assert found == replace(Configuration(), incidents=(incident,))


@pytest.mark.parametrize("path", ["/metrics", "/-/healthy", "/-/ready", "/api/incidents", "/exporters/NAME/metrics", "/"])
def test_every_path_is_listed(path: str) -> None:
    assert any(f"`{path}`" in row[0] for row in rows("Path"))
