"""What the example's services log about a request is found by the id of its trace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from watchkeeper.observe.loki import LogLine
from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.example import ALL_SERVICES, COMPONENT, new_trace, operator
from watchkeeper.verify.saboteur import frozen
from watchkeeper.verify.stage import Stage

BOUND_S = 5.0


async def check(stage: Stage) -> Verdict:
    """A line counts for the service whose stream it is in, and only if its own field has the id."""
    ids = new_trace()
    start_ns = time.time_ns() - 60 * 10**9
    await operator(stage).ask(trace_id=ids.trace_id, span_id=ids.span_id)
    answered = time.monotonic()
    query = f'{{component=~"{COMPONENT}_.+"}} |= "{ids.trace_id}"'
    waited = await until(
        lambda: stage.logs.lines(query, start_ns=start_ns, end_ns=time.time_ns() + 60 * 10**9),
        lambda lines: _services(lines, ids.trace_id) == set(ALL_SERVICES),
        within_s=BOUND_S,
        every_s=0.05,
    )
    told = [f"{line.labels.get('component')}: {line.line}" for line in waited.value]
    if not waited.satisfied:
        missing = sorted(set(ALL_SERVICES) - _services(waited.value, ids.trace_id))
        return failed(f"no line of {', '.join(missing)} with {ids.trace_id} within {BOUND_S:g} s", *told)
    took_s = time.monotonic() - answered
    return passed(f"{len(told)} lines of {len(ALL_SERVICES)} services, {took_s:.2f} s after the answer", *told)


def _services(lines: Iterable[LogLine], trace_id: str) -> set[str]:
    return {line.labels.get("component", "") for line in lines if _trace_of(line.line) == trace_id}


def _trace_of(line: str) -> str:
    try:
        fields = json.loads(line)
    except ValueError:
        return ""
    return str(fields.get("trace_id", "")) if isinstance(fields, dict) else ""


CLAIM = Claim(
    name="request_logs_carry_its_trace",
    sentence="What services log about a request is found by its trace's id",
    requirements=("C7", "B6"),
    bound=f"of every service, within {BOUND_S:g} s of the answer",
    check=check,
    breakage=frozen("shipper"),
    broken_by="the shipper is frozen",
    components=(COMPONENT, "store", "shipper"),
)
