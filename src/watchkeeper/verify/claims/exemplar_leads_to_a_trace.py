"""From a metric to a request: the exemplar of a bucket names a trace, and the trace is there."""

from __future__ import annotations

import time
from collections.abc import Mapping

from watchkeeper.observe.network_monitor import CHECK_ROUTE
from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.example import ALL_SERVICES, COMPONENT, new_trace, operator, traces
from watchkeeper.verify.saboteur import frozen
from watchkeeper.verify.stage import Stage

BOUND_S = 30.0
"""Three scrapes of the example's services."""
SELECTOR = f'http_request_duration_seconds_bucket{{job="application", route="{CHECK_ROUTE}"}}'


async def check(stage: Stage) -> Verdict:
    """Another request of the same kind may have taken the place of ours before the scrape: its trace does as well."""
    ids = new_trace()
    asked_at_s = time.time()
    await operator(stage).ask(trace_id=ids.trace_id, span_id=ids.span_id)
    tempo = traces(stage)

    async def led_to() -> Mapping[str, tuple[str, ...]]:
        found = await stage.prometheus.exemplars(SELECTOR, start_s=asked_at_s - 1, end_s=time.time() + 1)
        named = {one.labels.get("trace_id", "") for one in found} - {""}
        return {trace_id: await tempo.services_of(trace_id) for trace_id in sorted(named)}

    waited = await until(
        led_to, lambda found: any(set(services) >= set(ALL_SERVICES) for services in found.values()), within_s=BOUND_S
    )
    lines = [f"{trace_id}: {', '.join(services) or 'no such trace'}" for trace_id, services in waited.value.items()]
    if not waited.value:
        return failed(f"no exemplar of {CHECK_ROUTE} within {BOUND_S:g} s")
    if not waited.satisfied:
        return failed("no exemplar leads to a whole trace", *lines)
    whose = "this request's own" if ids.trace_id in waited.value else "another request's"
    return passed(f"{whose} trace, {waited.elapsed_s:.1f} s after the answer", *lines)


CLAIM = Claim(
    name="exemplar_leads_to_a_trace",
    sentence="The exemplar of a request's duration leads to its trace",
    requirements=("B2", "C7"),
    bound=f"within {BOUND_S:g} s of the request",
    check=check,
    breakage=frozen("store"),  # metrics go on as before, but what they point to is not kept
    broken_by="the store is frozen",
    components=(COMPONENT, "prometheus", "store"),
    deadline_s=90.0,
)
