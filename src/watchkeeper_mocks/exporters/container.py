"""Containers as cAdvisor shows them on a Docker host."""

from dataclasses import dataclass

from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot

MEBIBYTE = 1024**2
CRASH_EVERY_S = 60.0
"""How long a container lives in a crash loop."""
PERIODS_PER_S = 10.0
"""Of the CPU bandwidth controller: one each 100 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One pretend container; it uses `cpu_s` of processor time per arrival on top of an idle share."""

    name: str
    image: str
    identity: str
    cpu_s: float
    idle_share: float
    memory_bytes: float
    limit_bytes: float
    bytes_per_arrival: float


CONTAINERS = (
    Container(
        name="web",
        image="shop/web:2.14.0",
        identity="/docker/a1f0c2",
        cpu_s=0.0015,
        idle_share=0.004,
        memory_bytes=90 * MEBIBYTE,
        limit_bytes=256 * MEBIBYTE,
        bytes_per_arrival=21_000,
    ),
    Container(
        name="api",
        image="shop/api:5.3.1",
        identity="/docker/b27e91",
        cpu_s=0.004,
        idle_share=0.006,
        memory_bytes=190 * MEBIBYTE,
        limit_bytes=512 * MEBIBYTE,
        bytes_per_arrival=9_000,
    ),
    Container(
        name="worker",
        image="shop/worker:5.3.1",
        identity="/docker/c93d05",
        cpu_s=0.002,
        idle_share=0.005,
        memory_bytes=150 * MEBIBYTE,
        limit_bytes=384 * MEBIBYTE,
        bytes_per_arrival=1_400,
    ),
    Container(
        name="payment",
        image="shop/payment:1.9.2",
        identity="/docker/d4481b",
        cpu_s=0.0003,
        idle_share=0.003,
        memory_bytes=120 * MEBIBYTE,
        limit_bytes=256 * MEBIBYTE,
        bytes_per_arrival=300,
    ),
    Container(
        name="postgres",
        image="postgres:16.4",
        identity="/docker/e05a77",
        cpu_s=0.003,
        idle_share=0.01,
        memory_bytes=620 * MEBIBYTE,
        limit_bytes=1536 * MEBIBYTE,
        bytes_per_arrival=6_000,
    ),
    Container(
        name="redis",
        image="redis:7.4.1",
        identity="/docker/f61c3d",
        cpu_s=0.0001,
        idle_share=0.004,
        memory_bytes=150 * MEBIBYTE,
        limit_bytes=384 * MEBIBYTE,
        bytes_per_arrival=1_300,
    ),
)
LEAKING = "worker"
CRASHING = "worker"


def _labels(container: Container) -> dict[str, str]:
    return {"id": container.identity, "image": container.image, "name": container.name}


def _memory_bytes(snapshot: Snapshot, container: Container, phase_s: float) -> int:
    used = snapshot.wobbled(container.memory_bytes, share=0.03, phase_s=phase_s)
    if container.name == LEAKING:
        used += (0.97 * container.limit_bytes - used) * min(1.0, snapshot.conditions.memory_leak)
    return round(used)


def _started_s(snapshot: Snapshot, container: Container) -> float:
    if container.name == CRASHING and snapshot.conditions.container_crash_loop > 0:
        return snapshot.at_s - snapshot.at_s % CRASH_EVERY_S
    return snapshot.epoch_s


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/container/metrics`."""
    arrivals = snapshot.total(Flow.ARRIVALS)
    page.counter("container_cpu_usage_seconds_total", "Processor time used.")
    for container in CONTAINERS:
        used_s = container.cpu_s * arrivals + container.idle_share * snapshot.age_s
        page.add(round(used_s, 6), cpu="total", **_labels(container))
    page.counter("container_cpu_cfs_periods_total", "Periods in which the container could run.")
    for container in CONTAINERS:
        page.add_count(PERIODS_PER_S * snapshot.age_s, **_labels(container))
    page.counter("container_cpu_cfs_throttled_periods_total", "Periods in which the container had to wait.")
    for container in CONTAINERS:
        page.add_count(0.002 * PERIODS_PER_S * snapshot.age_s, **_labels(container))
    _memory(page, snapshot)
    _traffic(page, arrivals)
    page.gauge("container_start_time_seconds", "When the container started, in Unix seconds.")
    for container in CONTAINERS:
        page.add(_started_s(snapshot, container), **_labels(container))
    page.gauge("container_last_seen", "When the container was last seen, in Unix seconds.")
    for container in CONTAINERS:
        page.add(int(snapshot.at_s), **_labels(container))
    page.one_gauge("machine_cpu_cores", "Processors of the machine.", 4)
    page.one_gauge("machine_memory_bytes", "Memory of the machine.", 8 * 1024 * MEBIBYTE)


def _memory(page: Page, snapshot: Snapshot) -> None:
    used = {
        container.name: _memory_bytes(snapshot, container, 500.0 * position) for position, container in enumerate(CONTAINERS)
    }
    for name, help_text, share in (
        ("usage", "Memory used, caches included.", 1.25),
        ("working_set", "Memory that cannot be reclaimed.", 1.0),
        ("rss", "Anonymous memory.", 0.85),
    ):
        page.gauge(f"container_memory_{name}_bytes" if name != "rss" else "container_memory_rss", help_text)
        for container in CONTAINERS:
            page.add(min(round(used[container.name] * share), int(container.limit_bytes)), **_labels(container))
    page.gauge("container_spec_memory_limit_bytes", "Memory the container may use.")
    for container in CONTAINERS:
        page.add(int(container.limit_bytes), **_labels(container))
    page.counter("container_oom_events_total", "Times the container ran out of memory.")
    for container in CONTAINERS:
        page.add_count(0, **_labels(container))


def _traffic(page: Page, arrivals: float) -> None:
    for direction, help_text, share in (("receive", "Bytes received.", 0.4), ("transmit", "Bytes sent.", 0.6)):
        page.counter(f"container_network_{direction}_bytes_total", help_text)
        for container in CONTAINERS:
            page.add_count(container.bytes_per_arrival * share * arrivals, interface="eth0", **_labels(container))
    page.gauge("container_fs_usage_bytes", "Disk space used.")
    for container in CONTAINERS:
        page.add(round(container.memory_bytes * 0.6), device="/dev/sda1", **_labels(container))
    page.gauge("container_fs_limit_bytes", "Disk space there is.")
    for container in CONTAINERS:
        page.add(40_000_000_000, device="/dev/sda1", **_labels(container))
