"""What ``render`` writes: the same bytes each time, and accepted by the upstream tools."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.core_stack import CoreStack, core_stack
from tests.live.upstream_tools import tool

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def rendered() -> Iterator[tuple[CoreStack, Path]]:
    with core_stack() as stack:
        result = stack.run("render", "--output", "one", timeout_s=300)
        assert result.returncode == 0, result.stderr
        yield stack, stack.folder / "one"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def accepted(*command: str | Path) -> str:
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_rendering_twice_gives_the_same_bytes(rendered: tuple[CoreStack, Path]) -> None:
    stack, first = rendered
    assert stack.run("render", "--output", "two").returncode == 0
    assert contents(stack.folder / "two") == contents(first)
    assert "prometheus/prometheus.yml" in contents(first)


def test_promtool_accepts_the_configuration_and_every_rule_file(rendered: tuple[CoreStack, Path]) -> None:
    _, folder = rendered
    said = accepted(tool("promtool"), "check", "config", folder / "prometheus/prometheus.yml")
    rules = sorted((folder / "prometheus/rules").glob("*.yaml"))
    assert f"{len(rules)} rule files found" in said
    assert len(rules) >= 5
    accepted(tool("promtool"), "check", "rules", *rules)


def test_promtool_refuses_a_planted_mistake(rendered: tuple[CoreStack, Path], tmp_path: Path) -> None:
    _, folder = rendered
    broken = tmp_path / "broken.yaml"
    broken.write_text((folder / "prometheus/rules/prometheus-prometheus.yaml").read_text().replace("up == 0", "up == == 0"))
    result = subprocess.run([tool("promtool"), "check", "rules", broken], capture_output=True, timeout=60, check=False)
    assert result.returncode != 0


def test_amtool_accepts_the_routes(rendered: tuple[CoreStack, Path]) -> None:
    _, folder = rendered
    assert "SUCCESS" in accepted(tool("amtool"), "check-config", folder / "alertmanager/alertmanager.yml")
