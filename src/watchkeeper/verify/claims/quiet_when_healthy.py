"""On a healthy platform nothing fires but the watchdog, and the watchdog does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchkeeper.observe.wait import until
from watchkeeper.verify.claim import Claim, Verdict, failed, passed
from watchkeeper.verify.stage import Stage

EXPECTED = "WatchkeeperCanary|WatchkeeperMaintenance"
"""Proofs that run and maintenance that was asked for are no noise."""
RECENTLY = f'max by (alertname) (max_over_time(ALERTS{{alertstate="firing", alertname!~"Watchdog|{EXPECTED}"}}[10m]))'
NOW = 'ALERTS{alertstate="firing", alertname!="WatchkeeperMaintenance"}'


async def check(stage: Stage) -> Verdict:
    """The canary may have fired for another claim a moment ago, so for it only the present counts."""
    patience_s = 2 * float(stage.plan.settings["evaluation_interval_s"]) + 5
    waited = await until(
        lambda: stage.prometheus.query(NOW),
        lambda samples: {sample.labels["alertname"] for sample in samples} == {"Watchdog"},
        within_s=patience_s,
    )
    now = sorted({sample.labels["alertname"] for sample in waited.value})
    if "Watchdog" not in now:
        return failed("the watchdog does not fire: no alert would arrive")
    loud = [name for name in now if name != "Watchdog"]
    recent = sorted({sample.labels["alertname"] for sample in await stage.prometheus.query(RECENTLY)} - set(loud))
    if loud or recent:
        return failed(
            f"{len(loud) + len(recent)} alerts besides the watchdog",
            *(f"{name}: firing" for name in loud),
            *(f"{name}: fired in the last ten minutes" for name in recent),
        )
    return passed("only the watchdog fires, and nothing else has in the last ten minutes")


@asynccontextmanager
async def breakage(stage: Stage) -> AsyncIterator[Stage]:
    labels = {"proof": f"noise-{stage.run_id}"}
    await stage.canary.switch_on(labels, duration_s=300)
    try:
        await until(
            lambda: stage.prometheus.query('ALERTS{alertname="WatchkeeperCanary", alertstate="firing"}'), bool, within_s=20
        )
        yield stage
    finally:
        await stage.canary.switch_off(labels)


CLAIM = Claim(
    name="quiet_when_healthy",
    sentence="Nothing fires but the watchdog",
    requirements=("X3",),
    bound="now, and in the last ten minutes",
    check=check,
    breakage=breakage,
    broken_by="an alert is made to fire",
    components=("prometheus", "canary"),
    deadline_s=60.0,
)
