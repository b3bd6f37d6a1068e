"""The core preset: how long it takes, what it costs, how fast a line and an alert travel.

The yardstick is Prometheus itself in the same run: its own start, and the memory of the upstream programs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from tests.live.core_stack import CoreStack, core_stack

from benchmarks.figure import Figure

ROUNDS = 5
MIB = 2**20
UPSTREAM = {"prometheus", "alertmanager", "node_exporter", "blackbox_exporter"}


def measure() -> list[Figure]:
    """Every figure of the core preset; takes about two minutes."""
    with core_stack() as stack:
        stack.json("up", timeout_s=300)
        return [*_starts(stack), *_memory(stack), *_latencies(stack)]


def _timed(stack: CoreStack, *arguments: str) -> float:
    start = time.perf_counter()
    stack.json(*arguments)
    return time.perf_counter() - start


def _starts(stack: CoreStack) -> Iterator[Figure]:
    rounds = [(_timed(stack, "down"), _timed(stack, "up")) for _ in range(ROUNDS)]
    yield Figure(name="down, median", value=statistics.median(down for down, _ in rounds), unit="s")
    yield Figure(name="up with everything cached, median", value=statistics.median(up for _, up in rounds), unit="s")
    both = statistics.median(down + up for down, up in rounds)
    yield Figure(name="down and up, median", value=both, unit="s", at_most=15)
    unchanged = statistics.median(_timed(stack, "up") for _ in range(ROUNDS))
    yield Figure(name="up with nothing to do, median", value=unchanged, unit="s", at_most=2)
    nothing = statistics.median(_timed(stack, "schema") for _ in range(ROUNDS))
    yield Figure(name="a command that does nothing, median", value=nothing, unit="s")


def _memory(stack: CoreStack) -> Iterator[Figure]:
    status = stack.json("status")
    sizes = {component["name"]: component["memory_bytes"] / MIB for component in status["components"]}
    upstream = sum(size for name, size in sizes.items() if name in UPSTREAM)
    yield Figure(name="memory of all components", value=sum(sizes.values()), unit="MiB", at_most=400)
    yield Figure(name="of that our own, against upstream's", value=(sum(sizes.values()) - upstream) / upstream, unit="×")


def _latencies(stack: CoreStack) -> Iterator[Figure]:
    def finding(claim: str) -> dict[str, Any]:
        (outcome,) = stack.json("verify", "--claims", claim, timeout_s=200)["claims"]
        assert outcome["outcome"] == "passed", outcome
        return dict(outcome)

    lines = [float(line.split()[2]) for line in finding("log_line_is_searchable")["details"]]
    yield Figure(name="log line written to found, worst of three", value=max(lines), unit="s", at_most=5)
    words = finding("alert_arrives_and_resolves")["finding"].replace(",", "").split()
    yield Figure(name="condition to notification", value=float(words[2]), unit="s", at_most=30)
    yield Figure(name="condition's end to resolve", value=float(words[6]), unit="s", at_most=30)
