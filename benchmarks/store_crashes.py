"""Kill the store at 200 random moments under load and count what that cost: ``python benchmarks/store_crashes.py [KILLS]``."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.live.store_crashes import Crashes, Toll

from benchmarks.figure import Figure
from benchmarks.report import finish

KILLS = 200


def figures(toll: Toll) -> Iterator[Figure]:
    """Losses have a budget of none."""
    yield Figure(name="kills under load", value=toll.kills, unit="kills")
    yield Figure(name="lines acknowledged before a kill", value=toll.acknowledged, unit="lines")
    yield Figure(name="acknowledged lines lost", value=toll.lost, unit="lines", at_most=0)
    yield Figure(name="lines found twice", value=toll.doubled, unit="lines", at_most=0)
    yield Figure(name="corrupt files", value=len(toll.corrupt), unit="files", at_most=0)
    yield Figure(name="files in the end", value=toll.flushes, unit="files", at_least=1)
    yield Figure(name="merges on the way", value=toll.merges, unit="merges")
    yield Figure(name="longest start after a kill", value=toll.longest_start_s, unit="s", at_most=10)


def measure(kills: int = KILLS) -> list[Figure]:
    """So many kills; about a second and a half each."""
    with tempfile.TemporaryDirectory(prefix="watchkeeper-crashes-") as folder:
        crashes = Crashes(Path(folder) / "data", seed=time.time_ns())
        toll = crashes.run(kills)
    for text in toll.corrupt:
        print(f"corrupt: {text} (seed {crashes.seed})", file=sys.stderr)
    return list(figures(toll))


if __name__ == "__main__":
    sys.exit(finish(measure(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS), {"benchmark": "store_crashes"}))
