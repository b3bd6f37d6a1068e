"""Every preset and release set in each environment of the example: Compose and our linter take the file, limits add up."""

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


OVERLAYS: tuple[tuple[str, ...], ...] = (
    (), ("development",), ("production",), ("secrets",), ("security",), ("production", "secrets", "security"),
)  # fmt: skip


@pytest.mark.parametrize("overlays", OVERLAYS, ids=lambda names: "+".join(names) or "plain")
@pytest.mark.parametrize("releases", ["seed", "current"])
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_compose_accepts_the_example_of_every_preset_in_every_environment(
    preset: str, releases: str, overlays: tuple[str, ...], tmp_path: Path
) -> None:
    written = (EXAMPLE / "watchkeeper.yaml").read_text(encoding="utf-8")
    assert "preset: platform\n" in written
    written = written.replace("preset: platform\n", f"preset: {preset}\n")
    document = load(f"target: compose\nreleases: {releases}\n{written}", "watchkeeper.yaml")
    files = {name: EXAMPLE / f"watchkeeper.{name}.yaml" for name in overlays}
    texts = {name: file.read_text(encoding="utf-8") for name, file in files.items() if file.exists()}
    if "secrets" in texts and preset != "platform":
        # the example names the secrets of its own preset
        own = [secret.name for secret in resolve(document, folder=EXAMPLE).secrets if not secret.content]
        texts["secrets"] = yaml.safe_dump({"secrets": {name: {"environment": name.upper().replace("-", "_")} for name in own}})
    beside = {name: load(text, files[name].name) for name, text in texts.items()}
    plan = resolve(with_environments(with_unchosen_checked(document, overlays), overlays, beside), folder=EXAMPLE)
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
