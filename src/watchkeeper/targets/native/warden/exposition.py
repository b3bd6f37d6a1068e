"""A snapshot as Prometheus metrics: cAdvisor's names and labels, so that container dashboards work without containers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from watchkeeper.targets.native.warden.rounds import Component, Snapshot
from watchkeeper.targets.native.warden.sample import Usage

_CONTAINER_LABELS = ("id", "image", "name")
_OWN_LABELS = ("name", "component")

_CONTAINER_GAUGES: tuple[tuple[str, str, Callable[[Usage], float]], ...] = (
    ("container_memory_usage_bytes", "Resident memory.", lambda usage: usage.memory_bytes),
    ("container_memory_working_set_bytes", "Resident memory.", lambda usage: usage.memory_bytes),
    ("container_memory_rss", "Resident memory that is not backed by files.", lambda usage: usage.anonymous_bytes),
    ("container_file_descriptors", "Open files.", lambda usage: usage.open_files),
    ("container_sockets", "Open sockets.", lambda usage: usage.sockets),
    ("container_processes", "Processes.", lambda usage: usage.processes),
    ("container_threads", "Threads.", lambda usage: usage.threads),
    ("container_start_time_seconds", "Start of the main process, unix time.", lambda usage: usage.started_at_s),
    ("container_last_seen", "When it was last looked at, unix time.", lambda usage: usage.sampled_at_s),
)
_CONTAINER_COUNTERS: tuple[tuple[str, str, str, Callable[[Usage], float]], ...] = (
    ("container_cpu_usage_seconds", "CPU time.", "cpu", lambda usage: usage.user_s + usage.system_s),
    ("container_cpu_user_seconds", "CPU time in user mode.", "", lambda usage: usage.user_s),
    ("container_cpu_system_seconds", "CPU time in the kernel.", "", lambda usage: usage.system_s),
    ("container_fs_reads_bytes", "Bytes read from disk.", "device", lambda usage: usage.read_bytes),
    ("container_fs_writes_bytes", "Bytes written to disk.", "device", lambda usage: usage.written_bytes),
    ("container_fs_reads", "Read calls.", "device", lambda usage: usage.reads),
    ("container_fs_writes", "Write calls.", "device", lambda usage: usage.writes),
)
_EXTRA_VALUES = {"cpu": "total", "device": ""}
_CPU_PERIOD_US = 100_000


class SnapshotCollector(Collector):
    """Collects from the snapshot that is current when it is asked."""

    def __init__(self, current: Callable[[], Snapshot]) -> None:
        self._current = current

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        snapshot = self._current()
        yield from _measured(snapshot)
        yield from _limits(snapshot)
        yield from _own(snapshot)
        yield from _machine(snapshot)


def _container(snapshot: Snapshot, component: Component) -> list[str]:
    return [
        f"/watchkeeper/{snapshot.watchlist.stack}/{component.watched.name}",
        component.watched.image,
        component.watched.name,
    ]


def _measured(snapshot: Snapshot) -> Iterator[Metric]:
    for name, documentation, value in _CONTAINER_GAUGES:
        gauge = GaugeMetricFamily(name, documentation, labels=_CONTAINER_LABELS)
        for component in snapshot.components:
            if component.usage is not None:
                gauge.add_metric(_container(snapshot, component), value(component.usage))
        yield gauge
    for name, documentation, extra, value in _CONTAINER_COUNTERS:
        labels = (*_CONTAINER_LABELS, *([extra] if extra else []))
        counter = CounterMetricFamily(name, documentation, labels=labels)
        for component in snapshot.components:
            if component.usage is not None:
                extras = [_EXTRA_VALUES[extra]] if extra else []
                counter.add_metric([*_container(snapshot, component), *extras], value(component.usage))
        yield counter
    files = GaugeMetricFamily("container_ulimits_soft", "Soft limits.", labels=(*_CONTAINER_LABELS, "ulimit"))
    usage_bytes = GaugeMetricFamily("container_fs_usage_bytes", "Disk use of data.", labels=(*_CONTAINER_LABELS, "device"))
    for component in snapshot.components:
        labels_of = _container(snapshot, component)
        usage_bytes.add_metric([*labels_of, ""], component.data_bytes)
        if component.usage is not None:
            files.add_metric([*labels_of, "max_open_files"], component.usage.open_files_limit)
    yield files
    yield usage_bytes


def _limits(snapshot: Snapshot) -> Iterator[Metric]:
    memory = GaugeMetricFamily("container_spec_memory_limit_bytes", "Memory limit, enforced.", labels=_CONTAINER_LABELS)
    quota = GaugeMetricFamily("container_spec_cpu_quota", "CPU share in microseconds per period.", labels=_CONTAINER_LABELS)
    period = GaugeMetricFamily("container_spec_cpu_period", "CPU period in microseconds.", labels=_CONTAINER_LABELS)
    for component in snapshot.components:
        labels = _container(snapshot, component)
        memory.add_metric(labels, component.watched.memory_limit_bytes)
        quota.add_metric(labels, component.watched.cpu_limit_cores * _CPU_PERIOD_US)
        period.add_metric(labels, _CPU_PERIOD_US)
    yield memory
    yield quota
    yield period


def _own(snapshot: Snapshot) -> Iterator[Metric]:
    healthy = GaugeMetricFamily("watchkeeper_component_healthy", "1 when its ready probe passed.", labels=_OWN_LABELS)
    running = GaugeMetricFamily("watchkeeper_component_running", "1 when it has a process.", labels=_OWN_LABELS)
    disk = GaugeMetricFamily("watchkeeper_component_disk_bytes", "Disk use.", labels=(*_OWN_LABELS, "kind"))
    restarts = CounterMetricFamily("watchkeeper_component_restarts", "Unplanned restarts.", labels=(*_OWN_LABELS, "cause"))
    for component in snapshot.components:
        labels = [component.watched.name, component.watched.component]
        healthy.add_metric(labels, component.standing.health == "healthy")
        running.add_metric(labels, bool(component.state.pid))
        disk.add_metric([*labels, "data"], component.data_bytes)
        disk.add_metric([*labels, "log"], component.log_bytes)
        for cause in ("ended", "hung", "memory", "start-over"):
            restarts.add_metric([*labels, cause], snapshot.restarts.get((component.watched.name, cause), 0))
    yield healthy
    yield running
    yield disk
    yield restarts
    yield GaugeMetricFamily("watchkeeper_memory_budget_bytes", "The plan's budget.", value=snapshot.watchlist.budget_bytes)
    yield GaugeMetricFamily(
        "watchkeeper_warden_supervisor_up", "1 when the supervisor answered.", value=float(snapshot.supervisor_answers)
    )
    yield GaugeMetricFamily(
        "watchkeeper_supervisor_resident_memory_bytes", "Memory of the supervisor.", value=snapshot.supervisor_bytes
    )
    yield GaugeMetricFamily("watchkeeper_warden_round_duration_seconds", "The last round.", value=snapshot.took_s)
    yield CounterMetricFamily("watchkeeper_warden_rounds", "Rounds since the start.", value=snapshot.rounds)


def _machine(snapshot: Snapshot) -> Iterator[Metric]:
    status = os.statvfs(snapshot.watchlist.state_folder)
    yield GaugeMetricFamily(
        "watchkeeper_state_free_bytes", "Free disk space for the state folder.", value=status.f_bavail * status.f_frsize
    )
    yield GaugeMetricFamily(
        "watchkeeper_state_size_bytes", "Size of the disk of the state folder.", value=status.f_blocks * status.f_frsize
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield GaugeMetricFamily("machine_memory_bytes", "Memory of this machine.", value=memory)
    yield GaugeMetricFamily("machine_cpu_cores", "Cores of this machine.", value=os.cpu_count() or 1)
