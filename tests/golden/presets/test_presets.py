"""Every preset on every target with every release set: what it starts, where, and within which limits.

A golden is written by hand or read by a person before it is committed: ``test_every_plan_is_the_one_that_was_agreed`` prints
the plan that it found when the two differ.
"""

from __future__ import annotations

import functools
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from watchkeeper.catalogue.registry import CATALOGUE
from watchkeeper.lint.linter import Request, Source, lint
from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.spec.presets import PRESETS
from watchkeeper.targets.compose.render import Machine, render

FOLDER = Path(__file__).parent
CASES = list(itertools.product(sorted(PRESETS), ("native", "compose"), ("current", "seed")))
MACHINE = Machine(stack_group=101, log_group=102, journal_group=103, engine_group=104)


@functools.cache
def planned(preset: str, target: str, releases: str, more: str = "") -> Plan:
    text = f"preset: {preset}\ntarget: {target}\nreleases: {releases}\n{more}"
    return resolve(load(text, "watchkeeper.yaml"), folder=Path("/stack"))


def summary(plan: Plan) -> dict[str, Any]:
    """What a person would want to know of a plan, without versions."""
    return {
        "memory_mib": plan.memory_budget_bytes // 2**20,
        "secrets": [secret.name for secret in plan.secrets],
        "workloads": {
            workload.name: {
                "memory_mib": workload.resources.memory_bytes // 2**20,
                "needs": list(workload.needs),
                "networks": list(workload.networks),
                "ports": {endpoint.name: plan.ports[workload.name, endpoint.name] for endpoint in workload.endpoints},
                **({"exceptions": sorted(workload.exceptions)} if workload.exceptions else {}),
            }
            for workload in plan.workloads
        },
    }


@pytest.mark.parametrize(("preset", "target", "releases"), CASES)
def test_every_plan_is_the_one_that_was_agreed(preset: str, target: str, releases: str) -> None:
    file = FOLDER / f"{preset}-{target}-{releases}.json"
    found = json.dumps(summary(planned(preset, target, releases)), indent=1) + "\n"
    assert file.is_file(), f"nothing says what to expect of {file.stem}; it gave:\n{found}"
    assert file.read_text(encoding="utf-8") == found


def test_no_expectation_is_left_without_its_preset() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {"-".join(case) for case in CASES}


@pytest.mark.parametrize(("target", "releases"), list(itertools.product(("native", "compose"), ("current", "seed"))))
@pytest.mark.parametrize("preset", [preset for preset in PRESETS.values() if preset.monitoring_bytes], ids=lambda one: one.name)
def test_what_watches_stays_within_the_stated_budget(preset: Any, target: str, releases: str) -> None:
    watching = [
        workload
        for workload in planned(preset.name, target, releases).workloads
        if CATALOGUE[workload.component].role == "monitoring"
    ]
    assert 0 < sum(workload.resources.memory_bytes for workload in watching) <= preset.monitoring_bytes


@pytest.mark.parametrize("releases", ["current", "seed"])
def test_the_platform_fits_two_gibibytes_with_everything_that_watches_it(releases: str) -> None:
    assert planned("platform", "compose", releases).memory_budget_bytes < 2 * 2**30


def test_enterprise_has_thirteen_monitoring_services() -> None:
    plan = planned("enterprise", "compose", "current")
    watching = [
        w.name for w in plan.workloads if CATALOGUE[w.component].role == "monitoring" and w.name != "docker_socket_proxy"
    ]
    assert len(watching) == 13


@pytest.mark.parametrize(("preset", "releases"), list(itertools.product(sorted(PRESETS), ("current", "seed"))))
def test_a_compose_project_passes_the_linter(preset: str, releases: str) -> None:
    project = render(planned(preset, "compose", releases), MACHINE)
    # dashboards and rules are the same everywhere, and linted where they are made
    sources = [
        Source(file=one.path, text=one.content.decode())
        for one in project.all_files()
        if one.path.endswith((".yaml", ".yml", ".alloy")) and "/rules/" not in one.path
    ]
    result = lint(sources, Request(release_set=releases))
    assert len(result.recognised) >= 3
    assert [str(finding) for finding in result.findings if finding.severity == "error"] == []


@pytest.mark.parametrize(
    "engines",
    [
        "{logs: embedded, collector: embedded, dashboards: console, traces: []}",
        "{logs: loki, collector: promtail, dashboards: console, traces: [jaeger]}",
        "{logs: loki, collector: embedded, dashboards: grafana, traces: [embedded, tempo]}",
        "{logs: embedded, collector: alloy, dashboards: grafana}",
    ],
)
def test_engines_can_be_chosen_one_by_one(engines: str) -> None:
    project = render(planned("platform", "compose", "current", f"engines: {engines}\n"), MACHINE)
    names = {container.name for container in project.containers}
    assert ("store" in names) == ("logs: embedded" in engines or "[embedded" in engines)
    assert ("loki" in names) == ("loki" in engines)
    assert ("grafana" in names) == ("grafana" in engines)


def test_a_mock_steps_back_for_the_real_thing_and_no_job_is_there_twice() -> None:
    def jobs(plan: Plan) -> list[str]:
        (file,) = (file for file in plan.workload("prometheus").files if file.name == "prometheus.yml")
        content: Any = file.content
        return [job["job_name"] for job in content["scrape_configs"]]

    mocked, real = jobs(planned("core", "native", "current")), jobs(planned("platform", "native", "current"))
    assert len(real) == len(set(real))
    assert {"postgres", "redis", "kafka", "rabbitmq"} <= set(mocked) & set(real)
