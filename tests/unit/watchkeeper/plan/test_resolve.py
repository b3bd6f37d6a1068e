"""From a description to a plan: defaults, what the description changes, and what the two rounds give."""

from pathlib import Path
from typing import Any

import pytest

from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.workload.failure import MistakesFound
from watchkeeper.workload.reference import ConnectAddress, SecretPath
from watchkeeper.workload.workload import Workload


def planned(text: str) -> Plan:
    return resolve(load(text, "watchkeeper.yaml"), folder=Path("/project"))


def content(workload: Workload, file: str) -> Any:
    return next(config.content for config in workload.files if config.name == file)


def jobs(plan: Plan) -> dict[str, Any]:
    return {job["job_name"]: job for job in content(plan.workload("prometheus"), "prometheus.yml")["scrape_configs"]}


def test_an_empty_description_is_the_core_preset_on_its_ports() -> None:
    plan = planned("")
    assert {"prometheus", "alertmanager", "node_exporter", "store", "shipper", "mocks", "console", "canary"} <= {
        workload.name for workload in plan.workloads
    }
    assert [plan.ports[name, "http"] for name in ("console", "prometheus", "store")] == [23_000, 23_001, 23_002]


def test_metrics_and_logs_are_kept_for_thirty_days_and_scraped_every_thirty_seconds() -> None:
    plan = planned("")
    assert "--storage.tsdb.retention.time=30d" in plan.workload("prometheus").arguments
    assert content(plan.workload("store"), "store.yaml")["retention"] == {"default": "30d"}
    assert content(plan.workload("prometheus"), "prometheus.yml")["global"]["scrape_interval"] == "30s"


def test_retention_of_a_small_server_is_a_setting() -> None:
    plan = planned("retention: {metrics: 30d, logs: 7d, logs_size: 5GB}")
    assert content(plan.workload("store"), "store.yaml")["retention"] == {"default": "7d", "max_bytes": 5 * 10**9}


def test_every_component_that_has_metrics_is_scraped() -> None:
    plan = planned("")
    watched = {
        target.workload
        for job in jobs(plan).values()
        for group in job["static_configs"]
        for target in group["targets"]
        if isinstance(target, ConnectAddress)
    }
    assert watched == {workload.name for workload in plan.workloads}


def test_from_mocks_to_real_targets_is_a_change_of_the_description_only() -> None:
    plan = planned("components: {mocks: {enabled: false}}\nscrape: {jobs: [{name: application, targets: ['10.0.0.1:80']}]}")
    assert "mocks" not in {workload.name for workload in plan.workloads}
    assert jobs(plan)["application"]["static_configs"] == [{"targets": ["10.0.0.1:80"]}]
    assert "postgres" not in jobs(plan)


def test_a_password_for_a_scrape_becomes_a_secret_that_prometheus_may_read() -> None:
    plan = planned("scrape: {jobs: [{name: shop, targets: ['h:1'], basic_auth: {user: me, password_file: secrets/shop}}]}")
    assert jobs(plan)["shop"]["basic_auth"] == {"username": "me", "password_file": SecretPath(secret="scrape-shop-password")}
    assert plan.workload("prometheus").secrets == ("scrape-shop-password",)
    assert next(secret.file for secret in plan.secrets if secret.name == "scrape-shop-password") == "/project/secrets/shop"


def test_planning_twice_gives_the_same_plan() -> None:
    assert planned("name: shop") == planned("name: shop")


def test_start_after_moves_a_component_to_a_later_wave() -> None:
    plan = planned("components: {node_exporter: {start_after: [prometheus]}}")
    order = {name: number for number, wave in enumerate(plan.waves) for name in wave}
    assert order["node_exporter"] > order["prometheus"]


def test_memory_is_a_setting_and_the_budget_its_sum() -> None:
    usual, raised = planned(""), planned("components: {mocks: {memory: 196MiB}}")
    assert raised.memory_budget_bytes - usual.memory_budget_bytes == 100 * 2**20


def test_mistakes_of_all_stages_are_reported_at_once() -> None:
    with pytest.raises(MistakesFound) as found:
        planned("colour: red\ncomponents: {promethus: {}}\nports: {store: 23000}\nbudget: {memory: 1MB}\n")
    assert [mistake.kind for mistake in found.value.mistakes] == [
        "unknown-key",
        "unknown-component",
        "port-taken-twice",
        "budget-exceeded",
    ]
