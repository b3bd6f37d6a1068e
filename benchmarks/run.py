"""Run every benchmark, print figures beside their budgets, write JSON to benchmarks/results; exit 1 when a budget is broken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import console, core_stack, instrument, store, traces
from benchmarks.figure import Figure
from benchmarks.report import finish

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "console": console.measure,
    "core_stack": core_stack.measure,
    "instrument": instrument.measure,
    "store": store.measure,
    "traces": traces.measure,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    figures: list[Figure] = []
    for name in names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr)
        figures += BENCHMARKS[name]()
    return finish(figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
