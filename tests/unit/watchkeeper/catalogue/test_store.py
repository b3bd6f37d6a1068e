"""The store's place in a plan: where it passes metrics on to, and who has to wait for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from watchkeeper.plan.model import Plan
from watchkeeper.plan.resolve import resolve
from watchkeeper.spec import load
from watchkeeper.targets.compose.render import Machine, render
from watchkeeper.workload.reference import ConnectUrl, ListenAddress, text

TAKES_METRICS = "--web.enable-remote-write-receiver"


def planned(description: str) -> Plan:
    return resolve(load(description, "watchkeeper.yaml"), folder=Path("/stack"))


def content(plan: Plan, workload: str, file: str) -> Any:
    return next(one.content for one in plan.workload(workload).files if one.name == file)


def test_the_store_passes_metrics_on_to_prometheus_and_starts_without_it() -> None:
    plan = planned("preset: core")
    url = ConnectUrl(workload="prometheus", endpoint="http", path="/api/v1/write")
    assert content(plan, "store", "store.yaml")["metrics"] == {"remote_write_url": url}
    assert TAKES_METRICS in plan.workload("prometheus").arguments
    assert content(plan, "prometheus", "prometheus.yml")["storage"]["tsdb"] == {"out_of_order_time_window": "30m"}
    assert "prometheus" not in plan.workload("store").needs
    assert "store" not in plan.workload("prometheus").needs


def test_in_containers_the_embedded_store_finds_prometheus_by_its_name() -> None:
    plan = planned("preset: core\ntarget: compose\nengines: {logs: embedded, collector: embedded, dashboards: console}\n")
    project = render(plan, Machine(stack_group=101, log_group=102, journal_group=103, engine_group=104))
    (file,) = (one for one in project.all_files() if one.path.endswith("/store.yaml"))
    assert b"remote_write_url: http://prometheus.monitoring:9090/api/v1/write\n" in file.content


def test_prometheus_takes_metrics_from_nobody_where_nobody_sends_any() -> None:
    plan = planned("preset: core\ntarget: compose\nengines: {logs: loki, collector: alloy, dashboards: grafana, traces: []}\n")
    assert TAKES_METRICS not in plan.workload("prometheus").arguments
    assert "storage" not in content(plan, "prometheus", "prometheus.yml")


@pytest.mark.parametrize("target", ["native", "compose"])
def test_otlp_over_grpc_has_a_port_of_its_own_where_it_is_asked_for(target: str) -> None:
    base = f"preset: core\ntarget: {target}\nengines: {{logs: embedded, collector: embedded, dashboards: console}}\n"
    asked = planned(f"{base}components: {{store: {{otlp_grpc: true}}}}\n")
    store = asked.workload("store")
    assert text("--otlp-grpc-address=", ListenAddress(endpoint="otlp_grpc")) in store.arguments
    assert asked.ports["store", "otlp_grpc"] != asked.ports["store", "http"]
    assert ("store", "otlp_grpc") not in planned(base).ports
