"""Metrics of a server with several worker processes: what they counted, and what they use together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

_FILE = re.compile(r"_(\d+)\.db$")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class WorkerProcesses(Collector):
    """All workers' metrics from the files in ``folder``, and the sum of what the living workers use."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._shared = MultiProcessCollector(CollectorRegistry(), path=folder)  # type: ignore[no-untyped-call]  # untyped upstream

    def collect(self) -> Iterator[Metric]:
        pids = {int(found[1]) for file in self._folder.glob("*.db") if (found := _FILE.search(file.name))}
        alive = []
        for pid in sorted(pids):
            try:
                alive.append(_read(pid))
            except (OSError, ValueError, IndexError):
                # A worker that is gone keeps its counts; its gauges of the moment go with it.
                mark_process_dead(pid, str(self._folder))  # type: ignore[no-untyped-call]  # untyped upstream
        yield from self._shared.collect()  # type: ignore[no-untyped-call]  # untyped upstream
        if alive:
            yield CounterMetricFamily(
                "process_cpu_seconds", "Processor time of all workers in seconds.", sum(one[0] for one in alive)
            )
            yield GaugeMetricFamily(
                "process_resident_memory_bytes", "Resident memory of all workers in bytes.", sum(one[1] for one in alive)
            )
            yield GaugeMetricFamily("process_open_fds", "Open file descriptors of all workers.", sum(one[2] for one in alive))
            yield GaugeMetricFamily(
                "process_start_time_seconds", "When the oldest worker started, in Unix seconds.", min(one[3] for one in alive)
            )


def _read(pid: int) -> tuple[float, float, float, float]:
    """(processor seconds, resident bytes, open files, start in Unix seconds) of a process; OSError when it is gone."""
    folder = Path("/proc") / str(pid)
    # The name in brackets may hold spaces, so fields are counted behind it: the state is the first.
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    if fields[0] == "Z":
        raise OSError("a zombie counts as gone")
    boot_s = next(float(line.split()[1]) for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    return (
        (float(fields[11]) + float(fields[12])) / _TICKS_PER_S,
        float(fields[21]) * _PAGE_BYTES,
        float(sum(1 for _ in (folder / "fd").iterdir())),
        boot_s + float(fields[19]) / _TICKS_PER_S,
    )
