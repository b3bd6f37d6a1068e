"""A snapshot as metrics: cAdvisor's names and labels, so that container dashboards work without containers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import get_args

from watchkeeper.targets.native.warden.judge import Cause
from watchkeeper.targets.native.warden.metric_text import Metric
from watchkeeper.targets.native.warden.rounds import Component, Snapshot
from watchkeeper.targets.native.warden.sample import Usage

_GAUGES: tuple[tuple[str, str, Callable[[Usage], float]], ...] = (
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
_CPU = {"cpu": "total"}
_DEVICE = {"device": ""}
_COUNTERS: tuple[tuple[str, str, Mapping[str, str], Callable[[Usage], float]], ...] = (
    ("container_cpu_usage_seconds_total", "CPU time.", _CPU, lambda usage: usage.user_s + usage.system_s),
    ("container_cpu_user_seconds_total", "CPU time in user mode.", {}, lambda usage: usage.user_s),
    ("container_cpu_system_seconds_total", "CPU time in the kernel.", {}, lambda usage: usage.system_s),
    ("container_fs_reads_bytes_total", "Bytes read from disk.", _DEVICE, lambda usage: usage.read_bytes),
    ("container_fs_writes_bytes_total", "Bytes written to disk.", _DEVICE, lambda usage: usage.written_bytes),
    ("container_fs_reads_total", "Read calls.", _DEVICE, lambda usage: usage.reads),
    ("container_fs_writes_total", "Write calls.", _DEVICE, lambda usage: usage.writes),
)
_LIMIT_OPEN_FILES = {"ulimit": "max_open_files"}
_CPU_PERIOD_US = 100_000


def metrics_of(snapshot: Snapshot) -> Iterator[Metric]:
    """All of them, in the order of the text."""
    yield from _measured(snapshot)
    yield from _limits(snapshot)
    yield from _components(snapshot)
    yield from _warden(snapshot)
    yield from _machine(snapshot)


def _measured(snapshot: Snapshot) -> Iterator[Metric]:
    measured = [(_container(snapshot, component), component.usage) for component in snapshot.components if component.usage]
    for name, documentation, value in _GAUGES:
        yield _gauge(name, documentation, [(labels, value(usage)) for labels, usage in measured])
    for name, documentation, extra, value in _COUNTERS:
        yield _counter(name, documentation, [({**labels, **extra}, value(usage)) for labels, usage in measured])
    yield _gauge(
        "container_ulimits_soft",
        "Soft limits.",
        [({**labels, **_LIMIT_OPEN_FILES}, usage.open_files_limit) for labels, usage in measured],
    )
    yield _counter(
        "container_oom_events_total",
        "Restarts because of the memory limit.",
        [(_container(snapshot, one), snapshot.restarts.get((one.watched.name, "memory"), 0)) for one in snapshot.components],
    )


def _limits(snapshot: Snapshot) -> Iterator[Metric]:
    every = [(_container(snapshot, component), component) for component in snapshot.components]
    yield _gauge(
        "container_spec_memory_limit_bytes",
        "Memory limit, enforced by a restart.",
        [(labels, component.watched.memory_limit_bytes) for labels, component in every],
    )
    yield _gauge(
        "container_spec_cpu_quota",
        "CPU share that was planned, in microseconds per period; not enforced.",
        [(labels, component.watched.cpu_limit_cores * _CPU_PERIOD_US) for labels, component in every],
    )
    yield _gauge("container_spec_cpu_period", "CPU period in microseconds.", [(labels, _CPU_PERIOD_US) for labels, _ in every])
    yield _gauge(
        "container_fs_usage_bytes",
        "Disk use of its data.",
        [({**labels, **_DEVICE}, component.data_bytes) for labels, component in every],
    )


def _components(snapshot: Snapshot) -> Iterator[Metric]:
    every = [({"name": one.watched.name, "component": one.watched.component}, one) for one in snapshot.components]
    yield _gauge(
        "watchkeeper_component_healthy",
        "1 when its ready probe passed.",
        [(labels, one.standing.health == "healthy") for labels, one in every],
    )
    yield _gauge(
        "watchkeeper_component_running", "1 when it has a process.", [(labels, bool(one.state.pid)) for labels, one in every]
    )
    yield _gauge(
        "watchkeeper_component_disk_bytes",
        "Disk use.",
        [
            ({**labels, "kind": kind}, size)
            for labels, one in every
            for kind, size in (("data", one.data_bytes), ("log", one.log_bytes))
        ],
    )
    yield _counter(
        "watchkeeper_component_restarts_total",
        "Unplanned restarts.",
        [
            ({**labels, "cause": cause}, snapshot.restarts.get((one.watched.name, cause), 0))
            for labels, one in every
            for cause in get_args(Cause)
        ],
    )


def _warden(snapshot: Snapshot) -> Iterator[Metric]:
    yield _single("watchkeeper_memory_budget_bytes", "The plan's budget.", snapshot.watchlist.budget_bytes)
    yield _single("watchkeeper_supervisor_up", "1 when the supervisor answered.", snapshot.supervisor_answers)
    yield _single("watchkeeper_supervisor_resident_memory_bytes", "Memory of the supervisor.", snapshot.supervisor_bytes)
    yield _single("watchkeeper_warden_round_duration_seconds", "The last round.", snapshot.took_s)
    yield _counter("watchkeeper_warden_rounds_total", "Rounds since the start.", [({}, snapshot.rounds)])
    own = next((one.usage for one in snapshot.components if one.state.pid == os.getpid() and one.usage), None)
    if own:
        yield _single("process_resident_memory_bytes", "Resident memory of the warden.", own.memory_bytes)
        yield _single("process_open_fds", "Open files of the warden.", own.open_files)
        yield _single("process_start_time_seconds", "Start of the warden, unix time.", own.started_at_s)
        yield _counter("process_cpu_seconds_total", "CPU time of the warden.", [({}, own.user_s + own.system_s)])


def _machine(snapshot: Snapshot) -> Iterator[Metric]:
    disk = os.statvfs(snapshot.watchlist.state_folder)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield _single("watchkeeper_state_free_bytes", "Free disk space for the state folder.", disk.f_bavail * disk.f_frsize)
    yield _single("watchkeeper_state_size_bytes", "Size of the disk of the state folder.", disk.f_blocks * disk.f_frsize)
    yield _single("machine_memory_bytes", "Memory of this machine.", memory)
    yield _single("machine_cpu_cores", "Cores of this machine.", os.cpu_count() or 1)


def _container(snapshot: Snapshot, component: Component) -> dict[str, str]:
    watched = component.watched
    return {"id": f"/watchkeeper/{snapshot.watchlist.stack}/{watched.name}", "image": watched.image, "name": watched.name}


def _gauge(name: str, documentation: str, samples: list[tuple[dict[str, str], float]]) -> Metric:
    return Metric(name=name, kind="gauge", help=documentation, samples=tuple(samples))


def _counter(name: str, documentation: str, samples: list[tuple[dict[str, str], float]]) -> Metric:
    return Metric(name=name, kind="counter", help=documentation, samples=tuple(samples))


def _single(name: str, documentation: str, value: float) -> Metric:
    return _gauge(name, documentation, [({}, value)])
