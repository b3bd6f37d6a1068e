"""Run every benchmark, print figures beside their budgets, write JSON to benchmarks/results; exit 1 when a budget is broken."""

from __future__ import annotations

import json
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import core_stack
from benchmarks.figure import Figure

BENCHMARKS = {"core_stack": core_stack.measure}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    figures: list[Figure] = []
    for name in names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr)
        figures += BENCHMARKS[name]()
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(f"{figure.name:<{width}}  {figure.value:10.3f} {figure.unit:<6} {figure.judgement}")
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    machine = {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    report = {"machine": machine, "figures": [figure.as_data() for figure in figures]}
    (folder / f"{time.strftime('%Y%m%dT%H%M%S')}.json").write_text(json.dumps(report, indent=1) + "\n")
    return 1 if any(figure.broken for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
