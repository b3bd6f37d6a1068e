"""A metric that is sent over OTLP is in Prometheus by the time that its sender is told so."""

from __future__ import annotations

import time

from watchkeeper.observe.answer import NoAnswer
from watchkeeper.observe.otlp_metrics import send_gauge
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.saboteur import frozen
from watchkeeper.verify.stage import Stage

_SERVICE = "proof-sender"
_NAME, _SERIES = "watchkeeper.proof", f'watchkeeper_proof{{job="{_SERVICE}"}}'


async def check(stage: Stage) -> Verdict:
    """Each run sends a value of its own and asks for it once; a second look would hide that it came late."""
    at_ns = time.time_ns()
    sent = float(at_ns // 1_000_000)
    began_s = time.monotonic()
    try:
        await send_gauge(stage.url("store"), stage.asker, name=_NAME, service=_SERVICE, value=sent, at_ns=at_ns)
        accepted_s = time.monotonic() - began_s
        found = [sample.value for sample in await stage.prometheus.query(_SERIES)]
    except NoAnswer as reason:
        return failed(str(reason))
    if found != [sent]:
        return failed(f"{_SERIES} is {found or 'not there'} after {sent:.0f} was accepted")
    return passed(f"accepted after {accepted_s:.2f} s, and there")


CLAIM = Claim(
    name="sent_metric_is_in_prometheus",
    sentence="A metric sent over OTLP is in Prometheus once it was accepted",
    requirements=("C7",),
    bound="at the first look",
    check=check,
    breakage=frozen("prometheus"),
    broken_by="Prometheus is frozen",
    components=("store", "prometheus"),
)
