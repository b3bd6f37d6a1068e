"""A real condition makes a real rule fire, the notification arrives at a real HTTP receiver, and so does its end."""

from __future__ import annotations

import time

from watchkeeper.observe.wait import Waited, until
from watchkeeper.spec.quantities import format_duration
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.saboteur import frozen
from watchkeeper.verify.stage import Stage

BOUND_S = 30.0
GROUP_WAIT_S = 10


async def _notification(stage: Stage, after: int, mark: str, status: str) -> Waited[bool]:
    async def arrived() -> bool:
        receipts = await stage.canary.receipts(after)
        alerts = [alert for receipt in receipts if receipt["receiver"] == "canary" for alert in receipt["body"]["alerts"]]
        return any(alert["labels"].get("proof") == mark and alert["status"] == status for alert in alerts)

    return await until(arrived, bool, within_s=BOUND_S, every_s=0.1)


async def check(stage: Stage) -> Verdict:
    """Measures from the condition's change to the receipt; also tells the worst case for ordinary rules."""
    mark = f"{stage.run_id}-{time.time_ns()}"
    labels = {"proof": mark, "severity": "critical", "team": "platform"}
    after = await stage.canary.latest()
    await stage.canary.switch_on(labels, duration_s=4 * BOUND_S)
    try:
        firing = await _notification(stage, after, mark, "firing")
    finally:
        await stage.canary.switch_off(labels)
    if not firing.satisfied:
        return failed(f"no notification within {BOUND_S:.0f} s of the condition")
    resolved = await _notification(stage, after, mark, "resolved")
    if not resolved.satisfied:
        return failed(f"it fired after {firing.elapsed_s:.1f} s, but no resolve within {BOUND_S:.0f} s of the condition's end")
    return passed(
        f"fired after {firing.elapsed_s:.1f} s, resolved after {resolved.elapsed_s:.1f} s",
        f"ordinary rules: at most {format_duration(_worst_case_s(stage))} and their own 'for'",
    )


def _worst_case_s(stage: Stage) -> int:
    """A change just after a scrape, seen just after an evaluation, first of its group."""
    settings = stage.plan.settings
    return int(settings["scrape.interval_s"]) + int(settings["evaluation_interval_s"]) + GROUP_WAIT_S


CLAIM = Claim(
    name="alert_arrives_and_resolves",
    sentence="An alert reaches an HTTP receiver, and so does its resolve",
    requirements=("X1", "B7"),
    bound=f"each within {BOUND_S:.0f} s",
    check=check,
    breakage=frozen("alertmanager"),
    broken_by="alertmanager is frozen",
    components=("prometheus", "alertmanager", "canary"),
    deadline_s=90.0,
    group="alerting",
)
