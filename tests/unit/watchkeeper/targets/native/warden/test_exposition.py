"""Metrics of a snapshot, as Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families
from tests.unit.watchkeeper.targets.native.warden.test_judge import WATCHED
from tests.unit.watchkeeper.targets.native.warden.test_watchlist import WATCHLIST

from watchkeeper.targets.native.warden.exposition import metrics_of
from watchkeeper.targets.native.warden.judge import Standing
from watchkeeper.targets.native.warden.metric_text import metric_text
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
    return metric_text(metrics_of(snapshot)).decode().splitlines()


def test_usage_has_the_names_and_labels_of_container_metrics() -> None:
    lines = _lines(SNAPSHOT)
    assert f'container_cpu_usage_seconds_total{{{CONTAINER},cpu="total"}} 3.0' in lines
    assert f"container_memory_working_set_bytes{{{CONTAINER}}} 50.0" in lines
    assert f"container_memory_rss{{{CONTAINER}}} 20.0" in lines
    assert f"container_file_descriptors{{{CONTAINER}}} 7.0" in lines
    assert f"container_spec_memory_limit_bytes{{{CONTAINER}}} 100.0" in lines
    assert f"container_last_seen{{{CONTAINER}}} 1000.0" in lines


def test_health_and_restarts_are_told_by_component() -> None:
    lines = _lines(SNAPSHOT)
    assert 'watchkeeper_component_healthy{name="a",component="a"} 1.0' in lines
    assert 'watchkeeper_component_restarts_total{name="a",component="a",cause="hung"} 2.0' in lines
    assert 'watchkeeper_component_restarts_total{name="a",component="a",cause="ended"} 0.0' in lines
    assert 'watchkeeper_component_disk_bytes{name="a",component="a",kind="data"} 4096.0' in lines


def test_a_component_without_a_process_has_no_usage_but_is_told_to_be_down() -> None:
    down = replace(COMPONENT, usage=None, state=ProcessState(workload="a", lifecycle="stopped"), standing=Standing())
    lines = _lines(replace(SNAPSHOT, components=(down,)))
    assert not any(line.startswith("container_memory_working_set_bytes{") for line in lines)
    assert 'watchkeeper_component_healthy{name="a",component="a"} 0.0' in lines
    assert 'watchkeeper_component_running{name="a",component="a"} 0.0' in lines


def test_the_text_is_what_prometheus_own_parser_reads_with_odd_labels_and_all() -> None:
    odd = replace(COMPONENT, watched=replace(COMPONENT.watched, image='a"b\\c\nd'))
    text = metric_text(metrics_of(replace(SNAPSHOT, components=(odd,)))).decode()

    families = {family.name: family for family in text_string_to_metric_families(text)}

    (sample,) = families["container_memory_rss"].samples
    assert (sample.labels["image"], sample.value) == ('a"b\\c\nd', 20.0)
    assert families["container_cpu_usage_seconds"].type == "counter"
    assert families["watchkeeper_component_restarts"].samples[1].value == 2.0


def test_every_counter_ends_in_total_and_no_gauge_does() -> None:
    for metric in metrics_of(SNAPSHOT):
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name
