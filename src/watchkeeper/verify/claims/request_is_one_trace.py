"""A request to the example crosses three services, two databases and two queues, and is one trace."""

from __future__ import annotations

import time

from watchkeeper.observe.network_monitor import CHECK_ROUTE
from watchkeeper.observe.tempo import FoundSpan
from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.example import ALL_SERVICES, COMPONENT, SYSTEMS, WEB_SERVICE, new_trace, operator, traces
from watchkeeper.verify.saboteur import frozen
from watchkeeper.verify.stage import Stage

BOUND_S = 1.0
REQUEST = f"POST {CHECK_ROUTE}"


async def check(stage: Stage) -> Verdict:
    """The API answers when the last service is through with the check; from then on the time counts."""
    ids = new_trace()
    asked = await operator(stage).ask(trace_id=ids.trace_id, span_id=ids.span_id)
    answered = time.monotonic()
    tempo = traces(stage)
    waited = await until(
        lambda: tempo.spans_of(ids.trace_id), lambda spans: not _missing(spans), within_s=BOUND_S, every_s=0.02
    )
    took_s = time.monotonic() - answered
    spans = waited.value
    lines = [f"{span.service}: {span.name}" for span in spans]
    if not asked.done:
        return failed(f"check {asked.check} was not done before the API stopped waiting", *lines)
    if not waited.satisfied:
        return failed(f"trace {ids.trace_id} lacks {', '.join(_missing(spans))} after {BOUND_S:g} s", *lines)
    crossed = f"{len(ALL_SERVICES)} services and {len(SYSTEMS)} systems"
    return passed(f"{len(spans)} spans of {crossed}, {took_s:.2f} s after the answer", *lines)


def _missing(spans: tuple[FoundSpan, ...]) -> list[str]:
    """The request's own span is the last to end; with it, what the API did is complete."""
    found = {span.service for span in spans} | {system for span in spans for system in span.systems}
    found |= {span.name for span in spans if span.service == WEB_SERVICE}
    return sorted({*ALL_SERVICES, *SYSTEMS.values(), REQUEST} - found)


CLAIM = Claim(
    name="request_is_one_trace",
    sentence="A request through three services is one trace with the spans of all",
    requirements=("C7", "B2", "B6"),
    bound=f"by its id within {BOUND_S:g} s of the answer",
    check=check,
    breakage=frozen("network_monitor_notifier"),
    broken_by="one of the services is frozen",
    components=(COMPONENT, "store"),
)
