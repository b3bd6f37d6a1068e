"""Every preset and release set, and the example in each environment: Compose and our linter take the file, limits add up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from watchkeeper.lint.linter import Source, lint
from watchkeeper.lint.rule import Severity
from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load, with_environments, with_unchosen_checked
from watchkeeper.spec.presets import PRESETS
from watchkeeper.targets.compose.engine import Engine
from watchkeeper.targets.compose.render import Machine, render

pytestmark = pytest.mark.compose

MIB = 1024 * 1024


EXAMPLE = Path(__file__).parents[2] / "examples/environments"


@pytest.mark.parametrize("releases", ["seed", "current"])
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_compose_accepts_the_file_and_its_limits_are_the_plans(preset: str, releases: str, tmp_path: Path) -> None:
    text = f"name: {preset}\ntarget: compose\npreset: {preset}\nreleases: {releases}\n"
    accepted(resolve(load(text, "watchkeeper.yaml"), folder=tmp_path), tmp_path)


@pytest.mark.parametrize("releases", ["seed", "current"])
@pytest.mark.parametrize(
    "names", [("development",), ("production",), ("secrets",), ("security",), ("production", "secrets", "security")], ids=str
)
def test_compose_accepts_the_example_in_every_environment(names: tuple[str, ...], releases: str, tmp_path: Path) -> None:
    written = (EXAMPLE / "watchkeeper.yaml").read_text(encoding="utf-8")
    document = load(f"target: compose\nreleases: {releases}\n{written}", "watchkeeper.yaml")
    files = {name: EXAMPLE / f"watchkeeper.{name}.yaml" for name in names}
    beside = {name: load(file.read_text(encoding="utf-8"), file.name) for name, file in files.items() if file.exists()}
    plan = resolve(with_environments(with_unchosen_checked(document, names), names, beside), folder=EXAMPLE)
    accepted(plan, tmp_path)


def accepted(plan: Plan, folder: Path) -> None:
    """Compose and our linter take the rendered file, and its limits are the plan's."""
    for file in render(plan, Machine()).all_files():
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)

    done = Engine(os.environ).client("compose", "--project-directory", str(folder), "config", "--format", "json")
    assert (done.status, done.error) == (0, "")
    services: dict[str, dict[str, Any]] = yaml.safe_load(done.output)["services"]
    assert set(services) == {workload.name for workload in plan.workloads}
    found = lint([Source(file="compose.yaml", text=(folder / "compose.yaml").read_text(encoding="utf-8"))]).findings
    assert [str(finding) for finding in found if finding.severity is Severity.ERROR] == []
    assert sum(int(one["mem_limit"]) for one in services.values()) == plan.memory_budget_bytes
