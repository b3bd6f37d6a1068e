"""The metrics of this process itself, in the same text format; a client library would cost a third of its memory."""

import os
import resource
import threading
import time
from collections import Counter
from pathlib import Path

from watchkeeper_mocks.exporters.registry import EXPORTERS
from watchkeeper_mocks.exposition import Page
from watchkeeper_mocks.incidents.catalogue import KNOWN
from watchkeeper_mocks.logs.generator import LogGenerator
from watchkeeper_mocks.world import World

VERSION = "0.1.0"


class OwnMetrics:
    """Counts what the server does. Thread-safe."""

    def __init__(self, world: World, generator: LogGenerator) -> None:
        self._world = world
        self._generator = generator
        self._lock = threading.Lock()
        self._started_s = time.time()
        self._scrapes: Counter[str] = Counter(dict.fromkeys(EXPORTERS, 0))
        self._scrape_seconds: dict[str, float] = dict.fromkeys(EXPORTERS, 0.0)
        self._refused: Counter[str] = Counter({"bad_request": 0, "not_loopback": 0})

    def scraped(self, exporter: str, took_s: float) -> None:
        """One page of an exporter was written in this processor time."""
        with self._lock:
            self._scrapes[exporter] += 1
            self._scrape_seconds[exporter] += took_s

    def refused(self, reason: str) -> None:
        """One request was refused."""
        with self._lock:
            self._refused[reason] += 1

    def page(self) -> str:
        """The page of `/metrics`."""
        page = Page()
        page.one_gauge("watchkeeper_mocks_build_info", "The version as a label.", 1, version=VERSION)
        with self._lock:
            scrapes, seconds, refused = dict(self._scrapes), dict(self._scrape_seconds), dict(self._refused)
        page.counter("watchkeeper_mocks_scrapes_total", "Pages written for an exporter.")
        for exporter, count in scrapes.items():
            page.add(count, exporter=exporter)
        page.counter("watchkeeper_mocks_scrape_cpu_seconds_total", "Processor time spent on them.")
        for exporter in scrapes:
            page.add(round(seconds[exporter], 6), exporter=exporter)
        page.counter("watchkeeper_mocks_requests_refused_total", "Requests that were refused.")
        for reason, count in refused.items():
            page.add(count, reason=reason)
        conditions = self._world.snapshot().conditions
        page.gauge("watchkeeper_mocks_incident_strength", "How strongly an incident is felt now; 1 is as described.")
        for name in sorted(KNOWN):
            page.add(round(getattr(conditions, name), 4), incident=name)
        self._logs(page)
        _process(page, self._started_s)
        return page.text()

    def _logs(self, page: Page) -> None:
        for name, help_text, counts in (
            ("log_lines_total", "Log lines written.", self._generator.written_lines),
            ("log_bytes_total", "Bytes of log lines written.", self._generator.written_bytes),
            ("log_lines_dropped_total", "Log lines that could not be written.", self._generator.dropped_lines),
        ):
            page.counter(f"watchkeeper_mocks_{name}", help_text)
            for service, count in dict(counts).items():
                page.add(count, service=service)


def _process(page: Page, started_s: float) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    page.counter("process_cpu_seconds_total", "Processor time in seconds.")
    page.add(round(usage.ru_utime + usage.ru_stime, 3))
    page.one_gauge("process_resident_memory_bytes", "Resident memory in bytes.", pages * os.sysconf("SC_PAGE_SIZE"))
    page.one_gauge("process_open_fds", "Open file descriptors.", len(list(Path("/proc/self/fd").iterdir())))
    page.one_gauge("process_max_fds", "Most open file descriptors.", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    page.one_gauge("process_start_time_seconds", "When the process started, in Unix seconds.", round(started_s, 2))
