"""A line that a component writes to its own log can be found in the log store, through the collector that everybody uses."""

from __future__ import annotations

import time

from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.saboteur import frozen
from watchkeeper.verify.stage import Stage

BOUND_S = 5.0
ATTEMPTS = 3


async def latency_s(stage: Stage, number: int) -> float | None:
    """Seconds from writing one line to finding it; None if it was not found in time."""
    mark = f"proof-{stage.run_id}-{number}-{time.time_ns()}"
    start_ns, start = time.time_ns(), time.monotonic()
    await stage.canary.log_line(mark)
    waited = await until(
        lambda: stage.logs.lines(
            f'{{component="canary"}} |= "{mark}"', start_ns=start_ns - 60 * 10**9, end_ns=time.time_ns() + 60 * 10**9
        ),
        bool,
        within_s=BOUND_S,
        every_s=0.05,
    )
    return time.monotonic() - start if waited.satisfied else None


async def check(stage: Stage) -> Verdict:
    """The slowest of a few lines counts."""
    measured = [await latency_s(stage, number) for number in range(ATTEMPTS)]
    found = [value for value in measured if value is not None]
    if len(found) < ATTEMPTS:
        return failed(f"{ATTEMPTS - len(found)} of {ATTEMPTS} lines were not found within {BOUND_S:.0f} s")
    return passed(
        f"found after {max(found):.2f} s at most", *(f"line {n}: {value:.3f} s" for n, value in enumerate(found, start=1))
    )


CLAIM = Claim(
    name="log_line_is_searchable",
    sentence="A line written to a log is found by a query",
    requirements=("A2", "B7"),
    bound=f"within {BOUND_S:.0f} s",
    check=check,
    breakage=frozen("shipper"),
    broken_by="the shipper is frozen",
    components=("store", "shipper", "canary"),
)
