"""The host: what a person asks when a machine is slow, full or unreachable."""

from __future__ import annotations

from watchkeeper.dashboards import style
from watchkeeper.dashboards.model import Column, Dashboard, Row, Variable
from watchkeeper.dashboards.panels import bars, figure, lines, listing

_HOST = 'instance=~"$instance"'
_DISKS = f'{_HOST}, fstype!~"tmpfs|ramfs|squashfs|iso9660|overlay"'
_USED = f"1 - node_filesystem_avail_bytes{{{_DISKS}}} / node_filesystem_size_bytes{{{_DISKS}}}"
_BUSY = f'1 - avg by (instance) (rate(node_cpu_seconds_total{{{_HOST}, mode="idle"}}[$__rate_interval]))'
_MEMORY_USED = f"1 - node_memory_MemAvailable_bytes{{{_HOST}}} / node_memory_MemTotal_bytes{{{_HOST}}}"


_NOW = Row(
    title="Now",
    panels=(
        figure(
            "CPU in use",
            "Is a processor free for the next request?",
            _BUSY,
            style.SHARE,
            steps=style.worse_above(0.8, 0.9),
            decimals=1,
        ),
        figure(
            "Memory in use",
            "How much memory could still be given out?",
            _MEMORY_USED,
            style.SHARE,
            steps=style.worse_above(0.8, 0.9),
            decimals=1,
        ),
        figure(
            "Fullest disk",
            "How full is the fullest file system?",
            f"max({_USED})",
            style.SHARE,
            steps=style.worse_above(0.85, 0.95),
            decimals=1,
        ),
        figure(
            "Load per CPU",
            "Do tasks wait for a processor?",
            f'node_load5{{{_HOST}}} / on (instance) count by (instance) (node_cpu_seconds_total{{{_HOST}, mode="idle"}})',
            style.COUNT,
            steps=style.worse_above(1, 2),
            decimals=2,
        ),
        figure(
            "Up for",
            "Has the machine been restarted?",
            f"time() - node_boot_time_seconds{{{_HOST}}}",
            style.SECONDS,
            decimals=0,
        ),
        figure(
            "Clock off by",
            "Can timestamps of this machine be trusted?",
            f"abs(node_timex_offset_seconds{{{_HOST}}})",
            style.SECONDS,
            steps=style.worse_above(0.05, 0.5),
        ),
    ),
)


_PROCESSOR_AND_MEMORY = Row(
    title="Processor and memory",
    panels=(
        lines(
            "CPU by mode",
            "What do the processors spend their time on?",
            {
                "{{mode}}": f'sum by (mode) (rate(node_cpu_seconds_total{{{_HOST}, mode!="idle"}}[$__rate_interval]))'
                f' / scalar(count(node_cpu_seconds_total{{{_HOST}, mode="idle"}}))'
            },
            style.SHARE,
            stacked=True,
        ),
        lines(
            "Memory",
            "What is the memory used for?",
            {
                "used": f"node_memory_MemTotal_bytes{{{_HOST}}} - node_memory_MemAvailable_bytes{{{_HOST}}}",
                "page cache": f"node_memory_Cached_bytes{{{_HOST}}}",
                "total": f"node_memory_MemTotal_bytes{{{_HOST}}}",
            },
            style.BYTES,
        ),
        lines(
            "Waiting for resources",
            "Which resource is short: for what share of the time did some task wait for it?",
            {
                "CPU": f"rate(node_pressure_cpu_waiting_seconds_total{{{_HOST}}}[$__rate_interval])",
                "memory": f"rate(node_pressure_memory_waiting_seconds_total{{{_HOST}}}[$__rate_interval])",
                "disk": f"rate(node_pressure_io_waiting_seconds_total{{{_HOST}}}[$__rate_interval])",
            },
            style.SHARE,
        ),
        lines(
            "Processes killed for memory",
            "Did the kernel kill something because memory ran out?",
            {"killed": f"increase(node_vmstat_oom_kill{{{_HOST}}}[$__rate_interval])"},
            style.COUNT,
        ),
    ),
)


_DISK_AND_NETWORK = Row(
    title="Disks and network",
    panels=(
        bars(
            "File systems",
            "Which file system fills up?",
            f"sort_desc({_USED})",
            "{{mountpoint}}",
            style.SHARE,
            steps=style.worse_above(0.85, 0.95),
            most=1,
        ),
        listing(
            "Room left",
            "How much room is left, and for how many more files?",
            (f"node_filesystem_avail_bytes{{{_DISKS}}}", f"node_filesystem_files_free{{{_DISKS}}}"),
            (
                Column(field="mountpoint", heading="Mounted on"),
                Column(field="device", heading="Device"),
                Column(field="Value #A", heading="Free", unit=style.BYTES),
                Column(field="Value #B", heading="Files", unit=style.COUNT),
            ),
        ),
        lines(
            "Disk busy",
            "Is a disk saturated?",
            {"{{device}}": f"rate(node_disk_io_time_seconds_total{{{_HOST}}}[$__rate_interval])"},
            style.SHARE,
            steps=style.worse_above(0.8, 0.95),
        ),
        lines(
            "Disk traffic",
            "Who reads and writes how much?",
            {
                "{{device}} read": f"rate(node_disk_read_bytes_total{{{_HOST}}}[$__rate_interval])",
                "{{device}} written": f"rate(node_disk_written_bytes_total{{{_HOST}}}[$__rate_interval])",
            },
            style.BYTES_PER_SECOND,
        ),
        lines(
            "Network traffic",
            "How much goes in and out?",
            {
                "{{device}} in": f'rate(node_network_receive_bytes_total{{{_HOST}, device!="lo"}}[$__rate_interval])',
                "{{device}} out": f'rate(node_network_transmit_bytes_total{{{_HOST}, device!="lo"}}[$__rate_interval])',
            },
            style.BYTES_PER_SECOND,
        ),
        lines(
            "Network trouble",
            "Are packets lost or sent twice?",
            {
                "{{device}} dropped": f"rate(node_network_receive_drop_total{{{_HOST}}}[$__rate_interval])",
                "sent again": f"rate(node_netstat_Tcp_RetransSegs{{{_HOST}}}[$__rate_interval])",
            },
            style.PACKETS_PER_SECOND,
        ),
    ),
)


DASHBOARDS = (
    Dashboard(
        uid="watchkeeper-host",
        title="Host",
        question="Is the machine itself the reason: processor, memory, disks or network?",
        rows=(_NOW, _PROCESSOR_AND_MEMORY, _DISK_AND_NETWORK),
        variables=(Variable(name="instance", heading="Host", metric="node_boot_time_seconds", label="instance"),),
        tags=("infrastructure",),
        logs='{job=~"host|journal"}',
    ),
)
