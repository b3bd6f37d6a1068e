"""What is done with figures when all are measured: shown to people, written as JSON, turned into an exit code."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure

RESULTS = Path(__file__).parent / "results"


def finish(figures: Sequence[Figure], about: Mapping[str, Any] | None = None) -> int:
    """Print the figures beside their budgets and write them to benchmarks/results; 1 when a budget is broken, else 0."""
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(f"{figure.name:<{width}}  {figure.value:12.3f} {figure.unit:<8} {figure.judgement}")
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    report = {"machine": machine, **(about or {}), "figures": [figure.as_data() for figure in figures]}
    (RESULTS / f"{time.strftime('%Y%m%dT%H%M%S')}.json").write_text(json.dumps(report, indent=1) + "\n")
    return 1 if any(figure.broken for figure in figures) else 0
