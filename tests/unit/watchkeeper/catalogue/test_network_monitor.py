"""The example application as the catalogue plans it, on bare processes and in containers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.targets.compose.render import Machine, render
from watchkeeper.workload.failure import MistakesFound
from watchkeeper.workload.reference import ConnectUrl, SecretPath

SERVICES = ("network_monitor_notifier", "network_monitor_web", "network_monitor_worker")


def planned(more: str = "", target: str = "native") -> Plan:
    return resolve(load(f"preset: platform\ntarget: {target}\n{more}", "watchkeeper.yaml"), folder=Path("/stack"))


def content(plan: Plan, workload: str, name: str) -> Any:
    return next(file.content for file in plan.workload(workload).files if file.name == name)


def jobs(plan: Plan, name: str) -> list[Any]:
    return [job for job in content(plan, "prometheus", "prometheus.yml")["scrape_configs"] if job["job_name"] == name]


def test_its_services_are_targets_of_one_job_under_the_name_that_rules_know() -> None:
    (job,) = jobs(planned(), "application")
    assert job["metrics_path"] == "/api/metrics"
    labelled = [(len(group["targets"]), group["labels"]["component"]) for group in job["static_configs"]]
    assert sorted(labelled) == [(1, service) for service in SERVICES]


def test_the_mocks_pretend_an_application_only_where_there_is_none() -> None:
    assert "application" not in content(planned(), "mocks", "mocks.yaml")["exporters"]
    without = planned("components: {network_monitor: {enabled: false}}\n")
    assert "application" in content(without, "mocks", "mocks.yaml")["exporters"]
    (job,) = jobs(without, "application")
    assert job["static_configs"][0]["labels"]["source"] == "mock"


def test_each_health_page_is_probed_and_kept_apart_from_whether_the_process_lives() -> None:
    plan = planned()
    (job,) = jobs(plan, "probes")
    probed = {group["labels"]["probe"] for group in job["static_configs"]}
    assert {f"{service} health" for service in SERVICES} <= probed
    for service in SERVICES:
        health = plan.workload(service).health
        assert (health.ready.path, health.alive.path) == ("/api/health", "/-/healthy")  # type: ignore[union-attr]  # both are HTTP


def test_passwords_are_named_by_their_files_and_spans_go_to_the_store() -> None:
    plan = planned()
    for service in SERVICES:
        environment = plan.workload(service).environment
        secrets = {name: value for name, value in environment.items() if name.endswith("_FILE")}
        assert sorted(value.secret for value in secrets.values() if isinstance(value, SecretPath)) == [
            *("network-monitor-key", "postgres-app-password", "rabbitmq-password", "redis-password")
        ]
        assert len(secrets) == 4
        assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == ConnectUrl(workload="store", endpoint="http")


def test_its_names_follow_those_of_the_servers() -> None:
    plan = planned("components: {postgres_server: {user: shop, database: goods}, rabbitmq_server: {user: queuer}}\n")
    environment = plan.workload("network_monitor_web").environment
    assert [environment[name] for name in ("POSTGRES_USER", "POSTGRES_DB", "RABBITMQ_USER")] == ["shop", "goods", "queuer"]


def test_only_the_worker_patrols_and_it_can_be_told_not_to() -> None:
    patrolling = [service for service in SERVICES if "NETWORK_MONITOR_URL" in planned().workload(service).environment]
    assert patrolling == ["network_monitor_worker"]
    slow = planned("components: {network_monitor: {patrol_every: 5m}}\n").workload("network_monitor_worker").environment
    assert slow["NETWORK_MONITOR_PATROL_S"] == "300"
    never = planned("components: {network_monitor: {patrol: false}}\n").workload("network_monitor_worker").environment
    assert "NETWORK_MONITOR_URL" not in never


def test_it_cannot_be_planned_without_what_it_is_built_on() -> None:
    with pytest.raises(MistakesFound) as refused:
        planned("components: {kafka_broker: {enabled: false}, kafka_exporter: {enabled: false}}\n")
    assert [mistake.message for mistake in refused.value.mistakes] == ["cannot run network_monitor without kafka_broker"]


def test_in_containers_it_is_left_out_unless_asked_for_and_then_runs_from_our_own_image() -> None:
    assert not any(workload.component == "network_monitor" for workload in planned(target="compose").workloads)
    machine = Machine(stack_group=101, log_group=102, journal_group=103, engine_group=104)
    project = render(planned("components: {network_monitor: {}}\n", target="compose"), machine)
    services = {container.name: container.service for container in project.containers if container.name in SERVICES}
    assert sorted(services) == list(SERVICES)
    for name, made in services.items():
        assert made["image"].startswith("watchkeeper"), name
        assert [*made["entrypoint"], *made["command"]][:4] == ["python", "-m", "network_monitor", name.rpartition("_")[2]]
        assert made["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://tempo.app:4318"
        assert made["read_only"] is True
        assert "healthcheck" in made
