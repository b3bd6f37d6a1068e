"""Spans of two services, sent as applications send them, are one trace by id and by search as soon as they were accepted."""

from __future__ import annotations

import secrets
import time

from watchkeeper.observe.answer import NoAnswer
from watchkeeper.observe.tempo import SentSpan, Tempo
from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.saboteur import frozen
from watchkeeper.verify.stage import Stage

BOUND_S = 1.0
SERVICES = ("proof-caller", "proof-worker")


def two_spans(mark: str) -> tuple[SentSpan, SentSpan]:
    """A call from one service to another."""
    trace_id, first, second = secrets.token_hex(16), secrets.token_hex(8), secrets.token_hex(8)
    now_ns = time.time_ns()
    caller, worker = SERVICES
    return (
        SentSpan(
            trace_id=trace_id, span_id=first, service=caller, name="call", start_ns=now_ns - 10**8, end_ns=now_ns, mark=mark
        ),
        SentSpan(
            trace_id=trace_id,
            span_id=second,
            parent_id=first,
            service=worker,
            name="work",
            start_ns=now_ns - 9 * 10**7,
            end_ns=now_ns - 10**7,
            mark=mark,
        ),
    )


async def check(stage: Stage) -> Verdict:
    """By id, then by an attribute that only these spans have."""
    tempo = Tempo(stage.url("store"), stage.url("store"), stage.asker)
    mark = f"{stage.run_id}-{time.time_ns()}"
    spans = two_spans(mark)
    trace_id = spans[0].trace_id
    try:
        await tempo.send(spans)
        accepted = time.monotonic()
        by_id = await until(
            lambda: tempo.services_of(trace_id), lambda found: found == SERVICES, within_s=BOUND_S, every_s=0.02
        )
        by_id_s = time.monotonic() - accepted
        search = f'{{ resource.service.name = "{SERVICES[0]}" }} >> {{ .proof = "{mark}" }}'
        searched = await until(lambda: tempo.search(search), lambda found: found == (trace_id,), within_s=BOUND_S, every_s=0.02)
        searched_s = time.monotonic() - accepted
    except NoAnswer as reason:
        return failed(str(reason))
    if not by_id.satisfied:
        return failed(f"trace {trace_id} was not whole within {BOUND_S:g} s")
    if not searched.satisfied:
        return failed(f"trace {trace_id} was not found by {search} within {BOUND_S:g} s")
    return passed(f"found after {max(by_id_s, searched_s):.2f} s", f"by id: {by_id_s:.3f} s", f"by search: {searched_s:.3f} s")


CLAIM = Claim(
    name="span_is_found_at_once",
    sentence="A request across services is one trace, found by id and by search",
    requirements=("C7", "B2", "X10"),
    bound=f"within {BOUND_S:g} s",
    check=check,
    breakage=frozen("store"),
    broken_by="the store is frozen",
    components=("store",),
)
