"""Every preset with every release set: Compose itself and our linter accept the file, and the limits add up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from watchkeeper.lint.linter import Source, lint
from watchkeeper.lint.rule import Severity
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.spec.presets import PRESETS
from watchkeeper.targets.compose.engine import Engine
from watchkeeper.targets.compose.render import Machine, render

pytestmark = pytest.mark.compose

MIB = 1024 * 1024


@pytest.mark.parametrize("releases", ["seed", "current"])
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_compose_accepts_the_file_and_its_limits_are_the_plans(preset: str, releases: str, tmp_path: Path) -> None:
    text = f"name: {preset}\ntarget: compose\npreset: {preset}\nreleases: {releases}\n"
    plan = resolve(load(text, "watchkeeper.yaml"), folder=tmp_path)
    for file in render(plan, Machine()).all_files():
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)

    done = Engine(os.environ).client("compose", "--project-directory", str(tmp_path), "config", "--format", "json")
    assert (done.status, done.error) == (0, "")
    services: dict[str, dict[str, Any]] = yaml.safe_load(done.output)["services"]
    assert set(services) == {workload.name for workload in plan.workloads}
    found = lint([Source(file="compose.yaml", text=(tmp_path / "compose.yaml").read_text(encoding="utf-8"))]).findings
    assert [str(finding) for finding in found if finding.severity is Severity.ERROR] == []
    assert sum(int(one["mem_limit"]) for one in services.values()) == plan.memory_budget_bytes
