"""Metrics of a snapshot, as Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client import CollectorRegistry, generate_latest
from tests.unit.watchkeeper.targets.native.warden.test_judge import WATCHED
from tests.unit.watchkeeper.targets.native.warden.test_watchlist import WATCHLIST

from watchkeeper.targets.native.warden.exposition import SnapshotCollector
from watchkeeper.targets.native.warden.judge import Standing
from watchkeeper.targets.native.warden.rounds import Component, Snapshot
from watchkeeper.targets.native.warden.sample import Usage
from watchkeeper.targets.target import ProcessState

USAGE = Usage(sampled_at_s=1000.0, user_s=2.0, system_s=1.0, memory_bytes=50, anonymous_bytes=20, open_files=7, threads=3)
COMPONENT = Component(
    watched=replace(WATCHED, image="a:1"),
    state=ProcessState(workload="a", lifecycle="running", pid=1),
    standing=Standing(health="healthy"),
    usage=USAGE,
    data_bytes=4096,
    log_bytes=100,
)
SNAPSHOT = Snapshot(
    watchlist=replace(WATCHLIST, state_folder="/"), components=(COMPONENT,), restarts={("a", "hung"): 2}, rounds=1
)
CONTAINER = 'id="/watchkeeper/s/a",image="a:1",name="a"'


def _lines(snapshot: Snapshot) -> list[str]:
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(lambda: snapshot))
    return generate_latest(registry).decode().splitlines()


def test_usage_has_the_names_and_labels_of_container_metrics() -> None:
    lines = _lines(SNAPSHOT)
    assert f'container_cpu_usage_seconds_total{{cpu="total",{CONTAINER}}} 3.0' in lines
    assert f"container_memory_working_set_bytes{{{CONTAINER}}} 50.0" in lines
    assert f"container_memory_rss{{{CONTAINER}}} 20.0" in lines
    assert f"container_file_descriptors{{{CONTAINER}}} 7.0" in lines
    assert f"container_spec_memory_limit_bytes{{{CONTAINER}}} 100.0" in lines
    assert f"container_last_seen{{{CONTAINER}}} 1000.0" in lines


def test_health_and_restarts_are_told_by_component() -> None:
    lines = _lines(SNAPSHOT)
    assert 'watchkeeper_component_healthy{component="a",name="a"} 1.0' in lines
    assert 'watchkeeper_component_restarts_total{cause="hung",component="a",name="a"} 2.0' in lines
    assert 'watchkeeper_component_restarts_total{cause="ended",component="a",name="a"} 0.0' in lines
    assert 'watchkeeper_component_disk_bytes{component="a",kind="data",name="a"} 4096.0' in lines


def test_a_component_without_a_process_has_no_usage_but_is_told_to_be_down() -> None:
    down = replace(COMPONENT, usage=None, state=ProcessState(workload="a", lifecycle="stopped"), standing=Standing())
    lines = _lines(replace(SNAPSHOT, components=(down,)))
    assert not any(line.startswith("container_memory_working_set_bytes{") for line in lines)
    assert 'watchkeeper_component_healthy{component="a",name="a"} 0.0' in lines
    assert 'watchkeeper_component_running{component="a",name="a"} 0.0' in lines
