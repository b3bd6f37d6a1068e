"""A host as node_exporter 1.x shows it: the part of it that dashboards and rules ask for. A real node_exporter is better."""

from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.flows.flow import Flow
from watchkeeper_mocks.flows.snapshot import Snapshot

CORES = 4
MEMORY_BYTES = 8 * 1024**3
FILESYSTEMS = (("/dev/sda1", "ext4", "/", 40e9, 0.62), ("/dev/sdb1", "ext4", "/var/lib/postgresql", 100e9, 0.71))
"""Device, type, mount point, size, and share that is free."""
BUSY_SHARE = 0.3
"""Share of the processors that the long-term mean of arrivals keeps busy; the busiest hour takes about twice as much."""
SATURATED_SHARE = 0.96
_MODES = {"user": 0.7, "system": 0.22, "iowait": 0.05, "softirq": 0.02, "irq": 0.0, "nice": 0.0, "steal": 0.01}


def write(page: Page, snapshot: Snapshot) -> None:
    """The page of `/exporters/node/metrics`."""
    _processors(page, snapshot)
    _memory(page, snapshot)
    _filesystems(page, snapshot)
    _devices(page, snapshot)
    page.one_gauge("node_boot_time_seconds", "When the host started, in Unix seconds.", snapshot.epoch_s)
    page.one_gauge("node_time_seconds", "The clock of the host, in Unix seconds.", round(snapshot.at_s, 3))
    page.one_gauge(
        "node_uname_info",
        "The host as labels.",
        1,
        domainname="(none)",
        machine="x86_64",
        nodename="shop-1",
        release="6.1.0-28-amd64",
        sysname="Linux",
        version="#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1",
    )


def _processors(page: Page, snapshot: Snapshot) -> None:
    mean_per_s = sum(snapshot.mean_arrivals_by_organisation)
    busy_s = BUSY_SHARE * snapshot.total(Flow.CPU_ARRIVALS) / mean_per_s
    busy_s += SATURATED_SHARE * snapshot.total(Flow.CPU_SATURATION)
    page.counter("node_cpu_seconds_total", "Processor time by mode.")
    for core in range(CORES):
        page.add(round(snapshot.age_s - busy_s, 2), cpu=str(core), mode="idle")
        for mode, share in _MODES.items():
            page.add(round(busy_s * share, 2), cpu=str(core), mode=mode)
    busy = BUSY_SHARE * snapshot.rate(Flow.CPU_ARRIVALS) / mean_per_s + SATURATED_SHARE * snapshot.rate(Flow.CPU_SATURATION)
    for minutes, phase_s in ((1, 0.0), (5, 60.0), (15, 120.0)):
        load = snapshot.wobbled(CORES * (busy * 1.4 + 0.02), share=0.3 / minutes, phase_s=phase_s)
        page.one_gauge(f"node_load{minutes}", f"Load average over {minutes} m.", round(load, 2))


def _memory(page: Page, snapshot: Snapshot) -> None:
    used = snapshot.wobbled(0.44 * MEMORY_BYTES, share=0.03, phase_s=900.0)
    used += (0.96 * MEMORY_BYTES - used) * min(1.0, snapshot.conditions.memory_leak)
    available = MEMORY_BYTES - used
    for name, help_text, value in (
        ("MemTotal", "Memory of the host.", MEMORY_BYTES),
        ("MemAvailable", "Memory that new programs could use.", available),
        ("MemFree", "Memory nobody uses.", available * 0.3),
        ("Cached", "Memory that caches files.", available * 0.6),
        ("Buffers", "Memory that caches blocks.", available * 0.1),
        ("SwapTotal", "Swap space.", 0),
        ("SwapFree", "Swap space nobody uses.", 0),
    ):
        page.one_gauge(f"node_memory_{name}_bytes", help_text, round(value))


def _filesystems(page: Page, snapshot: Snapshot) -> None:
    filling = min(1.0, snapshot.conditions.disk_filling)
    places = [
        # Only the root file system fills up, to 2 % free.
        (device, kind, mount, size, free - (free - 0.02) * filling if mount == "/" else free)
        for device, kind, mount, size, free in FILESYSTEMS
    ]
    for name, help_text, factor in (("size", "Size.", None), ("free", "Free space.", 1.05), ("avail", "Space for users.", 1.0)):
        page.gauge(f"node_filesystem_{name}_bytes", help_text)
        for device, kind, mount, size, free in places:
            value = size if factor is None else size * free * factor
            page.add(round(value), device=device, fstype=kind, mountpoint=mount)
    page.gauge("node_filesystem_files", "Inodes.")
    for device, kind, mount, size, _ in places:
        page.add(round(size / 16384), device=device, fstype=kind, mountpoint=mount)
    page.gauge("node_filesystem_files_free", "Free inodes.")
    for device, kind, mount, size, _ in places:
        page.add(round(size / 16384 * 0.93), device=device, fstype=kind, mountpoint=mount)
    page.gauge("node_filesystem_readonly", "Whether the file system is read-only.")
    for device, kind, mount, _, _ in places:
        page.add(0, device=device, fstype=kind, mountpoint=mount)


def _devices(page: Page, snapshot: Snapshot) -> None:
    arrivals = snapshot.total(Flow.ARRIVALS)
    for name, help_text, per_arrival in (
        ("read_bytes_total", "Bytes read.", 2_400.0),
        ("written_bytes_total", "Bytes written.", 5_200.0),
        ("reads_completed_total", "Reads.", 0.15),
        ("writes_completed_total", "Writes.", 0.4),
    ):
        page.one_counter(f"node_disk_{name}", help_text, per_arrival * arrivals, device="sda")
    page.counter("node_disk_io_time_seconds_total", "Seconds spent on reads and writes.")
    page.add(round(0.0006 * arrivals, 3), device="sda")
    page.one_counter("node_network_receive_bytes_total", "Bytes received.", 4_000.0 * arrivals, device="eth0")
    page.one_counter("node_network_transmit_bytes_total", "Bytes sent.", 21_000.0 * arrivals, device="eth0")
    for direction in ("receive", "transmit"):
        page.one_counter(f"node_network_{direction}_errs_total", "Errors.", 0, device="eth0")
